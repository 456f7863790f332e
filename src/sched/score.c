#include "sched/score.h"

#include "sched/offer.h"
#include "sched/shape.h"

#include <string.h>

void score_resources(const struct context *c, struct kernel_weights weights, int16_t *out)
{
    const struct sched *s = c->s;
    uint8_t offers[WORD_SLOTS] = {0};
    if (!s->offers.requests.items[c->plan->request].weights.balanced)
        weights.balanced = 0;
    for (uint32_t i = 0; i < s->window.len; i++) {
        s->kernel.offer(&s->rooms[s->window.words[i] * WORD_SLOTS], offer_need(s, c->plan->request),
                        s->rules.balanced, weights, s->window.masks[i], offers);
        s->kernel.begin(offers, s->window.masks[i], out + (size_t)i * WORD_SLOTS);
    }
}

static void start_with_offers(const struct context *c, int16_t *out)
{
    const struct sched *s = c->s;
    for (uint32_t i = 0; i < s->window.len; i++)
        s->kernel.begin(offer_word(c->s, c->row, s->window.words[i], s->window.masks[i]),
                        s->window.masks[i], out + (size_t)i * WORD_SLOTS);
}

/* DefaultNormalizeScore of raw[], not reversed. */
static void add_normalised(const struct sched *s, const int32_t *raw, int32_t weight, int16_t *out)
{
    int32_t most = 0;
    score_each(s, slot, place) most = raw[place] > most ? raw[place] : most;
    if (!most)
        return;
    score_each(s, slot, place) out[place] +=
        weight * (int32_t)((int64_t)SCORE_MAX * raw[place] / most);
}

static int32_t *empty_raw(const struct sched *s)
{
    memset(s->raw, 0, s->window.len * WORD_SLOTS * sizeof *s->raw);
    return s->raw;
}

int32_t score_preferences(const struct context *c, int32_t weight, int16_t *out)
{
    const struct sched *s = c->s;
    if (!c->plan->preference_count)
        return 0;
    int32_t *raw = empty_raw(s);
    for (uint32_t p = 0; p < c->plan->preference_count; p++) {
        const uint64_t *likes = s->shapes.items[c->plan->preferences[p].shape]->bits;
        for (uint32_t i = 0; i < s->window.len; i++)
            s->kernel.add_raw(raw + (size_t)i * WORD_SLOTS,
                              s->window.masks[i] & likes[s->window.words[i]],
                              c->plan->preferences[p].weight);
    }
    add_normalised(s, raw, weight, out);
    return 0;
}

/* ---- PreferNoSchedule ---- */

static int32_t disliked_taints(const struct context *c, uint32_t node)
{
    const struct world_node *n = &c->s->w->nodes.items[node];
    int32_t count = 0;
    for (uint32_t i = 0; i < n->taint_count; i++) {
        bool borne = n->taints[i].effect != TAINT_PREFER_NO_SCHEDULE;
        for (uint32_t t = 0; t < c->class->toleration_count && !borne; t++)
            borne = toleration_bears(&c->class->tolerations[t], n->taints[i].key,
                                     n->taints[i].value, n->taints[i].effect);
        count += !borne;
    }
    return count;
}

int32_t score_taints(const struct context *c, int32_t weight, int16_t *out)
{
    const struct sched *s = c->s;
    int32_t *raw = NULL, most = 0;
    for (uint32_t i = 0; i < s->window.len; i++)
        bits_each(s->window.words[i], s->window.masks[i] & s->disliked[s->window.words[i]], slot)
        {
            raw = raw ? raw : empty_raw(s);
            int32_t *at = score_place(s, slot, raw);
            *at = disliked_taints(c, s->node_at[slot]);
            most = *at > most ? *at : most;
        }
    if (!most)
        return SCORE_MAX;
    score_each(s, slot, place) out[place] -= weight * (SCORE_MAX * raw[place] / most);
    return SCORE_MAX;
}

/* ---- ImageLocality ---- */

static const int64_t mib = 1 << 20;
enum { IMAGE_LEAST_MIB = 23, IMAGE_MOST_MIB = 1000 };

/* Weighs an image by the share of nodes that have it. */
static int64_t image_value(const struct sched *s, const struct image *image)
{
    double share = (double)image->count / (double)s->live;
    return (int64_t)((double)image->bytes * share);
}

static int32_t image_score(int64_t sum, uint32_t containers)
{
    int64_t least = IMAGE_LEAST_MIB * mib, most = IMAGE_MOST_MIB * mib * containers;
    sum = sum < least ? least : sum > most ? most : sum;
    return (int32_t)(SCORE_MAX * (sum - least) / (most - least));
}

static const struct image *image_of(const struct sched *s, uint32_t name)
{
    uint32_t known = name ? (uint32_t)tally_get(&s->image_of, name) : 0;
    return known && s->images.items[known - 1].count ? &s->images.items[known - 1] : NULL;
}

enum { IMAGES_MAX = 64 };

static uint32_t images_of(const struct sched *s, const uint32_t *names, uint32_t count,
                          const struct image **found)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < count && n < IMAGES_MAX; i++) {
        const struct image *image = image_of(s, names[i]);
        if (image)
            found[n++] = image;
    }
    return n;
}

/* New nodes have no images: most often there is nothing to look up. */
static bool any_imaged(const struct sched *s)
{
    uint64_t any = 0;
    for (uint32_t i = 0; i < s->window.len; i++)
        any |= s->imaged[s->window.words[i]] & s->window.masks[i];
    return any;
}

int32_t score_images(const struct context *c, int32_t weight, int16_t *out)
{
    const struct sched *s = c->s;
    const struct image *found[IMAGES_MAX];
    uint32_t count = c->class->image_count;
    if (s->rules.images_of_init)
        count += c->class->init_image_count;
    uint32_t n = any_imaged(s) ? images_of(s, c->plan->images, count, found) : 0;
    if (!n)
        return 0;
    for (uint32_t i = 0; i < s->window.len; i++) {
        uint32_t word = s->window.words[i];
        uint64_t any = 0;
        for (uint32_t k = 0; k < n; k++)
            any |= (*found[k]->nodes)[word] & s->window.masks[i];
        bits_each(word, any, slot)
        {
            int64_t sum = 0;
            for (uint32_t k = 0; k < n; k++)
                sum += bits_has(*found[k]->nodes, slot) ? image_value(s, found[k]) : 0;
            out[i * WORD_SLOTS + slot % WORD_SLOTS] += weight * image_score(sum, count);
        }
    }
    return 0;
}

/* ---- all ---- */

int64_t score_total(const struct context *c)
{
    const struct sched *s = c->s;
    const int32_t *w = s->rules.weights;
    int64_t common = (int64_t)w[SCORE_AVOID] * SCORE_MAX;
    start_with_offers(c, s->totals);
    common += (int64_t)w[SCORE_SPREAD] * score_spread(c, w[SCORE_SPREAD], s->totals);
    common += (int64_t)w[SCORE_AFFINITY] * score_affinity(c, w[SCORE_AFFINITY], s->totals);
    common +=
        (int64_t)w[SCORE_NODE_AFFINITY] * score_preferences(c, w[SCORE_NODE_AFFINITY], s->totals);
    common += (int64_t)w[SCORE_TAINT] * score_taints(c, w[SCORE_TAINT], s->totals);
    common += (int64_t)w[SCORE_IMAGE] * score_images(c, w[SCORE_IMAGE], s->totals);
    return common;
}
