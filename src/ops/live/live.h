/*
 * live: a running cluster, looked at by the upgrade rules. Reads Helm's releases, every stored
 * object through a version that is not deprecated, and the API server's count of deprecated
 * requests; what they mean is rules/live. Holds one page per list at a time, never whole
 * collections; Secrets are read only where they hold a Helm release.
 */
#ifndef TOBAN_OPS_LIVE_LIVE_H
#define TOBAN_OPS_LIVE_LIVE_H

#include "kube/client.h"
#include "rules/live/live.h"

struct live_options {
    struct rules_target target;
    struct version server;   /* of the API server; live_target fills it */
    bool include_deprecated; /* also read what is served in deprecated versions alone; such a
                                request shows up in the server's own count */
};

/* Asks the server for its version, and fills what is unset of the target: `from` by that version,
 * `to` by the minor after `from`. Also tells whether the cluster can be reached at all. -1 with
 * err.
 */
int live_target(struct kube_client *c, struct live_options *options, struct err *err);

/* The name findings give the cluster: its context, else its address. */
const char *live_cluster(const struct kube_client *c);

/*
 * Adds what the cluster shows to *r, which the caller settles. What may not be read or fails is a
 * problem of the result, the rest goes on. -1 with err when nothing could be asked at all.
 */
int live_check(struct kube_client *c, const struct live_options *options, struct rules_result *r,
               struct err *err);

#endif
