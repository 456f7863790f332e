/*
 * references: what a change breaks beside the object itself - selectors that match no pod any more,
 * backends and scale targets that are gone, node ports that move.
 */
#ifndef TOBAN_RULES_DIFF_REFERENCES_H
#define TOBAN_RULES_DIFF_REFERENCES_H

#include "rules/diff/diff.h"

/* Adds notes (in the report's arena) to the entries concerned. old_side and new_side are the whole
 * sets that were compared. */
void references_note(const struct diff_objects *old_side, const struct diff_objects *new_side,
                     struct diff_report *r);

#endif
