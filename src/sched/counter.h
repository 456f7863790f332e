/*
 * counter: how many pods of a selection, or pods that carry a term about it, there are per domain.
 *
 * By host names nearly every node that has some has just one: such nodes are bits, and only of
 * nodes with another number is the number kept, in the tally. So a group of fifty pods on ten
 * thousand nodes costs a row of bits, of which a choice reads the few words that it looks at.
 */
#ifndef TOBAN_SCHED_COUNTER_H
#define TOBAN_SCHED_COUNTER_H

#include "sched/state.h"

/* Counts `by` more pods in the domain of the node at the slot. */
void counter_count(const struct sched *s, struct counter *c, uint32_t domain, uint32_t slot,
                   int32_t by);

static inline bool counter_any(const struct counter *c)
{
    return c->hosts ? c->host_count : c->tally.nonzero;
}

/* Of host names: nodes with pods. */
static inline const uint64_t *counter_some(const struct counter *c)
{
    return c->hosts;
}

/* Of host names: nodes of which the tally has the number, as it is neither none nor one. NULL:
 * there are none. */
static inline const uint64_t *counter_many(const struct sched *s, const struct counter *c)
{
    return c->tally.nonzero ? c->hosts + s->slot_cap / WORD_SLOTS : NULL;
}

/* The pods of a domain; of host names: of the node at the slot. */
static inline int32_t counter_get(const struct sched *s, const struct counter *c, uint32_t domain,
                                  uint32_t slot)
{
    if (!c->hosts)
        return tally_get(&c->tally, domain);
    const uint64_t *many = counter_many(s, c);
    return many && bits_has(many, slot) ? tally_get(&c->tally, domain) : bits_has(c->hosts, slot);
}

#endif
