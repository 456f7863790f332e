/* The CronJob controller: which of its Jobs run and which are kept, and when the next one comes.
 * Source: pkg/controller/cronjob/cronjob_controllerv2.go. */
#include "pocket/life/cronjob.h"

#include "base/timestamp.h"
#include "doc/pull.h"

#include <stdio.h>

/* ---- its Jobs ---- */

/* Texts outlive the object as it is now. */
static struct sv keep(struct pocket_life *l, struct sv json, const char *outer, const char *inner)
{
    struct sv text = life_json_text(json, outer, inner, &l->scratch);
    return text.ptr ? sv_n(mem_must(arena_dup(&l->scratch, text)), text.len) : text;
}

static void read_job(struct pocket_life *l, uint32_t at, struct cron_run *run)
{
    struct life_name n = life_workload_name(l, at);
    struct sv json = life_get(l, &n);
    *run = (struct cron_run){.job = at, .state = life_job_state(l, json)};
    run->uid = keep(l, json, "metadata", "uid");
    run->version = keep(l, json, "metadata", "resourceVersion");
    run->completed = keep(l, json, "status", "completionTime");
    timestamp_parse(life_json_text(json, "status", "startTime", &l->scratch), &run->started);
}

static bool is_listed(const struct cron_state *c, const struct cron_run *run)
{
    char uid[40];
    snprintf(uid, sizeof uid, "%.*s", SV_ARG(run->uid));
    return c->active.ptr && uid[0] && sv_has(c->active, uid);
}

static void read_jobs(struct pocket_life *l, struct cron_state *c)
{
    for (uint32_t i = 0; i < l->w->workloads.len; i++) {
        const struct world_workload *wl = &l->w->workloads.items[i];
        struct cron_run run;
        if (!wl->used || wl->kind != WORKLOAD_JOB || wl->owner != c->at)
            continue;
        read_job(l, i, &run);
        run.ours = is_listed(c, &run);
        must_push(&c->runs, run);
    }
}

static bool is_active(const struct cron_run *run)
{
    return run->state == JOB_RUNS && run->ours && !run->removed;
}

/* ---- those that have ended ---- */

static bool is_older(const struct pocket_life *l, const struct cron_run *a,
                     const struct cron_run *b)
{
    const struct world_workload *all = l->w->workloads.items;
    if (a->started != b->started)
        return a->started < b->started;
    return sv_cmp(life_text(l, all[a->job].name), life_text(l, all[b->job].name)) < 0;
}

static struct cron_run *oldest(const struct pocket_life *l, struct cron_state *c,
                               enum life_job_state state)
{
    struct cron_run *best = NULL;
    vec_foreach(run, &c->runs)
        if (run->state == state && !run->removed && (!best || is_older(l, run, best)))
            best = run;
    return best;
}

static void remove_run(struct pocket_life *l, struct cron_state *c, struct cron_run *run)
{
    run->removed = true;
    life_remove_job(l, run->job);
    life_event_about(l, &c->about, "SuccessfulDelete", "Normal", "Deleted job %s",
                     world_text(l->w, l->w->workloads.items[run->job].name));
}

static void keep_history(struct pocket_life *l, struct cron_state *c, enum life_job_state state,
                         int64_t limit)
{
    int64_t count = 0;
    vec_foreach(run, &c->runs)
        count += run->state == state;
    for (; limit >= 0 && count > limit; count--)
        remove_run(l, c, oldest(l, c, state));
}

static void tell_ended(struct pocket_life *l, struct cron_state *c)
{
    vec_foreach(run, &c->runs) {
        if (run->state == JOB_RUNS)
            continue;
        if (run->ours)
            life_event_about(l, &c->about, "SawCompletedJob", "Normal",
                             "Saw completed job: %s, condition: %s",
                             world_text(l->w, l->w->workloads.items[run->job].name),
                             run->state == JOB_COMPLETE ? "Complete" : "Failed");
        bool later = !c->succeeded.ptr || sv_cmp(run->completed, c->succeeded) > 0;
        if (run->state == JOB_COMPLETE && run->completed.ptr && later)
            c->succeeded = run->completed;
    }
}

/* ---- status ---- */

static void write_active(struct pocket_life *l, struct jsonw *j, const struct cron_run *run)
{
    struct life_name n = life_workload_name(l, run->job);
    jsonw_object(j);
    jsonw_kv_str(j, "kind", "Job");
    jsonw_kv_sv(j, "namespace", n.ns);
    jsonw_kv_sv(j, "name", n.name);
    jsonw_kv_sv(j, "uid", run->uid);
    jsonw_kv_str(j, "apiVersion", "batch/v1");
    jsonw_kv_sv(j, "resourceVersion", run->version);
    jsonw_object_end(j);
}

static void write_status(struct pocket_life *l, struct str *out, const struct cron_state *c)
{
    struct jsonw j;
    jsonw_init(&j, out, 0);
    jsonw_object(&j);
    if (cron_active(c)) {
        jsonw_key(&j, "active");
        jsonw_array(&j);
        vec_foreach(run, &c->runs)
            if (is_active(run))
                write_active(l, &j, run);
        jsonw_array_end(&j);
    }
    if (c->last)
        life_write_time(&j, "lastScheduleTime", c->last);
    if (c->succeeded.ptr && life_since(l, 21))
        jsonw_kv_sv(&j, "lastSuccessfulTime", c->succeeded);
    jsonw_object_end(&j);
}

static size_t item_count(struct pocket_life *l, struct sv list)
{
    struct pull in;
    size_t n = 0;
    pull_init(&in, list, &l->scratch);
    if (list.ptr && pull_seq(&in))
        for (; pull_item(&in); n++)
            pull_skip(&in);
    return n;
}

/* A reference keeps the version of its Job as it was when the Job was made. */
static bool is_same(struct pocket_life *l, struct sv before, const struct cron_state *c)
{
    size_t listed = 0, active = cron_active(c);
    int64_t last = 0;
    timestamp_parse(life_json_text(before, "lastScheduleTime", NULL, &l->scratch), &last);
    struct sv succeeded = life_json_text(before, "lastSuccessfulTime", NULL, &l->scratch);
    vec_foreach(run, &c->runs)
        listed += is_active(run) && is_listed(c, run);
    return listed == active && item_count(l, c->active) == active && last == c->last &&
           (sv_eq(succeeded, c->succeeded) || !life_since(l, 21));
}

static void put_status(struct pocket_life *l, const struct cron_state *c)
{
    struct sv json = life_get(l, &c->about.name);
    struct sv before = life_json_at(json, "status", NULL, &l->scratch);
    _cleanup_str_ struct str status = {0};
    if (before.ptr && is_same(l, before, c))
        return;
    write_status(l, &status, c);
    struct life_edit edit = {"status", NULL, str_sv(&status)};
    str_reset(&l->out);
    life_json_edit(&l->out, json, &edit, 1, &l->scratch);
    life_put(l, &c->about.name, &l->out);
}

/* ---- all of it ---- */

size_t cron_active(const struct cron_state *c)
{
    size_t n = 0;
    vec_foreach(run, &c->runs)
        n += is_active(run);
    return n;
}

void cron_replace_active(struct pocket_life *l, struct cron_state *c)
{
    vec_foreach(run, &c->runs)
        if (is_active(run))
            remove_run(l, c, run);
}

void cron_add_run(struct pocket_life *l, struct cron_state *c, uint32_t job)
{
    struct cron_run run;
    read_job(l, job, &run);
    run.ours = true;
    must_push(&c->runs, run);
}

void life_settle_cron(struct pocket_life *l, uint32_t cron)
{
    struct cron_state c = {.at = cron,
                           .about = {life_workload_name(l, cron), l->w->workloads.items[cron].ns}};
    struct sv json = life_get(l, &c.about.name);
    if (!json.ptr)
        return;
    c.json = sv_n(mem_must(arena_dup(&l->scratch, json)), json.len);
    c.active = life_json_at(c.json, "status", "active", &l->scratch);
    c.succeeded = life_json_text(c.json, "status", "lastSuccessfulTime", &l->scratch);
    timestamp_parse(life_json_text(c.json, "status", "lastScheduleTime", &l->scratch), &c.last);
    read_jobs(l, &c);
    tell_ended(l, &c);
    if (!life_json_at(c.json, "metadata", "deletionTimestamp", &l->scratch).ptr) {
        keep_history(l, &c, JOB_COMPLETE,
                     life_json_int(c.json, "spec", "successfulJobsHistoryLimit", 3, &l->scratch));
        keep_history(l, &c, JOB_FAILED,
                     life_json_int(c.json, "spec", "failedJobsHistoryLimit", 1, &l->scratch));
        cron_start(l, &c);
    }
    put_status(l, &c);
    vec_release(&c.runs);
    arena_reset(&l->scratch);
}
