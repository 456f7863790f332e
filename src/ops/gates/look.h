/*
 * look: what the three kinds of looks share: one HTTP exchange with a limit, and words that fit.
 * Not for others than ops/gates/.
 */
#ifndef TOBAN_OPS_GATES_LOOK_H
#define TOBAN_OPS_GATES_LOOK_H

#include "net/http.h"
#include "ops/gates/gates.h"

#define LOOK_BODY_MAX ((size_t)1 << 20)

/* Makes the sight one that could not be had, with these words. */
void look_failed(struct gate_sight *out, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
/* Sets the words, fit for a terminal. */
void look_say(struct gate_sight *out, struct sv words);

/* One exchange. -1: out tells why. */
int look_exchange(const struct http_request *request, struct http_response *response,
                  struct gate_sight *out);

/* "Authorization: Bearer …" of an environment variable, appended; nothing when it is not set. */
void look_bearer(const char *variable, struct str *header);

void look_prometheus(const struct gate *g, unsigned timeout_ms, struct gate_sight *out);
void look_cloudwatch(const struct gate *g, unsigned timeout_ms, struct gate_sight *out);
void look_webhook(const struct plan *p, const struct plan_step *step, unsigned timeout_ms,
                  struct gate_sight *out);

#endif
