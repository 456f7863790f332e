/* Services, endpoints, slices, ingresses. */
#include "base/must.h"
#include "pocket/show/cell.h"

#define SHOWN_MAX 3u /* hosts and addresses; the rest is counted */

static struct doc_node *or_else(struct cell_ctx *c, const struct str *out, const char *missing)
{
    return value_text(c->a, out->len ? str_sv(out) : sv_of(missing));
}

static void add_word(struct str *out, struct sv word)
{
    str_addf(out, "%s%.*s", out->len ? "," : "", SV_ARG(word));
}

/* A list that shows three and counts the rest. */
struct some {
    struct str out;
    unsigned count;
};

static void add_some(struct some *s, struct sv word)
{
    if (s->count++ < SHOWN_MAX)
        add_word(&s->out, word);
}

static struct doc_node *finish_some(struct cell_ctx *c, struct some *s, const char *missing)
{
    if (s->count > SHOWN_MAX)
        str_addf(&s->out, " + %u more...", s->count - SHOWN_MAX);
    struct doc_node *cell = or_else(c, &s->out, missing);
    str_release(&s->out);
    return cell;
}

static void add_balancers(const struct doc_node *object, struct str *out)
{
    doc_each_item(one, doc_at(object, "status.loadBalancer.ingress")) {
        struct sv ip = doc_get_string(one, "ip"), name = doc_get_string(one, "hostname");
        if (ip.len || name.len)
            add_word(out, ip.len ? ip : name);
    }
}

struct doc_node *cell_service_external(struct cell_ctx *c, const struct doc_node *service,
                                       const char *argument)
{
    _cleanup_str_ struct str out;
    struct sv type = doc_scalar(doc_at(service, "spec.type"));
    (void)argument;
    str_init(&out, 0);
    if (sv_is(type, "ExternalName"))
        return value_text(c->a, doc_scalar(doc_at(service, "spec.externalName")));
    if (sv_is(type, "LoadBalancer"))
        add_balancers(service, &out);
    doc_each_item(ip, doc_at(service, "spec.externalIPs"))
        add_word(&out, doc_string(ip));
    return or_else(c, &out, sv_is(type, "LoadBalancer") ? "<pending>" : "<none>");
}

struct doc_node *cell_service_ports(struct cell_ctx *c, const struct doc_node *service,
                                    const char *argument)
{
    _cleanup_str_ struct str out;
    (void)argument;
    str_init(&out, 0);
    doc_each_item(port, doc_at(service, "spec.ports")) {
        struct sv protocol = doc_get_string(port, "protocol");
        struct sv node_port = doc_scalar(doc_get(port, "nodePort"));
        add_word(&out, doc_scalar(doc_get(port, "port")));
        if (node_port.len && !sv_is(node_port, "0"))
            str_addf(&out, ":%.*s", SV_ARG(node_port));
        str_addf(&out, "/%.*s", SV_ARG(protocol.len ? protocol : SV("TCP")));
    }
    return or_else(c, &out, "<none>");
}

static struct sv host_port(struct cell_ctx *c, struct sv ip, struct sv port)
{
    bool six = memchr(ip.ptr ? ip.ptr : "", ':', ip.len) != NULL;
    return sv_of(
        mem_must(arena_fmt(c->a, six ? "[%.*s]:%.*s" : "%.*s:%.*s", SV_ARG(ip), SV_ARG(port))));
}

struct doc_node *cell_endpoints(struct cell_ctx *c, const struct doc_node *object,
                                const char *argument)
{
    struct some s = {0};
    (void)argument;
    str_init(&s.out, 0);
    doc_each_item(subset, doc_get(object, "subsets")) {
        const struct doc_node *ports = doc_get(subset, "ports"),
                              *all = doc_get(subset, "addresses");
        if (!doc_count(ports))
            doc_each_item(one, all)
                add_some(&s, doc_get_string(one, "ip"));
        doc_each_item(port, ports)
            doc_each_item(one, all)
                add_some(
                    &s, host_port(c, doc_get_string(one, "ip"), doc_scalar(doc_get(port, "port"))));
    }
    return finish_some(c, &s, "<none>");
}

struct doc_node *cell_slice_ports(struct cell_ctx *c, const struct doc_node *slice,
                                  const char *argument)
{
    struct some s = {0};
    (void)argument;
    str_init(&s.out, 0);
    doc_each_item(port, doc_get(slice, "ports")) {
        struct sv number = doc_scalar(doc_get(port, "port"));
        add_some(&s, number.len ? number : SV("*"));
    }
    return finish_some(c, &s, "<unset>");
}

struct doc_node *cell_slice_addresses(struct cell_ctx *c, const struct doc_node *slice,
                                      const char *argument)
{
    struct some s = {0};
    (void)argument;
    str_init(&s.out, 0);
    doc_each_item(one, doc_get(slice, "endpoints"))
        doc_each_item(address, doc_get(one, "addresses"))
            add_some(&s, doc_string(address));
    return finish_some(c, &s, "<unset>");
}

struct doc_node *cell_ingress_hosts(struct cell_ctx *c, const struct doc_node *ingress,
                                    const char *argument)
{
    struct some s = {0};
    (void)argument;
    str_init(&s.out, 0);
    doc_each_item(rule, doc_at(ingress, "spec.rules"))
        if (doc_get_string(rule, "host").len)
            add_some(&s, doc_get_string(rule, "host"));
    return finish_some(c, &s, "*");
}

struct doc_node *cell_ingress_address(struct cell_ctx *c, const struct doc_node *ingress,
                                      const char *argument)
{
    _cleanup_str_ struct str out;
    (void)argument;
    str_init(&out, 0);
    add_balancers(ingress, &out);
    return cell_string(c, &out);
}

struct doc_node *cell_ingress_ports(struct cell_ctx *c, const struct doc_node *ingress,
                                    const char *argument)
{
    (void)argument;
    return value_text(c->a, doc_count(doc_at(ingress, "spec.tls")) ? SV("80, 443") : SV("80"));
}
