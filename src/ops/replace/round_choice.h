/*
 * round_choice: which new machines go when a round goes back. Chosen once and kept in the journal:
 * whoever goes on with it must not choose others.
 */
#ifndef TOBAN_OPS_REPLACE_ROUND_CHOICE_H
#define TOBAN_OPS_REPLACE_ROUND_CHOICE_H

#include "ops/replace/work.h"

struct chosen {
    struct work *k;
    bool found;
    int64_t live;                       /* of the group then */
    struct shape_texts unjoined;        /* machines that go without having been nodes */
    struct shape_texts names, machines; /* those that were; and all that go */
};

/* What an earlier run has chosen; !c->found: nothing yet. Texts are in the work's arena. */
void round_recall(struct work *k, struct chosen *c);
/* As many as there are beyond those of the rounds before (k->s.before). The group must be at rest
 * when they are counted. */
enum plan_end round_choose(struct chosen *c, struct err *err);

#endif
