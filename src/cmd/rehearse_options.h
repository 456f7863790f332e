/*
 * rehearse_options: the options of `toban rehearse` as what ops/rehearse takes. Everything that can
 * be wrong without knowing the world is refused before the world is read.
 */
#ifndef TOBAN_CMD_REHEARSE_OPTIONS_H
#define TOBAN_CMD_REHEARSE_OPTIONS_H

#include "cmd/cmd.h"
#include "ops/rehearse/rehearse.h"

struct rehearse_order {
    enum rehearsal_kind kind;
    const char **names;  /* node groups, nodes or zones; ended by NULL */
    const char **zones;  /* --zone */
    const char **spans;  /* --time */
    const char **pauses; /* --pause-before */
    VEC(uint32_t) pause_at;
    struct rehearse_green green;
    struct rehearse_options options;
};

/* Zeroed memory is an empty order. */
void rehearse_order_release(struct rehearse_order *o);

/* Reads words and options. -1 with a usage error. */
int rehearse_order_read(const struct cmd_ctx *ctx, struct rehearse_order *o, struct err *err);

/* What needs the world: workloads that are named, times measured in it, how many runs are worth
 * waiting for. -1 when a workload is not there. */
int rehearse_order_bind(const struct cmd_ctx *ctx, const struct world *w, struct rehearse_order *o,
                        struct err *err);

/* How many runs are worth waiting for when nobody says so. */
unsigned rehearse_usual_runs(const struct world *w);

/* The words that say what is rehearsed, ended by NULL. */
extern const char *const rehearse_words[];

#endif
