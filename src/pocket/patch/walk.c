#include "pocket/patch/walk.h"

#include "base/must.h"

enum walk_form walk_form(const struct outline *outline, const struct doc_node *value)
{
    if (!value || outline->atomic || outline->form == OUTLINE_SCALAR)
        return WALK_LEAF;
    if (value->type == DOC_MAP && outline->form != OUTLINE_LIST)
        return WALK_FIELDS;
    bool items = value->type == DOC_SEQ && outline->form == OUTLINE_LIST;
    return items && outline->list != OUTLINE_LIST_ATOMIC ? WALK_ITEMS : WALK_LEAF;
}

static struct sv prefixed(struct arena *a, char letter, const struct doc_node *value)
{
    struct sv json = value_json(a, value);
    const char *text = mem_must(arena_fmt(a, "%c:%.*s", letter, SV_ARG(json)));
    return sv_n(text, json.len + 2);
}

bool walk_keyed(struct arena *a, const struct outline *list, const struct doc_node *item,
                struct sv *element)
{
    *element = prefixed(a, 'v', item);
    if (list->list == OUTLINE_LIST_SET)
        return item->type != DOC_MAP && item->type != DOC_SEQ;
    struct doc_node *keys = value_map(a);
    struct sv key;
    for (size_t i = 0; (key = outline_key(list, i)).ptr; i++) {
        struct doc_node *value = value_get(item, key);
        if (!value) {
            struct sv fallback = outline_key_default(list, key);
            if (!fallback.ptr)
                return false;
            value = value_text(a, fallback);
        }
        value_set(a, keys, key, value);
    }
    *element = prefixed(a, 'k', keys);
    return true;
}

static struct sv element_of(struct arena *a, const struct outline *list,
                            const struct doc_node *item)
{
    struct sv element;
    walk_keyed(a, list, item, &element);
    return element;
}

void walk_index(struct map *index, struct arena *a, const struct outline *list,
                const struct doc_node *value)
{
    doc_each_item(item, value)
        if (!map_put(index, element_of(a, list, item), item))
            must_fail_nomem();
}

/* ---- the fields of a value ---- */

static void add_fields(struct arena *a, const struct outline *outline, const struct doc_node *value,
                       struct doc_node *set)
{
    enum walk_form form = walk_form(outline, value);
    if (form == WALK_LEAF) {
        set_insert(a, set);
    } else if (form == WALK_FIELDS) {
        doc_each_pair(p, value) {
            struct outline inner = outline_field(outline, p->key->text);
            struct doc_node *below = set_descend(a, set, set_field(a, p->key->text));
            bool bare = p->value->type == DOC_MAP && doc_count(p->value) == 0;
            if (bare || outline->form != OUTLINE_OBJECT || !outline_has(outline, p->key->text))
                set_insert(a, below);
            add_fields(a, &inner, p->value, below);
        }
    } else {
        struct outline inner = outline_item(outline);
        doc_each_item(item, value) {
            struct doc_node *below = set_descend(a, set, element_of(a, outline, item));
            set_insert(a, below);
            add_fields(a, &inner, item, below);
        }
    }
}

struct doc_node *walk_fields(struct arena *a, const struct outline *outline,
                             const struct doc_node *value)
{
    struct doc_node *set = value_map(a);
    if (value && value->type == DOC_MAP)
        add_fields(a, outline, value, set);
    return set_difference(a, set, NULL);
}

/* ---- differences ---- */

/* Where the walk stands, in all three sets. */
struct place {
    struct doc_node *added, *modified, *removed;
};

static struct place below(struct arena *a, const struct place *at, struct sv element)
{
    return (struct place){set_descend(a, at->added, element), set_descend(a, at->modified, element),
                          set_descend(a, at->removed, element)};
}

static void compare(struct arena *a, const struct outline *outline, const struct doc_node *from,
                    const struct doc_node *to, const struct place *at);

static void compare_fields(struct arena *a, const struct outline *outline,
                           const struct doc_node *from, const struct doc_node *to,
                           const struct place *at)
{
    doc_each_pair(p, from) {
        struct outline inner = outline_field(outline, p->key->text);
        struct place next = below(a, at, set_field(a, p->key->text));
        compare(a, &inner, p->value, value_get(to, p->key->text), &next);
    }
    doc_each_pair(p, to)
        if (!value_get(from, p->key->text)) {
            struct outline inner = outline_field(outline, p->key->text);
            struct place next = below(a, at, set_field(a, p->key->text));
            compare(a, &inner, NULL, p->value, &next);
        }
}

static void compare_items(struct arena *a, const struct outline *outline,
                          const struct doc_node *from, const struct doc_node *to,
                          const struct place *at)
{
    _cleanup_map_ struct map old = {0}, new = {0};
    struct outline inner = outline_item(outline);
    walk_index(&old, a, outline, from);
    walk_index(&new, a, outline, to);
    doc_each_item(item, from) {
        struct sv element = element_of(a, outline, item);
        struct place next = below(a, at, element);
        compare(a, &inner, item, map_get(&new, element), &next);
    }
    doc_each_item(item, to) {
        struct sv element = element_of(a, outline, item);
        struct place next = below(a, at, element);
        if (!map_get(&old, element))
            compare(a, &inner, NULL, item, &next);
    }
}

static bool is_null(const struct doc_node *node)
{
    return node && node->type == DOC_NULL;
}

/* A null is there, but takes whatever form the other side has. */
static void compare(struct arena *a, const struct outline *outline, const struct doc_node *from,
                    const struct doc_node *to, const struct place *at)
{
    enum walk_form form = walk_form(outline, to && !is_null(to) ? to : from);
    bool alike = !from || !to || is_null(from) || is_null(to) || walk_form(outline, from) == form;
    if (from && to && (form == WALK_LEAF || !alike) && !doc_equal(from, to))
        set_insert(a, at->modified);
    if (!from)
        set_insert(a, at->added);
    else if (!to)
        set_insert(a, at->removed);
    if (!alike || form == WALK_LEAF)
        return;
    if (form == WALK_FIELDS)
        compare_fields(a, outline, from, to, at);
    else
        compare_items(a, outline, from, to, at);
}

struct walk_changes walk_compare(struct arena *a, const struct outline *outline,
                                 const struct doc_node *from, const struct doc_node *to)
{
    struct place at = {value_map(a), value_map(a), value_map(a)};
    compare_fields(a, outline, from, to, &at);
    /* a difference leaves out the nodes that nothing was inserted below */
    return (struct walk_changes){set_difference(a, at.added, NULL),
                                 set_difference(a, at.modified, NULL),
                                 set_difference(a, at.removed, NULL)};
}

/* ---- joining ---- */

static struct doc_node *merge_fields(struct arena *a, const struct outline *outline,
                                     const struct doc_node *under, const struct doc_node *over)
{
    struct doc_node *out = value_map(a);
    doc_each_pair(p, under) {
        struct outline inner = outline_field(outline, p->key->text);
        value_set(a, out, p->key->text,
                  walk_merge(a, &inner, p->value, value_get(over, p->key->text)));
    }
    doc_each_pair(p, over)
        if (!value_get(under, p->key->text))
            value_set(a, out, p->key->text, value_clone(a, p->value));
    return out;
}

/* The old items in their order, then the new ones. */
static struct doc_node *merge_items(struct arena *a, const struct outline *outline,
                                    const struct doc_node *under, const struct doc_node *over)
{
    _cleanup_map_ struct map old = {0}, new = {0};
    struct doc_node *out = value_list(a);
    struct outline inner = outline_item(outline);
    walk_index(&old, a, outline, under);
    walk_index(&new, a, outline, over);
    doc_each_item(item, under)
        value_push(a, out,
                   walk_merge(a, &inner, item, map_get(&new, element_of(a, outline, item))));
    doc_each_item(item, over)
        if (!map_get(&old, element_of(a, outline, item)))
            value_push(a, out, value_clone(a, item));
    return out;
}

struct doc_node *walk_merge(struct arena *a, const struct outline *outline,
                            const struct doc_node *under, const struct doc_node *over)
{
    if (!over)
        return value_clone(a, under);
    enum walk_form form = walk_form(outline, over);
    if (!under || form == WALK_LEAF || walk_form(outline, under) != form)
        return value_clone(a, over);
    return form == WALK_FIELDS ? merge_fields(a, outline, under, over)
                               : merge_items(a, outline, under, over);
}

/* ---- taking away ---- */

/* What is left of one part; NULL when it goes. */
static struct doc_node *remainder_of(struct arena *a, const struct outline *outline,
                                     const struct doc_node *value, const struct doc_node *set)
{
    if (set_member(set))
        return NULL;
    return set_empty(set) ? value_clone(a, value) : walk_remove(a, outline, value, set);
}

/* An item that stays keeps its keys: without them it were another one. */
static void keep_keys(struct arena *a, const struct outline *list, const struct doc_node *item,
                      struct doc_node *left)
{
    struct sv key;
    if (list->list != OUTLINE_LIST_MAP || left->type != DOC_MAP)
        return;
    for (size_t i = 0; (key = outline_key(list, i)).ptr; i++)
        if (value_get(item, key) && !value_get(left, key))
            value_set(a, left, key, value_clone(a, value_get(item, key)));
}

struct doc_node *walk_remove(struct arena *a, const struct outline *outline,
                             const struct doc_node *value, const struct doc_node *set)
{
    enum walk_form form = walk_form(outline, value);
    if (form == WALK_LEAF)
        return value_clone(a, value);
    struct doc_node *out = form == WALK_FIELDS ? value_map(a) : value_list(a);
    struct outline item_outline = outline_item(outline);
    doc_each_pair(p, value) {
        struct outline inner = outline_field(outline, p->key->text);
        struct doc_node *left =
            remainder_of(a, &inner, p->value, value_get(set, set_field(a, p->key->text)));
        if (left)
            value_set(a, out, p->key->text, left);
    }
    doc_each_item(item, value) {
        struct doc_node *left =
            remainder_of(a, &item_outline, item, value_get(set, element_of(a, outline, item)));
        if (left) {
            keep_keys(a, outline, item, left);
            value_push(a, out, left);
        }
    }
    return doc_count(out) ? out : NULL;
}
