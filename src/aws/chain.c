#include "aws/chain.h"

#include "aws/chain_internal.h"
#include "base/io.h"
#include "base/secret.h"
#include "base/timestamp.h"

#define DEPTH_MAX 8

/* A profile on the way to its keys. */
struct place {
    const struct aws_chain *chain;
    const char *name;
    struct aws_profile p;
    const struct place *user; /* the profile that has this one as its source; NULL: the first */
    unsigned depth;
};

static int from_place(struct place *at, struct aws_credentials *out, struct err *err);

/* --- small ones --------------------------------------------------------------------------- */

int aws_chain_token(const char *path, struct str *out, struct err *err)
{
    str_init(out, 4 * AWS_CHAIN_TEXT_MAX);
    str_room(out, 2 * AWS_CHAIN_TEXT_MAX);
    if (io_read_file(path, AWS_CHAIN_TEXT_MAX, out, err))
        return -1;
    struct sv text = sv_trim(str_sv(out));
    if (!text.len)
        return err_set(err, ERR_INPUT, "%s: empty, expected a token", path);
    memmove(out->data, text.ptr, text.len);
    out->len = text.len;
    out->data[out->len] = '\0';
    return 0;
}

static int read_json(const char *what, const struct doc_node *root, struct aws_credentials *out,
                     struct err *err)
{
    struct sv access = doc_get_string(root, "AccessKeyId");
    struct sv secret = doc_get_string(root, "SecretAccessKey");
    struct sv token = doc_get_string(root, "SessionToken");
    struct sv until = doc_get_string(root, "Expiration");
    int64_t expires = 0;
    if (!token.ptr)
        token = doc_get_string(root, "Token");
    if (!access.len || !secret.len)
        return err_set(err, ERR_INPUT, "%s: no AccessKeyId and SecretAccessKey in the answer",
                       what);
    if (until.len && !timestamp_parse(until, &expires))
        return err_set(err, ERR_INPUT, "%s: Expiration is no point in time", what);
    return aws_credentials_set(out, access, secret, token, expires, err);
}

int aws_chain_json(const char *what, struct sv text, struct aws_credentials *out, struct err *err)
{
    _cleanup_doc_ struct doc_file f = {0};
    if (doc_parse_json(&f, what, text, NULL, err))
        return -1;
    return read_json(what, f.parts[0].root, out, err);
}

/* 1: nothing there. */
static int from_environment(const struct aws_chain *c, struct aws_credentials *out, struct err *err)
{
    const char *access = aws_chain_env(c, "AWS_ACCESS_KEY_ID");
    const char *secret = aws_chain_env(c, "AWS_SECRET_ACCESS_KEY");
    if (!access)
        return 1;
    if (!secret)
        return err_set(err, ERR_INPUT, "AWS_ACCESS_KEY_ID is set, AWS_SECRET_ACCESS_KEY is not");
    out->source = "environment";
    return aws_credentials_set(out, sv_of(access), sv_of(secret),
                               sv_of(aws_chain_env(c, "AWS_SESSION_TOKEN")), 0, err);
}

/* --- roles -------------------------------------------------------------------------------- */

static struct aws_role role_of(const struct aws_profile *p)
{
    return (struct aws_role){.arn = p->role_arn,
                             .session_name = p->role_session_name,
                             .external_id = p->external_id,
                             .duration = p->duration_seconds,
                             .token_file = p->web_identity_token_file};
}

static int keys_of_profile(const struct place *at, struct aws_credentials *out, struct err *err)
{
    out->source = "profile";
    if (!at->p.aws_secret_access_key.ptr)
        return err_set(err, ERR_INPUT, "AWS profile '%s' has no aws_secret_access_key", at->name);
    return aws_credentials_set(out, at->p.aws_access_key_id, at->p.aws_secret_access_key,
                               at->p.aws_session_token, 0, err);
}

static int from_source_profile(const struct place *at, struct aws_credentials *out, struct err *err)
{
    char name[256];
    snprintf(name, sizeof name, "%.*s", SV_ARG(at->p.source_profile));
    if (strcmp(name, at->name) == 0 && at->p.aws_access_key_id.ptr)
        return keys_of_profile(at, out, err);
    for (const struct place *user = at; user; user = user->user)
        if (strcmp(name, user->name) == 0)
            return err_set(err, ERR_INPUT, "AWS profile '%s': source_profile leads back to '%s'",
                           at->name, name);
    if (at->depth == DEPTH_MAX)
        return err_set(err, ERR_LIMIT, "AWS profile '%s': more than %d profiles one after another",
                       at->name, DEPTH_MAX);
    struct place next = {.chain = at->chain, .name = name, .user = at, .depth = at->depth + 1};
    if (aws_profile_find(&at->chain->settings->files, name, &next.p, err))
        return -1;
    if (!next.p.exists)
        return err_set(err, ERR_NOT_FOUND,
                       "AWS profile '%s': there is no profile '%s' (its source_profile)", at->name,
                       name);
    int got = from_place(&next, out, err);
    if (got != 1)
        return got;
    return err_set(err, ERR_NOT_FOUND,
                   "AWS profile '%s': no credentials in profile '%s' (its source_profile)",
                   at->name, name);
}

static int from_credential_source(const struct place *at, struct aws_credentials *out,
                                  struct err *err)
{
    struct sv source = at->p.credential_source;
    int got;
    if (sv_is(source, "Environment"))
        got = from_environment(at->chain, out, err);
    else if (sv_is(source, "Ec2InstanceMetadata"))
        got = aws_chain_instance(at->chain, out, err);
    else if (sv_is(source, "EcsContainer"))
        got = aws_chain_container(at->chain, out, err);
    else
        return err_set(err, ERR_INPUT,
                       "AWS profile '%s': credential_source is '%.*s', expected Environment, "
                       "Ec2InstanceMetadata or EcsContainer",
                       at->name, SV_ARG(source));
    if (got != 1)
        return got;
    return err_set(err, ERR_NOT_FOUND,
                   "AWS profile '%s': no credentials from %.*s (its "
                   "credential_source)",
                   at->name, SV_ARG(source));
}

static int from_role(const struct place *at, struct aws_credentials *out, struct err *err)
{
    _cleanup_aws_credentials_ struct aws_credentials keys = {0};
    const struct aws_role role = role_of(&at->p);
    int result = 0;
    if (at->p.mfa_serial.len) {
        err_set(err, ERR_DENIED, "AWS profile '%s' wants a code of the device '%.*s'", at->name,
                SV_ARG(at->p.mfa_serial));
        return err_hint(err,
                        "log in with the AWS tools and hand the keys on: eval \"$(aws configure "
                        "export-credentials --profile %s --format env)\"",
                        at->name);
    }
    if (at->p.source_profile.len)
        result = from_source_profile(at, &keys, err);
    else if (at->p.credential_source.len)
        result = from_credential_source(at, &keys, err);
    else if (!role.token_file.len)
        result = err_set(err, ERR_INPUT,
                         "AWS profile '%s' has a role_arn, but neither source_profile nor "
                         "credential_source nor web_identity_token_file",
                         at->name);
    if (result)
        return -1;
    return aws_chain_assume(at->chain, &role, role.token_file.len ? NULL : &keys, out, err)
               ? err_wrap(err, "AWS profile '%s'", at->name)
               : 0;
}

/* AWS_WEB_IDENTITY_TOKEN_FILE, as EKS sets it for service accounts with a role. */
static int from_web_identity(const struct aws_chain *c, struct aws_credentials *out,
                             struct err *err)
{
    const struct aws_role role = {.arn = sv_of(aws_chain_env(c, "AWS_ROLE_ARN")),
                                  .session_name = sv_of(aws_chain_env(c, "AWS_ROLE_SESSION_NAME")),
                                  .token_file =
                                      sv_of(aws_chain_env(c, "AWS_WEB_IDENTITY_TOKEN_FILE"))};
    if (!role.token_file.len)
        return 1;
    if (!role.arn.len)
        return err_set(err, ERR_INPUT, "AWS_WEB_IDENTITY_TOKEN_FILE is set, AWS_ROLE_ARN is not");
    return aws_chain_assume(c, &role, NULL, out, err);
}

/* --- order -------------------------------------------------------------------------------- */

/* 1: the profile says nothing of credentials. */
static int from_place(struct place *at, struct aws_credentials *out, struct err *err)
{
    const struct aws_profile *p = &at->p;
    if (p->role_arn.len)
        return from_role(at, out, err);
    if (!at->user && !at->chain->settings->profile_named) {
        int got = from_web_identity(at->chain, out, err);
        if (got != 1)
            return got;
    }
    if (p->sso_account_id.len || p->sso_role_name.len)
        return aws_chain_sso(at->chain, at->name, p, out, err);
    if (p->aws_access_key_id.ptr)
        return keys_of_profile(at, out, err);
    if (!p->credential_process.len)
        return 1;
    out->source = "process";
    return aws_chain_process(at->chain, p->credential_process, out, err)
               ? err_wrap(err, "AWS profile '%s': credential_process", at->name)
               : 0;
}

static int nothing(const struct aws_settings *s, struct err *err)
{
    err_set(err, ERR_NOT_FOUND, "no AWS credentials: %s '%s'",
            s->profile.exists ? "no keys in profile" : "there is no profile", s->profile_name);
    if (s->profile.login_session.len)
        return err_hint(err, "hand on what `aws login` keeps: eval \"$(aws configure "
                             "export-credentials --format env)\"");
    return err_hint(err, "see what the AWS tools find: aws sts get-caller-identity");
}

int aws_chain_find(const struct aws_chain *chain, struct aws_credentials *out, struct err *err)
{
    const struct aws_settings *s = chain->settings;
    aws_credentials_release(out);
    int got = s->profile_named ? 1 : from_environment(chain, out, err);
    if (got != 1)
        return got;
    struct place at = {.chain = chain, .name = s->profile_name, .p = s->profile};
    got = from_place(&at, out, err);
    /* A name that means nothing is a mistake; the account of the machine would hide it. */
    if (got == 1 && !s->profile.exists && strcmp(s->profile_name, "default") != 0)
        return nothing(s, err);
    if (got == 1)
        got = aws_chain_container(chain, out, err);
    if (got == 1)
        got = aws_chain_instance(chain, out, err);
    return got == 1 ? nothing(s, err) : got;
}
