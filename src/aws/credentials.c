#include "aws/chain.h"
#include "base/secret.h"

void aws_credentials_release(struct aws_credentials *c)
{
    if (!c)
        return;
    secret_free(&c->access_key);
    secret_free(&c->secret_key);
    secret_free(&c->session_token);
    c->expires = 0;
}

int aws_credentials_set(struct aws_credentials *out, struct sv access_key, struct sv secret_key,
                        struct sv session_token, int64_t expires, struct err *err)
{
    aws_credentials_release(out);
    out->access_key = strndup(access_key.ptr, access_key.len);
    out->secret_key = strndup(secret_key.ptr, secret_key.len);
    if (session_token.len)
        out->session_token = strndup(session_token.ptr, session_token.len);
    out->expires = expires;
    if (out->access_key && out->secret_key && (!session_token.len || out->session_token))
        return 0;
    aws_credentials_release(out);
    return err_nomem(err, "AWS credentials");
}

int aws_credentials_load(const struct aws_env *env, const char *profile,
                         struct aws_credentials *out, struct err *err)
{
    _cleanup_aws_settings_ struct aws_settings settings = {0};
    *out = (struct aws_credentials){0};
    if (aws_settings_load(&settings, env, profile, NULL, NULL, err))
        return -1;
    struct aws_wire wire;
    aws_wire_init(&wire, NULL, 0);
    int result = aws_wire_configure(&wire, &settings, err);
    if (!result)
        result = aws_chain_find(&(struct aws_chain){&settings, &wire}, out, err);
    aws_wire_release(&wire);
    return result;
}

bool aws_region_find(const struct aws_env *env, const char *profile, struct str *out)
{
    _cleanup_aws_settings_ struct aws_settings settings = {0};
    if (aws_settings_load(&settings, env, profile, NULL, NULL, NULL) || !settings.region)
        return false;
    str_adds(out, settings.region);
    return str_ok(out);
}
