/*
 * entry: one entry as the line of JSON that is kept, hashed and exported (docs/format/journal.md).
 * Private to journal/ and its tests.
 */
#ifndef TOBAN_JOURNAL_ENTRY_H
#define TOBAN_JOURNAL_ENTRY_H

#include "journal/journal.h"

#define JOURNAL_PARTITION "journal"
#define JOURNAL_ENTRY_PREFIX "e/"
#define JOURNAL_HEAD_SORT "head"
#define JOURNAL_SORT_MAX 32 /* bytes of a sort key, with its NUL */

/* The hash before the first entry. */
extern const char journal_no_hash[JOURNAL_HASH_HEX + 1];

const char *journal_sort(uint64_t seq, char buf[static JOURNAL_SORT_MAX]);

/* Lower-case hex SHA-256. False without memory. */
bool journal_digest(struct sv text, char out[static JOURNAL_HASH_HEX + 1]);

/* Ends a line that begins at `start` of out: adds the hash of what is there and the closing brace.
 * Without memory out is marked as failed. */
void journal_seal(struct str *out, size_t start, char hash[static JOURNAL_HASH_HEX + 1]);
bool journal_seal_holds(struct sv line);

/* Appends the line of a new entry without newline, and tells its hash. data as journal_note's. -1:
 * a text is empty or data is no JSON object. */
int journal_line_make(const struct journal_note *note, uint64_t seq, const char *prev,
                      struct str *out, char hash[static JOURNAL_HASH_HEX + 1], struct err *err);

enum journal_line {
    LINE_GOOD,
    LINE_ALTERED,    /* readable, but its hash is another; *out is filled */
    LINE_UNREADABLE, /* *out is not to be used */
};

/* line: without newline. Views of *out point into it or into a. */
enum journal_line journal_line_read(struct sv line, struct arena *a, struct journal_entry *out);

/* 64 lower-case hex digits? */
bool journal_is_hash(struct sv text);

/* ---- the end of an export ---- */

struct journal_end {
    uint64_t entries; /* lines before this one */
    uint64_t last;    /* seq of the last of them; 0: there is none */
    char head[JOURNAL_HASH_HEX + 1];
    bool filtered;
};

/* Without newline. */
void journal_end_format(const struct journal_end *end, struct str *out);
/* Is it meant to be such a line? */
bool journal_end_begins(struct sv line);
/* False when it is damaged. */
bool journal_end_parse(struct sv line, struct journal_end *out);

/* ---- the head: which entry is the last ---- */

struct journal_head {
    uint64_t seq;     /* 0: there is no entry yet */
    uint64_t appends; /* transactions so far; the version of the item */
    char hash[JOURNAL_HASH_HEX + 1];
};

void journal_head_format(const struct journal_head *head, struct str *out);
/* False when it is not exactly what journal_head_format writes. */
bool journal_head_parse(struct sv text, struct journal_head *out);

#endif
