#include "world_random.h"

#include "base/must.h"

#include <stdio.h>

struct rng {
    uint64_t state;
};

static uint32_t next(struct rng *r)
{
    r->state = r->state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(r->state >> 33);
}

static uint32_t below(struct rng *r, uint32_t n)
{
    return n ? next(r) % n : 0;
}

/* A generator of its own for each thing, so that what a thing is does not depend on the order in
 * which things are made. */
static struct rng rng_of(uint32_t seed, const char *what, uint32_t i)
{
    struct rng r = {seed * 2654435761u + i};
    for (; *what; what++)
        r.state = r.state * 31 + (unsigned char)*what;
    next(&r);
    return r;
}

static uint32_t text(struct world *w, const char *prefix, uint32_t i)
{
    char name[64];
    snprintf(name, sizeof name, "%s-%u", prefix, i);
    return strings_puts(&w->strings, name);
}

#define ROOM(type, n) mem_must(arena_new_n(&w->arena, type, (n)))

static int compare_labels(const void *a, const void *b)
{
    const struct label *x = a, *y = b;
    return (x->key > y->key) - (x->key < y->key);
}

static struct labels labels(struct world *w, struct rng *r)
{
    uint32_t len = 1 + below(r, 4), first = below(r, 3);
    struct label *items = ROOM(struct label, len);
    for (uint32_t i = 0; i < len; i++) {
        items[i].key = text(w, "key", first + i);
        items[i].value = below(r, 9) ? text(w, "value", below(r, 5)) : STRINGS_NONE;
    }
    qsort(items, len, sizeof *items, compare_labels);
    return (struct labels){items, len};
}

static struct resources resources(struct world *w, struct rng *r)
{
    struct scalar *scalars = ROOM(struct scalar, 2);
    uint32_t a = text(w, "device", 0), b = text(w, "device", 1);
    int64_t amount_a = 1 + below(r, 8), amount_b = 1 + below(r, 8);
    scalars[a > b] = (struct scalar){a, amount_a};
    scalars[a < b] = (struct scalar){b, amount_b};
    return (struct resources){
        .cpu = 1 + below(r, 4000),
        .memory = (int64_t)(1 + below(r, 64)) << 28,
        .ephemeral = (int64_t)(1 + below(r, 64)) << 20,
        .scalars = scalars,
        .scalar_count = 2,
    };
}

static const uint32_t *texts(struct world *w, struct rng *r, const char *prefix, uint32_t len)
{
    uint32_t *items = ROOM(uint32_t, len), first = below(r, 5);
    for (uint32_t i = 0; i < len; i++)
        items[i] = text(w, prefix, first + i);
    return items;
}

static struct requirement requirement(struct world *w, struct rng *r)
{
    struct requirement q = {.key = text(w, "key", below(r, 6)), .op = below(r, LABEL_LT + 1)};
    if (q.op <= LABEL_NOT_IN) {
        q.value_count = 1 + below(r, 3);
        q.values = texts(w, r, "value", q.value_count);
    }
    if (q.op >= LABEL_GT)
        q.number = (int64_t)below(r, 100) - 50;
    return q;
}

static const struct requirement *requirements(struct world *w, struct rng *r, uint32_t len)
{
    struct requirement *items = ROOM(struct requirement, len);
    for (uint32_t i = 0; i < len; i++)
        items[i] = requirement(w, r);
    return items;
}

static struct selector selector(struct world *w, struct rng *r)
{
    struct selector s = {.len = 1 + below(r, 2), .nothing = below(r, 5) == 0};
    s.items = requirements(w, r, s.len);
    return s;
}

static struct node_term node_term(struct world *w, struct rng *r)
{
    struct node_term t = {.labels = selector(w, r), .field_count = 1};
    t.fields = requirements(w, r, 1);
    return t;
}

static const struct node_term *node_terms(struct world *w, struct rng *r, uint32_t len)
{
    struct node_term *items = ROOM(struct node_term, len);
    for (uint32_t i = 0; i < len; i++)
        items[i] = node_term(w, r);
    return items;
}

static const struct affinity_term *affinity(struct world *w, struct rng *r, uint32_t *len)
{
    *len = 1 + below(r, 2);
    struct affinity_term *items = ROOM(struct affinity_term, *len);
    for (uint32_t i = 0; i < *len; i++)
        items[i] = (struct affinity_term){
            .pods = selector(w, r),
            .namespaces = texts(w, r, "ns", 2),
            .namespace_count = 2,
            .namespace_selector = selector(w, r),
            .topology_key = text(w, "topology", below(r, 3)),
            .weight = 1 + (int32_t)below(r, 100),
        };
    return items;
}

static void set_terms(struct world *w, struct rng *r, struct world_class *c)
{
    struct weighted_term *preferences = ROOM(struct weighted_term, 2);
    struct toleration *tolerations = ROOM(struct toleration, 1);
    struct spread *spreads = ROOM(struct spread, 1);
    struct host_port *ports = ROOM(struct host_port, 1);
    for (unsigned i = 0; i < 2; i++)
        preferences[i] = (struct weighted_term){node_term(w, r), 1 + (int32_t)below(r, 100)};
    *tolerations = (struct toleration){.key = text(w, "taint", below(r, 3)),
                                       .value = text(w, "value", below(r, 3)),
                                       .exists = true,
                                       .effect = TAINT_NO_EXECUTE,
                                       .seconds = 1 + below(r, 300)};
    *spreads = (struct spread){.pods = selector(w, r),
                               .topology_key = text(w, "topology", below(r, 3)),
                               .max_skew = 1 + (int32_t)below(r, 3),
                               .min_domains = 1 + (int32_t)below(r, 3),
                               .hard = true,
                               .ignore_affinity = true,
                               .honor_taints = true};
    *ports = (struct host_port){text(w, "ip", below(r, 2)), (uint16_t)(1 + below(r, 65535)), 'U'};
    c->node_preferences = preferences;
    c->node_preference_count = 2;
    c->tolerations = tolerations;
    c->spreads = spreads;
    c->ports = ports;
    c->toleration_count = c->spread_count = c->port_count = 1;
}

static uint32_t class_of(struct world *w, uint32_t seed, uint32_t i)
{
    struct rng rng = rng_of(seed, "class", i), *r = &rng;
    struct world_class c = {
        .ns = text(w, "ns", i % 3),
        .labels = labels(w, r),
        .request = resources(w, r),
        .request_old = resources(w, r),
        .score_cpu = 1 + below(r, 4000),
        .score_memory = 1 + below(r, 4000),
        .node_selector = labels(w, r),
        .node_term_count = 1,
        .has_node_terms = true,
        .image_count = 2,
        .init_image_count = 1,
        .scheduler = text(w, "scheduler", 0),
        .priority_class = text(w, "priority", below(r, 2)),
        .priority = 1 + (int32_t)below(r, 1000),
        .preempt_never = true,
        .grace_s = 1 + (int32_t)below(r, 60),
        .prestop_s = -1,
        .readiness = {true, 1 + (int32_t)below(r, 30), 10, 1},
        .startup = {true, 1 + (int32_t)below(r, 30), 5, 2},
        .readiness_gates = 2,
        .lb_gates = 1,
        .container_count = 2,
        .init_count = 1,
        .restart_policy = 'A',
        .host_network = true,
        .empty_dir = true,
        .host_path = true,
        .safe_to_evict_no = true,
        .do_not_disrupt = true,
    };
    c.node_terms = node_terms(w, r, 1);
    c.affinity = affinity(w, r, &c.affinity_count);
    c.anti_affinity = affinity(w, r, &c.anti_affinity_count);
    c.attraction = affinity(w, r, &c.attraction_count);
    c.repulsion = affinity(w, r, &c.repulsion_count);
    c.images = texts(w, r, "image", 3);
    set_terms(w, r, &c);
    return world_class_put(w, &c);
}

/* ---- things with names; `at` says where each number went ---- */

struct filling {
    struct world *w;
    uint32_t seed;
    uint32_t node_count, workload_count, claim_count;
    uint32_t *nodes, *workloads, *pvs, *pvcs, *storage; /* index of number i */
};

static void add_node(struct filling *f, uint32_t i)
{
    struct world *w = f->w;
    struct rng rng = rng_of(f->seed, "node", i), *r = &rng;
    struct csi_limit *csi = ROOM(struct csi_limit, 1);
    struct node_image *images = ROOM(struct node_image, 2);
    struct taint *taints = ROOM(struct taint, 1);
    *csi = (struct csi_limit){text(w, "driver", 0), 25};
    images[0] = (struct node_image){text(w, "image", 0), 1000 + below(r, 1000)};
    images[1] = (struct node_image){text(w, "image", 1), 1000 + below(r, 1000)};
    *taints = (struct taint){text(w, "taint", below(r, 3)), text(w, "value", 1), TAINT_NO_SCHEDULE};
    struct world_node n = {
        .name = text(w, "node", i),
        .uid = text(w, "node-uid", i),
        .labels = labels(w, r),
        .taints = taints,
        .taint_count = 1,
        .unschedulable = true,
        .ready = true,
        .gone = true,
        .capacity = resources(w, r),
        .allocatable = resources(w, r),
        .max_pods = 29,
        .zone = text(w, "zone", i % 3),
        .region = text(w, "region", 0),
        .instance_type = text(w, "m5.large", 0),
        .group = text(w, "group", i % 2),
        .provider_id = text(w, "aws", i),
        .kubelet_version = text(w, "v1.28", i % 2),
        .csi = csi,
        .csi_count = 1,
        .images = images,
        .image_count = 2,
        .created = 1700000000 + below(r, 1000),
        .ready_since = 1700000100 + below(r, 1000),
    };
    f->nodes[i] = world_node_add(w, &n);
}

static void add_workload(struct filling *f, uint32_t i)
{
    struct world *w = f->w;
    struct rng rng = rng_of(f->seed, "workload", i), *r = &rng;
    struct world_workload l = {
        .kind = i % 2 ? WORKLOAD_REPLICASET : WORKLOAD_OTHER,
        .kind_name = i % 2 ? STRINGS_NONE : text(w, "Rollout", 0),
        .ns = text(w, "ns", i % 3),
        .name = text(w, "workload", i),
        .uid = text(w, "workload-uid", i),
        .owner = WORLD_NONE,
        .used = true,
        .foreign_owner = true,
        .selector = selector(w, r),
        .replicas = 1 + (int32_t)below(r, 5),
        .min_ready_s = 1,
        .parallel = true,
        .recreate = true,
        .replace_failed_only = true,
        .completions = 1,
        .succeeded = 2,
        .failed = 3,
        .backoff_limit = 6,
        .template = class_of(w, f->seed, i % 5),
        .claim_template_count = 2,
        .pods = WORLD_NONE,
    };
    l.claim_templates = texts(w, r, "data", 2);
    f->workloads[i] = (uint32_t)w->workloads.len;
    mem_must(vec_push(&w->workloads, l));
}

static void add_storage(struct filling *f, uint32_t i)
{
    struct world *w = f->w;
    struct rng rng = rng_of(f->seed, "storage", i), *r = &rng;
    struct selector *topologies = ROOM(struct selector, 1);
    *topologies = selector(w, r);
    struct world_class_of_storage s = {.name = text(w, "storage", i),
                                       .provisioner = text(w, "driver", 0),
                                       .used = true,
                                       .binding = BINDING_WAIT,
                                       .topologies = topologies,
                                       .topology_count = 1};
    f->storage[i] = (uint32_t)w->storage_classes.len;
    mem_must(vec_push(&w->storage_classes, s));
}

static void add_pv(struct filling *f, uint32_t i)
{
    struct world *w = f->w;
    struct rng rng = rng_of(f->seed, "pv", i), *r = &rng;
    struct world_pv p = {
        .name = text(w, "pv", i),
        .uid = text(w, "pv-uid", i),
        .used = true,
        .claim = WORLD_NONE,
        .driver = text(w, "driver", 0),
        .handle = text(w, "vol", i),
        .storage_class = text(w, "storage", i % 2),
        .access = ACCESS_RWO,
        .attachable = true,
        .available = true,
        .bytes = 1 + below(r, 1000),
        .node_terms = node_terms(w, r, 1),
        .node_term_count = 1,
        .zone_labels = labels(w, r),
    };
    f->pvs[i] = (uint32_t)w->pvs.len;
    mem_must(vec_push(&w->pvs, p));
}

static void add_pvc(struct filling *f, uint32_t i)
{
    struct world *w = f->w;
    struct world_pvc p = {
        .ns = text(w, "ns", i % 3),
        .name = text(w, "claim", i),
        .uid = text(w, "claim-uid", i),
        .used = true,
        .phase = CLAIM_BOUND,
        .access = ACCESS_RWX,
        .deleting = true,
        .bytes = 1 + i,
        .pv = WORLD_NONE,
        .storage_class = WORLD_NONE,
    };
    f->pvcs[i] = (uint32_t)w->pvcs.len;
    mem_must(vec_push(&w->pvcs, p));
}

static void add_small(struct filling *f, uint32_t i)
{
    struct world *w = f->w;
    struct rng rng = rng_of(f->seed, "small", i), *r = &rng;
    struct disrupted_pod *disrupted = ROOM(struct disrupted_pod, 1);
    *disrupted = (struct disrupted_pod){text(w, "pod", i), 1700000000 + i};
    mem_must(vec_push(&w->pdbs, (struct world_pdb){
                                    .ns = text(w, "ns", i % 3),
                                    .name = text(w, "pdb", i),
                                    .uid = text(w, "pdb-uid", i),
                                    .used = true,
                                    .selector = selector(w, r),
                                    .v1beta1 = true,
                                    .min_available = {true, true, 50},
                                    .max_unavailable = {true, true, 25},
                                    .unhealthy = UNHEALTHY_ALWAYS,
                                    .generation = 2,
                                    .observed_generation = 1,
                                    .expected = 4,
                                    .desired = 3,
                                    .healthy = 2,
                                    .allowed = 1,
                                    .disrupted = disrupted,
                                    .disrupted_count = 1,
                                }));
    mem_must(vec_push(&w->priority_classes,
                      (struct world_priority_class){text(w, "priority", i), true, -5, true, true}));
    mem_must(vec_push(&w->namespaces,
                      (struct world_namespace){text(w, "ns", i), true, labels(w, r), true, true}));
    mem_must(vec_push(&w->services, (struct world_service){
                                        .ns = text(w, "ns", i % 3),
                                        .name = text(w, "service", i),
                                        .used = true,
                                        .selector = selector(w, r),
                                        .type = 'L',
                                        .local_traffic = true,
                                        .ip_targets = true,
                                        .ingress_backend = true,
                                        .ready_endpoints = 1 + i,
                                    }));
}

static void add_pod(struct filling *f, uint32_t i)
{
    struct world *w = f->w;
    struct rng rng = rng_of(f->seed, "pod", i), *r = &rng;
    int64_t created = 1700000000 + below(r, 100000);
    struct world_pod p = {
        .name = text(w, "pod", i),
        .uid = text(w, "pod-uid", i),
        .class = class_of(w, f->seed, i % 5),
        .owner = f->workloads[below(r, f->workload_count)],
        .node = f->nodes[below(r, f->node_count)],
        .claims = (uint32_t)w->pod_claims.len,
        .claim_count = 1,
        .phase = (uint8_t)below(r, POD_UNKNOWN + 1),
        .ready = true,
        .mirror = true,
        .foreign_owner = true,
        .owner_gone = true,
        .ordinal = 1 + (int32_t)below(r, 5),
        .nominated = f->nodes[below(r, f->node_count)],
        .created = created,
        .scheduled = created + below(r, 10),
        .started = created + 10 + below(r, 100),
        .ready_since = below(r, 3) ? created + 200 : 0,
        .deleting = created + 1000,
    };
    mem_must(vec_push(&w->pod_claims, f->pvcs[below(r, f->claim_count)]));
    world_pod_add(w, &p);
}

static void each_shuffled(struct filling *f, uint32_t shuffle, uint32_t n,
                          void (*add)(struct filling *, uint32_t))
{
    _cleanup_free_ uint32_t *order = mem_must(calloc(n + 1, sizeof *order));
    struct rng r = rng_of(shuffle, "shuffle", n);
    for (uint32_t i = 0; i < n; i++)
        order[i] = i;
    for (uint32_t i = n; shuffle && i > 1; i--) {
        uint32_t j = below(&r, i), keep = order[i - 1];
        order[i - 1] = order[j];
        order[j] = keep;
    }
    for (uint32_t i = 0; i < n; i++)
        add(f, order[i]);
}

/* What refers to things that come later. */
static void link_all(struct filling *f)
{
    struct world *w = f->w;
    for (uint32_t i = 0; i < f->claim_count; i++) {
        w->pvs.items[f->pvs[i]].claim = f->pvcs[i];
        w->pvcs.items[f->pvcs[i]].pv = f->pvs[i];
        w->pvcs.items[f->pvcs[i]].storage_class = f->storage[i % 2];
        mem_must(vec_push(&w->attachments, (struct world_attachment){
                                               .name = text(w, "attachment", i),
                                               .used = true,
                                               .node = f->nodes[i % f->node_count],
                                               .pv = f->pvs[i],
                                               .driver = text(w, "driver", 0),
                                               .attached = true,
                                               .deleting = true,
                                           }));
        mem_must(
            vec_push(&w->hpas, (struct world_hpa){.ns = text(w, "ns", i % 3),
                                                  .name = text(w, "hpa", i),
                                                  .used = true,
                                                  .target = f->workloads[i % f->workload_count],
                                                  .min = 1,
                                                  .max = 9,
                                                  .current = 3}));
    }
    for (uint32_t i = 2; i < f->workload_count; i += 2)
        w->workloads.items[f->workloads[i]].owner = f->workloads[1];
}

void world_random_fill(struct world *w, const struct world_random *how)
{
    struct filling f = {
        .w = w,
        .seed = how->seed,
        .node_count = how->nodes ? how->nodes : 4,
        .workload_count = how->workloads ? how->workloads : 6,
        .claim_count = 5,
    };
    uint32_t pods = how->pods ? how->pods : 12;
    _cleanup_free_ uint32_t *room =
        mem_must(calloc(f.node_count + f.workload_count + 3 * (size_t)f.claim_count, sizeof *room));
    f.nodes = room;
    f.workloads = f.nodes + f.node_count;
    f.pvs = f.workloads + f.workload_count;
    f.pvcs = f.pvs + f.claim_count;
    f.storage = f.pvcs + f.claim_count;
    each_shuffled(&f, how->shuffle, 4, add_small);
    each_shuffled(&f, how->shuffle, f.node_count, add_node);
    each_shuffled(&f, how->shuffle, f.workload_count, add_workload);
    each_shuffled(&f, how->shuffle, 2, add_storage);
    each_shuffled(&f, how->shuffle, f.claim_count, add_pv);
    each_shuffled(&f, how->shuffle, f.claim_count, add_pvc);
    each_shuffled(&f, how->shuffle, pods, add_pod);
    link_all(&f);
    w->version = (struct version){1, 28, 3, true};
    w->taken = 1700000000;
    w->source = text(w, "context", how->seed);
    w->resource_version = text(w, "rv", 1);
    w->notes_dropped = 7;
    world_note(w, SV("Pod shop/a"), "assumed %d", 1);
    for (unsigned t = 0; t < TIMING_COUNT; t++)
        for (uint32_t i = 0; i < 3; i++)
            mem_must(vec_push(&w->samples[t], (how->shuffle ? 3 - i : 1 + i) * 100 + t));
}

/* Each list is its own memory: cloud is written to by who renames things. */
static const char *const *names(struct cloud *c, const char *a, const char *b)
{
    const char **list = mem_must(arena_new_n(&c->arena, const char *, 2));
    list[0] = a;
    list[1] = b;
    return list;
}

void cloud_random_fill(struct cloud *c, uint32_t seed)
{
    struct cloud_pair *pairs = mem_must(arena_new_n(&c->arena, struct cloud_pair, 2));
    struct cloud_taint *taints = mem_must(arena_new(&c->arena, struct cloud_taint));
    pairs[0] = (struct cloud_pair){"team", "shop"};
    pairs[1] = (struct cloud_pair){"empty", ""};
    *taints = (struct cloud_taint){"dedicated", "database", "NoSchedule"};
    struct rng r = rng_of(seed, "cloud", 0);
    mem_must(vec_push(&c->groups, (struct cloud_group){
                                      .name = "blue",
                                      .cluster = "prod",
                                      .status = "ACTIVE",
                                      .ami_type = "AL2_x86_64",
                                      .release = "1.28.5-20240110",
                                      .version = "1.28",
                                      .capacity_type = "SPOT",
                                      .launch_template = NULL,
                                      .launch_template_version = "",
                                      .instance_types = names(c, "m5.large", "m5.xlarge"),
                                      .instance_type_count = 2,
                                      .min = -1,
                                      .max = 9,
                                      .desired = (int32_t)below(&r, 9),
                                      .max_unavailable = 1,
                                      .max_unavailable_percent = 33,
                                      .subnets = names(c, "subnet-1", NULL),
                                      .subnet_count = 1,
                                      .autoscaling_groups = names(c, "blue-asg", NULL),
                                      .autoscaling_group_count = 1,
                                      .labels = pairs,
                                      .label_count = 2,
                                      .taints = taints,
                                      .taint_count = 1,
                                  }));
    mem_must(vec_push(&c->subnets, (struct cloud_subnet){"subnet-1", "eu-1a", "10.0.0.0/24", 200}));
    mem_must(vec_push(&c->launch_templates, (struct cloud_launch_template){
                                                "lt-1", "nodes", "3", "ami-1", "m5.large", 2}));
    mem_must(
        vec_push(&c->instance_types, (struct cloud_instance_type){"m5.large", 2, 3, 10, 8192}));
    mem_must(vec_push(&c->instances,
                      (struct cloud_instance){"i-1", "m5.large", "subnet-1", "eu-1a", "blue"}));
    mem_must(vec_push(&c->target_groups, (struct cloud_target_group){"arn:1", "shop", "ip", 80, 300,
                                                                     30, 10, 2, 4, 3}));
}
