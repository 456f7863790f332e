/*
 * volume_use: which volumes are attached to which node, for the limits of volume drivers, and which
 * claims are in use at all.
 */
#ifndef TOBAN_SCHED_VOLUME_USE_H
#define TOBAN_SCHED_VOLUME_USE_H

#include "sched/state.h"

/* Counts the claims of a pod in on a node, or (sign -1) out. */
void volume_use_pod(struct sched *s, uint32_t pod, uint32_t node, int sign);

/* Makes what is counted for a VolumeAttachment agree with the world. */
void volume_use_attachment(struct sched *s, uint32_t attachment);

/* The node, which still has its slot, is going away. */
void volume_use_forget_node(struct sched *s, uint32_t node);

/* The column of the driver whose limit the claim counts for; WORLD_NONE: none. */
uint32_t volume_use_driver(struct sched *s, uint32_t claim);

/* Does the claim's volume take a slot of the node already? */
bool volume_use_has(const struct sched *s, uint32_t node, uint32_t claim);

/* Pods on nodes that use the claim. */
uint32_t volume_use_count(const struct sched *s, uint32_t claim);

/* Enters the limits of a node, which has a slot. */
void volume_use_limits(struct sched *s, uint32_t node);

#endif
