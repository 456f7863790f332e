/* rehearsal_example: rehearsals made by hand, for the tests of what prints them. */
#ifndef TOBAN_TESTS_REHEARSAL_EXAMPLE_H
#define TOBAN_TESTS_REHEARSAL_EXAMPLE_H

#include "base/must.h"
#include "ops/rehearse/rehearsal.h"

#define MINUTE 60000
#define EXAMPLE_PUSH(list, ...) mem_must(vec_push(list, __VA_ARGS__) ? (list) : NULL)

static const char *const example_zones[] = {"eu-west-1a", "eu-west-1b", "eu-west-1c"};

struct example_shape {
    uint32_t nodes, pods_per_node;
    uint32_t stuck; /* old nodes that never become empty */
};

static inline void example_nodes(struct rehearsal *r, const struct example_shape *x)
{
    for (uint32_t i = 0; i < x->nodes; i++) {
        int64_t from = 4 * MINUTE + (int64_t)i * 33 * MINUTE / x->nodes;
        bool stuck = i >= x->nodes - x->stuck;
        EXAMPLE_PUSH(&r->nodes,
                     (struct rehearsal_node){
                         .name = arena_fmt(&r->arena, "ip-10-0-%u-%u.eu-west-1.compute.internal",
                                           i % 3, 10 + i / 3),
                         .zone = example_zones[i % 3],
                         .drain_from_ms = from,
                         .empty_ms = stuck ? -1 : from + 3 * MINUTE,
                         .clean_ms = stuck ? -1 : from + (i % 4 ? 3 * MINUTE : 4 * MINUTE),
                         .gone_ms = x->stuck ? -1 : 46 * MINUTE + (int64_t)i * 1000,
                         .ready_ms = -1,
                         .pods = x->pods_per_node});
    }
    for (uint32_t i = 0; i < x->nodes; i++)
        EXAMPLE_PUSH(&r->nodes,
                     (struct rehearsal_node){.name = arena_fmt(&r->arena, "new %u", i + 1),
                                             .zone = example_zones[i % 3],
                                             .is_new = true,
                                             .drain_from_ms = -1,
                                             .empty_ms = -1,
                                             .clean_ms = -1,
                                             .gone_ms = -1,
                                             .ready_ms = 90000 + (int64_t)i * 90000 / x->nodes,
                                             .pods = x->pods_per_node});
}

static inline struct rehearsal_sample example_sample(const struct example_shape *x, int64_t at)
{
    uint32_t pods = x->nodes * x->pods_per_node, left = x->stuck * x->pods_per_node / 3;
    int64_t into = at - 4 * MINUTE, drain = 36 * MINUTE;
    into = into < 0 ? 0 : into > drain ? drain : into;
    uint32_t moved = (uint32_t)((pods - left) * into / drain);
    bool draining = into > 0 && into < drain;
    uint32_t wait = draining ? pods / 40 + (uint32_t)(at / 10000 * 7 % 5) * pods / 200 : 0;
    wait = wait < moved ? wait : moved;
    bool deleted = !x->stuck && at >= 46 * MINUTE;
    int64_t joined = at < 90000 ? 0 : (at - 90000) * x->nodes / 90000;
    return (struct rehearsal_sample){
        .at_ms = at,
        .old_nodes = deleted ? 0 : x->nodes,
        .new_nodes = joined > x->nodes ? x->nodes : (uint32_t)joined,
        .old_pods = pods - moved,
        .new_pods = moved - wait,
        .other_pods = pods / 5,
        .pending = wait / 3,
        .starting = wait - wait / 3,
    };
}

static inline void example_course(struct rehearsal *r, const struct example_shape *x)
{
    static const struct rehearsal_phase phases[] = {
        {NODES_PHASE_START, 0, 3 * MINUTE},
        {NODES_PHASE_CORDON, 3 * MINUTE, 4 * MINUTE},
        {NODES_PHASE_DRAIN, 4 * MINUTE, 40 * MINUTE},
        {NODES_PHASE_SOAK, 40 * MINUTE, 46 * MINUTE},
        {NODES_PHASE_TERMINATE, 46 * MINUTE, 48 * MINUTE},
        {NODES_PHASE_DONE, 48 * MINUTE, 48 * MINUTE},
    };
    size_t n = x->stuck ? 3 : 6;
    for (size_t i = 0; i < n; i++)
        EXAMPLE_PUSH(&r->phases, phases[i]);
    for (int64_t at = 0; at <= (x->stuck ? 44 : 48) * MINUTE; at += 15000)
        EXAMPLE_PUSH(&r->samples, example_sample(x, at));
    EXAMPLE_PUSH(&r->events, (struct rehearsal_event){0, "phase", "start new nodes"});
    EXAMPLE_PUSH(&r->events,
                 (struct rehearsal_event){12 * MINUTE, "pause",
                                          "asks before StatefulSet data/mongo is touched"});
    EXAMPLE_PUSH(&r->events,
                 (struct rehearsal_event){21 * MINUTE, "forced-detach",
                                          "volume vol-0af3 of data/mongo-2 was let go by force"});
    EXAMPLE_PUSH(&r->events, (struct rehearsal_event){22 * MINUTE, "node-clean", "ip-10-0-0-10"});
}

static inline void example_blockers(struct rehearsal *r)
{
    EXAMPLE_PUSH(&r->blockers,
                 (struct rehearsal_blocker){
                     "budget-allows-none:shop/cart", "Deployment shop/cart", "budget-allows-none",
                     1, "shop/cart-5f7c9-x2x9k on ip-10-0-1-10.eu-west-1.compute.internal",
                     "budget shop/cart allows 0: minAvailable 1 of 1 replica",
                     "scale Deployment shop/cart to 2 replicas first, or set maxUnavailable: 1"});
    EXAMPLE_PUSH(&r->blockers,
                 (struct rehearsal_blocker){
                     "many-budgets:shop/api", "Deployment shop/api", "many-budgets", 6, NULL,
                     "budgets shop/api and shop/all both cover its pods: the API server answers "
                     "every eviction with 500",
                     "narrow the selector of one of the two budgets"});
    EXAMPLE_PUSH(&r->unschedulable,
                 (struct rehearsal_unschedulable){
                     "StatefulSet data/mongo", 1,
                     "0/24 nodes are available: 12 node(s) were unschedulable, 8 node(s) had "
                     "volume node affinity conflict, 4 Insufficient memory.",
                     "add a node in eu-west-1b: --zone eu-west-1b=5"});
}

static inline void example_risks(struct rehearsal *r)
{
    static const char prestop[] =
        "add a preStop hook that sleeps 30 s, and a grace of at least 60 s";
    EXAMPLE_PUSH(&r->risks,
                 (struct rehearsal_risk){
                     "never-moves:ops/cache", "never-moves", "Deployment ops/cache", 2, true,
                     "nodeSelector eks.amazonaws.com/nodegroup=game-2023 matches no other node",
                     "select by a label of your own that the new group carries too"});
    EXAMPLE_PUSH(&r->risks,
                 (struct rehearsal_risk){
                     "lb-no-prestop:shop/web", "lb-no-prestop", "Deployment shop/web", 8, false,
                     "stops at once while the load balancer still sends to it", prestop});
    EXAMPLE_PUSH(&r->risks,
                 (struct rehearsal_risk){
                     "spread-counts-old-nodes:shop/web", "spread-counts-old-nodes",
                     "Deployment shop/web", 8, false,
                     "hard spread by kubernetes.io/hostname, skew 1, counts cordoned old nodes",
                     "set nodeTaintsPolicy: Honor (1.26 and newer), or ScheduleAnyway"});
    EXAMPLE_PUSH(&r->risks,
                 (struct rehearsal_risk){"lb-no-prestop:shop/<script>", "lb-no-prestop",
                                         "Deployment shop/<script>alert(1)</script>", 3, false,
                                         "stops at once while the load balancer still sends to it",
                                         prestop});
}

static inline void example_needs(struct rehearsal *r, const struct example_shape *x)
{
    EXAMPLE_PUSH(&r->old_groups, (struct rehearsal_group){"game-2023", x->nodes, "m5.xlarge"});
    EXAMPLE_PUSH(&r->new_groups, (struct rehearsal_group){"green", x->nodes, "m6i.xlarge"});
    EXAMPLE_PUSH(&r->subnets, (struct rehearsal_subnet){"subnet-0a", "eu-west-1a", 60, 251});
    EXAMPLE_PUSH(&r->subnets, (struct rehearsal_subnet){"subnet-0b", "eu-west-1b", 60, 41});
    EXAMPLE_PUSH(&r->subnets, (struct rehearsal_subnet){"unknown", "eu-west-1c", 60, -1});
    EXAMPLE_PUSH(&r->dips, (struct rehearsal_dip){"Deployment shop/web", 8, 5, 0});
    EXAMPLE_PUSH(&r->dips, (struct rehearsal_dip){"Deployment ops/metrics", 1, 0, 43000});
    EXAMPLE_PUSH(&r->assumptions, "prices are those of us-east-1, on demand, 2026-11-01");
    EXAMPLE_PUSH(&r->assumptions, "image pulls take 9 s (p95 31 s): 212 samples of this cluster");
    r->peak_nodes = 2 * x->nodes;
    r->peak_vcpu = 8 * (int64_t)x->nodes;
    r->cost_usd = 0.192 * x->nodes * 0.8;
    r->cost_basis = "on-demand price of m6i.xlarge in us-east-1";
}

/* A replacement of x->nodes nodes; it blocks when some are stuck. */
static inline void example_rehearsal(struct rehearsal *r, const struct example_shape *x)
{
    bool blocks = x->stuck > 0;
    *r = (struct rehearsal){
        .operation = "replace the nodes of game-2023",
        .cluster = "prod-eu",
        .version = "1.28",
        .taken = 1795343400,
        .verdict = blocks ? REHEARSAL_BLOCKS : REHEARSAL_FINISHES,
        .duration_p50_ms = blocks ? -1 : 41 * MINUTE,
        .duration_p95_ms = blocks ? -1 : 55 * MINUTE,
        .runs = 20,
        .runs_blocked = blocks ? 20 : 0,
        .seed = 1,
        .pods_to_move = x->nodes * x->pods_per_node,
        .pods_moved = x->nodes * x->pods_per_node - x->stuck * x->pods_per_node / 3,
        .evictions = (uint64_t)x->nodes * x->pods_per_node + 37,
        .refused = 37,
        .load_ms = 12,
        .run_ms = 3,
    };
    example_nodes(r, x);
    example_course(r, x);
    example_needs(r, x);
    if (blocks)
        example_blockers(r);
    example_risks(r);
}

#endif
