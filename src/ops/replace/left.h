/*
 * left: what of a plan in rounds is still ahead, for the rehearsal of the rest. Pure.
 */
#ifndef TOBAN_OPS_REPLACE_LEFT_H
#define TOBAN_OPS_REPLACE_LEFT_H

#include "ops/rehearse/rehearse.h"
#include "plan/plan.h"

/* Does the plan go in rounds? */
bool replace_in_rounds(const struct plan *p);

/* Its rounds that are not done; groups are counted as replace_groups lists them. Of a round that
 * has begun, its new nodes only when they are not known to be there. Arrays are in a. */
size_t replace_rounds_left(const struct plan *p, struct arena *a, struct rehearse_round **out);

#endif
