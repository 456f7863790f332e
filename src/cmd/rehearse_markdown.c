#include "base/markup.h"
#include "cmd/rehearse_print.h"
#include "cmd/rehearse_text.h"

static void heading(struct str *out, const char *title, size_t n)
{
    str_addf(out, "\n## %s", title);
    if (n)
        str_addf(out, " (%zu)", n);
    str_adds(out, "\n\n");
}

static void remark(struct str *out, const char *label, const char *text)
{
    if (!text || !*text)
        return;
    str_addf(out, "  - %s: ", label);
    markup_markdown(out, text);
    str_addc(out, '\n');
}

/* "- **Deployment shop/cart** (2 pods, `budget-allows-none:shop/cart`): cause" */
static void item(struct str *out, const char *workload, uint32_t pods, const char *tag,
                 const char *text)
{
    str_adds(out, "- **");
    markup_markdown(out, workload);
    str_adds(out, "**");
    if (pods || tag) {
        str_adds(out, " (");
        if (pods)
            rehearse_text_count(out, pods, "pod", NULL);
        str_adds(out, pods && tag ? ", " : "");
        markup_markdown_code(out, tag);
        str_addc(out, ')');
    }
    str_adds(out, ": ");
    markup_markdown(out, text);
    str_addc(out, '\n');
}

static void stoppers(struct str *out, const struct rehearsal *r)
{
    if (r->blockers.len)
        heading(out, "Blockers", r->blockers.len);
    vec_foreach(b, &r->blockers) {
        item(out, b->workload, b->pods, b->id, b->cause);
        remark(out, "pod", b->example);
        remark(out, "fix", b->fix);
    }
    if (r->unschedulable.len)
        heading(out, "Cannot be placed", r->unschedulable.len);
    vec_foreach(u, &r->unschedulable) {
        item(out, u->workload, u->pods, NULL, u->reason);
        remark(out, "fix", u->fix);
    }
}

static void risks_of_rule(struct str *out, const struct rehearse_risks *risks, size_t start,
                          size_t end)
{
    size_t listed = end - start <= REHEARSE_LISTED_MAX ? end : start + REHEARSE_LISTED_MAX;
    for (size_t i = start; i < listed; i++) {
        const struct rehearsal_risk *risk = risks->items.items[i];
        _cleanup_str_ struct str tag = {0};
        rehearse_risks_tag(risk, &tag);
        item(out, risk->workload, risk->pods, str_c(&tag), risk->text);
        if (!rehearse_risks_shares_fix(risks, i, listed))
            remark(out, "fix", risk->fix);
    }
    if (listed < end)
        str_addf(out, "- and %zu more of `%s`\n", end - listed, risks->items.items[start]->rule);
}

static void risks(struct str *out, const struct rehearsal *r, const char *title, bool never_move)
{
    _cleanup_(rehearse_risks_release) struct rehearse_risks list = {0};
    rehearse_risks_of(r, never_move, &list);
    if (list.items.len)
        heading(out, title, list.items.len);
    for (size_t i = 0, end; i < list.items.len; i = end) {
        end = rehearse_risks_end(&list, i);
        risks_of_rule(out, &list, i, end);
    }
}

static void dips(struct str *out, const struct rehearsal *r)
{
    if (r->dips.len)
        heading(out, "Workloads that go down", r->dips.len);
    vec_foreach(d, &r->dips) {
        _cleanup_str_ struct str text = {0};
        rehearse_text_dip(d, &text);
        item(out, d->workload, 0, NULL, str_c(&text));
    }
}

static void fact(void *out, const char *name, const char *value)
{
    str_addf(out, "| %s | ", name);
    markup_markdown(out, value);
    str_adds(out, " |\n");
}

static void needs(struct str *out, const struct rehearsal *r)
{
    heading(out, "What it needs", 0);
    str_adds(out, "| What | How much |\n| --- | --- |\n");
    rehearse_text_facts(r, fact, out);
}

static void timeline(struct str *out, const struct rehearsal *r)
{
    if (!r->phases.len)
        return;
    heading(out, "Timeline", 0);
    str_adds(out, "| From | Phase | Takes | Old nodes | New nodes | Pods on old | Pods on new | "
                  "Waiting |\n| ---: | --- | ---: | ---: | ---: | ---: | ---: | ---: |\n");
    vec_foreach(phase, &r->phases) {
        char at[DURATION_TEXT_MAX], takes[DURATION_TEXT_MAX];
        const struct rehearsal_sample *s = rehearse_text_sample(r, phase->from_ms);
        str_addf(out, "| %s | %s | %s |", duration_clock(phase->from_ms, at),
                 rehearse_text_phase_title(phase->phase), rehearse_text_phase_takes(phase, takes));
        if (s)
            str_addf(out, " %u | %u | %u | %u | %u |\n", s->old_nodes, s->new_nodes, s->old_pods,
                     s->new_pods, s->pending + s->starting);
        else
            str_adds(out, " | | | | |\n");
    }
}

static void events(struct str *out, const struct rehearsal *r)
{
    bool any = false;
    vec_foreach(e, &r->events) {
        char at[DURATION_TEXT_MAX];
        if (!rehearse_text_is_telling(e))
            continue;
        str_adds(out, any ? "" : "\n");
        any = true;
        str_addf(out, "- %s ", duration_clock(e->at_ms, at));
        markup_markdown(out, e->kind);
        str_adds(out, ": ");
        markup_markdown(out, e->text);
        str_addc(out, '\n');
    }
}

static void list(struct str *out, const char *title, const char *const *items, size_t n)
{
    if (n)
        heading(out, title, n);
    for (size_t i = 0; i < n; i++) {
        str_adds(out, "- ");
        markup_markdown(out, items[i]);
        str_addc(out, '\n');
    }
}

static void head(struct str *out, const struct rehearsal *r)
{
    _cleanup_str_ struct str verdict = {0}, outcome = {0}, source = {0};
    rehearse_text_verdict(r, &verdict);
    str_adds(out, "# ");
    markup_markdown(out, str_c(&verdict));
    rehearse_text_outcome(r, &outcome);
    rehearse_text_source(r, &source);
    str_adds(out, "\n\n**");
    markup_markdown(out, r->operation);
    str_adds(out, "**");
    if (source.len)
        str_adds(out, " on ");
    markup_markdown(out, str_c(&source));
    str_adds(out, ". ");
    markup_markdown(out, str_c(&outcome));
    str_adds(out, ".\n");
}

void rehearse_print_markdown(const struct rehearse_print *p, const struct rehearsal *r)
{
    head(p->out, r);
    list(p->out, "Not read", r->missing.items, r->missing.len);
    stoppers(p->out, r);
    risks(p->out, r, "Never move: only the old nodes satisfy their selectors", true);
    risks(p->out, r, "Risks", false);
    dips(p->out, r);
    needs(p->out, r);
    timeline(p->out, r);
    events(p->out, r);
    list(p->out, "Assumptions", r->assumptions.items, r->assumptions.len);
}
