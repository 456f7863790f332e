#include "sim/random.h"

#include <math.h>

/* The standard normal's quantile at 0.95. */
#define NORMAL_95 1.6448536269514722

_Static_assert(offsetof(struct sim_times, force_detach_ms) == DRAW_COUNT * sizeof(struct sim_time),
               "enum draw has one member for each duration, in their order");

/* The point below which a standard normal variable is with probability p, by bisection. */
static double normal_quantile(double p)
{
    double low = -8, high = 8;
    for (int i = 0; i < 50; i++) {
        double mid = (low + high) / 2;
        if (0.5 * erfc(-mid * M_SQRT1_2) < p)
            low = mid;
        else
            high = mid;
    }
    return (low + high) / 2;
}

static void fill_steps(int32_t *steps, const struct sim_time *t, const double *normal)
{
    double sigma = 0, most = t->most_ms ? fmin(INT32_MAX, (double)t->most_ms) : INT32_MAX;
    if (t->p50_ms > 0 && t->p95_ms > t->p50_ms)
        sigma = log((double)t->p95_ms / (double)t->p50_ms) / NORMAL_95;
    for (unsigned i = 0; i < DRAW_STEPS; i++)
        steps[i] = (int32_t)rint(fmin(most, (double)t->p50_ms * exp(sigma * normal[i])));
}

void draws_init(struct draws *d, const struct sim_times *t, uint64_t seed, bool spread)
{
    const struct sim_time *times = &t->api_call;
    random_seed(&d->random, seed);
    d->spread = spread;
    for (unsigned i = 0; i < DRAW_COUNT; i++)
        d->median[i] = times[i].p50_ms;
    if (!spread)
        return;
    double normal[DRAW_STEPS];
    for (unsigned i = 0; i < DRAW_STEPS / 2; i++) {
        normal[i] = normal_quantile((i + 0.5) / DRAW_STEPS);
        normal[DRAW_STEPS - 1 - i] = -normal[i];
    }
    for (unsigned i = 0; i < DRAW_COUNT; i++)
        fill_steps(d->steps[i], &times[i], normal);
}
