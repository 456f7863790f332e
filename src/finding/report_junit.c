#include "finding/report.h"

static void attribute(struct str *out, const char *name, const char *value)
{
    str_addf(out, " %s=\"", name);
    report_xml(out, value);
    str_addc(out, '"');
}

static void details(struct str *out, const struct finding *f)
{
    _cleanup_str_ struct str text = {0};
    report_place(&f->subject, true, &text);
    str_addf(&text, "%s%s\n", text.len ? ": " : "", f->message);
    if (f->fix)
        str_addf(&text, "fix: %s\n", f->fix);
    if (f->hint)
        str_addf(&text, "note: %s\n", f->hint);
    vec_foreach(e, &f->evidence)
        str_addf(&text, "seen in: %s%s%s%s%s\n", e->source, e->detail ? ", " : "",
                 e->detail ? e->detail : "", e->seen ? ", " : "", e->seen ? e->seen : "");
    str_addf(&text, "explained by: toban explain %s\n", f->rule);
    report_xml(out, str_c(&text));
}

static void outcome(struct str *out, const struct finding *f, const struct report_meta *meta)
{
    if (f->state == FINDING_SUPPRESSED) {
        _cleanup_str_ struct str why = {0};
        str_addf(&why, "suppressed: %s (owner %s)", f->suppressed_reason, f->suppressed_owner);
        str_adds(out, "      <skipped");
        attribute(out, "message", str_c(&why));
        str_adds(out, "/>\n");
        return;
    }
    bool fails = report_fails(meta, f);
    str_adds(out, fails ? "      <failure" : "      <system-out>");
    if (fails) {
        attribute(out, "type", f->rule);
        attribute(out, "message", f->message);
        str_addc(out, '>');
    }
    details(out, f);
    str_adds(out, fails ? "</failure>\n" : "</system-out>\n");
}

static void test_case(struct str *out, const struct finding *f, const struct report_meta *meta)
{
    _cleanup_str_ struct str name = {0};
    const struct finding_subject *at = &f->subject;
    str_addf(&name, "%s: ", f->rule);
    if (at->kind)
        report_object(at, &name);
    else
        report_place(at, false, &name);
    str_adds(out, "    <testcase");
    attribute(out, "classname", at->file ? at->file : at->cluster ? at->cluster : "toban");
    attribute(out, "name", str_c(&name));
    if (at->file)
        attribute(out, "file", at->file);
    if (at->line)
        str_addf(out, " line=\"%u\"", at->line);
    str_adds(out, ">\n");
    outcome(out, f, meta);
    str_adds(out, "    </testcase>\n");
}

static void problem_case(struct str *out, const struct finding_problem *p)
{
    str_adds(out, "    <testcase classname=\"input\"");
    attribute(out, "name", p->where);
    str_adds(out, ">\n      <error");
    attribute(out, "message", p->message);
    str_adds(out, ">");
    report_xml(out, p->hint ? p->hint : p->message);
    str_adds(out, "</error>\n    </testcase>\n");
}

struct totals {
    size_t tests, failures, errors, skipped;
};

static void count(const struct finding_set *set, const struct report_meta *meta, struct totals *n)
{
    n->errors = set->problems.len;
    vec_foreach(f, &set->findings) {
        n->failures += report_fails(meta, f);
        n->skipped += f->state == FINDING_SUPPRESSED;
    }
    n->tests = set->findings.len + n->errors;
    n->tests += n->tests == 0;
}

static void add_totals(struct str *out, const struct totals *n)
{
    str_addf(out, " tests=\"%zu\" failures=\"%zu\" errors=\"%zu\" skipped=\"%zu\"", n->tests,
             n->failures, n->errors, n->skipped);
}

void report_junit(const struct finding_set *set, const struct report_meta *meta, struct str *out)
{
    struct totals n = {0};
    _cleanup_str_ struct str time = {0};
    count(set, meta, &n);
    report_time(meta->generated, &time);
    str_adds(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"toban\"");
    add_totals(out, &n);
    str_adds(out, ">\n  <testsuite");
    attribute(out, "name", meta->command);
    add_totals(out, &n);
    str_addf(out, " timestamp=\"%.19s\">\n", str_c(&time));
    vec_foreach(f, &set->findings)
        test_case(out, f, meta);
    vec_foreach(p, &set->problems)
        problem_case(out, p);
    /* Readers take a suite without cases for one that did not run. */
    if (!set->findings.len && !set->problems.len)
        str_adds(out, "    <testcase classname=\"toban\" name=\"no findings\"/>\n");
    str_adds(out, "  </testsuite>\n</testsuites>\n");
}
