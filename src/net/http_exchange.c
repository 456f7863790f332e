/* Answers: heads, bodies, streams, upgrades. They are queued here; http_conn.c sends them. */
#include "net/http_server_internal.h"

#include <time.h>

struct http_exchange *http_exchange_new(struct http_conn *c)
{
    struct http_exchange *x = calloc(1, sizeof *x);
    if (x) {
        x->conn = c;
        http_intake_init(&x->in, c->server->config.body_max);
    }
    return x;
}

void http_exchange_drop(struct http_exchange *x)
{
    if (x->conn->x == x)
        x->conn->x = NULL;
    http_intake_release(&x->in);
    free(x);
}

const struct http_asked *http_exchange_asked(const struct http_exchange *x)
{
    return &x->in.asked;
}

struct sv http_exchange_header(const struct http_exchange *x, const char *name)
{
    for (size_t i = 0; i < x->in.asked.header_count; i++)
        if (sv_ieq(x->in.asked.headers[i].name, sv_of(name)))
            return x->in.asked.headers[i].value;
    return SV_NONE;
}

struct http_server *http_exchange_server(const struct http_exchange *x)
{
    return x->conn->server;
}

void http_exchange_listen(struct http_exchange *x, const struct http_exchange_events *events)
{
    x->events = *events;
}

/* ---- heads ---- */

static void add_date(struct str *out)
{
    char text[64];
    struct tm tm;
    time_t now = time(NULL);
    gmtime_r(&now, &tm);
    strftime(text, sizeof text, "%a, %d %b %Y %H:%M:%S GMT", &tm);
    str_addf(out, "Date: %s\r\n", text);
}

static void add_connection(const struct http_exchange *x, struct str *out)
{
    if (x->conn->last)
        str_adds(out, "Connection: close\r\n");
    else if (x->in.http10)
        str_adds(out, "Connection: keep-alive\r\n");
}

static void add_head(struct http_exchange *x, int status, struct sv headers)
{
    struct str *out = &x->conn->out;
    const char *reason = http_status_str((enum http_status)status);
    str_addf(out, "HTTP/1.1 %d %s\r\n", status, reason);
    add_date(out);
    str_addv(out, headers);
}

/* The connection ends behind this answer: the client or the server wants that. */
static void decide_last(struct http_exchange *x)
{
    struct http_conn *c = x->conn;
    if (!x->in.keep_alive || c->server->stopping || c->eof)
        c->last = true;
}

static bool has_body(int status)
{
    return status >= 200 && status != 204 && status != 304;
}

/* ---- answers in one go ---- */

static void add_answer_head(struct http_exchange *x, int status, struct sv headers, size_t length)
{
    struct str *out = &x->conn->out;
    decide_last(x);
    add_head(x, status, headers);
    if (has_body(status))
        str_addf(out, "Content-Length: %zu\r\n", length);
    add_connection(x, out);
    str_adds(out, "\r\n");
}

static void finish(struct http_exchange *x)
{
    struct http_conn *c = x->conn;
    http_exchange_drop(x);
    http_conn_touch(c);
}

static bool sends_body(const struct http_exchange *x, int status)
{
    return has_body(status) && !sv_is(x->in.asked.method, "HEAD");
}

void http_exchange_answer(struct http_exchange *x, const struct http_answer *answer)
{
    add_answer_head(x, answer->status, answer->headers, answer->body.len);
    if (sends_body(x, answer->status))
        str_addv(&x->conn->out, answer->body);
    finish(x);
}

void http_exchange_answer_take(struct http_exchange *x, int status, struct sv headers,
                               struct str *body)
{
    add_answer_head(x, status, headers, body->len);
    if (sends_body(x, status)) {
        str_release(&x->conn->big);
        x->conn->big = *body;
        x->conn->big_at = 0;
        *body = (struct str){.max = body->max};
    } else {
        str_release(body);
    }
    finish(x);
}

void http_exchange_refuse(struct http_exchange *x, int status, const char *why)
{
    _cleanup_str_ struct str body = {0};
    str_addf(&body, "%s\n", why);
    x->in.keep_alive = false;
    struct http_answer answer = {
        .status = status,
        .headers = SV("Content-Type: text/plain; charset=utf-8\r\n"),
        .body = str_sv(&body),
    };
    http_exchange_answer(x, &answer);
}

/* ---- streams ---- */

void http_exchange_begin(struct http_exchange *x, int status, struct sv headers)
{
    struct str *out = &x->conn->out;
    if (x->in.http10)
        x->in.keep_alive = false;
    decide_last(x);
    add_head(x, status, headers);
    x->head_only = !sends_body(x, status);
    x->chunked = has_body(status) && !x->in.http10;
    if (x->chunked)
        str_adds(out, "Transfer-Encoding: chunked\r\n");
    add_connection(x, out);
    str_adds(out, "\r\n");
    x->phase = HTTP_PHASE_BEGUN;
    http_conn_touch(x->conn);
}

bool http_exchange_write(struct http_exchange *x, struct sv bytes)
{
    struct http_conn *c = x->conn;
    if (bytes.len && !x->head_only) {
        if (x->chunked)
            str_addf(&c->out, "%zx\r\n", bytes.len);
        str_addv(&c->out, bytes);
        if (x->chunked)
            str_adds(&c->out, "\r\n");
        http_conn_touch(c);
    }
    x->blocked = http_conn_waiting(c) > c->server->config.room;
    return !x->blocked;
}

size_t http_exchange_waiting(const struct http_exchange *x)
{
    return http_conn_waiting(x->conn);
}

void http_exchange_end(struct http_exchange *x)
{
    struct http_conn *c = x->conn;
    if (x->phase == HTTP_PHASE_RAW)
        c->last = true;
    else if (x->chunked && !x->head_only)
        str_adds(&c->out, "0\r\n\r\n");
    finish(x);
}

void http_exchange_cut(struct http_exchange *x)
{
    x->conn->cut = true;
    finish(x);
}

void http_exchange_upgrade(struct http_exchange *x, struct sv headers)
{
    add_head(x, 101, headers);
    str_adds(&x->conn->out, "Connection: Upgrade\r\n\r\n");
    x->chunked = x->head_only = false;
    x->phase = HTTP_PHASE_RAW;
    http_conn_touch(x->conn);
}
