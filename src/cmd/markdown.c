#include "cmd/describe.h"

#include "cmd/parse.h"
#include "cmd/table.h"

/* A cell of a table: no bar and no line break may end it. */
static void cell(struct str *out, const char *text)
{
    for (; *text; text++) {
        if (*text == '|')
            str_addc(out, '\\');
        str_addc(out, *text == '\n' ? ' ' : *text);
    }
}

static void pairs(struct str *out, const char *title, const char *left, const char *right,
                  const struct cmd_pair *list)
{
    if (!list || !list->left)
        return;
    str_addf(out, "\n## %s\n\n| %s | %s |\n| --- | --- |\n", title, left, right);
    for (; list->left; list++) {
        str_adds(out, "| `");
        cell(out, list->left);
        str_adds(out, "` | ");
        cell(out, list->right);
        str_adds(out, " |\n");
    }
}

static void options(struct str *out, const struct cmd *cmd)
{
    const struct cmd_option *o;
    str_adds(out, "\n## Options\n\n| Option | Meaning |\n| --- | --- |\n");
    for (size_t i = 0; (o = parse_option_at(cmd, i)); i++) {
        _cleanup_str_ struct str text = {0};
        describe_option(&text, o);
        str_adds(out, "| ");
        if (o->letter)
            str_addf(out, "`-%c`, ", o->letter);
        str_addf(out, "`--%s%s%s` | ", o->name, o->arg ? " " : "", o->arg ? o->arg : "");
        cell(out, str_c(&text));
        str_adds(out, " |\n");
    }
}

static void examples(struct str *out, const struct cmd_pair *list)
{
    if (!list || !list->left)
        return;
    str_adds(out, "\n## Examples\n");
    for (; list->left; list++)
        str_addf(out, "\n%s:\n\n```sh\n%s\n```\n", list->right, list->left);
}

void markdown_command(struct str *out, const struct cmd *cmd)
{
    str_addf(out, "<!-- Made by `toban help --markdown %s`; the text is in src/cmd/cmd_%s.c. -->\n",
             cmd->name, cmd->name);
    str_addf(out, "# toban %s\n\n%c%s.\n\n```\n", cmd->name, cmd->summary[0] - 32,
             cmd->summary + 1);
    for (size_t i = 0; cmd->synopsis[i]; i++)
        str_addf(out, "toban %s%s%s\n", cmd->name, *cmd->synopsis[i] ? " " : "", cmd->synopsis[i]);
    str_adds(out, "```\n");
    for (size_t i = 0; cmd->about[i]; i++)
        str_addf(out, "\n%s\n", cmd->about[i]);
    if (cmd->operands.name)
        str_addf(out, "\n`%s`: %s.\n", cmd->operands.name, cmd->operands.help);
    options(out, cmd);
    examples(out, cmd->examples);
    pairs(out, "Exit codes", "Code", "Meaning", describe_exits(cmd));
    pairs(out, "Environment", "Variable", "Meaning", cmd->variables);
    pairs(out, "Files", "File", "Meaning", cmd->files);
}

void markdown_overview(struct str *out)
{
    str_adds(out, "<!-- Made by `toban help --markdown`. -->\n# Commands\n\n"
                  "| Command | What it does |\n| --- | --- |\n");
    for (size_t i = 0; cmd_table[i]; i++) {
        if (cmd_table[i]->hidden)
            continue;
        str_addf(out, "| [`toban %s`](%s.md) | ", cmd_table[i]->name, cmd_table[i]->name);
        cell(out, cmd_table[i]->summary);
        str_adds(out, " |\n");
    }
    pairs(out, "Exit codes", "Code", "Meaning", cmd_common_exits);
    pairs(out, "Environment", "Variable", "Meaning", cmd_common_variables);
}
