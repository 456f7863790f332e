#include "cmd/cmd.h"

#include "base/must.h"
#include "base/text.h"
#include "cmd/parse.h"

#include <stdarg.h>

const char *const cmd_report_formats[] = {"table", "json",     "sarif", "junit",
                                          "csv",   "markdown", NULL};

static const struct cmd_option *option_named(const struct cmd_ctx *ctx, const char *name)
{
    const struct cmd_option *o = parse_option_find(ctx->cmd, sv_of(name));
    if (!o) {
        fprintf(stderr, "toban: bug: command '%s' asks for its option '--%s'\n", ctx->cmd->name,
                name);
        abort();
    }
    return o;
}

bool cmd_given(const struct cmd_ctx *ctx, const char *option)
{
    return cmd_value_at(ctx, option, 0) != NULL;
}

const char *cmd_value(const struct cmd_ctx *ctx, const char *option)
{
    const struct cmd_option *o = option_named(ctx, option);
    for (size_t i = ctx->value_count; i > 0; i--)
        if (ctx->values[i - 1].option == o)
            return ctx->values[i - 1].text;
    return o->fallback;
}

const char *cmd_value_at(const struct cmd_ctx *ctx, const char *option, size_t i)
{
    const struct cmd_option *o = option_named(ctx, option);
    for (size_t v = 0; v < ctx->value_count; v++)
        if (ctx->values[v].option == o && i-- == 0)
            return ctx->values[v].text;
    return NULL;
}

const char **cmd_values(const struct cmd_ctx *ctx, const char *option)
{
    size_t n = 0;
    while (cmd_value_at(ctx, option, n))
        n++;
    const char **values = mem_must(calloc(n + 1, sizeof *values));
    for (size_t i = 0; i < n; i++)
        values[i] = cmd_value_at(ctx, option, i);
    return values;
}

struct version cmd_version_of(const struct cmd_ctx *ctx, const char *option)
{
    struct version v = VERSION_NONE;
    const char *text = cmd_value(ctx, option);
    if (text)
        version_parse(sv_of(text), &v);
    return v;
}

int cmd_usage(const struct cmd_ctx *ctx, struct err *err, const char *fmt, ...)
{
    char text[ERR_MSG_MAX / 2];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    err_set(err, ERR_USAGE, "%s: %s", ctx->cmd->name, text);
    return err_hint(err, "see 'toban %s --help'", ctx->cmd->name);
}

/* One line, whatever bytes a file's name brought into it. */
static void print_line(FILE *to, const char *head, const char *text, const char *tail)
{
    _cleanup_str_ struct str line = {0};
    text_printable(&line, sv_of(text));
    fprintf(to, "%s%s%s\n", head, str_c(&line), tail);
}

void cmd_say(const struct cmd_ctx *ctx, const char *fmt, ...)
{
    _cleanup_str_ struct str text = {0};
    va_list ap;
    va_start(ap, fmt);
    str_vaddf(&text, fmt, ap);
    va_end(ap);
    print_line(ctx->err, "toban: ", str_c(&text), "");
}

void cmd_print_err(const struct cmd_ctx *ctx, const char *msg, const char *hint)
{
    bool colour = ctx->colour_err;
    print_line(ctx->err, colour ? "\033[1;31mtoban:\033[0m " : "toban: ", msg, "");
    if (hint && *hint)
        print_line(ctx->err, colour ? "\033[2m  hint: " : "  hint: ", hint,
                   colour ? "\033[0m" : "");
}
