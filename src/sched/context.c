#include "sched/context.h"

#include "base/must.h"
#include "sched/context_volume.h"
#include "sched/counter.h"
#include "sched/offer.h"
#include "sched/selection.h"
#include "sched/shape.h"

void context_release(struct context *c)
{
    vec_release(&c->gates);
    vec_release(&c->volumes);
    vec_release(&c->limits);
    vec_release(&c->unbound);
    str_release(&c->refused);
}

static bool covers_itself(const struct context *c, enum world_match self, uint32_t selection)
{
    return self == MATCH_YES ||
           (self == MATCH_MAYBE && selection_covers_pod(c->s, selection, c->pod));
}

static void add_gate(struct context *c, enum filter filter, uint32_t counter, struct gate g)
{
    const struct counter *k = &c->s->counters.items[counter];
    g.filter = filter;
    g.topology = c->s->topologies.items[k->topology];
    g.counter = k;
    must_push(&c->gates, g);
}

/* ---- topology spread ---- */

struct lowest {
    int64_t n, domains;
};

/* Fewest pods in a domain that has eligible nodes, and how many such domains there are. */
static struct lowest lowest_of_hosts(const struct sched *s, const struct spread_plan *sp)
{
    const struct counter *c = &s->counters.items[sp->counter];
    const struct shape *sh = sp->shape == WORLD_NONE ? NULL : s->shapes.items[sp->shape];
    const uint64_t *some = counter_some(c), *many = counter_many(s, c);
    struct lowest low = {INT64_MAX, sh ? sh->count : s->live};
    int64_t seen = 0;
    for (uint32_t w = 0; w < s->words; w++) {
        uint64_t here = some[w] & (sh ? sh->bits[w] : ~0ull);
        seen += s->kernel.ones(here);
        if (here & ~(many ? many[w] : 0))
            low.n = 1;
    }
    tally_each(&c->tally, e) if (shape_has(s, sp->shape, s->slot_of[e->domain])) low.n =
        e->n < low.n ? e->n : low.n;
    if (seen < low.domains)
        low.n = 0;
    return low;
}

static struct lowest lowest_of(const struct sched *s, const struct spread_plan *sp)
{
    if (sp->host)
        return lowest_of_hosts(s, sp);
    const struct tally *t = &s->counters.items[sp->counter].tally;
    const struct tally *nodes = &s->censuses.items[sp->census].nodes;
    struct lowest low = {INT64_MAX, nodes->nonzero};
    tally_each(nodes, e)
    {
        int64_t n = tally_get(t, e->domain);
        low.n = n < low.n ? n : low.n;
    }
    return low;
}

static void add_spread(struct context *c, const struct spread_plan *sp)
{
    const struct sched *s = c->s;
    struct lowest low = lowest_of(s, sp);
    bool few = s->rules.spread_min_domains && low.domains < sp->min_domains;
    if (few)
        low.n = 0;
    int64_t own = covers_itself(c, sp->self, sp->selection);
    int64_t limit = low.n == INT64_MAX ? INT64_MAX : low.n + sp->max_skew - own;
    add_gate(c, FILTER_SPREAD, sp->counter,
             (struct gate){.need_label = true, .limit = limit, .spread = sp});
}

/* ---- other pods ---- */

static bool nobody_matches(const struct context *c)
{
    for (uint32_t i = 0; i < c->plan->affinity_count; i++)
        if (counter_any(&c->s->counters.items[c->plan->affinities[i].counter]))
            return false;
    return true;
}

static void add_affinities(struct context *c)
{
    const struct plan *p = c->plan;
    if (!p->affinity_count)
        return;
    /* The first of pods that want to be together may go anywhere. */
    bool first = nobody_matches(c) && covers_itself(c, p->self, p->all_affinities);
    for (uint32_t i = 0; i < p->affinity_count; i++)
        add_gate(c, FILTER_POD_AFFINITY, p->affinities[i].counter,
                 (struct gate){.need_label = true, .some = !first, .limit = INT64_MAX});
}

static void add_terms(struct context *c, enum filter filter, const struct term_plan *t,
                      uint32_t len)
{
    for (uint32_t i = 0; i < len; i++) {
        if (!counter_any(&c->s->counters.items[t[i].counter]))
            continue;
        if (t[i].selection == WORLD_NONE || selection_covers_pod(c->s, t[i].selection, c->pod))
            add_gate(c, filter, t[i].counter, (struct gate){.limit = 0});
    }
}

void context_init(struct context *c, struct sched *s, uint32_t pod)
{
    c->s = s;
    c->pod = pod;
    c->p = &s->w->pods.items[pod];
    c->class = &s->w->classes.items[c->p->class];
    c->plan = &s->plans[c->p->class];
    c->row = offer_row(s, c->plan->request);
    c->gates.len = c->volumes.len = c->limits.len = c->unbound.len = 0;
    c->once_taken = false;
    str_reset(&c->refused);
    if (c->p->claim_count)
        context_add_volumes(c);
    if (c->plan->ports != WORLD_NONE)
        add_gate(c, FILTER_PORTS, c->plan->ports, (struct gate){.limit = 0});
    for (uint32_t i = 0; i < c->plan->hard_count; i++)
        add_spread(c, &c->plan->hard[i]);
    add_affinities(c);
    add_terms(c, FILTER_ANTI_AFFINITY, c->plan->anti, c->plan->anti_count);
    add_terms(c, FILTER_EXISTING_ANTI_AFFINITY, c->plan->existing_anti,
              c->plan->existing_anti_count);
}

/* ---- one node ---- */

bool gate_passes(const struct sched *s, const struct gate *g, uint32_t node, bool *labelled)
{
    uint32_t domain = g->topology->domains[node];
    if (labelled)
        *labelled = domain != WORLD_NONE;
    if (domain == WORLD_NONE)
        return !g->need_label;
    int64_t n = counter_get(s, g->counter, domain, s->slot_of[node]);
    return g->some ? n > 0 : n <= g->limit;
}

bool context_fits(const struct context *c, uint32_t slot)
{
    const struct sched *s = c->s;
    const struct plan *p = c->plan;
    const struct room *r = &s->rooms[slot];
    const struct kernel_need *need = offer_need(s, p->request);
    if (r->used_pods >= r->max_pods || r->cpu - r->used_cpu < need->room_cpu ||
        r->memory - r->used_memory < need->room_memory ||
        s->ephemeral[slot] - s->used_ephemeral[slot] < p->room_ephemeral)
        return false;
    for (uint32_t k = 0; k < p->scalar_count; k++) {
        const struct column *col = &s->columns.items[p->scalars[k].column];
        if (col->total[slot] - col->used[slot] < p->scalars[k].amount)
            return false;
    }
    return true;
}

/* Pods of a domain without any eligible node are not counted: a node there fails for the key that
 * makes it not eligible. Such a node is refused in any case; this is about the reason. */
static bool is_uncounted(const struct sched *s, const struct spread_plan *sp, uint32_t node)
{
    uint32_t domain = s->topologies.items[sp->topology]->domains[node];
    if (domain == WORLD_NONE)
        return false;
    return sp->host ? !shape_has(s, sp->shape, s->slot_of[node])
                    : tally_get(&s->censuses.items[sp->census].nodes, domain) == 0;
}

static const struct gate *closed_gate(const struct context *c, enum filter filter, uint32_t node)
{
    vec_foreach(g, &c->gates)
        if (g->filter == filter && !gate_passes(c->s, g, node, NULL) &&
            !(g->spread && is_uncounted(c->s, g->spread, node)))
            return g;
    return NULL;
}

static const struct volume_gate *closed_volume(const struct context *c, enum filter filter,
                                               uint32_t slot)
{
    vec_foreach(v, &c->volumes)
        if (v->filter == filter && !shape_has(c->s, v->shape, slot))
            return v;
    return NULL;
}

static bool refuses(const struct context *c, enum filter f, uint32_t node, uint32_t slot)
{
    const struct world_node *n = &c->s->w->nodes.items[node];
    switch (f) {
    case FILTER_UNSCHEDULABLE:
        return n->unschedulable &&
               !cordon_is_borne(c->s, c->class->tolerations, c->class->toleration_count);
    case FILTER_TAINT:
        return taint_not_borne(c->class->tolerations, c->class->toleration_count, n);
    case FILTER_AFFINITY:
        return !shape_has(c->s, c->plan->affinity, slot);
    case FILTER_FIT:
        return !context_fits(c, slot);
    case FILTER_ONCE:
        return c->once_taken;
    case FILTER_LIMITS:
        return c->limits.len && context_over_limits(c, slot);
    case FILTER_BINDING:
        return c->unbound.len && !context_can_bind(c, node);
    default:
        return false;
    }
}

enum filter context_first_refusal(const struct context *c, uint32_t node, const struct gate **gate,
                                  const struct volume_gate **volume)
{
    uint32_t slot = c->s->slot_of[node];
    *gate = NULL;
    *volume = NULL;
    for (enum filter f = 0; f < FILTER_PASSED; f++)
        if ((c->gates.len && (*gate = closed_gate(c, f, node))) ||
            (c->volumes.len && (*volume = closed_volume(c, f, slot))) || refuses(c, f, node, slot))
            return f;
    return FILTER_PASSED;
}

uint32_t context_image_name(const struct sched *s, uint32_t image)
{
    char text[512];
    struct sv name = strings_get(&s->w->strings, image);
    const char *slash = memrchr(name.ptr, '/', name.len);
    const char *colon = memrchr(name.ptr, ':', name.len);
    if (colon && (!slash || colon > slash))
        return image;
    if (!name.len || name.len + sizeof ":latest" > sizeof text)
        return STRINGS_NONE;
    memcpy(text, name.ptr, name.len);
    memcpy(text + name.len, ":latest", sizeof ":latest");
    return strings_find(&s->w->strings, sv_of(text));
}
