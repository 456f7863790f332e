/*
 * tally: how many pods there are per domain of a topology. Only domains that have or had some take
 * room, so that a group of fifty pods on ten thousand nodes costs a few hundred bytes.
 */
#ifndef TOBAN_SCHED_TALLY_H
#define TOBAN_SCHED_TALLY_H

#include <stdint.h>

#define TALLY_FREE UINT32_MAX

struct tally_entry {
    uint32_t domain; /* TALLY_FREE: none here */
    int32_t n;
};

struct tally {
    struct tally_entry *entries;
    uint32_t cap;     /* 0 or a power of two */
    uint32_t len;     /* entries taken, those with n 0 counted */
    uint32_t nonzero; /* domains with n != 0 */
    int64_t total;
};

/* Zeroed memory is an empty tally. */
void tally_release(struct tally *t);
/* Returns what the domain has now. */
int32_t tally_add(struct tally *t, uint32_t domain, int32_t by);

static inline uint32_t tally_home(const struct tally *t, uint32_t domain)
{
    return (uint32_t)((domain * 0x9E3779B97F4A7C15ull) >> 40) & (t->cap - 1);
}

static inline int32_t tally_get(const struct tally *t, uint32_t domain)
{
    if (!t->nonzero)
        return 0;
    for (uint32_t i = tally_home(t, domain);; i = (i + 1) & (t->cap - 1)) {
        if (t->entries[i].domain == domain)
            return t->entries[i].n;
        if (t->entries[i].domain == TALLY_FREE)
            return 0;
    }
}

/* Runs the body for each domain with n != 0; the tally must not change meanwhile. */
#define tally_each(t, e)                                                                           \
    for (const struct tally_entry *e = (t)->entries, *e##_end = e + ((t)->nonzero ? (t)->cap : 0); \
         e < e##_end; e++)                                                                         \
        if (e->domain != TALLY_FREE && e->n)

#endif
