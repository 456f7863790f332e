/*
 * journal: the append-only, hash-chained record of who did what, when, with which result. Entries
 * are never changed; each one's hash covers all of it and the hash before it. What entries mean is
 * the business of who writes them.
 */
#ifndef TOBAN_JOURNAL_JOURNAL_H
#define TOBAN_JOURNAL_JOURNAL_H

#include "base/str.h"
#include "store/store.h"

#define JOURNAL_HASH_HEX 64  /* SHA-256 */
#define JOURNAL_NOTES_MAX 40 /* entries of one append */

/* What to write. Texts are borrowed for the call. */
struct journal_note {
    const char *kind;    /* "plan.made", "act.intent", "act.done", … lower case with dots */
    const char *subject; /* what it belongs to: "plan/p-7k2m" */
    const char *actor;   /* "ann@bastion-1" */
    int64_t at_ms;       /* since 1970 */
    struct sv data;      /* a JSON object; absent: {} */
};

struct journal_entry {
    uint64_t seq; /* from 1 */
    int64_t at_ms;
    const char *kind, *subject, *actor;
    struct sv data;
    char prev[JOURNAL_HASH_HEX + 1], hash[JOURNAL_HASH_HEX + 1];
    struct sv line; /* the whole as it is kept: JSON without newline */
};

/* Appends the notes and does `also` (writes of others: plan state, a lease's guard) in one
 * transaction: all or nothing, synced when it returns 0. Races with other writers are tried again
 * by itself. ERR_CONFLICT: a condition of `also` failed; *failed (may be NULL) is its index there.
 * count <= JOURNAL_NOTES_MAX, count + also_count + 2 <= STORE_WRITES_MAX. */
int journal_append(struct store *s, const struct journal_note *notes, size_t count,
                   const struct store_write *also, size_t also_count, size_t *failed,
                   struct err *err);

struct journal_filter {
    const char *subject; /* NULL: all; also takes what is below it: "plan/p-1" and "plan/p-1/…" */
    const char *kind;    /* prefix; NULL: all */
    int64_t from_ms, to_ms; /* 0: open */
    uint64_t after;         /* only entries with a higher seq */
    uint32_t last;          /* only the last so many; 0: all */
};
/* In order; filter NULL: all. each returns 0, 1 to stop, -1 with err; must not use the store. The
 * entry is valid during the call only. An entry that was altered ends it: ERR_INPUT. */
int journal_read(struct store *s, const struct journal_filter *filter,
                 int (*each)(void *ctx, const struct journal_entry *e, struct err *err), void *ctx,
                 struct err *err);

/* One line of JSON (schema in docs/format/journal.md), with newline, appended. e is one that
 * journal_read gave. */
void journal_entry_json(const struct journal_entry *e, struct str *out);

struct journal_fault {
    uint64_t seq;     /* where; 0: the journal as a whole */
    const char *what; /* "altered", "missing", "out of order", "twice", "cut off", "not readable" */
    char detail[256];
};
#define JOURNAL_FAULTS_MAX 100
struct journal_proof {
    uint64_t entries;                 /* that were looked at */
    char head[JOURNAL_HASH_HEX + 1];  /* of the last good entry; zeros: there is none */
    bool filtered;                    /* an export of some entries: gaps in it are no faults */
    uint64_t fault_count;             /* of all */
    VEC(struct journal_fault) faults; /* the first JOURNAL_FAULTS_MAX */
};
void journal_proof_release(struct journal_proof *p);

/* Checks every entry of the store, the chain and its end. 0 also when faults were found. head: a
 * hash noted earlier that must be in the chain; NULL: none. ERR_USAGE when head is no such hash. */
int journal_verify(struct store *s, const char *head, struct journal_proof *out, struct err *err);
/* The same for the text of an export. ERR_INPUT when the text is a store and no export. */
int journal_verify_export(struct sv text, const char *head, struct journal_proof *out,
                          struct err *err);
/* All entries that pass the filter (NULL: all) as lines, then a line that tells count and head; a
 * filtered export can only be checked entry by entry. write takes each line with its newline; -1
 * with err ends it. */
int journal_export(struct store *s, const struct journal_filter *filter,
                   int (*write)(void *ctx, struct sv line, struct err *err), void *ctx,
                   struct err *err);

#endif
