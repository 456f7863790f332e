#include "pocket/patch/internal.h"

/* A copy without the keys whose value is null, in lists as well: the server's library does it there
 * too, and a null never reaches a typed object. */
static struct doc_node *pruned(struct arena *a, const struct doc_node *from)
{
    if (from->type == DOC_MAP) {
        struct doc_node *map = value_map(a);
        doc_each_pair(p, from)
            if (p->value->type != DOC_NULL)
                value_set(a, map, p->key->text, pruned(a, p->value));
        return map;
    }
    if (from->type == DOC_SEQ) {
        struct doc_node *list = value_list(a);
        for (uint32_t i = 0; i < from->item_count; i++)
            value_push(a, list, pruned(a, from->items[i]));
        return list;
    }
    return value_clone(a, from);
}

static void merge_into(struct arena *a, struct doc_node *map, const struct doc_node *patch)
{
    doc_each_pair(p, patch) {
        struct doc_node *old = value_get(map, p->key->text);
        if (p->value->type == DOC_NULL)
            value_unset(map, p->key->text);
        else if (old && old->type == DOC_MAP && p->value->type == DOC_MAP)
            merge_into(a, old, p->value);
        else
            value_set(a, map, p->key->text, pruned(a, p->value));
    }
}

struct doc_node *patch_merge(struct arena *a, const struct doc_node *object,
                             const struct doc_node *patch, struct patch_error *e)
{
    if (!patch || patch->type != DOC_MAP)
        return patch_refuse(a, e, 400, "BadRequest", "Invalid JSON Patch");
    if (!object || object->type != DOC_MAP)
        return pruned(a, patch);
    struct doc_node *out = value_clone(a, object);
    merge_into(a, out, patch);
    return out;
}
