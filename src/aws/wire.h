/*
 * wire: one call of AWS from its words to its answer, with all attempts; what the client and the
 * search for credentials share. Not for others than aws/.
 */
#ifndef TOBAN_AWS_WIRE_H
#define TOBAN_AWS_WIRE_H

#include "aws/client.h"
#include "aws/pace.h"
#include "aws/settings.h"
#include "base/vec.h"
#include "net/retry.h"

struct aws_wire_pace {
    const struct aws_service *service;
    struct aws_pace pace;
    bool was_up; /* has answered before */
};

struct aws_wire {
    struct http_client *http; /* NULL until the first call */
    char *ca_file;            /* NULL: those of the system */
    struct aws_clock clock;
    int64_t skew_ms; /* the services' clocks are so much ahead of ours */
    struct retry_rng rng;
    VEC(struct aws_wire_pace *) paces;
    unsigned attempts, timeout_ms;
    bool adaptive;
};

void aws_wire_init(struct aws_wire *w, const struct aws_clock *clock, uint64_t seed);
/* Takes the certificate authorities and the manner of retrying from AWS_CA_BUNDLE,
 * AWS_MAX_ATTEMPTS, AWS_RETRY_MODE or the profile. -1: one of them makes no sense. */
int aws_wire_configure(struct aws_wire *w, const struct aws_settings *s, struct err *err);
void aws_wire_release(struct aws_wire *w);

static inline int64_t aws_wire_now(const struct aws_wire *w)
{
    return w->clock.now_ms(w->clock.ctx);
}

/* The HTTP client, made when it is first needed. NULL with err. */
struct http_client *aws_wire_http(struct aws_wire *w, struct err *err);

/* Where a call goes. */
struct aws_target {
    const char *url; /* "https://host[:port][/prefix]" */
    const char *region;
};

/* Who signs. keys is asked before each attempt; renew: the last ones were
 * refused, find others. NULL as a
 * pointer to this: the call is not signed. */
struct aws_signer {
    int (*keys)(void *ctx, bool renew, const struct aws_credentials **out, struct err *err);
    void *ctx;
};

/* As aws_client_call. */
int aws_wire_call(struct aws_wire *w, const struct aws_target *target, const struct aws_call *call,
                  const struct aws_signer *signer, struct aws_answer *answer, struct err *err);

/* One attempt. *response holds headers and, unless it moved into answer, body. */
int aws_wire_send(struct aws_wire *w, const struct aws_target *target, const struct aws_call *call,
                  const struct aws_credentials *keys, struct aws_answer *answer,
                  struct http_response *response, struct err *err);

#endif
