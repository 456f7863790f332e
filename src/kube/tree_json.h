/* tree_json: a tree written as JSON again, for what is handed on to others. */
#ifndef TOBAN_KUBE_TREE_JSON_H
#define TOBAN_KUBE_TREE_JSON_H

#include "base/jsonw.h"
#include "doc/doc.h"

/* Aliases are written out, merge keys applied. NULL is null. */
void tree_json_write(const struct doc_node *node, struct jsonw *out);

#endif
