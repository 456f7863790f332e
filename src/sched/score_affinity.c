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

static void add_hosts(const struct sched *s, const struct counter *c, int32_t weight, int32_t *raw)
{
    for (uint32_t i = 0; i < s->window.len; i++) {
        uint32_t word = s->window.words[i];
        bits_each(word, s->window.masks[i] & (*c->hosts)[word], slot)
            raw[i * WORD_SLOTS + slot % WORD_SLOTS] +=
            weight * tally_get(&c->tally, s->node_at[slot]);
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
        const struct counter *k = &s->counters.items[terms[i].counter];
        if (!speaks_of(c, &terms[i]))
            continue;
        if (topology_is_few(t))
            add_domains(s, t, &k->tally, terms[i].weight, raw);
        else if (t->host)
            add_hosts(s, k, terms[i].weight, raw);
        else
            add_one_by_one(s, t, &k->tally, terms[i].weight, raw);
    }
}

struct range {
    int32_t low, high;
};

/* Feasible nodes of the i-th word whose raw score is not 0. */
static uint64_t unequal(const struct sched *s, const int32_t *raw, uint32_t i)
{
    uint64_t mask = s->window.masks[i];
    return mask & ~s->kernel.equal(raw + (size_t)i * WORD_SLOTS, mask, 0);
}

static struct range range_of(const struct sched *s, const int32_t *raw)
{
    struct range r = {0, 0};
    uint64_t zeros = 0;
    if (s->rules.affinity_true_range)
        r = (struct range){INT32_MAX, INT32_MIN};
    for (uint32_t i = 0; i < s->window.len; i++) {
        uint64_t some = unequal(s, raw, i);
        zeros |= s->window.masks[i] & ~some;
        bits_each(i, some, place)
        {
            r.low = raw[place] < r.low ? raw[place] : r.low;
            r.high = raw[place] > r.high ? raw[place] : r.high;
        }
    }
    if (zeros) {
        r.low = r.low < 0 ? r.low : 0;
        r.high = r.high > 0 ? r.high : 0;
    }
    return r;
}

static int32_t normalised(struct range r, int32_t raw)
{
    return (int32_t)(SCORE_MAX * ((double)(raw - r.low) / ((double)r.high - r.low)));
}

/* Most nodes have no pod that is spoken of: they get their score by words. */
static void add_scores(const struct sched *s, struct range r, const int32_t *raw, int32_t weight,
                       int32_t *out)
{
    int32_t of_zero = r.low <= 0 && r.high >= 0 ? normalised(r, 0) : 0;
    for (uint32_t i = 0; i < s->window.len; i++) {
        uint64_t some = unequal(s, raw, i);
        s->kernel.add(out + (size_t)i * WORD_SLOTS, s->window.masks[i] & ~some, weight * of_zero);
        bits_each(i, some, place) out[place] += weight * normalised(r, raw[place]);
    }
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
    if (r.high > r.low)
        add_scores(s, r, raw, weight, out);
    return 0;
}
