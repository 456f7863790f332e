#include "sched/score.h"

#include "sched/selection.h"

#include <string.h>

static void add_domains(const struct sched *s, const struct topology *t, const struct tally *n,
                        int32_t weight, int32_t *raw)
{
    for (uint32_t d = 0; d < t->len; d++) {
        int32_t value = weight * tally_get(n, d);
        for (uint32_t i = 0; value && i < s->window.len; i++)
            s->kernel.add(raw + (size_t)i * WORD_SLOTS,
                          s->window.masks[i] & t->members[d][s->window.words[i]], value);
    }
}

static void add_hosts(const struct sched *s, const struct tally *n, int32_t weight, int32_t *raw)
{
    tally_each(n, e)
    {
        uint32_t slot = s->slot_of[e->domain];
        int32_t *at = slot == WORLD_NONE ? NULL : score_place(s, slot, raw);
        if (at)
            *at += weight * e->n;
    }
}

static void add_one_by_one(const struct sched *s, const struct topology *t, const struct tally *n,
                           int32_t weight, int32_t *raw)
{
    score_each(s, slot, place)
    {
        uint32_t domain = t->domains[s->node_at[slot]];
        if (domain != WORLD_NONE)
            raw[place] += weight * tally_get(n, domain);
    }
}

static bool speaks_of(const struct context *c, const struct term_plan *t)
{
    return c->s->counters.items[t->counter].tally.nonzero &&
           (t->selection == WORLD_NONE || selection_covers_pod(c->s, t->selection, c->pod));
}

static bool speak(const struct context *c, const struct term_plan *terms, uint32_t len)
{
    for (uint32_t i = 0; i < len; i++)
        if (speaks_of(c, &terms[i]))
            return true;
    return false;
}

static void add_terms(const struct context *c, const struct term_plan *terms, uint32_t len,
                      int32_t *raw)
{
    const struct sched *s = c->s;
    for (uint32_t i = 0; i < len; i++) {
        const struct topology *t = s->topologies.items[terms[i].topology];
        const struct tally *n = &s->counters.items[terms[i].counter].tally;
        if (!speaks_of(c, &terms[i]))
            continue;
        if (topology_is_few(t))
            add_domains(s, t, n, terms[i].weight, raw);
        else if (t->host)
            add_hosts(s, n, terms[i].weight, raw);
        else
            add_one_by_one(s, t, n, terms[i].weight, raw);
    }
}

struct range {
    int32_t low, high;
};

static struct range range_of(const struct sched *s, const int32_t *raw)
{
    struct range r = {0, 0};
    if (s->rules.affinity_true_range)
        r = (struct range){INT32_MAX, INT32_MIN};
    score_each(s, slot, place)
    {
        r.low = raw[place] < r.low ? raw[place] : r.low;
        r.high = raw[place] > r.high ? raw[place] : r.high;
    }
    return r;
}

int32_t score_affinity(const struct context *c, int32_t weight, int32_t *out)
{
    const struct sched *s = c->s;
    const struct plan *p = c->plan;
    if (!speak(c, p->scores, p->score_count) &&
        !speak(c, p->existing_scores, p->existing_score_count))
        return 0;
    int32_t *raw = s->raw;
    memset(raw, 0, s->window.len * WORD_SLOTS * sizeof *raw);
    add_terms(c, p->scores, p->score_count, raw);
    add_terms(c, p->existing_scores, p->existing_score_count, raw);
    struct range r = range_of(s, raw);
    double width = (double)r.high - r.low;
    if (width <= 0)
        return 0;
    score_each(s, slot, place) out[place] +=
        weight * (int32_t)(SCORE_MAX * ((double)(raw[place] - r.low) / width));
    return 0;
}
