/*
 * sts: who we are for AWS. The contract of the call is that of cloud/eks.h.
 */
#ifndef TOBAN_CLOUD_STS_H
#define TOBAN_CLOUD_STS_H

#include "aws/client.h"
#include "cloud/shape.h"

struct sts_identity {
    const char *account, *arn, *user;
};

/* Needs no permission: it fails only without credentials, with wrong ones, or without a network. */
int sts_get_caller_identity(struct aws_client *c, struct arena *arena, struct sts_identity *out,
                            struct err *err);

#endif
