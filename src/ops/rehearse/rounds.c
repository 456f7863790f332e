/* Which parts an operation has: one, or the rounds of each group, one group after the other. */
#include "ops/nodes/rounds.h"
#include "ops/rehearse/internal.h"
#include "world/instance.h"

static struct nodes_room room_of(const struct setting *s, uint32_t group)
{
    struct nodes_room room = {.at_once = s->green->at_once};
    struct instance_type t;
    const char *type = s->green->instance_type;
    vec_foreach(x, &s->shapes)
        room.wanted += s->w->nodes.items[x->like].group == group ? x->fresh : 0;
    if (type && instance_lookup(s->cloud, sv_of(type), &t))
        room.new_cpu = (int64_t)t.vcpu * 1000;
    return room;
}

/* Old nodes of the group, behind those that are in turns already. */
static uint32_t gather(struct setting *s, uint32_t from, uint32_t group)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < s->old_count; i++)
        if (s->w->nodes.items[s->old[i]].group == group)
            s->turns[from + n++] = s->old[i];
    return n;
}

static void divide_group(struct setting *s, uint32_t group, uint32_t *from)
{
    struct nodes_round *rounds;
    uint32_t old = gather(s, *from, group), before = 0;
    struct nodes_room room = room_of(s, group);
    uint32_t count = nodes_rounds(s->w, s->turns + *from, old, &room, &s->arena, &rounds);
    for (uint32_t r = 0; r < count; r++) {
        struct part p = {
            .group = group,
            .old = *from + rounds[r].from,
            .old_count = rounds[r].count,
            .fresh_count = rounds[r].fresh - before,
        };
        must_push(&s->parts, p);
        before = rounds[r].fresh;
    }
    *from += old;
}

static void divide(struct setting *s)
{
    uint32_t from = 0;
    for (const char *const *g = s->groups; *g; g++) {
        uint32_t group = strings_find(&s->w->strings, sv_of(*g));
        bool twice = false;
        vec_foreach(p, &s->parts)
            twice = twice || p->group == group;
        if (!twice)
            divide_group(s, group, &from);
    }
}

/* As somebody has divided it, who knows of what is done already. */
static void take_over(struct setting *s)
{
    uint32_t from = 0;
    for (size_t i = 0; i < s->green->round_count; i++) {
        const struct rehearse_round *r = &s->green->rounds[i];
        struct part p = {
            .group = strings_find(&s->w->strings, sv_of(s->groups[r->group])),
            .old = from,
            .fresh_count = r->fresh,
        };
        for (const char *const *name = r->nodes; *name; name++) {
            uint32_t node = world_find_node(s->w, sv_of(*name));
            if (node != WORLD_NONE)
                s->turns[from++] = node;
        }
        p.old_count = from - p.old;
        must_push(&s->parts, p);
    }
}

void rounds_plan(struct setting *s)
{
    s->parts.len = 0;
    if (s->green && s->green->rounds)
        take_over(s);
    else if (s->green && s->green->at_once)
        divide(s);
    if (s->parts.len > 1 || (s->green && s->green->rounds))
        return;
    s->parts.len = 0;
    memcpy(s->turns, s->old, s->old_count * sizeof *s->turns);
    must_push(&s->parts, ((struct part){.old_count = s->old_count}));
}
