/* Budgets, namespaces, classes, events. */
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

/* ---- what has a name and little else ---- */

static void enter_namespace(struct pocket_life *l, const struct world_namespace *ns)
{
    struct life_name n = {SV("v1"), SV("Namespace"), SV_NONE, life_text(l, ns->name)};
    struct jsonw j;
    if (life_get(l, &n).ptr)
        return;
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
            life_service_enter(l, i);
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

static const char *source_of(struct sv kind, const char *reason)
{
    return sv_is(kind, "CronJob")                   ? "cronjob-controller"
           : sv_is(kind, "HorizontalPodAutoscaler") ? "horizontal-pod-autoscaler"
           : strcmp(reason, "Killing") == 0         ? "kubelet"
                                                    : "default-scheduler";
}

/* Clients ask for events by the uid of what they are about. */
static void write_event(struct pocket_life *l, const struct life_about *about, const char *reason,
                        const char *type, const char *message)
{
    const struct life_name *of = &about->name;
    struct sv uid = life_json_text(life_get(l, of), "metadata", "uid", &l->scratch);
    char name[64], id[64];
    snprintf(id, sizeof id, "%.*s", SV_ARG(uid));
    struct life_name n = {SV("v1"), SV("Event"), of->ns, SV_NONE};
    struct jsonw j;
    next_name(l, about->ns, name, sizeof name);
    n.name = sv_of(name);
    life_begin_object(l, &j, &n, STRINGS_NONE, pocket_life_seconds(l));
    jsonw_object_end(&j);
    jsonw_key(&j, "involvedObject");
    jsonw_object(&j);
    jsonw_kv_sv(&j, "apiVersion", of->api_version);
    jsonw_kv_sv(&j, "kind", of->kind);
    jsonw_kv_sv(&j, "namespace", of->ns);
    jsonw_kv_sv(&j, "name", of->name);
    jsonw_kv_str(&j, "uid", id);
    jsonw_object_end(&j);
    jsonw_key(&j, "source");
    jsonw_object(&j);
    jsonw_kv_str(&j, "component", source_of(of->kind, reason));
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

void life_event_about(struct pocket_life *l, const struct life_about *about, const char *reason,
                      const char *type, const char *fmt, ...)
{
    char message[1024];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(message, sizeof message, fmt, ap);
    va_end(ap);
    write_event(l, about, reason, type, message);
}

void life_event(struct pocket_life *l, uint32_t pod, const char *reason, const char *type,
                const char *fmt, ...)
{
    const struct life_about about = {life_pod_name(l, pod), world_class_of(l->w, pod)->ns};
    char message[1024];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(message, sizeof message, fmt, ap);
    va_end(ap);
    write_event(l, &about, reason, type, message);
}
