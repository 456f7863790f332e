#include "base/must.h"
#include "pocket/patch/strategic.h"

/* Items are the same by their merge key, or by value where there is none. */
static bool same(const struct doc_node *left, const struct doc_node *right, const char *key)
{
    return key ? doc_equal(doc_get(left, key), doc_get(right, key)) : doc_equal(left, right);
}

static int64_t place(const struct doc_node *list, const struct doc_node *item, const char *key)
{
    for (uint32_t i = 0; i < doc_count(list); i++)
        if (same(list->items[i], item, key))
            return i;
    return -1;
}

static struct doc_node *no_key(struct strategic *s, const struct doc_node *item, const char *key)
{
    return patch_refuse(s->a, s->e, 500, "InternalError",
                        "map: %.*s does not contain declared merge key: %s",
                        SV_ARG(value_json(s->a, item)), key);
}

/* True when all items of the list are maps with the key. */
static bool keyed(struct strategic *s, const struct doc_node *list, const char *key)
{
    doc_each_item(item, list)
        if (!sv_is(doc_get_string(item, "$patch"), "replace") && !doc_get(item, key)) {
            no_key(s, item, key);
            return false;
        }
    return true;
}

static void delete_matching(struct doc_node *list, const struct doc_node *item, const char *key)
{
    for (uint32_t i = list->item_count; i-- > 0;)
        if (same(list->items[i], item, key))
            value_remove(list, i);
}

/* Carries out $patch items of the list: `delete` takes items away, `replace` empties it. False
 * when one of them is unknown. */
static bool special_items(struct strategic *s, struct doc_node *list, const struct doc_node *patch,
                          const char *key)
{
    doc_each_item(item, patch) {
        const struct doc_node *directive = doc_get(item, "$patch");
        struct sv word = doc_scalar(directive);
        if (!directive)
            continue;
        if (sv_is(word, "delete")) {
            delete_matching(list, item, key);
        } else if (sv_is(word, "replace")) {
            list->item_count = 0;
        } else {
            patch_refuse(s->a, s->e, 500, "InternalError",
                         sv_is(word, "merge")
                             ? "merging lists cannot yet be specified in the patch%.*s"
                             : "unknown patch type found: %.*s",
                         sv_is(word, "merge") ? 0 : (int)word.len, word.ptr);
            return false;
        }
    }
    return true;
}

static bool merge_item(struct strategic *s, const struct outline *outline, struct doc_node *list,
                       const struct doc_node *item, const char *key)
{
    int64_t at = place(list, item, key);
    if (at < 0) {
        value_push(s->a, list, strategic_new(s, item));
        return true;
    }
    if (!key)
        return true;
    struct doc_node *merged = strategic_map(s, outline, list->items[at], item);
    if (merged)
        list->items[at] = merged;
    return merged != NULL;
}

/* The items of `merged` in the order of `by`: those it has (or, with present false, has not). */
static struct doc_node *part(struct strategic *s, const struct doc_node *merged,
                             const struct doc_node *by, const char *key, bool present)
{
    struct doc_node *out = value_list(s->a);
    doc_each_item(item, merged)
        if ((place(by, item, key) >= 0) == present)
            value_push(s->a, out, item);
    return out;
}

/* Stable: insertion by place in `order`. */
static void sort_by(struct strategic *s, struct doc_node *list, const struct doc_node *order,
                    const char *key)
{
    int64_t *at = mem_must(arena_new_n(s->a, int64_t, list->item_count + 1));
    for (uint32_t i = 0; i < list->item_count; i++) {
        struct doc_node *item = list->items[i];
        int64_t own = place(order, item, key);
        uint32_t j = i;
        for (; j > 0 && at[j - 1] > own; j--) {
            list->items[j] = list->items[j - 1];
            at[j] = at[j - 1];
        }
        list->items[j] = item;
        at[j] = own;
    }
}

/* What the patch names in its order, the rest in the server's, joined as the server's places allow.
 */
static struct doc_node *ordered(struct strategic *s, const struct doc_node *merged,
                                const struct doc_node *patch_order,
                                const struct doc_node *server_order, const char *key)
{
    struct doc_node *named = part(s, merged, patch_order, key, true);
    struct doc_node *rest = part(s, merged, patch_order, key, false);
    struct doc_node *out = value_list(s->a);
    uint32_t i = 0, j = 0;
    sort_by(s, named, patch_order, key);
    sort_by(s, rest, server_order, key);
    while (i < rest->item_count && j < named->item_count) {
        int64_t left = place(server_order, rest->items[i], key);
        int64_t right = place(server_order, named->items[j], key);
        bool first = left >= 0 && right >= 0 && left < right;
        value_push(s->a, out, first ? rest->items[i++] : named->items[j++]);
    }
    while (i < rest->item_count)
        value_push(s->a, out, rest->items[i++]);
    while (j < named->item_count)
        value_push(s->a, out, named->items[j++]);
    return out;
}

/* The items of the patch that are no directives must stand in the order list, in its order. */
static bool agrees(struct strategic *s, const struct doc_node *patch, const struct doc_node *order,
                   const char *key)
{
    int64_t last = -1;
    doc_each_item(item, patch) {
        if (doc_get(item, "$patch"))
            continue;
        int64_t at = place(order, item, key);
        if (at < 0 || at < last) {
            patch_refuse(
                s->a, s->e, 500, "InternalError",
                "The order in patch list:\n%.*s\n doesn't match $setElementOrder list:\n%.*s\n",
                SV_ARG(value_json(s->a, patch)), SV_ARG(value_json(s->a, order)));
            return false;
        }
        last = at;
    }
    return true;
}

static struct doc_node *merged_list(struct strategic *s, const struct outline *list,
                                    const struct doc_node *old, const struct doc_node *patch,
                                    const struct doc_node *order)
{
    struct outline item_outline = outline_item(list);
    const struct doc_node *sample = doc_count(patch) ? doc_item(patch, 0) : doc_item(old, 0);
    bool maps = sample && sample->type == DOC_MAP;
    const char *key = maps ? list->row->merge_key : NULL;
    if (maps && !key)
        return patch_refuse(s->a, s->e, 500, "InternalError",
                            "cannot merge lists without merge key for %s", list->row->field);
    if (key && !keyed(s, patch, key))
        return NULL;
    if (order && !agrees(s, patch, order, key))
        return NULL;
    struct doc_node *merged = old ? value_clone(s->a, old) : value_list(s->a);
    if (!special_items(s, merged, patch, key))
        return NULL;
    const struct doc_node *server = value_clone(s->a, merged);
    doc_each_item(item, patch)
        if (!doc_get(item, "$patch") && !merge_item(s, &item_outline, merged, item, key))
            return NULL;
    return ordered(s, merged, order ? order : patch, server, key);
}

struct doc_node *strategic_list(struct strategic *s, const struct outline *list,
                                const struct doc_node *old, const struct doc_node *patch,
                                const struct doc_node *order)
{
    bool merges = list->row && strstr(list->row->strategy, "merge");
    const struct doc_node *before = old && old->type == DOC_SEQ ? old : NULL;
    if (merges)
        return merged_list(s, list, before, patch, order);
    return patch ? value_clone(s->a, patch) : value_clone(s->a, before);
}
