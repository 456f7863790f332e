#include "net/http_intake.h"
#include "net/http_head.h"

/* What chunks may cost beside their bytes: a chunk of one byte takes six on the wire; whoever needs
 * more sends extensions that nobody reads. */
#define CHUNK_OVERHEAD 8
#define CHUNK_SLACK ((size_t)64 << 10)

void http_intake_init(struct http_intake *in, size_t body_max)
{
    *in = (struct http_intake){.body_max = body_max};
    str_init(&in->head, HTTP_SERVER_HEAD_MAX);
    str_init(&in->body, body_max);
}

void http_intake_release(struct http_intake *in)
{
    if (!in)
        return;
    str_release(&in->head);
    str_release(&in->body);
    vec_release(&in->headers);
}

bool http_intake_begun(const struct http_intake *in)
{
    return in->head.len > 0;
}

static void refuse(struct http_intake *in, int status, const char *why)
{
    in->state = HTTP_INTAKE_REFUSED;
    in->status = status;
    in->why = why;
}

/* ---- what the parser tells ---- */

static int on_url(http_parser *parser, const char *at, size_t n)
{
    struct http_intake *in = parser->data;
    in->asked.target = sv_n(at, n);
    return 0;
}

static int on_name(http_parser *parser, const char *at, size_t n)
{
    struct http_intake *in = parser->data;
    if (in->parsed)
        return 0;
    if (in->headers.len >= HTTP_SERVER_HEADERS_MAX)
        refuse(in, 431, "too many headers");
    else if (!vec_push(&in->headers, (struct http_header_line){sv_n(at, n), SV("")}))
        refuse(in, 503, "no memory");
    return in->state == HTTP_INTAKE_REFUSED;
}

static int on_value(http_parser *parser, const char *at, size_t n)
{
    struct http_intake *in = parser->data;
    if (!in->parsed && in->headers.len)
        in->headers.items[in->headers.len - 1].value = sv_trim(sv_n(at, n));
    return 0;
}

static int on_head(http_parser *parser)
{
    struct http_intake *in = parser->data;
    in->parsed = true;
    in->keep_alive = http_should_keep_alive(parser);
    return 0;
}

static int on_body(http_parser *parser, const char *at, size_t n)
{
    struct http_intake *in = parser->data;
    str_add(&in->body, at, n);
    if (!str_ok(&in->body))
        refuse(in, 413, "the body is larger than this server takes");
    return in->state == HTTP_INTAKE_REFUSED;
}

static int on_whole(http_parser *parser)
{
    struct http_intake *in = parser->data;
    in->whole = true;
    http_parser_pause(parser, 1);
    return 0;
}

static const http_parser_settings settings = {
    .on_url = on_url,
    .on_header_field = on_name,
    .on_header_value = on_value,
    .on_headers_complete = on_head,
    .on_body = on_body,
    .on_message_complete = on_whole,
};

static void refuse_parsed(struct http_intake *in)
{
    if (in->state == HTTP_INTAKE_REFUSED)
        return;
    enum http_errno code = HTTP_PARSER_ERRNO(&in->parser);
    int status = 400;
    if (code == HPE_INVALID_METHOD || code == HPE_INVALID_TRANSFER_ENCODING)
        status = 501;
    else if (code == HPE_INVALID_VERSION)
        status = 505;
    else if (code == HPE_HEADER_OVERFLOW)
        status = 431;
    refuse(in, status, http_errno_description(code));
}

/* ---- head ---- */

static void accept_whole(struct http_intake *in)
{
    in->asked.body = str_sv(&in->body);
    in->state = HTTP_INTAKE_WHOLE;
}

static void parse_head(struct http_intake *in)
{
    http_parser_init(&in->parser, HTTP_REQUEST);
    in->parser.data = in;
    size_t used = http_parser_execute(&in->parser, &settings, in->head.data, in->head.len);
    enum http_errno code = HTTP_PARSER_ERRNO(&in->parser);
    if (!in->parsed || used != in->head.len || (code != HPE_OK && code != HPE_PAUSED)) {
        refuse_parsed(in);
        return;
    }
    in->asked.headers = in->headers.items;
    in->asked.header_count = in->headers.len;
    struct http_head_verdict verdict = {0};
    http_head_judge(in, &verdict);
    if (verdict.status)
        refuse(in, verdict.status, verdict.why);
    else if (in->whole)
        accept_whole(in);
    else
        in->state = HTTP_INTAKE_BODY;
}

/* A line of the head has come, with its end. */
static void take_line(struct http_intake *in)
{
    struct sv line = sv_n(in->head.data + in->line, in->head.len - in->line);
    bool first = in->line == 0;
    const char *why = http_head_line_trouble(line, first);
    if (why) {
        refuse(in, 400, why);
        return;
    }
    bool empty = line.len == 2;
    in->line = in->head.len;
    if (empty && first) { /* RFC 9112 2.2: skip empty lines before the first one */
        str_reset(&in->head);
        in->line = 0;
    } else if (empty) {
        parse_head(in);
    }
}

static size_t feed_head(struct http_intake *in, struct sv bytes)
{
    size_t used = 0;
    while (used < bytes.len && in->state == HTTP_INTAKE_HEAD) {
        const char *from = bytes.ptr + used;
        const char *end = memchr(from, '\n', bytes.len - used);
        size_t n = end ? (size_t)(end - from) + 1 : bytes.len - used;
        str_add(&in->head, from, n);
        used += n;
        if (!str_ok(&in->head))
            refuse(in, 431, "the head is larger than 64 KiB");
        else if (end)
            take_line(in);
    }
    return used;
}

/* ---- body ---- */

static size_t feed_body(struct http_intake *in, struct sv bytes)
{
    size_t used = http_parser_execute(&in->parser, &settings, bytes.ptr, bytes.len);
    in->body_wire += used;
    if (in->whole) {
        accept_whole(in);
        return used;
    }
    if (HTTP_PARSER_ERRNO(&in->parser) != HPE_OK)
        refuse_parsed(in);
    else if (in->body_wire > in->body.len * CHUNK_OVERHEAD + CHUNK_SLACK)
        refuse(in, 400, "the chunks hold more of themselves than of the body");
    return bytes.len;
}

size_t http_intake_feed(struct http_intake *in, struct sv bytes)
{
    if (bytes.len == 0)
        return 0;
    if (in->state == HTTP_INTAKE_HEAD)
        return feed_head(in, bytes);
    return in->state == HTTP_INTAKE_BODY ? feed_body(in, bytes) : 0;
}
