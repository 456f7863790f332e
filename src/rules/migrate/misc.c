/* Kinds that change in one place only. */
#include "rules/migrate/job.h"

/* A template puts the labels in where nothing stands. */
static bool labels_are_computed(const struct migrate_job *j, const struct splice_node *selector)
{
    const struct splice_node *labels = splice_get(selector, "matchLabels");
    return j->options->chart_template && labels && !splice_is_map(labels);
}

/* v1beta1: an empty selector chose no pod. v1: it chooses every pod of the namespace. */
void migrate_pdb(struct migrate_job *j)
{
    struct splice_node *spec = splice_get(j->root, "spec");
    struct splice_entry *selector = splice_entry_of(spec, "selector");
    if (selector && labels_are_computed(j, selector->value))
        return;
    if (!selector || !splice_is_map(selector->value) ||
        splice_count(splice_get(selector->value, "matchLabels")) ||
        splice_count(splice_get(selector->value, "matchExpressions")))
        return;
    job_note(j, "pdb-empty-selector", splice_entry_offset(selector),
             "if it was meant to guard all pods of the namespace, write selector: {} again after "
             "the migration; else delete this budget, which guards nothing",
             "the empty selector chose no pod and would choose every pod of the namespace in "
             "policy/v1: taken out, so that it still chooses none");
    splice_remove(selector);
}

void migrate_priority_level(struct migrate_job *j)
{
    struct splice_node *limited = splice_at(j->root, "spec.limited");
    bool had_default =
        !job_rename(j, limited, "assuredConcurrencyShares", "nominalConcurrencyShares");
    if (!had_default || !sv_is(sv_of(j->to->version), "v1"))
        return;
    struct splice_node *shares = splice_get(limited, "nominalConcurrencyShares");
    const struct splice_node *notes = splice_at(j->root, "metadata.annotations");
    bool zero = shares && shares->type == DOC_INT && sv_is(shares->text, "0");
    if (!zero || splice_get(notes, "flowcontrol.k8s.io/v1beta3-preserve-zero-concurrency-shares"))
        return;
    shares->text = SV("30");
    job_note(
        j, "flowcontrol-zero-shares", splice_offset(shares), NULL,
        "nominalConcurrencyShares: 0 meant 30 in v1beta3 and means 0 in v1: written out as 30");
}

/* In v1alpha1 these stood below spec. */
void migrate_runtime_class(struct migrate_job *j)
{
    struct splice_entry *entry = splice_entry_of(j->root, "spec");
    struct splice_node *spec = entry ? entry->value : NULL;
    if (!splice_is_map(spec))
        return;
    job_lift(j, spec, "runtimeHandler", j->root, "handler");
    job_lift(j, spec, "overhead", j->root, "overhead");
    job_lift(j, spec, "scheduling", j->root, "scheduling");
    struct splice_entry *rest = splice_first(spec);
    if (rest)
        job_decide(j, "field-unknown", splice_entry_offset(rest), "remove the field",
                   "spec.%.*s has no place in the new version", SV_ARG(rest->key));
    splice_remove(entry);
}

static void migrate_endpoint(struct migrate_job *j, struct splice_node *endpoint)
{
    struct splice_entry *topology = splice_entry_of(endpoint, "topology");
    struct splice_node *keys = topology ? topology->value : NULL;
    if (!topology)
        return;
    if (splice_is_map(keys)) {
        struct splice_entry *host = splice_entry_of(keys, "kubernetes.io/hostname");
        struct splice_entry *zone = splice_entry_of(keys, "topology.kubernetes.io/zone");
        if (host && job_absent(endpoint, "nodeName"))
            splice_move(j->s, host, endpoint, topology, "nodeName");
        else
            splice_remove(host);
        if (zone && job_absent(endpoint, "zone"))
            splice_move(j->s, zone, endpoint, host && host->parent ? host : topology, "zone");
        else
            splice_remove(zone);
    }
    struct splice_entry *rest = splice_first(keys);
    if (rest)
        job_note(j, "endpointslice-topology", splice_entry_offset(rest), NULL,
                 "topology key %.*s has no place in discovery.k8s.io/v1: taken out",
                 SV_ARG(rest->key));
    splice_remove(topology);
}

void migrate_endpoint_slice(struct migrate_job *j)
{
    struct splice_node *type = splice_get(j->root, "addressType");
    if (sv_is(splice_string(type), "IP"))
        job_decide(j, "endpointslice-address-type", splice_offset(type), "write IPv4 or IPv6",
                   "addressType IP is gone");
    splice_each(e, splice_get(j->root, "endpoints"))
    {
        if (splice_is_map(e->value))
            migrate_endpoint(j, e->value);
    }
}

void migrate_event(struct migrate_job *j)
{
    static const char *const required[] = {"eventTime", "type",   "reportingController",
                                           "reason",    "action", "reportingInstance"};
    for (size_t i = 0; i < ARRAY_LEN(required); i++)
        if (job_absent(j->root, required[i]) && !j->options->partial)
            job_decide(j, "event-field-missing", splice_offset(j->root),
                       "add it, or do not keep events as manifests",
                       "%s is required in events.k8s.io/v1", required[i]);
    struct splice_node *type = splice_get(j->root, "type");
    struct sv word = splice_string(type);
    if (type && !sv_is(word, "Normal") && !sv_is(word, "Warning"))
        job_decide(j, "event-type", splice_offset(type), "write Normal or Warning",
                   "the type \"%.*s\" is refused by events.k8s.io/v1", SV_ARG(word));
}

void migrate_storage_version(struct migrate_job *j)
{
    struct splice_node *spec = splice_get(j->root, "spec");
    job_drop(splice_get(spec, "resource"), "version");
    job_drop(spec, "continueToken");
}
