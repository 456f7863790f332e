/*
 * io: whole files in and out, with caps and without half-written results.
 */
#ifndef TOBAN_BASE_IO_H
#define TOBAN_BASE_IO_H

#include "base/err.h"
#include "base/str.h"

/* Largest manifest toban reads, in bytes: far above any real one, far below what would hurt. */
#define IO_MANIFEST_MAX ((size_t)64 << 20)

/* Appends the whole regular file to *out. 0, or -1 with err naming the path: not there, no
 * permission, not a regular file, larger than max bytes (ERR_LIMIT; nothing is read then). */
int io_read_file(const char *path, size_t max, struct str *out, struct err *err);

/* Appends everything up to the end of fd. `name` is for messages. Blocks. -1 as above. */
int io_read_fd(int fd, const char *name, size_t max, struct str *out, struct err *err);

/* Replaces path by text in one step: temporary file beside it, mode and owner (where allowed)
 * taken from the old file (0644 less umask when there was none), fsync, rename, fsync of the
 * folder. A symbolic link is followed, so the link stays. On failure the old file is untouched and
 * the temporary file is gone. What is no file (a pipe, a terminal, a device) is not replaced but
 * written to. */
int io_write_atomic(const char *path, struct sv text, struct err *err);

/* As io_write_atomic, but nobody else may read it afterwards: mode 0600, whatever the old file had.
 */
int io_write_private(const char *path, struct sv text, struct err *err);

/* Writes all n bytes to fd, through short writes and EINTR. -1 with errno set. */
int io_write_all(int fd, const void *bytes, size_t n);

#endif
