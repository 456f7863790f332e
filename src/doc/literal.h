/*
 * literal: which of a set of words occur in a text, in one pass. Rules name the words without which
 * they have nothing to say; a document that holds none of them need not be parsed.
 */
#ifndef TOBAN_DOC_LITERAL_H
#define TOBAN_DOC_LITERAL_H

#include "base/err.h"
#include "base/sv.h"

#define LITERAL_MAX 64       /* words in a set: one bit each */
#define LITERAL_LENGTH_MIN 5 /* bytes of a word */

struct literal_set {
    struct sv words[LITERAL_MAX];
    unsigned count;
    unsigned window;           /* length of the shortest word */
    uint8_t shift[4096];       /* how far the window may move, by its last two bytes */
    uint8_t first[4096];       /* 1 + index of the first word that ends its window so; 0: none */
    uint8_t next[LITERAL_MAX]; /* likewise, of the next such word */
};

/* Prepares the set; the words (not copied) must outlive it. -1 with ERR_BUG when there are none,
 * too many, or one is too short. */
int literal_init(struct literal_set *s, const struct sv *words, unsigned count, struct err *err);

/* Bit i is set when words[i] occurs in text, byte for byte. */
uint64_t literal_find(const struct literal_set *s, struct sv text);

#endif
