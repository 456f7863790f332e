/*
 * eventbridge: what AWS tells of its machines by EventBridge, as the rules of a cluster put it on
 * the queue that is named as the cluster (Karpenter's default, and what the Node Termination
 * Handler reads): changes of state, rebalance recommendations, Spot interruptions. And the
 * interruptions themselves, which the fault spot-interrupt asks for. Within pocket/aws/ only.
 *
 * Interruptions come one after the other; from the end of one to the next warning it takes 3 to 15
 * minutes. Each takes a running Spot machine of a node group, chosen by the seed: recommendation,
 * warning 2 to 6 minutes later, and 120 s after the warning it ends. A machine that has ended by
 * itself meanwhile counts as interrupted.
 *
 * Sources: EC2 user guide ("Spot Instance interruption notices", "EC2 instance rebalance
 * recommendations", "State change events for your instances").
 */
#ifndef TOBAN_POCKET_AWS_EVENTBRIDGE_H
#define TOBAN_POCKET_AWS_EVENTBRIDGE_H

#include "pocket/aws/account.h"

/* Once, when the services have begun. */
void eventbridge_begin(struct account *a);
void eventbridge_run(struct account *a);
int64_t eventbridge_next(const struct account *a);
void eventbridge_release(struct account *a);

/* The instance has just come into its state. */
void eventbridge_state(struct account *a, const struct account_instance *i);

#endif
