/*
 * env: the environment as a login sees it: ours, with the variables that a kubeconfig sets on top.
 */
#ifndef TOBAN_AWS_ENV_H
#define TOBAN_AWS_ENV_H

#include "base/sv.h"

struct aws_env {
    /* "NAME=value", count of them; the last of a name counts. NULL: none. Not owned. */
    const char *const *add;
    size_t add_count;
};

/* NULL when it is unset or empty. env may be NULL: our own alone. */
const char *aws_env_get(const struct aws_env *env, const char *name);

#endif
