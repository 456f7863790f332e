/* wish: the lists that a snapshot of a live cluster is made of. Internal to ops/snapshot. */
#ifndef TOBAN_OPS_SNAPSHOT_WISH_H
#define TOBAN_OPS_SNAPSHOT_WISH_H

#include <stdbool.h>

/* Versions stand from the best to the last that will do, a stable one first: nothing deprecated is
 * asked for while something else serves. */
struct wish {
    const char *group, *resource, *kind;
    const char *versions[3];
    const char *fields;  /* field selector */
    const char *assumed; /* when it cannot be read */
    bool essential;      /* without it there is no snapshot */
    bool events;         /* some of them tell enough */
    bool traffic;        /* tells where requests go, not where pods may be */
    bool addon; /* of something that need not be installed: its absence is nothing to tell */
};

#define WISHES 25
extern const struct wish wishes[WISHES];

#endif
