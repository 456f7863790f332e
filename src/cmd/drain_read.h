/*
 * drain_read: the order of a drain and its gates as the command line gives them, for all commands
 * that drain. What can be wrong without a cluster is refused before it is asked.
 */
#ifndef TOBAN_CMD_DRAIN_READ_H
#define TOBAN_CMD_DRAIN_READ_H

#include "cmd/cmd.h"
#include "ops/drain/drain.h"

struct drain_ordered {
    struct arena arena;
    struct drain_order order; /* without nodes */
    VEC(struct gate) gates;
    const char **pauses, **force;
};
/* Zeroed memory is released. */
void drain_ordered_release(struct drain_ordered *o);

/* *out must be zeroed; -1 with a usage error. */
int drain_read(const struct cmd_ctx *ctx, struct drain_ordered *out, struct err *err);

#endif
