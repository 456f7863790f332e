/*
 * rule_info: what reports and `toban explain` tell about a rule. Rules fill a table of it; finding/
 * only reads it and knows no rule.
 */
#ifndef TOBAN_FINDING_RULE_INFO_H
#define TOBAN_FINDING_RULE_INFO_H

#include "finding/finding.h"

struct rule_info {
    const char *id;                 /* "api-removed": kebab-case, never changes, never used anew */
    const char *title;              /* one short line, no full stop: "API version is removed" */
    enum finding_severity severity; /* the worst it reports */
    const char *why;                /* what breaks and for whom; paragraphs parted by blank lines */
    const char *fix;                /* what to do; likewise; never NULL */
    const char *example_bad;        /* a few lines that the rule finds, or NULL */
    const char *example_good;       /* the same lines after the fix, or NULL */
    const char *const *links;       /* sources, ended by NULL; NULL: none */
    struct version before;          /* breaks when the control plane goes to this version; unset:
                                       depends on the object */
};

/* Sorted by id. The items are static or outlive all users of the table. */
struct rule_table {
    const struct rule_info *items;
    size_t count;
};

/* The rule of that id, or NULL. table may be NULL. */
const struct rule_info *rule_info_find(const struct rule_table *table, const char *id);

#endif
