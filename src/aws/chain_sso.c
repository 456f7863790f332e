/* Keys of a role from IAM Identity Center: what `aws sso login` left in the cache, renewed when
 * that is possible without a person. */
#include "aws/chain_internal.h"
#include "aws/sso_cache.h"
#include "base/io.h"
#include "base/jsonw.h"
#include "base/secret.h"

#include <openssl/evp.h>

#define EXPIRY_MARGIN_S 60
#define RENEW_S 300

static const struct aws_service portal = {"portal.sso", "sso", "sso", "sso", AWS_REST_JSON, ""};
static const struct aws_service oidc = {"oidc",     "sso-oauth",   "sso-oauth",
                                        "sso_oidc", AWS_REST_JSON, ""};

/* What a profile says about its sign-on. */
struct sign_on {
    const struct aws_chain *chain;
    const char *profile;
    struct sv session, start_url, region, account, role;
    char region_text[64];
    struct str path; /* of the cache */
};

static int login_needed(const struct sign_on *s, const char *why, struct err *err)
{
    err_set(err, ERR_DENIED, "AWS profile '%s': the single sign-on %s", s->profile, why);
    return err_hint(err, "sign on: aws sso login --profile %s", s->profile);
}

static int read_profile(struct sign_on *s, const struct aws_profile *p, struct err *err)
{
    struct aws_profile section = {0};
    s->session = p->sso_session;
    s->start_url = p->sso_start_url;
    s->region = p->sso_region;
    s->account = p->sso_account_id;
    s->role = p->sso_role_name;
    if (s->session.len) {
        if (aws_section_find(&s->chain->settings->files, "sso-session", s->session, &section, err))
            return -1;
        if (!section.exists)
            return err_set(err, ERR_INPUT, "AWS profile '%s': there is no [sso-session %.*s]",
                           s->profile, SV_ARG(s->session));
        s->start_url = section.sso_start_url;
        s->region = section.sso_region;
    }
    snprintf(s->region_text, sizeof s->region_text, "%.*s", SV_ARG(s->region));
    if (!s->start_url.len || !s->account.len || !s->role.len || !aws_region_valid(s->region_text))
        return err_set(err, ERR_INPUT,
                       "AWS profile '%s': expected sso_start_url, sso_region, sso_account_id and "
                       "sso_role_name",
                       s->profile);
    return 0;
}

/* The AWS tools name the file by the SHA-1 of the session's name, or of the URL without one. */
static int cache_path(struct sign_on *s, struct err *err)
{
    struct sv named = s->session.len ? s->session : s->start_url;
    const char *home = aws_chain_env(s->chain, "HOME");
    unsigned char hash[EVP_MAX_MD_SIZE];
    unsigned n = 0;
    if (EVP_Digest(named.ptr, named.len, hash, &n, EVP_sha1(), NULL) != 1)
        return err_set(err, ERR_LOCAL, "SHA-1 is not available, the single sign-on needs it");
    str_addf(&s->path, "%s/.aws/sso/cache/", home ? home : "");
    for (unsigned i = 0; i < n; i++)
        str_addf(&s->path, "%02x", hash[i]);
    str_adds(&s->path, ".json");
    return str_ok(&s->path) ? 0 : err_nomem(err, "AWS credentials");
}

/* --- renewal ------------------------------------------------------------------------------ */

static void renewal_body(const struct aws_sso_token *t, struct str *body)
{
    struct jsonw w;
    jsonw_init(&w, body, 0);
    jsonw_object(&w);
    jsonw_kv_sv(&w, "clientId", t->client_id);
    jsonw_kv_sv(&w, "clientSecret", t->client_secret);
    jsonw_kv_str(&w, "grantType", "refresh_token");
    jsonw_kv_sv(&w, "refreshToken", t->refresh_token);
    jsonw_object_end(&w);
}

static int call(const struct sign_on *s, const struct aws_call *c, struct aws_answer *answer,
                struct err *err)
{
    _cleanup_str_ struct str url = {0};
    aws_settings_url(s->chain->settings, c->service, s->region_text, &url);
    const struct aws_target target = {str_c(&url), s->region_text};
    return aws_wire_call(s->chain->wire, &target, c, NULL, answer, err);
}

/* The new token goes into the cache too: the old refresh token may be good only once. */
static int renew(struct sign_on *s, struct aws_sso_cache *cache, int64_t now, struct err *err)
{
    _cleanup_aws_answer_ struct aws_answer answer = {0};
    _cleanup_secret_str_ struct str body = {0}, text = {0};
    str_init(&body, AWS_CHAIN_TEXT_MAX);
    str_init(&text, 4 * AWS_CHAIN_TEXT_MAX);
    renewal_body(&cache->token, &body);
    const struct aws_call create = {.service = &oidc,
                                    .action = "CreateToken",
                                    .method = "POST",
                                    .path = "/token",
                                    .body = str_sv(&body),
                                    .max = AWS_CHAIN_TEXT_MAX};
    if (call(s, &create, &answer, err))
        return -1;
    if (!aws_sso_cache_renew(&cache->token, answer.json, now, &text))
        return err_set(err, ERR_INPUT, "the single sign-on answered without a token");
    if (io_write_private(str_c(&s->path), str_sv(&text), err))
        return -1;
    aws_sso_cache_release(cache);
    return aws_sso_cache_parse(cache, str_c(&s->path), str_sv(&text), err);
}

/* --- keys --------------------------------------------------------------------------------- */

static int find_token(struct sign_on *s, struct aws_sso_cache *cache, struct err *err)
{
    _cleanup_secret_str_ struct str text = {0};
    struct err bad = {0};
    int64_t now = aws_wire_now(s->chain->wire) / 1000;
    str_init(&text, 4 * AWS_CHAIN_TEXT_MAX);
    str_room(&text, 2 * AWS_CHAIN_TEXT_MAX);
    if (io_read_file(str_c(&s->path), AWS_CHAIN_TEXT_MAX, &text, &bad)) {
        if (bad.class == ERR_NOT_FOUND)
            return login_needed(s, "has not been used yet", err);
        if (err)
            *err = bad;
        return -1;
    }
    if (aws_sso_cache_parse(cache, str_c(&s->path), str_sv(&text), err))
        return -1;
    const struct aws_sso_token *t = &cache->token;
    if (now < t->expires - RENEW_S)
        return 0;
    bool renewable = t->refresh_token.len && t->client_id.len && t->client_secret.len &&
                     (t->registration_expires == 0 || now < t->registration_expires);
    if (renewable && renew(s, cache, now, &bad) == 0)
        return 0;
    return now < t->expires - EXPIRY_MARGIN_S ? 0 : login_needed(s, "has expired", err);
}

static int take(const struct sign_on *s, const struct aws_answer *a, struct aws_credentials *out,
                struct err *err)
{
    const struct doc_node *given = doc_get(a->json, "roleCredentials");
    const struct doc_node *until = doc_get(given, "expiration");
    struct sv access = doc_get_string(given, "accessKeyId");
    struct sv secret = doc_get_string(given, "secretAccessKey");
    struct sv token = doc_get_string(given, "sessionToken");
    if (!access.len || !secret.len || !token.len || !until || until->type != DOC_INT)
        return err_set(err, ERR_INPUT,
                       "AWS profile '%s': the single sign-on answered without whole credentials",
                       s->profile);
    out->source = "sso";
    return aws_credentials_set(out, access, secret, token, until->integer / 1000, err);
}

static int ask_for_keys(const struct sign_on *s, struct sv token, struct aws_credentials *out,
                        struct err *err)
{
    _cleanup_aws_answer_ struct aws_answer answer = {0};
    _cleanup_str_ struct str query = {0};
    _cleanup_secret_str_ struct str bearer = {0};
    str_init(&bearer, AWS_CHAIN_TEXT_MAX);
    str_addv(&bearer, token);
    str_adds(&query, "role_name=");
    http_escape(&query, s->role, "");
    str_adds(&query, "&account_id=");
    http_escape(&query, s->account, "");
    const struct aws_header header = {"x-amz-sso_bearer_token", str_c(&bearer)};
    const struct aws_call get = {.service = &portal,
                                 .action = "GetRoleCredentials",
                                 .method = "GET",
                                 .path = "/federation/credentials",
                                 .query = str_c(&query),
                                 .headers = &header,
                                 .header_count = 1,
                                 .idempotent = true,
                                 .max = AWS_CHAIN_TEXT_MAX};
    if (call(s, &get, &answer, err) == 0)
        return take(s, &answer, out, err);
    if (answer.status == 401)
        return login_needed(s, "is no longer accepted", err);
    return err_wrap(err, "AWS profile '%s'", s->profile);
}

int aws_chain_sso(const struct aws_chain *c, const char *name, const struct aws_profile *p,
                  struct aws_credentials *out, struct err *err)
{
    struct sign_on s = {.chain = c, .profile = name};
    struct aws_sso_cache cache = {0};
    int result = -1;
    if (read_profile(&s, p, err) == 0 && cache_path(&s, err) == 0 &&
        find_token(&s, &cache, err) == 0)
        result = ask_for_keys(&s, cache.token.access_token, out, err);
    aws_sso_cache_release(&cache);
    str_release(&s.path);
    return result;
}
