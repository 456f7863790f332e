#include "rules/diff/condition.h"

#include "base/cleanup.h"
#include "rules/diff/fields.h"

static bool text_at_is(const struct doc_node *root, const char *path, const char *word)
{
    return sv_is(doc_string(doc_at(root, path)), word);
}

static bool true_at(const struct doc_node *root, const char *path)
{
    const struct doc_node *n = doc_at(root, path);
    return n && n->type == DOC_BOOL && n->boolean;
}

static bool is_set(const struct doc_node *n)
{
    return n && n->type != DOC_NULL;
}

/* Objects are compared field by field only when they are one object: paired by name, or by what the
 * server answered for that name. */
static bool same_object(const struct condition_view *v)
{
    return true;
}

static bool api_not_legacy(const struct condition_view *v)
{
    return !text_at_is(v->new_root, "apiVersion", "extensions/v1beta1") &&
           !text_at_is(v->new_root, "apiVersion", "apps/v1beta1");
}

static bool was_set(const struct condition_view *v)
{
    return is_set(v->old_value);
}

static bool immutable_flag(const struct condition_view *v)
{
    return true_at(v->old_root, "immutable");
}

static bool unbound(const struct condition_view *v)
{
    struct sv phase = doc_string(doc_at(v->old_root, "status.phase"));
    if (phase.ptr)
        return !sv_is(phase, "Bound");
    return !is_set(doc_at(v->old_root, "spec.volumeName"));
}

static bool shrinks(const struct condition_view *v)
{
    return fields_compare_quantities(doc_scalar(v->new_value), doc_scalar(v->old_value)) < 0;
}

static bool grows_or_removed(const struct condition_view *v)
{
    if (!is_set(v->old_value))
        return false;
    return !is_set(v->new_value) ||
           fields_compare_quantities(doc_scalar(v->new_value), doc_scalar(v->old_value)) > 0;
}

static bool contains(const struct doc_node *list, const struct doc_node *item)
{
    doc_each_item(have, list) {
        if (doc_equal(have, item))
            return true;
    }
    return false;
}

/* Admission puts these two on every pod; leaving them out of a manifest takes nothing away. */
static bool is_default_toleration(const struct doc_node *item)
{
    struct sv key = doc_get_string(item, "key");
    return (sv_is(key, "node.kubernetes.io/not-ready") ||
            sv_is(key, "node.kubernetes.io/unreachable")) &&
           sv_is(doc_get_string(item, "effect"), "NoExecute");
}

static bool lacks_item_of(const struct doc_node *list, const struct doc_node *of)
{
    doc_each_item(item, of) {
        if (!contains(list, item) && !is_default_toleration(item))
            return true;
    }
    return false;
}

static bool not_superset(const struct condition_view *v)
{
    return lacks_item_of(v->new_value, v->old_value);
}

static bool not_subset(const struct condition_view *v)
{
    return lacks_item_of(v->old_value, v->new_value);
}

static bool not_negative_to_one(const struct condition_view *v)
{
    return !(sv_starts(doc_scalar(v->old_value), "-") && sv_is(doc_scalar(v->new_value), "1"));
}

static bool keeps_cluster_ip(const struct condition_view *v)
{
    return is_set(v->old_value) && !text_at_is(v->old_root, "spec.type", "ExternalName") &&
           !text_at_is(v->new_root, "spec.type", "ExternalName");
}

static bool is_local_balancer(const struct doc_node *root)
{
    return text_at_is(root, "spec.type", "LoadBalancer") &&
           text_at_is(root, "spec.externalTrafficPolicy", "Local");
}

static bool keeps_health_check(const struct condition_view *v)
{
    return is_set(v->old_value) && is_local_balancer(v->old_root) && is_local_balancer(v->new_root);
}

static bool type_load_balancer(const struct condition_view *v)
{
    return text_at_is(v->old_root, "spec.type", "LoadBalancer") &&
           text_at_is(v->new_root, "spec.type", "LoadBalancer");
}

static bool not_elastic_indexed(const struct condition_view *v)
{
    return !(text_at_is(v->new_root, "spec.completionMode", "Indexed") &&
             doc_equal(doc_at(v->new_root, "spec.completions"),
                       doc_at(v->new_root, "spec.parallelism")));
}

static bool suspended_unstarted(const struct condition_view *v)
{
    return true_at(v->old_root, "spec.suspend") && !is_set(doc_at(v->old_root, "status.startTime"));
}

static bool not_suspended_unstarted(const struct condition_view *v)
{
    return !suspended_unstarted(v);
}

static bool same_item(const struct condition_view *v)
{
    return v->inside_item;
}

/* A definition that was read from a cluster says so; one from a file is taken as served already,
 * since the change is about to meet its older self there. */
static bool established(const struct condition_view *v)
{
    const struct doc_node *conditions = doc_at(v->old_root, "status.conditions");
    doc_each_item(c, conditions) {
        if (sv_is(doc_get_string(c, "type"), "Established"))
            return sv_is(doc_get_string(c, "status"), "True");
    }
    return true;
}

static bool has_version(const struct doc_node *root, struct sv name)
{
    doc_each_item(version, doc_at(root, "spec.versions")) {
        if (sv_eq(doc_get_string(version, "name"), name))
            return true;
    }
    return false;
}

static bool stored_version_dropped(const struct condition_view *v)
{
    doc_each_item(stored, doc_at(v->old_root, "status.storedVersions")) {
        if (!has_version(v->new_root, doc_string(stored)))
            return true;
    }
    return false;
}

static bool not_dual_stack_upgrade(const struct condition_view *v)
{
    return !(doc_count(v->old_value) == 1 && doc_count(v->new_value) == 2 &&
             doc_equal(doc_item(v->old_value, 0), doc_item(v->new_value, 0)));
}

bool condition_holds(const char *condition, const struct condition_view *v)
{
    static const struct {
        const char *word;
        bool (*holds)(const struct condition_view *v);
    } words[] = {
        {"same-object", same_object},
        {"api-not-legacy", api_not_legacy},
        {"was-set", was_set},
        {"immutable-flag", immutable_flag},
        {"unbound", unbound},
        {"shrinks", shrinks},
        {"grows-or-removed", grows_or_removed},
        {"not-superset", not_superset},
        {"not-subset", not_subset},
        {"not-negative-to-one", not_negative_to_one},
        {"keeps-cluster-ip", keeps_cluster_ip},
        {"keeps-health-check", keeps_health_check},
        {"type-LoadBalancer", type_load_balancer},
        {"not-elastic-indexed", not_elastic_indexed},
        {"suspended-unstarted", suspended_unstarted},
        {"not-suspended-unstarted", not_suspended_unstarted},
        {"same-key:name", same_item},
        {"established", established},
        {"stored-version-dropped", stored_version_dropped},
        {"not-dual-stack-upgrade", not_dual_stack_upgrade},
    };
    for (size_t i = 0; i < ARRAY_LEN(words); i++)
        if (strcmp(condition, words[i].word) == 0)
            return words[i].holds(v);
    return true;
}
