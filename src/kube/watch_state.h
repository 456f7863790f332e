/*
 * watch_state: what a watch does next when its connection ended. Pure: chance and time come from
 * the caller. The rules are those of client-go's reflector, with its traps left out: a server that
 * ends each connection at once is not asked again at full speed.
 */
#ifndef TOBAN_KUBE_WATCH_STATE_H
#define TOBAN_KUBE_WATCH_STATE_H

#include "base/err.h"
#include "net/retry.h"

struct watch_state {
    bool listed;       /* resource_version is good to go on from */
    bool patient;      /* nothing is for good */
    unsigned failures; /* in a row without an event in between */
    char resource_version[64];
};

enum watch_end {
    WATCH_END_CLEAN,   /* the server's time was up */
    WATCH_END_CUT,     /* connection lost, silent, or cut in the middle of an event */
    WATCH_END_GONE,    /* 410, as answer or as event: the version is too old */
    WATCH_END_ERROR,   /* ERROR event other than 410, or bytes that are no events */
    WATCH_END_REFUSED, /* answer that is not 2xx, other than 410: see status */
    WATCH_END_LIST,    /* the list before it failed: see status */
};

enum watch_action {
    WATCH_LIST,    /* list, then connect */
    WATCH_CONNECT, /* go on from resource_version */
    WATCH_FAIL,    /* for good */
};

struct watch_next {
    enum watch_action action;
    unsigned delay_ms;
};

/* status: of the answer, 0 when there was none. class: of the error, ERR_NONE for WATCH_END_CLEAN.
 * retry_after: header; absent: none. */
struct watch_next watch_next(struct watch_state *s, enum watch_end end, int status,
                             enum err_class class, struct sv retry_after, int64_t unix_now,
                             struct retry_rng *rng);

/* An event came: failures are forgotten and its version is kept (when it has one). */
void watch_progress(struct watch_state *s, struct sv resource_version);

/* The list is complete. */
void watch_listed(struct watch_state *s, const char *resource_version);

#endif
