#include "sched/tally.h"

#include "base/must.h"

#include <stdlib.h>

enum { FIRST_CAP = 4 };

void tally_release(struct tally *t)
{
    free(t->entries);
    *t = (struct tally){0};
}

static struct tally_entry *place_of(const struct tally *t, uint32_t domain)
{
    uint32_t i = tally_home(t, domain);
    while (t->entries[i].domain != domain && t->entries[i].domain != TALLY_FREE)
        i = (i + 1) & (t->cap - 1);
    return &t->entries[i];
}

/* Anew, without the domains that have no pods any more. */
static void resize(struct tally *t)
{
    struct tally old = *t;
    t->cap = FIRST_CAP;
    while (t->cap * 3 / 4 <= old.nonzero + 1)
        t->cap *= 2;
    t->entries = mem_must((struct tally_entry *)malloc(t->cap * sizeof *t->entries));
    for (uint32_t i = 0; i < t->cap; i++)
        t->entries[i] = (struct tally_entry){TALLY_FREE, 0};
    t->len = 0;
    for (uint32_t i = 0; i < old.cap; i++)
        if (old.entries[i].domain != TALLY_FREE && old.entries[i].n) {
            *place_of(t, old.entries[i].domain) = old.entries[i];
            t->len++;
        }
    free(old.entries);
}

int32_t tally_add(struct tally *t, uint32_t domain, int32_t by)
{
    if (!t->cap)
        resize(t);
    struct tally_entry *e = place_of(t, domain);
    if (e->domain == TALLY_FREE) {
        if ((t->len + 1) * 4 > t->cap * 3) {
            resize(t);
            e = place_of(t, domain);
        }
        t->len++;
        *e = (struct tally_entry){domain, 0};
    }
    t->nonzero -= e->n != 0;
    e->n += by;
    t->nonzero += e->n != 0;
    t->total += by;
    return e->n;
}
