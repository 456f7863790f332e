/*
 * nodes_verbs: what `toban nodes` does, one function per word. Each gives an exit code, or -1 with
 * err.
 */
#ifndef TOBAN_CMD_NODES_VERBS_H
#define TOBAN_CMD_NODES_VERBS_H

#include "cmd/cmd.h"

enum nodes_verb {
    VERB_LIST,
    VERB_DRAIN,
    VERB_UNDRAIN,
    VERB_REPLACE,
    VERB_ROLLBACK,
    VERB_CORDON,
    VERB_UNCORDON,
    VERB_NOTICES,
    NODES_VERBS
};

int nodes_run_list(struct cmd_ctx *ctx, struct err *err);
int nodes_run_notices(struct cmd_ctx *ctx, struct err *err);
int nodes_run_drain(struct cmd_ctx *ctx, struct err *err);
int nodes_run_replace(struct cmd_ctx *ctx, struct err *err);
int nodes_run_rollback(struct cmd_ctx *ctx, struct err *err);
int nodes_run_cordon(struct cmd_ctx *ctx, enum nodes_verb verb, struct err *err);

#endif
