#include "world/load.h"
#include "world/world_index.h"

void world_index_free(struct world_index *x)
{
    if (!x)
        return;
    strings_release(&x->class_keys);
    str_release(&x->scratch);
    index_release(&x->pods);
    index_release(&x->nodes);
    load_free(x->load);
    free(x);
}

uint32_t world_find_node(const struct world *w, struct sv name)
{
    uint32_t id = strings_find(&w->strings, name);
    if (!id)
        return WORLD_NONE;
    if (w->index)
        return index_get(&w->index->nodes, id);
    world_each_node(w, n)
        if (w->nodes.items[n].name == id)
            return n;
    return WORLD_NONE;
}

uint32_t world_find_pod(const struct world *w, struct sv ns, struct sv name)
{
    uint32_t ns_id = strings_find(&w->strings, ns), id = strings_find(&w->strings, name);
    if (!id || !ns_id)
        return WORLD_NONE;
    if (w->index)
        return index_get(&w->index->pods, world_pod_key(ns_id, id));
    world_each_pod(w, p)
        if (w->pods.items[p].name == id && world_class_of(w, p)->ns == ns_id)
            return p;
    return WORLD_NONE;
}

uint32_t world_find_workload(const struct world *w, enum workload_kind kind, struct sv ns,
                             struct sv name)
{
    uint32_t ns_id = strings_find(&w->strings, ns), id = strings_find(&w->strings, name);
    for (uint32_t i = 0; id && ns_id && i < w->workloads.len; i++) {
        const struct world_workload *wl = &w->workloads.items[i];
        if (wl->used && wl->kind == kind && wl->name == id && wl->ns == ns_id)
            return i;
    }
    return WORLD_NONE;
}
