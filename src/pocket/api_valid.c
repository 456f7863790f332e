#include "base/must.h"
#include "pocket/api_internal.h"

#define SUBDOMAIN_RULE                                                                             \
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or "   \
    "'.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used "  \
    "for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')"
#define LABEL_RULE                                                                                 \
    "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and "   \
    "must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex "     \
    "used "                                                                                        \
    "for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')"
#define LABEL35_RULE                                                                               \
    "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an "   \
    "alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or "           \
    "'abc-123', "                                                                                  \
    "regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')"

static void add(api_cause_vec *causes, const char *reason, const char *field, const char *message)
{
    must_push(causes, (struct api_cause){reason, field, message});
}

static bool lower_or_digit(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

static bool is_label(struct sv v, bool letter_first)
{
    if (v.len == 0 || v.len > 63 || !lower_or_digit(v.ptr[0]) || !lower_or_digit(v.ptr[v.len - 1]))
        return false;
    if (letter_first && v.ptr[0] <= '9')
        return false;
    for (size_t i = 0; i < v.len; i++)
        if (!lower_or_digit(v.ptr[i]) && v.ptr[i] != '-')
            return false;
    return true;
}

static bool is_subdomain(struct sv v)
{
    if (v.len == 0 || v.len > 253)
        return false;
    while (v.ptr) {
        struct sv part = sv_split(&v, '.');
        if (part.len == 0 || !lower_or_digit(part.ptr[0]) ||
            !lower_or_digit(part.ptr[part.len - 1]))
            return false;
        for (size_t i = 0; i < part.len; i++)
            if (!lower_or_digit(part.ptr[i]) && part.ptr[i] != '-')
                return false;
    }
    return true;
}

/* What is wrong with a name of this form; NULL: nothing. */
static const char *name_fault(const char *form, struct sv name)
{
    if (strcmp(form, "label") == 0)
        return is_label(name, false) ? NULL : LABEL_RULE;
    if (strcmp(form, "label35") == 0)
        return is_label(name, true) ? NULL : LABEL35_RULE;
    if (strcmp(form, "path") == 0)
        return memchr(name.ptr, '/', name.len) ? "may not contain '/'" : NULL;
    return is_subdomain(name) ? NULL : SUBDOMAIN_RULE;
}

static void check_name(struct api_call *call, const struct doc_node *now, api_cause_vec *causes)
{
    struct sv name = api_meta(now, "name");
    if (!name.len) {
        add(causes, "FieldValueRequired", "metadata.name",
            "Required value: name or generateName is required");
        return;
    }
    const char *fault = name_fault(call->kind->name_form, name);
    if (fault)
        add(causes, "FieldValueInvalid", "metadata.name",
            mem_must(arena_fmt(&call->arena, "Invalid value: \"%.*s\": %s", SV_ARG(name), fault)));
}

/* Fields that never change, with what the server says of each. */
static const struct {
    const char *kind, *path;
} immutable[] = {
    {"Deployment", "spec.selector"},
    {"ReplicaSet", "spec.selector"},
    {"DaemonSet", "spec.selector"},
    {"Job", "spec.selector"},
    {"Job", "spec.template"},
    {"RoleBinding", "roleRef"},
    {"ClusterRoleBinding", "roleRef"},
    {"StorageClass", "provisioner"},
    {"StorageClass", "parameters"},
    {"PriorityClass", "value"},
    {"PersistentVolumeClaim", "spec.volumeName"},
};

static void check_immutable(struct api_call *call, const struct doc_node *before,
                            const struct doc_node *now, api_cause_vec *causes)
{
    for (size_t i = 0; i < ARRAY_LEN(immutable); i++) {
        const struct doc_node *old = doc_at(before, immutable[i].path);
        const struct doc_node *new = doc_at(now, immutable[i].path);
        if (call->kind->custom || strcmp(call->kind->kind, immutable[i].kind) != 0 || !old ||
            (new &&doc_equal(old, new)))
            continue;
        struct sv shown = new ? value_json(&call->arena, new) : SV("null");
        add(causes, "FieldValueInvalid", immutable[i].path,
            mem_must(
                arena_fmt(&call->arena, "Invalid value: %.*s: field is immutable", SV_ARG(shown))));
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
        add(causes, "FieldValueForbidden", "spec",
            "Forbidden: updates to statefulset spec for fields other than 'replicas', "
            "'template', and 'updateStrategy' are forbidden");
}

static void check_selector(struct api_call *call, const struct doc_node *now, api_cause_vec *causes)
{
    const struct doc_node *selector = doc_at(now, "spec.selector");
    const struct doc_node *labels = doc_at(now, "spec.template.metadata.labels");
    if (!selector || selector->type == DOC_NULL)
        add(causes, "FieldValueRequired", "spec.selector", "Required value");
    else if (!selector_matches_object(selector, labels))
        add(causes, "FieldValueInvalid", "spec.template.metadata.labels",
            mem_must(arena_fmt(&call->arena,
                               "Invalid value: %.*s: `selector` does not match template `labels`",
                               SV_ARG(labels ? value_json(&call->arena, labels) : SV("null")))));
}

static void check_containers(struct api_call *call, const struct doc_node *spec, const char *path,
                             api_cause_vec *causes)
{
    const struct doc_node *list = doc_get(spec, "containers");
    if (doc_count(list) == 0)
        add(causes, "FieldValueRequired", mem_must(arena_fmt(&call->arena, "%s.containers", path)),
            "Required value");
    for (uint32_t i = 0; i < doc_count(list); i++) {
        const struct doc_node *container = doc_item(list, i);
        static const char *const needed[] = {"name", "image"};
        for (size_t k = 0; k < ARRAY_LEN(needed); k++)
            if (!doc_get_string(container, needed[k]).len)
                add(causes, "FieldValueRequired",
                    mem_must(arena_fmt(&call->arena, "%s.containers[%u].%s", path, i, needed[k])),
                    "Required value");
    }
}

static bool kind_is(const struct api_call *call, const char *kind)
{
    return !call->kind->custom && strcmp(call->kind->kind, kind) == 0;
}

static bool has_template(const struct api_call *call)
{
    return kind_is(call, "Deployment") || kind_is(call, "ReplicaSet") ||
           kind_is(call, "StatefulSet") || kind_is(call, "DaemonSet");
}

static void check_frozen(const struct doc_node *before, const struct doc_node *now,
                         api_cause_vec *causes)
{
    const struct doc_node *frozen = doc_get(before, "immutable");
    if (!frozen || frozen->type != DOC_BOOL || !frozen->boolean)
        return;
    if (!doc_equal(doc_get(before, "data"), doc_get(now, "data")))
        add(causes, "FieldValueForbidden", "data",
            "Forbidden: field is immutable when `immutable` is set");
}

void api_validate(struct api_call *call, const struct doc_node *before, const struct doc_node *now,
                  api_cause_vec *causes)
{
    if (!before)
        check_name(call, now, causes);
    if (has_template(call)) {
        check_selector(call, now, causes);
        check_containers(call, doc_at(now, "spec.template.spec"), "spec.template.spec", causes);
    }
    if (kind_is(call, "Pod"))
        check_containers(call, doc_get(now, "spec"), "spec", causes);
    if (!before)
        return;
    check_immutable(call, before, now, causes);
    if (kind_is(call, "StatefulSet"))
        check_stateful(call, before, now, causes);
    if (kind_is(call, "ConfigMap") || kind_is(call, "Secret"))
        check_frozen(before, now, causes);
}

static void default_text(struct arena *a, struct doc_node *map, const char *key, const char *value)
{
    if (!doc_get(map, key))
        value_set_text(a, map, key, sv_of(value));
}

static void default_namespace(struct arena *a, struct doc_node *object)
{
    struct doc_node *labels = value_need_map(a, api_metadata(a, object), SV("labels"));
    value_set_text(a, labels, "kubernetes.io/metadata.name", api_meta(object, "name"));
    struct doc_node *spec = value_need_map(a, object, SV("spec"));
    if (!doc_get(spec, "finalizers")) {
        struct doc_node *list = value_list(a);
        value_push(a, list, value_text(a, SV("kubernetes")));
        value_set(a, spec, SV("finalizers"), list);
    }
    default_text(a, value_need_map(a, object, SV("status")), "phase", "Active");
}

static void default_ports(struct arena *a, const struct doc_node *ports)
{
    for (uint32_t i = 0; i < doc_count(ports); i++) {
        struct doc_node *port = doc_item(ports, i);
        if (port->type != DOC_MAP)
            continue;
        default_text(a, port, "protocol", "TCP");
        const struct doc_node *number = doc_get(port, "port");
        if (!doc_get(port, "targetPort") && number)
            value_set(a, port, SV("targetPort"), value_clone(a, number));
    }
}

/* Addresses of 172.20.0.0/16, as EKS gives them; unique per pocket. */
static void default_service(struct api_call *call, struct doc_node *object)
{
    struct arena *a = &call->arena;
    struct doc_node *spec = value_need_map(a, object, SV("spec"));
    default_text(a, spec, "type", "ClusterIP");
    default_text(a, spec, "sessionAffinity", "None");
    default_ports(a, doc_get(spec, "ports"));
    if (sv_is(doc_get_string(spec, "type"), "ExternalName"))
        return;
    if (!doc_get_string(spec, "clusterIP").len) {
        uint32_t n = 10 + call->api->service_count++;
        value_set_text(a, spec, "clusterIP",
                       sv_of(mem_must(arena_fmt(a, "172.20.%u.%u", n >> 8 & 255, n & 255))));
    }
    if (!doc_get(spec, "clusterIPs")) {
        struct doc_node *list = value_list(a);
        value_push(a, list, value_text(a, doc_get_string(spec, "clusterIP")));
        value_set(a, spec, SV("clusterIPs"), list);
    }
}

void api_default(struct api_call *call, struct doc_node *object)
{
    struct arena *a = &call->arena;
    if (kind_is(call, "Namespace"))
        default_namespace(a, object);
    else if (kind_is(call, "Service"))
        default_service(call, object);
    else if (!call->kind->custom && call->kind->flags & KIND_SCALE) {
        struct doc_node *spec = value_need_map(a, object, SV("spec"));
        if (!doc_get(spec, "replicas"))
            value_set_int(a, spec, "replicas", 1);
    }
}
