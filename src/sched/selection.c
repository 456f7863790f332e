#include "sched/selection.h"

#include "base/must.h"
#include "sched/intern.h"
#include "sched/slots.h"
#include "sched/term.h"

uint32_t selection_of(struct sched *s, const struct affinity_term *parts, uint32_t count)
{
    bool is_new;
    intern_begin(s, INTERN_SELECTION);
    for (uint32_t i = 0; i < count; i++) {
        intern_number(s, parts[i].namespace_count);
        for (uint32_t n = 0; n < parts[i].namespace_count; n++)
            intern_number(s, parts[i].namespaces[n]);
        intern_selector(s, &parts[i].namespace_selector);
        intern_selector(s, &parts[i].pods);
    }
    uint32_t id = intern_end(s, (uint32_t)s->selections.len, &is_new);
    if (is_new)
        must_push(&s->selections, (struct selection){.parts = parts, .part_count = count});
    return id;
}

enum world_match selection_covers_class(const struct sched *s, uint32_t selection, uint32_t class)
{
    const struct selection *sel = &s->selections.items[selection];
    enum world_match answer = MATCH_YES;
    for (uint32_t i = 0; i < sel->part_count && answer != MATCH_NO; i++) {
        enum world_match m = term_covers_class(s->w, &sel->parts[i], class);
        answer = m == MATCH_YES ? answer : m;
    }
    return answer;
}

bool selection_covers_pod(const struct sched *s, uint32_t selection, uint32_t pod)
{
    const struct selection *sel = &s->selections.items[selection];
    for (uint32_t i = 0; i < sel->part_count; i++)
        if (!term_covers_pod(s->w, &sel->parts[i], pod))
            return false;
    return true;
}

static void grow_counters(struct sched *s)
{
    size_t cap = s->counters.cap ? 2 * s->counters.cap : 64;
    struct counter *items =
        mem_must((struct counter *)aligned_alloc(_Alignof(struct counter), cap * sizeof *items));
    if (s->counters.len)
        memcpy(items, s->counters.items, s->counters.len * sizeof *items);
    free(s->counters.items);
    s->counters.items = items;
    s->counters.cap = cap;
}

uint32_t counter_add(struct sched *s, const struct counter *c)
{
    if (s->counters.len == s->counters.cap)
        grow_counters(s);
    struct counter *added = &s->counters.items[s->counters.len];
    *added = *c;
    if (c->shape != WORLD_NONE)
        s->shapes.items[c->shape]->counted = true;
    if (s->topologies.items[c->topology]->host)
        added->hosts = slots_new_hosts(s->slot_cap);
    return (uint32_t)s->counters.len++;
}

enum role { COVERED, COVERED_ALIVE, CARRIES_ANTI, CARRIES_WEIGHT };

static uint32_t intern_counter(struct sched *s, uint32_t selection, enum role role,
                               const struct counter *c, bool *is_new)
{
    intern_begin(s, INTERN_COUNTER);
    intern_number(s, selection);
    intern_number(s, role);
    intern_number(s, c->topology);
    intern_number(s, c->shape);
    uint32_t id = intern_end(s, (uint32_t)s->counters.len, is_new);
    if (*is_new)
        counter_add(s, c);
    return id;
}

uint32_t counter_of_covered(struct sched *s, uint32_t selection, uint32_t topology, uint32_t shape,
                            bool alive)
{
    bool is_new;
    struct counter c = {.topology = topology, .shape = shape, .alive = alive};
    uint32_t id = intern_counter(s, selection, alive ? COVERED_ALIVE : COVERED, &c, &is_new);
    if (is_new)
        must_push(&s->selections.items[selection].covered, id);
    return id;
}

uint32_t counter_of_carriers(struct sched *s, uint32_t selection, uint32_t topology, bool anti)
{
    bool is_new;
    struct counter c = {.topology = topology, .shape = WORLD_NONE};
    uint32_t id = intern_counter(s, selection, anti ? CARRIES_ANTI : CARRIES_WEIGHT, &c, &is_new);
    if (is_new)
        must_push(&s->selections.items[selection].carriers, (struct carrier){id, anti});
    return id;
}
