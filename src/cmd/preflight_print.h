/*
 * preflight_print: what stands against a change, for people, before they are asked.
 */
#ifndef TOBAN_CMD_PREFLIGHT_PRINT_H
#define TOBAN_CMD_PREFLIGHT_PRINT_H

#include "base/str.h"
#include "ops/preflight/preflight.h"
#include "plan/plan.h"

struct preflight_print {
    struct str *out;
    const struct plan *plan;
    const struct rehearsal *rehearsal; /* NULL: there was nothing to rehearse */
    const struct preflight *found;
    unsigned width;
    bool colour, utf8;
    bool back; /* the plan is to go back */
};

/* Title and steps, the rehearsal's verdict, what blocks, what has been accepted, risks. */
void preflight_print(const struct preflight_print *p);

#endif
