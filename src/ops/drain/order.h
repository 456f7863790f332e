/* order: an order bound to a world that may have changed since it was given. */
#ifndef TOBAN_OPS_DRAIN_ORDER_H
#define TOBAN_OPS_DRAIN_ORDER_H

#include "ops/drain/drain.h"

/* As drain_options; lenient: what is not there any more is left out, since a plan that goes on
 * finds nodes deleted and pods gone. */
int order_bind(const struct drain_order *o, const struct world *w, int64_t now_ms, bool lenient,
               struct arena *a, struct nodes_options *out, struct err *err);

#endif
