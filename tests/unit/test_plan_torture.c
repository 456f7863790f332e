/* Plans whose runner dies, is stopped, or cannot write, at every point there is. */
#include "plan_rig.h"

#include "journal/journal.h"

#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "unit.h"

#define DIED(status) (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL)

/* Exit codes of children: 0 over, 1 not over, else 10 + the class of the error. */
static int run_it(struct rig *r, const char *id, const struct plan_run_options *o, unsigned n)
{
    struct err err = {0};
    _cleanup_plan_ struct plan p = {0};
    if (store_open(r->where, &r->store, &err))
        return 9;
    /* It may have died right behind its end. */
    int result = plan_load(r->store, id, &p, &err);
    bool over = plan_is_over(&p);
    plan_release(&p);
    if (result == 0 && !over) {
        rig_kill_at(n);
        result = rig_run(r, id, o, &p, &err);
        over = plan_is_over(&p);
        rig_kill_at(0);
    }
    store_free(r->store);
    return result ? 10 + (int)err.class : over ? 0 : 1;
}

static int forward(struct rig *r, const char *id, unsigned n)
{
    return run_it(r, id, &(struct plan_run_options){.actor = "ann@desk"}, n);
}

static int back(struct rig *r, const char *id, unsigned n)
{
    return run_it(r, id, &(struct plan_run_options){.actor = "ann@desk", .rollback = true}, n);
}

/* A plan, kept, and no store open: what a fork would have to share. */
static void begin(struct rig *r, char id[16])
{
    _cleanup_plan_ struct plan p = {0};
    rig_init(r);
    rig_plan(r, &p);
    snprintf(id, 16, "%s", p.id);
    store_free(r->store);
    r->store = NULL;
}

static void check_journal(struct rig *r)
{
    struct journal_proof proof = {0};
    struct err err = {0};
    assert_int_equal(journal_verify(r->store, NULL, &proof, &err), 0);
    assert_int_equal(proof.faults.len, 0);
    assert_true(proof.entries > 0);
    journal_proof_release(&proof);
}

/* Whatever happened on the way, the end is this one. */
static void check_end(struct rig *r, const char *id, enum plan_status status,
                      enum plan_step_state state, unsigned undone)
{
    struct err err = {0};
    _cleanup_plan_ struct plan p = {0}, next = {0};
    assert_int_equal(store_open(r->where, &r->store, &err), 0);
    assert_int_equal(plan_load(r->store, id, &p, &err), 0);
    assert_int_equal(p.status, status);
    vec_foreach(step, &p.steps)
        assert_int_equal(step->state, state);
    rig_check_ledger(r, 1, undone);
    check_journal(r);
    rig_plan(r, &next); /* the claims were given back */
    rig_release(r);
}

/* --- killed -------------------------------------------------------------------------------- */

static void test_killed_everywhere(void **state)
{
    unsigned n = 1;
    for (int status = 0;; n++) {
        struct rig r;
        char id[16];
        begin(&r, id);
        status = rig_in_child(forward, &r, id, n, NULL, 0);
        if (DIED(status))
            assert_int_equal(rig_in_child(forward, &r, id, 0, NULL, 0), 0);
        else
            assert_int_equal(status, 0);
        check_end(&r, id, PLAN_DONE, STEP_DONE, 0);
        if (!DIED(status))
            break;
    }
    print_message("%u points\n", n - 1);
    assert_true(n > 60);
}

/* The last step fails when all is done, so that there is all to go back from. */
static void begin_back(struct rig *r, char id[16])
{
    begin(r, id);
    r->fail_at = "verify:third";
    assert_int_equal(WEXITSTATUS(rig_in_child(forward, r, id, 0, NULL, 0)), 1);
    r->fail_at = NULL;
}

static void test_killed_everywhere_going_back(void **state)
{
    unsigned n = 1;
    for (int status = 0;; n++) {
        struct rig r;
        char id[16];
        begin_back(&r, id);
        status = rig_in_child(back, &r, id, n, NULL, 0);
        /* Who died before he could say that he goes back has not begun to. Otherwise it goes on
         * going back, whatever it is told. */
        if (DIED(status))
            assert_int_equal(rig_in_child(n % 2 && n > 20 ? forward : back, &r, id, 0, NULL, 0), 0);
        else
            assert_int_equal(status, 0);
        check_end(&r, id, PLAN_ROLLED_BACK, STEP_UNDONE, 1);
        if (!DIED(status))
            break;
    }
    print_message("%u points\n", n - 1);
    assert_true(n > 60);
}

static unsigned draw(uint64_t *seed, unsigned limit)
{
    *seed = *seed * 6364136223846793005u + 1442695040888963407u;
    return (unsigned)(*seed >> 33) % limit;
}

/* Killed forward some times, then turned round and killed some times more. What was done before is
 * undone, once; the rest was never done. */
static void test_killed_again_and_again(void **state)
{
    uint64_t seed = 20261123;
    for (int round = 0; round < 40; round++) {
        struct rig r;
        char id[16];
        struct err err = {0};
        _cleanup_plan_ struct plan p = {0};
        begin(&r, id);
        for (unsigned k = draw(&seed, 4); k-- > 0;)
            rig_in_child(forward, &r, id, 1 + draw(&seed, 50), NULL, 0);
        assert_int_equal(store_open(r.where, &r.store, &err), 0);
        assert_int_equal(plan_load(r.store, id, &p, &err), 0);
        store_free(r.store);
        bool over = plan_is_over(&p);
        for (int status = over ? 0 : SIGKILL; status;)
            status = rig_in_child(back, &r, id, 1 + draw(&seed, 60), NULL, 0);
        for (unsigned k = 0; !over && k < 5; k++) {
            char lines[2][32];
            snprintf(lines[0], sizeof lines[0], "do second/k/%u", k);
            snprintf(lines[1], sizeof lines[1], "un second/k/%u", k);
            assert_true(rig_count(&r, lines[0]) <= 1);
            assert_int_equal(rig_count(&r, lines[0]), rig_count(&r, lines[1]));
        }
        assert_int_equal(store_open(r.where, &r.store, &err), 0);
        check_journal(&r);
        rig_release(&r);
    }
}

/* --- killed while a plan is made ----------------------------------------------------------- */

static int create(struct rig *r, const char *id, unsigned n)
{
    _cleanup_plan_ struct plan p = {0};
    struct err err = {0};
    rig_plan_new(&p);
    if (store_open(r->where, &r->store, &err) || !vec_push(&p.claims, "node/a"))
        return 9;
    rig_kill_at(n);
    int result = plan_create(r->store, &p, "ann@desk", &err);
    rig_kill_at(0);
    store_free(r->store);
    return result ? 10 + (int)err.class : 0;
}

static int count_plan(void *ctx, const struct plan *p, struct err *err)
{
    (*(unsigned *)ctx)++;
    assert_int_equal(p->claims.len, 1);
    return 0;
}

static void test_killed_while_made(void **state)
{
    for (unsigned n = 1, died = 1; died; n++) {
        struct rig r;
        struct err err = {0};
        unsigned count = 0;
        rig_init(&r);
        store_free(r.store);
        int status = rig_in_child(create, &r, NULL, n, NULL, 0);
        died = DIED(status);
        assert_int_equal(store_open(r.where, &r.store, &err), 0);
        assert_int_equal(plan_each(r.store, count_plan, &count, &err), 0);
        assert_true(count <= 1);
        store_free(r.store);
        status = rig_in_child(create, &r, NULL, 0, NULL, 0);
        assert_int_equal(WEXITSTATUS(status), count ? 10 + ERR_CONFLICT : 0);
        assert_int_equal(store_open(r.where, &r.store, &err), 0);
        rig_release(&r);
    }
}

/* Eight at once want overlapping claims: one has them. */
static void test_many_want_the_same(void **state)
{
    struct rig r;
    struct err err = {0};
    unsigned count = 0, won = 0;
    rig_init(&r);
    store_free(r.store);
    for (int i = 0; i < 8; i++) {
        int child = fork();
        if (child == 0)
            _exit(create(&r, NULL, 0));
        assert_true(child > 0);
    }
    for (int i = 0, status = 0; i < 8; i++) {
        assert_true(wait(&status) > 0);
        won += status == 0;
        assert_true(status == 0 || WEXITSTATUS(status) == 10 + ERR_CONFLICT);
    }
    assert_int_equal(won, 1);
    assert_int_equal(store_open(r.where, &r.store, &err), 0);
    assert_int_equal(plan_each(r.store, count_plan, &count, &err), 0);
    assert_int_equal(count, 1);
    rig_release(&r);
}

/* --- two runners --------------------------------------------------------------------------- */

static int stopped_run(struct rig *r, const char *id, unsigned ttl_ms)
{
    r->stop_before_act = 4;
    return run_it(r, id, &(struct plan_run_options){.actor = "ann@desk", .ttl_ms = ttl_ms}, 0);
}

static int impatient_run(struct rig *r, const char *id, unsigned n)
{
    struct plan_run_options o = {.actor = "bob@desk", .patience_ms = 1};
    struct err err = {0};
    _cleanup_plan_ struct plan p = {0};
    if (store_open(r->where, &r->store, &err))
        return 9;
    int result = rig_run(r, id, &o, &p, &err);
    store_free(r->store);
    return result && err.class == ERR_CONFLICT && strstr(err.msg, "pid ") &&
                   strstr(err.hint, "toban plan pause")
               ? 0
               : 1;
}

static int ttl_run(struct rig *r, const char *id, unsigned ttl_ms)
{
    return run_it(r, id, &(struct plan_run_options){.actor = "bob@desk", .ttl_ms = ttl_ms}, 0);
}

static void test_second_runner_is_refused(void **state)
{
    struct rig r;
    char id[16];
    int first = 0, status = 0;
    begin(&r, id);
    status = rig_in_child(stopped_run, &r, id, 0, &first, WUNTRACED);
    assert_true(WIFSTOPPED(status));
    assert_int_equal(rig_in_child(impatient_run, &r, id, 0, NULL, 0), 0);
    kill(first, SIGCONT);
    assert_int_equal(waitpid(first, &status, 0), first);
    assert_int_equal(status, 0);
    check_end(&r, id, PLAN_DONE, STEP_DONE, 0);
}

/* A runner that lives needs no long wait to be believed: it renews its lease. */
static void test_living_runner_refuses(void **state)
{
    struct rig r;
    char id[16];
    int first = 0, status = 0;
    struct err err = {0};
    _cleanup_plan_ struct plan p = {0};
    struct plan_run_options patient = {.actor = "bob@desk", .patience_ms = 3600000};
    begin(&r, id);
    r.hold = true;
    status = rig_in_child(stopped_run, &r, id, 3000, &first, WUNTRACED);
    assert_true(WIFSTOPPED(status));
    kill(first, SIGCONT);
    assert_int_equal(store_open(r.where, &r.store, &err), 0);
    assert_int_equal(rig_run(&r, id, &patient, &p, &err), -1);
    assert_int_equal(err.class, ERR_CONFLICT);
    assert_int_equal(plan_pause(r.store, id, "bob@desk", &err), 0);
    assert_int_equal(waitpid(first, &status, 0), first);
    assert_int_equal(WEXITSTATUS(status), 1);
    store_free(r.store);
    assert_int_equal(rig_in_child(forward, &r, id, 0, NULL, 0), 0);
    check_end(&r, id, PLAN_DONE, STEP_DONE, 0);
}

/* A runner that was stopped right before an act, for longer than its lease lasts. */
static void test_stale_runner_cannot_act(void **state)
{
    struct rig r;
    char id[16];
    int first = 0, status = 0;
    begin(&r, id);
    status = rig_in_child(stopped_run, &r, id, 3000, &first, WUNTRACED);
    assert_true(WIFSTOPPED(status));
    assert_int_equal(rig_in_child(ttl_run, &r, id, 3000, NULL, 0), 0);
    kill(first, SIGCONT);
    assert_int_equal(waitpid(first, &status, 0), first);
    assert_int_equal(WEXITSTATUS(status), 10 + ERR_CONFLICT);
    check_end(&r, id, PLAN_DONE, STEP_DONE, 0);
}

/* --- a store that cannot be written -------------------------------------------------------- */

static int failing_run(struct rig *r, const char *id, unsigned n)
{
    struct err err = {0};
    _cleanup_plan_ struct plan p = {0};
    struct plan_run_options o = {.actor = "ann@desk"};
    if (store_open(r->where, &r->store, &err))
        return 9;
    rig_fail_from(n);
    int result = rig_run(r, id, &o, &p, &err);
    rig_fail_from(0);
    store_free(r->store);
    if (result && err.class != ERR_LOCAL)
        return 8;
    return result ? 1 : 0;
}

/* Acts of the ledger of which the store does not know that they were intended. */
static void check_intended(struct rig *r, const char *id)
{
    struct err err = {0};
    char partition[32];
    snprintf(partition, sizeof partition, "plan-act/%s", id);
    assert_int_equal(store_open(r->where, &r->store, &err), 0);
    for (unsigned k = 0; k < 5; k++) {
        _cleanup_arena_ struct arena a = {0};
        struct store_item item = {0};
        char line[32], sort[32];
        snprintf(line, sizeof line, "do second/k/%u", k);
        snprintf(sort, sizeof sort, "second/do/k/%u", k);
        if (rig_count(r, line))
            assert_int_equal(
                store_get(r->store, (struct store_key){partition, sort}, &a, &item, &err), 0);
    }
    store_free(r->store);
    r->store = NULL;
}

static void test_full_disk_stops_before_the_act(void **state)
{
    unsigned n = 1;
    for (int status = 1; status; n++) {
        struct rig r;
        char id[16];
        begin(&r, id);
        status = WEXITSTATUS(rig_in_child(failing_run, &r, id, n, NULL, 0));
        assert_in_range(status, 0, 1);
        check_intended(&r, id);
        if (status)
            assert_int_equal(rig_in_child(forward, &r, id, 0, NULL, 0), 0);
        check_end(&r, id, PLAN_DONE, STEP_DONE, 0);
    }
    assert_true(n > 25);
}

/* The same by the system itself: files may not grow any more. */
static int limited_run(struct rig *r, const char *id, unsigned n)
{
    signal(SIGXFSZ, SIG_IGN);
    setrlimit(RLIMIT_FSIZE, &(struct rlimit){n, n});
    struct err err = {0};
    _cleanup_plan_ struct plan p = {0};
    struct plan_run_options o = {.actor = "ann@desk"};
    int result = store_open(r->where, &r->store, &err);
    result = result ? result : rig_run(r, id, &o, &p, &err);
    store_free(r->store);
    return result && err.class == ERR_LOCAL ? 1 : 0;
}

static void test_file_limit_stops_before_the_act(void **state)
{
    struct rig r;
    char id[16];
    if (getenv("TOBAN_TEST_STORE"))
        skip(); /* the store is no file */
    begin(&r, id);
    assert_int_equal(WEXITSTATUS(rig_in_child(limited_run, &r, id, 4096, NULL, 0)), 1);
    rig_check_ledger(&r, 0, 0);
    assert_int_equal(rig_in_child(forward, &r, id, 0, NULL, 0), 0);
    check_end(&r, id, PLAN_DONE, STEP_DONE, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_killed_everywhere),
        cmocka_unit_test(test_killed_everywhere_going_back),
        cmocka_unit_test(test_killed_again_and_again),
        cmocka_unit_test(test_killed_while_made),
        cmocka_unit_test(test_many_want_the_same),
        cmocka_unit_test(test_second_runner_is_refused),
        cmocka_unit_test(test_living_runner_refuses),
        cmocka_unit_test(test_stale_runner_cannot_act),
        cmocka_unit_test(test_full_disk_stops_before_the_act),
        cmocka_unit_test(test_file_limit_stops_before_the_act),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
