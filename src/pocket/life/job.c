/* Jobs: their status, and what becomes of them when they have ended. Source: pkg/controller/job,
 * pkg/controller/ttlafterfinished. */
#include "base/timestamp.h"
#include "pocket/life/internal.h"

static bool is_true(struct pocket_life *l, struct sv conditions, const char *type)
{
    struct sv c = life_condition_of(l, conditions, sv_of(type));
    return sv_is(life_json_text(c, "status", NULL, &l->scratch), "True");
}

enum life_job_state life_job_state(struct pocket_life *l, struct sv json)
{
    struct sv all = life_json_at(json, "status", "conditions", &l->scratch);
    return !all.ptr                      ? JOB_RUNS
           : is_true(l, all, "Complete") ? JOB_COMPLETE
           : is_true(l, all, "Failed")   ? JOB_FAILED
                                         : JOB_RUNS;
}

/* ---- status ---- */

static void keep_time(struct pocket_life *l, struct jsonw *j, const char *key, struct sv before)
{
    struct sv was = life_json_text(before, key, NULL, &l->scratch);
    if (was.ptr)
        jsonw_kv_sv(j, key, was);
    else
        life_write_time(j, key, pocket_life_seconds(l));
}

static void write_end(struct pocket_life *l, struct jsonw *j, struct sv before, bool done)
{
    const struct life_condition_way way = {life_json_at(before, "conditions", NULL, &l->scratch),
                                           "lastProbeTime", false};
    const char *why = done ? "CompletionsReached" : "BackoffLimitExceeded";
    const char *text = done ? "Reached expected number of succeeded pods"
                            : "Job has reached the specified backoff limit";
    bool told = !done || life_since(l, 31);
    const struct life_condition end = {done ? "Complete" : "Failed", told ? why : NULL,
                                       told ? text : NULL, true};
    const struct life_condition met = {"SuccessCriteriaMet", why, text, true};
    if (done)
        keep_time(l, j, "completionTime", before);
    jsonw_key(j, "conditions");
    jsonw_array(j);
    if (done && life_since(l, 31))
        life_write_condition(l, j, &met, &way);
    life_write_condition(l, j, &end, &way);
    jsonw_array_end(j);
}

void life_write_job(struct pocket_life *l, struct jsonw *j, uint32_t job, struct sv json)
{
    const struct world_workload *wl = &l->w->workloads.items[job];
    struct sv before = life_json_at(json, "status", NULL, &l->scratch);
    struct life_counts c = life_count(l, job);
    int32_t wanted = wl->completions > 0 ? wl->completions : 1;
    int32_t failed = sim_job_failures(l->sim, job);
    bool done = wl->succeeded >= wanted;
    jsonw_kv_int(j, "active", c.pods);
    jsonw_kv_int(j, "ready", c.ready);
    jsonw_kv_int(j, "succeeded", wl->succeeded);
    jsonw_kv_int(j, "failed", failed);
    keep_time(l, j, "startTime", before);
    if (done || failed > wl->backoff_limit)
        write_end(l, j, before, done);
}

/* ---- afterwards ---- */

/* Unix seconds; 0: it is not told. */
static int64_t ended_at(struct pocket_life *l, struct sv json, enum life_job_state state)
{
    struct sv all = life_json_at(json, "status", "conditions", &l->scratch);
    struct sv c = life_condition_of(l, all, state == JOB_COMPLETE ? SV("Complete") : SV("Failed"));
    int64_t at = 0;
    timestamp_parse(life_json_text(c, "lastTransitionTime", NULL, &l->scratch), &at);
    return at;
}

/* ttlSecondsAfterFinished: on by default since 1.21. */
static void expire(struct pocket_life *l, uint32_t job, struct sv json, enum life_job_state state)
{
    int64_t ttl = life_json_int(json, "spec", "ttlSecondsAfterFinished", -1, &l->scratch);
    int64_t ended = ended_at(l, json, state);
    if (ttl < 0 || !ended || !life_since(l, 21))
        return;
    if (ended + ttl <= pocket_life_seconds(l))
        life_remove_job(l, job);
    else
        life_alarm(l, ALARM_WORKLOAD, job, life_ms_of(l, ended + ttl));
}

void life_settle_job(struct pocket_life *l, uint32_t job)
{
    struct life_name n = life_workload_name(l, job);
    struct sv json = life_get(l, &n);
    enum life_job_state state = life_job_state(l, json);
    if (state == JOB_RUNS)
        return;
    life_mark(&l->workloads, l->w->workloads.items[job].owner);
    if (!life_json_at(json, "metadata", "deletionTimestamp", &l->scratch).ptr)
        expire(l, job, json, state);
}

void life_remove_job(struct pocket_life *l, uint32_t job)
{
    const struct life_removal r = {job, l->w->workloads.items[job].name};
    vec_foreach(one, &l->removals)
        if (one->workload == job)
            return;
    must_push(&l->removals, r);
}
