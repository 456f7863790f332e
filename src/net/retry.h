/*
 * retry: whether to try again, and when. Pure decisions: no clock, no sleep, no network; the caller
 * hands in time and chance. Full jitter: the delay is drawn evenly between nothing and the limit
 * that doubles with each attempt, which spreads many clients best.
 */
#ifndef TOBAN_NET_RETRY_H
#define TOBAN_NET_RETRY_H

#include "net/http.h"

/* Small deterministic generator (SplitMix64); any seed will do. */
struct retry_rng {
    uint64_t state;
};
uint64_t retry_random(struct retry_rng *rng);
/* Evenly in [0, limit]. */
uint64_t retry_random_upto(struct retry_rng *rng, uint64_t limit);
/* A seed from the system. */
uint64_t retry_seed(void);

struct retry_policy {
    unsigned attempts; /* at most, the first included */
    unsigned base_ms;  /* limit of the first delay */
    unsigned cap_ms;   /* limit of any delay, Retry-After included */
};

/* What became of an attempt. */
struct retry_case {
    unsigned attempt; /* 1 for the first */
    bool idempotent;  /* doing it twice is as good as once */
    bool was_up;      /* the server has answered before: what is unreachable now may come back */
    enum http_outcome outcome;
    int status;
    struct sv retry_after; /* header; absent: none */
    int64_t unix_now;      /* seconds, for a Retry-After that is a date */
};

/* True when it should be tried again after *delay_ms.
 * An answer of 429 or 503 says that nothing was done: always. 500, 502, 504, cut and silent
 * connections: when idempotent. A server that was never reached: not at all, the person waits. */
bool retry_decide(const struct retry_policy *policy, const struct retry_case *c,
                  struct retry_rng *rng, unsigned *delay_ms);

/* Seconds, or an HTTP date (all three forms of RFC 9110) of which the past is 0. False when it is
 * neither; *seconds is then untouched. */
bool retry_after_parse(struct sv value, int64_t unix_now, uint64_t *seconds);

/* Unix time of "Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT" or
 * "Sun Nov  6 08:49:37 1994". */
bool retry_http_date(struct sv text, int64_t *unix_time);

#endif
