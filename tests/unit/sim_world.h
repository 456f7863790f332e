/*
 * sim_world: small worlds for the simulator's tests, built object by object. Everything is as
 * plain as it can be: pods run, are Ready and ask for 100 millicores; callers change what they are
 * about.
 */
#ifndef TOBAN_TESTS_SIM_WORLD_H
#define TOBAN_TESTS_SIM_WORLD_H

#include "world/world.h"

#define MINOR(n) ((struct version){1, (n), 0, true})

/* An empty world of this minor version. */
void sw_init(struct world *w, uint16_t minor);
uint32_t sw_id(struct world *w, const char *text);

/* A Ready node of 4 CPUs and 110 pods. */
uint32_t sw_node(struct world *w, const char *name, const char *zone);
/* In namespace "shop". */
uint32_t sw_workload(struct world *w, enum workload_kind kind, const char *name, int32_t replicas);
/* A ReplicaSet of a Deployment of the same name; the ReplicaSet's index. */
uint32_t sw_deployment(struct world *w, const char *name, int32_t replicas);

/* A class of pods with the label app=`app`, to be changed and given to world_class_put. */
struct world_class sw_class(struct world *w, const char *app);
uint32_t sw_class_put(struct world *w, const char *app);

/* A Ready pod; node WORLD_NONE: a pending one. */
uint32_t sw_pod(struct world *w, uint32_t class, uint32_t owner, uint32_t node);
/* The pod of a StatefulSet: named after it. */
uint32_t sw_set_pod(struct world *w, uint32_t class, uint32_t owner, int32_t ordinal,
                    uint32_t node);

/* A budget for app=`app` whose status has been seen; "" is an empty selector. */
uint32_t sw_budget(struct world *w, const char *app);
void sw_min_available(struct world *w, uint32_t pdb, int32_t value, bool percent);
void sw_max_unavailable(struct world *w, uint32_t pdb, int32_t value, bool percent);

/* A bound EBS volume with its claim, given to the pod; attached to the pod's node. The PV. */
uint32_t sw_volume(struct world *w, uint32_t pod, const char *name);

#endif
