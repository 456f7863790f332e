#include "base/text.h"
#include "base/utf8.h"
#include "cmd/rehearse_print.h"
#include "cmd/rehearse_spark.h"
#include "cmd/rehearse_text.h"

#define LEFT 2 /* of a workload */
#define BODY 6 /* of what is said about it */
#define NAME_COLUMN 22
#define LISTED_MAX REHEARSE_LISTED_MAX

#define BOLD "1"
#define DIM "2"
#define RED "1;31"
#define GREEN "1;32"
#define YELLOW "1;33"
#define FIX "32"
#define PLAIN "0"

static void colour(const struct rehearse_print *p, const char *code)
{
    if (p->colour)
        str_addf(p->out, "\033[%sm", code);
}

/* Text from outside, made harmless and wrapped; gives the column after it. */
static unsigned wrapped(const struct rehearse_print *p, const char *text, unsigned column,
                        unsigned indent)
{
    _cleanup_str_ struct str safe = {0};
    text_printable(&safe, sv_of(text));
    return text_wrap(p->out, str_sv(&safe), column, indent, p->width);
}

static void line(const struct rehearse_print *p, const char *code, const char *text,
                 unsigned indent)
{
    if (!text || !*text)
        return;
    str_fill(p->out, ' ', indent);
    colour(p, code);
    wrapped(p, text, indent, indent);
    colour(p, PLAIN);
    str_addc(p->out, '\n');
}

static void labelled(const struct rehearse_print *p, const char *label, const char *code,
                     const char *text)
{
    unsigned column = BODY + (unsigned)strlen(label) + 1;
    if (!text || !*text)
        return;
    str_fill(p->out, ' ', BODY);
    colour(p, code);
    str_adds(p->out, label);
    colour(p, PLAIN);
    str_addc(p->out, ' ');
    wrapped(p, text, column, column);
    str_addc(p->out, '\n');
}

static void heading(const struct rehearse_print *p, const char *title, size_t n)
{
    _cleanup_str_ struct str text = {0};
    str_adds(&text, title);
    if (n)
        str_addf(&text, " (%zu)", n);
    str_addc(p->out, '\n');
    colour(p, BOLD);
    str_addv(p->out, str_sv(&text));
    colour(p, PLAIN);
    str_addc(p->out, '\n');
    for (size_t i = 0; i < text.len && i < p->width; i++)
        str_adds(p->out, p->utf8 ? "\xE2\x94\x80" : "-");
    str_addc(p->out, '\n');
}

/* "  Deployment shop/cart, 2 pods  [tag]" */
static void subject(const struct rehearse_print *p, const char *workload, uint32_t pods,
                    const char *tag)
{
    _cleanup_str_ struct str count = {0};
    str_fill(p->out, ' ', LEFT);
    colour(p, BOLD);
    unsigned column = wrapped(p, workload ? workload : "", LEFT, BODY);
    colour(p, PLAIN);
    if (pods) {
        str_adds(&count, ", ");
        rehearse_text_count(&count, pods, "pod", NULL);
        str_addv(p->out, str_sv(&count));
        column += (unsigned)count.len;
    }
    if (tag && *tag) {
        bool fits = column + 4 + strlen(tag) <= p->width;
        str_adds(p->out, fits ? "  " : "\n      ");
        colour(p, DIM);
        str_addc(p->out, '[');
        text_printable(p->out, sv_of(tag));
        str_addc(p->out, ']');
        colour(p, PLAIN);
    }
    str_addc(p->out, '\n');
}

static void blockers(const struct rehearse_print *p, const struct rehearsal *r)
{
    if (r->blockers.len)
        heading(p, "Blockers", r->blockers.len);
    vec_foreach(b, &r->blockers) {
        subject(p, b->workload, b->pods, b->id);
        line(p, PLAIN, b->cause, BODY);
        labelled(p, "pod:", DIM, b->example);
        labelled(p, "fix:", FIX, b->fix);
    }
}

static void unschedulable(const struct rehearse_print *p, const struct rehearsal *r)
{
    if (r->unschedulable.len)
        heading(p, "Cannot be placed", r->unschedulable.len);
    vec_foreach(u, &r->unschedulable) {
        subject(p, u->workload, u->pods, NULL);
        line(p, PLAIN, u->reason, BODY);
        labelled(p, "fix:", FIX, u->fix);
    }
}

/* The fix stands once behind the last of those that share it. */
static void risks_of_rule(const struct rehearse_print *p, const struct rehearse_risks *risks,
                          size_t start, size_t end)
{
    size_t listed = end - start <= LISTED_MAX ? end : start + LISTED_MAX;
    for (size_t i = start; i < listed; i++) {
        const struct rehearsal_risk *risk = risks->items.items[i];
        _cleanup_str_ struct str tag = {0};
        rehearse_risks_tag(risk, &tag);
        subject(p, risk->workload, risk->pods, str_c(&tag));
        line(p, risk->blocks ? RED : PLAIN, risk->text, BODY);
        if (!rehearse_risks_shares_fix(risks, i, listed))
            labelled(p, "fix:", FIX, risk->fix);
    }
    if (listed < end)
        str_addf(p->out, "  and %zu more of [%s]: -o json lists all\n", end - listed,
                 risks->items.items[start]->rule);
}

static void risks(const struct rehearse_print *p, const struct rehearsal *r, const char *title,
                  bool never_move)
{
    _cleanup_(rehearse_risks_release) struct rehearse_risks list = {0};
    rehearse_risks_of(r, never_move, &list);
    if (list.items.len)
        heading(p, title, list.items.len);
    for (size_t i = 0, end; i < list.items.len; i = end) {
        end = rehearse_risks_end(&list, i);
        risks_of_rule(p, &list, i, end);
    }
}

static void dips(const struct rehearse_print *p, const struct rehearsal *r)
{
    if (r->dips.len)
        heading(p, "Workloads that go down", r->dips.len);
    vec_foreach(d, &r->dips) {
        _cleanup_str_ struct str text = {0};
        subject(p, d->workload, 0, NULL);
        rehearse_text_dip(d, &text);
        line(p, d->least_ready <= 0 ? RED : YELLOW, str_c(&text), BODY);
    }
}

static void fact(const struct rehearse_print *p, const char *name, const char *value)
{
    unsigned width = (unsigned)utf8_width(name, strlen(name));
    str_fill(p->out, ' ', LEFT);
    str_adds(p->out, name);
    str_fill(p->out, ' ', width < NAME_COLUMN ? NAME_COLUMN - width : 1);
    wrapped(p, value, LEFT + NAME_COLUMN, LEFT + NAME_COLUMN);
    str_addc(p->out, '\n');
}

static void tell_fact(void *ctx, const char *name, const char *value)
{
    fact(ctx, name, value);
}

static void events(const struct rehearse_print *p, const struct rehearsal *r)
{
    size_t n = 0;
    vec_foreach(e, &r->events) {
        _cleanup_str_ struct str text = {0};
        char at[DURATION_TEXT_MAX];
        if (!rehearse_text_is_telling(e) || n++ >= LISTED_MAX)
            continue;
        str_addf(&text, "%s: %s", e->kind, e->text);
        fact(p, duration_clock(e->at_ms, at), str_c(&text));
    }
    if (n > LISTED_MAX)
        str_addf(p->out, "  and %zu more events: -o json lists all\n", n - LISTED_MAX);
}

static void timeline(const struct rehearse_print *p, const struct rehearsal *r)
{
    if (!r->samples.len && !r->phases.len)
        return;
    heading(p, "Timeline", 0);
    rehearse_spark(p, r, LEFT, NAME_COLUMN);
    vec_foreach(phase, &r->phases) {
        _cleanup_str_ struct str text = {0};
        char at[DURATION_TEXT_MAX], takes[DURATION_TEXT_MAX];
        const char *took = rehearse_text_phase_takes(phase, takes);
        str_addf(&text, "%s%s%s", rehearse_text_phase_title(phase->phase), *took ? ": " : "", took);
        fact(p, duration_clock(phase->from_ms, at), str_c(&text));
    }
    events(p, r);
}

static void list(const struct rehearse_print *p, const char *title, const char *const *items,
                 size_t n)
{
    if (n)
        heading(p, title, n);
    for (size_t i = 0; i < n; i++) {
        str_adds(p->out, "  - ");
        wrapped(p, items[i], LEFT + 2, LEFT + 2);
        str_addc(p->out, '\n');
    }
}

static void head(const struct rehearse_print *p, const struct rehearsal *r)
{
    _cleanup_str_ struct str verdict = {0}, outcome = {0}, source = {0};
    bool finishes = r->verdict == REHEARSAL_FINISHES;
    if (p->utf8)
        str_adds(&verdict, finishes ? "\xE2\x9C\x93 " : "\xE2\x9C\x97 ");
    rehearse_text_verdict(r, &verdict);
    rehearse_text_outcome(r, &outcome);
    rehearse_text_source(r, &source);
    line(p, finishes ? GREEN : RED, str_c(&verdict), 0);
    line(p, BOLD, r->operation, 0);
    line(p, DIM, str_c(&source), 0);
    line(p, PLAIN, str_c(&outcome), 0);
}

void rehearse_print_table(const struct rehearse_print *p, const struct rehearsal *r)
{
    head(p, r);
    list(p, "Not read", r->missing.items, r->missing.len);
    blockers(p, r);
    unschedulable(p, r);
    risks(p, r, "Never move: only the old nodes satisfy their selectors", true);
    risks(p, r, "Risks", false);
    dips(p, r);
    heading(p, "What it needs", 0);
    rehearse_text_facts(r, tell_fact, (void *)p);
    timeline(p, r);
    list(p, "Assumptions", r->assumptions.items, r->assumptions.len);
}
