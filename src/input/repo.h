/*
 * repo: the git work tree around a folder, as far as .gitignore needs it. Private to input/.
 */
#ifndef TOBAN_INPUT_REPO_H
#define TOBAN_INPUT_REPO_H

#include "base/str.h"
#include "input/ignore.h"

/* The rules in the file `name` of the folder dirfd; `less` when there is none or it cannot be read.
 */
const struct ignore_set *repo_read_rules(struct arena *arena, int dirfd, const char *name,
                                         size_t base, const struct ignore_set *less);

/* The rules that hold at the top of a work tree whose folder is dirfd: .git/info/exclude, also
 * behind the .git file of a worktree or submodule. NULL when there are none. */
const struct ignore_set *repo_read_exclude(struct arena *arena, int dirfd, size_t base);

/* Rules that reach the folder `path` from above it, without its own .gitignore. *inside becomes the
 * folder's path from the top of its work tree with a '/' behind it, "" at the top or outside. */
const struct ignore_set *repo_rules_above(struct arena *arena, const char *path,
                                          struct str *inside);

#endif
