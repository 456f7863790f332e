/* Labels and taints of a Node that EKS changes because those of its group change. */
#include "doc/doc.h"
#include "pocket/life/internal.h"

static bool among(const struct sv *keys, size_t count, struct sv key)
{
    for (size_t i = 0; i < count; i++)
        if (sv_eq(keys[i], key))
            return true;
    return false;
}

static bool is_set(const struct life_relabel *c, struct sv key)
{
    for (size_t i = 0; i < c->label_count; i++)
        if (sv_eq(c->labels[i][0], key))
            return true;
    return false;
}

static void write_labels(struct str *out, const struct doc_node *labels,
                         const struct life_relabel *c)
{
    struct jsonw j;
    jsonw_init(&j, out, 0);
    jsonw_object(&j);
    doc_each_pair(p, labels) {
        if (is_set(c, p->key->text) || among(c->dropped, c->dropped_count, p->key->text))
            continue;
        jsonw_key_sv(&j, p->key->text);
        jsonw_sv(&j, doc_string(p->value));
    }
    for (size_t i = 0; i < c->label_count; i++) {
        jsonw_key_sv(&j, c->labels[i][0]);
        jsonw_sv(&j, c->labels[i][1]);
    }
    jsonw_object_end(&j);
}

/* A taint is known by key and effect. */
static bool taint_among(const struct sv (*taints)[3], size_t count, struct sv key, struct sv effect)
{
    for (size_t i = 0; i < count; i++)
        if (sv_eq(taints[i][0], key) && sv_eq(taints[i][2], effect))
            return true;
    return false;
}

static void write_taint(struct jsonw *j, struct sv key, struct sv value, struct sv effect)
{
    jsonw_object(j);
    jsonw_kv_sv(j, "key", key);
    if (value.len)
        jsonw_kv_sv(j, "value", value);
    jsonw_kv_sv(j, "effect", effect);
    jsonw_object_end(j);
}

static void write_taints(struct str *out, const struct doc_node *taints,
                         const struct life_relabel *c)
{
    struct jsonw j;
    jsonw_init(&j, out, 0);
    jsonw_array(&j);
    for (uint32_t i = 0; i < doc_count(taints); i++) {
        const struct doc_node *t = doc_item(taints, i);
        struct sv key = doc_get_string(t, "key"), effect = doc_get_string(t, "effect");
        if (!taint_among(c->taints, c->taint_count, key, effect) &&
            !taint_among(c->dropped_taints, c->dropped_taint_count, key, effect))
            write_taint(&j, key, doc_get_string(t, "value"), effect);
    }
    for (size_t i = 0; i < c->taint_count; i++)
        write_taint(&j, c->taints[i][0], c->taints[i][1], c->taints[i][2]);
    jsonw_array_end(&j);
}

static bool change(struct pocket_life *l, const struct life_name *name, const struct doc_node *node,
                   struct sv json, const struct life_relabel *c)
{
    _cleanup_str_ struct str labels = {0}, taints = {0}, out = {0};
    struct err err = {0};
    write_labels(&labels, doc_at(node, "metadata.labels"), c);
    write_taints(&taints, doc_at(node, "spec.taints"), c);
    struct life_edit edits[] = {
        {"metadata", "labels", str_sv(&labels)},
        {"spec", "taints", sv_is(str_sv(&taints), "[]") ? SV_NONE : str_sv(&taints)},
    };
    life_json_edit(&out, json, edits, ARRAY_LEN(edits), &l->scratch);
    arena_reset(&l->scratch);
    if (sim_apply(l->sim, name->api_version, name->kind, false, str_sv(&out), &err) < 0)
        return false;
    life_put(l, name, &out);
    life_flush(l);
    return true;
}

bool pocket_life_relabel_machine(struct pocket_life *l, struct sv node,
                                 const struct life_relabel *c)
{
    const struct life_name name = {SV("v1"), SV("Node"), SV_NONE, node};
    struct sv json = life_get(l, &name);
    struct doc_file file = {0};
    _cleanup_str_ struct str copy = {0};
    if (!json.ptr)
        return false;
    str_addv(&copy, json);
    bool done = doc_parse_json(&file, "a Node", str_sv(&copy), NULL, NULL) == 0 &&
                change(l, &name, file.parts[0].root, str_sv(&copy), c);
    doc_release(&file);
    return done;
}
