#include "base/markup.h"
#include "finding/report_text.h"

static void row(struct str *out, const struct finding *f, bool with_evidence)
{
    _cleanup_str_ struct str place = {0}, object = {0}, evidence = {0};
    report_place(&f->subject, false, &place);
    report_object(&f->subject, &object);
    str_adds(out, "| ");
    markup_markdown_code(out, str_c(&place));
    str_adds(out, " | ");
    markup_markdown_code(out, str_c(&object));
    if (with_evidence) {
        report_evidence(f, &evidence);
        str_adds(out, " | ");
        markup_markdown(out, str_c(&evidence));
    }
    str_adds(out, " |\n");
}

static bool has_evidence(const struct finding *const *items, size_t n)
{
    _cleanup_str_ struct str evidence = {0};
    for (size_t i = 0; i < n; i++)
        report_evidence(items[i], &evidence);
    return evidence.len > 0;
}

static void remark(struct str *out, const char *label, const char *text)
{
    if (!text || !*text)
        return;
    str_addf(out, "\n%s: ", label);
    markup_markdown(out, text);
    str_addc(out, '\n');
}

static void group(struct str *out, const struct finding *const *items, size_t n)
{
    const struct finding *first = items[0];
    _cleanup_str_ struct str replacement = {0};
    bool with_evidence = has_evidence(items, n);
    str_addf(out, "\n**%s**: ", finding_severity_name(first->severity));
    markup_markdown(out, first->message);
    str_adds(out, " (");
    markup_markdown_code(out, first->rule);
    str_adds(out, with_evidence ? ")\n\n| Where | Object | Seen in |\n| --- | --- | --- |\n"
                                : ")\n\n| Where | Object |\n| --- | --- |\n");
    for (size_t i = 0; i < n; i++)
        row(out, items[i], with_evidence);
    report_replacement(first, &replacement);
    remark(out, "Note", first->hint);
    remark(out, "Use", str_c(&replacement));
    remark(out, "Fix", first->fix);
}

static void suppressed(struct str *out, const struct finding_set *set)
{
    bool any = false;
    vec_foreach(f, &set->findings) {
        if (f->state != FINDING_SUPPRESSED)
            continue;
        _cleanup_str_ struct str place = {0};
        report_place(&f->subject, false, &place);
        str_adds(out, any ? ""
                          : "\n## Suppressed\n\n| Rule | Where | Reason | Owner |\n"
                            "| --- | --- | --- | --- |\n");
        any = true;
        str_adds(out, "| ");
        markup_markdown_code(out, f->rule);
        str_adds(out, " | ");
        markup_markdown_code(out, str_c(&place));
        str_adds(out, " | ");
        markup_markdown(out, f->suppressed_reason);
        str_adds(out, " | ");
        markup_markdown(out, f->suppressed_owner);
        str_adds(out, " |\n");
    }
}

static void not_checked(struct str *out, const struct finding_set *set)
{
    if (set->problems.len)
        str_adds(out, "\n## Not checked\n\n");
    vec_foreach(p, &set->problems) {
        str_adds(out, "- ");
        markup_markdown_code(out, p->where);
        str_adds(out, ": ");
        markup_markdown(out, p->message);
        str_addc(out, '\n');
    }
}

void report_markdown(const struct finding_set *set, const struct report_meta *meta, struct str *out)
{
    _cleanup_(report_order_release) struct report_order order = {0};
    _cleanup_str_ struct str headline = {0}, others = {0}, coverage = {0};
    report_headline(set, meta, &headline);
    report_others(set, &others);
    report_coverage(set, meta, &coverage);
    str_addf(out, "# %s\n\n", str_c(&headline));
    if (others.len)
        str_addf(out, "Also %s. ", str_c(&others));
    markup_markdown(out, str_c(&coverage));
    str_adds(out, ".\n");
    report_order_of(set, &order);
    for (size_t i = 0, next; i < order.items.len; i = next) {
        _cleanup_str_ struct str title = {0};
        next = report_hop_end(&order, i);
        report_hop_title(order.items.items[i], meta, &title);
        str_addf(out, "\n## %s (%zu)\n", str_c(&title), next - i);
        for (size_t g = i, group_end; g < next; g = group_end) {
            group_end = report_group_end(&order, g);
            group(out, order.items.items + g, group_end - g);
        }
    }
    suppressed(out, set);
    not_checked(out, set);
}
