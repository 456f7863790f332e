/* plan: the two halves of gen_plan. What there is must be chosen before it is placed. */
#ifndef TOBAN_BENCH_WORLD_PLAN_H
#define TOBAN_BENCH_WORLD_PLAN_H

#include "world/gen.h"

/* Fills w->workloads and w->namespaces from w->options. */
int gen_choose_workloads(struct gen_world *w, struct err *err);
/* Fills w->nodes and w->pods. Every hard constraint holds afterwards. */
int gen_place(struct gen_world *w, struct err *err);

#endif
