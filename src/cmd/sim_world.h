/*
 * sim_world: the cluster that a pocket EKS begins with, as --world, --example, --name and --region
 * say.
 */
#ifndef TOBAN_CMD_SIM_WORLD_H
#define TOBAN_CMD_SIM_WORLD_H

#include "cmd/cmd.h"
#include "ops/snapshot/snapshot.h"
#include "pocket/front/front.h"

struct sim_world {
    const char **paths;       /* of --world, ended by NULL */
    struct snapshot_input in; /* nothing in it: an empty cluster */
    struct world world;
    struct cloud cloud;
    const char *name, *region; /* borrowed from the command line, the cloud or the world */
    char account[13];
};

/* *w is released by the caller in every case. */
int sim_world_read(const struct cmd_ctx *ctx, struct sim_world *w, struct err *err);
void sim_world_release(struct sim_world *w);

/* Enters the objects of dumps into the pocket as they stand there, and says what is left out. */
int sim_world_enter(const struct cmd_ctx *ctx, const struct sim_world *w, struct front *front,
                    struct err *err);

#endif
