/*
 * cases: evidence gathered per object until all of it is there, so that everything about one object
 * becomes one finding, under whichever of its groups it was written. Private to rules/live.
 */
#ifndef TOBAN_RULES_LIVE_CASES_H
#define TOBAN_RULES_LIVE_CASES_H

#include "rules/live/live.h"

struct live_evidence {
    struct sv api_version; /* that it names */
    const struct lifecycle_row *row;
    const char *source, *detail;
    const char *seen; /* or NULL */
};

struct live_case {
    struct sv key;
    const char *kind, *namespace, *name; /* as first told; namespace may be NULL */
    VEC(struct live_evidence) evidence;
};

/* The row of a version that the target deprecates or no longer serves; NULL for one that is fine or
 * not known. */
const struct lifecycle_row *cases_row(const struct live *l, struct sv api_version, struct sv kind);

/* Adds evidence that names a row of cases_row to the case of its object. Texts are copied. */
void cases_add(struct live *l, const struct object *o, const struct lifecycle_row *row,
               const struct live_evidence *evidence);

/* One finding per case. */
void cases_settle(struct live *l);

#endif
