/*
 * rehearse: runs an operation's decision core on the simulator, often enough for a range, and tells
 * how it goes. The glue between ops/nodes, sim and rules/nodes; no I/O. The world stays as it is
 * but for texts: names of new nodes are entered.
 */
#ifndef TOBAN_OPS_REHEARSE_REHEARSE_H
#define TOBAN_OPS_REHEARSE_REHEARSE_H

#include "ops/rehearse/rehearsal.h"
#include "sim/times.h"
#include "world/cloud.h"

struct rehearse_options {
    struct nodes_options nodes; /* without nodes, green and terminate */
    const char *const *times;   /* as sim_times_set takes them, ended by NULL, in place of what the
                                   world and the cloud tell; NULL: none */
    unsigned runs; /* 0: 1. A single one takes medians; of several the one in the middle is
                      told, or one that blocked */
    uint64_t seed;
    int64_t limit_ms; /* virtual time after which a run counts as blocked; 0: 7 days */
};

/* New nodes of a group come, then these old ones are drained and end. */
struct rehearse_round {
    const char *const *nodes; /* names, ended by NULL; those that are not there are left out */
    size_t group;             /* of the groups that are replaced: whose new ones */
    uint32_t fresh;           /* that come before */
};

/* What the new nodes are to be. Fields left empty: as the old ones. */
struct rehearse_green {
    const char *const *names; /* of the new groups, as `groups` names the old ones; NULL: OLD-new */
    const char *instance_type;
    int32_t count;            /* in all; 0: as many as the old ones */
    const char *const *zones; /* "eu-west-1a=4"; ended by NULL; NULL: as the old ones */
    struct version version;   /* kubelet's */
    const char *ami;          /* told in the report only */
    bool suggest;             /* find the smallest count per zone that fits */
    uint32_t at_once; /* in rounds (ops/nodes/rounds.h), one group after the other; 0: all */
    const struct rehearse_round *rounds; /* in place of at_once, and of the groups' own nodes: only
                                            these go; NULL: none are given */
    size_t round_count;
};

/* Blue/green replacement of whole node groups. -1 with err when a group has no nodes, an instance
 * type is not known, …. *out is to be released in every case. */
int rehearse_replace(struct world *w, const struct cloud *cloud, const char *const *groups,
                     const struct rehearse_green *green, const struct rehearse_options *o,
                     struct rehearsal *out, struct err *err);

/* Drain of single nodes, by name. */
int rehearse_drain(struct world *w, const struct cloud *cloud, const char *const *nodes,
                   const struct rehearse_options *o, struct rehearsal *out, struct err *err);

/* These nodes or zones die at once, without a word. */
int rehearse_fail(struct world *w, const struct cloud *cloud, const char *const *names,
                  const struct rehearse_options *o, struct rehearsal *out, struct err *err);

#endif
