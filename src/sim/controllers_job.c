/* Jobs: a pod that is lost is replaced at once, or when it is gone (podReplacementPolicy Failed).
 * From 1.25 on pods are tracked by finalizers: one that was deleted counts as failed, delays the
 * next and may end the Job; before, it is forgotten with its object. */
#include "sim/internal.h"

#define BACKOFF_FIRST_MS 10000
#define BACKOFF_MAX_MS 360000

static int64_t backoff(struct sim *s, struct owner_state *o, const struct world_workload *wl)
{
    if (!sim_since(s, 25))
        return 0;
    o->failed++;
    if (o->failed > wl->backoff_limit) {
        o->frozen = true;
        return 0;
    }
    int64_t wait = BACKOFF_FIRST_MS;
    for (int32_t i = 1; i < o->failed && wait < BACKOFF_MAX_MS; i++)
        wait *= 2;
    return wait < BACKOFF_MAX_MS ? wait : BACKOFF_MAX_MS;
}

static void replace(struct sim *s, uint32_t pod)
{
    const struct world_pod *p = &s->w.pods.items[pod];
    const struct world_workload *wl = &s->w.workloads.items[p->owner];
    struct owner_state *o = &s->owners[p->owner];
    int64_t wait = backoff(s, o, wl);
    bool done = wl->completions > 0 && wl->succeeded + o->active >= wl->completions;
    if (o->frozen || done || o->active >= wl->replicas)
        return;
    o->active++;
    struct birth b = {.owner = p->owner,
                      .class = p->class,
                      .claims = p->claims,
                      .claim_count = p->claim_count,
                      .node = WORLD_NONE,
                      .ordinal = -1};
    controllers_ask(s, CONTROL_JOB, &b, wait);
}

void jobs_pod_deleting(struct sim *s, uint32_t pod)
{
    const struct world_pod *p = &s->w.pods.items[pod];
    if (world_pod_is_finished(p))
        return;
    s->owners[p->owner].active--;
    if (!s->w.workloads.items[p->owner].replace_failed_only)
        replace(s, pod);
}

void jobs_pod_gone(struct sim *s, uint32_t pod)
{
    const struct world_pod *p = &s->w.pods.items[pod];
    if (!world_pod_is_finished(p) && s->w.workloads.items[p->owner].replace_failed_only)
        replace(s, pod);
}

void jobs_pod_finished(struct sim *s, uint32_t pod)
{
    const struct world_pod *p = &s->w.pods.items[pod];
    struct world_workload *wl = &s->w.workloads.items[p->owner];
    struct owner_state *o = &s->owners[p->owner];
    o->active--;
    if (p->phase == POD_SUCCEEDED) {
        wl->succeeded++;
    } else {
        wl->failed++;
        o->frozen = o->frozen || wl->failed > wl->backoff_limit;
    }
    controllers_settle(s, p->owner);
    sim_tell(s, CHANGE_WORKLOAD, p->owner);
}

int32_t sim_job_failures(const struct sim *s, uint32_t workload)
{
    return s->w.workloads.items[workload].failed + s->owners[workload].failed;
}
