#include "pocket/patch/set.h"

#include "base/must.h"

#include <stdlib.h>

static bool is_dot(struct sv element)
{
    return sv_is(element, ".");
}

struct doc_node *set_descend(struct arena *a, struct doc_node *parent, struct sv element)
{
    return value_need_map(a, parent, element);
}

struct sv set_field(struct arena *a, struct sv name)
{
    const char *text = mem_must(arena_fmt(a, "f:%.*s", SV_ARG(name)));
    return sv_n(text, name.len + 2);
}

void set_insert(struct arena *a, struct doc_node *node)
{
    value_need_map(a, node, SV("."));
}

bool set_member(const struct doc_node *node)
{
    return value_get(node, SV(".")) != NULL;
}

bool set_empty(const struct doc_node *set)
{
    doc_each_pair(p, set)
        if (is_dot(p->key->text) || !set_empty(p->value))
            return false;
    return true;
}

static void add(struct arena *a, struct doc_node *to, const struct doc_node *from)
{
    doc_each_pair(p, from)
        add(a, value_need_map(a, to, p->key->text), p->value);
}

struct doc_node *set_union(struct arena *a, const struct doc_node *x, const struct doc_node *y)
{
    struct doc_node *out = value_map(a);
    add(a, out, x);
    add(a, out, y);
    return out;
}

struct doc_node *set_difference(struct arena *a, const struct doc_node *x, const struct doc_node *y)
{
    struct doc_node *out = value_map(a);
    doc_each_pair(p, x) {
        const struct doc_node *other = value_get(y, p->key->text);
        if (is_dot(p->key->text)) {
            if (!other)
                set_insert(a, out);
            continue;
        }
        struct doc_node *rest = set_difference(a, p->value, other);
        if (doc_count(rest))
            value_set(a, out, p->key->text, rest);
    }
    return out;
}

struct doc_node *set_intersection(struct arena *a, const struct doc_node *x,
                                  const struct doc_node *y)
{
    struct doc_node *out = value_map(a);
    doc_each_pair(p, x) {
        const struct doc_node *other = value_get(y, p->key->text);
        if (!other)
            continue;
        struct doc_node *both = set_intersection(a, p->value, other);
        if (is_dot(p->key->text) || doc_count(both))
            value_set(a, out, p->key->text, both);
    }
    return out;
}

bool set_equal(struct arena *a, const struct doc_node *x, const struct doc_node *y)
{
    return set_empty(set_difference(a, x, y)) && set_empty(set_difference(a, y, x));
}

struct doc_node *set_with_named(struct arena *a, const struct outline *outline,
                                const struct doc_node *set)
{
    struct doc_node *out = value_map(a);
    doc_each_pair(p, set) {
        struct sv element = p->key->text, name = sv_n(element.ptr + 2, element.len - 2);
        if (is_dot(element)) {
            set_insert(a, out);
            continue;
        }
        bool field = sv_starts(element, "f:");
        bool named = field && outline->form == OUTLINE_OBJECT && outline_has(outline, name);
        struct outline inner = field ? outline_field(outline, name) : outline_item(outline);
        struct doc_node *below = set_with_named(a, &inner, p->value);
        if (named)
            set_insert(a, below);
        value_set(a, out, element, below);
    }
    return out;
}

/* ---- fieldsV1 ---- */

static struct doc_node *encoded(struct arena *a, const struct doc_node *node, bool root)
{
    struct doc_node *out = value_map(a);
    bool alone = doc_count(node) == 1;
    doc_each_pair(p, node)
        if (!is_dot(p->key->text))
            value_set(a, out, p->key->text, encoded(a, p->value, false));
        else if (!root && !alone)
            value_set(a, out, p->key->text, value_map(a));
    return out;
}

struct doc_node *set_encode(struct arena *a, const struct doc_node *set)
{
    return encoded(a, set, true);
}

static void decode_into(struct arena *a, struct doc_node *to, const struct doc_node *from)
{
    doc_each_pair(p, from) {
        struct sv element = p->key->text;
        if (is_dot(element)) {
            set_insert(a, to);
        } else if (element.len > 2 && element.ptr[1] == ':' && strchr("fkvi", element.ptr[0])) {
            struct doc_node *below = set_descend(a, to, element);
            if (!doc_count(p->value))
                set_insert(a, below);
            decode_into(a, below, p->value);
        }
    }
}

struct doc_node *set_decode(struct arena *a, const struct doc_node *fields)
{
    struct doc_node *out = value_map(a);
    decode_into(a, out, fields);
    return out;
}

/* ---- paths ---- */

static void print_keys(struct arena *a, struct sv json, struct str *out)
{
    struct doc_file f = {0};
    const char *comma = "";
    if (doc_parse_json(&f, "key", json, NULL, NULL) == 0) {
        doc_each_pair(p, f.parts[0].root) {
            str_addf(out, "%s%.*s=", comma, SV_ARG(p->key->text));
            str_addv(out, value_json(a, p->value));
            comma = ",";
        }
    }
    doc_release(&f);
}

void set_print_element(struct arena *a, struct sv element, struct str *out)
{
    struct sv rest = element.len > 2 ? sv_n(element.ptr + 2, element.len - 2) : SV("");
    if (sv_starts(element, "f:")) {
        str_addc(out, '.');
        str_addv(out, rest);
        return;
    }
    str_addc(out, '[');
    if (sv_starts(element, "k:"))
        print_keys(a, rest, out);
    else
        str_addf(out, "%s%.*s", sv_starts(element, "v:") ? "=" : "", SV_ARG(rest));
    str_addc(out, ']');
}

static int by_element(const void *left, const void *right)
{
    const struct doc_pair *const *a = left, *const *b = right;
    return sv_cmp((*a)->key->text, (*b)->key->text);
}

struct walk {
    struct arena *a;
    struct str path;
    void (*visit)(void *, struct sv);
    void *ctx;
};

static void each_below(struct walk *w, const struct doc_node *node)
{
    size_t count = 0, length = w->path.len;
    const struct doc_pair **order =
        mem_must(arena_new_n(w->a, const struct doc_pair *, doc_count(node) + 1));
    doc_each_pair(p, node)
        if (!is_dot(p->key->text))
            order[count++] = p;
    qsort(order, count, sizeof *order, by_element);
    if (set_member(node))
        w->visit(w->ctx, str_sv(&w->path));
    for (size_t i = 0; i < count; i++) {
        set_print_element(w->a, order[i]->key->text, &w->path);
        each_below(w, order[i]->value);
        w->path.len = length;
    }
}

void set_each(struct arena *a, const struct doc_node *set, void (*visit)(void *, struct sv path),
              void *ctx)
{
    struct walk w = {.a = a, .visit = visit, .ctx = ctx};
    str_init(&w.path, 0);
    each_below(&w, set);
    str_release(&w.path);
}
