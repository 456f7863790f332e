/* chain_internal: the links of the chain. Not for others than chain*.c. Each finds keys or returns
 * -1 with err, unless it says otherwise. */
#ifndef TOBAN_AWS_CHAIN_INTERNAL_H
#define TOBAN_AWS_CHAIN_INTERNAL_H

#include "aws/chain.h"

#define AWS_CHAIN_TEXT_MAX ((size_t)64 << 10) /* of token files and answers with keys */

static inline const char *aws_chain_env(const struct aws_chain *c, const char *name)
{
    return aws_env_get(c->settings->env, name);
}

/* A role to assume. Views. */
struct aws_role {
    struct sv arn, session_name, external_id, duration;
    struct sv token_file; /* web identity; absent: assumed with keys */
};
int aws_chain_assume(const struct aws_chain *c, const struct aws_role *role,
                     const struct aws_credentials *keys, struct aws_credentials *out,
                     struct err *err);

int aws_chain_sso(const struct aws_chain *c, const char *name, const struct aws_profile *p,
                  struct aws_credentials *out, struct err *err);

int aws_chain_process(const struct aws_chain *c, struct sv command, struct aws_credentials *out,
                      struct err *err);

/* 1: not in a container that offers keys. */
int aws_chain_container(const struct aws_chain *c, struct aws_credentials *out, struct err *err);

/* 1: not on an instance that offers keys, or switched off. */
int aws_chain_instance(const struct aws_chain *c, struct aws_credentials *out, struct err *err);

/* Keys from the JSON that containers, instances and programs answer with. what: for messages. */
int aws_chain_json(const char *what, struct sv text, struct aws_credentials *out, struct err *err);

/* A file's text without white space around it. */
int aws_chain_token(const char *path, struct str *out, struct err *err);

#endif
