#include "pocket/patch/strategic.h"

static bool is_directive(struct sv key)
{
    return sv_is(key, "$patch") || sv_is(key, "$retainKeys") || sv_starts(key, SET_ELEMENT_ORDER) ||
           sv_starts(key, DELETE_FROM_LIST);
}

static bool is_delete(const struct doc_node *node)
{
    return sv_is(doc_get_string(node, "$patch"), "delete");
}

struct doc_node *strategic_new(struct strategic *s, const struct doc_node *patch)
{
    if (patch->type == DOC_MAP) {
        struct doc_node *map = value_map(s->a);
        if (is_delete(patch))
            return map;
        doc_each_pair(p, patch)
            if (p->value->type != DOC_NULL && !is_directive(p->key->text))
                value_set(s->a, map, p->key->text, strategic_new(s, p->value));
        return map;
    }
    if (patch->type == DOC_SEQ) {
        struct doc_node *list = value_list(s->a);
        for (uint32_t i = 0; i < patch->item_count; i++)
            if (!doc_get(patch->items[i], "$patch"))
                value_push(s->a, list, strategic_new(s, patch->items[i]));
        return list;
    }
    return value_clone(s->a, patch);
}

static bool has_text(const struct doc_node *list, struct sv text)
{
    doc_each_item(item, list)
        if (sv_eq(doc_string(item), text))
            return true;
    return false;
}

/* $retainKeys: what is not named goes; what the patch sets must be named. */
static bool retain_keys(struct strategic *s, struct doc_node *map, const struct doc_node *patch)
{
    const struct doc_node *keep = doc_get(patch, "$retainKeys");
    if (!keep)
        return true;
    bool sound = keep->type == DOC_SEQ;
    doc_each_pair(p, patch)
        if (!is_directive(p->key->text) && p->value->type != DOC_NULL)
            sound = sound && has_text(keep, p->key->text);
    if (!sound) {
        patch_refuse(s->a, s->e, 400, "BadRequest", "invalid patch format of retainKeys");
        return false;
    }
    for (uint32_t i = map->pair_count; i-- > 0;)
        if (!has_text(keep, map->pairs[i].key->text))
            value_unset(map, map->pairs[i].key->text);
    return true;
}

static struct sv after(struct sv key, const char *prefix)
{
    return sv_n(key.ptr + strlen(prefix), key.len - strlen(prefix));
}

/* $deleteFromPrimitiveList/FIELD */
static void delete_primitives(struct doc_node *map, struct sv field, const struct doc_node *gone)
{
    struct doc_node *list = value_get(map, field);
    if (!list || list->type != DOC_SEQ)
        return;
    for (uint32_t i = list->item_count; i-- > 0;) {
        bool drop = false;
        doc_each_item(item, gone)
            drop = drop || doc_equal(item, list->items[i]);
        if (drop)
            value_remove(list, i);
    }
}

static const struct doc_node *order_of(struct strategic *s, const struct doc_node *patch,
                                       struct sv field)
{
    const char *key = arena_fmt(s->a, SET_ELEMENT_ORDER "%.*s", SV_ARG(field));
    return key ? value_get(patch, sv_of(key)) : NULL;
}

static bool merge_list(struct strategic *s, const struct outline *outline, struct doc_node *map,
                       struct sv field, const struct doc_node *list, const struct doc_node *order)
{
    struct outline inner = outline_field(outline, field);
    struct doc_node *merged = strategic_list(s, &inner, value_get(map, field), list, order);
    if (merged)
        value_set(s->a, map, field, merged);
    return merged != NULL;
}

static bool merge_field(struct strategic *s, const struct outline *outline, struct doc_node *map,
                        const struct doc_node *patch, const struct doc_pair *p)
{
    struct sv field = p->key->text;
    struct doc_node *old = value_get(map, field);
    const struct doc_node *order = order_of(s, patch, field);
    if (p->value->type == DOC_NULL) {
        value_unset(map, field);
        return true;
    }
    if (p->value->type == DOC_SEQ && ((old && old->type == DOC_SEQ) || order))
        return merge_list(s, outline, map, field, p->value, order);
    if (!old || old->type != p->value->type || old->type != DOC_MAP) {
        value_set(s->a, map, field, strategic_new(s, p->value));
        return true;
    }
    struct outline inner = outline_field(outline, field);
    bool whole = inner.row && strstr(inner.row->strategy, "replace");
    struct doc_node *merged =
        whole ? strategic_new(s, p->value) : strategic_map(s, &inner, old, p->value);
    if (merged)
        value_set(s->a, map, field, merged);
    return merged != NULL;
}

static bool merge_directive(struct strategic *s, const struct outline *outline,
                            struct doc_node *map, const struct doc_node *patch,
                            const struct doc_pair *p)
{
    struct sv key = p->key->text;
    if (sv_starts(key, DELETE_FROM_LIST))
        delete_primitives(map, after(key, DELETE_FROM_LIST), p->value);
    if (!sv_starts(key, SET_ELEMENT_ORDER))
        return true;
    struct sv field = after(key, SET_ELEMENT_ORDER);
    const struct doc_node *old = value_get(map, field);
    if (value_get(patch, field) || !old || old->type != DOC_SEQ)
        return true; /* done with the field itself, or nothing to order */
    return merge_list(s, outline, map, field, NULL, p->value);
}

struct doc_node *strategic_map(struct strategic *s, const struct outline *outline,
                               struct doc_node *map, const struct doc_node *patch)
{
    const struct doc_node *directive = doc_get(patch, "$patch");
    struct sv word = doc_scalar(directive);
    if (directive && (sv_is(word, "replace") || sv_is(word, "delete")))
        return strategic_new(s, patch);
    if (directive && !sv_is(word, "merge"))
        return patch_refuse(s->a, s->e, 500, "InternalError",
                            "unknown patch type: %.*s in map: %.*s", SV_ARG(word),
                            SV_ARG(value_json(s->a, patch)));
    if (!retain_keys(s, map, patch))
        return NULL;
    doc_each_pair(p, patch)
        if (is_directive(p->key->text) && !merge_directive(s, outline, map, patch, p))
            return NULL;
    doc_each_pair(p, patch)
        if (!is_directive(p->key->text) && !merge_field(s, outline, map, patch, p))
            return NULL;
    return map;
}

struct doc_node *patch_strategic(struct arena *a, const struct outline *outline,
                                 const struct doc_node *object, const struct doc_node *patch,
                                 struct patch_error *e)
{
    struct strategic s = {a, e};
    if (!outline->of)
        return patch_refuse(
            a, e, 415, "UnsupportedMediaType",
            "the body of the request was in an unknown format - accepted media types "
            "include: application/json-patch+json, application/merge-patch+json, "
            "application/apply-patch+yaml");
    if (!patch || patch->type != DOC_MAP)
        return patch_refuse(a, e, 400, "BadRequest", "invalid JSON document");
    struct doc_node *own =
        object && object->type == DOC_MAP ? value_clone(a, object) : value_map(a);
    return strategic_map(&s, outline, own, patch);
}
