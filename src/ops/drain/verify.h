/* verify: the verb "verify-drained": proves by fresh lists, not by the watch, that nothing is left.
 */
#ifndef TOBAN_OPS_DRAIN_VERIFY_H
#define TOBAN_OPS_DRAIN_VERIFY_H

#include "ops/drain/hand.h"

/* Is the pod one that should have left: neither of a DaemonSet nor static? */
bool verify_is_left(const struct doc_node *pod);

enum plan_end verify_act(void *ctx, struct plan_run *run, const struct plan_step *step,
                         struct err *err);

#endif
