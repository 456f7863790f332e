/* A CronJob's next Job: when it is due, whether it may start, how it is made of the template. */
#include "base/timestamp.h"
#include "pocket/life/cron.h"
#include "pocket/life/cronjob.h"

#include <stdio.h>

/* ---- when ---- */

struct schedule {
    struct cron cron;
    int32_t east_s;
};

static bool read_zone(struct pocket_life *l, const struct cron_state *c, int32_t *east_s)
{
    struct sv zone = life_json_text(c->json, "spec", "timeZone", &l->scratch);
    if (!zone.ptr || !life_since(l, 25) || cron_zone(zone, east_s))
        return true;
    life_event_about(l, &c->about, "UnknownTimeZone", "Warning",
                     "invalid timeZone: \"%.*s\": unknown time zone %.*s", SV_ARG(zone),
                     SV_ARG(zone));
    return false;
}

static bool read_schedule(struct pocket_life *l, const struct cron_state *c, struct schedule *s)
{
    struct sv text = life_json_text(c->json, "spec", "schedule", &l->scratch);
    struct err err = {0};
    *s = (struct schedule){0};
    if (!read_zone(l, c, &s->east_s))
        return false;
    if (cron_parse(text, &s->cron, &err) == 0)
        return true;
    life_event_about(l, &c->about, "UnparseableSchedule", "Warning",
                     "unparseable schedule: \"%.*s\" : %s", SV_ARG(text), err.msg);
    return false;
}

static int64_t next_of(const struct schedule *s, int64_t after)
{
    return cron_next(&s->cron, after, s->east_s);
}

/* The last moment that was due after `from` and until now; 0: none. What was missed in years is
 * not gone through: a longer and longer time before now is, until one is in it. */
static int64_t last_due(const struct schedule *s, int64_t from, int64_t now)
{
    int64_t start = from, last = 0;
    if (next_of(s, from) > now)
        return 0;
    for (int64_t back = 3600; !s->cron.every_s && now - back > from; back *= 24) {
        start = now - back;
        if (next_of(s, start) <= now)
            break;
        start = from;
    }
    if (s->cron.every_s)
        return from + (now - from) / s->cron.every_s * s->cron.every_s;
    for (int64_t at = start; (at = next_of(s, at)) <= now;)
        last = at;
    return last;
}

/* Since when a moment that was due and passed counts: nothing is missed before the start. */
static int64_t since(struct pocket_life *l, const struct cron_state *c)
{
    int64_t at = c->last, created = l->w->taken;
    timestamp_parse(life_json_text(c->json, "metadata", "creationTimestamp", &l->scratch),
                    &created);
    at = at ? at : created;
    return at > l->w->taken ? at : l->w->taken;
}

/* ---- the Job ---- */

static struct sv quoted(struct pocket_life *l, struct sv text)
{
    _cleanup_str_ struct str out = {0};
    jsonw_quote(&out, text);
    return sv_n(mem_must(arena_dup(&l->scratch, str_sv(&out))), out.len);
}

static struct sv with_label(struct pocket_life *l, struct sv labels, const char *key,
                            struct sv value)
{
    return life_edited(l, labels, key, NULL, value);
}

/* What the API server adds to a Job that names no selector of its own. */
static struct sv selected(struct pocket_life *l, struct sv spec, const char *name, const char *uid)
{
    struct sv template = life_json_at(spec, "template", NULL, &l->scratch);
    struct sv labels = life_json_at(template, "metadata", "labels", &l->scratch);
    struct sv by_uid = quoted(l, sv_of(uid)), by_name = quoted(l, sv_of(name));
    labels = with_label(l, labels, "controller-uid", by_uid);
    labels = with_label(l, labels, "job-name", by_name);
    labels = with_label(l, labels, "batch.kubernetes.io/controller-uid", by_uid);
    labels = with_label(l, labels, "batch.kubernetes.io/job-name", by_name);
    template = life_edited(l, template, "metadata", "labels", labels);
    spec = life_edited(l, spec, "template", NULL, template);
    struct sv match = with_label(l, SV_NONE, "batch.kubernetes.io/controller-uid", by_uid);
    return life_edited(l, spec, "selector", "matchLabels", match);
}

static void write_owner(struct pocket_life *l, struct jsonw *j, const struct cron_state *c)
{
    jsonw_key(j, "ownerReferences");
    jsonw_array(j);
    jsonw_object(j);
    jsonw_kv_sv(j, "apiVersion", c->about.name.api_version);
    jsonw_kv_str(j, "kind", "CronJob");
    jsonw_kv_sv(j, "name", c->about.name.name);
    jsonw_kv_sv(j, "uid", life_json_text(c->json, "metadata", "uid", &l->scratch));
    jsonw_kv_bool(j, "controller", true);
    jsonw_kv_bool(j, "blockOwnerDeletion", true);
    jsonw_object_end(j);
    jsonw_array_end(j);
}

static void write_meta(struct pocket_life *l, struct jsonw *j, const struct cron_state *c,
                       struct sv template, int64_t due)
{
    char when[TIMESTAMP_TEXT_MAX];
    struct sv labels = life_json_at(template, "metadata", "labels", &l->scratch);
    struct sv notes = life_json_at(template, "metadata", "annotations", &l->scratch);
    if (life_since(l, 28))
        notes = with_label(l, notes, "batch.kubernetes.io/cronjob-scheduled-timestamp",
                           quoted(l, sv_of(timestamp_format(due, when))));
    jsonw_kv_int(j, "generation", 1);
    if (labels.ptr)
        jsonw_key(j, "labels"), jsonw_raw(j, labels);
    if (notes.ptr)
        jsonw_key(j, "annotations"), jsonw_raw(j, notes);
    write_owner(l, j, c);
}

/* Pods of all runs are of one class for the simulator: it is not told what names the run. */
static uint32_t let_run(struct pocket_life *l, const struct life_name *n, struct sv spec)
{
    struct err err = {0};
    struct sv json = life_edited(l, life_get(l, n), "spec", NULL, spec);
    sim_apply(l->sim, n->api_version, n->kind, false, json, &err);
    uint32_t at = life_find_workload(l, WORKLOAD_JOB, n->ns, n->name);
    if (at == WORLD_NONE)
        return at;
    life_take_template(l, at, life_get(l, n));
    life_mark(&l->workloads, at);
    return at;
}

static void make_job(struct pocket_life *l, struct cron_state *c, int64_t due)
{
    struct sv template = life_json_at(c->json, "spec", "jobTemplate", &l->scratch);
    struct sv spec = life_json_at(template, "spec", NULL, &l->scratch);
    char name[300], uid[37];
    struct jsonw j;
    /* Minutes since 1.21; the controller before it counted seconds. */
    snprintf(name, sizeof name, "%.*s-%lld", SV_ARG(c->about.name.name),
             (long long)(life_since(l, 21) ? due / 60 : due));
    const struct life_name n = {SV("batch/v1"), SV("Job"), c->about.name.ns, sv_of(name)};
    if (!spec.ptr || life_get(l, &n).ptr)
        return;
    life_begin_object(l, &j, &n, STRINGS_NONE, pocket_life_seconds(l));
    write_meta(l, &j, c, template, due);
    jsonw_object_end(&j);
    struct sv own = life_json_text(str_sv(&l->out), "metadata", "uid", &l->scratch);
    snprintf(uid, sizeof uid, "%.*s", SV_ARG(own));
    jsonw_key(&j, "spec");
    jsonw_raw(&j, selected(l, spec, name, uid));
    jsonw_key(&j, "status");
    jsonw_raw(&j, SV("{}"));
    jsonw_object_end(&j);
    life_put(l, &n, &l->out);
    uint32_t job = let_run(l, &n, spec);
    life_event_about(l, &c->about, "SuccessfulCreate", "Normal", "Created job %s", name);
    if (job != WORLD_NONE)
        cron_add_run(l, c, job);
}

/* ---- whether ---- */

static bool may_start(struct pocket_life *l, struct cron_state *c, int64_t due)
{
    struct sv policy = life_json_text(c->json, "spec", "concurrencyPolicy", &l->scratch);
    int64_t deadline =
        life_json_int(c->json, "spec", "startingDeadlineSeconds", INT32_MAX, &l->scratch);
    char when[TIMESTAMP_TEXT_MAX];
    if (due + deadline < pocket_life_seconds(l)) {
        life_event_about(l, &c->about, "MissSchedule", "Warning",
                         "Missed scheduled time to start a job: %s", timestamp_format(due, when));
        return false;
    }
    if (sv_is(policy, "Forbid") && cron_active(c)) {
        life_event_about(l, &c->about, "JobAlreadyActive", "Normal",
                         "Not starting job because prior execution is running and concurrency "
                         "policy is Forbid");
        return false;
    }
    if (sv_is(policy, "Replace"))
        cron_replace_active(l, c);
    return true;
}

void cron_start(struct pocket_life *l, struct cron_state *c)
{
    struct schedule s;
    int64_t now = pocket_life_seconds(l), from = since(l, c);
    bool suspended = sv_is(life_json_text(c->json, "spec", "suspend", &l->scratch), "true");
    if (suspended || !read_schedule(l, c, &s))
        return;
    int64_t due = last_due(&s, from, now);
    if (due && may_start(l, c, due)) {
        make_job(l, c, due);
        c->last = due;
    }
    int64_t next = next_of(&s, due > from ? due : from);
    next = next > now ? next : next_of(&s, now);
    if (next != CRON_NEVER)
        life_alarm(l, ALARM_WORKLOAD, c->at, life_ms_of(l, next));
}
