/*
 * session: kubectl exec on a container in which nothing runs: a few commands have an answer, every
 * other one says that it is not there. Over WebSocket, as the API server's channel protocols
 * v4.channel.k8s.io and v5.channel.k8s.io say: a byte in front of each message names the stream.
 */
#ifndef TOBAN_POCKET_FRONT_SESSION_H
#define TOBAN_POCKET_FRONT_SESSION_H

#include "doc/doc.h"
#include "net/http_server.h"

/* What to run where. Allocated by front_session_new, freed by _start or _free. */
struct front_session;

/* Of exec's query (command=…&command=…&stdin=…). NULL with *why: it is not served. */
struct front_session *front_session_new(const struct doc_node *pod, struct sv subresource,
                                        struct sv query, const char **why);
/* NULL-safe. */
void front_session_free(struct front_session *s);
/* Takes the exchange over, or answers it when it asks for no WebSocket (kubectl before 1.31 asks
 * for SPDY). */
void front_session_start(struct front_session *s, struct http_exchange *x);

/* What a command prints and with which code it ends; pure. argv holds at least one word. */
int front_session_answer(struct sv host, const struct sv *argv, size_t argc, struct str *out,
                         struct str *err);

#endif
