/*
 * front: a pocket EKS that can be talked to: the Kubernetes API over TLS, with
 * an authority, a token and files that say how. Ties the server, the API and the simulator's life
 * together and gives them the time; what they mean is theirs.
 */
#ifndef TOBAN_POCKET_FRONT_FRONT_H
#define TOBAN_POCKET_FRONT_FRONT_H

#include "pocket/front/faults.h"
#include "pocket/front/files.h"
#include "world/cloud.h"
#include "world/world.h"

struct front;

struct front_options {
    const char *listen;    /* of Kubernetes: "127.0.0.1:0" */
    const char *cluster;   /* its name */
    const char *region;    /* of AWS: "eu-west-1" */
    const char *account;   /* of AWS: 12 digits */
    const char *version;   /* of Kubernetes: "1.31" */
    double speed;          /* virtual time that passes in a unit of real time, 1 or more */
    uint64_t seed;         /* of what is left to chance */
    struct world *world;   /* the cluster at the start; grows, and must outlive the front */
    struct cloud *cloud;   /* likewise */
    struct faults *faults; /* likewise */

    /* Enters objects that are there from the start, as they are written, by front_enter; what the
     * world has beyond them is made up. NULL: all is made up. -1: it cannot be. */
    int (*enter)(void *ctx, struct front *f, struct err *err);
    void *enter_ctx;
};

/* Everything is up and listens when it returns 0; nothing is answered before front_run. -1: an
 * address that cannot be had. */
int front_new(const struct front_options *o, struct front **out, struct err *err);
/* NULL-safe. */
void front_free(struct front *f);

static inline void front_free_p(struct front **f)
{
    front_free(*f);
}
#define _cleanup_front_ _cleanup_(front_free_p)

/* For front_options.enter: an object of the API with apiVersion and kind. -1: a kind that is not
 * served, or no such object. */
int front_enter(struct front *f, struct sv json, struct err *err);

/* How to talk to it; owned by the front. */
const struct front_access *front_access_of(const struct front *f);

/* Answers until front_stop. */
int front_run(struct front *f, struct err *err);
/* From any thread, or from a signal's handler. */
void front_stop(struct front *f);

#endif
