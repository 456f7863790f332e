/*
 * paths: the files that an input names: folders are opened, their dumps in the order of their
 * names.
 */
#ifndef TOBAN_OPS_SNAPSHOT_PATHS_H
#define TOBAN_OPS_SNAPSHOT_PATHS_H

#include "base/arena.h"
#include "base/vec.h"
#include "ops/snapshot/snapshot.h"

struct paths {
    struct arena arena;
    VEC(const char *) list; /* "-" at most once */
};

/* -1: something is not there, cannot be opened, or holds no dumps. */
int paths_fill(struct paths *p, const struct snapshot_input *in, struct err *err);
/* NULL-safe; zeroed memory holds nothing. */
void paths_release(struct paths *p);
#define _cleanup_paths_ _cleanup_(paths_release)

#endif
