#include "cmd/describe.h"
#include "cmd/table.h"

static int unknown(const struct cmd_ctx *ctx, const char *name, struct err *err)
{
    const struct cmd *near = cmd_nearest(sv_of(name));
    cmd_usage(ctx, err, "unknown command '%s'%s%s%s", name, near ? ", did you mean '" : "",
              near ? near->name : "", near ? "'?" : "");
    return err_hint(err, "see 'toban --help'");
}

static void write_page(const struct cmd_ctx *ctx, const struct cmd *about, struct str *out)
{
    bool markdown = cmd_given(ctx, "markdown");
    if (about && markdown)
        markdown_command(out, about);
    else if (about)
        help_command(out, about, ctx->width);
    else if (markdown)
        markdown_overview(out);
    else
        help_overview(out, ctx->width);
}

static int run_help(struct cmd_ctx *ctx, struct err *err)
{
    _cleanup_str_ struct str text = {0};
    const struct cmd *about = NULL;
    if (ctx->operand_count && !(about = cmd_find(sv_of(ctx->operands[0]))))
        return unknown(ctx, ctx->operands[0], err);
    write_page(ctx, about, &text);
    fwrite(str_c(&text), 1, text.len, ctx->out);
    return CMD_OK;
}

static const char *const synopsis[] = {"[--markdown] [COMMAND]", NULL};
static const char *const about[] = {
    "Prints what a command does, its options, examples and exit codes. Without COMMAND it lists "
    "all "
    "commands. `toban COMMAND --help` prints the same.",
    NULL,
};
static const struct cmd_option options[] = {
    {.name = "markdown", .help = "print the page as it stands in `docs/cmd/`"},
    {0},
};
static const struct cmd_pair examples[] = {
    {"toban help check", "What `check` looks at and how its report can be printed"},
    {0},
};

const struct cmd cmd_help = {
    .name = "help",
    .summary = "explain a command",
    .synopsis = synopsis,
    .about = about,
    .options = options,
    .operands = {.name = "COMMAND",
                 .takes = CMD_TAKES_COMMAND,
                 .max = 1,
                 .help = "the command to explain"},
    .examples = examples,
    .run = run_help,
};
