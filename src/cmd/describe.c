#include "cmd/describe.h"

#include "cmd/table.h"

static void add_remark(struct str *out, bool *open, const char *text)
{
    str_adds(out, *open ? "; " : " (");
    str_adds(out, text);
    *open = true;
}

void describe_option(struct str *out, const struct cmd_option *o)
{
    bool open = false;
    str_adds(out, o->help);
    if (o->words) {
        add_remark(out, &open, "one of ");
        for (size_t i = 0; o->words[i]; i++)
            str_addf(out, "%s`%s`", i ? ", " : "", o->words[i]);
    }
    if (o->fallback) {
        add_remark(out, &open, "default ");
        str_addf(out, "`%s`", o->fallback);
    }
    if (o->repeatable)
        add_remark(out, &open, "may be repeated");
    if (open)
        str_addc(out, ')');
}

const struct cmd_pair *describe_exits(const struct cmd *cmd)
{
    return cmd->exits ? cmd->exits : cmd_common_exits;
}

void describe_plain(struct str *out, const char *text)
{
    for (; *text; text++)
        if (*text != '`')
            str_addc(out, *text);
}
