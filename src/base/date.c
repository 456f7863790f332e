#include "base/date.h"

#include <stdio.h>

static bool is_leap(unsigned year)
{
    return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

static unsigned days_of_month(unsigned year, unsigned month)
{
    static const unsigned char days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    return days[month - 1] + (month == 2 && is_leap(year));
}

static date_days days_before_year(unsigned year)
{
    unsigned y = year - 1;
    return (date_days)(365 * (year - 1970) + (y / 4 - y / 100 + y / 400) - 477);
}

static bool number(struct sv text, size_t at, size_t n, unsigned *out)
{
    unsigned value = 0;
    for (size_t i = at; i < at + n; i++) {
        if (text.ptr[i] < '0' || text.ptr[i] > '9')
            return false;
        value = value * 10 + (unsigned)(text.ptr[i] - '0');
    }
    *out = value;
    return true;
}

bool date_parse(struct sv text, date_days *out)
{
    unsigned year, month, day;
    if (text.len != 10 || text.ptr[4] != '-' || text.ptr[7] != '-' || !number(text, 0, 4, &year) ||
        !number(text, 5, 2, &month) || !number(text, 8, 2, &day))
        return false;
    if (year < 1970 || month < 1 || month > 12 || day < 1 || day > days_of_month(year, month))
        return false;
    date_days days = days_before_year(year);
    for (unsigned m = 1; m < month; m++)
        days += (date_days)days_of_month(year, m);
    *out = days + (date_days)day - 1;
    return true;
}

const char *date_format(date_days day, char buf[static DATE_TEXT_MAX])
{
    const date_days last = days_before_year(10000) - 1;
    date_days left = day < 0 ? 0 : day > last ? last : day;
    unsigned year = 1970 + (unsigned)left / 366, month = 1;
    while (days_before_year(year + 1) <= left)
        year++;
    left -= days_before_year(year);
    while (left >= (date_days)days_of_month(year, month))
        left -= (date_days)days_of_month(year, month++);
    snprintf(buf, DATE_TEXT_MAX, "%04u-%02u-%02u", year % 10000, month, ((unsigned)left + 1) % 100);
    return buf;
}
