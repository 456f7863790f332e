/*
 * replace_words: what the command line of `toban nodes replace` asks for. What can be wrong without
 * AWS and the cluster is refused here.
 */
#ifndef TOBAN_CMD_REPLACE_WORDS_H
#define TOBAN_CMD_REPLACE_WORDS_H

#include "cmd/drain_read.h"
#include "ops/replace/gather.h"

/* Zeroed memory is released. */
struct replace_words {
    const struct cmd_ctx *ctx;
    const char **groups, **names, **types, **subnets; /* ended by NULL; names: none, or one each */
    struct replace_wish wish;                         /* of all groups, without a name */
    struct replace_want want;                         /* without the server */
    struct drain_ordered ordered;
    int64_t soak_ms;
    uint64_t at_once; /* 0: as many as there is room for */
};
void replace_words_release(struct replace_words *r);

/* *out must be zeroed, and stay where it is. -1 with a usage error. */
int replace_words_read(const struct cmd_ctx *ctx, struct replace_words *out, struct err *err);

#endif
