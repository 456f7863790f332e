#include "sched/topology.h"

#include "base/must.h"
#include "sched/intern.h"
#include "sched/shape.h"
#include "sched/slots.h"

static void add_domain(struct sched *s, struct topology *t)
{
    if (t->len < TOPOLOGY_FEW)
        slots_add_set(s, &t->members[t->len]);
    t->len++;
}

uint32_t topology_domain_now(struct sched *s, struct topology *t, uint32_t node)
{
    const struct world_node *n = &s->w->nodes.items[node];
    /* A node that a simulation made has no name, and so no label of it. */
    if (!t->key || (t->host && !n->name))
        return node;
    if (!labels_has(n->labels, t->key))
        return WORLD_NONE;
    if (t->host)
        return node;
    uint32_t value = labels_value(n->labels, t->key);
    int32_t known = tally_get(&t->by_value, value);
    if (known)
        return (uint32_t)known - 1;
    tally_add(&t->by_value, value, (int32_t)t->len + 1);
    add_domain(s, t);
    return t->len - 1;
}

void topology_put(struct sched *s, struct topology *t, uint32_t node, uint32_t domain)
{
    uint32_t slot = s->slot_of[node], old = t->domains[node];
    if (old != WORLD_NONE && topology_is_few(t))
        bits_put(t->members[old], slot, false);
    t->domains[node] = domain;
    bits_put(t->labelled, slot, domain != WORLD_NONE);
    if (domain != WORLD_NONE && topology_is_few(t))
        bits_put(t->members[domain], slot, true);
}

uint32_t topology_of(struct sched *s, uint32_t key)
{
    bool is_new;
    intern_begin(s, INTERN_TOPOLOGY);
    intern_number(s, key);
    uint32_t id = intern_end(s, (uint32_t)s->topologies.len, &is_new);
    if (!is_new)
        return id;
    struct topology *t = mem_must(arena_new(&s->arena, struct topology));
    t->key = key;
    t->host = key == s->keys.hostname || !key;
    t->domains = mem_must((uint32_t *)malloc((s->node_cap + 1) * sizeof *t->domains));
    memset(t->domains, 0xff, (s->node_cap + 1) * sizeof *t->domains);
    slots_add_set(s, &t->labelled);
    must_push(&s->topologies, t);
    for (uint32_t slot = 0; slot < s->slot_len; slot++)
        if (s->node_at[slot] != WORLD_NONE)
            topology_put(s, t, s->node_at[slot], topology_domain_now(s, t, s->node_at[slot]));
    return id;
}

uint32_t census_of(struct sched *s, uint32_t shape, uint32_t topology)
{
    bool is_new;
    intern_begin(s, INTERN_CENSUS);
    intern_number(s, shape);
    intern_number(s, topology);
    uint32_t id = intern_end(s, (uint32_t)s->censuses.len, &is_new);
    if (!is_new)
        return id;
    struct census c = {.shape = shape, .topology = topology};
    const struct topology *t = s->topologies.items[topology];
    for (uint32_t slot = 0; slot < s->slot_len; slot++) {
        uint32_t node = s->node_at[slot];
        if (node != WORLD_NONE && shape_has(s, shape, slot) && t->domains[node] != WORLD_NONE)
            tally_add(&c.nodes, t->domains[node], 1);
    }
    must_push(&s->censuses, c);
    return id;
}
