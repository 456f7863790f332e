/* Keys of a role, from STS. */
#include "aws/chain_internal.h"
#include "aws/partition.h"
#include "base/secret.h"
#include "base/timestamp.h"

#include <stdio.h>

struct lent {
    const struct aws_credentials *keys;
};

static int lend(void *ctx, bool renew, const struct aws_credentials **out, struct err *err)
{
    const struct lent *l = ctx;
    (void)renew, (void)err;
    *out = l->keys;
    return 0;
}

/* Any region's STS knows all roles of its partition. */
static const char *region_of(const struct aws_chain *c, struct sv role_arn)
{
    struct aws_arn arn;
    const struct aws_partition *p = NULL;
    if (c->settings->region)
        return c->settings->region;
    if (aws_arn_parse(role_arn, &arn))
        p = aws_partition_by_id(arn.partition);
    return p ? p->home_region : "us-east-1";
}

static int take(const struct aws_answer *a, const char *result, struct aws_credentials *out,
                struct err *err)
{
    const struct aws_xml_node *given = aws_xml_get(aws_xml_get(a->xml, result), "Credentials");
    struct sv access = aws_xml_text(given, "AccessKeyId");
    struct sv secret = aws_xml_text(given, "SecretAccessKey");
    struct sv token = aws_xml_text(given, "SessionToken");
    int64_t expires;
    if (!access.len || !secret.len || !token.len ||
        !timestamp_parse(aws_xml_text(given, "Expiration"), &expires))
        return err_set(err, ERR_INPUT, "STS answered without whole credentials");
    return aws_credentials_set(out, access, secret, token, expires, err);
}

static int fill_form(const struct aws_chain *c, const struct aws_role *role, struct str *form,
                     struct err *err)
{
    char name[64];
    snprintf(name, sizeof name, "toban-%lld", (long long)(aws_wire_now(c->wire) / 1000));
    aws_form_add(form, role->arn, "RoleArn");
    aws_form_add(form, role->session_name.len ? role->session_name : sv_of(name),
                 "RoleSessionName");
    aws_form_add(form, role->duration, "DurationSeconds");
    if (!role->token_file.len) {
        aws_form_add(form, role->external_id, "ExternalId");
        return 0;
    }
    _cleanup_secret_str_ struct str token = {0};
    char path[4096];
    snprintf(path, sizeof path, "%.*s", SV_ARG(role->token_file));
    if (aws_chain_token(path, &token, err))
        return -1;
    aws_form_add(form, str_sv(&token), "WebIdentityToken");
    return 0;
}

int aws_chain_assume(const struct aws_chain *c, const struct aws_role *role,
                     const struct aws_credentials *keys, struct aws_credentials *out,
                     struct err *err)
{
    _cleanup_aws_answer_ struct aws_answer answer = {0};
    _cleanup_secret_str_ struct str form = {0};
    _cleanup_str_ struct str url = {0};
    struct lent lent = {keys};
    const char *action = keys ? "AssumeRole" : "AssumeRoleWithWebIdentity";
    const struct aws_target target = {.region = region_of(c, role->arn)};
    const struct aws_signer signer = {lend, &lent};
    str_init(&form, 4 * AWS_CHAIN_TEXT_MAX);
    str_room(&form, 3 * AWS_CHAIN_TEXT_MAX);
    if (fill_form(c, role, &form, err))
        return -1;
    aws_settings_url(c->settings, &aws_service_sts, target.region, &url);
    const struct aws_call call = {.service = &aws_service_sts,
                                  .action = action,
                                  .body = str_sv(&form),
                                  .idempotent = true,
                                  .max = AWS_CHAIN_TEXT_MAX};
    if (!str_ok(&form) || !str_ok(&url))
        return err_nomem(err, "AWS credentials");
    if (aws_wire_call(c->wire, &(struct aws_target){str_c(&url), target.region}, &call,
                      keys ? &signer : NULL, &answer, err))
        return err_wrap(err, "role '%.*s'", SV_ARG(role->arn));
    out->source = "role";
    return take(&answer, keys ? "AssumeRoleResult" : "AssumeRoleWithWebIdentityResult", out, err);
}
