/* summary: what a world holds, counted: for people who want to know what they have before them. */
#ifndef TOBAN_OPS_SNAPSHOT_SUMMARY_H
#define TOBAN_OPS_SNAPSHOT_SUMMARY_H

#include "base/vec.h"
#include "world/cloud.h"
#include "world/world.h"

struct summary_kind {
    const char *kind; /* "Deployment"; of an operator's controllers their own */
    size_t count;
};

struct summary_group {
    uint32_t group; /* text; STRINGS_NONE: nodes of no group */
    size_t nodes, ready, cordoned, pods;
    int64_t cpu, memory;        /* allocatable: thousandths, bytes */
    VEC(uint32_t) zones, types; /* texts, each once, sorted */
};

struct summary {
    VEC(struct summary_kind) kinds;   /* those of which there are any; nodes and pods first */
    VEC(struct summary_group) groups; /* by name; nodes without a group last */
    size_t classes, bound, pending, finished;
};

/* Texts of the world are borrowed: it must outlive the summary. */
void summary_make(struct summary *s, const struct world *w);
void summary_release(struct summary *s);
#define _cleanup_summary_ _cleanup_(summary_release)

#endif
