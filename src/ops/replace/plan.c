/* The plan of a replacement: which steps, in which order; and what steps are told. */
#include "base/jsonw.h"
#include "base/must.h"
#include "cloud/eks_shapes.h"
#include "doc/doc.h"
#include "ops/replace/replace.h"

#include <string.h>

/* ---- what a step is told ---- */

/* A group that is not there yet has no status, but the shape of what EKS tells has one. */
static void write_spec(const struct eks_nodegroup *green, struct str *out)
{
    struct eks_nodegroup planned = *green;
    planned.status = "CREATING";
    shape_to_json(&eks_shape_nodegroup, &planned, out);
}

static struct sv args_of(struct plan *p, const struct replace_pair *pair, bool creates)
{
    _cleanup_str_ struct str text = {0}, spec = {0};
    struct jsonw w;
    jsonw_init(&w, &text, 0);
    jsonw_object(&w);
    jsonw_kv_str(&w, "cluster", pair->blue.cluster);
    jsonw_kv_str(&w, "blue", pair->blue.name);
    jsonw_kv_str(&w, "green", pair->green.name);
    jsonw_kv_int(&w, "nodes", pair->green.scaling.desired.n);
    if (creates) {
        write_spec(&pair->green, &spec);
        jsonw_key(&w, "spec");
        jsonw_raw(&w, str_sv(&spec));
    }
    jsonw_object_end(&w);
    return sv_of(mem_must(arena_dup(&p->arena, str_sv(&text))));
}

static const char *text_of(const struct doc_node *root, const char *key, struct arena *a)
{
    struct sv text = doc_get_string(root, key);
    return text.len ? mem_must(arena_dup(a, text)) : NULL;
}

static int read_step(const struct doc_node *root, struct arena *a, struct replace_step *out,
                     struct err *err)
{
    const struct doc_node *nodes = doc_get(root, "nodes"), *spec = doc_get(root, "spec");
    out->cluster = text_of(root, "cluster", a);
    out->blue = text_of(root, "blue", a);
    out->green = text_of(root, "green", a);
    if (!out->cluster || !out->blue || !out->green || !nodes || nodes->type != DOC_INT)
        return err_set(err, ERR_INPUT,
                       "step of a replacement: expected cluster, blue, green and nodes");
    out->nodes = nodes->integer;
    if (!spec)
        return 0;
    if (shape_from_json(&eks_shape_nodegroup, spec, a, &out->spec, err) < 0)
        return err_wrap(err, "step of a replacement");
    out->spec.status = NULL;
    return 0;
}

int replace_step_parse(struct sv args, struct arena *a, struct replace_step *out, struct err *err)
{
    _cleanup_doc_ struct doc_file file = {0};
    *out = (struct replace_step){0};
    if (doc_parse_json(&file, "step", args, NULL, err) < 0)
        return -1;
    return read_step(file.parts[0].root, a, out, err);
}

/* ---- the plan ---- */

static int check_pairs(const struct replace_pair *pairs, size_t count, struct err *err)
{
    if (!count)
        return err_set(err, ERR_USAGE, "no node groups are named");
    for (size_t i = 0; i < count; i++)
        for (size_t k = 0; k < i; k++)
            if (strcmp(pairs[i].blue.name, pairs[k].blue.name) == 0 ||
                strcmp(pairs[i].green.name, pairs[k].green.name) == 0)
                return err_set(err, ERR_USAGE, "node group '%s' is named twice",
                               strcmp(pairs[i].blue.name, pairs[k].blue.name) == 0
                                   ? pairs[i].blue.name
                                   : pairs[i].green.name);
    return 0;
}

static void add_step(struct plan *p, const struct replace_pair *pair, size_t i, const char *name,
                     const char *verb, const char *title)
{
    char step[48];
    snprintf(step, sizeof step, "%s-%zu", name, i + 1);
    plan_add(p, step, verb, title, args_of(p, pair, strcmp(verb, "create-group") == 0));
}

#define TITLE(...) mem_must(arena_fmt(&out->arena, __VA_ARGS__))

static void add_before(const struct replace_pair *pairs, size_t count, struct plan *out)
{
    for (size_t i = 0; i < count; i++)
        add_step(out, &pairs[i], i, "create", "create-group",
                 TITLE("create node group %s like %s", pairs[i].green.name, pairs[i].blue.name));
    for (size_t i = 0; i < count; i++)
        add_step(out, &pairs[i], i, "ready", "await-group",
                 TITLE("wait for %lld nodes of %s", (long long)pairs[i].green.scaling.desired.n,
                       pairs[i].green.name));
}

static void add_after(const struct replace_pair *pairs, size_t count, int64_t soak_ms,
                      struct plan *out)
{
    for (size_t i = 0; i < count; i++)
        add_step(out, &pairs[i], i, "detached", "prove-detached",
                 TITLE("prove that no volume is attached to machines of %s", pairs[i].blue.name));
    if (soak_ms)
        plan_add_gate(out, "before-delete", &(struct gate){.kind = GATE_SOAK, .soak_ms = soak_ms});
    for (size_t i = 0; i < count; i++)
        add_step(out, &pairs[i], i, "delete", "delete-group",
                 TITLE("delete node group %s", pairs[i].blue.name));
    for (size_t i = 0; i < count; i++)
        add_step(out, &pairs[i], i, "replaced", "verify-replaced",
                 TITLE("prove that %s has taken the place of %s", pairs[i].green.name,
                       pairs[i].blue.name));
}

/* The steps of a drain, as ops/drain puts them. */
static int add_drain(const struct drain_order *order, const struct gate *gates, size_t gate_count,
                     struct plan *out, struct err *err)
{
    _cleanup_plan_ struct plan drain;
    plan_init(&drain);
    if (drain_plan(order, gates, gate_count, &drain, err) < 0)
        return -1;
    out->args = sv_of(mem_must(arena_dup(&out->arena, drain.args)));
    vec_foreach(claim, &drain.claims)
        must_push(&out->claims, mem_must(arena_dup(&out->arena, sv_of(*claim))));
    vec_foreach(s, &drain.steps) {
        if (strcmp(s->verb, "gate") == 0)
            plan_add_gate(out, s->name, &s->gate);
        else
            plan_add(out, s->name, s->verb, s->title, s->args);
    }
    return 0;
}

int replace_plan(const struct replace_pair *pairs, size_t count, const struct drain_order *order,
                 const struct gate *gates, size_t gate_count, int64_t soak_ms, struct plan *out,
                 struct err *err)
{
    if (check_pairs(pairs, count, err) < 0)
        return -1;
    out->kind = "nodes-replace";
    out->title = count == 1
                     ? TITLE("replace node group %s by %s", pairs[0].blue.name, pairs[0].green.name)
                     : TITLE("replace %zu node groups", count);
    for (size_t i = 0; i < count; i++) {
        must_push(&out->claims,
                  TITLE("nodegroup/%s/%s", pairs[i].blue.cluster, pairs[i].blue.name));
        must_push(&out->claims,
                  TITLE("nodegroup/%s/%s", pairs[i].blue.cluster, pairs[i].green.name));
    }
    add_before(pairs, count, out);
    if (add_drain(order, gates, gate_count, out, err) < 0)
        return -1;
    add_after(pairs, count, soak_ms, out);
    return 0;
}
