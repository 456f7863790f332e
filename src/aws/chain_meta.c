/* Keys of the container (ECS, EKS Pod Identity) or of the instance (IMDSv2) this runs on. These
 * endpoints are on this machine: no proxy, little patience. */
#include "aws/chain_internal.h"
#include "base/secret.h"
#include "net/http_url.h"

#include <stdio.h>

#define ECS_HOST "169.254.170.2"
#define EKS_HOST "169.254.170.23"
#define EKS_HOST_V6 "[fd00:ec2::23]"
#define INSTANCE_URL "http://169.254.169.254"
#define INSTANCE_URL_V6 "http://[fd00:ec2::254]"
#define TOKEN_LIFE_S 21600
/* An instance whose keys could not be renewed hands out the old ones, and AWS takes them. */
#define STALE_GRACE_S 600

/* One endpoint of the machine. */
struct local {
    const struct aws_chain *chain;
    struct http_client *http;
    unsigned timeout_ms, attempts;
};

static void local_release(struct local *l)
{
    http_client_free(l->http);
}

static int local_open(struct local *l, unsigned timeout_ms, unsigned attempts, struct err *err)
{
    const struct http_config config = {.proxy = "", .connect_timeout_ms = timeout_ms};
    l->timeout_ms = timeout_ms;
    l->attempts = attempts;
    return http_client_new(&config, &l->http, err);
}

/* Any answer counts as one; 429 and 5xx are asked for again. */
static int ask(struct local *l, const char *method, const char *url, const char *header,
               struct http_response *r, struct err *err)
{
    const char *headers[] = {header, NULL};
    const struct http_request request = {.method = method,
                                         .url = url,
                                         .headers = headers,
                                         .max = AWS_CHAIN_TEXT_MAX,
                                         .timeout_ms = l->timeout_ms};
    const struct retry_policy policy = {l->attempts, 200, 2000};
    struct aws_wire *w = l->chain->wire;
    struct retry_case c = {.idempotent = true};
    unsigned delay = 0;
    for (c.attempt = 1;; c.attempt++) {
        http_response_release(r);
        *r = (struct http_response){0};
        int result = http_run(l->http, &request, r, err);
        c.outcome = r->outcome;
        c.status = r->status;
        c.retry_after = http_header(r, "retry-after", NULL);
        c.unix_now = aws_wire_now(w) / 1000;
        if (!retry_decide(&policy, &c, &w->rng, &delay) || !w->clock.wait(w->clock.ctx, delay))
            return result;
        err_clear(err);
    }
}

static void response_wipe(struct http_response *r)
{
    secret_str_release(&r->body);
    http_response_release(r);
}

/* --- container ---------------------------------------------------------------------------- */

static bool may_be_told(const struct http_url *url)
{
    static const char *const hosts[] = {ECS_HOST, EKS_HOST, EKS_HOST_V6};
    if (sv_is(url->scheme, "https") || http_url_loopback(url))
        return true;
    for (size_t i = 0; i < ARRAY_LEN(hosts); i++)
        if (sv_is(url->host, hosts[i]))
            return true;
    return false;
}

/* False: no container. */
static bool container_url(const struct aws_chain *c, struct str *url)
{
    const char *relative = aws_chain_env(c, "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI");
    const char *full = aws_chain_env(c, "AWS_CONTAINER_CREDENTIALS_FULL_URI");
    if (relative)
        str_addf(url, "http://" ECS_HOST "%s", relative);
    else if (full)
        str_adds(url, full);
    return relative || full;
}

static int container_header(const struct aws_chain *c, struct str *header, struct err *err)
{
    const char *file = aws_chain_env(c, "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE");
    const char *plain = aws_chain_env(c, "AWS_CONTAINER_AUTHORIZATION_TOKEN");
    _cleanup_secret_str_ struct str token = {0};
    str_init(header, 2 * AWS_CHAIN_TEXT_MAX);
    str_room(header, AWS_CHAIN_TEXT_MAX + 64);
    if (file && aws_chain_token(file, &token, err))
        return -1;
    if (!file && !plain)
        return 0;
    const char *value = file ? str_c(&token) : plain;
    if (strpbrk(value, "\r\n"))
        return err_set(err, ERR_INPUT, "the token for the container's credentials has two lines");
    str_addf(header, "Authorization: %s", value);
    return 0;
}

static int refused(const char *what, const struct http_response *r, struct err *err)
{
    _cleanup_doc_ struct doc_file f = {0};
    struct sv message = SV_NONE;
    if (doc_parse_json(&f, what, str_sv(&r->body), NULL, NULL) == 0)
        message = doc_get_string(f.parts[0].root, "message");
    enum err_class class = r->status >= 500 || r->status == 429 ? ERR_REMOTE : ERR_DENIED;
    return err_set(err, class, "%s answered HTTP status %d%s%.*s", what, r->status,
                   message.len ? ": " : "", SV_ARG(message));
}

int aws_chain_container(const struct aws_chain *c, struct aws_credentials *out, struct err *err)
{
    static const char what[] = "the container's credentials";
    _cleanup_(local_release) struct local l = {.chain = c};
    _cleanup_(response_wipe) struct http_response r = {0};
    _cleanup_secret_str_ struct str header = {0};
    _cleanup_str_ struct str url = {0};
    struct http_url parts;
    if (!container_url(c, &url))
        return 1;
    if (!http_url_split(str_c(&url), &parts) || !may_be_told(&parts)) {
        err_set(err, ERR_INPUT, "AWS_CONTAINER_CREDENTIALS_FULL_URI leads to '%.*s'",
                SV_ARG(parts.authority));
        return err_hint(err,
                        "expected https, this machine, " ECS_HOST ", " EKS_HOST " or " EKS_HOST_V6);
    }
    if (container_header(c, &header, err) || local_open(&l, 2000, 3, err) ||
        ask(&l, "GET", str_c(&url), header.len ? str_c(&header) : NULL, &r, err))
        return -1;
    if (r.status != 200)
        return refused(what, &r, err);
    out->source = "container";
    return aws_chain_json(what, str_sv(&r.body), out, err);
}

/* --- instance ----------------------------------------------------------------------------- */

static bool is_true(const char *value)
{
    return value && strcasecmp(value, "true") == 0;
}

static unsigned number_of(const struct aws_chain *c, const char *variable, unsigned usual)
{
    const char *value = aws_chain_env(c, variable);
    uint64_t n;
    return value && sv_to_u64(sv_of(value), &n) && n > 0 && n <= 60 ? (unsigned)n : usual;
}

static void instance_url(const struct aws_chain *c, struct str *url)
{
    const char *own = aws_chain_env(c, "AWS_EC2_METADATA_SERVICE_ENDPOINT");
    const char *mode = aws_chain_env(c, "AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE");
    struct sv base = own                                     ? sv_of(own)
                     : mode && strcasecmp(mode, "ipv6") == 0 ? SV(INSTANCE_URL_V6)
                                                             : SV(INSTANCE_URL);
    while (sv_ends(base, "/"))
        base.len--;
    str_addv(url, base);
}

/* Appends the header that carries the session. 1: there is no such service here. */
static int instance_session(struct local *l, const char *base, struct str *header, struct err *err)
{
    _cleanup_(response_wipe) struct http_response r = {0};
    _cleanup_str_ struct str url = {0}, life = {0};
    str_addf(&url, "%s/latest/api/token", base);
    str_addf(&life, "X-aws-ec2-metadata-token-ttl-seconds: %d", TOKEN_LIFE_S);
    if (ask(l, "PUT", str_c(&url), str_c(&life), &r, err)) {
        err_clear(err);
        return 1;
    }
    struct sv token = sv_trim(str_sv(&r.body));
    if (r.status != 200 || !token.len || memchr(token.ptr, '\n', token.len))
        return 1;
    str_addf(header, "X-aws-ec2-metadata-token: %.*s", SV_ARG(token));
    return 0;
}

static int instance_keys(struct local *l, const char *base, const char *session,
                         struct aws_credentials *out, struct err *err)
{
    static const char what[] = "the instance's credentials";
    static const char path[] = "latest/meta-data/iam/security-credentials/";
    _cleanup_(response_wipe) struct http_response role = {0}, r = {0};
    _cleanup_str_ struct str url = {0};
    str_addf(&url, "%s/%s", base, path);
    if (ask(l, "GET", str_c(&url), session, &role, err))
        return err_wrap(err, "%s", what);
    if (role.status == 404)
        return 1;
    struct sv rest = sv_trim(str_sv(&role.body));
    struct sv name = sv_trim(sv_split(&rest, '\n'));
    if (role.status != 200 || !name.len)
        return refused(what, &role, err);
    http_escape(&url, name, "");
    if (ask(l, "GET", str_c(&url), session, &r, err))
        return err_wrap(err, "%s", what);
    if (r.status != 200)
        return refused(what, &r, err);
    return aws_chain_json(what, str_sv(&r.body), out, err);
}

int aws_chain_instance(const struct aws_chain *c, struct aws_credentials *out, struct err *err)
{
    _cleanup_(local_release) struct local l = {.chain = c};
    _cleanup_secret_str_ struct str session = {0};
    _cleanup_str_ struct str base = {0};
    str_init(&session, 2 * AWS_CHAIN_TEXT_MAX);
    if (is_true(aws_chain_env(c, "AWS_EC2_METADATA_DISABLED")))
        return 1;
    instance_url(c, &base);
    if (local_open(&l, number_of(c, "AWS_METADATA_SERVICE_TIMEOUT", 1) * 1000,
                   number_of(c, "AWS_METADATA_SERVICE_NUM_ATTEMPTS", 2), err))
        return -1;
    int got = instance_session(&l, str_c(&base), &session, err);
    if (!got)
        got = instance_keys(&l, str_c(&base), str_c(&session), out, err);
    int64_t now = aws_wire_now(c->wire) / 1000;
    if (!got && out->expires <= now)
        out->expires = now + STALE_GRACE_S;
    out->source = "instance";
    return got;
}
