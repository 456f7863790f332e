#include "sched/plan.h"

#include "base/must.h"
#include "sched/context.h"
#include "sched/offer.h"
#include "sched/plan_spread.h"
#include "sched/selection.h"
#include "sched/shape.h"
#include "sched/slots.h"
#include "sched/term.h"
#include "sched/topology.h"

#include <math.h>

struct builder {
    struct sched *s;
    struct spread_sources sources;
    struct cover selections;
    struct candidates found;
    VEC(struct delta) * carried; /* by class: what its own terms add */
    VEC(struct term_plan) anti, scores;
    VEC(struct delta) deltas;
};

/* ---- resources ---- */

static double room_for(const struct sched *s, int64_t amount, bool asks)
{
    if (!asks || (!amount && s->rules.zero_requests_pass))
        return -INFINITY;
    return (double)amount;
}

static bool asks_for_anything(const struct resources *r)
{
    return r->cpu || r->memory || r->ephemeral || r->scalar_count;
}

static void plan_scalars(struct sched *s, struct plan *p)
{
    const struct resources *r = p->resources;
    p->scalars = mem_must(arena_new_n(&s->arena, struct need_plan, r->scalar_count + 1));
    for (uint32_t i = 0; i < r->scalar_count; i++) {
        if (!r->scalars[i].amount && s->rules.zero_requests_pass)
            continue;
        p->scalars[p->scalar_count++] =
            (struct need_plan){slots_column(s, r->scalars[i].name), r->scalars[i].amount};
    }
}

static void plan_resources(struct sched *s, const struct world_class *c, struct plan *p)
{
    const struct resources *r = s->rules.sidecars ? &c->request : &c->request_old;
    bool asks = asks_for_anything(r);
    p->resources = r;
    p->ephemeral = r->ephemeral;
    p->priority = c->priority;
    struct kernel_need need = {
        .room_cpu = room_for(s, r->cpu, asks),
        .room_memory = room_for(s, r->memory, asks),
        .cpu = (double)r->cpu,
        .memory = (double)r->memory,
        .score_cpu = (double)c->score_cpu,
        .score_memory = (double)c->score_memory,
    };
    p->request = offer_of(s, &need, !r->cpu && !r->memory);
    bool any = !asks || (!r->ephemeral && s->rules.zero_requests_pass);
    p->room_ephemeral = any ? INT64_MIN : r->ephemeral;
    plan_scalars(s, p);
    p->odd = p->ephemeral || p->scalar_count;
}

/* ---- nodes ---- */

static void plan_nodes(struct sched *s, const struct world_class *c, struct plan *p)
{
    p->tolerates = shape_tolerates(s, c->tolerations, c->toleration_count);
    p->affinity =
        shape_affinity(s, c->node_selector, c->has_node_terms, c->node_terms, c->node_term_count);
    p->preferences =
        mem_must(arena_new_n(&s->arena, struct preference_plan, c->node_preference_count + 1));
    for (uint32_t i = 0; i < c->node_preference_count; i++) {
        const struct weighted_term *t = &c->node_preferences[i];
        p->preferences[p->preference_count++] = (struct preference_plan){
            shape_affinity(s, (struct labels){0}, true, &t->term, 1), t->weight};
    }
}

static void plan_images(struct sched *s, const struct world_class *c, struct plan *p)
{
    uint32_t n = (uint32_t)c->image_count + c->init_image_count;
    if (!s->images.len)
        return;
    p->images = mem_must(arena_new_n(&s->arena, uint32_t, n + 1));
    for (uint32_t i = 0; i < n; i++)
        p->images[i] = context_image_name(s, c->images[i]);
}

/* ---- other pods ---- */

static void carry(struct builder *b, uint32_t class, const struct affinity_term *t, bool anti,
                  int32_t by)
{
    struct sched *s = b->s;
    uint32_t counter =
        counter_of_carriers(s, selection_of(s, t, 1), topology_of(s, t->topology_key), anti);
    must_push(&b->carried[class], (struct delta){counter, false, by, WORLD_NONE});
}

static void plan_terms(struct sched *s, const struct affinity_term *terms, uint32_t len, int sign,
                       struct term_plan *out)
{
    for (uint32_t i = 0; i < len; i++) {
        uint32_t topology = topology_of(s, terms[i].topology_key);
        uint32_t counter =
            counter_of_covered(s, selection_of(s, &terms[i], 1), topology, WORLD_NONE, false);
        out[i] = (struct term_plan){counter, topology, WORLD_NONE, sign * terms[i].weight};
    }
}

static void plan_affinities(struct sched *s, uint32_t class, const struct world_class *c,
                            struct plan *p)
{
    if (!c->affinity_count)
        return;
    p->affinities = mem_must(arena_new_n(&s->arena, struct term_plan, c->affinity_count));
    p->affinity_count = c->affinity_count;
    p->all_affinities = selection_of(s, c->affinity, c->affinity_count);
    p->self = selection_covers_class(s, p->all_affinities, class);
    for (uint32_t i = 0; i < c->affinity_count; i++) {
        uint32_t topology = topology_of(s, c->affinity[i].topology_key);
        p->affinities[i] = (struct term_plan){
            counter_of_covered(s, p->all_affinities, topology, WORLD_NONE, false), topology,
            WORLD_NONE, 0};
    }
}

static void plan_pods(struct builder *b, uint32_t class, struct plan *p)
{
    struct sched *s = b->s;
    const struct world_class *c = &s->w->classes.items[class];
    plan_affinities(s, class, c, p);
    p->anti_count = c->anti_affinity_count;
    p->anti = mem_must(arena_new_n(&s->arena, struct term_plan, p->anti_count + 1));
    plan_terms(s, c->anti_affinity, c->anti_affinity_count, 0, p->anti);
    p->score_count = c->attraction_count + c->repulsion_count;
    p->scores = mem_must(arena_new_n(&s->arena, struct term_plan, p->score_count + 1));
    plan_terms(s, c->attraction, c->attraction_count, 1, p->scores);
    plan_terms(s, c->repulsion, c->repulsion_count, -1, p->scores + c->attraction_count);
    for (uint32_t i = 0; i < c->anti_affinity_count; i++)
        carry(b, class, &c->anti_affinity[i], true, 1);
    /* hardPodAffinityWeight is 1. */
    for (uint32_t i = 0; i < c->affinity_count; i++)
        carry(b, class, &c->affinity[i], false, 1);
    for (uint32_t i = 0; i < c->attraction_count; i++)
        carry(b, class, &c->attraction[i], false, c->attraction[i].weight);
    for (uint32_t i = 0; i < c->repulsion_count; i++)
        carry(b, class, &c->repulsion[i], false, -c->repulsion[i].weight);
}

/* ---- ports ---- */

static bool ports_clash(const struct host_port *a, const struct host_port *b)
{
    return a->port == b->port && a->protocol == b->protocol && (a->ip == b->ip || !a->ip || !b->ip);
}

static bool classes_clash(const struct world_class *a, const struct world_class *b)
{
    for (uint32_t i = 0; i < a->port_count; i++)
        for (uint32_t j = 0; j < b->port_count; j++)
            if (ports_clash(&a->ports[i], &b->ports[j]))
                return true;
    return false;
}

static void plan_ports(struct sched *s, uint32_t class, struct plan *p)
{
    p->ports = WORLD_NONE;
    if (!s->w->classes.items[class].port_count)
        return;
    struct counter c = {.topology = topology_of(s, STRINGS_NONE), .shape = WORLD_NONE};
    p->ports = counter_add(s, &c);
    must_push(&s->port_classes, (struct port_class){class, p->ports});
}

/* ---- which counters a class feeds, and which terms of others speak of it ---- */

static void take_selection(struct builder *b, uint32_t id, uint32_t class)
{
    const struct selection *sel = &b->s->selections.items[id];
    enum world_match m = selection_covers_class(b->s, id, class);
    if (m == MATCH_NO)
        return;
    uint32_t ask = m == MATCH_MAYBE ? id : WORLD_NONE;
    vec_foreach(counter, &sel->covered)
        must_push(&b->deltas,
                  (struct delta){*counter, b->s->counters.items[*counter].alive, 1, ask});
    vec_foreach(carrier, &sel->carriers) {
        struct term_plan t = {carrier->counter, b->s->counters.items[carrier->counter].topology,
                              ask, 1};
        if (carrier->anti)
            must_push(&b->anti, t);
        else
            must_push(&b->scores, t);
    }
}

#define keep_list(s, from, to, count)                                                              \
    do {                                                                                           \
        (to) = mem_must(arena_alloc_n(&(s)->arena, (from)->len + 1, sizeof *(to)));                \
        if ((from)->len)                                                                           \
            memcpy((to), (from)->items, (from)->len * sizeof *(to));                               \
        (count) = (uint32_t)(from)->len;                                                           \
    } while (0)

static void keep_deltas(struct builder *b, struct plan *p)
{
    vec_foreach(d, &b->deltas)
        p->lasting |= !d->alive;
    p->delta_count = (uint32_t)b->deltas.len;
    if (p->delta_count > PLAN_DELTAS)
        keep_list(b->s, &b->deltas, p->many, p->delta_count);
    else if (p->delta_count)
        memcpy(p->few, b->deltas.items, p->delta_count * sizeof *p->few);
}

static void connect(struct builder *b, uint32_t class)
{
    struct sched *s = b->s;
    struct plan *p = &s->plans[class];
    const struct world_class *c = &s->w->classes.items[class];
    b->anti.len = b->scores.len = b->deltas.len = 0;
    cover_find(&b->selections, c->labels, &b->found);
    vec_foreach(id, &b->found.ids)
        take_selection(b, *id, class);
    vec_foreach(d, &b->carried[class])
        must_push(&b->deltas, *d);
    if (c->port_count)
        vec_foreach(pc, &s->port_classes)
            if (classes_clash(c, &s->w->classes.items[pc->class]))
                must_push(&b->deltas, (struct delta){pc->counter, false, 1, WORLD_NONE});
    keep_list(s, &b->anti, p->existing_anti, p->existing_anti_count);
    keep_list(s, &b->scores, p->existing_scores, p->existing_score_count);
    keep_deltas(b, p);
}

static void index_selections(struct builder *b)
{
    struct sched *s = b->s;
    for (uint32_t i = 0; i < s->selections.len; i++)
        cover_add(s, &b->selections, &s->selections.items[i].parts[0].pods, i);
}

static void builder_release(struct builder *b, uint32_t classes)
{
    spread_sources_release(&b->sources);
    cover_release(&b->selections);
    vec_release(&b->found.ids);
    for (uint32_t i = 0; i < classes; i++)
        vec_release(&b->carried[i]);
    free(b->carried);
    vec_release(&b->anti);
    vec_release(&b->scores);
    vec_release(&b->deltas);
}

void plan_build_all(struct sched *s)
{
    struct builder b = {.s = s};
    uint32_t classes = (uint32_t)s->w->classes.len;
    s->plans = mem_must(
        (struct plan *)aligned_alloc(_Alignof(struct plan), (classes + 1) * sizeof *s->plans));
    memset(s->plans, 0, (classes + 1) * sizeof *s->plans);
    b.carried = mem_must(calloc(classes + 1, sizeof *b.carried));
    spread_sources_init(s, &b.sources);
    for (uint32_t i = 0; i < classes; i++) {
        const struct world_class *c = &s->w->classes.items[i];
        plan_resources(s, c, &s->plans[i]);
        plan_nodes(s, c, &s->plans[i]);
        plan_images(s, c, &s->plans[i]);
        plan_spread(s, &b.sources, i, &s->plans[i]);
        plan_pods(&b, i, &s->plans[i]);
        plan_ports(s, i, &s->plans[i]);
    }
    index_selections(&b);
    for (uint32_t i = 0; i < classes; i++)
        connect(&b, i);
    builder_release(&b, classes);
}
