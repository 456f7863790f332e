/*
 * plan_verbs: what `toban plan` does, one function per word. Each gives an exit code, or -1 with
 * err. The first operand is the word itself.
 */
#ifndef TOBAN_CMD_PLAN_VERBS_H
#define TOBAN_CMD_PLAN_VERBS_H

#include "cmd/cmd.h"

enum plan_word {
    PLAN_WORD_LIST,
    PLAN_WORD_SHOW,
    PLAN_WORD_RESUME,
    PLAN_WORD_PAUSE,
    PLAN_WORD_APPROVE,
    PLAN_WORD_ABORT,
    PLAN_WORD_ROLLBACK,
    PLAN_WORDS,
};

int plan_run_list(struct cmd_ctx *ctx, struct err *err);
int plan_run_show(struct cmd_ctx *ctx, struct err *err);
int plan_run_pause(struct cmd_ctx *ctx, struct err *err);
int plan_run_approve(struct cmd_ctx *ctx, struct err *err);
int plan_run_abort(struct cmd_ctx *ctx, struct err *err);
/* Goes on with a plan (its id, or the beginning of it), or back. */
int plan_run_resume(struct cmd_ctx *ctx, const char *id, bool rollback, struct err *err);

#endif
