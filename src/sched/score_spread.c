#include "sched/score.h"

#include "base/must.h"
#include "sched/counter.h"
#include "sched/shape.h"

#include <math.h>
#include <string.h>

enum { CONSTRAINTS_MAX = 16 };

/* One soft constraint, with what it counts now. */
struct constraint {
    const struct spread_plan *plan;
    const struct topology *topology;
    const struct counter *counter;
    double weight; /* of its counts: logarithm of the number of its domains */
};

struct spread_score {
    const struct context *c;
    struct constraint constraints[CONSTRAINTS_MAX];
    uint32_t len;
    const uint64_t *masks; /* feasible nodes that are scored, by word of the window */
    bool all;              /* these are all that are feasible */
};

struct span {
    int64_t low, high;
};

void score_spread_expect(const struct context *c)
{
    for (uint32_t i = 0; i < c->plan->soft_count; i++)
        __builtin_prefetch(&c->s->counters.items[c->plan->soft[i].counter]);
}

void score_spread_fetch(const struct context *c)
{
    const struct sched *s = c->s;
    for (uint32_t i = 0; i < c->plan->soft_count; i++) {
        const struct counter *k = &s->counters.items[c->plan->soft[i].counter];
        if (!k->hosts || !s->window.len)
            continue;
        __builtin_prefetch(&k->hosts[s->window.words[0]]);
        __builtin_prefetch(&k->hosts[s->window.words[s->window.len - 1]]);
    }
}

/* Nodes without one of the keys are not scored, unless the constraints are the assumed ones. */
static const uint64_t *scored_masks(struct sched *s, uint32_t keys)
{
    if (keys == WORLD_NONE)
        return s->window.masks;
    const uint64_t *has = s->shapes.items[keys]->bits;
    for (uint32_t i = 0; i < s->window.len; i++)
        s->scratch[i] = s->window.masks[i] & has[s->window.words[i]];
    return s->scratch;
}

static void prepare(struct spread_score *sp, const struct context *c)
{
    struct sched *s = c->s;
    const struct plan *p = c->plan;
    sp->c = c;
    sp->len = p->soft_count < CONSTRAINTS_MAX ? p->soft_count : CONSTRAINTS_MAX;
    sp->masks = scored_masks(s, p->soft_keys);
    sp->all = p->soft_keys == WORLD_NONE;
    for (uint32_t i = 0; i < sp->len; i++) {
        const struct counter *k = &s->counters.items[p->soft[i].counter];
        sp->constraints[i] =
            (struct constraint){&p->soft[i], s->topologies.items[p->soft[i].topology], k, 0};
    }
}

static uint32_t nodes_in(const struct spread_score *sp, const uint64_t *set)
{
    const struct sched *s = sp->c->s;
    return s->kernel.count(sp->masks, s->window.words, s->window.len, set);
}

static double weight_of(struct sched *s, uint32_t domains)
{
    if (domains >= SPREAD_WEIGHTS)
        return log((double)domains + 2);
    if (!s->spread_weights[domains])
        s->spread_weights[domains] = log((double)domains + 2);
    return s->spread_weights[domains];
}

/* ---- raw scores: the fewer the better ---- */

static double weigh(const struct constraint *k, int32_t n)
{
    return (double)n * k->weight + (double)(k->plan->max_skew - 1);
}

/* Scores are not negative: a half goes up, as round() has it. */
static int64_t whole(const struct sched *s, double score)
{
    int64_t below = (int64_t)score;
    return below + (s->rules.spread_rounds && score - (double)below >= 0.5);
}

static int64_t raw_at(const struct spread_score *sp, uint32_t slot)
{
    const struct sched *s = sp->c->s;
    double score = 0;
    for (uint32_t i = 0; i < sp->len; i++) {
        const struct constraint *k = &sp->constraints[i];
        uint32_t domain = k->topology->domains[s->node_at[slot]];
        if (domain != WORLD_NONE)
            score += weigh(k, counter_get(s, k->counter, domain, slot));
    }
    return whole(s, score);
}

static int32_t inverted(struct span r, int64_t raw)
{
    return r.high ? (int32_t)(SCORE_MAX * (r.high + r.low - raw) / r.high) : SCORE_MAX;
}

static void widen(struct span *r, int64_t raw)
{
    r->low = raw < r->low ? raw : r->low;
    r->high = raw > r->high ? raw : r->high;
}

/* ---- node by node ---- */

/* How many domains the nodes are in; those without the label are one more, of no name. */
static uint32_t count_domains(const struct spread_score *sp, const struct topology *t)
{
    const struct sched *s = sp->c->s;
    struct tally seen = {0};
    if (t->host)
        return nodes_in(sp, NULL);
    for (uint32_t i = 0; i < s->window.len; i++)
        bits_each(s->window.words[i], sp->masks[i], slot)
        {
            uint32_t domain = t->domains[s->node_at[slot]];
            tally_add(&seen, domain == WORLD_NONE ? t->len : domain, 1);
        }
    uint32_t domains = seen.nonzero;
    tally_release(&seen);
    return domains;
}

static void score_each_node(struct spread_score *sp, int32_t weight, int16_t *out)
{
    struct sched *s = sp->c->s;
    struct span r = {INT64_MAX, 0};
    int32_t *raw = s->raw;
    for (uint32_t i = 0; i < sp->len; i++)
        sp->constraints[i].weight = weight_of(s, count_domains(sp, sp->constraints[i].topology));
    for (uint32_t i = 0; i < s->window.len; i++)
        bits_each(s->window.words[i], sp->masks[i], slot)
        {
            int64_t one = raw_at(sp, slot);
            raw[i * WORD_SLOTS + slot % WORD_SLOTS] = (int32_t)one;
            widen(&r, one);
        }
    for (uint32_t i = 0; i < s->window.len; i++)
        bits_each(s->window.words[i], sp->masks[i], slot)
        {
            uint32_t place = i * WORD_SLOTS + slot % WORD_SLOTS;
            out[place] += weight * inverted(r, raw[place]);
        }
}

/* ---- by domain, with the few nodes that have several pods apart ---- */

/* Nodes of a domain with equally many pods: none, or one. */
struct level {
    bool any;
    int64_t raw;
};

struct by_domain {
    struct spread_score *sp;
    struct constraint *host, *few;         /* NULL: there is none */
    uint32_t domains;                      /* of few; one when there is none */
    struct level levels[2 * TOPOLOGY_FEW]; /* without pods by domain, then with one */
};

static bool splits(struct by_domain *b, struct spread_score *sp)
{
    b->sp = sp;
    b->host = b->few = NULL;
    for (uint32_t i = 0; i < b->sp->len; i++) {
        struct constraint *k = &b->sp->constraints[i];
        struct constraint **as = k->topology->host ? &b->host : &b->few;
        if (*as || (!k->topology->host && !topology_is_few(k->topology)))
            return false;
        *as = k;
    }
    b->domains = b->few ? b->few->topology->len : 1;
    return true;
}

static bool all_labelled(const struct by_domain *b)
{
    const struct sched *s = b->sp->c->s;
    uint64_t unlabelled = 0;
    for (uint32_t k = 0; k < b->sp->len; k++) {
        const uint64_t *labelled = b->sp->constraints[k].topology->labelled;
        for (uint32_t i = 0; i < s->window.len; i++)
            unlabelled |= b->sp->masks[i] & ~labelled[s->window.words[i]];
    }
    return !unlabelled;
}

/* Parts of the window's word i: nodes of each domain without pods, then those with one. */
static uint64_t *parts_of(const struct by_domain *b, uint32_t i)
{
    return b->sp->c->s->parts + (size_t)i * 2 * b->domains;
}

/* Puts the domain's nodes into its parts, and says whether there are any. */
static bool split_domain(struct by_domain *b, uint32_t d, const uint64_t *some,
                         const uint64_t *many)
{
    const struct window *win = &b->sp->c->s->window;
    const uint64_t *members = b->few ? b->few->topology->members[d] : NULL;
    uint64_t none = 0, one = 0, several = 0;
    for (uint32_t i = 0; i < win->len; i++) {
        uint32_t word = win->words[i];
        uint64_t mask = b->sp->masks[i] & (members ? members[word] : ~0ull);
        uint64_t have = some ? some[word] : 0, have_many = many ? many[word] : 0;
        uint64_t *parts = parts_of(b, i);
        none |= parts[d] = mask & ~have;
        one |= parts[b->domains + d] = mask & have & ~have_many;
        several |= mask & have_many;
    }
    b->levels[d].any = none;
    b->levels[b->domains + d].any = one;
    return none | one | several;
}

/* Finds which levels there are, and with that how many domains. */
static void find_levels(struct by_domain *b)
{
    struct sched *s = b->sp->c->s;
    const uint64_t *some = b->host ? counter_some(b->host->counter) : NULL;
    const uint64_t *many = b->host ? counter_many(s, b->host->counter) : NULL;
    uint32_t here = 0;
    for (uint32_t d = 0; d < b->domains; d++)
        here += split_domain(b, d, some, many);
    if (b->few)
        b->few->weight = weight_of(s, here);
    if (b->host)
        b->host->weight = weight_of(s, b->sp->all ? s->window.feasible : nodes_in(b->sp, NULL));
}

static double score_on_host(const struct by_domain *b, int32_t n)
{
    return b->host ? weigh(b->host, n) : 0;
}

static double score_in_domain(const struct by_domain *b, uint32_t domain)
{
    return b->few ? weigh(b->few, tally_get(&b->few->counter->tally, domain)) : 0;
}

static void weigh_level(const struct by_domain *b, struct level *l, double score, struct span *r)
{
    if (!l->any)
        return;
    l->raw = whole(b->sp->c->s, score);
    widen(r, l->raw);
}

static void weigh_levels(struct by_domain *b, struct span *r)
{
    double none = score_on_host(b, 0), one = score_on_host(b, 1);
    for (uint32_t d = 0; d < b->domains; d++) {
        double score = score_in_domain(b, d);
        weigh_level(b, &b->levels[d], none + score, r);
        weigh_level(b, &b->levels[b->domains + d], one + score, r);
    }
}

static void find_patches(const struct by_domain *b, struct span *r)
{
    struct sched *s = b->sp->c->s;
    const uint64_t *many = b->host ? counter_many(s, b->host->counter) : NULL;
    s->patches.len = 0;
    for (uint32_t i = 0; many && i < s->window.len; i++) {
        uint32_t word = s->window.words[i];
        bits_each(word, b->sp->masks[i] & many[word], slot)
        {
            uint32_t node = s->node_at[slot];
            uint32_t domain = b->few ? b->few->topology->domains[node] : 0;
            int32_t n = tally_get(&b->host->counter->tally, node);
            int64_t raw = whole(s, score_on_host(b, n) + score_in_domain(b, domain));
            must_push(&s->patches, (struct spread_patch){i * WORD_SLOTS + slot % WORD_SLOTS, raw});
            widen(r, raw);
        }
    }
}

/* What many nodes have, if every node is scored; the others are told apart from it. */
static int32_t common_points(const struct by_domain *b, struct span r)
{
    for (uint32_t i = 0; i < 2 * b->domains && b->sp->all; i++)
        if (b->levels[i].any)
            return inverted(r, b->levels[i].raw);
    return 0;
}

static int32_t score_levels(const struct by_domain *b, struct span r, int32_t weight, int16_t *out)
{
    const struct sched *s = b->sp->c->s;
    int32_t common = common_points(b, r);
    int16_t values[2 * TOPOLOGY_FEW];
    for (uint32_t i = 0; i < 2 * b->domains; i++) {
        int32_t points = b->levels[i].any ? inverted(r, b->levels[i].raw) - common : 0;
        values[i] = (int16_t)(weight * points);
    }
    for (uint32_t i = 0; i < s->window.len; i++)
        s->kernel.add(out + (size_t)i * WORD_SLOTS, parts_of(b, i), values, 2 * b->domains);
    vec_foreach(p, &s->patches)
        out[p->place] += weight * (inverted(r, p->raw) - common);
    return common;
}

int32_t score_spread(const struct context *c, int32_t weight, int16_t *out)
{
    struct spread_score sp;
    struct by_domain b;
    struct span r = {INT64_MAX, 0};
    if (!c->plan->soft_count)
        return c->s->rules.spread_skips ? 0 : SCORE_MAX;
    prepare(&sp, c);
    if (!splits(&b, &sp) || !all_labelled(&b)) {
        score_each_node(&sp, weight, out);
        return 0;
    }
    find_levels(&b);
    weigh_levels(&b, &r);
    find_patches(&b, &r);
    return score_levels(&b, r, weight, out);
}
