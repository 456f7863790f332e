#include "aws/sso_cache.h"

#include "base/jsonw.h"
#include "base/secret.h"
#include "base/timestamp.h"

/* Older tools wrote "2020-06-17T10:02:08UTC". */
static bool time_of(struct sv text, int64_t *out)
{
    char plain[64];
    if (!sv_ends(text, "UTC"))
        return timestamp_parse(text, out);
    snprintf(plain, sizeof plain, "%.*sZ", (int)(text.len < 60 ? text.len - 3 : 0), text.ptr);
    return timestamp_parse(sv_of(plain), out);
}

int aws_sso_cache_parse(struct aws_sso_cache *c, const char *name, struct sv text, struct err *err)
{
    *c = (struct aws_sso_cache){0};
    str_addv(&c->text, text);
    if (!str_ok(&c->text))
        return err_nomem(err, "single sign-on");
    if (doc_parse_json(&c->file, name, str_sv(&c->text), NULL, err))
        return -1;
    const struct doc_node *root = c->file.parts[0].root;
    struct aws_sso_token t = {.access_token = doc_get_string(root, "accessToken"),
                              .refresh_token = doc_get_string(root, "refreshToken"),
                              .start_url = doc_get_string(root, "startUrl"),
                              .region = doc_get_string(root, "region"),
                              .client_id = doc_get_string(root, "clientId"),
                              .client_secret = doc_get_string(root, "clientSecret")};
    if (!t.access_token.len || memchr(t.access_token.ptr, '\n', t.access_token.len) ||
        memchr(t.access_token.ptr, '\r', t.access_token.len) ||
        !time_of(doc_get_string(root, "expiresAt"), &t.expires))
        return err_set(err, ERR_INPUT, "%s: expected accessToken and expiresAt", name);
    time_of(doc_get_string(root, "registrationExpiresAt"), &t.registration_expires);
    c->token = t;
    return 0;
}

void aws_sso_cache_release(struct aws_sso_cache *c)
{
    secret_str_release(&c->text);
    doc_release(&c->file);
    c->token = (struct aws_sso_token){0};
}

bool aws_sso_cache_renew(const struct aws_sso_token *old, const struct doc_node *answer,
                         int64_t unix_now, struct str *out)
{
    const struct doc_node *life = doc_get(answer, "expiresIn");
    struct sv access = doc_get_string(answer, "accessToken");
    struct sv refresh = doc_get_string(answer, "refreshToken");
    char until[TIMESTAMP_TEXT_MAX], registered[TIMESTAMP_TEXT_MAX];
    struct jsonw w;
    if (!access.len || !life || life->type != DOC_INT || life->integer <= 0 ||
        life->integer > INT32_MAX)
        return false;
    jsonw_init(&w, out, 0);
    jsonw_object(&w);
    jsonw_kv_sv(&w, "startUrl", old->start_url);
    jsonw_kv_sv(&w, "region", old->region);
    jsonw_kv_sv(&w, "accessToken", access);
    jsonw_kv_str(&w, "expiresAt", timestamp_format(unix_now + life->integer, until));
    jsonw_kv_sv(&w, "refreshToken", refresh.len ? refresh : old->refresh_token);
    jsonw_kv_sv(&w, "clientId", old->client_id);
    jsonw_kv_sv(&w, "clientSecret", old->client_secret);
    if (old->registration_expires)
        jsonw_kv_str(&w, "registrationExpiresAt",
                     timestamp_format(old->registration_expires, registered));
    jsonw_object_end(&w);
    return str_ok(out);
}
