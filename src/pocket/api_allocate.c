/* What the API server itself adds to an object when it is stored, after the writer's fields were
 * counted: nobody owns it. Addresses, ports, the status things begin with. */
#include "base/must.h"
#include "pocket/api_internal.h"

#define NODE_PORT_FIRST 30000
#define NODE_PORTS 2768
#define NODE_PORT_STEP 1009 /* no divisor in common with NODE_PORTS: each port comes once */

static void begin_namespace(struct arena *a, struct doc_node *object)
{
    struct doc_node *spec = value_need_map(a, object, SV("spec"));
    struct doc_node *status = value_need_map(a, object, SV("status"));
    if (!doc_get(spec, "finalizers")) {
        struct doc_node *list = value_list(a);
        value_push(a, list, value_text(a, SV("kubernetes")));
        value_set(a, spec, SV("finalizers"), list);
    }
    if (!doc_get(status, "phase"))
        value_set_text(a, status, "phase", SV("Active"));
}

static void allocate_node_ports(struct api_call *call, struct doc_node *spec)
{
    struct sv type = doc_get_string(spec, "type");
    const struct doc_node *ports = doc_get(spec, "ports");
    if (!sv_is(type, "NodePort") && !sv_is(type, "LoadBalancer"))
        return;
    for (uint32_t i = 0; i < doc_count(ports); i++) {
        struct doc_node *port = doc_item(ports, i);
        if (port->type == DOC_MAP && !doc_get(port, "nodePort"))
            value_set_int(&call->arena, port, "nodePort",
                          NODE_PORT_FIRST +
                              call->api->node_port_count++ * NODE_PORT_STEP % NODE_PORTS);
    }
}

/* Addresses of 172.20.0.0/16, as EKS gives them; unique per pocket. */
static void allocate_service(struct api_call *call, struct doc_node *object)
{
    struct arena *a = &call->arena;
    struct doc_node *spec = value_need_map(a, object, SV("spec"));
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
    allocate_node_ports(call, spec);
}

void api_allocate(struct api_call *call, struct doc_node *object)
{
    if (api_is_crd(call->kind))
        api_establish(call, object);
    else if (api_kind_is(call, "Namespace"))
        begin_namespace(&call->arena, object);
    else if (api_kind_is(call, "Service") && !api_dry_run(call))
        allocate_service(call, object);
}

/* The port of the same number and protocol. */
static const struct doc_node *same_port(const struct doc_node *ports, const struct doc_node *port)
{
    doc_each_item(one, ports)
        if (doc_get(one, "port") && doc_get(port, "port") &&
            doc_equal(doc_get(one, "port"), doc_get(port, "port")) &&
            sv_eq(doc_get_string(one, "protocol"), doc_get_string(port, "protocol")))
            return one;
    return NULL;
}

void api_carry_allocated(struct api_call *call, const struct doc_node *before, struct doc_node *now)
{
    static const char *const keys[] = {"clusterIP", "clusterIPs", "healthCheckNodePort"};
    struct arena *a = &call->arena;
    const struct doc_node *old = doc_get(before, "spec");
    struct doc_node *spec = doc_get(now, "spec");
    if (!api_kind_is(call, "Service") || !spec || spec->type != DOC_MAP ||
        sv_is(doc_get_string(spec, "type"), "ExternalName"))
        return;
    for (size_t i = 0; i < ARRAY_LEN(keys); i++)
        if (!doc_get(spec, keys[i]) && doc_get(old, keys[i]))
            value_set(a, spec, sv_of(keys[i]), value_clone(a, doc_get(old, keys[i])));
    if (sv_is(doc_get_string(spec, "type"), "ClusterIP"))
        return;
    const struct doc_node *ports = doc_get(spec, "ports");
    for (uint32_t i = 0; i < doc_count(ports); i++) {
        struct doc_node *port = doc_item(ports, i);
        const struct doc_node *had = doc_get(same_port(doc_get(old, "ports"), port), "nodePort");
        if (port->type == DOC_MAP && had && !doc_get(port, "nodePort"))
            value_set(a, port, SV("nodePort"), value_clone(a, had));
    }
}
