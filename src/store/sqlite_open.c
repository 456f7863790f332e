#include "store/sqlite.h"

#include <errno.h>
#include <limits.h>
#include <time.h>

/* Of a row: far above any that we write, far below what would hurt. */
#define ROW_MAX (1 << 20)

int sqlite_run(struct sqlite_store *s, const char *sql, const char *doing, struct err *err)
{
    int rc = sqlite3_exec(s->db, sql, NULL, NULL, NULL);
    return rc == SQLITE_OK ? 0 : sqlite_fail(s, rc, doing, err);
}

/* The name does not change its meaning when the working folder does. */
static char *absolute(const char *path)
{
    char folder[PATH_MAX];
    _cleanup_str_ struct str text = {0};
    if (*path != '/') {
        if (!getcwd(folder, sizeof folder))
            return NULL;
        str_addf(&text, "%s/", strcmp(folder, "/") ? folder : "");
    }
    str_adds(&text, path);
    return str_steal(&text);
}

/* A file that is in nobody's use, where what its use takes (locks, shared memory) cannot be put
 * beside it: on a disk or in a folder where we may not write. What is in its -wal would not be
 * seen, so there must be none. */
static bool is_frozen(const struct sqlite_store *s)
{
    _cleanup_free_ char *folder = strdup(s->path);
    if (!s->base.read_only || !folder || sqlite_file_has_wal(s) || sqlite_file_in_use(s))
        return false;
    strrchr(folder, '/')[1] = '\0';
    return access(folder, W_OK) < 0;
}

/* "file:" with the path's special characters written as %xx. */
static void add_uri(struct str *out, const char *path)
{
    str_adds(out, "file:");
    for (const char *p = path; *p; p++)
        if (strchr("%?#", *p))
            str_addf(out, "%%%02x", (unsigned char)*p);
        else
            str_addc(out, *p);
    str_adds(out, "?immutable=1");
}

static int open_file(struct sqlite_store *s, struct err *err)
{
    _cleanup_str_ struct str name = {0};
    int flags = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
    flags |= s->base.read_only ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE;
    if (is_frozen(s)) {
        flags |= SQLITE_OPEN_URI;
        add_uri(&name, s->path);
    } else
        str_adds(&name, s->path);
    if (!str_ok(&name))
        return err_nomem(err, "opening the store");
    int rc = sqlite3_open_v2(str_c(&name), &s->db, flags, NULL);
    if (rc != SQLITE_OK)
        return s->db ? sqlite_fail(s, rc, "cannot open the store", err)
                     : err_nomem(err, "opening the store");
    /* SQLite falls back to reading by itself. */
    if (!s->base.read_only && sqlite3_db_readonly(s->db, "main") == 1)
        return sqlite_fail(s, SQLITE_READONLY, "cannot open the store", err);
    return 0;
}

/* Whoever died while it made the store has left a journal that has to be rolled back, for which
 * reading alone is not enough. What fails here fails again, and is told, when the file is read. */
static void roll_back(const struct sqlite_store *s)
{
    _cleanup_str_ struct str journal = {0};
    sqlite3 *db = NULL;
    str_addf(&journal, "%s-journal", s->path);
    if (!str_ok(&journal) || access(str_c(&journal), F_OK) < 0)
        return;
    if (sqlite3_open_v2(s->path, &db, SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_READWRITE, NULL) ==
        SQLITE_OK) {
        sqlite3_busy_timeout(db, SQLITE_STORE_BUSY_MS);
        sqlite3_exec(db, "SELECT count(*) FROM sqlite_schema", NULL, NULL, NULL);
    }
    sqlite3_close(db);
}

static int configure(struct sqlite_store *s, struct err *err)
{
    sqlite3_busy_timeout(s->db, SQLITE_STORE_BUSY_MS);
    sqlite3_limit(s->db, SQLITE_LIMIT_LENGTH, ROW_MAX);
    sqlite3_db_config(s->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    sqlite3_db_config(s->db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
    return sqlite_run(s, "PRAGMA synchronous = FULL; PRAGMA cell_size_check = ON",
                      "cannot open the store", err);
}

static int64_t now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static int collect_word(void *to, int columns, char **values, char **names)
{
    snprintf(to, 16, "%s", columns && values[0] ? values[0] : "");
    return 0;
}

/* Changing the mode needs the file for oneself, and SQLite does not always wait for it. */
static int use_wal(struct sqlite_store *s, struct err *err)
{
    char mode[16] = "";
    int64_t end = now_ms() + SQLITE_STORE_BUSY_MS;
    int rc;
    while ((rc = sqlite3_exec(s->db, "PRAGMA journal_mode = WAL", collect_word, mode, NULL)) ==
               SQLITE_BUSY &&
           now_ms() < end)
        sqlite3_sleep(5);
    if (rc != SQLITE_OK)
        return sqlite_fail(s, rc, "cannot prepare the store", err);
    if (strcmp(mode, "wal") != 0) {
        err_set(err, ERR_LOCAL, "%s: this file system cannot share memory between processes",
                s->path);
        return err_hint(err, "name a file on a local disk with --store FILE or TOBAN_STORE");
    }
    return 0;
}

static int check_size(struct sqlite_store *s, struct err *err)
{
    char text[16] = "";
    uint64_t size;
    int rc = sqlite3_exec(s->db, "PRAGMA page_size", collect_word, text, NULL);
    if (rc != SQLITE_OK || !sv_to_u64(sv_of(text), &size) || !size)
        return sqlite_fail(s, rc, "cannot open the store", err);
    return sqlite_file_whole(s, (int64_t)size, err);
}

static int prepare(struct sqlite_store *s, struct err *err)
{
    if (s->base.read_only)
        roll_back(s);
    if ((s->base.read_only ? sqlite_file_check(s, err) : sqlite_file_prepare(s, err)) < 0 ||
        open_file(s, err) < 0 || configure(s, err) < 0 ||
        sqlite_schema_prepare(s, sqlite_steps, sqlite_step_count, err) < 0 ||
        check_size(s, err) < 0)
        return -1;
    return s->base.read_only ? 0 : use_wal(s, err);
}

int store_sqlite_open(const char *path, bool read_only, struct store **out, struct err *err)
{
    struct sqlite_store *s = calloc(1, sizeof *s);
    if (!s)
        return err_nomem(err, "opening the store");
    s->base.ops = &sqlite_ops;
    s->base.read_only = read_only;
    s->path = absolute(path);
    if (s->path && asprintf(&s->base.where, "sqlite://%s", s->path) < 0)
        s->base.where = NULL;
    int rc = s->path && s->base.where ? prepare(s, err)
                                      : err_sys(err, errno, "%s: cannot open the store", path);
    if (rc < 0)
        store_free(&s->base);
    else
        *out = &s->base;
    return rc;
}
