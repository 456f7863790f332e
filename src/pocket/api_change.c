/* What may not be changed in an object that is there. */
#include "base/must.h"
#include "pocket/api_internal.h"

/* Fields that never change, with what the server says of each. */
static const struct {
    const char *kind, *path;
} immutable[] = {
    {"Deployment", "spec.selector"}, {"ReplicaSet", "spec.selector"},
    {"DaemonSet", "spec.selector"},  {"Job", "spec.selector"},
    {"Job", "spec.template"},        {"Job", "spec.completions"},
    {"RoleBinding", "roleRef"},      {"ClusterRoleBinding", "roleRef"},
    {"StorageClass", "provisioner"}, {"StorageClass", "parameters"},
    {"PriorityClass", "value"},      {"PersistentVolumeClaim", "spec.volumeName"},
};

/* A map of texts, or a LabelSelector, as Go prints them with %#v. */
static void print_texts(const struct doc_node *map, struct str *out)
{
    str_adds(out, "map[string]string{");
    for (uint32_t i = 0; i < doc_count(map); i++)
        str_addf(out, "%s\"%.*s\":\"%.*s\"", i ? ", " : "", SV_ARG(map->pairs[i].key->text),
                 SV_ARG(doc_string(map->pairs[i].value)));
    str_addc(out, '}');
}

const char *api_go_texts(struct arena *a, const struct doc_node *map)
{
    _cleanup_str_ struct str out = {0};
    if (!map)
        return "map[string]string(nil)";
    print_texts(map, &out);
    return mem_must(arena_dup(a, str_sv(&out)));
}

static void print_requirement(const struct doc_node *one, struct str *out)
{
    const struct doc_node *values = doc_get(one, "values");
    str_addf(out, "v1.LabelSelectorRequirement{Key:\"%.*s\", Operator:\"%.*s\", Values:[]string",
             SV_ARG(doc_get_string(one, "key")), SV_ARG(doc_get_string(one, "operator")));
    str_adds(out, values ? "{" : "(nil)");
    for (uint32_t i = 0; i < doc_count(values); i++)
        str_addf(out, "%s\"%.*s\"", i ? ", " : "", SV_ARG(doc_string(doc_item(values, i))));
    str_adds(out, values ? "}}" : "}");
}

static const char *go_selector(struct arena *a, const struct doc_node *selector)
{
    _cleanup_str_ struct str out = {0};
    const struct doc_node *labels = doc_get(selector, "matchLabels");
    const struct doc_node *list = doc_get(selector, "matchExpressions");
    str_adds(&out, "v1.LabelSelector{MatchLabels:");
    if (labels)
        print_texts(labels, &out);
    else
        str_adds(&out, "map[string]string(nil)");
    str_adds(&out, ", MatchExpressions:[]v1.LabelSelectorRequirement");
    str_adds(&out, list ? "{" : "(nil)");
    for (uint32_t i = 0; i < doc_count(list); i++) {
        str_adds(&out, i ? ", " : "");
        print_requirement(doc_item(list, i), &out);
    }
    str_adds(&out, list ? "}}" : "}");
    return mem_must(arena_dup(a, str_sv(&out)));
}

static const char *go_value(struct arena *a, const char *path, const struct doc_node *value)
{
    if (strcmp(path, "spec.selector") == 0 && value)
        return go_selector(a, value);
    if (strcmp(path, "roleRef") == 0)
        return mem_must(arena_fmt(
            a, "rbac.RoleRef{APIGroup:\"%.*s\", Kind:\"%.*s\", Name:\"%.*s\"}",
            SV_ARG(doc_get_string(value, "apiGroup")), SV_ARG(doc_get_string(value, "kind")),
            SV_ARG(doc_get_string(value, "name"))));
    if (strcmp(path, "parameters") == 0)
        return api_go_texts(a, value);
    return value ? value_json(a, value).ptr : "null";
}

static void check_immutable(struct api_call *call, const struct doc_node *before,
                            const struct doc_node *now, api_cause_vec *causes)
{
    for (size_t i = 0; i < ARRAY_LEN(immutable); i++) {
        const struct doc_node *old = doc_at(before, immutable[i].path);
        const struct doc_node *new = doc_at(now, immutable[i].path);
        if (call->kind->custom || strcmp(call->kind->kind, immutable[i].kind) != 0 || !old ||
            (new &&doc_equal(old, new)))
            continue;
        api_add_cause(
            causes, "FieldValueInvalid", immutable[i].path,
            mem_must(arena_fmt(&call->arena, "Invalid value: %s: %s",
                               go_value(&call->arena, immutable[i].path, new),
                               strcmp(immutable[i].path, "roleRef") == 0 ? "cannot change roleRef"
                                                                         : "field is immutable")));
    }
}

static void check_stateful(struct api_call *call, const struct doc_node *before,
                           const struct doc_node *now, api_cause_vec *causes)
{
    static const char *const free_fields[] = {"replicas",
                                              "template",
                                              "updateStrategy",
                                              "minReadySeconds",
                                              "ordinals",
                                              "revisionHistoryLimit",
                                              "persistentVolumeClaimRetentionPolicy"};
    struct doc_node *old = value_clone(&call->arena, doc_get(before, "spec"));
    struct doc_node *new = value_clone(&call->arena, doc_get(now, "spec"));
    for (size_t i = 0; i < ARRAY_LEN(free_fields); i++) {
        value_unset(old, sv_of(free_fields[i]));
        value_unset(new, sv_of(free_fields[i]));
    }
    if (!doc_equal(old, new))
        api_add_cause(causes, "FieldValueForbidden", "spec",
                      "Forbidden: updates to statefulset spec for fields other than 'replicas', "
                      "'template', and 'updateStrategy' are forbidden");
}

static void check_frozen(const struct doc_node *before, const struct doc_node *now,
                         api_cause_vec *causes)
{
    const struct doc_node *frozen = doc_get(before, "immutable");
    if (!frozen || frozen->type != DOC_BOOL || !frozen->boolean)
        return;
    if (!doc_equal(doc_get(before, "data"), doc_get(now, "data")))
        api_add_cause(causes, "FieldValueForbidden", "data",
                      "Forbidden: field is immutable when `immutable` is set");
}

/* The address of a service stays, once it has one. */
static void check_address(struct api_call *call, const struct doc_node *before,
                          const struct doc_node *now, api_cause_vec *causes)
{
    struct sv had = doc_string(doc_at(before, "spec.clusterIP"));
    struct sv has = doc_string(doc_at(now, "spec.clusterIP"));
    if (!had.len || !has.len || sv_eq(had, has) ||
        sv_is(doc_string(doc_at(now, "spec.type")), "ExternalName"))
        return;
    api_add_cause(causes, "FieldValueInvalid", "spec.clusterIPs[0]",
                  mem_must(arena_fmt(&call->arena,
                                     "Invalid value: []string{\"%.*s\"}: may not change once set",
                                     SV_ARG(has))));
}

static bool additions_only(const struct doc_node *before, const struct doc_node *now)
{
    doc_each_item(had, before) {
        bool kept = false;
        doc_each_item(one, now)
            kept = kept || doc_equal(one, had);
        if (!kept)
            return false;
    }
    return true;
}

static void copy_images(struct arena *a, const struct doc_node *from, struct doc_node *to)
{
    for (uint32_t i = 0; i < doc_count(to) && i < doc_count(from); i++) {
        const struct doc_node *image = doc_get(doc_item(from, i), "image");
        if (image && doc_item(to, i)->type == DOC_MAP)
            value_set(a, doc_item(to, i), SV("image"), value_clone(a, image));
    }
}

/* A pod's spec as it would be with only those fields of another taken over that may change. */
static struct doc_node *with_allowed(struct arena *a, const struct doc_node *before,
                                     const struct doc_node *now)
{
    static const char *const free_fields[] = {"activeDeadlineSeconds", "schedulingGates"};
    struct doc_node *spec = value_clone(a, before);
    copy_images(a, doc_get(now, "containers"), doc_get(spec, "containers"));
    copy_images(a, doc_get(now, "initContainers"), doc_get(spec, "initContainers"));
    for (size_t i = 0; i < ARRAY_LEN(free_fields); i++) {
        const struct doc_node *value = doc_get(now, free_fields[i]);
        value_unset(spec, sv_of(free_fields[i]));
        if (value)
            value_set(a, spec, sv_of(free_fields[i]), value_clone(a, value));
    }
    const struct doc_node *tolerations = doc_get(now, "tolerations");
    if (tolerations && additions_only(doc_get(before, "tolerations"), tolerations))
        value_set(a, spec, SV("tolerations"), value_clone(a, tolerations));
    return spec;
}

static void check_pod_spec(struct api_call *call, const struct doc_node *before,
                           const struct doc_node *now, api_cause_vec *causes)
{
    const struct doc_node *old = doc_get(before, "spec"), *new = doc_get(now, "spec");
    if (call->sub.len || !old || !new || doc_equal(with_allowed(&call->arena, old, new), new))
        return;
    api_add_cause(
        causes, "FieldValueForbidden", "spec",
        call->api->minor < 23
            ? "Forbidden: pod updates may not change fields other than `spec.containers[*].image`, "
              "`spec.initContainers[*].image`, `spec.activeDeadlineSeconds` or `spec.tolerations` "
              "(only additions to existing tolerations)"
            : "Forbidden: pod updates may not change fields other than "
              "`spec.containers[*].image`,`spec.initContainers[*].image`,"
              "`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing "
              "tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it "
              "was "
              "previously negative)");
}

/* Who goes may only lose what holds it. */
static void check_finalizers(struct api_call *call, const struct doc_node *before,
                             const struct doc_node *now, api_cause_vec *causes)
{
    const struct doc_node *had = doc_at(before, "metadata.finalizers");
    const char *fresh = "";
    if (!api_meta(before, "deletionTimestamp").len)
        return;
    doc_each_item(one, doc_at(now, "metadata.finalizers")) {
        bool known = false;
        doc_each_item(old, had)
            known = known || sv_eq(doc_string(old), doc_string(one));
        if (!known)
            fresh = mem_must(arena_fmt(&call->arena, "%s%s\"%.*s\"", fresh, *fresh ? ", " : "",
                                       SV_ARG(doc_string(one))));
    }
    if (*fresh)
        api_add_cause(
            causes, "FieldValueForbidden", "metadata.finalizers",
            mem_must(arena_fmt(&call->arena,
                               "Forbidden: no new finalizers can be added if the object is being "
                               "deleted, found new finalizers []string{%s}",
                               fresh)));
}

void api_validate_change(struct api_call *call, const struct doc_node *before,
                         const struct doc_node *now, api_cause_vec *causes)
{
    check_finalizers(call, before, now, causes);
    check_immutable(call, before, now, causes);
    if (api_kind_is(call, "Pod"))
        check_pod_spec(call, before, now, causes);
    if (api_kind_is(call, "Service"))
        check_address(call, before, now, causes);
    if (api_kind_is(call, "StatefulSet"))
        check_stateful(call, before, now, causes);
    if (api_kind_is(call, "ConfigMap") || api_kind_is(call, "Secret"))
        check_frozen(before, now, causes);
}
