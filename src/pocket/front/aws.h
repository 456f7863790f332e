/*
 * aws: the AWS side of the pocket on HTTP: requests of the server (net/http_server.h) become
 * requests of pocket/aws.h, and back. Decides nothing.
 */
#ifndef TOBAN_POCKET_FRONT_AWS_H
#define TOBAN_POCKET_FRONT_AWS_H

#include "net/http_server.h"
#include "pocket/aws.h"

/* The owner fills it. The server is freed before the rest. */
struct front_aws {
    struct pocket_aws *aws;
    /* Called before each request: brings the pocket's clock up to now. */
    void (*clock)(void *ctx);
    void *ctx;
};

/* For http_listener.on_request; ctx is a struct front_aws. */
void front_aws_request(void *ctx, struct http_exchange *x);

#endif
