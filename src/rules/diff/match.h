/*
 * match: which old object and which new object are the same one, and which new object takes an old
 * one's place under another name. Identity is kind, namespace and name, across API groups that
 * Kubernetes moved a kind between; succession is told from selectors, labels, images and hosts.
 */
#ifndef TOBAN_RULES_DIFF_MATCH_H
#define TOBAN_RULES_DIFF_MATCH_H

#include "rules/diff/diff.h"

enum match_kind {
    MATCH_SAME,      /* one object on both sides */
    MATCH_SUCCESSOR, /* another name, but it takes over */
    MATCH_MOVED,     /* same kind and name in another namespace, or same name as another kind of
                        workload: has to be deleted and created */
    MATCH_NONE,      /* only on one side */
};

struct match {
    enum match_kind kind;
    const struct diff_object *old_object, *new_object; /* NULL on the missing side */
    const char *because; /* for successors: what says so; owned by the arena */
};

struct match_list {
    VEC(struct match) list;
};

/* Every object of both sides appears in exactly one match. Release with vec_release. */
void match_objects(const struct diff_objects *old_side, const struct diff_objects *new_side,
                   struct arena *a, struct match_list *out);

/* The group a kind lives in today ("extensions" Deployment -> "apps"). */
struct sv match_family(const struct object *o);

#endif
