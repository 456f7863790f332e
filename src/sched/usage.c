#include "sched/usage.h"

#include "base/must.h"
#include "sched/counter.h"
#include "sched/offer.h"
#include "sched/selection.h"
#include "sched/shape.h"
#include "sched/volume_use.h"

static void add_odd_resources(struct sched *s, const struct plan *p, uint32_t slot, int sign)
{
    s->used_ephemeral[slot] += sign * p->ephemeral;
    bits_put(s->full_disk, slot, s->used_ephemeral[slot] > s->ephemeral[slot]);
    for (uint32_t k = 0; k < p->scalar_count; k++)
        s->columns.items[p->scalars[k].column].used[slot] += sign * p->scalars[k].amount;
}

static void add_resources(struct sched *s, const struct plan *p, uint32_t slot, int sign)
{
    struct room *r = &s->rooms[slot];
    const struct kernel_need *need = offer_need(s, p->request);
    r->used_cpu += sign * need->cpu;
    r->used_memory += sign * need->memory;
    r->score_cpu += sign * need->score_cpu;
    r->score_memory += sign * need->score_memory;
    offer_forget(s, slot);
    r->used_pods += sign;
    bits_put(s->roomy, slot, r->used_pods < r->max_pods);
    if (p->odd)
        add_odd_resources(s, p, slot, sign);
}

/* Of which counters a pod is told. */
enum told { TOLD_ALL, TOLD_OF_DELETING, TOLD_OF_ALIVE };

static enum told told_of(const struct pod_state *st)
{
    return st->alive ? TOLD_ALL : TOLD_OF_DELETING;
}

static void add_delta(struct sched *s, uint32_t pod, uint32_t node, const struct delta *d, int sign)
{
    struct counter *c = &s->counters.items[d->counter];
    uint32_t slot = s->slot_of[node], domain = s->topologies.items[c->topology]->domains[node];
    if (domain == WORLD_NONE || !shape_has(s, c->shape, slot))
        return;
    if (d->selection != WORLD_NONE && !selection_covers_pod(s, d->selection, pod))
        return;
    counter_count(s, c, domain, slot, sign * d->by);
}

static void add_counters(struct sched *s, uint32_t pod, const struct pod_state *st, enum told told,
                         int sign)
{
    const struct plan *p = &s->plans[st->class];
    const struct delta *deltas = plan_deltas(p);
    if (told == TOLD_OF_DELETING && !p->lasting)
        return;
    for (uint32_t i = 0; i < p->delta_count; i++)
        if (deltas[i].alive ? told != TOLD_OF_DELETING : told != TOLD_OF_ALIVE)
            add_delta(s, pod, st->node, &deltas[i], sign);
}

static void add(struct sched *s, uint32_t pod, const struct pod_state *st, int sign)
{
    add_resources(s, &s->plans[st->class], s->slot_of[st->node], sign);
    add_counters(s, pod, st, told_of(st), sign);
    tally_add(&s->priorities, (uint32_t)s->plans[st->class].priority, sign);
    if (s->w->pods.items[pod].claim_count)
        volume_use_pod(s, pod, st->node, sign);
}

void usage_add_counters(struct sched *s, uint32_t pod, int sign)
{
    add_counters(s, pod, &s->pods[pod], told_of(&s->pods[pod]), sign);
}

static struct pod_state state_now(const struct sched *s, uint32_t pod, bool gone)
{
    const struct world_pod *p = &s->w->pods.items[pod];
    struct pod_state now = {p->node, p->class, p->nominated, !p->deleting};
    bool there = p->used && !gone && !world_pod_is_finished(p);
    if (!there || p->node == WORLD_NONE || s->slot_of[p->node] == WORLD_NONE)
        now.node = WORLD_NONE;
    if (!there || p->node != WORLD_NONE)
        now.nominated = WORLD_NONE;
    return now;
}

void usage_add(struct sched *s, uint32_t pod, uint32_t node, int sign)
{
    struct pod_state st = state_now(s, pod, false);
    st.node = node;
    add(s, pod, &st, sign);
}

static struct pod_state *state_of(struct sched *s, uint32_t pod)
{
    if (pod >= s->pod_cap) {
        uint32_t cap = (uint32_t)s->w->pods.len + pod / 8 + 64;
        s->pods = mem_must((struct pod_state *)realloc(s->pods, cap * sizeof *s->pods));
        for (uint32_t i = s->pod_cap; i < cap; i++)
            s->pods[i] = (struct pod_state){WORLD_NONE, 0, WORLD_NONE, false};
        s->pod_cap = cap;
    }
    return &s->pods[pod];
}

/* ---- nominations ---- */

static void mark_nominated(struct sched *s, uint32_t node)
{
    bool any = false;
    if (node >= s->node_cap || s->slot_of[node] == WORLD_NONE)
        return;
    vec_foreach(n, &s->nominations)
        any |= n->node == node;
    bits_put(s->nominated, s->slot_of[node], any);
}

static void nominate(struct sched *s, uint32_t pod, uint32_t from, uint32_t to)
{
    for (size_t i = 0; i < s->nominations.len; i++)
        if (s->nominations.items[i].pod == pod) {
            s->nominations.items[i] = s->nominations.items[--s->nominations.len];
            break;
        }
    if (from != WORLD_NONE)
        mark_nominated(s, from);
    if (to == WORLD_NONE)
        return;
    must_push(&s->nominations, (struct nomination){pod, to});
    mark_nominated(s, to);
}

static void recount(struct sched *s, uint32_t pod, const struct pod_state *before,
                    const struct pod_state *now)
{
    if (before->node != WORLD_NONE && before->node == now->node && before->class == now->class) {
        if (before->alive != now->alive)
            add_counters(s, pod, now, TOLD_OF_ALIVE, now->alive ? 1 : -1);
        return;
    }
    if (before->node != WORLD_NONE)
        add(s, pod, before, -1);
    if (now->node != WORLD_NONE)
        add(s, pod, now, 1);
}

void usage_sync_pod(struct sched *s, uint32_t pod, bool gone)
{
    struct pod_state *st = state_of(s, pod), now = state_now(s, pod, gone);
    recount(s, pod, st, &now);
    if (st->nominated != now.nominated)
        nominate(s, pod, st->nominated, now.nominated);
    *st = now;
}
