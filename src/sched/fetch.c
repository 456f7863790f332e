/* What a scheduler keeps of pods, classes and counters lies anywhere in memory: who knows what
 * comes next has it fetched, in steps, as each tells where the next is. */
#include "sched/counter.h"
#include "sched/sched.h"

#define LINE 64

void sched_fetch_pod(const struct sched *s, uint32_t pod)
{
    if (pod < s->pod_cap)
        __builtin_prefetch(&s->pods[pod], 1);
}

void sched_fetch_class(const struct sched *s, uint32_t class, bool to_pick)
{
    if (class >= s->known_classes)
        return;
    const char *plan = (const char *)&s->plans[class];
    for (size_t at = 0; at < (to_pick ? sizeof(struct plan) : LINE); at += LINE)
        __builtin_prefetch(plan + at);
}

void sched_fetch_counters(const struct sched *s, uint32_t class, bool to_pick)
{
    if (class >= s->known_classes)
        return;
    const struct plan *p = &s->plans[class];
    const struct delta *deltas = plan_deltas(p);
    for (uint32_t i = 0; i < p->delta_count && i < PLAN_DELTAS; i++)
        __builtin_prefetch(&s->counters.items[deltas[i].counter], 1);
    if (to_pick && p->soft_count)
        __builtin_prefetch(p->soft);
}

void sched_fetch_room(const struct sched *s, uint32_t node)
{
    if (node < s->node_cap && s->slot_of[node] != WORLD_NONE)
        __builtin_prefetch(&s->rooms[s->slot_of[node]], 1);
}

void sched_fetch_hosts(const struct sched *s, uint32_t class, uint32_t node)
{
    if (class >= s->known_classes || node >= s->node_cap || s->slot_of[node] == WORLD_NONE)
        return;
    const struct plan *p = &s->plans[class];
    const struct delta *deltas = plan_deltas(p);
    uint32_t slot = s->slot_of[node];
    for (uint32_t i = 0; i < p->delta_count && i < PLAN_DELTAS; i++) {
        const struct counter *c = &s->counters.items[deltas[i].counter];
        if (c->hosts)
            __builtin_prefetch(&c->hosts[slot / WORD_SLOTS], 1);
    }
}
