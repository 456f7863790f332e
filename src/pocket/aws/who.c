/* Who signed a request: the credential scope, its date, and whether the keys still live. */
#include "pocket/aws/request.h"
#include "pocket/aws/sts.h"

#include <ctype.h>
#include <time.h>

#define SKEW_MAX_S 300

struct sv request_header(const struct pocket_aws_asked *asked, const char *name)
{
    for (size_t i = 0; i < asked->header_count; i++)
        if (sv_ieq(asked->headers[i].name, sv_of(name)))
            return asked->headers[i].value;
    return SV_NONE;
}

/* "KEY/20261123/eu-west-1/eks/aws4_request" */
static bool read_scope(struct request_signer *s, struct sv scope)
{
    s->key = sv_split(&scope, '/');
    s->date = sv_split(&scope, '/');
    s->region = sv_split(&scope, '/');
    s->service = sv_split(&scope, '/');
    return s->key.len && s->service.len && sv_is(scope, "aws4_request");
}

/* A signature in the query, as of a URL that somebody else may use. */
static bool read_query(struct request *r)
{
    struct sv query = r->asked->query;
    struct sv scope = shape_form_value(query, "X-Amz-Credential", &r->arena);
    r->signer.time = shape_form_value(query, "X-Amz-Date", &r->arena);
    r->signer.token = shape_form_value(query, "X-Amz-Security-Token", &r->arena);
    return scope.ptr && read_scope(&r->signer, scope);
}

bool request_read_signer(struct request *r)
{
    struct sv header = request_header(r->asked, "Authorization");
    const char *at = header.ptr ? sv_find(header, "Credential=") : NULL;
    if (!at || !sv_starts(header, "AWS4-HMAC-SHA256"))
        return r->asked->query.ptr && read_query(r);
    struct sv scope = sv_n(at, (size_t)(header.ptr + header.len - at));
    scope = sv_n(scope.ptr + strlen("Credential="), scope.len - strlen("Credential="));
    scope = sv_trim(sv_split(&scope, ','));
    r->signer.time = request_header(r->asked, "X-Amz-Date");
    r->signer.token = request_header(r->asked, "X-Amz-Security-Token");
    return read_scope(&r->signer, scope);
}

/* "20261123T140000Z" */
static bool parse_time(struct sv text, int64_t *out)
{
    struct tm tm = {0};
    char copy[17];
    if (text.len != 16)
        return false;
    memcpy(copy, text.ptr, 16);
    copy[16] = '\0';
    const char *end = strptime(copy, "%Y%m%dT%H%M%SZ", &tm);
    if (!end || *end)
        return false;
    *out = timegm(&tm);
    return true;
}

static const char *format_time(struct request *r, int64_t at)
{
    char text[32];
    time_t t = at;
    struct tm tm;
    gmtime_r(&t, &tm);
    strftime(text, sizeof text, "%Y%m%dT%H%M%SZ", &tm);
    return arena_fmt(&r->arena, "%s", text);
}

static int check_date(struct request *r)
{
    const struct request_signer *s = &r->signer;
    int64_t signed_at, now = r->asked->clock;
    if (!parse_time(s->time, &signed_at))
        return request_refuse(
            r, REQUEST_BAD_DATE,
            "Date must be in ISO-8601 'basic format', as YYYYMMDD'T'HHMMSS'Z', of the header "
            "'X-Amz-Date'.");
    if (s->date.len != 8 || memcmp(s->date.ptr, s->time.ptr, 8) != 0)
        return request_refuse(
            r, REQUEST_BAD_DATE,
            arena_fmt(&r->arena,
                      "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of "
                      "date from HTTP: '%.*s' != '%.8s', from '%.*s'.",
                      SV_ARG(s->date), s->time.ptr, SV_ARG(s->time)));
    if (!now || (signed_at >= now - SKEW_MAX_S && signed_at <= now + SKEW_MAX_S))
        return 0;
    bool late = signed_at < now;
    return request_refuse(r, REQUEST_BAD_DATE,
                          arena_fmt(&r->arena, "Signature %s: %.*s is %s %s (%s %c 5 min.)",
                                    late ? "expired" : "not yet current", SV_ARG(s->time),
                                    late ? "now earlier than" : "still later than",
                                    format_time(r, now + (late ? -SKEW_MAX_S : SKEW_MAX_S)),
                                    format_time(r, now), late ? '-' : '+'));
}

int request_check_signer(struct request *r)
{
    const struct request_signer *s = &r->signer;
    if (!sv_is(s->region, r->account->region))
        return request_refuse(r, REQUEST_BAD_SCOPE,
                              arena_fmt(&r->arena,
                                        "Credential should be scoped to a valid region, "
                                        "not '%.*s'. ",
                                        SV_ARG(s->region)));
    if (check_date(r) < 0)
        return -1;
    r->call.key = arena_dup(&r->arena, s->key);
    switch (sts_look(r->account, &r->call, s->token)) {
    case STS_UNKNOWN:
        return request_refuse(r, REQUEST_UNKNOWN_KEYS, NULL);
    case STS_EXPIRED:
        return request_refuse(r, REQUEST_EXPIRED, NULL);
    default:
        return 0;
    }
}
