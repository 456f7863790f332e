/*
 * page: an answer to a list as text, cut into its items without building a tree of it. Pure.
 */
#ifndef TOBAN_KUBE_PAGE_H
#define TOBAN_KUBE_PAGE_H

#include "base/err.h"
#include "base/sv.h"

/* Views into the text; absent when not there. Strings are without their quotes and not unescaped:
 * what is looked for has no escapes. */
struct kube_page {
    struct sv api_version, kind;
    struct sv metadata; /* an object's text */
    struct sv items;    /* of `items`, or of `rows` of a Table: the array's text; absent: none */
};

/* Finds the parts of the outermost object. Nesting and strings are followed, the rest of the syntax
 * is left to who parses the items. -1 with err when it is no object or is cut off. */
int kube_page_parse(struct sv text, struct kube_page *out, struct err *err);

/* The next item's text: start with *rest = page.items; false at the end. */
bool kube_page_next(struct sv *rest, struct sv *item);

/* Bytes of the JSON value at the start of text, 0 when there is none or it is cut off. */
size_t kube_json_skip(struct sv text);

#endif
