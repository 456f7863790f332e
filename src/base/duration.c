#include "base/duration.h"

#include <stdio.h>

static const struct unit {
    const char *name;
    int64_t ms;
} units[] = {{"d", 86400000}, {"h", 3600000}, {"m", 60000}, {"s", 1000}, {"ms", 1}};

#define UNITS (sizeof units / sizeof units[0])

struct number {
    int64_t whole;
    int64_t thousands; /* of a unit */
    bool has_fraction;
};

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static struct sv skip(struct sv text, size_t n)
{
    return sv_n(text.ptr + n, text.len - n);
}

static size_t digits(struct sv text)
{
    size_t n = 0;
    while (n < text.len && is_digit(text.ptr[n]))
        n++;
    return n;
}

/* Digits beyond the third of a fraction decide about rounding only. */
static bool take_fraction(struct sv *text, struct number *out)
{
    *text = skip(*text, 1);
    size_t n = digits(*text);
    for (size_t i = 0, place = 100; i < n && place; i++, place /= 10)
        out->thousands += (int64_t)place * (text->ptr[i] - '0');
    if (n > 3 && text->ptr[3] >= '5')
        out->thousands++;
    *text = skip(*text, n);
    out->has_fraction = true;
    return n > 0;
}

static bool take_number(struct sv *text, struct number *out)
{
    uint64_t whole;
    size_t n = digits(*text);
    if (!n || !sv_to_u64(sv_n(text->ptr, n), &whole) || whole > (uint64_t)DURATION_MAX_MS)
        return false;
    *out = (struct number){.whole = (int64_t)whole};
    *text = skip(*text, n);
    return !text->len || text->ptr[0] != '.' || take_fraction(text, out);
}

static size_t take_unit(struct sv *text)
{
    size_t n = 0;
    while (n < text->len && text->ptr[n] >= 'a' && text->ptr[n] <= 'z')
        n++;
    struct sv name = sv_n(text->ptr, n);
    *text = skip(*text, n);
    size_t i = 0;
    while (i < UNITS && !sv_is(name, units[i].name))
        i++;
    return i;
}

bool duration_parse(struct sv text, int64_t *ms)
{
    int64_t sum = 0;
    size_t next = 0; /* first unit that may still come */
    bool ended = false;
    if (sv_is(text, "0")) {
        *ms = 0;
        return true;
    }
    if (!text.len)
        return false;
    while (text.len) {
        struct number number;
        if (ended || !take_number(&text, &number))
            return false;
        size_t unit = take_unit(&text);
        if (unit >= UNITS || unit < next || number.whole > DURATION_MAX_MS / units[unit].ms)
            return false;
        sum += number.whole * units[unit].ms + (number.thousands * units[unit].ms + 500) / 1000;
        next = unit + 1;
        ended = number.has_fraction;
        if (sum > DURATION_MAX_MS)
            return false;
    }
    *ms = sum;
    return true;
}

static const char *format_short(int64_t ms, char *buf)
{
    if (ms > 0 && ms < 1000)
        snprintf(buf, DURATION_TEXT_MAX, "%lld ms", (long long)ms);
    else if (ms < 9950 && (ms + 50) / 100 % 10)
        snprintf(buf, DURATION_TEXT_MAX, "%lld.%lld s", (long long)((ms + 50) / 1000),
                 (long long)((ms + 50) / 100 % 10));
    else
        snprintf(buf, DURATION_TEXT_MAX, "%lld s", (long long)((ms + 500) / 1000));
    return buf;
}

const char *duration_format(int64_t ms, char buf[static DURATION_TEXT_MAX])
{
    ms = ms < 0 ? 0 : ms;
    long long seconds = (long long)((ms + 500) / 1000), minutes = (seconds + 30) / 60;
    if (seconds < 60)
        return format_short(ms, buf);
    if (seconds < 20 * 60 && seconds % 60)
        snprintf(buf, DURATION_TEXT_MAX, "%lld min %02lld s", seconds / 60, seconds % 60);
    else if (minutes < 60)
        snprintf(buf, DURATION_TEXT_MAX, "%lld min", minutes);
    else if (minutes < 24 * 60 && minutes % 60)
        snprintf(buf, DURATION_TEXT_MAX, "%lld h %02lld min", minutes / 60, minutes % 60);
    else if (minutes < 24 * 60)
        snprintf(buf, DURATION_TEXT_MAX, "%lld h", minutes / 60);
    else if ((minutes + 30) / 60 % 24)
        snprintf(buf, DURATION_TEXT_MAX, "%lld d %lld h", (minutes + 30) / 1440,
                 (minutes + 30) / 60 % 24);
    else
        snprintf(buf, DURATION_TEXT_MAX, "%lld d", (minutes + 30) / 1440);
    return buf;
}

const char *duration_clock(int64_t ms, char buf[static DURATION_TEXT_MAX])
{
    long long s = (long long)(ms < 0 ? 0 : ms) / 1000, m = s / 60, h = m / 60;
    if (h >= 24)
        snprintf(buf, DURATION_TEXT_MAX, "%lldd %02lld:%02lld:%02lld", h / 24, h % 24, m % 60,
                 s % 60);
    else if (h)
        snprintf(buf, DURATION_TEXT_MAX, "%lld:%02lld:%02lld", h, m % 60, s % 60);
    else
        snprintf(buf, DURATION_TEXT_MAX, "%lld:%02lld", m, s % 60);
    return buf;
}
