/*
 * fields: what of an object its kind does not have: told, as fieldValidation wants it, and left
 * out, as the API server's decoder does; and values of another type than their field's.
 *
 * Built-in kinds only (the table of fields): what custom kinds take, their schema says (schema.h).
 */
#ifndef TOBAN_POCKET_FIELDS_H
#define TOBAN_POCKET_FIELDS_H

#include "base/vec.h"
#include "pocket/outline.h"
#include "pocket/value.h"

#define FIELDS_FAULTS_MAX 100 /* as many as the server tells at once */

struct fields_report {
    VEC(const char *) faults; /* `unknown field "spec.a"`, `duplicate field "spec.b"` */
    const char *wrong;        /* the first value of a wrong type, in the decoder's words; NULL */
};
/* Walks a body as it was read (duplicate keys of a text are only there). Texts are the arena's. */
void fields_check(struct arena *a, const struct outline *outline, const struct doc_node *body,
                  struct fields_report *out);
void fields_report_release(struct fields_report *r);

/* Takes out what fields_check calls unknown; of a value made by value.h. */
void fields_prune(const struct outline *outline, struct doc_node *object);

/* A value as Go prints it with %v: "map[a:1 b:[x y]]". Appended. */
void fields_print_go(const struct doc_node *value, struct str *out);

#endif
