/* A pod's life as the API shows it. Whatever changes one thing about a pod goes through here, so
 * that budgets, counters, scheduler and listeners hear of it. */
#include "sim/internal.h"

/* Pods of a node that is gone are looked for every 20 s and left alone for 40 s. */
#define ORPHAN_PERIOD_MS 20000
#define ORPHAN_QUARANTINE_MS 40000

static bool is_counted(const struct sim *s, uint32_t pod)
{
    const struct world_pod *p = &s->w.pods.items[pod];
    return !s->pods.items[pod].belongs && !p->deleting && !world_pod_is_finished(p);
}

static void count_stats(struct sim *s, uint32_t pod, int by)
{
    if (!is_counted(s, pod))
        return;
    if (s->pods.items[pod].stage == STAGE_UNBOUND)
        s->stats.pending += (uint32_t)by;
    else if (!s->w.pods.items[pod].ready)
        s->stats.not_ready += (uint32_t)by;
}

static void count(struct sim *s, uint32_t pod, int by)
{
    budgets_count(&s->budgets, pod, s->pods.items[pod].disrupted, by);
    count_stats(s, pod, by);
}

void pods_count_out(struct sim *s, uint32_t pod)
{
    count(s, pod, -1);
}

void pods_count_in(struct sim *s, uint32_t pod)
{
    count(s, pod, 1);
}

/* The state of a slot that may be new or used again; its stamp goes on counting. */
static struct pod_state *fresh_state(struct sim *s, uint32_t pod)
{
    while (s->pods.len <= pod)
        must_push(&s->pods, (struct pod_state){0});
    struct pod_state *st = &s->pods.items[pod];
    *st = (struct pod_state){.stamp = (st->stamp + 1) & EVENT_STAMP_MASK};
    return st;
}

uint32_t pods_create(struct sim *s, const struct world_pod *pod)
{
    uint32_t p = world_pod_add(&s->w, pod);
    struct pod_state *st = fresh_state(s, p);
    st->stage = STAGE_UNBOUND;
    st->belongs = world_pod_is_of_node(&s->w, p);
    pods_count_in(s, p);
    sim_tell(s, CHANGE_POD_ADDED, p);
    return p;
}

void pods_bind(struct sim *s, uint32_t pod, uint32_t node)
{
    struct world_pod *p = &s->w.pods.items[pod];
    count_stats(s, pod, -1);
    fetch_node_things(s, node, p->class);
    p->nominated = WORLD_NONE;
    p->scheduled = sim_seconds(s);
    world_pod_bind(&s->w, pod, node);
    s->pods.items[pod].stage = STAGE_VOLUMES;
    count_stats(s, pod, 1);
    budgets_touch(&s->budgets, pod, 0);
    s->stats.scheduled++;
    sim_tell(s, CHANGE_POD_BOUND, pod);
    kubelet_bound(s, pod);
}

void pods_set_ready(struct sim *s, uint32_t pod, bool ready)
{
    struct world_pod *p = &s->w.pods.items[pod];
    bool counts = !p->deleting && !s->pods.items[pod].disrupted;
    if (p->ready == ready)
        return;
    count_stats(s, pod, -1);
    p->ready = ready;
    p->ready_since = ready ? sim_seconds(s) : 0;
    count_stats(s, pod, 1);
    budgets_touch(&s->budgets, pod, counts ? (ready ? 1 : -1) : 0);
    sim_tell(s, ready ? CHANGE_POD_READY : CHANGE_POD_UNREADY, pod);
    controllers_pod_ready(s, pod);
}

/* A pod that runs nowhere, or no longer, goes at once. */
static int effective_grace(const struct sim *s, uint32_t pod, int grace_s)
{
    const struct world_pod *p = &s->w.pods.items[pod];
    if (s->pods.items[pod].stage == STAGE_UNBOUND || world_pod_is_finished(p))
        return 0;
    return grace_s < 0 ? s->classes[p->class].grace_s : grace_s;
}

static void mark_deleting(struct sim *s, uint32_t pod, int64_t until)
{
    pods_count_out(s, pod);
    s->w.pods.items[pod].deleting = until > 0 ? until : 1;
    s->pods.items[pod].disrupted = false;
    pods_forget_plans(s, pod);
    if (s->pods.items[pod].stage == STAGE_UNBOUND)
        sched_queue_remove(s->unbound, pod);
    pods_count_in(s, pod);
    sim_tell(s, CHANGE_POD_DELETING, pod);
    controllers_pod_deleting(s, pod);
}

void pods_delete(struct sim *s, uint32_t pod, int grace_s)
{
    struct world_pod *p = &s->w.pods.items[pod];
    int grace = effective_grace(s, pod, grace_s);
    int64_t until = sim_seconds(s) + grace;
    if (p->deleting && grace && until >= p->deleting)
        return;
    if (!p->deleting)
        mark_deleting(s, pod, until);
    s->w.pods.items[pod].deleting = until > 0 ? until : 1;
    pods_forget_plans(s, pod);
    if (!grace) {
        pods_remove(s, pod);
    } else if (s->pods.items[pod].stage == STAGE_ORPHAN) {
        pods_await_collector(s, pod);
    } else {
        s->pods.items[pod].stage = STAGE_LEAVING;
        kubelet_stop(s, pod, grace);
    }
}

void pods_await_collector(struct sim *s, uint32_t pod)
{
    int64_t at = s->now + ORPHAN_QUARANTINE_MS + ORPHAN_PERIOD_MS - 1;
    pods_plan(s, pod, at - at % ORPHAN_PERIOD_MS, EVENT_POD_EXPIRED);
}

void pods_remove(struct sim *s, uint32_t pod)
{
    struct pod_state *st = &s->pods.items[pod];
    uint32_t node = s->w.pods.items[pod].node;
    bool clean = !st->lost && (node == WORLD_NONE || !s->nodes.items[node].dead);
    if (!s->w.pods.items[pod].deleting) /* taken away by force: nobody saw it leave */
        mark_deleting(s, pod, sim_seconds(s));
    volumes_drop(s, pod, clean);
    pods_count_out(s, pod);
    sim_tell(s, CHANGE_POD_GONE, pod);
    controllers_pod_gone(s, pod);
    st = &s->pods.items[pod];
    st->stage = STAGE_NONE;
    pods_forget_plans(s, pod);
    world_pod_remove(&s->w, pod);
    if (node != WORLD_NONE && s->nodes.items[node].waiting)
        daemons_retry(s, node);
}

void sim_finish_pod(struct sim *s, uint32_t pod, bool succeeded)
{
    if (!sim_is_pod(s, pod) || s->pods.items[pod].stage != STAGE_RUNNING)
        return;
    pods_set_ready(s, pod, false);
    volumes_drop(s, pod, true);
    pods_count_out(s, pod);
    pods_forget_plans(s, pod);
    s->w.pods.items[pod].phase = succeeded ? POD_SUCCEEDED : POD_FAILED;
    s->pods.items[pod].stage = STAGE_NONE;
    pods_count_in(s, pod);
    sim_tell(s, CHANGE_POD_OTHER, pod);
    uint32_t owner = s->w.pods.items[pod].owner;
    if (owner != WORLD_NONE && s->w.workloads.items[owner].kind == WORKLOAD_JOB)
        jobs_pod_finished(s, pod);
    sim_sync_budgets(s);
}
