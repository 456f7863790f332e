/*
 * feed: what the thread that watches has to say, in order, to the thread that owns the world.
 * Bounded: who puts waits until there is room. Internal to ops/follow.
 */
#ifndef TOBAN_OPS_FOLLOW_FEED_H
#define TOBAN_OPS_FOLLOW_FEED_H

#include "base/err.h"
#include "base/str.h"

#include <pthread.h>

enum feed_type {
    FEED_RESET,   /* a fresh list begins */
    FEED_LISTED,  /* an object of it */
    FEED_SYNCED,  /* it is complete */
    FEED_ADDED,   /* an object */
    FEED_CHANGED, /* an object */
    FEED_GONE,    /* an object as it was last */
    FEED_OPEN,    /* a watch is connected */
    FEED_TROUBLE, /* a struct err: being mended */
    FEED_REFUSED, /* a struct err: this watch is given up */
    FEED_OVER,    /* a struct err: all is over */
};

struct feed_item {
    enum feed_type type;
    uint32_t watch; /* its number */
    uint64_t at_ms; /* http_now_ms when it was put */
    struct sv text; /* the object's JSON, or a struct err */
};

struct feed {
    pthread_mutex_t lock;
    pthread_cond_t room;
    struct str in, out; /* out and at belong to the taker */
    size_t at;
    int fd; /* readable while there may be something to take */
    bool closed, lost;
};

int feed_init(struct feed *f, struct err *err);
void feed_release(struct feed *f);

/* False when it was closed, or there is no memory (which the taker is told). */
bool feed_put(struct feed *f, const struct feed_item *item);
/* False when there is nothing for now. The text is valid until the next call. */
bool feed_take(struct feed *f, struct feed_item *item);
/* Whoever puts or waits to put is turned away from now on. */
void feed_close(struct feed *f);

#endif
