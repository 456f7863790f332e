/*
 * gates: looks outside for a plan's gates: a Prometheus query, a CloudWatch metric, a webhook. What
 * the answers mean for the plan is plan/gate.h.
 */
#ifndef TOBAN_OPS_GATES_GATES_H
#define TOBAN_OPS_GATES_GATES_H

#include "plan/plan.h"

/* One look, at most timeout_ms (0: 10 s). Never fails: out->ok tells.
 *
 * Prometheus: instant query. Of several series the worst counts: the largest when the value is to
 * be below something, the smallest when above; NaN when one of them is NaN. The variable
 * TOBAN_PROMETHEUS_TOKEN is sent as a bearer token.
 * CloudWatch: GetMetricData, the newest period that is over, of the last five (at least of the last
 * five minutes); no value in them: `missing` of the gate, else no such series. Keys and endpoint as
 * the AWS tools find them (AWS_ENDPOINT_URL_CLOUDWATCH, AWS_ENDPOINT_URL).
 * Webhook: POST of the plan's id, title, step and status as JSON; 2xx with {"allow": true} or an
 * empty body is yes, 2xx with {"allow": false, "reason": …} and 403 are no. TOBAN_WEBHOOK_TOKEN is
 * sent as a bearer token.
 *
 * Credentials in an address or header are never printed. */
void gates_observe(const struct plan *p, const struct plan_step *gate, unsigned timeout_ms,
                   struct gate_sight *out);

#endif
