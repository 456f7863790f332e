/*
 * duration: spans of time as people write them ("90s", "1h30m", "250ms") and as they read them
 * ("1 h 30 min"). Whole milliseconds; no clock and no calendar here.
 */
#ifndef TOBAN_BASE_DURATION_H
#define TOBAN_BASE_DURATION_H

#include "base/str.h"

/* Longest span that duration_parse takes: ten years. */
#define DURATION_MAX_MS ((int64_t)3650 * 86400000)

/* Longest text of duration_format and duration_clock, with its NUL. */
#define DURATION_TEXT_MAX 32

/*
 * Reads numbers, each followed at once by its unit d, h, m, s or ms, from the largest unit to the
 * smallest, none twice; the last may have a fraction ("1.5h"), which is rounded to milliseconds.
 * "0" needs no unit. False when it is written otherwise, negative or longer than DURATION_MAX_MS;
 * *ms is then untouched.
 */
bool duration_parse(struct sv text, int64_t *ms);

/* As exact as a person wants it: "250 ms", "4.5 s", "41 s", "12 min 30 s", "41 min", "1 h 05 min",
 * "2 d 3 h". Negative ones are taken as 0. */
const char *duration_format(int64_t ms, char buf[static DURATION_TEXT_MAX]);

/* A place in time since a start: "0:07", "12:30", "1:02:30", "2d 03:00:00". */
const char *duration_clock(int64_t ms, char buf[static DURATION_TEXT_MAX]);

#endif
