#include "base/markup.h"
#include "cmd/rehearse_chart.h"
#include "cmd/rehearse_print.h"
#include "cmd/rehearse_style.h"
#include "cmd/rehearse_text.h"

#define TABLE_ROWS_MAX 60 /* of the course in numbers */

/* ---- small parts ---- */

static void element(struct str *out, const char *open, const char *text, const char *close)
{
    if (!text || !*text)
        return;
    str_adds(out, open);
    markup_html(out, text);
    str_adds(out, close);
}

/* An id of its own names the section for screen readers. */
static void section_open(struct str *out, const char *id, const char *title, size_t n)
{
    str_addf(out, "<section aria-labelledby=\"%s\"><h2 id=\"%s\">%s", id, id, title);
    if (n)
        str_addf(out, "<small>%zu</small>", n);
    str_adds(out, "</h2>\n");
}

static void fix(struct str *out, const char *text)
{
    element(out, "<p class=\"fix\"><span>Fix</span><span class=\"what\">", text, "</span></p>");
}

static void item_open(struct str *out, const char *workload, uint32_t pods, const char *tag,
                      bool bad)
{
    str_adds(out, bad ? "<li class=\"bad\">" : "<li>");
    element(out, "<b>", workload, "</b>");
    if (pods) {
        str_adds(out, "<span class=\"pods\">");
        rehearse_text_count(out, pods, "pod", NULL);
        str_adds(out, "</span>");
    }
    element(out, "<span class=\"tag\">", tag, "</span>");
}

static void list(struct str *out, const char *id, const char *title, const char *const *items,
                 size_t n)
{
    if (!n)
        return;
    section_open(out, id, title, n);
    str_adds(out, "<ul class=\"plain\">\n");
    for (size_t i = 0; i < n; i++)
        element(out, "<li>", items[i], "</li>\n");
    str_adds(out, "</ul></section>\n");
}

/* ---- head ---- */

static void page_open(struct str *out, const struct rehearsal *r)
{
    _cleanup_str_ struct str sentence = {0};
    str_adds(out, "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"/>\n"
                  "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n"
                  "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
                  "style-src 'unsafe-inline'\"/>\n"
                  "<meta name=\"generator\" content=\"toban " TOBAN_VERSION "\"/>\n<title>");
    rehearse_text_verdict(r, &sentence);
    markup_html(out, str_c(&sentence));
    element(out, ": ", r->operation, "");
    str_addf(out, "</title>\n<style>\n%s</style></head>\n<body><main>\n", rehearse_style);
}

static void page_head(struct str *out, const struct rehearsal *r)
{
    _cleanup_str_ struct str source = {0};
    rehearse_text_source(r, &source);
    str_adds(out, "<header>");
    element(out, "<h1>Rehearsal: ", r->operation, "</h1>");
    element(out, "<p>", str_c(&source), "</p>");
    str_adds(out, "</header>\n");
}

static void verdict(struct str *out, const struct rehearsal *r)
{
    static const char check[] = "<path d=\"M15 27l8 8 15-17\"/>";
    static const char cross[] = "<path d=\"M18 18l16 16M34 18l-16 16\"/>";
    bool finishes = r->verdict == REHEARSAL_FINISHES;
    _cleanup_str_ struct str sentence = {0}, outcome = {0};
    rehearse_text_verdict(r, &sentence);
    rehearse_text_outcome(r, &outcome);
    str_addf(
        out,
        "<div class=\"verdict %s\"><svg viewBox=\"0 0 52 52\" aria-hidden=\"true\" "
        "fill=\"none\" stroke=\"currentColor\" stroke-width=\"4\" stroke-linecap=\"round\" "
        "stroke-linejoin=\"round\"><circle cx=\"26\" cy=\"26\" r=\"23\"/>%s</svg><div><strong>",
        finishes ? "ok" : "bad", finishes ? check : cross);
    markup_html(out, str_c(&sentence));
    str_adds(out, "</strong>");
    element(out, "<p>", str_c(&outcome), "</p>");
    str_adds(out, "</div></div>\n");
}

static void tile(struct str *out, const char *name, const char *value, const char *remark)
{
    str_addf(out, "<div><dt>%s</dt><dd>", name);
    markup_html(out, value);
    element(out, "<small>", remark, "</small>");
    str_adds(out, "</dd></div>\n");
}

static void tile_number(struct str *out, const char *name, uint64_t n, const char *remark)
{
    char text[24];
    snprintf(text, sizeof text, "%llu", (unsigned long long)n);
    tile(out, name, text, remark);
}

static uint32_t count_nodes(const struct rehearsal_group *groups, size_t n)
{
    uint32_t nodes = 0;
    for (size_t i = 0; i < n; i++)
        nodes += groups[i].nodes;
    return nodes;
}

/* "12 → 9" over "12 m5.xlarge (a) → 9 m6i.xlarge (b)" */
static void tile_nodes(struct str *out, const struct rehearsal *r)
{
    _cleanup_str_ struct str numbers = {0}, names = {0};
    str_addf(&numbers, "%u", count_nodes(r->old_groups.items, r->old_groups.len));
    rehearse_text_groups(r->old_groups.items, r->old_groups.len, &names);
    if (r->new_groups.len) {
        str_addf(&numbers, " \u2192 %u", count_nodes(r->new_groups.items, r->new_groups.len));
        str_adds(&names, " \u2192 ");
        rehearse_text_groups(r->new_groups.items, r->new_groups.len, &names);
    }
    tile(out, r->new_groups.len ? "Nodes, old and new" : "Nodes", str_c(&numbers), str_c(&names));
}

static void tiles(struct str *out, const struct rehearsal *r)
{
    _cleanup_str_ struct str evictions = {0};
    char cost[32] = "not known";
    str_addf(&evictions, "of %llu asked for", (unsigned long long)r->evictions);
    if (r->cost_usd >= 0)
        snprintf(cost, sizeof cost, "$%.2f", r->cost_usd);
    str_adds(out, "<dl class=\"tiles\">\n");
    if (r->old_groups.len)
        tile_nodes(out, r);
    if (r->suggestion)
        tile(out, "Smallest that fits", r->suggestion, NULL);
    tile_number(out, r->kind == REHEARSAL_FAIL ? "Pods hit" : "Pods to move", r->pods_to_move,
                NULL);
    if (r->kind != REHEARSAL_FAIL)
        tile_number(out, "Evictions refused", r->refused, str_c(&evictions));
    tile_number(out, "Nodes at the peak", r->peak_nodes, NULL);
    tile_number(out, "vCPUs at the peak", (uint64_t)r->peak_vcpu, NULL);
    if (r->new_groups.len)
        tile(out, "Cost of the overlap", cost, r->cost_basis);
    str_adds(out, "</dl>\n");
}

/* ---- what stands in the way ---- */

static void blockers(struct str *out, const struct rehearsal *r)
{
    if (!r->blockers.len)
        return;
    section_open(out, "blockers", "Blockers", r->blockers.len);
    str_adds(out, "<ul class=\"items bad\">\n");
    vec_foreach(b, &r->blockers) {
        item_open(out, b->workload, b->pods, b->id, true);
        element(out, "<p>", b->cause, "</p>");
        element(out, "<p class=\"soft\">for example ", b->example, "</p>");
        fix(out, b->fix);
        str_adds(out, "</li>\n");
    }
    str_adds(out, "</ul></section>\n");
}

static void unschedulable(struct str *out, const struct rehearsal *r)
{
    if (!r->unschedulable.len)
        return;
    section_open(out, "unschedulable", "Cannot be placed", r->unschedulable.len);
    str_adds(out, "<ul class=\"items bad\">\n");
    vec_foreach(u, &r->unschedulable) {
        item_open(out, u->workload, u->pods, NULL, true);
        element(out, "<p>", u->reason, "</p>");
        fix(out, u->fix);
        str_adds(out, "</li>\n");
    }
    str_adds(out, "</ul></section>\n");
}

static void risks_of_rule(struct str *out, const struct rehearse_risks *risks, size_t start,
                          size_t end)
{
    size_t listed = end - start <= REHEARSE_LISTED_MAX ? end : start + REHEARSE_LISTED_MAX;
    for (size_t i = start; i < listed; i++) {
        const struct rehearsal_risk *risk = risks->items.items[i];
        _cleanup_str_ struct str tag = {0};
        rehearse_risks_tag(risk, &tag);
        item_open(out, risk->workload, risk->pods, str_c(&tag), risk->blocks);
        element(out, "<p>", risk->text, "</p>");
        if (!rehearse_risks_shares_fix(risks, i, listed))
            fix(out, risk->fix);
        str_adds(out, "</li>\n");
    }
    if (listed < end) {
        str_addf(out, "<li class=\"soft\">and %zu more of <span class=\"tag\">", end - listed);
        markup_html(out, risks->items.items[start]->rule);
        str_adds(out, "</span></li>\n");
    }
}

static void risks(struct str *out, const struct rehearsal *r, const char *id, const char *title,
                  bool never_move)
{
    _cleanup_(rehearse_risks_release) struct rehearse_risks found = {0};
    rehearse_risks_of(r, never_move, &found);
    if (!found.items.len)
        return;
    section_open(out, id, title, found.items.len);
    str_adds(out, "<ul class=\"items warn\">\n");
    for (size_t i = 0, end; i < found.items.len; i = end) {
        end = rehearse_risks_end(&found, i);
        risks_of_rule(out, &found, i, end);
    }
    str_adds(out, "</ul></section>\n");
}

/* ---- tables ---- */

static void meter(struct str *out, int64_t part, int64_t whole, const char *class)
{
    int64_t percent = whole > 0 ? part * 100 / whole : 0;
    str_addf(out, "<span class=\"meter %s\"><i style=\"width:%lld%%\"></i></span>", class,
             (long long)(percent < 0     ? 0
                         : percent > 100 ? 100
                                         : percent));
}

static void dips(struct str *out, const struct rehearsal *r)
{
    if (!r->dips.len)
        return;
    section_open(out, "dips", "Workloads that go down", r->dips.len);
    str_adds(out, "<div class=\"scroll\"><table><tr><th>Workload</th><th>Ready at the worst</th>"
                  "<th></th></tr>\n");
    vec_foreach(d, &r->dips) {
        _cleanup_str_ struct str text = {0};
        rehearse_text_dip(d, &text);
        element(out, "<tr><td>", d->workload, "</td>");
        element(out, "<td>", str_c(&text), "</td><td>");
        meter(out, d->least_ready, d->replicas, d->least_ready > 0 ? "warn" : "bad");
        str_adds(out, "</td></tr>\n");
    }
    str_adds(out, "</table></div></section>\n");
}

static void subnets(struct str *out, const struct rehearsal *r)
{
    if (!r->subnets.len)
        return;
    section_open(out, "subnets", "IP addresses", 0);
    str_adds(out, "<div class=\"scroll\"><table><tr><th>Subnet</th><th>Zone</th>"
                  "<th class=\"n\">More needed</th><th class=\"n\">Free now</th><th></th></tr>\n");
    vec_foreach(s, &r->subnets) {
        element(out, "<tr><td class=\"z\">", s->subnet, "</td><td class=\"z\">");
        markup_html(out, s->zone);
        str_addf(out, "</td><td class=\"n\">%lld</td><td class=\"n\">", (long long)s->needed);
        if (s->free >= 0)
            str_addf(out, "%lld</td><td>", (long long)s->free);
        else
            str_adds(out, "not known</td><td>");
        if (s->free >= 0)
            meter(out, s->needed, s->free > 0 ? s->free : 1, s->needed > s->free ? "bad" : "");
        str_adds(out, "</td></tr>\n");
    }
    str_adds(out, "</table></div></section>\n");
}

static void numbers(struct str *out, const struct rehearsal *r)
{
    size_t every = (r->samples.len + TABLE_ROWS_MAX - 1) / TABLE_ROWS_MAX;
    str_adds(out, "<details><summary>The course in numbers</summary><div class=\"scroll\"><table>"
                  "<tr><th>Time</th><th class=\"n\">Old nodes</th><th class=\"n\">New nodes</th>"
                  "<th class=\"n\">Pods on old</th><th class=\"n\">on new</th><th class=\"n\">on "
                  "others</th><th class=\"n\">Pending</th><th class=\"n\">Starting</th></tr>\n");
    for (size_t i = 0; i < r->samples.len; i += every) {
        const struct rehearsal_sample *s = &r->samples.items[i];
        const uint32_t cells[] = {s->old_nodes,  s->new_nodes, s->old_pods, s->new_pods,
                                  s->other_pods, s->pending,   s->starting};
        char at[DURATION_TEXT_MAX];
        str_addf(out, "<tr><td>%s</td>", duration_clock(s->at_ms, at));
        for (size_t c = 0; c < ARRAY_LEN(cells); c++)
            str_addf(out, "<td class=\"n\">%u</td>", cells[c]);
        str_adds(out, "</tr>\n");
    }
    str_adds(out, "</table></div></details>\n");
}

/* ---- charts ---- */

static void events(struct str *out, const struct rehearsal *r)
{
    size_t n = 0;
    vec_foreach(e, &r->events) {
        char at[DURATION_TEXT_MAX];
        if (!rehearse_text_is_telling(e) || n++ >= REHEARSE_LISTED_MAX)
            continue;
        str_addf(out, "%s<li><time>%s</time> <span class=\"tag\">",
                 n == 1 ? "<ul class=\"events\">\n" : "", duration_clock(e->at_ms, at));
        markup_html(out, e->kind);
        element(out, "</span>", e->text, "</li>\n");
    }
    if (n > REHEARSE_LISTED_MAX)
        str_addf(out, "<li>and %zu more</li>\n", n - REHEARSE_LISTED_MAX);
    if (n)
        str_adds(out, "</ul>\n");
}

static void phases(struct str *out, const struct rehearsal *r)
{
    str_adds(out, r->phases.len ? "<ol class=\"phases\">" : "");
    vec_foreach(p, &r->phases) {
        char at[DURATION_TEXT_MAX], takes[DURATION_TEXT_MAX];
        str_addf(out, "<li><time>%s</time> %s <span class=\"soft\">%s</span></li>\n",
                 duration_clock(p->from_ms, at), rehearse_text_phase_title(p->phase),
                 rehearse_text_phase_takes(p, takes));
    }
    str_adds(out, r->phases.len ? "</ol>\n" : "");
}

static void key(struct str *out, const char *class, const char *text)
{
    str_addf(out, "<li><i class=\"%s\"></i>%s</li>", class, text);
}

static void legend_of_course(struct str *out, const struct rehearsal *r)
{
    str_addf(out, "<ul class=\"legend\"><li><i class=\"l-old\"></i>on %s nodes</li>",
             rehearse_text_old(r));
    if (r->new_groups.len)
        key(out, "l-new", "on new nodes");
    key(out, "l-other", "on other nodes");
    key(out, "l-start", r->kind == REHEARSAL_FAIL ? "not Ready" : "starting, not Ready yet");
    key(out, "l-wait", "pending: without a node");
    if (r->new_groups.len)
        key(out, "l-line l-total", "old and new nodes together");
    str_adds(out, "</ul>\n");
}

static void legend_of_nodes(struct str *out, const struct rehearsal *r)
{
    bool fails = r->kind == REHEARSAL_FAIL;
    str_adds(out, "<ul class=\"legend\">");
    if (!fails)
        key(out, "l-idle", "not touched yet");
    key(out, "l-old", fails ? "dead, with pods" : "being drained");
    key(out, "l-start", "volumes still leave");
    key(out, "l-other", "empty");
    key(out, "l-stuck", "never empty");
    if (r->new_groups.len)
        key(out, "l-new", "new and Ready");
    str_adds(out, "</ul>\n");
}

static void course(struct str *out, const struct rehearsal *r)
{
    if (!r->samples.len)
        return;
    section_open(out, "course", "How it goes", 0);
    str_addf(out,
             "<p class=\"soft\">%s. Times are minutes and seconds since the start, with hours in "
             "front where there are any.</p>\n",
             r->runs == 1 ? "The run in which everything takes its median time"
             : r->verdict == REHEARSAL_FINISHES ? "Of all runs the one in the middle"
                                                : "One of the runs that blocked");
    legend_of_course(out, r);
    rehearse_chart_course(out, r);
    phases(out, r);
    events(out, r);
    numbers(out, r);
    str_adds(out, "</section>\n");
}

static void nodes(struct str *out, const struct rehearsal *r)
{
    if (!r->nodes.len)
        return;
    section_open(out, "nodes", "Each node", r->nodes.len);
    legend_of_nodes(out, r);
    rehearse_chart_nodes(out, r);
    str_adds(out, "</section>\n");
}

static void page_close(struct str *out, const struct rehearsal *r)
{
    char load[DURATION_TEXT_MAX], run[DURATION_TEXT_MAX];
    str_addf(out,
             "<footer>Simulated by toban " TOBAN_VERSION ": nothing was changed in the cluster. "
             "World loaded in %s, rehearsed in %s.</footer>\n</main></body></html>\n",
             duration_format(r->load_ms, load), duration_format(r->run_ms, run));
}

void rehearse_print_html(const struct rehearse_print *p, const struct rehearsal *r)
{
    struct str *out = p->out;
    page_open(out, r);
    page_head(out, r);
    verdict(out, r);
    list(out, "missing", "Not read", r->missing.items, r->missing.len);
    tiles(out, r);
    blockers(out, r);
    unschedulable(out, r);
    risks(out, r, "never-move", "Never move: only the old nodes satisfy their selectors", true);
    course(out, r);
    nodes(out, r);
    dips(out, r);
    subnets(out, r);
    risks(out, r, "risks", "Risks", false);
    list(out, "assumptions", "Assumptions", r->assumptions.items, r->assumptions.len);
    page_close(out, r);
}
