/*
 * complete: what may stand where the cursor is, for shells. Pure: words in, candidates out; the
 * scripts of the shells only show what comes from here.
 */
#ifndef TOBAN_CMD_COMPLETE_H
#define TOBAN_CMD_COMPLETE_H

#include "base/str.h"
#include "cmd/cmd.h"
/*
 * words: those behind "toban", the last one being the one under the cursor (maybe empty).
 * Appends a line "candidate TAB what it is" for each that begins as that word does, and a last line
 * ":files" or ":folders" when the shell is to offer those.
 */
void complete_words(struct str *out, char *const *words, size_t count);

#endif
