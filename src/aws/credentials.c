#include "aws/credentials.h"

#include "aws/ini.h"
#include "base/io.h"
#include "base/secret.h"

#define FILE_MAX_BYTES ((size_t)1 << 20)

void aws_credentials_release(struct aws_credentials *c)
{
    if (!c)
        return;
    secret_free(&c->access_key);
    secret_free(&c->secret_key);
    secret_free(&c->session_token);
}

/* --- one profile -------------------------------------------------------------------------- */

struct gather {
    struct aws_profile *p;
    const char *profile;
    bool is_config;
};

static void keep_first(struct sv *slot, struct sv value)
{
    if (!slot->ptr && value.len)
        *slot = value;
}

/* In config a profile is [profile x], and [default] for the default one; in credentials just [x].
 */
static bool is_of_profile(const struct gather *g, const struct ini_entry *e)
{
    bool plain_allowed = !g->is_config || strcmp(g->profile, "default") == 0;
    return sv_is(e->section, g->profile) && (e->kind.ptr ? g->is_config : plain_allowed);
}

static bool on_entry(void *ctx, const struct ini_entry *e)
{
    static const char *const indirect[] = {"role_arn", "sso_session", "sso_start_url",
                                           "credential_process", "web_identity_token_file"};
    struct gather *g = ctx;
    if (!is_of_profile(g, e))
        return true;
    g->p->exists = true;
    if (sv_ieq(e->key, SV("aws_access_key_id")))
        keep_first(&g->p->access_key, e->value);
    else if (sv_ieq(e->key, SV("aws_secret_access_key")))
        keep_first(&g->p->secret_key, e->value);
    else if (sv_ieq(e->key, SV("aws_session_token")))
        keep_first(&g->p->session_token, e->value);
    else if (sv_ieq(e->key, SV("region")))
        keep_first(&g->p->region, e->value);
    for (size_t i = 0; i < ARRAY_LEN(indirect); i++)
        if (sv_ieq(e->key, sv_of(indirect[i])))
            keep_first(&g->p->indirect, e->key);
    return true;
}

int aws_profile_add(struct aws_profile *p, const char *profile, const char *name, struct sv text,
                    bool is_config, struct err *err)
{
    struct gather g = {p, profile, is_config};
    return ini_each(name, text, on_entry, &g, err);
}

/* --- files -------------------------------------------------------------------------------- */

struct files {
    struct str credentials, config;
    const char *profile;
    struct aws_profile p;
};

static void files_release(struct files *f)
{
    secret_str_release(&f->credentials);
    secret_str_release(&f->config);
}

static int load_one(const struct aws_env *env, struct files *f, bool is_config, struct err *err)
{
    struct str *text = is_config ? &f->config : &f->credentials;
    const char *home = aws_env_get(env, "HOME");
    const char *named =
        aws_env_get(env, is_config ? "AWS_CONFIG_FILE" : "AWS_SHARED_CREDENTIALS_FILE");
    _cleanup_str_ struct str path = {0};
    str_init(&path, 4096);
    str_init(text, 0);
    if (named && !(named[0] == '~' && named[1] == '/'))
        str_adds(&path, named);
    else
        str_addf(&path, "%s/%s", home ? home : "",
                 named       ? named + 2
                 : is_config ? ".aws/config"
                             : ".aws/credentials");
    struct err missing = {0};
    if (io_read_file(str_c(&path), FILE_MAX_BYTES, text, &missing)) {
        if (missing.class == ERR_NOT_FOUND)
            return 0;
        if (err)
            *err = missing;
        return -1;
    }
    return aws_profile_add(&f->p, f->profile, str_c(&path), str_sv(text), is_config, err);
}

static int files_load(const struct aws_env *env, const char *profile, struct files *f,
                      struct err *err)
{
    const char *from_env = aws_env_get(env, "AWS_PROFILE");
    if (!from_env)
        from_env = aws_env_get(env, "AWS_DEFAULT_PROFILE");
    f->profile = profile ? profile : from_env ? from_env : "default";
    return load_one(env, f, false, err) || load_one(env, f, true, err) ? -1 : 0;
}

/* --- keys --------------------------------------------------------------------------------- */

static int take(struct aws_credentials *out, struct sv access, struct sv secret, struct sv token,
                struct err *err)
{
    out->access_key = strndup(access.ptr, access.len);
    out->secret_key = strndup(secret.ptr, secret.len);
    out->session_token = token.len ? strndup(token.ptr, token.len) : NULL;
    if (out->access_key && out->secret_key && (!token.len || out->session_token))
        return 0;
    aws_credentials_release(out);
    return err_nomem(err, "AWS credentials");
}

/* 1: nothing there. */
static int from_environment(const struct aws_env *env, struct aws_credentials *out, struct err *err)
{
    const char *access = aws_env_get(env, "AWS_ACCESS_KEY_ID");
    const char *secret = aws_env_get(env, "AWS_SECRET_ACCESS_KEY");
    if (!access)
        return 1;
    if (!secret)
        return err_set(err, ERR_INPUT, "AWS_ACCESS_KEY_ID is set, AWS_SECRET_ACCESS_KEY is not");
    return take(out, sv_of(access), sv_of(secret), sv_of(aws_env_get(env, "AWS_SESSION_TOKEN")),
                err);
}

static int not_ours(struct err *err, const char *what)
{
    err_set(err, ERR_DENIED, "AWS credentials come from %s, which toban cannot use by itself yet",
            what);
    return err_hint(err, "put keys into the environment: eval \"$(aws configure "
                         "export-credentials --format env)\"");
}

static int from_profile(const struct aws_env *env, const struct files *f,
                        struct aws_credentials *out, struct err *err)
{
    const struct aws_profile *p = &f->p;
    char what[160];
    if (p->indirect.ptr) {
        snprintf(what, sizeof what, "%.*s of profile '%s'", SV_ARG(p->indirect), f->profile);
        return not_ours(err, what);
    }
    if (aws_env_get(env, "AWS_WEB_IDENTITY_TOKEN_FILE"))
        return not_ours(err, "AWS_WEB_IDENTITY_TOKEN_FILE");
    if (p->access_key.ptr && p->secret_key.ptr)
        return take(out, p->access_key, p->secret_key, p->session_token, err);
    if (p->access_key.ptr)
        return err_set(err, ERR_INPUT, "AWS profile '%s' has no aws_secret_access_key", f->profile);
    if (aws_env_get(env, "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI") ||
        aws_env_get(env, "AWS_CONTAINER_CREDENTIALS_FULL_URI"))
        return not_ours(err, "the container's account");
    err_set(err, ERR_NOT_FOUND, "no AWS credentials: %s '%s'",
            p->exists ? "no keys in profile" : "there is no profile", f->profile);
    return err_hint(err, "see what the AWS tools find: aws sts get-caller-identity");
}

int aws_credentials_load(const struct aws_env *env, const char *profile,
                         struct aws_credentials *out, struct err *err)
{
    *out = (struct aws_credentials){0};
    int got = profile ? 1 : from_environment(env, out, err);
    if (got <= 0)
        return got;
    _cleanup_(files_release) struct files f = {0};
    if (files_load(env, profile, &f, err))
        return -1;
    return from_profile(env, &f, out, err);
}

bool aws_region_find(const struct aws_env *env, const char *profile, struct str *out)
{
    const char *region = aws_env_get(env, "AWS_REGION");
    if (!region)
        region = aws_env_get(env, "AWS_DEFAULT_REGION");
    if (region) {
        str_adds(out, region);
        return str_ok(out);
    }
    _cleanup_(files_release) struct files f = {0};
    if (files_load(env, profile, &f, NULL) || !f.p.region.ptr)
        return false;
    str_addv(out, f.p.region);
    return str_ok(out);
}
