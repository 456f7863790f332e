/* kubectl port-forward: connections to the ports of a pod, each a pair of streams: the client sends
 * and reads on one, on the other it reads why it could not be. SPDY frames come on the connection
 * itself or through a WebSocket; the older protocol of WebSocket has a pair of channels per port.
 */
#include "base/must.h"
#include "pocket/front/program.h"
#include "pocket/front/session_internal.h"

#define PROTOCOL "portforward.k8s.io"
#define TUNNEL "SPDY/3.1+portforward.k8s.io"
#define CHANNELS "v4.channel.k8s.io"
#define FORWARDED_MAX 1024

struct forwarded {
    struct sv request; /* id of the pair; in the session's arena */
    unsigned port;
    uint32_t data, error; /* streams; 0: not open */
    bool open, over;      /* the program has it; has closed it */
    struct front_program program;
};

void session_forward_release(struct front_session *s)
{
    vec_foreach(f, &s->forwarded) {
        front_program_release(&(*f)->program);
        free(*f);
    }
    vec_release(&s->forwarded);
}

static struct forwarded *add(struct front_session *s, struct sv request, unsigned port)
{
    struct forwarded *f = mem_must(calloc(1, sizeof *f));
    f->request = sv_of(mem_must(arena_dup(&s->arena, request)));
    f->port = port;
    must_push(&s->forwarded, f);
    return f;
}

/* Does a program take it? */
static bool begin(struct front_session *s, struct forwarded *f, struct str *why)
{
    _cleanup_arena_ struct arena a = {0};
    const struct doc_node *pod = session_pod(s, &a);
    if (!pod)
        str_addf(why, "error forwarding port %u to pod %.*s, uid %.*s: it is gone", f->port,
                 SV_ARG(s->host), SV_ARG(s->uid));
    else
        f->open = front_program_listens(pod, f->port, why);
    if (f->open)
        front_program_init(&f->program, pod);
    return f->open;
}

/* ---- streams ---- */

static struct forwarded *of_request(struct front_session *s, struct sv request)
{
    vec_foreach(f, &s->forwarded)
        if (sv_eq((*f)->request, request) && !(*f)->over)
            return *f;
    return NULL;
}

static struct forwarded *of_stream(struct front_session *s, uint32_t stream)
{
    vec_foreach(f, &s->forwarded)
        if ((*f)->data == stream && !(*f)->over)
            return *f;
    return NULL;
}

/* Both streams end; why is what the client is told. */
static void close_pair(struct front_session *s, struct forwarded *f, struct sv why)
{
    spdy_data(f->data, SV(""), true, s->reply);
    spdy_data(f->error, why, true, s->reply);
    f->over = true;
}

/* Connections that are over make room for others. */
static void sweep(struct front_session *s)
{
    size_t kept = 0;
    vec_foreach(f, &s->forwarded) {
        if (!(*f)->over) {
            s->forwarded.items[kept++] = *f;
            continue;
        }
        front_program_release(&(*f)->program);
        free(*f);
    }
    s->forwarded.len = kept;
}

static void on_open(void *ctx, uint32_t stream, struct sv headers)
{
    struct front_session *s = ctx;
    struct sv request = spdy_header(headers, "requestid"),
              type = spdy_header(headers, "streamtype");
    struct forwarded *f = request.ptr ? of_request(s, request) : NULL;
    uint64_t port;
    _cleanup_str_ struct str why = {0};
    if (!f && (!request.ptr || !sv_to_u64(spdy_header(headers, "port"), &port) || !port ||
               port > 65535 || s->forwarded.len >= FORWARDED_MAX))
        return;
    if (!f)
        f = add(s, request, (unsigned)port);
    *(sv_is(type, "error") ? &f->error : &f->data) = stream;
    spdy_reply(s->spdy, stream, s->reply);
    if (f->data && f->error && !f->open && !begin(s, f, &why))
        close_pair(s, f, str_sv(&why));
}

static void on_data(void *ctx, uint32_t stream, struct sv bytes)
{
    struct front_session *s = ctx;
    struct forwarded *f = of_stream(s, stream);
    _cleanup_str_ struct str out = {0};
    if (!f || !f->open)
        return;
    bool goes_on = front_program_feed(&f->program, bytes, &out);
    spdy_data(stream, str_sv(&out), false, s->reply);
    if (!goes_on)
        close_pair(s, f, SV(""));
}

static void on_end(void *ctx, uint32_t stream)
{
    struct front_session *s = ctx;
    struct forwarded *f = of_stream(s, stream);
    if (f && f->open)
        close_pair(s, f, SV(""));
}

/* False: it is not SPDY. */
static bool feed(struct front_session *s, struct sv bytes, struct str *out)
{
    s->reply = out;
    bool ok = spdy_feed(s->spdy, bytes, out);
    s->reply = NULL;
    sweep(s);
    return ok;
}

static void make_spdy(struct front_session *s)
{
    const struct spdy_events events = {
        .on_open = on_open, .on_data = on_data, .on_end = on_end, .ctx = s};
    s->spdy = mem_must(spdy_new(&events));
}

/* ---- on the connection itself ---- */

static void on_gone(void *ctx)
{
    front_session_free(ctx);
}

static void on_bytes(void *ctx, struct sv bytes)
{
    struct front_session *s = ctx;
    _cleanup_str_ struct str out = {0};
    if (bytes.len == 0 || !feed(s, bytes, &out)) {
        http_exchange_end(s->x);
        front_session_free(s);
        return;
    }
    if (out.len)
        http_exchange_write(s->x, str_sv(&out));
}

void session_forward_spdy(struct front_session *s, struct http_exchange *x)
{
    if (!session_spdy_offers(x, PROTOCOL)) {
        session_spdy_refuse(s, x, PROTOCOL);
        return;
    }
    make_spdy(s);
    s->x = x;
    http_exchange_listen(
        x, &(struct http_exchange_events){.on_close = on_gone, .on_bytes = on_bytes, .ctx = s});
    http_exchange_upgrade(x,
                          SV("Upgrade: SPDY/3.1\r\nX-Stream-Protocol-Version: " PROTOCOL "\r\n"));
}

/* ---- through a WebSocket ---- */

static void on_message(void *ctx, bool text, struct sv bytes)
{
    struct front_session *s = ctx;
    _cleanup_str_ struct str out = {0};
    (void)text;
    if (!feed(s, bytes, &out))
        websocket_close(s->ws, WEBSOCKET_FAILED);
    else if (out.len)
        websocket_send(s->ws, false, str_sv(&out));
}

/* ---- channels: 2n for the data of the n-th port, 2n + 1 for its error ---- */

static void send(struct front_session *s, size_t channel, struct sv bytes)
{
    _cleanup_str_ struct str message = {0};
    if (!bytes.len)
        return;
    str_addc(&message, (char)channel);
    str_addv(&message, bytes);
    websocket_send(s->ws, false, str_sv(&message));
}

static void on_channel(void *ctx, bool text, struct sv bytes)
{
    struct front_session *s = ctx;
    size_t channel = bytes.len ? (unsigned char)bytes.ptr[0] : 1;
    _cleanup_str_ struct str out = {0};
    (void)text;
    if (channel % 2 || channel / 2 >= s->forwarded.len || bytes.len < 2)
        return;
    struct forwarded *f = s->forwarded.items[channel / 2];
    if (!f->open)
        return;
    bool goes_on = front_program_feed(&f->program, sv_n(bytes.ptr + 1, bytes.len - 1), &out);
    send(s, channel, str_sv(&out));
    if (!goes_on)
        websocket_close(s->ws, WEBSOCKET_NORMAL);
}

static void open_channels(struct front_session *s)
{
    for (size_t i = 0; i < s->port_count; i++) {
        const char port[] = {(char)(s->ports[i] & 255), (char)(s->ports[i] >> 8)};
        _cleanup_str_ struct str why = {0};
        send(s, 2 * i, sv_n(port, sizeof port));
        send(s, 2 * i + 1, sv_n(port, sizeof port));
        if (!begin(s, add(s, SV(""), s->ports[i]), &why))
            send(s, 2 * i + 1, str_sv(&why));
    }
}

void session_forward_websocket(struct front_session *s, struct http_exchange *x)
{
    bool tunnel = websocket_offers(x, TUNNEL);
    const struct websocket_events events = {
        .on_message = tunnel ? on_message : on_channel, .on_close = on_gone, .ctx = s};
    if (!tunnel && (!websocket_offers(x, CHANNELS) || !s->port_count)) {
        http_exchange_answer(x, &(struct http_answer){.status = s->port_count ? 403 : 400});
        front_session_free(s);
        return;
    }
    if (tunnel)
        make_spdy(s);
    s->ws = websocket_accept(x, tunnel ? TUNNEL : CHANNELS, &events);
    if (!s->ws)
        front_session_free(s);
    else if (!tunnel)
        open_channels(s);
}
