/* cordon: the verbs "cordon" and "uncordon", and what going back means for nodes. */
#ifndef TOBAN_OPS_DRAIN_CORDON_H
#define TOBAN_OPS_DRAIN_CORDON_H

#include "ops/drain/hand.h"

enum plan_end cordon_check(void *ctx, struct plan_run *run, const struct plan_step *step,
                           struct err *err);
enum plan_end cordon_act(void *ctx, struct plan_run *run, const struct plan_step *step,
                         struct err *err);
enum plan_end cordon_verify(void *ctx, struct plan_run *run, const struct plan_step *step,
                            struct err *err);
/* Uncordons what this step has cordoned, and nothing else. */
enum plan_end cordon_undo(void *ctx, struct plan_run *run, const struct plan_step *step,
                          struct err *err);

enum plan_end uncordon_check(void *ctx, struct plan_run *run, const struct plan_step *step,
                             struct err *err);
enum plan_end uncordon_act(void *ctx, struct plan_run *run, const struct plan_step *step,
                           struct err *err);
enum plan_end uncordon_verify(void *ctx, struct plan_run *run, const struct plan_step *step,
                              struct err *err);
enum plan_end uncordon_undo(void *ctx, struct plan_run *run, const struct plan_step *step,
                            struct err *err);

/* Takes the plan's mark off its nodes, at the end of its life. */
enum plan_end cordon_unmark(struct hand *h, struct err *err);

#endif
