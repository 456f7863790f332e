#include "aws/env.h"

#include <stdlib.h>

const char *aws_env_get(const struct aws_env *env, const char *name)
{
    size_t n = strlen(name);
    const char *value = getenv(name);
    for (size_t i = 0; env && i < env->add_count; i++)
        if (strncmp(env->add[i], name, n) == 0 && env->add[i][n] == '=')
            value = env->add[i] + n + 1;
    return value && *value ? value : NULL;
}
