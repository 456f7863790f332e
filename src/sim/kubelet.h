/*
 * kubelet: how long a pod takes to become Ready and to end, from its own probes and hooks. Pure
 * arithmetic; kubelet.c uses it, tests ask it.
 */
#ifndef TOBAN_SIM_KUBELET_H
#define TOBAN_SIM_KUBELET_H

#include "world/world.h"

/* Milliseconds from the containers' start until its startup and readiness probes can have
 * succeeded, when the program answers at once; 0 without probes. The kubelet probes at whole
 * periods from the start on, not before the initial delay. */
int64_t kubelet_probe_ms(const struct world_class *c);

/* The kubelet asks whether a volume is attached at 0, 0.5, 1.5, 3.5, … s, backing off up to 122 s:
 * when it notices one that was attached after `waited` milliseconds. */
int64_t kubelet_notices_ms(int64_t waited);

/* Milliseconds from SIGTERM's time until all containers have ended: preStop and the program's own
 * stop share the grace, but at least 2 s are left for the program. prestop_s as a class has it. */
int64_t kubelet_stop_ms(int32_t prestop_s, int grace_s, int64_t own_stop_ms);

#endif
