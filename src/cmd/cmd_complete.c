#include "cmd/complete.h"
#include "cmd/table.h"

static int run_complete(struct cmd_ctx *ctx, struct err *err)
{
    _cleanup_str_ struct str text = {0};
    complete_words(&text, ctx->operands, ctx->operand_count);
    fwrite(str_c(&text), 1, text.len, ctx->out);
    return CMD_OK;
}

static const char *const synopsis[] = {"-- WORD...", NULL};
static const char *const about[] = {
    "Called by the scripts of `toban completion`: prints what may stand in place of the last WORD, "
    "one candidate with its meaning per line, and `:files` or `:folders` where the shell is to "
    "offer those.",
    NULL,
};

/* A word may be empty here, so it is taken as it is. */
const struct cmd cmd_complete = {
    .name = "complete",
    .summary = "answer a shell's completion",
    .synopsis = synopsis,
    .about = about,
    .operands = {.name = "WORD",
                 .takes = CMD_TAKES_NOTHING,
                 .max = CMD_MANY,
                 .help = "the words behind toban, up to the one under the cursor"},
    .hidden = true,
    .run = run_complete,
};
