#include "sched/feasible.h"
#include "sched/context.h"
#include "sched/ready.h"
#include "sched/score.h"

#include <string.h>

static void one_plugin(const struct context *c, enum sched_plugin plugin, int16_t *out,
                       int32_t *common)
{
    *common = 0;
    switch (plugin) {
    case SCORE_BALANCED:
        score_resources(c, (struct kernel_weights){.balanced = 1}, out);
        return;
    case SCORE_LEAST:
        score_resources(c, (struct kernel_weights){.least = 1}, out);
        return;
    case SCORE_IMAGE:
        *common = score_images(c, 1, out);
        return;
    case SCORE_AFFINITY:
        *common = score_affinity(c, 1, out);
        return;
    case SCORE_NODE_AFFINITY:
        *common = score_preferences(c, 1, out);
        return;
    case SCORE_AVOID:
        *common = c->s->rules.weights[SCORE_AVOID] ? SCORE_MAX : 0;
        return;
    case SCORE_SPREAD:
        *common = score_spread(c, 1, out);
        return;
    case SCORE_TAINT:
        *common = score_taints(c, 1, out);
        return;
    case SCORE_PLUGINS:
        return;
    }
}

static int by_node(const void *a, const void *b)
{
    const struct sched_scores *x = a, *y = b;
    return x->node < y->node ? -1 : x->node > y->node;
}

static void put_nodes(const struct sched *s, struct sched_scores *out, uint32_t cap)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < s->window.len; i++)
        bits_each(s->window.words[i], s->window.masks[i], slot) if (n < cap) out[n++] =
            (struct sched_scores){.node = s->node_at[slot]};
}

static void put_plugin(const struct sched *s, enum sched_plugin plugin, int32_t common,
                       struct sched_scores *out, uint32_t cap)
{
    uint32_t n = 0;
    score_each(s, slot, place) if (n < cap)
    {
        out[n].plugin[plugin] = s->totals[place] + common;
        out[n].total += (int64_t)s->rules.weights[plugin] * out[n].plugin[plugin];
        n++;
    }
}

uint32_t sched_score_all(struct sched *s, uint32_t pod, struct sched_scores *out, uint32_t cap)
{
    struct context *c = &s->main;
    sched_ready(s);
    context_init(c, s, pod);
    feasible_scan(c, s->live, false);
    put_nodes(s, out, cap);
    for (enum sched_plugin p = 0; p < SCORE_PLUGINS; p++) {
        int32_t common;
        memset(s->totals, 0, s->window.len * WORD_SLOTS * sizeof *s->totals);
        one_plugin(c, p, s->totals, &common);
        put_plugin(s, p, common, out, cap);
    }
    uint32_t n = s->window.feasible < cap ? s->window.feasible : cap;
    if (n)
        qsort(out, n, sizeof *out, by_node);
    return s->window.feasible;
}
