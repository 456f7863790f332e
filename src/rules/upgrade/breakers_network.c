/* Services, Ingresses and everything with addresses in it. */
#include "rules/upgrade/breakers.h"

static bool is_filled(const struct doc_node *node)
{
    return doc_count(node) > 0 || doc_scalar(node).len > 0;
}

static void service_annotations(const struct rules_run *run, const struct doc_node *metadata)
{
    const struct doc_pair *p =
        breakers_annotation(metadata, "service.alpha.kubernetes.io/tolerate-unready-endpoints");
    if (p && sv_is(doc_scalar(p->value), "true"))
        run_report(run, "tolerate-unready-endpoints", p->key,
                   "asks for addresses that are not ready by annotation");
    p = breakers_annotation(metadata, "service.kubernetes.io/topology-aware-hints");
    if (p)
        run_report(run, "topology-hints-annotation", p->key,
                   "asks for topology aware hints by the old annotation");
}

static void service(const struct rules_run *run)
{
    const struct doc_node *spec = doc_get(run->object->root, "spec");
    service_annotations(run, doc_get(run->object->root, "metadata"));
    const struct doc_pair *p = doc_pair_of(spec, "topologyKeys");
    if (p && doc_count(p->value))
        run_report(run, "service-topology-keys", p->key,
                   "spec.topologyKeys is dropped without a word");
    p = doc_pair_of(spec, "loadBalancerIP");
    if (p && is_filled(p->value))
        run_report(run, "load-balancer-ip", p->key, "sets spec.loadBalancerIP");
    p = doc_pair_of(spec, "externalIPs");
    if (p && doc_count(p->value) && !sv_is(doc_get_string(spec, "clusterIP"), "None") &&
        !sv_is(doc_get_string(spec, "type"), "ExternalName"))
        run_report(run, "service-external-ips", p->key, "sets spec.externalIPs");
    p = doc_pair_of(spec, "trafficDistribution");
    if (p && sv_is(doc_string(p->value), "PreferClose"))
        run_report(run, "traffic-distribution-prefer-close", p->value,
                   "spec.trafficDistribution is PreferClose");
    breakers_address(run, doc_get(spec, "clusterIP"));
    breakers_address(run, doc_get(spec, "loadBalancerIP"));
    static const char *const lists[] = {"clusterIPs", "externalIPs", "loadBalancerSourceRanges"};
    for (size_t i = 0; i < ARRAY_LEN(lists); i++) {
        doc_each_item(address, doc_get(spec, lists[i]))
            breakers_address(run, address);
    }
}

static bool is_ingress(const struct rules_run *run)
{
    return run_is(run, "networking.k8s.io", "Ingress") || run_is(run, "extensions", "Ingress");
}

/* From 1.27 on the server lets both stand when they say the same. */
static bool both_refused(const struct rules_run *run, struct sv annotation, struct sv field)
{
    struct version lenient = {1, 27, 0, true};
    bool from_lenient = run->target->from.set && version_at_least(run->target->from, lenient);
    return !sv_eq(annotation, field) || !from_lenient;
}

static void ingress(const struct rules_run *run)
{
    const struct doc_node *root = run->object->root;
    const struct doc_pair *p =
        breakers_annotation(doc_get(root, "metadata"), "kubernetes.io/ingress.class");
    struct sv field = doc_string(doc_at(root, "spec.ingressClassName"));
    struct sv class = p ? doc_string(p->value) : SV_NONE;
    if (p && !field.ptr)
        run_report(run, "ingress-class-annotation", p->key,
                   "names its class '%.*s' by annotation only", SV_ARG(class));
    else if (p && both_refused(run, class, field))
        run_report(run, "ingress-class-both", p->key,
                   "names its class by annotation ('%.*s') and by field ('%.*s')", SV_ARG(class),
                   SV_ARG(field));
    doc_each_item(point, doc_at(root, "status.loadBalancer.ingress"))
        breakers_address(run, doc_get(point, "ip"));
}

static void policy_peers(const struct rules_run *run, const struct doc_node *rules,
                         const char *peers)
{
    doc_each_item(rule, rules) {
        doc_each_item(peer, doc_get(rule, peers)) {
            const struct doc_node *block = doc_get(peer, "ipBlock");
            breakers_address(run, doc_get(block, "cidr"));
            doc_each_item(except, doc_get(block, "except"))
                breakers_address(run, except);
        }
    }
}

static void endpoints(const struct rules_run *run)
{
    const struct doc_node *root = run->object->root;
    doc_each_item(endpoint, doc_get(root, "endpoints")) {
        doc_each_item(address, doc_get(endpoint, "addresses"))
            breakers_address(run, address);
    }
    doc_each_item(subset, doc_get(root, "subsets")) {
        doc_each_item(address, doc_get(subset, "addresses"))
            breakers_address(run, doc_get(address, "ip"));
    }
}

void breakers_network(const struct rules_run *run)
{
    const struct doc_node *root = run->object->root;
    if (run_is(run, "", "Service"))
        service(run);
    else if (is_ingress(run))
        ingress(run);
    else if (run_is(run, "networking.k8s.io", "NetworkPolicy") ||
             run_is(run, "extensions", "NetworkPolicy")) {
        policy_peers(run, doc_at(root, "spec.ingress"), "from");
        policy_peers(run, doc_at(root, "spec.egress"), "to");
    } else if (run_is(run, "", "Endpoints") || run_is(run, "discovery.k8s.io", "EndpointSlice"))
        endpoints(run);
}
