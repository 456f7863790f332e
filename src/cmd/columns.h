/*
 * columns: a table of words for people: every column as wide as its widest cell, two spaces
 * between. Cells are made harmless for a terminal.
 */
#ifndef TOBAN_CMD_COLUMNS_H
#define TOBAN_CMD_COLUMNS_H

#include "base/str.h"
#include "base/vec.h"

#include <stdint.h>

/* Zeroed memory but for `count`, the number of columns, is an empty table. */
struct columns {
    unsigned count;
    VEC(char *) cells;
};
void columns_release(struct columns *c);
#define _cleanup_columns_ _cleanup_(columns_release)

/* The next cell, from left to right, row by row. */
void columns_add(struct columns *c, const char *text);
void columns_addf(struct columns *c, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Appends all rows; columns in which nothing but the first row's cell is written are left out. */
void columns_print(const struct columns *c, struct str *out);

/* "45s", "12m", "5h", "31d": as kubectl tells ages, but in one unit. Negative ones are 0s. */
#define COLUMNS_AGE_MAX 24
const char *columns_age(int64_t seconds, char buf[static COLUMNS_AGE_MAX]);

#endif
