/*
 * emit: a tree as text. For showing objects and for new subtrees; never for re-writing what a user
 * wrote (doc/edit.h does that). Aliases are written out, comments are not kept.
 */
#ifndef TOBAN_DOC_EMIT_H
#define TOBAN_DOC_EMIT_H

#include "base/str.h"
#include "doc/doc.h"

/* Appends the tree as JSON; indent as in jsonw_init. NULL is written as null. -1 without memory or
 * deeper than JSONW_DEPTH_MAX. */
int emit_json(const struct doc_node *node, unsigned indent, struct str *out, struct err *err);

/* Appends the tree as YAML block text, every line but the first indented by `column` spaces, two
 * spaces a level, lists at the indentation of their key, a newline at the end. Strings that would
 * be read as something else are quoted. -1 without memory. */
int emit_yaml(const struct doc_node *node, unsigned column, struct str *out, struct err *err);

/* Appends a string as a YAML scalar on one line: plain where that is read back as the same string,
 * else double-quoted. */
void emit_yaml_string(struct sv text, struct str *out);

#endif
