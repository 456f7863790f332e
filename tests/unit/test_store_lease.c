/* Leases, on any kind of store; holders are other processes. */
#include "store/lease.h"
#include "store/lease_item.h"
#include "store_place.h"

#include "unit.h"

#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>

#define SHORT_MS 200
#define LONGER_MS 1500 /* what a busy machine does not lose between two steps */

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

static struct lease *must_acquire(struct store *s, int64_t ttl_ms, int64_t patience_ms)
{
    struct err err = {0};
    struct lease *l;
    struct lease_options o = {.ttl_ms = ttl_ms, .patience_ms = patience_ms, .note = "a note"};
    if (lease_acquire(s, "plan/p-1", &o, &l, NULL, &err) < 0)
        fail_msg("%s", err.msg);
    return l;
}

static struct lease_holder must_be_refused(struct store *s, int64_t patience_ms)
{
    struct err err = {0};
    struct lease_holder holder;
    struct lease *l = (struct lease *)&err;
    struct lease_options o = {.ttl_ms = SHORT_MS, .patience_ms = patience_ms};
    assert_int_equal(lease_acquire(s, "plan/p-1", &o, &l, &holder, &err), -1);
    assert_null(l);
    assert_int_equal(err.class, ERR_CONFLICT);
    assert_non_null(strstr(err.msg, holder.who));
    assert_non_null(strstr(err.msg, "(a note)"));
    assert_true(*err.hint);
    return holder;
}

static void one_holds_it_until_it_is_given_back(void **state)
{
    struct err err = {0};
    struct lease_holder holder;
    _cleanup_store_ struct store *a = store_place_open(*state);
    _cleanup_store_ struct store *b = store_place_open(*state);
    assert_int_equal(lease_look(a, "plan/p-1", &holder, &err), -1);
    assert_int_equal(err.class, ERR_NOT_FOUND);
    for (uint64_t token = 1; token <= 3; token++) {
        struct lease *l = must_acquire(token % 2 ? a : b, 0, 0);
        assert_true(lease_valid(l));
        assert_true(lease_token(l) == token);
        holder = must_be_refused(b, 0);
        assert_true(holder.token == token && !holder.dead && holder.since > 0);
        assert_int_equal(lease_look(b, "plan/p-1", &holder, &err), 0);
        assert_true(holder.token == token);
        assert_int_equal(lease_renew(l, a, &err), 0);
        lease_release(l, token % 2 ? a : b);
        assert_int_equal(lease_look(a, "plan/p-1", &holder, &err), -1);
    }
    lease_release(NULL, a);
    lease_free(NULL);
}

static void names_do_not_disturb_each_other(void **state)
{
    struct err err = {0};
    struct lease *other;
    _cleanup_store_ struct store *s = store_place_open(*state);
    struct lease *l = must_acquire(s, 0, 0);
    assert_int_equal(lease_acquire(s, "plan/p-12", NULL, &other, NULL, &err), 0);
    assert_true(lease_token(other) == 1);
    lease_release(other, s);
    lease_release(l, s);
}

/* In another process: takes the lease, tells so by a byte, and calls `then`. */
static pid_t hold_elsewhere(const struct store_place *p, int64_t ttl_ms,
                            int (*then)(struct store *s, struct lease *l))
{
    int ready[2];
    char byte = 0;
    assert_int_equal(pipe(ready), 0);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        struct store *s = store_place_open(p);
        struct lease *l = must_acquire(s, ttl_ms, 0);
        if (write(ready[1], "x", 1) != 1)
            _exit(99);
        _exit(then(s, l));
    }
    close(ready[1]);
    assert_int_equal(read(ready[0], &byte, 1), 1);
    close(ready[0]);
    return pid;
}

static int wait_for_kill(struct store *s, struct lease *l)
{
    pause();
    return 0;
}

static int exit_code(pid_t pid)
{
    int status;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

static void who_is_dead_is_replaced_at_once(void **state)
{
    _cleanup_store_ struct store *s = store_place_open(*state);
    for (int reaped = 0; reaped < 2; reaped++) {
        siginfo_t info;
        pid_t pid = hold_elsewhere(*state, 3600000, wait_for_kill);
        assert_false(must_be_refused(s, 0).dead);
        kill(pid, SIGKILL);
        if (reaped)
            assert_int_equal(exit_code(pid), -SIGKILL);
        else
            assert_int_equal(waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT), 0);
        struct lease_holder holder;
        struct err err = {0};
        assert_int_equal(lease_look(s, "plan/p-1", &holder, &err), 0);
        assert_true(holder.dead);
        struct lease *l = must_acquire(s, SHORT_MS, 0);
        assert_true(lease_token(l) == 2 + 2 * (uint64_t)reaped);
        lease_release(l, s);
        if (!reaped)
            exit_code(pid);
    }
}

/* What a runner sees that was stopped, replaced and let go on. */
static int notice_the_loss(struct store *s, struct lease *l)
{
    struct err err = {0};
    raise(SIGSTOP);
    struct store_write w[2] = {lease_guard(l), {.key = {"p", "late"}, .body = SV("x")}};
    size_t failed;
    if (lease_valid(l))
        return 1;
    if (store_write(s, w, 2, &failed, &err) == 0 || err.class != ERR_CONFLICT || failed != 0)
        return 2;
    if (lease_renew(l, s, &err) == 0 || err.class != ERR_CONFLICT)
        return 3;
    if (lease_renew(l, s, &err) == 0 || lease_valid(l))
        return 4;
    lease_release(l, s);
    return 0;
}

static void who_is_stopped_is_replaced_after_its_ttl(void **state)
{
    int status;
    _cleanup_store_ struct store *s = store_place_open(*state);
    pid_t pid = hold_elsewhere(*state, LONGER_MS, notice_the_loss);
    assert_int_equal(waitpid(pid, &status, WUNTRACED), pid);
    assert_true(WIFSTOPPED(status));
    assert_false(must_be_refused(s, 0).dead);
    must_be_refused(s, SHORT_MS);
    struct lease *l = must_acquire(s, 60000, 60000);
    assert_true(lease_token(l) == 2);
    kill(pid, SIGCONT);
    assert_int_equal(exit_code(pid), 0);
    /* The late one neither wrote nor gave away what is not its own. */
    _cleanup_arena_ struct arena a = {0};
    assert_null(store_place_get(s, "p", "late", &a));
    struct store_write guard = lease_guard(l);
    struct err err = {0};
    assert_int_equal(store_write(s, &guard, 1, NULL, &err), 0);
    lease_release(l, s);
}

static int renew_forever(struct store *s, struct lease *l)
{
    struct err err;
    while (lease_renew(l, s, &err) == 0)
        poll(NULL, 0, 20);
    return 1;
}

static void who_renews_keeps_it(void **state)
{
    _cleanup_store_ struct store *s = store_place_open(*state);
    pid_t pid = hold_elsewhere(*state, 2 * LONGER_MS, renew_forever);
    must_be_refused(s, 2 * LONGER_MS + SHORT_MS);
    kill(pid, SIGKILL);
    exit_code(pid);
}

static void who_is_seen_to_renew_is_not_waited_for(void **state)
{
    struct err err = {0};
    struct lease *l;
    _cleanup_store_ struct store *s = store_place_open(*state);
    pid_t pid = hold_elsewhere(*state, 3600000, renew_forever);
    struct lease_options o = {.ttl_ms = SHORT_MS, .patience_ms = 3600000, .only_silent = true};
    assert_int_equal(lease_acquire(s, "plan/p-1", &o, &l, NULL, &err), -1);
    assert_int_equal(err.class, ERR_CONFLICT);
    kill(pid, SIGKILL);
    exit_code(pid);
}

static int give_back_when_told(struct store *s, struct lease *l)
{
    raise(SIGSTOP);
    lease_release(l, s);
    return 0;
}

static void who_waits_gets_it_when_it_is_given_back(void **state)
{
    int status;
    _cleanup_store_ struct store *s = store_place_open(*state);
    pid_t pid = hold_elsewhere(*state, 3600000, give_back_when_told);
    assert_int_equal(waitpid(pid, &status, WUNTRACED), pid);
    must_be_refused(s, 0);
    kill(pid, SIGCONT);
    struct lease *l = must_acquire(s, SHORT_MS, 60000);
    assert_int_equal(exit_code(pid), 0);
    lease_release(l, s);
}

static void it_is_not_valid_for_ever(void **state)
{
    struct err err = {0};
    _cleanup_store_ struct store *s = store_place_open(*state);
    struct lease *l = must_acquire(s, SHORT_MS, 0);
    for (int turn = 0; turn < 2; turn++) {
        int polls = 0;
        while (lease_valid(l) && polls++ < 3000)
            poll(NULL, 0, 10);
        assert_false(lease_valid(l));
        /* Nobody took it meanwhile: it can be had again. */
        assert_int_equal(lease_renew(l, s, &err), 0);
    }
    lease_release(l, s);
}

/* ---- holders that this machine cannot ask ---- */

static void put_item(struct store *s, const struct lease_item *item, uint64_t token)
{
    struct err err = {0};
    _cleanup_str_ struct str body = {0};
    lease_item_format(item, &body);
    struct store_write w = {.key = {"lease", "plan/p-1"}, .body = str_sv(&body), .fence = token};
    assert_int_equal(store_write(s, &w, 1, NULL, &err), 0);
}

static bool looks_dead(struct store *s, const struct lease_item *item)
{
    struct err err = {0};
    struct lease_holder holder;
    put_item(s, item, 5);
    assert_int_equal(lease_look(s, "plan/p-1", &holder, &err), 0);
    assert_true(holder.token == 5);
    return holder.dead;
}

static void only_what_is_proven_counts_as_dead(void **state)
{
    _cleanup_store_ struct store *s = store_place_open(*state);
    struct lease_item item = {.held = true, .ttl_ms = 3600000, .since = 1795000000};
    holder_self(&item.holder);
    assert_false(looks_dead(s, &item));
    struct lease_item other = item;
    other.holder.start++; /* this pid had another owner */
    assert_true(looks_dead(s, &other));
    strcpy(other.holder.boot, "another machine");
    assert_false(looks_dead(s, &other));
    other = item;
    other.holder.start++;
    strcpy(other.holder.pid_space, "pid:[1]");
    assert_false(looks_dead(s, &other));
    other = item;
    other.holder.start = 0;
    other.holder.pid = INT32_MAX;
    assert_false(looks_dead(s, &other));
}

static void a_lease_that_cannot_be_read_is_not_taken(void **state)
{
    _cleanup_store_ struct store *s = store_place_open(*state);
    static const char *const texts[] = {"",
                                        "{",
                                        "[]",
                                        "{\"held\":1}",
                                        "{\"held\":true}",
                                        "{\"held\":true,\"ttl_ms\":0}",
                                        "{\"held\":false} x"};
    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        struct err err = {0};
        struct lease *l;
        store_place_put(s, "lease", "plan/p-1", texts[i]);
        assert_int_equal(lease_acquire(s, "plan/p-1", NULL, &l, NULL, &err), -1);
        assert_int_equal(err.class, ERR_INPUT);
    }
}

#define LEASE_TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        LEASE_TEST(one_holds_it_until_it_is_given_back),
        LEASE_TEST(names_do_not_disturb_each_other),
        LEASE_TEST(who_is_dead_is_replaced_at_once),
        LEASE_TEST(who_is_stopped_is_replaced_after_its_ttl),
        LEASE_TEST(who_renews_keeps_it),
        LEASE_TEST(who_is_seen_to_renew_is_not_waited_for),
        LEASE_TEST(who_waits_gets_it_when_it_is_given_back),
        LEASE_TEST(it_is_not_valid_for_ever),
        LEASE_TEST(only_what_is_proven_counts_as_dead),
        LEASE_TEST(a_lease_that_cannot_be_read_is_not_taken),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
