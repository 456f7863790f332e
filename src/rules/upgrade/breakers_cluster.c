/* Rights, policies, service accounts, nodes, and jobs by the clock. */
#include "rules/upgrade/breakers.h"

static void role(const struct rules_run *run)
{
    doc_each_item(rule, doc_get(run->object->root, "rules")) {
        doc_each_item(resource, doc_get(rule, "resources")) {
            if (sv_is(doc_string(resource), "podsecuritypolicies"))
                run_report(run, "pod-security-policy", resource,
                           "grants rights on podsecuritypolicies");
        }
    }
}

static void binding(const struct rules_run *run)
{
    /* Kubernetes' own bindings for anonymous users reach only the health endpoints. */
    if (sv_starts(run->object->name, "system:"))
        return;
    doc_each_item(subject, doc_get(run->object->root, "subjects")) {
        const struct doc_node *name = doc_get(subject, "name");
        if (sv_is(doc_string(name), "system:anonymous") ||
            sv_is(doc_string(name), "system:unauthenticated"))
            run_report(run, "anonymous-access", name, "grants rights to %.*s",
                       SV_ARG(doc_string(name)));
    }
}

static void service_account(const struct rules_run *run)
{
    const struct doc_node *root = run->object->root;
    const struct doc_pair *p =
        breakers_annotation(doc_get(root, "metadata"), "kubernetes.io/enforce-mountable-secrets");
    if (p)
        run_report(run, "enforce-mountable-secrets", p->key,
                   "limits its secrets by the annotation enforce-mountable-secrets");
    /* In a cluster before 1.24 the token controller itself wrote this into every account. */
    if (run->place->cluster)
        return;
    doc_each_item(secret, doc_get(root, "secrets"))
        breakers_token_secret(run, doc_get(secret, "name"));
}

static void cron_job(const struct rules_run *run)
{
    const struct doc_node *schedule = doc_at(run->object->root, "spec.schedule");
    struct sv text = sv_trim(doc_string(schedule));
    if (sv_starts(text, "TZ=") || sv_starts(text, "CRON_TZ="))
        run_report(run, "cronjob-schedule-tz", schedule, "schedule '%.*s' holds a time zone",
                   SV_ARG(text));
}

static void node(const struct rules_run *run)
{
    const struct doc_pair *p = breakers_annotation(doc_get(run->object->root, "metadata"),
                                                   "scheduler.alpha.kubernetes.io/preferAvoidPods");
    if (p)
        run_report(run, "prefer-avoid-pods", p->key, "asks to avoid pods by annotation");
}

/* Whatever the kind: defaults of policies and pods that were put on templates of other tools. */
static void policy_annotations(const struct rules_run *run)
{
    static const char *const names[] = {
        "seccomp.security.alpha.kubernetes.io/defaultProfileName",
        "seccomp.security.alpha.kubernetes.io/allowedProfileNames",
        "apparmor.security.beta.kubernetes.io/defaultProfileName",
        "apparmor.security.beta.kubernetes.io/allowedProfileNames",
    };
    if (sv_is(run->object->kind, "PodSecurityPolicy"))
        return;
    const struct doc_node *metadata = doc_get(run->object->root, "metadata");
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        const struct doc_pair *p = breakers_annotation(metadata, names[i]);
        if (p)
            run_report(run, "pod-security-policy", p->key,
                       "carries the PodSecurityPolicy annotation %s", names[i]);
    }
}

void breakers_cluster(const struct rules_run *run)
{
    bool rbac = sv_is(run->object->group, "rbac.authorization.k8s.io");
    struct sv kind = run->object->kind;
    if (rbac && (sv_is(kind, "Role") || sv_is(kind, "ClusterRole")))
        role(run);
    else if (rbac)
        binding(run);
    else if (run_is(run, "", "ServiceAccount"))
        service_account(run);
    else if (run_is(run, "batch", "CronJob"))
        cron_job(run);
    else if (run_is(run, "", "Node"))
        node(run);
    policy_annotations(run);
}
