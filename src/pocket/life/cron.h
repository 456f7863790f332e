/*
 * cron: schedules of CronJobs: when the next moment is. Written as the CronJob controller reads
 * them: five fields (minute, hour, day of month, month, day of week), the words @yearly to @hourly,
 * "@every 90s". Pure; a zone is a fixed distance from UTC, so there is no summer time here.
 * Source: spec.schedule in the reference of batch/v1, package robfig/cron v3 ("ParseStandard").
 */
#ifndef TOBAN_POCKET_LIFE_CRON_H
#define TOBAN_POCKET_LIFE_CRON_H

#include "base/err.h"
#include "base/sv.h"

#define CRON_NEVER INT64_MAX
#define CRON_TEXT_MAX 1024

struct cron {
    uint64_t minutes; /* bits by value */
    uint32_t hours, days;
    uint16_t months;
    uint8_t weekdays;          /* Sunday is 0 */
    bool any_day, any_weekday; /* written as a star: the other one alone decides */
    int64_t every_s;           /* not 0: so many seconds after the last time */
};

/* -1 when it is not written so, or longer than CRON_TEXT_MAX; *out is then untouched. */
int cron_parse(struct sv text, struct cron *out, struct err *err);

/* The first moment after `after` (Unix seconds, from 1970-01-02 to the year 9999) at which the
 * schedule is due in a zone so many seconds east of UTC; CRON_NEVER: none within five years. */
int64_t cron_next(const struct cron *c, int64_t after, int32_t east_s);

/* Seconds east of UTC of a zone whose name tells them: "UTC", "Etc/UTC", "Etc/GMT-9" (which is nine
 * hours east) and their other names. False for zones of places; *out is then untouched. */
bool cron_zone(struct sv name, int32_t *out);

#endif
