/* Where pods lie in memory: those of one node side by side, because that is how they are met when
 * nodes are drained, and what takes their places is then side by side too. */
#include "base/must.h"
#include "world/world_index.h"

/* Nodes in their order, then pods without one. */
static uint32_t bucket_of(const struct world *w, const struct world_pod *p)
{
    return p->node == WORLD_NONE ? (uint32_t)w->nodes.len : p->node;
}

/* Indexes of the pods, node by node, otherwise as they are; ended by nothing: live_pods of them. */
static uint32_t *by_node(const struct world *w)
{
    uint32_t *next = mem_must(calloc(w->nodes.len + 2, sizeof *next));
    uint32_t *order = mem_must(calloc((size_t)w->live_pods + 1, sizeof *order));
    world_each_pod(w, p)
        next[bucket_of(w, &w->pods.items[p]) + 1]++;
    for (size_t n = 0; n <= w->nodes.len; n++)
        next[n + 1] += next[n];
    world_each_pod(w, p)
        order[next[bucket_of(w, &w->pods.items[p])]++] = p;
    free(next);
    return order;
}

static void forget_pods(struct world *w)
{
    vec_foreach(n, &w->nodes) {
        if (!n->used)
            continue;
        n->pods = WORLD_NONE;
        n->pod_count = 0;
    }
    vec_foreach(o, &w->workloads) {
        o->pods = WORLD_NONE;
        o->pod_count = 0;
    }
    if (w->index)
        index_release(&w->index->pods);
    w->free_pod = WORLD_NONE;
    w->live_pods = 0;
}

void world_lay_out(struct world *w)
{
    uint32_t *order = by_node(w), live = w->live_pods;
    struct world_pod *old = w->pods.items;
    w->pods.items = mem_must(malloc((live + 1) * sizeof *old));
    w->pods.len = 0;
    w->pods.cap = live + 1;
    forget_pods(w);
    for (uint32_t i = 0; i < live; i++)
        world_pod_add(w, &old[order[i]]);
    free(old);
    free(order);
}
