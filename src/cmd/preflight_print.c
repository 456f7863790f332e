#include "cmd/preflight_print.h"

#include "base/text.h"
#include "cmd/plan_print.h"
#include "cmd/rehearse_text.h"

#define BODY 6
#define BOLD "1"
#define DIM "2"
#define RED "1;31"
#define GREEN "1;32"
#define YELLOW "1;33"
#define FIX "32"

static void paint(const struct preflight_print *p, const char *code, const char *text,
                  unsigned indent)
{
    _cleanup_str_ struct str safe = {0};
    text_printable(&safe, sv_of(text));
    str_fill(p->out, ' ', indent);
    if (p->colour)
        str_addf(p->out, "\033[%sm", code);
    text_wrap(p->out, str_sv(&safe), indent, indent, p->width);
    if (p->colour)
        str_adds(p->out, "\033[0m");
    str_addc(p->out, '\n');
}

static void head(const struct preflight_print *p)
{
    _cleanup_str_ struct str title = {0};
    str_addf(&title, "%s%s", p->back ? "go back: " : "", p->plan->title);
    if (p->plan->cluster && *p->plan->cluster)
        str_addf(&title, ", %s", p->plan->cluster);
    paint(p, BOLD, str_c(&title), 0);
    if (p->back)
        plan_print_undo(p->plan, p->out);
    else
        plan_print_steps(p->plan, p->out);
}

static void verdict(const struct preflight_print *p)
{
    _cleanup_str_ struct str text = {0}, outcome = {0};
    const struct rehearsal *r = p->rehearsal;
    if (p->back)
        return;
    if (!r) {
        paint(p, DIM, "Nothing to rehearse: no pod is moved", 0);
        return;
    }
    bool finishes = r->verdict == REHEARSAL_FINISHES;
    if (p->utf8)
        str_adds(&text, finishes ? "\xE2\x9C\x93 " : "\xE2\x9C\x97 ");
    str_adds(&text, "Rehearsed: ");
    rehearse_text_verdict(r, &text);
    paint(p, finishes ? GREEN : RED, str_c(&text), 0);
    rehearse_text_outcome(r, &outcome);
    paint(p, DIM, str_c(&outcome), 2);
}

static void item(const struct preflight_print *p, const struct preflight_item *it)
{
    _cleanup_str_ struct str subject = {0}, fix = {0};
    str_adds(&subject, it->subject ? it->subject : "");
    if (it->pods) {
        str_adds(&subject, ", ");
        rehearse_text_count(&subject, it->pods, "pod", NULL);
    }
    str_addf(&subject, "  [%s]", it->id);
    paint(p, BOLD, str_c(&subject), 2);
    paint(p, it->blocks && !it->accepted ? RED : "0", it->text, BODY);
    if (!it->fix || !*it->fix)
        return;
    str_addf(&fix, "fix: %s", it->fix);
    paint(p, FIX, str_c(&fix), BODY);
}

/* Every one that blocks is listed, of mere risks only so many. */
static void items(const struct preflight_print *p, const char *title, const char *code, bool blocks,
                  bool accepted)
{
    size_t n = 0, listed = 0;
    _cleanup_str_ struct str text = {0};
    vec_foreach(it, &p->found->items)
        n += it->blocks == blocks && it->accepted == accepted;
    if (!n)
        return;
    str_addf(&text, "%s (%zu)", title, n);
    paint(p, code, str_c(&text), 0);
    vec_foreach(it, &p->found->items)
        if (it->blocks == blocks && it->accepted == accepted &&
            (blocks || listed++ < REHEARSE_LISTED_MAX))
            item(p, it);
    if (!blocks && n > REHEARSE_LISTED_MAX)
        str_addf(p->out, "  and %zu more: -o json lists all\n", n - REHEARSE_LISTED_MAX);
}

void preflight_print(const struct preflight_print *p)
{
    head(p);
    verdict(p);
    items(p, "Blocks", RED, true, false);
    items(p, "Blocks, accepted", YELLOW, true, true);
    items(p, "Risks, accepted", BOLD, false, true);
    items(p, "Risks", BOLD, false, false);
}
