/*
 * http_server: HTTP/1.1 with and without TLS, any number of listeners, on one thread with one loop.
 *
 * Bytes of strangers are read here under limits, whole requests are handed to a function, and
 * answers go out at the pace of who reads them. What a request means does not live here, nor does
 * routing. Everything is called on the thread of http_server_run, but for http_server_stop.
 *
 * A request is handed over when all of its body is there; then it is called an exchange. Its owner
 * answers it in one go, or as a stream, or takes the connection over (Upgrade), now or later. Of
 * one connection one exchange is under way at a time: what a client sends ahead waits.
 *
 * What is refused before anybody sees it: heads and bodies above the limits (431, 413), both a
 * Content-Length and a Transfer-Encoding or two lengths that differ (400), a transfer coding other
 * than "chunked" (501), no Host or several (400), a head or body that comes too slowly (408), more
 * connections than allowed (the connection is closed), versions other than 1.0 and 1.1 (505).
 */
#ifndef TOBAN_NET_HTTP_SERVER_H
#define TOBAN_NET_HTTP_SERVER_H

#include "base/err.h"
#include "base/str.h"

#define HTTP_SERVER_HEAD_MAX ((size_t)64 << 10) /* request line and headers together */
#define HTTP_SERVER_BODY_MAX ((size_t)64 << 20)
#define HTTP_SERVER_HEADERS_MAX 256 /* lines of one head */

struct http_server;
struct http_exchange;

/* Zeroed: the defaults in brackets. */
struct http_server_config {
    size_t body_max;          /* bytes of one request's body [HTTP_SERVER_BODY_MAX] */
    unsigned max_connections; /* over all listeners [4096] */
    unsigned head_timeout_ms; /* from the first byte of a head to its last; also from the connection
                                 to its first byte, with the handshake of TLS [15000] */
    unsigned body_timeout_ms; /* no byte of a body that is due [30000] */
    unsigned idle_timeout_ms; /* between two requests [120000] */
    unsigned write_timeout_ms; /* nothing of a waiting answer was taken [60000] */
    size_t room;               /* bytes that may wait to be sent before http_exchange_write says
                                  so [256 KiB] */
};

struct http_header_line {
    struct sv name, value; /* the value without the blanks around it */
};

/* What was asked. Borrowed from the exchange. */
struct http_asked {
    struct sv method; /* "GET" */
    struct sv target; /* as sent: "/api/v1/pods?watch=1" */
    struct sv path;   /* of the target, before '?', still percent-encoded */
    struct sv query;  /* behind '?'; absent when there is none */
    const struct http_header_line *headers;
    size_t header_count;
    struct sv body;   /* without transfer coding; empty when there is none */
    bool secure;      /* over TLS */
    bool upgrade;     /* the client asks to leave HTTP (see http_exchange_upgrade) */
    const char *peer; /* "127.0.0.1:40112" */
};

/* PEM texts; key and cert both or none (no TLS). ALPN offers http/1.1. */
struct http_listener {
    const char
        *address; /* "127.0.0.1:0", "[::1]:8443", ":443" (all addresses); port 0: a free one */
    struct sv cert, key; /* the chain, server's first; and its key */
    /* A whole request. The exchange is the callee's until one of http_exchange_answer, _end, _cut,
     * or its on_close was called. */
    void (*on_request)(void *ctx, struct http_exchange *x);
    void *ctx;
};

/* -1: no memory, no loop. */
int http_server_new(const struct http_server_config *config, struct http_server **out,
                    struct err *err);
/* Closes what is open, on_close is called for exchanges under way. NULL-safe. */
void http_server_free(struct http_server *s);

static inline void http_server_free_p(struct http_server **s)
{
    http_server_free(*s);
}
#define _cleanup_http_server_ _cleanup_(http_server_free_p)

/* Opens a listener and sets *port to its port. -1: the address is none or is in use, the PEM texts
 * do not fit together. */
int http_server_listen(struct http_server *s, const struct http_listener *listener, unsigned *port,
                       struct err *err);

/* Serves until http_server_stop. -1: the loop failed. */
int http_server_run(struct http_server *s, struct err *err);

/* From any thread or from a signal's handler: takes no new connections and requests, lets answers
 * under way end for at most grace_ms (streams and upgraded connections are closed at once), then
 * http_server_run returns. */
void http_server_stop(struct http_server *s, unsigned grace_ms);

/* Calls fn each time before the server waits, on its thread: the place to write what came up since
 * the last time. NULL: no more. */
void http_server_set_turn(struct http_server *s, void (*fn)(void *ctx), void *ctx);

/* Calls fn after first_ms and then every repeat_ms (0: never again) on the server's thread. NULL
 * without memory. */
struct http_timer *http_timer_start(struct http_server *s, unsigned first_ms, unsigned repeat_ms,
                                    void (*fn)(void *ctx), void *ctx);
/* Never called again; the pointer is dead. NULL-safe. A timer that does not repeat is to be stopped
 * as well. http_server_free stops what is left. */
void http_timer_stop(struct http_timer *t);

/* Never NULL; valid as long as the exchange. */
const struct http_asked *http_exchange_asked(const struct http_exchange *x);
/* Value of the first header of that name, compared without case; absent when there is none. */
struct sv http_exchange_header(const struct http_exchange *x, const char *name);
/* The server it came to. */
struct http_server *http_exchange_server(const struct http_exchange *x);

/* Called at most once each in an exchange's life; set by the exchange's owner. */
struct http_exchange_events {
    /* The client is gone or was too slow, or the server stops: the exchange is dead when this
     * returns, and must not be used in it but for reading what was asked. Not called after
     * http_exchange_answer, _end and _cut. */
    void (*on_close)(void *ctx);
    /* What waited was sent: there is room again. Called once per http_exchange_write that said
     * there is none. */
    void (*on_room)(void *ctx);
    /* Upgraded only: bytes of the client, as they come. bytes.len 0: it will send no more. */
    void (*on_bytes)(void *ctx, struct sv bytes);
    void *ctx;
};
void http_exchange_listen(struct http_exchange *x, const struct http_exchange_events *events);

/* "Name: value\r\n" lines, each with its end; absent: none. Content-Length, Transfer-Encoding,
 * Connection and Date are the server's and must not be among them. HEAD gets the head of what GET
 * would get; 204 and 304 have no body. */
struct http_answer {
    int status;
    struct sv headers;
    struct sv body; /* copied */
};

/* The whole answer; ends the exchange. */
void http_exchange_answer(struct http_exchange *x, const struct http_answer *answer);
/* As above, but takes the body over instead of copying it; *body is empty afterwards. For large
 * lists. */
void http_exchange_answer_take(struct http_exchange *x, int status, struct sv headers,
                               struct str *body);

/* Begins an answer whose length is not known: chunked for 1.1, until the end of the connection for
 * 1.0. */
void http_exchange_begin(struct http_exchange *x, int status, struct sv headers);
/* Adds bytes (copied) to a begun answer or an upgraded connection. False: more waits than
 * config.room; it was taken all the same, but do not go on before on_room. */
bool http_exchange_write(struct http_exchange *x, struct sv bytes);
/* Bytes that wait to be sent. */
size_t http_exchange_waiting(const struct http_exchange *x);
/* Ends a begun answer or, after what was written, an upgraded connection; ends the exchange. */
void http_exchange_end(struct http_exchange *x);
/* Closes the connection in the middle of whatever it is; ends the exchange. */
void http_exchange_cut(struct http_exchange *x);

/* Answers 101 with these headers ("Upgrade: …" and what the protocol wants; "Connection: Upgrade"
 * is added) and leaves HTTP: from then on bytes go both ways as they are. What the client sent
 * ahead comes by on_bytes after this returned. Only when asked->upgrade. */
void http_exchange_upgrade(struct http_exchange *x, struct sv headers);

#endif
