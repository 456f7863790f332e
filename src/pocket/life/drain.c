/* Nodes that are drained by somebody who has no other means than the cluster's own. */
#include "pocket/life/internal.h"

static void evict(struct pocket_life *l, uint32_t pod)
{
    const struct world_pod *p = &l->w->pods.items[pod];
    if (!p->deleting)
        sim_evict(l->sim, pod, -1, false);
}

static bool counts(const struct pocket_life *l, uint32_t pod)
{
    return !world_pod_is_of_node(l->w, pod) && !world_pod_is_finished(&l->w->pods.items[pod]);
}

uint32_t pocket_life_drain_machine(struct pocket_life *l, struct sv node)
{
    VEC(uint32_t) pods = {0};
    uint32_t at = world_find_node(l->w, node), left;
    if (at == WORLD_NONE)
        return 0;
    if (!l->w->nodes.items[at].unschedulable)
        sim_cordon(l->sim, at, true);
    world_each_pod_of_node(l->w, at, p)
        if (counts(l, p))
            must_push(&pods, p);
    vec_foreach(p, &pods)
        evict(l, *p);
    life_flush(l);
    left = (uint32_t)pods.len;
    vec_release(&pods);
    return left;
}
