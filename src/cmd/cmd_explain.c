#include "base/jsonw.h"
#include "base/text.h"
#include "cmd/cmd.h"
#include "cmd/rule_tables.h"

/* Indented as it stands; the lines of an example are not wrapped. */
static void example(struct str *out, const char *title, const char *text)
{
    struct sv rest = sv_of(text);
    if (!text)
        return;
    str_addf(out, "\n%s:\n", title);
    while (rest.ptr && rest.len) {
        struct sv line = sv_split(&rest, '\n');
        str_addf(out, "%s%.*s\n", line.len ? "    " : "", SV_ARG(line));
    }
}

static void paragraphs(struct str *out, const char *text, unsigned indent, unsigned width)
{
    str_fill(out, ' ', indent);
    text_wrap(out, sv_of(text), indent, indent, width);
    str_addc(out, '\n');
}

static void explain_rule(const struct cmd_ctx *ctx, const struct rule_info *r, struct str *out)
{
    char before[VERSION_TEXT_MAX];
    unsigned width = ctx->width > 100 ? 100 : ctx->width;
    const char *bold = ctx->colour ? "\033[1m" : "", *usual = ctx->colour ? "\033[0m" : "";
    str_addf(out, "%s%s%s\n%s: %s", bold, r->title, usual, r->id,
             finding_severity_name(r->severity));
    if (r->before.set)
        str_addf(out, ", from %s on", version_format(r->before, false, before));
    str_adds(out, "\n\n");
    paragraphs(out, r->why, 0, width);
    str_adds(out, "\nFix:\n");
    paragraphs(out, r->fix, 2, width);
    example(out, "Reported", r->example_bad);
    example(out, "After the fix", r->example_good);
    if (r->links && r->links[0])
        str_adds(out, "\nSources:\n");
    for (size_t i = 0; r->links && r->links[i]; i++)
        str_addf(out, "  %s\n", r->links[i]);
}

static void json_rule(struct jsonw *w, const struct rule_info *r)
{
    char before[VERSION_TEXT_MAX];
    jsonw_object(w);
    jsonw_kv_str(w, "rule", r->id);
    jsonw_kv_str(w, "title", r->title);
    jsonw_kv_str(w, "severity", finding_severity_name(r->severity));
    jsonw_kv_str(w, "before", r->before.set ? version_format(r->before, false, before) : NULL);
    jsonw_kv_str(w, "why", r->why);
    jsonw_kv_str(w, "fix", r->fix);
    jsonw_kv_str(w, "example_bad", r->example_bad);
    jsonw_kv_str(w, "example_good", r->example_good);
    jsonw_key(w, "links");
    jsonw_array(w);
    for (size_t i = 0; r->links && r->links[i]; i++)
        jsonw_str(w, r->links[i]);
    jsonw_array_end(w);
    jsonw_object_end(w);
}

static void write_json(const struct rule_info *only, struct str *out)
{
    struct jsonw w;
    size_t at = 0;
    jsonw_init(&w, out, 2);
    jsonw_object(&w);
    jsonw_kv_str(&w, "schema", "toban.rules/v1");
    jsonw_key(&w, "rules");
    jsonw_array(&w);
    for (const struct rule_info *r; (r = only ? only : rule_tables_next(&at));) {
        json_rule(&w, r);
        if (only)
            break;
    }
    jsonw_array_end(&w);
    jsonw_object_end(&w);
    str_addc(out, '\n');
}

static size_t widest_id(void)
{
    size_t at = 0, widest = 0;
    for (const struct rule_info *r; (r = rule_tables_next(&at));)
        widest = strlen(r->id) > widest ? strlen(r->id) : widest;
    return widest;
}

/* The worst first, so that a line has room for the title. */
static void list_rules(const struct cmd_ctx *ctx, struct str *out)
{
    unsigned id_columns = (unsigned)widest_id(), column = 2 + id_columns + 2 + 6;
    for (enum finding_severity s = FINDING_REMOVED; s <= FINDING_INFO; s++) {
        size_t at = 0, start = out->len;
        for (const struct rule_info *r; (r = rule_tables_next(&at));) {
            char before[VERSION_TEXT_MAX];
            if (r->severity != s)
                continue;
            if (out->len == start)
                str_addf(out, "%s%s:\n", start ? "\n" : "", finding_severity_name(s));
            str_addf(out, "  %-*s  %-4s  ", (int)id_columns, r->id,
                     version_format(r->before, false, before));
            text_wrap(out, sv_of(r->title), column, column, ctx->width);
            str_addc(out, '\n');
        }
    }
}

static int unknown(const struct cmd_ctx *ctx, const char *id, struct err *err)
{
    const char *near = NULL;
    unsigned best = UINT_MAX;
    size_t at = 0;
    for (const struct rule_info *r; (r = rule_tables_next(&at));) {
        unsigned distance = text_distance(sv_of(id), sv_of(r->id));
        if (distance >= best || !text_near(sv_of(id), sv_of(r->id)))
            continue;
        near = r->id;
        best = distance;
    }
    cmd_usage(ctx, err, "no rule '%s'%s%s%s", id, near ? ", did you mean '" : "", near ? near : "",
              near ? "'?" : "");
    return err_hint(err, "'toban explain' lists all rules");
}

static int run_explain(struct cmd_ctx *ctx, struct err *err)
{
    _cleanup_str_ struct str text = {0};
    const char *id = ctx->operand_count ? ctx->operands[0] : NULL;
    const struct rule_info *rule = id ? rule_tables_find(id) : NULL;
    if (id && !rule)
        return unknown(ctx, id, err);
    if (strcmp(cmd_value(ctx, "output"), "json") == 0)
        write_json(rule, &text);
    else if (rule)
        explain_rule(ctx, rule, &text);
    else
        list_rules(ctx, &text);
    fwrite(str_c(&text), 1, text.len, ctx->out);
    return CMD_OK;
}

static const char *const formats[] = {"text", "json", NULL};
static const char *const synopsis[] = {"[RULE] [-o text|json]", NULL};
static const char *const about[] = {
    "Tells what a rule reports, why that breaks, what to do about it, and which public sources say "
    "so. Without RULE it lists all rules with their severity and the first Kubernetes version that "
    "they matter for.",
    "Rule ids never change their meaning, so they may be named in `.toban.yaml` and in other "
    "tools.",
    NULL,
};
static const struct cmd_option options[] = {
    {.name = "output",
     .letter = 'o',
     .takes = CMD_TAKES_WORD,
     .arg = "FORMAT",
     .words = formats,
     .fallback = "text",
     .help = "how to print it"},
    {0},
};
static const struct cmd_pair examples[] = {
    {"toban explain api-removed", "Tell about one rule"},
    {"toban explain", "List all rules"},
    {0},
};

const struct cmd cmd_explain = {
    .name = "explain",
    .summary = "tell why a rule reports what it does, and the fix",
    .synopsis = synopsis,
    .about = about,
    .options = options,
    .operands = {.name = "RULE",
                 .takes = CMD_TAKES_RULE,
                 .max = 1,
                 .help = "the id that stands in a report"},
    .examples = examples,
    .run = run_explain,
};
