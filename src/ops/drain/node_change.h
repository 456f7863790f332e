/*
 * node_change: nodes cordoned, uncordoned, marked with a plan's name or freed of it, each change
 * written into the journal before it is made and after it was.
 */
#ifndef TOBAN_OPS_DRAIN_NODE_CHANGE_H
#define TOBAN_OPS_DRAIN_NODE_CHANGE_H

#include "ops/drain/hand.h"

enum node_flag { FLAG_KEEP, FLAG_SET, FLAG_CLEAR };

struct node_change {
    const char *node, *uid; /* of this very node only */
    enum node_flag cordon, mark;
    const char *key;  /* of the act */
    struct sv data;   /* of the act; absent: {} */
    const char *told; /* kind of the event when it is done; NULL: none */
    bool observed;    /* it was found done: only to be recorded */
};

/* The merge patch; mark is the text of the annotation. Appended. */
void node_change_body(const struct node_change *c, const char *mark, struct str *out);
/* "p-7k2m4q by ann@bastion-1"; in a. */
const char *node_change_mark(const struct plan *p, struct arena *a);

/* Intents, patches, outcomes. A node that is gone meanwhile counts as done. */
enum plan_end node_change_all(struct hand *h, const struct node_change *changes, size_t count,
                              struct err *err);

#endif
