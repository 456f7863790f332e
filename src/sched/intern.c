#include "sched/intern.h"

#include "base/must.h"

void intern_begin(struct sched *s, enum intern_kind kind)
{
    s->key.len = 0;
    intern_number(s, kind);
}

void intern_number(struct sched *s, uint32_t n)
{
    must_push(&s->key, n);
}

void intern_labels(struct sched *s, struct labels l)
{
    intern_number(s, l.len);
    for (uint32_t i = 0; i < l.len; i++) {
        intern_number(s, l.items[i].key);
        intern_number(s, l.items[i].value);
    }
}

void intern_requirements(struct sched *s, const struct requirement *r, uint32_t len)
{
    intern_number(s, len);
    for (uint32_t i = 0; i < len; i++) {
        intern_number(s, r[i].key);
        intern_number(s, r[i].op);
        intern_number(s, r[i].value_count);
        for (uint32_t v = 0; v < r[i].value_count; v++)
            intern_number(s, r[i].values[v]);
        intern_number(s, (uint32_t)r[i].number);
        intern_number(s, (uint32_t)(r[i].number >> 32));
    }
}

void intern_selector(struct sched *s, const struct selector *sel)
{
    intern_number(s, sel->nothing);
    intern_requirements(s, sel->items, sel->len);
}

void intern_terms(struct sched *s, const struct node_term *terms, uint32_t len)
{
    intern_number(s, len);
    for (uint32_t i = 0; i < len; i++) {
        intern_selector(s, &terms[i].labels);
        intern_requirements(s, terms[i].fields, terms[i].field_count);
    }
}

uint32_t intern_end(struct sched *s, uint32_t fresh, bool *is_new)
{
    struct sv row = {(const char *)s->key.items, s->key.len * sizeof *s->key.items};
    void *found = map_get(&s->interned, row);
    *is_new = !found;
    if (found)
        return (uint32_t)(uintptr_t)found - 1;
    struct sv kept = {mem_must(arena_dup(&s->arena, row)), row.len};
    if (!map_put(&s->interned, kept, (void *)((uintptr_t)fresh + 1)))
        must_fail_nomem();
    return fresh;
}
