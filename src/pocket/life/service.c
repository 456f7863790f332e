/* Services, and what the controllers of endpoints write about them: an Endpoints and one
 * EndpointSlice. Source: pkg/controller/endpoint (endpoints_controller.go), EndpointSlice's
 * reconciler. */
#include "doc/pull.h"
#include "pocket/address.h"
#include "pocket/life/internal.h"

#include <stdio.h>

/* ---- made up ---- */

void life_service_enter(struct pocket_life *l, uint32_t at)
{
    const struct world_service *s = &l->w->services.items[at];
    struct life_name n = {SV("v1"), SV("Service"), life_text(l, s->ns), life_text(l, s->name)};
    char ip[32];
    struct jsonw j;
    if (life_get(l, &n).ptr)
        return;
    life_begin_object(l, &j, &n, STRINGS_NONE, 0);
    jsonw_object_end(&j);
    jsonw_key(&j, "spec");
    jsonw_object(&j);
    if (!s->selector.nothing) {
        jsonw_key(&j, "selector");
        jsonw_object(&j);
        for (uint32_t i = 0; i < s->selector.len; i++) {
            jsonw_key_sv(&j, life_text(l, s->selector.items[i].key));
            jsonw_sv(&j, life_text(l, s->selector.items[i].values[0]));
        }
        jsonw_object_end(&j);
    }
    snprintf(ip, sizeof ip, "172.20.%u.%u", at >> 8 & 255, at & 255);
    jsonw_kv_str(&j, "clusterIP", ip);
    jsonw_kv_str(&j, "type",
                 s->type == 'N'   ? "NodePort"
                 : s->type == 'L' ? "LoadBalancer"
                 : s->type == 'E' ? "ExternalName"
                                  : "ClusterIP");
    if (s->local_traffic)
        jsonw_kv_str(&j, "externalTrafficPolicy", "Local");
    jsonw_key(&j, "ports");
    jsonw_raw(&j, SV("[{\"port\":80,\"protocol\":\"TCP\",\"targetPort\":8080}]"));
    jsonw_object_end(&j);
    jsonw_object_end(&j);
    life_put(l, &n, &l->out);
}

/* ---- ports ---- */

struct port {
    struct sv name, protocol, target;
    int64_t number;
};

/* The number of a port that a container of the pod gives a name. */
static int64_t named_port(struct pocket_life *l, uint32_t pod, struct sv name, int64_t otherwise)
{
    struct life_name n = life_pod_name(l, pod);
    struct sv raw, containers = life_json_at(life_get(l, &n), "spec", "containers", &l->scratch);
    struct pull all, ports;
    pull_init(&all, containers, &l->scratch);
    if (!containers.ptr || !pull_seq(&all))
        return otherwise;
    while (pull_item(&all)) {
        if (!pull_raw(&all, &raw))
            continue;
        struct sv of = life_json_at(raw, "ports", NULL, &l->scratch);
        pull_init(&ports, of, &l->scratch);
        if (!of.ptr || !pull_seq(&ports))
            continue;
        while (pull_item(&ports))
            if (pull_raw(&ports, &raw) &&
                sv_eq(life_json_text(raw, "name", NULL, &l->scratch), name))
                return life_json_int(raw, "containerPort", NULL, otherwise, &l->scratch);
    }
    return otherwise;
}

static struct port read_port(struct pocket_life *l, struct sv json, uint32_t pod)
{
    struct port p = {
        .name = life_json_text(json, "name", NULL, &l->scratch),
        .protocol = life_json_text(json, "protocol", NULL, &l->scratch),
        .target = life_json_text(json, "targetPort", NULL, &l->scratch),
        .number = life_json_int(json, "port", NULL, 0, &l->scratch),
    };
    uint64_t target;
    if (sv_to_u64(p.target, &target) && target > 0)
        p.number = (int64_t)target;
    else if (p.target.len && pod != WORLD_NONE)
        p.number = named_port(l, pod, p.target, p.number);
    p.protocol = p.protocol.len ? p.protocol : SV("TCP");
    return p;
}

/* bare: a port without a name has no field for it. */
static void write_ports(struct pocket_life *l, struct str *out, struct sv ports, uint32_t pod,
                        bool bare)
{
    struct pull in;
    struct sv raw;
    str_addc(out, '[');
    pull_init(&in, ports, &l->scratch);
    if (ports.ptr && pull_seq(&in))
        while (pull_item(&in)) {
            if (!pull_raw(&in, &raw))
                continue;
            struct port p = read_port(l, raw, pod);
            str_adds(out, out->data[out->len - 1] == '[' ? "{" : ",{");
            if (p.name.len || !bare) {
                str_adds(out, "\"name\":");
                jsonw_quote(out, p.name);
                str_addc(out, ',');
            }
            str_addf(out, "\"port\":%lld,\"protocol\":\"%.*s\"}", (long long)p.number,
                     SV_ARG(p.protocol));
        }
    str_addc(out, ']');
}

/* ---- endpoints ---- */

/* What is written while the pods of a service are told. */
struct endpoints {
    struct pocket_life *life;
    struct str slice, ready, waiting; /* items of endpoints, addresses, notReadyAddresses */
    uint32_t first;                   /* pod */
};

/* Many of these are written: in pieces of text. */
static void write_target(struct pocket_life *l, struct str *out, uint32_t pod)
{
    struct life_name n = life_pod_name(l, pod);
    str_adds(out, "\"nodeName\":");
    jsonw_quote(out, life_text(l, l->w->nodes.items[l->w->pods.items[pod].node].name));
    str_adds(out, ",\"targetRef\":{\"kind\":\"Pod\",\"namespace\":");
    jsonw_quote(out, n.ns);
    str_adds(out, ",\"name\":");
    jsonw_quote(out, n.name);
    str_adds(out, "}}");
}

static void write_endpoint(void *ctx, uint32_t pod)
{
    struct endpoints *e = ctx;
    struct str *out = &e->slice;
    const struct world_pod *p = &e->life->w->pods.items[pod];
    char ip[ADDRESS_TEXT_MAX];
    if (p->node == WORLD_NONE || p->phase != POD_RUNNING)
        return;
    e->first = e->first == WORLD_NONE ? pod : e->first;
    pocket_life_pod_address(e->life, pod, ip);
    str_adds(out, out->len ? ",{\"addresses\":[\"" : "{\"addresses\":[\"");
    str_adds(out, ip);
    str_adds(out, p->ready && !p->deleting ? "\"],\"conditions\":{\"ready\":true"
                                           : "\"],\"conditions\":{\"ready\":false");
    str_adds(out, p->ready ? ",\"serving\":true" : ",\"serving\":false");
    str_adds(out, p->deleting ? ",\"terminating\":true}," : ",\"terminating\":false},");
    write_target(e->life, out, pod);
    if (p->deleting)
        return;
    out = p->ready ? &e->ready : &e->waiting;
    str_adds(out, out->len ? ",{\"ip\":\"" : "{\"ip\":\"");
    str_adds(out, ip);
    str_adds(out, "\",");
    write_target(e->life, out, pod);
}

/* Up to its labels, which tell of the service; those that are there keep their uid. */
static void begin(struct pocket_life *l, struct jsonw *j, const struct life_name *n,
                  const struct life_name *service)
{
    struct sv uid = life_json_text(life_get(l, n), "metadata", "uid", &l->scratch);
    struct sv created =
        life_json_text(life_get(l, n), "metadata", "creationTimestamp", &l->scratch);
    char fresh[37];
    if (!uid.ptr)
        life_uid(l, fresh);
    str_reset(&l->out);
    jsonw_init(j, &l->out, 0);
    jsonw_object(j);
    jsonw_kv_sv(j, "apiVersion", n->api_version);
    jsonw_kv_sv(j, "kind", n->kind);
    jsonw_key(j, "metadata");
    jsonw_object(j);
    jsonw_kv_sv(j, "name", n->name);
    jsonw_kv_sv(j, "namespace", n->ns);
    jsonw_kv_sv(j, "uid", uid.ptr ? uid : sv_of(fresh));
    if (created.ptr)
        jsonw_kv_sv(j, "creationTimestamp", created);
    else
        life_write_time(j, "creationTimestamp", pocket_life_seconds(l));
    if (service) {
        jsonw_kv_int(j, "generation", 1);
        jsonw_key(j, "labels");
        jsonw_object(j);
        jsonw_kv_sv(j, "kubernetes.io/service-name", service->name);
        jsonw_kv_str(j, "endpointslice.kubernetes.io/managed-by",
                     "endpointslice-controller.k8s.io");
        jsonw_object_end(j);
    }
}

/* Endpoints that are as before are not written again. */
static void put_changed(struct pocket_life *l, const struct life_name *n, const char *field,
                        bool with_ports)
{
    struct sv old = life_get(l, n), new = str_sv(&l->out);
    struct sv a = life_json_at(old, field, NULL, &l->scratch);
    struct sv b = life_json_at(new, field, NULL, &l->scratch);
    bool same = old.ptr && sv_eq(a, b);
    if (same && with_ports)
        same = sv_eq(life_json_at(old, "ports", NULL, &l->scratch),
                     life_json_at(new, "ports", NULL, &l->scratch));
    if (!same)
        life_put(l, n, &l->out);
}

static void put_slice(struct pocket_life *l, const struct life_name *service,
                      const struct endpoints *e, struct sv ports)
{
    char name[300];
    struct jsonw j;
    snprintf(name, sizeof name, "%.*s-toban", SV_ARG(service->name));
    struct life_name n = {SV("discovery.k8s.io/v1"), SV("EndpointSlice"), service->ns, sv_of(name)};
    struct sv uid = life_json_text(life_get(l, service), "metadata", "uid", &l->scratch);
    begin(l, &j, &n, service);
    jsonw_key(&j, "ownerReferences");
    jsonw_array(&j);
    jsonw_object(&j);
    jsonw_kv_str(&j, "apiVersion", "v1");
    jsonw_kv_str(&j, "kind", "Service");
    jsonw_kv_sv(&j, "name", service->name);
    jsonw_kv_sv(&j, "uid", uid.ptr ? uid : SV(""));
    jsonw_kv_bool(&j, "controller", true);
    jsonw_kv_bool(&j, "blockOwnerDeletion", true);
    jsonw_object_end(&j);
    jsonw_array_end(&j);
    jsonw_object_end(&j);
    jsonw_kv_str(&j, "addressType", "IPv4");
    str_adds(&l->out, ",\"endpoints\":[");
    str_addv(&l->out, str_sv(&e->slice));
    str_adds(&l->out, "],\"ports\":");
    write_ports(l, &l->out, ports, e->first, false);
    str_addc(&l->out, '}');
    put_changed(l, &n, "endpoints", true);
}

static void put_endpoints(struct pocket_life *l, const struct life_name *service,
                          const struct endpoints *e, struct sv ports)
{
    struct life_name n = *service;
    struct jsonw j;
    n.kind = SV("Endpoints");
    begin(l, &j, &n, NULL);
    jsonw_object_end(&j);
    if (e->ready.len || e->waiting.len) {
        str_adds(&l->out, ",\"subsets\":[{");
        if (e->ready.len) {
            str_adds(&l->out, "\"addresses\":[");
            str_addv(&l->out, str_sv(&e->ready));
            str_adds(&l->out, "],");
        }
        if (e->waiting.len) {
            str_adds(&l->out, "\"notReadyAddresses\":[");
            str_addv(&l->out, str_sv(&e->waiting));
            str_adds(&l->out, "],");
        }
        str_adds(&l->out, "\"ports\":");
        write_ports(l, &l->out, ports, e->first, true);
        str_adds(&l->out, "}]");
    }
    str_addc(&l->out, '}');
    put_changed(l, &n, "subsets", false);
}

static void drop_endpoints(struct pocket_life *l, const struct life_name *service)
{
    char name[300];
    struct life_name n = *service;
    n.kind = SV("Endpoints");
    l->host.drop(l->host.ctx, &n);
    snprintf(name, sizeof name, "%.*s-toban", SV_ARG(service->name));
    n = (struct life_name){SV("discovery.k8s.io/v1"), SV("EndpointSlice"), n.ns, sv_of(name)};
    l->host.drop(l->host.ctx, &n);
}

/* Those without a selector have endpoints that somebody else writes. */
void life_service_update(struct pocket_life *l, uint32_t at)
{
    const struct world_service *s = &l->w->services.items[at];
    const struct life_name n = {SV("v1"), SV("Service"), life_text(l, s->ns),
                                life_text(l, s->name)};
    struct endpoints e = {.life = l, .first = WORLD_NONE};
    if (!s->used) {
        drop_endpoints(l, &n);
        return;
    }
    if (s->selector.nothing || !s->selector.len)
        return;
    life_each_selected(l, at, write_endpoint, &e);
    struct sv ports = life_json_at(life_get(l, &n), "spec", "ports", &l->scratch);
    ports = ports.ptr ? sv_n(mem_must(arena_dup(&l->scratch, ports)), ports.len) : ports;
    put_slice(l, &n, &e, ports);
    put_endpoints(l, &n, &e, ports);
    str_release(&e.slice);
    str_release(&e.ready);
    str_release(&e.waiting);
    arena_reset(&l->scratch);
}
