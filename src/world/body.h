/*
 * body: what is inside of a snapshot, before it is compressed: the sections of
 * docs/format/snapshot.md one behind the other. Internal to world/.
 */
#ifndef TOBAN_WORLD_BODY_H
#define TOBAN_WORLD_BODY_H

#include "base/err.h"
#include "base/str.h"
#include "world/cloud.h"
#include "world/world.h"

/* Largest body that is written or read. */
#define BODY_MAX ((size_t)1 << 30)

/* Appends the body; cloud may be NULL. Equal worlds give equal bytes, whatever the order of their
 * arrays and texts. -1 when it would be larger than BODY_MAX. */
int body_write(const struct world *w, const struct cloud *cloud, struct str *out, struct err *err);

/* Reads a body into an empty world and cloud (which may be NULL). Trusts nothing. */
int body_read(struct world *w, struct cloud *cloud, struct sv bytes, struct err *err);

#endif
