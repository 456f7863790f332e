/*
 * faults: what the pocket EKS is told to do wrong, so that clients can be tried against it. Words
 * in, numbers out, and the dice. Who acts on a fault looks here; nothing acts here.
 */
#ifndef TOBAN_POCKET_FRONT_FAULTS_H
#define TOBAN_POCKET_FRONT_FAULTS_H

#include "base/err.h"
#include "base/sv.h"
#include "base/vec.h"

#include <stdint.h>

/* Zeroed: nothing goes wrong. */
struct faults {
    double throttle;           /* share of the calls to AWS that are throttled, 0 to 1 */
    double api_5xx;            /* share of the requests to Kubernetes that fail with 500 or 503 */
    unsigned join_fail;        /* so many machines, the next ones, never join */
    int64_t watch_cut_ms;      /* a watch is cut when it is so old, in real time; 0: never */
    VEC(char *) stuck_volumes; /* these are not detached before they are forced off */
    uint64_t dice;             /* state; faults_seed */
};

/* Adds what a comma-separated list says: throttle=0.1,join-fail=1,stuck-detach=vol-0abc,
 * api-5xx=0.05,watch-cut=30s. -1: an unknown fault or a value that is none, with what is expected;
 * what came before it has been taken. */
int faults_parse(struct faults *f, struct sv text, struct err *err);
void faults_release(struct faults *f);

/* The same seed throws the same dice. */
void faults_seed(struct faults *f, uint64_t seed);
/* True in `share` of the calls. */
bool faults_hit(struct faults *f, double share);

#endif
