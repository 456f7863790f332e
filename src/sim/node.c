/* Nodes that come and go in good order: launch, join, Ready; cordon; removal. */
#include "sim/internal.h"

/* A node of the snapshot that is not Ready is on its way when it is younger than this. */
#define JOINING_S 600

static struct node_state *state_of_new(struct sim *s, uint32_t node)
{
    while (s->nodes.len <= node)
        must_push(&s->nodes, (struct node_state){0});
    struct node_state *st = &s->nodes.items[node];
    *st = (struct node_state){.stamp = (st->stamp + 1) & EVENT_STAMP_MASK,
                              .taints = s->w.nodes.items[node].taints,
                              .taint_count = s->w.nodes.items[node].taint_count};
    return st;
}

void nodes_start(struct sim *s)
{
    s->text_not_ready = strings_find(&s->w.strings, SV("node.kubernetes.io/not-ready"));
    s->text_unreachable = strings_find(&s->w.strings, SV("node.kubernetes.io/unreachable"));
    s->joining = (struct taint){s->text_not_ready, STRINGS_NONE, TAINT_NO_SCHEDULE};
    s->silent[0] = (struct taint){s->text_unreachable, STRINGS_NONE, TAINT_NO_SCHEDULE};
    s->silent[1] = (struct taint){s->text_unreachable, STRINGS_NONE, TAINT_NO_EXECUTE};
    for (uint32_t i = 0; i < s->w.nodes.len; i++) {
        struct node_state *st = state_of_new(s, i);
        const struct world_node *n = &s->w.nodes.items[i];
        bool young = s->w.taken - n->created < JOINING_S;
        st->dead = n->used && (n->gone || (!n->ready && !young));
        st->known = true;
        if (n->used && !n->ready && !st->dead)
            node_plan(s, i, draw(&s->draws, DRAW_NODE_READY), EVENT_NODE_READY);
    }
}

/* Its own taints with one or two for its health in front. */
static void set_taints(struct sim *s, uint32_t node, const struct taint *health, uint32_t count)
{
    struct world_node *n = &s->w.nodes.items[node];
    const struct node_state *st = &s->nodes.items[node];
    n->taints = st->taints;
    n->taint_count = st->taint_count;
    if (!count)
        return;
    struct taint *all = mem_must(arena_new_n(&s->arena, struct taint, st->taint_count + count));
    memcpy(all, health, count * sizeof *all);
    if (st->taint_count)
        memcpy(all + count, st->taints, st->taint_count * sizeof *all);
    n->taints = all;
    n->taint_count = st->taint_count + count;
}

void node_set_own_taints(struct sim *s, uint32_t node, const struct taint *taints, uint32_t count)
{
    struct node_state *st = &s->nodes.items[node];
    const struct world_node *n = &s->w.nodes.items[node];
    uint32_t health = n->taint_count - st->taint_count;
    const struct taint *before = n->taints;
    st->taints = taints;
    st->taint_count = count;
    set_taints(s, node, before, health);
}

void node_set_health(struct sim *s, uint32_t node, bool silent)
{
    set_taints(s, node, s->silent, silent ? (s->nodes.items[node].tainted ? 2 : 1) : 0);
    sim_tell(s, CHANGE_NODE_OTHER, node);
}

uint32_t node_enter(struct sim *s, const struct world_node *spec)
{
    struct world_node n = *spec;
    n.ready = false;
    n.gone = true;
    n.created = sim_seconds(s);
    uint32_t node = world_node_add(&s->w, &n);
    state_of_new(s, node)->dead = true;
    set_taints(s, node, &s->joining, 1);
    sim_tell(s, CHANGE_NODE_ADDED, node);
    return node;
}

void node_join(struct sim *s, uint32_t launch)
{
    struct world_node spec = s->launches.items[launch].spec;
    if (s->grows)
        grow_take(s);
    spec.ready = spec.gone = false;
    spec.created = sim_seconds(s);
    uint32_t node = world_node_add(&s->w, &spec);
    state_of_new(s, node);
    set_taints(s, node, &s->joining, 1);
    sim_tell(s, CHANGE_NODE_ADDED, node);
    daemons_node(s, node, false);
    node_plan(s, node, s->now + draw(&s->draws, DRAW_NODE_READY), EVENT_NODE_READY);
}

void node_ready(struct sim *s, uint32_t node)
{
    struct world_node *n = &s->w.nodes.items[node];
    n->ready = true;
    n->ready_since = sim_seconds(s);
    set_taints(s, node, NULL, 0);
    sim_tell(s, CHANGE_NODE_READY, node);
    kubelet_node_ready(s, node);
    if (!s->nodes.items[node].known)
        daemons_node(s, node, true);
}

/* The machine's end takes what runs on it along. Its own pods go with it; the others are found by
 * the garbage collector. */
static void orphan(struct sim *s, uint32_t pod)
{
    struct pod_state *st = &s->pods.items[pod];
    st->lost = true;
    pods_forget_plans(s, pod);
    if (st->belongs || world_pod_is_finished(&s->w.pods.items[pod])) {
        pods_remove(s, pod);
        return;
    }
    pods_set_ready(s, pod, false);
    st = &s->pods.items[pod];
    pods_count_out(s, pod);
    st->stage = STAGE_ORPHAN;
    pods_count_in(s, pod);
    pods_await_collector(s, pod);
}

static void forget_waiting_daemons(struct sim *s, uint32_t node)
{
    for (size_t i = 0; i < s->daemon_waits.len; i++) {
        struct daemon_wait w = s->daemon_waits.items[i];
        if (w.node == node && w.stamp == s->pods.items[w.pod].stamp)
            pods_remove(s, w.pod);
    }
}

void node_removed(struct sim *s, uint32_t node)
{
    struct node_state *st = &s->nodes.items[node];
    st->stamp = (st->stamp + 1) & EVENT_STAMP_MASK;
    st->dead = st->leaving = true;
    if (st->waiting)
        forget_waiting_daemons(s, node);
    st = &s->nodes.items[node];
    st->waiting = 0;
    world_each_pod_of_node(&s->w, node, p)
        orphan(s, p);
    sim_tell(s, CHANGE_NODE_GONE, node);
    volumes_node_gone(s, node);
    free(s->nodes.items[node].images);
    s->nodes.items[node].images = NULL;
    world_node_remove(&s->w, node);
}

/* ---- verbs ---- */

void sim_cordon(struct sim *s, uint32_t node, bool on)
{
    if (node >= s->w.nodes.len || !s->w.nodes.items[node].used ||
        s->w.nodes.items[node].unschedulable == on)
        return;
    s->w.nodes.items[node].unschedulable = on;
    sim_tell(s, on ? CHANGE_NODE_CORDONED : CHANGE_NODE_UNCORDONED, node);
}

void sim_node_start(struct sim *s, const struct world_node *spec, bool fails)
{
    int64_t at = rate_take(&s->launching, s->now) + draw(&s->draws, DRAW_NODE_LAUNCH);
    if (fails)
        return;
    must_push(&s->launches, (struct launch){*spec});
    queue_put(&s->queue, at, EVENT_NODE_JOIN, (uint32_t)s->launches.len - 1, 0);
}

void sim_node_terminate(struct sim *s, uint32_t node)
{
    if (node >= s->w.nodes.len || !s->w.nodes.items[node].used || s->nodes.items[node].leaving)
        return;
    s->nodes.items[node].leaving = true;
    node_plan(s, node, s->now + draw(&s->draws, DRAW_NODE_TERMINATE), EVENT_NODE_REMOVED);
}
