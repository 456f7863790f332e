/*
 * nodes_internal: the state of an operation, shared by the files of ops/nodes.
 *
 * A pod that has to leave is in exactly one place: asked (its answer is awaited), leaving
 * (evicted), or in one list: `turn` when nothing stands in its way, else the list of what does.
 * When that changes, pods go from its list to `turn` and are looked at again.
 */
#ifndef TOBAN_OPS_NODES_NODES_INTERNAL_H
#define TOBAN_OPS_NODES_NODES_INTERNAL_H

#include "base/must.h"
#include "base/vec.h"
#include "ops/nodes/nodes.h"

struct pod_list {
    uint32_t head, tail, len;
};

enum pod_state { POD_OUT, POD_LISTED, POD_ASKED, POD_LEAVING };

struct pod_entry {
    uint32_t next, prev;
    uint32_t node;  /* of op->nodes, once it is being drained; WORLD_NONE: not ours */
    uint32_t home;  /* of op->nodes: in whose `left` it counts; WORLD_NONE */
    uint32_t gate;  /* in whose `ready` it counts, when `counted` */
    uint32_t index; /* what `why` is about; while asked: its only budget, or WORLD_NONE */
    uint8_t state, why;
    bool counted : 1; /* in its workload's number of Ready pods */
    bool parked : 1;  /* in its node's number of blocked pods */
    bool given_up : 1;
    bool force : 1;   /* may be deleted when a budget refuses */
    bool refused : 1; /* and one did */
};

/* What is seldom asked of a pod, apart from what every change asks. */
struct pod_times {
    int64_t since, retry_at; /* retry_at: of NODES_BLOCK_ANSWER */
};

enum node_state { NODE_QUEUED, NODE_DRAINING, NODE_CLEAN, NODE_TERMINATING, NODE_TERMINATED };

struct node_entry {
    uint32_t node, batch;
    uint8_t state;
    uint32_t left;    /* pods to move that are still there */
    uint32_t parked;  /* of these, the ones that something blocks */
    uint32_t volumes; /* attachments */
    bool busy;        /* being drained, and not all that is left is blocked */
};

/* Of a top owner: an implied budget, and the turn of stateful pods. */
struct gate {
    struct pod_list waiting;
    int32_t want, ready, limit;
    int32_t floor;   /* Ready ones before we began, or fewer when less is wanted now */
    int32_t returns; /* pods that came to a node after it was cordoned */
    bool touched;    /* has pods that move, or had */
    bool none;       /* Jobs: nothing is held back */
    bool stateful;   /* one at a time */
    bool pause, asked, approved;
    bool dirty;
};

struct budget {
    struct pod_list waiting;
    uint32_t asked;     /* evictions sent and not answered */
    int64_t generation; /* as it was looked at last */
    bool used, dirty;
};

/* Budgets of a pod class, found once. */
struct class_budgets {
    uint32_t first;
    uint16_t count;
    bool known;
    bool by_pod; /* a selector asks for a pod's own label: not to be kept */
};

struct nodes {
    const struct world *w;
    struct nodes_options o;
    enum nodes_phase phase;
    struct node_entry *nodes;
    uint32_t node_count, batch, batch_count, draining_limit;
    VEC(uint32_t) node_of; /* world's node -> op->nodes, by index */
    VEC(struct pod_entry) pods;
    VEC(struct pod_times) times; /* of the same pods */
    VEC(struct class_budgets) classes;
    VEC(uint32_t) attachment_node; /* of op->nodes, by index of the attachment */
    VEC(struct gate) gates;        /* by workload */
    VEC(uint32_t) tops;            /* by workload: whose gate its pods are held by */
    VEC(struct budget) budgets;    /* by PDB */
    VEC(uint64_t) held_gates;      /* bits by workload: somebody waits there, or did */
    VEC(uint32_t) dirty_gates, dirty_budgets;
    struct pod_list turn, later, refused; /* refused: never without a human */
    uint32_t next_node;                   /* in order, to start draining */
    uint32_t busy;                        /* nodes */
    uint32_t settled;                     /* nodes of this batch that need nothing more */
    uint32_t pods_total, pods_gone, leaving;
    uint32_t missing;   /* workloads with fewer Ready pods than before */
    int64_t settled_at; /* when the batch had nothing left to do but wait for these; 0: not yet */
    uint32_t green_started, green_ready, green_wanted;
    uint32_t serve_from; /* the first node to look at for what belongs to it */
    uint32_t cordoned, terminate_next, terminated;
    int64_t until;    /* end of a soak */
    int64_t tick_at;  /* retries and time-outs */
    int64_t retry_at; /* the first of those that are due before; INT64_MAX: none */
    int64_t look_at;  /* look again at all that is blocked */
    double tokens;
    int64_t tokens_at;
    bool window_shut;
};

/* Jobs come and go; all others must be as Ready after a batch as they were before. */
static inline bool gate_misses(const struct gate *g)
{
    return g->touched && !g->none && g->ready < g->floor;
}

#define NODES_TICK_MS 10000
#define NODES_SERVE_LOOK_MS 5000 /* between looks at what begins with new nodes */
#define NODES_LOOK_MS 60000
#define NODES_RETRY_MS 5000
#define NODES_RETRY_SOON_MS 1000

/* ---- nodes.c ---- */
bool nodes_is_green(const struct nodes *op, uint32_t node);

/* ---- lists (pods.c) ---- */
void pods_start_node(struct nodes *op, uint32_t node, int64_t now);
/* A pod on a node that is being drained. */
void pods_enter(struct nodes *op, uint32_t pod, uint32_t node, int64_t now);
/* It is terminating, whoever asked for that. */
void pods_leaving(struct nodes *op, uint32_t pod);
void pods_put_in_turn(struct nodes *op, uint32_t pod);
void pods_forget(struct nodes *op, uint32_t pod);
/* Entries of all pods up to this one. */
void pods_make_entries(struct nodes *op, uint32_t pod);
static inline struct pod_entry *pods_entry(struct nodes *op, uint32_t pod)
{
    if (op->pods.len <= pod)
        pods_make_entries(op, pod);
    return &op->pods.items[pod];
}
/* Takes up to n pods (UINT32_MAX: all) from a list to `turn`. */
void pods_release(struct nodes *op, struct pod_list *list, uint32_t n);
/* Writes EVICT actions while there are turns, tokens and room. */
size_t pods_emit(struct nodes *op, int64_t now, struct nodes_action *out, size_t cap);
void pods_tick(struct nodes *op, int64_t now);
/* Those whose answer said when to ask again. */
void pods_retry(struct nodes *op, int64_t now);
bool pods_is_to_move(const struct nodes *op, uint32_t pod);
/* Brings a node's state up to date after a change of what is left on it. */
void pods_check_node(struct nodes *op, uint32_t node);
bool pods_node_is_settled(const struct nodes *op, const struct node_entry *n);

/* ---- what blocks (gates.c) ---- */
void gates_init(struct nodes *op);
/* The workload is new or its object has changed. */
void gates_refresh(struct nodes *op, uint32_t workload);
struct gate *gates_of(struct nodes *op, uint32_t pod);
/* Pods of this one's workload move. */
void gates_touch(struct nodes *op, uint32_t pod);
/* Brings the number of Ready pods up to date with what the world and the entry say of the pod. */
void gates_recount(struct nodes *op, uint32_t pod, bool gone);
void gates_mark(struct nodes *op, uint32_t workload);
/* A pod begins to wait for it. */
void gates_hold(struct nodes *op, uint32_t workload);
/* Marks all for which a pod waits. */
void gates_mark_all(struct nodes *op);
void gates_mark_budget(struct nodes *op, uint32_t pdb);
/* Lists of gates and budgets that may have opened give up as many pods as may go. */
void gates_open(struct nodes *op);
/* What stands in the way of evicting this pod now. */
enum nodes_block gates_obstacle(struct nodes *op, uint32_t pod, uint32_t *index);
struct class_budgets gates_budgets(struct nodes *op, uint32_t pod);
void gates_forget_budgets(struct nodes *op);
/* The budget is new, was changed or is gone. */
void gates_budget_changed(struct nodes *op, uint32_t pdb);
/* How many more evictions the budget bears, as far as its status tells. */
int64_t gates_budget_room(const struct nodes *op, uint32_t pdb);

/* ---- order.c ---- */
void order_nodes(struct nodes *op);

#endif
