#include "store/sqlite.h"

#include <errno.h>

static int no_room(const struct sqlite_store *s, const char *doing, const char *why,
                   struct err *err)
{
    err_set(err, ERR_LOCAL, "%s: %s: %s", s->path, doing, why);
    return err_hint(err, "make room where the store is, then run the same command again");
}

static int damaged(const struct sqlite_store *s, const char *doing, struct err *err)
{
    err_set(err, ERR_LOCAL, "%s: %s: the file is damaged (%s)", s->path, doing,
            sqlite3_errmsg(s->db));
    return err_hint(err, "keep a copy of it, then see what can be saved: sqlite3 '%s' .recover",
                    s->path);
}

static int not_writable(const struct sqlite_store *s, int rc, const char *doing, struct err *err)
{
    if (rc == SQLITE_READONLY_CANTINIT || rc == SQLITE_READONLY_RECOVERY ||
        rc == SQLITE_READONLY_ROLLBACK) {
        err_set(err, ERR_DENIED,
                "%s: %s: its writer left unfinished work that cannot be read without writing",
                s->path, doing);
        return err_hint(err,
                        "copy '%s' and what is beside it under that name (-wal, -journal) to a "
                        "folder where you may write",
                        s->path);
    }
    err_set(err, ERR_LOCAL, "%s: %s: the file is read-only", s->path, doing);
    return err_hint(err, "make it writable, or name another with --store FILE or TOBAN_STORE");
}

static int cause_of(const struct sqlite_store *s)
{
    int cause = sqlite3_system_errno(s->db);
    return cause ? cause : s->step_errno;
}

static int failed_io(const struct sqlite_store *s, const char *doing, struct err *err)
{
    int cause = cause_of(s);
    if (cause == ENOSPC || cause == EFBIG || cause == EDQUOT)
        return no_room(s, doing, strerror(cause), err);
    if (cause == EROFS)
        return not_writable(s, SQLITE_READONLY, doing, err);
    err_set(err, ERR_LOCAL, "%s: %s: %s%s%s", s->path, doing, sqlite3_errmsg(s->db),
            cause ? ": " : "", cause ? strerror(cause) : "");
    return err_hint(err, "check the disk ('dmesg' tells of its errors)");
}

static int cannot_open(const struct sqlite_store *s, const char *doing, struct err *err)
{
    int cause = cause_of(s);
    if (!cause || cause == ENOSPC || cause == EROFS)
        return failed_io(s, doing, err);
    err_sys(err, cause, "%s: %s", s->path, doing);
    return err_hint(err, "SQLite needs to write the file and the folder it is in");
}

int sqlite_fail(const struct sqlite_store *s, int rc, const char *doing, struct err *err)
{
    switch (rc & 0xff) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        err_set(err, ERR_THROTTLED, "%s: %s: busy, another process has been writing for %d s",
                s->path, doing, SQLITE_STORE_BUSY_MS / 1000);
        return err_hint(err, "run it again; 'fuser %s' names who has the file open", s->path);
    case SQLITE_FULL:
        return no_room(s, doing, "the disk is full", err);
    case SQLITE_READONLY:
        return not_writable(s, rc, doing, err);
    case SQLITE_IOERR:
        return failed_io(s, doing, err);
    case SQLITE_CANTOPEN:
        return cannot_open(s, doing, err);
    case SQLITE_CORRUPT:
        return damaged(s, doing, err);
    case SQLITE_NOTADB:
        err_set(err, ERR_INPUT, "%s: not a toban store (no SQLite database)", s->path);
        return err_hint(err, "name the store with --store FILE or TOBAN_STORE");
    case SQLITE_TOOBIG:
        return err_set(err, ERR_INPUT, "%s: %s: an item is larger than any that toban writes",
                       s->path, doing);
    case SQLITE_NOMEM:
        return err_nomem(err, doing);
    default:
        return err_set(err, ERR_LOCAL, "%s: %s: %s", s->path, doing, sqlite3_errmsg(s->db));
    }
}
