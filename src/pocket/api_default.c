/* What an object gets that does not say it. */
#include "base/must.h"
#include "pocket/api_internal.h"
#include "pocket/defaults.h"

static void default_text(struct arena *a, struct doc_node *map, const char *key, const char *value)
{
    if (!doc_get(map, key))
        value_set_text(a, map, key, sv_of(value));
}

static void default_namespace(struct arena *a, struct doc_node *object)
{
    struct doc_node *labels = value_need_map(a, api_metadata(a, object), SV("labels"));
    value_set_text(a, labels, "kubernetes.io/metadata.name", api_meta(object, "name"));
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

static void default_service(struct arena *a, struct doc_node *object)
{
    struct doc_node *spec = value_need_map(a, object, SV("spec"));
    default_text(a, spec, "type", "ClusterIP");
    default_text(a, spec, "sessionAffinity", "None");
    default_ports(a, doc_get(spec, "ports"));
}

void api_default(struct api_call *call, struct doc_node *object)
{
    struct arena *a = &call->arena;
    if (call->kind->custom)
        api_default_custom(call, object);
    if (api_is_crd(call->kind))
        api_default_crd(call, object);
    if (api_kind_is(call, "Namespace"))
        default_namespace(a, object);
    else if (api_kind_is(call, "Service"))
        default_service(a, object);
    else if (!call->kind->custom && call->kind->flags & KIND_SCALE) {
        struct doc_node *spec = value_need_map(a, object, SV("spec"));
        if (!doc_get(spec, "replicas"))
            value_set_int(a, spec, "replicas", 1);
    }
    if (!call->kind->custom)
        defaults_fill(a, sv_of(call->kind->kind), object);
}
