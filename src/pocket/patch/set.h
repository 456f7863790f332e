/*
 * set: sets of fields, as trees of path elements written as in fieldsV1: `f:NAME`, `k:{keys}`,
 * `v:VALUE`. A path is in the set when its node has "."; fieldsV1 leaves the "." out where nothing
 * else is in a node, which set_encode and set_decode take care of.
 */
#ifndef TOBAN_POCKET_PATCH_SET_H
#define TOBAN_POCKET_PATCH_SET_H

#include "pocket/outline.h"
#include "pocket/value.h"

/* The node under an element, made when missing. */
struct doc_node *set_descend(struct arena *a, struct doc_node *parent, struct sv element);
/* The element of a field. */
struct sv set_field(struct arena *a, struct sv name);
/* Makes the node's path a member. */
void set_insert(struct arena *a, struct doc_node *node);
/* True when the node (may be NULL) is one of a member. */
bool set_member(const struct doc_node *node);
/* True when nothing is in the set; NULL is empty. */
bool set_empty(const struct doc_node *set);

struct doc_node *set_union(struct arena *a, const struct doc_node *x, const struct doc_node *y);
struct doc_node *set_difference(struct arena *a, const struct doc_node *x,
                                const struct doc_node *y);
struct doc_node *set_intersection(struct arena *a, const struct doc_node *x,
                                  const struct doc_node *y);
bool set_equal(struct arena *a, const struct doc_node *x, const struct doc_node *y);

/* The set with every named field above a member a member too (those of maps and items are not). */
struct doc_node *set_with_named(struct arena *a, const struct outline *outline,
                                const struct doc_node *set);

struct doc_node *set_encode(struct arena *a, const struct doc_node *set);
/* Anything but maps below the root counts as empty. */
struct doc_node *set_decode(struct arena *a, const struct doc_node *fields);

/* Appends an element as the server prints it in paths: `.spec`, `[name="a"]`, `[="x"]`. */
void set_print_element(struct arena *a, struct sv element, struct str *out);
/* Calls visit with the path of each member, in order. */
void set_each(struct arena *a, const struct doc_node *set, void (*visit)(void *, struct sv path),
              void *ctx);

#endif
