#include "kube/watch_state.h"

#include <stdio.h>

#define BASE_MS 200u
#define CAP_MS 30000u

void watch_progress(struct watch_state *s, struct sv resource_version)
{
    s->failures = 0;
    if (resource_version.len && resource_version.len < sizeof s->resource_version)
        snprintf(s->resource_version, sizeof s->resource_version, "%.*s", SV_ARG(resource_version));
}

void watch_listed(struct watch_state *s, const char *resource_version)
{
    s->listed = true;
    snprintf(s->resource_version, sizeof s->resource_version, "%s", resource_version);
}

static unsigned backoff(const struct watch_state *s, struct retry_rng *rng)
{
    unsigned shift = s->failures > 1 ? s->failures - 1 : 0;
    uint64_t limit = shift < 16 ? (uint64_t)BASE_MS << shift : CAP_MS;
    return (unsigned)retry_random_upto(rng, limit < CAP_MS ? limit : CAP_MS);
}

static unsigned told_to_wait(struct sv retry_after, int64_t unix_now)
{
    uint64_t seconds;
    if (!retry_after.ptr || !retry_after_parse(retry_after, unix_now, &seconds))
        return 0;
    return seconds < CAP_MS / 1000 ? (unsigned)seconds * 1000 : CAP_MS;
}

/* What another try cannot mend: no permission, no such resource, a request it does not understand,
 * TLS, our own side. */
static bool is_final(int status, enum err_class class)
{
    if (status)
        return status >= 300 && status < 500 && status != 408 && status != 410 && status != 429;
    return class != ERR_REMOTE && class != ERR_THROTTLED;
}

struct watch_next watch_next(struct watch_state *s, enum watch_end end, int status,
                             enum err_class class, struct sv retry_after, int64_t unix_now,
                             struct retry_rng *rng)
{
    if (!s->patient && (end == WATCH_END_REFUSED || end == WATCH_END_LIST) &&
        is_final(status, class))
        return (struct watch_next){WATCH_FAIL, 0};
    if (!s->patient && end == WATCH_END_CUT && class != ERR_NONE && is_final(0, class))
        return (struct watch_next){WATCH_FAIL, 0};
    s->failures++;
    bool bad_version = end == WATCH_END_REFUSED && status == 400;
    if (end == WATCH_END_GONE || end == WATCH_END_ERROR || end == WATCH_END_LIST || bad_version)
        s->listed = false;
    /* The end of the server's time is no failure, the first time. */
    bool at_once = s->failures == 1 && (end == WATCH_END_CLEAN || end == WATCH_END_GONE);
    unsigned delay = at_once ? 0 : backoff(s, rng);
    unsigned told = told_to_wait(retry_after, unix_now);
    return (struct watch_next){s->listed ? WATCH_CONNECT : WATCH_LIST, told + delay};
}
