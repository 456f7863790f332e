/*
 * rate: a client's limit of requests per second with a burst, as client-go's token bucket, in
 * virtual time. Who asks is told when its request goes out.
 */
#ifndef TOBAN_SIM_RATE_H
#define TOBAN_SIM_RATE_H

#include <stdint.h>

struct rate {
    double gap_ms;   /* between two requests; 0: no limit */
    double slack_ms; /* how far the burst may run ahead */
    double next;     /* when the next one is due at an even pace */
};

static inline struct rate rate_of(double per_second, double burst)
{
    double gap = per_second > 0 ? 1000 / per_second : 0;
    return (struct rate){gap, burst > 1 ? gap * (burst - 1) : 0, 0};
}

/* When a request made at `now` goes out; takes nothing. */
static inline int64_t rate_when(const struct rate *r, int64_t now)
{
    double at = r->next - r->slack_ms;
    if (at <= (double)now)
        return now;
    int64_t whole = (int64_t)at;
    return whole + ((double)whole < at);
}

/* The same, and takes the token. */
static inline int64_t rate_take(struct rate *r, int64_t now)
{
    if (r->gap_ms <= 0)
        return now;
    if (r->next < (double)now)
        r->next = (double)now;
    int64_t at = rate_when(r, now);
    r->next += r->gap_ms;
    return at;
}

#endif
