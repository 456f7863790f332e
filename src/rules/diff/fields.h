/*
 * fields: the list of differing fields between two trees of one kind of object, as the API server
 * would see them: map order, quantities written differently and fields at their default do not
 * differ; lists of named items are compared by name.
 */
#ifndef TOBAN_RULES_DIFF_FIELDS_H
#define TOBAN_RULES_DIFF_FIELDS_H

#include "rules/diff/diff.h"

struct fields_query {
    const struct diff_object *old_object, *new_object;
    bool live; /* a field only the old side has counts as removed only if it was applied before */
    struct arena *arena;
    struct diff_entry *out; /* fields are added here, in the order of the new side */
};

void fields_compare(const struct fields_query *q);

/* Order of two quantities, however they are written: "1" and "1000m", "1Gi" and "1024Mi" are equal.
 * <0, 0, >0; FIELDS_NO_QUANTITY when one of the two is none. Source: Kubernetes resource.Quantity.
 */
#define FIELDS_NO_QUANTITY 2
int fields_compare_quantities(struct sv a, struct sv b);

#endif
