/*
 * selector: label and field selectors of list, watch and deletecollection.
 * Pure text matching; which objects there are to match is not known here.
 */
#ifndef TOBAN_POCKET_SHOW_SELECTOR_H
#define TOBAN_POCKET_SHOW_SELECTOR_H

#include "doc/doc.h"

struct selector;

/* Parses a label selector ("a=b,c in (d,e),!f,g>1"). Empty text selects all. NULL with err
 * (ERR_INPUT, the server's words: "unable to parse requirement: …") when it is none. Free with
 * selector_free. */
struct selector *selector_parse(struct sv text, struct err *err);
/* A field selector ("metadata.name=x,spec.nodeName!=y"); fields a kind does not offer are refused:
 * "field label not supported: spec.foo". */
struct selector *selector_parse_fields(struct sv text, struct sv kind, struct err *err);
/* NULL-safe. */
void selector_free(struct selector *s);

/* NULL selects all. labels: the map of metadata.labels, may be NULL. */
bool selector_takes(const struct selector *s, const struct doc_node *labels);
bool selector_matches_fields(const struct selector *s, struct sv kind,
                             const struct doc_node *object);
/* A selector with matchLabels and matchExpressions (LabelSelector), as workloads have. A NULL or
 * null one selects nothing, an empty one all. */
bool selector_matches_object(const struct doc_node *selector, const struct doc_node *labels);
/* The value that metadata.name or metadata.namespace must have by a field selector; absent when it
 * says nothing about it. Lets a list go straight to its object. */
struct sv selector_name(const struct selector *s);
struct sv selector_namespace(const struct selector *s);

#endif
