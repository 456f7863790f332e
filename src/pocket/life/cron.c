#include "pocket/life/cron.h"

#include "base/cleanup.h"
#include "base/duration.h"

#define MINUTE INT64_C(60)
#define DAY_S INT64_C(86400)
#define SEARCHED_DAYS (5 * 366)

/* ---- fields ---- */

struct field {
    unsigned min, max;
    const char *words; /* three letters each, from min on; NULL: numbers only */
};

static const struct field fields[] = {
    {0, 59, NULL},
    {0, 23, NULL},
    {1, 31, NULL},
    {1, 12, "janfebmaraprmayjunjulaugsepoctnovdec"},
    {0, 6, "sunmontuewedthufrisat"},
};

static bool word_value(const struct field *f, struct sv text, uint64_t *out)
{
    if (!f->words || text.len != 3)
        return false;
    for (unsigned i = 0; i <= f->max - f->min; i++)
        if (sv_ieq(text, sv_n(f->words + 3 * i, 3))) {
            *out = f->min + i;
            return true;
        }
    return false;
}

/* What is wrong is told in the words of the package that reads schedules for Kubernetes. */
static int read_value(const struct field *f, struct sv text, uint64_t *out, struct err *err)
{
    if (word_value(f, text, out) || (sv_to_u64(text, out) && *out <= INT32_MAX))
        return 0;
    return err_set(err, ERR_INPUT,
                   "failed to parse int from %.*s: strconv.Atoi: parsing \"%.*s\": invalid syntax",
                   SV_ARG(text), SV_ARG(text));
}

struct range {
    uint64_t from, to, step;
    bool star;
};

static bool is_star(struct sv text)
{
    return sv_is(text, "*") || sv_is(text, "?");
}

static int read_bounds(const struct field *f, struct sv text, struct range *r, struct err *err)
{
    struct sv rest = text, first = sv_split(&rest, '-'), last = sv_split(&rest, '-');
    if (is_star(text)) {
        *r = (struct range){f->min, f->max, 1, true};
        return 0;
    }
    if (rest.ptr)
        return err_set(err, ERR_INPUT, "too many hyphens: %.*s", SV_ARG(text));
    if (read_value(f, first, &r->from, err) < 0)
        return -1;
    r->to = r->from;
    return last.ptr ? read_value(f, last, &r->to, err) : 0;
}

static int check_range(const struct field *f, struct sv text, const struct range *r,
                       struct err *err)
{
    if (r->from < f->min)
        return err_set(err, ERR_INPUT, "beginning of range (%d) below minimum (%u): %.*s",
                       (int)r->from, f->min, SV_ARG(text));
    if (r->to > f->max)
        return err_set(err, ERR_INPUT, "end of range (%d) above maximum (%u): %.*s", (int)r->to,
                       f->max, SV_ARG(text));
    if (r->from > r->to)
        return err_set(err, ERR_INPUT, "beginning of range (%d) beyond end of range (%d): %.*s",
                       (int)r->from, (int)r->to, SV_ARG(text));
    if (!r->step)
        return err_set(err, ERR_INPUT, "step of range should be a positive number: %.*s",
                       SV_ARG(text));
    return 0;
}

/* "5", "1-5", and with a step: "*" "/15", "10-40/5", "7/20" (from 7 to the end). */
static int read_range(const struct field *f, struct sv text, struct range *r, struct err *err)
{
    static const struct field any = {0, INT32_MAX, NULL};
    struct sv rest = text, bounds = sv_split(&rest, '/'), step = sv_split(&rest, '/');
    *r = (struct range){.step = 1};
    if (rest.ptr)
        return err_set(err, ERR_INPUT, "too many slashes: %.*s", SV_ARG(text));
    if (read_bounds(f, bounds, r, err) < 0)
        return -1;
    if (step.ptr && read_value(&any, step, &r->step, err) < 0)
        return -1;
    if (step.ptr && !memchr(bounds.ptr, '-', bounds.len))
        r->to = f->max;
    r->star = r->star && r->step == 1;
    return check_range(f, text, r, err);
}

static int read_field(const struct field *f, struct sv text, uint64_t *bits, bool *star,
                      struct err *err)
{
    struct range r;
    *bits = 0;
    *star = false;
    while (text.ptr) {
        struct sv one = sv_split(&text, ',');
        if (!one.len)
            continue;
        if (read_range(f, one, &r, err) < 0)
            return -1;
        for (uint64_t v = r.from; v <= r.to; v += r.step)
            *bits |= UINT64_C(1) << v;
        *star |= r.star;
    }
    return *bits ? 0 : err_set(err, ERR_INPUT, "a field names nothing");
}

static struct sv next_word(struct sv *rest)
{
    size_t n = 0;
    *rest = sv_trim(*rest);
    while (n < rest->len && !memchr(" \t\r\n", rest->ptr[n], 4))
        n++;
    struct sv word = sv_n(rest->ptr, n);
    *rest = sv_n(rest->ptr + n, rest->len - n);
    return word;
}

static unsigned count_words(struct sv text)
{
    unsigned n = 0;
    while (next_word(&text).len)
        n++;
    return n;
}

static int read_fields(struct sv text, struct cron *out, struct err *err)
{
    enum { MINUTES, HOURS, DAYS, MONTHS, WEEKDAYS, COUNT };
    uint64_t bits[COUNT];
    bool star[COUNT];
    struct sv rest = text;
    unsigned count = count_words(text);
    if (count != COUNT)
        return err_set(err, ERR_INPUT, "expected exactly 5 fields, found %u: [%.*s]", count,
                       SV_ARG(sv_trim(text)));
    for (unsigned i = 0; i < COUNT; i++)
        if (read_field(&fields[i], next_word(&rest), &bits[i], &star[i], err) < 0)
            return -1;
    *out = (struct cron){.minutes = bits[MINUTES],
                         .hours = (uint32_t)bits[HOURS],
                         .days = (uint32_t)bits[DAYS],
                         .months = (uint16_t)bits[MONTHS],
                         .weekdays = (uint8_t)bits[WEEKDAYS],
                         .any_day = star[DAYS],
                         .any_weekday = star[WEEKDAYS]};
    return 0;
}

/* ---- words ---- */

static int read_every(struct sv text, struct cron *out, struct err *err)
{
    int64_t ms;
    if (!duration_parse(text, &ms) || memchr(text.ptr, 'd', text.len))
        return err_set(err, ERR_INPUT, "failed to parse duration @every %.*s", SV_ARG(text));
    *out = (struct cron){.every_s = ms < 1000 ? 1 : ms / 1000};
    return 0;
}

static int read_word(struct sv text, struct cron *out, struct err *err)
{
    static const char *const words[][2] = {
        {"@yearly", "0 0 1 1 *"}, {"@annually", "0 0 1 1 *"}, {"@monthly", "0 0 1 * *"},
        {"@weekly", "0 0 * * 0"}, {"@daily", "0 0 * * *"},    {"@midnight", "0 0 * * *"},
        {"@hourly", "0 * * * *"},
    };
    for (size_t i = 0; i < ARRAY_LEN(words); i++)
        if (sv_is(text, words[i][0]))
            return read_fields(sv_of(words[i][1]), out, err);
    if (sv_starts(text, "@every "))
        return read_every(sv_n(text.ptr + 7, text.len - 7), out, err);
    return err_set(err, ERR_INPUT, "unrecognized descriptor: %.*s", SV_ARG(text));
}

int cron_parse(struct sv text, struct cron *out, struct err *err)
{
    struct cron c = {0};
    if (!text.len)
        return err_set(err, ERR_INPUT, "empty spec string");
    if (text.len > CRON_TEXT_MAX)
        return err_set(err, ERR_INPUT, "it is longer than %d characters", CRON_TEXT_MAX);
    if ((text.ptr[0] == '@' ? read_word : read_fields)(text, &c, err) < 0)
        return -1;
    *out = c;
    return 0;
}

/* ---- the next moment ---- */

struct day {
    unsigned month, day, weekday;
};

/* The calendar day, so many days after 1970-01-01: years that begin in March, in eras of 400. */
static struct day day_of(int64_t days)
{
    unsigned of_era = (unsigned)((days + 719468) % 146097);
    unsigned year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    unsigned of_year = of_era - (365 * year + year / 4 - year / 100);
    unsigned month = (5 * of_year + 2) / 153;
    return (struct day){month < 10 ? month + 3 : month - 9, of_year - (153 * month + 2) / 5 + 1,
                        (unsigned)((days + 4) % 7)};
}

/* Where both days are restricted, one of them is enough. */
static bool is_due_on(const struct cron *c, int64_t days)
{
    struct day d = day_of(days);
    bool day = c->days >> d.day & 1, weekday = c->weekdays >> d.weekday & 1;
    if (!(c->months >> d.month & 1))
        return false;
    return c->any_day || c->any_weekday ? day && weekday : day || weekday;
}

/* The first minute of the day that is due and not before `from`; -1: none. */
static int first_minute(const struct cron *c, int from)
{
    for (int m = from; m < 1440; m++) {
        if (!(c->hours >> m / 60 & 1))
            m += 59 - m % 60;
        else if (c->minutes >> m % 60 & 1)
            return m;
    }
    return -1;
}

int64_t cron_next(const struct cron *c, int64_t after, int32_t east_s)
{
    if (c->every_s)
        return after + c->every_s;
    int64_t local = after + east_s, start = local / MINUTE * MINUTE + MINUTE;
    int64_t day = start / DAY_S, end = day + SEARCHED_DAYS;
    int minute = (int)(start % DAY_S / MINUTE);
    for (; day < end; day++, minute = 0) {
        int at = is_due_on(c, day) ? first_minute(c, minute) : -1;
        if (at >= 0)
            return day * DAY_S + at * MINUTE - east_s;
    }
    return CRON_NEVER;
}

/* ---- zones ---- */

bool cron_zone(struct sv name, int32_t *out)
{
    static const char *const names[] = {
        "UTC",       "Etc/UTC", "Etc/UCT",       "UCT",     "Zulu",      "Etc/Zulu",
        "Universal", "GMT",     "Etc/Universal", "Etc/GMT", "GMT0",      "Etc/GMT0",
        "Greenwich", "GMT+0",   "Etc/Greenwich", "GMT-0",   "Etc/GMT+0", "Etc/GMT-0",
    };
    uint64_t hours;
    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        if (sv_is(name, names[i])) {
            *out = 0;
            return true;
        }
    if (name.len < 9 || !(sv_starts(name, "Etc/GMT+") || sv_starts(name, "Etc/GMT-")) ||
        name.ptr[8] == '0' || !sv_to_u64(sv_n(name.ptr + 8, name.len - 8), &hours))
        return false;
    bool east = name.ptr[7] == '-';
    if (hours > (east ? 14 : 12))
        return false;
    *out = (int32_t)(east ? hours : -hours) * 3600;
    return true;
}
