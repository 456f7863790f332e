/*
 * edit: changes to a text as a list of byte ranges with their new bytes. What no edit names stays
 * byte for byte. Ranges come from doc spans of the same text.
 */
#ifndef TOBAN_DOC_EDIT_H
#define TOBAN_DOC_EDIT_H

#include "base/str.h"
#include "doc/doc.h"

struct edit {
    struct doc_span span; /* empty: an insertion at start */
    struct sv text;       /* owned by the list's arena */
    uint32_t order;       /* insertions at one place keep the order they were asked in */
};

struct edit_list {
    struct arena arena;
    VEC(struct edit) edits;
    bool failed; /* no memory; edit_apply then refuses */
};

void edit_release(struct edit_list *l);
#define _cleanup_edits_ _cleanup_(edit_release)

/* Copies text. Lack of memory is kept in the list. */
void edit_replace(struct edit_list *l, struct doc_span span, struct sv text);
void edit_insert(struct edit_list *l, uint32_t at, struct sv text);
void edit_delete(struct edit_list *l, struct doc_span span);

/* Writes source with all edits applied to *out. -1 with ERR_BUG when two edits overlap or one
 * reaches beyond the source, ERR_LOCAL without memory; *out is then not to be used. */
int edit_apply(struct edit_list *l, struct sv source, struct str *out, struct err *err);

#endif
