/* CustomResourceDefinition of apiextensions.k8s.io/v1beta1. */
#include "rules/migrate/job.h"

#define APPROVED "api-approved.kubernetes.io"

/* Entries of the spec that v1 has per version only, with the name they have there. */
static const struct {
    const char *old, *new;
} per_version[] = {
    {"validation", "schema"},
    {"subresources", "subresources"},
    {"additionalPrinterColumns", "additionalPrinterColumns"},
};

/* spec.version alone stood for one version that is served and stored. */
static struct splice_node *versions_of(struct migrate_job *j, struct splice_node *spec)
{
    struct splice_entry *single = splice_entry_of(spec, "version");
    struct splice_entry *list = splice_entry_of(spec, "versions");
    if (list && splice_is_seq(list->value) && splice_count(list->value)) {
        splice_remove(single);
        return list->value;
    }
    if (!single || splice_string(single->value).len == 0) {
        if (!j->options->partial)
            job_decide(j, "crd-no-version", splice_offset(spec), "list the versions",
                       "neither spec.version nor spec.versions names a version");
        return NULL;
    }
    splice_remove(list);
    struct splice_node *versions = splice_new_seq(j->s), *v = splice_new_map(j->s);
    splice_put_before(j->s, single, "versions", versions);
    splice_append(j->s, versions, v);
    splice_move(j->s, single, v, SPLICE_LAST, "name");
    splice_put(j->s, v, SPLICE_LAST, "served", splice_new_bool(j->s, true));
    splice_put(j->s, v, SPLICE_LAST, "storage", splice_new_bool(j->s, true));
    return versions;
}

/* What stood once for all versions goes into each that has none of its own. */
static void spread_over_versions(struct migrate_job *j, struct splice_node *spec,
                                 struct splice_node *versions)
{
    for (size_t i = 0; i < ARRAY_LEN(per_version); i++) {
        struct splice_entry *common = splice_entry_of(spec, per_version[i].old);
        if (!common)
            continue;
        struct splice_node *takers[64];
        size_t count = 0;
        splice_each(v, versions)
        {
            if (splice_is_map(v->value) && job_absent(v->value, per_version[i].new) &&
                count < ARRAY_LEN(takers)) {
                job_drop(v->value, per_version[i].new);
                takers[count++] = v->value;
            }
        }
        if (common->value->type == DOC_NULL)
            count = 0;
        for (size_t k = 0; k + 1 < count; k++)
            splice_put_copy(j->s, common, takers[k], SPLICE_LAST, per_version[i].new);
        if (count)
            splice_move(j->s, common, takers[count - 1], SPLICE_LAST, per_version[i].new);
        else
            splice_remove(common);
    }
}

static void rename_columns(struct migrate_job *j, struct splice_node *version)
{
    splice_each(c, splice_get(version, "additionalPrinterColumns"))
    {
        job_rename(j, c->value, "JSONPath", "jsonPath");
    }
}

static void migrate_version(struct migrate_job *j, struct splice_node *version, bool prune)
{
    rename_columns(j, version);
    struct splice_node *schema = splice_get(version, "schema");
    if (!splice_is_map(schema)) {
        job_drop(version, "schema");
        schema = splice_new_map(j->s);
        splice_put(j->s, version, SPLICE_LAST, "schema", schema);
    }
    struct splice_node *root = splice_get(schema, "openAPIV3Schema");
    if (!splice_is_map(root)) {
        job_drop(schema, "openAPIV3Schema");
        root = splice_new_map(j->s);
        splice_put(j->s, schema, SPLICE_LAST, "openAPIV3Schema", root);
    }
    crd_schema_migrate(j, root, prune);
}

static void migrate_conversion(struct migrate_job *j, struct splice_node *conversion)
{
    if (!splice_is_map(conversion))
        return;
    struct splice_entry *client = splice_entry_of(conversion, "webhookClientConfig");
    struct splice_entry *reviews = splice_entry_of(conversion, "conversionReviewVersions");
    bool webhook = sv_is(splice_get_string(conversion, "strategy"), "Webhook");
    if (!webhook) {
        splice_remove(client);
        splice_remove(reviews);
        return;
    }
    struct splice_node *to = splice_new_map(j->s);
    splice_put(j->s, conversion, SPLICE_LAST, "webhook", to);
    if (client)
        splice_move(j->s, client, to, SPLICE_LAST, "clientConfig");
    if (reviews && splice_count(reviews->value)) {
        splice_move(j->s, reviews, to, SPLICE_LAST, "conversionReviewVersions");
        return;
    }
    splice_remove(reviews);
    struct splice_node *versions = splice_new_seq(j->s);
    splice_append(j->s, versions, splice_new_string(j->s, "v1beta1"));
    splice_put(j->s, to, SPLICE_LAST, "conversionReviewVersions", versions);
}

/* Groups of the Kubernetes community need a word about their review, in v1 by force. */
static void ask_for_approval(struct migrate_job *j, const struct splice_node *spec)
{
    struct sv group = splice_get_string(spec, "group");
    bool guarded = sv_ends(group, ".k8s.io") || sv_ends(group, ".kubernetes.io") ||
                   sv_is(group, "k8s.io") || sv_is(group, "kubernetes.io");
    const struct splice_node *annotations = splice_at(j->root, "metadata.annotations");
    if (!guarded || splice_get(annotations, APPROVED))
        return;
    job_decide(j, "crd-approval", splice_offset(splice_get(spec, "group")),
               "take the definition of a release of the project that owns the group, or annotate "
               "it with " APPROVED ": the URL of the API review, or \"unapproved, REASON\"",
               "the group %.*s is reserved: v1 refuses it without the annotation " APPROVED,
               SV_ARG(group));
}

void migrate_crd(struct migrate_job *j)
{
    struct splice_node *spec = splice_get(j->root, "spec");
    if (!splice_is_map(spec))
        return;
    ask_for_approval(j, spec);
    struct splice_entry *names = splice_entry_of(spec, "names");
    if (job_absent(spec, "scope"))
        job_default(j, spec, names, "scope", splice_new_string(j->s, "Namespaced"));
    struct splice_node *preserve = splice_get(spec, "preserveUnknownFields");
    bool prune = preserve && preserve->type == DOC_BOOL && sv_is(preserve->text, "false");
    if (!prune)
        job_drop(spec, "preserveUnknownFields");
    migrate_conversion(j, splice_get(spec, "conversion"));
    struct splice_node *versions = versions_of(j, spec);
    if (!versions || j->decisions)
        return;
    spread_over_versions(j, spec, versions);
    splice_each(v, versions)
    {
        if (splice_is_map(v->value))
            migrate_version(j, v->value, prune);
    }
}
