/*
 * chain: entries as they come, one after the other, against what a whole journal looks like. Finds
 * what is wrong once and goes on behind it. Private to journal/.
 */
#ifndef TOBAN_JOURNAL_CHAIN_H
#define TOBAN_JOURNAL_CHAIN_H

#include "journal/entry.h"

/* Entries that were passed over and may still come. */
struct chain_gap {
    uint64_t from, to;
};

struct chain {
    struct journal_proof *proof;
    const char *wanted; /* a hash that must come; NULL: none, or it came */
    bool filtered;      /* gaps are no faults */
    uint64_t last;      /* highest place taken */
    bool guessed;       /* what stands there cannot be read: its place is the next one, perhaps */
    char hash[JOURNAL_HASH_HEX + 1]; /* of the entry at `last`; "": not known */
    VEC(struct chain_gap) gaps;
    struct arena arena; /* of the line at hand */
};

/* -1 with a usage error when wanted is no hash. *proof is emptied. */
int chain_init(struct chain *c, struct journal_proof *proof, const char *wanted, struct err *err);
void chain_release(struct chain *c);

/* The next line. place: where it is kept; 0: its own number counts. */
void chain_add(struct chain *c, uint64_t place, struct sv line);

/* The last entry is `seq` with `hash`: what is beyond or not there is a fault called `what`. */
void chain_expect_last(struct chain *c, uint64_t seq, const char *hash, const char *what);
/* Nothing comes any more. */
void chain_end(struct chain *c);

void chain_fault(struct chain *c, uint64_t seq, const char *what, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

#endif
