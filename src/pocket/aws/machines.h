/* machines: the instances of the account as machines of the cluster. Within pocket/aws/ only. */
#ifndef TOBAN_POCKET_AWS_MACHINES_H
#define TOBAN_POCKET_AWS_MACHINES_H

#include "pocket/aws/account.h"

/* States that change by themselves, Nodes that go with their machines. */
void machines_run(struct account *a);
int64_t machines_next(const struct account *a);

/* Labels and taints of the Nodes of a group, as a change of the group says. */
void machines_relabel(struct account *a, const struct account_asg *g,
                      const struct eks_nodegroup_change *change);

/* How many addresses an instance holds in its subnet. */
int64_t machines_ips(const struct account *a, const struct account_instance *i);

#endif
