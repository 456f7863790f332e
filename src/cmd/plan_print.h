/*
 * plan_print: plans for people as tables and text, and for programs as JSON (docs/format/plan.md).
 * Only layout and wording; nothing is read here.
 */
#ifndef TOBAN_CMD_PLAN_PRINT_H
#define TOBAN_CMD_PLAN_PRINT_H

#include "base/str.h"
#include "plan/plan.h"
#include "store/lease.h"

/* How often a plan's journal speaks of acts of one kind. */
struct plan_acts {
    const char *kind; /* "evict" */
    uint32_t open;    /* intended, and not known how it went */
    uint32_t done, failed;
};

struct plan_print {
    struct str *out;
    const struct plan *plan;
    const struct lease_holder *runner; /* NULL: nobody */
    const struct plan_acts *acts;
    size_t act_count;
    int64_t now; /* seconds since 1970 */
    unsigned width;
    bool colour, utf8;
};

/* "waits", "running", …: with what a person wants to know about who runs it. */
void plan_print_status(const struct plan *p, const struct lease_holder *runner, struct str *out);

/* All about one plan. */
void plan_print_show(const struct plan_print *p);
void plan_print_show_json(const struct plan_print *p);

/* Its steps alone, numbered: what is going to be done. */
void plan_print_steps(const struct plan *p, struct str *out);

/* What going back would undo, from the last step on, and what stays as it is. */
void plan_print_undo(const struct plan *p, struct str *out);

/* The command that a person would run next; nothing when there is none. */
void plan_print_next(const struct plan *p, const struct lease_holder *runner, struct str *out);

/* What the rehearsal foretold, as kept in the plan; false: nothing. */
struct plan_forecast {
    bool finishes;
    int64_t p50_ms, p95_ms; /* -1: it blocks */
    uint32_t pods;
};
bool plan_forecast_parse(const struct plan *p, struct plan_forecast *out);
void plan_forecast_format(const struct plan_forecast *f, struct str *out);

/* One entry of a list of plans. */
struct plan_brief {
    const char *id, *status, *kind, *title, *cluster, *made_by, *runner, *words;
    int64_t made; /* seconds since 1970 */
};
void plan_print_list(const struct plan_brief *plans, size_t count, int64_t now, struct str *out);
void plan_print_list_json(const struct plan_brief *plans, size_t count, struct str *out);

#endif
