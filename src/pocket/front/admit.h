/*
 * admit: what happens to a client's write before it is stored, beyond what the API itself checks:
 * the schedule of a CronJob must be one, and a pod that a client makes gets the readiness gates
 * that the load balancer controller's webhook adds. Everything else passes as it is.
 */
#ifndef TOBAN_POCKET_FRONT_ADMIT_H
#define TOBAN_POCKET_FRONT_ADMIT_H

#include "pocket/api.h"
#include "pocket/life.h"

/* As pocket_hooks.admit. */
bool front_admit(struct pocket_life *life, const struct pocket_write *w, struct pocket_refusal *r);

#endif
