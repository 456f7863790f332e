/* The controller of HorizontalPodAutoscalers in a cluster without metrics: it keeps replicas within
 * the bounds, and tells that it cannot compute more. Source: pkg/controller/podautoscaler. */
#include "base/timestamp.h"
#include "doc/pull.h"
#include "pocket/life/internal.h"

#include <stdio.h>

/* --horizontal-pod-autoscaler-sync-period */
#define PERIOD_MS 15000

/* ---- which there are ---- */

static uint32_t find(const struct pocket_life *l, uint32_t ns, uint32_t name)
{
    for (uint32_t i = 0; i < l->scalers.len; i++)
        if (l->scalers.items[i].ns == ns && l->scalers.items[i].name == name)
            return i;
    return WORLD_NONE;
}

static uint32_t enter(struct pocket_life *l, uint32_t ns, uint32_t name)
{
    uint32_t at = find(l, ns, name);
    if (at == WORLD_NONE) {
        at = (uint32_t)l->scalers.len;
        must_push(&l->scalers, (struct life_scaler){.ns = ns, .name = name});
    }
    l->scalers.items[at].used = true;
    life_alarm(l, ALARM_SCALER, at, sim_now(l->sim) + PERIOD_MS);
    return at;
}

void life_enter_scalers(struct pocket_life *l)
{
    vec_foreach(h, &l->w->hpas)
        if (h->used)
            enter(l, h->ns, h->name);
}

void life_scaler_written(struct pocket_life *l, const struct life_name *n, bool deleted)
{
    uint32_t ns = strings_put(&l->grows->strings, n->ns);
    uint32_t name = strings_put(&l->grows->strings, n->name);
    sim_take_growth(l->sim);
    uint32_t at = enter(l, ns, name);
    l->scalers.items[at].used = !deleted;
}

void life_scaler_target_changed(struct pocket_life *l, uint32_t workload)
{
    uint32_t at = workload < l->scaler_of.len ? l->scaler_of.items[workload] : 0;
    if (at)
        life_alarm(l, ALARM_SCALER, at - 1, sim_now(l->sim) + PERIOD_MS);
}

/* ---- one look at one of them ---- */

struct look {
    uint32_t at;
    struct life_about about;
    struct sv json;           /* a copy in scratch memory */
    struct life_name target;  /* its object */
    uint32_t workload;        /* WORLD_NONE: of a custom kind, or not there */
    int64_t replicas, wanted; /* what the target asks for, and will */
    int64_t min, max;
    bool rescaled;
    struct life_condition able, active; /* type NULL: stays as it was */
    char able_text[400], active_text[1024];
};

static void say(struct life_condition *c, char *text, size_t cap, bool on, const char *reason,
                const char *fmt, ...) __attribute__((format(printf, 6, 7)));
static void say(struct life_condition *c, char *text, size_t cap, bool on, const char *reason,
                const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text, cap, fmt, ap);
    va_end(ap);
    c->reason = reason;
    c->message = text;
    c->on = on;
}

static void say_able(struct look *k, bool on, const char *reason, const char *text)
{
    k->able.type = "AbleToScale";
    say(&k->able, k->able_text, sizeof k->able_text, on, reason, "%s", text);
}

static void read_bounds(struct pocket_life *l, struct look *k)
{
    k->min = life_json_int(k->json, "spec", "minReplicas", 1, &l->scratch);
    k->max = life_json_int(k->json, "spec", "maxReplicas", INT32_MAX, &l->scratch);
}

/* ---- its target ---- */

static bool has_scale(enum workload_kind kind)
{
    return kind == WORKLOAD_DEPLOYMENT || kind == WORKLOAD_REPLICASET ||
           kind == WORKLOAD_STATEFULSET || kind == WORKLOAD_REPLICATIONCONTROLLER;
}

static void remember_target(struct pocket_life *l, const struct look *k)
{
    if (k->workload == WORLD_NONE)
        return;
    while (l->scaler_of.len <= k->workload)
        must_push(&l->scaler_of, 0);
    l->scaler_of.items[k->workload] = k->at + 1;
}

static bool find_target(struct pocket_life *l, struct look *k)
{
    struct sv ref = life_json_at(k->json, "spec", "scaleTargetRef", &l->scratch);
    struct sv kind = life_json_text(ref, "kind", NULL, &l->scratch);
    struct sv name = life_json_text(ref, "name", NULL, &l->scratch);
    enum workload_kind parsed = workload_kind_parse(kind);
    k->target = (struct life_name){life_json_text(ref, "apiVersion", NULL, &l->scratch), kind,
                                   k->about.name.ns, name};
    k->workload = WORLD_NONE;
    if (parsed != WORKLOAD_OTHER) {
        k->workload = life_find_workload(l, parsed, k->target.ns, name);
        if (k->workload == WORLD_NONE || !has_scale(parsed))
            return false;
        k->target = life_workload_name(l, k->workload);
        remember_target(l, k);
    }
    struct sv json = life_get(l, &k->target);
    k->replicas =
        life_json_int(json, "spec", "replicas", parsed == WORKLOAD_OTHER ? -1 : 1, &l->scratch);
    return json.ptr && k->replicas >= 0;
}

static void tell_lost(struct pocket_life *l, struct look *k)
{
    static const char *const resources[] = {
        [WORKLOAD_DEPLOYMENT] = "deployments.apps",
        [WORKLOAD_REPLICASET] = "replicasets.apps",
        [WORKLOAD_STATEFULSET] = "statefulsets.apps",
        [WORKLOAD_REPLICATIONCONTROLLER] = "replicationcontrollers",
    };
    enum workload_kind kind = workload_kind_parse(k->target.kind);
    char why[300];
    if (has_scale(kind))
        snprintf(why, sizeof why, "%s \"%.*s\" not found", resources[kind], SV_ARG(k->target.name));
    else
        snprintf(why, sizeof why, "the server could not find the requested resource");
    k->able.type = "AbleToScale";
    say(&k->able, k->able_text, sizeof k->able_text, false, "FailedGetScale",
        "the HPA controller was unable to get the target's current scale: %s", why);
    life_event_about(l, &k->about, "FailedGetScale", "Warning", "%s", why);
}

static void set_replicas(struct pocket_life *l, const struct look *k)
{
    char number[16];
    if (k->workload != WORLD_NONE) {
        life_scale(l, k->workload, (int32_t)k->wanted);
        return;
    }
    snprintf(number, sizeof number, "%lld", (long long)k->wanted);
    struct life_edit edit = {"spec", "replicas", sv_of(number)};
    str_reset(&l->out);
    life_json_edit(&l->out, life_get(l, &k->target), &edit, 1, &l->scratch);
    life_put(l, &k->target, &l->out);
}

static void rescale(struct pocket_life *l, struct look *k, const char *bound)
{
    k->rescaled = true;
    set_replicas(l, k);
    k->able.type = "AbleToScale";
    say(&k->able, k->able_text, sizeof k->able_text, true, "SucceededRescale",
        "the HPA controller was able to update the target scale to %lld", (long long)k->wanted);
    life_event_about(l, &k->about, "SuccessfulRescale", "Normal",
                     "New size: %lld; reason: Current number of replicas %s", (long long)k->wanted,
                     bound);
}

/* ---- metrics, which nobody serves ---- */

struct metric {
    const char *type, *field, *reason, *api;
};

static const struct metric metrics[] = {
    {"Resource", "resource", "FailedGetResourceMetric", NULL},
    {"ContainerResource", "containerResource", "FailedGetContainerResourceMetric", NULL},
    {"Pods", "pods", "FailedGetPodsMetric", "custom"},
    {"Object", "object", "FailedGetObjectMetric", "custom"},
    {"External", "external", "FailedGetExternalMetric", "external"},
};

static struct sv first_metric(struct pocket_life *l, const struct look *k)
{
    struct pull in;
    struct sv one = SV_NONE, all = life_json_at(k->json, "spec", "metrics", &l->scratch);
    pull_init(&in, all, &l->scratch);
    if (all.ptr && pull_seq(&in) && pull_item(&in))
        pull_raw(&in, &one);
    return one;
}

static void tell_resource(struct look *k, struct sv name, const char *reason)
{
    name = name.len ? name : SV("cpu");
    k->active.type = "ScalingActive";
    say(&k->active, k->active_text, sizeof k->active_text, false, reason,
        "the HPA was unable to compute the replica count: failed to get %.*s utilization: unable "
        "to get metrics for resource %.*s: unable to fetch metrics from resource metrics API: the "
        "server could not find the requested resource (get pods.metrics.k8s.io)",
        SV_ARG(name), SV_ARG(name));
}

static void tell_no_metrics(struct pocket_life *l, struct look *k)
{
    struct sv one = first_metric(l, k), type = life_json_text(one, "type", NULL, &l->scratch);
    const struct metric *m = &metrics[0];
    for (size_t i = 0; i < ARRAY_LEN(metrics); i++)
        m = sv_is(type, metrics[i].type) ? &metrics[i] : m;
    if (!m->api) {
        tell_resource(k, life_json_text(one, m->field, "name", &l->scratch), m->reason);
        return;
    }
    struct sv metric = life_json_at(one, m->field, "metric", &l->scratch);
    struct sv name = life_json_text(metric, "name", NULL, &l->scratch);
    k->active.type = "ScalingActive";
    say(&k->active, k->active_text, sizeof k->active_text, false, m->reason,
        "the HPA was unable to compute the replica count: unable to get %smetric %.*s: unable to "
        "fetch metrics from %s metrics API: no %s metrics API (%s.metrics.k8s.io) registered",
        strcmp(m->api, "external") == 0 ? "external " : "", SV_ARG(name), m->api, m->api, m->api);
}

static void tell_event(struct pocket_life *l, const struct look *k)
{
    struct sv all = life_json_at(k->json, "status", "conditions", &l->scratch);
    struct sv was = life_condition_of(l, all, SV("ScalingActive"));
    if (k->active.type &&
        !sv_is(life_json_text(was, "reason", NULL, &l->scratch), k->active.reason))
        life_event_about(l, &k->about, k->active.reason, "Warning", "%s", k->active_text);
}

/* ---- what it decides ---- */

static void decide(struct pocket_life *l, struct look *k)
{
    say_able(k, true, "SucceededGetScale",
             "the HPA controller was able to get the target's current scale");
    k->wanted = k->replicas;
    if (k->replicas == 0 && k->min != 0) {
        k->active.type = "ScalingActive";
        say(&k->active, k->active_text, sizeof k->active_text, false, "ScalingDisabled",
            "scaling is disabled since the replica count of the target is zero");
    } else if (k->replicas > k->max) {
        k->wanted = k->max;
        rescale(l, k, "above Spec.MaxReplicas");
    } else if (k->replicas < k->min) {
        k->wanted = k->min;
        rescale(l, k, "below Spec.MinReplicas");
    } else {
        k->wanted = life_json_int(k->json, "status", "desiredReplicas", 0, &l->scratch);
        tell_no_metrics(l, k);
        tell_event(l, k);
    }
}

/* ---- status ---- */

static void write_conditions(struct pocket_life *l, struct jsonw *j, const struct look *k)
{
    const struct life_condition *own[] = {&k->able, &k->active};
    const struct life_condition_way way = {
        life_json_at(k->json, "status", "conditions", &l->scratch), NULL, false};
    bool written[ARRAY_LEN(own)] = {false};
    struct pull in;
    struct sv one;
    pull_init(&in, way.before, &l->scratch);
    if (way.before.ptr && pull_seq(&in))
        while (pull_item(&in)) {
            bool mine = false;
            if (!pull_raw(&in, &one))
                continue;
            struct sv type = life_json_text(one, "type", NULL, &l->scratch);
            for (size_t i = 0; i < ARRAY_LEN(own); i++)
                if (own[i]->type && sv_is(type, own[i]->type)) {
                    life_write_condition(l, j, own[i], &way);
                    mine = written[i] = true;
                }
            if (!mine)
                jsonw_raw(j, one);
        }
    for (size_t i = 0; i < ARRAY_LEN(own); i++)
        if (own[i]->type && !written[i])
            life_write_condition(l, j, own[i], &way);
}

static void write_status(struct pocket_life *l, struct jsonw *j, const struct look *k)
{
    struct sv scaled = life_json_text(k->json, "status", "lastScaleTime", &l->scratch);
    struct sv current = life_json_at(k->json, "status", "currentMetrics", &l->scratch);
    bool lost = k->able.type && !k->able.on, computed = k->rescaled || k->replicas == 0;
    jsonw_object(j);
    if (k->rescaled)
        life_write_time(j, "lastScaleTime", pocket_life_seconds(l));
    else if (scaled.ptr)
        jsonw_kv_sv(j, "lastScaleTime", scaled);
    jsonw_kv_int(j, "currentReplicas",
                 lost ? life_json_int(k->json, "status", "currentReplicas", 0, &l->scratch)
                      : k->replicas);
    jsonw_kv_int(j, "desiredReplicas",
                 lost ? life_json_int(k->json, "status", "desiredReplicas", 0, &l->scratch)
                      : k->wanted);
    jsonw_key(j, "currentMetrics");
    jsonw_raw(j, current.ptr && !computed ? current : SV("null"));
    jsonw_key(j, "conditions");
    jsonw_array(j);
    write_conditions(l, j, k);
    jsonw_array_end(j);
    jsonw_object_end(j);
}

static void put_status(struct pocket_life *l, const struct look *k)
{
    _cleanup_str_ struct str status = {0};
    struct jsonw j;
    struct sv json = life_get(l, &k->about.name);
    jsonw_init(&j, &status, 0);
    write_status(l, &j, k);
    if (sv_eq(life_json_at(json, "status", NULL, &l->scratch), str_sv(&status)))
        return;
    struct life_edit edit = {"status", NULL, str_sv(&status)};
    str_reset(&l->out);
    life_json_edit(&l->out, json, &edit, 1, &l->scratch);
    life_put(l, &k->about.name, &l->out);
}

/* Stored as autoscaling/v2 in all versions; v1 is the name that is always there. */
void life_settle_scaler(struct pocket_life *l, uint32_t at)
{
    const struct life_scaler *s = &l->scalers.items[at];
    struct look k = {.at = at,
                     .about = {{SV("autoscaling/v1"), SV("HorizontalPodAutoscaler"),
                                life_text(l, s->ns), life_text(l, s->name)},
                               s->ns}};
    struct sv json = life_get(l, &k.about.name);
    if (!s->used || !json.ptr)
        return;
    k.json = sv_n(mem_must(arena_dup(&l->scratch, json)), json.len);
    read_bounds(l, &k);
    bool found = find_target(l, &k);
    if (found)
        decide(l, &k);
    else
        tell_lost(l, &k);
    if (!found || k.workload == WORLD_NONE)
        life_alarm(l, ALARM_SCALER, at, sim_now(l->sim) + PERIOD_MS);
    put_status(l, &k);
    arena_reset(&l->scratch);
}
