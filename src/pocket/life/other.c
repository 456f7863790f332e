/* Budgets, services with their endpoints, namespaces, classes, events. */
#include "pocket/life/internal.h"

#include <stdio.h>

/* Events that are kept; older ones go. */
#define EVENTS_KEPT 2000u

static void put_simple(struct pocket_life *l, const char *version, const char *kind, struct sv ns,
                       uint32_t name, uint32_t uid, const char *rest)
{
    struct life_name n = {sv_of(version), sv_of(kind), ns, life_text(l, name)};
    struct jsonw j;
    if (life_get(l, &n).ptr)
        return;
    str_reset(&l->out);
    jsonw_init(&j, &l->out, 0);
    life_begin_object(l, &j, &n, uid, 0);
    jsonw_object_end(&j);
    jsonw_object_end(&j);
    l->out.len--;
    str_adds(&l->out, rest);
    str_addc(&l->out, '}');
    life_put(l, &n, &l->out);
}

/* ---- budgets ---- */

static void write_number(struct jsonw *j, const char *key, struct int_or_percent v)
{
    char text[16];
    if (!v.set)
        return;
    snprintf(text, sizeof text, "%d%%", v.value);
    if (v.percent)
        jsonw_kv_str(j, key, text);
    else
        jsonw_kv_int(j, key, v.value);
}

static void enter_pdb(struct pocket_life *l, const struct world_pdb *p, const struct life_name *n)
{
    struct jsonw j;
    str_reset(&l->out);
    jsonw_init(&j, &l->out, 0);
    life_begin_object(l, &j, n, p->uid, 0);
    jsonw_kv_int(&j, "generation", p->generation ? p->generation : 1);
    jsonw_object_end(&j);
    jsonw_key(&j, "spec");
    jsonw_object(&j);
    write_number(&j, "minAvailable", p->min_available);
    write_number(&j, "maxUnavailable", p->max_unavailable);
    if (p->unhealthy == UNHEALTHY_ALWAYS)
        jsonw_kv_str(&j, "unhealthyPodEvictionPolicy", "AlwaysAllow");
    if (!p->selector.nothing) {
        jsonw_key(&j, "selector");
        life_write_selector(&j, l->w, &p->selector);
    }
    jsonw_object_end(&j);
    jsonw_object_end(&j);
    life_put(l, n, &l->out);
}

void life_pdb_update(struct pocket_life *l, uint32_t pdb)
{
    const struct world_pdb *p = &l->w->pdbs.items[pdb];
    struct life_name n = {SV("policy/v1"), SV("PodDisruptionBudget"), life_text(l, p->ns),
                          life_text(l, p->name)};
    struct life_name old = n;
    char status[256];
    old.api_version = SV("policy/v1beta1");
    if (!p->used)
        return;
    if (p->v1beta1)
        n = old;
    if (!life_get(l, &n).ptr)
        enter_pdb(l, p, &n);
    snprintf(status, sizeof status,
             "{\"observedGeneration\":%lld,\"disruptionsAllowed\":%d,\"currentHealthy\":%d,"
             "\"desiredHealthy\":%d,\"expectedPods\":%d}",
             (long long)p->observed_generation, p->allowed, p->healthy, p->desired, p->expected);
    struct life_edit edits[] = {{"status", NULL, sv_of(status)}};
    struct sv json = life_get(l, &n);
    str_reset(&l->out);
    life_json_edit(&l->out, json, edits, 1, &l->scratch);
    if (!sv_eq(json, str_sv(&l->out)))
        life_put(l, &n, &l->out);
    arena_reset(&l->scratch);
}

/* ---- services ---- */

static void enter_service(struct pocket_life *l, uint32_t at)
{
    const struct world_service *s = &l->w->services.items[at];
    struct life_name n = {SV("v1"), SV("Service"), life_text(l, s->ns), life_text(l, s->name)};
    char ip[32];
    struct jsonw j;
    if (life_get(l, &n).ptr)
        return;
    str_reset(&l->out);
    jsonw_init(&j, &l->out, 0);
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

static void write_endpoint(struct pocket_life *l, struct jsonw *j, uint32_t pod)
{
    const struct world_pod *p = &l->w->pods.items[pod];
    struct life_name n = life_pod_name(l, pod);
    struct sv json = life_get(l, &n);
    struct sv ip = life_json_text(json, "status", "podIP", &l->scratch);
    if (!ip.ptr)
        return;
    jsonw_object(j);
    jsonw_key(j, "addresses");
    jsonw_array(j);
    jsonw_sv(j, ip);
    jsonw_array_end(j);
    jsonw_key(j, "conditions");
    jsonw_object(j);
    jsonw_kv_bool(j, "ready", p->ready && !p->deleting);
    jsonw_kv_bool(j, "serving", p->ready);
    jsonw_kv_bool(j, "terminating", p->deleting != 0);
    jsonw_object_end(j);
    jsonw_kv_sv(j, "nodeName", life_text(l, l->w->nodes.items[p->node].name));
    jsonw_key(j, "targetRef");
    jsonw_object(j);
    jsonw_kv_str(j, "kind", "Pod");
    jsonw_kv_sv(j, "namespace", n.ns);
    jsonw_kv_sv(j, "name", n.name);
    jsonw_object_end(j);
    jsonw_object_end(j);
}

static void write_endpoints(struct pocket_life *l, struct jsonw *j, const struct world_service *s)
{
    jsonw_kv_str(j, "addressType", "IPv4");
    jsonw_key(j, "ports");
    jsonw_raw(j, SV("[{\"name\":\"\",\"port\":8080,\"protocol\":\"TCP\"}]"));
    jsonw_key(j, "endpoints");
    jsonw_array(j);
    for (uint32_t p = index_get(&l->first_of_ns, s->ns); p != WORLD_NONE;
         p = l->of_ns.items[p].next) {
        const struct world_pod *pod = &l->w->pods.items[p];
        if (pod->node != WORLD_NONE && pod->phase == POD_RUNNING &&
            world_selects_pod(l->w, &s->selector, p))
            write_endpoint(l, j, p);
    }
    jsonw_array_end(j);
}

/* The endpoints of a service with a selector, in one slice. */
void life_service_update(struct pocket_life *l, uint32_t at)
{
    const struct world_service *s = &l->w->services.items[at];
    char name[300];
    snprintf(name, sizeof name, "%s-toban", world_text(l->w, s->name));
    struct life_name n = {SV("discovery.k8s.io/v1"), SV("EndpointSlice"), life_text(l, s->ns),
                          sv_of(name)};
    struct life_name of = {SV("v1"), SV("Service"), n.ns, life_text(l, s->name)};
    struct jsonw j;
    if (!s->used) {
        l->host.drop(l->host.ctx, &n);
        return;
    }
    if (s->selector.nothing || !s->selector.len)
        return;
    struct sv uid = life_json_text(life_get(l, &n), "metadata", "uid", &l->scratch);
    uint32_t uid_text = uid.ptr ? strings_put(&l->grows->strings, uid) : STRINGS_NONE;
    sim_take_growth(l->sim);
    struct sv service_uid = life_json_text(life_get(l, &of), "metadata", "uid", &l->scratch);
    str_reset(&l->out);
    jsonw_init(&j, &l->out, 0);
    life_begin_object(l, &j, &n, uid_text, 0);
    jsonw_key(&j, "labels");
    jsonw_object(&j);
    jsonw_kv_sv(&j, "kubernetes.io/service-name", of.name);
    jsonw_kv_str(&j, "endpointslice.kubernetes.io/managed-by", "endpointslice-controller.k8s.io");
    jsonw_object_end(&j);
    jsonw_key(&j, "ownerReferences");
    jsonw_array(&j);
    jsonw_object(&j);
    jsonw_kv_str(&j, "apiVersion", "v1");
    jsonw_kv_str(&j, "kind", "Service");
    jsonw_kv_sv(&j, "name", of.name);
    jsonw_kv_sv(&j, "uid", service_uid.ptr ? service_uid : SV(""));
    jsonw_kv_bool(&j, "controller", true);
    jsonw_object_end(&j);
    jsonw_array_end(&j);
    jsonw_object_end(&j);
    write_endpoints(l, &j, s);
    jsonw_object_end(&j);
    life_put(l, &n, &l->out);
    arena_reset(&l->scratch);
}

/* ---- what has a name and little else ---- */

static void enter_namespace(struct pocket_life *l, const struct world_namespace *ns)
{
    struct life_name n = {SV("v1"), SV("Namespace"), SV_NONE, life_text(l, ns->name)};
    struct jsonw j;
    if (life_get(l, &n).ptr)
        return;
    str_reset(&l->out);
    jsonw_init(&j, &l->out, 0);
    life_begin_object(l, &j, &n, STRINGS_NONE, 0);
    jsonw_key(&j, "labels");
    life_write_labels(&j, l->w, ns->labels);
    jsonw_object_end(&j);
    jsonw_key(&j, "status");
    jsonw_raw(&j,
              ns->terminating ? SV("{\"phase\":\"Terminating\"}") : SV("{\"phase\":\"Active\"}"));
    jsonw_object_end(&j);
    life_put(l, &n, &l->out);
}

static void enter_storage_class(struct pocket_life *l, const struct world_class_of_storage *c)
{
    char rest[512];
    snprintf(rest, sizeof rest,
             ",\"provisioner\":\"%s\",\"reclaimPolicy\":\"Delete\",\"volumeBindingMode\":\"%s\"",
             world_text(l->w, c->provisioner),
             c->binding == BINDING_WAIT ? "WaitForFirstConsumer" : "Immediate");
    put_simple(l, "storage.k8s.io/v1", "StorageClass", SV_NONE, c->name, STRINGS_NONE, rest);
}

static void enter_priority_class(struct pocket_life *l, const struct world_priority_class *c)
{
    char rest[128];
    snprintf(rest, sizeof rest, ",\"value\":%d,\"globalDefault\":%s%s", c->value,
             c->is_default ? "true" : "false",
             c->preempt_never ? ",\"preemptionPolicy\":\"Never\"" : "");
    put_simple(l, "scheduling.k8s.io/v1", "PriorityClass", SV_NONE, c->name, STRINGS_NONE, rest);
}

void life_enter_others(struct pocket_life *l)
{
    const struct world *w = l->w;
    vec_foreach(ns, &w->namespaces)
        if (ns->used)
            enter_namespace(l, ns);
    vec_foreach(c, &w->storage_classes)
        if (c->used)
            enter_storage_class(l, c);
    vec_foreach(c, &w->priority_classes)
        if (c->used)
            enter_priority_class(l, c);
    for (uint32_t i = 0; i < w->services.len; i++)
        if (w->services.items[i].used)
            enter_service(l, i);
}

/* ---- events ---- */

/* Names go round; the one that had the name before goes. */
static void next_name(struct pocket_life *l, uint32_t ns, char *out, size_t cap)
{
    size_t slot = l->events++ % EVENTS_KEPT;
    snprintf(out, cap, "toban.%08zx", slot);
    if (slot == l->event_ns.len) {
        must_push(&l->event_ns, ns);
        return;
    }
    struct life_name n = {SV("v1"), SV("Event"), life_text(l, l->event_ns.items[slot]), sv_of(out)};
    l->host.drop(l->host.ctx, &n);
    l->event_ns.items[slot] = ns;
}

void life_event(struct pocket_life *l, uint32_t pod, const char *reason, const char *type,
                const char *fmt, ...)
{
    char name[64], message[1024];
    struct life_name of = life_pod_name(l, pod);
    struct life_name n = {SV("v1"), SV("Event"), of.ns, SV_NONE};
    struct jsonw j;
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(message, sizeof message, fmt, ap);
    va_end(ap);
    next_name(l, world_class_of(l->w, pod)->ns, name, sizeof name);
    n.name = sv_of(name);
    str_reset(&l->out);
    jsonw_init(&j, &l->out, 0);
    life_begin_object(l, &j, &n, STRINGS_NONE, pocket_life_seconds(l));
    jsonw_object_end(&j);
    jsonw_key(&j, "involvedObject");
    jsonw_object(&j);
    jsonw_kv_str(&j, "apiVersion", "v1");
    jsonw_kv_str(&j, "kind", "Pod");
    jsonw_kv_sv(&j, "namespace", of.ns);
    jsonw_kv_sv(&j, "name", of.name);
    jsonw_object_end(&j);
    jsonw_kv_str(&j, "reason", reason);
    jsonw_kv_str(&j, "message", message);
    jsonw_kv_str(&j, "type", type);
    jsonw_kv_int(&j, "count", 1);
    life_write_time(&j, "firstTimestamp", pocket_life_seconds(l));
    life_write_time(&j, "lastTimestamp", pocket_life_seconds(l));
    jsonw_object_end(&j);
    life_put(l, &n, &l->out);
}
