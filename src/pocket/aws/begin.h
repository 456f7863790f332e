/* begin: the account as the cloud and the world say at the start. Within pocket/aws/ only. */
#ifndef TOBAN_POCKET_AWS_BEGIN_H
#define TOBAN_POCKET_AWS_BEGIN_H

#include "pocket/aws/account.h"

/* Cluster, subnets, launch templates, node groups with their Auto Scaling groups, instances. */
void begin_account(struct account *a, const struct pocket_aws_options *o);

/* ---- shared by its files ---- */

/* A text of the world: its own, or a copy in the account's arena (NULL: empty). */
struct sv begin_text_of(const struct account *a, uint32_t id);
const char *begin_keep_sv(struct account *a, struct sv text);
/* Unless it is among them. */
void begin_add_text(struct account *a, struct shape_texts *to, const char *text);
struct account_subnet *begin_subnet_of_zone(const struct account *a, struct sv zone);
/* NULL: the node does not have it. */
const char *begin_label_of(struct account *a, const struct world_node *n, const char *key);

#define begin_each_node(a, n)                                                                      \
    vec_foreach(n, &(a)->world->nodes)                                                             \
        if ((n)->used)

void begin_groups(struct account *a);
void begin_asgs(struct account *a);

#endif
