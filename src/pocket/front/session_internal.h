/* What the files of sessions share. */
#ifndef TOBAN_POCKET_FRONT_SESSION_INTERNAL_H
#define TOBAN_POCKET_FRONT_SESSION_INTERNAL_H

#include "base/vec.h"
#include "net/spdy.h"
#include "net/websocket.h"
#include "pocket/front/session.h"

#define SESSION_ARGS_MAX 64
#define SESSION_PORTS_MAX 16

enum session_kind { SESSION_EXEC, SESSION_ATTACH, SESSION_FORWARD };

enum session_stream { SESSION_ERROR, SESSION_IN, SESSION_OUT, SESSION_ERR, SESSION_RESIZE };
#define SESSION_STREAMS (SESSION_RESIZE + 1)

struct forwarded; /* session_forward.c: one connection through it */

struct front_session {
    enum session_kind kind;
    struct websocket *ws; /* this, or spdy, or (a tunnel) both */
    struct spdy *spdy;
    struct http_exchange *x;
    struct http_timer *late; /* runs while the client, or the program, has something to do */
    struct http_timer *tick; /* of an attach */
    uint32_t streams[SESSION_STREAMS]; /* 0: not open */
    bool done;                         /* the program was started */
    struct arena arena;
    struct front_pods pods;
    struct sv ns, host, uid, container; /* host: the pod's name */
    struct sv argv[SESSION_ARGS_MAX];
    size_t argc;
    bool in, out, err, tty; /* the streams that the client wants */
    int64_t since;          /* an attach has shown what was said until then */
    unsigned ports[SESSION_PORTS_MAX];
    size_t port_count;
    VEC(struct forwarded *) forwarded;
    struct str *reply; /* what is answered to the bytes that are being read */
};

/* What a program printed; status not NULL: it has ended, and this is its Status. */
struct session_said {
    struct sv out, err;
    const struct str *status;
};

/* The pod as it is now, in the arena; NULL: it is gone, or another one. */
struct doc_node *session_pod(const struct front_session *s, struct arena *a);

/* ---- session.c: WebSocket ---- */
void session_websocket_say(struct front_session *s, const struct session_said *said);

/* ---- session_spdy.c ---- */
/* Takes over an exchange that asks for SPDY/3.1. */
void front_session_spdy(struct front_session *s, struct http_exchange *x);
void session_spdy_say(struct front_session *s, const struct session_said *said);
/* Answers that the client offers no protocol that is known, and frees the session. */
void session_spdy_refuse(struct front_session *s, struct http_exchange *x, const char *protocol);
bool session_spdy_offers(const struct http_exchange *x, const char *protocol);

/* ---- session_attach.c ---- */
/* Shows what the container says from now on. */
void session_attach(struct front_session *s, struct http_server *server);

/* ---- session_forward.c ---- */
/* Takes over an exchange that asks for WebSocket or SPDY/3.1. */
void session_forward_websocket(struct front_session *s, struct http_exchange *x);
void session_forward_spdy(struct front_session *s, struct http_exchange *x);
void session_forward_release(struct front_session *s);

#endif
