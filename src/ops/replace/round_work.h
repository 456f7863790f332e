/*
 * round_work: sizes of node groups and ends of machines, as the steps of rounds ask for them: once,
 * whoever asks and however often.
 */
#ifndef TOBAN_OPS_REPLACE_ROUND_WORK_H
#define TOBAN_OPS_REPLACE_ROUND_WORK_H

#include "ops/replace/work.h"

/* Once a step under each key ("grow"). Until EKS has taken it and the group is ACTIVE again. */
enum plan_end round_resize(struct work *k, const char *group, const struct eks_scaling *to,
                           const char *key, struct err *err);

/* All are asked to end before the first is looked at again. PLAN_END_OK: all end, or have ended. */
enum plan_end round_end_each(struct work *k, const char *group, const struct shape_texts *machines,
                             struct err *err);
/* The same, and waits until they are gone, which `gone` asks (by round_gone). */
enum plan_end round_end(struct work *k, const char *group, const struct shape_texts *machines,
                        work_question *gone, struct err *err);
/* What is ending still takes of quotas and addresses. */
enum work_answer round_gone(struct work *k, const char *group, const struct shape_texts *machines,
                            struct str *words, struct err *err);

#endif
