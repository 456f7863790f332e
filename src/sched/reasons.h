/*
 * reasons: what a node's refusal is called, in kube-scheduler's own words.
 */
#ifndef TOBAN_SCHED_REASONS_H
#define TOBAN_SCHED_REASONS_H

#include "sched/context.h"

struct reason_list {
    VEC(const char *) texts; /* in arena, or for ever */
    bool final;              /* UnschedulableAndUnresolvable */
};

void reason_list_release(struct reason_list *r);

/* What the node as it is says to the pod: empty when it passes. Texts that must be made are made in
 * the arena. */
void reasons_of(const struct context *c, uint32_t node, struct arena *arena,
                struct reason_list *out);

/* Like reasons_of, and when it passes, with the nominated pods counted in. */
void reasons_with_nominated(const struct context *c, uint32_t node, struct arena *arena,
                            struct reason_list *out);

#endif
