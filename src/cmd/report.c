#include "cmd/report.h"

static void fill_meta(const struct cmd_ctx *ctx, struct report_meta *meta)
{
    meta->command = ctx->cmd->name;
    meta->tool_version = TOBAN_VERSION;
    meta->generated = ctx->now;
    meta->colour = ctx->colour;
    meta->utf8 = ctx->utf8;
    meta->width = ctx->width;
}

/* "where: message", unless the message names the place itself, as those of errors do. */
static void print_problem(const struct cmd_ctx *ctx, const struct finding_problem *p)
{
    _cleanup_str_ struct str line = {0};
    if (p->where && *p->where && !sv_has(sv_of(p->message), p->where))
        str_addf(&line, "%s: ", p->where);
    str_adds(&line, p->message);
    cmd_print_err(ctx, str_c(&line), p->hint);
}

static int exit_code(const struct finding_set *set, const struct report_meta *meta)
{
    if (set->problems.len)
        return CMD_PARTLY;
    vec_foreach(f, &set->findings)
        if (report_fails(meta, f))
            return CMD_FINDINGS;
    return CMD_OK;
}

int cmd_report(struct cmd_ctx *ctx, struct finding_set *set, struct report_meta *meta,
               struct err *err)
{
    _cleanup_str_ struct str text = {0};
    enum report_format format = REPORT_TABLE;
    report_format_of(cmd_value(ctx, "output"), &format);
    fill_meta(ctx, meta);
    finding_set_sort(set);
    report_write(format, set, meta, &text);
    if (!str_ok(&text))
        return err_nomem(err, "the report");
    vec_foreach(p, &set->problems)
        print_problem(ctx, p);
    vec_foreach(n, &set->notes)
        cmd_say(ctx, "note: %s", n->message);
    fwrite(str_c(&text), 1, text.len, ctx->out);
    return exit_code(set, meta);
}
