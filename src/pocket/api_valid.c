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
        api_add_cause(causes, "FieldValueRequired", "metadata.name",
                      "Required value: name or generateName is required");
        return;
    }
    const char *fault = name_fault(call->kind->name_form, name);
    if (fault)
        api_add_cause(
            causes, "FieldValueInvalid", "metadata.name",
            mem_must(arena_fmt(&call->arena, "Invalid value: \"%.*s\": %s", SV_ARG(name), fault)));
}

static void check_selector(struct api_call *call, const struct doc_node *now, api_cause_vec *causes)
{
    const struct doc_node *selector = doc_at(now, "spec.selector");
    const struct doc_node *labels = doc_at(now, "spec.template.metadata.labels");
    if (!selector || selector->type == DOC_NULL)
        api_add_cause(causes, "FieldValueRequired", "spec.selector", "Required value");
    else if (!selector_matches_object(selector, labels))
        api_add_cause(
            causes, "FieldValueInvalid", "spec.template.metadata.labels",
            mem_must(arena_fmt(&call->arena,
                               "Invalid value: %s: `selector` does not match template `labels`",
                               api_go_texts(&call->arena, labels))));
}

static void check_containers(struct api_call *call, const struct doc_node *spec, const char *path,
                             api_cause_vec *causes)
{
    const struct doc_node *list = doc_get(spec, "containers");
    if (doc_count(list) == 0)
        api_add_cause(causes, "FieldValueRequired",
                      mem_must(arena_fmt(&call->arena, "%s.containers", path)), "Required value");
    for (uint32_t i = 0; i < doc_count(list); i++) {
        const struct doc_node *container = doc_item(list, i);
        static const char *const needed[] = {"name", "image"};
        for (size_t k = 0; k < ARRAY_LEN(needed); k++)
            if (!doc_get_string(container, needed[k]).len)
                api_add_cause(
                    causes, "FieldValueRequired",
                    mem_must(arena_fmt(&call->arena, "%s.containers[%u].%s", path, i, needed[k])),
                    "Required value");
    }
}

static bool has_template(const struct api_call *call)
{
    return api_kind_is(call, "Deployment") || api_kind_is(call, "ReplicaSet") ||
           api_kind_is(call, "StatefulSet") || api_kind_is(call, "DaemonSet");
}

/* Types of secrets that promise what is in them. */
static void check_secret(struct api_call *call, const struct doc_node *now, api_cause_vec *causes)
{
    static const char *const promised[][2] = {
        {"kubernetes.io/tls", "tls.crt"},
        {"kubernetes.io/tls", "tls.key"},
        {"kubernetes.io/ssh-auth", "ssh-privatekey"},
        {"kubernetes.io/dockercfg", ".dockercfg"},
        {"kubernetes.io/dockerconfigjson", ".dockerconfigjson"}};
    struct sv type = doc_get_string(now, "type");
    for (size_t i = 0; i < ARRAY_LEN(promised); i++)
        if (sv_is(type, promised[i][0]) && !value_get(doc_get(now, "data"), sv_of(promised[i][1])))
            api_add_cause(causes, "FieldValueRequired",
                          mem_must(arena_fmt(&call->arena, "data[%s]", promised[i][1])),
                          "Required value");
}

static void check_replicas(struct api_call *call, const struct doc_node *now, api_cause_vec *causes)
{
    const struct doc_node *replicas = doc_at(now, "spec.replicas");
    if (replicas && replicas->type == DOC_INT && replicas->integer < 0)
        api_add_cause(causes, "FieldValueInvalid", "spec.replicas",
                      mem_must(arena_fmt(&call->arena,
                                         "Invalid value: %lld: must be greater than or equal to 0",
                                         (long long)replicas->integer)));
}

void api_validate(struct api_call *call, const struct doc_node *before, const struct doc_node *now,
                  api_cause_vec *causes)
{
    if (call->kind->custom)
        api_validate_custom(call, now, causes);
    else if (call->kind->flags & KIND_SCALE)
        check_replicas(call, now, causes);
    if (api_is_crd(call->kind))
        api_validate_crd(call, now, causes);
    if (api_kind_is(call, "Secret"))
        check_secret(call, now, causes);
    if (!before)
        check_name(call, now, causes);
    if (has_template(call)) {
        check_selector(call, now, causes);
        check_containers(call, doc_at(now, "spec.template.spec"), "spec.template.spec", causes);
    }
    if (api_kind_is(call, "Pod"))
        check_containers(call, doc_get(now, "spec"), "spec", causes);
    if (before)
        api_validate_change(call, before, now, causes);
}
