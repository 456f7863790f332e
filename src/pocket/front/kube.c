#include "pocket/front/kube.h"

#include "base/cleanup.h"
#include "base/must.h"
#include "pocket/front/session.h"

/* Taken from a watch or a list at once. */
#define STEP ((size_t)256 << 10)

/* A watch or a list in pages that is being written. Lives until its exchange ended. */
struct front_stream {
    struct front_kube *front;
    struct http_exchange *x;
    struct pocket_watch *watch;
    struct pocket_pages *pages;
    struct http_timer *cut; /* the fault watch-cut; NULL: none */
    bool is_ready;          /* in front->ready */
    bool full;              /* waits for room */
    struct front_stream *next, **link;
    struct front_stream *ready_next;
};

/* ---- streams ---- */

static void unlink_ready(struct front_stream *s)
{
    struct front_stream **at = &s->front->ready;
    while (*at && *at != s)
        at = &(*at)->ready_next;
    if (*at)
        *at = s->ready_next;
    s->is_ready = false;
}

static void stream_free(struct front_stream *s)
{
    if (s->is_ready)
        unlink_ready(s);
    *s->link = s->next;
    if (s->next)
        s->next->link = s->link;
    http_timer_stop(s->cut);
    pocket_watch_free(s->watch);
    pocket_pages_free(s->pages);
    free(s);
}

static void make_ready(void *ctx)
{
    struct front_stream *s = ctx;
    if (s->is_ready || s->full)
        return;
    s->is_ready = true;
    s->ready_next = s->front->ready;
    s->front->ready = s;
}

static void on_gone(void *ctx)
{
    stream_free(ctx);
}

static void on_cut(void *ctx)
{
    struct front_stream *s = ctx;
    struct http_exchange *x = s->x;
    stream_free(s);
    http_exchange_cut(x);
}

static void stream_go_on(struct front_stream *s)
{
    bool more = true;
    while (more && !s->full) {
        _cleanup_str_ struct str bytes = {0};
        more = s->watch ? pocket_watch_read(s->watch, STEP, &bytes)
                        : pocket_pages_read(s->pages, STEP, &bytes);
        if (bytes.len)
            s->full = !http_exchange_write(s->x, str_sv(&bytes));
        else if (s->watch)
            break;
    }
    if (more)
        return;
    struct http_exchange *x = s->x;
    stream_free(s);
    http_exchange_end(x);
}

static void on_room(void *ctx)
{
    struct front_stream *s = ctx;
    s->full = false;
    stream_go_on(s);
}

static void stream_begin(struct front_kube *f, struct http_exchange *x, struct pocket_answer *a,
                         struct sv headers)
{
    struct front_stream *s = mem_must(calloc(1, sizeof *s));
    *s = (struct front_stream){.front = f, .x = x, .next = f->streams, .link = &f->streams};
    if (s->next)
        s->next->link = &s->next;
    f->streams = s;
    s->watch = steal_ptr(a->watch);
    s->pages = steal_ptr(a->pages);
    http_exchange_listen(
        x, &(struct http_exchange_events){.on_close = on_gone, .on_room = on_room, .ctx = s});
    http_exchange_begin(x, a->status, headers);
    if (s->watch) {
        pocket_watch_listen(s->watch, make_ready, s);
        if (f->faults->watch_cut_ms)
            s->cut = http_timer_start(f->server, (unsigned)f->faults->watch_cut_ms, 0, on_cut, s);
    }
    stream_go_on(s);
}

void front_kube_turn(struct front_kube *f)
{
    struct front_stream *s;
    while ((s = f->ready)) {
        f->ready = s->ready_next;
        s->is_ready = false;
        stream_go_on(s);
    }
}

/* ---- requests ---- */

/* What an API server says whose etcd is overloaded. */
static void answer_fault(struct http_exchange *x)
{
    struct http_answer answer = {
        .status = 500,
        .headers = SV("Content-Type: application/json\r\n"),
        .body = SV("{\"kind\":\"Status\",\"apiVersion\":\"v1\",\"metadata\":{},"
                   "\"status\":\"Failure\",\"message\":\"etcdserver: request timed out\","
                   "\"code\":500}\n"),
    };
    http_exchange_answer(x, &answer);
}

/* All headers of this name, parted by commas. */
static struct sv header_list(const struct http_asked *asked, const char *name, struct str *out)
{
    for (size_t i = 0; i < asked->header_count; i++) {
        if (!sv_ieq(asked->headers[i].name, sv_of(name)))
            continue;
        str_adds(out, out->len ? "," : "");
        str_addv(out, asked->headers[i].value);
    }
    return out->len ? str_sv(out) : SV_NONE;
}

static struct pocket_request request_of(const struct http_exchange *x, struct str *groups)
{
    const struct http_asked *asked = http_exchange_asked(x);
    return (struct pocket_request){
        .method = asked->method,
        .path = asked->path,
        .query = asked->query,
        .accept = http_exchange_header(x, "accept"),
        .content_type = http_exchange_header(x, "content-type"),
        .user_agent = http_exchange_header(x, "user-agent"),
        .authorization = http_exchange_header(x, "authorization"),
        .impersonate_user = http_exchange_header(x, "impersonate-user"),
        .impersonate_groups = header_list(asked, "impersonate-group", groups),
        .body = asked->body,
    };
}

void front_kube_request(void *ctx, struct http_exchange *x)
{
    struct front_kube *f = ctx;
    if (f->clock)
        f->clock(f->ctx);
    if (faults_hit(f->faults, f->faults->api_5xx)) {
        answer_fault(x);
        return;
    }
    _cleanup_str_ struct str groups = {0};
    struct pocket_request request = request_of(x, &groups);
    _cleanup_pocket_answer_ struct pocket_answer a = {0};
    pocket_api_handle(f->api, &request, &a);
    if (a.stream) {
        front_session_start(a.stream, x);
        return;
    }
    _cleanup_str_ struct str headers = {0};
    if (a.content_type)
        str_addf(&headers, "Content-Type: %s\r\n", a.content_type);
    str_adds(&headers, "Cache-Control: no-cache, private\r\n");
    str_addv(&headers, str_sv(&a.headers));
    if (a.watch || a.pages)
        stream_begin(f, x, &a, str_sv(&headers));
    else
        http_exchange_answer_take(x, a.status, str_sv(&headers), &a.body);
}
