#include "ops/nodes/rounds.h"

#include "base/must.h"

#include <stdlib.h>
#include <string.h>

struct place {
    uint32_t node, turn; /* turn: how many of its zone stand before it */
};

static int by_zone(const void *a, const void *b, void *ctx)
{
    const struct world *w = ctx;
    const struct world_node *x = &w->nodes.items[((const struct place *)a)->node];
    const struct world_node *y = &w->nodes.items[((const struct place *)b)->node];
    int c = strcmp(world_text(w, x->zone), world_text(w, y->zone));
    return c ? c : strcmp(world_text(w, x->name), world_text(w, y->name));
}

static int by_turn(const void *a, const void *b, void *ctx)
{
    const struct place *x = a, *y = b;
    if (x->turn != y->turn)
        return x->turn < y->turn ? -1 : 1;
    return by_zone(a, b, ctx);
}

static void put_in_turns(const struct world *w, uint32_t *old, uint32_t count)
{
    struct place *list = mem_must(calloc(count + 1, sizeof *list));
    for (uint32_t i = 0; i < count; i++)
        list[i].node = old[i];
    qsort_r(list, count, sizeof *list, by_zone, (void *)w);
    for (uint32_t i = 1; i < count; i++)
        if (w->nodes.items[list[i].node].zone == w->nodes.items[list[i - 1].node].zone)
            list[i].turn = list[i - 1].turn + 1;
    qsort_r(list, count, sizeof *list, by_turn, (void *)w);
    for (uint32_t i = 0; i < count; i++)
        old[i] = list[i].node;
    free(list);
}

/* ---- how many at a time ---- */

struct dividing {
    uint32_t old, wanted, at_once;
    uint64_t old_size, new_size;
    uint32_t ended, fresh; /* so far */
};

static uint32_t least(uint64_t a, uint32_t b)
{
    return a < b ? (uint32_t)a : b;
}

/* The smallest: what its end makes room for is there in any case. */
static int64_t size_of(const struct world *w, const uint32_t *old, uint32_t count)
{
    int64_t least = 0;
    for (uint32_t i = 0; i < count; i++) {
        int64_t cpu = w->nodes.items[old[i]].capacity.cpu;
        least = !least || cpu < least ? cpu : least;
    }
    return least > 0 ? least : 1;
}

static uint32_t may_come(const struct dividing *d)
{
    uint64_t room = d->at_once * d->new_size + d->ended * d->old_size;
    uint32_t fresh = least(room / d->new_size, d->wanted);
    if (d->ended == d->old)
        fresh = least((uint64_t)d->fresh + d->at_once, d->wanted);
    return fresh > d->fresh ? fresh : d->fresh;
}

static uint32_t may_go(const struct dividing *d)
{
    uint64_t like = d->fresh * d->new_size / d->old_size;
    uint64_t share = (uint64_t)d->old * d->fresh / d->wanted;
    bool less = d->wanted * d->new_size < d->old * d->old_size;
    return d->fresh == d->wanted ? d->old : least(less && share > like ? share : like, d->old);
}

static struct nodes_round next_round(struct dividing *d)
{
    uint32_t from = d->ended;
    d->fresh = may_come(d);
    d->ended = may_go(d);
    if (d->ended <= from) /* one that is larger than all there is room for */
        d->ended = least((uint64_t)from + 1, d->old);
    return (struct nodes_round){from, d->ended - from, d->fresh};
}

uint32_t nodes_rounds(const struct world *w, uint32_t *old, uint32_t count,
                      const struct nodes_room *room, struct arena *a, struct nodes_round **out)
{
    int64_t size = size_of(w, old, count);
    struct dividing d = {
        .old = count,
        .wanted = room->wanted ? room->wanted : 1,
        .at_once = room->at_once ? room->at_once : UINT32_MAX,
        .old_size = (uint64_t)size,
        .new_size = (uint64_t)(room->new_cpu > 0 ? room->new_cpu : size),
    };
    uint32_t n = 0;
    *out = mem_must(arena_new_n(a, struct nodes_round, (size_t)count + d.wanted + 1));
    put_in_turns(w, old, count);
    do
        (*out)[n++] = next_round(&d);
    while (d.ended < d.old || d.fresh < d.wanted);
    return n;
}
