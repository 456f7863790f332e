/* The lists of strategic merge patch; for strategic.c only. */
#ifndef TOBAN_POCKET_PATCH_STRATEGIC_H
#define TOBAN_POCKET_PATCH_STRATEGIC_H

#include "pocket/patch/internal.h"

struct strategic {
    struct arena *a;
    struct patch_error *e;
};

#define SET_ELEMENT_ORDER "$setElementOrder/"
#define DELETE_FROM_LIST "$deleteFromPrimitiveList/"

/* Merges patch into *map, which is changed and returned, or replaced; NULL when it is refused. */
struct doc_node *strategic_map(struct strategic *s, const struct outline *outline,
                               struct doc_node *map, const struct doc_node *patch);
/* A copy of what a patch brings anew: nulls and directives left out. */
struct doc_node *strategic_new(struct strategic *s, const struct doc_node *patch);

/* The field's list, merged by its strategy and key. `order` ($setElementOrder) may be NULL; patch
 * may be NULL with an order. NULL when it is refused. */
struct doc_node *strategic_list(struct strategic *s, const struct outline *list,
                                const struct doc_node *old, const struct doc_node *patch,
                                const struct doc_node *order);

#endif
