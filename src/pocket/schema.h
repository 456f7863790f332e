/*
 * schema: what the openAPIV3Schema of a custom kind makes of an object: defaults, fields that are
 * left out, and what is wrong with it, in the words of the API server.
 *
 * Rules written in CEL (x-kubernetes-validations) are not evaluated. Of the object itself
 * apiVersion, kind and metadata are every object's and not looked at.
 */
#ifndef TOBAN_POCKET_SCHEMA_H
#define TOBAN_POCKET_SCHEMA_H

#include "base/vec.h"
#include "pocket/value.h"

/* Fills in what the schema has a default for; of a value made by value.h. */
void schema_default(struct arena *a, const struct doc_node *schema, struct doc_node *object);

typedef VEC(const char *) schema_path_vec;
/* Takes out fields that the schema does not have; their paths ("spec.a[0].b", in the arena) are
 * appended to *gone, unless it is NULL. */
void schema_prune(struct arena *a, const struct doc_node *schema, struct doc_node *object,
                  schema_path_vec *gone);

struct schema_fault {
    const char *reason, *field, *message; /* as a Status has its causes */
};
typedef VEC(struct schema_fault) schema_fault_vec;
/* Appends what is wrong. Texts are the arena's or constant. */
void schema_check(struct arena *a, const struct doc_node *schema, const struct doc_node *object,
                  schema_fault_vec *out);

#endif
