#include "sim/sim.h"

#include "sim/eviction.h"
#include "sim/internal.h"

void sim_tell(struct sim *s, enum change_kind kind, uint32_t index)
{
    struct world_change c = {kind, index};
    if (kind != CHANGE_POD_UNSCHEDULABLE && kind != CHANGE_PDB)
        s->changed = s->now;
    sched_change(s->sched, &c);
    sched_queue_change(s->unbound, &c, s->now);
    if (s->on_change)
        s->on_change(s->ctx, &c, s->now);
}

/* ---- the disruption controller's writes ---- */

void sim_write_budget(struct sim *s, uint32_t pdb)
{
    struct world_pdb *p = &s->w.pdbs.items[pdb];
    struct budget_status st;
    budgets_status(&s->budgets, pdb, &st);
    s->budgets.state[pdb].disrupted = s->budgets.state[pdb].held;
    if (p->expected == st.expected && p->desired == st.desired && p->healthy == st.healthy &&
        p->allowed == st.allowed && p->observed_generation == p->generation)
        return;
    rate_take(&s->budgets.writes, s->now);
    p->expected = st.expected;
    p->desired = st.desired;
    p->healthy = st.healthy;
    p->allowed = st.allowed;
    if (st.known)
        p->observed_generation = p->generation;
    sim_tell(s, CHANGE_PDB, pdb);
}

static void sync_budgets(struct sim *s)
{
    struct budgets *b = &s->budgets;
    if (b->planned || !b->dirty_len)
        return;
    for (uint32_t pdb; (pdb = budgets_next_dirty(b, s->now)) != WORLD_NONE;)
        sim_write_budget(s, pdb);
    if (!b->dirty_len)
        return;
    b->planned = true;
    queue_put(&s->queue, rate_when(&b->writes, s->now), EVENT_BUDGET_SYNC, 0, 0);
}

/* ---- the loop ---- */

static void pod_expired(struct sim *s, uint32_t pod)
{
    if (s->pods.items[pod].stage == STAGE_ORPHAN)
        pods_remove(s, pod);
    else
        pods_delete(s, pod, -1);
}

static void pod_recheck(struct sim *s, uint32_t pod)
{
    pods_count_out(s, pod);
    s->pods.items[pod].disrupted = false;
    pods_count_in(s, pod);
}

static bool is_overtaken(const struct sim *s, const struct event *e)
{
    switch (e->kind) {
    case EVENT_POD_GONE:
    case EVENT_POD_STARTED:
    case EVENT_POD_READY:
    case EVENT_POD_EXPIRED:
    case EVENT_SET_AVAILABLE:
    case EVENT_BUDGET_RECHECK:
        return s->pods.items[e->index].stamp != e->stamp;
    case EVENT_ATTACHED:
    case EVENT_DETACH:
    case EVENT_DETACHED:
        return s->attachments.items[e->index].stamp != e->stamp;
    case EVENT_NODE_READY:
    case EVENT_NODE_LOST:
    case EVENT_NODE_TAINTED:
    case EVENT_NODE_REMOVED:
        return s->nodes.items[e->index].stamp != e->stamp;
    case EVENT_BIRTH:
    case EVENT_NODE_JOIN:
    case EVENT_AFTER_LOSS:
    case EVENT_BUDGET_SYNC:
        break;
    }
    return false;
}

static void sync_again(struct sim *s, uint32_t unused)
{
    s->budgets.planned = false;
}

static void after_loss(struct sim *s, uint32_t unused)
{
    nodes_after_loss(s);
}

static void pod_ready(struct sim *s, uint32_t pod)
{
    pods_set_ready(s, pod, true);
}

static void happen(struct sim *s, const struct event *e)
{
    static void (*const handlers[])(struct sim *, uint32_t) = {
        [EVENT_POD_GONE] = pods_remove,       [EVENT_POD_STARTED] = kubelet_started,
        [EVENT_POD_READY] = pod_ready,        [EVENT_POD_EXPIRED] = pod_expired,
        [EVENT_BIRTH] = controllers_birth,    [EVENT_SET_AVAILABLE] = stateful_available,
        [EVENT_ATTACHED] = volumes_attached,  [EVENT_DETACH] = volumes_detach,
        [EVENT_DETACHED] = volumes_detached,  [EVENT_NODE_JOIN] = node_join,
        [EVENT_NODE_READY] = node_ready,      [EVENT_NODE_LOST] = node_lost,
        [EVENT_AFTER_LOSS] = after_loss,      [EVENT_NODE_TAINTED] = node_tainted,
        [EVENT_NODE_REMOVED] = node_removed,  [EVENT_BUDGET_SYNC] = sync_again,
        [EVENT_BUDGET_RECHECK] = pod_recheck,
    };
    s->stats.events++;
    if (!is_overtaken(s, e))
        handlers[e->kind](s, e->index);
}

int64_t sim_now(const struct sim *s)
{
    return s->now;
}

int64_t sim_next(const struct sim *s)
{
    int64_t event = queue_next(&s->queue), schedule = schedule_next(s);
    return event < schedule ? event : schedule;
}

/* Most events are about pods, which lie anywhere in memory: the next one's is fetched while this
 * one's is worked on. */
static void fetch_next(const struct sim *s)
{
    uint32_t next = queue_peek(&s->queue);
    if (next < s->pods.len) {
        __builtin_prefetch(&s->pods.items[next]);
        __builtin_prefetch(&s->w.pods.items[next]);
        __builtin_prefetch((const char *)&s->w.pods.items[next] + 64);
    }
}

void sim_run(struct sim *s, int64_t until)
{
    struct event e;
    sync_budgets(s);
    for (int64_t at; (at = sim_next(s)) <= until && at != INT64_MAX;) {
        s->now = at > s->now ? at : s->now;
        if (queue_take(&s->queue, s->now, &e)) {
            fetch_next(s);
            happen(s, &e);
        } else {
            schedule_run(s);
        }
        sync_budgets(s);
    }
    if (until != INT64_MAX && until > s->now)
        s->now = until;
}

/* ---- verbs ---- */

static bool is_pod(const struct sim *s, uint32_t pod)
{
    return pod < s->w.pods.len && s->w.pods.items[pod].used;
}

/* What a newer API server says of a budget whose status could not be told. */
static const char *sync_error(const struct sim *s, uint32_t pod)
{
    uint32_t owner = s->w.pods.items[pod].owner;
    enum workload_kind kind =
        owner == WORLD_NONE ? WORKLOAD_OTHER : s->w.workloads.items[owner].kind;
    if (kind == WORKLOAD_JOB)
        return "jobs.batch does not implement the scale subresource";
    if (kind == WORKLOAD_DAEMONSET)
        return "daemonsets.apps does not implement the scale subresource";
    return "found no controllers for its pods";
}

static void take_from_budget(struct sim *s, uint32_t pod, uint32_t pdb)
{
    s->w.pdbs.items[pdb].allowed--;
    s->budgets.state[pdb].disrupted++;
    sim_tell(s, CHANGE_PDB, pdb);
}

struct eviction_answer sim_evict(struct sim *s, uint32_t pod, int grace_s, bool dry_run)
{
    struct eviction_answer a;
    uint32_t budgets[2];
    if (!is_pod(s, pod)) {
        eviction_not_found("", &a);
        return a;
    }
    sync_budgets(s);
    struct eviction_request r = {.w = &s->w,
                                 .version = s->version,
                                 .pod = pod,
                                 .budgets = budgets,
                                 .budget_count = budgets_of_pod(&s->budgets, pod, budgets, 2)};
    if (r.budget_count) {
        struct budget_status status;
        budgets_status(&s->budgets, budgets[0], &status);
        r.disrupted = s->budgets.state[budgets[0]].disrupted;
        r.sync_error = status.known ? NULL : sync_error(s, pod);
    }
    bool takes = eviction_decide(&r, &a);
    s->stats.evictions += !dry_run && a.cause == EVICTION_OK;
    s->stats.refused += !dry_run && a.cause != EVICTION_OK;
    if (dry_run || a.cause != EVICTION_OK)
        return a;
    if (takes)
        take_from_budget(s, pod, a.pdb);
    pods_delete(s, pod, grace_s);
    sync_budgets(s);
    return a;
}

void sim_delete_pod(struct sim *s, uint32_t pod, int grace_s)
{
    if (is_pod(s, pod))
        pods_delete(s, pod, grace_s);
    sync_budgets(s);
}

/* ---- asking ---- */

const struct world *sim_world(const struct sim *s)
{
    return &s->w;
}

struct sched *sim_sched(struct sim *s)
{
    return s->sched;
}

void sim_get_stats(const struct sim *s, struct sim_stats *out)
{
    *out = s->stats;
}

void sim_why_pending(struct sim *s, uint32_t pod, struct str *out)
{
    struct sched_refusal r;
    if (!is_pod(s, pod) || s->pods.items[pod].stage != STAGE_UNBOUND)
        return;
    sched_explain(s->sched, pod, &r);
    sched_refusal_text(s->sched, &r, out);
    sched_refusal_release(&r);
}
