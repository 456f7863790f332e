/*
 * aws: the AWS side of the pocket on HTTP: requests of the server (net/http_server.h) become
 * requests of pocket/aws.h, and back. Answers that the pocket holds back wait here. Decides
 * nothing.
 */
#ifndef TOBAN_POCKET_FRONT_AWS_H
#define TOBAN_POCKET_FRONT_AWS_H

#include "net/http_server.h"
#include "pocket/aws.h"

struct front_aws_waiter;

/* The owner fills the first part and zeroes the rest. The server is freed before the AWS side. */
struct front_aws {
    struct pocket_aws *aws;
    /* Called before each request: brings the pocket's clock up to now. */
    void (*clock)(void *ctx);
    void *ctx;

    struct front_aws_waiter *waiters;
};

/* For http_listener.on_request; ctx is a struct front_aws. */
void front_aws_request(void *ctx, struct http_exchange *x);
/* Answers what was held back and can be answered now: to be called before the server waits
 * (http_server_set_turn). */
void front_aws_turn(struct front_aws *f);

#endif
