/* Schedules of CronJobs: what is read, and when they are due. */
#include "base/cleanup.h"
#include "base/timestamp.h"
#include "pocket/life/cron.h"
#include "unit.h"

struct due {
    const char *schedule, *zone, *after, *next; /* next NULL: never */
};

/* Days: 2023-11-14 is a Tuesday, 2024 has a 29th of February. */
static const struct due table[] = {
    {"* * * * *", "UTC", "2023-11-14T22:13:20Z", "2023-11-14T22:14:00Z"},
    {"* * * * *", "UTC", "2023-11-14T22:14:00Z", "2023-11-14T22:15:00Z"},
    {"*/15 * * * *", "UTC", "2023-11-14T22:46:00Z", "2023-11-14T23:00:00Z"},
    {"7/20 * * * *", "UTC", "2023-11-14T22:28:00Z", "2023-11-14T22:47:00Z"},
    {"10-40/10 3 * * *", "UTC", "2023-11-14T03:40:00Z", "2023-11-15T03:10:00Z"},
    {"30 4 1,15 * *", "UTC", "2023-11-14T00:00:00Z", "2023-11-15T04:30:00Z"},
    {"0 0 * * 1-5", "UTC", "2023-11-17T12:00:00Z", "2023-11-20T00:00:00Z"},
    {"0 9 * jan mon", "UTC", "2023-11-14T00:00:00Z", "2024-01-01T09:00:00Z"},
    {"0 9 * FEB ?", "UTC", "2023-11-14T00:00:00Z", "2024-02-01T09:00:00Z"},
    {"0 0 29 2 *", "UTC", "2023-11-14T00:00:00Z", "2024-02-29T00:00:00Z"},
    {"0 0 29 2 *", "UTC", "2024-02-29T00:00:00Z", "2028-02-29T00:00:00Z"},
    {"59 23 31 12 *", "UTC", "2023-12-31T23:58:59Z", "2023-12-31T23:59:00Z"},
    /* Both days restricted: either will do. A star with a step restricts. */
    {"0 0 20 * 3", "UTC", "2023-11-14T00:00:00Z", "2023-11-15T00:00:00Z"},
    {"0 0 20 * 3", "UTC", "2023-11-16T00:00:00Z", "2023-11-20T00:00:00Z"},
    {"0 0 */10 * 3", "UTC", "2023-11-14T00:00:00Z", "2023-11-15T00:00:00Z"},
    {"0 0 31 4,6,9,11 *", "UTC", "2023-11-14T00:00:00Z", NULL},
    {"@hourly", "UTC", "2023-11-14T22:13:20Z", "2023-11-14T23:00:00Z"},
    {"@daily", "UTC", "2023-11-14T22:13:20Z", "2023-11-15T00:00:00Z"},
    {"@midnight", "UTC", "2023-11-14T22:13:20Z", "2023-11-15T00:00:00Z"},
    {"@weekly", "UTC", "2023-11-14T22:13:20Z", "2023-11-19T00:00:00Z"},
    {"@monthly", "UTC", "2023-11-14T22:13:20Z", "2023-12-01T00:00:00Z"},
    {"@yearly", "UTC", "2023-11-14T22:13:20Z", "2024-01-01T00:00:00Z"},
    {"@annually", "UTC", "2023-11-14T22:13:20Z", "2024-01-01T00:00:00Z"},
    {"@every 90s", "UTC", "2023-11-14T22:13:20Z", "2023-11-14T22:14:50Z"},
    {"@every 1h30m", "UTC", "2023-11-14T22:13:20Z", "2023-11-14T23:43:20Z"},
    {" 0\t3  * * * ", "UTC", "2023-11-14T00:00:00Z", "2023-11-14T03:00:00Z"},
    /* East of UTC the sign of these names is the other way round. */
    {"0 3 * * *", "Etc/GMT-9", "2023-11-14T00:00:00Z", "2023-11-14T18:00:00Z"},
    {"0 3 * * *", "Etc/GMT+5", "2023-11-14T00:00:00Z", "2023-11-14T08:00:00Z"},
    {"0 0 1 * *", "Etc/GMT-14", "2023-11-14T00:00:00Z", "2023-11-30T10:00:00Z"},
};

static void schedules_are_due(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(table); i++) {
        const struct due *d = &table[i];
        char text[TIMESTAMP_TEXT_MAX];
        struct cron c;
        struct err err = {0};
        int64_t after = 0;
        int32_t east = -1;
        assert_int_equal(cron_parse(sv_of(d->schedule), &c, &err), 0);
        assert_true(timestamp_parse(sv_of(d->after), &after));
        assert_true(cron_zone(sv_of(d->zone), &east));
        int64_t next = cron_next(&c, after, east);
        if (d->next)
            assert_string_equal(timestamp_format(next, text), d->next);
        else
            assert_int_equal(next, CRON_NEVER);
    }
}

static void what_is_no_schedule_is_refused(void **state)
{
    static const char *const wrong[] = {
        "",
        "* * * *",
        "* * * * * *",
        "60 * * * *",
        "* 24 * * *",
        "* * 0 * *",
        "* * 32 * *",
        "* * * 13 *",
        "* * * * 7",
        "5-1 * * * *",
        "*/0 * * * *",
        "*/x * * * *",
        "a * * * *",
        "1-2-3 * * * *",
        "-1 * * * *",
        ", * * * *",
        "@never",
        "@every",
        "@every x",
        "@every 1d",
        "* * * * sunday",
        "TZ=UTC * * * * *",
        "1.5 * * * *",
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
        struct cron c = {.every_s = 77};
        struct err err = {0};
        assert_int_equal(cron_parse(sv_of(wrong[i]), &c, &err), -1);
        assert_int_equal(err.class, ERR_INPUT);
        assert_int_equal(c.every_s, 77);
    }
}

static void what_is_wrong_is_told_as_kubernetes_does(void **state)
{
    static const char *const all[][2] = {
        {"foo", "expected exactly 5 fields, found 1: [foo]"},
        {"* * * * * *", "expected exactly 5 fields, found 6: [* * * * * *]"},
        {"60 * * * *", "end of range (60) above maximum (59): 60"},
        {"* * 0 * *", "beginning of range (0) below minimum (1): 0"},
        {"5-1 * * * *", "beginning of range (5) beyond end of range (1): 5-1"},
        {"*/0 * * * *", "step of range should be a positive number: */0"},
        {"1-2-3 * * * *", "too many hyphens: 1-2-3"},
        {"1/2/3 * * * *", "too many slashes: 1/2/3"},
        {"a * * * *", "failed to parse int from a: strconv.Atoi: parsing \"a\": invalid syntax"},
        {"@never", "unrecognized descriptor: @never"},
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(all); i++) {
        struct cron c;
        struct err err = {0};
        assert_int_equal(cron_parse(sv_of(all[i][0]), &c, &err), -1);
        assert_string_equal(err.msg, all[i][1]);
    }
}

static void zones_of_places_are_not_known(void **state)
{
    static const char *const unknown[] = {"",          "Asia/Tokyo", "Etc/GMT+13", "Etc/GMT-15",
                                          "Etc/GMT-",  "Etc/GMT-09", "Etc/GMT9",   "utc",
                                          "Etc/GMT+x", "JST-9"};
    static const char *const zero[] = {"UTC", "Etc/UTC", "GMT", "Zulu", "Etc/GMT+0", "Etc/GMT-0"};
    int32_t east = 5;
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(unknown); i++)
        assert_false(cron_zone(sv_of(unknown[i]), &east));
    assert_int_equal(east, 5);
    for (size_t i = 0; i < ARRAY_LEN(zero); i++) {
        east = 5;
        assert_true(cron_zone(sv_of(zero[i]), &east));
        assert_int_equal(east, 0);
    }
}

/* The next moment is the first one that is due: no minute between is. Checked against a calendar
 * that counts days one by one. */
struct clock {
    unsigned year, month, day, weekday;
};

static unsigned month_days(const struct clock *c)
{
    static const unsigned char days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = (c->year % 4 == 0 && c->year % 100) || c->year % 400 == 0;
    return days[c->month - 1] + (c->month == 2 && leap);
}

static void next_day(struct clock *c)
{
    c->weekday = (c->weekday + 1) % 7;
    if (++c->day <= month_days(c))
        return;
    c->day = 1;
    if (++c->month > 12) {
        c->month = 1;
        c->year++;
    }
}

static bool day_is_due(const struct cron *s, const struct clock *c)
{
    bool day = s->days >> c->day & 1, weekday = s->weekdays >> c->weekday & 1;
    bool both = s->any_day || s->any_weekday;
    return (s->months >> c->month & 1) && (both ? day && weekday : day || weekday);
}

static void days_are_those_of_the_calendar(void **state)
{
    static const char *const schedules[] = {"0 0 * * *",  "0 0 31 * *",    "0 0 29 2 *",
                                            "0 0 13 * 5", "0 0 */7 3-9 0", "0 0 1 1 *"};
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(schedules); i++) {
        struct clock c = {1970, 1, 2, 5};
        struct err err = {0};
        struct cron s;
        assert_int_equal(cron_parse(sv_of(schedules[i]), &s, &err), 0);
        int64_t next = cron_next(&s, 86399 + 1 - 60, 0);
        for (int64_t day = 1; day < 366 * 140; day++, next_day(&c)) {
            if (day_is_due(&s, &c)) {
                assert_int_equal(next, day * 86400);
                next = cron_next(&s, next, 0);
            } else if (next != CRON_NEVER) {
                assert_true(next > day * 86400);
            } else {
                next = cron_next(&s, day * 86400, 0); /* 2100 has no 29th of February */
            }
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(schedules_are_due),
        cmocka_unit_test(what_is_no_schedule_is_refused),
        cmocka_unit_test(what_is_wrong_is_told_as_kubernetes_does),
        cmocka_unit_test(zones_of_places_are_not_known),
        cmocka_unit_test(days_are_those_of_the_calendar),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
