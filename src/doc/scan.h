/*
 * scan: what kind of object each document of a YAML text is, without parsing it.
 *
 * Reads lines, not tokens: some hundred times faster than the parser, so that a repository of ten
 * thousand manifests is sorted in milliseconds and only documents that matter are parsed. It never
 * guesses: whatever could make the parser see something else sets `doubt`, and then the document
 * has to be parsed. Without doubt, and when the document has no syntax error, the parser finds the
 * same apiVersion, kind, name and namespace, and the same span.
 *
 * Always in doubt: JSON and flow style, List kinds and `items`, Helm templates, quoted
 * or tagged keys, merge keys, escapes, and line breaks other than LF and CRLF.
 */
#ifndef TOBAN_DOC_SCAN_H
#define TOBAN_DOC_SCAN_H

#include "doc/doc.h"

struct scan {
    struct sv text;
    uint32_t at;   /* first byte not looked at */
    uint32_t line; /* its line, from 1 */
    bool open;     /* a `---` announced the next document */
    uint32_t from; /* where that document begins */
    uint32_t from_line;
    bool inline_content; /* something stands behind its `---` on the same line */
};

/* A field of the envelope: its text inside the quotes, and where that begins. Absent (ptr NULL)
 * when the document does not have it as a string. */
struct scan_doc {
    struct doc_span span;                         /* as doc_part.span; for doc_parse_span */
    uint32_t line;                                /* of span.start, from 1 */
    struct sv api_version, kind, name, namespace; /* views of the text; offset by scan_offset */
    bool templated;                               /* has `{{`: then in doubt too */
    bool doubt;                                   /* the fields are not to be relied on: parse */
    bool empty;                                   /* nothing or only comments */
};

/* text must outlive the scan and be shorter than 4 GiB. */
void scan_init(struct scan *s, struct sv text);

/* The next document, in order; false at the end. Documents are those of doc_parse, one by one. */
bool scan_next(struct scan *s, struct scan_doc *out);

/* Byte offset of a field in the text. */
static inline uint32_t scan_offset(const struct scan *s, struct sv field)
{
    return (uint32_t)(field.ptr - s->text.ptr);
}

#endif
