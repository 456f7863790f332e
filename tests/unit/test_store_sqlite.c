/* What is particular to the store in a SQLite file: the file, its schema, what stands in its way.
 */
#include "base/io.h"
#include "journal/journal.h"
#include "journal_make.h"
#include "private_mount.h"
#include "store/sqlite.h"
#include "store_place.h"

#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>

#define SKIPPED 77

static int set_up(void **state)
{
    struct store_place *p = calloc(1, sizeof *p);
    store_place_init(p);
    *state = p;
    return 0;
}

static int tear_down(void **state)
{
    store_place_release(*state);
    free(*state);
    return 0;
}

static const char *path_of(const struct store_place *p)
{
    return p->where + strlen("sqlite://");
}

static void run_sql(const char *path, const char *sql)
{
    sqlite3 *db;
    char *why = NULL;
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    if (sqlite3_exec(db, sql, NULL, NULL, &why) != SQLITE_OK)
        fail_msg("%s: %s", sql, why);
    sqlite3_close(db);
}

static void read_file(const char *path, struct str *out)
{
    struct err err = {0};
    str_reset(out);
    if (io_read_file(path, (size_t)16 << 20, out, &err) < 0)
        fail_msg("%s", err.msg);
}

static void write_file(const char *path, struct sv text)
{
    struct err err = {0};
    if (io_write_private(path, text, &err) < 0)
        fail_msg("%s", err.msg);
}

/* Writes are refused: why. */
static struct err must_refuse_to_open(const char *where, enum err_class class, const char *say)
{
    struct err err = {0};
    struct store *s = (struct store *)&err;
    if (store_open(where, &s, &err) == 0)
        fail_msg("%s was opened", where);
    assert_null(s);
    if (err.class != class || !strstr(err.msg, say))
        fail_msg("%s: %s, expected %s '%s'", err_class_name(err.class), err.msg,
                 err_class_name(class), say);
    return err;
}

/* ---- schemas ---- */

static int64_t pragma(const char *path, const char *name)
{
    sqlite3 *db;
    sqlite3_stmt *stmt;
    char sql[64];
    snprintf(sql, sizeof sql, "PRAGMA %s", name);
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &stmt, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(stmt), SQLITE_ROW);
    int64_t value = sqlite3_column_int64(stmt, 0);
    sqlite3_finalize(stmt);
    sqlite3_close(db);
    return value;
}

/* A new schema without its file in tests/data/store fails here. */
static void every_released_schema_is_opened(void **state)
{
    struct store_place *p = *state;
    _cleanup_str_ struct str text = {0};
    for (unsigned schema = 1; schema <= sqlite_step_count; schema++) {
        _cleanup_arena_ struct arena a = {0};
        char path[512];
        snprintf(path, sizeof path, STORE_DATA "/schema-%u.db", schema);
        read_file(path, &text);
        write_file(path_of(p), str_sv(&text));
        assert_int_equal(pragma(path_of(p), "user_version"), schema);
        struct store *s = store_place_open(p);
        assert_string_equal(store_place_get(s, "lease", "plan/p-7k2m4q", &a), "{\"held\":false}");
        assert_string_equal(journal_make_faults(s, NULL, &text), "");
        journal_make(s, 1);
        assert_string_equal(journal_make_faults(s, NULL, &text), "");
        store_free(s);
        assert_int_equal(pragma(path_of(p), "user_version"), sqlite_step_count);
        assert_int_equal(pragma(path_of(p), "application_id"), SQLITE_STORE_APPLICATION);
    }
}

static const struct sqlite_step later_steps[] = {
    {NULL}, /* the one that was released */
    {"CREATE TABLE second (a INTEGER) STRICT; INSERT INTO second VALUES (1)"},
    {"INSERT INTO second VALUES (2); CREATE TABLE third (a INTEGER) STRICT"},
    {"CREATE TABLE fourth (a INTEGER) STRICT; INSERT INTO nowhere VALUES (3)"},
};

static int bring_up_to(struct store *s, unsigned count, struct err *err)
{
    struct sqlite_step steps[ARRAY_LEN(later_steps)];
    memcpy(steps, later_steps, sizeof steps);
    steps[0] = sqlite_steps[0];
    return sqlite_schema_prepare((struct sqlite_store *)s, steps, count, err);
}

static void a_schema_is_brought_up_to_date_or_left(void **state)
{
    struct store_place *p = *state;
    struct err err = {0};
    struct store *s = store_place_open(p);
    assert_int_equal(bring_up_to(s, 4, &err), -1);
    assert_int_equal(err.class, ERR_LOCAL);
    assert_non_null(strstr(err.msg, path_of(p)));
    assert_int_equal(pragma(path_of(p), "user_version"), 1);
    assert_int_equal(bring_up_to(s, 1, &err), 0);
    assert_int_equal(bring_up_to(s, 3, &err), 0);
    assert_int_equal(pragma(path_of(p), "user_version"), 3);
    assert_int_equal(bring_up_to(s, 3, &err), 0);
    store_free(s);
    must_refuse_to_open(p->where, ERR_INPUT, "newer toban (schema 3, this one knows up to 1)");
    struct store *look;
    assert_int_equal(store_open_to_read(p->where, &look, &err), -1);
    assert_int_equal(err.class, ERR_INPUT);
}

/* ---- files that are something else ---- */

static void what_is_no_store_is_left_as_it_is(void **state)
{
    struct store_place *p = *state;
    _cleanup_str_ struct str before = {0}, after = {0};
    run_sql(path_of(p), "CREATE TABLE t (a); INSERT INTO t VALUES (1)");
    read_file(path_of(p), &before);
    must_refuse_to_open(p->where, ERR_INPUT, "another program's SQLite database");
    read_file(path_of(p), &after);
    assert_true(sv_eq(str_sv(&before), str_sv(&after)));
    write_file(path_of(p), SV("kind: List\n"));
    must_refuse_to_open(p->where, ERR_INPUT, "not a toban store");
    read_file(path_of(p), &after);
    assert_string_equal(str_c(&after), "kind: List\n");
    must_refuse_to_open(p->folder, ERR_INPUT, "not a regular file");
    char below[400];
    snprintf(below, sizeof below, "%s/x.db", path_of(p));
    must_refuse_to_open(below, ERR_NOT_FOUND, "Not a directory");
}

static const struct {
    const char *sql, *say;
} alterations[] = {
    {"PRAGMA user_version = 0", "altered"},
    {"PRAGMA user_version = -1", "altered"},
    {"PRAGMA user_version = 2", "newer toban"},
    {"PRAGMA application_id = 1", "another program's"},
    {"ALTER TABLE item ADD COLUMN more TEXT", "altered"},
    {"CREATE TABLE more (a)", "altered"},
    {"CREATE INDEX more ON item (body)", "altered"},
    {"CREATE TRIGGER t AFTER INSERT ON item BEGIN DELETE FROM item; END", "altered"},
    {"CREATE VIEW v AS SELECT 1", "altered"},
    {"DROP TABLE item", "altered"},
};

static void stores_that_were_rebuilt_are_refused(void **state)
{
    struct store_place *p = *state;
    for (size_t i = 0; i < ARRAY_LEN(alterations); i++) {
        unlink(path_of(p));
        store_free(store_place_open(p));
        run_sql(path_of(p), alterations[i].sql);
        struct err err = must_refuse_to_open(p->where, ERR_INPUT, alterations[i].say);
        assert_true(*err.hint);
    }
}

static void put_byte(const struct store_place *p, size_t at, int byte)
{
    char c = (char)byte;
    _cleanup_close_ int fd = open(path_of(p), O_WRONLY);
    assert_int_equal(pwrite(fd, &c, 1, (off_t)at), 1);
}

/* Whatever single byte changes on the disk: it is told, or it changes nothing that is kept. */
static void no_damage_passes_for_a_journal(void **state)
{
    struct store_place *p = *state;
    _cleanup_str_ struct str file = {0}, want = {0}, got = {0};
    unsigned told = 0;
    struct store *s = store_place_open(p);
    journal_make(s, 6);
    journal_make_export(s, NULL, &want);
    store_free(s);
    read_file(path_of(p), &file);
    for (size_t at = 0; at < file.len; at += 1 + at % 29) {
        struct err err = {0};
        struct journal_proof proof = {0};
        put_byte(p, at, file.data[at] ^ 0x11);
        int rc = store_open_to_read(p->where, &s, &err);
        if (rc == 0)
            rc = journal_verify(s, NULL, &proof, &err);
        if (rc == 0 && !proof.fault_count) {
            str_reset(&got);
            journal_make_export(s, NULL, &got);
            if (!sv_eq(str_sv(&got), str_sv(&want)))
                fail_msg("byte %zu was changed and is not found", at);
        } else
            told++;
        journal_proof_release(&proof);
        store_free(s);
        put_byte(p, at, file.data[at]);
    }
    assert_true(told > 100);
}

/* ---- the file itself ---- */

static mode_t mode_of(const char *folder, const char *name)
{
    char path[512];
    struct stat st;
    snprintf(path, sizeof path, "%s%s", folder, name);
    if (stat(path, &st) < 0)
        fail_msg("%s: %s", path, strerror(errno));
    return st.st_mode & 07777;
}

static void only_the_owner_may_look(void **state)
{
    struct store_place *p = *state;
    char where[400];
    mode_t usual = umask(0);
    snprintf(where, sizeof where, "%s/a b/c%%41?d#e/s.db", p->folder);
    struct err err = {0};
    struct store *s;
    if (store_open(where, &s, &err) < 0)
        fail_msg("%s", err.msg);
    store_place_put(s, "p", "a", "x");
    umask(usual);
    assert_int_equal(mode_of(p->folder, "/a b"), 0700);
    assert_int_equal(mode_of(p->folder, "/a b/c%41?d#e"), 0700);
    assert_int_equal(mode_of(where, ""), 0600);
    assert_int_equal(mode_of(where, "-wal"), 0600);
    assert_int_equal(mode_of(where, "-shm"), 0600);
    store_free(s);
}

static void many_may_make_it_at_once(void **state)
{
    struct store_place *p = *state;
    pid_t pids[8];
    snprintf(p->where, sizeof p->where, "%s/new/folder/s.db", p->folder);
    for (int i = 0; i < 8; i++)
        if ((pids[i] = fork()) == 0) {
            struct store *s = store_place_open(p);
            char key[8];
            snprintf(key, sizeof key, "%d", i);
            store_place_put(s, "p", key, "x");
            store_free(s);
            _exit(0);
        }
    for (int i = 0; i < 8; i++) {
        int status;
        assert_int_equal(waitpid(pids[i], &status, 0), pids[i]);
        assert_int_equal(status, 0);
    }
    _cleanup_store_ struct store *s = store_place_open(p);
    _cleanup_arena_ struct arena a = {0};
    for (char key[2] = "0"; *key < '8'; ++*key)
        assert_non_null(store_place_get(s, "p", key, &a));
}

static void a_file_that_was_moved_away_is_missed(void **state)
{
    struct store_place *p = *state;
    char other[400];
    struct err err = {0};
    snprintf(other, sizeof other, "%s/other.db", p->folder);
    _cleanup_store_ struct store *s = store_place_open(p);
    assert_int_equal(rename(path_of(p), other), 0);
    assert_int_equal(store_probe(s, &err), -1);
    assert_int_equal(err.class, ERR_LOCAL);
    assert_non_null(strstr(err.msg, "moved, deleted or replaced"));
    write_file(path_of(p), SV("another"));
    assert_int_equal(store_probe(s, &err), -1);
    assert_int_equal(rename(other, path_of(p)), 0);
    assert_int_equal(store_probe(s, &err), 0);
}

static void what_is_too_large_is_not_read(void **state)
{
    struct store_place *p = *state;
    struct err err = {0};
    struct store_item item;
    _cleanup_arena_ struct arena a = {0};
    _cleanup_store_ struct store *s = store_place_open(p);
    store_place_put(s, "p", "a", "1");
    run_sql(path_of(p), "UPDATE item SET body = zeroblob(3000000)");
    assert_int_equal(store_get(s, (struct store_key){"p", "a"}, &a, &item, &err), -1);
    assert_int_equal(err.class, ERR_INPUT);
    assert_non_null(strstr(err.msg, "larger than any"));
}

static void a_busy_store_is_told_as_such(void **state)
{
    struct store_place *p = *state;
    struct err err = {0};
    sqlite3 *db;
    _cleanup_store_ struct store *s = store_place_open(p);
    _cleanup_arena_ struct arena a = {0};
    sqlite3_busy_timeout(((struct sqlite_store *)s)->db, 20);
    assert_int_equal(sqlite3_open(path_of(p), &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(store_probe(s, &err), -1);
    assert_int_equal(err.class, ERR_THROTTLED);
    assert_null(store_place_get(s, "p", "a", &a)); /* reading goes on */
    sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL);
    sqlite3_close(db);
    assert_int_equal(store_probe(s, &err), 0);
}

/* ---- full disks, disks that cannot be written ---- */

/* Runs `play` in a process of its own, which may change its limits and mounts. */
static void play_apart(struct store_place *p, int (*play)(struct store_place *p))
{
    int status;
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0)
        _exit(play(p));
    assert_int_equal(waitpid(pid, &status, 0), pid);
    if (WIFEXITED(status) && WEXITSTATUS(status) == SKIPPED)
        skip();
    if (status)
        fail_msg("ended with status %x", (unsigned)status);
}

static int say(const char *what, const struct err *err)
{
    fprintf(stderr, "%s: %s: %s / %s\n", what, err_class_name(err->class), err->msg, err->hint);
    return 1;
}

/* Journals pairs until there is no room; how many went in. */
static int fill(struct store *s, struct err *err)
{
    static char pad[3000];
    memset(pad, 'x', sizeof pad);
    _cleanup_str_ struct str data = {0};
    str_addf(&data, "{\"pad\":\"%.*s\"}", (int)sizeof pad, pad);
    struct journal_note n = {
        .kind = "act.intent", .subject = "plan/p", .actor = "a", .data = str_sv(&data)};
    struct journal_note pair[2] = {n, n};
    int count = 0;
    while (count < 10000 && journal_append(s, pair, 2, NULL, 0, NULL, err) == 0)
        count++;
    return count;
}

/* A full disk is told before anything is done, nothing is half written, and room heals it. */
static int check_full(struct store_place *p, struct store *s,
                      bool (*make_room)(struct store_place *))
{
    struct err err = {0};
    struct journal_proof proof;
    int pairs = fill(s, &err);
    if (pairs < 3 || pairs == 10000)
        return say("filling", &err);
    if (err.class != ERR_LOCAL || !strstr(err.msg, path_of(p)) || !strstr(err.hint, "make room"))
        return say("full", &err);
    struct store_write w[2] = {{.key = {"p", "a"}, .body = SV("x")},
                               {.key = {"p", "b"}, .body = sv_n((char[9000]){0}, 9000)}};
    if (journal_verify(s, NULL, &proof, &err) < 0 || proof.fault_count ||
        proof.entries != 2 * (uint64_t)pairs)
        return say("what is there", &err);
    journal_proof_release(&proof);
    if (!make_room(p) || store_write(s, w, 2, NULL, &err) < 0)
        return say("room was made", &err);
    return 0;
}

static bool grow_tmpfs(struct store_place *p)
{
    return private_mount_again(p->folder, 0, "size=4m");
}

static int fill_a_disk(struct store_place *p)
{
    if (!private_mount_tmpfs(p->folder, "size=256k"))
        return SKIPPED;
    _cleanup_store_ struct store *s = store_place_open(p);
    return check_full(p, s, grow_tmpfs);
}

static void a_full_disk_is_told_before_anything_is_done(void **state)
{
    play_apart(*state, fill_a_disk);
}

static bool limit_files(rlim_t bytes)
{
    return setrlimit(RLIMIT_FSIZE, &(struct rlimit){bytes, RLIM_INFINITY}) == 0;
}

static bool lift_limit(struct store_place *p)
{
    return limit_files(RLIM_INFINITY);
}

static int reach_the_limit(struct store_place *p)
{
    _cleanup_store_ struct store *s = store_place_open(p);
    signal(SIGXFSZ, SIG_IGN);
    return limit_files(200000) ? check_full(p, s, lift_limit) : 1;
}

static void a_limit_on_files_is_told_as_a_full_disk(void **state)
{
    play_apart(*state, reach_the_limit);
}

static int open_on_a_frozen_disk(struct store_place *p)
{
    struct err err = {0};
    struct store *s;
    char wal[400];
    _cleanup_arena_ struct arena a = {0};
    if (!private_mount_tmpfs(p->folder, "size=1m"))
        return SKIPPED;
    s = store_place_open(p);
    store_place_put(s, "p", "a", "1");
    store_free(s);
    if (!private_mount_again(p->folder, MS_RDONLY, "size=1m"))
        return 2;
    if (store_open(p->where, &s, &err) == 0 || err.class != ERR_LOCAL ||
        !strstr(err.msg, "read-only") || !*err.hint)
        return say("opened to write", &err);
    if (store_open_to_read(p->where, &s, &err) < 0)
        return say("opened to read", &err);
    const char *body = store_place_get(s, "p", "a", &a);
    snprintf(wal, sizeof wal, "%s-shm", path_of(p));
    int rc = body && strcmp(body, "1") == 0 && access(wal, F_OK) < 0 ? 0 : 3;
    store_free(s);
    return rc;
}

static void a_read_only_disk_can_be_looked_at(void **state)
{
    play_apart(*state, open_on_a_frozen_disk);
}

static int open_as_another(struct store_place *p)
{
    struct err err = {0};
    struct store *s;
    if (geteuid() == 0 && setuid(65534) < 0)
        return SKIPPED;
    if (store_open(p->where, &s, &err) == 0 || err.class != ERR_DENIED || !*err.hint)
        return say("opened to write", &err);
    if (store_open_to_read(p->where, &s, &err) == 0 || err.class != ERR_DENIED)
        return say("opened to read", &err);
    return 0;
}

static void a_store_of_another_is_denied(void **state)
{
    struct store_place *p = *state;
    store_free(store_place_open(p));
    assert_int_equal(chmod(path_of(p), geteuid() == 0 ? 0600 : 0), 0);
    assert_int_equal(chmod(p->folder, 0755), 0);
    play_apart(p, open_as_another);
}

/* Where it may not write it reads what nobody has open. */
static int look_as_another(struct store_place *p)
{
    struct err err = {0};
    struct store *s;
    _cleanup_arena_ struct arena a = {0};
    if (geteuid() == 0 && setuid(65534) < 0)
        return SKIPPED;
    if (store_open_to_read(p->where, &s, &err) < 0)
        return say("opened to read", &err);
    const char *body = store_place_get(s, "p", "a", &a);
    store_free(s);
    return body && strcmp(body, "1") == 0 ? 0 : 1;
}

static void a_store_of_another_can_be_looked_at(void **state)
{
    struct store_place *p = *state;
    struct store *s = store_place_open(p);
    store_place_put(s, "p", "a", "1");
    store_free(s);
    assert_int_equal(chmod(path_of(p), 0444), 0);
    assert_int_equal(chmod(p->folder, 0555), 0);
    play_apart(p, look_as_another);
    assert_int_equal(chmod(p->folder, 0755), 0);
}

#define SQLITE_TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        SQLITE_TEST(every_released_schema_is_opened),
        SQLITE_TEST(a_schema_is_brought_up_to_date_or_left),
        SQLITE_TEST(what_is_no_store_is_left_as_it_is),
        SQLITE_TEST(stores_that_were_rebuilt_are_refused),
        SQLITE_TEST(no_damage_passes_for_a_journal),
        SQLITE_TEST(only_the_owner_may_look),
        SQLITE_TEST(many_may_make_it_at_once),
        SQLITE_TEST(a_file_that_was_moved_away_is_missed),
        SQLITE_TEST(what_is_too_large_is_not_read),
        SQLITE_TEST(a_busy_store_is_told_as_such),
        SQLITE_TEST(a_full_disk_is_told_before_anything_is_done),
        SQLITE_TEST(a_limit_on_files_is_told_as_a_full_disk),
        SQLITE_TEST(a_read_only_disk_can_be_looked_at),
        SQLITE_TEST(a_store_of_another_is_denied),
        SQLITE_TEST(a_store_of_another_can_be_looked_at),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
