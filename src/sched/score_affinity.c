#include "sched/score.h"

#include "sched/counter.h"
#include "sched/selection.h"

#include <string.h>

enum { FEW_SCORES = 6 };

static void add_domains(const struct sched *s, const struct topology *t, const struct tally *n,
                        int32_t weight, int32_t *raw)
{
    for (uint32_t d = 0; d < t->len; d++) {
        int32_t value = weight * tally_get(n, d);
        for (uint32_t i = 0; value && i < s->window.len; i++)
            s->kernel.add_raw(raw + (size_t)i * WORD_SLOTS,
                              s->window.masks[i] & t->members[d][s->window.words[i]], value);
    }
}

static void add_hosts(const struct sched *s, const struct counter *c, int32_t weight, int32_t *raw)
{
    const uint64_t *some = counter_some(c), *many = counter_many(s, c);
    for (uint32_t i = 0; i < s->window.len; i++) {
        uint32_t word = s->window.words[i];
        uint64_t told = many ? many[word] : 0;
        bits_each(word, s->window.masks[i] & some[word] & ~told, slot)
            raw[i * WORD_SLOTS + slot % WORD_SLOTS] += weight;
        bits_each(word, s->window.masks[i] & told, slot) raw[i * WORD_SLOTS + slot % WORD_SLOTS] +=
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
    return counter_any(&c->s->counters.items[t->counter]) &&
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

/* Nodes mostly share a raw score with their whole domain: takes the lanes that have the same one as
 * the first of *left out of it. Gives up on words of many scores: one lane at a time is cheaper. */
static uint64_t take_equal(const struct sched *s, const int32_t *raw, uint64_t *left,
                           uint32_t *rounds)
{
    uint64_t lanes = *left & -*left;
    if (++*rounds <= FEW_SCORES)
        lanes = s->kernel.equal_raw(raw, *left, raw[__builtin_ctzll(*left)]);
    *left &= ~lanes;
    return lanes;
}

static struct range range_of(const struct sched *s, const int32_t *raw)
{
    struct range r = {0, 0};
    if (s->rules.affinity_true_range)
        r = (struct range){INT32_MAX, INT32_MIN};
    for (uint32_t i = 0; i < s->window.len; i++) {
        const int32_t *here = raw + (size_t)i * WORD_SLOTS;
        uint32_t rounds = 0;
        for (uint64_t left = s->window.masks[i]; left;) {
            int32_t v = here[__builtin_ctzll(left)];
            take_equal(s, here, &left, &rounds);
            r.low = v < r.low ? v : r.low;
            r.high = v > r.high ? v : r.high;
        }
    }
    return r;
}

static int32_t normalised(struct range r, int32_t raw)
{
    return (int32_t)(SCORE_MAX * ((double)(raw - r.low) / ((double)r.high - r.low)));
}

static void add_scores(const struct sched *s, struct range r, const int32_t *raw, int32_t weight,
                       int16_t *out)
{
    for (uint32_t i = 0; i < s->window.len; i++) {
        const int32_t *here = raw + (size_t)i * WORD_SLOTS;
        uint32_t rounds = 0;
        for (uint64_t left = s->window.masks[i]; left;) {
            uint32_t first = (uint32_t)__builtin_ctzll(left);
            int16_t score = (int16_t)(weight * normalised(r, here[first]));
            uint64_t lanes = take_equal(s, here, &left, &rounds);
            if (rounds <= FEW_SCORES)
                s->kernel.add(out + (size_t)i * WORD_SLOTS, &lanes, &score, 1);
            else
                out[(size_t)i * WORD_SLOTS + first] += score;
        }
    }
}

int32_t score_affinity(const struct context *c, int32_t weight, int16_t *out)
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
