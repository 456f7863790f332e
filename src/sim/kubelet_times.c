#include "sim/kubelet.h"

#define LEAST_STOP_MS 2000
#define FIRST_RETRY_MS 500
#define LAST_RETRY_MS 122000

static int64_t max64(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

static int64_t min64(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

/* The first probe at or behind `from`, in milliseconds. */
static int64_t first_probe(const struct probe *p, int64_t from)
{
    int64_t period = max64(1, p->period_s) * 1000,
            earliest = max64(from, p->initial_delay_s * INT64_C(1000));
    return (earliest + period - 1) / period * period;
}

int64_t kubelet_probe_ms(const struct world_class *c)
{
    int64_t at = 0;
    if (c->startup.set)
        at = first_probe(&c->startup, 0);
    if (!c->readiness.set)
        return at;
    int64_t more = max64(0, c->readiness.success_threshold - 1);
    return first_probe(&c->readiness, at) + more * max64(1, c->readiness.period_s) * 1000;
}

int64_t kubelet_notices_ms(int64_t waited)
{
    int64_t asks = 0;
    for (int64_t pause = FIRST_RETRY_MS; asks < waited; pause = min64(pause * 2, LAST_RETRY_MS))
        asks += pause;
    return asks;
}

/* A hook of unknown length is taken as one of half the grace. */
static int64_t hook_ms(int32_t prestop_s, int64_t grace)
{
    return prestop_s < 0 ? grace / 2 : min64(prestop_s * INT64_C(1000), grace);
}

int64_t kubelet_stop_ms(int32_t prestop_s, int grace_s, int64_t own_stop_ms)
{
    int64_t grace = grace_s * INT64_C(1000), hook = hook_ms(prestop_s, grace);
    return hook + min64(own_stop_ms, max64(LEAST_STOP_MS, grace - hook));
}
