#include "rules/diff/pods.h"

#include "base/cleanup.h"

const struct doc_node *pods_template(const struct object *o)
{
    static const char *const kinds[] = {"Deployment", "StatefulSet", "DaemonSet",
                                        "ReplicaSet", "Job",         "ReplicationController"};
    if (sv_is(o->kind, "Pod"))
        return o->root;
    if (sv_is(o->kind, "PodTemplate"))
        return doc_get(o->root, "template");
    if (sv_is(o->kind, "CronJob"))
        return doc_at(o->root, "spec.jobTemplate.spec.template");
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
        if (sv_is(o->kind, kinds[i]))
            return doc_at(o->root, "spec.template");
    return NULL;
}

const struct doc_node *pods_labels(const struct object *o)
{
    return doc_at(pods_template(o), "metadata.labels");
}

struct pods_selector pods_selector_of(const struct object *o)
{
    bool core = o->group.len == 0;
    const struct doc_node *spec = doc_get(o->root, "spec");
    if (core && (sv_is(o->kind, "Service") || sv_is(o->kind, "ReplicationController")))
        return (struct pods_selector){doc_get(spec, "selector"), "spec.selector", true};
    if (sv_is(o->kind, "NetworkPolicy"))
        return (struct pods_selector){doc_get(spec, "podSelector"), "spec.podSelector", false};
    if (pods_template(o) || sv_is(o->kind, "PodDisruptionBudget"))
        return (struct pods_selector){doc_get(spec, "selector"), "spec.selector", false};
    return (struct pods_selector){NULL, "", false};
}

static struct sv label(const struct doc_node *labels, struct sv key)
{
    struct sv found = SV_NONE;
    doc_each_pair(p, labels) {
        if (sv_eq(p->key->text, key))
            found = doc_scalar(p->value);
    }
    return found;
}

static bool labels_match(const struct doc_node *wanted, const struct doc_node *labels)
{
    doc_each_pair(p, wanted) {
        struct sv have = label(labels, p->key->text);
        if (!have.ptr || !sv_eq(have, doc_scalar(p->value)))
            return false;
    }
    return true;
}

static bool is_one_of(struct sv v, const struct doc_node *values)
{
    doc_each_item(item, values) {
        if (v.ptr && sv_eq(v, doc_scalar(item)))
            return true;
    }
    return false;
}

static bool expression_matches(const struct doc_node *e, const struct doc_node *labels)
{
    struct sv op = doc_get_string(e, "operator");
    struct sv have = label(labels, doc_get_string(e, "key"));
    if (sv_is(op, "In"))
        return is_one_of(have, doc_get(e, "values"));
    if (sv_is(op, "NotIn"))
        return !is_one_of(have, doc_get(e, "values"));
    return sv_is(op, "Exists") ? have.ptr != NULL : have.ptr == NULL;
}

bool pods_selector_matches(struct pods_selector s, const struct doc_node *labels)
{
    const struct doc_node *wanted = s.plain ? s.node : doc_get(s.node, "matchLabels");
    const struct doc_node *expressions = s.plain ? NULL : doc_get(s.node, "matchExpressions");
    if (!doc_count(wanted) && !doc_count(expressions))
        return false;
    if (!labels_match(wanted, labels))
        return false;
    doc_each_item(e, expressions) {
        if (!expression_matches(e, labels))
            return false;
    }
    return true;
}
