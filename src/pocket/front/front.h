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
    const char *version;   /* of Kubernetes: "1.31" */
    double speed;          /* virtual time that passes in a unit of real time, 1 or more */
    uint64_t seed;         /* of what is left to chance */
    struct world *world;   /* the cluster at the start; grows, and must outlive the front */
    struct cloud *cloud;   /* likewise */
    struct faults *faults; /* likewise */
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

/* How to talk to it; owned by the front. */
const struct front_access *front_access_of(const struct front *f);

/* Answers until front_stop. */
int front_run(struct front *f, struct err *err);
/* From any thread, or from a signal's handler. */
void front_stop(struct front *f);

#endif
