/* Puts every pod on a node: constraints first, then the emptier of a few nodes drawn at random. */
#include "world/plan.h"

#define DRAWS 6

struct placer {
    struct gen_world *world;
    unsigned of_zone[GEN_ZONES]; /* nodes */
    uint64_t random;
    unsigned in_zone[GEN_ZONES]; /* pods of the workload at hand */
};

static unsigned next_random(struct placer *p, unsigned below)
{
    p->random = gen_hash(p->random, below);
    return (unsigned)(p->random % below);
}

/* Node number `at` of the zone: zones alternate over the ids. */
static struct gen_node *node_of_zone(struct placer *p, unsigned zone, unsigned at)
{
    return &p->world->nodes.items[at * GEN_ZONES + zone];
}

static bool fits(const struct gen_node *n, const struct gen_workload *l)
{
    return n->pods < GEN_PODS_OF_NODE && n->cpu_m + l->cpu_m <= GEN_CPU_M &&
           n->memory_mi + l->memory_mi <= GEN_MEMORY_MI &&
           (!(l->traits & GEN_VOLUME) || n->volumes < GEN_VOLUMES_OF_NODE) &&
           (!(l->traits & GEN_ANTI_REQUIRED) || n->last_workload != l->id);
}

static double fullness(const struct gen_node *n, const struct gen_workload *l)
{
    bool apart = l->traits & (GEN_SPREAD_HOST | GEN_ANTI_PREFERRED);
    return (double)n->cpu_m / GEN_CPU_M + (double)n->memory_mi / GEN_MEMORY_MI +
           (apart && n->last_workload == l->id ? 1 : 0);
}

static struct gen_node *choose_node(struct placer *p, const struct gen_workload *l, unsigned zone)
{
    struct gen_node *best = NULL;
    unsigned count = p->of_zone[zone], start = next_random(p, count);
    for (unsigned i = 0; i < DRAWS; i++) {
        struct gen_node *n = node_of_zone(p, zone, next_random(p, count));
        if (fits(n, l) && (!best || fullness(n, l) < fullness(best, l)))
            best = n;
    }
    for (unsigned i = 0; i < count && !best; i++) {
        struct gen_node *n = node_of_zone(p, zone, (start + i) % count);
        best = fits(n, l) ? n : NULL;
    }
    return best;
}

static unsigned choose_zone(struct placer *p, const struct gen_workload *l, unsigned ordinal)
{
    unsigned least = (l->id + ordinal) % GEN_ZONES;
    if (!(l->traits & (GEN_SPREAD_ZONE | GEN_VOLUME)))
        return next_random(p, GEN_ZONES);
    for (unsigned z = 0; z < GEN_ZONES; z++)
        if (p->in_zone[z] < p->in_zone[least])
            least = z;
    return least;
}

static int add_pod(struct gen_world *w, struct gen_workload *l, struct gen_pod pod,
                   struct gen_node *n, struct err *err)
{
    pod.workload = l->id;
    pod.node = n->id;
    pod.zone = n->zone;
    if (!vec_push(&w->pods, pod))
        return err_nomem(err, "placing pods");
    if (pod.finished)
        return 0;
    n->cpu_m += l->cpu_m;
    n->memory_mi += l->memory_mi;
    n->pods++;
    n->volumes += !!(l->traits & GEN_VOLUME);
    n->last_workload = l->id;
    return 0;
}

static int place_pod(struct placer *p, struct gen_workload *l, unsigned ordinal, struct err *err)
{
    unsigned zone = choose_zone(p, l, ordinal);
    struct gen_node *n = choose_node(p, l, zone);
    for (unsigned i = 0; !n && i < GEN_ZONES && !(l->traits & GEN_SPREAD_ZONE); i++)
        n = choose_node(p, l, zone = i);
    if (!n)
        return err_set(err, ERR_USAGE,
                       "pod %u of workload \"%s\" fits on no node: ask for more nodes", ordinal,
                       l->name);
    p->in_zone[zone]++;
    struct gen_pod pod = {.ordinal = ordinal,
                          .finished = ordinal >= l->replicas,
                          .created = gen_rolled_out(l) + ordinal / 8};
    if (l->kind == GEN_JOB)
        pod.created = GEN_NOW - 600 - 1800L * ordinal;
    return add_pod(p->world, l, pod, n, err);
}

static int place_daemons(struct gen_world *w, struct gen_workload *l, struct err *err)
{
    l->first_pod = w->pods.len;
    vec_foreach(n, &w->nodes) {
        struct gen_pod pod = {.ordinal = n->id, .created = gen_node_created(n) + 2};
        if (add_pod(w, l, pod, n, err) < 0)
            return -1;
    }
    return 0;
}

static int place_workload(struct placer *p, struct gen_workload *l, struct err *err)
{
    l->first_pod = p->world->pods.len;
    memset(p->in_zone, 0, sizeof p->in_zone);
    for (unsigned i = 0; i < l->replicas + l->finished; i++)
        if (place_pod(p, l, i, err) < 0)
            return -1;
    return 0;
}

static int make_nodes(struct placer *p, struct err *err)
{
    struct gen_world *w = p->world;
    for (unsigned id = 0; id < w->options.nodes; id++) {
        struct gen_node n = {.id = id,
                             .zone = id % GEN_ZONES,
                             .group = id / GEN_NODES_OF_GROUP,
                             .last_workload = UINT32_MAX};
        p->of_zone[n.zone]++;
        if (!vec_push(&w->nodes, n))
            return err_nomem(err, "making nodes");
    }
    return 0;
}

/* Sorts the pods by node, by counting. */
static int index_pods(struct gen_world *w, struct err *err)
{
    w->starts = calloc(w->nodes.len + 2, sizeof *w->starts);
    w->pods_of_node = calloc(w->pods.len + 1, sizeof *w->pods_of_node);
    if (!w->starts || !w->pods_of_node)
        return err_nomem(err, "sorting pods");
    vec_foreach(p, &w->pods)
        w->starts[p->node + 2]++;
    for (size_t n = 2; n < w->nodes.len + 2; n++)
        w->starts[n] += w->starts[n - 1];
    for (size_t i = 0; i < w->pods.len; i++)
        w->pods_of_node[w->starts[w->pods.items[i].node + 1]++] = i;
    return 0;
}

int gen_place(struct gen_world *w, struct err *err)
{
    struct placer p = {.world = w, .random = w->options.seed};
    if (make_nodes(&p, err) < 0)
        return -1;
    /* Daemons have their room first, as they have in a cluster that grew. */
    vec_foreach(l, &w->workloads)
        if (l->kind == GEN_DAEMON_SET && place_daemons(w, l, err) < 0)
            return -1;
    vec_foreach(l, &w->workloads)
        if (l->kind != GEN_DAEMON_SET && place_workload(&p, l, err) < 0)
            return -1;
    return index_pods(w, err);
}

static int check_options(const struct gen_options *o, struct err *err)
{
    if (o->nodes < GEN_ZONES || o->nodes > GEN_NODES_MAX)
        return err_set(err, ERR_USAGE, "%u nodes: expected %d to %d", o->nodes, GEN_ZONES,
                       GEN_NODES_MAX);
    if (o->pods > GEN_PODS_MAX)
        return err_set(err, ERR_USAGE, "%u pods: at most %d", o->pods, GEN_PODS_MAX);
    if (o->workloads <= GEN_DAEMONS || o->workloads > o->pods)
        return err_set(err, ERR_USAGE, "%u workloads: expected %d to %u, the number of pods",
                       o->workloads, GEN_DAEMONS + 1, o->pods);
    if (o->blockers > o->pdbs)
        return err_set(err, ERR_USAGE, "%u blockers of %u budgets", o->blockers, o->pdbs);
    return 0;
}

int gen_plan(struct gen_world *w, const struct gen_options *options, struct err *err)
{
    *w = (struct gen_world){.options = *options};
    if (check_options(options, err) < 0 || gen_choose_workloads(w, err) < 0)
        return -1;
    return gen_place(w, err);
}

void gen_release(struct gen_world *w)
{
    vec_release(&w->workloads);
    vec_release(&w->pods);
    vec_release(&w->nodes);
    free(w->pods_of_node);
    free(w->starts);
    *w = (struct gen_world){0};
}
