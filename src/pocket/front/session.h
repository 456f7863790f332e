/*
 * session: kubectl exec, attach and port-forward on a pod in which nothing runs. Of exec a few
 * commands have an answer, every other one says that it is not there; attach shows the log as it
 * goes on; behind a forwarded port is a small HTTP server (program.h). Over WebSocket, as the API
 * server's channel protocols v4.channel.k8s.io and v5.channel.k8s.io say: a byte in front of each
 * message names the stream; and over SPDY/3.1 (kubectl before 1.31), where each is a stream of its
 * own, and which newer clients send through a WebSocket to forward ports.
 */
#ifndef TOBAN_POCKET_FRONT_SESSION_H
#define TOBAN_POCKET_FRONT_SESSION_H

#include "doc/doc.h"
#include "net/http_server.h"

/* What to run where. Allocated by front_session_new, freed by _start or _free. */
struct front_session;

/* How a session that lasts learns what has become of its pod. */
struct front_pods {
    void *ctx;
    /* The pod as it is now, in the arena; NULL: there is none. */
    struct doc_node *(*get)(void *ctx, struct arena *a, struct sv ns, struct sv name);
    int64_t (*now)(void *ctx); /* Unix seconds of the pocket */
};

/* subresource: "exec", "attach", "portforward"; with its query (command=…&command=…&stdin=…). NULL
 * with *why (appended): it cannot be. pods is copied. */
struct front_session *front_session_new(const struct front_pods *pods, const struct doc_node *pod,
                                        struct sv subresource, struct sv query, struct str *why);
/* NULL-safe. */
void front_session_free(struct front_session *s);
/* Takes the exchange over, or answers it when it asks for neither protocol. */
void front_session_start(struct front_session *s, struct http_exchange *x);

/* What a command prints and with which code it ends; pure. argv holds at least one word. */
int front_session_answer(struct sv host, const struct sv *argv, size_t argc, struct str *out,
                         struct str *err);

/* The Status that ends it, from which clients take their own exit code. Appended. */
void front_session_status(int code, struct str *out);

#endif
