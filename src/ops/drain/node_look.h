/* node_look: what the API server says of single nodes right now, asked and not watched. */
#ifndef TOBAN_OPS_DRAIN_NODE_LOOK_H
#define TOBAN_OPS_DRAIN_NODE_LOOK_H

#include "ops/drain/hand.h"
#include "ops/marks/marks.h"

struct node_look {
    bool gone;  /* there is none of that name, or */
    bool other; /* it is not the machine that the plan has begun with (pins.h) */
    const char *uid;
    bool unschedulable;
    struct mark mark;
    uint32_t volumes; /* status.volumesAttached and volumesInUse, each volume once */
};

/* Of the body of GET nodes/NAME. Texts go into a. */
int node_look_parse(struct sv body, struct arena *a, struct node_look *out, struct err *err);

/* Of all that names (count of them) names, into out. PLAN_END_OK, or why not. */
enum plan_end node_look_all(struct hand *h, const char *const *names, size_t count,
                            struct node_look *out, struct err *err);

#endif
