/*
 * diff_print: a forecast (rules/diff) as text for people, as JSON (toban.diff/v1) and as Markdown.
 * Only layout; nothing is decided here.
 */
#ifndef TOBAN_CMD_DIFF_PRINT_H
#define TOBAN_CMD_DIFF_PRINT_H

#include "base/str.h"
#include "cmd/cmd.h"
#include "rules/diff/diff.h"

struct diff_print {
    struct str *out;
    unsigned width;
    bool colour, utf8;
    bool all;                        /* unchanged objects too */
    const char *old_name, *new_name; /* of the two sides, for the heading */
    struct version version;          /* that the forecast was made for; may be unset */
};

/* Each writes the whole report to p->out. r is not const only because values are written to its
 * arena. */
void diff_print_table(const struct diff_print *p, struct diff_report *r);
void diff_print_json(const struct diff_print *p, struct diff_report *r);
void diff_print_markdown(const struct diff_print *p, struct diff_report *r);

/* "Deployment ingress/edge-controller"; the new name behind an arrow when it differs. */
void diff_print_subject(const struct diff_print *p, const struct diff_entry *e, struct str *out);

/* Objects that cannot simply be applied: rejected, re-created or replaced silently. */
size_t diff_print_costly(const struct diff_report *r);

#endif
