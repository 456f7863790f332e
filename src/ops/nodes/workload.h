/*
 * workload: a workload as people name it on a command line, KIND/NAMESPACE/NAME.
 */
#ifndef TOBAN_OPS_NODES_WORKLOAD_H
#define TOBAN_OPS_NODES_WORKLOAD_H

#include "base/err.h"
#include "world/world.h"

/* Has the text that form, with a kind whose pods can be moved (short names of kubectl too)? */
bool nodes_workload_is_named(const char *text);

/* The workload of the world; a ReplicaSet of a Deployment is its Deployment. -1 with err when it is
 * not there, with the nearest that is. */
int nodes_workload_find(const struct world *w, const char *text, uint32_t *out, struct err *err);

#endif
