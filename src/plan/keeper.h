/*
 * keeper: the runner's second thread. Renews the lease, notices requests to pause, answers and a
 * signal, and wakes the first thread. Decides nothing. Not for others than plan/run*.c.
 */
#ifndef TOBAN_PLAN_KEEPER_H
#define TOBAN_PLAN_KEEPER_H

#include "base/err.h"
#include "store/lease.h"

#include <pthread.h>
#include <stdatomic.h>

#define KEEPER_LOOK_MS 500

/* Zeroed memory is a keeper that was not started. */
struct keeper {
    bool started;
    pthread_t thread;
    struct store *store; /* its own */
    struct lease *lease;
    const char *id; /* of the plan */
    int64_t ttl_ms;
    int stop_fd;
    int wake_fd;           /* to the runner */
    int quit_fd;           /* to the thread */
    atomic_bool lost;      /* somebody took the lease over */
    atomic_bool stale;     /* it could not be renewed in time */
    atomic_bool pause;     /* somebody asked */
    atomic_bool signalled; /* stop_fd */
    atomic_uint answers;   /* how many there are */
    char pause_by[128];    /* written before pause is set */
    struct err why;        /* written before lost or stale is set */
};

/* where: of the store, to open it once more. */
int keeper_start(struct keeper *k, const char *where, struct lease *lease, const char *id,
                 int64_t ttl_ms, int stop_fd, struct err *err);
/* Ends the thread; the flags stay. Safe on zeroed memory. */
void keeper_stop(struct keeper *k);

/* Pause was asked for, or the lease cannot be kept. */
bool keeper_stopping(const struct keeper *k);
/* Reads wake_fd empty. */
void keeper_drain(struct keeper *k);

#endif
