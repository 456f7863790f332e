#include "cmd/describe.h"

#include "base/text.h"
#include "base/utf8.h"
#include "cmd/parse.h"
#include "cmd/table.h"

#define WIDTH_MAX 80
#define LEFT_MAX 26 /* a wider left column puts its right one on the next line */

static unsigned usable(unsigned width)
{
    return width > WIDTH_MAX ? WIDTH_MAX : width < 40 ? 40 : width;
}

static void paragraph(struct str *out, const char *text, unsigned width)
{
    _cleanup_str_ struct str plain = {0};
    describe_plain(&plain, text);
    text_wrap(out, str_sv(&plain), 0, 0, width);
    str_adds(out, "\n");
}

static void pair(struct str *out, const char *left, const char *right, unsigned left_columns,
                 unsigned width)
{
    _cleanup_str_ struct str plain = {0};
    unsigned indent = 2 + left_columns + 2;
    unsigned columns = 2 + (unsigned)utf8_width(left, strlen(left));
    describe_plain(&plain, right);
    str_addf(out, "  %s", left);
    if (columns + 2 > indent) {
        str_addc(out, '\n');
        columns = 0;
    }
    str_fill(out, ' ', indent - columns);
    text_wrap(out, str_sv(&plain), indent, indent, width);
    str_addc(out, '\n');
}

static unsigned left_columns_of(const struct cmd_pair *pairs)
{
    size_t widest = 0;
    for (; pairs->left; pairs++) {
        size_t columns = utf8_width(pairs->left, strlen(pairs->left));
        widest = columns > widest ? columns : widest;
    }
    return widest > LEFT_MAX ? LEFT_MAX : (unsigned)widest;
}

static void pairs(struct str *out, const char *title, const struct cmd_pair *list, unsigned width)
{
    if (!list || !list->left)
        return;
    str_addf(out, "\n%s:\n", title);
    unsigned columns = left_columns_of(list);
    for (; list->left; list++)
        pair(out, list->left, list->right, columns, width);
}

static void option_label(struct str *out, const struct cmd_option *o)
{
    if (o->letter)
        str_addf(out, "-%c, --%s", o->letter, o->name);
    else
        str_addf(out, "    --%s", o->name);
    if (o->arg)
        str_addf(out, " %s", o->arg);
}

static void options(struct str *out, const struct cmd *cmd, unsigned width)
{
    const struct cmd_option *o;
    str_adds(out, "\nOptions:\n");
    for (size_t i = 0; (o = parse_option_at(cmd, i)); i++) {
        _cleanup_str_ struct str label = {0}, text = {0};
        option_label(&label, o);
        describe_option(&text, o);
        pair(out, str_c(&label), str_c(&text), LEFT_MAX, width);
    }
}

static void examples(struct str *out, const struct cmd_pair *list, unsigned width)
{
    if (!list || !list->left)
        return;
    str_adds(out, "\nExamples:\n");
    for (; list->left; list++) {
        _cleanup_str_ struct str plain = {0};
        describe_plain(&plain, list->right);
        str_addf(out, "  %s\n      ", list->left);
        text_wrap(out, str_sv(&plain), 6, 6, width);
        str_addc(out, '\n');
    }
}

/* The next part of a synopsis: a word, or what stands in brackets with its spaces. */
static struct sv synopsis_part(struct sv *rest)
{
    size_t n = 0;
    int depth = 0;
    for (; n < rest->len && (depth > 0 || rest->ptr[n] != ' '); n++)
        depth += rest->ptr[n] == '[' ? 1 : rest->ptr[n] == ']' ? -1 : 0;
    struct sv part = sv_n(rest->ptr, n);
    size_t skip = n < rest->len ? n + 1 : n;
    *rest = sv_n(rest->ptr + skip, rest->len - skip);
    return part;
}

static void synopsis(struct str *out, const struct cmd *cmd, const char *line, unsigned width)
{
    unsigned indent = 2 + (unsigned)strlen("toban ") + (unsigned)strlen(cmd->name), column = indent;
    str_addf(out, "  toban %s", cmd->name);
    for (struct sv rest = sv_of(line); rest.len;) {
        struct sv part = synopsis_part(&rest);
        unsigned columns = (unsigned)utf8_width(part.ptr, part.len);
        if (column > indent && column + 1 + columns > width) {
            str_addc(out, '\n');
            str_fill(out, ' ', indent);
            column = indent;
        }
        str_addf(out, " %.*s", SV_ARG(part));
        column += 1 + columns;
    }
    str_addc(out, '\n');
}

void help_command(struct str *out, const struct cmd *cmd, unsigned width)
{
    width = usable(width);
    str_addf(out, "toban %s - %s\n\nUsage:\n", cmd->name, cmd->summary);
    for (size_t i = 0; cmd->synopsis[i]; i++)
        synopsis(out, cmd, cmd->synopsis[i], width);
    for (size_t i = 0; cmd->about[i]; i++) {
        str_addc(out, '\n');
        paragraph(out, cmd->about[i], width);
    }
    if (cmd->operands.name) {
        str_adds(out, "\nOperands:\n");
        pair(out, cmd->operands.name, cmd->operands.help, LEFT_MAX, width);
    }
    options(out, cmd, width);
    examples(out, cmd->examples, width);
    pairs(out, "Exit codes", describe_exits(cmd), width);
    pairs(out, "Environment", cmd->variables, width);
    pairs(out, "Files", cmd->files, width);
}

void help_overview(struct str *out, unsigned width)
{
    width = usable(width);
    str_adds(out, "toban - day-2 work on Amazon EKS: what breaks, what to change, what it costs\n"
                  "\nUsage:\n  toban COMMAND [OPTIONS] [OPERANDS]\n\nCommands:\n");
    for (size_t i = 0; cmd_table[i]; i++)
        if (!cmd_table[i]->hidden)
            pair(out, cmd_table[i]->name, cmd_table[i]->summary, 12, width);
    str_adds(out, "\nOptions:\n");
    pair(out, "-h, --help", "show this help", 14, width);
    pair(out, "-V, --version", "print the version", 14, width);
    str_adds(out, "\nSee 'toban help COMMAND' for a command, 'man toban' for the manual.\n");
}
