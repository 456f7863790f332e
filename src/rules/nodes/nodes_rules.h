/*
 * rules/nodes: what of a world will stand in the way of moving nodes, seen without running
 * anything: selectors that only the old nodes satisfy, budgets that allow nothing, pods that nobody
 * re-creates, spread that counts empty old nodes, load-balanced pods that stop before they are
 * drained. World in, risks out; no I/O, no clock.
 */
#ifndef TOBAN_RULES_NODES_NODES_RULES_H
#define TOBAN_RULES_NODES_NODES_RULES_H

#include "world/cloud.h"
#include "world/world.h"

struct nodes_risk {
    const char *rule; /* "never-moves", "spread-counts-old-nodes", …: static text; the list and what
                         each means is docs/rehearse.md */
    uint32_t workload; /* top owner; WORLD_NONE: a bare pod */
    uint32_t pod;      /* one of them */
    uint32_t pods;     /* how many */
    bool blocks;       /* the pods can never move */
    char text[320]; /* "nodeSelector eks.amazonaws.com/nodegroup=game-2023 matches no other node" */
    char fix[320];
};

struct nodes_risks {
    VEC(struct nodes_risk) list; /* blocking ones first, then by workload */
};

/* Risks of moving all pods away from `nodes` (indexes) for good. `green` are all the nodes that
 * will be there instead, with labels, taints, zone and limits of volumes; NULL with green_count 0:
 * none, the other nodes of the world have to take the pods. cloud may be NULL. *out must be empty;
 * release it with nodes_risks_release. */
void nodes_risks_find(const struct world *w, const struct cloud *cloud, const uint32_t *nodes,
                      uint32_t count, const struct world_node *green, uint32_t green_count,
                      struct nodes_risks *out);
void nodes_risks_release(struct nodes_risks *r);

/* The rules' ids and one sentence each, for docs and explain; ended by id NULL. */
struct nodes_rule {
    const char *id, *meaning;
};
extern const struct nodes_rule nodes_rules[];

#endif
