/*
 * defaults: what an API server fills in where a client says nothing, for the built-in kinds: fixed
 * values by a table, and the few that hang on what else is there.
 *
 * Source of the values: the defaulting functions of Kubernetes 1.31, held against a real API server
 * by tests/e2e/test_pocket_kubectl.py. Not here: defaults of custom kinds (their schema), what
 * needs the state of the API (addresses of services), and what admission adds. Pure.
 */
#ifndef TOBAN_POCKET_DEFAULTS_H
#define TOBAN_POCKET_DEFAULTS_H

#include "doc/doc.h"

/* Fills in an object made by value.h in the arena, in place. Kinds that are not known stay as they
 * are; what a client said is never changed. */
void defaults_fill(struct arena *a, struct sv kind, struct doc_node *object);

#endif
