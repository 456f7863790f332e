/*
 * pull: a forward-only JSON reader for bulk data: no tree, no memory per value.
 *
 * For lists of a hundred thousand objects of which a few fields are wanted: the caller walks maps
 * and sequences in the order of the text, takes what it knows and skips the rest at the speed of a
 * byte scan. Where positions, edits or random access are needed, doc.h is the right module. It
 * accepts and refuses the same texts as doc_parse_json (a fuzz target holds one against the other);
 * what is skipped is checked for balance, strings and literals too.
 *
 * The first error sticks: every later call returns false (or PULL_END), so a caller may walk on and
 * ask once at the end with pull_ok. Views point into the text, or into the reader's scratch arena
 * when a string had escapes; both must live as long as the views are used.
 */
#ifndef TOBAN_DOC_PULL_H
#define TOBAN_DOC_PULL_H

#include "base/arena.h"
#include "base/err.h"
#include "base/sv.h"

enum pull_type { PULL_END, PULL_NULL, PULL_BOOL, PULL_NUMBER, PULL_STRING, PULL_MAP, PULL_SEQ };

#define PULL_DEPTH 128

struct pull {
    const char *start, *at, *end;
    struct arena *scratch; /* for decoded strings; NULL: a string with escapes is an error */
    uint32_t depth;
    bool first;        /* no comma is due before the next key or item */
    const char *error; /* static text; NULL: none so far */
};

/* Starts at the first byte of text, which must outlive the reader. scratch may be NULL. */
void pull_init(struct pull *p, struct sv text, struct arena *scratch);

/* Type of the value that comes next; PULL_END at the end of the text and after an error. */
enum pull_type pull_peek(struct pull *p);

/* Walks a map: `if (pull_map(p)) while (pull_key(p, &key)) { take or skip exactly one value }`.
 * pull_map is false, and the value skipped, when it is no map (null included). pull_key is false at
 * the closing brace, which it consumes, and after an error. */
bool pull_map(struct pull *p);
bool pull_key(struct pull *p, struct sv *key);

/* The same for sequences: `if (pull_seq(p)) while (pull_item(p)) { one value }`. */
bool pull_seq(struct pull *p);
bool pull_item(struct pull *p);

/* Each takes one value. False (and the value skipped) when it is of another type: no error, since
 * objects of foreign versions must not stop a load. Numbers: pull_i64 takes integers that fit only;
 * pull_scalar gives the text of a string, number or bool (quantities are written as either). */
bool pull_string(struct pull *p, struct sv *out);
bool pull_scalar(struct pull *p, struct sv *out);
bool pull_i64(struct pull *p, int64_t *out);
bool pull_bool(struct pull *p, bool *out);

/* Skips one value of any type. */
void pull_skip(struct pull *p);
/* Skips one value and gives its bytes, to be read by a reader of its own later. */
bool pull_raw(struct pull *p, struct sv *out);

/* For what the caller cannot accept: as if the text were wrong here. why is static text; the first
 * error stays. */
void pull_fail(struct pull *p, const char *why);

/* Nothing went wrong so far. */
bool pull_ok(const struct pull *p);
/* True when only white space is left (and nothing went wrong). */
bool pull_done(struct pull *p);
/* Fills err with "name:line:column: what"; returns -1. Only when !pull_ok(p). */
int pull_error(const struct pull *p, const char *name, struct err *err);

#endif
