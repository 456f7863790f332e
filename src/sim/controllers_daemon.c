/* DaemonSets: a pod for each node that they are meant for. Pods go to their node without being
 * compared with other nodes; they take part in the scheduler's limit of bindings. */
#include "sim/internal.h"

/* The class of a DaemonSet's pods. Its pods do not tell which nodes are meant: the controller has
 * put their own node in the place of that. */
static uint32_t class_of(const struct sim *s, uint32_t owner)
{
    const struct world_workload *wl = &s->w.workloads.items[owner];
    if (wl->template != WORLD_NONE)
        return wl->template;
    return wl->pods == WORLD_NONE ? WORLD_NONE : s->w.pods.items[wl->pods].class;
}

static bool tolerates(const struct world_class *c, const struct taint *t)
{
    for (uint32_t i = 0; i < c->toleration_count; i++) {
        const struct toleration *o = &c->tolerations[i];
        if (o->effect != TAINT_ANY && o->effect != t->effect)
            continue;
        if (o->key ? o->key == t->key && (o->exists || o->value == t->value) : o->exists)
            return true;
    }
    return false;
}

static bool has_labels(struct labels have, struct labels wanted)
{
    for (uint32_t i = 0; i < wanted.len; i++)
        if (!labels_has(have, wanted.items[i].key) ||
            labels_value(have, wanted.items[i].key) != wanted.items[i].value)
            return false;
    return true;
}

/* A term that names its pod's own node says nothing of others. */
static bool matches_a_term(const struct world *w, const struct world_class *c,
                           const struct world_node *n)
{
    if (!c->has_node_terms)
        return true;
    for (uint32_t i = 0; i < c->node_term_count; i++) {
        const struct node_term *t = &c->node_terms[i];
        if ((t->labels.len || t->field_count) &&
            selector_matches(&t->labels, &w->strings, n->labels))
            return true;
    }
    return false;
}

static bool wants(const struct sim *s, uint32_t class, uint32_t node)
{
    const struct world_class *c = &s->w.classes.items[class];
    const struct world_node *n = &s->w.nodes.items[node];
    const struct node_state *st = &s->nodes.items[node];
    for (uint32_t i = 0; i < st->taint_count; i++)
        if (st->taints[i].effect != TAINT_PREFER_NO_SCHEDULE && !tolerates(c, &st->taints[i]))
            return false;
    return has_labels(n->labels, c->node_selector) && matches_a_term(&s->w, c, n);
}

static void ask(struct sim *s, uint32_t owner, uint32_t class, uint32_t node)
{
    struct birth b = {.owner = owner,
                      .class = class,
                      .node = node,
                      .node_stamp = s->nodes.items[node].stamp,
                      .ordinal = -1};
    controllers_ask(s, CONTROL_DAEMONSET, &b, 0);
}

void daemons_node(struct sim *s, uint32_t node, bool ready)
{
    for (size_t i = 0; i < s->daemons.len; i++) {
        uint32_t owner = s->daemons.items[i], class = class_of(s, owner);
        if (class == WORLD_NONE || s->owners[owner].frozen)
            continue;
        bool early = tolerates(&s->w.classes.items[class], &s->joining);
        if (early != ready && wants(s, class, node))
            ask(s, owner, class, node);
    }
}

void daemons_pod_gone(struct sim *s, uint32_t pod, uint32_t node)
{
    const struct world_pod *p = &s->w.pods.items[pod];
    if (node == WORLD_NONE || s->nodes.items[node].leaving || s->nodes.items[node].dead ||
        s->owners[p->owner].frozen)
        return;
    uint32_t class = s->grows ? class_of(s, p->owner) : p->class;
    if (wants(s, class, node))
        ask(s, p->owner, class, node);
}

void daemons_place(struct sim *s, uint32_t pod, uint32_t node)
{
    if (sched_fits(s->sched, pod, node, NULL)) {
        rate_take(&s->bindings, s->now);
        pods_bind(s, pod, node);
        return;
    }
    s->nodes.items[node].waiting++;
    must_push(&s->daemon_waits, (struct daemon_wait){pod, s->pods.items[pod].stamp, node});
    sim_tell(s, CHANGE_POD_UNSCHEDULABLE, pod);
}

void daemons_retry(struct sim *s, uint32_t node)
{
    size_t all = s->daemon_waits.len, kept = 0;
    s->nodes.items[node].waiting = 0;
    for (size_t i = 0; i < all; i++) {
        struct daemon_wait wait = s->daemon_waits.items[i];
        if (wait.stamp != s->pods.items[wait.pod].stamp)
            continue;
        if (wait.node == node && s->w.nodes.items[node].used &&
            sched_fits(s->sched, wait.pod, node, NULL)) {
            rate_take(&s->bindings, s->now);
            pods_bind(s, wait.pod, node);
            continue;
        }
        s->nodes.items[node].waiting += wait.node == node;
        s->daemon_waits.items[kept++] = wait;
    }
    s->daemon_waits.len = kept;
}

void daemons_start(struct sim *s)
{
    for (uint32_t i = 0; i < s->w.workloads.len; i++)
        if (s->w.workloads.items[i].used && s->w.workloads.items[i].kind == WORKLOAD_DAEMONSET)
            must_push(&s->daemons, i);
}

/* ---- what clients changed ---- */

static bool waits_for(const struct sim *s, uint32_t owner, uint32_t node)
{
    vec_foreach(wait, &s->daemon_waits)
        if (wait->node == node && wait->stamp == s->pods.items[wait->pod].stamp &&
            s->w.pods.items[wait->pod].owner == owner)
            return true;
    return false;
}

bool daemons_lack(const struct sim *s, uint32_t owner, uint32_t node)
{
    uint32_t class = class_of(s, owner);
    if (class == WORLD_NONE || !s->w.nodes.items[node].used || !wants(s, class, node))
        return false;
    world_each_pod_of_node(&s->w, node, p)
        if (s->w.pods.items[p].owner == owner && !s->w.pods.items[p].deleting)
            return false;
    return !waits_for(s, owner, node);
}

void daemons_settle(struct sim *s, uint32_t owner)
{
    uint32_t class = class_of(s, owner);
    if (class == WORLD_NONE || s->owners[owner].frozen)
        return;
    world_each_pod_of_workload(&s->w, owner, p) {
        uint32_t node = s->w.pods.items[p].node;
        if (node != WORLD_NONE && !s->w.pods.items[p].deleting && !wants(s, class, node))
            pods_delete(s, p, -1);
    }
    world_each_node(&s->w, node)
        if (!s->nodes.items[node].dead && daemons_lack(s, owner, node))
            ask(s, owner, class, node);
}

uint32_t sim_daemon_nodes(const struct sim *s, uint32_t workload)
{
    uint32_t class = class_of(s, workload), n = 0;
    if (class == WORLD_NONE)
        return 0;
    world_each_node(&s->w, node)
        n += wants(s, class, node);
    return n;
}
