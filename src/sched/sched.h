/*
 * sched: where kube-scheduler's default profile would put a pod, and in its own words why it
 * cannot.
 *
 * Reads a world and keeps indexes of its own, brought up to date by the same changes that drive the
 * decision cores. No I/O, no clock, no chance but the seed. Behaviour follows the version of the
 * cluster (1.20 to 1.36; docs/scheduler.md lists each difference and its source). It decides about
 * one pod at a time; queue.h orders them, preempt.h finds victims.
 *
 * Cost: a pod costs what its constraints cost, not the number of nodes: classes of equal static
 * constraints share one bitmap of allowed nodes; resources are compared over plain arrays.
 */
#ifndef TOBAN_SCHED_SCHED_H
#define TOBAN_SCHED_SCHED_H

#include "base/str.h"
#include "world/change.h"

struct sched_options {
    struct version version; /* VERSION_NONE: the world's, else the newest known */
    uint64_t seed;          /* ties, and where the first scan starts */
    unsigned percentage;    /* percentageOfNodesToScore; 0: adaptive as kube-scheduler's */
};

struct sched;

/* Indexes the world, which must outlive it. Never NULL. */
struct sched *sched_new(const struct world *w, const struct sched_options *o);
void sched_free(struct sched *s);

/* Tells of a change; the world already shows it, but for CHANGE_POD_GONE and CHANGE_NODE_GONE,
 * which are told before the slot is freed. A pod's change of node, deletion, readiness or phase, a
 * node's of labels, taints, cordon or allocatable, a claim's of volume must all be told. */
void sched_change(struct sched *s, const struct world_change *c);

struct sched_choice {
    uint32_t node;      /* WORLD_NONE: no node takes it now */
    uint32_t feasible;  /* nodes found feasible: all, or as many as percentage asks for */
    uint32_t evaluated; /* nodes looked at */
    int64_t score;      /* weighted total of the chosen node */
};

/* Chooses a node for a pod that has none. Changes nothing but the place where the next scan starts
 * and the seed's state: the caller binds (world_pod_bind) and tells (CHANGE_POD_BOUND). */
void sched_pick(struct sched *s, uint32_t pod, struct sched_choice *choice);

/* One line of kube-scheduler's summary: "12 Insufficient cpu". */
struct sched_reason {
    const char *text; /* lives as long as the refusal */
    uint32_t nodes;
    bool final; /* removing pods from the node would not help (UnschedulableAndUnresolvable) */
};

struct sched_reasons {
    VEC(struct sched_reason) items; /* sorted as kube-scheduler prints them */
};

struct sched_refusal {
    uint32_t nodes;           /* in the cluster */
    uint32_t feasible;        /* of these, how many would take the pod */
    bool once;                /* the pod as such is refused: one reason, told without a number */
    struct sched_reasons why; /* what the filters say */
    struct sched_reasons preempt; /* from 1.24: why preemption does not help; empty: it does */
    const char *not_eligible;     /* or why it was not even tried; NULL */
    struct arena arena;
};

/* Why no node takes the pod: looks at every node. Release with sched_refusal_release. When some
 * node would take it, reasons tell of the others. */
void sched_explain(struct sched *s, uint32_t pod, struct sched_refusal *out);
/* "0/40 nodes are available: 12 Insufficient cpu, 28 node(s) were unschedulable." in the version's
 * own wording (from 1.24 with the preemption part). */
void sched_refusal_text(const struct sched *s, const struct sched_refusal *r, struct str *out);
void sched_refusal_release(struct sched_refusal *r);

/* Would this very node take the pod now? `reason` (may be NULL) is set to the first refusal's text,
 * in *scratch. */
bool sched_fits(struct sched *s, uint32_t pod, uint32_t node, struct str *scratch);

/* For comparisons with a real scheduler: every plugin's normalised score (0..100) and weight for
 * all feasible nodes. */
enum sched_plugin {
    SCORE_BALANCED,
    SCORE_IMAGE,
    SCORE_AFFINITY,
    SCORE_LEAST,
    SCORE_NODE_AFFINITY,
    SCORE_AVOID, /* NodePreferAvoidPods, before 1.22 */
    SCORE_SPREAD,
    SCORE_TAINT,
    SCORE_PLUGINS,
};
struct sched_scores {
    uint32_t node;
    int32_t plugin[SCORE_PLUGINS];
    int64_t total;
};
extern const char *const sched_plugin_names[SCORE_PLUGINS]; /* "NodeResourcesBalancedAllocation" */
/* All feasible nodes in order of their index, at most cap written; returns how many there are. */
uint32_t sched_score_all(struct sched *s, uint32_t pod, struct sched_scores *out, uint32_t cap);

/* ---- memory ---- */

/* For a caller who knows what comes next; nothing changes. What is kept of a pod, and the room on a
 * node. */
void sched_fetch_pod(const struct sched *s, uint32_t pod);
void sched_fetch_room(const struct sched *s, uint32_t node);
/* In this order, some time apart, as each tells where the next is: a class's plan (to_pick: all of
 * it, else what counting a pod needs), its counters, what these say of a node. */
void sched_fetch_class(const struct sched *s, uint32_t class, bool to_pick);
void sched_fetch_counters(const struct sched *s, uint32_t class, bool to_pick);
void sched_fetch_hosts(const struct sched *s, uint32_t class, uint32_t node);

/* ---- preemption ---- */

struct sched_preemption {
    uint32_t node;         /* WORLD_NONE: preemption does not help */
    VEC(uint32_t) victims; /* pods, in the order kube-scheduler deletes them */
    uint32_t pdb_violations;
};
/* The node and victims that kube-scheduler would choose for a pod that sched_pick refused. */
void sched_preempt(struct sched *s, uint32_t pod, struct sched_preemption *out);
void sched_preemption_release(struct sched_preemption *p);

#endif
