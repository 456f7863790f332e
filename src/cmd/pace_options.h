/*
 * pace_options: order and pace of moving nodes, as all commands that do or rehearse it take them.
 * Everything that can be wrong without knowing the world is refused before the world is read.
 */
#ifndef TOBAN_CMD_PACE_OPTIONS_H
#define TOBAN_CMD_PACE_OPTIONS_H

#include "cmd/cmd.h"
#include "ops/nodes/nodes.h"

/* Reads the options below into *o; what is not given stays untouched. -1 with a usage error. The
 * time of the day is that of ctx. Workloads of --pause-before are only checked for their form: who
 * they are is known with the world. */
int pace_read(const struct cmd_ctx *ctx, struct nodes_options *o, struct err *err);

/* Single values. An option that is not given leaves *out alone. */
int pace_read_span(const struct cmd_ctx *ctx, const char *option, int64_t *out, struct err *err);
int pace_read_number(const struct cmd_ctx *ctx, const char *option, uint64_t least, uint64_t most,
                     uint64_t *out, struct err *err);
/* "22:30" as minutes of the day; 24:00 is its end. */
bool pace_parse_clock(struct sv text, int *out);

/* As `words` of --order. */
extern const char *const pace_orders[];

#define PACE_OPTION_BARE                                                                           \
    {                                                                                              \
        .name = "bare",                                                                            \
        .help = "evict pods that nobody creates again, instead of stopping at them"                \
    }
#define PACE_OPTION_BATCH                                                                          \
    {                                                                                              \
        .name = "batch", .takes = CMD_TAKES_TEXT, .arg = "N[%]",                                   \
        .help = "drain the nodes in batches of so many; default: one batch"                        \
    }
#define PACE_OPTION_BATCH_SOAK                                                                     \
    {                                                                                              \
        .name = "batch-soak", .takes = CMD_TAKES_TEXT, .arg = "DURATION", .needs = "batch",        \
        .help = "wait between batches"                                                             \
    }
#define PACE_OPTION_KEEP_EMPTY_DIR                                                                 \
    {                                                                                              \
        .name = "keep-empty-dir",                                                                  \
        .help = "stop at pods with an emptyDir volume, instead of losing what is in it"            \
    }
#define PACE_OPTION_MAX_UNAVAILABLE                                                                \
    {                                                                                              \
        .name = "max-unavailable", .takes = CMD_TAKES_TEXT, .arg = "N[%]",                         \
        .help = "drain so many nodes at once; default: all of the batch"                           \
    }
#define PACE_OPTION_ORDER                                                                          \
    {                                                                                              \
        .name = "order", .takes = CMD_TAKES_WORD, .arg = "ORDER", .words = pace_orders,            \
        .fallback = "name", .help = "which nodes are drained first"                                \
    }
#define PACE_OPTION_PAUSE_BEFORE(more)                                                             \
    {                                                                                              \
        .name = "pause-before", .takes = CMD_TAKES_TEXT, .arg = "KIND/NAMESPACE/NAME",             \
        .repeatable = true, .help = "ask before this workload is touched" more                     \
    }
#define PACE_OPTION_POD_TIMEOUT                                                                    \
    {                                                                                              \
        .name = "pod-timeout", .takes = CMD_TAKES_TEXT, .arg = "DURATION",                         \
        .help = "give a pod up that could not be evicted for so long; default: never"              \
    }
#define PACE_OPTION_RATE                                                                           \
    {                                                                                              \
        .name = "rate", .takes = CMD_TAKES_TEXT, .arg = "N", .fallback = "50",                     \
        .help = "evictions per second at most"                                                     \
    }
#define PACE_OPTION_WINDOW                                                                         \
    {                                                                                              \
        .name = "window", .takes = CMD_TAKES_TEXT, .arg = "HH:MM-HH:MM",                           \
        .help = "part of the day, UTC, in which evictions may start"                               \
    }
#define PACE_OPTION_WORKLOAD_UNAVAILABLE                                                           \
    {                                                                                              \
        .name = "workload-unavailable", .takes = CMD_TAKES_TEXT, .arg = "N[%]", .fallback = "25%", \
        .help = "how much of a workload without a budget may be away at once"                      \
    }

#endif
