/*
 * internal: what the rules of rules/nodes share. Pods that move are looked at in units: those of
 * one workload and class, for which nearly every rule answers the same.
 */
#ifndef TOBAN_RULES_NODES_INTERNAL_H
#define TOBAN_RULES_NODES_INTERNAL_H

#include "rules/nodes/nodes_rules.h"
#include "sim/pdb.h"
#include "world/index.h"

/* Pods on the old nodes, without those that belong to their node, are finished or going. */
struct unit {
    uint32_t workload; /* top owner; WORLD_NONE */
    uint32_t class;
    uint32_t pod;            /* one of them */
    uint32_t pods;           /* how many */
    uint32_t owned_by;       /* who controls `pod` directly; WORLD_NONE */
    uint32_t bare, orphaned; /* of them: without any controller; with one that is gone */
    uint32_t unready, unready_pod;
};

/* Topology domains of a key: those that stay or come, and those of old nodes only. */
struct domain_count {
    uint32_t key;
    bool ignore_affinity;
    uint32_t class; /* one with this selector and these tolerations */
    uint32_t alive, dead;
};

struct finder {
    const struct world *w;
    const struct cloud *cloud;
    const uint32_t *nodes; /* old ones */
    uint32_t count;
    bool *old; /* by node */
    const struct world_node *green;
    uint32_t green_count;
    VEC(const struct world_node *) homes; /* where pods may go: one of each kind of green, others */
    VEC(struct unit) units;
    VEC(uint32_t) moving; /* all pods of the units */
    struct index unit_of; /* by class and workload */
    struct budgets budgets;
    VEC(struct domain_count) domain_counts; /* found so far */
    struct nodes_risks *out;
};

/* A new entry about the unit's pods, to be given its texts; valid until the next one. */
struct nodes_risk *risk_add(struct finder *f, const struct unit *u, const char *rule);
#define risk_text(risk, ...) snprintf((risk)->text, sizeof(risk)->text, __VA_ARGS__)
#define risk_fix(risk, ...) snprintf((risk)->fix, sizeof(risk)->fix, __VA_ARGS__)

static inline const struct world_class *unit_class(const struct finder *f, const struct unit *u)
{
    return &f->w->classes.items[u->class];
}

/* NULL for bare pods. */
static inline const struct world_workload *unit_workload(const struct finder *f,
                                                         const struct unit *u)
{
    return u->workload == WORLD_NONE ? NULL : &f->w->workloads.items[u->workload];
}

/* The rules: each looks at one unit. */
typedef void unit_rule(struct finder *f, const struct unit *u);
unit_rule rule_selectors, rule_taints, rule_cordon, rule_spread; /* placement.c, spread.c */
unit_rule rule_budgets;                                          /* budgets.c */
unit_rule rule_controllers, rule_readiness, rule_lone, rule_marks, rule_local_data; /* pods.c */

/* These look at all at once: volumes.c, architecture.c, balancers.c. */
void rule_volume_zones(struct finder *f);
void rule_volume_limits(struct finder *f);
void rule_architectures(struct finder *f);
void rule_balancers(struct finder *f);

/* Could a pod of the class go to that node by its selector and node affinity? */
bool placement_selects(const struct finder *f, const struct world_class *c,
                       const struct world_node *node);

#endif
