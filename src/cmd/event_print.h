/*
 * event_print: what happens while a plan is carried out, for people, and for
 * programs as JSON (toban.event/v1, docs/format/events.md). Pure; each appends whole lines.
 */
#ifndef TOBAN_CMD_EVENT_PRINT_H
#define TOBAN_CMD_EVENT_PRINT_H

#include "ops/drain/drain.h"
#include "ops/preflight/preflight.h"

/* Something that happened. Members that are not known are NULL. */
struct event {
    int64_t at_ms; /* since 1970 */
    const char *plan, *step, *kind, *subject, *text;
};

/* "10:31:04 evicted shop/cart-2: …" (UTC). */
void event_print_line(const struct event *e, struct str *out);
void event_print_json(const struct event *e, struct str *out);

/* How far it is; kind "progress". In lines: one, and one for each thing that pods wait for. */
void event_print_progress_lines(const struct drain_view *v, struct str *out);
void event_print_progress_json(const char *plan, const struct drain_view *v, struct str *out);

/* What the checks before the first act found; kind "preflight". r may be NULL: nothing to rehearse.
 */
void event_print_preflight_json(int64_t at_ms, const struct plan *p, const struct rehearsal *r,
                                const struct preflight *found, struct str *out);

/* How it ended; kind "end". */
struct event_end {
    int64_t at_ms, took_ms, forecast_ms; /* forecast 0: none */
    const struct plan *plan;
    int exit;
    uint32_t pods, pods_gone;
    uint64_t evictions, refused;
};
void event_print_end_json(const struct event_end *e, struct str *out);

#endif
