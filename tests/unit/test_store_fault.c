/* Each write, sync and opened file of the SQLite store fails once: what was asked for is done or it
 * is not, whoever asked is told, and the store is whole afterwards. */
#include "base/str.h"
#include "fault_vfs.h"
#include "journal_make.h"
#include "store_place.h"

#include "unit.h"

#include <string.h>
#include <unistd.h>

#define OPERATIONS_MAX 500

static void check_error(const struct store_place *p, const struct err *err, unsigned n)
{
    if (err->class != ERR_LOCAL || !strstr(err->msg, p->where + strlen("sqlite://")) || !*err->hint)
        fail_msg("operation %u: %s: %s / %s", n, err_class_name(err->class), err->msg, err->hint);
}

static int write_pair(struct store *s, struct err *err)
{
    struct journal_note n = {.kind = "act.intent", .subject = "plan/p-1", .actor = "a", .at_ms = 1};
    struct store_write also[2] = {
        {.condition = STORE_AT_VERSION, .expect = 1, .key = {"p", "a"}, .body = SV("2")},
        {.condition = STORE_AT_VERSION, .expect = 1, .key = {"p", "b"}, .body = SV("2")},
    };
    return journal_append(s, &n, 1, also, 2, NULL, err);
}

/* done: the pair was written, as far as the writer knows. */
static void check_state(const struct store_place *p, bool done, unsigned n)
{
    _cleanup_store_ struct store *s = store_place_open(p);
    _cleanup_arena_ struct arena a = {0};
    _cleanup_str_ struct str text = {0};
    struct err err = {0};
    struct journal_proof proof;
    const char *want = done ? "2" : "1";
    const char *first = store_place_get(s, "p", "a", &a),
               *second = store_place_get(s, "p", "b", &a);
    if (strcmp(first, want) != 0 || strcmp(second, want) != 0)
        fail_msg("operation %u: expected %s, found %s and %s", n, want, first, second);
    assert_string_equal(journal_make_faults(s, NULL, &text), "");
    assert_int_equal(journal_verify(s, NULL, &proof, &err), 0);
    assert_int_equal(proof.entries, done ? 4 : 3);
    journal_proof_release(&proof);
}

static void prepare(struct store_place *p)
{
    store_place_init(p);
    struct store *s = store_place_open(p);
    journal_make(s, 2);
    store_place_put(s, "p", "a", "1");
    store_place_put(s, "p", "b", "1");
    store_free(s);
}

/* Operation n of opening and writing fails. False: there were fewer. */
static bool try_write(unsigned n, bool for_good)
{
    struct store_place p;
    struct store *s = NULL;
    struct err err = {0};
    prepare(&p);
    fault_vfs_arm(n, for_good);
    int rc = store_open(p.where, &s, &err);
    if (rc == 0)
        rc = write_pair(s, &err);
    bool fired = fault_vfs_fired();
    if (rc < 0)
        check_error(&p, &err, n);
    if (rc < 0 && !for_good) {
        /* The disk is well again: the same is done without opening anew, once. */
        check_state(&p, false, n);
        rc = s || store_open(p.where, &s, &err) == 0 ? write_pair(s, &err) : -1;
        if (rc < 0)
            fail_msg("operation %u, again: %s", n, err.msg);
    }
    store_free(s);
    fault_vfs_arm(0, false);
    check_state(&p, rc == 0, n);
    store_place_release(&p);
    return fired;
}

static void a_write_that_fails_once_leaves_nothing(void **state)
{
    unsigned n = 1;
    while (n < OPERATIONS_MAX && try_write(n, false))
        n++;
    assert_in_range(n, 10, OPERATIONS_MAX - 1);
}

static void a_disk_that_fails_for_good_loses_nothing(void **state)
{
    unsigned n = 1;
    while (n < OPERATIONS_MAX && try_write(n, true))
        n++;
    assert_in_range(n, 10, OPERATIONS_MAX - 1);
}

static bool try_make(unsigned n, bool for_good)
{
    struct store_place p;
    struct store *s = NULL;
    struct err err = {0};
    store_place_init(&p);
    fault_vfs_arm(n, for_good);
    if (store_open(p.where, &s, &err) < 0)
        check_error(&p, &err, n);
    bool fired = fault_vfs_fired();
    store_free(s);
    fault_vfs_arm(0, false);
    s = store_place_open(&p);
    store_place_put(s, "p", "a", "1");
    store_free(s);
    store_place_release(&p);
    return fired;
}

static void a_store_that_could_not_be_made_is_made_later(void **state)
{
    for (int for_good = 0; for_good < 2; for_good++) {
        unsigned n = 1;
        while (n < OPERATIONS_MAX && try_make(n, for_good))
            n++;
        assert_in_range(n, 5, OPERATIONS_MAX - 1);
    }
}

int main(void)
{
    fault_vfs_install();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_write_that_fails_once_leaves_nothing),
        cmocka_unit_test(a_disk_that_fails_for_good_loses_nothing),
        cmocka_unit_test(a_store_that_could_not_be_made_is_made_later),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
