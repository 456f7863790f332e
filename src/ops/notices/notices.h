/*
 * notices: what notices mean for a cluster: of which node they speak, which pods are on it, what of
 * them has nobody else. Notices and a world in, rows out; no I/O, no clock.
 *
 * The same event, or the same kind of notice (of state changes: the same state) about the same
 * machine, is one row, also when it comes again later: AWS may say a thing twice, and a queue may
 * deliver it twice. The one that was told first counts.
 */
#ifndef TOBAN_OPS_NOTICES_NOTICES_H
#define TOBAN_OPS_NOTICES_NOTICES_H

#include "base/vec.h"
#include "ops/notices/notice.h"
#include "world/world.h"

struct notice_workload {
    const char *name; /* "Deployment shop/cart" */
    uint32_t pods;    /* of it on the node */
    uint32_t blocked; /* of these: budgets would refuse to let them be evicted now */
    bool alone;       /* none of its Ready pods is on another node, or nobody makes it again */
    bool local;       /* what is in its emptyDir, hostPath or local volume ends with the machine */
};

struct notice_row {
    const char *message; /* id of the message it came with */
    enum notice_kind kind;
    const char *id, *title, *what; /* as in struct notice */
    const char *instance;          /* NULL: it is about none */
    const char *group;             /* node group, else Auto Scaling group; NULL: not known */
    const char *node;              /* NULL: the cluster has no such node, or was not read */
    int64_t at, leave_by;
    bool ahead;    /* notice_is_ahead */
    bool cordoned; /* the node takes no new pods already */
    uint32_t pods; /* that would have to leave the node */
    uint32_t own;  /* DaemonSet and static pods, which end with it */
    struct notice_workload *workloads;
    uint32_t workload_count;
};

/* Zeroed memory is empty. */
struct notices {
    struct arena arena;
    VEC(struct notice_row) rows; /* in the order they came */
};
void notices_release(struct notices *n);
#define _cleanup_notices_ _cleanup_(notices_release)

/* Adds the rows of a notice, which may be none. message: the id of what it came with. Texts of the
 * notice are copied. Returns how many rows are new. */
size_t notices_add(struct notices *n, const struct notice *notice, const char *message);

/* Fills in what the world knows of rows from `first` on. */
void notices_look(struct notices *n, size_t first, const struct world *w);

/* Rows from `first` on by the time at which the machine has to be empty, those without behind them
 * by the time of the event; then by kind and machine. */
void notices_sort(struct notices *n, size_t first);

/* Is a drain of the row's node worth naming? now: Unix seconds. */
bool notices_may_drain(const struct notice_row *r, int64_t now);

#endif
