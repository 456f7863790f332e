/*
 * random: chance that is repeated exactly by its seed: xoshiro256** seeded by splitmix64 (Blackman,
 * Vigna; public domain algorithms), and log-normal durations from a table, so that a draw costs a
 * few nanoseconds.
 */
#ifndef TOBAN_SIM_RANDOM_H
#define TOBAN_SIM_RANDOM_H

#include "sim/times.h"

struct random {
    uint64_t s[4];
};

static inline uint64_t random_mix(uint64_t *state)
{
    uint64_t z = (*state += UINT64_C(0x9e3779b97f4a7c15));
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

static inline void random_seed(struct random *r, uint64_t seed)
{
    for (unsigned i = 0; i < 4; i++)
        r->s[i] = random_mix(&seed);
}

static inline uint64_t random_turn(uint64_t x, int bits)
{
    return x << bits | x >> (64 - bits);
}

static inline uint64_t random_next(struct random *r)
{
    uint64_t result = random_turn(r->s[1] * 5, 7) * 9, t = r->s[1] << 17;
    r->s[2] ^= r->s[0];
    r->s[3] ^= r->s[1];
    r->s[1] ^= r->s[2];
    r->s[0] ^= r->s[3];
    r->s[2] ^= t;
    r->s[3] = random_turn(r->s[3], 45);
    return result;
}

/* At least 0, less than 1. */
static inline double random_share(struct random *r)
{
    return (double)(random_next(r) >> 11) * 0x1.0p-53;
}

/* The durations of struct sim_times, in its order. */
enum draw {
    DRAW_API_CALL,
    DRAW_CREATE,
    DRAW_SCHEDULE,
    DRAW_PULL,
    DRAW_START,
    DRAW_INIT,
    DRAW_READY,
    DRAW_LB_READY,
    DRAW_STOP,
    DRAW_CLEANUP,
    DRAW_DETACH,
    DRAW_ATTACH,
    DRAW_MOUNT,
    DRAW_NODE_LAUNCH,
    DRAW_NODE_READY,
    DRAW_NODE_TERMINATE,
    DRAW_COUNT
};

/* Quantiles drawn from; the middle of each 512th part, so that no draw is beyond the 99.9th. */
#define DRAW_STEPS_BITS 9
#define DRAW_STEPS (1u << DRAW_STEPS_BITS)

struct draws {
    struct random random;
    bool spread;
    int64_t median[DRAW_COUNT];
    int32_t steps[DRAW_COUNT][DRAW_STEPS]; /* only with spread; at most 24 days */
};

/* Prepares the durations of t. Without `spread` every draw is the median. */
void draws_init(struct draws *d, const struct sim_times *t, uint64_t seed, bool spread);

/* One duration, in milliseconds. */
static inline int64_t draw(struct draws *d, enum draw which)
{
    return d->spread ? d->steps[which][random_next(&d->random) >> (64 - DRAW_STEPS_BITS)]
                     : d->median[which];
}

#endif
