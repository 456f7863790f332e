/*
 * bench_sched: how many pods a second sched/ places. usage: bench_sched [NODES...]
 * For each number of nodes and each kind of pod: fills an empty cluster with workloads of that kind
 * up to 20 pods per node and prints pods per second of processor time and microseconds per pod.
 */
#include "base/must.h"
#include "sched/sched.h"

#include <stdio.h>
#include <time.h>

#define ZONES 3
#define PODS_OF_NODE 20
#define PODS_OF_WORKLOAD 30
#define CPU_M 15890
#define MEMORY ((int64_t)61316 << 20)
#define VERSION_MINOR 33

enum kind { PLAIN, SPREAD_ZONE, SPREAD_HOST, ANTI, ANTI_SOFT, AFFINITY, VOLUME, KINDS };
static const char *const kind_names[KINDS] = {"plain",
                                              "spread by zone, hard",
                                              "spread by host, soft",
                                              "anti-affinity by host",
                                              "anti-affinity, soft",
                                              "affinity to own, by zone",
                                              "volume in a zone"};

struct bench {
    struct world world;
    uint32_t zones[ZONES];
    uint32_t zone_key, host_key, app_key, driver;
};

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static uint32_t text_number(struct world *w, const char *fmt, unsigned n)
{
    char text[64];
    snprintf(text, sizeof text, fmt, n);
    return strings_puts(&w->strings, text);
}

static struct selector select_one(struct world *w, uint32_t key, uint32_t value)
{
    uint32_t *values = mem_must(arena_new(&w->arena, uint32_t));
    struct requirement *r = mem_must(arena_new(&w->arena, struct requirement));
    *values = value;
    *r = (struct requirement){.key = key, .op = LABEL_IN, .values = values, .value_count = 1};
    return (struct selector){.items = r, .len = 1};
}

static struct labels label_set(struct world *w, const struct label *items, uint32_t len)
{
    struct label *copy = mem_must(arena_new_n(&w->arena, struct label, len));
    memcpy(copy, items, len * sizeof *copy);
    for (uint32_t i = 1; i < len; i++)
        for (uint32_t j = i; j && copy[j].key < copy[j - 1].key; j--) {
            struct label swap = copy[j];
            copy[j] = copy[j - 1];
            copy[j - 1] = swap;
        }
    return (struct labels){.items = copy, .len = len};
}

static void add_node(struct bench *b, unsigned id)
{
    struct world *w = &b->world;
    struct csi_limit *csi = mem_must(arena_new(&w->arena, struct csi_limit));
    *csi = (struct csi_limit){.driver = b->driver, .count = 25};
    uint32_t name = text_number(w, "node-%u", id), zone = b->zones[id % ZONES];
    struct resources room = {.cpu = CPU_M, .memory = MEMORY, .ephemeral = (int64_t)90 << 30};
    const struct label labels[] = {{b->zone_key, zone}, {b->host_key, name}};
    struct world_node n = {.name = name,
                           .labels = label_set(w, labels, 2),
                           .used = true,
                           .ready = true,
                           .capacity = room,
                           .allocatable = room,
                           .max_pods = 110,
                           .zone = zone,
                           .csi = csi,
                           .csi_count = 1,
                           .pods = WORLD_NONE};
    world_node_add(w, &n);
}

static struct affinity_term *term_of(struct bench *b, uint32_t ns, uint32_t app, bool by_zone)
{
    struct world *w = &b->world;
    struct affinity_term *t = mem_must(arena_new(&w->arena, struct affinity_term));
    uint32_t *own = mem_must(arena_new(&w->arena, uint32_t));
    *own = ns;
    *t = (struct affinity_term){.pods = select_one(w, b->app_key, app),
                                .namespaces = own,
                                .namespace_count = 1,
                                .namespace_selector = {.nothing = true},
                                .topology_key = by_zone ? b->zone_key : b->host_key};
    return t;
}

static struct spread *spread_of(struct bench *b, uint32_t app, bool hard)
{
    struct world *w = &b->world;
    struct spread *s = mem_must(arena_new(&w->arena, struct spread));
    *s = (struct spread){.pods = select_one(w, b->app_key, app),
                         .topology_key = hard ? b->zone_key : b->host_key,
                         .max_skew = 1,
                         .hard = hard};
    return s;
}

static void constrain(struct bench *b, struct world_class *c, enum kind kind, uint32_t app)
{
    struct affinity_term *t;
    switch (kind) {
    case SPREAD_ZONE:
    case SPREAD_HOST:
        c->spreads = spread_of(b, app, kind == SPREAD_ZONE);
        c->spread_count = 1;
        break;
    case ANTI:
        c->anti_affinity = term_of(b, c->ns, app, false);
        c->anti_affinity_count = 1;
        break;
    case ANTI_SOFT:
        t = term_of(b, c->ns, app, false);
        t->weight = 100;
        c->repulsion = t;
        c->repulsion_count = 1;
        break;
    case AFFINITY:
        c->affinity = term_of(b, c->ns, app, true);
        c->affinity_count = 1;
        break;
    default:
        break;
    }
}

static uint32_t add_class(struct bench *b, enum kind kind, unsigned workload)
{
    static const int64_t cpus[] = {100, 250, 500, 50, 1000}, memories[] = {256, 512, 1024, 2048};
    struct world *w = &b->world;
    uint32_t app = text_number(w, "app-%u", workload);
    const struct label label = {b->app_key, app};
    struct resources request = {.cpu = cpus[workload % 5], .memory = memories[workload % 4] << 20};
    struct world_class c = {.ns = text_number(w, "team-%u", workload / 25),
                            .labels = label_set(w, &label, 1),
                            .request = request,
                            .request_old = request,
                            .score_cpu = request.cpu,
                            .score_memory = request.memory,
                            .scheduler = strings_puts(&w->strings, "default-scheduler"),
                            .grace_s = 30,
                            .container_count = 1,
                            .restart_policy = 'A'};
    constrain(b, &c, kind, app);
    return world_class_put(w, &c);
}

/* A bound claim whose volume is in one zone. */
static uint32_t add_claim(struct bench *b, uint32_t ns, unsigned pod)
{
    struct world *w = &b->world;
    struct node_term *term = mem_must(arena_new(&w->arena, struct node_term));
    term->labels = select_one(w, b->zone_key, b->zones[pod % ZONES]);
    struct world_pv pv = {.name = text_number(w, "pv-%u", pod),
                          .used = true,
                          .claim = (uint32_t)w->pvcs.len,
                          .driver = b->driver,
                          .handle = text_number(w, "vol-%u", pod),
                          .access = ACCESS_RWO,
                          .attachable = true,
                          .node_terms = term,
                          .node_term_count = 1};
    struct world_pvc pvc = {.ns = ns,
                            .name = text_number(w, "data-%u", pod),
                            .used = true,
                            .phase = CLAIM_BOUND,
                            .pv = (uint32_t)w->pvs.len,
                            .storage_class = WORLD_NONE,
                            .access = ACCESS_RWO};
    uint32_t first = (uint32_t)w->pod_claims.len;
    if (!vec_push(&w->pvs, pv) || !vec_push(&w->pod_claims, (uint32_t)w->pvcs.len) ||
        !vec_push(&w->pvcs, pvc))
        must_fail_nomem();
    return first;
}

static void add_pod(struct bench *b, enum kind kind, uint32_t class, unsigned id)
{
    struct world *w = &b->world;
    struct world_pod p = {.name = text_number(w, "pod-%u", id),
                          .class = class,
                          .owner = WORLD_NONE,
                          .node = WORLD_NONE,
                          .used = true,
                          .ordinal = -1,
                          .nominated = WORLD_NONE};
    if (kind == VOLUME) {
        p.claims = add_claim(b, w->classes.items[class].ns, id);
        p.claim_count = 1;
    }
    world_pod_add(w, &p);
}

static void make(struct bench *b, enum kind kind, unsigned nodes)
{
    static const char *const zones[ZONES] = {"zone-a", "zone-b", "zone-c"};
    struct world *w = &b->world;
    world_init(w);
    w->version = (struct version){.major = 1, .minor = VERSION_MINOR};
    for (unsigned z = 0; z < ZONES; z++)
        b->zones[z] = strings_puts(&w->strings, zones[z]);
    b->zone_key = strings_puts(&w->strings, "topology.kubernetes.io/zone");
    b->host_key = strings_puts(&w->strings, "kubernetes.io/hostname");
    b->app_key = strings_puts(&w->strings, "app");
    b->driver = strings_puts(&w->strings, "ebs.csi.aws.com");
    for (unsigned n = 0; n < nodes; n++)
        add_node(b, n);
    for (unsigned p = 0, class = 0; p < nodes * PODS_OF_NODE; p++) {
        if (p % PODS_OF_WORKLOAD == 0)
            class = add_class(b, kind, p / PODS_OF_WORKLOAD);
        add_pod(b, kind, class, p);
    }
}

static uint32_t place_all(struct bench *b, struct sched *s)
{
    uint32_t placed = 0;
    world_each_pod(&b->world, p) {
        struct sched_choice choice;
        sched_pick(s, p, &choice);
        if (choice.node == WORLD_NONE)
            continue;
        world_pod_bind(&b->world, p, choice.node);
        struct world_change c = {.kind = CHANGE_POD_BOUND, .index = p};
        sched_change(s, &c);
        placed++;
    }
    return placed;
}

static void measure(enum kind kind, unsigned nodes)
{
    struct bench b = {0};
    struct sched_options o = {.seed = 1};
    make(&b, kind, nodes);
    double start = now();
    struct sched *s = sched_new(&b.world, &o);
    double ready = now();
    uint32_t placed = place_all(&b, s), pods = b.world.live_pods;
    double took = now() - ready;
    sched_free(s);
    printf("%6u nodes  %-26s %7u of %7u pods  %9.0f pods/s  %7.2f us/pod  index %5.1f ms\n", nodes,
           kind_names[kind], placed, pods, pods / took, took * 1e6 / pods, (ready - start) * 1e3);
    fflush(stdout);
    world_release(&b.world);
}

int main(int argc, char **argv)
{
    static const char *const defaults[] = {"2000", "10000"};
    const char *const *sizes = argc > 1 ? (const char *const *)argv + 1 : defaults;
    size_t count = argc > 1 ? (size_t)argc - 1 : ARRAY_LEN(defaults);
    for (size_t i = 0; i < count; i++) {
        unsigned long nodes = strtoul(sizes[i], NULL, 10);
        if (nodes < ZONES || nodes > 100000) {
            fprintf(stderr, "usage: bench_sched [NODES...]   (each 3 to 100000)\n");
            return 64;
        }
        for (enum kind k = 0; k < KINDS; k++)
            measure(k, (unsigned)nodes);
    }
    return 0;
}
