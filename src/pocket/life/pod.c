/* Pods as the API shows them. */
#include "base/timestamp.h"
#include "doc/pull.h"
#include "pocket/life/internal.h"

#include <stdio.h>

struct life_name life_pod_name(const struct pocket_life *l, uint32_t pod)
{
    return (struct life_name){SV("v1"), SV("Pod"), life_text(l, world_class_of(l->w, pod)->ns),
                              life_text(l, l->w->pods.items[pod].name)};
}

static uint32_t *revision_of(struct pocket_life *l, uint32_t pod)
{
    while (l->revisions.len <= pod)
        must_push(&l->revisions, 0);
    return &l->revisions.items[pod];
}

/* ---- status ---- */

/* Many of these are written: in one piece. */
static void add_condition(struct str *out, const char *type, bool on, const char *since,
                          const char *reason)
{
    str_adds(out, out->data[out->len - 1] == '[' ? "{\"type\":\"" : ",{\"type\":\"");
    str_adds(out, type);
    str_adds(out, on ? "\",\"status\":\"True" : "\",\"status\":\"False\",\"reason\":\"");
    if (!on)
        str_adds(out, reason);
    str_adds(out, "\",\"lastProbeTime\":null,\"lastTransitionTime\":\"");
    str_adds(out, since);
    str_adds(out, "\"}");
}

static void write_conditions(struct jsonw *j, const struct world_pod *p)
{
    int64_t when = p->scheduled ? p->scheduled : p->created;
    const char *why = p->phase == POD_SUCCEEDED ? "PodCompleted" : "ContainersNotReady";
    char scheduled[TIMESTAMP_TEXT_MAX], ready[TIMESTAMP_TEXT_MAX];
    timestamp_format(when, scheduled);
    timestamp_format(p->ready_since ? p->ready_since : p->started ? p->started : when, ready);
    jsonw_key(j, "conditions");
    jsonw_raw(j, SV("["));
    struct str *out = j->out;
    if (p->node != WORLD_NONE) {
        add_condition(out, "Initialized", p->phase != POD_PENDING, scheduled,
                      "ContainersNotInitialized");
        add_condition(out, "Ready", p->ready, ready, why);
        add_condition(out, "ContainersReady", p->ready, ready, why);
    }
    add_condition(out, "PodScheduled", p->node != WORLD_NONE, scheduled, "Unschedulable");
    str_addc(out, ']');
}

static void write_state(struct jsonw *j, const struct world_pod *p)
{
    jsonw_key(j, "state");
    jsonw_object(j);
    if (p->phase == POD_RUNNING) {
        jsonw_key(j, "running");
        jsonw_object(j);
        life_write_time(j, "startedAt", p->started ? p->started : p->created);
    } else if (p->phase == POD_PENDING) {
        jsonw_key(j, "waiting");
        jsonw_object(j);
        jsonw_kv_str(j, "reason", "ContainerCreating");
    } else {
        jsonw_key(j, "terminated");
        jsonw_object(j);
        jsonw_kv_int(j, "exitCode", p->phase != POD_SUCCEEDED);
        jsonw_kv_str(j, "reason", p->phase == POD_SUCCEEDED ? "Completed" : "Error");
        life_write_time(j, "startedAt", p->started ? p->started : p->created);
    }
    jsonw_object_end(j);
    jsonw_object_end(j);
    jsonw_key(j, "lastState");
    jsonw_object(j);
    jsonw_object_end(j);
}

static void write_container(struct pocket_life *l, struct jsonw *j, const struct world_pod *p,
                            struct pull *in)
{
    struct sv key, name = SV(""), image = SV("");
    if (!pull_map(in))
        return;
    while (pull_key(in, &key)) {
        if (sv_is(key, "name"))
            pull_string(in, &name);
        else if (sv_is(key, "image"))
            pull_string(in, &image);
        else
            pull_skip(in);
    }
    jsonw_object(j);
    jsonw_kv_sv(j, "name", name);
    jsonw_kv_sv(j, "image", image);
    jsonw_kv_str(j, "imageID", "");
    write_state(j, p);
    jsonw_kv_bool(j, "ready", p->ready);
    jsonw_kv_int(j, "restartCount", 0);
    jsonw_kv_bool(j, "started", p->phase == POD_RUNNING);
    jsonw_object_end(j);
}

static void write_containers(struct pocket_life *l, struct jsonw *j, const struct world_pod *p,
                             struct sv containers)
{
    struct pull in;
    pull_init(&in, containers, &l->scratch);
    jsonw_key(j, "containerStatuses");
    jsonw_array(j);
    if (containers.ptr && pull_seq(&in))
        while (pull_item(&in))
            write_container(l, j, p, &in);
    jsonw_array_end(j);
}

static void write_address(const struct pocket_life *l, struct jsonw *j, uint32_t pod)
{
    const struct world_pod *p = &l->w->pods.items[pod];
    char ip[32], host[32];
    snprintf(host, sizeof host, "10.0.%u.%u", p->node >> 8 & 255, p->node & 255);
    snprintf(ip, sizeof ip, "10.%u.%u.%u", 64 + (pod >> 16), pod >> 8 & 255, pod & 255);
    jsonw_kv_str(j, "hostIP", host);
    if (p->phase == POD_PENDING)
        return;
    const char *own = world_class_of(l->w, pod)->host_network ? host : ip;
    jsonw_kv_str(j, "podIP", own);
    jsonw_key(j, "podIPs");
    jsonw_array(j);
    jsonw_object(j);
    jsonw_kv_str(j, "ip", own);
    jsonw_object_end(j);
    jsonw_array_end(j);
}

/* containers: the text of spec.containers. */
static void write_status(struct pocket_life *l, struct jsonw *j, uint32_t pod, struct sv containers)
{
    static const char *const phases[] = {"Pending", "Running", "Succeeded", "Failed", "Unknown"};
    const struct world_pod *p = &l->w->pods.items[pod];
    const struct world_class *c = world_class_of(l->w, pod);
    jsonw_object(j);
    jsonw_kv_str(j, "phase", phases[p->phase]);
    write_conditions(j, p);
    if (p->node != WORLD_NONE) {
        write_address(l, j, pod);
        life_write_time(j, "startTime", p->scheduled ? p->scheduled : p->created);
        write_containers(l, j, p, containers);
    }
    if (p->nominated != WORLD_NONE)
        jsonw_kv_sv(j, "nominatedNodeName", life_text(l, l->w->nodes.items[p->nominated].name));
    jsonw_kv_str(j, "qosClass", c->request.cpu || c->request.memory ? "Burstable" : "BestEffort");
    jsonw_object_end(j);
}

/* ---- a new pod ---- */

static void write_owner(struct pocket_life *l, struct jsonw *j, const struct world_pod *p,
                        struct sv owner_uid)
{
    const struct world_workload *wl = &l->w->workloads.items[p->owner];
    struct life_name n = life_workload_name(l, p->owner);
    jsonw_key(j, "ownerReferences");
    jsonw_array(j);
    jsonw_object(j);
    jsonw_kv_sv(j, "apiVersion", n.api_version);
    jsonw_kv_str(j, "kind", workload_kind_name(l->w, wl));
    jsonw_kv_sv(j, "name", n.name);
    jsonw_kv_sv(j, "uid", owner_uid.ptr ? owner_uid : life_text(l, wl->uid));
    jsonw_kv_bool(j, "controller", true);
    jsonw_kv_bool(j, "blockOwnerDeletion", true);
    jsonw_object_end(j);
    jsonw_array_end(j);
}

static void write_own_labels(struct pocket_life *l, struct jsonw *j, const struct world_pod *p)
{
    char number[16];
    if (p->ordinal < 0)
        return;
    snprintf(number, sizeof number, "%d", p->ordinal);
    jsonw_kv_sv(j, "statefulset.kubernetes.io/pod-name", life_text(l, p->name));
    jsonw_kv_str(j, "apps.kubernetes.io/pod-index", number);
}

/* Labels of the template (JSON) and those that the controller adds. */
static void write_labels(struct pocket_life *l, struct jsonw *j, const struct world_pod *p,
                         struct sv labels, uint32_t revision)
{
    struct pull in;
    struct sv key, raw;
    char hash[16];
    jsonw_key(j, "labels");
    jsonw_object(j);
    pull_init(&in, labels, &l->scratch);
    if (labels.ptr && pull_map(&in))
        while (pull_key(&in, &key))
            if (pull_raw(&in, &raw)) {
                jsonw_key_sv(j, key);
                jsonw_raw(j, raw);
            }
    write_own_labels(l, j, p);
    if (revision) {
        snprintf(hash, sizeof hash, "%x", revision);
        jsonw_kv_str(j, "controller-revision-hash", hash);
    }
    jsonw_object_end(j);
}

/* A field of the template's spec, with what the controller adds to it. */
static void write_volumes(struct pocket_life *l, struct jsonw *j, const struct world_pod *p,
                          struct sv volumes)
{
    const struct world_workload *wl = &l->w->workloads.items[p->owner];
    struct pull in;
    struct sv raw;
    char claim[600];
    jsonw_key(j, "volumes");
    jsonw_array(j);
    pull_init(&in, volumes, &l->scratch);
    if (volumes.ptr && pull_seq(&in))
        while (pull_item(&in))
            if (pull_raw(&in, &raw))
                jsonw_raw(j, raw);
    for (uint32_t i = 0; p->ordinal >= 0 && i < wl->claim_template_count; i++) {
        const char *name = world_text(l->w, wl->claim_templates[i]);
        snprintf(claim, sizeof claim, "%s-%s-%d", name, world_text(l->w, wl->name), p->ordinal);
        jsonw_object(j);
        jsonw_kv_str(j, "name", name);
        jsonw_key(j, "persistentVolumeClaim");
        jsonw_object(j);
        jsonw_kv_str(j, "claimName", claim);
        jsonw_object_end(j);
        jsonw_object_end(j);
    }
    jsonw_array_end(j);
}

static void write_template_spec(struct pocket_life *l, struct jsonw *j, const struct world_pod *p,
                                struct sv spec)
{
    struct pull in;
    struct sv key, raw, volumes = SV_NONE;
    pull_init(&in, spec, &l->scratch);
    if (pull_map(&in))
        while (pull_key(&in, &key)) {
            if (!pull_raw(&in, &raw) || sv_is(key, "nodeName") || sv_is(key, "tolerations") ||
                sv_is(key, "priority"))
                continue;
            if (sv_is(key, "volumes")) {
                volumes = raw;
                continue;
            }
            jsonw_key_sv(j, key);
            jsonw_raw(j, raw);
        }
    life_write_admitted(j, l->w, p->class);
    const struct world_workload *wl = &l->w->workloads.items[p->owner];
    if (volumes.ptr || (p->ordinal >= 0 && wl->claim_template_count))
        write_volumes(l, j, p, volumes);
    if (p->ordinal >= 0)
        jsonw_kv_sv(j, "hostname", life_text(l, p->name));
}

struct made_of {
    struct sv owner_uid, labels, annotations, spec; /* absent: made up from the class */
};

/* A pod of a controller whose object the host has is made of its template. */
static struct made_of template_of(struct pocket_life *l, uint32_t pod)
{
    uint32_t owner = l->w->pods.items[pod].owner;
    struct made_of m = {0};
    if (owner == WORLD_NONE || l->w->workloads.items[owner].kind == WORKLOAD_OTHER)
        return m;
    struct life_name n = life_workload_name(l, owner);
    struct sv json = life_get(l, &n),
              template = life_json_at(json, "spec", "template", &l->scratch);
    m.owner_uid = life_json_text(json, "metadata", "uid", &l->scratch);
    if (!template.ptr)
        return m;
    m.labels = life_json_at(template, "metadata", "labels", &l->scratch);
    m.annotations = life_json_at(template, "metadata", "annotations", &l->scratch);
    m.spec = life_json_at(template, "spec", NULL, &l->scratch);
    return m;
}

static void write_class_labels(struct pocket_life *l, struct jsonw *j, uint32_t pod)
{
    _cleanup_str_ struct str labels = {0};
    struct jsonw inner;
    str_init(&labels, 0);
    jsonw_init(&inner, &labels, 0);
    life_write_labels(&inner, l->w, world_class_of(l->w, pod)->labels);
    write_labels(l, j, &l->w->pods.items[pod], str_sv(&labels), 0);
}

static bool has_revisions(const struct pocket_life *l, const struct world_pod *p)
{
    if (p->owner == WORLD_NONE)
        return false;
    enum workload_kind kind = l->w->workloads.items[p->owner].kind;
    return kind == WORKLOAD_STATEFULSET || kind == WORKLOAD_DAEMONSET;
}

static void write_meta(struct pocket_life *l, struct jsonw *j, uint32_t pod,
                       const struct made_of *m)
{
    const struct world_pod *p = &l->w->pods.items[pod];
    const struct world_class *c = world_class_of(l->w, pod);
    uint32_t revision = has_revisions(l, p) ? *revision_of(l, pod) : 0;
    if (p->owner != WORLD_NONE)
        write_owner(l, j, p, m->owner_uid);
    if (m->spec.ptr)
        write_labels(l, j, p, m->labels, revision);
    else
        write_class_labels(l, j, pod);
    if (m->annotations.ptr) {
        jsonw_key(j, "annotations");
        jsonw_raw(j, m->annotations);
    } else if (p->mirror || c->safe_to_evict_no || c->do_not_disrupt) {
        jsonw_key(j, "annotations");
        jsonw_object(j);
        if (p->mirror)
            jsonw_kv_str(j, "kubernetes.io/config.mirror", "mirror");
        if (c->safe_to_evict_no)
            jsonw_kv_str(j, "cluster-autoscaler.kubernetes.io/safe-to-evict", "false");
        if (c->do_not_disrupt)
            jsonw_kv_str(j, "karpenter.sh/do-not-disrupt", "true");
        jsonw_object_end(j);
    }
    if (p->deleting) {
        life_write_time(j, "deletionTimestamp", p->deleting);
        jsonw_kv_int(j, "deletionGracePeriodSeconds", c->grace_s);
    }
}

/* Pods of one class come one behind the other when many are made up. */
static struct sv class_spec(struct pocket_life *l, uint32_t class)
{
    struct jsonw j;
    if (l->spec_class != class) {
        str_reset(&l->spec);
        jsonw_init(&j, &l->spec, 0);
        jsonw_object(&j);
        life_write_spec(&j, l->w, class, WORLD_NONE);
        jsonw_object_end(&j);
        l->spec_class = class;
    }
    return str_sv(&l->spec);
}

static void write_class_spec(struct pocket_life *l, struct jsonw *j, const struct world_pod *p)
{
    struct sv spec = class_spec(l, p->class);
    if (p->node == WORLD_NONE) {
        jsonw_raw(j, spec);
        return;
    }
    str_reset(&l->status);
    str_adds(&l->status, "{\"nodeName\":");
    jsonw_quote(&l->status, life_text(l, l->w->nodes.items[p->node].name));
    str_addc(&l->status, ',');
    str_addv(&l->status, sv_n(spec.ptr + 1, spec.len - 1));
    jsonw_raw(j, str_sv(&l->status));
}

static void write_pod(struct pocket_life *l, struct jsonw *j, uint32_t pod, bool fresh)
{
    const struct world_pod *p = &l->w->pods.items[pod];
    struct life_name n = life_pod_name(l, pod);
    struct made_of m = fresh ? template_of(l, pod) : (struct made_of){0};
    if (!fresh && p->owner != WORLD_NONE) {
        struct life_name o = life_workload_name(l, p->owner);
        m.owner_uid = life_json_text(life_get(l, &o), "metadata", "uid", &l->scratch);
    }
    life_begin_object(l, j, &n, p->uid, p->created);
    write_meta(l, j, pod, &m);
    jsonw_object_end(j);
    jsonw_key(j, "spec");
    if (!m.spec.ptr && !p->claim_count) {
        write_class_spec(l, j, p);
        return;
    }
    jsonw_object(j);
    if (p->node != WORLD_NONE)
        jsonw_kv_sv(j, "nodeName", life_text(l, l->w->nodes.items[p->node].name));
    if (m.spec.ptr)
        write_template_spec(l, j, p, m.spec);
    else
        life_write_spec(j, l->w, p->class, pod);
    jsonw_object_end(j);
}

static void put_new(struct pocket_life *l, uint32_t pod, bool fresh)
{
    struct life_name n = life_pod_name(l, pod);
    struct jsonw j, s;
    str_reset(&l->part);
    jsonw_init(&j, &l->part, 0);
    write_pod(l, &j, pod, fresh);
    jsonw_object_end(&j);
    str_reset(&l->status);
    jsonw_init(&s, &l->status, 0);
    write_status(l, &s, pod, life_json_at(str_sv(&l->part), "spec", "containers", &l->scratch));
    str_reset(&l->out);
    str_add(&l->out, l->part.data, l->part.len - 1);
    str_adds(&l->out, ",\"status\":");
    str_addv(&l->out, str_sv(&l->status));
    str_addc(&l->out, '}');
    life_put(l, &n, &l->out);
}

void life_pod_enter(struct pocket_life *l, uint32_t pod)
{
    const struct world_pod *p = &l->w->pods.items[pod];
    struct life_name n = life_pod_name(l, pod);
    bool started = sim_now(l->sim) > 0 || l->flushing;
    *revision_of(l, pod) = p->owner != WORLD_NONE && p->owner < l->workload_hashes.len
                               ? l->workload_hashes.items[p->owner]
                               : 0;
    if (!n.name.len || life_get(l, &n).ptr)
        return;
    put_new(l, pod, started);
    arena_reset(&l->scratch);
}

/* ---- one that is there ---- */

static struct sv quoted(struct str *out, struct sv text)
{
    size_t from = out->len;
    jsonw_quote(out, text);
    return sv_n(out->data + from, out->len - from);
}

void life_pod_update(struct pocket_life *l, uint32_t pod)
{
    const struct world_pod *p = &l->w->pods.items[pod];
    struct life_name n = life_pod_name(l, pod);
    struct sv json = life_get(l, &n);
    struct life_edit edits[4] = {{"status", NULL, SV_NONE}};
    _cleanup_str_ struct str texts = {0}, stamp = {0};
    struct jsonw s;
    size_t count = 1;
    if (!json.ptr)
        return;
    str_init(&texts, 0);
    str_init(&stamp, 0);
    str_reset(&l->status);
    jsonw_init(&s, &l->status, 0);
    write_status(l, &s, pod, life_json_at(json, "spec", "containers", &l->scratch));
    edits[0].raw = str_sv(&l->status);
    if (p->node != WORLD_NONE)
        edits[count++] = (struct life_edit){
            "spec", "nodeName", quoted(&texts, life_text(l, l->w->nodes.items[p->node].name))};
    if (p->deleting && !life_json_at(json, "metadata", "deletionTimestamp", &l->scratch).ptr) {
        char buf[TIMESTAMP_TEXT_MAX], grace[24];
        str_addf(&stamp, "\"%s\"", timestamp_format(p->deleting, buf));
        edits[count++] = (struct life_edit){"metadata", "deletionTimestamp", str_sv(&stamp)};
        int64_t left = p->deleting - pocket_life_seconds(l);
        snprintf(grace, sizeof grace, "%lld", (long long)(left > 0 ? left : 0));
        edits[count++] = (struct life_edit){"metadata", "deletionGracePeriodSeconds",
                                            sv_of(arena_dup(&l->scratch, sv_of(grace)))};
    }
    str_reset(&l->out);
    life_json_edit(&l->out, json, edits, count, &l->scratch);
    life_put(l, &n, &l->out);
    arena_reset(&l->scratch);
}
