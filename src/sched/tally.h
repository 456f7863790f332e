/*
 * tally: how many pods there are per domain of a topology. Only domains that have or had some take
 * room, so that a group of fifty pods on ten thousand nodes costs a few hundred bytes.
 */
#ifndef TOBAN_SCHED_TALLY_H
#define TOBAN_SCHED_TALLY_H

#include <stdint.h>

#define TALLY_FREE UINT32_MAX
#define TALLY_FEW 3u

struct tally_entry {
    uint32_t domain; /* TALLY_FREE: none here */
    int32_t n;
};

struct tally {
    union {
        struct tally_entry few[TALLY_FEW]; /* cap 0: the first len of these, in no order */
        struct tally_entry *many;          /* else a hash table of cap entries */
    };
    uint32_t cap;     /* 0 or a power of two */
    uint32_t len;     /* entries taken, those with n 0 counted */
    uint32_t nonzero; /* domains with n != 0 */
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
    if (!t->cap) {
        for (uint32_t i = 0; i < t->len; i++)
            if (t->few[i].domain == domain)
                return t->few[i].n;
        return 0;
    }
    for (uint32_t i = tally_home(t, domain);; i = (i + 1) & (t->cap - 1)) {
        if (t->many[i].domain == domain)
            return t->many[i].n;
        if (t->many[i].domain == TALLY_FREE)
            return 0;
    }
}

static inline const struct tally_entry *tally_begin(const struct tally *t)
{
    return t->cap ? t->many : t->few;
}

static inline const struct tally_entry *tally_end(const struct tally *t)
{
    return tally_begin(t) + (!t->nonzero ? 0 : t->cap ? t->cap : t->len);
}

/* Runs the body for each domain with n != 0; the tally must not change meanwhile. */
#define tally_each(t, e)                                                                           \
    for (const struct tally_entry *e = tally_begin(t), *e##_end = tally_end(t); e < e##_end; e++)  \
        if (e->domain != TALLY_FREE && e->n)

#endif
