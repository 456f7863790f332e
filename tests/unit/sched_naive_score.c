#include "sched_naive.h"

#include <limits.h>
#include <math.h>
#include <stdlib.h>

struct scoring {
    const struct naive *n;
    const uint32_t *nodes;
    uint32_t count;
    struct sched_scores *out;
    int64_t *raw;
};

static const struct world_class *class_of(const struct naive *n, uint32_t pod)
{
    return &n->w->classes.items[n->w->pods.items[pod].class];
}

static bool counts(const struct naive *n, uint32_t pod)
{
    const struct world_pod *p = &n->w->pods.items[pod];
    return p->used && p->node != WORLD_NONE && p->phase != POD_SUCCEEDED && p->phase != POD_FAILED;
}

#define each_counted(n, p)                                                                         \
    world_each_pod((n)->w, p)                                                                      \
        if (counts(n, p))

static bool has(const struct naive *n, uint32_t node, uint32_t key)
{
    return labels_has(n->w->nodes.items[node].labels, key);
}

static uint32_t value(const struct naive *n, uint32_t node, uint32_t key)
{
    return labels_value(n->w->nodes.items[node].labels, key);
}

static bool together(const struct naive *n, uint32_t a, uint32_t b, uint32_t key)
{
    return has(n, a, key) && has(n, b, key) && value(n, a, key) == value(n, b, key);
}

/* ---- resources ---- */

static int64_t least_of(int64_t used, int64_t total)
{
    return !total || used > total ? 0 : (total - used) * 100 / total;
}

static double share(int64_t used, int64_t total)
{
    return total ? (double)used / (double)total : 1;
}

static double capped(double f)
{
    return f > 1 ? 1 : f;
}

static int32_t balanced_of(unsigned minor, const int64_t *used, const int64_t *before,
                           const int64_t *total)
{
    double cpu = share(used[0], total[0]), memory = share(used[1], total[1]);
    if (minor < 22)
        return cpu >= 1 || memory >= 1 ? 0 : (int32_t)((1 - fabs(cpu - memory)) * 100);
    double after = fabs((capped(cpu) - capped(memory)) / 2);
    if (minor < 36)
        return (int32_t)((1 - after) * 100);
    double was =
        fabs((capped(share(before[0], total[0])) - capped(share(before[1], total[1]))) / 2);
    return (int32_t)((1.5 + was - after) / 2 * 100);
}

static void resources(const struct scoring *s)
{
    const struct naive *n = s->n;
    const struct world_class *c = class_of(n, n->pod);
    for (uint32_t i = 0; i < s->count; i++) {
        const struct resources *a = &n->w->nodes.items[s->nodes[i]].allocatable;
        int64_t total[2] = {a->cpu, a->memory};
        int64_t true_used[2] = {0, 0}, with_defaults[2] = {c->score_cpu, c->score_memory};
        each_counted(n, p)
        {
            const struct world_class *o = class_of(n, p);
            const struct resources *r = n->minor >= 28 ? &o->request : &o->request_old;
            if (n->w->pods.items[p].node != s->nodes[i])
                continue;
            true_used[0] += r->cpu;
            true_used[1] += r->memory;
            with_defaults[0] += o->score_cpu;
            with_defaults[1] += o->score_memory;
        }
        const struct resources *own = n->minor >= 28 ? &c->request : &c->request_old;
        int64_t after[2] = {true_used[0] + own->cpu, true_used[1] + own->memory};
        s->out[i].plugin[SCORE_LEAST] = (int32_t)((least_of(with_defaults[0], total[0]) +
                                                   least_of(with_defaults[1], total[1])) /
                                                  2);
        bool skip = n->minor >= 33 && !own->cpu && !own->memory;
        s->out[i].plugin[SCORE_BALANCED] =
            skip ? 0
                 : balanced_of(n->minor, n->minor < 22 ? with_defaults : after, true_used, total);
    }
}

/* ---- preferences, taints ---- */

static void normalise(const struct scoring *s, enum sched_plugin plugin, bool reverse)
{
    int64_t most = 0;
    for (uint32_t i = 0; i < s->count; i++)
        most = s->raw[i] > most ? s->raw[i] : most;
    for (uint32_t i = 0; i < s->count; i++) {
        int64_t score = most ? 100 * s->raw[i] / most : 0;
        s->out[i].plugin[plugin] = (int32_t)(reverse ? 100 - score : score);
    }
}

static void preferences(const struct scoring *s)
{
    const struct world_class *c = class_of(s->n, s->n->pod);
    for (uint32_t i = 0; i < s->count; i++) {
        const struct world_node *node = &s->n->w->nodes.items[s->nodes[i]];
        s->raw[i] = 0;
        for (uint32_t t = 0; t < c->node_preference_count; t++)
            if (node_term_matches(&c->node_preferences[t].term, &s->n->w->strings, node->labels,
                                  node->name))
                s->raw[i] += c->node_preferences[t].weight;
    }
    normalise(s, SCORE_NODE_AFFINITY, false);
}

static void taints(const struct scoring *s)
{
    const struct world_class *c = class_of(s->n, s->n->pod);
    for (uint32_t i = 0; i < s->count; i++) {
        const struct world_node *node = &s->n->w->nodes.items[s->nodes[i]];
        s->raw[i] = 0;
        for (uint32_t k = 0; k < node->taint_count; k++) {
            const struct taint *t = &node->taints[k];
            bool borne = t->effect != TAINT_PREFER_NO_SCHEDULE;
            for (uint32_t j = 0; j < c->toleration_count; j++) {
                const struct toleration *o = &c->tolerations[j];
                borne |= (o->effect == TAINT_ANY || o->effect == t->effect) &&
                         (o->key == t->key || (!o->key && o->exists)) &&
                         (o->exists || o->value == t->value);
            }
            s->raw[i] += !borne;
        }
    }
    normalise(s, SCORE_TAINT, true);
}

/* ---- affinity ---- */

static bool speaks_of(const struct naive *n, const struct affinity_term *t, uint32_t pod)
{
    const struct world_class *c = class_of(n, pod);
    bool space = !t->namespace_selector.nothing && !t->namespace_selector.len;
    for (uint32_t i = 0; i < t->namespace_count; i++)
        space |= t->namespaces[i] == c->ns;
    vec_foreach(ns, &n->w->namespaces)
        if (ns->used && ns->name == c->ns && !t->namespace_selector.nothing)
            space |= selector_matches(&t->namespace_selector, &n->w->strings, ns->labels);
    return space && world_selects_pod(n->w, &t->pods, pod);
}

static int64_t sum_terms(const struct naive *n, const struct affinity_term *t, uint32_t len,
                         uint32_t about, uint32_t where, uint32_t node, int64_t fixed, int64_t sign)
{
    int64_t sum = 0;
    for (uint32_t i = 0; i < len; i++)
        if (speaks_of(n, &t[i], about) && together(n, where, node, t[i].topology_key))
            sum += sign * (fixed ? fixed : t[i].weight);
    return sum;
}

static int64_t affinity_raw(const struct naive *n, uint32_t node)
{
    const struct world_class *c = class_of(n, n->pod);
    int64_t sum = 0;
    each_counted(n, p)
    {
        const struct world_class *o = class_of(n, p);
        uint32_t at = n->w->pods.items[p].node;
        sum += sum_terms(n, c->attraction, c->attraction_count, p, at, node, 0, 1);
        sum += sum_terms(n, c->repulsion, c->repulsion_count, p, at, node, 0, -1);
        sum += sum_terms(n, o->affinity, o->affinity_count, n->pod, at, node, 1, 1);
        sum += sum_terms(n, o->attraction, o->attraction_count, n->pod, at, node, 0, 1);
        sum += sum_terms(n, o->repulsion, o->repulsion_count, n->pod, at, node, 0, -1);
    }
    return sum;
}

static void affinity(const struct scoring *s)
{
    int64_t low = s->n->minor < 23 ? 0 : INT64_MAX, high = s->n->minor < 23 ? 0 : INT64_MIN;
    for (uint32_t i = 0; i < s->count; i++) {
        s->raw[i] = affinity_raw(s->n, s->nodes[i]);
        low = s->raw[i] < low ? s->raw[i] : low;
        high = s->raw[i] > high ? s->raw[i] : high;
    }
    for (uint32_t i = 0; i < s->count; i++)
        s->out[i].plugin[SCORE_AFFINITY] =
            high > low ? (int32_t)(100 * ((double)(s->raw[i] - low) / (double)(high - low))) : 0;
}

/* ---- spread ---- */

struct soft {
    const struct selector *selectors[8];
    uint32_t selector_count;
    uint32_t key;
    int32_t skew;
    bool ignore_affinity, honor_taints;
};

static bool soft_selects(const struct naive *n, const struct soft *c, uint32_t pod)
{
    if (n->w->pods.items[pod].deleting || class_of(n, pod)->ns != class_of(n, n->pod)->ns)
        return false;
    for (uint32_t i = 0; i < c->selector_count; i++)
        if (!world_selects_pod(n->w, c->selectors[i], pod))
            return false;
    return true;
}

static void add_default_selector(const struct naive *n, uint32_t ns, const struct selector *sel,
                                 struct soft *c)
{
    if (ns == class_of(n, n->pod)->ns && !sel->nothing && sel->len &&
        world_selects_pod(n->w, sel, n->pod))
        c->selectors[c->selector_count++] = sel;
}

static uint32_t default_constraints(const struct naive *n, struct soft *out)
{
    struct soft c = {0};
    vec_foreach(s, &n->w->services)
        add_default_selector(n, s->ns, &s->selector, &c);
    vec_foreach(wl, &n->w->workloads)
        if (wl->kind == WORKLOAD_REPLICASET || wl->kind == WORKLOAD_STATEFULSET)
            add_default_selector(n, wl->ns, &wl->selector, &c);
    if (!c.selector_count)
        return 0;
    out[0] = out[1] = c;
    out[0].key = strings_find(&n->w->strings, SV("kubernetes.io/hostname"));
    out[0].skew = 3;
    out[1].key = strings_find(&n->w->strings, SV("topology.kubernetes.io/zone"));
    out[1].skew = 5;
    return 2;
}

static uint32_t soft_constraints(const struct naive *n, struct soft *out)
{
    const struct world_class *c = class_of(n, n->pod);
    uint32_t len = 0;
    if (!c->spread_count)
        return default_constraints(n, out);
    for (uint32_t i = 0; i < c->spread_count; i++)
        if (!c->spreads[i].hard)
            out[len++] = (struct soft){.selectors = {&c->spreads[i].pods},
                                       .selector_count = 1,
                                       .key = c->spreads[i].topology_key,
                                       .skew = c->spreads[i].max_skew,
                                       .ignore_affinity = c->spreads[i].ignore_affinity,
                                       .honor_taints = c->spreads[i].honor_taints};
    return len;
}

static bool all_keys(const struct naive *n, const struct soft *c, uint32_t len, uint32_t node)
{
    for (uint32_t i = 0; i < len; i++)
        if (!has(n, node, c[i].key))
            return false;
    return true;
}

/* Through a copy of the pod's question: only affinity, only taints. */
static bool passes_only(const struct naive *n, uint32_t node, const char *a, const char *b)
{
    struct str why = {0};
    bool passes =
        naive_passes(n, node, &why) || (!sv_find(str_sv(&why), a) && !sv_find(str_sv(&why), b));
    str_release(&why);
    return passes;
}

static bool node_wanted(const struct naive *n, uint32_t node)
{
    const struct world_class *c = class_of(n, n->pod);
    const struct world_node *wn = &n->w->nodes.items[node];
    bool term = !c->has_node_terms;
    for (uint32_t i = 0; i < c->node_selector.len; i++)
        if (!has(n, node, c->node_selector.items[i].key) ||
            value(n, node, c->node_selector.items[i].key) != c->node_selector.items[i].value)
            return false;
    for (uint32_t i = 0; i < c->node_term_count; i++)
        term |= node_term_matches(&c->node_terms[i], &n->w->strings, wn->labels, wn->name);
    return term;
}

static bool soft_eligible(const struct naive *n, const struct soft *all, uint32_t len,
                          const struct soft *c, uint32_t node, bool need_all)
{
    bool policies = n->minor >= 26;
    if (need_all && !all_keys(n, all, len, node))
        return false;
    if (!(policies && c->ignore_affinity) && !node_wanted(n, node))
        return false;
    return !(policies && c->honor_taints) || passes_only(n, node, "unschedulable", "taint");
}

static int64_t soft_count(const struct naive *n, const struct soft *all, uint32_t len,
                          const struct soft *c, uint32_t node, bool need_all)
{
    bool host = c->key == strings_find(&n->w->strings, SV("kubernetes.io/hostname"));
    int64_t count = 0;
    each_counted(n, p)
    {
        uint32_t on = n->w->pods.items[p].node;
        if (!soft_selects(n, c, p))
            continue;
        if (host ? on == node
                 : together(n, on, node, c->key) && soft_eligible(n, all, len, c, on, need_all))
            count++;
    }
    return count;
}

static uint32_t soft_domains(const struct scoring *s, const struct soft *all, uint32_t len,
                             const struct soft *c, bool need_all)
{
    const struct naive *n = s->n;
    bool host = c->key == strings_find(&n->w->strings, SV("kubernetes.io/hostname"));
    uint32_t domains = 0;
    for (uint32_t i = 0; i < s->count; i++) {
        bool fresh = !need_all || all_keys(n, all, len, s->nodes[i]);
        for (uint32_t j = 0; j < i && fresh && !host; j++)
            fresh = (need_all && !all_keys(n, all, len, s->nodes[j])) ||
                    has(n, s->nodes[i], c->key) != has(n, s->nodes[j], c->key) ||
                    value(n, s->nodes[i], c->key) != value(n, s->nodes[j], c->key);
        domains += fresh;
    }
    return domains;
}

static double soft_raw(const struct scoring *s, const struct soft *c, uint32_t len, uint32_t node,
                       bool need_all)
{
    double score = 0;
    for (uint32_t k = 0; k < len; k++)
        if (has(s->n, node, c[k].key))
            score += (double)soft_count(s->n, c, len, &c[k], node, need_all) *
                         log((double)soft_domains(s, c, len, &c[k], need_all) + 2) +
                     (double)(c[k].skew - 1);
    return score;
}

static void spread(const struct scoring *s)
{
    const struct naive *n = s->n;
    struct soft c[8];
    uint32_t len = soft_constraints(n, c);
    bool need_all = class_of(n, n->pod)->spread_count || n->minor < 24;
    int64_t low = INT64_MAX, high = 0;
    for (uint32_t i = 0; i < s->count && len; i++) {
        double score = soft_raw(s, c, len, s->nodes[i], need_all);
        s->raw[i] = need_all && !all_keys(n, c, len, s->nodes[i]) ? -1
                    : n->minor < 24                               ? (int64_t)score
                                                                  : (int64_t)round(score);
        if (s->raw[i] >= 0) {
            low = s->raw[i] < low ? s->raw[i] : low;
            high = s->raw[i] > high ? s->raw[i] : high;
        }
    }
    for (uint32_t i = 0; i < s->count; i++) {
        int64_t score = len && s->raw[i] < 0   ? 0
                        : len && high          ? 100 * (high + low - s->raw[i]) / high
                        : len || n->minor < 27 ? 100
                                               : 0;
        s->out[i].plugin[SCORE_SPREAD] = (int32_t)score;
    }
}

/* ---- all ---- */

void naive_score(const struct naive *n, const uint32_t *nodes, uint32_t count,
                 struct sched_scores *out)
{
    struct scoring s = {n, nodes, count, out, calloc(count + 1, sizeof(int64_t))};
    static const int32_t old[] = {1, 1, 1, 1, 1, 10000, 2, 1}, new[] = {1, 1, 2, 1, 2, 0, 2, 3};
    const int32_t *weights = n->minor < 23 ? old : new;
    for (uint32_t i = 0; i < count; i++)
        out[i] = (struct sched_scores){.node = nodes[i]};
    resources(&s);
    preferences(&s);
    taints(&s);
    affinity(&s);
    spread(&s);
    for (uint32_t i = 0; i < count; i++) {
        out[i].plugin[SCORE_AVOID] = n->minor < 22 ? 100 : 0;
        for (int p = 0; p < SCORE_PLUGINS; p++)
            out[i].total +=
                (int64_t)(p == SCORE_AVOID && n->minor == 22 ? 0 : weights[p]) * out[i].plugin[p];
    }
    free(s.raw);
}
