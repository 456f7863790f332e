/* In which order nodes are drained, and in which batches. */
#include "ops/nodes/nodes_internal.h"

struct key {
    uint32_t node;
    int64_t first;
    const char *second, *name;
};

static uint32_t pods_to_move(const struct world *w, uint32_t node)
{
    uint32_t n = 0;
    world_each_pod_of_node(w, node, p)
        n += !world_pod_is_of_node(w, p);
    return n;
}

static struct key key_of(const struct nodes *op, uint32_t node)
{
    const struct world_node *n = &op->w->nodes.items[node];
    struct key k = {.node = node, .second = "", .name = world_text(op->w, n->name)};
    switch (op->o.order) {
    case NODES_BY_NAME:
        break;
    case NODES_OLDEST:
        k.first = n->created;
        break;
    case NODES_EMPTIEST:
        k.first = pods_to_move(op->w, node);
        break;
    case NODES_BY_ZONE:
        k.second = world_text(op->w, n->zone);
        break;
    }
    return k;
}

static int by_key(const void *a, const void *b)
{
    const struct key *x = a, *y = b;
    if (x->first != y->first)
        return x->first < y->first ? -1 : 1;
    int c = strcmp(x->second, y->second);
    return c ? c : strcmp(x->name, y->name);
}

void order_nodes(struct nodes *op)
{
    uint32_t count = op->node_count;
    struct key *keys = mem_must(malloc((count + 1) * sizeof *keys));
    for (uint32_t i = 0; i < count; i++)
        keys[i] = key_of(op, op->o.nodes[i]);
    qsort(keys, count, sizeof *keys, by_key);
    uint32_t size = op->batch_count;
    for (uint32_t i = 0; i < count; i++)
        op->nodes[i] = (struct node_entry){.node = keys[i].node, .batch = i / size};
    op->batch_count = count ? (count - 1) / size + 1 : 0;
    free(keys);
}
