/* Which workloads there are: kinds, sizes, constraints and budgets. */
#include "world/plan.h"

#include <math.h>

#define CPU_TARGET 0.65
#define MEMORY_TARGET 0.60
#define SETS_OF_HUNDRED 13
#define JOBS_OF_HUNDRED 2
#define JOB_FINISHED 2
#define PODS_OF_SETS 0.05
#define SIZE_MAX_ANTI 40
#define SIZE_MAX_SET 60

static const char *const roles[] = {"api",     "worker", "gateway",  "consumer", "scheduler",
                                    "indexer", "cache",  "sync",     "exporter", "batch",
                                    "web",     "admin",  "notifier", "session",  "proxy"};

struct choice {
    unsigned value, share;
};

/* One of the values, by their shares. */
static unsigned pick(const struct choice *choices, size_t count, uint64_t random)
{
    unsigned total = 0;
    for (size_t i = 0; i < count; i++)
        total += choices[i].share;
    unsigned at = (unsigned)(random % total);
    for (size_t i = 0;; i++) {
        if (at < choices[i].share)
            return choices[i].value;
        at -= choices[i].share;
    }
}
#define PICK(choices, random) pick(choices, ARRAY_LEN(choices), random)

static bool chance(uint64_t random, unsigned percent)
{
    return random % 100 < percent;
}

static uint64_t draw(const struct gen_world *w, const struct gen_workload *l, unsigned what)
{
    return gen_hash(gen_hash(w->options.seed, l->id), what);
}

static void choose_traits(const struct gen_world *w, struct gen_workload *l)
{
    static const struct choice spreads[] = {{0, 55},
                                            {GEN_SPREAD_ZONE, 12},
                                            {GEN_SPREAD_HOST, 15},
                                            {GEN_SPREAD_ZONE | GEN_SPREAD_HOST, 5},
                                            {GEN_ANTI_REQUIRED, 6},
                                            {GEN_ANTI_PREFERRED, 15}};
    static const struct choice sizes[] = {{0, 88}, {GEN_GUARANTEED, 10}, {GEN_BEST_EFFORT, 2}};
    l->traits = PICK(sizes, draw(w, l, 20));
    if (l->kind == GEN_JOB)
        return;
    l->traits |= PICK(spreads, draw(w, l, 21));
    if (l->kind == GEN_STATEFUL_SET) {
        l->traits |= GEN_VOLUME | GEN_PRE_STOP;
        return;
    }
    l->traits |= chance(draw(w, l, 22), 5) ? GEN_NODE_PREFERRED : 0;
    l->traits |= chance(draw(w, l, 23), 2) ? GEN_AFFINITY : 0;
    l->traits |= chance(draw(w, l, 24), 20) ? GEN_HPA : 0;
    l->traits |= chance(draw(w, l, 25), 10) ? GEN_LOAD_BALANCER : 0;
    l->traits |= chance(draw(w, l, 26), 40) ? GEN_PRE_STOP : 0;
    l->traits |= chance(draw(w, l, 27), 15) ? GEN_INIT : 0;
}

static void choose_shape(const struct gen_world *w, struct gen_workload *l)
{
    static const struct choice cpus[] = {{50, 10},  {100, 20},  {200, 20}, {250, 15},
                                         {500, 20}, {1000, 10}, {2000, 5}};
    static const struct choice memories[] = {{128, 20},  {256, 25}, {512, 20}, {1024, 15},
                                             {2048, 12}, {4096, 6}, {8192, 2}};
    static const struct choice priorities[] = {{GEN_PRIORITY_NORMAL, 85}, {3, 10}, {4, 5}};
    static const struct choice graces[] = {{30, 75}, {10, 5}, {60, 12}, {120, 5}, {300, 3}};
    static const struct choice readies[] = {{5, 30}, {10, 30}, {20, 20}, {45, 15}, {90, 5}};
    choose_traits(w, l);
    bool free = l->traits & GEN_BEST_EFFORT;
    l->cpu_m = free ? 0 : PICK(cpus, draw(w, l, 1));
    l->memory_mi = free ? 0 : PICK(memories, draw(w, l, 2));
    l->priority = PICK(priorities, draw(w, l, 3));
    l->grace_s = PICK(graces, draw(w, l, 4));
    l->ready_s = PICK(readies, draw(w, l, 5));
    /* Lists come sorted by namespace. */
    l->namespace = (unsigned)((uint64_t)l->id * w->namespaces / w->options.workloads);
    snprintf(l->name, sizeof l->name, "%s-%u", roles[draw(w, l, 7) % ARRAY_LEN(roles)], l->id);
}

static enum gen_kind kind_of(const struct gen_world *w, unsigned id)
{
    unsigned at = (unsigned)(gen_hash(w->options.seed, id) % 100);
    if (at < SETS_OF_HUNDRED)
        return GEN_STATEFUL_SET;
    return at < SETS_OF_HUNDRED + JOBS_OF_HUNDRED ? GEN_JOB : GEN_DEPLOYMENT;
}

static struct gen_workload daemon_set(unsigned id, unsigned number, unsigned nodes)
{
    static const struct {
        const char *name;
        unsigned cpu_m, memory_mi;
    } sets[GEN_DAEMONS] = {
        {"aws-node", 50, 0}, {"kube-proxy", 100, 0}, {"ebs-csi-node", 30, 120}, {"logs", 100, 100}};
    struct gen_workload l = {.id = id,
                             .kind = GEN_DAEMON_SET,
                             .traits = number < 2 ? GEN_HOST_NETWORK : 0,
                             .namespace = GEN_KUBE_SYSTEM,
                             .replicas = nodes,
                             .cpu_m = sets[number].cpu_m,
                             .memory_mi = sets[number].memory_mi,
                             .priority = GEN_PRIORITY_NODE_CRITICAL,
                             .grace_s = 30,
                             .ready_s = 3};
    snprintf(l.name, sizeof l.name, "%s", sets[number].name);
    return l;
}

static unsigned size_cap(const struct gen_world *w, const struct gen_workload *l)
{
    unsigned nodes = w->options.nodes, cap = nodes * 4 / 5;
    if (l->kind == GEN_STATEFUL_SET)
        cap = SIZE_MAX_SET;
    if (l->traits & GEN_ANTI_REQUIRED)
        cap = nodes / 4 < SIZE_MAX_ANTI ? nodes / 4 : SIZE_MAX_ANTI;
    return cap ? cap : 1;
}

/* Few are large, most are small: the tail of a power law. */
static unsigned size_of(const struct gen_world *w, const struct gen_workload *l, double scale)
{
    double u = (double)(draw(w, l, 9) % 1000000 + 1) / 1000001;
    double size = scale * pow(u, l->kind == GEN_STATEFUL_SET ? -0.4 : -0.8);
    unsigned cap = size_cap(w, l);
    if (size < 1)
        return 1;
    return size > cap ? cap : (unsigned)size;
}

static unsigned long set_sizes(struct gen_world *w, enum gen_kind kind, double scale)
{
    unsigned long sum = 0;
    vec_foreach(l, &w->workloads)
        if (l->kind == kind)
            sum += l->replicas = size_of(w, l, scale);
    return sum;
}

/* Sizes of all workloads of the kind, so that they have `total` pods. */
static int share_pods(struct gen_world *w, enum gen_kind kind, unsigned long total, struct err *err)
{
    double low = 0, high = (double)total;
    for (int i = 0; i < 60; i++) {
        double middle = (low + high) / 2;
        if (set_sizes(w, kind, middle) > total)
            high = middle;
        else
            low = middle;
    }
    unsigned long sum = set_sizes(w, kind, low), before = sum + 1;
    while (sum < total && sum != before) {
        before = sum;
        vec_foreach(l, &w->workloads)
            if (l->kind == kind && sum < total && l->replicas < size_cap(w, l))
                l->replicas++, sum++;
    }
    if (sum == total)
        return 0;
    return err_set(err, ERR_USAGE, "%lu pods cannot be shared out: these workloads take %lu", total,
                   sum);
}

static int choose_sizes(struct gen_world *w, struct err *err)
{
    unsigned long jobs = 0, sets = 0, deployments = 0;
    vec_foreach(l, &w->workloads) {
        jobs += l->kind == GEN_JOB;
        sets += l->kind == GEN_STATEFUL_SET;
        deployments += l->kind == GEN_DEPLOYMENT;
    }
    vec_foreach(l, &w->workloads)
        if (l->kind == GEN_JOB)
            l->replicas = 1, l->finished = JOB_FINISHED;
    unsigned long fixed = jobs * (1 + JOB_FINISHED) + (unsigned long)w->options.nodes * GEN_DAEMONS;
    unsigned long stateful = (unsigned long)(w->options.pods * PODS_OF_SETS);
    stateful = !sets ? 0 : stateful > sets ? stateful : sets;
    if (w->options.pods < fixed + stateful + deployments)
        return err_set(err, ERR_USAGE,
                       "%u pods are too few for %u nodes and %u workloads: at least %lu",
                       w->options.pods, w->options.nodes, w->options.workloads,
                       fixed + stateful + deployments);
    if (sets && share_pods(w, GEN_STATEFUL_SET, stateful, err) < 0)
        return -1;
    return share_pods(w, GEN_DEPLOYMENT, w->options.pods - fixed - stateful, err);
}

/* Scales requests so that the nodes are as full as meant. */
static void choose_requests(struct gen_world *w)
{
    double cpu = 0, memory = 0, cpu_free = CPU_TARGET * GEN_CPU_M * w->options.nodes,
           memory_free = MEMORY_TARGET * GEN_MEMORY_MI * w->options.nodes;
    vec_foreach(l, &w->workloads) {
        bool daemon = l->kind == GEN_DAEMON_SET;
        *(daemon ? &cpu_free : &cpu) += (daemon ? -1.0 : 1.0) * l->replicas * l->cpu_m;
        *(daemon ? &memory_free : &memory) += (daemon ? -1.0 : 1.0) * l->replicas * l->memory_mi;
    }
    vec_foreach(l, &w->workloads) {
        if (l->kind == GEN_DAEMON_SET || (l->traits & GEN_BEST_EFFORT))
            continue;
        unsigned cpu_m = (unsigned)(l->cpu_m * cpu_free / cpu) / 5 * 5;
        unsigned memory_mi = (unsigned)(l->memory_mi * memory_free / memory) / 4 * 4;
        l->cpu_m = cpu_m < 5 ? 5 : cpu_m > GEN_CPU_M / 4 ? GEN_CPU_M / 4 / 5 * 5 : cpu_m;
        l->memory_mi = memory_mi < 16                  ? 16
                       : memory_mi > GEN_MEMORY_MI / 4 ? GEN_MEMORY_MI / 4
                                                       : memory_mi;
    }
}

/* Required affinity needs a partner that is in every zone. */
static void choose_friends(struct gen_world *w)
{
    VEC(unsigned) of_namespace = {0};
    for (unsigned n = 0; n < w->namespaces && vec_push(&of_namespace, UINT32_MAX);)
        n++;
    vec_foreach(l, &w->workloads)
        if ((l->traits & GEN_SPREAD_ZONE) && l->replicas >= GEN_ZONES &&
            !(l->traits & GEN_AFFINITY) && l->namespace < of_namespace.len)
            of_namespace.items[l->namespace] = l->id;
    vec_foreach(l, &w->workloads) {
        if (!(l->traits & GEN_AFFINITY))
            continue;
        l->friend = l->namespace < of_namespace.len ? of_namespace.items[l->namespace] : UINT32_MAX;
        if (l->friend == UINT32_MAX)
            l->traits &= ~(unsigned)GEN_AFFINITY;
    }
    vec_release(&of_namespace);
}

static unsigned rounded_up(unsigned count, int percent)
{
    return (count * (unsigned)percent + 99) / 100;
}

static void choose_budget(const struct gen_world *w, struct gen_workload *l, bool blocks)
{
    static const struct choice forms[] = {
        {GEN_MAX_ONE, 30}, {GEN_MAX_PERCENT, 30}, {GEN_MIN_PERCENT, 25}, {GEN_MIN_COUNT, 15}};
    static const int max_percents[] = {10, 20, 25, 34}, min_percents[] = {50, 60, 75, 80};
    uint64_t random = draw(w, l, 31);
    l->traits |= GEN_PDB;
    l->pdb_form = PICK(forms, draw(w, l, 30));
    if (l->replicas > 20 && (l->pdb_form == GEN_MAX_ONE || l->pdb_form == GEN_MIN_COUNT))
        l->pdb_form = GEN_MAX_PERCENT;
    if (l->pdb_form == GEN_MIN_PERCENT) {
        l->pdb_value = min_percents[random % ARRAY_LEN(min_percents)];
        l->pdb_allowed = l->replicas - rounded_up(l->replicas, l->pdb_value);
    } else if (l->pdb_form == GEN_MAX_PERCENT) {
        l->pdb_value = max_percents[random % ARRAY_LEN(max_percents)];
        l->pdb_allowed = rounded_up(l->replicas, l->pdb_value);
    }
    if (l->pdb_form == GEN_MIN_COUNT || blocks) {
        l->pdb_form = GEN_MIN_COUNT;
        l->pdb_allowed = blocks ? 0 : 1;
        l->pdb_value = (int)(l->replicas - l->pdb_allowed);
    } else if (l->pdb_form == GEN_MAX_ONE || !l->pdb_allowed) {
        l->pdb_form = GEN_MAX_ONE;
        l->pdb_value = 1;
        l->pdb_allowed = 1;
    }
}

/* Budgets go to workloads of two pods or more, evenly over all of them. */
static int choose_budgets(struct gen_world *w, struct err *err)
{
    unsigned able = 0, seen = 0, given = 0;
    vec_foreach(l, &w->workloads)
        able += l->kind <= GEN_STATEFUL_SET && l->replicas > 1;
    if (able < w->options.pdbs)
        return err_set(err, ERR_USAGE,
                       "%u budgets asked for, but only %u workloads have two pods or more",
                       w->options.pdbs, able);
    vec_foreach(l, &w->workloads) {
        if (l->kind > GEN_STATEFUL_SET || l->replicas < 2)
            continue;
        seen++;
        if ((uint64_t)seen * w->options.pdbs / able == given)
            continue;
        given++;
        choose_budget(w, l, given <= w->options.blockers);
    }
    return 0;
}

int gen_choose_workloads(struct gen_world *w, struct err *err)
{
    unsigned plain = w->options.workloads - GEN_DAEMONS;
    w->namespaces = plain / 25 < 1 ? 1 : plain / 25 > 400 ? 400 : plain / 25;
    for (unsigned id = 0; id < w->options.workloads; id++) {
        struct gen_workload l = {.id = id};
        if (id < plain) {
            l.kind = kind_of(w, id);
            choose_shape(w, &l);
        } else {
            l = daemon_set(id, id - plain, w->options.nodes);
        }
        if (!vec_push(&w->workloads, l))
            return err_nomem(err, "choosing workloads");
    }
    if (choose_sizes(w, err) < 0)
        return -1;
    choose_requests(w);
    choose_friends(w);
    return choose_budgets(w, err);
}
