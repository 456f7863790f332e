/*
 * patches: which files Kustomize uses as patches. A patch names only what it changes, so that what
 * it leaves out must not be filled in.
 */
#ifndef TOBAN_OPS_MIGRATE_PATCHES_H
#define TOBAN_OPS_MIGRATE_PATCHES_H

#include "base/arena.h"
#include "base/map.h"
#include "base/str.h"

struct patches {
    struct arena arena;
    struct map folders; /* folders looked at */
    struct map files;   /* real paths of patch files */
};

/* The kustomization file in the folder of path that was not returned yet; NULL when there is none.
 * Reads it and takes note of the patches it names. Owned by p. */
const char *patches_kustomization_beside(struct patches *p, const char *path);

bool patches_has(const struct patches *p, const char *path);

void patches_release(struct patches *p);

#endif
