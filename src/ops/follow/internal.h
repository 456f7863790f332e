/* internal: what the files of ops/follow share. */
#ifndef TOBAN_OPS_FOLLOW_INTERNAL_H
#define TOBAN_OPS_FOLLOW_INTERNAL_H

#include "kube/watch.h"
#include "net/http.h"
#include "ops/follow/feed.h"
#include "ops/follow/follow.h"
#include "ops/follow/known.h"
#include "ops/snapshot/reading.h"

#include <stdatomic.h>

/* One kind. */
struct watched {
    struct follow *f;
    const struct wish *wish;
    char api_version[64];
    struct known known;
    bool settled; /* its first connection was made, or was not */
    bool failing;

    /* The thread's. */
    struct kube_watch watch;
    char version[64]; /* of the first list, to go on from */
    bool opened, listing;
};

/* Contact, as the owner knows it. */
struct contact {
    unsigned failing; /* watches */
    uint64_t since_ms;
    unsigned trouble_ms, give_up_ms;
    bool told;
    int timer; /* readable when it is time to look again */
    char cause[ERR_MSG_MAX];
    char words[ERR_MSG_MAX + 96];
};

struct follow {
    struct kube_client *client; /* the thread's once it runs */
    struct world w;
    struct snapshot_report report;
    VEC(struct follow_gap) gaps;
    struct str cluster_id;
    struct watched watched[WISHES];
    size_t count;

    pthread_t thread;
    bool runs;
    int stop_fd, fd;
    unsigned idle_ms;
    struct feed feed;
    _Atomic uint64_t contact_ms; /* http_now_ms */

    /* The owner's. */
    struct contact contact;
    struct feed_item item;
    bool held;             /* item is to be looked at (again) */
    struct watched *swept; /* whose missing objects are being deleted; NULL: none */
    uint32_t swept_at;
    struct str text;
    bool lost; /* contact, as was told */
    bool over;
    struct err err;
    struct follow_counts counts;
};

/* ---- watching: the thread ---- */

int watching_start(struct follow *f, struct err *err);
void watching_stop(struct follow *f);

/* ---- contact ---- */

int contact_init(struct contact *c, const struct follow_options *o, struct err *err);
void contact_release(struct contact *c);
/* A watch failed at that time, or is connected again. */
void contact_lost(struct contact *c, uint64_t at_ms, const struct err *err);
/* True when it was told that contact was lost and this was the last watch that failed. */
bool contact_back(struct contact *c);
/* What is to be said now, if anything: FOLLOW_NOTHING, TROUBLE or FAILED (then err is set). */
enum follow_news contact_look(struct contact *c, uint64_t contact_ms, struct err *err);

#endif
