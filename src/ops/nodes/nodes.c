/* An operation, and what it takes from what it is told. */
#include "ops/nodes/nodes_internal.h"

#define DEFAULT_EVICTIONS_PER_S 50

static uint32_t share(struct int_or_percent v, uint32_t of)
{
    int64_t n = !v.set ? of : v.percent ? ((int64_t)v.value * of + 99) / 100 : v.value;
    return n < 1 ? 1 : n > of ? (of ? of : 1) : (uint32_t)n;
}

static void read_nodes(struct nodes *op)
{
    op->nodes = mem_must(calloc(op->node_count + 1, sizeof *op->nodes));
    order_nodes(op);
    while (op->node_of.len < op->w->nodes.len)
        must_push(&op->node_of, WORLD_NONE);
    for (uint32_t i = 0; i < op->node_count; i++) {
        struct node_entry *n = &op->nodes[i];
        op->node_of.items[n->node] = i;
        world_each_pod_of_node(op->w, n->node, p) {
            if (!pods_is_to_move(op, p))
                continue;
            pods_entry(op, p)->home = i;
            gates_touch(op, p);
            n->left++;
        }
        op->pods_total += n->left;
    }
}

static uint32_t ours(const struct nodes *op, uint32_t node)
{
    return node < op->node_of.len ? op->node_of.items[node] : WORLD_NONE;
}

/* Moves an attachment's count to the node that it names now. */
static void attachment_changed(struct nodes *op, uint32_t i)
{
    const struct world_attachment *a = &op->w->attachments.items[i];
    while (op->attachment_node.len <= i)
        must_push(&op->attachment_node, WORLD_NONE);
    uint32_t before = op->attachment_node.items[i];
    uint32_t now = a->used ? ours(op, a->node) : WORLD_NONE;
    op->attachment_node.items[i] = now;
    if (now != WORLD_NONE)
        op->nodes[now].volumes++;
    if (before == WORLD_NONE)
        return;
    op->nodes[before].volumes--;
    pods_check_node(op, before);
}

struct nodes *nodes_new(const struct world *w, const struct nodes_options *o)
{
    struct nodes *op = mem_must(calloc(1, sizeof *op));
    op->w = w;
    op->o = *o;
    if (!op->o.evictions_per_s)
        op->o.evictions_per_s = DEFAULT_EVICTIONS_PER_S;
    op->turn = op->later = op->refused = (struct pod_list){WORLD_NONE, WORLD_NONE, 0};
    op->node_count = o->node_count;
    op->batch_count = share(o->batch, o->node_count); /* size until order_nodes */
    op->draining_limit = share(o->max_unavailable, o->node_count);
    op->tokens = op->o.evictions_per_s;
    op->retry_at = INT64_MAX;
    for (uint32_t i = 0; i < o->green_count; i++)
        op->green_wanted += o->green[i].count;
    gates_forget_budgets(op);
    must_reserve(&op->pods, w->pods.cap);
    must_reserve(&op->times, w->pods.cap);
    gates_init(op);
    read_nodes(op);
    for (uint32_t i = 0; i < w->attachments.len; i++)
        attachment_changed(op, i);
    for (uint32_t i = 0; i < o->force_count; i++)
        pods_entry(op, o->force[i])->force = true;
    return op;
}

void nodes_free(struct nodes *op)
{
    if (!op)
        return;
    free(op->nodes);
    vec_release(&op->node_of);
    vec_release(&op->pods);
    vec_release(&op->times);
    vec_release(&op->classes);
    vec_release(&op->attachment_node);
    vec_release(&op->gates);
    vec_release(&op->tops);
    vec_release(&op->budgets);
    vec_release(&op->held_gates);
    vec_release(&op->dirty_gates);
    vec_release(&op->dirty_budgets);
    free(op);
}

/* ---- changes ---- */

bool nodes_is_green(const struct nodes *op, uint32_t node)
{
    if (ours(op, node) != WORLD_NONE)
        return false;
    for (uint32_t i = 0; i < op->o.green_count; i++)
        if (op->w->nodes.items[node].group == op->o.green[i].spec.group)
            return true;
    return false;
}

static void pod_arrived(struct nodes *op, uint32_t pod, int64_t now)
{
    const struct world_pod *p = &op->w->pods.items[pod];
    uint32_t node = p->node == WORLD_NONE ? WORLD_NONE : ours(op, p->node);
    if (node == WORLD_NONE || op->pods.items[pod].home != WORLD_NONE || !pods_is_to_move(op, pod))
        return;
    struct node_entry *n = &op->nodes[node];
    struct gate *g = gates_of(op, pod);
    op->pods.items[pod].home = node;
    gates_touch(op, pod);
    if (g && op->phase > NODES_PHASE_CORDON)
        g->returns++;
    if (n->state == NODE_CLEAN)
        n->state = NODE_DRAINING;
    n->left++;
    op->pods_total++;
    op->settled = 0;
    if (n->state == NODE_DRAINING)
        pods_enter(op, pod, node, now);
    pods_check_node(op, node);
}

static void leaves_home(struct nodes *op, uint32_t pod)
{
    struct pod_entry *e = &op->pods.items[pod];
    uint32_t node = e->home;
    if (node == WORLD_NONE)
        return;
    if (e->node != WORLD_NONE)
        pods_forget(op, pod);
    e->home = WORLD_NONE;
    op->nodes[node].left--;
    op->pods_gone++;
    pods_check_node(op, node);
}

static void pod_gone(struct nodes *op, uint32_t pod)
{
    gates_recount(op, pod, true);
    leaves_home(op, pod);
    op->pods.items[pod].force = op->pods.items[pod].refused = false;
}

/* One change may stand for several that came at once. */
static void pod_changed(struct nodes *op, uint32_t pod, int64_t now)
{
    gates_recount(op, pod, false);
    pod_arrived(op, pod, now);
    if (op->w->pods.items[pod].deleting)
        pods_leaving(op, pod);
}

static void pod_added(struct nodes *op, uint32_t pod, int64_t now)
{
    const struct pod_entry *e = pods_entry(op, pod);
    if (e->counted || e->home != WORLD_NONE)
        pod_gone(op, pod);
    pod_changed(op, pod, now);
}

static void pod_unready(struct nodes *op, uint32_t pod, int64_t now)
{
    pod_changed(op, pod, now);
    if (op->pods.items[pod].state == POD_LISTED)
        pods_put_in_turn(op, pod);
}

/* Its pods are nobody's to move any more: they are collected as garbage. */
static void node_gone(struct nodes *op, uint32_t node)
{
    uint32_t i = ours(op, node);
    if (i == WORLD_NONE)
        return;
    op->node_of.items[node] = WORLD_NONE;
    for (uint32_t p = 0; op->nodes[i].left && p < op->pods.len; p++)
        if (op->pods.items[p].home == i)
            leaves_home(op, p);
    if (op->nodes[i].state != NODE_TERMINATED)
        op->terminated++;
    op->nodes[i].state = NODE_TERMINATED;
    pods_check_node(op, i);
}

static void node_added(struct nodes *op, uint32_t node)
{
    while (op->node_of.len <= node)
        must_push(&op->node_of, WORLD_NONE);
}

void nodes_change(struct nodes *op, const struct world_change *c, int64_t now)
{
    switch (c->kind) {
    case CHANGE_POD_ADDED:
        pod_added(op, c->index, now);
        break;
    case CHANGE_POD_BOUND:
    case CHANGE_POD_READY:
    case CHANGE_POD_DELETING:
        pod_changed(op, c->index, now);
        break;
    case CHANGE_POD_UNREADY:
        pod_unready(op, c->index, now);
        break;
    case CHANGE_POD_GONE:
        pod_gone(op, c->index);
        break;
    case CHANGE_NODE_ADDED:
        node_added(op, c->index);
        break;
    case CHANGE_NODE_READY:
        op->green_ready += op->phase == NODES_PHASE_START && nodes_is_green(op, c->index);
        break;
    case CHANGE_NODE_GONE:
        node_gone(op, c->index);
        break;
    case CHANGE_PDB:
        gates_budget_changed(op, c->index);
        break;
    case CHANGE_ATTACHMENT:
        attachment_changed(op, c->index);
        break;
    case CHANGE_WORKLOAD:
        gates_refresh(op, c->index);
        break;
    default:
        break;
    }
}

void nodes_fetch(const struct nodes *op, uint32_t pod)
{
    uint32_t owner = op->w->pods.items[pod].owner;
    if (pod < op->pods.len)
        __builtin_prefetch(&op->pods.items[pod], 1);
    if (owner < op->tops.len && op->tops.items[owner] != WORLD_NONE)
        __builtin_prefetch(&op->gates.items[op->tops.items[owner]], 1);
}

uint32_t nodes_behind(const struct nodes *op, uint32_t pod)
{
    const struct world_pod *p = &op->w->pods.items[pod];
    uint32_t top = p->owner < op->tops.len ? op->tops.items[p->owner] : WORLD_NONE;
    if (top < op->gates.len && op->gates.items[top].waiting.len)
        return op->gates.items[top].waiting.head;
    const struct class_budgets *b =
        p->class < op->classes.len ? &op->classes.items[p->class] : NULL;
    return b && b->count == 1 ? op->budgets.items[b->first].waiting.head : WORLD_NONE;
}

void nodes_approve(struct nodes *op, uint32_t workload)
{
    op->gates.items[workload].approved = true;
    pods_release(op, &op->gates.items[workload].waiting, UINT32_MAX);
}
