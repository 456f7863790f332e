#include "pocket/defaults.h"

#include "base/cleanup.h"
#include "base/must.h"
#include "pocket/value.h"

/*
 * One value. path leads to the maps that get it: its parts are keys, "[]" goes over all items of a
 * list, "!" makes a map that is missing. value: a number, true, false, null, {} for an empty map,
 * anything else is a text.
 */
struct default_row {
    const char *path, *key, *value;
};

static const struct default_row pod_rows[] = {
    {"", "restartPolicy", "Always"},
    {"", "dnsPolicy", "ClusterFirst"},
    {"", "schedulerName", "default-scheduler"},
    {"", "terminationGracePeriodSeconds", "30"},
    {"", "securityContext", "{}"},
    {"volumes[].secret", "defaultMode", "420"},
    {"volumes[].configMap", "defaultMode", "420"},
    {"volumes[].downwardAPI", "defaultMode", "420"},
    {"volumes[].projected", "defaultMode", "420"},
    {"volumes[].hostPath", "type", ""},
};

static const struct default_row container_rows[] = {
    {"", "terminationMessagePath", "/dev/termination-log"},
    {"", "terminationMessagePolicy", "File"},
    {"", "resources", "{}"},
    {"ports[]", "protocol", "TCP"},
    {"env[].valueFrom.fieldRef", "apiVersion", "v1"},
};

static const struct default_row probe_rows[] = {
    {"", "timeoutSeconds", "1"},   {"", "periodSeconds", "10"},   {"", "successThreshold", "1"},
    {"", "failureThreshold", "3"}, {"httpGet", "scheme", "HTTP"}, {"httpGet", "path", "/"},
    {"grpc", "service", ""},
};

static const struct default_row deployment_rows[] = {
    {"spec!", "progressDeadlineSeconds", "600"},
    {"spec", "revisionHistoryLimit", "10"},
    {"spec.strategy!", "type", "RollingUpdate"},
};

static const struct default_row stateful_rows[] = {
    {"spec!", "podManagementPolicy", "OrderedReady"},
    {"spec", "revisionHistoryLimit", "10"},
    {"spec.updateStrategy!", "type", "RollingUpdate"},
    {"spec.persistentVolumeClaimRetentionPolicy!", "whenDeleted", "Retain"},
    {"spec.persistentVolumeClaimRetentionPolicy", "whenScaled", "Retain"},
    {"spec.volumeClaimTemplates[]", "apiVersion", "v1"},
    {"spec.volumeClaimTemplates[]", "kind", "PersistentVolumeClaim"},
    {"spec.volumeClaimTemplates[].spec", "volumeMode", "Filesystem"},
    {"spec.volumeClaimTemplates[].status!", "phase", "Pending"},
};

static const struct default_row daemon_rows[] = {
    {"spec!", "revisionHistoryLimit", "10"},
    {"spec.updateStrategy!", "type", "RollingUpdate"},
};

static const struct default_row job_rows[] = {
    {"", "backoffLimit", "6"},
    {"", "completionMode", "NonIndexed"},
    {"", "suspend", "false"},
    {"", "parallelism", "1"},
    {"", "podReplacementPolicy", "TerminatingOrFailed"},
};

static const struct default_row cron_rows[] = {
    {"spec!", "concurrencyPolicy", "Allow"},
    {"spec", "suspend", "false"},
    {"spec", "successfulJobsHistoryLimit", "3"},
    {"spec", "failedJobsHistoryLimit", "1"},
};

static const struct default_row service_rows[] = {
    {"spec!", "internalTrafficPolicy", "Cluster"},
    {"status!", "loadBalancer", "{}"},
};

static const struct default_row claim_rows[] = {
    {"spec!", "volumeMode", "Filesystem"},
    {"status!", "phase", "Pending"},
};

static const struct default_row volume_rows[] = {
    {"spec!", "volumeMode", "Filesystem"},
    {"spec", "persistentVolumeReclaimPolicy", "Retain"},
    {"status!", "phase", "Pending"},
};

static const struct default_row class_rows[] = {
    {"", "reclaimPolicy", "Delete"},
    {"", "volumeBindingMode", "Immediate"},
};

static const struct default_row secret_rows[] = {{"", "type", "Opaque"}};
static const struct default_row priority_rows[] = {
    {"", "preemptionPolicy", "PreemptLowerPriority"}};
static const struct default_row autoscaler_rows[] = {{"spec!", "minReplicas", "1"}};
static const struct default_row policy_rows[] = {
    {"spec!", "podSelector", "{}"},
    {"spec.ingress[].ports[]", "protocol", "TCP"},
    {"spec.egress[].ports[]", "protocol", "TCP"},
};
static const struct default_row status_rows[] = {{"", "status", "{}"}};

/* ---- the table's reader ---- */

static struct doc_node *value_of(struct arena *a, const char *text)
{
    uint64_t n;
    if (strcmp(text, "{}") == 0)
        return value_map(a);
    if (strcmp(text, "false") == 0 || strcmp(text, "true") == 0)
        return value_bool(a, text[0] == 't');
    if (sv_to_u64(sv_of(text), &n))
        return value_int(a, (int64_t)n);
    return value_text(a, sv_of(text));
}

static void fill_one(struct arena *a, struct doc_node *map, struct sv path,
                     const struct default_row *row)
{
    if (!map || map->type != DOC_MAP)
        return;
    if (path.len == 0) {
        if (!doc_get(map, row->key))
            value_set(a, map, sv_of(row->key), value_of(a, row->value));
        return;
    }
    struct sv rest = path, part = sv_split(&rest, '.');
    bool make = part.ptr[part.len - 1] == '!', list = part.ptr[part.len - 1] == ']';
    struct sv key = sv_n(part.ptr, part.len - (make ? 1 : list ? 2 : 0));
    struct doc_node *below = value_get(map, key);
    if (make && (!below || below->type == DOC_NULL))
        below = value_need_map(a, map, key);
    rest = rest.ptr ? rest : SV("");
    if (!list)
        fill_one(a, below, rest, row);
    for (uint32_t i = 0; list && i < doc_count(below); i++)
        fill_one(a, doc_item(below, i), rest, row);
}

static void fill_rows(struct arena *a, struct doc_node *map, const struct default_row *rows,
                      size_t n)
{
    for (size_t i = 0; i < n; i++)
        fill_one(a, map, sv_of(rows[i].path), &rows[i]);
}
#define FILL(a, map, rows) fill_rows(a, map, rows, ARRAY_LEN(rows))

/* ---- pods ---- */

/* The tag of an image: what is behind a colon that no slash follows; a digest is none. */
static bool is_latest(struct sv image)
{
    size_t i = image.len;
    for (size_t k = 0; k < image.len; k++)
        if (image.ptr[k] == '@')
            return false;
    while (i > 0 && image.ptr[i - 1] != ':' && image.ptr[i - 1] != '/')
        i--;
    if (i == 0 || image.ptr[i - 1] == '/')
        return true;
    return sv_is(sv_n(image.ptr + i, image.len - i), "latest");
}

static void fill_container(struct arena *a, struct doc_node *c)
{
    static const char *const probes[] = {"livenessProbe", "readinessProbe", "startupProbe"};
    if (c->type != DOC_MAP)
        return;
    FILL(a, c, container_rows);
    for (size_t i = 0; i < ARRAY_LEN(probes); i++)
        FILL(a, doc_get(c, probes[i]), probe_rows);
    bool latest = is_latest(doc_get_string(c, "image"));
    const struct default_row pull = {"", "imagePullPolicy", latest ? "Always" : "IfNotPresent"};
    fill_rows(a, c, &pull, 1);
}

static void mirror(struct arena *a, struct doc_node *map, const char *from, const char *to)
{
    if (doc_get(map, from) && !doc_get(map, to))
        value_set(a, map, sv_of(to), value_clone(a, doc_get(map, from)));
}

static void fill_pod_spec(struct arena *a, struct doc_node *spec)
{
    static const char *const lists[] = {"initContainers", "containers"};
    if (!spec || spec->type != DOC_MAP)
        return;
    FILL(a, spec, pod_rows);
    mirror(a, spec, "serviceAccountName", "serviceAccount");
    mirror(a, spec, "serviceAccount", "serviceAccountName");
    for (size_t l = 0; l < ARRAY_LEN(lists); l++) {
        struct doc_node *list = doc_get(spec, lists[l]);
        for (uint32_t i = 0; i < doc_count(list); i++)
            fill_container(a, doc_item(list, i));
    }
}

static void fill_template(struct arena *a, struct doc_node *template)
{
    if (!template || template->type != DOC_MAP)
        return;
    struct doc_node *meta = value_need_map(a, template, SV("metadata"));
    if (!doc_get(meta, "creationTimestamp"))
        value_set(a, meta, SV("creationTimestamp"), value_null(a));
    fill_pod_spec(a, doc_get(template, "spec"));
}

/* A limit is a request, where nothing else is asked. */
static void request_limits(struct arena *a, struct doc_node *container)
{
    struct doc_node *resources = doc_get(container, "resources");
    const struct doc_node *limits = doc_get(resources, "limits");
    if (doc_count(limits) == 0)
        return;
    struct doc_node *requests = value_need_map(a, resources, SV("requests"));
    doc_each_pair(pair, limits)
        if (!value_get(requests, pair->key->text))
            value_set(a, requests, pair->key->text, value_clone(a, pair->value));
}

struct quality {
    bool any, all;
};

static void judge(struct quality *q, const struct doc_node *container)
{
    static const char *const kinds[] = {"cpu", "memory"};
    const struct doc_node *limits = doc_at(container, "resources.limits");
    const struct doc_node *requests = doc_at(container, "resources.requests");
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
        struct sv limit = doc_scalar(doc_get(limits, kinds[i]));
        struct sv request = doc_scalar(doc_get(requests, kinds[i]));
        q->any |= limit.len || request.len;
        q->all &= limit.len && sv_eq(limit, request);
    }
}

static void fill_pod(struct arena *a, struct doc_node *pod)
{
    static const char *const lists[] = {"initContainers", "containers"};
    static const struct default_row rows[] = {{"", "enableServiceLinks", "true"}};
    struct quality q = {.all = true};
    struct doc_node *spec = doc_get(pod, "spec");
    if (!spec || spec->type != DOC_MAP)
        return;
    fill_pod_spec(a, spec);
    FILL(a, spec, rows);
    for (size_t l = 0; l < ARRAY_LEN(lists); l++) {
        const struct doc_node *list = doc_get(spec, lists[l]);
        for (uint32_t i = 0; i < doc_count(list); i++) {
            request_limits(a, doc_item(list, i));
            judge(&q, doc_item(list, i));
        }
    }
    const char *class = !q.any ? "BestEffort" : q.all ? "Guaranteed" : "Burstable";
    const struct default_row status[] = {{"status!", "phase", "Pending"},
                                         {"status!", "qosClass", class}};
    FILL(a, pod, status);
}

/* ---- workloads ---- */

static void fill_rolling(struct arena *a, struct doc_node *strategy, const struct default_row *rows,
                         size_t n)
{
    if (sv_is(doc_get_string(strategy, "type"), "RollingUpdate"))
        fill_rows(a, strategy, rows, n);
}

static void fill_deployment(struct arena *a, struct doc_node *object)
{
    static const struct default_row rolling[] = {{"rollingUpdate!", "maxSurge", "25%"},
                                                 {"rollingUpdate", "maxUnavailable", "25%"}};
    FILL(a, object, deployment_rows);
    fill_rolling(a, doc_at(object, "spec.strategy"), rolling, ARRAY_LEN(rolling));
}

static void fill_stateful(struct arena *a, struct doc_node *object)
{
    static const struct default_row rolling[] = {{"rollingUpdate!", "partition", "0"}};
    FILL(a, object, stateful_rows);
    fill_rolling(a, doc_at(object, "spec.updateStrategy"), rolling, ARRAY_LEN(rolling));
}

static void fill_daemon(struct arena *a, struct doc_node *object)
{
    static const struct default_row rolling[] = {{"rollingUpdate!", "maxSurge", "0"},
                                                 {"rollingUpdate", "maxUnavailable", "1"}};
    FILL(a, object, daemon_rows);
    fill_rolling(a, doc_at(object, "spec.updateStrategy"), rolling, ARRAY_LEN(rolling));
}

static void fill_job_spec(struct arena *a, struct doc_node *spec)
{
    static const struct default_row once[] = {{"", "completions", "1"}};
    if (!spec || spec->type != DOC_MAP)
        return;
    if (!doc_get(spec, "parallelism"))
        FILL(a, spec, once);
    FILL(a, spec, job_rows);
    fill_template(a, doc_get(spec, "template"));
}

/* A Job that names no selector of its own gets one by its uid, and its pods the labels for it. */
static void select_job(struct arena *a, struct doc_node *job)
{
    static const char *const names[] = {"controller-uid", "job-name",
                                        "batch.kubernetes.io/controller-uid",
                                        "batch.kubernetes.io/job-name"};
    const struct doc_node *manual = doc_at(job, "spec.manualSelector");
    struct doc_node *spec = doc_get(job, "spec"), *meta = doc_get(job, "metadata");
    struct doc_node *template = doc_get(spec, "template");
    if ((manual && manual->type == DOC_BOOL && manual->boolean) || !template ||
        template->type != DOC_MAP)
        return;
    struct doc_node *labels =
        value_need_map(a, value_need_map(a, template, SV("metadata")), SV("labels"));
    struct sv values[] = {doc_get_string(meta, "uid"), doc_get_string(meta, "name")};
    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        if (!value_get(labels, sv_of(names[i])))
            value_set_text(a, labels, names[i], values[i % 2]);
    if (!doc_get(spec, "selector")) {
        struct doc_node *match =
            value_need_map(a, value_need_map(a, spec, SV("selector")), SV("matchLabels"));
        value_set_text(a, match, "batch.kubernetes.io/controller-uid", values[0]);
    }
}

/* ---- the others ---- */

static void fill_policy(struct arena *a, struct doc_node *object)
{
    FILL(a, object, policy_rows);
    struct doc_node *spec = doc_get(object, "spec");
    if (doc_get(spec, "policyTypes"))
        return;
    struct doc_node *types = value_list(a);
    value_push(a, types, value_text(a, SV("Ingress")));
    if (doc_count(doc_get(spec, "egress")) > 0)
        value_push(a, types, value_text(a, SV("Egress")));
    value_set(a, spec, SV("policyTypes"), types);
}

/* Keys that only `from` has. */
static void take_missing(struct arena *a, struct doc_node *limit, const char *to, const char *from)
{
    const struct doc_node *source = doc_get(limit, from);
    if (!doc_count(source))
        return;
    struct doc_node *map = value_need_map(a, limit, sv_of(to));
    doc_each_pair(pair, source)
        if (!value_get(map, pair->key->text))
            value_set(a, map, pair->key->text, value_clone(a, pair->value));
}

/* A container's default limit is the largest, its default request that limit, else the least. */
static void fill_limits(struct arena *a, struct doc_node *object)
{
    const struct doc_node *limits = doc_at(object, "spec.limits");
    for (uint32_t i = 0; i < doc_count(limits); i++) {
        struct doc_node *limit = doc_item(limits, i);
        if (!sv_is(doc_get_string(limit, "type"), "Container"))
            continue;
        take_missing(a, limit, "default", "max");
        take_missing(a, limit, "defaultRequest", "default");
        take_missing(a, limit, "defaultRequest", "min");
    }
}

static void fill_workload(struct arena *a, struct sv kind, struct doc_node *object)
{
    if (sv_is(kind, "Deployment"))
        fill_deployment(a, object);
    else if (sv_is(kind, "StatefulSet"))
        fill_stateful(a, object);
    else if (sv_is(kind, "DaemonSet"))
        fill_daemon(a, object);
    fill_template(a, doc_at(object, "spec.template"));
    FILL(a, object, status_rows);
}

static bool fill_batch(struct arena *a, struct sv kind, struct doc_node *object)
{
    if (sv_is(kind, "Job")) {
        fill_job_spec(a, doc_get(object, "spec"));
        select_job(a, object);
    } else if (sv_is(kind, "CronJob")) {
        FILL(a, object, cron_rows);
        fill_job_spec(a, doc_at(object, "spec.jobTemplate.spec"));
    } else {
        return false;
    }
    FILL(a, object, status_rows);
    return true;
}

static void fill_plain(struct arena *a, struct sv kind, struct doc_node *object)
{
    static const struct {
        const char *kind;
        const struct default_row *rows;
        size_t n;
    } plain[] = {
        {"Service", service_rows, ARRAY_LEN(service_rows)},
        {"PersistentVolumeClaim", claim_rows, ARRAY_LEN(claim_rows)},
        {"PersistentVolume", volume_rows, ARRAY_LEN(volume_rows)},
        {"StorageClass", class_rows, ARRAY_LEN(class_rows)},
        {"Secret", secret_rows, ARRAY_LEN(secret_rows)},
        {"PriorityClass", priority_rows, ARRAY_LEN(priority_rows)},
        {"HorizontalPodAutoscaler", autoscaler_rows, ARRAY_LEN(autoscaler_rows)},
    };
    for (size_t i = 0; i < ARRAY_LEN(plain); i++)
        if (sv_is(kind, plain[i].kind))
            fill_rows(a, object, plain[i].rows, plain[i].n);
}

void defaults_fill(struct arena *a, struct sv kind, struct doc_node *object)
{
    static const char *const workloads[] = {"Deployment", "StatefulSet", "DaemonSet", "ReplicaSet",
                                            "ReplicationController"};
    for (size_t i = 0; i < ARRAY_LEN(workloads); i++)
        if (sv_is(kind, workloads[i])) {
            fill_workload(a, kind, object);
            return;
        }
    if (fill_batch(a, kind, object))
        return;
    if (sv_is(kind, "Pod"))
        fill_pod(a, object);
    else if (sv_is(kind, "NetworkPolicy"))
        fill_policy(a, object);
    else if (sv_is(kind, "LimitRange"))
        fill_limits(a, object);
    else
        fill_plain(a, kind, object);
}
