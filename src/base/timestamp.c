#include "base/timestamp.h"

#include <time.h>

/* n digits at p, within the limits; -1 else. */
static int digits(const char *p, int n, int low, int high)
{
    int value = 0;
    for (int i = 0; i < n; i++) {
        if (p[i] < '0' || p[i] > '9')
            return -1;
        value = value * 10 + (p[i] - '0');
    }
    return value < low || value > high ? -1 : value;
}

/* "Z", "+02:00", "-07:30" as seconds east. */
static bool offset_of(struct sv v, int *seconds)
{
    *seconds = 0;
    if (sv_is(v, "Z") || sv_is(v, "z"))
        return true;
    if (v.len != 6 || (v.ptr[0] != '+' && v.ptr[0] != '-') || v.ptr[3] != ':')
        return false;
    int hours = digits(v.ptr + 1, 2, 0, 23);
    int minutes = digits(v.ptr + 4, 2, 0, 59);
    *seconds = (hours * 60 + minutes) * (v.ptr[0] == '-' ? -60 : 60);
    return hours >= 0 && minutes >= 0;
}

/* Days since 1970-01-01 of a day of the Gregorian calendar. Years begin in March here, so that the
 * leap day is the last one. */
static int64_t days_of(int year, int month, int day)
{
    int64_t y = year - (month < 3), m = (month + 9) % 12;
    return 365 * y + y / 4 - y / 100 + y / 400 + (153 * m + 2) / 5 + day - 1 - 719468;
}

static int days_in(int year, int month)
{
    static const unsigned char days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return days[month - 1] + (month == 2 && leap);
}

bool timestamp_parse(struct sv text, int64_t *out)
{
    const char *p = text.ptr;
    int offset;
    if (text.len < 20 || p[4] != '-' || p[7] != '-' || (p[10] != 'T' && p[10] != 't') ||
        p[13] != ':' || p[16] != ':')
        return false;
    int year = digits(p, 4, 1, 9999), month = digits(p + 5, 2, 1, 12);
    int day = year > 0 && month > 0 ? digits(p + 8, 2, 1, days_in(year, month)) : -1;
    int hour = digits(p + 11, 2, 0, 23), minute = digits(p + 14, 2, 0, 59);
    int second = digits(p + 17, 2, 0, 60);
    size_t at = 19;
    if (p[at] == '.') {
        at++;
        while (at < text.len && p[at] >= '0' && p[at] <= '9')
            at++;
    }
    if (day < 0 || hour < 0 || minute < 0 || second < 0 ||
        !offset_of(sv_n(p + at, text.len - at), &offset))
        return false;
    *out = days_of(year, month, day) * 86400 + hour * 3600 + minute * 60 + second - offset;
    return true;
}

const char *timestamp_format(int64_t unix_time, char buf[static TIMESTAMP_TEXT_MAX])
{
    time_t t = (time_t)unix_time;
    struct tm tm;
    if (!gmtime_r(&t, &tm) || strftime(buf, TIMESTAMP_TEXT_MAX, "%Y-%m-%dT%H:%M:%SZ", &tm) == 0)
        buf[0] = '\0';
    return buf;
}
