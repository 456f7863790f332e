#include "sched/preempt.h"

#include "base/must.h"
#include "sched/random.h"
#include "sched/ready.h"

/* DefaultPreemptionArgs. */
enum { LEAST_PERCENT = 10, LEAST_NODES = 100 };

struct candidates {
    VEC(uint32_t) nodes; /* where removing pods might help */
    struct victims best, tried;
    uint32_t clean, found;
};

static void find_nodes(struct sched *s, uint32_t pod, struct candidates *c)
{
    _cleanup_arena_ struct arena arena = {0};
    struct reason_list list = {0};
    context_init(&s->main, s, pod);
    for (uint32_t slot = 0; slot < s->slot_len && !s->main.refused.len; slot++) {
        if (s->node_at[slot] == WORLD_NONE)
            continue;
        reasons_with_nominated(&s->main, s->node_at[slot], &arena, &list);
        if (!list.final)
            must_push(&c->nodes, s->node_at[slot]);
    }
    reason_list_release(&list);
}

static uint32_t enough_candidates(uint32_t nodes)
{
    uint32_t n = (uint32_t)((uint64_t)nodes * LEAST_PERCENT / 100);
    n = n < LEAST_NODES ? LEAST_NODES : n;
    return n > nodes ? nodes : n;
}

/* ---- which candidate is better ---- */

static int32_t priority_of(const struct sched *s, uint32_t pod)
{
    return world_class_of(s->w, pod)->priority;
}

static int64_t priorities(const struct sched *s, const struct victims *v)
{
    int64_t sum = 0;
    vec_foreach(pod, &v->pods)
        sum += (int64_t)priority_of(s, *pod) + INT32_MAX + 1;
    return sum;
}

/* When the first of its most important victims started. */
static int64_t earliest(const struct sched *s, const struct victims *v)
{
    int32_t top = INT32_MIN;
    int64_t at = INT64_MAX;
    vec_foreach(pod, &v->pods) {
        int64_t started = preempt_started_at(&s->w->pods.items[*pod]);
        if (priority_of(s, *pod) > top) {
            top = priority_of(s, *pod);
            at = started;
        } else if (priority_of(s, *pod) == top && started < at) {
            at = started;
        }
    }
    return at;
}

static bool is_better(const struct sched *s, const struct victims *a, const struct victims *b)
{
    if (!b->pods.len || !a->pods.len)
        return b->pods.len > 0;
    if (a->violations != b->violations)
        return a->violations < b->violations;
    int32_t top_a = priority_of(s, a->pods.items[0]), top_b = priority_of(s, b->pods.items[0]);
    if (top_a != top_b)
        return top_a < top_b;
    if (priorities(s, a) != priorities(s, b))
        return priorities(s, a) < priorities(s, b);
    if (a->pods.len != b->pods.len)
        return a->pods.len < b->pods.len;
    return earliest(s, a) > earliest(s, b);
}

static void keep_better(struct sched *s, struct candidates *c)
{
    c->clean += !c->tried.violations;
    if (c->found++ && !is_better(s, &c->tried, &c->best))
        return;
    struct victims old = c->best;
    c->best = c->tried;
    c->tried = old;
}

static void try_nodes(struct sched *s, uint32_t pod, struct candidates *c)
{
    _cleanup_arena_ struct arena arena = {0};
    struct reason_list why = {0};
    uint32_t n = (uint32_t)c->nodes.len, wanted = enough_candidates(n);
    uint32_t offset = random_below(&s->random, n);
    for (uint32_t i = 0; i < n && (!c->clean || c->found < wanted); i++)
        if (preempt_try(s, pod, c->nodes.items[(offset + i) % n], &c->tried, &arena, &why))
            keep_better(s, c);
    reason_list_release(&why);
}

void sched_preempt(struct sched *s, uint32_t pod, struct sched_preemption *out)
{
    struct candidates c = {0};
    *out = (struct sched_preemption){.node = WORLD_NONE};
    sched_ready(s);
    if (!preempt_has_prey(s, pod) || preempt_not_eligible(s, pod))
        return;
    find_nodes(s, pod, &c);
    if (c.nodes.len)
        try_nodes(s, pod, &c);
    if (c.found) {
        out->node = c.best.node;
        out->pdb_violations = c.best.violations;
        vec_foreach(v, &c.best.pods)
            must_push(&out->victims, *v);
    }
    vec_release(&c.nodes);
    vec_release(&c.best.pods);
    vec_release(&c.tried.pods);
}

void sched_preemption_release(struct sched_preemption *p)
{
    vec_release(&p->victims);
}
