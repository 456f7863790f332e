/*
 * archive_api: libarchive, loaded when the first packed chart is read and not before. Linking it
 * costs every start of the program about 2 ms, because it brings an XML and a Unicode library
 * along. Nothing else in toban may link or call libarchive.
 */
#ifndef TOBAN_INPUT_ARCHIVE_API_H
#define TOBAN_INPUT_ARCHIVE_API_H

#include "base/err.h"

#include <archive.h>
#include <archive_entry.h>

/* Which functions are taken; the member read_new is archive_read_new, and so on. */
#define ARCHIVE_API_EACH(X)                                                                        \
    X(entry_filetype)                                                                              \
    X(entry_hardlink)                                                                              \
    X(entry_pathname)                                                                              \
    X(error_string)                                                                                \
    X(read_data_block)                                                                             \
    X(read_free)                                                                                   \
    X(read_new)                                                                                    \
    X(read_next_header)                                                                            \
    X(read_open_memory)                                                                            \
    X(read_support_filter_gzip)                                                                    \
    X(read_support_format_tar)                                                                     \
    X(version_string)

#define ARCHIVE_API_MEMBER(name) __typeof__(archive_##name) *name;

struct archive_api {
    ARCHIVE_API_EACH(ARCHIVE_API_MEMBER)
};

/* May be called often and from several threads, each with a table of its own; there is nothing to
 * release, the library stays. -1 with err when it is missing or lacks a function. */
int archive_api_load(struct archive_api *api, struct err *err);

#endif
