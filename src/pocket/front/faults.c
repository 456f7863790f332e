#include "pocket/front/faults.h"

#include "base/cleanup.h"
#include "base/duration.h"
#include "base/must.h"

#include <string.h>

/* "0.25", "1", "0": digits with at most one point, so that no locale and no exponent matters. */
static bool parse_share(struct sv text, double *out)
{
    struct sv fraction = text, whole = sv_split(&fraction, '.');
    uint64_t ones = 0, parts = 0;
    double scale = 1;
    if (!sv_to_u64(whole, &ones) || fraction.len > 9)
        return false;
    if (fraction.ptr && !sv_to_u64(fraction, &parts))
        return false;
    for (size_t i = 0; i < fraction.len; i++)
        scale *= 10;
    double value = (double)ones + (double)parts / scale;
    if (value > 1)
        return false;
    *out = value;
    return true;
}

static int take_share(struct sv name, struct sv value, double *out, struct err *err)
{
    return parse_share(value, out)
               ? 0
               : err_set(err, ERR_USAGE, "fault %.*s=%.*s: a share from 0 to 1 is expected",
                         SV_ARG(name), SV_ARG(value));
}

static int take_time(struct sv name, struct sv value, int64_t *out, struct err *err)
{
    int64_t ms;
    if (!duration_parse(value, &ms) || ms == 0)
        return err_set(err, ERR_USAGE, "fault %.*s=%.*s: a time such as 30s is expected",
                       SV_ARG(name), SV_ARG(value));
    *out = ms;
    return 0;
}

static int take_count(struct sv name, struct sv value, unsigned *out, struct err *err)
{
    uint64_t n;
    if (!sv_to_u64(value, &n) || n == 0 || n > 100000)
        return err_set(err, ERR_USAGE, "fault %.*s=%.*s: a number from 1 to 100000 is expected",
                       SV_ARG(name), SV_ARG(value));
    *out = (unsigned)n;
    return 0;
}

static int take_name(struct sv name, struct sv value, const char *form, struct faults_names *out,
                     struct err *err)
{
    if (value.len >= FAULTS_NAME_MAX || !sv_has(value, form))
        return err_set(err, ERR_USAGE, "fault %.*s=%.*s: a name with '%s' is expected",
                       SV_ARG(name), SV_ARG(value), form);
    if (out->count == FAULTS_NAMES_MAX)
        return err_set(err, ERR_USAGE, "fault %.*s: more than %u names", SV_ARG(name),
                       FAULTS_NAMES_MAX);
    snprintf(out->items[out->count++], FAULTS_NAME_MAX, "%.*s", SV_ARG(value));
    return 0;
}

/* "vol-0abc", or with the time that it takes: "vol-0abc:20m". */
static int take_volume(struct sv name, struct sv value, struct faults *f, struct err *err)
{
    struct sv time = value, id = sv_split(&time, ':');
    int64_t ms = 0;
    if (!sv_starts(id, "vol-") || (time.ptr && (!duration_parse(time, &ms) || !ms)))
        return err_set(err, ERR_USAGE,
                       "fault %.*s=%.*s: a volume is expected, with or without a time, as in "
                       "vol-0abc or vol-0abc:20m",
                       SV_ARG(name), SV_ARG(value));
    if (take_name(name, id, "vol-", &f->stuck, err) < 0)
        return -1;
    f->stuck_ms[f->stuck.count - 1] = ms;
    return 0;
}

/* "2", or with the time of the first: "2:20m". */
static int take_interruptions(struct sv name, struct sv value, struct faults *f, struct err *err)
{
    struct sv time = value, count = sv_split(&time, ':');
    int64_t ms = 0;
    if (time.ptr && (!duration_parse(time, &ms) || !ms))
        return err_set(
            err, ERR_USAGE,
            "fault %.*s=%.*s: a number of machines is expected, with or without the time "
            "of the first warning, as in 2 or 2:20m",
            SV_ARG(name), SV_ARG(value));
    f->spot_interrupt_ms = ms;
    return take_count(name, count, &f->spot_interrupt, err);
}

static int take_one(struct faults *f, struct sv item, struct err *err)
{
    struct sv value = item, name = sv_split(&value, '=');
    if (!value.ptr)
        return err_set(err, ERR_USAGE, "fault '%.*s': NAME=VALUE is expected, as in api-5xx=0.05",
                       SV_ARG(item));
    if (sv_is(name, "api-5xx"))
        return take_share(name, value, &f->api_5xx, err);
    if (sv_is(name, "watch-cut"))
        return take_time(name, value, &f->watch_cut_ms, err);
    if (sv_is(name, "throttle"))
        return take_share(name, value, &f->throttle, err);
    if (sv_is(name, "join-fail"))
        return take_count(name, value, &f->join_fail, err);
    if (sv_is(name, "expire"))
        return take_time(name, value, &f->expire_ms, err);
    if (sv_is(name, "deny"))
        return take_name(name, value, ":", &f->deny, err);
    if (sv_is(name, "quota"))
        return take_name(name, value, ":", &f->quota, err);
    if (sv_is(name, "stuck-detach"))
        return take_volume(name, value, f, err);
    if (sv_is(name, "spot-interrupt"))
        return take_interruptions(name, value, f, err);
    return err_set(err, ERR_USAGE,
                   "unknown fault '%.*s': api-5xx, watch-cut, throttle, join-fail, expire, deny, "
                   "quota, spot-interrupt or stuck-detach is expected",
                   SV_ARG(name));
}

int faults_parse(struct faults *f, struct sv text, struct err *err)
{
    struct sv rest = text;
    do {
        if (take_one(f, sv_split(&rest, ','), err) < 0)
            return -1;
    } while (rest.ptr);
    return 0;
}

bool faults_name(const struct faults_names *names, const char *name)
{
    for (unsigned i = 0; i < names->count; i++) {
        const char *item = names->items[i];
        size_t n = strlen(item);
        bool open = n && item[n - 1] == '*';
        if (open ? strncmp(item, name, n - 1) == 0 : strcmp(item, name) == 0)
            return true;
    }
    return false;
}

void faults_seed(struct faults *f, uint64_t seed)
{
    f->dice = seed;
}

/* splitmix64 (Steele, Lea, Flood 2014) */
static uint64_t draw(uint64_t *state)
{
    uint64_t z = (*state += 0x9e3779b97f4a7c15u);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

bool faults_hit(struct faults *f, double share)
{
    if (share <= 0)
        return false;
    return (double)(draw(&f->dice) >> 11) / (double)(1ull << 53) < share;
}
