#include "sim/times.h"

#include "base/must.h"
#include "sim/kubelet.h"

#include <string.h>

/* Each with its source in docs/simulator.md. */
const struct sim_times sim_times_default = {
    .api_call = {20, 100},
    .create = {50, 300},
    .schedule = {20, 100},
    .pull = {10000, 45000},
    .start = {2000, 5000},
    .init = {2000, 10000},
    .ready = {3000, 20000},
    .lb_ready = {45000, 75000},
    .stop = {2000, 15000},
    .cleanup = {1500, 4000},
    .detach = {6000, 20000},
    .attach = {5000, 15000},
    .mount = {2000, 5000},
    .node_launch = {45000, 90000},
    .node_ready = {20000, 45000},
    .node_terminate = {60000, 120000},
    .force_detach_ms = 360000,
    .node_grace_ms = 40000,
    .controller_qps = 20,
    .controller_burst = 30,
    .scheduler_qps = 50,
    .node_launch_qps = 10,
    .stuck_detach = 0,
};

#define SAMPLES_MIN 20
#define SAMPLES_MANY 1000 /* as rare as one of these is the longest that is drawn */
/* More than any load balancer takes; a file may say anything. */
#define HEALTH_MAX_S 86400
/* node-monitor-grace-period is 50 s instead of 40 s from 1.32 on. */
static const struct version longer_grace_since = {1, 32, 0, true};
#define LONGER_GRACE_MS 50000

static int compare_u32(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

/* Median and 95th percentile, when there are samples enough. */
static bool quantiles(const struct world *w, enum world_timing t, struct sim_time *out)
{
    size_t n = w->samples[t].len;
    if (n < SAMPLES_MIN)
        return false;
    uint32_t *sorted = mem_must(malloc(n * sizeof *sorted));
    memcpy(sorted, w->samples[t].items, n * sizeof *sorted);
    qsort(sorted, n, sizeof *sorted, compare_u32);
    *out = (struct sim_time){sorted[(n - 1) / 2], sorted[(n - 1) * 95 / 100],
                             n < SAMPLES_MANY ? 0 : sorted[n - 1]};
    free(sorted);
    return true;
}

static void take_off(struct sim_time *t, struct sim_time part)
{
    t->p50_ms = t->p50_ms > part.p50_ms ? t->p50_ms - part.p50_ms : 0;
    t->p95_ms = t->p95_ms > part.p95_ms ? t->p95_ms - part.p95_ms : 0;
    if (t->p95_ms < t->p50_ms)
        t->p95_ms = t->p50_ms;
    if (t->most_ms)
        t->most_ms = t->most_ms > t->p95_ms + part.p50_ms ? t->most_ms - part.p50_ms : t->p95_ms;
}

struct weighted {
    uint32_t ms, pods;
};

static int compare_weighted(const void *a, const void *b)
{
    return compare_u32(a, b);
}

/* What the probes' own delays take of a sample: their median over the pods that run. */
static struct sim_time usual_probe_delay(const struct world *w)
{
    struct weighted *delays = mem_must(calloc(w->classes.len + 1, sizeof *delays));
    uint64_t all = 0, seen = 0;
    for (size_t c = 0; c < w->classes.len; c++)
        delays[c].ms = (uint32_t)kubelet_probe_ms(&w->classes.items[c]);
    world_each_pod(w, p) {
        bool runs = w->pods.items[p].phase == POD_RUNNING;
        delays[w->pods.items[p].class].pods += runs;
        all += runs;
    }
    qsort(delays, w->classes.len, sizeof *delays, compare_weighted);
    size_t c = 0;
    while (c + 1 < w->classes.len && (seen += delays[c].pods) * 2 < all)
        c++;
    struct sim_time usual = {delays[c].ms, delays[c].ms};
    free(delays);
    return usual;
}

bool sim_times_of_cloud(const struct cloud *cloud, struct sim_times *t)
{
    int64_t least = INT64_MAX, most = 0;
    for (size_t i = 0; i < cloud->target_groups.len; i++) {
        const struct cloud_target_group *g = &cloud->target_groups.items[i];
        int64_t s = (int64_t)g->health_interval_s * g->healthy_threshold;
        if (!g->target_type || strcmp(g->target_type, "ip") != 0 || s <= 0 || s > HEALTH_MAX_S)
            continue;
        int64_t ms = s * 1000;
        least = ms < least ? ms : least;
        most = ms > most ? ms : most;
    }
    if (!most)
        return false;
    t->lb_ready = (struct sim_time){(least + most) / 2, most};
    return true;
}

void sim_times_calibrate(const struct world *w, struct sim_times *out, unsigned *calibrated)
{
    struct sim_time *const goal[TIMING_COUNT] = {
        [TIMING_START] = &out->start,   [TIMING_PULL] = &out->pull,
        [TIMING_READY] = &out->ready,   [TIMING_TERMINATE] = &out->stop,
        [TIMING_ATTACH] = &out->attach, [TIMING_NODE_JOIN] = &out->node_ready,
    };
    unsigned bits = 0;
    *out = sim_times_default;
    if (w->version.set && version_at_least(w->version, longer_grace_since))
        out->node_grace_ms = LONGER_GRACE_MS;
    for (unsigned t = 0; t < TIMING_COUNT; t++)
        if (goal[t] && quantiles(w, (enum world_timing)t, goal[t]))
            bits |= 1u << t;
    if (bits & 1u << TIMING_READY)
        take_off(&out->ready, usual_probe_delay(w));
    if (bits & 1u << TIMING_TERMINATE)
        take_off(&out->stop, out->cleanup);
    if (calibrated)
        *calibrated = bits;
}
