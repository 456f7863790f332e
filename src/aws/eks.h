/*
 * eks: the token that logs in to an EKS cluster: a presigned GetCallerIdentity call to STS that the
 * cluster makes in our stead. Made here without the aws program.
 */
#ifndef TOBAN_AWS_EKS_H
#define TOBAN_AWS_EKS_H

#include "aws/credentials.h"

#define AWS_EKS_TOKEN_SECONDS (14 * 60) /* a cluster takes it for 15 minutes; one to spare */

/* What a login plugin was asked to do. Views into the arguments. */
struct aws_eks_login {
    const char *cluster;
    const char *region;  /* NULL: from environment or profile */
    const char *profile; /* NULL: from environment */
};

/* Understands `aws [--region R] [--profile P] eks get-token --cluster-name N [--output json]` and
 * `aws-iam-authenticator token -i N [--region R]`. False for every other program and as soon as
 * an argument is not one of these: then the plugin itself must run. */
bool aws_eks_login_parse(const char *command, const char *const *args, struct aws_eks_login *out);

/* Appends the token. region as "eu-west-1"; fips: the endpoint with validated cryptography. */
int aws_eks_token(const char *cluster, const char *region, bool fips,
                  const struct aws_credentials *keys, int64_t unix_now, struct str *token,
                  struct err *err);

/* Finds keys and region as the plugin would and makes the token. */
int aws_eks_login_token(const struct aws_eks_login *login, const struct aws_env *env,
                        int64_t unix_now, struct str *token, struct err *err);

/* Appends "sts.eu-west-1.amazonaws.com" or its sibling in the partition of the region. */
void aws_sts_host(const char *region, bool fips, struct str *out);

#endif
