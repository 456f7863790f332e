#include "finding/report.h"

/* A spreadsheet runs a cell that begins like a formula: such text gets an apostrophe in front. */
static void text_cell(struct str *out, const char *text)
{
    text = text ? text : "";
    str_addc(out, '"');
    if (*text && strchr("=+-@\t\r\n", *text))
        str_addc(out, '\'');
    for (; *text; text++) {
        if (*text == '"')
            str_addc(out, '"');
        str_addc(out, *text);
    }
    str_addc(out, '"');
}

static void next_text(struct str *out, const char *text)
{
    str_addc(out, ',');
    if (text && *text)
        text_cell(out, text);
}

static void next_number(struct str *out, uint32_t n)
{
    str_addc(out, ',');
    if (n)
        str_addf(out, "%u", n);
}

static void next_version(struct str *out, struct version v)
{
    char text[VERSION_TEXT_MAX];
    str_addf(out, ",%s", version_format(v, v.patch != 0, text));
}

static void next_evidence(struct str *out, const struct finding *f)
{
    _cleanup_str_ struct str text = {0};
    vec_foreach(e, &f->evidence) {
        str_addf(&text, "%s%s", text.len ? "; " : "", e->source);
        if (e->detail)
            str_addf(&text, ": %s", e->detail);
        if (e->seen)
            str_addf(&text, " (%s)", e->seen);
    }
    next_text(out, str_c(&text));
}

static void row(struct str *out, const struct finding *f)
{
    const struct finding_subject *at = &f->subject;
    str_adds(out, finding_severity_name(f->severity));
    str_addf(out, ",%s", finding_state_name(f->state));
    next_version(out, f->before);
    next_text(out, f->rule);
    next_text(out, at->file);
    next_number(out, at->line);
    next_number(out, at->column);
    next_text(out, at->cluster);
    next_text(out, at->api_version);
    next_text(out, at->kind);
    next_text(out, at->namespace);
    next_text(out, at->name);
    next_text(out, f->message);
    next_text(out, f->fix);
    next_text(out, f->component);
    next_version(out, f->deprecated_in);
    next_version(out, f->removed_in);
    next_text(out, f->replacement_api_version);
    next_text(out, f->replacement_kind);
    next_evidence(out, f);
    next_text(out, f->suppressed_reason);
    next_text(out, f->suppressed_owner);
    next_text(out, f->fingerprint);
    str_adds(out, "\r\n");
}

void report_csv(const struct finding_set *set, const struct report_meta *meta, struct str *out)
{
    str_adds(out, "severity,state,before,rule,file,line,column,cluster,apiVersion,kind,namespace,"
                  "name,message,fix,component,deprecated_in,removed_in,replacement_apiVersion,"
                  "replacement_kind,evidence,suppressed_reason,suppressed_owner,fingerprint\r\n");
    vec_foreach(f, &set->findings)
        row(out, f);
}
