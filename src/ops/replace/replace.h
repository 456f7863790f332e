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
 * Where there is no room for all new nodes beside the old ones (rounds.h), the old ones of each
 * round but the last make room for the new ones of the next:
 *
 *     [gates] cordon-1, drain-1, verify-1, end-1, grow-2, cordon-2, …, detached-1, …
 *
 * Old nodes of later rounds stay open meanwhile, since a pod may need what few new ones lack: a
 * volume's zone, or room.
 *
 *     end-R        machines of the old nodes of round R end, and the blue group wants as many less
 *     grow-R       the green group wants as many more; until they are as ready as the first
 *
 * Several groups go in rounds one after the other, and the rounds are counted through:
 *
 *     create-1, ready-1, [gates] cordon-1, …, end-2, create-2, ready-2, cordon-3, …, detached-1, …
 *
 * Back: the old nodes take pods again, the green ones are drained, the green groups deleted; of a
 * group whose blue one is deleted nothing, since its pods would have nowhere to go.
 */
#ifndef TOBAN_OPS_REPLACE_REPLACE_H
#define TOBAN_OPS_REPLACE_REPLACE_H

#include "cloud/eks.h"
#include "ops/drain/drain.h"

#define REPLACE_TAG_PLAN "toban/plan" /* tag of green: the plan that made it */

/* Some of the old nodes, in the order in which they go. */
struct replace_round {
    const char *const *nodes;    /* names, ended by NULL */
    const char *const *machines; /* ids of their instances, ended by NULL */
    int64_t green;               /* new nodes that there must be before these are drained */
};

struct replace_pair {
    struct eks_nodegroup blue, green; /* as described; as copy.h makes it */
    const char *region;               /* NULL: whoever carries it out knows */
    const struct replace_round *rounds;
    size_t
        round_count; /* 0 or, of a plan's only pair, 1: all nodes at once, beside other groups' */
};

/* Plan kind "nodes-replace". order->nodes: all nodes of all blue groups. soak_ms 0: no soak. -1
 * (ERR_USAGE): no group, or one twice, or rounds of some only. */
int replace_plan(const struct replace_pair *pairs, size_t count, const struct drain_order *order,
                 const struct gate *gates, size_t gate_count, int64_t soak_ms, struct plan *out,
                 struct err *err);

bool replace_is(const struct plan *p);
/* The AWS region of the plan's groups, in a; NULL: it does not tell. */
const char *replace_region(const struct plan *p, struct arena *a);

/* Appends the command that would replace the plan's new groups by the old ones again. */
void replace_reverse(const struct plan *p, struct str *out);
/* Blue and green names of the plan's groups, each list ended by NULL; in a. Returns how many. */
size_t replace_groups(const struct plan *p, struct arena *a, const char *const **blue,
                      const char *const **green);

/* What a step knows of its group. */
struct replace_step {
    const char *region; /* NULL: not told */
    const char *cluster, *blue, *green;
    int64_t nodes;               /* that green must have Ready */
    struct eks_nodegroup spec;   /* create-N only */
    struct shape_texts names;    /* end-R: old nodes of the round */
    struct shape_texts machines; /* end-R: theirs */
    int64_t back;                /* end-R: old nodes before it */
    int64_t before;              /* grow-R: new nodes before */
    struct eks_scaling scaling;  /* grow-R: of green then */
};
/* Reads a step's args; texts are in a. */
int replace_step_parse(struct sv args, struct arena *a, struct replace_step *out, struct err *err);

/* Machines of a group, whether they have joined as nodes or not. */
struct replace_machines {
    struct shape_texts on; /* the group counts on them */
    struct shape_texts ending;
};

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
    /* 1: no node of the group is in the cluster any more. */
    int (*gone)(void *ctx, const char *group, struct str *words, struct err *err);
    /* Of rounds only. As empty and detached, of these nodes and machines. */
    int (*nodes_empty)(void *ctx, const struct shape_texts *names, struct str *words,
                       struct err *err);
    int (*machines_detached)(void *ctx, const struct shape_texts *machines, struct str *words,
                             struct err *err);
    /* What is not set stays. ERR_CONFLICT: the group is being changed. */
    int (*resize)(void *ctx, const char *cluster, const char *group, const struct eks_scaling *to,
                  const char *token, struct err *err);
    /* All that there are now; in a. */
    int (*machines)(void *ctx, const char *cluster, const char *group, struct arena *a,
                    struct replace_machines *out, struct err *err);
    /* Ends it, and its group wants one less. ERR_NOT_FOUND: it is gone. */
    int (*end_machine)(void *ctx, const char *machine, struct err *err);
    /* 1: the group has so many nodes that are Ready, on other machines than these. */
    int (*joined)(void *ctx, const char *group, int64_t wanted, const struct shape_texts *machines,
                  struct str *words, struct err *err);
    /* All nodes of a group, the newest first, and their machines; in a. */
    int (*newest)(void *ctx, const char *group, struct arena *a, struct shape_texts *names,
                  struct shape_texts *machines, struct err *err);
    /* Empties these nodes, by ops/drain. */
    enum plan_end (*drain_nodes)(void *ctx, struct plan_run *run, const struct plan_step *step,
                                 const struct shape_texts *names, struct err *err);
    /* Empties green, by ops/drain. */
    enum plan_end (*drain_green)(void *ctx, struct plan_run *run, const struct plan_step *step,
                                 const struct replace_step *s, struct err *err);
};

/* The verbs of plans that are made here take both: those of ops/drain see its first member. */
struct replace_host {
    struct drain_host drain;
    struct replace_cloud cloud;
    /* Told at every look what a step still waits for; ctx is the drain's. May be NULL. */
    void (*waits)(void *ctx, const struct plan_step *step, const char *words);
    int64_t look_every_ms; /* at most; a step begins with shorter waits; 0: 5 s */
    int64_t ready_ms;      /* green must be Ready after so long; 0: 30 min */
    int64_t detach_ms;     /* volumes must have left; 0: 10 min */
    int64_t delete_ms;     /* a group must be gone; 0: 60 min */
};

/* The verbs of node groups only, ended by a NULL name; drain_verbs() has the rest. */
const struct plan_verb *replace_verbs(void);
/* Those that rounds need besides. */
const struct plan_verb *replace_round_verbs(void);

#endif
