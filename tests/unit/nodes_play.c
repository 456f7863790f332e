#include "nodes_play.h"

#include <stdio.h>

#include "unit.h"

void play_tell(struct play *p, enum change_kind kind, uint32_t index)
{
    struct world_change c = {kind, index};
    if (p->op)
        nodes_change(p->op, &c, p->now);
}

uint32_t play_id(struct play *p, const char *text)
{
    return strings_puts(&p->w.strings, text);
}

uint32_t play_add_node(struct play *p, const char *name, bool old)
{
    struct world_node n = {.name = play_id(p, name), .ready = true, .zone = play_id(p, "a")};
    uint32_t node = world_node_add(&p->w, &n);
    if (old)
        p->nodes[p->node_count++] = node;
    return node;
}

uint32_t play_add_workload(struct play *p, enum workload_kind kind, const char *name, int replicas)
{
    struct world_workload wl = {
        .kind = kind,
        .ns = play_id(p, "shop"),
        .name = play_id(p, name),
        .owner = WORLD_NONE,
        .used = true,
        .replicas = replicas,
        .pods = WORLD_NONE,
    };
    assert_true(vec_push(&p->w.workloads, wl));
    return (uint32_t)p->w.workloads.len - 1;
}

uint32_t play_add_pod(struct play *p, const char *app, uint32_t owner, uint32_t node)
{
    struct label *label = arena_new(&p->w.arena, struct label);
    *label = (struct label){play_id(p, "app"), play_id(p, app)};
    struct world_class c = {.ns = play_id(p, "shop"), .labels = {label, 1}};
    struct world_pod pod = {
        .class = world_class_put(&p->w, &c),
        .owner = owner,
        .node = node,
        .phase = POD_RUNNING,
        .ready = true,
        .ordinal = -1,
    };
    return world_pod_add(&p->w, &pod);
}

uint32_t play_add_budget(struct play *p, const char *app, int allowed)
{
    struct requirement *r = arena_new(&p->w.arena, struct requirement);
    uint32_t *value = arena_new(&p->w.arena, uint32_t);
    *value = play_id(p, app);
    *r = (struct requirement){play_id(p, "app"), LABEL_IN, value, 1, 0};
    struct world_pdb b = {
        .ns = play_id(p, "shop"),
        .name = play_id(p, app),
        .used = true,
        .selector = {r, 1, false},
        .expected = 2,
        .desired = 1,
        .healthy = 2,
        .allowed = allowed,
    };
    assert_true(vec_push(&p->w.pdbs, b));
    return (uint32_t)p->w.pdbs.len - 1;
}

void play_start(struct play *p)
{
    p->o.nodes = p->nodes;
    p->o.node_count = p->node_count;
    p->op = nodes_new(&p->w, &p->o);
}

void play_let_go(struct play *p, uint32_t pod, uint32_t to)
{
    struct world_pod old = p->w.pods.items[pod];
    if (!p->late)
        play_tell(p, CHANGE_POD_GONE, pod);
    world_pod_remove(&p->w, pod);
    if (p->late)
        play_tell(p, CHANGE_POD_GONE, pod);
    if (to == WORLD_NONE || old.owner == WORLD_NONE)
        return;
    old.node = to;
    old.deleting = 0;
    old.ready = true;
    uint32_t fresh = world_pod_add(&p->w, &old);
    play_tell(p, CHANGE_POD_ADDED, fresh);
    play_tell(p, CHANGE_POD_READY, fresh);
}

static void evict(struct play *p, uint32_t pod)
{
    assert_int_equal(p->cordoned, p->node_count);
    p->evicted[p->evicted_count++] = pod;
    if (p->answer.cause == EVICTION_OK) {
        p->w.pods.items[pod].deleting = p->now / 1000 + 30;
        play_tell(p, CHANGE_POD_DELETING, pod);
    }
    nodes_answer(p->op, pod, &p->answer, p->now);
    if (p->answer.cause == EVICTION_OK && !p->keep)
        play_let_go(p, pod, 0);
}

static void delete_pod(struct play *p, uint32_t pod)
{
    struct eviction_answer gone = {.cause = EVICTION_OK, .code = 200, .pdb = WORLD_NONE};
    p->deleted++;
    nodes_answer(p->op, pod, &gone, p->now);
    play_let_go(p, pod, 0);
}

void play_act(struct play *p, const struct nodes_action *a)
{
    switch (a->kind) {
    case NODES_CORDON:
        p->cordoned++;
        p->w.nodes.items[a->index].unschedulable = true;
        play_tell(p, CHANGE_NODE_CORDONED, a->index);
        break;
    case NODES_EVICT:
        evict(p, a->index);
        break;
    case NODES_DELETE:
        delete_pod(p, a->index);
        break;
    case NODES_ASK:
        p->asked++;
        break;
    case NODES_TERMINATE:
        p->terminated++;
        play_tell(p, CHANGE_NODE_GONE, a->index);
        world_node_remove(&p->w, a->index);
        break;
    case NODES_START:
        break;
    }
}

void play_decide(struct play *p)
{
    struct nodes_action actions[3]; /* few, so that asking again is tested too */
    size_t n;
    while ((n = nodes_decide(p->op, p->now, actions, 3)) > 0)
        for (size_t i = 0; i < n; i++)
            play_act(p, &actions[i]);
}

void play_pass(struct play *p, int64_t until)
{
    play_decide(p);
    for (;;) {
        int64_t wake = nodes_wake(p->op, p->now);
        assert_true(wake > p->now);
        if (wake > until)
            break;
        p->now = wake;
        play_decide(p);
    }
    p->now = until;
    play_decide(p);
}

void play_set_up(struct play *p, int old)
{
    char name[16];
    *p = (struct play){0};
    world_init(&p->w);
    play_add_node(p, "stays", false);
    for (int i = 1; i <= old; i++) {
        snprintf(name, sizeof name, "old-%d", i);
        play_add_node(p, name, true);
    }
}

void play_tear_down(struct play *p)
{
    nodes_free(p->op);
    world_release(&p->w);
}

uint32_t play_waiting(const struct play *p, enum nodes_block why)
{
    struct nodes_blocked list[64];
    uint32_t n = nodes_blocked(p->op, list, 64), count = 0;
    for (uint32_t i = 0; i < n; i++)
        count += list[i].why == why;
    return count;
}
