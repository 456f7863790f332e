#include "sched/queue_wake.h"

#include "sched/term.h"

enum { HINTS = 32, EVENT_KINDS = 22 };

/* Columns: 1.20 and 1.21; 1.22 to 1.31; 1.32 and newer. */
static const enum queue_wake table[CHANGE_OTHER + 1][3] = {
    [CHANGE_POD_BOUND] = {WAKE_AFFINITY, WAKE_MATCHING, WAKE_MATCHING},
    [CHANGE_POD_READY] = {WAKE_AFFINITY, WAKE_NOBODY, WAKE_NOBODY},
    [CHANGE_POD_UNREADY] = {WAKE_AFFINITY, WAKE_NOBODY, WAKE_NOBODY},
    [CHANGE_POD_DELETING] = {WAKE_AFFINITY, WAKE_NOBODY, WAKE_NOBODY},
    [CHANGE_POD_GONE] = {WAKE_ALL, WAKE_ALL, WAKE_ALL},
    [CHANGE_POD_OTHER] = {WAKE_AFFINITY, WAKE_MATCHING, WAKE_MATCHING},
    [CHANGE_NODE_ADDED] = {WAKE_ALL, WAKE_ALL, WAKE_ALL},
    [CHANGE_NODE_READY] = {WAKE_ALL, WAKE_ALL, WAKE_ALL},
    /* The cordon's taint is what wakes them; since hints, no taint that is new to a node does. */
    [CHANGE_NODE_CORDONED] = {WAKE_ALL, WAKE_ALL, WAKE_NOBODY},
    [CHANGE_NODE_UNCORDONED] = {WAKE_ALL, WAKE_ALL, WAKE_ALL},
    [CHANGE_NODE_GONE] = {WAKE_NOBODY, WAKE_NOBODY, WAKE_SPREAD},
    [CHANGE_NODE_OTHER] = {WAKE_ALL, WAKE_ALL, WAKE_ALL},
    [CHANGE_CLAIM] = {WAKE_ALL, WAKE_CLAIMS, WAKE_CLAIMS},
    [CHANGE_VOLUME] = {WAKE_ALL, WAKE_CLAIMS, WAKE_CLAIMS},
    [CHANGE_ATTACHMENT] = {WAKE_NOBODY, WAKE_NOBODY, WAKE_CLAIMS},
};

enum queue_wake queue_wake_of(const struct world *w, const struct world_change *c, unsigned minor)
{
    unsigned column = minor < EVENT_KINDS ? 0 : minor < HINTS ? 1 : 2;
    enum queue_wake wake = table[c->kind][column];
    bool of_a_pod = c->kind >= CHANGE_POD_ADDED && c->kind <= CHANGE_POD_OTHER;
    if (of_a_pod && wake != WAKE_NOBODY && w->pods.items[c->index].node == WORLD_NONE)
        return WAKE_NOBODY;
    return wake;
}

static bool affinity_speaks_of(const struct world *w, const struct world_class *c, uint32_t of)
{
    for (uint32_t i = 0; i < c->affinity_count; i++)
        if (term_covers_pod(w, &c->affinity[i], of))
            return true;
    return false;
}

static bool has_hard_spread(const struct world_class *c)
{
    for (uint32_t i = 0; i < c->spread_count; i++)
        if (c->spreads[i].hard)
            return true;
    return false;
}

static bool spread_speaks_of(const struct world *w, const struct world_class *c, uint32_t of)
{
    if (world_class_of(w, of)->ns != c->ns)
        return false;
    for (uint32_t i = 0; i < c->spread_count; i++)
        if (c->spreads[i].hard && world_selects_pod(w, &c->spreads[i].pods, of))
            return true;
    return false;
}

bool queue_wakes(const struct world *w, enum queue_wake wake, const struct world_change *c,
                 uint32_t pod)
{
    const struct world_class *class = world_class_of(w, pod);
    switch (wake) {
    case WAKE_NOBODY:
        return false;
    case WAKE_ALL:
        return true;
    case WAKE_CLAIMS:
        return w->pods.items[pod].claim_count > 0;
    case WAKE_SPREAD:
        return has_hard_spread(class);
    case WAKE_AFFINITY:
        return affinity_speaks_of(w, class, c->index);
    case WAKE_MATCHING:
        return affinity_speaks_of(w, class, c->index) || spread_speaks_of(w, class, c->index);
    }
    return false;
}
