/*
 * rounds: a replacement in parts, for when there is no room for all new nodes beside the old ones:
 * which old nodes go together, and how many new ones there are by then. One division for the
 * rehearsal and for the plan. Pure.
 */
#ifndef TOBAN_OPS_NODES_ROUNDS_H
#define TOBAN_OPS_NODES_ROUNDS_H

#include "world/world.h"

struct nodes_round {
    uint32_t from, count; /* old nodes that go, of the list in its new order; count may be 0 */
    uint32_t fresh;       /* new nodes that there must be before, in all */
};

struct nodes_room {
    uint32_t wanted;  /* new nodes in the end */
    uint32_t at_once; /* so many beyond the old ones at any time; 0: all */
    int64_t new_cpu;  /* millicores of a new node; 0: as an old one */
};

/* Puts the old nodes (indexes of w) into the order in which they go: of all zones in turn, since
 * new nodes are spread over them. Old nodes go when new ones of their size have come, and then as
 * much more is started; where less is wanted in the end, when new ones have come in proportion. So
 * never more is there than the old nodes and at_once new ones, but when an old node is larger than
 * all there is room for, or more is wanted in the end. Arrays are in a. Returns how many rounds, at
 * least 1. */
uint32_t nodes_rounds(const struct world *w, uint32_t *old, uint32_t count,
                      const struct nodes_room *room, struct arena *a, struct nodes_round **out);

#endif
