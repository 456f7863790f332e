#include "net/http_server_internal.h"

#include <netdb.h>
#include <pthread.h>
#include <signal.h>

#define BACKLOG 1024

static unsigned or_default(unsigned value, unsigned fallback)
{
    return value ? value : fallback;
}

static void fill_config(struct http_server_config *c)
{
    if (!c->body_max)
        c->body_max = HTTP_SERVER_BODY_MAX;
    if (!c->room)
        c->room = (size_t)256 << 10;
    c->max_connections = or_default(c->max_connections, 4096);
    c->head_timeout_ms = or_default(c->head_timeout_ms, 15000);
    c->body_timeout_ms = or_default(c->body_timeout_ms, 30000);
    c->idle_timeout_ms = or_default(c->idle_timeout_ms, 120000);
    c->write_timeout_ms = or_default(c->write_timeout_ms, 60000);
}

/* ---- stop ---- */

static void on_grace_over(uv_timer_t *timer)
{
    uv_stop(timer->loop);
}

static void close_port(struct http_port *p)
{
    if (!uv_is_closing((uv_handle_t *)&p->tcp))
        uv_close((uv_handle_t *)&p->tcp, NULL);
}

/* Streams would never end by themselves. */
static void on_wake(uv_async_t *wake)
{
    struct http_server *s = wake->data;
    int asked = atomic_load(&s->stop_asked);
    if (!asked || s->stopping)
        return;
    s->stopping = true;
    for (struct http_port *p = s->ports; p; p = p->next)
        close_port(p);
    for (struct http_conn *c = s->conns, *next; c; c = next) {
        next = c->next;
        if (c->x && c->x->phase >= HTTP_PHASE_BEGUN)
            http_conn_close(c);
        else
            http_conn_touch(c);
    }
    uv_timer_start(&s->grace, on_grace_over, (uint64_t)asked - 1, 0);
}

void http_server_stop(struct http_server *s, unsigned grace_ms)
{
    atomic_store(&s->stop_asked, grace_ms < INT32_MAX ? (int)grace_ms + 1 : INT32_MAX);
    uv_async_send(&s->wake);
}

/* ---- life ---- */

static void on_prepare(uv_prepare_t *pump)
{
    struct http_server *s = pump->data;
    if (s->turn)
        s->turn(s->turn_ctx);
    http_conn_pump(s);
    if (s->stopping && !s->conns)
        uv_stop(&s->loop);
}

static int init_handles(struct http_server *s)
{
    int e = uv_async_init(&s->loop, &s->wake, on_wake);
    if (e < 0)
        return e;
    uv_prepare_init(&s->loop, &s->pump);
    uv_prepare_start(&s->pump, on_prepare);
    uv_timer_init(&s->loop, &s->grace);
    s->wake.data = s->pump.data = s->grace.data = s;
    return 0;
}

int http_server_new(const struct http_server_config *config, struct http_server **out,
                    struct err *err)
{
    *out = NULL;
    struct http_server *s = calloc(1, sizeof *s);
    if (!s)
        return err_nomem(err, "starting an HTTP server");
    s->config = *config;
    fill_config(&s->config);
    int e = uv_loop_init(&s->loop);
    if (e < 0) {
        free(s);
        return err_set(err, ERR_LOCAL, "cannot start an event loop: %s", uv_strerror(e));
    }
    e = init_handles(s);
    if (e < 0) {
        uv_loop_close(&s->loop);
        free(s);
        return err_set(err, ERR_LOCAL, "cannot start an event loop: %s", uv_strerror(e));
    }
    *out = s;
    return 0;
}

/* libuv writes to sockets without MSG_NOSIGNAL: a client that is gone must not end the process. */
static void take_pipe_signals(void)
{
    sigset_t pipe;
    struct timespec none = {0};
    sigemptyset(&pipe);
    sigaddset(&pipe, SIGPIPE);
    while (sigtimedwait(&pipe, NULL, &none) >= 0)
        continue;
}

int http_server_run(struct http_server *s, struct err *err)
{
    sigset_t pipe, before;
    sigemptyset(&pipe);
    sigaddset(&pipe, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &pipe, &before);
    int e = uv_run(&s->loop, UV_RUN_DEFAULT);
    if (!sigismember(&before, SIGPIPE))
        take_pipe_signals();
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return e < 0 ? err_set(err, ERR_LOCAL, "the event loop failed: %s", uv_strerror(e)) : 0;
}

static void free_ports(struct http_server *s)
{
    for (struct http_port *p = s->ports, *next; p; p = next) {
        next = p->next;
        SSL_CTX_free(p->tls);
        free(p);
    }
}

void http_server_free(struct http_server *s)
{
    if (!s)
        return;
    while (s->conns)
        http_conn_close(s->conns);
    while (s->timers)
        http_timer_stop(s->timers);
    for (struct http_port *p = s->ports; p; p = p->next)
        close_port(p);
    uv_close((uv_handle_t *)&s->wake, NULL);
    uv_close((uv_handle_t *)&s->pump, NULL);
    uv_close((uv_handle_t *)&s->grace, NULL);
    while (uv_run(&s->loop, UV_RUN_DEFAULT) != 0)
        continue;
    uv_loop_close(&s->loop);
    free_ports(s);
    free(s);
}

/* ---- listeners ---- */

static void on_connection(uv_stream_t *stream, int status)
{
    if (status == 0)
        http_conn_accept(stream->data);
}

/* "host:port", "[v6]:port" or ":port" into a socket address. */
static int resolve(const char *text, struct sockaddr_storage *out, struct err *err)
{
    const char *colon = strrchr(text, ':');
    char host[256] = "::";
    if (!colon || (size_t)(colon - text) >= sizeof host)
        return err_set(err, ERR_USAGE, "'%s': HOST:PORT is expected, as in 127.0.0.1:8443", text);
    size_t n = (size_t)(colon - text);
    bool bracketed = n >= 2 && text[0] == '[' && text[n - 1] == ']';
    if (n)
        snprintf(host, sizeof host, "%.*s", (int)(bracketed ? n - 2 : n), text + bracketed);
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE | AI_NUMERICSERV};
    struct addrinfo *found = NULL;
    int e = getaddrinfo(host, colon + 1, &hints, &found);
    if (e != 0)
        return err_set(err, ERR_USAGE, "'%s' is no address to listen at: %s", text,
                       gai_strerror(e));
    memcpy(out, found->ai_addr, found->ai_addrlen);
    freeaddrinfo(found);
    return 0;
}

static unsigned port_of(const uv_tcp_t *tcp)
{
    struct sockaddr_storage address = {0};
    int n = sizeof address;
    uv_tcp_getsockname(tcp, (struct sockaddr *)&address, &n);
    return ntohs(address.ss_family == AF_INET6 ? ((struct sockaddr_in6 *)&address)->sin6_port
                                               : ((struct sockaddr_in *)&address)->sin_port);
}

/* Once its handle is initialised a port stays in the list, so that the loop can close it. */
static int open_port(struct http_server *s, struct http_port *p, const char *address,
                     const struct sockaddr_storage *where, struct err *err)
{
    int e = uv_tcp_init(&s->loop, &p->tcp);
    p->tcp.data = p;
    p->next = s->ports;
    s->ports = p;
    if (e == 0)
        e = uv_tcp_bind(&p->tcp, (const struct sockaddr *)where, 0);
    if (e == 0)
        e = uv_listen((uv_stream_t *)&p->tcp, BACKLOG, on_connection);
    if (e == 0)
        return 0;
    close_port(p);
    return err_set(err, e == UV_EACCES ? ERR_DENIED : ERR_LOCAL, "cannot listen at %s: %s", address,
                   uv_strerror(e));
}

int http_server_listen(struct http_server *s, const struct http_listener *listener, unsigned *port,
                       struct err *err)
{
    struct sockaddr_storage where = {0};
    SSL_CTX *tls = NULL;
    if (resolve(listener->address, &where, err) < 0)
        return -1;
    if (listener->cert.len && !(tls = http_server_tls_new(listener->cert, listener->key, err)))
        return -1;
    struct http_port *p = calloc(1, sizeof *p);
    if (!p) {
        SSL_CTX_free(tls);
        return err_nomem(err, "opening a listener");
    }
    p->server = s;
    p->tls = tls;
    p->on_request = listener->on_request;
    p->ctx = listener->ctx;
    if (open_port(s, p, listener->address, &where, err) < 0)
        return -1;
    *port = port_of(&p->tcp);
    return 0;
}

/* ---- timers ---- */

static void on_timer(uv_timer_t *timer)
{
    struct http_timer *t = timer->data;
    t->fn(t->ctx);
}

struct http_timer *http_timer_start(struct http_server *s, unsigned first_ms, unsigned repeat_ms,
                                    void (*fn)(void *ctx), void *ctx)
{
    struct http_timer *t = calloc(1, sizeof *t);
    if (!t)
        return NULL;
    t->fn = fn;
    t->ctx = ctx;
    t->next = s->timers;
    t->link = &s->timers;
    if (t->next)
        t->next->link = &t->next;
    s->timers = t;
    uv_timer_init(&s->loop, &t->timer);
    t->timer.data = t;
    uv_timer_start(&t->timer, on_timer, first_ms, repeat_ms);
    return t;
}

void http_server_set_turn(struct http_server *s, void (*fn)(void *ctx), void *ctx)
{
    s->turn = fn;
    s->turn_ctx = ctx;
}

static void on_timer_closed(uv_handle_t *handle)
{
    free(handle->data);
}

void http_timer_stop(struct http_timer *t)
{
    if (!t)
        return;
    *t->link = t->next;
    if (t->next)
        t->next->link = t->link;
    uv_close((uv_handle_t *)&t->timer, on_timer_closed);
}
