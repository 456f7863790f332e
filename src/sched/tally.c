#include "sched/tally.h"

#include "base/must.h"

#include <stdlib.h>

enum { FIRST_CAP = 8 };

void tally_release(struct tally *t)
{
    if (t->cap)
        free(t->many);
    *t = (struct tally){0};
}

/* The domain's entry, or the free one that it would take; NULL when there is none. */
static struct tally_entry *place_of(struct tally *t, uint32_t domain)
{
    if (!t->cap) {
        for (uint32_t i = 0; i < t->len; i++)
            if (t->few[i].domain == domain)
                return &t->few[i];
        if (t->len == TALLY_FEW)
            return NULL;
        t->few[t->len].domain = TALLY_FREE;
        return &t->few[t->len];
    }
    uint32_t i = tally_home(t, domain);
    while (t->many[i].domain != domain && t->many[i].domain != TALLY_FREE)
        i = (i + 1) & (t->cap - 1);
    return t->many[i].domain == TALLY_FREE && (t->len + 1) * 4 > t->cap * 3 ? NULL : &t->many[i];
}

static void make_table(struct tally *t, uint32_t len)
{
    t->cap = FIRST_CAP;
    while (t->cap * 3 / 4 <= len)
        t->cap *= 2;
    t->many = mem_must((struct tally_entry *)malloc(t->cap * sizeof *t->many));
    for (uint32_t i = 0; i < t->cap; i++)
        t->many[i] = (struct tally_entry){TALLY_FREE, 0};
}

/* Anew with room for one more, without the domains that have no pods any more. */
static void resize(struct tally *t)
{
    struct tally old = *t;
    *t = (struct tally){0};
    if (old.nonzero + 1 > TALLY_FEW)
        make_table(t, old.nonzero + 1);
    tally_each(&old, e)
    {
        *place_of(t, e->domain) = *e;
        t->len++;
    }
    t->nonzero = old.nonzero;
    tally_release(&old);
}

int32_t tally_add(struct tally *t, uint32_t domain, int32_t by)
{
    struct tally_entry *e = place_of(t, domain);
    if (!e) {
        resize(t);
        e = place_of(t, domain);
    }
    if (e->domain == TALLY_FREE) {
        t->len++;
        *e = (struct tally_entry){domain, 0};
    }
    t->nonzero -= e->n != 0;
    e->n += by;
    t->nonzero += e->n != 0;
    return e->n;
}
