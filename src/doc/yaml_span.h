/* yaml_span: from libyaml's marks to byte ranges. libyaml counts characters, takes anchors and tags
 * for part of a node, and ends block scalars at the next thing. */
#ifndef TOBAN_DOC_YAML_SPAN_H
#define TOBAN_DOC_YAML_SPAN_H

#include "doc/internal.h"

struct yaml_marks {
    const char *text;
    struct doc_span span; /* what libyaml was given */
    bool ascii;
    size_t character; /* marks come nearly in order, so a cursor is enough: */
    uint32_t byte;    /* this character, counted from span.start, begins at this byte */
};

void yaml_marks_init(struct yaml_marks *m, struct sv text, struct doc_span span);

/* The byte at which a character begins. */
uint32_t yaml_byte(struct yaml_marks *m, size_t character);

/* Behind the anchor and tag at `at`, at most `count` of them and at most at `end`. What follows in
 * a block map may be those of its first key. */
uint32_t yaml_skip_properties(const struct yaml_marks *m, uint32_t at, uint32_t end,
                              unsigned count);

/* The range of a scalar as doc.h defines it, from the one libyaml tells. */
struct doc_span yaml_scalar_span(const struct yaml_marks *m, struct doc_span span,
                                 enum doc_style style, struct sv value);

/* The empty range behind the colon that follows a key; behind the key when there is none. */
struct doc_span yaml_behind_colon(const struct yaml_marks *m, uint32_t key_end, uint32_t limit);

#endif
