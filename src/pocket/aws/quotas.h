/* quotas: what the account may have, and whether one machine more is too much. */
#ifndef TOBAN_POCKET_AWS_QUOTAS_H
#define TOBAN_POCKET_AWS_QUOTAS_H

#include "pocket/aws/account.h"

/* Of a quota ("ec2", "L-1216C47A"); -1: there is none. The fault quota=CODE:VALUE overrides. */
double quotas_value(const struct account *a, const char *service, const char *code);
/* NULL, or why EC2 does not start one more of this type; in the account's arena. */
const char *quotas_refuse(struct account *a, const char *type, bool spot);

#endif
