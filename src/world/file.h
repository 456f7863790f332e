/*
 * file: a world as bytes and back. The format is docs/format/snapshot.md: a magic, a version, a
 * zstd-compressed body of tagged sections, a checksum. Written by `toban snapshot`, read by
 * everything that takes --world. Bytes in and out; files are read and written by ops/snapshot.
 */
#ifndef TOBAN_WORLD_FILE_H
#define TOBAN_WORLD_FILE_H

#include "base/err.h"
#include "base/str.h"
#include "world/cloud.h"
#include "world/world.h"

#define WORLD_FILE_VERSION 1u

/* First bytes of every snapshot, whatever its version. */
bool world_file_is(struct sv bytes);

/* Appends the snapshot to *out. cloud may be NULL. Equal worlds give equal bytes. */
int world_file_save(const struct world *w, const struct cloud *cloud, struct str *out,
                    struct err *err);

/* Reads a snapshot into an empty world (and cloud, which may be NULL). -1 with err naming `name`
 * for another format or version (and which ones can be read), a cut-off or altered file, indexes
 * that point nowhere, sizes beyond the limits. Nothing is believed before it is checked; both are
 * to be released also then. */
int world_file_load(struct world *w, struct cloud *cloud, const char *name, struct sv bytes,
                    struct err *err);

#endif
