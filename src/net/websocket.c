#include "net/websocket.h"

#include "base/base64.h"

#include <openssl/evp.h>
#include <wslay/wslay.h>

#define GOODBYE_MS 5000 /* for the client to close after us */

struct websocket {
    struct http_exchange *x;
    wslay_event_context_ptr wslay;
    struct websocket_events events;
    struct sv in;            /* bytes of the client that are being read */
    struct http_timer *late; /* runs while the client may still say goodbye */
    bool full;               /* the server said that there is no room */
    bool closing;            /* websocket_close was called */
};

/* ---- handshake ---- */

static bool has_word(struct sv list, const char *word)
{
    while (list.ptr)
        if (sv_ieq(sv_trim(sv_split(&list, ',')), sv_of(word)))
            return true;
    return false;
}

bool websocket_asked(const struct http_exchange *x)
{
    return http_exchange_asked(x)->upgrade &&
           has_word(http_exchange_header(x, "upgrade"), "websocket");
}

bool websocket_offers(const struct http_exchange *x, const char *protocol)
{
    const struct http_asked *asked = http_exchange_asked(x);
    for (size_t i = 0; i < asked->header_count; i++) {
        struct sv list = asked->headers[i].value;
        while (sv_ieq(asked->headers[i].name, SV("sec-websocket-protocol")) && list.ptr)
            if (sv_is(sv_trim(sv_split(&list, ',')), protocol))
                return true;
    }
    return false;
}

/* RFC 6455 4.2.2: proves that the server understood what it was asked. */
static void add_accept(struct sv key, struct str *out)
{
    static const char guid[] = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned n = 0;
    _cleanup_str_ struct str text = {0};
    str_addv(&text, key);
    str_adds(&text, guid);
    EVP_Digest(text.data, text.len, digest, &n, EVP_sha1(), NULL);
    str_adds(out, "Sec-WebSocket-Accept: ");
    base64_encode(sv_n((char *)digest, n), out);
    str_adds(out, "\r\n");
}

static bool key_is_sound(struct sv key)
{
    char bytes[64];
    size_t n = 0;
    return key.ptr && key.len == 24 && base64_decode(key, bytes, &n) && n == 16;
}

/* True when x was answered because it is none. */
static bool refuse(struct http_exchange *x)
{
    struct http_answer answer = {.headers = SV("Content-Type: text/plain\r\n")};
    if (!websocket_asked(x) || !sv_is(http_exchange_asked(x)->method, "GET") ||
        !key_is_sound(http_exchange_header(x, "sec-websocket-key"))) {
        answer.status = 400;
        answer.body = SV("a WebSocket handshake is expected\n");
    } else if (!sv_is(http_exchange_header(x, "sec-websocket-version"), "13")) {
        answer.status = 426;
        answer.headers = SV("Content-Type: text/plain\r\nSec-WebSocket-Version: 13\r\n");
        answer.body = SV("version 13 of WebSocket is expected\n");
    }
    if (answer.status)
        http_exchange_answer(x, &answer);
    return answer.status != 0;
}

/* ---- frames ---- */

static ssize_t on_recv(wslay_event_context_ptr wslay, uint8_t *buf, size_t n, int flags, void *ctx)
{
    struct websocket *ws = ctx;
    if (ws->in.len == 0) {
        wslay_event_set_error(wslay, WSLAY_ERR_WOULDBLOCK);
        return -1;
    }
    size_t take = n < ws->in.len ? n : ws->in.len;
    memcpy(buf, ws->in.ptr, take);
    ws->in = sv_n(ws->in.ptr + take, ws->in.len - take);
    return (ssize_t)take;
}

/* The server takes whatever it is given; it says when that was enough. */
static ssize_t on_send(wslay_event_context_ptr wslay, const uint8_t *bytes, size_t n, int flags,
                       void *ctx)
{
    struct websocket *ws = ctx;
    if (!http_exchange_write(ws->x, sv_n((const char *)bytes, n)))
        ws->full = true;
    return (ssize_t)n;
}

static void on_message(wslay_event_context_ptr wslay, const struct wslay_event_on_msg_recv_arg *arg,
                       void *ctx)
{
    struct websocket *ws = ctx;
    if (!wslay_is_ctrl_frame(arg->opcode) && !ws->closing)
        ws->events.on_message(ws->events.ctx, arg->opcode == WSLAY_TEXT_FRAME,
                              sv_n((const char *)arg->msg, arg->msg_length));
}

static const struct wslay_event_callbacks callbacks = {
    .recv_callback = on_recv,
    .send_callback = on_send,
    .on_msg_recv_callback = on_message,
};

static void end(struct websocket *ws)
{
    ws->events.on_close(ws->events.ctx);
    http_timer_stop(ws->late);
    wslay_event_context_free(ws->wslay);
    free(ws);
}

static void on_gone(void *ctx)
{
    end(ctx);
}

static void on_room(void *ctx)
{
    struct websocket *ws = ctx;
    ws->full = false;
    if (ws->events.on_room && !ws->closing)
        ws->events.on_room(ws->events.ctx);
}

static void on_bytes(void *ctx, struct sv bytes)
{
    struct websocket *ws = ctx;
    ws->in = bytes;
    bool broken = bytes.len == 0 || wslay_event_recv(ws->wslay) != 0;
    broken |= wslay_event_send(ws->wslay) != 0;
    bool over = !wslay_event_want_read(ws->wslay) && !wslay_event_want_write(ws->wslay);
    if (!broken && !over)
        return;
    http_exchange_end(ws->x);
    end(ws);
}

static void on_late(void *ctx)
{
    struct websocket *ws = ctx;
    http_exchange_cut(ws->x);
    end(ws);
}

struct websocket *websocket_accept(struct http_exchange *x, const char *protocol,
                                   const struct websocket_events *events)
{
    if (refuse(x))
        return NULL;
    struct websocket *ws = calloc(1, sizeof *ws);
    if (!ws || wslay_event_context_server_init(&ws->wslay, &callbacks, ws) != 0) {
        free(ws);
        http_exchange_answer(x, &(struct http_answer){.status = 503});
        return NULL;
    }
    wslay_event_config_set_max_recv_msg_length(ws->wslay, WEBSOCKET_MESSAGE_MAX);
    ws->x = x;
    ws->events = *events;
    _cleanup_str_ struct str headers = {0};
    str_adds(&headers, "Upgrade: websocket\r\n");
    add_accept(http_exchange_header(x, "sec-websocket-key"), &headers);
    if (protocol)
        str_addf(&headers, "Sec-WebSocket-Protocol: %s\r\n", protocol);
    http_exchange_listen(x, &(struct http_exchange_events){
                                .on_close = on_gone,
                                .on_room = on_room,
                                .on_bytes = on_bytes,
                                .ctx = ws,
                            });
    http_exchange_upgrade(x, str_sv(&headers));
    return ws;
}

bool websocket_send(struct websocket *ws, bool text, struct sv bytes)
{
    struct wslay_event_msg message = {
        .opcode = text ? WSLAY_TEXT_FRAME : WSLAY_BINARY_FRAME,
        .msg = (const uint8_t *)bytes.ptr,
        .msg_length = bytes.len,
    };
    if (ws->closing)
        return true;
    if (wslay_event_queue_msg(ws->wslay, &message) == 0)
        wslay_event_send(ws->wslay);
    return !ws->full;
}

void websocket_close(struct websocket *ws, unsigned code)
{
    if (ws->closing)
        return;
    ws->closing = true;
    wslay_event_queue_close(ws->wslay, (uint16_t)code, NULL, 0);
    wslay_event_send(ws->wslay);
    ws->late = http_timer_start(http_exchange_server(ws->x), GOODBYE_MS, 0, on_late, ws);
}
