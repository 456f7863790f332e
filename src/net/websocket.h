/*
 * websocket: a connection of the HTTP server as WebSocket (RFC 6455): whole messages both ways. The
 * framing is libwslay's. What the messages mean does not live here. One thread: the server's.
 */
#ifndef TOBAN_NET_WEBSOCKET_H
#define TOBAN_NET_WEBSOCKET_H

#include "net/http_server.h"

#define WEBSOCKET_MESSAGE_MAX ((size_t)1 << 20)
#define WEBSOCKET_NORMAL 1000 /* codes of closing */
#define WEBSOCKET_FAILED 1011

struct websocket;

struct websocket_events {
    void (*on_message)(void *ctx, bool text, struct sv bytes);
    /* There is room again after websocket_send said there is none. May be NULL. */
    void (*on_room)(void *ctx);
    /* It is over, by the client, the server or websocket_close: called once, at the end, never
     * inside of websocket_accept, _send or _close. The websocket is dead when it returns. */
    void (*on_close)(void *ctx);
    void *ctx;
};

/* The request asks for a WebSocket. */
bool websocket_asked(const struct http_exchange *x);
/* The client offers this subprotocol. */
bool websocket_offers(const struct http_exchange *x, const char *protocol);

/* Answers the handshake with this subprotocol (NULL: none). NULL when it is no handshake of version
 * 13, which was then answered (400 or 426), or there is no memory (503); x is dead in every case.
 */
struct websocket *websocket_accept(struct http_exchange *x, const char *protocol,
                                   const struct websocket_events *events);

/* One message (copied). False: more waits than the server's room; it was taken all the same.
 * Nothing happens after websocket_close. */
bool websocket_send(struct websocket *ws, bool text, struct sv bytes);
/* Says goodbye behind what was sent; it ends when the client did too, after 5 seconds at most. */
void websocket_close(struct websocket *ws, unsigned code);

#endif
