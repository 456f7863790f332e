/*
 * faults: what the pocket EKS is told to do wrong, so that clients can be tried against it. Words
 * in, numbers out, and the dice. Who acts on a fault looks here; nothing acts here.
 */
#ifndef TOBAN_POCKET_FRONT_FAULTS_H
#define TOBAN_POCKET_FRONT_FAULTS_H

#include "base/err.h"
#include "base/sv.h"

#include <stdint.h>

#define FAULTS_NAMES_MAX 16
#define FAULTS_NAME_MAX 80

struct faults_names {
    char items[FAULTS_NAMES_MAX][FAULTS_NAME_MAX];
    unsigned count;
};

/* Zeroed: nothing goes wrong. */
struct faults {
    double api_5xx;            /* share of the requests to Kubernetes that fail with 500 or 503 */
    int64_t watch_cut_ms;      /* a watch is cut when it is so old, in real time; 0: never */
    double throttle;           /* share of the requests to AWS that are throttled */
    unsigned join_fail;        /* so many of the next machines never join the cluster */
    unsigned spot_interrupt;   /* so many Spot machines are taken away */
    int64_t spot_interrupt_ms; /* virtual time of the first one's warning; 0: as chance has it */
    int64_t expire_ms; /* keys used before this virtual time are expired after it; 0: never */
    struct faults_names deny;  /* IAM actions that nobody may do: "eks:DeleteNodegroup", "ec2:*" */
    struct faults_names quota; /* quotas that are otherwise: "L-1216C47A:32" */
    struct faults_names stuck; /* volumes that AWS does not detach: "vol-0abc" */
    int64_t stuck_ms[FAULTS_NAMES_MAX]; /* it does so long after it was asked to; 0: never */
    uint64_t dice;                      /* state; faults_seed */
};

/* Adds what a comma-separated list says: api-5xx=0.05,watch-cut=30s,
 * deny=eks:DeleteNodegroup. -1: an unknown fault or a
 * value that is none, with what is expected; what came before it has been taken. */
int faults_parse(struct faults *f, struct sv text, struct err *err);

/* Is it among the names? One that ends in '*' stands for all that begin so. */
bool faults_name(const struct faults_names *names, const char *name);

/* The same seed throws the same dice. */
void faults_seed(struct faults *f, uint64_t seed);
/* True in `share` of the calls. */
bool faults_hit(struct faults *f, double share);

#endif
