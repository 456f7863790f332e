#include "sched/plan_spread.h"

#include "base/must.h"
#include "sched/selection.h"
#include "sched/shape.h"
#include "sched/topology.h"

/* systemDefaultConstraints of podtopologyspread/plugin.go. */
enum { DEFAULT_HOST_SKEW = 3, DEFAULT_ZONE_SKEW = 5, SPREADS_MAX = 64 };

/* ---- what is spread ---- */

static struct affinity_term part_of(struct sched *s, uint32_t ns, const struct selector *pods)
{
    uint32_t *own = mem_must(arena_new(&s->arena, uint32_t));
    *own = ns;
    return (struct affinity_term){.pods = *pods,
                                  .namespaces = own,
                                  .namespace_count = 1,
                                  .namespace_selector = {.nothing = true}};
}

static bool is_source(const struct world_workload *wl)
{
    return wl->used && (wl->kind == WORKLOAD_REPLICASET || wl->kind == WORKLOAD_STATEFULSET ||
                        wl->kind == WORKLOAD_REPLICATIONCONTROLLER);
}

void spread_sources_init(struct sched *s, struct spread_sources *src)
{
    const struct world *w = s->w;
    *src = (struct spread_sources){0};
    for (uint32_t i = 0; i < w->services.len; i++)
        if (w->services.items[i].used && !w->services.items[i].selector.nothing)
            cover_add(s, &src->cover, &w->services.items[i].selector, i);
    for (uint32_t i = 0; i < w->workloads.len; i++)
        if (is_source(&w->workloads.items[i]) && !w->workloads.items[i].selector.nothing)
            cover_add(s, &src->cover, &w->workloads.items[i].selector,
                      (uint32_t)w->services.len + i);
}

void spread_sources_release(struct spread_sources *src)
{
    cover_release(&src->cover);
    vec_release(&src->found.ids);
}

struct source {
    uint32_t ns;
    const struct selector *pods;
    bool service;
};

static struct source source_of(const struct world *w, uint32_t id)
{
    if (id < w->services.len)
        return (struct source){w->services.items[id].ns, &w->services.items[id].selector, true};
    const struct world_workload *wl = &w->workloads.items[id - w->services.len];
    return (struct source){wl->ns, &wl->selector, false};
}

/* A workload without requirements selects nothing (its lister says so); such a service everything,
 * which adds no requirement. */
static bool counts(const struct sched *s, const struct source *src, uint32_t class)
{
    return src->ns == s->w->classes.items[class].ns && src->pods->len &&
           world_selects_class(s->w, src->pods, class) == MATCH_YES;
}

static int by_number(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return x < y ? -1 : x > y;
}

/* Pods that all sources select which select this class; WORLD_NONE when there is no source. */
static uint32_t default_selection(struct sched *s, struct spread_sources *src, uint32_t class)
{
    struct affinity_term parts[16];
    uint32_t n = 0;
    cover_find(&src->cover, s->w->classes.items[class].labels, &src->found);
    if (src->found.ids.len)
        qsort(src->found.ids.items, src->found.ids.len, sizeof *src->found.ids.items, by_number);
    vec_foreach(id, &src->found.ids) {
        struct source one = source_of(s->w, *id);
        if (n < ARRAY_LEN(parts) && counts(s, &one, class))
            parts[n++] = part_of(s, one.ns, one.pods);
    }
    if (!n)
        return WORLD_NONE;
    struct affinity_term *kept = mem_must(arena_new_n(&s->arena, struct affinity_term, n));
    memcpy(kept, parts, n * sizeof *kept);
    return selection_of(s, kept, n);
}

static uint32_t own_selection(struct sched *s, uint32_t class, const struct spread *c)
{
    struct affinity_term *part = mem_must(arena_new(&s->arena, struct affinity_term));
    *part = part_of(s, s->w->classes.items[class].ns, &c->pods);
    return selection_of(s, part, 1);
}

/* ---- where ---- */

struct policies {
    bool ignore_affinity, honor_taints;
};

/* Nodes whose pods and domains a constraint looks at; keys: shape of nodes with all keys. */
static uint32_t eligible(struct sched *s, const struct plan *p, uint32_t keys, struct policies how)
{
    uint32_t shapes[] = {keys, WORLD_NONE, WORLD_NONE};
    if (!s->rules.spread_policies || !how.ignore_affinity)
        shapes[1] = p->affinity;
    if (s->rules.spread_policies && how.honor_taints)
        shapes[2] = p->tolerates;
    return shape_all(s, shapes, ARRAY_LEN(shapes));
}

static uint32_t keys_of(struct sched *s, const struct world_class *c, bool hard)
{
    uint32_t keys[SPREADS_MAX], n = 0;
    for (uint32_t i = 0; i < c->spread_count && n < SPREADS_MAX; i++)
        if (c->spreads[i].hard == hard)
            keys[n++] = c->spreads[i].topology_key;
    return n ? shape_keys(s, keys, n) : WORLD_NONE;
}

static void plan_hard(struct sched *s, uint32_t class, const struct spread *c, uint32_t keys,
                      struct plan *p)
{
    struct spread_plan *sp = &p->hard[p->hard_count++];
    struct policies how = {c->ignore_affinity, c->honor_taints};
    *sp = (struct spread_plan){.selection = own_selection(s, class, c),
                               .topology = topology_of(s, c->topology_key),
                               .shape = eligible(s, p, keys, how),
                               .max_skew = c->max_skew,
                               .min_domains = c->min_domains > 0 ? c->min_domains : 1,
                               .census = WORLD_NONE};
    uint32_t counted = s->rules.spread_counts_eligible ? sp->shape : WORLD_NONE;
    sp->host = s->topologies.items[sp->topology]->host;
    sp->self = selection_covers_class(s, sp->selection, class);
    sp->counter = counter_of_covered(s, sp->selection, sp->topology, counted, true);
    if (!sp->host)
        sp->census = census_of(s, sp->shape, sp->topology);
}

static void plan_soft(struct sched *s, uint32_t selection, uint32_t key, int32_t max_skew,
                      uint32_t shape, struct plan *p)
{
    struct spread_plan *sp = &p->soft[p->soft_count++];
    *sp = (struct spread_plan){.selection = selection,
                               .topology = topology_of(s, key),
                               .shape = shape,
                               .max_skew = max_skew,
                               .census = WORLD_NONE};
    sp->host = s->topologies.items[sp->topology]->host;
    /* The node's own pods are counted, whatever the policies say. */
    sp->counter =
        counter_of_covered(s, selection, sp->topology, sp->host ? WORLD_NONE : shape, true);
}

static void plan_own(struct sched *s, uint32_t class, struct plan *p)
{
    const struct world_class *c = &s->w->classes.items[class];
    uint32_t hard_keys = keys_of(s, c, true), soft_keys = keys_of(s, c, false);
    p->hard = mem_must(arena_new_n(&s->arena, struct spread_plan, c->spread_count));
    p->soft = mem_must(arena_new_n(&s->arena, struct spread_plan, c->spread_count));
    p->soft_keys = soft_keys;
    for (uint32_t i = 0; i < c->spread_count; i++) {
        const struct spread *sp = &c->spreads[i];
        struct policies how = {sp->ignore_affinity, sp->honor_taints};
        if (sp->hard)
            plan_hard(s, class, sp, hard_keys, p);
        else
            plan_soft(s, own_selection(s, class, sp), sp->topology_key, sp->max_skew,
                      eligible(s, p, soft_keys, how), p);
    }
}

static void plan_default(struct sched *s, uint32_t selection, struct plan *p)
{
    uint32_t keys[] = {s->keys.hostname, s->keys.zone};
    p->soft = mem_must(arena_new_n(&s->arena, struct spread_plan, 2));
    if (!s->rules.default_spread_partly)
        p->soft_keys = shape_keys(s, keys, 2);
    uint32_t shape = eligible(s, p, p->soft_keys, (struct policies){0});
    if (s->keys.hostname)
        plan_soft(s, selection, s->keys.hostname, DEFAULT_HOST_SKEW, shape, p);
    if (s->keys.zone)
        plan_soft(s, selection, s->keys.zone, DEFAULT_ZONE_SKEW, shape, p);
}

void plan_spread(struct sched *s, struct spread_sources *src, uint32_t class, struct plan *p)
{
    p->soft_keys = WORLD_NONE;
    if (s->w->classes.items[class].spread_count) {
        plan_own(s, class, p);
        return;
    }
    uint32_t selection = default_selection(s, src, class);
    if (selection != WORLD_NONE)
        plan_default(s, selection, p);
}
