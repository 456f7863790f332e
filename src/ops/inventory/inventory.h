/*
 * inventory: the nodes of a world as an operator looks at them: what they are, what is on them, and
 * what a drain would find there now. World and marks in, rows out; no I/O, no clock.
 */
#ifndef TOBAN_OPS_INVENTORY_INVENTORY_H
#define TOBAN_OPS_INVENTORY_INVENTORY_H

#include "ops/marks/marks.h"
#include "sim/pdb.h"

struct inventory_row {
    uint32_t node;           /* index of the world */
    const struct mark *mark; /* NULL: its annotations were not read */
    const char *removed_by;  /* an autoscaler that is about to remove it; NULL */
    uint32_t pods;           /* every pod object bound to it that is not finished */
    uint32_t own;            /* of these: DaemonSet and static pods, which stay */
    uint32_t finished;
    uint32_t volumes;     /* attachments */
    uint32_t to_move;     /* pods that a drain would evict or wait for */
    uint32_t terminating; /* of these: on their way already */
    uint32_t blocked; /* of these: their budget would refuse now, or more than one covers them */
    uint32_t bare;    /* of these: nobody would create them again */
    uint32_t kept;    /* of these: annotations ask to leave them alone (safe-to-evict: "false",
                         do-not-disrupt: "true") */
};

/* Zeroed memory is an empty inventory. */
struct inventory {
    VEC(struct inventory_row) rows; /* by name */
};
void inventory_release(struct inventory *i);
#define _cleanup_inventory_ _cleanup_(inventory_release)

/* Would the pod's budgets refuse its eviction now? Each pod for itself: what the first evictions
 * use up of a budget is not counted. */
bool inventory_is_refused(const struct world *w, const struct budgets *b, uint32_t pod);

/* Rows of all nodes that marks lists. World and marks must outlive it; *out must be empty. */
void inventory_make(const struct world *w, const struct marks *marks, struct inventory *out);

#endif
