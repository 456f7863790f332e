/* Pods, nodes and jobs. */
#include "base/must.h"
#include "base/timestamp.h"
#include "pocket/show/cell.h"

#include <stdlib.h>

static int64_t whole(const struct doc_node *map, const char *key)
{
    const struct doc_node *found = doc_get(map, key);
    return found && found->type == DOC_INT ? found->integer : 0;
}

static bool is_true(const struct doc_node *map, const char *key)
{
    const struct doc_node *found = doc_get(map, key);
    return found && found->type == DOC_BOOL && found->boolean;
}

static const struct doc_node *condition(const struct doc_node *object, const char *type)
{
    doc_each_item(one, doc_at(object, "status.conditions"))
        if (sv_is(doc_get_string(one, "type"), type))
            return one;
    return NULL;
}

static bool holds(const struct doc_node *object, const char *type)
{
    return sv_is(doc_get_string(condition(object, type), "status"), "True");
}

/* The reason of a container that ended: its own, its signal or its exit code. */
static void say_end(struct str *out, const char *prefix, const struct doc_node *ended)
{
    struct sv reason = doc_get_string(ended, "reason");
    str_reset(out);
    if (reason.len)
        str_addf(out, "%s%.*s", prefix, SV_ARG(reason));
    else if (whole(ended, "signal"))
        str_addf(out, "%sSignal:%lld", prefix, (long long)whole(ended, "signal"));
    else
        str_addf(out, "%sExitCode:%lld", prefix, (long long)whole(ended, "exitCode"));
}

/* An init container that is meant to run on beside the others. */
static bool is_sidecar(const struct doc_node *pod, struct sv name)
{
    doc_each_item(one, doc_at(pod, "spec.initContainers"))
        if (sv_eq(doc_get_string(one, "name"), name))
            return sv_is(doc_get_string(one, "restartPolicy"), "Always");
    return false;
}

/* True while an init container is at work, which *out then tells. */
static bool initializing(const struct doc_node *pod, struct str *out)
{
    uint32_t i = 0, count = doc_count(doc_at(pod, "spec.initContainers"));
    doc_each_item(one, doc_at(pod, "status.initContainerStatuses")) {
        const struct doc_node *state = doc_get(one, "state");
        const struct doc_node *ended = doc_get(state, "terminated");
        struct sv waits = doc_get_string(doc_get(state, "waiting"), "reason");
        bool sidecar = is_sidecar(pod, doc_get_string(one, "name")) && is_true(one, "started");
        if (sidecar || (ended && whole(ended, "exitCode") == 0)) {
            i++;
            continue;
        }
        str_reset(out);
        if (ended)
            say_end(out, "Init:", ended);
        else if (waits.len && !sv_is(waits, "PodInitializing"))
            str_addf(out, "Init:%.*s", SV_ARG(waits));
        else
            str_addf(out, "Init:%u/%u", i, count);
        return true;
    }
    return false;
}

/* What the containers say, the first one last; true when one of them runs and is ready. */
static bool of_containers(const struct doc_node *pod, struct str *out)
{
    const struct doc_node *list = doc_at(pod, "status.containerStatuses");
    bool running = false;
    for (uint32_t i = doc_count(list); i-- > 0;) {
        const struct doc_node *one = doc_item(list, i), *state = doc_get(one, "state");
        struct sv waits = doc_get_string(doc_get(state, "waiting"), "reason");
        if (waits.len) {
            str_reset(out);
            str_addv(out, waits);
        } else if (doc_get(state, "terminated")) {
            say_end(out, "", doc_get(state, "terminated"));
        } else if (is_true(one, "ready") && doc_get(state, "running")) {
            running = true;
        }
    }
    return running;
}

struct doc_node *cell_pod_status(struct cell_ctx *c, const struct doc_node *pod,
                                 const char *argument)
{
    _cleanup_str_ struct str out;
    struct sv phase = doc_scalar(doc_at(pod, "status.phase"));
    struct sv reason = doc_scalar(doc_at(pod, "status.reason"));
    (void)argument;
    str_init(&out, 0);
    str_addv(&out, reason.len ? reason : phase);
    if (sv_is(doc_get_string(condition(pod, "PodScheduled"), "reason"), "SchedulingGated")) {
        str_reset(&out);
        str_adds(&out, "SchedulingGated");
    }
    if (!initializing(pod, &out) && of_containers(pod, &out) && sv_is(str_sv(&out), "Completed")) {
        str_reset(&out);
        str_adds(&out, holds(pod, "Ready") ? "Running" : "NotReady");
    }
    if (doc_at(pod, "metadata.deletionTimestamp")) {
        bool over = sv_is(phase, "Succeeded") || sv_is(phase, "Failed");
        if (sv_is(reason, "NodeLost"))
            return value_text(c->a, SV("Unknown"));
        if (!over)
            return value_text(c->a, SV("Terminating"));
    }
    return cell_string(c, &out);
}

struct doc_node *cell_pod_ready(struct cell_ctx *c, const struct doc_node *pod,
                                const char *argument)
{
    _cleanup_str_ struct str state = {0};
    unsigned ready = 0, count = doc_count(doc_at(pod, "spec.containers"));
    (void)argument;
    str_init(&state, 0);
    doc_each_item(one, doc_at(pod, "spec.initContainers"))
        count += sv_is(doc_get_string(one, "restartPolicy"), "Always");
    doc_each_item(one, doc_at(pod, "status.initContainerStatuses"))
        ready += is_sidecar(pod, doc_get_string(one, "name")) && is_true(one, "ready");
    if (!initializing(pod, &state))
        doc_each_item(one, doc_at(pod, "status.containerStatuses"))
            ready += is_true(one, "ready") && doc_at(one, "state.running");
    return value_text(c->a, sv_of(mem_must(arena_fmt(c->a, "%u/%u", ready, count))));
}

/* Restarts, with the time of the last one. */
struct doc_node *cell_pod_restarts(struct cell_ctx *c, const struct doc_node *pod,
                                   const char *argument)
{
    _cleanup_str_ struct str state = {0};
    int64_t restarts = 0, last = 0, when;
    (void)argument;
    str_init(&state, 0);
    const char *list =
        initializing(pod, &state) ? "status.initContainerStatuses" : "status.containerStatuses";
    doc_each_item(one, doc_at(pod, list)) {
        restarts += whole(one, "restartCount");
        struct sv ended = doc_scalar(doc_at(one, "lastState.terminated.finishedAt"));
        if (ended.len && timestamp_parse(ended, &when) && when > last)
            last = when;
    }
    if (!restarts || !last)
        return value_int(c->a, restarts);
    struct sv span = cell_span(c->a, c->now - last);
    const char *text =
        mem_must(arena_fmt(c->a, "%lld (%.*s ago)", (long long)restarts, SV_ARG(span)));
    return value_text(c->a, sv_of(text));
}

struct doc_node *cell_pod_gates(struct cell_ctx *c, const struct doc_node *pod,
                                const char *argument)
{
    const struct doc_node *gates = doc_at(pod, "spec.readinessGates");
    unsigned count = doc_count(gates), ready = 0;
    (void)argument;
    if (!count)
        return value_text(c->a, SV("<none>"));
    doc_each_item(gate, gates)
        doc_each_item(one, doc_at(pod, "status.conditions"))
            ready += sv_eq(doc_get_string(one, "type"), doc_get_string(gate, "conditionType")) &&
                     sv_is(doc_get_string(one, "status"), "True");
    return value_text(c->a, sv_of(mem_must(arena_fmt(c->a, "%u/%u", ready, count))));
}

/* ---- nodes ---- */

struct doc_node *cell_node_status(struct cell_ctx *c, const struct doc_node *node,
                                  const char *argument)
{
    const struct doc_node *ready = condition(node, "Ready");
    const char *word = !ready ? "Unknown" : holds(node, "Ready") ? "Ready" : "NotReady";
    bool cordoned = is_true(doc_get(node, "spec"), "unschedulable");
    (void)argument;
    const char *text =
        mem_must(arena_fmt(c->a, "%s%s", word, cordoned ? ",SchedulingDisabled" : ""));
    return value_text(c->a, sv_of(text));
}

static int by_text(const void *left, const void *right)
{
    return sv_cmp(*(const struct sv *)left, *(const struct sv *)right);
}

struct doc_node *cell_node_roles(struct cell_ctx *c, const struct doc_node *node,
                                 const char *argument)
{
    _cleanup_str_ struct str out;
    const char prefix[] = "node-role.kubernetes.io/";
    const struct doc_node *labels = doc_at(node, "metadata.labels");
    struct sv *roles = mem_must(arena_new_n(c->a, struct sv, doc_count(labels) + 1));
    size_t count = 0;
    (void)argument;
    str_init(&out, 0);
    doc_each_pair(p, labels) {
        struct sv key = p->key->text;
        if (sv_starts(key, prefix) && key.len > strlen(prefix))
            roles[count++] = sv_n(key.ptr + strlen(prefix), key.len - strlen(prefix));
        else if (sv_is(key, "kubernetes.io/role") && doc_string(p->value).len)
            roles[count++] = doc_string(p->value);
    }
    qsort(roles, count, sizeof *roles, by_text);
    for (size_t i = 0; i < count; i++)
        str_addf(&out, "%s%.*s", i ? "," : "", SV_ARG(roles[i]));
    return value_text(c->a, count ? str_sv(&out) : SV("<none>"));
}

struct doc_node *cell_node_address(struct cell_ctx *c, const struct doc_node *node,
                                   const char *argument)
{
    doc_each_item(one, doc_at(node, "status.addresses"))
        if (sv_is(doc_get_string(one, "type"), argument))
            return value_text(c->a, doc_get_string(one, "address"));
    return value_text(c->a, SV("<none>"));
}

/* ---- jobs ---- */

struct doc_node *cell_job_completions(struct cell_ctx *c, const struct doc_node *job,
                                      const char *argument)
{
    const struct doc_node *spec = doc_get(job, "spec"), *wanted = doc_get(spec, "completions");
    long long done = whole(doc_get(job, "status"), "succeeded"), side = whole(spec, "parallelism");
    (void)argument;
    const char *text = wanted && wanted->type == DOC_INT
                           ? arena_fmt(c->a, "%lld/%lld", done, (long long)wanted->integer)
                       : side > 1 ? arena_fmt(c->a, "%lld/1 of %lld", done, side)
                                  : arena_fmt(c->a, "%lld/1", done);
    return value_text(c->a, sv_of(mem_must(text)));
}

struct doc_node *cell_job_duration(struct cell_ctx *c, const struct doc_node *job,
                                   const char *argument)
{
    int64_t begun, ended = c->now;
    struct sv start = doc_scalar(doc_at(job, "status.startTime"));
    struct sv end = doc_scalar(doc_at(job, "status.completionTime"));
    (void)argument;
    if (!start.len || !timestamp_parse(start, &begun) || (end.len && !timestamp_parse(end, &ended)))
        return value_text(c->a, SV(""));
    return value_text(c->a, cell_span(c->a, ended - begun));
}

struct doc_node *cell_last_schedule(struct cell_ctx *c, const struct doc_node *job,
                                    const char *argument)
{
    struct sv time = doc_scalar(doc_at(job, argument));
    return value_text(c->a, time.len ? cell_since(c, time) : SV("<none>"));
}
