#include "sched/context.h"
#include "sched/feasible.h"
#include "sched/random.h"
#include "sched/ready.h"
#include "sched/score.h"

/* One of the nodes with that total, each as likely as the others. */
static uint32_t one_of_best(struct sched *s, int16_t best)
{
    uint32_t ties = s->kernel.equal(s->totals, s->window.len, best, s->scratch);
    uint32_t wanted = random_below(&s->random, ties);
    for (uint32_t i = 0;; i++) {
        uint64_t mask = s->scratch[i];
        uint32_t here = s->kernel.ones(mask);
        if (wanted >= here) {
            wanted -= here;
            continue;
        }
        for (; wanted; wanted--)
            mask &= mask - 1;
        return s->node_at[s->window.words[i] * WORD_SLOTS + (uint32_t)__builtin_ctzll(mask)];
    }
}

static bool take_nominated(const struct context *c, struct sched_choice *choice)
{
    uint32_t node = c->p->nominated;
    if (!c->s->rules.nominated_first || node == WORLD_NONE || !c->s->w->nodes.items[node].used ||
        !feasible_at(c, node))
        return false;
    *choice = (struct sched_choice){.node = node, .feasible = 1, .evaluated = 1};
    return true;
}

void sched_pick(struct sched *s, uint32_t pod, struct sched_choice *choice)
{
    struct context *c = &s->main;
    *choice = (struct sched_choice){.node = WORLD_NONE};
    sched_ready(s);
    context_init(c, s, pod);
    if (take_nominated(c, choice))
        return;
    score_spread_expect(c);
    feasible_scan(c, feasible_wanted(s), true);
    score_spread_fetch(c);
    choice->feasible = s->window.feasible;
    choice->evaluated = s->window.evaluated;
    if (!s->window.feasible)
        return;
    if (s->window.feasible == 1) {
        choice->node = s->node_at[s->window.words[0] * WORD_SLOTS +
                                  (uint32_t)__builtin_ctzll(s->window.masks[0])];
        return;
    }
    int64_t common = score_total(c);
    int16_t best = s->kernel.best(s->totals, s->window.len);
    choice->score = common + best;
    choice->node = one_of_best(s, best);
}
