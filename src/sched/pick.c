#include "sched/context.h"
#include "sched/feasible.h"
#include "sched/random.h"
#include "sched/ready.h"
#include "sched/score.h"

static int16_t best_total(const struct sched *s)
{
    int16_t best = INT16_MIN;
    for (uint32_t i = 0; i < s->window.len; i++) {
        int16_t here = s->kernel.best(s->totals + (size_t)i * WORD_SLOTS);
        best = here > best ? here : best;
    }
    return best;
}

/* One of the nodes with that total, each as likely as the others. */
static uint32_t one_of_best(struct sched *s, int16_t best)
{
    uint32_t ties = 0;
    for (uint32_t i = 0; i < s->window.len; i++) {
        s->scratch[i] = s->kernel.equal(s->totals + (size_t)i * WORD_SLOTS, best);
        ties += s->kernel.ones(s->scratch[i]);
    }
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
    feasible_scan(c, feasible_wanted(s), true);
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
    int16_t best = best_total(s);
    choice->score = common + best;
    choice->node = one_of_best(s, best);
}
