/* apply_internal: what the files of world_apply share. Internal to world/. */
#ifndef TOBAN_WORLD_APPLY_INTERNAL_H
#define TOBAN_WORLD_APPLY_INTERNAL_H

#include "world/apply.h"
#include "world/load_finish.h"

struct event {
    struct world *w;
    struct load *l;
    struct sv api_version, kind, json;
    bool deleted;
    uint32_t ns, name; /* texts */
    struct world_change *change;
};

/* Has the load read the object of the event. *taken is false when it is of a kind of that name in
 * another group. */
int event_read(struct event *e, bool *taken, struct err *err);

static inline uint64_t event_key(const struct event *e)
{
    return (uint64_t)e->ns << 32 | e->name;
}

int apply_pod(struct event *e, struct err *err);

#endif
