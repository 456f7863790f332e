#include "cmd/plan_print.h"

#include "base/duration.h"
#include "base/text.h"
#include "base/timestamp.h"
#include "cmd/columns.h"
#include "cmd/rehearse_text.h"
#include "ops/replace/replace.h"

#include <string.h>

#define LABEL 12

/* ---- status and what comes next ---- */

static bool is_run(const struct lease_holder *runner)
{
    return runner && !runner->dead;
}

void plan_print_status(const struct plan *p, const struct lease_holder *runner, struct str *out)
{
    bool alone = p->status == PLAN_RUNNING || p->status == PLAN_ROLLING_BACK;
    str_adds(out, plan_status_names[p->status]);
    if (alone && !is_run(runner))
        str_adds(out, ", but nobody runs it");
}

static const struct plan_question *open_question(const struct plan *p)
{
    vec_foreach(q, &p->questions)
        if (!q->answered_by)
            return q;
    return NULL;
}

/* The gate that waits for a person. */
static const struct plan_step *open_approval(const struct plan *p)
{
    vec_foreach(s, &p->steps) {
        if (s->state == STEP_DONE || s->state == STEP_SKIPPED)
            continue;
        bool asks = strcmp(s->verb, "gate") == 0 && s->gate.kind == GATE_APPROVAL;
        return asks && s->state == STEP_BEGUN && !s->memory.approved_by ? s : NULL;
    }
    return NULL;
}

static void add_undrain(const struct plan *p, struct str *out)
{
    size_t start = out->len;
    str_adds(out, "toban nodes undrain");
    vec_foreach(claim, &p->claims)
        if (strncmp(*claim, "node/", 5) == 0)
            str_addf(out, " %s", *claim + 5);
    if (out->len - start > 200) {
        out->len = start;
        str_adds(out, "toban nodes undrain NODE...");
    }
}

static void next_of_waiting(const struct plan *p, const struct lease_holder *runner,
                            struct str *out)
{
    const struct plan_step *gate = open_approval(p);
    const struct plan_question *question = open_question(p);
    if (gate)
        str_addf(out, "toban plan approve %s %s", p->id, gate->name);
    else if (question)
        str_addf(out, "toban plan approve %s '%s'", p->id, question->name);
    else if (!is_run(runner))
        str_addf(out, "toban plan resume %s", p->id);
}

/* Is one of the old groups, or may it be by now? */
static bool is_deleted(const struct plan *p)
{
    vec_foreach(s, &p->steps)
        if (strcmp(s->verb, "delete-group") == 0 && s->state != STEP_PENDING)
            return true;
    return false;
}

void plan_print_next(const struct plan *p, const struct lease_holder *runner, struct str *out)
{
    if (p->back && !plan_is_over(p)) {
        if (!is_run(runner))
            str_addf(out, "toban plan rollback %s", p->id);
        return;
    }
    switch (p->status) {
    case PLAN_RUNNING:
    case PLAN_WAITING:
        next_of_waiting(p, runner, out);
        break;
    case PLAN_READY:
    case PLAN_PAUSED:
    case PLAN_STOPPED:
        str_addf(out, "toban plan resume %s", p->id);
        break;
    case PLAN_DONE:
    case PLAN_ABORTED:
        if (replace_is(p) && is_deleted(p))
            replace_reverse(p, out);
        else if (drain_is_in(p->kind))
            add_undrain(p, out);
        break;
    case PLAN_ROLLING_BACK:
    case PLAN_ROLLED_BACK:
    case PLAN_STATUSES:
        break;
    }
}

/* ---- forecast ---- */

bool plan_forecast_parse(const struct plan *p, struct plan_forecast *out)
{
    _cleanup_doc_ struct doc_file f = {0};
    struct err err;
    if (!p->forecast.ptr || doc_parse_json(&f, "forecast", p->forecast, NULL, &err) < 0)
        return false;
    const struct doc_node *root = f.parts[0].root, *p50 = doc_get(root, "p50_ms"),
                          *p95 = doc_get(root, "p95_ms"), *pods = doc_get(root, "pods");
    *out = (struct plan_forecast){
        .finishes = sv_is(doc_get_string(root, "verdict"), "finishes"),
        .p50_ms = p50 && p50->type == DOC_INT ? p50->integer : -1,
        .p95_ms = p95 && p95->type == DOC_INT ? p95->integer : -1,
        .pods = pods && pods->type == DOC_INT ? (uint32_t)pods->integer : 0,
    };
    return true;
}

void plan_forecast_format(const struct plan_forecast *f, struct str *out)
{
    str_addf(out, "{\"verdict\":\"%s\",\"p50_ms\":%lld,\"p95_ms\":%lld,\"pods\":%u}",
             f->finishes ? "finishes" : "blocks", (long long)f->p50_ms, (long long)f->p95_ms,
             f->pods);
}

/* ---- one plan ---- */

static void label(const struct plan_print *p, const char *name, const char *text)
{
    _cleanup_str_ struct str safe = {0};
    if (!text || !*text)
        return;
    text_printable(&safe, sv_of(text));
    str_addf(p->out, "  %-*s", LABEL - 2, name);
    text_wrap(p->out, str_sv(&safe), LABEL, LABEL, p->width);
    str_addc(p->out, '\n');
}

static void heading(const struct plan_print *p, const char *title)
{
    str_addf(p->out, p->colour ? "\n\033[1m%s\033[0m\n" : "\n%s\n", title);
}

/* "2026-11-23 10:31 UTC" */
static void add_time(struct str *out, int64_t seconds)
{
    char text[TIMESTAMP_TEXT_MAX];
    timestamp_format(seconds, text);
    str_addf(out, "%.10s %.5s UTC", text, text + 11);
}

static void add_list(const struct plan_print *p, const char *name, const char *const *items,
                     size_t n)
{
    _cleanup_str_ struct str text = {0};
    for (size_t i = 0; i < n; i++)
        str_addf(&text, "%s%s", i ? ", " : "", items[i]);
    label(p, name, str_c(&text));
}

static int64_t took_ms(const struct plan_print *p)
{
    int64_t from = 0, to = 0;
    vec_foreach(s, &p->plan->steps) {
        if (s->begun_ms && (!from || s->begun_ms < from))
            from = s->begun_ms;
        to = s->ended_ms > to ? s->ended_ms : to;
    }
    if (from && !plan_is_over(p->plan))
        to = p->now * 1000;
    return from && to > from ? to - from : 0;
}

static void show_duration(const struct plan_print *p)
{
    struct plan_forecast f;
    _cleanup_str_ struct str text = {0};
    char took[DURATION_TEXT_MAX];
    if (plan_forecast_parse(p->plan, &f)) {
        if (f.finishes) {
            str_adds(&text, "finishes in ");
            rehearse_text_range(f.p50_ms, f.p95_ms, &text);
        } else {
            str_adds(&text, "blocks");
        }
        str_addf(&text, ", %u %s to move", f.pods, f.pods == 1 ? "pod" : "pods");
        label(p, "rehearsed", str_c(&text));
    }
    if (took_ms(p))
        label(p, "took", duration_format(took_ms(p) / 1000 * 1000, took));
}

static void show_head(const struct plan_print *p)
{
    const struct plan *plan = p->plan;
    _cleanup_str_ struct str status = {0}, made = {0}, runner = {0};
    str_addf(p->out, p->colour ? "\033[1m%s\033[0m  " : "%s  ", plan->id);
    text_printable(p->out, sv_of(plan->title));
    str_addc(p->out, '\n');
    plan_print_status(plan, p->runner, &status);
    if (plan->words)
        str_addf(&status, ": %s", plan->words);
    label(p, "status", str_c(&status));
    label(p, "cluster", plan->cluster);
    add_time(&made, plan->made_ms / 1000);
    str_addf(&made, " by %s", plan->made_by);
    label(p, "made", str_c(&made));
    if (is_run(p->runner)) {
        str_addf(&runner, "%s since ", p->runner->who);
        add_time(&runner, p->runner->since);
        label(p, "runner", str_c(&runner));
    }
    show_duration(p);
    add_list(p, "accepted", plan->accepted.items, plan->accepted.len);
    if (!plan_is_over(plan))
        add_list(p, "holds", plan->claims.items, plan->claims.len);
}

static void add_took(const struct plan_print *p, const struct plan_step *s, struct str *out)
{
    char took[DURATION_TEXT_MAX];
    int64_t end = s->ended_ms ? s->ended_ms : p->now * 1000;
    if (s->begun_ms && end > s->begun_ms)
        str_addf(out, ", %s", duration_format((end - s->begun_ms) / 1000 * 1000, took));
    if (s->attempts > 1)
        str_addf(out, ", attempt %u", s->attempts);
}

static void show_steps(const struct plan_print *p)
{
    _cleanup_columns_ struct columns c = {.count = 3};
    heading(p, "Steps");
    vec_foreach(s, &p->plan->steps) {
        _cleanup_str_ struct str state = {0};
        columns_addf(&c, "  %s", s->name);
        str_adds(&state, plan_step_state_names[s->state]);
        add_took(p, s, &state);
        columns_add(&c, str_c(&state));
        columns_addf(&c, "%s%s%s", s->title, s->words ? ": " : "", s->words ? s->words : "");
    }
    columns_print(&c, p->out);
}

static void show_gates(const struct plan_print *p)
{
    vec_foreach(s, &p->plan->steps) {
        _cleanup_str_ struct str text = {0};
        if (strcmp(s->verb, "gate") != 0 || !s->memory.approved_by)
            continue;
        str_addf(&text, "%s by %s, ", s->name, s->memory.approved_by);
        add_time(&text, s->memory.approved_ms / 1000);
        label(p, "approved", str_c(&text));
    }
}

static void show_questions(const struct plan_print *p)
{
    if (p->plan->questions.len)
        heading(p, "Questions");
    vec_foreach(q, &p->plan->questions) {
        _cleanup_str_ struct str text = {0};
        str_addf(&text, "%s: ", q->text);
        if (q->answered_by) {
            str_addf(&text, "yes, by %s, ", q->answered_by);
            add_time(&text, q->answered_ms / 1000);
        } else {
            str_addf(&text, "open; toban plan approve %s '%s'", p->plan->id, q->name);
        }
        str_adds(p->out, "  ");
        text_wrap(p->out, str_sv(&text), 2, 4, p->width);
        str_addc(p->out, '\n');
    }
}

static void show_acts(const struct plan_print *p)
{
    if (p->act_count)
        heading(p, "Acts");
    for (size_t i = 0; i < p->act_count; i++) {
        const struct plan_acts *a = &p->acts[i];
        _cleanup_str_ struct str text = {0};
        str_addf(&text, "%u done", a->done);
        if (a->failed)
            str_addf(&text, ", %u failed", a->failed);
        if (a->open)
            str_addf(&text, ", %u intended", a->open);
        label(p, a->kind, str_c(&text));
    }
}

void plan_print_show(const struct plan_print *p)
{
    _cleanup_str_ struct str next = {0};
    show_head(p);
    show_gates(p);
    if (p->plan->steps.len)
        show_steps(p);
    show_questions(p);
    show_acts(p);
    plan_print_next(p->plan, p->runner, &next);
    if (next.len)
        str_addf(p->out, "\nnext: %s\n", str_c(&next));
}

void plan_print_steps(const struct plan *p, struct str *out)
{
    unsigned n = 0;
    vec_foreach(s, &p->steps) {
        str_addf(out, "  %u. ", ++n);
        text_printable(out, sv_of(s->title));
        str_addc(out, '\n');
    }
}

static bool has_traces(const struct plan_step *s)
{
    return s->state == STEP_BEGUN || s->state == STEP_DONE || s->state == STEP_FAILED;
}

void plan_print_undo(const struct plan *p, struct str *out)
{
    unsigned n = 0;
    for (size_t i = p->steps.len; i > 0; i--) {
        const struct plan_step *s = &p->steps.items[i - 1];
        if (!has_traces(s) || strcmp(s->verb, "gate") == 0)
            continue;
        str_addf(out, "  %u. undo: ", ++n);
        text_printable(out, sv_of(s->title));
        str_addc(out, '\n');
    }
    if (!n)
        str_adds(out, "  nothing has been done yet\n");
    if (n && replace_is(p))
        str_adds(out, "  the old nodes take pods again, the new ones are drained and deleted\n");
    else if (n && drain_is_in(p->kind))
        str_adds(out, "  pods that have moved stay where they are\n");
}
