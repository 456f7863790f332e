/*
 * immutable: fields that cannot change after creation, by kind and cluster version. The table is
 * data/immutable-fields.tsv, compiled in (its head explains the columns); this looks a changed
 * field up in it and judges the row's condition on both objects.
 */
#ifndef TOBAN_RULES_DIFF_IMMUTABLE_H
#define TOBAN_RULES_DIFF_IMMUTABLE_H

#include "rules/diff/diff.h"

struct immutable_rule {
    const char *group, *kind; /* "*": any */
    const char *path;         /* steps parted by dots; `*` any item; `BASE~A,B`: all but those */
    struct version from, to;  /* [from, to); unset: no bound */
    const char *condition;
    bool silently_reset; /* the server answers 200 and keeps the old value */
    const char *loses;   /* "none", "orphan", "pods", … */
    const char *note;
};

extern const struct immutable_rule table_immutable[];
extern const size_t table_immutable_len;
extern const char table_immutable_date[];

/* The rule that the change of this field of the pair breaks, or NULL when the server takes it.
 * version unset: the newest rules. */
const struct immutable_rule *immutable_find(const struct diff_object *o,
                                            const struct diff_object *n, const struct diff_field *f,
                                            struct version version);

#endif
