/*
 * glob: file patterns as people write them in suppression and ignore files. `*` and `?` stay inside
 * one path segment, `**` goes over segments, [a-z] is a class.
 */
#ifndef TOBAN_FINDING_GLOB_H
#define TOBAN_FINDING_GLOB_H

#include "base/err.h"
#include "base/sv.h"

struct glob; /* compiled; may be used by several threads */

/* Longest pattern, in bytes. */
#define GLOB_MAX 1024

/* Compiles the pattern. NULL with err (ERR_INPUT) when it is empty, too long or malformed.
 * ignore_case: for kinds. */
struct glob *glob_new(struct sv pattern, bool ignore_case, struct err *err);
/* NULL-safe. */
void glob_free(struct glob *g);

/* Does it match the whole text? A pattern that would need endless tries does not match. */
bool glob_match(const struct glob *g, struct sv text);

#endif
