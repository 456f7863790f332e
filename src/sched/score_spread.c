#include "sched/score.h"

#include "base/must.h"
#include "sched/shape.h"

#include <math.h>
#include <string.h>

enum { CONSTRAINTS_MAX = 16 };

/* One soft constraint, with what it counts now. */
struct constraint {
    const struct spread_plan *plan;
    const struct topology *topology;
    const struct tally *tally;
    const uint64_t *hosts, *many; /* of host names: nodes where the tally is not 0, and where it is
                                     not 1 either; else NULL */
    double weight;                /* of its counts: logarithm of the number of its domains */
};

struct spread_score {
    const struct context *c;
    struct constraint constraints[CONSTRAINTS_MAX];
    uint32_t len;
    const uint64_t *masks; /* feasible nodes that are scored, by word of the window */
    uint32_t nodes;        /* feasible ones that are scored */
};

struct span {
    int64_t low, high;
};

/* ---- how many domains the feasible nodes are in ---- */

static uint32_t nodes_in(const struct spread_score *sp, const uint64_t *set)
{
    const struct sched *s = sp->c->s;
    return s->kernel.count(sp->masks, s->window.words, s->window.len, set);
}

static uint32_t few_domains(const struct spread_score *sp, const struct topology *t)
{
    uint32_t domains = 0;
    for (uint32_t d = 0; d < t->len; d++)
        domains += nodes_in(sp, t->members[d]) > 0;
    /* Nodes without the label are one more, of no name. */
    return domains + (nodes_in(sp, t->labelled) < sp->nodes);
}

static uint32_t many_domains(const struct spread_score *sp, const struct topology *t)
{
    const struct sched *s = sp->c->s;
    struct tally seen = {0};
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

static uint32_t domains_of(const struct spread_score *sp, const struct topology *t)
{
    if (t->host)
        return sp->nodes;
    return topology_is_few(t) ? few_domains(sp, t) : many_domains(sp, t);
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
    sp->nodes = s->kernel.count(sp->masks, s->window.words, s->window.len, NULL);
    for (uint32_t i = 0; i < sp->len; i++) {
        const struct topology *t = s->topologies.items[p->soft[i].topology];
        const struct counter *k = &s->counters.items[p->soft[i].counter];
        sp->constraints[i] = (struct constraint){&p->soft[i],
                                                 t,
                                                 &k->tally,
                                                 k->hosts ? *k->hosts : NULL,
                                                 k->many ? *k->many : NULL,
                                                 log((double)domains_of(sp, t) + 2)};
    }
}

/* ---- raw scores: the fewer the better ---- */

static double weigh(const struct constraint *k, int32_t n)
{
    return (double)n * k->weight + (double)(k->plan->max_skew - 1);
}

static int64_t whole(const struct sched *s, double score)
{
    return s->rules.spread_rounds ? (int64_t)round(score) : (int64_t)score;
}

static int64_t raw_at(const struct spread_score *sp, uint32_t slot)
{
    const struct sched *s = sp->c->s;
    double score = 0;
    for (uint32_t i = 0; i < sp->len; i++) {
        const struct constraint *k = &sp->constraints[i];
        uint32_t domain = k->topology->domains[s->node_at[slot]];
        if (domain != WORLD_NONE)
            score += weigh(k, tally_get(k->tally, domain));
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

static void score_each_node(const struct spread_score *sp, int32_t weight, int32_t *out)
{
    const struct sched *s = sp->c->s;
    struct span r = {INT64_MAX, 0};
    int32_t *raw = s->raw;
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

/* ---- by domain, with the few nodes that have pods apart ---- */

struct by_domain {
    const struct constraint *host, *few; /* NULL: there is none */
    uint32_t domains;                    /* of few; one when there is none */
    int64_t raw[TOPOLOGY_FEW];           /* of nodes without pods */
    uint32_t left[TOPOLOGY_FEW];         /* how many of these */
};

static bool splits(const struct spread_score *sp, struct by_domain *b)
{
    for (uint32_t i = 0; i < sp->len; i++) {
        const struct constraint *k = &sp->constraints[i];
        const struct constraint **as = k->topology->host ? &b->host : &b->few;
        if (*as || (!k->topology->host && !topology_is_few(k->topology)))
            return false;
        if (nodes_in(sp, k->topology->labelled) < sp->nodes)
            return false;
        *as = k;
    }
    return true;
}

/* Raw scores by domain and number of pods on the host, as far as they were asked for: most hosts
 * have few, and are many. Only the first b->domains rows of `has` are set. */
#define MEMO_PODS 16

struct memo {
    uint16_t has[TOPOLOGY_FEW], has_points[TOPOLOGY_FEW];
    int64_t raw[TOPOLOGY_FEW][MEMO_PODS];
    int32_t points[TOPOLOGY_FEW][MEMO_PODS]; /* raw, inverted */
};

static int64_t raw_of(const struct spread_score *sp, const struct by_domain *b, int32_t on_host,
                      uint32_t domain)
{
    double score = 0;
    for (uint32_t i = 0; i < sp->len; i++) {
        const struct constraint *k = &sp->constraints[i];
        score += weigh(k, k == b->host ? on_host : tally_get(k->tally, domain));
    }
    return whole(sp->c->s, score);
}

static int64_t known_raw(const struct spread_score *sp, const struct by_domain *b, struct memo *m,
                         int32_t on_host, uint32_t domain)
{
    if (on_host < 0 || on_host >= MEMO_PODS)
        return raw_of(sp, b, on_host, domain);
    if (!(m->has[domain] >> on_host & 1)) {
        m->has[domain] |= (uint16_t)(1u << on_host);
        m->raw[domain][on_host] = raw_of(sp, b, on_host, domain);
    }
    return m->raw[domain][on_host];
}

static int32_t known_points(struct memo *m, struct span r, const struct spread_patch *p)
{
    if (p->on_host < 0 || p->on_host >= MEMO_PODS)
        return inverted(r, p->raw);
    if (!(m->has_points[p->domain] >> p->on_host & 1)) {
        m->has_points[p->domain] |= (uint16_t)(1u << p->on_host);
        m->points[p->domain][p->on_host] = inverted(r, p->raw);
    }
    return m->points[p->domain][p->on_host];
}

static void bare_domains(const struct spread_score *sp, struct by_domain *b)
{
    b->domains = b->few ? b->few->topology->len : 1;
    for (uint32_t d = 0; d < b->domains; d++) {
        b->left[d] = b->few ? nodes_in(sp, b->few->topology->members[d]) : sp->nodes;
        b->raw[d] = b->left[d] ? raw_of(sp, b, 0, d) : 0;
    }
}

static void find_patches(const struct spread_score *sp, struct by_domain *b, struct memo *m)
{
    struct sched *s = sp->c->s;
    s->patches.len = 0;
    memset(m->has, 0, b->domains * sizeof *m->has);
    memset(m->has_points, 0, b->domains * sizeof *m->has_points);
    for (uint32_t i = 0; b->host && i < s->window.len; i++) {
        uint32_t word = s->window.words[i];
        bits_each(word, sp->masks[i] & b->host->hosts[word], slot)
        {
            uint32_t node = s->node_at[slot];
            uint32_t domain = b->few ? b->few->topology->domains[node] : 0;
            int32_t on_host = bits_has(b->host->many, slot) ? tally_get(b->host->tally, node) : 1;
            must_push(&s->patches,
                      (struct spread_patch){i * WORD_SLOTS + slot % WORD_SLOTS, domain, on_host,
                                            known_raw(sp, b, m, on_host, domain)});
            b->left[domain]--;
        }
    }
}

static void score_domains(const struct spread_score *sp, const struct by_domain *b, struct memo *m,
                          struct span r, int32_t weight, int32_t *out)
{
    const struct sched *s = sp->c->s;
    int32_t bare[TOPOLOGY_FEW] = {0};
    for (uint32_t d = 0; d < b->domains; d++) {
        bare[d] = inverted(r, b->raw[d]);
        int32_t value = weight * bare[d];
        const uint64_t *members = b->few ? b->few->topology->members[d] : NULL;
        for (uint32_t i = 0; i < s->window.len; i++) {
            uint64_t mask = sp->masks[i] & (members ? members[s->window.words[i]] : ~0ull);
            if (mask)
                s->kernel.add(out + (size_t)i * WORD_SLOTS, mask, value);
        }
    }
    vec_foreach(p, &s->patches)
        out[p->place] += weight * (known_points(m, r, p) - bare[p->domain]);
}

static bool score_by_domain(const struct spread_score *sp, int32_t weight, int32_t *out)
{
    struct by_domain b = {0};
    struct span r = {INT64_MAX, 0};
    struct memo m;
    if (!splits(sp, &b))
        return false;
    bare_domains(sp, &b);
    find_patches(sp, &b, &m);
    for (uint32_t d = 0; d < b.domains; d++)
        if (b.left[d])
            widen(&r, b.raw[d]);
    vec_foreach(p, &sp->c->s->patches)
        widen(&r, p->raw);
    score_domains(sp, &b, &m, r, weight, out);
    return true;
}

int32_t score_spread(const struct context *c, int32_t weight, int32_t *out)
{
    struct spread_score sp;
    if (!c->plan->soft_count)
        return c->s->rules.spread_skips ? 0 : SCORE_MAX;
    prepare(&sp, c);
    if (sp.nodes && !score_by_domain(&sp, weight, out))
        score_each_node(&sp, weight, out);
    return 0;
}
