/* Deployment, DaemonSet, StatefulSet and ReplicaSet of extensions and the betas of apps. */
#include "rules/migrate/job.h"

#define NEVER 2147483647 /* "no limit" of extensions/v1beta1 */

static bool is_extensions(const struct migrate_job *j)
{
    return sv_is(j->object.group, "extensions");
}

/* Where new fields of a spec go: in front of the pod template, which is long. */
static struct splice_entry *before_template(struct splice_node *spec)
{
    struct splice_entry *e = splice_entry_of(spec, "template");
    return e && e->prev ? e->prev : SPLICE_LAST;
}

/* The old versions took selector and labels from the pod template. */
static void selector_and_labels(struct migrate_job *j, struct splice_node *spec)
{
    if (j->options->partial || !spec)
        return;
    struct splice_node *labels = splice_at(spec, "template.metadata.labels");
    bool some = splice_is_map(labels) && splice_count(labels);
    if (job_absent(spec, "selector")) {
        if (!some) {
            job_decide(j, "selector-missing", splice_offset(spec),
                       "give the pod template labels and write spec.selector.matchLabels",
                       "spec.selector is required, and the pod template has no labels to take it "
                       "from");
            return;
        }
        struct splice_node *selector = splice_new_map(j->s);
        splice_put(j->s, selector, SPLICE_LAST, "matchLabels", splice_copy(j->s, labels));
        job_default(j, spec, before_template(spec), "selector", selector);
    }
    struct splice_node *metadata = splice_get(j->root, "metadata");
    struct splice_node *own = splice_get(metadata, "labels");
    if (!some || !splice_is_map(metadata) || splice_count(own))
        return;
    job_drop(metadata, "labels");
    splice_put(j->s, metadata, SPLICE_LAST, "labels", splice_copy(j->s, labels));
}

/* A map below spec that the defaults need; made when it is missing and there is something to say.
 */
static struct splice_node *spec_map(struct migrate_job *j, struct splice_node *spec,
                                    const char *key, struct splice_entry *behind)
{
    if (job_absent(spec, key))
        job_default(j, spec, behind, key, splice_new_map(j->s));
    struct splice_node *map = splice_get(spec, key);
    return splice_is_map(map) ? map : NULL;
}

static void rolling_of_extensions(struct migrate_job *j, struct splice_node *spec)
{
    struct splice_node *strategy = splice_get(spec, "strategy");
    if (sv_is(splice_get_string(strategy, "type"), "Recreate"))
        return;
    strategy = spec_map(j, spec, "strategy", before_template(spec));
    if (!strategy)
        return;
    job_default_string(j, strategy, "type", "RollingUpdate");
    struct splice_node *rolling = spec_map(j, strategy, "rollingUpdate", SPLICE_LAST);
    if (!rolling)
        return;
    job_default_int(j, rolling, "maxSurge", 1);
    job_default_int(j, rolling, "maxUnavailable", 1);
}

static void default_before_template(struct migrate_job *j, struct splice_node *spec,
                                    const char *key, int64_t value)
{
    job_default(j, spec, before_template(spec), key, splice_new_int(j->s, value));
}

void migrate_deployment(struct migrate_job *j)
{
    struct splice_node *spec = splice_get(j->root, "spec");
    if (!splice_is_map(spec))
        return;
    job_drop(spec, "rollbackTo");
    selector_and_labels(j, spec);
    if (is_extensions(j)) {
        rolling_of_extensions(j, spec);
        default_before_template(j, spec, "progressDeadlineSeconds", NEVER);
        default_before_template(j, spec, "revisionHistoryLimit", NEVER);
    } else {
        default_before_template(j, spec, "revisionHistoryLimit", 2);
    }
}

/* Pods were only replaced when someone deleted them. */
static void on_delete(struct migrate_job *j, struct splice_node *spec)
{
    struct splice_node *strategy = spec_map(j, spec, "updateStrategy", before_template(spec));
    if (strategy)
        job_default_string(j, strategy, "type", "OnDelete");
}

void migrate_daemon_set(struct migrate_job *j)
{
    struct splice_node *spec = splice_get(j->root, "spec");
    if (!splice_is_map(spec))
        return;
    job_drop(spec, "templateGeneration");
    selector_and_labels(j, spec);
    on_delete(j, spec);
}

void migrate_stateful_set(struct migrate_job *j)
{
    struct splice_node *spec = splice_get(j->root, "spec");
    if (!splice_is_map(spec))
        return;
    selector_and_labels(j, spec);
    on_delete(j, spec);
}

void migrate_replica_set(struct migrate_job *j)
{
    struct splice_node *spec = splice_get(j->root, "spec");
    if (splice_is_map(spec))
        selector_and_labels(j, spec);
}
