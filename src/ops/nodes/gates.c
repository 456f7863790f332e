/* What holds a pod back: budgets, too few Ready pods of its workload, a stateful neighbour on the
 * way, a pause, the time window. */
#include "ops/nodes/nodes_internal.h"

#define DEFAULT_UNAVAILABLE_PERCENT 25
#define RETURNS_MAX 3 /* for each pod of the workload */

static int32_t share_up(struct int_or_percent v, int32_t of)
{
    return v.percent ? (int32_t)(((int64_t)v.value * of + 99) / 100) : v.value;
}

/* What the workload's object says. A foreign controller's wish is not known: what is there now is
 * taken as wanted. */
static void gate_read(const struct nodes *op, uint32_t workload, struct gate *g)
{
    const struct world_workload *wl = &op->w->workloads.items[workload];
    struct int_or_percent limit = op->o.workload_unavailable;
    if (!limit.set)
        limit = (struct int_or_percent){true, true, DEFAULT_UNAVAILABLE_PERCENT};
    g->none =
        wl->kind == WORKLOAD_JOB || wl->kind == WORKLOAD_CRONJOB || wl->kind == WORKLOAD_DAEMONSET;
    g->stateful = wl->kind == WORKLOAD_STATEFULSET;
    g->want = wl->kind == WORKLOAD_OTHER ? (int32_t)wl->pod_count : wl->replicas;
    g->limit = g->stateful ? 1 : share_up(limit, g->want);
    if (g->limit < 1)
        g->limit = 1;
}

static void set_top(struct nodes *op, uint32_t workload)
{
    uint32_t owner = op->w->workloads.items[workload].owner;
    op->tops.items[workload] = owner == WORLD_NONE ? workload : owner;
}

void gates_refresh(struct nodes *op, uint32_t workload)
{
    while (op->gates.len < op->w->workloads.len) {
        struct gate fresh = {.waiting = {WORLD_NONE, WORLD_NONE, 0}};
        gate_read(op, (uint32_t)op->gates.len, &fresh);
        if (!vec_push(&op->gates, fresh) || !vec_push(&op->tops, WORLD_NONE))
            must_fail_nomem();
        set_top(op, (uint32_t)op->gates.len - 1);
    }
    set_top(op, workload);
    struct gate *g = &op->gates.items[workload];
    op->missing -= gate_misses(g);
    gate_read(op, workload, g);
    if (g->want < g->floor)
        g->floor = g->want;
    op->missing += gate_misses(g);
    gates_mark(op, workload);
}

void gates_init(struct nodes *op)
{
    if (op->w->workloads.len)
        gates_refresh(op, 0);
    for (uint32_t i = 0; i < op->o.pause_count; i++)
        op->gates.items[op->o.pause_before[i]].pause = true;
    world_each_pod(op->w, p)
        gates_recount(op, p, false);
    vec_foreach(g, &op->gates)
        g->floor = g->ready < g->want ? g->ready : g->want;
}

struct gate *gates_of(struct nodes *op, uint32_t pod)
{
    uint32_t owner = op->w->pods.items[pod].owner;
    uint32_t top = owner < op->tops.len ? op->tops.items[owner] : WORLD_NONE;
    return top < op->gates.len ? &op->gates.items[top] : NULL;
}

void gates_touch(struct nodes *op, uint32_t pod)
{
    struct gate *g = gates_of(op, pod);
    if (!g || g->touched)
        return;
    g->touched = true;
    op->missing += gate_misses(g);
}

void nodes_expect(struct nodes *op, uint32_t workload, int32_t ready)
{
    struct gate *g = &op->gates.items[workload];
    int32_t floor = ready < g->want ? ready : g->want;
    op->missing -= gate_misses(g);
    if (floor > g->floor)
        g->floor = floor;
    g->touched = true;
    op->missing += gate_misses(g);
}

static bool is_on_its_way_out(const struct nodes *op, uint32_t pod)
{
    uint8_t state = op->pods.items[pod].state;
    return state == POD_ASKED || state == POD_LEAVING;
}

static void count(struct nodes *op, struct gate *g, int32_t by)
{
    op->missing -= gate_misses(g);
    g->ready += by;
    op->missing += gate_misses(g);
}

void gates_recount(struct nodes *op, uint32_t pod, bool gone)
{
    struct pod_entry *e = pods_entry(op, pod);
    const struct world_pod *p = &op->w->pods.items[pod];
    bool counts = !gone && p->ready && !p->deleting && !is_on_its_way_out(op, pod);
    struct gate *g = counts ? gates_of(op, pod) : NULL;
    if (e->counted && (!g || g != &op->gates.items[e->gate])) {
        count(op, &op->gates.items[e->gate], -1);
        e->counted = false;
    }
    if (!g || e->counted)
        return;
    e->gate = (uint32_t)(g - op->gates.items);
    e->counted = true;
    count(op, g, 1);
    gates_mark(op, e->gate);
}

/* The first of a list that is about to be opened. */
static void fetch_first(const struct nodes *op, const struct pod_list *l)
{
    __builtin_prefetch(&op->pods.items[l->head], 1);
    __builtin_prefetch(&op->w->pods.items[l->head]);
}

void gates_mark(struct nodes *op, uint32_t workload)
{
    struct gate *g = &op->gates.items[workload];
    if (g->dirty || !g->waiting.len)
        return;
    g->dirty = true;
    fetch_first(op, &g->waiting);
    must_push(&op->dirty_gates, workload);
}

void gates_hold(struct nodes *op, uint32_t workload)
{
    while (op->held_gates.len <= workload / 64)
        must_push(&op->held_gates, 0);
    op->held_gates.items[workload / 64] |= UINT64_C(1) << workload % 64;
}

void gates_mark_all(struct nodes *op)
{
    for (uint32_t word = 0; word < op->held_gates.len; word++)
        for (uint64_t left = op->held_gates.items[word]; left; left &= left - 1) {
            uint32_t gate = word * 64 + (uint32_t)__builtin_ctzll(left);
            gates_mark(op, gate);
            if (!op->gates.items[gate].waiting.len)
                op->held_gates.items[word] &= ~(left & -left);
        }
}

void gates_mark_budget(struct nodes *op, uint32_t pdb)
{
    if (pdb >= op->budgets.len || op->budgets.items[pdb].dirty ||
        !op->budgets.items[pdb].waiting.len)
        return;
    op->budgets.items[pdb].dirty = true;
    fetch_first(op, &op->budgets.items[pdb].waiting);
    must_push(&op->dirty_budgets, pdb);
}

/* ---- budgets ---- */

static struct class_budgets find_budgets(const struct nodes *op, uint32_t pod)
{
    struct class_budgets found = {.first = WORLD_NONE, .known = true};
    uint32_t class = op->w->pods.items[pod].class;
    uint32_t ns = op->w->classes.items[class].ns;
    for (uint32_t i = 0; i < op->w->pdbs.len; i++) {
        const struct world_pdb *pdb = &op->w->pdbs.items[i];
        if (!pdb->used || pdb->ns != ns)
            continue;
        if (world_selects_class(op->w, &pdb->selector, class) == MATCH_MAYBE)
            found.by_pod = true;
        if (!world_pdb_covers(op->w, pdb, pod))
            continue;
        if (!found.count++)
            found.first = i;
    }
    return found;
}

struct class_budgets gates_budgets(struct nodes *op, uint32_t pod)
{
    uint32_t class = op->w->pods.items[pod].class;
    while (op->classes.len <= class)
        must_push(&op->classes, (struct class_budgets){0});
    struct class_budgets *kept = &op->classes.items[class];
    if (!kept->known || kept->by_pod)
        *kept = find_budgets(op, pod);
    return *kept;
}

void gates_forget_budgets(struct nodes *op)
{
    op->classes.len = 0;
    while (op->budgets.len < op->w->pdbs.len) {
        const struct world_pdb *p = &op->w->pdbs.items[op->budgets.len];
        must_push(&op->budgets, (struct budget){.waiting = {WORLD_NONE, WORLD_NONE, 0},
                                                .generation = p->generation,
                                                .used = p->used});
    }
}

/* Deleted, or written anew: it may cover other pods than before. */
void gates_budget_changed(struct nodes *op, uint32_t pdb)
{
    if (pdb >= op->budgets.len)
        gates_forget_budgets(op);
    const struct world_pdb *p = &op->w->pdbs.items[pdb];
    struct budget *b = &op->budgets.items[pdb];
    if (b->used == p->used && b->generation == p->generation) {
        gates_mark_budget(op, pdb);
        return;
    }
    b->used = p->used;
    b->generation = p->generation;
    gates_forget_budgets(op);
    pods_release(op, &b->waiting, UINT32_MAX);
    pods_release(op, &op->refused, UINT32_MAX);
}

int64_t gates_budget_room(const struct nodes *op, uint32_t pdb)
{
    return (int64_t)op->w->pdbs.items[pdb].allowed - op->budgets.items[pdb].asked;
}

/* Rules of the eviction API for pods that are not Ready: they may go while the budget is healthy.
 */
static bool budget_lets_unready(const struct world_pdb *pdb)
{
    return pdb->unhealthy == UNHEALTHY_ALWAYS || (pdb->desired > 0 && pdb->healthy >= pdb->desired);
}

static bool budget_opens(const struct nodes *op, uint32_t pdb, const struct world_pod *p)
{
    if (p->phase == POD_PENDING || world_pod_is_finished(p))
        return true;
    if (!p->ready && budget_lets_unready(&op->w->pdbs.items[pdb]))
        return true;
    return gates_budget_room(op, pdb) > 0;
}

/* ---- workloads ---- */

static int32_t gate_room(const struct gate *g)
{
    return g->none ? INT32_MAX : g->ready - (g->want - g->limit);
}

/* A pod that is not Ready takes nothing away; but of a StatefulSet all others must be Ready. */
static bool gate_opens(const struct gate *g, const struct world_pod *p)
{
    if (g->none || world_pod_is_finished(p))
        return true;
    if (g->stateful)
        return g->ready + !p->ready >= g->want;
    return !p->ready || gate_room(g) > 0;
}

/* ---- all together ---- */

/* Pods that tolerate the cordon can be put back where they come from, each time anew: after a few
 * times each that is no bad luck. */
static bool keeps_returning(const struct gate *g)
{
    return g && g->returns > RETURNS_MAX * (g->want > 1 ? (int64_t)g->want : 1);
}

/* What only a human can change. */
static enum nodes_block lasting_obstacle(const struct nodes *op, uint32_t pod)
{
    const struct world_pod *p = &op->w->pods.items[pod];
    bool bare = (p->owner == WORLD_NONE && !p->foreign_owner) || p->owner_gone;
    if (bare && !op->o.bare && !world_pod_is_finished(p))
        return NODES_BLOCK_BARE;
    if (op->o.keep_empty_dir_pods && world_class_of(op->w, pod)->empty_dir &&
        !world_pod_is_finished(p))
        return NODES_BLOCK_LOCAL;
    return NODES_FREE;
}

static enum nodes_block budget_obstacle(struct nodes *op, uint32_t pod, uint32_t *index)
{
    const struct world_pod *p = &op->w->pods.items[pod];
    struct class_budgets b = gates_budgets(op, pod);
    struct gate *g = gates_of(op, pod);
    *index = b.first;
    if (b.count > 1 && p->phase != POD_PENDING && !world_pod_is_finished(p))
        return NODES_BLOCK_BUDGETS;
    if (b.count == 1 && !budget_opens(op, b.first, p))
        return NODES_BLOCK_BUDGET;
    if (!g || gate_opens(g, p) || (b.count == 1 && !g->stateful))
        return NODES_FREE;
    *index = (uint32_t)(g - op->gates.items);
    return g->stateful && g->want - g->ready <= 1 ? NODES_BLOCK_STATEFUL : NODES_BLOCK_WORKLOAD;
}

enum nodes_block gates_obstacle(struct nodes *op, uint32_t pod, uint32_t *index)
{
    enum nodes_block why = lasting_obstacle(op, pod);
    struct gate *g = gates_of(op, pod);
    *index = WORLD_NONE;
    if (why != NODES_FREE)
        return why;
    if (keeps_returning(g))
        return NODES_BLOCK_RETURNS;
    if (g && g->pause && !g->approved) {
        *index = (uint32_t)(g - op->gates.items);
        return NODES_BLOCK_PAUSE;
    }
    if (op->window_shut)
        return NODES_BLOCK_WINDOW;
    return op->pods.items[pod].force ? NODES_FREE : budget_obstacle(op, pod, index);
}

static void open_gate(struct nodes *op, uint32_t workload)
{
    struct gate *g = &op->gates.items[workload];
    g->dirty = false;
    int32_t room = gate_room(g);
    if (g->pause && !g->approved)
        return;
    if (g->stateful && g->ready + 1 >= g->want)
        pods_release(op, &g->waiting, UINT32_MAX);
    else if (room > 0)
        pods_release(op, &g->waiting, (uint32_t)room);
}

static void open_budget(struct nodes *op, uint32_t pdb)
{
    struct budget *b = &op->budgets.items[pdb];
    b->dirty = false;
    int64_t room = gates_budget_room(op, pdb);
    if (room > 0)
        pods_release(op, &b->waiting, room > UINT32_MAX ? UINT32_MAX : (uint32_t)room);
}

void gates_open(struct nodes *op)
{
    vec_foreach(g, &op->dirty_gates)
        open_gate(op, *g);
    op->dirty_gates.len = 0;
    vec_foreach(b, &op->dirty_budgets)
        open_budget(op, *b);
    op->dirty_budgets.len = 0;
}
