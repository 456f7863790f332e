/* run: what the steps of a live check share. Private to ops/live. */
#ifndef TOBAN_OPS_LIVE_RUN_H
#define TOBAN_OPS_LIVE_RUN_H

#include "kube/discovery.h"
#include "ops/live/live.h"

struct live_run {
    struct kube_client *client;
    const struct kube_discovery *discovery;
    struct rules_result *result;
    struct live live;
};

/* A part that could not be read. */
void run_problem(struct live_run *run, const struct err *err);

/* Reads the deployed revision of every Helm release. */
void run_releases(struct live_run *run);

/* Reads every object. */
void run_objects(struct live_run *run, const struct live_options *options);

/* Reads the server's count; started (may be NULL) gets the start of the server, RFC 3339, or "". */
void run_metrics(struct live_run *run, char *started);

#endif
