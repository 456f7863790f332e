/* One connection: bytes in and out, its requests one after the other, its time limits. */
#include "net/http_server_internal.h"

#include <string.h>

/* Read ahead of the request under way; then the socket is left alone until it ended. */
#define AHEAD_MAX ((size_t)64 << 10)
/* Given to the socket at once: the progress of a slow reader is seen in such steps. */
#define WRITE_STEP ((size_t)64 << 10)
/* After the last answer the connection stays open for reading: closing it with unread bytes would
 * make the client's side drop the answer (RFC 9112 9.6). */
#define LINGER_MS 2000

/* ---- time limits ---- */

static void on_due(uv_timer_t *timer);

static uint64_t due_in(const struct http_conn *c, unsigned ms)
{
    return uv_now(&c->server->loop) + ms;
}

static void arm(struct http_conn *c)
{
    uint64_t due = c->read_due, now = uv_now(&c->server->loop);
    if (c->write_due && (!due || c->write_due < due))
        due = c->write_due;
    if (!due)
        uv_timer_stop(&c->timer);
    else
        uv_timer_start(&c->timer, on_due, due > now ? due - now : 0, 0);
}

static void on_due(uv_timer_t *timer)
{
    struct http_conn *c = timer->data;
    uint64_t now = uv_now(&c->server->loop);
    bool slow_read = c->read_due && c->read_due <= now;
    bool talks = slow_read && c->x && c->x->phase == HTTP_PHASE_READING && !c->lingers;
    if (c->write_due && c->write_due <= now) {
        c->reset = true; /* what nobody reads would stay in the kernel's memory */
        http_conn_close(c);
    } else if (talks) {
        c->read_due = 0;
        http_exchange_refuse(c->x, 408, "the request came too slowly");
    } else if (slow_read) {
        http_conn_close(c);
    } else {
        arm(c);
    }
}

/* ---- end ---- */

static void on_closed(uv_handle_t *handle)
{
    struct http_conn *c = handle->data;
    if (--c->handles)
        return;
    str_release(&c->ahead);
    str_release(&c->out);
    str_release(&c->big);
    str_release(&c->wire);
    SSL_free(c->ssl);
    free(c);
}

static void unlink_dirty(struct http_conn *c)
{
    struct http_conn **at = &c->server->dirty;
    while (*at && *at != c)
        at = &(*at)->dirty_next;
    if (*at)
        *at = c->dirty_next;
    c->dirty = false;
}

void http_conn_close(struct http_conn *c)
{
    if (c->closed)
        return;
    c->closed = true;
    struct http_exchange *x = c->x;
    if (x && x->phase != HTTP_PHASE_READING && x->events.on_close)
        x->events.on_close(x->events.ctx);
    if (c->x)
        http_exchange_drop(c->x);
    if (c->dirty)
        unlink_dirty(c);
    *c->link = c->next;
    if (c->next)
        c->next->link = c->link;
    c->server->conn_count--;
    if (!c->reset || uv_tcp_close_reset(&c->tcp, on_closed) < 0)
        uv_close((uv_handle_t *)&c->tcp, on_closed);
    uv_close((uv_handle_t *)&c->timer, on_closed);
}

/* ---- requests ---- */

static bool under_way(const struct http_conn *c)
{
    return c->x && c->x->phase != HTTP_PHASE_READING;
}

static void dispatch(struct http_conn *c)
{
    struct http_exchange *x = c->x;
    c->read_due = 0;
    x->phase = HTTP_PHASE_ASKED;
    x->in.asked.secure = c->ssl != NULL;
    x->in.asked.peer = c->peer;
    c->port->on_request(c->port->ctx, x);
}

static void advance(struct http_conn *c, bool had_begun)
{
    struct http_exchange *x = c->x;
    const struct http_server_config *config = &c->server->config;
    switch (x->in.state) {
    case HTTP_INTAKE_HEAD:
        if (!had_begun && http_intake_begun(&x->in))
            c->read_due = due_in(c, config->head_timeout_ms);
        break;
    case HTTP_INTAKE_BODY:
        c->read_due = due_in(c, config->body_timeout_ms);
        break;
    case HTTP_INTAKE_WHOLE:
        dispatch(c);
        break;
    case HTTP_INTAKE_REFUSED:
        c->read_due = 0;
        http_exchange_refuse(x, x->in.status, x->in.why);
        break;
    }
}

/* Feeds the request that is coming in; returns how many bytes it took. */
static size_t feed(struct http_conn *c, struct sv bytes)
{
    if (!c->x && !(c->x = http_exchange_new(c))) {
        c->cut = true;
        http_conn_touch(c);
        return bytes.len;
    }
    struct http_exchange *x = c->x;
    bool had_begun = http_intake_begun(&x->in), was_head = x->in.state == HTTP_INTAKE_HEAD;
    size_t used = http_intake_feed(&x->in, bytes);
    if (was_head && x->in.state == HTTP_INTAKE_BODY && x->in.wants_continue && used == bytes.len) {
        str_adds(&c->out, "HTTP/1.1 100 Continue\r\n\r\n");
        http_conn_touch(c);
    }
    advance(c, had_begun);
    return used;
}

/* A request may begin when nothing of the answers before waits: a client that sends and does not
 * read must not make the server hold its answers. */
static bool may_feed(const struct http_conn *c)
{
    return !c->last && !c->cut && !c->closed && !under_way(c) && http_conn_waiting(c) == 0;
}

void http_conn_take(struct http_conn *c, struct sv bytes)
{
    struct http_exchange *x = c->x;
    if (c->last || c->cut || c->closed)
        return;
    if (x && x->phase == HTTP_PHASE_RAW && c->ahead.len == 0) {
        if (x->events.on_bytes)
            x->events.on_bytes(x->events.ctx, bytes);
        return;
    }
    size_t used = 0;
    while (used < bytes.len && c->ahead.len == 0 && may_feed(c))
        used += feed(c, sv_n(bytes.ptr + used, bytes.len - used));
    if (used < bytes.len && !c->last && !c->cut) {
        str_add(&c->ahead, bytes.ptr + used, bytes.len - used);
        http_conn_touch(c);
    }
}

/* Gives what was read ahead to whoever may have it now. */
static void take_ahead(struct http_conn *c)
{
    struct http_exchange *x = c->x;
    bool raw = x && x->phase == HTTP_PHASE_RAW;
    if (c->ahead.len == 0 || (!raw && !may_feed(c)))
        return;
    struct str ahead = c->ahead;
    str_init(&c->ahead, 0);
    http_conn_take(c, str_sv(&ahead));
    str_release(&ahead);
}

void http_conn_eof(struct http_conn *c)
{
    struct http_exchange *x = c->x;
    c->eof = true;
    if (x && x->phase == HTTP_PHASE_RAW && !c->last) {
        if (x->events.on_bytes)
            x->events.on_bytes(x->events.ctx, sv_n("", 0));
    } else if (c->lingers || x || http_conn_waiting(c) == 0) {
        http_conn_close(c);
    } else {
        c->last = true;
        http_conn_touch(c);
    }
}

/* ---- reading ---- */

static void on_room_for_read(uv_handle_t *handle, size_t hint, uv_buf_t *buf)
{
    *buf = uv_buf_init(malloc(WRITE_STEP), WRITE_STEP);
    if (!buf->base)
        buf->len = 0;
}

/* An alert may still go out to whom nothing was promised yet. */
static void tls_broke(struct http_conn *c)
{
    if (under_way(c)) {
        http_conn_close(c);
        return;
    }
    c->last = true;
    c->eof = true;
}

static void on_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *buf)
{
    struct http_conn *c = stream->data;
    _cleanup_free_ char *memory = buf->base;
    if (n == 0 || c->closed)
        return;
    if (n == UV_EOF) {
        http_conn_eof(c);
    } else if (n < 0) {
        http_conn_close(c);
    } else if (c->lingers) {
        return;
    } else if (!c->ssl) {
        http_conn_take(c, sv_n(memory, (size_t)n));
    } else if (!http_server_tls_feed(c, sv_n(memory, (size_t)n)) && !c->closed) {
        tls_broke(c);
    }
    if (!c->closed) {
        http_conn_touch(c);
        arm(c);
    }
}

static void set_reading(struct http_conn *c, bool reading)
{
    if (reading == c->reading)
        return;
    c->reading = reading;
    if (reading)
        uv_read_start((uv_stream_t *)&c->tcp, on_room_for_read, on_read);
    else
        uv_read_stop((uv_stream_t *)&c->tcp);
}

/* ---- writing ---- */

size_t http_conn_waiting(const struct http_conn *c)
{
    return c->out.len - c->out_at + c->big.len - c->big_at + c->wire.len;
}

/* The next bytes to send, and where their place is counted. */
static struct sv next_piece(struct http_conn *c, size_t **at)
{
    bool big = c->out_at == c->out.len;
    const struct str *from = big ? &c->big : &c->out;
    *at = big ? &c->big_at : &c->out_at;
    size_t n = from->len - **at;
    return sv_n(str_c(from) + **at, n < WRITE_STEP ? n : WRITE_STEP);
}

/* What was sent is not kept: an idle connection holds no buffers. */
static void forget_sent(struct str *s, size_t *at)
{
    if (*at == 0 || *at < s->len)
        return;
    str_release(s);
    *at = 0;
}

/* A stream may have something to send at all times: what is left then moves to the front. */
static void forget_half(struct str *s, size_t *at)
{
    if (*at < WRITE_STEP || *at < s->len - *at)
        return;
    memmove(s->data, s->data + *at, s->len - *at);
    s->len -= *at;
    *at = 0;
}

static void fill_wire(struct http_conn *c)
{
    size_t *at;
    struct sv piece;
    while (c->wire.len < WRITE_STEP && (piece = next_piece(c, &at)).len) {
        if (!c->ssl)
            str_addv(&c->wire, piece);
        else if (!http_server_tls_put(c->ssl, piece))
            c->cut = true;
        else
            http_server_tls_drain(c->ssl, &c->wire);
        *at += piece.len;
        forget_sent(&c->out, &c->out_at);
        forget_half(&c->out, &c->out_at);
        forget_sent(&c->big, &c->big_at);
    }
    if (c->ssl)
        http_server_tls_drain(c->ssl, &c->wire);
    if (!str_ok(&c->wire) || !str_ok(&c->out))
        c->cut = true;
}

static void on_written(uv_write_t *write, int status)
{
    struct http_conn *c = write->handle->data;
    c->writing = false;
    str_release(&c->wire);
    if (c->closed)
        return;
    if (status < 0) {
        http_conn_close(c);
        return;
    }
    c->write_due = 0;
    http_conn_touch(c);
}

static void send_some(struct http_conn *c)
{
    if (c->writing)
        return;
    fill_wire(c);
    if (c->wire.len == 0 || c->cut)
        return;
    uv_buf_t buf = uv_buf_init(c->wire.data, (unsigned)c->wire.len);
    c->write_due = due_in(c, c->server->config.write_timeout_ms);
    c->writing = true;
    if (uv_write(&c->write, (uv_stream_t *)&c->tcp, &buf, 1, on_written) < 0) {
        c->writing = false;
        c->cut = true;
    }
}

/* ---- pump ---- */

void http_conn_touch(struct http_conn *c)
{
    if (c->dirty || c->closed)
        return;
    c->dirty = true;
    c->dirty_next = c->server->dirty;
    c->server->dirty = c;
}

/* All is sent: tells the client that this was the end and waits a little for its end. */
static void linger(struct http_conn *c)
{
    if (c->ssl && !(SSL_get_shutdown(c->ssl) & SSL_SENT_SHUTDOWN) && SSL_is_init_finished(c->ssl)) {
        SSL_shutdown(c->ssl);
        send_some(c);
        if (c->writing)
            return;
    }
    uv_os_fd_t fd;
    if (c->eof || c->server->stopping || uv_fileno((uv_handle_t *)&c->tcp, &fd) < 0 ||
        shutdown(fd, SHUT_WR) < 0) {
        http_conn_close(c);
        return;
    }
    c->lingers = true;
    c->read_due = due_in(c, LINGER_MS);
    str_release(&c->ahead);
}

static void tell_room(struct http_conn *c)
{
    struct http_exchange *x = c->x;
    if (!x || !x->blocked || http_conn_waiting(c) > c->server->config.room / 2)
        return;
    x->blocked = false;
    if (x->events.on_room)
        x->events.on_room(x->events.ctx);
}

static void wait_for_next(struct http_conn *c)
{
    bool idle = !c->x || (!under_way(c) && !http_intake_begun(&c->x->in));
    if (c->server->stopping && idle)
        c->last = true;
    else if (idle && !c->read_due)
        c->read_due = due_in(c, c->server->config.idle_timeout_ms);
}

static void pump_one(struct http_conn *c)
{
    take_ahead(c);
    send_some(c);
    tell_room(c);
    send_some(c);
    if (c->cut || (c->lingers && c->server->stopping)) {
        http_conn_close(c);
        return;
    }
    if (!c->last)
        wait_for_next(c);
    if (c->last && !under_way(c) && !c->writing && !c->lingers && http_conn_waiting(c) == 0)
        linger(c);
    if (c->closed)
        return;
    set_reading(c, c->ahead.len < AHEAD_MAX);
    arm(c);
}

void http_conn_pump(struct http_server *s)
{
    struct http_conn *c;
    while ((c = s->dirty)) {
        s->dirty = c->dirty_next;
        c->dirty = false;
        pump_one(c);
    }
}

/* ---- beginning ---- */

static void name_peer(struct http_conn *c)
{
    struct sockaddr_storage address;
    int n = sizeof address, port = 0;
    char host[INET6_ADDRSTRLEN] = "";
    if (uv_tcp_getpeername(&c->tcp, (struct sockaddr *)&address, &n) < 0)
        return;
    if (address.ss_family == AF_INET6) {
        uv_ip6_name((struct sockaddr_in6 *)&address, host, sizeof host);
        port = ntohs(((struct sockaddr_in6 *)&address)->sin6_port);
        snprintf(c->peer, sizeof c->peer, "[%s]:%d", host, port);
    } else {
        uv_ip4_name((struct sockaddr_in *)&address, host, sizeof host);
        port = ntohs(((struct sockaddr_in *)&address)->sin_port);
        snprintf(c->peer, sizeof c->peer, "%s:%d", host, port);
    }
}

static void enlist(struct http_conn *c)
{
    struct http_server *s = c->server;
    c->next = s->conns;
    c->link = &s->conns;
    if (c->next)
        c->next->link = &c->next;
    s->conns = c;
    s->conn_count++;
}

void http_conn_accept(struct http_port *port)
{
    struct http_server *s = port->server;
    struct http_conn *c = calloc(1, sizeof *c);
    if (!c)
        return;
    c->server = s;
    c->port = port;
    c->handles = 2;
    uv_tcp_init(&s->loop, &c->tcp);
    uv_timer_init(&s->loop, &c->timer);
    c->tcp.data = c->timer.data = c;
    enlist(c);
    if (port->tls)
        c->ssl = http_server_tls_accept(port->tls);
    if (uv_accept((uv_stream_t *)&port->tcp, (uv_stream_t *)&c->tcp) < 0 || s->stopping ||
        (port->tls && !c->ssl) || s->conn_count > s->config.max_connections) {
        http_conn_close(c);
        return;
    }
    uv_tcp_nodelay(&c->tcp, 1);
    name_peer(c);
    c->read_due = due_in(c, s->config.head_timeout_ms);
    http_conn_touch(c);
}
