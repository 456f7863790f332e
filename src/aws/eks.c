#include "aws/eks.h"

#include "aws/endpoint.h"
#include "aws/sigv4.h"
#include "base/base64.h"
#include "base/secret.h"

/* --- which login -------------------------------------------------------------------------- */

/* "--name value" or "--name=value" at args[*i]; moves *i to its last word. NULL: another option. */
static const char *option_value(const char *const *args, size_t *i, const char *name)
{
    size_t n = strlen(name);
    if (strncmp(args[*i], name, n) != 0)
        return NULL;
    if (args[*i][n] == '=')
        return args[*i] + n + 1;
    if (args[*i][n] != '\0' || !args[*i + 1])
        return NULL;
    return args[++*i];
}

struct login_option {
    const char *name;
    const char **value; /* where it goes; NULL: must be "json" */
};

static bool parse_options(const char *const *args, const char *const *words,
                          const struct login_option *options, size_t count)
{
    for (size_t i = 0; args && args[i]; i++) {
        if (*words && strcmp(args[i], *words) == 0) {
            words++;
            continue;
        }
        bool known = false;
        for (size_t k = 0; k < count && !known; k++) {
            const char *value = option_value(args, &i, options[k].name);
            known = value != NULL;
            if (value && options[k].value)
                *options[k].value = value;
            else if (value && strcmp(value, "json") != 0)
                return false;
        }
        if (!known)
            return false;
    }
    return !*words;
}

bool aws_eks_login_parse(const char *command, const char *const *args, struct aws_eks_login *out)
{
    *out = (struct aws_eks_login){0};
    const char *slash = strrchr(command, '/');
    const char *program = slash ? slash + 1 : command;
    const struct login_option aws[] = {{"--cluster-name", &out->cluster},
                                       {"--region", &out->region},
                                       {"--profile", &out->profile},
                                       {"--output", NULL}};
    const struct login_option authenticator[] = {{"-i", &out->cluster},
                                                 {"--cluster-id", &out->cluster},
                                                 {"--region", &out->region},
                                                 {"--output", NULL}};
    bool ok = false;
    if (strcmp(program, "aws") == 0)
        ok = parse_options(args, (const char *[]){"eks", "get-token", NULL}, aws, ARRAY_LEN(aws));
    else if (strcmp(program, "aws-iam-authenticator") == 0)
        ok = parse_options(args, (const char *[]){"token", NULL}, authenticator,
                           ARRAY_LEN(authenticator));
    return ok && out->cluster && *out->cluster;
}

/* --- token -------------------------------------------------------------------------------- */

void aws_sts_host(const char *region, bool fips, struct str *out)
{
    aws_endpoint_host("sts", region, fips ? AWS_ENDPOINT_FIPS : AWS_ENDPOINT_PLAIN, out);
}

static int add_base64url(struct str *out, struct sv text, struct err *err)
{
    size_t start = out->len;
    base64_encode(text, out);
    if (!str_ok(out))
        return err_nomem(err, "EKS token");
    while (out->len > start && out->data[out->len - 1] == '=')
        out->data[--out->len] = '\0';
    for (char *p = out->data + start; *p; p++)
        *p = (char)(*p == '+' ? '-' : *p == '/' ? '_' : *p);
    return 0;
}

int aws_eks_token(const char *cluster, const char *region, bool fips,
                  const struct aws_credentials *keys, int64_t unix_now, struct str *token,
                  struct err *err)
{
    if (!aws_region_valid(region))
        return err_set(err, ERR_INPUT, "'%s' is no AWS region", region);
    _cleanup_str_ struct str host = {0};
    _cleanup_secret_str_ struct str url = {0};
    str_init(&host, 256);
    str_init(&url, 64 << 10);
    aws_sts_host(region, fips, &host);
    const struct aws_header headers[] = {{"host", str_c(&host)}, {"x-k8s-aws-id", cluster}};
    const struct aws_request request = {.method = "GET",
                                        .path = "/",
                                        .query = "Action=GetCallerIdentity&Version=2011-06-15",
                                        .headers = headers,
                                        .header_count = ARRAY_LEN(headers)};
    const struct aws_scope scope = {region, "sts", unix_now};
    str_addf(&url, "https://%s/?", str_c(&host));
    if (aws_presign(&request, keys, &scope, 60, &url, err))
        return -1;
    str_adds(token, "k8s-aws-v1.");
    return add_base64url(token, str_sv(&url), err);
}

int aws_eks_login_token(const struct aws_eks_login *login, const struct aws_env *env,
                        int64_t unix_now, struct str *token, struct err *err)
{
    _cleanup_aws_credentials_ struct aws_credentials keys = {0};
    _cleanup_str_ struct str region = {0};
    str_init(&region, 256);
    if (aws_credentials_load(env, login->profile, &keys, err))
        return -1;
    /* Any region's STS vouches for the caller at any cluster of the partition. */
    if (login->region)
        str_adds(&region, login->region);
    else if (!aws_region_find(env, login->profile, &region))
        str_adds(&region, "us-east-1");
    const char *fips = aws_env_get(env, "AWS_USE_FIPS_ENDPOINT");
    return aws_eks_token(login->cluster, str_c(&region), fips && strcasecmp(fips, "true") == 0,
                         &keys, unix_now, token, err);
}
