/*
 * text: laying out words for people, and how near two words are. Columns are those of a terminal
 * (utf8_width), not bytes.
 */
#ifndef TOBAN_BASE_TEXT_H
#define TOBAN_BASE_TEXT_H

#include "base/str.h"

/* Longest word text_distance looks at; longer ones are cut. */
#define TEXT_DISTANCE_MAX 64

/*
 * Appends text so that no line is wider than width columns, broken at spaces; a newline in the
 * text breaks too. `column` is where the cursor stands; lines after the first start with `indent`
 * spaces. A single word that is too wide stays whole. No newline is put at the end.
 * Returns the column after the last character.
 */
unsigned text_wrap(struct str *out, struct sv text, unsigned column, unsigned indent,
                   unsigned width);

/* Appends text fit for a terminal: control characters (escape sequences in a file's name) and bytes
 * that are no UTF-8 are written as \x1b; tabs and newlines become one space. */
void text_printable(struct str *out, struct sv text);

/* How many characters to insert, delete, replace or swap with their neighbour to make b of a. */
unsigned text_distance(struct sv a, struct sv b);

/* True when a typist may have meant b by a: a few slips in a long word, one in a short. */
bool text_near(struct sv a, struct sv b);

#endif
