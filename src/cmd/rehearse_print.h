/*
 * rehearse_print: a rehearsal (ops/rehearse) for people as a table, as Markdown and as one HTML
 * page with its charts, and for programs as JSON (docs/format/rehearsal.md). Only layout and
 * wording; nothing is decided here.
 */
#ifndef TOBAN_CMD_REHEARSE_PRINT_H
#define TOBAN_CMD_REHEARSE_PRINT_H

#include "base/str.h"
#include "ops/rehearse/rehearsal.h"

struct rehearse_print {
    struct str *out;
    unsigned width; /* of the table, in columns */
    bool colour, utf8;
};

/* Each appends the whole report to p->out. */
void rehearse_print_table(const struct rehearse_print *p, const struct rehearsal *r);
void rehearse_print_markdown(const struct rehearse_print *p, const struct rehearsal *r);
void rehearse_print_json(const struct rehearse_print *p, const struct rehearsal *r);
/* One page that needs nothing from outside: style and pictures are inside, there is no script. It
 * is well-formed XML, so that any tool can read it. */
void rehearse_print_html(const struct rehearse_print *p, const struct rehearsal *r);

#endif
