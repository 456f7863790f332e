/*
 * walk: values beside their outline: which fields there are, what differs, how two are joined, what
 * is left without some fields. The structural rules of server-side apply; who owns what is apply.c.
 */
#ifndef TOBAN_POCKET_PATCH_WALK_H
#define TOBAN_POCKET_PATCH_WALK_H

#include "base/map.h"
#include "pocket/patch/set.h"

/* What a value is under an outline: an unknown outline takes the form of the value. */
enum walk_form { WALK_LEAF, WALK_FIELDS, WALK_ITEMS };
enum walk_form walk_form(const struct outline *outline, const struct doc_node *value);

/* The path element of an item of a list that is no atomic one. False when a key is missing: the
 * item then stands for itself as in a set. */
bool walk_keyed(struct arena *a, const struct outline *list, const struct doc_node *item,
                struct sv *element);
/* Puts the items of a list under their elements; of equal ones the last. */
void walk_index(struct map *index, struct arena *a, const struct outline *list,
                const struct doc_node *value);
#define _cleanup_map_ _cleanup_(map_release)

/* All fields a value sets. */
struct doc_node *walk_fields(struct arena *a, const struct outline *outline,
                             const struct doc_node *value);

struct walk_changes {
    struct doc_node *added, *modified, *removed; /* sets */
};
struct walk_changes walk_compare(struct arena *a, const struct outline *outline,
                                 const struct doc_node *from, const struct doc_node *to);

/* `over` laid over `under`; both may be NULL (not both). */
struct doc_node *walk_merge(struct arena *a, const struct outline *outline,
                            const struct doc_node *under, const struct doc_node *over);

/* The value without the members of a set; NULL when nothing is left of a collection. */
struct doc_node *walk_remove(struct arena *a, const struct outline *outline,
                             const struct doc_node *value, const struct doc_node *set);

#endif
