/*
 * splice_layout: how a document is written - where its lines begin, how far it indents, what its
 * scalars look like - so that what is put in looks as if its author had written it. Inner to doc/.
 */
#ifndef TOBAN_DOC_SPLICE_LAYOUT_H
#define TOBAN_DOC_SPLICE_LAYOUT_H

#include "base/str.h"
#include "doc/splice.h"

struct splice_layout {
    struct sv text;
    uint32_t end;   /* of the document in the text */
    unsigned unit;  /* characters per level */
    char fill;      /* what indents: a space, in JSON also a tab */
    bool seq_inset; /* dashes stand deeper than their key */
    bool json;
    bool spread;       /* JSON over many lines */
    const char *eol;   /* "\n" or "\r\n" */
    struct sv between; /* flow: between two entries on one line, ", " */
    struct sv colon;   /* flow: between key and value, ": " */
};

void layout_of(const struct splice *s, struct splice_layout *l);

uint32_t layout_line_start(const struct splice_layout *l, uint32_t at);
/* Behind the newline of the line of `at`; the end of the text when there is none. */
uint32_t layout_line_end(const struct splice_layout *l, uint32_t at);
/* Bytes from the start of the line. */
uint32_t layout_column(const struct splice_layout *l, uint32_t at);
/* Only white space between the start of the line and `at`? */
bool layout_first_on_line(const struct splice_layout *l, uint32_t at);
/* Behind the last line of an entry at `column` whose value ends at `end`: its own trailing comment
 * and deeper comment lines below belong to it. */
uint32_t layout_block_end(const struct splice_layout *l, uint32_t end, uint32_t column);
/* Start of the comment lines that stand directly above the line of `at`, at its column. */
uint32_t layout_lead(const struct splice_layout *l, uint32_t at, uint32_t not_before);

/* Appends a scalar as it is to stand in the document. `flow`: inside { } or [ ]. */
void layout_scalar(const struct splice_layout *l, struct str *out, const struct splice_node *n,
                   bool flow);
/* Appends a string in the style given; falls back to double quotes where that style cannot. */
void layout_string(const struct splice_layout *l, struct str *out, struct sv text,
                   enum doc_style style, bool flow);
void layout_key(const struct splice_layout *l, struct str *out, struct sv key, bool flow,
                bool quoted);

/* Would a bare scalar of this text be read as that string? */
bool layout_plain_is_string(struct sv text, bool flow);

/* Appends lines, each but the first moved from column `from` to `to`. */
void layout_shift(const struct splice_layout *l, struct str *out, struct sv lines, uint32_t from,
                  uint32_t to);

#endif
