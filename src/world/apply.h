/*
 * apply: one event of a watch into a world that load_finish has completed, and what it changed.
 * After any series of events the world is equal to one loaded afresh (a property test says so).
 */
#ifndef TOBAN_WORLD_APPLY_H
#define TOBAN_WORLD_APPLY_H

#include "base/err.h"
#include "world/change.h"

/* Enters, replaces or (deleted) removes the object; *change tells what it was. Objects of kinds the
 * world does not hold, and events that repeat what is known, give CHANGE_NONE. -1 when the JSON
 * cannot be read; the world is then unchanged. */
int world_apply(struct world *w, struct sv api_version, struct sv kind, bool deleted,
                struct sv json, struct world_change *change, struct err *err);

/* Are two worlds equal in everything that matters, whatever the order of their arrays and numbers?
 * When not, `why` (of cap bytes) names the first difference. For tests and for proving copies. */
bool world_equal(const struct world *a, const struct world *b, char *why, size_t cap);

#endif
