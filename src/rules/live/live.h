/*
 * live: what a running cluster tells about the API versions that its clients still speak. The API
 * server shows every object in any version it serves, so an object itself says nothing: what counts
 * is who wrote it, in which version, and whether that writer has moved on since. Evidence in,
 * findings out; reading the cluster is ops/live. The reasoning is written down in docs/live.md.
 *
 * Order: live_add_revision for every release, live_add_object for every object, live_add_metric,
 * then live_settle.
 */
#ifndef TOBAN_RULES_LIVE_LIVE_H
#define TOBAN_RULES_LIVE_LIVE_H

#include "rules/live/metric.h"
#include "rules/live/revision.h"
#include "rules/upgrade/rules.h"

struct live_case;

struct live_use {
    struct metric_use use;
    bool by_itself;
};

/* Zeroed but for target, cluster and result. */
struct live {
    const struct rules_target *target;
    const char *cluster; /* as findings name it */
    struct rules_result *result;
    /* True when objects of that kind belong to no namespace; for what life-cycle rows do not tell.
     * NULL: nothing is known. */
    bool (*is_cluster_wide)(void *ctx, struct sv group, struct sv kind);
    void *ctx;

    struct arena arena;
    VEC(struct live_case *) cases;
    struct map case_index; /* by object */
    struct map releases;   /* "namespace/name" to the time of its deployment */
    VEC(struct live_use) metrics;
};

void live_release(struct live *l);

/* The deployed revision of a release. deployed: RFC 3339 in UTC without a fraction, or NULL. Broken
 * YAML inside is a problem of the result. */
void live_add_revision(struct live *l, const struct revision *r, const char *deployed);

/* What is known about how an object came to the check. */
enum live_shape {
    LIVE_FULL,    /* all of it: breakers are looked for too */
    LIVE_METADATA /* apiVersion, kind, metadata only */
};

/* An object of the cluster; o->api_version is the version it was read in. */
void live_add_object(struct live *l, struct doc_file *doc, const struct object *o,
                     enum live_shape shape);

/* One line of the metric. by_itself: the control plane asks for this version on its own (it walks
 * every group it serves), so that without an object to tell more it means nothing. */
void live_add_metric(struct live *l, const struct metric_use *use, bool by_itself);

/* Turns what was gathered into findings. started: when the API server's count began, RFC 3339, or
 * NULL. Call once. */
void live_settle(struct live *l, const char *started);

#endif
