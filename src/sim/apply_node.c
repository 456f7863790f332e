/* Nodes that clients write: labels, taints, cordon. */
#include "sim/internal.h"

/* Set by those who watch the node's health, and by a cordon. */
static bool is_of_health(const struct sim *s, const struct taint *t)
{
    static const char *const keys[] = {
        "node.kubernetes.io/not-ready",
        "node.kubernetes.io/unreachable",
        "node.kubernetes.io/unschedulable",
    };
    struct sv key = strings_get(&s->w.strings, t->key);
    for (size_t i = 0; i < ARRAY_LEN(keys); i++)
        if (sv_is(key, keys[i]))
            return true;
    return false;
}

static const struct taint *own_taints(struct sim *s, const struct world_node *n, uint32_t *count)
{
    struct taint *own = mem_must(arena_new_n(&s->arena, struct taint, n->taint_count + 1));
    *count = 0;
    for (uint32_t i = 0; i < n->taint_count; i++)
        if (!is_of_health(s, &n->taints[i]))
            own[(*count)++] = n->taints[i];
    return own;
}

static bool same_taints(const struct taint *a, uint32_t a_len, const struct taint *b,
                        uint32_t b_len)
{
    return a_len == b_len && (!a_len || memcmp(a, b, a_len * sizeof *a) == 0);
}

/* The taint manager: pods go when their toleration of it ends. */
static void evict_by(struct sim *s, uint32_t node, const struct taint *t)
{
    world_each_pod_of_node(&s->w, node, p) {
        int64_t seconds = node_tolerated(world_class_of(&s->w, p), t);
        if (seconds >= 0 && !s->w.pods.items[p].deleting && !s->w.pods.items[p].mirror)
            pods_plan(s, p, s->now + seconds * 1000, EVENT_POD_EXPIRED);
    }
}

static void change_taints(struct sim *s, uint32_t node, const struct world_node *is)
{
    uint32_t count;
    const struct node_state *st = &s->nodes.items[node];
    const struct taint *own = own_taints(s, is, &count);
    if (same_taints(own, count, st->taints, st->taint_count))
        return;
    node_set_own_taints(s, node, own, count);
    for (uint32_t i = 0; i < count; i++)
        if (own[i].effect == TAINT_NO_EXECUTE)
            evict_by(s, node, &own[i]);
}

static bool same_labels(struct labels a, struct labels b)
{
    return a.len == b.len && (!a.len || memcmp(a.items, b.items, a.len * sizeof *a.items) == 0);
}

static void change(struct sim *s, uint32_t node, const struct world_node *is)
{
    struct world_node *n = &s->w.nodes.items[node];
    const struct taint *before = n->taints;
    bool labels = !same_labels(n->labels, is->labels);
    if (labels) {
        n->labels = is->labels;
        n->zone = is->zone;
        n->region = is->region;
        n->instance_type = is->instance_type;
        n->group = is->group;
    }
    change_taints(s, node, is);
    if (labels || before != n->taints) {
        sim_tell(s, CHANGE_NODE_OTHER, node);
        for (size_t i = 0; i < s->daemons.len; i++)
            daemons_settle(s, s->daemons.items[i]);
    }
    sim_cordon(s, node, is->unschedulable);
}

void apply_node(struct sim *s, struct world_single *in, bool deleted)
{
    struct world_node *n = &in->is.node;
    uint32_t at = world_find_node(&s->w, strings_get(&s->w.strings, n->name));
    if (deleted) {
        if (at != WORLD_NONE)
            node_removed(s, at);
    } else if (at == WORLD_NONE) {
        n->taints = own_taints(s, n, &n->taint_count);
        node_enter(s, n);
    } else {
        change(s, at, n);
    }
}
