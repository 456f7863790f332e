#include "finding/report.h"

#include "base/date.h"
#include "base/utf8.h"
#include "finding/suppress.h"

#include <stdio.h>

typedef void (*report_writer)(const struct finding_set *, const struct report_meta *, struct str *);

static const struct {
    const char *name;
    report_writer write;
} formats[] = {
    [REPORT_TABLE] = {"table", report_table}, [REPORT_JSON] = {"json", report_json},
    [REPORT_SARIF] = {"sarif", report_sarif}, [REPORT_JUNIT] = {"junit", report_junit},
    [REPORT_CSV] = {"csv", report_csv},       [REPORT_MARKDOWN] = {"markdown", report_markdown},
};

bool report_format_of(const char *name, enum report_format *out)
{
    for (size_t i = 0; i < ARRAY_LEN(formats); i++) {
        if (strcmp(name, formats[i].name) != 0)
            continue;
        *out = (enum report_format)i;
        return true;
    }
    return false;
}

void report_write(enum report_format format, const struct finding_set *set,
                  const struct report_meta *meta, struct str *out)
{
    formats[format].write(set, meta, out);
}

void report_count(const struct finding_set *set, struct report_counts *out)
{
    *out = (struct report_counts){0};
    vec_foreach(f, &set->findings) {
        out->suppressed += f->state == FINDING_SUPPRESSED;
        if (!finding_is_open(f))
            continue;
        out->open++;
        out->by_severity[f->severity]++;
    }
}

bool report_fails(const struct report_meta *meta, const struct finding *f)
{
    return !meta->fail_never && finding_is_open(f) && f->severity <= meta->fail_on;
}

const struct rule_info *report_rule(const struct report_meta *meta, const char *id)
{
    const struct rule_info *found = rule_info_find(meta->rules, id);
    return found ? found : rule_info_find(&suppress_rules, id);
}

void report_object(const struct finding_subject *at, struct str *out)
{
    if (!at->kind)
        return;
    str_addf(out, "%s ", at->kind);
    if (at->namespace && *at->namespace)
        str_addf(out, "%s/", at->namespace);
    str_adds(out, at->name ? at->name : "(no name)");
}

void report_place(const struct finding_subject *at, bool column, struct str *out)
{
    if (!at->file && at->cluster)
        str_addf(out, "cluster %s", at->cluster);
    if (!at->file)
        return;
    str_adds(out, at->file);
    if (at->line)
        str_addf(out, ":%u", at->line);
    if (at->line && at->column && column)
        str_addf(out, ":%u", at->column);
}

void report_time(int64_t seconds, struct str *out)
{
    char day[DATE_TEXT_MAX];
    unsigned rest = (unsigned)(seconds % 86400);
    str_addf(out, "%sT%02u:%02u:%02uZ", date_format((date_days)(seconds / 86400), day), rest / 3600,
             rest / 60 % 60, rest % 60);
}

static void xml_character(struct str *out, const char *p, size_t n)
{
    bool is_forbidden = n == 1 && (unsigned char)*p < 0x20 && !strchr("\t\n\r", *p);
    bool is_noncharacter = n == 3 && memcmp(p, "\xEF\xBF", 2) == 0 && (unsigned char)p[2] >= 0xBE;
    if (n == 0 || is_forbidden || is_noncharacter)
        str_adds(out, "\xEF\xBF\xBD");
    else if (*p == '<')
        str_adds(out, "&lt;");
    else if (*p == '>')
        str_adds(out, "&gt;");
    else if (*p == '&')
        str_adds(out, "&amp;");
    else if (*p == '"')
        str_adds(out, "&quot;");
    else if (n == 1 && strchr("\t\n\r", *p))
        str_addf(out, "&#%d;", *p);
    else
        str_add(out, p, n);
}

void report_xml(struct str *out, const char *text)
{
    struct sv rest = sv_of(text);
    for (size_t i = 0; i < rest.len;) {
        size_t n = utf8_length(rest.ptr + i, rest.len - i);
        xml_character(out, rest.ptr + i, n);
        i += n ? n : 1;
    }
}
