#include "pocket/front/faults.h"

#include "base/cleanup.h"
#include "base/duration.h"
#include "base/must.h"

#include <string.h>

#define JOIN_FAIL_MAX 100000

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

static int take_join_fail(struct faults *f, struct sv value, struct err *err)
{
    uint64_t n;
    if (!sv_to_u64(value, &n) || n > JOIN_FAIL_MAX)
        return err_set(err, ERR_USAGE, "fault join-fail=%.*s: how many machines? 0 to %d",
                       SV_ARG(value), JOIN_FAIL_MAX);
    f->join_fail = (unsigned)n;
    return 0;
}

static int take_stuck(struct faults *f, struct sv value, struct err *err)
{
    if (!sv_starts(value, "vol-") || value.len == 4)
        return err_set(err, ERR_USAGE, "fault stuck-detach=%.*s: a volume's id (vol-…) is expected",
                       SV_ARG(value));
    must_push(&f->stuck_volumes, mem_must(strndup(value.ptr, value.len)));
    return 0;
}

static int take_watch_cut(struct faults *f, struct sv value, struct err *err)
{
    int64_t ms;
    if (!duration_parse(value, &ms) || ms == 0)
        return err_set(err, ERR_USAGE, "fault watch-cut=%.*s: a time such as 30s is expected",
                       SV_ARG(value));
    f->watch_cut_ms = ms;
    return 0;
}

static int take_one(struct faults *f, struct sv item, struct err *err)
{
    struct sv value = item, name = sv_split(&value, '=');
    if (!value.ptr)
        return err_set(err, ERR_USAGE, "fault '%.*s': NAME=VALUE is expected, as in throttle=0.1",
                       SV_ARG(item));
    if (sv_is(name, "throttle"))
        return take_share(name, value, &f->throttle, err);
    if (sv_is(name, "api-5xx"))
        return take_share(name, value, &f->api_5xx, err);
    if (sv_is(name, "join-fail"))
        return take_join_fail(f, value, err);
    if (sv_is(name, "stuck-detach"))
        return take_stuck(f, value, err);
    if (sv_is(name, "watch-cut"))
        return take_watch_cut(f, value, err);
    return err_set(err, ERR_USAGE,
                   "unknown fault '%.*s': one of throttle, api-5xx, join-fail, stuck-detach, "
                   "watch-cut is expected",
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

void faults_release(struct faults *f)
{
    vec_foreach(volume, &f->stuck_volumes)
        free(*volume);
    vec_release(&f->stuck_volumes);
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
