#include "net/http_head.h"

const char *http_head_line_trouble(struct sv line, bool first)
{
    if (line.len < 2 || line.ptr[line.len - 2] != '\r')
        return "a line of the head does not end in CR LF";
    for (size_t i = 0; i + 2 < line.len; i++) {
        unsigned char c = (unsigned char)line.ptr[i];
        if ((c < 0x20 && c != '\t') || c == 0x7f)
            return "a control character in the head";
    }
    if (!first && (line.ptr[0] == ' ' || line.ptr[0] == '\t'))
        return "a header that is folded over two lines";
    return NULL;
}

static void refuse(struct http_head_verdict *verdict, int status, const char *why)
{
    if (!verdict->status)
        *verdict = (struct http_head_verdict){status, why};
}

/* RFC 9110 5.6.2 */
static bool is_token(struct sv v)
{
    for (size_t i = 0; i < v.len; i++) {
        char c = v.ptr[i];
        bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        if (!letter && (c == '\0' || !strchr("!#$%&'*+-.^_`|~", c)))
            return false;
    }
    return v.len > 0;
}

/* The headers that say where a request ends, and to whom it goes. */
struct framing {
    size_t lengths, codings, hosts;
    struct sv length, coding;
};

static void look(const struct http_intake *in, struct framing *f, struct http_head_verdict *verdict)
{
    for (size_t i = 0; i < in->asked.header_count; i++) {
        const struct http_header_line *h = &in->asked.headers[i];
        if (!is_token(h->name))
            refuse(verdict, 400, "the name of a header is no token");
        if (sv_ieq(h->name, SV("content-length"))) {
            f->lengths++;
            f->length = h->value;
        } else if (sv_ieq(h->name, SV("transfer-encoding"))) {
            f->codings++;
            f->coding = h->value;
        } else if (sv_ieq(h->name, SV("host"))) {
            f->hosts++;
        }
    }
}

static void judge_framing(struct http_intake *in, const struct framing *f,
                          struct http_head_verdict *verdict)
{
    uint64_t length = 0;
    if (f->hosts > 1 || (f->hosts == 0 && !in->http10))
        refuse(verdict, 400, "exactly one Host header is expected");
    if (f->lengths && f->codings)
        refuse(verdict, 400, "both Content-Length and Transfer-Encoding");
    if (f->lengths > 1 || (f->lengths && !sv_to_u64(f->length, &length)))
        refuse(verdict, 400, "Content-Length is not one number");
    if (f->codings && in->http10)
        refuse(verdict, 400, "HTTP/1.0 has no Transfer-Encoding");
    if (f->codings && (f->codings > 1 || !sv_ieq(f->coding, SV("chunked"))))
        refuse(verdict, 501, "the only transfer coding known here is chunked");
    if (length > in->body_max)
        refuse(verdict, 413, "the body is larger than this server takes");
}

static void judge_expectation(struct http_intake *in, struct http_head_verdict *verdict)
{
    for (size_t i = 0; i < in->asked.header_count; i++) {
        const struct http_header_line *h = &in->asked.headers[i];
        if (!sv_ieq(h->name, SV("expect")))
            continue;
        if (!sv_ieq(h->value, SV("100-continue")))
            refuse(verdict, 417, "the only expectation known here is 100-continue");
        in->wants_continue = !in->http10 && !in->whole;
    }
}

/* origin-form, absolute-form, and "*" of OPTIONS (RFC 9112 3.2). */
static void judge_target(struct http_asked *asked, struct http_head_verdict *verdict)
{
    struct sv rest = asked->target;
    if (!sv_starts(rest, "/") && !sv_is(rest, "*")) {
        const char *scheme = sv_find(rest, "://");
        const char *slash = NULL;
        if (scheme) {
            const char *host = scheme + 3, *end = rest.ptr + rest.len;
            slash = memchr(host, '/', (size_t)(end - host));
            rest = slash ? sv_n(slash, (size_t)(end - slash)) : SV("/");
        }
        if (!scheme)
            refuse(verdict, 400, "the target is neither a path nor a URL");
    }
    if (memchr(rest.ptr, '#', rest.len))
        refuse(verdict, 400, "the target has a fragment");
    struct sv query = rest;
    asked->path = sv_split(&query, '?');
    asked->query = query;
}

void http_head_judge(struct http_intake *in, struct http_head_verdict *verdict)
{
    struct framing f = {0};
    const struct http_parser *p = &in->parser;
    in->http10 = p->http_minor == 0;
    in->asked.method = sv_of(http_method_str(p->method));
    in->asked.upgrade = p->upgrade && in->whole && !in->http10;
    if (p->http_major != 1 || p->http_minor > 1)
        refuse(verdict, 505, "HTTP/1.0 or HTTP/1.1 is expected");
    if (p->method == HTTP_CONNECT)
        refuse(verdict, 501, "this server is no proxy");
    look(in, &f, verdict);
    judge_framing(in, &f, verdict);
    judge_expectation(in, verdict);
    judge_target(&in->asked, verdict);
}
