/*
 * limiter: at most so many per second in the long run, and so many at once. A token bucket that
 * takes the time from its caller.
 */
#ifndef TOBAN_NET_LIMITER_H
#define TOBAN_NET_LIMITER_H

#include <stdint.h>

struct limiter {
    unsigned per_second, burst;
    double tokens;
    uint64_t last_ms;
};

/* A full bucket. per_second 0: no limit. */
void limiter_init(struct limiter *l, unsigned per_second, unsigned burst, uint64_t now_ms);

/* 0: taken, go on. Else nothing was taken; ask again after so many ms. now_ms must not go back. */
unsigned limiter_take(struct limiter *l, uint64_t now_ms);

#endif
