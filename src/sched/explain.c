#include "sched/sched.h"

#include "base/must.h"
#include "sched/feasible.h"
#include "sched/preempt.h"
#include "sched/ready.h"

static void count(struct sched_reasons *list, const char *text, bool final, uint32_t nodes)
{
    vec_foreach(r, &list->items)
        if (r->text == text || !strcmp(r->text, text)) {
            r->nodes += nodes;
            r->final &= final;
            return;
        }
    must_push(&list->items, (struct sched_reason){text, nodes, final});
}

/* By the text with its number, as sort.Strings does. */
static int as_printed(const void *a, const void *b)
{
    const struct sched_reason *x = a, *y = b;
    char number_x[16], number_y[16];
    snprintf(number_x, sizeof number_x, "%u ", x->nodes);
    snprintf(number_y, sizeof number_y, "%u ", y->nodes);
    int order = strcmp(number_x, number_y);
    return order ? order : strcmp(x->text, y->text);
}

static void sort(struct sched_reasons *list)
{
    if (list->items.len)
        qsort(list->items.items, list->items.len, sizeof *list->items.items, as_printed);
}

/* ---- what the filters say ---- */

struct explaining {
    struct sched *s;
    uint32_t pod;
    struct sched_refusal *out;
    VEC(uint32_t) open; /* nodes where preemption might help */
    struct reason_list list;
};

static void refuse_as_such(struct explaining *e)
{
    const char *text = mem_must(arena_dup(&e->out->arena, str_sv(&e->s->main.refused)));
    e->out->once = e->s->rules.prefilter_once;
    count(&e->out->why, text, true, e->s->live);
}

static void ask_nodes(struct explaining *e)
{
    struct sched *s = e->s;
    for (uint32_t slot = 0; slot < s->slot_len; slot++) {
        uint32_t node = s->node_at[slot];
        if (node == WORLD_NONE)
            continue;
        reasons_with_nominated(&s->main, node, &e->out->arena, &e->list);
        vec_foreach(text, &e->list.texts)
            count(&e->out->why, *text, e->list.final, 1);
        e->out->feasible += !e->list.texts.len;
        if (e->list.texts.len && !e->list.final)
            must_push(&e->open, node);
    }
}

/* ---- what preemption says ---- */

static void ask_preemption(struct explaining *e)
{
    struct sched *s = e->s;
    struct victims victims = {0};
    bool helps = false, prey = preempt_has_prey(s, e->pod);
    vec_foreach(node, &e->open) {
        if (prey)
            helps |= preempt_try(s, e->pod, *node, &victims, &e->out->arena, &e->list);
        else
            count(&e->out->preempt, "No preemption victims found for incoming pod", false, 1);
        if (prey)
            vec_foreach(text, &e->list.texts)
                count(&e->out->preempt, *text, false, 1);
    }
    uint32_t closed = s->live - (uint32_t)e->open.len;
    if (closed)
        count(&e->out->preempt, "Preemption is not helpful for scheduling", true, closed);
    if (helps)
        e->out->preempt.items.len = 0;
    vec_release(&victims.pods);
}

void sched_explain(struct sched *s, uint32_t pod, struct sched_refusal *out)
{
    struct explaining e = {.s = s, .pod = pod, .out = out};
    *out = (struct sched_refusal){0};
    sched_ready(s);
    out->nodes = s->live;
    context_init(&s->main, s, pod);
    if (s->main.refused.len)
        refuse_as_such(&e);
    else
        ask_nodes(&e);
    if (s->rules.tells_preemption && s->live && !out->feasible) {
        out->not_eligible = preempt_not_eligible(s, pod);
        if (!out->not_eligible)
            ask_preemption(&e);
    }
    sort(&out->why);
    sort(&out->preempt);
    vec_release(&e.open);
    reason_list_release(&e.list);
}

void sched_refusal_release(struct sched_refusal *r)
{
    vec_release(&r->why.items);
    vec_release(&r->preempt.items);
    arena_release(&r->arena);
}

/* ---- as text ---- */

static void print(const struct sched_reasons *list, uint32_t nodes, bool once, struct str *out)
{
    const char *between = " ";
    str_addf(out, "0/%u nodes are available:", nodes);
    vec_foreach(r, &list->items) {
        if (once)
            str_addf(out, "%s%s", between, r->text);
        else
            str_addf(out, "%s%u %s", between, r->nodes, r->text);
        between = ", ";
    }
    str_addc(out, '.');
}

void sched_refusal_text(const struct sched *s, const struct sched_refusal *r, struct str *out)
{
    if (!r->nodes) {
        str_adds(out, "no nodes available to schedule pods");
        return;
    }
    print(&r->why, r->nodes, r->once, out);
    if (!r->not_eligible && !r->preempt.items.len)
        return;
    str_addf(out, " %spreemption: ", s->rules.tells_claims ? "no new claims to deallocate, " : "");
    if (r->not_eligible)
        str_adds(out, r->not_eligible);
    else
        print(&r->preempt, r->nodes, false, out);
    if (s->rules.double_stop)
        str_addc(out, '.');
}

bool sched_fits(struct sched *s, uint32_t pod, uint32_t node, struct str *scratch)
{
    _cleanup_arena_ struct arena arena = {0};
    struct reason_list list = {0};
    sched_ready(s);
    context_init(&s->main, s, pod);
    bool fits = feasible_at(&s->main, node);
    if (!fits && scratch && s->main.refused.len)
        str_addv(scratch, str_sv(&s->main.refused));
    else if (!fits && scratch && s->slot_of[node] != WORLD_NONE) {
        reasons_with_nominated(&s->main, node, &arena, &list);
        str_adds(scratch, list.texts.len ? list.texts.items[0] : "");
    }
    reason_list_release(&list);
    return fits;
}
