/*
 * live: the API of the pocket and its simulated cluster, joined: what clients write goes to the
 * simulator, what happens in it becomes objects. Only translates between pocket/api.h and
 * pocket/life.h.
 */
#ifndef TOBAN_POCKET_FRONT_LIVE_H
#define TOBAN_POCKET_FRONT_LIVE_H

#include "pocket/api.h"
#include "pocket/life.h"

struct front_live;

struct front_live_options {
    struct world *world; /* grows; must outlive it */
    const struct cloud *cloud;
    uint64_t seed;
    struct sv ca; /* PEM of the API's authority; must outlive it */
};

/* Enters the world's objects and sets the hooks of the API. Never NULL. */
struct front_live *front_live_new(struct pocket_api *api, const struct front_live_options *o);
/* Before the API is freed. NULL-safe. */
void front_live_free(struct front_live *l);

/* Lets everything happen up to now_ms (virtual milliseconds since the start). */
void front_live_run(struct front_live *l, int64_t now_ms);
struct pocket_life *front_live_life(struct front_live *l);

#endif
