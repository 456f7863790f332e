/*
 * text: one input file as bytes in memory: mapped when it is plain, unpacked when its name ends in
 * .gz or .zst, read when it is standard input ("-").
 */
#ifndef TOBAN_OPS_SNAPSHOT_TEXT_H
#define TOBAN_OPS_SNAPSHOT_TEXT_H

#include "base/err.h"
#include "base/str.h"

struct text {
    struct sv view;
    void *map; /* NULL: it is in `own` */
    size_t map_len;
    struct str own;
};

/* Largest file, and largest text of a packed file or standard input: both in bytes. */
int text_open(struct text *t, const char *path, size_t max, size_t unpacked_max, struct err *err);
/* The same of bytes that stay where they are until it is closed; the name says how they are packed.
 */
int text_hold(struct text *t, const char *name, struct sv bytes, size_t unpacked_max,
              struct err *err);
/* NULL-safe; zeroed memory is a closed text. */
void text_close(struct text *t);
#define _cleanup_text_ _cleanup_(text_close)

#endif
