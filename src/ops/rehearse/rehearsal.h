/*
 * rehearsal: the result of running an operation on the simulator: the verdict and all that a person
 * wants to see before approving. Data only, owned by `arena`; texts are ready for people. Made by
 * rehearse.h, printed by cmd/rehearse_*. Times are milliseconds since the start of the operation.
 */
#ifndef TOBAN_OPS_REHEARSE_REHEARSAL_H
#define TOBAN_OPS_REHEARSE_REHEARSAL_H

#include "base/arena.h"
#include "base/vec.h"
#include "ops/nodes/nodes.h"

enum rehearsal_kind { REHEARSAL_REPLACE, REHEARSAL_DRAIN, REHEARSAL_FAIL };

enum rehearsal_verdict { REHEARSAL_FINISHES, REHEARSAL_BLOCKS };

/* Pods that never leave, and what to do about it. */
struct rehearsal_blocker {
    const char *id;       /* stable, for --accept: "budget-allows-none:shop/cart" */
    const char *workload; /* "Deployment shop/cart" */
    const char
        *rule; /* "budget-allows-none", "many-budgets", "bare-pod", "volume", "unhealthy", … */
    uint32_t pods;
    const char *example; /* one of the pods, with its node */
    const char *cause;   /* "budget shop/cart allows 0: minAvailable 1 of 1 replica" */
    const char *fix;     /* "scale to 2 first, or …" */
};

struct rehearsal_unschedulable {
    const char *workload;
    uint32_t pods;
    const char *reason; /* the scheduler's words */
    const char *fix;
};

/* What rules/nodes foresees without running: also listed when the run finishes. */
struct rehearsal_risk {
    const char *id, *rule, *workload;
    uint32_t pods;
    bool blocks; /* never moves */
    const char *text, *fix;
};

/* How far a workload went down. */
struct rehearsal_dip {
    const char *workload;
    int32_t replicas, least_ready;
    int64_t below_ms; /* time with none Ready */
};

struct rehearsal_sample {
    int64_t at_ms;
    uint32_t old_nodes, new_nodes;           /* Node objects; old: the ones to drain */
    uint32_t old_pods, new_pods, other_pods; /* on old, on new, on other nodes; without those that
                                                belong to their node */
    uint32_t pending, starting;              /* without a node; with one and not Ready */
};

struct rehearsal_event {
    int64_t at_ms;
    const char *kind; /* "phase", "pause", "node-clean", "preempted", "forced-detach", … */
    const char *text;
};

struct rehearsal_phase {
    enum nodes_phase phase;
    int64_t from_ms, to_ms;
};

/* A node's own bar in the chart. -1: never. */
struct rehearsal_node {
    const char *name, *zone;
    bool is_new;
    int64_t drain_from_ms, empty_ms, clean_ms, gone_ms; /* old nodes */
    int64_t ready_ms;                                   /* new nodes */
    uint32_t pods;
};

struct rehearsal_subnet {
    const char *subnet, *zone; /* subnet: "unknown" without a cloud file */
    int64_t needed, free;      /* addresses beyond those in use now; free -1: not known */
    uint32_t new_nodes;        /* that take them */
};

struct rehearsal_group {
    const char *name;
    uint32_t nodes;
    const char *instance_types; /* "m5.xlarge" */
};

/* New nodes come, and as many old ones end. */
struct rehearsal_round {
    int64_t from_ms; /* -1: it never began */
    uint32_t new_nodes, old_nodes;
};

struct rehearsal {
    struct arena arena;
    enum rehearsal_kind kind;
    const char *operation; /* "replace nodes of game-2023", "drain n1 n2", "fail zone …" */
    const char *cluster;   /* source of the world */
    const char *version;
    int64_t taken; /* of the snapshot; seconds since 1970 */
    enum rehearsal_verdict verdict;
    int64_t duration_p50_ms, duration_p95_ms; /* -1 when it blocks */
    uint32_t runs, runs_blocked;
    uint64_t seed;
    VEC(struct rehearsal_blocker) blockers;
    VEC(struct rehearsal_unschedulable) unschedulable;
    VEC(struct rehearsal_risk) risks;
    VEC(struct rehearsal_dip)
    dips; /* only workloads that went below what their budget or 25 % allow,
             or to none */
    VEC(struct rehearsal_sample) samples;
    VEC(struct rehearsal_event) events;
    VEC(struct rehearsal_phase) phases;
    VEC(struct rehearsal_round) rounds; /* none when all nodes go at once */
    VEC(struct rehearsal_node) nodes;
    VEC(struct rehearsal_group) old_groups, new_groups;
    VEC(struct rehearsal_subnet) subnets;
    VEC(const char *) assumptions; /* what was not in the world and taken as given */
    VEC(const char *) missing;     /* what of the cluster could not be read, and what was assumed */
    uint32_t pods_to_move;         /* on the old nodes at the start */
    uint32_t pods_moved;           /* of these: gone from there */
    uint32_t pods_lost;            /* of these: nobody re-creates them */
    uint64_t evictions, refused;
    uint32_t peak_nodes;
    int64_t peak_vcpu;       /* whole CPUs of all nodes at the peak */
    double cost_usd;         /* of old and new side by side; < 0: not known */
    const char *cost_basis;  /* "on-demand price of m5.xlarge in us-east-1, 2024-…" */
    const char *suggestion;  /* of --suggest: "9 m5.xlarge: 3 in each zone"; NULL */
    int64_t load_ms, run_ms; /* real time: set by the command */
};

void rehearsal_release(struct rehearsal *r);

#endif
