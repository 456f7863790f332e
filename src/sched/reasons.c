#include "sched/reasons.h"

#include "base/must.h"
#include "sched/offer.h"
#include "sched/shape.h"
#include "sched/usage.h"

#define SPREAD "node(s) didn't match pod topology spread constraints"

void reason_list_release(struct reason_list *r)
{
    vec_release(&r->texts);
}

static void add(struct reason_list *out, const char *text)
{
    must_push(&out->texts, text);
}

/* ---- resources ---- */

static void add_insufficient(const struct context *c, const char *text, int64_t asked,
                             int64_t total, struct reason_list *out)
{
    add(out, text);
    out->final |= c->s->rules.fit_final && asked > total;
}

static void fit_reasons(const struct context *c, uint32_t slot, struct arena *arena,
                        struct reason_list *out)
{
    const struct sched *s = c->s;
    const struct plan *p = c->plan;
    const struct room *r = &s->rooms[slot];
    const struct kernel_need *need = offer_need(s, p->request);
    if (r->used_pods >= r->max_pods)
        add(out, "Too many pods");
    if (r->cpu - r->used_cpu < need->room_cpu)
        add_insufficient(c, "Insufficient cpu", p->resources->cpu, (int64_t)r->cpu, out);
    if (r->memory - r->used_memory < need->room_memory)
        add_insufficient(c, "Insufficient memory", p->resources->memory, (int64_t)r->memory, out);
    if (s->ephemeral[slot] - s->used_ephemeral[slot] < p->room_ephemeral)
        add_insufficient(c, "Insufficient ephemeral-storage", p->resources->ephemeral,
                         s->ephemeral[slot], out);
    for (uint32_t k = 0; k < p->scalar_count; k++) {
        const struct column *col = &s->columns.items[p->scalars[k].column];
        if (col->total[slot] - col->used[slot] >= p->scalars[k].amount)
            continue;
        const char *text = arena_fmt(arena, "Insufficient %s", world_text(s->w, col->name));
        add_insufficient(c, mem_must(text), p->scalars[k].amount, col->total[slot], out);
    }
}

/* ---- the others ---- */

static void taint_reason(const struct context *c, uint32_t node, struct arena *arena,
                         struct reason_list *out)
{
    const struct world *w = c->s->w;
    const char *format = c->s->rules.reason_taint;
    const struct taint *t =
        taint_not_borne(c->class->tolerations, c->class->toleration_count, &w->nodes.items[node]);
    const char *at = strstr(format, "%s: %s");
    if (!at) {
        add(out, format);
        return;
    }
    add(out,
        mem_must(arena_fmt(arena, "%.*s%s: %s%s", (int)(at - format), format, world_text(w, t->key),
                           world_text(w, t->value), at + sizeof "%s: %s" - 1)));
}

static void binding_reasons(const struct context *c, uint32_t node, const struct volume_gate *v,
                            struct reason_list *out)
{
    if (v)
        add(out, v->reason);
    if (c->unbound.len && !context_can_bind(c, node))
        add(out, "node(s) didn't find available persistent volumes to bind");
}

static void gate_reasons(const struct context *c, uint32_t node, const struct gate *g,
                         struct reason_list *out)
{
    const char *each = c->s->rules.reason_affinity_each;
    bool labelled;
    gate_passes(c->s, g, node, &labelled);
    if (g->filter == FILTER_PORTS)
        add(out, "node(s) didn't have free ports for the requested pod ports");
    if (g->filter == FILTER_SPREAD)
        add(out, labelled ? SPREAD : SPREAD " (missing required label)");
    if (g->filter >= FILTER_POD_AFFINITY && each)
        add(out, each);
    if (g->filter == FILTER_POD_AFFINITY)
        add(out, "node(s) didn't match pod affinity rules");
    if (g->filter == FILTER_ANTI_AFFINITY)
        add(out, "node(s) didn't match pod anti-affinity rules");
    if (g->filter == FILTER_EXISTING_ANTI_AFFINITY)
        add(out, "node(s) didn't satisfy existing pods anti-affinity rules");
    out->final = g->filter == FILTER_POD_AFFINITY || (g->filter == FILTER_SPREAD && !labelled);
}

static void describe(const struct context *c, uint32_t node, enum filter f, const struct gate *g,
                     const struct volume_gate *v, struct arena *arena, struct reason_list *out)
{
    uint32_t slot = c->s->slot_of[node];
    if (g) {
        gate_reasons(c, node, g, out);
        return;
    }
    out->final = f <= FILTER_AFFINITY || f == FILTER_BINDING || f == FILTER_ZONE;
    if (f == FILTER_UNSCHEDULABLE)
        add(out, "node(s) were unschedulable");
    else if (f == FILTER_TAINT)
        taint_reason(c, node, arena, out);
    else if (f == FILTER_AFFINITY)
        add(out, c->s->rules.reason_affinity);
    else if (f == FILTER_FIT)
        fit_reasons(c, slot, arena, out);
    else if (f == FILTER_ONCE)
        add(out, "node has pod using PersistentVolumeClaim with the same name and "
                 "ReadWriteOncePod access mode");
    else if (f == FILTER_LIMITS)
        add(out, "node(s) exceed max volume count");
    else if (f == FILTER_BINDING)
        binding_reasons(c, node, v, out);
    else if (f == FILTER_ZONE)
        add(out, v->reason);
}

/* ---- nodes left out by metadata.name ---- */

static bool names_node(const struct node_term *t, uint32_t name, bool *narrows)
{
    bool named = true;
    *narrows = false;
    for (uint32_t i = 0; i < t->field_count; i++) {
        if (t->fields[i].op != LABEL_IN)
            continue;
        bool here = false;
        for (uint32_t v = 0; v < t->fields[i].value_count; v++)
            here |= t->fields[i].values[v] == name;
        *narrows = true;
        named &= here;
    }
    return named;
}

/* Every term names its nodes, and none of them this one. */
static bool is_left_out(const struct context *c, uint32_t node)
{
    uint32_t name = c->s->w->nodes.items[node].name;
    if (!c->s->rules.names_narrow || !c->class->node_term_count)
        return false;
    for (uint32_t i = 0; i < c->class->node_term_count; i++) {
        bool narrows, named = names_node(&c->class->node_terms[i], name, &narrows);
        if (!narrows || named)
            return false;
    }
    return true;
}

void reasons_of(const struct context *c, uint32_t node, struct arena *arena,
                struct reason_list *out)
{
    const struct gate *g;
    const struct volume_gate *v;
    out->texts.len = 0;
    out->final = false;
    if (is_left_out(c, node)) {
        add(out, c->s->rules.tells_narrowed ? "node(s) didn't satisfy plugin(s) [NodeAffinity]"
                                            : c->s->rules.reason_affinity);
        out->final = true;
        return;
    }
    enum filter f = context_first_refusal(c, node, &g, &v);
    if (f != FILTER_PASSED)
        describe(c, node, f, g, v, arena, out);
}

static bool counts_for(const struct context *c, const struct nomination *n, uint32_t node)
{
    return n->node == node && n->pod != c->pod &&
           world_class_of(c->s->w, n->pod)->priority >= c->class->priority;
}

void reasons_with_nominated(const struct context *c, uint32_t node, struct arena *arena,
                            struct reason_list *out)
{
    struct sched *s = c->s;
    bool added = false;
    vec_foreach(n, &s->nominations)
        if (counts_for(c, n, node)) {
            usage_add(s, n->pod, node, 1);
            added = true;
        }
    out->texts.len = 0;
    if (added) {
        context_init(&s->side, s, c->pod);
        reasons_of(&s->side, node, arena, out);
        vec_foreach(n, &s->nominations)
            if (counts_for(c, n, node))
                usage_add(s, n->pod, node, -1);
    }
    if (!out->texts.len)
        reasons_of(c, node, arena, out);
}
