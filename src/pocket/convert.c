#include "pocket/convert.h"

#include "base/jsonw.h"

#define METRICS_NOTE "autoscaling.alpha.kubernetes.io/metrics"
#define CONDITIONS_NOTE "autoscaling.alpha.kubernetes.io/conditions"
#define BEHAVIOR_NOTE "autoscaling.alpha.kubernetes.io/behavior"
#define ZONE_LABEL "topology.kubernetes.io/zone"

static void rename_key(struct arena *a, struct doc_node *map, const char *from, const char *to)
{
    struct doc_node *value = value_get(map, sv_of(from));
    if (!value)
        return;
    value_unset(map, sv_of(from));
    value_set(a, map, sv_of(to), value);
}

/* ---- events ---- */

static const char *const event_names[][2] = {
    /* core, events.k8s.io */
    {"involvedObject", "regarding"},
    {"message", "note"},
    {"source", "deprecatedSource"},
    {"firstTimestamp", "deprecatedFirstTimestamp"},
    {"lastTimestamp", "deprecatedLastTimestamp"},
    {"count", "deprecatedCount"},
    {"reportingComponent", "reportingController"},
};

static void convert_event(struct arena *a, struct doc_node *object, bool to_stored)
{
    for (size_t i = 0; i < sizeof event_names / sizeof *event_names; i++)
        rename_key(a, object, event_names[i][to_stored], event_names[i][!to_stored]);
}

/* ---- ingresses ---- */

static void backend_to_beta(struct arena *a, struct doc_node *backend)
{
    struct doc_node *service = value_get(backend, SV("service"));
    struct doc_node *port = value_get(service, SV("port"));
    if (!service)
        return;
    value_unset(backend, SV("service"));
    value_set_text(a, backend, "serviceName", doc_get_string(service, "name"));
    struct doc_node *number = value_get(port, SV("number"));
    struct doc_node *name = value_get(port, SV("name"));
    if (number || name)
        value_set(a, backend, SV("servicePort"), number ? number : name);
}

static void backend_to_stored(struct arena *a, struct doc_node *backend)
{
    struct doc_node *name = value_get(backend, SV("serviceName"));
    struct doc_node *port = value_get(backend, SV("servicePort"));
    if (!name)
        return;
    struct doc_node *service = value_map(a);
    value_set(a, service, SV("name"), name);
    if (port)
        value_set(a, value_need_map(a, service, SV("port")),
                  port->type == DOC_STRING ? SV("name") : SV("number"), port);
    value_unset(backend, SV("serviceName"));
    value_unset(backend, SV("servicePort"));
    value_set(a, backend, SV("service"), service);
}

static void convert_paths(struct arena *a, const struct doc_node *paths, bool to_stored)
{
    for (uint32_t i = 0; i < doc_count(paths); i++) {
        struct doc_node *path = doc_item(paths, i), *backend = doc_get(path, "backend");
        if (path->type != DOC_MAP)
            continue;
        if (backend && backend->type == DOC_MAP)
            (to_stored ? backend_to_stored : backend_to_beta)(a, backend);
        if (to_stored && !doc_get(path, "pathType"))
            value_set_text(a, path, "pathType", SV("ImplementationSpecific"));
    }
}

static void convert_ingress(struct arena *a, struct doc_node *object, bool to_stored)
{
    struct doc_node *spec = value_get(object, SV("spec"));
    const struct doc_node *rules = doc_get(spec, "rules");
    if (!spec || spec->type != DOC_MAP)
        return;
    rename_key(a, spec, to_stored ? "backend" : "defaultBackend",
               to_stored ? "defaultBackend" : "backend");
    struct doc_node *backend = doc_get(spec, to_stored ? "defaultBackend" : "backend");
    if (backend && backend->type == DOC_MAP)
        (to_stored ? backend_to_stored : backend_to_beta)(a, backend);
    for (uint32_t i = 0; i < doc_count(rules); i++)
        convert_paths(a, doc_at(doc_item(rules, i), "http.paths"), to_stored);
}

/* ---- endpoint slices ---- */

static void convert_slice(struct arena *a, struct doc_node *object, bool to_stored)
{
    const struct doc_node *list = doc_get(object, "endpoints");
    for (uint32_t i = 0; i < doc_count(list); i++) {
        struct doc_node *one = doc_item(list, i);
        if (one->type != DOC_MAP)
            continue;
        if (to_stored) {
            struct sv zone = doc_string(value_get(value_get(one, SV("topology")), SV(ZONE_LABEL)));
            rename_key(a, one, "topology", "deprecatedTopology");
            if (zone.ptr)
                value_set_text(a, one, "zone", zone);
            continue;
        }
        struct doc_node *zone = value_get(one, SV("zone"));
        rename_key(a, one, "deprecatedTopology", "topology");
        value_unset(one, SV("zone"));
        if (zone)
            value_set(a, value_need_map(a, one, SV("topology")), SV(ZONE_LABEL), zone);
    }
}

/* ---- autoscalers ---- */

static bool is_cpu(const struct doc_node *metric)
{
    return sv_is(doc_get_string(metric, "type"), "Resource") &&
           sv_is(doc_string(doc_at(metric, "resource.name")), "cpu");
}

/* Takes a metric of the processors out of a list: its percentage, NULL when there is none. */
static struct doc_node *take_cpu(struct doc_node *metrics, const char *path)
{
    for (uint32_t i = 0; i < doc_count(metrics); i++) {
        struct doc_node *metric = doc_item(metrics, i);
        struct doc_node *percent = is_cpu(metric) ? doc_at(metric, path) : NULL;
        if (!percent)
            continue;
        value_remove(metrics, i);
        return percent;
    }
    return NULL;
}

static struct doc_node *note_of(struct arena *a, struct doc_node *object, const char *name)
{
    struct doc_node *notes = value_get(value_get(object, SV("metadata")), SV("annotations"));
    struct sv text = doc_string(value_get(notes, sv_of(name)));
    _cleanup_doc_ struct doc_file file = {0};
    struct err err = {0};
    if (!text.len || doc_parse_json(&file, name, text, NULL, &err) != 0 || !file.part_count)
        return NULL;
    struct doc_node *value = value_clone(a, file.parts[0].root);
    value_unset(notes, sv_of(name));
    return value;
}

static void set_note(struct arena *a, struct doc_node *object, const char *name,
                     const struct doc_node *value)
{
    struct doc_node *meta = value_need_map(a, object, SV("metadata"));
    struct doc_node *notes = value_need_map(a, meta, SV("annotations"));
    value_set_text(a, notes, name, value_json(a, value));
}

/* Conditions with their fields in the order of the real server's. */
static void note_conditions(struct arena *a, struct doc_node *object,
                            const struct doc_node *conditions)
{
    static const char *const fields[] = {"type", "status", "lastTransitionTime", "reason",
                                         "message"};
    _cleanup_str_ struct str text = {0};
    struct jsonw j;
    jsonw_init(&j, &text, 0);
    jsonw_array(&j);
    doc_each_item(one, conditions) {
        jsonw_object(&j);
        for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
            if (doc_get(one, fields[i]))
                jsonw_kv_sv(&j, fields[i], doc_scalar(doc_get(one, fields[i])));
        jsonw_object_end(&j);
    }
    jsonw_array_end(&j);
    struct doc_node *meta = value_need_map(a, object, SV("metadata"));
    value_set_text(a, value_need_map(a, meta, SV("annotations")), CONDITIONS_NOTE, str_sv(&text));
}

static void scaler_from_stored(struct arena *a, struct doc_node *object)
{
    struct doc_node *spec = value_need_map(a, object, SV("spec"));
    struct doc_node *status = value_get(object, SV("status"));
    struct doc_node *metrics = value_get(spec, SV("metrics"));
    struct doc_node *behavior = value_get(spec, SV("behavior"));
    struct doc_node *current = value_get(status, SV("currentMetrics"));
    struct doc_node *wanted = take_cpu(metrics, "resource.target.averageUtilization");
    struct doc_node *have = take_cpu(current, "resource.current.averageUtilization");
    if (wanted)
        value_set(a, spec, SV("targetCPUUtilizationPercentage"), wanted);
    if (have)
        value_set(a, status, SV("currentCPUUtilizationPercentage"), have);
    if (doc_count(metrics))
        set_note(a, object, METRICS_NOTE, metrics);
    if (behavior)
        set_note(a, object, BEHAVIOR_NOTE, behavior);
    value_unset(spec, SV("metrics"));
    value_unset(spec, SV("behavior"));
    if (doc_count(doc_get(status, "conditions")))
        note_conditions(a, object, doc_get(status, "conditions"));
    if (status && status->type == DOC_MAP) {
        value_unset(status, SV("currentMetrics"));
        value_unset(status, SV("conditions"));
    }
}

/* {type: Resource, resource: {name: cpu, KEY: {averageUtilization: N}}} */
static struct doc_node *cpu_metric(struct arena *a, const char *key, struct doc_node *percent)
{
    struct doc_node *metric = value_map(a), *resource = value_map(a), *inner = value_map(a);
    value_set_text(a, metric, "type", SV("Resource"));
    value_set_text(a, resource, "name", SV("cpu"));
    if (strcmp(key, "target") == 0)
        value_set_text(a, inner, "type", SV("Utilization"));
    value_set(a, inner, SV("averageUtilization"), percent);
    value_set(a, resource, sv_of(key), inner);
    value_set(a, metric, SV("resource"), resource);
    return metric;
}

static void scaler_to_stored(struct arena *a, struct doc_node *object)
{
    struct doc_node *spec = value_need_map(a, object, SV("spec"));
    struct doc_node *status = value_get(object, SV("status"));
    struct doc_node *wanted = value_get(spec, SV("targetCPUUtilizationPercentage"));
    struct doc_node *have = value_get(status, SV("currentCPUUtilizationPercentage"));
    struct doc_node *metrics = note_of(a, object, METRICS_NOTE);
    struct doc_node *behavior = note_of(a, object, BEHAVIOR_NOTE);
    struct doc_node *conditions = note_of(a, object, CONDITIONS_NOTE);
    if (!metrics || metrics->type != DOC_SEQ)
        metrics = value_list(a);
    if (wanted)
        value_insert(a, metrics, 0, cpu_metric(a, "target", wanted));
    value_unset(spec, SV("targetCPUUtilizationPercentage"));
    if (metrics->item_count)
        value_set(a, spec, SV("metrics"), metrics);
    if (behavior)
        value_set(a, spec, SV("behavior"), behavior);
    if (conditions && conditions->type == DOC_SEQ)
        value_set(a, value_need_map(a, object, SV("status")), SV("conditions"), conditions);
    if (!have)
        return;
    struct doc_node *current = value_list(a);
    value_push(a, current, cpu_metric(a, "current", have));
    value_unset(status, SV("currentCPUUtilizationPercentage"));
    value_set(a, status, SV("currentMetrics"), current);
}

static void convert(struct arena *a, enum kind_form form, struct doc_node *object, bool to_stored)
{
    switch (form) {
    case KIND_AS_STORED:
        break;
    case KIND_AS_EVENT:
        convert_event(a, object, to_stored);
        break;
    case KIND_AS_SCALER_V1:
        (to_stored ? scaler_to_stored : scaler_from_stored)(a, object);
        break;
    case KIND_AS_INGRESS_BETA:
        convert_ingress(a, object, to_stored);
        break;
    case KIND_AS_SLICE_BETA:
        convert_slice(a, object, to_stored);
        break;
    }
}

void convert_from_stored(struct arena *a, enum kind_form form, struct doc_node *object)
{
    convert(a, form, object, false);
}

void convert_to_stored(struct arena *a, enum kind_form form, struct doc_node *object)
{
    convert(a, form, object, true);
}
