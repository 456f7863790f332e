/*
 * follow: a world that is a live cluster, kept current by watches. One thread of its own reads the
 * cluster and queues what changed; the owner's thread applies it when it wants, so that world and
 * decisions belong to one thread. What is done with changes is the caller's business.
 *
 * Survives: a watch that is cut, 410 Gone (the fresh list is compared, what is missing from it is
 * deleted), an API server that restarts, an expired token, throttling. Says so as trouble, and when
 * it is over.
 */
#ifndef TOBAN_OPS_FOLLOW_FOLLOW_H
#define TOBAN_OPS_FOLLOW_FOLLOW_H

#include "kube/client.h"
#include "world/apply.h"

struct follow;

struct follow_options {
    struct kube_options kube;
    int64_t now;     /* of the world, seconds since 1970 */
    bool no_traffic; /* without Services, EndpointSlices, Ingresses and TargetGroupBindings: while
                        pods move these are most of what a server says, and who moves them asks
                        for none of it */
    unsigned trouble_ms; /* be silent about trouble that lasts less; 0: 2000 */
    unsigned give_up_ms; /* without any contact for so long: follow_next fails; 0: never */
    unsigned idle_ms;    /* a connection without a byte for so long is dead; 0: 90 s */
};

/* Something that cannot be read: as snapshot's gaps. */
struct follow_gap {
    const char *subject, *what, *assumed, *hint;
};

/* Reads the cluster and begins to follow it. The world is complete when it returns (all lists in,
 * world_follow done). -1: nodes, pods or budgets cannot be read. *out is then NULL. */
int follow_start(const struct follow_options *o, struct follow **out, struct err *err);
/* Ends the thread and frees the world. NULL-safe. */
void follow_free(struct follow *f);

/* The caller's thread only; changes only inside of follow_next. */
struct world *follow_world(struct follow *f);
size_t follow_gaps(const struct follow *f, const struct follow_gap **out);
/* As marks_cluster_id: uid of the kube-system namespace, else the server's address. */
const char *follow_cluster_id(const struct follow *f);

/* Readable when follow_next has something. */
int follow_fd(const struct follow *f);

enum follow_news {
    FOLLOW_NOTHING, /* no more for now */
    FOLLOW_CHANGE,  /* *change; the world shows it: as world_apply, so the slot of what is gone is
                       free  and another may be told to be in it next */
    FOLLOW_TROUBLE, /* contact is lost or bad since a while: words */
    FOLLOW_RECOVERED,
    FOLLOW_FAILED, /* it is over: err */
};
struct follow_item {
    enum follow_news news;
    struct world_change change;
    const char *words; /* valid until the next call */
};
/* The next piece of news, without waiting. err is set for FOLLOW_FAILED. */
void follow_next(struct follow *f, struct follow_item *out, struct err *err);

/* Takes all news that there is, for whoever wants the world only. 1: it is as the server has told
 * it; 0: contact is lost, since whatever words say; -1: it is over. words may be NULL. */
int follow_catch_up(struct follow *f, struct str *words, struct err *err);

/* Milliseconds since 1970 of the newest contact with the server. */
int64_t follow_contact_ms(const struct follow *f);
/* For tests and metrics. */
struct follow_counts {
    uint64_t events, lists, connects, relists;
};
void follow_counts(const struct follow *f, struct follow_counts *out);

#endif
