/* Without memory an append to the journal is done or it is not, and says so; the chain stays whole.
 */
#include "torture.h"

#include "base/str.h"
#include "journal/journal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static char where[256];
static uint64_t done;

static int append(struct err *err)
{
    _cleanup_store_ struct store *s = NULL;
    struct journal_note notes[2] = {
        {.kind = "act.intent",
         .subject = "plan/p-1",
         .actor = "a",
         .data = SV("{\"a\":[\"b\",1]}")},
        {.kind = "act.done", .subject = "plan/p-1", .actor = "a"},
    };
    struct store_write also = {.key = {"p", "a"}, .body = SV("x")};
    if (store_open(where, &s, err) < 0 || journal_append(s, notes, 2, &also, 1, NULL, err) < 0)
        return -1;
    done += 2;
    return 0;
}

static void remove_all(const char *folder)
{
    static const char *const names[] = {"s.db", "s.db-wal", "s.db-shm"};
    char path[300];
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        snprintf(path, sizeof path, "%s/%s", folder, names[i]);
        unlink(path);
    }
    rmdir(folder);
}

static void appends_without_memory_leave_the_chain_whole(void **state)
{
    const char *top = getenv("TMPDIR");
    struct err err = {0};
    struct journal_proof proof;
    struct store *s;
    char folder[200];
    snprintf(folder, sizeof folder, "%s/toban-torture-XXXXXX", top ? top : "/tmp");
    assert_non_null(mkdtemp(folder));
    snprintf(where, sizeof where, "%s/s.db", folder);
    assert_int_equal(append(&err), 0);
    assert_true(torture(append) > 10);
    if (store_open(where, &s, &err) < 0 || journal_verify(s, NULL, &proof, &err) < 0)
        fail_msg("%s", err.msg);
    assert_int_equal(proof.fault_count, 0);
    assert_int_equal(proof.entries, done);
    journal_proof_release(&proof);
    store_free(s);
    remove_all(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(appends_without_memory_leave_the_chain_whole)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
