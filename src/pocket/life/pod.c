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

struct made_of {
    struct sv owner_uid, labels, annotations, spec; /* absent: made up from the class */
};

/* A template's own gates and those of load balancers, as many as the simulator waits for. */
static void write_gates(struct pocket_life *l, struct jsonw *j, const struct world_pod *p,
                        struct sv own, struct sv labels)
{
    const struct world_class *c = &l->w->classes.items[p->class];
    _cleanup_str_ struct str gates = {0};
    if (!life_write_gates(l, &gates, own, life_text(l, c->ns), labels, c->lb_gates))
        return;
    jsonw_key(j, "readinessGates");
    jsonw_raw(j, str_sv(&gates));
}

static void write_template_spec(struct pocket_life *l, struct jsonw *j, const struct world_pod *p,
                                const struct made_of *m)
{
    struct pull in;
    struct sv key, raw, volumes = SV_NONE, gates = SV_NONE;
    pull_init(&in, m->spec, &l->scratch);
    if (pull_map(&in))
        while (pull_key(&in, &key)) {
            if (!pull_raw(&in, &raw) || sv_is(key, "nodeName") || sv_is(key, "tolerations") ||
                sv_is(key, "priority"))
                continue;
            if (sv_is(key, "volumes")) {
                volumes = raw;
                continue;
            }
            if (sv_is(key, "readinessGates")) {
                gates = raw;
                continue;
            }
            jsonw_key_sv(j, key);
            jsonw_raw(j, raw);
        }
    life_write_admitted(j, l->w, p->class);
    if (gates.ptr || l->w->classes.items[p->class].lb_gates)
        write_gates(l, j, p, gates, m->labels);
    const struct world_workload *wl = &l->w->workloads.items[p->owner];
    if (volumes.ptr || (p->ordinal >= 0 && wl->claim_template_count))
        write_volumes(l, j, p, volumes);
    if (p->ordinal >= 0)
        jsonw_kv_sv(j, "hostname", life_text(l, p->name));
}

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

/* ---- of which nothing but a class is known ---- */

/* An object's text without its braces, kept. */
static struct sv keep_fields(struct pocket_life *l, const struct str *object)
{
    struct sv fields = sv_n(str_c(object) + 1, object->len - 2);
    return sv_n(mem_must(arena_dup(&l->shape_texts, fields)), fields.len);
}

static void make_shape(struct pocket_life *l, uint32_t class, struct life_shape *s)
{
    _cleanup_str_ struct str out = {0};
    life_heads heads = {0};
    struct jsonw j;
    jsonw_init(&j, &out, 0);
    life_write_labels(&j, l->w, l->w->classes.items[class].labels);
    s->labels = keep_fields(l, &out);
    str_reset(&out);
    jsonw_init(&j, &out, 0);
    jsonw_object(&j);
    life_write_spec(&j, l->w, class, WORLD_NONE);
    jsonw_object_end(&j);
    s->spec = keep_fields(l, &out);
    struct sv gates = l->w->classes.items[class].readiness_gates
                          ? life_json_at(str_sv(&out), "readinessGates", NULL, &l->scratch)
                          : SV_NONE;
    if (gates.ptr)
        s->gates = sv_n(mem_must(arena_dup(&l->shape_texts, gates)), gates.len);
    life_pod_heads(l, life_json_at(str_sv(&out), "containers", NULL, &l->scratch), &heads);
    s->heads = mem_must(arena_new_n(&l->shape_texts, struct sv, heads.len + 1));
    vec_foreach(head, &heads)
        s->heads[s->head_count++] = sv_n(mem_must(arena_dup(&l->shape_texts, *head)), head->len);
    vec_release(&heads);
}

static const struct life_shape *shape_of(struct pocket_life *l, uint32_t class)
{
    while (l->shapes.len <= class)
        must_push(&l->shapes, (struct life_shape){0});
    struct life_shape *s = &l->shapes.items[class];
    if (!s->heads)
        make_shape(l, class, s);
    return s;
}

static void write_class_labels(struct pocket_life *l, struct jsonw *j, uint32_t pod)
{
    const struct world_pod *p = &l->w->pods.items[pod];
    struct sv labels = shape_of(l, p->class)->labels;
    jsonw_key(j, "labels");
    jsonw_object(j);
    if (labels.len)
        jsonw_raw(j, labels);
    write_own_labels(l, j, p);
    jsonw_object_end(j);
}

static void write_class_spec(struct pocket_life *l, struct jsonw *j, uint32_t pod)
{
    const struct world_pod *p = &l->w->pods.items[pod];
    jsonw_object(j);
    if (p->node != WORLD_NONE)
        jsonw_kv_sv(j, "nodeName", life_text(l, l->w->nodes.items[p->node].name));
    if (p->claim_count)
        life_write_spec(j, l->w, p->class, pod);
    else
        jsonw_raw(j, shape_of(l, p->class)->spec);
    jsonw_object_end(j);
}

/* ---- a new pod ---- */

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

static struct sv owner_uid(struct pocket_life *l, uint32_t owner)
{
    struct life_name o = life_workload_name(l, owner);
    return life_json_text(life_get(l, &o), "metadata", "uid", &l->scratch);
}

static void write_pod(struct pocket_life *l, struct jsonw *j, uint32_t pod, const struct made_of *m)
{
    const struct world_pod *p = &l->w->pods.items[pod];
    struct life_name n = life_pod_name(l, pod);
    life_write_head(l, j, &n, p->uid, p->created);
    write_meta(l, j, pod, m);
    jsonw_object_end(j);
    jsonw_key(j, "spec");
    if (!m->spec.ptr) {
        write_class_spec(l, j, pod);
        return;
    }
    jsonw_object(j);
    if (p->node != WORLD_NONE)
        jsonw_kv_sv(j, "nodeName", life_text(l, l->w->nodes.items[p->node].name));
    write_template_spec(l, j, p, m);
    jsonw_object_end(j);
}

/* Of the pod's object; scratch memory, so that the object may change. */
static struct sv gates_of(struct pocket_life *l, const struct world_pod *p, struct sv json)
{
    if (!l->w->classes.items[p->class].readiness_gates)
        return SV_NONE;
    struct sv gates = life_json_at(json, "spec", "readinessGates", &l->scratch);
    return gates.ptr ? sv_n(mem_must(arena_dup(&l->scratch, gates)), gates.len) : SV_NONE;
}

static void put_new(struct pocket_life *l, uint32_t pod, bool fresh)
{
    const struct world_pod *p = &l->w->pods.items[pod];
    struct life_name n = life_pod_name(l, pod);
    struct made_of m = fresh ? template_of(l, pod) : (struct made_of){0};
    struct life_pod_text text = {.before = SV_NONE};
    struct jsonw j;
    if (!fresh && p->owner != WORLD_NONE && !l->w->workloads.items[p->owner].uid)
        m.owner_uid = owner_uid(l, p->owner); /* made up when its object was entered */
    str_reset(&l->out);
    jsonw_init(&j, &l->out, 0);
    write_pod(l, &j, pod, &m);
    if (m.spec.ptr) {
        life_pod_heads(l, life_json_at(m.spec, "containers", NULL, &l->scratch), &l->heads);
        text.heads = l->heads.items;
        text.head_count = l->heads.len;
        text.gates = gates_of(l, p, str_sv(&l->out));
    } else {
        text.heads = shape_of(l, p->class)->heads;
        text.head_count = shape_of(l, p->class)->head_count;
        text.gates = shape_of(l, p->class)->gates;
    }
    str_adds(&l->out, ",\"status\":");
    life_write_pod_status(l, &l->out, pod, &text);
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
    struct sv there = n.name.len ? life_get(l, &n) : SV("");
    if (there.ptr) {
        life_keep_address(l, pod, life_json_text(there, "status", "podIP", &l->scratch));
        arena_reset(&l->scratch);
        return;
    }
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
    size_t count = 1;
    if (!json.ptr)
        return;
    life_pod_kept_heads(l, json, &l->heads);
    const struct life_pod_text text = {l->heads.items, l->heads.len,
                                       life_json_at(json, "status", NULL, &l->scratch),
                                       gates_of(l, p, json)};
    str_reset(&l->status);
    life_write_pod_status(l, &l->status, pod, &text);
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
    if (!sv_eq(json, str_sv(&l->out)))
        life_put(l, &n, &l->out);
    arena_reset(&l->scratch);
}
