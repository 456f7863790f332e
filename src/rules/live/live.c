#include "rules/live/live.h"

#include "base/must.h"
#include "rules/live/cases.h"
#include "rules/live/objects.h"
#include "rules/live/writers.h"

void live_release(struct live *l)
{
    vec_foreach(c, &l->cases)
        vec_release(&(*c)->evidence);
    vec_release(&l->cases);
    vec_release(&l->metrics);
    map_release(&l->case_index);
    map_release(&l->releases);
    arena_release(&l->arena);
}

/* ---- Helm releases ---- */

struct manifest {
    struct live *live;
    const struct revision *revision;
    const char *detail, *deployed;
};

static bool is_cluster_wide(const struct live *l, const struct object *o)
{
    const struct lifecycle_row *row =
        lifecycle_find(l->target->lifecycle, o->group, o->version, o->kind);
    if (row)
        return !row->namespaced;
    return l->is_cluster_wide && l->is_cluster_wide(l->ctx, o->group, o->kind);
}

static int add_from_manifest(void *ctx, struct doc_file *doc, struct object *o)
{
    struct manifest *m = ctx;
    const struct lifecycle_row *row = cases_row(m->live, o->api_version, o->kind);
    if (!row || !o->name.len)
        return 0;
    if (is_cluster_wide(m->live, o))
        o->namespace = SV_NONE;
    else if (!o->namespace.len)
        o->namespace = m->revision->namespace;
    cases_add(m->live, o, row,
              &(struct live_evidence){.api_version = o->api_version,
                                      .source = "helm-release",
                                      .detail = m->detail,
                                      .seen = m->deployed});
    return 0;
}

static void revision_problem(struct manifest *m, const char *message)
{
    _cleanup_str_ struct str where = {0};
    str_addf(&where, "%s: Helm release %.*s/%.*s revision %lld", m->live->cluster,
             SV_ARG(m->revision->namespace), SV_ARG(m->revision->name),
             (long long)m->revision->number);
    finding_add_problem(&m->live->result->set, str_c(&where), message,
                        "see it with: helm get manifest");
}

/* Messages of the parser can quote the text, and a manifest holds secrets: only places are told. */
static void add_manifest(struct manifest *m, struct sv yaml)
{
    _cleanup_doc_ struct doc_file doc = {0};
    struct err err = {0};
    if (doc_parse(&doc, "manifest", yaml, NULL, &err) < 0) {
        revision_problem(m, "its manifest is too large to look at");
        return;
    }
    for (uint32_t i = 0; i < doc.error_count; i++) {
        char message[96];
        snprintf(message, sizeof message, "its manifest is no valid YAML at line %u column %u",
                 doc.errors[i].line, doc.errors[i].column);
        revision_problem(m, message);
    }
    object_each(&doc, add_from_manifest, m);
}

static void see_chart(struct live *l, const struct revision *r)
{
    struct rules_result seen = {0};
    struct rules_place place = {.cluster = l->cluster, .source = "helm-release"};
    rules_judge_chart(&seen, l->target, &place, r->chart, r->app_version);
    components_join(&l->result->components, &seen.components);
    rules_result_release(&seen);
}

static void know_release(struct live *l, const struct revision *r, const char *deployed)
{
    char *key = mem_must(arena_fmt(&l->arena, "%.*s/%.*s", SV_ARG(r->namespace), SV_ARG(r->name)));
    char *time = mem_must(arena_dup(&l->arena, sv_of(deployed ? deployed : "")));
    if (!map_put(&l->releases, sv_of(key), time))
        must_fail_nomem();
}

void live_add_revision(struct live *l, const struct revision *r, const char *deployed)
{
    _cleanup_str_ struct str detail = {0}, hook = {0};
    struct manifest m = {.live = l, .revision = r, .deployed = deployed};
    str_addf(&detail, "release %.*s revision %lld of chart %.*s-%.*s", SV_ARG(r->name),
             (long long)r->number, SV_ARG(r->chart), SV_ARG(r->chart_version));
    m.detail = str_c(&detail);
    add_manifest(&m, r->manifest);
    doc_each_item(h, r->hooks) {
        str_reset(&hook);
        str_addf(&hook, "%s, hook %.*s", str_c(&detail), SV_ARG(doc_get_string(h, "path")));
        m.detail = str_c(&hook);
        add_manifest(&m, doc_get_string(h, "manifest"));
    }
    know_release(l, r, deployed);
    see_chart(l, r);
}

/* ---- objects ---- */

/* When the object's release was deployed; NULL when it has none that was read. */
static const char *helm_deployed(struct live *l, const struct object *o)
{
    const struct doc_node *annotations = doc_at(o->root, "metadata.annotations");
    struct sv name = doc_get_string(annotations, "meta.helm.sh/release-name");
    struct sv namespace = doc_get_string(annotations, "meta.helm.sh/release-namespace");
    _cleanup_str_ struct str key = {0};
    if (!name.len)
        return NULL;
    str_addf(&key, "%.*s/%.*s", SV_ARG(namespace), SV_ARG(name));
    return map_get(&l->releases, str_sv(&key));
}

/* What a workload made is judged at the workload, which is where it can be changed. */
static bool is_made_by_workload(const struct object *o)
{
    static const char *const makers[] = {"apps/", "batch/", "argoproj.io/"};
    doc_each_item(owner, doc_at(o->root, "metadata.ownerReferences")) {
        const struct doc_node *controller = doc_get(owner, "controller");
        struct sv maker = doc_get_string(owner, "apiVersion");
        if (!controller || controller->type != DOC_BOOL || !controller->boolean)
            continue;
        for (size_t i = 0; i < ARRAY_LEN(makers); i++)
            if (sv_starts(maker, makers[i]))
                return true;
        if (sv_is(doc_get_string(owner, "kind"), "ReplicationController"))
            return true;
    }
    return false;
}

/* Objects of the platform itself, which takes them along. */
static bool is_platform_made(const struct object *o)
{
    return doc_get(doc_at(o->root, "metadata.labels"), "eks.amazonaws.com/component") != NULL;
}

/* A kind that goes without a successor: every object of it will be out of reach. */
static void judge_last_of_its_kind(struct live *l, const struct object *o)
{
    const struct lifecycle_row *row = cases_row(l, o->api_version, o->kind);
    if (!row || row->component || is_platform_made(o) ||
        lifecycle_successor(l->target->lifecycle, row, VERSION_NONE, VERSION_NONE))
        return;
    cases_add(l, o, row,
              &(struct live_evidence){
                  .api_version = o->api_version, .source = "object", .detail = "as it is now"});
}

static void judge_tree(struct live *l, struct doc_file *doc, const struct object *o)
{
    struct rules_place place = {
        .cluster = l->cluster, .source = "object", .detail = "as it is now"};
    struct rules_run run = {
        .result = l->result, .target = l->target, .place = &place, .doc = doc, .object = o};
    rules_judge_tree(l->result, l->target, &place, doc, o);
    if (run_is(&run, "", "Node"))
        objects_node(&run);
    else if (run_is(&run, "apiextensions.k8s.io", "CustomResourceDefinition"))
        objects_crd(&run);
}

void live_add_object(struct live *l, struct doc_file *doc, const struct object *o,
                     enum live_shape shape)
{
    l->result->set.objects++;
    if (!o->name.len)
        return;
    writers_judge(l, o, helm_deployed(l, o));
    judge_last_of_its_kind(l, o);
    if (shape == LIVE_FULL && !is_made_by_workload(o))
        judge_tree(l, doc, o);
}

/* ---- the metric ---- */

void live_add_metric(struct live *l, const struct metric_use *use, bool by_itself)
{
    struct live_use kept = {*use, by_itself};
    if (!vec_push(&l->metrics, kept))
        must_fail_nomem();
}

static const struct lifecycle_row *row_of_resource(const struct lifecycle *lifecycle,
                                                   const struct metric_use *use)
{
    for (size_t i = 0; i < lifecycle->len; i++) {
        const struct lifecycle_row *row = &lifecycle->rows[i];
        if (row->resource && !row->component && strcmp(row->group, use->group) == 0 &&
            strcmp(row->version, use->version) == 0 && strcmp(row->resource, use->resource) == 0)
            return row;
    }
    return NULL;
}

static bool use_concerns(const struct live *l, const struct metric_use *use,
                         const struct lifecycle_row *row, const char *api_version)
{
    if (row)
        return cases_row(l, sv_of(api_version), sv_of(row->kind)) != NULL;
    return use->removed.set && version_cmp(use->removed, l->target->to) <= 0;
}

static void add_use_detail(struct str *out, const struct metric_use *use, const char *started)
{
    str_addf(out, "%s%s%s %s%s%s requested", use->group, *use->group ? "/" : "", use->version,
             use->resource, *use->subresource ? "/" : "", use->subresource);
    if (started)
        str_addf(out, " since the API server started at %s", started);
}

/* True when objects were found that name this version: the request is then no news. */
static bool explain_by_objects(struct live *l, const struct lifecycle_row *row,
                               const char *api_version, const char *detail)
{
    bool found = false;
    vec_foreach(at, &l->cases) {
        struct live_case *c = *at;
        bool named = false;
        if (!row || strcmp(c->kind, row->kind) != 0)
            continue;
        vec_foreach(e, &c->evidence)
            named = named || sv_is(e->api_version, api_version);
        if (!named)
            continue;
        struct object o = {
            .kind = sv_of(c->kind), .namespace = sv_of(c->namespace), .name = sv_of(c->name)};
        cases_add(l, &o, row,
                  &(struct live_evidence){
                      .api_version = sv_of(api_version), .source = "metric", .detail = detail});
        found = true;
    }
    return found;
}

static void add_use(struct live *l, const struct metric_use *use, const struct lifecycle_row *row,
                    const char *api_version, const char *detail)
{
    struct rule_table rules = rules_table();
    const struct rule_info *rule = rule_info_find(&rules, "api-requested");
    struct finding_evidence evidence = {.source = "metric", .detail = detail};
    _cleanup_str_ struct str message = {0};
    str_addf(&message, "some client asks for %s %s, and no object tells which", api_version,
             row ? row->kind : use->resource);
    struct version removed = use->removed.set ? use->removed : row ? row->removed : VERSION_NONE;
    struct finding f = {
        .rule = rule->id,
        .severity = rule->severity,
        .message = str_c(&message),
        .fix = rule->fix,
        .hint = "the API server forgets this only when it restarts, so it may be history",
        .subject = {.cluster = l->cluster,
                    .api_version = api_version,
                    .kind = row ? row->kind : use->resource},
        .deprecated_in = row ? row->deprecated : VERSION_NONE,
        .removed_in = removed,
        .before = removed,
    };
    f.evidence.items = &evidence;
    f.evidence.len = f.evidence.cap = 1;
    finding_add(&l->result->set, &f);
}

static void settle_use(struct live *l, const struct live_use *u, const char *started)
{
    const struct metric_use *use = &u->use;
    const struct lifecycle_row *row = row_of_resource(l->target->lifecycle, use);
    _cleanup_str_ struct str api_version = {0}, detail = {0};
    str_addf(&api_version, "%s%s%s", use->group, *use->group ? "/" : "", use->version);
    if (!use_concerns(l, use, row, str_c(&api_version)))
        return;
    add_use_detail(&detail, use, started);
    if (!explain_by_objects(l, row, str_c(&api_version), str_c(&detail)) && !u->by_itself)
        add_use(l, use, row, str_c(&api_version), str_c(&detail));
}

void live_settle(struct live *l, const char *started)
{
    vec_foreach(u, &l->metrics)
        settle_use(l, u, started);
    cases_settle(l);
}
