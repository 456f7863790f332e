/*
 * apply: one event of a watch into a world that load_finish has completed, and what it changed.
 * After any series of events the world is equal to one loaded afresh (a property test says so).
 *
 * Names that refer to nothing yet must be remembered, and a world alone does not: so it takes over
 * the load that filled it.
 */
#ifndef TOBAN_WORLD_APPLY_H
#define TOBAN_WORLD_APPLY_H

#include "base/err.h"
#include "world/change.h"

struct load;

/* Makes the world ready for events: takes the load that filled and finished it, which is freed with
 * the world. The world must not be moved in memory. */
void world_follow(struct world *w, struct load *l);

/* Enters, replaces or (deleted) removes the object; *change tells what it was. Objects of kinds the
 * world does not hold, and events that repeat what is known of a thing of the world, give
 * CHANGE_NONE; what only tells something of others (CSINode, EndpointSlice, Ingress, …) gives
 * CHANGE_OTHER. The index is that of the thing; of one that is gone: its free slot. -1 when the
 * JSON cannot be read or the world does not follow; the world is then unchanged. */
int world_apply(struct world *w, struct sv api_version, struct sv kind, bool deleted,
                struct sv json, struct world_change *change, struct err *err);

/* Are two worlds equal in everything that matters, whatever the order of their arrays and numbers?
 * When not, `why` (of cap bytes) names the first difference. For tests and for proving copies. */
bool world_equal(const struct world *a, const struct world *b, char *why, size_t cap);

#endif
