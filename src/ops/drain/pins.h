/*
 * pins: which machines the names of an order meant when the plan first touched them. A machine that
 * came under the same name later is another one, and none of the plan's business.
 */
#ifndef TOBAN_OPS_DRAIN_PINS_H
#define TOBAN_OPS_DRAIN_PINS_H

#include "base/map.h"
#include "ops/drain/hand.h"

/* Adds name -> uid (const char *) of all nodes that the plan's acts speak of; texts are in the
 * hand's arena. */
void pins_load(struct hand *h, struct map *out);
/* Data of an act that pins its node: {"uid": …}; in a. */
struct sv pins_data(const char *uid, struct arena *a);
/* Is there a pin for this name, of another machine? */
bool pins_is_other(const struct map *pins, const char *node, const char *uid);

#endif
