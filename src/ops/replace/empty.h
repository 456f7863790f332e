/*
 * empty: whether a node group could be deleted without taking a pod along, and what is on its
 * machines: the last look before there is no way back. Pure.
 */
#ifndef TOBAN_OPS_REPLACE_EMPTY_H
#define TOBAN_OPS_REPLACE_EMPTY_H

#include "base/str.h"
#include "cloud/ec2.h"
#include "world/world.h"

/* No pod is on any node of the group, whether a plan knows the node or not, but those that belong
 * to their node and those that have ended. What is there is appended to words, the first few in
 * full. */
bool replace_empty(const struct world *w, const char *group, struct str *words);

/* As above, of these nodes; those that are not there are empty. */
bool replace_nodes_empty(const struct world *w, const struct shape_texts *names, struct str *words);

/* At least so many nodes of the group are Ready, on other machines than these. */
bool replace_joined(const struct world *w, const char *group, int64_t wanted,
                    const struct shape_texts *machines, struct str *words);

/* All nodes of a group, the newest first, and their machines; in a. Those that do not tell their
 * machine are left out. */
void replace_newest(const struct world *w, const char *group, struct arena *a,
                    struct shape_texts *names, struct shape_texts *machines);

/* "i-0123" of "aws:///eu-west-1a/i-0123"; NULL: the node does not tell. */
const char *replace_machine_of(const struct world *w, uint32_t node);

/* No volume is attached that does not end with its machine, as the machine's own disks do. As
 * above. */
bool replace_detached(const struct ec2_volumes *volumes, struct str *words);

#endif
