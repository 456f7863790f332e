/* live_drain: what the live host does with the pods of a group by itself; not for others. */
#ifndef TOBAN_OPS_REPLACE_LIVE_DRAIN_H
#define TOBAN_OPS_REPLACE_LIVE_DRAIN_H

#include "ops/replace/replace.h"

/* As replace_cloud.empty, of any group; the cluster is read anew. */
int live_group_empty(const struct kube_options *kube, const char *group, struct str *words,
                     struct err *err);

/* As the members of replace_cloud that are called so; ctx is a struct replace_live. */
int live_nodes_empty(void *ctx, const struct shape_texts *names, struct str *words,
                     struct err *err);
int live_newest(void *ctx, const char *group, struct arena *a, struct shape_texts *names,
                struct shape_texts *machines, struct err *err);
enum plan_end live_drain_nodes(void *ctx, struct plan_run *run, const struct plan_step *step,
                               const struct shape_texts *names, struct err *err);

/* replace_cloud.drain_green; ctx is a struct replace_live. */
enum plan_end live_drain_green(void *ctx, struct plan_run *run, const struct plan_step *step,
                               const struct replace_step *s, struct err *err);

#endif
