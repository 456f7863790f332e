/*
 * sqlite: what the files of the SQLite store share. Private to store/ and its tests.
 */
#ifndef TOBAN_STORE_SQLITE_H
#define TOBAN_STORE_SQLITE_H

#include "store/store_ops.h"

#include <sqlite3.h>
#include <sys/stat.h>

/* "tbn1": SQLite keeps it in the head of the file, so that file(1) and we know whose it is. */
#define SQLITE_STORE_APPLICATION 0x74626e31
#define SQLITE_STORE_BUSY_MS 10000

enum sqlite_sql {
    SQL_BEGIN,
    SQL_COMMIT,
    SQL_ROLLBACK,
    SQL_GET,
    SQL_FROM,
    SQL_AFTER,
    SQL_BACK,
    SQL_LOOK,
    SQL_PUT,
    SQL_DELETE,
    SQL_COUNT,
};

struct sqlite_store {
    struct store base;
    sqlite3 *db;
    char *path;
    dev_t device; /* which file it is: a write to one that was moved away would be lost */
    ino_t inode;
    sqlite3_stmt *sql[SQL_COUNT]; /* prepared when first used */
    int step_errno; /* of the last step: SQLite does not keep that of a failed commit */
};

extern const struct store_ops sqlite_ops;

/* Fills *err with what SQLite said last and what to do about it: "PATH: doing: cause". rc is the
 * extended code. Returns -1. */
int sqlite_fail(const struct sqlite_store *s, int rc, const char *doing, struct err *err);

/* Makes the file (0600) and its folders (0700) when it is not there; proves that it is a file on
 * a disk of this machine; fills device and inode. */
int sqlite_file_prepare(struct sqlite_store *s, struct err *err);
int sqlite_file_check(struct sqlite_store *s, struct err *err);
/* Is something in the -wal beside it that is not in the file yet? */
bool sqlite_file_has_wal(const struct sqlite_store *s);
/* Has somebody it open, or left it without closing? */
bool sqlite_file_in_use(const struct sqlite_store *s);
/* SQLite reads the missing part of a page as zeros, which look like fewer items. */
int sqlite_file_whole(const struct sqlite_store *s, int64_t page_size, struct err *err);
/* Still the file that was opened? */
int sqlite_file_same(const struct sqlite_store *s, struct err *err);

/* One step of the schema's history; runs inside a transaction. */
struct sqlite_step {
    const char *sql;
};
extern const struct sqlite_step sqlite_steps[];
extern const unsigned sqlite_step_count;

/* Refuses what is not a store of this or an older toban, and brings it up to the last of the steps.
 * read_only: an older one is refused too. */
int sqlite_schema_prepare(struct sqlite_store *s, const struct sqlite_step *steps, unsigned count,
                          struct err *err);

/* Runs statements without results. */
int sqlite_run(struct sqlite_store *s, const char *sql, const char *doing, struct err *err);

#endif
