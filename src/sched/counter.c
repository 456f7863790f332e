#include "sched/counter.h"

/* What the tally keeps of a node's number. */
static int32_t kept(int32_t n)
{
    return n == 1 ? 0 : n;
}

static void count_on_host(const struct sched *s, struct counter *c, uint32_t domain, uint32_t slot,
                          int32_t by)
{
    int32_t before = counter_get(s, c, domain, slot), now = before + by;
    if (kept(before) != kept(now)) {
        tally_add(&c->tally, domain, kept(now) - kept(before));
        bits_put(c->hosts + s->slot_cap / WORD_SLOTS, slot, kept(now));
    }
    if (!before != !now) {
        c->host_count += now ? 1 : (uint32_t)-1;
        bits_put(c->hosts, slot, now);
    }
}

void counter_count(const struct sched *s, struct counter *c, uint32_t domain, uint32_t slot,
                   int32_t by)
{
    if (c->hosts)
        count_on_host(s, c, domain, slot, by);
    else
        tally_add(&c->tally, domain, by);
}
