/* HorizontalPodAutoscaler: the metrics of v2beta1 (and v2alpha1) in the form of v2beta2 and v2. */
#include "rules/migrate/job.h"

/* metricName and its selector become metric{name, selector}, in place of metricName. */
static void metric_of(struct migrate_job *j, struct splice_node *source, const char *selector)
{
    struct splice_entry *name = splice_entry_of(source, "metricName");
    if (!name) {
        if (!j->options->partial)
            job_decide(j, "hpa-metric-name", splice_offset(source), "name the metric",
                       "metricName is missing");
        return;
    }
    struct splice_node *metric = splice_new_map(j->s);
    splice_put_before(j->s, name, "metric", metric);
    splice_move(j->s, name, metric, SPLICE_LAST, "name");
    job_lift(j, source, selector, metric, "selector");
}

struct target_form {
    const char *old_key, *type, *new_key;
};

/* The old targets become target{type, …}; the first that is there says the type. */
static void target_of(struct migrate_job *j, struct splice_node *source,
                      const struct target_form *forms, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct splice_entry *old = splice_entry_of(source, forms[i].old_key);
        if (!old || old->value->type == DOC_NULL)
            continue;
        struct splice_node *target = splice_new_map(j->s);
        splice_put_before(j->s, old, "target", target);
        splice_put(j->s, target, SPLICE_LAST, "type", splice_new_string(j->s, forms[i].type));
        for (size_t k = 0; k < count; k++)
            job_lift(j, source, forms[k].old_key, target, forms[k].new_key);
        return;
    }
    if (!j->options->partial)
        job_decide(j, "hpa-metric-target", splice_offset(source), "set a target value",
                   "the metric has no target value");
}

static const struct target_form resource_targets[] = {
    {"targetAverageUtilization", "Utilization", "averageUtilization"},
    {"targetAverageValue", "AverageValue", "averageValue"},
};
static const struct target_form pods_targets[] = {
    {"targetAverageValue", "AverageValue", "averageValue"},
};
static const struct target_form object_targets[] = {
    {"averageValue", "AverageValue", "averageValue"},
    {"targetValue", "Value", "value"},
};
static const struct target_form external_targets[] = {
    {"targetValue", "Value", "value"},
    {"targetAverageValue", "AverageValue", "averageValue"},
};

static void migrate_metric(struct migrate_job *j, struct splice_node *metric)
{
    struct splice_node *source;
    splice_each(e, metric)
    {
        source = e->value;
        if (!splice_is_map(source))
            continue;
        if (sv_is(e->key, "resource") || sv_is(e->key, "containerResource")) {
            target_of(j, source, resource_targets, ARRAY_LEN(resource_targets));
        } else if (sv_is(e->key, "pods")) {
            metric_of(j, source, "selector");
            target_of(j, source, pods_targets, ARRAY_LEN(pods_targets));
        } else if (sv_is(e->key, "object")) {
            job_rename(j, source, "target", "describedObject");
            metric_of(j, source, "selector");
            target_of(j, source, object_targets, ARRAY_LEN(object_targets));
        } else if (sv_is(e->key, "external")) {
            metric_of(j, source, "metricSelector");
            target_of(j, source, external_targets, ARRAY_LEN(external_targets));
        }
    }
}

void migrate_hpa(struct migrate_job *j)
{
    splice_each(e, splice_at(j->root, "spec.metrics"))
    {
        migrate_metric(j, e->value);
    }
    struct splice_entry *status = splice_entry_of(j->root, "status");
    if (!status)
        return;
    job_note(j, "status-dropped", splice_entry_offset(status), NULL,
             "status is written by the cluster and has another form in the new version: taken out");
    splice_remove(status);
}
