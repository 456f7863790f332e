/*
 * splice_text: what the writers of block and flow collections share. Inner to doc/.
 */
#ifndef TOBAN_DOC_SPLICE_TEXT_H
#define TOBAN_DOC_SPLICE_TEXT_H

#include "doc/splice_layout.h"

struct text_ctx {
    struct splice *s;
    struct splice_layout l;
    struct edit_list *out;
    struct splice_conflict *conflict;
    struct arena arena;
    unsigned flow_depth;
    bool failed; /* no memory */
};

/* All of these return 0, or -1 with c->conflict set. */
int text_conflict(struct text_ctx *c, uint32_t offset, const char *message);
int text_value_edits(struct text_ctx *c, const struct splice_node *n);
int text_entry_edits(struct text_ctx *c, const struct splice_entry *e);
int block_edits(struct text_ctx *c, const struct splice_node *n);
int flow_edits(struct text_ctx *c, const struct splice_node *n);

/* Appends the bytes of span with the edits of e inside it. */
int text_slice(struct text_ctx *c, struct str *out, struct doc_span span,
               const struct splice_entry *e);

/* Does e still stand where it stood in n? */
bool text_kept(const struct splice_node *n, const struct splice_entry *e);

#endif
