/*
 * live: who answers for AWS and for the cluster when a replacement is carried out for real: the
 * calls of cloud/, the cluster followed or read anew, ops/drain for what goes back. Everything
 * happens on the runner's thread but the watches of ops/follow.
 */
#ifndef TOBAN_OPS_REPLACE_LIVE_H
#define TOBAN_OPS_REPLACE_LIVE_H

#include "ops/replace/replace.h"

#define REPLACE_VERBS_MAX 16

/* Zeroed memory is a closed one; not to be moved while it is open. */
struct replace_live {
    struct replace_host host; /* first: it is the verbs' ctx */
    struct plan_verb verbs[REPLACE_VERBS_MAX];
    struct aws_client *aws;
    struct aws_clock clock;
    struct follow *follow; /* from the wait for green to the end of the last drain */
    int stop_fd;
};

/* drain is copied. aws: as given on the command line; its clock is not looked at. stop_fd: when it
 * is readable, waiting between attempts ends; <= 0: none. -1: no region, a setting that cannot be
 * understood. */
int replace_live_open(struct replace_live *l, const struct drain_host *drain,
                      const struct aws_options *aws, int stop_fd, struct err *err);
void replace_live_close(struct replace_live *l);
#define _cleanup_replace_live_ _cleanup_(replace_live_close)

#endif
