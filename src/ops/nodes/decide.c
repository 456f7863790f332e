/* The phases of an operation, and what each asks the driver to do. */
#include "ops/nodes/nodes_internal.h"

#define DAY_MS ((int64_t)24 * 3600 * 1000)

const char *const nodes_phase_names[NODES_PHASES] = {
    [NODES_PHASE_START] = "start new nodes",
    [NODES_PHASE_CORDON] = "cordon",
    [NODES_PHASE_DRAIN] = "drain",
    [NODES_PHASE_BATCH_SOAK] = "soak between batches",
    [NODES_PHASE_SOAK] = "soak",
    [NODES_PHASE_TERMINATE] = "delete old nodes",
    [NODES_PHASE_DONE] = "done",
};

static bool window_is_shut(const struct nodes *op, int64_t now)
{
    int from = op->o.window_from_min, to = op->o.window_to_min;
    int minute = (int)((op->o.day_offset_ms + now) % DAY_MS / 60000);
    if (from == to)
        return false;
    bool inside = from < to ? minute >= from && minute < to : minute >= from || minute < to;
    return !inside;
}

static int64_t window_opens(const struct nodes *op, int64_t now)
{
    int64_t at = (op->o.day_offset_ms + now) % DAY_MS;
    int64_t wait = ((int64_t)op->o.window_from_min * 60000 - at + DAY_MS) % DAY_MS;
    return now + wait;
}

static void go(struct nodes *op, enum nodes_phase phase, int64_t until)
{
    op->phase = phase;
    op->until = until;
}

/* A new node serves when what belongs to every node is Ready on it: network, volumes, logs. */
static bool serves(const struct nodes *op, uint32_t node)
{
    if (!op->w->nodes.items[node].used || !nodes_is_green(op, node))
        return true;
    world_each_pod_of_node(op->w, node, p)
        if (world_pod_is_of_node(op->w, p) && !op->w->pods.items[p].ready)
            return false;
    return true;
}

/* Begins where the last look ended: most often it ends there again. */
static bool daemons_are_ready(struct nodes *op)
{
    uint32_t n = (uint32_t)op->w->nodes.len;
    for (uint32_t i = 0; i < n; i++) {
        uint32_t node = (op->serve_from + i) % n;
        if (serves(op, node))
            continue;
        op->serve_from = node;
        return false;
    }
    return true;
}

static bool greens_serve(struct nodes *op, int64_t now)
{
    if (op->green_started < op->o.green_count || op->green_ready < op->green_wanted)
        return false;
    if (!op->o.green_count)
        return true;
    if (now < op->until)
        return false;
    op->until = now + NODES_SERVE_LOOK_MS;
    return daemons_are_ready(op);
}

static size_t decide_start(struct nodes *op, int64_t now, struct nodes_action *out, size_t cap)
{
    size_t n = 0;
    for (; op->green_started < op->o.green_count && n < cap; op->green_started++, n++)
        out[n] = (struct nodes_action){NODES_START, op->green_started,
                                       op->o.green[op->green_started].count};
    if (greens_serve(op, now))
        go(op, NODES_PHASE_CORDON, 0);
    return n;
}

static size_t decide_cordon(struct nodes *op, struct nodes_action *out, size_t cap)
{
    size_t n = 0;
    for (; op->cordoned < op->node_count && n < cap; op->cordoned++) {
        const struct node_entry *e = &op->nodes[op->cordoned];
        if (e->state != NODE_TERMINATED && !op->w->nodes.items[e->node].unschedulable)
            out[n++] = (struct nodes_action){NODES_CORDON, e->node, 1};
    }
    if (op->cordoned == op->node_count)
        go(op, NODES_PHASE_DRAIN, 0);
    return n;
}

static bool may_start_node(const struct nodes *op)
{
    return op->next_node < op->node_count && op->nodes[op->next_node].batch == op->batch &&
           !op->window_shut;
}

static void start_nodes(struct nodes *op, int64_t now)
{
    while (may_start_node(op) && op->busy < op->draining_limit) {
        uint32_t node = op->next_node++;
        if (op->nodes[node].state == NODE_QUEUED)
            pods_start_node(op, node, now);
    }
}

static bool batch_is_settled(struct nodes *op)
{
    if (op->next_node < op->node_count && op->nodes[op->next_node].batch == op->batch)
        return false;
    while (op->settled < op->next_node && pods_node_is_settled(op, &op->nodes[op->settled]))
        op->settled++;
    return op->settled == op->next_node;
}

static bool all_are_clean(const struct nodes *op)
{
    for (uint32_t i = 0; i < op->node_count; i++)
        if (op->nodes[i].state < NODE_CLEAN)
            return false;
    return true;
}

/* Nothing more is touched before every workload is as Ready as it was. */
static bool is_whole_again(struct nodes *op, int64_t now)
{
    if (!op->settled_at)
        op->settled_at = now;
    return !op->missing;
}

static void after_batch(struct nodes *op, int64_t now)
{
    bool whole = is_whole_again(op, now);
    bool waits = !op->o.pod_timeout_ms || now - op->settled_at < op->o.pod_timeout_ms;
    if (!whole && waits)
        return;
    op->settled_at = 0;
    if (!whole)
        go(op, NODES_PHASE_DONE, 0);
    else if (++op->batch < op->batch_count)
        go(op, NODES_PHASE_BATCH_SOAK, now + op->o.batch_soak_ms);
    else if (op->o.terminate && all_are_clean(op))
        go(op, NODES_PHASE_SOAK, now + op->o.soak_ms);
    else
        go(op, NODES_PHASE_DONE, 0);
}

static size_t ask_approvals(struct nodes *op, struct nodes_action *out, size_t cap)
{
    size_t n = 0;
    for (uint32_t i = 0; i < op->o.pause_count && n < cap; i++) {
        struct gate *g = &op->gates.items[op->o.pause_before[i]];
        if (g->asked || !g->waiting.len)
            continue;
        g->asked = true;
        out[n++] = (struct nodes_action){NODES_ASK, op->o.pause_before[i], 1};
    }
    return n;
}

static size_t decide_drain(struct nodes *op, int64_t now, struct nodes_action *out, size_t cap)
{
    op->window_shut = window_is_shut(op, now);
    if (now >= op->tick_at) {
        pods_tick(op, now);
        op->tick_at = now + NODES_TICK_MS;
    }
    if (now >= op->retry_at)
        pods_retry(op, now);
    gates_open(op);
    start_nodes(op, now);
    size_t n = pods_emit(op, now, out, cap);
    n += ask_approvals(op, out + n, cap - n);
    if (!n && batch_is_settled(op))
        after_batch(op, now);
    return n;
}

static size_t decide_terminate(struct nodes *op, struct nodes_action *out, size_t cap)
{
    size_t n = 0;
    for (; op->terminate_next < op->node_count && n < cap; op->terminate_next++) {
        struct node_entry *e = &op->nodes[op->terminate_next];
        if (e->state != NODE_CLEAN)
            continue;
        e->state = NODE_TERMINATING;
        out[n++] = (struct nodes_action){NODES_TERMINATE, e->node, 1};
    }
    if (!n && op->terminated == op->node_count)
        go(op, NODES_PHASE_DONE, 0);
    return n;
}

static size_t decide_once(struct nodes *op, int64_t now, struct nodes_action *out, size_t cap)
{
    switch (op->phase) {
    case NODES_PHASE_START:
        return decide_start(op, now, out, cap);
    case NODES_PHASE_CORDON:
        return decide_cordon(op, out, cap);
    case NODES_PHASE_DRAIN:
        return decide_drain(op, now, out, cap);
    case NODES_PHASE_BATCH_SOAK:
        if (now >= op->until)
            go(op, NODES_PHASE_DRAIN, 0);
        return 0;
    case NODES_PHASE_SOAK:
        if (now >= op->until)
            go(op, all_are_clean(op) ? NODES_PHASE_TERMINATE : NODES_PHASE_DRAIN, 0);
        return 0;
    case NODES_PHASE_TERMINATE:
        return decide_terminate(op, out, cap);
    default:
        return 0;
    }
}

size_t nodes_decide(struct nodes *op, int64_t now, struct nodes_action *out, size_t cap)
{
    for (;;) {
        enum nodes_phase before = op->phase;
        size_t n = decide_once(op, now, out, cap);
        if (n || op->phase == before)
            return n;
    }
}

static int64_t wake_of_drain(const struct nodes *op, int64_t now)
{
    bool blocked = op->missing || op->pods_gone < op->pods_total;
    int64_t wake = blocked && op->tick_at < INT64_MAX ? op->tick_at : INT64_MAX;
    wake = op->retry_at < wake ? op->retry_at : wake;
    double missing = 1 - op->tokens;
    if (op->window_shut)
        wake = window_opens(op, now);
    if (op->turn.len && missing > 0) {
        int64_t refilled = now + 1 + (int64_t)(missing * 1000 / op->o.evictions_per_s);
        wake = refilled < wake ? refilled : wake;
    }
    return wake > now ? wake : now + 1;
}

int64_t nodes_wake(const struct nodes *op, int64_t now)
{
    switch (op->phase) {
    case NODES_PHASE_START:
        return op->until > now ? op->until : INT64_MAX;
    case NODES_PHASE_DRAIN:
        return wake_of_drain(op, now);
    case NODES_PHASE_BATCH_SOAK:
    case NODES_PHASE_SOAK:
        return op->until;
    default:
        return INT64_MAX;
    }
}

enum nodes_phase nodes_phase(const struct nodes *op)
{
    return op->phase;
}
