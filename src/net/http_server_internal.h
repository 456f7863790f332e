/*
 * http_server_internal: what the files of the HTTP server share. Not for others.
 *
 * Owners of exchanges call in at any time; nothing they call frees or closes a connection. What
 * they did is queued, the connection is marked dirty, and right before the loop waits
 * (http_conn_pump) dirty ones are written to, go on to their next request, or are closed.
 */
#ifndef TOBAN_NET_HTTP_SERVER_INTERNAL_H
#define TOBAN_NET_HTTP_SERVER_INTERNAL_H

#include "net/http_intake.h"

#include <openssl/ssl.h>
#include <uv.h>

#include <stdatomic.h>

struct http_port {
    uv_tcp_t tcp;
    struct http_server *server;
    struct http_port *next;
    SSL_CTX *tls; /* NULL: plain */
    void (*on_request)(void *ctx, struct http_exchange *x);
    void *ctx;
};

struct http_timer {
    uv_timer_t timer;
    struct http_timer *next, **link;
    void (*fn)(void *ctx);
    void *ctx;
};

struct http_server {
    struct http_server_config config;
    uv_loop_t loop;
    uv_async_t wake;
    uv_prepare_t pump;
    uv_timer_t grace;
    atomic_int stop_asked; /* grace in ms + 1; 0: not asked */
    bool stopping;
    struct http_port *ports;
    struct http_conn *conns, *dirty;
    unsigned conn_count;
    struct http_timer *timers;
    void (*turn)(void *ctx);
    void *turn_ctx;
};

enum http_phase {
    HTTP_PHASE_READING, /* the request is coming in */
    HTTP_PHASE_ASKED,   /* its owner has it */
    HTTP_PHASE_BEGUN,   /* its answer is a stream */
    HTTP_PHASE_RAW,     /* upgraded */
};

struct http_exchange {
    struct http_conn *conn;
    enum http_phase phase;
    bool head_only; /* of the answer: HEAD */
    bool chunked;   /* the answer's body */
    bool blocked;   /* its owner was told that there is no room */
    struct http_exchange_events events;
    struct http_intake in;
};

struct http_conn {
    uv_tcp_t tcp;
    uv_timer_t timer;
    uv_write_t write;
    struct http_server *server;
    struct http_port *port;
    struct http_conn *next, **link; /* of all */
    struct http_conn *dirty_next;
    SSL *ssl;                /* NULL: plain */
    struct http_exchange *x; /* coming in or under way */
    struct str ahead;        /* what the client sent and nobody took */
    struct str out, big;     /* to be sent, in this order, not yet encrypted */
    size_t out_at, big_at;
    struct str wire;              /* being written */
    uint64_t read_due, write_due; /* of the loop's clock; 0: none */
    char peer[80];
    unsigned handles; /* of libuv's that are not closed yet */
    bool dirty;
    bool reading; /* from the socket */
    bool writing;
    bool eof;     /* the client sends no more */
    bool last;    /* close when all is sent */
    bool cut;     /* close now */
    bool reset;   /* close without waiting for what was sent */
    bool closed;  /* handles are closing; only waits for libuv */
    bool lingers; /* all is sent and the end was told; what comes is dropped */
};

/* ---- http_conn.c ---- */

void http_conn_accept(struct http_port *port);
/* Something was queued or marked: look at it before the loop waits. */
void http_conn_touch(struct http_conn *c);
void http_conn_pump(struct http_server *s);
/* Closes it now; an exchange under way is told. */
void http_conn_close(struct http_conn *c);
/* Bytes of the client, decrypted. */
void http_conn_take(struct http_conn *c, struct sv bytes);
/* The client sends no more. */
void http_conn_eof(struct http_conn *c);
size_t http_conn_waiting(const struct http_conn *c);

/* ---- http_exchange.c ---- */

struct http_exchange *http_exchange_new(struct http_conn *c);
/* Frees it and takes it from its connection. */
void http_exchange_drop(struct http_exchange *x);
/* The server's own answer to what it refuses. Ends the exchange; the connection closes after it. */
void http_exchange_refuse(struct http_exchange *x, int status, const char *why);

/* ---- http_server_tls.c ---- */

SSL_CTX *http_server_tls_new(struct sv cert, struct sv key, struct err *err);
/* NULL without memory. */
SSL *http_server_tls_accept(SSL_CTX *ctx);
/* Encrypted bytes of the client: hands what is in them to http_conn_take. False: the connection is
 * broken; what the wire still holds (an alert) may be sent. */
bool http_server_tls_feed(struct http_conn *c, struct sv bytes);
/* Encrypts bytes for the wire. */
bool http_server_tls_put(SSL *ssl, struct sv bytes);
/* Moves what is to be sent to the end of *wire. */
void http_server_tls_drain(SSL *ssl, struct str *wire);

#endif
