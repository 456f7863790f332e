#include "rules/live/writers.h"

#include "base/must.h"
#include "rules/live/cases.h"

#define LAST_APPLIED "kubectl.kubernetes.io/last-applied-configuration"
#define F_LAST_APPLIED "f:" LAST_APPLIED

struct write {
    struct sv manager, api_version;
    struct sv time; /* RFC 3339 in UTC, as the API server writes it: sorts as text */
    bool apply;     /* server-side apply: the writer's whole intent, renewed each time */
    bool owns_last_applied;
    const struct lifecycle_row *row; /* NULL: a version that is fine */
};

struct writers {
    struct live *live;
    const struct object *object;
    VEC(struct write) writes;
    struct sv last_applied; /* apiVersion in the annotation; absent: no annotation */
    struct sv last_applied_time;
    const struct lifecycle_row *last_applied_row;
    const char *helm;
};

/* Parts of the control plane and of the node: they are upgraded with it, and the versions they
 * speak are not for users to change. */
static bool is_control_plane(struct sv manager)
{
    static const char *const names[] = {
        "kube-apiserver", "kube-controller-manager",  "kube-scheduler",
        "kubelet",        "cloud-controller-manager", "aws-cloud-controller-manager",
        "kube-proxy",     "before-first-apply",       "toban",
    };
    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        if (sv_is(manager, names[i]))
            return true;
    return sv_starts(manager, "api-priority-and-fairness-config-");
}

/* People at a keyboard are one writer, whichever of kubectl's commands they use. */
static bool is_kubectl(struct sv manager)
{
    return sv_starts(manager, "kubectl");
}

/* Helm names itself after the program it is part of; old releases of it said nothing. */
static bool is_helm(struct sv manager)
{
    return sv_starts(manager, "helm") || sv_has(manager, "-helm") ||
           sv_is(manager, "Go-http-client");
}

static bool same_writer(const struct write *a, const struct write *b)
{
    return sv_eq(a->manager, b->manager) || (is_kubectl(a->manager) && is_kubectl(b->manager));
}

static bool owns_last_applied(const struct doc_node *entry)
{
    const struct doc_node *fields = doc_get(entry, "fieldsV1");
    return doc_get(doc_get(doc_get(fields, "f:metadata"), "f:annotations"), F_LAST_APPLIED) != NULL;
}

static void read_writes(struct writers *w)
{
    doc_each_item(entry, doc_at(w->object->root, "metadata.managedFields")) {
        struct write write = {
            .manager = doc_get_string(entry, "manager"),
            .api_version = doc_get_string(entry, "apiVersion"),
            .time = doc_get_string(entry, "time"),
            .apply = sv_is(doc_get_string(entry, "operation"), "Apply"),
            .owns_last_applied = owns_last_applied(entry),
        };
        write.row = cases_row(w->live, write.api_version, w->object->kind);
        if (write.owns_last_applied && sv_cmp(write.time, w->last_applied_time) > 0)
            w->last_applied_time = write.time;
        if (!vec_push(&w->writes, write))
            must_fail_nomem();
    }
}

static void read_last_applied(struct writers *w)
{
    struct err err = {0};
    const struct doc_node *annotations = doc_at(w->object->root, "metadata.annotations");
    struct sv text = doc_get_string(annotations, LAST_APPLIED);
    _cleanup_doc_ struct doc_file doc = {0};
    if (!text.len || doc_parse_json(&doc, "last-applied", text, NULL, &err) < 0 || !doc.part_count)
        return;
    struct sv version = doc_get_string(doc.parts[0].root, "apiVersion");
    if (!version.len)
        return;
    w->last_applied = sv_of(mem_must(arena_dup(&w->live->arena, version)));
    w->last_applied_row = cases_row(w->live, w->last_applied, w->object->kind);
}

/* A declaration is somebody's whole intent, not a change by the way: once it names a version that
 * is fine, changes before it are history. On a tie of seconds the newer version is taken for the
 * later one. */
static bool declared_since(const struct writers *w, struct sv time)
{
    if (w->last_applied.len && !w->last_applied_row && sv_cmp(w->last_applied_time, time) >= 0)
        return true;
    if (w->helm && sv_cmp(sv_of(w->helm), time) >= 0)
        return true;
    vec_foreach(x, &w->writes)
        if (x->apply && !x->row && sv_cmp(x->time, time) >= 0)
            return true;
    return false;
}

static bool moved_on(const struct writers *w, const struct write *old)
{
    vec_foreach(x, &w->writes) {
        if (x == old || !same_writer(x, old))
            continue;
        int later = sv_cmp(x->time, old->time);
        if (later > 0 || (later == 0 && !x->row))
            return true;
    }
    return false;
}

static bool apply_counts(const struct writers *w, const struct write *write)
{
    if (w->helm && is_helm(write->manager))
        return false;
    bool applied_since = w->last_applied.len && !w->last_applied_row &&
                         sv_cmp(w->last_applied_time, write->time) >= 0;
    return !(applied_since && is_kubectl(write->manager));
}

static bool update_counts(const struct writers *w, const struct write *write)
{
    if (is_control_plane(write->manager) || (w->helm && is_helm(write->manager)))
        return false;
    return !moved_on(w, write) && !declared_since(w, write->time);
}

static bool last_applied_counts(const struct writers *w)
{
    if (!w->last_applied_row)
        return false;
    vec_foreach(x, &w->writes)
        if (x->apply && !x->row && sv_cmp(x->time, w->last_applied_time) >= 0)
            return false;
    return !(w->helm && *w->helm && sv_cmp(sv_of(w->helm), w->last_applied_time) >= 0);
}

static void add(struct writers *w, const struct lifecycle_row *row, const char *source,
                struct sv api_version, struct sv seen, const char *detail)
{
    char time[40];
    bool has_time = seen.len && seen.len < sizeof time;
    memcpy(time, has_time ? seen.ptr : "", has_time ? seen.len : 0);
    time[has_time ? seen.len : 0] = '\0';
    cases_add(w->live, w->object, row,
              &(struct live_evidence){.api_version = api_version,
                                      .source = source,
                                      .detail = detail,
                                      .seen = has_time ? time : NULL});
}

static void judge_last_applied(struct writers *w)
{
    _cleanup_str_ struct str detail = {0};
    if (!last_applied_counts(w))
        return;
    str_addf(&detail, "applied as %.*s", SV_ARG(w->last_applied));
    add(w, w->last_applied_row, "last-applied", w->last_applied, w->last_applied_time,
        str_c(&detail));
}

static void judge_write(struct writers *w, const struct write *write)
{
    _cleanup_str_ struct str detail = {0};
    if (!write->row || !(write->apply ? apply_counts(w, write) : update_counts(w, write)))
        return;
    struct sv manager = write->manager.len ? write->manager : SV("an unnamed client");
    str_addf(&detail, "%.*s %s %.*s", SV_ARG(manager), write->apply ? "applied" : "wrote",
             SV_ARG(write->api_version));
    add(w, write->row, "managed-fields", write->api_version, write->time, str_c(&detail));
}

void writers_judge(struct live *l, const struct object *o, const char *helm_deployed)
{
    struct writers w = {.live = l, .object = o, .helm = helm_deployed};
    read_last_applied(&w);
    read_writes(&w);
    judge_last_applied(&w);
    vec_foreach(write, &w.writes)
        judge_write(&w, write);
    vec_release(&w.writes);
}
