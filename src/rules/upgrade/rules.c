#include "rules/upgrade/rules.h"

#include "base/must.h"
#include "rules/upgrade/breakers.h"
#include "rules/upgrade/gvk.h"
#include "rules/upgrade/tables.h"
#include "rules/upgrade/triggers.h"

#include <stdlib.h>

struct rule_table rules_table(void)
{
    return (struct rule_table){table_rules, table_rules_len};
}

void rules_result_release(struct rules_result *r)
{
    finding_set_release(&r->set);
    vec_release(&r->pending);
    map_release(&r->nginx_annotations);
    arena_release(&r->arena);
}

void rules_judge_version(struct rules_result *r, const struct rules_target *target,
                         const struct rules_place *place, const struct object *o)
{
    struct rules_run run = {.result = r, .target = target, .place = place, .object = o};
    gvk_judge(&run);
}

/* A label or annotation that tells the version of the component it stands on. */
static void see_marks(struct rules_result *r, const struct doc_node *metadata)
{
    const struct doc_node *maps[] = {doc_get(metadata, "annotations"), doc_get(metadata, "labels")};
    for (size_t c = 0; c < table_components_len; c++) {
        const struct component_row *row = &table_components[c];
        for (size_t m = 0; row->mark && m < ARRAY_LEN(maps); m++) {
            struct version version;
            if (version_parse(doc_get_string(maps[m], row->mark), &version))
                components_see(&r->components, row, version);
        }
    }
}

static void see_labels(struct rules_result *r, const struct object *o)
{
    static const char *const workloads[] = {"Deployment", "DaemonSet", "StatefulSet"};
    const struct doc_node *metadata = doc_get(o->root, "metadata");
    const struct doc_node *labels = doc_get(metadata, "labels");
    see_marks(r, metadata);
    for (size_t i = 0; i < ARRAY_LEN(workloads); i++) {
        if (!sv_is(o->kind, workloads[i]))
            continue;
        const struct component_row *row =
            component_of_label(doc_get_string(labels, "app.kubernetes.io/name"));
        struct version version;
        if (row && row->label &&
            version_parse(doc_get_string(labels, "app.kubernetes.io/version"), &version))
            components_see(&r->components, row, version);
    }
}

/* Schemas describe fields that no object may use: their words mean nothing. */
static bool is_schema(const struct object *o)
{
    return sv_is(o->kind, "CustomResourceDefinition");
}

void rules_judge_tree(struct rules_result *r, const struct rules_target *target,
                      const struct rules_place *place, struct doc_file *doc, const struct object *o)
{
    struct rules_run run = {.result = r, .target = target, .place = place, .doc = doc, .object = o};
    see_labels(r, o);
    if (is_schema(o))
        return;
    podspec_each(&run, breakers_pod);
    breakers_network(&run);
    breakers_nginx(&run);
    breakers_storage(&run);
    breakers_cluster(&run);
    if (triggers_text(o->kind, place->words))
        breakers_text(&run, o->root);
}

void rules_judge_text(struct rules_result *r, const struct rules_target *target,
                      const struct rules_place *place, struct doc_file *doc, struct doc_node *root)
{
    struct rules_run run = {.result = r, .target = target, .place = place, .doc = doc};
    breakers_text(&run, root);
}

void rules_judge_chart(struct rules_result *r, const struct rules_target *target,
                       const struct rules_place *place, struct sv chart, struct sv app_version)
{
    const struct component_row *row = component_of_chart(chart);
    struct rules_run run = {.result = r, .target = target, .place = place};
    struct version version = VERSION_NONE;
    if (!row)
        return;
    if (row->chart_rule != COMPONENT_CHART_APP || !version_parse(app_version, &version))
        version = VERSION_NONE;
    components_see(&r->components, row, version);
    if (strcmp(row->name, "ingress-nginx") == 0)
        run_report(&run, "ingress-nginx-retired", NULL, "installs the chart %.*s", SV_ARG(chart));
}

static void join_annotations(struct rules_result *into, const struct rules_result *from)
{
    size_t at = 0;
    for (const struct map_slot *s; (s = map_next(&from->nginx_annotations, &at));) {
        uint64_t *n = map_get(&into->nginx_annotations, s->key);
        if (!n) {
            n = mem_must(arena_new(&into->arena, uint64_t));
            char *key = mem_must(arena_dup(&into->arena, s->key));
            if (!map_put(&into->nginx_annotations, sv_n(key, s->key.len), n))
                must_fail_nomem();
        }
        *n += *(const uint64_t *)s->value;
    }
}

/* The pending findings' strings live in the arena they came from, so its chunks move along. */
static void join_pending(struct rules_result *into, struct rules_result *from)
{
    vec_foreach(p, &from->pending) {
        struct rules_run run = {.result = into};
        struct rules_pending copied = *p;
        struct finding_subject *s = &copied.finding.subject;
        const char **strings[] = {&s->api_version, &s->kind, &s->namespace, &s->name};
        for (size_t i = 0; i < ARRAY_LEN(strings); i++)
            if (*strings[i])
                *strings[i] = mem_must(arena_dup(&into->arena, sv_of(*strings[i])));
        run_add_pending(&run, &copied);
    }
}

void rules_join(struct rules_result *into, struct rules_result *from)
{
    finding_set_join(&into->set, &from->set);
    components_join(&into->components, &from->components);
    join_annotations(into, from);
    join_pending(into, from);
    rules_result_release(from);
    *from = (struct rules_result){0};
}

static int by_count(const void *a, const void *b)
{
    const struct map_slot *x = a, *y = b;
    uint64_t m = *(const uint64_t *)x->value, n = *(const uint64_t *)y->value;
    return m != n ? (m < n ? 1 : -1) : sv_cmp(x->key, y->key);
}

/* An inventory of what a migration away from ingress-nginx has to find a counterpart for. */
static void note_annotations(struct rules_result *r)
{
    VEC(struct map_slot) sorted = {0};
    size_t at = 0;
    for (const struct map_slot *s; (s = map_next(&r->nginx_annotations, &at));)
        if (!vec_push(&sorted, *s))
            must_fail_nomem();
    if (!sorted.len)
        return;
    qsort(sorted.items, sorted.len, sizeof *sorted.items, by_count);
    _cleanup_str_ struct str text = {0};
    vec_foreach(s, &sorted)
        str_addf(&text, "%s%.*s %llu", text.len ? ", " : "", SV_ARG(s->key),
                 (unsigned long long)*(const uint64_t *)s->value);
    finding_add_note(&r->set, "nginx.ingress.kubernetes.io annotations in use: %s", str_c(&text));
    vec_release(&sorted);
}

void rules_settle(struct rules_result *r, const struct rules_target *target)
{
    vec_foreach(p, &r->pending) {
        if (p->row) {
            gvk_settle(r, target->lifecycle, p,
                       components_sight(&r->components, p->row->component));
        } else if (!components_sight(&r->components, p->unless)) {
            struct finding f = p->finding;
            f.evidence.items = &p->evidence;
            f.evidence.len = f.evidence.cap = 1;
            finding_add(&r->set, &f);
        }
    }
    r->pending.len = 0;
    note_annotations(r);
}
