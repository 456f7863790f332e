/* Parameters by name, as --time takes them. */
#include "base/duration.h"
#include "base/text.h"
#include "sim/times.h"

#include <stddef.h>

enum kind { SPREAD, SPAN, RATE, SHARE };

struct parameter {
    const char *name;
    size_t at;
    enum kind kind;
};

#define PARAMETER(name_, field, kind_)                                                             \
    {                                                                                              \
        name_, offsetof(struct sim_times, field), kind_                                            \
    }

static const struct parameter parameters[] = {
    PARAMETER("api-call", api_call, SPREAD),
    PARAMETER("create", create, SPREAD),
    PARAMETER("schedule", schedule, SPREAD),
    PARAMETER("pull", pull, SPREAD),
    PARAMETER("start", start, SPREAD),
    PARAMETER("init", init, SPREAD),
    PARAMETER("ready", ready, SPREAD),
    PARAMETER("lb-ready", lb_ready, SPREAD),
    PARAMETER("stop", stop, SPREAD),
    PARAMETER("cleanup", cleanup, SPREAD),
    PARAMETER("detach", detach, SPREAD),
    PARAMETER("attach", attach, SPREAD),
    PARAMETER("mount", mount, SPREAD),
    PARAMETER("node-launch", node_launch, SPREAD),
    PARAMETER("node-ready", node_ready, SPREAD),
    PARAMETER("node-terminate", node_terminate, SPREAD),
    PARAMETER("force-detach", force_detach_ms, SPAN),
    PARAMETER("node-grace", node_grace_ms, SPAN),
    PARAMETER("controller-qps", controller_qps, RATE),
    PARAMETER("controller-burst", controller_burst, RATE),
    PARAMETER("scheduler-qps", scheduler_qps, RATE),
    PARAMETER("node-launch-qps", node_launch_qps, RATE),
    PARAMETER("stuck-detach", stuck_detach, SHARE),
};

#define RATE_MAX 1e6
/* A duration is drawn as 32 bits of milliseconds. */
#define SPAN_MAX_MS (INT64_C(24) * 86400000)

const char *sim_times_name(unsigned i)
{
    return i < ARRAY_LEN(parameters) ? parameters[i].name : NULL;
}

/* Digits with at most one point among them. */
static bool parse_number(struct sv text, double *out)
{
    double value = 0, place = 0;
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        if (c == '.' && place == 0)
            place = 1;
        else if (c < '0' || c > '9')
            return false;
        else if (place == 0)
            value = value * 10 + (c - '0');
        else
            value += (c - '0') * (place /= 10);
    }
    *out = value;
    return text.len > 0 && !sv_is(text, ".");
}

static bool parse_span(struct sv text, int64_t *ms)
{
    int64_t value;
    if (!duration_parse(text, &value) || value > SPAN_MAX_MS)
        return false;
    *ms = value;
    return true;
}

/* "30s": always; "30s/90s": median and 95th percentile. */
static bool parse_spread(struct sv text, struct sim_time *out)
{
    struct sv p50 = sv_split(&text, '/');
    struct sim_time t;
    if (!parse_span(p50, &t.p50_ms))
        return false;
    t.p95_ms = t.p50_ms;
    if (text.ptr && (!parse_span(text, &t.p95_ms) || t.p95_ms < t.p50_ms))
        return false;
    *out = t;
    return true;
}

static bool parse_limited(struct sv text, double most, double *out)
{
    double value;
    if (!parse_number(text, &value) || value > most)
        return false;
    *out = value;
    return true;
}

static bool parse_value(struct sim_times *t, const struct parameter *p, struct sv text)
{
    void *field = (char *)t + p->at;
    switch (p->kind) {
    case SPREAD:
        return parse_spread(text, field);
    case SPAN:
        return parse_span(text, field);
    case RATE:
        return parse_limited(text, RATE_MAX, field);
    case SHARE:
        return parse_limited(text, 1, field);
    }
    return false;
}

static int unknown_name(struct sv name, struct err *err)
{
    err_set(err, ERR_USAGE, "'%.*s' is not a time of the simulator", SV_ARG(name));
    for (size_t i = 0; i < ARRAY_LEN(parameters); i++)
        if (text_near(name, sv_of(parameters[i].name)))
            return err_hint(err, "did you mean '%s'?", parameters[i].name);
    return -1;
}

int sim_times_set(struct sim_times *t, const char *assignment, struct err *err)
{
    static const char *const expected[] = {
        [SPREAD] = "a time such as 30s, or its median and 95th percentile: 30s/90s",
        [SPAN] = "a time such as 6m",
        [RATE] = "a number per second from 0 (no limit) to 1000000",
        [SHARE] = "a share from 0 to 1",
    };
    struct sv value = sv_of(assignment), name = sv_trim(sv_split(&value, '='));
    if (!value.ptr)
        return err_set(err, ERR_USAGE, "'%s' is not of the form NAME=VALUE", assignment);
    for (size_t i = 0; i < ARRAY_LEN(parameters); i++) {
        const struct parameter *p = &parameters[i];
        if (!sv_is(name, p->name))
            continue;
        if (parse_value(t, p, sv_trim(value)))
            return 0;
        return err_set(err, ERR_USAGE, "%s: '%.*s' is not %s", p->name, SV_ARG(sv_trim(value)),
                       expected[p->kind]);
    }
    return unknown_name(name, err);
}
