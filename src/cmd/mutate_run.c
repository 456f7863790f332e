/* The plan of a mutating command carried out in sight. */
#include "base/duration.h"
#include "base/must.h"
#include "cmd/cloud_options.h"
#include "cmd/event_print.h"
#include "cmd/mutate.h"
#include "cmd/plan_print.h"
#include "cmd/progress.h"
#include "cmd/rehearse_text.h"
#include "ops/gates/gates.h"
#include "ops/replace/live.h"

#include <string.h>

static void observe(void *ctx, const struct plan *p, const struct plan_step *gate,
                    struct gate_sight *out)
{
    (void)ctx;
    gates_observe(p, gate, 0, out);
}

static void tell(void *ctx, const struct plan *p, const struct plan_step *step, const char *kind,
                 const char *words)
{
    const struct drain_host *host = ctx;
    progress_tell(host->ctx, p, step, kind, words);
}

/* A new group that stays, since the old one is deleted: nothing of it went back. NULL: all did. */
static const struct plan_step *kept_group(const struct plan *p)
{
    vec_foreach(s, &p->steps)
        if (strcmp(s->verb, "create-group") == 0 && s->state == STEP_KEPT)
            return s;
    return NULL;
}

static int exit_of(const struct plan *p)
{
    switch (p->status) {
    case PLAN_DONE:
        return CMD_OK;
    case PLAN_ROLLED_BACK:
        return kept_group(p) ? CMD_PARTLY : CMD_OK;
    case PLAN_PAUSED:
    case PLAN_WAITING:
        return CMD_PARTLY;
    default:
        return CMD_FAILED;
    }
}

static void add_moved(const struct event_end *e, struct str *out)
{
    char took[DURATION_TEXT_MAX], forecast[DURATION_TEXT_MAX];
    if (e->pods) {
        str_addf(out, "; %u of %u pods moved, ", e->pods_gone, e->pods);
        rehearse_text_count(out, e->evictions, "eviction", NULL);
        str_addf(out, ", %llu refused", (unsigned long long)e->refused);
    }
    str_addf(out, "; took %s", duration_format(e->took_ms, took));
    if (e->forecast_ms > 0)
        str_addf(out, ", rehearsed %s", duration_format(e->forecast_ms, forecast));
}

static void tell_end(struct mutate *m, const struct progress *p, int code)
{
    _cleanup_str_ struct str text = {0}, next = {0};
    const struct plan *plan = &m->plan;
    const struct progress_moved moved = progress_moved(p);
    struct event_end e = {
        .at_ms = progress_now_ms(),
        .forecast_ms = p->forecast_ms,
        .plan = plan,
        .exit = code,
        .pods = moved.pods,
        .pods_gone = moved.gone,
        .evictions = moved.evictions,
        .refused = moved.refused,
    };
    e.took_ms = e.at_ms - p->begun_ms;
    if (m->json) {
        event_print_end_json(&e, &text);
        fwrite(str_c(&text), 1, text.len, m->ctx->out);
        fflush(m->ctx->out);
        str_reset(&text);
    }
    str_addf(&text, "plan %s is %s", plan->id, plan_status_names[plan->status]);
    if (plan->words)
        str_addf(&text, ": %s", plan->words);
    add_moved(&e, &text);
    cmd_say(m->ctx, "%s", str_c(&text));
    const struct plan_step *kept = kept_group(plan);
    if (plan->status == PLAN_ROLLED_BACK && kept && kept->words)
        cmd_say(m->ctx, "not everything went back: %s", kept->words);
    plan_print_next(plan, NULL, &next);
    if (next.len)
        cmd_say(m->ctx, "next: %s; all about it: toban plan show %s", str_c(&next), plan->id);
}

/* ---- who does it ---- */

/* Everything a plan's verbs may need. */
struct doing {
    struct plan_host host;
    struct drain_host drain;
    struct replace_live live; /* of replacements only */
};

static void doing_close(struct doing *d)
{
    replace_live_close(&d->live);
}

/* A replacement goes on in the region that it has begun in. */
static int open_cloud(struct mutate *m, struct progress *p, struct doing *d, struct err *err)
{
    _cleanup_arena_ struct arena a = {0};
    struct aws_options aws = cloud_options_aws(m->ctx);
    const char *region = replace_region(&m->plan, &a);
    if (region && aws.region && strcmp(region, aws.region) != 0)
        return err_set(err, ERR_USAGE, "plan %s is for a cluster in region %s, not in %s",
                       m->plan.id, region, aws.region);
    aws.region = region ? region : aws.region;
    if (replace_live_open(&d->live, &d->drain, &aws, p->interrupt.fd, err) < 0)
        return -1;
    d->live.host.waits = progress_waits;
    d->host.ctx = &d->live.host;
    d->host.verbs = d->live.verbs;
    return 0;
}

static int doing_open(struct doing *d, struct mutate *m, struct progress *p, struct err *err)
{
    *d = (struct doing){.host = {.observe = observe, .tell = tell}};
    d->drain = (struct drain_host){
        .kube = m->cluster->options,
        .forecast_ms = p->forecast_ms,
        .event = progress_event,
        .view = progress_view,
        .view_every_ms = p->screen.open ? 250 : 1000,
        .ctx = p,
    };
    if (replace_is(&m->plan))
        return open_cloud(m, p, d, err);
    d->host.ctx = &d->drain;
    d->host.verbs = drain_verbs();
    return 0;
}

static int run(struct mutate *m, struct progress *p, struct err *err)
{
    _cleanup_(doing_close) struct doing d;
    _cleanup_free_ const char **accepted = mutate_accepted(m);
    struct plan_run_options o = {
        .actor = m->actor,
        .stop_fd = p->interrupt.fd,
        .wait_at_gates = !cmd_given(m->ctx, "no-wait"),
        .rollback = m->rollback,
        .accept = accepted,
    };
    return doing_open(&d, m, p, err) < 0 ? -1 : plan_run(m->store, &m->plan, &d.host, &o, err);
}

static void count_evicted(void *ctx, const struct plan_act *act)
{
    struct progress_moved *moved = ctx;
    bool evicts = sv_starts(sv_of(act->key), "evict/") || sv_starts(sv_of(act->key), "force/");
    if (!evicts || act->state != ACT_DONE)
        return;
    moved->evictions++;
    moved->pods++;
    moved->gone++;
}

/* What drains that are over have moved on the way that the plan goes on. One that has begun
 * remembers for itself. */
static int look_back(const struct mutate *m, struct progress_moved *out, struct err *err)
{
    struct plan past = m->plan;
    int result = 0;
    past.steps = (__typeof__(past.steps)){0};
    vec_foreach(s, &m->plan.steps)
        if (strcmp(s->verb, "drain") == 0 && s->state == STEP_DONE)
            must_push(&past.steps, *s);
    if (past.steps.len && !m->rollback && !m->plan.back)
        result = plan_look_acts(m->store, &past, count_evicted, out, err);
    vec_release(&past.steps);
    return result;
}

int mutate_run(struct mutate *m, struct err *err)
{
    struct progress p = {0};
    struct plan_forecast f;
    int64_t forecast = plan_forecast_parse(&m->plan, &f) && f.finishes ? f.p50_ms : 0;
    if (strncmp(m->plan.kind, "nodes-", strlen("nodes-")) != 0)
        return err_set(err, ERR_INPUT, "plan %s is of kind '%s', which this toban does not know",
                       m->plan.id, m->plan.kind);
    if (progress_start(&p, m->ctx, &m->plan, m->json, m->rollback ? 0 : forecast, err) < 0)
        return -1;
    int result = look_back(m, &p.before, err) < 0 ? -1 : run(m, &p, err);
    progress_stop(&p);
    if (result < 0)
        return *err->hint ? -1 : err_hint(err, "toban plan show %s", m->plan.id);
    int code = exit_of(&m->plan);
    tell_end(m, &p, code);
    return code;
}
