#include "cmd/rehearse_text.h"

#include "base/must.h"

bool rehearse_risks_is_never_move(const struct rehearsal_risk *risk)
{
    return strcmp(risk->rule, "never-moves") == 0;
}

static bool is_taken(const struct rehearse_risks *taken, const char *rule)
{
    vec_foreach(risk, &taken->items)
        if (strcmp((*risk)->rule, rule) == 0)
            return true;
    return false;
}

static void take_rule(const struct rehearsal *r, const struct rehearsal_risk *first,
                      struct rehearse_risks *out)
{
    const struct rehearsal_risk *end = r->risks.items + r->risks.len;
    for (const struct rehearsal_risk *risk = first; risk < end; risk++)
        if (strcmp(risk->rule, first->rule) == 0)
            mem_must(vec_push(&out->items, risk) ? out : NULL);
}

void rehearse_risks_of(const struct rehearsal *r, bool never_move, struct rehearse_risks *out)
{
    vec_foreach(risk, &r->risks)
        if (rehearse_risks_is_never_move(risk) == never_move && !is_taken(out, risk->rule))
            take_rule(r, risk, out);
}

void rehearse_risks_release(struct rehearse_risks *risks)
{
    vec_release(&risks->items);
}

size_t rehearse_risks_end(const struct rehearse_risks *risks, size_t start)
{
    size_t i = start;
    while (i < risks->items.len &&
           strcmp(risks->items.items[i]->rule, risks->items.items[start]->rule) == 0)
        i++;
    return i;
}

void rehearse_risks_tag(const struct rehearsal_risk *risk, struct str *out)
{
    str_addf(out, "%s%s", risk->rule, risk->blocks ? ", blocks" : "");
}

bool rehearse_risks_shares_fix(const struct rehearse_risks *risks, size_t i, size_t end)
{
    const char *fix = risks->items.items[i]->fix;
    const char *next = i + 1 < end ? risks->items.items[i + 1]->fix : NULL;
    return fix && next && strcmp(fix, next) == 0;
}
