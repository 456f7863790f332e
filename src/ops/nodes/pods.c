/* Where each pod that has to leave stands, and when its turn is. */
#include "ops/nodes/nodes_internal.h"

void pods_make_entries(struct nodes *op, uint32_t pod)
{
    while (op->pods.len <= pod) {
        must_push(&op->pods, (struct pod_entry){.node = WORLD_NONE, .home = WORLD_NONE});
        must_push(&op->times, (struct pod_times){0});
    }
}

bool pods_is_to_move(const struct nodes *op, uint32_t pod)
{
    return !world_pod_is_of_node(op->w, pod);
}

/* ---- lists ---- */

static struct pod_list *list_of(struct nodes *op, const struct pod_entry *e)
{
    switch ((enum nodes_block)e->why) {
    case NODES_BLOCK_BUDGET:
        return &op->budgets.items[e->index].waiting;
    case NODES_BLOCK_WORKLOAD:
    case NODES_BLOCK_STATEFUL:
    case NODES_BLOCK_PAUSE:
        return &op->gates.items[e->index].waiting;
    case NODES_BLOCK_BUDGETS:
    case NODES_BLOCK_BARE:
    case NODES_BLOCK_LOCAL:
    case NODES_BLOCK_RETURNS:
        return &op->refused;
    case NODES_BLOCK_WINDOW:
    case NODES_BLOCK_ANSWER:
        return &op->later;
    default:
        return &op->turn;
    }
}

static void list_add(struct nodes *op, struct pod_list *l, uint32_t pod)
{
    struct pod_entry *e = &op->pods.items[pod];
    e->next = WORLD_NONE;
    e->prev = l->tail;
    if (l->tail == WORLD_NONE)
        l->head = pod;
    else
        op->pods.items[l->tail].next = pod;
    l->tail = pod;
    l->len++;
}

static void list_cut(struct nodes *op, struct pod_list *l, uint32_t pod)
{
    struct pod_entry *e = &op->pods.items[pod];
    if (e->prev == WORLD_NONE)
        l->head = e->next;
    else
        op->pods.items[e->prev].next = e->next;
    if (e->next == WORLD_NONE)
        l->tail = e->prev;
    else
        op->pods.items[e->next].prev = e->prev;
    l->len--;
}

static bool waits_at_gate(enum nodes_block why)
{
    return why == NODES_BLOCK_WORKLOAD || why == NODES_BLOCK_STATEFUL || why == NODES_BLOCK_PAUSE;
}

static bool blocks_node(enum nodes_block why)
{
    return why != NODES_FREE && why != NODES_BLOCK_RATE && why != NODES_BLOCK_LEAVING;
}

static void set_parked(struct nodes *op, struct pod_entry *e, bool parked)
{
    if (e->parked == parked)
        return;
    e->parked = parked;
    op->nodes[e->node].parked += parked ? 1 : (uint32_t)-1;
    pods_check_node(op, e->node);
}

static void put(struct nodes *op, uint32_t pod, enum nodes_block why, uint32_t index)
{
    struct pod_entry *e = &op->pods.items[pod];
    e->state = POD_LISTED;
    e->why = (uint8_t)why;
    e->index = index;
    list_add(op, list_of(op, e), pod);
    if (waits_at_gate(why))
        gates_hold(op, index);
    set_parked(op, e, blocks_node(why));
}

static void take(struct nodes *op, uint32_t pod)
{
    struct pod_entry *e = &op->pods.items[pod];
    if (e->state == POD_LISTED)
        list_cut(op, list_of(op, e), pod);
}

void pods_put_in_turn(struct nodes *op, uint32_t pod)
{
    take(op, pod);
    put(op, pod, NODES_BLOCK_RATE, WORLD_NONE);
}

void pods_release(struct nodes *op, struct pod_list *list, uint32_t n)
{
    while (n-- && list->len)
        pods_put_in_turn(op, list->head);
}

static void not_asked(struct nodes *op, const struct pod_entry *e)
{
    if (e->index != WORLD_NONE)
        op->budgets.items[e->index].asked--;
}

/* The pod is gone, or not ours any more. */
void pods_forget(struct nodes *op, uint32_t pod)
{
    struct pod_entry *e = &op->pods.items[pod];
    take(op, pod);
    if (e->state == POD_LEAVING)
        op->leaving--;
    if (e->state == POD_ASKED)
        not_asked(op, e);
    e->state = POD_OUT;
    set_parked(op, e, false);
    e->node = WORLD_NONE;
    e->given_up = false;
}

/* ---- nodes ---- */

void pods_enter(struct nodes *op, uint32_t pod, uint32_t node, int64_t now)
{
    struct pod_entry *e = pods_entry(op, pod);
    e->node = node;
    op->times.items[pod].since = now;
    if (op->w->pods.items[pod].deleting)
        pods_leaving(op, pod);
    else
        put(op, pod, NODES_BLOCK_RATE, WORLD_NONE);
}

static void set_leaving(struct nodes *op, uint32_t pod)
{
    struct pod_entry *e = &op->pods.items[pod];
    e->state = POD_LEAVING;
    e->why = NODES_BLOCK_LEAVING;
    op->leaving++;
    set_parked(op, e, false);
}

void pods_leaving(struct nodes *op, uint32_t pod)
{
    struct pod_entry *e = pods_entry(op, pod);
    if (e->node == WORLD_NONE || e->state == POD_LEAVING || e->state == POD_ASKED)
        return;
    take(op, pod);
    set_leaving(op, pod);
}

void pods_start_node(struct nodes *op, uint32_t node, int64_t now)
{
    struct node_entry *n = &op->nodes[node];
    n->state = NODE_DRAINING;
    world_each_pod_of_node(op->w, n->node, p)
        if (pods_is_to_move(op, p))
            pods_enter(op, p, node, now);
    pods_check_node(op, node);
}

bool pods_node_is_settled(const struct nodes *op, const struct node_entry *n)
{
    uint32_t given_up = 0;
    if (n->state >= NODE_CLEAN)
        return true;
    if (n->state == NODE_QUEUED || !op->o.pod_timeout_ms || n->parked < n->left)
        return false;
    world_each_pod_of_node(op->w, n->node, p)
        given_up += p < op->pods.len && op->pods.items[p].given_up;
    return n->left && given_up == n->left;
}

/* Clean: nothing of its own is left, and nothing attached. */
void pods_check_node(struct nodes *op, uint32_t node)
{
    struct node_entry *n = &op->nodes[node];
    if (n->state == NODE_DRAINING && !n->left && !n->volumes)
        n->state = NODE_CLEAN;
    bool busy = n->state == NODE_DRAINING && n->parked < n->left;
    if (busy != n->busy)
        op->busy += busy ? 1 : (uint32_t)-1;
    n->busy = busy;
}

/* ---- evictions ---- */

static bool ask(struct nodes *op, uint32_t pod, struct nodes_action *out)
{
    struct pod_entry *e = &op->pods.items[pod];
    uint32_t index;
    enum nodes_block why = gates_obstacle(op, pod, &index);
    take(op, pod);
    if (why != NODES_FREE) {
        put(op, pod, why, index);
        return false;
    }
    struct class_budgets b = gates_budgets(op, pod);
    if (b.count == 1)
        op->budgets.items[b.first].asked++;
    e->index = b.count == 1 ? b.first : WORLD_NONE;
    e->state = POD_ASKED;
    gates_recount(op, pod, false);
    *out = (struct nodes_action){.kind = e->refused ? NODES_DELETE : NODES_EVICT, .index = pod};
    return true;
}

static void refill(struct nodes *op, int64_t now)
{
    double rate = op->o.evictions_per_s;
    op->tokens += (double)(now - op->tokens_at) * rate / 1000;
    op->tokens_at = now;
    if (op->tokens > rate)
        op->tokens = rate;
}

void nodes_next(const struct nodes *op, uint32_t pods[3])
{
    uint32_t pod = op->turn.head;
    for (unsigned i = 0; i < 3; i++) {
        pods[i] = pod;
        pod = pod == WORLD_NONE ? WORLD_NONE : op->pods.items[pod].next;
    }
    if (pod != WORLD_NONE)
        __builtin_prefetch(&op->pods.items[pod], 1);
}

/* Those whose turn is next stand anywhere in memory. */
static void fetch_turn(const struct nodes *op)
{
    uint32_t next[3];
    nodes_next(op, next);
    if (next[1] != WORLD_NONE)
        nodes_fetch(op, next[1]);
    if (next[2] != WORLD_NONE)
        __builtin_prefetch(&op->w->pods.items[next[2]]);
}

size_t pods_emit(struct nodes *op, int64_t now, struct nodes_action *out, size_t cap)
{
    size_t n = 0;
    refill(op, now);
    while (n < cap && op->turn.len && op->tokens >= 1) {
        fetch_turn(op);
        if (!ask(op, op->turn.head, &out[n]))
            continue;
        op->tokens -= 1;
        n++;
    }
    return n;
}

static void answered_later(struct nodes *op, uint32_t pod, enum nodes_block why, uint32_t index,
                           int64_t at)
{
    op->times.items[pod].retry_at = at;
    if (why == NODES_BLOCK_ANSWER && at < op->retry_at)
        op->retry_at = at;
    put(op, pod, why, index);
    gates_recount(op, pod, false);
}

/* A budget that has room again by now has told so before its refusal arrived. */
static void refused_by_budget(struct nodes *op, uint32_t pod, int64_t now)
{
    struct class_budgets b = gates_budgets(op, pod);
    if (b.count == 1 && gates_budget_room(op, b.first) <= 0)
        answered_later(op, pod, NODES_BLOCK_BUDGET, b.first, INT64_MAX);
    else
        answered_later(op, pod, NODES_BLOCK_ANSWER, b.first, now + NODES_RETRY_SOON_MS);
}

static bool forces(struct pod_entry *e, enum eviction_cause cause)
{
    bool budget = cause == EVICTION_BUDGET || cause == EVICTION_MANY_BUDGETS;
    e->refused = e->refused || (e->force && budget);
    return e->force && budget;
}

void nodes_answer(struct nodes *op, uint32_t pod, const struct eviction_answer *a, int64_t now)
{
    struct pod_entry *e = pods_entry(op, pod);
    if (e->state != POD_ASKED)
        return;
    int64_t again = now + (a->retry_after_s ? a->retry_after_s * 1000 : NODES_RETRY_MS);
    not_asked(op, e);
    e->state = POD_OUT;
    if (op->w->pods.items[pod].deleting) {
        set_leaving(op, pod);
        return;
    }
    if (forces(e, a->cause)) {
        put(op, pod, NODES_BLOCK_RATE, WORLD_NONE);
        return;
    }
    switch (a->cause) {
    case EVICTION_OK:
    case EVICTION_GONE:
        set_leaving(op, pod);
        break;
    case EVICTION_BUDGET:
        refused_by_budget(op, pod, now);
        break;
    case EVICTION_MANY_BUDGETS:
        answered_later(op, pod, NODES_BLOCK_BUDGETS, gates_budgets(op, pod).first, INT64_MAX);
        break;
    default:
        answered_later(op, pod, NODES_BLOCK_ANSWER, a->pdb, again);
        break;
    }
}

/* ---- from time to time ---- */

static void give_up(struct nodes *op, struct pod_list *l, int64_t now)
{
    for (uint32_t p = l->head; p != WORLD_NONE; p = op->pods.items[p].next) {
        struct pod_entry *e = &op->pods.items[p];
        e->given_up = e->given_up || now - op->times.items[p].since >= op->o.pod_timeout_ms;
    }
}

static void each_blocked_list(struct nodes *op, int64_t now,
                              void (*visit)(struct nodes *, struct pod_list *, int64_t))
{
    visit(op, &op->later, now);
    visit(op, &op->refused, now);
    vec_foreach(g, &op->gates)
        visit(op, &g->waiting, now);
    vec_foreach(b, &op->budgets)
        visit(op, &b->waiting, now);
}

void pods_retry(struct nodes *op, int64_t now)
{
    uint32_t next;
    op->retry_at = INT64_MAX;
    for (uint32_t p = op->later.head; p != WORLD_NONE; p = next) {
        const struct pod_entry *e = &op->pods.items[p];
        int64_t retry_at = op->times.items[p].retry_at;
        next = e->next;
        if (e->why == NODES_BLOCK_WINDOW ? !op->window_shut : now >= retry_at)
            pods_put_in_turn(op, p);
        else if (e->why == NODES_BLOCK_ANSWER && retry_at < op->retry_at)
            op->retry_at = retry_at;
    }
}

/* What was missed (a watch that lagged, a budget edited) is found here. */
void pods_tick(struct nodes *op, int64_t now)
{
    if (op->o.pod_timeout_ms)
        each_blocked_list(op, now, give_up);
    pods_retry(op, now);
    if (now < op->look_at)
        return;
    op->look_at = now + NODES_LOOK_MS;
    for (uint32_t i = 0; i < op->budgets.len; i++)
        gates_mark_budget(op, i);
    gates_mark_all(op);
}
