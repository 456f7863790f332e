/*
 * spdy: the frames of SPDY/3.1 as the server's side reads and writes them, for clients that ask for
 * nothing newer (kubectl exec before 1.31). Bytes in, events and bytes out: no sockets, no clock.
 * What the streams mean does not live here. Flow control is not kept: clients of Kubernetes ask for
 * none.
 *
 * Source: the SPDY/3 draft (draft-mbelshe-httpbis-spdy-00) and SPDY/3.1.
 */
#ifndef TOBAN_NET_SPDY_H
#define TOBAN_NET_SPDY_H

#include "base/str.h"
#include "base/sv.h"

#define SPDY_FRAME_MAX ((size_t)1 << 20)
#define SPDY_HEADERS_MAX ((size_t)16 << 10) /* of one block, without compression */

struct spdy;

struct spdy_events {
    /* The client opened a stream; headers is its block (spdy_header reads it). */
    void (*on_open)(void *ctx, uint32_t stream, struct sv headers);
    void (*on_data)(void *ctx, uint32_t stream, struct sv bytes);
    /* The client sends no more on it, or wants no more of it. */
    void (*on_end)(void *ctx, uint32_t stream);
    void *ctx;
};

/* NULL without memory. */
struct spdy *spdy_new(const struct spdy_events *events);
/* NULL-safe. */
void spdy_free(struct spdy *s);

/* Reads what came; what is to be answered at once (pings) is appended to out. False: it is not
 * SPDY/3, or above the limits: the connection is to be closed. Not to be called from an event. */
bool spdy_feed(struct spdy *s, struct sv bytes, struct str *out);

/* Value of a header of a block, by its name in lower case; absent when there is none. */
struct sv spdy_header(struct sv headers, const char *name);

/* Takes a stream on: a SYN_REPLY without headers. */
void spdy_reply(struct spdy *s, uint32_t stream, struct str *out);
/* Bytes on a stream; last: nothing follows. Empty bytes are sent only as the last. */
void spdy_data(uint32_t stream, struct sv bytes, bool last, struct str *out);

#endif
