#include "sim/sim.h"

#include "sim/internal.h"

void sim_tell(struct sim *s, enum change_kind kind, uint32_t index)
{
    struct world_change c = {kind, index};
    if (kind != CHANGE_POD_UNSCHEDULABLE && kind != CHANGE_PDB)
        s->changed = s->now;
    schedule_changed(s, kind, index);
    sched_change(s->sched, &c);
    sched_queue_change(s->unbound, &c, s->now);
    if (s->on_change)
        s->on_change(s->ctx, &c, s->now);
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

void sim_run(struct sim *s, int64_t until)
{
    struct event e;
    sim_sync_budgets(s);
    for (int64_t at; (at = sim_next(s)) <= until && at != INT64_MAX;) {
        s->now = at > s->now ? at : s->now;
        if (queue_take(&s->queue, s->now, &e)) {
            fetch_ahead(s);
            happen(s, &e);
        } else {
            schedule_run(s);
        }
        sim_sync_budgets(s);
    }
    if (until != INT64_MAX && until > s->now)
        s->now = until;
}

/* ---- verbs ---- */

void sim_delete_pod(struct sim *s, uint32_t pod, int grace_s)
{
    if (sim_is_pod(s, pod))
        pods_delete(s, pod, grace_s);
    sim_sync_budgets(s);
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
    if (!sim_is_pod(s, pod) || s->pods.items[pod].stage != STAGE_UNBOUND)
        return;
    sched_explain(s->sched, pod, &r);
    sched_refusal_text(s->sched, &r, out);
    sched_refusal_release(&r);
}
