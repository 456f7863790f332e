#include "aws_home.h"

#include "base/io.h"
#include "base/proc.h"
#include "base/vec.h"

#include <sys/stat.h>

#include "unit.h"

void aws_home_set(struct aws_home *h, const char *fmt, ...)
{
    va_list ap;
    assert_true(h->env.add_count < AWS_HOME_VARIABLES);
    va_start(ap, fmt);
    assert_true(vasprintf(&h->add[h->env.add_count++], fmt, ap) > 0);
    va_end(ap);
}

void aws_home_write(struct aws_home *h, const char *name, const char *text)
{
    char path[512];
    struct err err = {0};
    snprintf(path, sizeof path, "%s/%s", h->dir, name);
    for (char *slash = strchr(path + strlen(h->dir) + 1, '/'); slash;
         slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        mkdir(path, 0700);
        *slash = '/';
    }
    assert_int_equal(io_write_atomic(path, sv_of(text), &err), 0);
}

void aws_home_init(struct aws_home *h, const char *credentials, const char *config)
{
    static const char *const unset[] = {"AWS_ACCESS_KEY_ID",
                                        "AWS_SECRET_ACCESS_KEY",
                                        "AWS_SESSION_TOKEN",
                                        "AWS_PROFILE",
                                        "AWS_DEFAULT_PROFILE",
                                        "AWS_SHARED_CREDENTIALS_FILE",
                                        "AWS_CONFIG_FILE",
                                        "AWS_WEB_IDENTITY_TOKEN_FILE",
                                        "AWS_ROLE_ARN",
                                        "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
                                        "AWS_CONTAINER_CREDENTIALS_FULL_URI",
                                        "AWS_ENDPOINT_URL",
                                        "AWS_REGION",
                                        "AWS_DEFAULT_REGION",
                                        "AWS_MAX_ATTEMPTS",
                                        "AWS_RETRY_MODE",
                                        "AWS_CA_BUNDLE"};
    *h = (struct aws_home){0};
    strcpy(h->dir, "/tmp/toban-aws-XXXXXX");
    assert_non_null(mkdtemp(h->dir));
    h->env.add = (const char *const *)h->add;
    for (size_t i = 0; i < ARRAY_LEN(unset); i++)
        aws_home_set(h, "%s=", unset[i]);
    aws_home_set(h, "HOME=%s", h->dir);
    aws_home_set(h, "AWS_EC2_METADATA_DISABLED=true");
    if (credentials)
        aws_home_write(h, ".aws/credentials", credentials);
    if (config)
        aws_home_write(h, ".aws/config", config);
}

void aws_home_release(struct aws_home *h)
{
    const char *const argv[] = {"rm", "-rf", h->dir, NULL};
    const struct proc_spec spec = {.argv = argv};
    _cleanup_proc_ struct proc_result r = {0};
    struct err err = {0};
    assert_int_equal(proc_run(&spec, &r, &err), 0);
    for (size_t i = 0; i < h->env.add_count; i++)
        free(h->add[i]);
}
