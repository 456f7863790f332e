#include "sched_naive.h"

#include <stdlib.h>

static int32_t priority_of(const struct world *w, uint32_t pod)
{
    return world_class_of(w, pod)->priority;
}

/* Reasons that removing pods does not change. */
static bool is_final(const struct naive *n, uint32_t node, struct sv reasons)
{
    static const char *const finals[] = {"were unschedulable",
                                         "taint",
                                         "node affinity",
                                         "[NodeAffinity]",
                                         "volume node affinity conflict",
                                         "missing required label"};
    for (size_t i = 0; i < sizeof finals / sizeof *finals; i++)
        if (sv_has(reasons, finals[i]))
            return true;
    if (sv_has(reasons, "pod affinity rules"))
        return true;
    const struct world_class *c = world_class_of(n->w, n->pod);
    const struct resources *r = n->minor >= 28 ? &c->request : &c->request_old;
    const struct resources *a = &n->w->nodes.items[node].allocatable;
    if (n->minor < 34 || !sv_has(reasons, "Insufficient"))
        return false;
    int64_t gpus = r->scalar_count ? r->scalars[0].amount : 0;
    int64_t has = a->scalar_count ? a->scalars[0].amount : 0;
    return r->cpu > a->cpu || r->memory > a->memory || r->ephemeral > a->ephemeral || gpus > has;
}

static bool before(const struct world *w, uint32_t a, uint32_t b)
{
    if (priority_of(w, a) != priority_of(w, b))
        return priority_of(w, a) > priority_of(w, b);
    if (w->pods.items[a].started != w->pods.items[b].started)
        return w->pods.items[a].started < w->pods.items[b].started;
    return a < b;
}

static void sort(const struct world *w, uint32_t *pods, uint32_t len)
{
    for (uint32_t i = 0; i < len; i++)
        for (uint32_t j = i + 1; j < len; j++)
            if (before(w, pods[j], pods[i])) {
                uint32_t t = pods[i];
                pods[i] = pods[j];
                pods[j] = t;
            }
}

static bool violates(const struct world *w, uint32_t pod, int32_t *left)
{
    bool violated = false;
    for (uint32_t i = 0; i < w->pdbs.len; i++) {
        const struct world_pdb *b = &w->pdbs.items[i];
        const struct world_class *c = world_class_of(w, pod);
        if (b->ns == c->ns && b->selector.len && c->labels.len &&
            world_selects_pod(w, &b->selector, pod))
            violated |= --left[i] < 0;
    }
    return violated;
}

static bool passes(const struct naive *n, uint32_t node)
{
    struct str why = {0};
    bool yes = naive_passes(n, node, &why);
    str_release(&why);
    return yes;
}

static uint32_t find_lower(const struct naive *n, uint32_t node, uint32_t *out)
{
    uint32_t len = 0;
    world_each_pod(n->w, p) {
        const struct world_pod *wp = &n->w->pods.items[p];
        bool runs = wp->node == node && wp->phase != POD_SUCCEEDED && wp->phase != POD_FAILED;
        if (runs && priority_of(n->w, p) < priority_of(n->w, n->pod) && len < NAIVE_VICTIMS_MAX)
            out[len++] = p;
    }
    return len;
}

static void reprieve(const struct naive *n, struct world *w, uint32_t node, const uint32_t *pods,
                     const bool *guarded, uint32_t len, bool which, struct naive_victims *out)
{
    for (uint32_t i = 0; i < len; i++) {
        if (guarded[i] != which)
            continue;
        world_pod_bind(w, pods[i], node);
        if (passes(n, node))
            continue;
        world_pod_bind(w, pods[i], WORLD_NONE);
        out->pods[out->len++] = pods[i];
        out->violations += which;
    }
}

bool naive_preempt(const struct naive *n, struct world *w, uint32_t node, struct naive_victims *out)
{
    uint32_t pods[NAIVE_VICTIMS_MAX];
    bool guarded[NAIVE_VICTIMS_MAX];
    int32_t left[16];
    struct str why = {0};
    *out = (struct naive_victims){.node = node};
    bool possible = !naive_passes(n, node, &why) && !is_final(n, node, str_sv(&why));
    str_release(&why);
    uint32_t len = possible ? find_lower(n, node, pods) : 0;
    if (!len)
        return false;
    for (uint32_t i = 0; i < len; i++)
        world_pod_bind(w, pods[i], WORLD_NONE);
    bool helps = passes(n, node);
    if (helps) {
        for (uint32_t i = 0; i < w->pdbs.len && i < 16; i++)
            left[i] = w->pdbs.items[i].allowed;
        sort(w, pods, len);
        for (uint32_t i = 0; i < len; i++)
            guarded[i] = violates(w, pods[i], left);
        reprieve(n, w, node, pods, guarded, len, true, out);
        reprieve(n, w, node, pods, guarded, len, false, out);
    }
    for (uint32_t i = 0; i < len; i++)
        world_pod_bind(w, pods[i], node);
    if (n->minor >= 32)
        sort(w, out->pods, out->len);
    return helps;
}

/* The five choices, one after the other: negative when a is better. */
int naive_compare(const struct world *w, const struct naive_victims *a,
                  const struct naive_victims *b)
{
    int64_t sum_a = 0, sum_b = 0, first_a = INT64_MAX, first_b = INT64_MAX;
    int32_t top_a = INT32_MIN, top_b = INT32_MIN;
    if (a->violations != b->violations)
        return a->violations < b->violations ? -1 : 1;
    if (priority_of(w, a->pods[0]) != priority_of(w, b->pods[0]))
        return priority_of(w, a->pods[0]) < priority_of(w, b->pods[0]) ? -1 : 1;
    for (uint32_t i = 0; i < a->len; i++) {
        sum_a += (int64_t)priority_of(w, a->pods[i]) + INT32_MAX + 1;
        top_a = priority_of(w, a->pods[i]) > top_a ? priority_of(w, a->pods[i]) : top_a;
    }
    for (uint32_t i = 0; i < b->len; i++) {
        sum_b += (int64_t)priority_of(w, b->pods[i]) + INT32_MAX + 1;
        top_b = priority_of(w, b->pods[i]) > top_b ? priority_of(w, b->pods[i]) : top_b;
    }
    if (sum_a != sum_b)
        return sum_a < sum_b ? -1 : 1;
    if (a->len != b->len)
        return a->len < b->len ? -1 : 1;
    for (uint32_t i = 0; i < a->len; i++)
        if (priority_of(w, a->pods[i]) == top_a && w->pods.items[a->pods[i]].started < first_a)
            first_a = w->pods.items[a->pods[i]].started;
    for (uint32_t i = 0; i < b->len; i++)
        if (priority_of(w, b->pods[i]) == top_b && w->pods.items[b->pods[i]].started < first_b)
            first_b = w->pods.items[b->pods[i]].started;
    return first_a > first_b ? -1 : first_a < first_b;
}
