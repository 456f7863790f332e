#include "pocket/front/service.h"

#include "pocket/value.h"

static void take(const struct doc_node *port, const char *name, int32_t *out)
{
    uint64_t n;
    if (sv_to_u64(doc_scalar(doc_get(port, name)), &n) && n > 0 && n < 65536)
        *out = (int32_t)n;
}

static const struct kind *kind_of(struct pocket_api *api)
{
    return kinds_of_object(pocket_api_kinds(api), SV("v1"), SV("Service"));
}

void front_service_ports(void *ctx, struct sv ns, struct sv service, struct plane_ports *out)
{
    struct pocket_api *api = ctx;
    _cleanup_arena_ struct arena arena = {0};
    const struct doc_node *object = pocket_api_read(api, &arena, kind_of(api), ns, service);
    const struct doc_node *port = doc_at(object, "spec.ports[0]");
    if (!port)
        return;
    take(port, "port", &out->port);
    out->target_port = out->port;
    take(port, "targetPort", &out->target_port);
    take(port, "nodePort", &out->node_port);
}

static void set_host(struct arena *a, struct doc_node *object, const char *host)
{
    struct doc_node *status = value_need_map(a, object, SV("status"));
    struct doc_node *balancer = value_need_map(a, status, SV("loadBalancer"));
    struct doc_node *list = value_list(a), *one = value_map(a);
    value_set_text(a, one, "hostname", sv_of(host));
    value_push(a, list, one);
    value_set(a, balancer, SV("ingress"), list);
}

void front_service_publish(void *ctx, struct sv ns, struct sv service, const char *host)
{
    struct pocket_api *api = ctx;
    struct err err = {0};
    _cleanup_arena_ struct arena arena = {0};
    struct doc_node *object = pocket_api_read(api, &arena, kind_of(api), ns, service);
    if (!sv_is(doc_scalar(doc_at(object, "spec.type")), "LoadBalancer") ||
        doc_at(object, "status.loadBalancer.ingress[0]"))
        return;
    value_set_text(&arena, object, "apiVersion", SV("v1"));
    value_set_text(&arena, object, "kind", SV("Service"));
    set_host(&arena, object, host);
    pocket_api_write(api, &arena, object, &err);
}
