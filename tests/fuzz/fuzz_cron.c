/* Any bytes as a schedule: what it says is due comes later, on a whole minute that the schedule
 * names, and nothing between is due. */
#include "fuzz.h"

#include "pocket/life/cron.h"

#include <stdlib.h>

#define TUESDAY INT64_C(1700000000)

static void check(bool holds)
{
    if (!holds)
        abort();
}

static void check_minute(const struct cron *c, int64_t at, int32_t east)
{
    int64_t local = at + east;
    check(at % 60 == 0);
    check(c->minutes >> local / 60 % 60 & 1);
    check(c->hours >> local / 3600 % 24 & 1);
    check(cron_next(c, at - 1, east) == at);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct sv text = sv_n((const char *)data, size);
    struct cron c = {0};
    struct err err = {0};
    int32_t east = 0;
    bool zone = cron_zone(text, &east);
    check(zone ? east % 3600 == 0 && east <= 14 * 3600 && east >= -12 * 3600 : east == 0);
    if (cron_parse(text, &c, &err) < 0) {
        check(err.msg[0] && !c.minutes);
        return 0;
    }
    east = (int32_t)(size % 27 * 3600) - 12 * 3600;
    int64_t at = TUESDAY;
    for (unsigned i = 0; i < 4; i++) {
        int64_t next = cron_next(&c, at, east);
        check(next > at);
        if (next == CRON_NEVER)
            break;
        if (c.every_s)
            check(next == at + c.every_s);
        else
            check_minute(&c, next, east);
        at = next;
    }
    return 0;
}
