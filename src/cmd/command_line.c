#include "cmd/command_line.h"

#include <string.h>

static bool is_plain(const char *word)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                "-_./:=,@%+";
    return *word && word[strspn(word, plain)] == '\0';
}

void command_line_word(struct str *out, const char *word)
{
    if (is_plain(word)) {
        str_adds(out, word);
        return;
    }
    str_addc(out, '\'');
    for (; *word; word++)
        if (*word == '\'')
            str_adds(out, "'\\''");
        else
            str_addc(out, *word);
    str_addc(out, '\'');
}

void command_line_repeat(struct str *out, const struct cmd_ctx *ctx)
{
    str_addf(out, "toban %s", ctx->cmd->name);
    for (size_t i = 0; i < ctx->operand_count; i++) {
        str_addc(out, ' ');
        command_line_word(out, ctx->operands[i]);
    }
    for (size_t i = 0; i < ctx->value_count; i++) {
        const struct cmd_value *v = &ctx->values[i];
        str_addf(out, " --%s", v->option->name);
        if (v->option->takes == CMD_TAKES_NOTHING)
            continue;
        str_addc(out, ' ');
        command_line_word(out, v->text);
    }
}
