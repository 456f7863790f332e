#include "sched/preempt.h"

#include "base/must.h"
#include "sched/usage.h"

static int32_t priority_of(const struct sched *s, uint32_t pod)
{
    return world_class_of(s->w, pod)->priority;
}

bool preempt_has_prey(const struct sched *s, uint32_t pod)
{
    tally_each(&s->priorities, e) if ((int32_t)e->domain < priority_of(s, pod)) return true;
    return false;
}

static bool prey_is_leaving(const struct sched *s, uint32_t pod, uint32_t node)
{
    world_each_pod_of_node(s->w, node, p)
        if (s->w->pods.items[p].deleting && priority_of(s, p) < priority_of(s, pod))
            return true;
    return false;
}

static bool refuses_for_good(struct sched *s, uint32_t pod, uint32_t node)
{
    _cleanup_arena_ struct arena arena = {0};
    struct reason_list list = {0};
    context_init(&s->main, s, pod);
    reasons_with_nominated(&s->main, node, &arena, &list);
    bool final = s->main.refused.len || list.final;
    reason_list_release(&list);
    return final;
}

const char *preempt_not_eligible(struct sched *s, uint32_t pod)
{
    uint32_t nominated = s->w->pods.items[pod].nominated;
    if (world_class_of(s->w, pod)->preempt_never)
        return "not eligible due to preemptionPolicy=Never.";
    if (nominated == WORLD_NONE || s->slot_of[nominated] == WORLD_NONE)
        return NULL;
    if (refuses_for_good(s, pod, nominated))
        return NULL;
    return prey_is_leaving(s, pod, nominated)
               ? "not eligible due to a terminating pod on the nominated node."
               : NULL;
}

/* ---- who is more important ---- */

struct prey {
    uint32_t pod;
    int32_t priority;
    int64_t started;
    bool violates;
};

struct hunt {
    struct sched *s;
    uint32_t pod, node;
    VEC(struct prey) prey;
};

int64_t preempt_started_at(const struct world_pod *p)
{
    int64_t at = p->scheduled ? p->scheduled : p->started;
    return at ? at : INT64_MAX;
}

static int more_important(const void *a, const void *b)
{
    const struct prey *x = a, *y = b;
    if (x->priority != y->priority)
        return x->priority > y->priority ? -1 : 1;
    if (x->started != y->started)
        return x->started < y->started ? -1 : 1;
    return x->pod < y->pod ? -1 : x->pod > y->pod;
}

static void find_prey(struct hunt *h)
{
    struct sched *s = h->s;
    world_each_pod_of_node(s->w, h->node, p) {
        bool counted = p < s->pod_cap && s->pods[p].node == h->node;
        if (counted && priority_of(s, p) < priority_of(s, h->pod))
            must_push(&h->prey, (struct prey){p, priority_of(s, p),
                                              preempt_started_at(&s->w->pods.items[p]), false});
    }
    if (h->prey.len)
        qsort(h->prey.items, h->prey.len, sizeof *h->prey.items, more_important);
}

/* ---- budgets ---- */

static bool is_disrupted(const struct world_pdb *pdb, uint32_t name)
{
    for (uint32_t i = 0; i < pdb->disrupted_count; i++)
        if (name && pdb->disrupted[i].name == name)
            return true;
    return false;
}

/* As the scheduler sees it: in every version a budget without a selector covers nothing, and a pod
 * without labels is under none. */
static bool covers(const struct sched *s, const struct world_pdb *pdb, uint32_t pod)
{
    const struct world_class *c = world_class_of(s->w, pod);
    return pdb->used && pdb->ns == c->ns && pdb->selector.len && !pdb->selector.nothing &&
           (c->labels.len || s->w->pods.items[pod].ordinal >= 0) &&
           world_selects_pod(s->w, &pdb->selector, pod) &&
           !is_disrupted(pdb, s->w->pods.items[pod].name);
}

static void mark_violations(struct hunt *h)
{
    const struct world *w = h->s->w;
    if (!w->pdbs.len)
        return;
    int32_t *left = mem_must((int32_t *)malloc(w->pdbs.len * sizeof *left));
    for (uint32_t i = 0; i < w->pdbs.len; i++)
        left[i] = w->pdbs.items[i].allowed;
    vec_foreach(prey, &h->prey)
        for (uint32_t i = 0; i < w->pdbs.len; i++)
            if (covers(h->s, &w->pdbs.items[i], prey->pod) && --left[i] < 0)
                prey->violates = true;
    free(left);
}

/* ---- the try ---- */

static bool fits(struct hunt *h, struct arena *arena, struct reason_list *why)
{
    struct context *c = &h->s->main;
    context_init(c, h->s, h->pod);
    reasons_with_nominated(c, h->node, arena, why);
    return !why->texts.len;
}

/* Lets those stay that may, the ones whose going would break a budget first. */
static void reprieve(struct hunt *h, bool violating, struct victims *out, struct arena *arena,
                     struct reason_list *scratch)
{
    vec_foreach(prey, &h->prey) {
        if (prey->violates != violating)
            continue;
        usage_add(h->s, prey->pod, h->node, 1);
        if (fits(h, arena, scratch))
            continue;
        usage_add(h->s, prey->pod, h->node, -1);
        must_push(&out->pods, prey->pod);
        out->violations += violating;
    }
}

static int by_importance(const void *a, const void *b, void *hunt)
{
    const struct hunt *h = hunt;
    struct prey x = {*(const uint32_t *)a, 0, 0, false}, y = {*(const uint32_t *)b, 0, 0, false};
    x.priority = priority_of(h->s, x.pod);
    y.priority = priority_of(h->s, y.pod);
    x.started = preempt_started_at(&h->s->w->pods.items[x.pod]);
    y.started = preempt_started_at(&h->s->w->pods.items[y.pod]);
    return more_important(&x, &y);
}

static void choose_victims(struct hunt *h, struct victims *out, struct arena *arena,
                           struct reason_list *scratch)
{
    mark_violations(h);
    reprieve(h, true, out, arena, scratch);
    reprieve(h, false, out, arena, scratch);
    vec_foreach(pod, &out->pods)
        usage_add(h->s, *pod, h->node, 1);
    if (h->s->rules.victims_sorted && out->pods.len)
        qsort_r(out->pods.items, out->pods.len, sizeof *out->pods.items, by_importance, h);
}

bool preempt_try(struct sched *s, uint32_t pod, uint32_t node, struct victims *out,
                 struct arena *arena, struct reason_list *why)
{
    struct hunt h = {.s = s, .pod = pod, .node = node};
    out->pods.len = 0;
    out->violations = 0;
    out->node = node;
    why->texts.len = 0;
    find_prey(&h);
    bool helps = h.prey.len > 0;
    if (!helps)
        must_push(&why->texts, "No preemption victims found for incoming pod");
    vec_foreach(prey, &h.prey)
        usage_add(s, prey->pod, node, -1);
    if (helps && !fits(&h, arena, why)) {
        helps = false;
        vec_foreach(prey, &h.prey)
            usage_add(s, prey->pod, node, 1);
    }
    if (helps) {
        choose_victims(&h, out, arena, why);
        why->texts.len = 0;
    }
    vec_release(&h.prey);
    return helps;
}
