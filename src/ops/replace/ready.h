/*
 * ready: whether the nodes of a green group can take what those of the blue one had. A Node that is
 * Ready is not enough: its DaemonSets' pods must run, its CSI drivers be registered, its start-up
 * taints be gone. The blue nodes are the measure. Pure.
 */
#ifndef TOBAN_OPS_REPLACE_READY_H
#define TOBAN_OPS_REPLACE_READY_H

#include "base/str.h"
#include "world/world.h"

/* At least `wanted` nodes of green, each Ready and with allocatable resources, without taints that
 * keep pods off and that no blue node has, with a Ready pod of each DaemonSet and a registration of
 * each CSI driver that all Ready blue nodes have. Without blue nodes the last two ask for what is
 * there: no pod of a DaemonSet on it that is not Ready. What is missing is appended to words, the
 * first few in full. */
bool replace_ready(const struct world *w, const char *blue, const char *green, uint32_t wanted,
                   struct str *words);

#endif
