/*
 * hand: what every verb of this folder acts with: the order, a client of the plan's own cluster,
 * requests that are tried until the server has given an answer that counts, a voice.
 */
#ifndef TOBAN_OPS_DRAIN_HAND_H
#define TOBAN_OPS_DRAIN_HAND_H

#include "kube/flight.h"
#include "ops/drain/drain.h"

#define HAND_IN_FLIGHT 16

struct hand {
    const struct drain_host *host;
    struct plan_run *run;
    const struct plan_step *step;
    struct drain_order order;
    int64_t forecast_ms; /* of what was rehearsed, the share of the order's nodes; 0: none */
    unsigned in_flight;
    struct arena arena; /* for the life of the step */
    struct kube_client *client;
    struct kube_flights *flights;
    bool troubled; /* said so, and not that it is over */
};

/* ctx is the verb's. ERR_CONFLICT: the client's cluster is not the plan's. Close it in every case.
 */
int hand_open(struct hand *h, void *ctx, struct plan_run *run, const struct plan_step *step,
              struct err *err);
void hand_close(struct hand *h);
#define _cleanup_hand_ _cleanup_(hand_close)

/* kube_flight.may_go; ctx is the hand. */
bool hand_may_go(void *ctx);

void hand_tell(const struct hand *h, const char *kind, const char *subject, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));
/* Trouble with the API, told once until it is over. */
void hand_trouble(struct hand *h, const char *words);
void hand_recovered(struct hand *h);

/* Milliseconds since 1970; and by a clock that only goes forward, also while the machine sleeps. */
int64_t hand_now_ms(void);
int64_t hand_clock_ms(void);

/* One request of many. */
struct errand {
    struct kube_flight flight; /* method, ref, query, body, patch */
    bool once;  /* when nobody knows whether it happened, it ends as `unsure`, to be looked at */
    int status; /* 0: never sent, because the runner stops */
    struct str body; /* of the answer */
    struct err err;  /* when it is not 2xx */
    unsigned tries;  /* internal, as the rest */
    int64_t due_ms;
    bool up, done, unsure;
};
void errand_release(struct errand *e);

/* Runs all until each has an answer that will not change by asking again (2xx, 403, 404, 409, 422,
 * …); what the network or a busy server did is tried again for as long as the runner runs. -1
 * without err: it stops. */
int hand_run(struct hand *h, struct errand *list, size_t count);

/* "PLAN_END_PAUSE because it stops" or "PLAN_END_FAIL because of err". */
enum plan_end hand_end(const struct hand *h, const struct err *err);

/* An errand that was unsure and did not happen: to be run again, a while later. */
void errand_again(struct errand *e);

/* How long to wait before the next try, after so many; milliseconds. */
int64_t hand_backoff_ms(unsigned tries, int retry_after_s);

#endif
