#include "net/retry.h"

#include <sys/random.h>
#include <time.h>

uint64_t retry_random(struct retry_rng *rng)
{
    uint64_t z = (rng->state += 0x9E3779B97F4A7C15u);
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
}

uint64_t retry_random_upto(struct retry_rng *rng, uint64_t limit)
{
    return limit == UINT64_MAX ? retry_random(rng) : retry_random(rng) % (limit + 1);
}

uint64_t retry_seed(void)
{
    uint64_t seed;
    if (getrandom(&seed, sizeof seed, GRND_NONBLOCK) != sizeof seed)
        seed = http_now_ms() ^ (uint64_t)getpid() << 32;
    return seed;
}

static bool worth_it(const struct retry_case *c)
{
    switch (c->outcome) {
    case HTTP_ANSWERED:
        if (c->status == 429 || c->status == 503)
            return true;
        return c->idempotent && (c->status == 500 || c->status == 502 || c->status == 504);
    case HTTP_UNREACHABLE:
        return c->was_up;
    case HTTP_CUT:
    case HTTP_SILENT:
        return c->idempotent;
    case HTTP_ENDED:
    case HTTP_UNTRUSTED:
    case HTTP_TOO_LARGE:
    case HTTP_UNUSABLE:
        break;
    }
    return false;
}

bool retry_decide(const struct retry_policy *policy, const struct retry_case *c,
                  struct retry_rng *rng, unsigned *delay_ms)
{
    if (c->attempt >= policy->attempts || !worth_it(c))
        return false;
    unsigned shift = c->attempt > 1 ? c->attempt - 1 : 0;
    uint64_t limit = shift < 32 ? (uint64_t)policy->base_ms << shift : policy->cap_ms;
    if (limit > policy->cap_ms)
        limit = policy->cap_ms;
    uint64_t delay = retry_random_upto(rng, limit);
    uint64_t seconds;
    if (c->retry_after.ptr && retry_after_parse(c->retry_after, c->unix_now, &seconds)) {
        /* Not before the server's word; a little after, so that not all come at once. */
        uint64_t told = seconds > policy->cap_ms / 1000 ? policy->cap_ms : seconds * 1000;
        delay = told + delay / 4;
    }
    *delay_ms = (unsigned)(delay < policy->cap_ms ? delay : policy->cap_ms);
    return true;
}

static int month_of(struct sv name)
{
    static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    for (int i = 0; name.len == 3 && i < 12; i++)
        if (memcmp(months + 3 * i, name.ptr, 3) == 0)
            return i;
    return -1;
}

static bool number(struct sv v, int low, int high, int *out)
{
    uint64_t n;
    if (v.len > 4 || !sv_to_u64(v, &n) || n < (uint64_t)low || n > (uint64_t)high)
        return false;
    *out = (int)n;
    return true;
}

/* Two digits mean this century up to 69, as everywhere. */
static bool year_of(struct sv v, struct tm *tm)
{
    int year;
    if (!number(v, 0, 9999, &year) || (v.len != 2 && v.len != 4))
        return false;
    if (v.len == 2)
        year += year < 70 ? 2000 : 1900;
    tm->tm_year = year - 1900;
    return year >= 1970;
}

static bool clock_of(struct sv v, struct tm *tm)
{
    struct sv h = sv_split(&v, ':');
    struct sv m = sv_split(&v, ':');
    return v.ptr && number(h, 0, 23, &tm->tm_hour) && number(m, 0, 59, &tm->tm_min) &&
           number(v, 0, 60, &tm->tm_sec);
}

/* The words of the text, at most six, cut at spaces, and the dashes of the second form. */
static size_t words_of(struct sv text, struct sv words[static 6])
{
    size_t n = 0;
    size_t i = 0;
    while (i < text.len) {
        while (i < text.len && (text.ptr[i] == ' ' || text.ptr[i] == '-'))
            i++;
        size_t start = i;
        while (i < text.len && text.ptr[i] != ' ' && text.ptr[i] != '-')
            i++;
        if (i == start)
            break;
        if (n == 6)
            return 7;
        words[n++] = sv_n(text.ptr + start, i - start);
    }
    return n;
}

bool retry_http_date(struct sv text, int64_t *unix_time)
{
    struct sv w[6] = {0};
    struct tm tm = {0};
    size_t n = words_of(text, w);
    bool with_zone = n == 6 && sv_ends(w[0], ",") && sv_is(w[5], "GMT");
    bool ok;
    if (with_zone) {
        ok = number(w[1], 1, 31, &tm.tm_mday) && (tm.tm_mon = month_of(w[2])) >= 0 &&
             year_of(w[3], &tm) && clock_of(w[4], &tm);
    } else {
        ok = n == 5 && (tm.tm_mon = month_of(w[1])) >= 0 && number(w[2], 1, 31, &tm.tm_mday) &&
             clock_of(w[3], &tm) && year_of(w[4], &tm);
    }
    if (!ok)
        return false;
    *unix_time = (int64_t)timegm(&tm);
    return true;
}

bool retry_after_parse(struct sv value, int64_t unix_now, uint64_t *seconds)
{
    int64_t date;
    value = sv_trim(value);
    if (sv_to_u64(value, seconds))
        return true;
    if (!retry_http_date(value, &date))
        return false;
    *seconds = date > unix_now ? (uint64_t)(date - unix_now) : 0;
    return true;
}
