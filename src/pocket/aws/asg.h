/* asg: Auto Scaling groups that keep as many machines as are wanted. Within pocket/aws/ only. */
#ifndef TOBAN_POCKET_AWS_ASG_H
#define TOBAN_POCKET_AWS_ASG_H

#include "pocket/aws/account.h"

/* Those that are not ending. */
int64_t asg_count(const struct account *a, const struct account_asg *g);
/* Wants so many from now on. */
void asg_want(struct account *a, struct account_asg *g, int64_t desired);
/* Is the process ("Launch", "Terminate", "AZRebalance") suspended? */
bool asg_suspended(const struct account_asg *g, const char *process);
/* Takes a group away whose machines are gone or going. */
void asg_drop(struct account *a, struct account_asg *g);

void asg_run(struct account *a);
int64_t asg_next(const struct account *a);

#endif
