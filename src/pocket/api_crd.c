/* CustomResourceDefinitions: what they get by themselves, and what is wrong with them. */
#include "base/must.h"
#include "pocket/api_internal.h"

bool api_is_crd(const struct kind *kind)
{
    return !kind->custom && strcmp(kind->kind, "CustomResourceDefinition") == 0;
}

static void default_names(struct arena *a, struct doc_node *names)
{
    struct sv kind = doc_get_string(names, "kind");
    if (!doc_get_string(names, "listKind").len && kind.len)
        value_set_text(a, names, "listKind",
                       sv_of(mem_must(arena_fmt(a, "%.*sList", SV_ARG(kind)))));
    if (doc_get_string(names, "singular").len || !kind.len)
        return;
    char *lower = mem_must(arena_dup(a, kind));
    for (char *c = lower; *c; c++)
        *c = (char)(*c >= 'A' && *c <= 'Z' ? *c | 0x20 : *c);
    value_set_text(a, names, "singular", sv_of(lower));
}

static struct doc_node *condition(struct api_call *call, const char *type, const char *reason,
                                  const char *message)
{
    struct arena *a = &call->arena;
    struct doc_node *one = value_map(a);
    value_set_text(a, one, "type", sv_of(type));
    value_set_text(a, one, "status", SV("True"));
    value_set_text(a, one, "lastTransitionTime", api_time(call->api, a));
    value_set_text(a, one, "reason", sv_of(reason));
    value_set_text(a, one, "message", sv_of(message));
    return one;
}

/* The versions that objects were ever stored in: those of before and the one of now. */
static struct doc_node *stored_versions(struct arena *a, const struct doc_node *spec,
                                        const struct doc_node *status)
{
    const struct doc_node *had = doc_get(status, "storedVersions");
    struct doc_node *list = had && had->type == DOC_SEQ ? value_clone(a, had) : value_list(a);
    doc_each_item(version, doc_get(spec, "versions")) {
        const struct doc_node *storage = doc_get(version, "storage");
        struct sv name = doc_get_string(version, "name");
        bool known = false;
        doc_each_item(one, list)
            known = known || sv_eq(doc_string(one), name);
        if (storage && storage->type == DOC_BOOL && storage->boolean && !known)
            value_push(a, list, value_text(a, name));
    }
    return list;
}

void api_default_crd(struct api_call *call, struct doc_node *object)
{
    struct arena *a = &call->arena;
    struct doc_node *spec = value_need_map(a, object, SV("spec"));
    default_names(a, value_need_map(a, spec, SV("names")));
    if (!doc_get(spec, "conversion"))
        value_set_text(a, value_need_map(a, spec, SV("conversion")), "strategy", SV("None"));
}

void api_establish(struct api_call *call, struct doc_node *object)
{
    struct arena *a = &call->arena;
    const struct doc_node *spec = doc_get(object, "spec"), *names = doc_get(spec, "names");
    struct doc_node *status = value_need_map(a, object, SV("status"));
    value_set(a, status, SV("acceptedNames"), value_clone(a, names));
    value_set(a, status, SV("storedVersions"), stored_versions(a, spec, status));
    if (doc_count(doc_get(status, "conditions")))
        return;
    struct doc_node *conditions = value_list(a);
    value_push(a, conditions,
               condition(call, "NamesAccepted", "NoConflicts", "no conflicts found"));
    value_push(a, conditions,
               condition(call, "Established", "InitialNamesAccepted",
                         "the initial names have been accepted"));
    value_set(a, status, SV("conditions"), conditions);
}

static void check_versions(struct arena *a, const struct doc_node *versions, api_cause_vec *causes)
{
    size_t storage = 0;
    for (uint32_t i = 0; i < doc_count(versions); i++) {
        const struct doc_node *version = doc_item(versions, i), *one = doc_get(version, "storage");
        storage += one && one->type == DOC_BOOL && one->boolean;
        if (!doc_at(version, "schema.openAPIV3Schema"))
            api_add_cause(causes, "FieldValueRequired",
                          mem_must(arena_fmt(a, "spec.versions[%u].schema.openAPIV3Schema", i)),
                          "Required value: schemas are required");
    }
    if (storage != 1)
        api_add_cause(causes, "FieldValueInvalid", "spec.versions",
                      "Invalid value: must have exactly one version marked as storage version");
}

void api_validate_crd(struct api_call *call, const struct doc_node *object, api_cause_vec *causes)
{
    struct arena *a = &call->arena;
    const struct doc_node *spec = doc_get(object, "spec");
    static const char *const needed[] = {"group", "scope", "names.plural", "names.kind"};
    for (size_t i = 0; i < ARRAY_LEN(needed); i++)
        if (!doc_string(doc_at(spec, needed[i])).len)
            api_add_cause(causes, "FieldValueRequired",
                          mem_must(arena_fmt(a, "spec.%s", needed[i])), "Required value");
    const char *name =
        mem_must(arena_fmt(a, "%.*s.%.*s", SV_ARG(doc_string(doc_at(spec, "names.plural"))),
                           SV_ARG(doc_get_string(spec, "group"))));
    if (!sv_is(api_meta(object, "name"), name))
        api_add_cause(causes, "FieldValueInvalid", "metadata.name",
                      mem_must(arena_fmt(
                          a, "Invalid value: \"%.*s\": must be spec.names.plural+\".\"+spec.group",
                          SV_ARG(api_meta(object, "name")))));
    struct sv scope = doc_get_string(spec, "scope");
    if (scope.len && !sv_is(scope, "Namespaced") && !sv_is(scope, "Cluster"))
        api_add_cause(
            causes, "FieldValueNotSupported", "spec.scope",
            mem_must(arena_fmt(
                a, "Unsupported value: \"%.*s\": supported values: \"Cluster\", \"Namespaced\"",
                SV_ARG(scope))));
    check_versions(a, doc_get(spec, "versions"), causes);
}

/* ---- objects of custom kinds ---- */

void api_default_custom(struct api_call *call, struct doc_node *object)
{
    if (call->kind->schema)
        schema_default(&call->arena, call->kind->schema, object);
}

void api_validate_custom(struct api_call *call, const struct doc_node *object,
                         api_cause_vec *causes)
{
    schema_fault_vec faults = {0};
    if (!call->kind->schema)
        return;
    schema_check(&call->arena, call->kind->schema, object, &faults);
    vec_foreach(fault, &faults)
        api_add_cause(causes, fault->reason, fault->field, fault->message);
    vec_release(&faults);
}

void api_prune_custom(struct api_call *call, struct doc_node *object, struct fields_report *report)
{
    schema_path_vec gone = {0};
    if (!call->kind->schema)
        return;
    schema_prune(&call->arena, call->kind->schema, object, &gone);
    for (size_t i = gone.len; i-- > 0;) {
        const char *fault =
            mem_must(arena_fmt(&call->arena, "unknown field \"%s\"", gone.items[i]));
        must_push(&report->faults, fault);
    }
    vec_release(&gone);
}
