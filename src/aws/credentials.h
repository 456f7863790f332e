/*
 * credentials: the keys that requests to AWS are signed with, found where the AWS tools find them:
 * environment, then the profile in ~/.aws/credentials and ~/.aws/config. What needs a conversation
 * first (roles, SSO, processes, containers, instances) is recognised and named, not done.
 */
#ifndef TOBAN_AWS_CREDENTIALS_H
#define TOBAN_AWS_CREDENTIALS_H

#include "aws/env.h"
#include "base/err.h"
#include "base/str.h"

/* Zeroed memory is empty. */
struct aws_credentials {
    char *access_key;
    char *secret_key;    /* secret */
    char *session_token; /* secret; NULL: long-lived keys */
};

/* Overwrites and frees. NULL-safe. */
void aws_credentials_release(struct aws_credentials *c);
#define _cleanup_aws_credentials_ _cleanup_(aws_credentials_release)

/* Finds keys. profile NULL: AWS_PROFILE, else "default"; a profile named here goes before keys in
 * the environment, as with `aws --profile`. -1: none (ERR_NOT_FOUND), only ones we cannot use
 * (ERR_DENIED with the reason), or a file that cannot be understood (ERR_INPUT). */
int aws_credentials_load(const struct aws_env *env, const char *profile,
                         struct aws_credentials *out, struct err *err);

/* The region: AWS_REGION, AWS_DEFAULT_REGION, that of the profile. False when none is set or a file
 * cannot be read. */
bool aws_region_find(const struct aws_env *env, const char *profile, struct str *out);

/* What one profile says, gathered from both files; views into their texts. */
struct aws_profile {
    bool exists;
    struct sv access_key, secret_key, session_token, region;
    struct sv indirect; /* name of a setting that asks for more than keys, e.g. "role_arn" */
};

/* Adds what a file's text says about the profile; is_config: the naming rules of ~/.aws/config.
 * Keys of the file read first win. No I/O. */
int aws_profile_add(struct aws_profile *p, const char *profile, const char *name, struct sv text,
                    bool is_config, struct err *err);

#endif
