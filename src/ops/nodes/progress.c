/* How far an operation is, and what each pod waits for. */
#include "ops/nodes/nodes_internal.h"

void nodes_progress(const struct nodes *op, struct nodes_progress *out)
{
    *out = (struct nodes_progress){
        .nodes = op->node_count,
        .pods = op->pods_total,
        .pods_gone = op->pods_gone,
        .leaving = op->leaving,
        .waiting = op->pods_total - op->pods_gone - op->leaving,
    };
    for (uint32_t i = 0; i < op->node_count; i++) {
        const struct node_entry *n = &op->nodes[i];
        out->nodes_draining += n->state == NODE_DRAINING;
        out->nodes_clean += n->state == NODE_CLEAN || n->state == NODE_TERMINATING;
        out->nodes_terminated += n->state == NODE_TERMINATED;
        out->volumes += n->left ? 0 : n->volumes;
    }
}

uint32_t nodes_touched(const struct nodes *op, struct nodes_touched *out, uint32_t cap)
{
    uint32_t n = 0;
    vec_foreach(g, &op->gates) {
        if (!g->touched || g->none)
            continue;
        uint32_t workload = (uint32_t)(g - op->gates.items);
        if (n < cap)
            out[n] = (struct nodes_touched){workload, g->ready, g->floor};
        n++;
    }
    return n;
}

uint32_t nodes_list(const struct nodes *op, struct nodes_node *out, uint32_t cap)
{
    static const enum nodes_node_state states[] = {
        [NODE_QUEUED] = NODES_NODE_WAITS,    [NODE_DRAINING] = NODES_NODE_DRAINS,
        [NODE_CLEAN] = NODES_NODE_CLEAN,     [NODE_TERMINATING] = NODES_NODE_CLEAN,
        [NODE_TERMINATED] = NODES_NODE_GONE,
    };
    for (uint32_t i = 0; i < op->node_count && i < cap; i++) {
        const struct node_entry *n = &op->nodes[i];
        out[i] = (struct nodes_node){n->node, states[n->state], n->left, n->volumes};
    }
    return op->node_count;
}

static struct nodes_blocked describe(const struct nodes *op, uint32_t pod)
{
    static const struct pod_entry none = {.node = WORLD_NONE};
    const struct pod_entry *e = pod < op->pods.len ? &op->pods.items[pod] : &none;
    if (e->node == WORLD_NONE)
        return (struct nodes_blocked){pod, NODES_BLOCK_NODE, WORLD_NONE, -1};
    int64_t since = op->times.items[pod].since;
    if (e->state == POD_ASKED)
        return (struct nodes_blocked){pod, NODES_BLOCK_RATE, WORLD_NONE, since};
    return (struct nodes_blocked){pod, e->why, e->index, since};
}

uint32_t nodes_blocked(const struct nodes *op, struct nodes_blocked *out, uint32_t cap)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < op->node_count; i++) {
        if (op->nodes[i].state == NODE_TERMINATED)
            continue;
        world_each_pod_of_node(op->w, op->nodes[i].node, p) {
            if (!pods_is_to_move(op, p))
                continue;
            if (n < cap)
                out[n] = describe(op, p);
            n++;
        }
    }
    return n;
}
