/*
 * replace: the plan of a blue/green replacement: its steps, what each does, and how each goes back.
 * Draining is ops/drain's, with its verbs; here are the verbs that deal with node groups. Who
 * answers for AWS and for the cluster is behind `struct replace_cloud`.
 *
 *     create-N     the green group N is asked for, with a token that makes it one and the same
 *     ready-N      until it is ACTIVE and its nodes can take what the old ones had
 *     [gates] cordon, drain, verify       of all old nodes, as `toban nodes drain`
 *     detached-N   no volume hangs on an old machine, by EC2's word
 *     [soak]       until then there is a way back
 *     delete-N     the blue group N
 *     replaced-N   it is gone, and the green one as good as before
 *
 * Back: the old nodes take pods again, the green ones are drained, the green groups deleted; of a
 * group whose blue one is deleted nothing, since its pods would have nowhere to go.
 */
#ifndef TOBAN_OPS_REPLACE_REPLACE_H
#define TOBAN_OPS_REPLACE_REPLACE_H

#include "cloud/eks.h"
#include "ops/drain/drain.h"

#define REPLACE_TAG_PLAN "toban/plan" /* tag of green: the plan that made it */

struct replace_pair {
    struct eks_nodegroup blue, green; /* as described; as copy.h makes it */
};

/* Plan kind "nodes-replace". order->nodes: all nodes of all blue groups. soak_ms 0: no soak. -1
 * (ERR_USAGE): no group, or one twice. */
int replace_plan(const struct replace_pair *pairs, size_t count, const struct drain_order *order,
                 const struct gate *gates, size_t gate_count, int64_t soak_ms, struct plan *out,
                 struct err *err);

/* What a step knows of its group. */
struct replace_step {
    const char *cluster, *blue, *green;
    int64_t nodes;             /* that green must have Ready */
    struct eks_nodegroup spec; /* create-N only */
};
/* Reads a step's args; texts are in a. */
int replace_step_parse(struct sv args, struct arena *a, struct replace_step *out, struct err *err);

/* Calls answer -1 with err; ERR_REMOTE and ERR_THROTTLED are asked again. Texts go into the arena
 * or are appended to words, which say what is still missing. ctx is the first argument of all. */
struct replace_cloud {
    void *ctx;
    int (*describe)(void *ctx, const char *cluster, const char *group, struct arena *a,
                    struct eks_nodegroup *out, struct err *err);
    int (*create)(void *ctx, const struct eks_nodegroup *spec, const char *token, struct err *err);
    int (*remove)(void *ctx, const char *cluster, const char *group, struct err *err);
    /* 1: green's nodes are there and can take what blue's had; 0: not yet. */
    int (*ready)(void *ctx, const struct replace_step *s, struct str *words, struct err *err);
    /* 1: no pod that could move is on the group's nodes. */
    int (*empty)(void *ctx, const struct replace_step *s, struct str *words, struct err *err);
    /* 1: no volume of a pod is attached to the group's machines. */
    int (*detached)(void *ctx, const struct replace_step *s, struct str *words, struct err *err);
    /* Empties green, by ops/drain. */
    enum plan_end (*drain_green)(void *ctx, struct plan_run *run, const struct plan_step *step,
                                 const struct replace_step *s, struct err *err);
};

/* The verbs of plans that are made here take both: those of ops/drain see its first member. */
struct replace_host {
    struct drain_host drain;
    struct replace_cloud cloud;
    int64_t look_every_ms; /* 0: 5 s */
    int64_t ready_ms;      /* green must be Ready after so long; 0: 30 min */
    int64_t detach_ms;     /* volumes must have left; 0: 10 min */
    int64_t delete_ms;     /* a group must be gone; 0: 60 min */
};

/* The verbs of node groups only, ended by a NULL name; drain_verbs() has the rest. */
const struct plan_verb *replace_verbs(void);

#endif
