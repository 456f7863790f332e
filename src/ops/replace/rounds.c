#include "ops/replace/rounds.h"

#include "base/must.h"
#include "ops/replace/empty.h"

static uint32_t *nodes_of(const struct world *w, const char *group, struct arena *a,
                          uint32_t *count)
{
    uint32_t id = strings_find(&w->strings, sv_of(group));
    uint32_t *list = mem_must(arena_new_n(a, uint32_t, w->nodes.len + 1));
    *count = 0;
    world_each_node(w, n)
        if (id && w->nodes.items[n].group == id)
            list[(*count)++] = n;
    return list;
}

static int fill(const struct world *w, const uint32_t *list, uint32_t count, struct arena *a,
                struct replace_round *out, struct err *err)
{
    const char **nodes = mem_must(arena_new_n(a, const char *, count + 1));
    const char **machines = mem_must(arena_new_n(a, const char *, count + 1));
    for (uint32_t i = 0; i < count; i++) {
        const char *name = world_text(w, w->nodes.items[list[i]].name);
        const char *machine = replace_machine_of(w, list[i]);
        if (!machine)
            return err_set(err, ERR_INPUT,
                           "node %s does not tell which machine it is (spec.providerID)", name);
        nodes[i] = mem_must(arena_dup(a, sv_of(name)));
        machines[i] = mem_must(arena_dup(a, sv_of(machine)));
    }
    out->nodes = nodes;
    out->machines = machines;
    return 0;
}

int rounds_make(const struct world *w, const char *blue, const struct nodes_room *room,
                struct arena *a, struct replace_round **out, struct err *err)
{
    uint32_t old;
    uint32_t *list = nodes_of(w, blue, a, &old);
    struct nodes_round *parts;
    uint32_t count = nodes_rounds(w, list, old, room, a, &parts);
    struct replace_round *rounds = mem_must(arena_new_n(a, struct replace_round, count));
    for (uint32_t r = 0; r < count; r++) {
        rounds[r].green = parts[r].fresh;
        if (fill(w, list + parts[r].from, parts[r].count, a, &rounds[r], err) < 0)
            return -1;
    }
    *out = rounds;
    return (int)count;
}
