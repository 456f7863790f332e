/*
 * chain: where keys for AWS are found, in the order of the AWS tools: environment; the profile
 * (a role to assume, a web identity, a single sign-on, keys, a program); the container; the
 * instance. Some of it means asking somebody. docs/aws.md describes it for people.
 */
#ifndef TOBAN_AWS_CHAIN_H
#define TOBAN_AWS_CHAIN_H

#include "aws/credentials.h"
#include "aws/settings.h"
#include "aws/wire.h"

struct aws_chain {
    const struct aws_settings *settings;
    struct aws_wire *wire;
};

/* Finds keys. -1: as aws_credentials_load. *out is released first. */
int aws_chain_find(const struct aws_chain *chain, struct aws_credentials *out, struct err *err);

/* Keys that are renewed before they expire. */
struct aws_provider {
    struct aws_chain chain;
    struct aws_credentials keys;
    int64_t obtained;   /* Unix seconds */
    int64_t not_before; /* of the next try to renew, after one that failed */
};

/* Borrowed until the next call. renew: the last ones were refused. Keys that are about to expire
 * are used on when they cannot be renewed, until the very end. */
int aws_provider_keys(struct aws_provider *p, bool renew, const struct aws_credentials **out,
                      struct err *err);
void aws_provider_release(struct aws_provider *p);

#endif
