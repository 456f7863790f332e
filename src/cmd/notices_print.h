/*
 * notices_print: the rows of `toban nodes notices` for people as a table with what to do, and for
 * programs as JSON (docs/format/notices.md). Only layout and wording.
 */
#ifndef TOBAN_CMD_NOTICES_PRINT_H
#define TOBAN_CMD_NOTICES_PRINT_H

#include "base/str.h"
#include "ops/notices/notices.h"

struct notices_print {
    struct str *out;
    const struct notice_row *rows;
    size_t count;
    const char *queue;
    int64_t now; /* seconds since 1970 */
};

/* Nothing when there are no rows. */
void notices_print_table(const struct notices_print *p);
/* One document with all rows. */
void notices_print_json(const struct notices_print *p);
/* One line of JSON for each row. */
void notices_print_lines(const struct notices_print *p);

#endif
