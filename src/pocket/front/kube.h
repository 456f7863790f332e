/*
 * kube: the Kubernetes API of the pocket on HTTP: requests of the server (net/http_server.h) become
 * requests of the API (pocket/api.h), its answers, lists in pages and watches become answers and
 * streams at the pace of who reads them. The faults that are told are done here. Decides nothing
 * else.
 */
#ifndef TOBAN_POCKET_FRONT_KUBE_H
#define TOBAN_POCKET_FRONT_KUBE_H

#include "net/http_server.h"
#include "pocket/api.h"
#include "pocket/front/faults.h"

struct front_stream;

/* The owner fills the first part and zeroes the rest. The server is freed before the API. */
struct front_kube {
    struct http_server *server;
    struct pocket_api *api;
    struct faults *faults;
    /* Called before each request: brings the pocket's clock up to now. May be NULL. */
    void (*clock)(void *ctx);
    void *ctx;

    struct front_stream *streams, *ready;
};

/* For http_listener.on_request; ctx is a struct front_kube. */
void front_kube_request(void *ctx, struct http_exchange *x);
/* Writes to watches what came up: to be called before the server waits (http_server_set_turn). */
void front_kube_turn(struct front_kube *f);

#endif
