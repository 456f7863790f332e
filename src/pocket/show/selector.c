#include "pocket/show/selector.h"

#include "base/must.h"
#include "base/str.h"
#include "pocket/show/selector_internal.h"

#include <stdlib.h>

void selector_free(struct selector *s)
{
    if (!s)
        return;
    vec_release(&s->terms);
    arena_release(&s->arena);
    free(s);
}

struct selector *selector_new(void)
{
    struct selector *s = mem_must(calloc(1, sizeof *s));
    arena_init(&s->arena, 0);
    return s;
}

static bool value_in(const struct selector_term *t, struct sv value)
{
    for (size_t i = 0; i < t->value_count; i++)
        if (sv_eq(t->values[i], value))
            return true;
    return false;
}

/* Whole text as a number with sign; false for anything else. */
static bool whole(struct sv text, int64_t *out)
{
    uint64_t n;
    bool negative = text.len && text.ptr[0] == '-';
    if (!sv_to_u64(negative ? sv_n(text.ptr + 1, text.len - 1) : text, &n) || n > INT64_MAX)
        return false;
    *out = negative ? -(int64_t)n : (int64_t)n;
    return true;
}

bool selector_term_matches(const struct selector_term *t, struct sv value)
{
    int64_t have, want;
    switch (t->op) {
    case SELECTOR_IN:
        return value.ptr && value_in(t, value);
    case SELECTOR_NOT_IN:
        return !value.ptr || !value_in(t, value);
    case SELECTOR_EXISTS:
        return value.ptr != NULL;
    case SELECTOR_ABSENT:
        return value.ptr == NULL;
    case SELECTOR_GREATER:
    case SELECTOR_LESS:
        if (!value.ptr || !whole(value, &have) || !whole(t->values[0], &want))
            return false;
        return t->op == SELECTOR_GREATER ? have > want : have < want;
    }
    return false;
}

static struct sv label(const struct doc_node *labels, struct sv key)
{
    if (labels && labels->type == DOC_MAP)
        doc_each_pair(p, labels)
            if (sv_eq(p->key->text, key))
                return p->value->type == DOC_NULL ? SV("") : doc_scalar(p->value);
    return SV_NONE;
}

bool selector_takes(const struct selector *s, const struct doc_node *labels)
{
    for (size_t i = 0; s && i < s->terms.len; i++)
        if (!selector_term_matches(&s->terms.items[i], label(labels, s->terms.items[i].key)))
            return false;
    return true;
}

/* ---- LabelSelector objects ---- */

static bool expression_matches(const struct doc_node *e, const struct doc_node *labels)
{
    struct sv op = doc_get_string(e, "operator");
    struct sv value = label(labels, doc_get_string(e, "key"));
    bool in = false;
    doc_each_item(v, doc_get(e, "values"))
        in = in || (value.ptr && sv_eq(doc_scalar(v), value));
    if (sv_is(op, "In"))
        return in;
    if (sv_is(op, "NotIn"))
        return !in;
    return sv_is(op, "Exists") ? value.ptr != NULL : sv_is(op, "DoesNotExist") && !value.ptr;
}

bool selector_matches_object(const struct doc_node *selector, const struct doc_node *labels)
{
    if (!selector || selector->type != DOC_MAP)
        return false;
    doc_each_pair(p, doc_get(selector, "matchLabels")) {
        struct sv value = label(labels, p->key->text);
        if (!value.ptr || !sv_eq(value, doc_scalar(p->value)))
            return false;
    }
    doc_each_item(e, doc_get(selector, "matchExpressions"))
        if (!expression_matches(e, labels))
            return false;
    return true;
}
