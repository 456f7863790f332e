/*
 * pdb: the disruption controller. Counters of each budget are kept as pods come, change and go, so
 * that a status costs the same however many pods it covers; which budgets cover a class of pods is
 * found once. Writes of the controller are limited as those of its client.
 * Source: pkg/controller/disruption/disruption.go of Kubernetes 1.20 to 1.34.
 */
#ifndef TOBAN_SIM_PDB_H
#define TOBAN_SIM_PDB_H

#include "sim/rate.h"
#include "world/world.h"

/* A budget that covers a class; `perhaps`: only some of its pods, as their own labels say. */
struct budget_ref {
    uint32_t pdb : 31, perhaps : 1;
};

/* How many pods of one controller a budget covers; in a list by controller. */
struct budget_share {
    uint32_t pdb, pods, next;
};

struct budget_state {
    int32_t matching, healthy;
    int32_t unmanaged; /* pods without a controller */
    int32_t unknown;   /* pods whose controller cannot tell its scale */
    int32_t foreign;   /* pods of controllers that the world does not hold */
    int32_t
        foreign_scale;  /* replicas of those, by the status that was read; -1: could not be told */
    int64_t scale;      /* replicas of the controllers of the matching pods */
    uint32_t disrupted; /* entries in disruptedPods: evictions that the controller has not seen */
    uint32_t held;      /* of these, pods that were not deleted after all */
    bool dirty;
};

struct budgets {
    const struct world *w;
    struct version version;
    uint32_t *first; /* by class: its first in refs; one more than classes */
    struct budget_ref *refs;
    struct budget_state *state;
    uint32_t *shares_of; /* by workload: first of its shares */
    VEC(struct budget_share) shares;
    uint32_t *dirty; /* ring of PDBs to sync */
    uint32_t dirty_at, dirty_len;
    struct rate writes; /* no limit until the owner sets one */
    bool planned;       /* a sync is planned; the owner's */
};

struct budget_status {
    bool known; /* false: the controller cannot tell; only allowed is set, to 0 */
    int32_t expected, desired, healthy, allowed;
};

/* Finds out which budgets cover which class. The world must outlive it. */
void budgets_init(struct budgets *b, const struct world *w, struct version version);
void budgets_release(struct budgets *b);

/* The part of budgets_init that fills `first` and `refs`. */
void budgets_cover(struct budgets *b);

/* The budgets that cover the pod, at most cap; how many there are. */
uint32_t budgets_of_pod(const struct budgets *b, uint32_t pod, uint32_t *out, uint32_t cap);

/* Counts a pod in or out as it is now. `disrupted`: a budget counts it as gone already. */
void budgets_count(struct budgets *b, uint32_t pod, bool disrupted, int by);

/* A pod that is counted goes on being covered, and is healthy now (1), no longer (-1) or as before:
 * the controller has to look at its budgets. */
void budgets_touch(struct budgets *b, uint32_t pod, int healthy);

/* The controller has to look at it. */
void budgets_mark(struct budgets *b, uint32_t pdb);

/* What the controller would write now. */
void budgets_status(const struct budgets *b, uint32_t pdb, struct budget_status *out);

/* Once all pods of a snapshot are counted: takes the scale of controllers that the world does not
 * hold from what the budget's status said. */
void budgets_learn(struct budgets *b);

/* The next budget to write; WORLD_NONE when there is none or the client's limit is reached. */
uint32_t budgets_next_dirty(struct budgets *b, int64_t now);

#endif
