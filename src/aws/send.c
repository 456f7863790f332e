/* One attempt of a call: its bytes, its signature, its answer. */
#include "aws/reason.h"
#include "aws/wire.h"
#include "base/secret.h"
#include "net/http_url.h"

#include <stdio.h>

#define HEADERS_MAX 12
#define SECRET_ROOM ((size_t)16 << 10)

/* A call on its way. */
struct sending {
    const struct aws_call *call;
    struct str url, host, path, body, target;
    struct aws_header signed_headers[HEADERS_MAX];
    size_t count;
    struct str lines; /* all headers as they go out, each ended by a NUL; holds secrets */
};

static void sending_release(struct sending *s)
{
    str_release(&s->url);
    str_release(&s->host);
    str_release(&s->path);
    str_release(&s->body);
    str_release(&s->target);
    secret_str_release(&s->lines);
}

static enum aws_protocol protocol_of(const struct sending *s)
{
    return s->call->service->protocol;
}

static bool speaks_xml(enum aws_protocol protocol)
{
    return protocol == AWS_QUERY || protocol == AWS_EC2;
}

static const char *content_type(const struct sending *s)
{
    switch (protocol_of(s)) {
    case AWS_JSON_1_0:
        return "application/x-amz-json-1.0";
    case AWS_JSON_1_1:
        return "application/x-amz-json-1.1";
    case AWS_QUERY:
    case AWS_EC2:
        return "application/x-www-form-urlencoded; charset=utf-8";
    case AWS_REST_JSON:
        break;
    }
    return s->call->body.ptr ? "application/json" : NULL;
}

static void make_body(struct sending *s)
{
    const struct aws_call *call = s->call;
    if (speaks_xml(protocol_of(s)))
        str_addf(&s->body, "Action=%s&Version=%s", call->action, call->service->version);
    else if (protocol_of(s) != AWS_REST_JSON && !call->body.ptr)
        str_adds(&s->body, "{}");
    str_addv(&s->body, call->body);
}

static int make_url(struct sending *s, const struct aws_target *target, struct err *err)
{
    struct http_url parts;
    if (!http_url_split(target->url, &parts))
        return err_set(err, ERR_USAGE, "'%s' is no URL of an AWS endpoint", target->url);
    struct sv prefix = parts.path;
    while (sv_ends(prefix, "/"))
        prefix.len--;
    str_addv(&s->host, parts.authority);
    str_addv(&s->path, prefix);
    str_adds(&s->path, protocol_of(s) == AWS_REST_JSON ? s->call->path : "/");
    str_addf(&s->url, "%.*s://%s%s", SV_ARG(parts.scheme), str_c(&s->host), str_c(&s->path));
    if (protocol_of(s) == AWS_REST_JSON && s->call->query && *s->call->query)
        str_addf(&s->url, "?%s", s->call->query);
    return 0;
}

static void sign_along(struct sending *s, const char *name, const char *value)
{
    if (value && s->count < HEADERS_MAX)
        s->signed_headers[s->count++] = (struct aws_header){name, value};
}

static void add_line(struct str *lines, const char *name, const char *value)
{
    str_addf(lines, "%s: %s", name, value);
    str_addc(lines, '\0');
}

static void make_headers(struct sending *s)
{
    sign_along(s, "content-type", content_type(s));
    if (protocol_of(s) == AWS_JSON_1_0 || protocol_of(s) == AWS_JSON_1_1) {
        str_addf(&s->target, "%s.%s", s->call->service->version, s->call->action);
        sign_along(s, "x-amz-target", str_c(&s->target));
    }
    for (size_t i = 0; i < s->call->header_count; i++)
        sign_along(s, s->call->headers[i].name, s->call->headers[i].value);
    for (size_t i = 0; i < s->count; i++)
        add_line(&s->lines, s->signed_headers[i].name, s->signed_headers[i].value);
    /* libcurl writes this one itself. */
    sign_along(s, "host", str_c(&s->host));
}

static const char *method_of(const struct sending *s)
{
    return protocol_of(s) == AWS_REST_JSON ? s->call->method : "POST";
}

static int sign(struct sending *s, const struct aws_target *target,
                const struct aws_credentials *keys, int64_t unix_now, struct err *err)
{
    const struct aws_request request = {.method = method_of(s),
                                        .path = str_c(&s->path),
                                        .query =
                                            protocol_of(s) == AWS_REST_JSON ? s->call->query : NULL,
                                        .headers = s->signed_headers,
                                        .header_count = s->count,
                                        .body = str_sv(&s->body)};
    const struct aws_scope scope = {target->region, s->call->service->signing, unix_now};
    char date[AWS_DATE_MAX];
    str_adds(&s->lines, "Authorization: ");
    if (aws_sign(&request, keys, &scope, date, &s->lines, err))
        return -1;
    str_addc(&s->lines, '\0');
    add_line(&s->lines, "X-Amz-Date", date);
    if (keys->session_token)
        add_line(&s->lines, "X-Amz-Security-Token", keys->session_token);
    return 0;
}

static int exchange(struct aws_wire *w, struct sending *s, struct http_response *response,
                    struct err *err)
{
    const char *lines[HEADERS_MAX + 4] = {0};
    size_t n = 0;
    for (size_t at = 0; at < s->lines.len; at += strlen(s->lines.data + at) + 1)
        lines[n++] = s->lines.data + at;
    bool has_body = protocol_of(s) != AWS_REST_JSON || s->call->body.ptr ||
                    strcmp(method_of(s), "POST") == 0 || strcmp(method_of(s), "PUT") == 0;
    const struct http_request request = {.method = method_of(s),
                                         .url = str_c(&s->url),
                                         .headers = lines,
                                         .body = has_body ? str_sv(&s->body) : SV_NONE,
                                         .max = s->call->max ? s->call->max : AWS_ANSWER_MAX,
                                         .timeout_ms = w->timeout_ms + s->call->held_ms,
                                         .once = !s->call->idempotent};
    struct http_client *http = aws_wire_http(w, err);
    return http ? http_run(http, &request, response, err) : -1;
}

/* --- the answer --------------------------------------------------------------------------- */

static int parse_body(const struct aws_call *call, struct aws_answer *a, struct err *err)
{
    struct sv body = sv_trim(str_sv(&a->body));
    if (!body.len)
        return 0;
    if (speaks_xml(call->service->protocol)) {
        if (aws_xml_parse(&a->tree, str_sv(&a->body), err))
            return -1;
        a->xml = a->tree.root;
        return 0;
    }
    if (doc_parse_json(&a->file, "answer", str_sv(&a->body), NULL, err))
        return -1;
    a->json = a->file.parts[0].root;
    return 0;
}

static int understand(const struct aws_call *call, const struct aws_target *target,
                      struct http_response *response, struct aws_answer *a, struct err *err)
{
    struct err bad = {0};
    bool fine = response->status >= 200 && response->status < 300;
    a->status = response->status;
    a->body = response->body;
    response->body = (struct str){0};
    int parsed = parse_body(call, a, &bad);
    aws_reason_read(a, response);
    if (!fine)
        return aws_reason_explain(call, target->region, a, err);
    if (!parsed)
        return 0;
    if (err)
        *err = bad;
    return err_wrap(err, "%s:%s in %s: not understood", call->service->iam, call->action,
                    target->region);
}

int aws_wire_send(struct aws_wire *w, const struct aws_target *target, const struct aws_call *call,
                  const struct aws_credentials *keys, struct aws_answer *answer,
                  struct http_response *response, struct err *err)
{
    _cleanup_(sending_release) struct sending s = {.call = call};
    str_init(&s.lines, SECRET_ROOM * 4);
    /* No copy of the token stays behind where the text has grown. */
    str_room(&s.lines, SECRET_ROOM);
    make_body(&s);
    if (make_url(&s, target, err))
        return -1;
    make_headers(&s);
    int64_t now = (aws_wire_now(w) + w->skew_ms) / 1000;
    if (keys && sign(&s, target, keys, now, err))
        return -1;
    if (!str_ok(&s.url) || !str_ok(&s.body) || !str_ok(&s.lines) || !str_ok(&s.target))
        return err_nomem(err, "a call of AWS");
    if (exchange(w, &s, response, err))
        return err_wrap(err, "%s:%s in %s", call->service->iam, call->action, target->region);
    return understand(call, target, response, answer, err);
}
