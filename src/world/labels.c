#include "world/labels.h"

#include <errno.h>

/* Few labels are looked through; many, which only a hostile input has, are halved first. */
static const struct label *find(struct labels l, uint32_t key)
{
    while (l.len > 32) {
        uint32_t half = l.len / 2;
        bool upper = l.items[half].key <= key;
        l.items += upper ? half : 0;
        l.len = upper ? l.len - half : half;
    }
    for (const struct label *p = l.items; p < l.items + l.len; p++)
        if (p->key == key)
            return p;
    return NULL;
}

uint32_t labels_value(struct labels l, uint32_t key)
{
    const struct label *found = find(l, key);
    return found ? found->value : STRINGS_NONE;
}

bool labels_has(struct labels l, uint32_t key)
{
    return find(l, key) != NULL;
}

static bool has_value(const struct requirement *r, uint32_t value)
{
    for (uint32_t i = 0; i < r->value_count; i++)
        if (r->values[i] == value)
            return true;
    return false;
}

static bool to_integer(struct sv text, int64_t *out)
{
    char *end;
    errno = 0;
    *out = strtoll(text.ptr, &end, 10);
    bool starts = text.len && (text.ptr[0] == '-' || text.ptr[0] == '+' ||
                               (text.ptr[0] >= '0' && text.ptr[0] <= '9'));
    return starts && !errno && end == text.ptr + text.len;
}

static bool compares(const struct requirement *r, const struct strings *s, uint32_t value)
{
    int64_t number;
    if (!to_integer(strings_get(s, value), &number))
        return false;
    return r->op == LABEL_GT ? number > r->number : number < r->number;
}

bool requirement_matches(const struct requirement *r, const struct strings *s, bool has,
                         uint32_t value)
{
    switch (r->op) {
    case LABEL_IN:
        return has && has_value(r, value);
    case LABEL_NOT_IN:
        return !has || !has_value(r, value);
    case LABEL_EXISTS:
        return has;
    case LABEL_NOT_EXISTS:
        return !has;
    case LABEL_GT:
    case LABEL_LT:
        return has && compares(r, s, value);
    }
    return false;
}

bool selector_matches(const struct selector *sel, const struct strings *s, struct labels l)
{
    if (sel->nothing)
        return false;
    for (uint32_t i = 0; i < sel->len; i++) {
        const struct label *found = find(l, sel->items[i].key);
        if (!requirement_matches(&sel->items[i], s, found, found ? found->value : STRINGS_NONE))
            return false;
    }
    return true;
}

bool node_term_matches(const struct node_term *t, const struct strings *s, struct labels l,
                       uint32_t node_name)
{
    if (!t->labels.len && !t->field_count)
        return false;
    for (uint32_t i = 0; i < t->field_count; i++)
        if (!requirement_matches(&t->fields[i], s, true, node_name))
            return false;
    return selector_matches(&t->labels, s, l);
}

static bool requirement_equal(const struct requirement *a, const struct requirement *b)
{
    if (a->key != b->key || a->op != b->op || a->value_count != b->value_count ||
        a->number != b->number)
        return false;
    for (uint32_t i = 0; i < a->value_count; i++)
        if (a->values[i] != b->values[i])
            return false;
    return true;
}

bool selector_equal(const struct selector *a, const struct selector *b)
{
    if (a->nothing != b->nothing || a->len != b->len)
        return false;
    for (uint32_t i = 0; i < a->len; i++)
        if (!requirement_equal(&a->items[i], &b->items[i]))
            return false;
    return true;
}
