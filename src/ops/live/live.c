#include "ops/live/live.h"

#include "base/timestamp.h"
#include "ops/live/run.h"

int live_target(struct kube_client *c, struct live_options *options, struct err *err)
{
    struct rules_target *target = &options->target;
    struct kube_version v;
    if (kube_get_version(c, &v, err) < 0)
        return -1;
    options->server = (struct version){v.version.major, v.version.minor, 0, true};
    if (!target->from.set)
        target->from = options->server;
    if (!target->to.set)
        target->to = version_next_minor(target->from);
    return 0;
}

const char *live_cluster(const struct kube_client *c)
{
    const struct kube_target *t = kube_client_target(c);
    return *t->context_name ? t->context_name : t->server;
}

void run_problem(struct live_run *run, const struct err *err)
{
    finding_add_problem(&run->result->set, run->live.cluster, err->msg,
                        *err->hint ? err->hint : NULL);
}

/* Served kinds that belong to no namespace; a kind that is not served belongs to one more likely
 * than not. */
static bool is_cluster_wide(void *ctx, struct sv group, struct sv kind)
{
    const struct live_run *run = ctx;
    for (size_t i = 0; i < run->discovery->resource_count; i++) {
        const struct kube_resource *r = &run->discovery->resources[i];
        if (sv_is(group, r->group) && sv_is(kind, r->kind))
            return !r->namespaced;
    }
    return false;
}

static void add_gaps(struct live_run *run)
{
    for (size_t i = 0; i < run->discovery->gap_count; i++) {
        const struct kube_discovery_gap *gap = &run->discovery->gaps[i];
        struct err e = {0};
        err_set(&e, ERR_REMOTE, "what %s serves is not known: %s", gap->group_version, gap->reason);
        err_hint(&e, "look at its server: kubectl get apiservices");
        run_problem(run, &e);
    }
}

static void add_notes(struct live_run *run)
{
    const char *const *notes;
    size_t count = kube_client_notes(run->client, &notes);
    for (size_t i = 0; i < count; i++)
        finding_add_note(&run->result->set, "%s: %s", run->live.cluster, notes[i]);
}

static void live_run_release(struct live_run *run)
{
    live_release(&run->live);
}

int live_check(struct kube_client *c, const struct live_options *options, struct rules_result *r,
               struct err *err)
{
    char started[TIMESTAMP_TEXT_MAX] = "";
    _cleanup_(live_run_release) struct live_run run = {.client = c, .result = r};
    run.live = (struct live){.target = &options->target,
                             .cluster = live_cluster(c),
                             .result = r,
                             .is_cluster_wide = is_cluster_wide,
                             .ctx = &run};
    if (kube_discover(c, &run.discovery, err) < 0)
        return err_wrap(err, "cannot tell what the cluster serves");
    add_gaps(&run);
    run_releases(&run);
    run_objects(&run, options);
    run_metrics(&run, started);
    live_settle(&run.live, *started ? started : NULL);
    add_notes(&run);
    return 0;
}
