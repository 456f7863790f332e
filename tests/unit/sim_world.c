#include "sim_world.h"

#include "base/must.h"

#include <stdio.h>

#define TAKEN 1700000000

void sw_init(struct world *w, uint16_t minor)
{
    world_init(w);
    w->version = MINOR(minor);
    w->taken = TAKEN;
}

uint32_t sw_id(struct world *w, const char *text)
{
    return strings_puts(&w->strings, text);
}

static struct labels one_label(struct world *w, const char *key, const char *value)
{
    struct label *l = mem_must(arena_new(&w->arena, struct label));
    *l = (struct label){sw_id(w, key), sw_id(w, value)};
    return (struct labels){l, 1};
}

uint32_t sw_node(struct world *w, const char *name, const char *zone)
{
    struct world_node n = {.name = sw_id(w, name),
                           .ready = true,
                           .labels = one_label(w, "topology.kubernetes.io/zone", zone),
                           .zone = sw_id(w, zone),
                           .created = TAKEN - 86400,
                           .allocatable = {.cpu = 4000, .memory = INT64_C(16) << 30},
                           .capacity = {.cpu = 4000, .memory = INT64_C(16) << 30},
                           .max_pods = 110};
    return world_node_add(w, &n);
}

static struct selector by_app(struct world *w, const char *app)
{
    uint32_t *value = mem_must(arena_new(&w->arena, uint32_t));
    struct requirement *r = mem_must(arena_new(&w->arena, struct requirement));
    *value = sw_id(w, app);
    *r = (struct requirement){
        .key = sw_id(w, "app"), .op = LABEL_IN, .values = value, .value_count = 1};
    return (struct selector){r, 1, false};
}

uint32_t sw_workload(struct world *w, enum workload_kind kind, const char *name, int32_t replicas)
{
    struct world_workload wl = {.kind = kind,
                                .ns = sw_id(w, "shop"),
                                .name = sw_id(w, name),
                                .used = true,
                                .owner = WORLD_NONE,
                                .selector = by_app(w, name),
                                .replicas = replicas,
                                .template = WORLD_NONE,
                                .backoff_limit = 6,
                                .pods = WORLD_NONE};
    must_push(&w->workloads, wl);
    return (uint32_t)w->workloads.len - 1;
}

uint32_t sw_deployment(struct world *w, const char *name, int32_t replicas)
{
    uint32_t deployment = sw_workload(w, WORKLOAD_DEPLOYMENT, name, replicas);
    uint32_t rs = sw_workload(w, WORKLOAD_REPLICASET, name, replicas);
    w->workloads.items[rs].owner = deployment;
    return rs;
}

struct world_class sw_class(struct world *w, const char *app)
{
    return (struct world_class){.ns = sw_id(w, "shop"),
                                .labels = one_label(w, "app", app),
                                .request = {.cpu = 100},
                                .request_old = {.cpu = 100},
                                .score_cpu = 100,
                                .score_memory = INT64_C(200) << 20,
                                .scheduler = sw_id(w, "default-scheduler"),
                                .grace_s = 30,
                                .container_count = 1,
                                .restart_policy = 'A'};
}

uint32_t sw_class_put(struct world *w, const char *app)
{
    struct world_class c = sw_class(w, app);
    return world_class_put(w, &c);
}

static struct world_pod plain_pod(uint32_t class, uint32_t owner, uint32_t node)
{
    return (struct world_pod){.class = class,
                              .owner = owner,
                              .node = node,
                              .nominated = WORLD_NONE,
                              .phase = node == WORLD_NONE ? POD_PENDING : POD_RUNNING,
                              .ready = node != WORLD_NONE,
                              .ordinal = -1,
                              .created = TAKEN - 3600,
                              .started = node == WORLD_NONE ? 0 : TAKEN - 3600,
                              .ready_since = node == WORLD_NONE ? 0 : TAKEN - 3600};
}

uint32_t sw_pod(struct world *w, uint32_t class, uint32_t owner, uint32_t node)
{
    char name[64];
    snprintf(name, sizeof name, "pod-%zu", w->pods.len);
    struct world_pod p = plain_pod(class, owner, node);
    p.name = sw_id(w, name);
    return world_pod_add(w, &p);
}

uint32_t sw_set_pod(struct world *w, uint32_t class, uint32_t owner, int32_t ordinal, uint32_t node)
{
    char name[64];
    snprintf(name, sizeof name, "%s-%d", world_text(w, w->workloads.items[owner].name), ordinal);
    struct world_pod p = plain_pod(class, owner, node);
    p.name = sw_id(w, name);
    p.ordinal = ordinal;
    return world_pod_add(w, &p);
}

uint32_t sw_budget(struct world *w, const char *app)
{
    struct world_pdb b = {.ns = sw_id(w, "shop"),
                          .name = sw_id(w, *app ? app : "all"),
                          .used = true,
                          .generation = 1,
                          .observed_generation = 1};
    if (*app)
        b.selector = by_app(w, app);
    must_push(&w->pdbs, b);
    return (uint32_t)w->pdbs.len - 1;
}

void sw_min_available(struct world *w, uint32_t pdb, int32_t value, bool percent)
{
    w->pdbs.items[pdb].min_available = (struct int_or_percent){true, percent, value};
}

void sw_max_unavailable(struct world *w, uint32_t pdb, int32_t value, bool percent)
{
    w->pdbs.items[pdb].max_unavailable = (struct int_or_percent){true, percent, value};
}

uint32_t sw_volume(struct world *w, uint32_t pod, const char *name)
{
    uint32_t pv = (uint32_t)w->pvs.len, pvc = (uint32_t)w->pvcs.len;
    struct world_pod *p = &w->pods.items[pod];
    must_push(&w->pvs, (struct world_pv){.name = sw_id(w, name),
                                         .used = true,
                                         .claim = pvc,
                                         .driver = sw_id(w, "ebs.csi.aws.com"),
                                         .handle = sw_id(w, name),
                                         .access = ACCESS_RWO,
                                         .attachable = true});
    must_push(&w->pvcs, (struct world_pvc){.ns = sw_id(w, "shop"),
                                           .name = sw_id(w, name),
                                           .used = true,
                                           .phase = CLAIM_BOUND,
                                           .pv = pv,
                                           .storage_class = WORLD_NONE,
                                           .access = ACCESS_RWO});
    p->claims = (uint32_t)w->pod_claims.len;
    p->claim_count = 1;
    must_push(&w->pod_claims, pvc);
    if (p->node != WORLD_NONE)
        must_push(&w->attachments, (struct world_attachment){.name = sw_id(w, name),
                                                             .used = true,
                                                             .node = p->node,
                                                             .pv = pv,
                                                             .driver = sw_id(w, "ebs.csi.aws.com"),
                                                             .attached = true});
    return pv;
}
