/* The rehearsal's driver: asks the decision core what to do, does it to the simulator, lets time
 * pass until something changes. */
#include "ops/rehearse/internal.h"

#define ACTIONS 256
#define STALL_MS ((int64_t)30 * 60 * 1000)
#define LIMIT_MS ((int64_t)7 * 24 * 3600 * 1000)

struct run {
    const struct setting *s;
    struct sim *sim;
    struct nodes *op; /* NULL when nodes die: nobody decides */
    size_t part;      /* that op is about */
    VEC(uint32_t) force;
    struct recorder rec;
    struct rehearsal *r, scratch;
    int64_t moved_at; /* when something last went on */
    uint32_t behind;  /* pod that waits for what happens next; WORLD_NONE */
    int64_t grace_ms; /* the longest of all pods: so long nothing may happen but that one leaves */
    bool quiet;       /* no recorder */
};

/* ---- changes ---- */

static bool is_progress(enum change_kind kind)
{
    return kind != CHANGE_PDB && kind != CHANGE_POD_UNSCHEDULABLE && kind != CHANGE_POD_OTHER &&
           kind != CHANGE_OTHER && kind != CHANGE_NONE;
}

/* Another pod may get its slot. */
static void forget_forced(struct run *run, uint32_t pod)
{
    for (size_t i = 0; i < run->force.len; i++)
        if (run->force.items[i] == pod)
            run->force.items[i--] = run->force.items[--run->force.len];
}

static void on_change(void *ctx, const struct world_change *c, int64_t now)
{
    struct run *run = ctx;
    if (is_progress(c->kind))
        run->moved_at = now;
    if (c->kind == CHANGE_POD_READY)
        sim_fetch(run->sim, run->behind, SIM_FETCH_AROUND);
    if (run->op)
        nodes_change(run->op, c, now);
    if (run->force.len && c->kind == CHANGE_POD_GONE)
        forget_forced(run, c->index);
    record_change(&run->rec, c, now);
}

static void on_near(void *ctx, uint32_t pod)
{
    const struct run *run = ctx;
    if (run->op)
        nodes_fetch(run->op, pod);
    record_fetch(&run->rec, pod);
}

/* Whoever waits for this pod will be evicted next. */
static void on_next(void *ctx, uint32_t pod)
{
    struct run *run = ctx;
    run->behind = run->op ? nodes_behind(run->op, pod) : WORLD_NONE;
    sim_fetch(run->sim, run->behind, SIM_FETCH_POD);
}

/* ---- actions ---- */

static void start_machines(struct run *run, uint32_t green)
{
    const struct part *part = &run->s->parts.items[run->part];
    uint32_t first = part->fresh, last = part->greens + green;
    for (uint32_t i = part->greens; i < last; i++)
        first += run->s->greens.items[i].count;
    for (uint32_t i = 0; i < run->s->greens.items[last].count; i++)
        sim_node_start(run->sim, &run->s->fresh.items[first + i], false);
}

static void evict(struct run *run, uint32_t pod)
{
    struct eviction_answer a = sim_evict(run->sim, pod, -1, false);
    nodes_answer(run->op, pod, &a, sim_now(run->sim));
}

static void force(struct run *run, uint32_t pod)
{
    char name[512];
    struct eviction_answer a = {.cause = EVICTION_OK, .code = 200, .pdb = WORLD_NONE};
    world_pod_name(sim_world(run->sim), pod, name, sizeof name);
    record_event(&run->rec, sim_now(run->sim), "forced",
                 "%s is deleted: a budget refused its eviction, and --force names it", name);
    sim_delete_pod(run->sim, pod, -1);
    nodes_answer(run->op, pod, &a, sim_now(run->sim));
}

static void ask(struct run *run, uint32_t workload)
{
    char name[512];
    world_workload_name(sim_world(run->sim), workload, name, sizeof name);
    record_event(&run->rec, sim_now(run->sim), "pause",
                 "asks for approval before %s; taken as given at once", name);
    nodes_approve(run->op, workload);
}

static void act(struct run *run, const struct nodes_action *a)
{
    switch (a->kind) {
    case NODES_START:
        start_machines(run, a->index);
        break;
    case NODES_CORDON:
        sim_cordon(run->sim, a->index, true);
        break;
    case NODES_EVICT:
        evict(run, a->index);
        break;
    case NODES_DELETE:
        force(run, a->index);
        break;
    case NODES_ASK:
        ask(run, a->index);
        break;
    case NODES_TERMINATE:
        sim_node_terminate(run->sim, a->index);
        break;
    }
}

/* Pods stand in no order of memory: those whose turn is next are fetched early. */
static void fetch_turn(struct run *run)
{
    uint32_t next[3];
    nodes_next(run->op, next);
    sim_fetch(run->sim, next[0], SIM_FETCH_COUNTS);
    sim_fetch(run->sim, next[1], SIM_FETCH_AROUND);
    sim_fetch(run->sim, next[2], SIM_FETCH_POD);
}

static bool core_is_done(const struct run *run)
{
    return !run->op || nodes_phase(run->op) == NODES_PHASE_DONE;
}

static bool nothing_left(const struct run *run)
{
    struct nodes_progress p;
    if (!run->op)
        return !record_short(&run->rec);
    nodes_progress(run->op, &p);
    return !p.waiting && !p.leaving && !p.volumes;
}

static void begin_part(struct run *run)
{
    const struct setting *s = run->s;
    const struct part *part = &s->parts.items[run->part];
    bool last = run->part + 1 == s->parts.len;
    struct nodes_options n = s->o->nodes;
    n.nodes = s->turns + part->old;
    n.node_count = part->old_count;
    n.force = run->force.items;
    n.force_count = (uint32_t)run->force.len;
    n.green = s->greens.items + part->greens;
    n.green_count = part->greens_count;
    n.terminate = s->terminate;
    n.soak_ms = last ? n.soak_ms : 0;
    n.day_offset_ms = s->w->taken % (24 * 3600) * 1000;
    nodes_free(run->op);
    run->op = nodes_new(sim_world(run->sim), &n);
    if (in_rounds(s))
        record_round(&run->rec, run->part, sim_now(run->sim));
}

/* The next one has what this one has left: new nodes that stay, old ones that are still there. */
static bool goes_on(struct run *run)
{
    if (!core_is_done(run) || run->part + 1 == run->s->parts.len || !nothing_left(run))
        return false;
    run->part++;
    begin_part(run);
    return true;
}

static void decide(struct run *run)
{
    struct nodes_action actions[ACTIONS];
    size_t n;
    sim_fetch(run->sim, run->behind, SIM_FETCH_COUNTS);
    run->behind = WORLD_NONE;
    do {
        int64_t now = sim_now(run->sim);
        n = nodes_decide(run->op, now, actions, ACTIONS);
        for (size_t i = 0; i < n; i++)
            act(run, &actions[i]);
        if (n)
            fetch_turn(run);
        n += goes_on(run);
        record_phase(&run->rec, nodes_phase(run->op), now);
    } while (n);
}

/* ---- time ---- */

/* Nobody decides about nodes that die: that ends when nothing more comes of it. */
static bool has_ended(const struct run *run)
{
    return run->op && core_is_done(run) && !record_unsettled(&run->rec);
}

static int64_t stall_of(const struct run *run)
{
    const struct nodes_options *o = &run->s->o->nodes;
    bool window = o->window_from_min != o->window_to_min;
    return STALL_MS + run->grace_ms + o->pod_timeout_ms + o->soak_ms + o->batch_soak_ms +
           (window ? (int64_t)24 * 3600 * 1000 : 0);
}

/* The next moment worth looking at; INT64_MAX when nothing more will come of it. */
static int64_t next_moment(const struct run *run)
{
    int64_t limit = run->s->o->limit_ms ? run->s->o->limit_ms : LIMIT_MS;
    int64_t next = sim_next(run->sim);
    if (run->op && !core_is_done(run)) {
        int64_t wake = nodes_wake(run->op, sim_now(run->sim));
        next = wake < next ? wake : next;
    }
    return next > limit || next - run->moved_at > stall_of(run) ? INT64_MAX : next;
}

static bool play(struct run *run)
{
    for (;;) {
        if (run->op)
            decide(run);
        record_sample(&run->rec, sim_now(run->sim), false);
        if (has_ended(run))
            return true;
        int64_t next = next_moment(run);
        if (next == INT64_MAX)
            return !run->op && !record_unsettled(&run->rec);
        sim_run(run->sim, next);
    }
}

/* ---- one run ---- */

static int64_t longest_grace_ms(const struct world *w)
{
    int64_t longest = 0;
    world_each_pod(w, p) {
        int64_t grace = world_class_of(w, p)->grace_s;
        longest = grace > longest ? grace : longest;
    }
    return longest * 1000;
}

static void start(struct run *run, uint64_t seed, bool spread_times)
{
    const struct setting *s = run->s;
    struct sim_options o = {
        .seed = seed,
        .times = &s->times,
        .spread_times = spread_times,
        .on_change = on_change,
        .on_near = on_near,
        .on_next = on_next,
        .ctx = run,
    };
    run->grace_ms = longest_grace_ms(s->w);
    run->sim = sim_new(s->w, s->cloud, &o);
    record_start(&run->rec, sim_world(run->sim), s, run->r);
    if (s->dies)
        return;
    for (uint32_t i = 0; i < s->o->nodes.force_count; i++)
        must_push(&run->force, s->o->nodes.force[i]);
    begin_part(run);
}

static void kill_nodes(struct run *run)
{
    for (uint32_t i = 0; i < run->s->old_count; i++)
        sim_node_die(run->sim, run->s->old[i]);
}

/* Pods on the old nodes of parts that were not reached. */
static uint32_t not_reached(const struct run *run)
{
    const struct world *w = sim_world(run->sim);
    uint32_t n = 0;
    for (size_t i = run->part + 1; i < run->s->parts.len; i++) {
        const struct part *part = &run->s->parts.items[i];
        for (uint32_t k = 0; k < part->old_count; k++)
            world_each_pod_of_node(w, run->s->turns[part->old + k], p)
                n += !world_pod_is_of_node(w, p);
    }
    return n;
}

static uint32_t left_behind(const struct run *run)
{
    struct nodes_progress p = {0};
    if (run->op)
        nodes_progress(run->op, &p);
    return p.waiting + p.leaving + record_unsettled(&run->rec) + (run->op ? not_reached(run) : 0);
}

static void report(struct run *run, bool finished)
{
    struct sim_stats stats;
    record_finish(&run->rec, sim_now(run->sim));
    sim_get_stats(run->sim, &stats);
    run->r->evictions = stats.evictions;
    run->r->refused = stats.refused;
    if (finished)
        return;
    if (run->op)
        explain_blockers(run->s, &run->s->parts.items[run->part], run->sim, run->op, run->r);
    else
        explain_leaving(run->sim, &run->rec, run->r);
    if (!run->op)
        explain_stranded(run->sim, &run->rec, run->r);
    explain_starting(run->sim, run->r);
    explain_unschedulable(run->sim, &run->rec, run->r);
    explain_limit(run->sim, run->op, run->r);
}

struct run_result run_once(const struct setting *s, uint64_t seed, bool spread_times,
                           struct rehearsal *r)
{
    struct run run = {.behind = WORLD_NONE, .s = s};
    run.r = r ? r : &run.scratch;
    start(&run, seed, spread_times);
    if (s->dies)
        kill_nodes(&run);
    bool finished = play(&run) && nothing_left(&run) && (s->dies || !not_reached(&run));
    struct run_result result = {
        .finished = finished,
        .left_behind = left_behind(&run),
        .duration_ms = s->dies ? run.moved_at : sim_now(run.sim),
    };
    if (r)
        report(&run, finished);
    nodes_free(run.op);
    vec_release(&run.force);
    record_release(&run.rec);
    sim_free(run.sim);
    rehearsal_release(&run.scratch);
    return result;
}
