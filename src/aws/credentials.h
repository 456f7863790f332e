/*
 * credentials: the keys that requests to AWS are signed with. Where they come from is chain.h.
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
    int64_t expires;     /* Unix seconds; 0: never, as far as we know */
    const char *source;  /* "environment", "profile", "role", …: for messages; constant */
};

/* Overwrites and frees. NULL-safe. */
void aws_credentials_release(struct aws_credentials *c);
#define _cleanup_aws_credentials_ _cleanup_(aws_credentials_release)

/* Copies. session_token may be absent; an expiry of 0 is none. *out is released first. -1 for lack
 * of memory. */
int aws_credentials_set(struct aws_credentials *out, struct sv access_key, struct sv secret_key,
                        struct sv session_token, int64_t expires, struct err *err);

/* Finds keys for one use, asking whom it takes (chain.h). profile NULL: AWS_PROFILE, else
 * "default"; a profile named here goes before keys in the environment, as with `aws --profile`.
 * -1: none (ERR_NOT_FOUND), refused (ERR_DENIED), a file or an answer that cannot be understood
 * (ERR_INPUT), nobody answered (ERR_REMOTE). */
int aws_credentials_load(const struct aws_env *env, const char *profile,
                         struct aws_credentials *out, struct err *err);

/* The region: AWS_REGION, AWS_DEFAULT_REGION, that of the profile. False when none is set or a file
 * cannot be read. */
bool aws_region_find(const struct aws_env *env, const char *profile, struct str *out);

#endif
