#include "pocket/schema.h"

#include "base/must.h"

static bool flag(const struct doc_node *schema, const char *key)
{
    const struct doc_node *node = doc_get(schema, key);
    return node && node->type == DOC_BOOL && node->boolean;
}

static const struct doc_node *schema_of_key(const struct doc_node *schema, struct sv key)
{
    const struct doc_node *found = value_get(doc_get(schema, "properties"), key);
    const struct doc_node *more = doc_get(schema, "additionalProperties");
    return found ? found : more && more->type == DOC_MAP ? more : NULL;
}

/* Every object's own fields. */
static bool is_common(struct sv key)
{
    return sv_is(key, "apiVersion") || sv_is(key, "kind") || sv_is(key, "metadata");
}

/* ---- defaults ---- */

static void fill(struct arena *a, const struct doc_node *schema, struct doc_node *value, bool root);

static void fill_fields(struct arena *a, const struct doc_node *schema, struct doc_node *value,
                        bool root)
{
    doc_each_pair(p, doc_get(schema, "properties")) {
        const struct doc_node *given = doc_get(p->value, "default");
        const struct doc_node *have = value_get(value, p->key->text);
        bool null = have && have->type == DOC_NULL && !flag(p->value, "nullable");
        if (given && (!have || null) && !(root && is_common(p->key->text)))
            value_set(a, value, p->key->text, value_clone(a, given));
        else if (null && !root)
            value_unset(value, p->key->text);
    }
    for (uint32_t i = 0; i < value->pair_count; i++) {
        const struct doc_node *inner = schema_of_key(schema, value->pairs[i].key->text);
        if (inner && !(root && is_common(value->pairs[i].key->text)))
            fill(a, inner, value->pairs[i].value, false);
    }
}

static void fill(struct arena *a, const struct doc_node *schema, struct doc_node *value, bool root)
{
    const struct doc_node *items = doc_get(schema, "items");
    if (value->type == DOC_MAP)
        fill_fields(a, schema, value, root);
    for (uint32_t i = 0; items && value->type == DOC_SEQ && i < value->item_count; i++)
        fill(a, items, value->items[i], false);
}

void schema_default(struct arena *a, const struct doc_node *schema, struct doc_node *object)
{
    fill(a, schema, object, true);
}

/* ---- pruning ---- */

struct prune {
    struct arena *a;
    struct str path;
    schema_path_vec *gone;
};

static void prune(struct prune *p, const struct doc_node *schema, struct doc_node *value,
                  bool root);

static void cut(struct str *s, size_t length)
{
    if (s->data)
        s->data[length] = 0;
    s->len = length;
}

static bool keeps(const struct doc_node *schema, struct sv key, bool root)
{
    const struct doc_node *more = doc_get(schema, "additionalProperties");
    return (is_common(key) && (root || flag(schema, "x-kubernetes-embedded-resource"))) ||
           value_get(doc_get(schema, "properties"), key) ||
           (more && (more->type == DOC_MAP || (more->type == DOC_BOOL && more->boolean))) ||
           flag(schema, "x-kubernetes-preserve-unknown-fields");
}

static void prune_pair(struct prune *p, const struct doc_node *schema, struct doc_node *value,
                       uint32_t i, bool root)
{
    size_t length = p->path.len;
    struct sv key = value->pairs[i].key->text;
    const struct doc_node *inner = schema_of_key(schema, key);
    str_addf(&p->path, "%s%.*s", length ? "." : "", SV_ARG(key));
    if (!keeps(schema, key, root)) {
        if (p->gone)
            must_push(p->gone, mem_must(arena_dup(p->a, str_sv(&p->path))));
        value_unset(value, key);
    } else if (inner && !(root && is_common(key))) {
        prune(p, inner, value->pairs[i].value, false);
    }
    cut(&p->path, length);
}

static void prune(struct prune *p, const struct doc_node *schema, struct doc_node *value, bool root)
{
    const struct doc_node *items = doc_get(schema, "items");
    size_t length = p->path.len;
    for (uint32_t i = value->type == DOC_MAP ? value->pair_count : 0; i-- > 0;)
        prune_pair(p, schema, value, i, root);
    for (uint32_t i = 0; items && value->type == DOC_SEQ && i < value->item_count; i++) {
        str_addf(&p->path, "[%u]", i);
        prune(p, items, value->items[i], false);
        cut(&p->path, length);
    }
}

void schema_prune(struct arena *a, const struct doc_node *schema, struct doc_node *object,
                  schema_path_vec *gone)
{
    struct prune p = {.a = a, .gone = gone};
    prune(&p, schema, object, true);
    str_release(&p.path);
}
