/*
 * cluster: the live cluster of --kubeconfig and --context as commands look at it before they change
 * something: its world, the marks on its nodes, and what tells it from other clusters.
 */
#ifndef TOBAN_CMD_CLUSTER_H
#define TOBAN_CMD_CLUSTER_H

#include "cmd/cmd.h"
#include "ops/marks/marks.h"
#include "ops/snapshot/snapshot.h"

struct cluster {
    struct kube_options options; /* as given */
    struct kube_client *client;
    struct world world;
    struct cloud cloud; /* empty */
    struct snapshot_report report;
    struct str id;   /* as marks_cluster_id tells it */
    struct str name; /* "prod (https://…)": context and server */
};

/* Logs in. To be released in every case. */
int cluster_open(struct cluster *c, const struct cmd_ctx *ctx, struct err *err);
void cluster_release(struct cluster *c);
#define _cleanup_cluster_ _cleanup_(cluster_release)

/* Reads the world. */
int cluster_read(struct cluster *c, const struct cmd_ctx *ctx, struct err *err);
/* Reads which cluster it is. */
int cluster_identify(struct cluster *c, struct err *err);

/* What could not be read, as talk. */
void cluster_tell_gaps(const struct cluster *c, const struct cmd_ctx *ctx);

#endif
