/*
 * date: calendar days, as people write them in files (2027-06-30). No clock and no time zones here:
 * who asks hands in the day.
 */
#ifndef TOBAN_BASE_DATE_H
#define TOBAN_BASE_DATE_H

#include "base/sv.h"

/* Days since 1970-01-01 of the Gregorian calendar; earlier ones are negative. */
typedef int32_t date_days;

/* Longest text of date_format, with its NUL. */
#define DATE_TEXT_MAX 16

/* Reads exactly YYYY-MM-DD, years 1970 to 9999. False when it is written otherwise or there is no
 * such day; *out is then untouched. */
bool date_parse(struct sv text, date_days *out);

/* "2027-06-30". Days outside the years 1970 to 9999 are taken as the nearest day inside. */
const char *date_format(date_days day, char buf[static DATE_TEXT_MAX]);

#endif
