/*
 * tgz: the text files of a packed chart, in memory. Trusts nothing: only tar inside gzip, caps on
 * entries and sizes, no links, no names that lead out. Private to input/.
 */
#ifndef TOBAN_INPUT_TGZ_H
#define TOBAN_INPUT_TGZ_H

#include "base/arena.h"
#include "base/err.h"
#include "base/sv.h"
#include "base/vec.h"

#define TGZ_PACKED_MAX ((size_t)64 << 20)    /* bytes of the file */
#define TGZ_UNPACKED_MAX ((size_t)128 << 20) /* bytes of all entries together, read or not */
#define TGZ_ENTRY_MAX ((size_t)16 << 20)     /* bytes of one entry that is read */
#define TGZ_ENTRIES_MAX 20000u

struct tgz_entry {
    const char *path; /* without leading "./"; never absolute, never with ".." */
    struct sv text;
};

struct tgz {
    struct arena *arena;           /* the caller's: owns paths and texts */
    VEC(struct tgz_entry) entries; /* regular files a chart can make use of, sorted by path */
    bool is_chart;                 /* there is a NAME/Chart.yaml */
};

/* Unpacks bytes; name is for messages. -1 with err: not gzip or tar, broken, a limit was hit
 * (ERR_LIMIT), an entry leads out of the archive. Without a NAME/Chart.yaml among the first entries
 * reading stops early, is_chart is false and the result is 0. Texts live in arena. Release *out
 * always. */
int tgz_read(struct tgz *out, struct arena *arena, const char *name, struct sv bytes,
             struct err *err);

void tgz_release(struct tgz *t);
#define _cleanup_tgz_ _cleanup_(tgz_release)

#endif
