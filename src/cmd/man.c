#include "cmd/describe.h"

#include "cmd/parse.h"
#include "cmd/table.h"

/* Text for roff: hyphens that stay hyphens, no request by accident, back quotes as bold. */
static void roff(struct str *out, const char *text)
{
    bool bold = false, line_start = true;
    for (; *text; text++) {
        if (line_start && (*text == '.' || *text == '\''))
            str_adds(out, "\\&");
        line_start = *text == '\n';
        if (*text == '`')
            str_adds(out, (bold = !bold) ? "\\fB" : "\\fR");
        else if (*text == '-')
            str_adds(out, "\\-");
        else if (*text == '\\')
            str_adds(out, "\\e");
        else
            str_addc(out, *text);
    }
    str_addc(out, '\n');
}

static void title(struct str *out, const char *page)
{
    str_adds(out, ".TH ");
    for (; *page; page++)
        str_addc(out, *page >= 'a' && *page <= 'z' ? (char)(*page - 32) : *page);
    str_adds(out, " 1 \"\" \"toban " TOBAN_VERSION "\" \"User Commands\"\n.SH NAME\n");
}

static void paragraphs(struct str *out, const char *const *list)
{
    for (size_t i = 0; list[i]; i++) {
        if (i)
            str_adds(out, ".PP\n");
        roff(out, list[i]);
    }
}

static void pairs(struct str *out, const char *head, const struct cmd_pair *list)
{
    if (!list || !list->left)
        return;
    str_addf(out, ".SH %s\n", head);
    for (; list->left; list++) {
        str_adds(out, ".TP\n.B ");
        roff(out, list->left);
        roff(out, list->right);
    }
}

static void options(struct str *out, const struct cmd *cmd)
{
    const struct cmd_option *o;
    str_adds(out, ".SH OPTIONS\n");
    for (size_t i = 0; (o = parse_option_at(cmd, i)); i++) {
        _cleanup_str_ struct str label = {0}, text = {0};
        if (o->letter)
            str_addf(&label, "`-%c`, ", o->letter);
        str_addf(&label, "`--%s`", o->name);
        if (o->arg)
            str_addf(&label, " %s", o->arg);
        str_adds(out, ".TP\n");
        roff(out, str_c(&label));
        describe_option(&text, o);
        roff(out, str_c(&text));
    }
}

static void synopsis(struct str *out, const struct cmd *cmd)
{
    str_adds(out, ".SH SYNOPSIS\n");
    for (size_t i = 0; cmd->synopsis[i]; i++) {
        _cleanup_str_ struct str line = {0};
        str_addf(&line, "`toban %s` %s", cmd->name, cmd->synopsis[i]);
        if (i)
            str_adds(out, ".br\n");
        roff(out, str_c(&line));
    }
}

static void examples(struct str *out, const struct cmd_pair *list)
{
    if (!list || !list->left)
        return;
    str_adds(out, ".SH EXAMPLES\n");
    for (; list->left; list++) {
        str_adds(out, ".TP\n.B ");
        roff(out, list->left);
        roff(out, list->right);
    }
}

void man_command(struct str *out, const struct cmd *cmd)
{
    _cleanup_str_ struct str page = {0}, name = {0};
    str_addf(&page, "toban-%s", cmd->name);
    title(out, str_c(&page));
    str_addf(&name, "toban-%s - %s", cmd->name, cmd->summary);
    roff(out, str_c(&name));
    synopsis(out, cmd);
    str_adds(out, ".SH DESCRIPTION\n");
    paragraphs(out, cmd->about);
    if (cmd->operands.name) {
        const struct cmd_pair operand[] = {{cmd->operands.name, cmd->operands.help}, {0}};
        pairs(out, "OPERANDS", operand);
    }
    options(out, cmd);
    examples(out, cmd->examples);
    pairs(out, "EXIT STATUS", describe_exits(cmd));
    pairs(out, "ENVIRONMENT", cmd->variables);
    pairs(out, "FILES", cmd->files);
    str_adds(out, ".SH SEE ALSO\n.BR toban (1)\n");
}

void man_overview(struct str *out)
{
    title(out, "toban");
    roff(out, "toban - day-2 work on Amazon EKS");
    str_adds(out, ".SH SYNOPSIS\n.B toban\nCOMMAND [OPTIONS] [OPERANDS]\n.SH DESCRIPTION\n");
    roff(out, "toban finds what the next Kubernetes upgrade breaks in manifests, charts and live "
              "clusters, rewrites manifests in place, and tells which change would re-create an "
              "object.");
    str_adds(out, ".SH COMMANDS\n");
    for (size_t i = 0; cmd_table[i]; i++) {
        if (cmd_table[i]->hidden)
            continue;
        str_addf(out, ".TP\n.BR toban\\-%s (1)\n", cmd_table[i]->name);
        roff(out, cmd_table[i]->summary);
    }
    pairs(out, "EXIT STATUS", cmd_common_exits);
    pairs(out, "ENVIRONMENT", cmd_common_variables);
}
