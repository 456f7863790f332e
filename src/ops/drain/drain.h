/*
 * drain: nodes of a live cluster drained under the operator's control. The live driver of the
 * decision core (ops/nodes): follow keeps its world current, its actions become API calls, each
 * written into the plan's journal before it is done. And the plan around it: its steps, how they go
 * back, what the rehearsal foretold. Never decides anything about pods itself.
 */
#ifndef TOBAN_OPS_DRAIN_DRAIN_H
#define TOBAN_OPS_DRAIN_DRAIN_H

#include "ops/follow/follow.h"
#include "ops/nodes/nodes.h"
#include "plan/run.h"

/* How the drain was ordered: the args of the plan, in words that survive the world. Owned by the
 * caller. */
struct drain_order {
    const char *const *nodes; /* names, ended by NULL */
    enum nodes_order order;
    struct int_or_percent max_unavailable, batch, workload_unavailable;
    int64_t batch_soak_ms, pod_timeout_ms;
    unsigned evictions_per_s;
    int window_from_min, window_to_min;
    const char *const *pause_before; /* "Deployment/shop/cart", ended by NULL; NULL: none */
    bool bare, keep_empty_dir_pods;
    const char *const *force;  /* "namespace/pod" whose budget may be passed by (deleted, not
                                  evicted),  ended by NULL; NULL: none */
    unsigned in_flight;        /* API calls at once; 0: 16 */
    unsigned volume_timeout_s; /* a clean drain waits so long for volumes; 0: for ever */
};
/* As JSON and back; parse puts texts into a. */
void drain_order_format(const struct drain_order *o, struct str *out);
int drain_order_parse(struct sv text, struct arena *a, struct drain_order *out, struct err *err);
/* For the decision core and for the rehearsal: names become indexes of w (in a). ERR_NOT_FOUND
 * names the node or workload that is not there. */
int drain_options(const struct drain_order *o, const struct world *w, int64_t now_ms,
                  struct arena *a, struct nodes_options *out, struct err *err);

/* Plan kind "nodes-drain": steps cordon, [gates], drain, verify. Args of a step that is about some
 * nodes only are an order with these nodes. */
int drain_plan(const struct drain_order *o, const struct gate *gates, size_t gate_count,
               struct plan *out, struct err *err);
/* Does a plan of this kind drain? Its nodes carry its mark until it is over. */
bool drain_is_in(const char *kind);

/* Plan kinds "nodes-cordon", "nodes-uncordon", "nodes-undrain" (uncordon; the pods stay where they
 * are): one step. nodes ended by NULL. */
int drain_plan_cordon(const char *const *nodes, bool uncordon, struct plan *out, struct err *err);

/* What can be seen at any moment. Texts are valid until the next one is made. */
struct drain_pod {
    const char *pod, *node, *workload; /* "shop/cart-5d8f9-x2x4z", …, "Deployment shop/cart" */
    enum nodes_block why;
    const char *cause; /* "budget shop/cart allows 0: 2 of 2 needed are Ready" */
    const char *fix;   /* "scale Deployment shop/cart to 3, or …"; or NULL */
    int64_t since_ms;
};
struct drain_node {
    const char *name;
    enum {
        DRAIN_WAITS,
        DRAIN_DRAINS,
        DRAIN_EMPTY /* volumes are left */,
        DRAIN_CLEAN,
        DRAIN_GONE
    } state;
    uint32_t pods, pods_left, volumes;
    bool ready;
};
struct drain_view {
    int64_t now_ms, begun_ms; /* since 1970 */
    enum nodes_phase phase;
    struct nodes_progress progress; /* pods: with those that earlier runners have moved */
    uint64_t evictions, refused, throttled, failed; /* so far, by this runner */
    double pods_per_s;                              /* over the last minute */
    int64_t remaining_ms;                           /* forecast; -1: not known */
    uint32_t not_ready;                             /* replacements that are not Ready yet */
    const struct drain_node *nodes;
    uint32_t node_count;
    const struct drain_pod *blocked; /* longest first */
    uint32_t blocked_count;
    const char *trouble; /* with the connection; NULL: none */
};

/* What happened, one at a time. */
struct drain_event {
    int64_t at_ms;
    const char *kind; /* "cordoned", "uncordoned", "kept", "evicted", "refused", "forced", "gone",
                         "node-empty", "node-clean", "node-gone", "node-ready",
                         "node-not-ready", "replaced", "phase", "asks", "trouble", "recovered",
                            "slowed",
                         "gap" (of what may be read or done) */
    const char *subject; /* pod or node */
    const char *text;
};

struct drain_host {
    struct kube_options kube;
    const struct drain_order *order; /* in place of the plan's; NULL: the plan's */
    int64_t forecast_ms;             /* duration that the rehearsal foretold; 0: none */
    void (*event)(void *ctx, const struct drain_event *e); /* may be NULL */
    void (*view)(void *ctx,
                 const struct drain_view *v); /* about each `view_every_ms`; may be NULL */
    int64_t view_every_ms;                    /* 0: 1000 */
    struct follow **kept; /* a cluster that is followed from step to step: a drain takes it, and
                             leaves its own; NULL: each drain follows for itself */
    void *ctx;
};

/* The verbs of all plans that are made here ("cordon", "uncordon", "drain", "verify-drained"), for
 * plan_host.verbs; their ctx must be a struct drain_host. */
const struct plan_verb *drain_verbs(void);

#endif
