#include "cmd/describe.h"
#include "cmd/table.h"

static int run_man(struct cmd_ctx *ctx, struct err *err)
{
    _cleanup_str_ struct str text = {0};
    if (!ctx->operand_count) {
        man_overview(&text);
    } else {
        const struct cmd *about = cmd_find(sv_of(ctx->operands[0]));
        if (!about)
            return cmd_usage(ctx, err, "unknown command '%s'", ctx->operands[0]);
        man_command(&text, about);
    }
    fwrite(str_c(&text), 1, text.len, ctx->out);
    return CMD_OK;
}

static const char *const synopsis[] = {"[COMMAND]", NULL};
static const char *const about[] = {
    "Prints the manual page of toban or of one of its commands in the roff format that `man` "
    "reads. "
    "`make install` puts all of them in place, so this is for machines where only the program is.",
    NULL,
};
static const struct cmd_pair examples[] = {
    {"toban man check | man -l -", "Read a page without installing it"},
    {0},
};

const struct cmd cmd_man = {
    .name = "man",
    .summary = "print a manual page",
    .synopsis = synopsis,
    .about = about,
    .operands = {.name = "COMMAND",
                 .takes = CMD_TAKES_COMMAND,
                 .max = 1,
                 .help = "the command whose page to print; none for that of toban itself"},
    .examples = examples,
    .run = run_man,
};
