/*
 * gates: looks outside for a plan's gates: a Prometheus query, a CloudWatch metric, a webhook. What
 * the answers mean for the plan is plan/gate.h.
 */
#ifndef TOBAN_OPS_GATES_GATES_H
#define TOBAN_OPS_GATES_GATES_H

#include "plan/plan.h"

/* One look, at most timeout_ms (0: 10 s). Never fails: out->ok tells. Prometheus: instant query,
 * the largest of the series that come back. CloudWatch: the newest complete period. Webhook: POST
 * of the plan's id, title, step and status as JSON; 2xx with {"allow": true} or an empty body is
 * yes, 2xx with {"allow": false, "reason": …} and 403 are no. Credentials in an address or header
 * are never printed. */
void gates_observe(const struct plan *p, const struct plan_step *gate, unsigned timeout_ms,
                   struct gate_sight *out);

#endif
