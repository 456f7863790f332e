/*
 * nodes: the decision core of draining and replacing nodes. One core, two drivers: the rehearsal
 * runs it on the simulator, the live drain on a cluster's watches. It looks at a world, is told
 * what changed and what was answered, and says what to do next. No I/O, no clock, no chance.
 *
 * What it holds to:
 *   - all nodes are cordoned before the first eviction;
 *   - budgets are asked, never passed by; a pod that nobody re-creates is left alone unless `bare`;
 *   - a workload without a budget is treated as if it had one (`workload_unavailable`);
 *   - pods of a StatefulSet go one at a time, the next when the last is Ready again;
 *   - a free pod never waits behind a blocked one, nor a free node behind a blocked node;
 *   - a node is clean only when its pods are gone and its volumes have left;
 *   - nothing is deleted that still holds a pod of its own or an attachment.
 */
#ifndef TOBAN_OPS_NODES_NODES_H
#define TOBAN_OPS_NODES_NODES_H

#include "world/change.h"
#include "world/eviction.h"

enum nodes_order {
    NODES_BY_NAME,
    NODES_OLDEST,   /* created first */
    NODES_EMPTIEST, /* fewest pods to move */
    NODES_BY_ZONE,  /* one zone after the other */
};

/* A new machine to start before the drain. */
struct nodes_green {
    struct world_node spec; /* as world_node_add takes it; its group is unlike all old groups */
    uint32_t count;
};

struct nodes_options {
    enum nodes_order order;
    struct int_or_percent max_unavailable; /* nodes drained at once; not set: all */
    struct int_or_percent batch;           /* nodes of a batch; not set: one batch */
    int64_t batch_soak_ms;                 /* between batches */
    int64_t soak_ms;                       /* between the last batch and deletion */
    int64_t pod_timeout_ms; /* give a pod up that could not be evicted for so long; 0: never */
    struct int_or_percent workload_unavailable; /* for workloads without a budget; not set: 25% */
    unsigned evictions_per_s;                   /* 0: 50 */
    int window_from_min, window_to_min; /* minutes of the day, UTC, in which evictions may start;
                                           equal: always */
    int64_t day_offset_ms;              /* time of the day, UTC, at now = 0 */
    const uint32_t *pause_before; /* workloads (top owners); approval is asked once for each */
    uint32_t pause_count;
    const uint32_t *force; /* pods that are deleted when a budget refuses to let them be evicted */
    uint32_t force_count;
    bool bare;                /* evict pods that nobody re-creates */
    bool keep_empty_dir_pods; /* refuse pods with an emptyDir instead of losing its data */
    const uint32_t *nodes;    /* to drain; indexes of the world */
    uint32_t node_count;
    const struct nodes_green *green; /* to start first */
    uint32_t green_count;
    bool terminate; /* delete the drained nodes at the end; false: only drain */
};

enum nodes_action_kind {
    NODES_START,     /* `count` machines of green[index] */
    NODES_CORDON,    /* node */
    NODES_EVICT,     /* pod */
    NODES_DELETE,    /* pod of `force` whose eviction a budget has refused; answered like EVICT */
    NODES_ASK,       /* approval to touch workload `index`; answered by nodes_approve */
    NODES_TERMINATE, /* node: empty and without volumes */
};

struct nodes_action {
    enum nodes_action_kind kind;
    uint32_t index, count;
};

enum nodes_phase {
    NODES_PHASE_START, /* green machines start, and what belongs to each node on them */
    NODES_PHASE_CORDON,
    NODES_PHASE_DRAIN,
    NODES_PHASE_BATCH_SOAK,
    NODES_PHASE_SOAK,
    NODES_PHASE_TERMINATE,
    NODES_PHASE_DONE,
    NODES_PHASES,
};
extern const char *const nodes_phase_names[NODES_PHASES];

struct nodes;

/* Starts an operation on w, which must outlive it. Options are copied, but not the arrays. */
struct nodes *nodes_new(const struct world *w, const struct nodes_options *o);
void nodes_free(struct nodes *op);

/* The driver tells every change, when the world shows it. A slot whose pod or node is GONE may be
 * free by then; one that holds another pod since may be told as ADDED only. */
void nodes_change(struct nodes *op, const struct world_change *c, int64_t now_ms);
/* A change of this pod, which the world shows, is likely to come next: asks for the memory that it
 * will need. */
void nodes_fetch(const struct nodes *op, uint32_t pod);
/* The pods whose turn is next, the first three; WORLD_NONE when there is none. */
void nodes_next(const struct nodes *op, uint32_t pods[3]);
/* The pod that waits first for this one to get Ready; WORLD_NONE: nobody does, as far as it is
 * known at once. */
uint32_t nodes_behind(const struct nodes *op, uint32_t pod);
/* What the API server answered to NODES_EVICT of this pod. */
void nodes_answer(struct nodes *op, uint32_t pod, const struct eviction_answer *a, int64_t now_ms);
/* Of a workload that the operation touches so many pods were Ready before an earlier runner of the
 * same operation began: that many are waited for. Never less than are Ready now. */
void nodes_expect(struct nodes *op, uint32_t workload, int32_t ready);
/* The operator agrees to go on with this workload (NODES_ASK). */
void nodes_approve(struct nodes *op, uint32_t workload);

/* What to do now; at most cap actions are written, ask again while the answer is cap. Every EVICT
 * must be answered before the pod is thought of again. */
size_t nodes_decide(struct nodes *op, int64_t now_ms, struct nodes_action *out, size_t cap);
/* When to ask again even if nothing changes; INT64_MAX: not before a change. */
int64_t nodes_wake(const struct nodes *op, int64_t now_ms);

enum nodes_phase nodes_phase(const struct nodes *op);

struct nodes_progress {
    uint32_t nodes, nodes_draining, nodes_clean, nodes_terminated;
    uint32_t pods, pods_gone; /* to move; gone from their node */
    uint32_t leaving;         /* evicted, not gone yet */
    uint32_t waiting;         /* could not be evicted so far */
    uint32_t volumes;         /* attachments left on nodes without pods */
};
void nodes_progress(const struct nodes *op, struct nodes_progress *out);

/* A workload that the operation touches, Jobs left out. */
struct nodes_touched {
    uint32_t workload;
    int32_t ready, before; /* pods that are Ready; and were, or as many as are wanted since */
};
/* At most cap are written; returns how many there are. */
uint32_t nodes_touched(const struct nodes *op, struct nodes_touched *out, uint32_t cap);

enum nodes_node_state {
    NODES_NODE_WAITS,
    NODES_NODE_DRAINS,
    NODES_NODE_CLEAN, /* without pods to move and attachments */
    NODES_NODE_GONE,  /* the object is deleted; its index may be another node's */
};
struct nodes_node {
    uint32_t node;
    enum nodes_node_state state;
    uint32_t left, volumes; /* pods to move, attachments */
};
/* All nodes, in the order in which they are drained; at most cap written; returns how many. */
uint32_t nodes_list(const struct nodes *op, struct nodes_node *out, uint32_t cap);

enum nodes_block {
    NODES_FREE,
    NODES_BLOCK_BUDGET,   /* `index` is the PDB */
    NODES_BLOCK_BUDGETS,  /* more than one PDB covers it; `index` is the first */
    NODES_BLOCK_WORKLOAD, /* too few of its workload `index` are Ready */
    NODES_BLOCK_STATEFUL, /* another pod of its StatefulSet `index` is on the way */
    NODES_BLOCK_BARE,     /* nobody would re-create it */
    NODES_BLOCK_LOCAL,    /* its emptyDir would be lost */
    NODES_BLOCK_RETURNS,  /* its workload's pods come back to cordoned nodes */
    NODES_BLOCK_PAUSE,    /* waits for approval of workload `index` */
    NODES_BLOCK_WINDOW,   /* outside of the time window */
    NODES_BLOCK_RATE,     /* its turn comes */
    NODES_BLOCK_ANSWER,   /* the last answer refused it (webhook, 403, 5xx); retried */
    NODES_BLOCK_NODE,     /* its node's turn comes */
    NODES_BLOCK_LEAVING,  /* evicted, still terminating */
};
struct nodes_blocked {
    uint32_t pod;
    enum nodes_block why;
    uint32_t index;
    int64_t since_ms; /* it could first have been evicted */
};
/* All pods still to leave, in order of their nodes; at most cap written; returns how many. */
uint32_t nodes_blocked(const struct nodes *op, struct nodes_blocked *out, uint32_t cap);

#endif
