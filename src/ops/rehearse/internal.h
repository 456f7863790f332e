/*
 * internal: what the files of ops/rehearse share: the setting of a rehearsal, and how a finished
 * run is turned into the report.
 */
#ifndef TOBAN_OPS_REHEARSE_INTERNAL_H
#define TOBAN_OPS_REHEARSE_INTERNAL_H

#include "base/must.h"
#include "ops/rehearse/record.h"
#include "ops/rehearse/rehearse.h"
#include "sim/sim.h"

/* Old nodes of one kind: same group, zone and type. New ones are made in their image. */
struct shape {
    uint32_t like;  /* one of them */
    uint32_t first; /* in setting.old, where they stand side by side */
    uint32_t old;   /* how many */
    uint32_t fresh; /* how many new ones */
    uint32_t came;  /* of these, in the parts that are built */
    uint32_t comes; /* in the one that is being built */
};

/* What is done before anything else: its new nodes come, its old ones are drained and end. */
struct part {
    uint32_t group;                /* STRINGS_NONE: all of them */
    uint32_t old, old_count;       /* in setting.turns */
    uint32_t fresh, fresh_count;   /* in setting.fresh; the count only when there is a group */
    uint32_t greens, greens_count; /* in setting.greens */
};

/* What is rehearsed. */
struct setting {
    struct world *w;
    const struct cloud *cloud;
    const struct rehearse_options *o;
    const struct rehearse_green *green; /* NULL: nothing new is started */
    const char *const *groups;          /* to be replaced, ended by NULL */
    struct sim_times times;
    uint32_t *old; /* nodes to drain, or that die */
    uint32_t old_count;
    uint32_t *turns; /* the same, in the order of the parts */
    VEC(struct part) parts;
    VEC(struct shape) shapes;
    VEC(struct world_node) fresh;   /* every new node, in order of the greens */
    VEC(struct nodes_green) greens; /* one a shape and part */
    struct arena arena;             /* of the new nodes */
    bool dies;                      /* nodes fail instead of being drained */
    bool terminate;                 /* old nodes are deleted at the end */
};

void setting_release(struct setting *s);
#define _cleanup_setting_ _cleanup_(setting_release)

/* ---- green.c ---- */

/* Groups s->old into shapes; new counts as the old ones. */
void green_find_shapes(struct setting *s);
/* Sets s->shapes[].fresh as the options ask: in all, or by zone. */
int green_set_counts(struct setting *s, struct err *err);
/* Makes s->parts, s->fresh and s->greens of the shapes; again after counts have changed. */
int green_build(struct setting *s, struct err *err);

/* ---- rounds.c ---- */

/* Sets s->parts and s->turns: one part, or the rounds that s->green asks for, by the counts of the
 * shapes. */
void rounds_plan(struct setting *s);
static inline bool in_rounds(const struct setting *s)
{
    return s->parts.len > 1;
}

/* ---- run.c ---- */

struct run_result {
    bool finished;
    uint32_t left_behind; /* pods that did not leave, or are not Ready again */
    int64_t duration_ms;
};

/* One run. With r, everything is recorded in it; without only the result is. */
struct run_result run_once(const struct setting *s, uint64_t seed, bool spread_times,
                           struct rehearsal *r);

/* ---- explain.c: why it blocks ---- */

/* op is of this part. */
void explain_blockers(const struct setting *s, const struct part *part, struct sim *sim,
                      const struct nodes *op, struct rehearsal *r);
void explain_starting(struct sim *sim, struct rehearsal *r);
/* After the death of nodes: pods that nothing evicts. */
void explain_stranded(struct sim *sim, const struct recorder *rec, struct rehearsal *r);
/* When nothing else explains it: the time was over. op may be NULL. */
void explain_limit(struct sim *sim, const struct nodes *op, struct rehearsal *r);
void explain_leaving(struct sim *sim, const struct recorder *rec, struct rehearsal *r);
void explain_unschedulable(struct sim *sim, const struct recorder *rec, struct rehearsal *r);

/* ---- cost.c: capacity, addresses, money ---- */

void cost_fill(const struct setting *s, struct rehearsal *r);

/* ---- suggest.c ---- */

/* The smallest counts with which as many pods move as with the present ones, left in s->shapes. */
int suggest_counts(struct setting *s, struct rehearsal *r, struct err *err);

#endif
