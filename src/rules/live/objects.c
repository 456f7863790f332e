#include "rules/live/objects.h"

/* How many minors a kubelet may be older than its API server; one more from 1.28 on. */
static unsigned skew_allowed(struct version server)
{
    return server.minor >= 28 ? 3 : 2;
}

/* The first API server that is too new for the kubelet. */
static struct version skew_limit(struct version kubelet)
{
    struct version v = version_next_minor(kubelet);
    while (v.minor - kubelet.minor <= (int)skew_allowed(v))
        v = version_next_minor(v);
    return v;
}

static void kubelet_skew(const struct rules_run *run, const struct doc_node *info)
{
    char have[VERSION_TEXT_MAX], want[VERSION_TEXT_MAX], limit_text[VERSION_TEXT_MAX];
    struct version kubelet;
    if (!version_parse(doc_get_string(info, "kubeletVersion"), &kubelet))
        return;
    struct version limit = skew_limit(kubelet), least = limit;
    if (version_cmp(limit, run->target->to) > 0)
        return;
    least.minor = (uint16_t)(run->target->to.minor - skew_allowed(run->target->to));
    struct rule_table rules = rules_table();
    const struct rule_info *rule = rule_info_find(&rules, "node-kubelet-skew");
    _cleanup_str_ struct str message = {0}, fix = {0};
    str_addf(&message, "its kubelet %s is too old for a control plane of %s and later",
             version_format(kubelet, true, have), version_format(limit, false, limit_text));
    str_addf(&fix, "bring the node to %s or later before the control plane goes to %s",
             version_format(least, false, want),
             version_format(run->target->to, false, (char[VERSION_TEXT_MAX]){0}));
    struct finding f = {.rule = rule->id,
                        .severity = rule->severity,
                        .message = str_c(&message),
                        .fix = str_c(&fix),
                        .before = limit};
    struct finding_evidence evidence;
    run_subject(run, NULL, &f, &evidence);
    run_add(run, &f, &evidence);
}

void objects_node(const struct rules_run *run)
{
    const struct doc_node *info = doc_at(run->object->root, "status.nodeInfo");
    struct sv image = doc_get_string(info, "osImage");
    struct sv runtime = doc_get_string(info, "containerRuntimeVersion");
    kubelet_skew(run, info);
    if (sv_is(image, "Amazon Linux 2"))
        run_report(run, "al2-node-image", NULL, "runs %.*s", SV_ARG(image));
    if (sv_starts(runtime, "docker://"))
        run_report(run, "node-docker-runtime", NULL, "runs its containers with %.*s",
                   SV_ARG(runtime));
}

static const struct doc_node *crd_version(const struct doc_node *crd, struct sv name)
{
    doc_each_item(v, doc_at(crd, "spec.versions")) {
        if (sv_eq(doc_get_string(v, "name"), name))
            return v;
    }
    return NULL;
}

static bool is_true(const struct doc_node *node)
{
    return node && node->type == DOC_BOOL && node->boolean;
}

static const char *stored_trouble(const struct doc_node *version)
{
    const struct doc_node *served = doc_get(version, "served");
    if (!version)
        return "which the definition no longer has";
    if (served && !is_true(served))
        return "which is no longer served";
    return is_true(doc_get(version, "deprecated")) ? "which is deprecated" : NULL;
}

void objects_crd(const struct rules_run *run)
{
    const struct doc_node *crd = run->object->root;
    _cleanup_str_ struct str list = {0};
    doc_each_item(stored, doc_at(crd, "status.storedVersions")) {
        const char *trouble = stored_trouble(crd_version(crd, doc_string(stored)));
        if (trouble)
            str_addf(&list, "%s%.*s, %s", list.len ? "; " : "", SV_ARG(doc_string(stored)),
                     trouble);
    }
    if (list.len)
        run_report(run, "crd-stored-version", NULL, "objects may still be stored as %s",
                   str_c(&list));
}
