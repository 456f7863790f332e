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
    struct recorder rec;
    struct rehearsal *r, scratch;
    int64_t moved_at; /* when something last went on */
    bool quiet;       /* no recorder */
};

/* ---- changes ---- */

static bool is_progress(enum change_kind kind)
{
    return kind != CHANGE_PDB && kind != CHANGE_POD_UNSCHEDULABLE && kind != CHANGE_POD_OTHER &&
           kind != CHANGE_OTHER && kind != CHANGE_NONE;
}

static void on_change(void *ctx, const struct world_change *c, int64_t now)
{
    struct run *run = ctx;
    if (is_progress(c->kind))
        run->moved_at = now;
    if (run->op)
        nodes_change(run->op, c, now);
    record_change(&run->rec, c, now);
}

static void on_near(void *ctx, uint32_t pod)
{
    const struct run *run = ctx;
    if (run->op)
        nodes_fetch(run->op, pod);
    record_fetch(&run->rec, pod);
}

/* ---- actions ---- */

static void start_machines(struct run *run, uint32_t green)
{
    uint32_t first = 0;
    for (uint32_t i = 0; i < green; i++)
        first += run->s->greens.items[i].count;
    for (uint32_t i = 0; i < run->s->greens.items[green].count; i++)
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
    uint32_t next[2];
    nodes_next(run->op, next);
    sim_fetch(run->sim, next[0], SIM_FETCH_AROUND);
    sim_fetch(run->sim, next[1], SIM_FETCH_POD);
}

static void decide(struct run *run)
{
    struct nodes_action actions[ACTIONS];
    size_t n;
    do {
        int64_t now = sim_now(run->sim);
        n = nodes_decide(run->op, now, actions, ACTIONS);
        for (size_t i = 0; i < n; i++)
            act(run, &actions[i]);
        if (n)
            fetch_turn(run);
        record_phase(&run->rec, nodes_phase(run->op), now);
    } while (n);
}

/* ---- time ---- */

static bool core_is_done(const struct run *run)
{
    return !run->op || nodes_phase(run->op) == NODES_PHASE_DONE;
}

/* Nobody decides about nodes that die: that ends when nothing more comes of it. */
static bool has_ended(const struct run *run)
{
    return run->op && core_is_done(run) && !record_unsettled(&run->rec);
}

static int64_t stall_of(const struct run *run)
{
    const struct nodes_options *o = &run->s->o->nodes;
    bool window = o->window_from_min != o->window_to_min;
    return STALL_MS + o->pod_timeout_ms + o->soak_ms + o->batch_soak_ms +
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

static void start(struct run *run, uint64_t seed, bool spread_times)
{
    const struct setting *s = run->s;
    struct sim_options o = {
        .seed = seed,
        .times = &s->times,
        .spread_times = spread_times,
        .on_change = on_change,
        .on_near = on_near,
        .ctx = run,
    };
    struct nodes_options n = s->o->nodes;
    run->sim = sim_new(s->w, s->cloud, &o);
    record_start(&run->rec, sim_world(run->sim), s, run->r);
    if (s->dies)
        return;
    n.nodes = s->old;
    n.node_count = s->old_count;
    n.green = s->greens.items;
    n.green_count = (uint32_t)s->greens.len;
    n.terminate = s->terminate;
    n.day_offset_ms = s->w->taken % (24 * 3600) * 1000;
    run->op = nodes_new(sim_world(run->sim), &n);
}

static void kill_nodes(struct run *run)
{
    for (uint32_t i = 0; i < run->s->old_count; i++)
        sim_node_die(run->sim, run->s->old[i]);
}

static bool nothing_left(const struct run *run)
{
    struct nodes_progress p;
    if (!run->op)
        return !record_short(&run->rec);
    nodes_progress(run->op, &p);
    return !p.waiting && !p.leaving && !p.volumes;
}

static uint32_t left_behind(const struct run *run)
{
    struct nodes_progress p = {0};
    if (run->op)
        nodes_progress(run->op, &p);
    return p.waiting + p.leaving + record_unsettled(&run->rec);
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
        explain_blockers(run->s, run->sim, run->op, run->r);
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
    struct run run = {.s = s};
    run.r = r ? r : &run.scratch;
    start(&run, seed, spread_times);
    if (s->dies)
        kill_nodes(&run);
    bool finished = play(&run) && nothing_left(&run);
    struct run_result result = {
        .finished = finished,
        .left_behind = left_behind(&run),
        .duration_ms = s->dies ? run.moved_at : sim_now(run.sim),
    };
    if (r)
        report(&run, finished);
    nodes_free(run.op);
    record_release(&run.rec);
    sim_free(run.sim);
    rehearsal_release(&run.scratch);
    return result;
}
