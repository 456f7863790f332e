/* Labels, selectors and the terms of node selectors. */
#include "world/load_internal.h"

/* ---- labels ---- */

static int compare_labels(const void *a, const void *b)
{
    const struct load_label *x = a, *y = b;
    if (x->label.key != y->label.key)
        return x->label.key < y->label.key ? -1 : 1;
    return x->at < y->at ? -1 : x->at > y->at;
}

/* Few labels come nearly sorted, as keys are numbered in the order of their first text. */
static void sort_labels(struct load_label *v, size_t n)
{
    if (n > 32) {
        qsort(v, n, sizeof *v, compare_labels);
        return;
    }
    for (size_t i = 1; i < n; i++) {
        struct load_label x = v[i];
        size_t at = i;
        for (; at > 0 && v[at - 1].label.key > x.label.key; at--)
            v[at] = v[at - 1];
        v[at] = x;
    }
}

static void collect_labels(struct load *l, struct pull *p)
{
    struct sv key, value;
    l->label_list.len = 0;
    each_key(p, key)
    {
        struct load_label x = {.at = (uint32_t)l->label_list.len};
        if (!pull_string(p, &value))
            continue;
        if (l->label_list.len >= LOAD_LABELS_MAX) {
            pull_fail(p, "more than 100,000 labels in an object");
            return;
        }
        x.label.key = strings_put(&l->w->strings, key);
        x.label.value = strings_put(&l->w->strings, value);
        must_push(&l->label_list, x);
    }
}

/* Where a key comes twice the last one counts, as everywhere in JSON. */
struct labels load_labels(struct load *l, struct pull *p, struct arena *a)
{
    collect_labels(l, p);
    struct load_label *v = l->label_list.items;
    size_t n = l->label_list.len, kept = 0;
    if (!n)
        return (struct labels){0};
    sort_labels(v, n);
    struct label *out = mem_must(arena_new_n(a, struct label, n));
    for (size_t i = 0; i < n; i++) {
        if (kept && out[kept - 1].key == v[i].label.key)
            kept--;
        out[kept++] = v[i].label;
    }
    return (struct labels){out, (uint32_t)kept};
}

struct labels load_keep_labels(struct load *l, struct labels labels)
{
    return (struct labels){load_keep(l, labels.items, labels.len, sizeof *labels.items),
                           labels.len};
}

/* ---- requirements ---- */

static bool read_operator(struct sv text, enum label_op *out)
{
    static const char *const names[] = {
        [LABEL_IN] = "In",         [LABEL_NOT_IN] = "NotIn",
        [LABEL_EXISTS] = "Exists", [LABEL_NOT_EXISTS] = "DoesNotExist",
        [LABEL_GT] = "Gt",         [LABEL_LT] = "Lt",
    };
    for (unsigned i = 0; i < ARRAY_LEN(names); i++)
        if (sv_is(text, names[i])) {
            *out = (enum label_op)i;
            return true;
        }
    return false;
}

static bool read_bound(const struct load *l, int64_t *out)
{
    struct sv text =
        l->value_list.len == 1 ? strings_get(&l->w->strings, l->value_list.items[0]) : SV_NONE;
    uint64_t n;
    bool negative = text.len && *text.ptr == '-', sign = negative || (text.len && *text.ptr == '+');
    if (!text.len || !sv_to_u64(sv_n(text.ptr + sign, text.len - sign), &n) || n > INT64_MAX)
        return false;
    *out = negative ? -(int64_t)n : (int64_t)n;
    return true;
}

static bool is_valid(const struct requirement *r, size_t values)
{
    bool compares = r->op == LABEL_GT || r->op == LABEL_LT;
    bool lists = r->op == LABEL_IN || r->op == LABEL_NOT_IN;
    return r->key && (compares || (lists ? values > 0 : values == 0));
}

/* {key, operator, values}; false when it is invalid. */
static bool read_requirement(struct load *l, struct pull *p, struct requirement *r)
{
    struct sv key, text;
    bool known = false;
    *r = (struct requirement){0};
    l->value_list.len = 0;
    each_key(p, key)
    {
        if (KEY(key, "key")) {
            load_text_id(l, p, &r->key);
        } else if (KEY(key, "operator")) {
            known = pull_string(p, &text) && read_operator(text, &r->op);
        } else if (KEY(key, "values")) {
            each_item(p, value) if (pull_string(p, &text))
                push_entry(p, &l->value_list, strings_put(&l->w->strings, text));
        } else {
            pull_skip(p);
        }
    }
    if (!known || !is_valid(r, l->value_list.len))
        return false;
    if (r->op == LABEL_GT || r->op == LABEL_LT)
        return read_bound(l, &r->number);
    r->values = load_keep_list(l, &l->value_list);
    r->value_count = (uint32_t)l->value_list.len;
    return true;
}

/* ---- label selectors ---- */

static void add_equal(struct load *l, uint32_t key, uint32_t value)
{
    struct requirement r = {.key = key, .op = LABEL_IN, .value_count = 1};
    r.values = load_keep(l, &value, 1, sizeof value);
    must_push(&l->requirement_list, r);
}

static void read_match_labels(struct load *l, struct pull *p)
{
    struct labels labels = load_labels(l, p, &l->scratch);
    for (uint32_t i = 0; i < labels.len; i++)
        add_equal(l, labels.items[i].key, labels.items[i].value);
}

static bool read_expressions(struct load *l, struct pull *p)
{
    struct requirement r;
    bool valid = true;
    each_item(p, expression)
    {
        bool ok = read_requirement(l, p, &r) && r.op != LABEL_GT && r.op != LABEL_LT;
        if (ok)
            push_entry(p, &l->requirement_list, r);
        valid &= ok;
    }
    return valid;
}

static void keep_selector(struct load *l, struct selector *out)
{
    out->items = load_keep_list(l, &l->requirement_list);
    out->len = (uint32_t)l->requirement_list.len;
}

void load_selector(struct load *l, struct pull *p, struct selector *out)
{
    struct sv key;
    bool valid = true;
    *out = (struct selector){.nothing = true};
    l->requirement_list.len = 0;
    if (pull_peek(p) != PULL_MAP) {
        pull_skip(p);
        return;
    }
    each_key(p, key)
    {
        if (KEY(key, "matchLabels"))
            read_match_labels(l, p);
        else if (KEY(key, "matchExpressions"))
            valid &= read_expressions(l, p);
        else
            pull_skip(p);
    }
    if (!valid) {
        load_note(l, "a selector is invalid: taken as matching nothing");
        return;
    }
    out->nothing = false;
    keep_selector(l, out);
}

void load_map_selector(struct load *l, struct pull *p, struct selector *out)
{
    l->requirement_list.len = 0;
    read_match_labels(l, p);
    out->nothing = l->requirement_list.len == 0;
    keep_selector(l, out);
}

/* ---- node selectors ---- */

/* What is invalid matches no node: a list of no values. */
static void read_node_requirements(struct load *l, struct pull *p)
{
    each_item(p, expression)
    {
        struct requirement r;
        if (!read_requirement(l, p, &r))
            r = (struct requirement){.key = r.key, .op = LABEL_IN};
        push_entry(p, &l->requirement_list, r);
    }
}

/* Of a storage class: {key, values}, always In. */
void load_topology_requirements(struct load *l, struct pull *p)
{
    struct sv key, text;
    each_item(p, expression)
    {
        struct requirement r = {.op = LABEL_IN};
        l->value_list.len = 0;
        each_key(p, key)
        {
            if (KEY(key, "key")) {
                load_text_id(l, p, &r.key);
            } else if (KEY(key, "values")) {
                each_item(p, value) if (pull_string(p, &text))
                    push_entry(p, &l->value_list, strings_put(&l->w->strings, text));
            } else {
                pull_skip(p);
            }
        }
        r.values = load_keep_list(l, &l->value_list);
        r.value_count = (uint32_t)l->value_list.len;
        push_entry(p, &l->requirement_list, r);
    }
}

void load_node_term(struct load *l, struct pull *p, struct node_term *out)
{
    struct sv key;
    *out = (struct node_term){0};
    each_key(p, key)
    {
        l->requirement_list.len = 0;
        if (KEY(key, "matchExpressions")) {
            read_node_requirements(l, p);
            keep_selector(l, &out->labels);
        } else if (KEY(key, "matchFields")) {
            read_node_requirements(l, p);
            out->fields = load_keep_list(l, &l->requirement_list);
            out->field_count = (uint32_t)l->requirement_list.len;
        } else {
            pull_skip(p);
        }
    }
}

void load_node_selector(struct load *l, struct pull *p, const struct node_term **out,
                        uint32_t *count)
{
    struct sv key;
    *count = 0;
    *out = NULL;
    each_key(p, key)
    {
        if (!KEY(key, "nodeSelectorTerms")) {
            pull_skip(p);
            continue;
        }
        l->node_term_list.len = 0;
        each_item(p, term)
        {
            struct node_term t;
            load_node_term(l, p, &t);
            push_entry(p, &l->node_term_list, t);
        }
        *out = load_keep_list(l, &l->node_term_list);
        *count = (uint32_t)l->node_term_list.len;
    }
}
