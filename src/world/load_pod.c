/* Pods: class, state and times. Entered into the world by load_finish. */
#include "world/load_internal.h"

struct pod_state {
    struct arena_mark mark; /* of the world's arena, to give back what a known class took */
    struct world_class class;
    struct spec_extra extra;
    struct world_pod pod;
    int64_t restarts;
    int64_t taken_over; /* status.startTime: when the kubelet first saw it */
    bool waiting;       /* some container does not run */
};

static void begin(struct load *l)
{
    struct pod_state *s = l->state;
    s->mark = arena_mark(&l->w->arena);
    load_class_defaults(l, &s->class);
    s->pod = (struct world_pod){.claims = (uint32_t)l->claims.len,
                                .phase = POD_UNKNOWN,
                                .ordinal = -1,
                                .owner = WORLD_NONE};
}

/* ---- status ---- */

static enum pod_phase phase_of(struct sv text)
{
    return sv_is(text, "Running")     ? POD_RUNNING
           : sv_is(text, "Pending")   ? POD_PENDING
           : sv_is(text, "Succeeded") ? POD_SUCCEEDED
           : sv_is(text, "Failed")    ? POD_FAILED
                                      : POD_UNKNOWN;
}

static void read_condition(struct pull *p, struct world_pod *pod)
{
    struct sv key, type = SV("");
    int64_t since = 0;
    bool holds = false;
    each_key(p, key)
    {
        if (KEY(key, "type"))
            pull_string(p, &type);
        else if (KEY(key, "status"))
            holds = load_is(p, "True");
        else if (KEY(key, "lastTransitionTime"))
            load_time(p, &since);
        else
            pull_skip(p);
    }
    if (holds && KEY(type, "Ready")) {
        pod->ready = true;
        pod->ready_since = since;
    } else if (holds && KEY(type, "PodScheduled")) {
        pod->scheduled = since;
    }
}

/* {running: {startedAt}} */
static void read_running(struct pull *p, struct pod_state *s)
{
    struct sv key, inner;
    int64_t at = 0;
    each_key(p, key)
    {
        if (!KEY(key, "running")) {
            pull_skip(p);
            continue;
        }
        each_key(p, inner)
        {
            if (KEY(inner, "startedAt"))
                load_time(p, &at);
            else
                pull_skip(p);
        }
    }
    s->waiting |= !at;
    if (at > s->pod.started)
        s->pod.started = at;
}

static void read_container_status(struct pull *p, struct pod_state *s)
{
    struct sv key;
    int64_t n;
    each_key(p, key)
    {
        if (KEY(key, "restartCount"))
            s->restarts += pull_i64(p, &n) && n > 0;
        else if (KEY(key, "state"))
            read_running(p, s);
        else
            pull_skip(p);
    }
}

static void read_status(struct load *l, struct pull *p, struct pod_state *s)
{
    struct sv key, text;
    each_key(p, key)
    {
        if (KEY(key, "phase")) {
            s->pod.phase = (uint8_t)(pull_string(p, &text) ? phase_of(text) : POD_UNKNOWN);
        } else if (KEY(key, "conditions")) {
            each_item(p, condition) read_condition(p, &s->pod);
        } else if (KEY(key, "containerStatuses")) {
            each_item(p, container) read_container_status(p, s);
        } else if (KEY(key, "startTime")) {
            load_time(p, &s->taken_over);
        } else if (KEY(key, "nominatedNodeName")) {
            load_text_id(l, p, &s->pod.nominated);
        } else {
            pull_skip(p);
        }
    }
}

static void field(struct load *l, struct pull *p, struct sv key)
{
    struct pod_state *s = l->state;
    if (KEY(key, "spec")) {
        s->class.ns = l->meta.ns;
        s->extra.pod_name = l->meta.name;
        load_spec(l, p, l->meta.labels, &s->class, &s->extra);
    } else if (KEY(key, "status")) {
        read_status(l, p, s);
    } else {
        pull_skip(p);
    }
}

/* ---- the end ---- */

/* A pod that restarted tells of its latest start only, not of its first. */
static void take_samples(struct load *l, const struct pod_state *s)
{
    const struct world_pod *pod = &s->pod;
    load_sample(l, TIMING_SCHEDULE, pod->created, pod->scheduled);
    if (s->restarts || s->waiting)
        return;
    load_sample(l, TIMING_START, pod->scheduled, pod->started);
    if (pod->ready)
        load_sample(l, TIMING_READY, pod->started, pod->ready_since);
}

static int32_t ordinal_of(struct sv name)
{
    const char *dash = memrchr(name.ptr, '-', name.len);
    uint64_t n;
    size_t at = dash ? (size_t)(dash - name.ptr) + 1 : name.len;
    bool ok = sv_to_u64(sv_n(name.ptr + at, name.len - at), &n) && n < INT32_MAX;
    return ok ? (int32_t)n : -1;
}

/* The class does not tell the one node of a DaemonSet's pod that runs there: else each would have a
 * class of its own, for a choice that is made. */
static void drop_pin(struct pod_state *s)
{
    if (!s->extra.pin || s->extra.pin != s->extra.node)
        return;
    s->class.has_node_terms = false;
    s->class.node_terms = NULL;
    s->class.node_term_count = 0;
}

static void set_owner(struct load *l, struct pod_state *s)
{
    const struct strings *texts = &l->w->strings;
    if (l->meta.owner == WORLD_NONE)
        return;
    s->pod.owner = l->meta.owner;
    enum workload_kind kind =
        workload_kind_parse(strings_get(texts, l->owners.items[l->meta.owner].kind));
    if (kind == WORKLOAD_STATEFULSET)
        s->pod.ordinal = ordinal_of(strings_get(texts, l->meta.name));
    else if (kind == WORKLOAD_DAEMONSET)
        drop_pin(s);
}

static uint32_t put_class(struct load *l, struct pod_state *s)
{
    size_t before = l->w->classes.len;
    s->class.labels = load_class_labels(l, l->meta.labels, s->pod.ordinal >= 0);
    load_class_annotations(&l->meta, &s->class);
    uint32_t class = world_class_put(l->w, &s->class);
    if (l->w->classes.len == before)
        arena_rewind(&l->w->arena, s->mark);
    return class;
}

static void end(struct load *l)
{
    struct pod_state *s = l->state;
    struct world_pod *pod = &s->pod;
    bool found;
    pod->name = l->meta.name;
    pod->uid = l->meta.uid;
    pod->node = s->extra.node;
    pod->created = l->meta.created;
    pod->deleting = l->meta.deleting;
    pod->mirror = l->meta.annotation.mirror;
    size_t claims = l->claims.len - pod->claims;
    pod->claim_count = (uint16_t)(claims > UINT16_MAX ? UINT16_MAX : claims);
    set_owner(l, s);
    s->class.ns = l->meta.ns;
    pod->class = put_class(l, s);
    take_samples(l, s);
    if (!pod->scheduled)
        pod->scheduled = s->taken_over;
    uint32_t at = load_place(l, BY_NAME_POD, l->meta.ns, l->meta.name, l->pods.len, &found);
    if (found)
        l->pods.items[at] = *pod;
    else
        must_push(&l->pods, *pod);
}

const struct load_kind load_pod_kinds[] = {
    {"Pod", {""}, LOAD_NAMESPACED, sizeof(struct pod_state), begin, field, end},
    {0},
};
