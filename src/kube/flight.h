/*
 * flight: single requests under way side by side, without waiting for each other: for who has to
 * act and to watch at the same time. One attempt each; what an answer means and whether to ask
 * again is the caller's decision (an eviction's 429 is an answer, not a failure).
 *
 * Keeps to the client's limits (qps, burst, max_in_flight). Belongs to the thread of its client.
 */
#ifndef TOBAN_KUBE_FLIGHT_H
#define TOBAN_KUBE_FLIGHT_H

#include "kube/client.h"

struct kube_flights;

struct kube_flight {
    const char *method;
    struct kube_ref ref;        /* borrowed for the call of kube_flight_start */
    const char *query;          /* "dryRun=All"; NULL: none */
    struct sv body;             /* copied; absent: none */
    enum kube_patch_type patch; /* method PATCH */
    unsigned timeout_ms;        /* for all of it; 0: the client's --request-timeout, else 60 s */
    /* Asked when it is about to leave (it may have waited for its turn): false drops it, the answer
     * then has `dropped`. NULL: go. */
    bool (*may_go)(void *ctx);
    void *ctx;
    void *tag; /* handed back */
};

struct kube_landing {
    void *tag;
    int status;        /* HTTP; 0: no answer came, err says why */
    bool sent;         /* it may have reached the server (false: certainly not) */
    bool dropped;      /* by may_go */
    int retry_after_s; /* header of 429, 503; 0: none */
    struct sv body;    /* valid until the next kube_flight_wait */
    struct err err;    /* for status 0 and any that is not 2xx: in words; else ERR_NONE */
};

int kube_flights_new(struct kube_client *c, struct kube_flights **out, struct err *err);
void kube_flights_free(struct kube_flights *f); /* ends what is under way; NULL-safe */

/* -1 only when the request cannot be made at all. A 401 is answered by a fresh login and one more
 * attempt before it lands. */
int kube_flight_start(struct kube_flights *f, const struct kube_flight *flight, struct err *err);
/* Requests that have not landed. */
unsigned kube_flights_up(const struct kube_flights *f);
/* Until one lands (true), timeout_ms passed or wake_fd is readable (false; < 0: none). With nothing
 * under way it just waits. */
bool kube_flight_wait(struct kube_flights *f, unsigned timeout_ms, int wake_fd,
                      struct kube_landing *out);

#endif
