/*
 * condition: when a row of the immutable-fields table counts. One function per word of its
 * condition column.
 */
#ifndef TOBAN_RULES_DIFF_CONDITION_H
#define TOBAN_RULES_DIFF_CONDITION_H

#include "rules/diff/immutable.h"

/* What a condition may look at. */
struct condition_view {
    const struct doc_node *old_root, *new_root;
    const struct doc_node *old_value, *new_value; /* at the rule's own path; NULL: absent, or the
                                                     path has a wildcard */
    const struct diff_field *field;               /* the change itself */
    bool inside_item; /* the change lies in a list item that both sides have */
};

/* True when the rule's condition holds (an empty condition always does). An unknown word counts as
 * holding: better to warn than to promise. */
bool condition_holds(const char *condition, const struct condition_view *v);

#endif
