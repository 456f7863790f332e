/* Webhook configurations and the bindings of admission policies. */
#include "rules/migrate/job.h"

/* v1 knows no webhook with effects of an unknown kind. */
static void ask_for_side_effects(struct migrate_job *j, const struct splice_node *hook)
{
    struct splice_entry *e = splice_entry_of(hook, "sideEffects");
    struct sv value = e ? splice_string(e->value) : SV_NONE;
    if (sv_is(value, "None") || sv_is(value, "NoneOnDryRun") || (!e && j->options->partial))
        return;
    struct sv name = splice_get_string(hook, "name");
    job_decide(j, "webhook-side-effects", e ? splice_entry_offset(e) : splice_offset(hook),
               "write sideEffects: None when the webhook changes nothing but the reviewed object, "
               "NoneOnDryRun when it skips its other changes on a dry run; a webhook that cannot "
               "must be changed first",
               "webhook %.*s: sideEffects is %.*s, v1 requires None or NoneOnDryRun", SV_ARG(name),
               value.len ? (int)value.len : 7, value.len ? value.ptr : "Unknown");
}

static void ask_for_unique_name(struct migrate_job *j, const struct splice_entry *hook)
{
    struct sv name = splice_get_string(hook->value, "name");
    for (const struct splice_entry *e = hook->prev; e; e = e->prev)
        if (name.len && sv_eq(splice_get_string(e->value, "name"), name)) {
            job_decide(j, "webhook-name-twice", splice_offset(splice_get(hook->value, "name")),
                       "give each webhook of a configuration its own name",
                       "two webhooks are called %.*s, v1 requires unique names", SV_ARG(name));
            return;
        }
}

static void migrate_webhook(struct migrate_job *j, struct splice_node *hook)
{
    job_default_string(j, hook, "failurePolicy", "Ignore");
    job_default_string(j, hook, "matchPolicy", "Exact");
    job_default_int(j, hook, "timeoutSeconds", 30);
    if (!splice_count(splice_get(hook, "admissionReviewVersions"))) {
        if (splice_get(hook, "admissionReviewVersions"))
            job_drop(hook, "admissionReviewVersions");
        struct splice_node *versions = splice_new_seq(j->s);
        splice_append(j->s, versions, splice_new_string(j->s, "v1beta1"));
        job_default(j, hook, SPLICE_LAST, "admissionReviewVersions", versions);
    }
}

void migrate_webhooks(struct migrate_job *j)
{
    splice_each(e, splice_get(j->root, "webhooks"))
    {
        if (!splice_is_map(e->value))
            continue;
        ask_for_side_effects(j, e->value);
        ask_for_unique_name(j, e);
        migrate_webhook(j, e->value);
    }
}

/* 1.26 had neither field and denied. */
void migrate_admission_policy_binding(struct migrate_job *j)
{
    struct splice_node *spec = splice_get(j->root, "spec");
    if (!splice_is_map(spec))
        return;
    if (!splice_count(splice_get(spec, "validationActions"))) {
        job_drop(spec, "validationActions");
        struct splice_node *actions = splice_new_seq(j->s);
        splice_append(j->s, actions, splice_new_string(j->s, "Deny"));
        job_default(j, spec, SPLICE_LAST, "validationActions", actions);
    }
    struct splice_node *param = splice_get(spec, "paramRef");
    if (splice_is_map(param))
        job_default_string(j, param, "parameterNotFoundAction", "Deny");
}
