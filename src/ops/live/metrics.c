#include "base/timestamp.h"
#include "ops/live/choice.h"
#include "ops/live/run.h"

struct metrics {
    struct live_run *run;
    int64_t started;
};

/* The garbage collector watches the preferred version of each group, also of a group whose kinds
 * live in another one by now. */
static bool asked_by_itself(const struct live_run *run, const struct metric_use *use)
{
    const struct kube_resource *r =
        kube_discovery_find(run->discovery, use->group, NULL, use->resource);
    return r && strcmp(r->version, use->version) == 0 &&
           choice_is_seen_elsewhere(run->discovery, run->live.target->lifecycle, r);
}

static bool on_line(void *ctx, struct sv line)
{
    struct metrics *m = ctx;
    struct metric_use use;
    if (metric_parse_use(line, &use))
        live_add_metric(&m->run->live, &use, asked_by_itself(m->run, &use));
    else
        metric_parse_start(line, &m->started);
    return true;
}

void run_metrics(struct live_run *run, char *started)
{
    struct metrics m = {.run = run};
    struct err err = {0};
    if (kube_get_lines(run->client, "/metrics", on_line, &m, &err) < 0)
        run_problem(run, &err);
    if (m.started)
        timestamp_format(m.started, started);
}
