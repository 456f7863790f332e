#include "base/proc.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/stat.h>

#include "unit.h"

#define SH(script) ((const char *const[]){"sh", "-c", script, NULL})

static void takes_output_and_exit_code(void **state)
{
    _cleanup_proc_ struct proc_result r = {0};
    struct err e = {0};
    struct proc_spec s = {.argv = SH("echo out; echo one >&2; echo two >&2; exit 7")};
    assert_int_equal(proc_run(&s, &r, &e), 0);
    assert_int_equal(r.exit_code, 7);
    assert_string_equal(str_c(&r.out), "out\n");
    assert_string_equal(str_c(&r.err), "one\ntwo\n");
    assert_true(sv_is(proc_last_words(&r), "two"));
}

static void feeds_stdin(void **state)
{
    _cleanup_proc_ struct proc_result r = {0};
    _cleanup_str_ struct str big = {0};
    str_fill(&big, 'x', 1 << 20);
    struct proc_spec s = {.argv = (const char *const[]){"cat", NULL}, .input = str_sv(&big)};
    assert_int_equal(proc_run(&s, &r, NULL), 0);
    assert_true(sv_eq(str_sv(&r.out), str_sv(&big)));
}

static void stdin_is_empty_and_input_may_stay_unread(void **state)
{
    _cleanup_proc_ struct proc_result empty = {0}, unread = {0};
    struct proc_spec s = {.argv = (const char *const[]){"cat", NULL}};
    assert_int_equal(proc_run(&s, &empty, NULL), 0);
    assert_int_equal(empty.out.len, 0);
    struct proc_spec t = {.argv = SH("exit 0"), .input = SV("nobody reads this")};
    assert_int_equal(proc_run(&t, &unread, NULL), 0);
}

static void arguments_are_not_shell_words(void **state)
{
    _cleanup_proc_ struct proc_result r = {0};
    struct proc_spec s = {.argv = (const char *const[]){"echo", "$(id); `id` *", NULL}};
    assert_int_equal(proc_run(&s, &r, NULL), 0);
    assert_string_equal(str_c(&r.out), "$(id); `id` *\n");
}

static void environment_is_added_replaced_and_taken_away(void **state)
{
    _cleanup_proc_ struct proc_result r = {0};
    setenv("HOME", "/", 0);
    setenv("PROC_TEST_OLD", "old", 1);
    setenv("PROC_TEST_GONE", "here", 1);
    struct proc_spec s = {
        .argv = SH("echo $PROC_TEST_OLD,$PROC_TEST_NEW,${PROC_TEST_GONE-unset},${HOME:+home}"),
        .env_add =
            (const char *const[]){"PROC_TEST_OLD=x", "PROC_TEST_NEW=y", "PROC_TEST_GONE", NULL}};
    assert_int_equal(proc_run(&s, &r, NULL), 0);
    assert_string_equal(str_c(&r.out), "x,y,unset,home\n");
}

static void folder_is_changed(void **state)
{
    _cleanup_proc_ struct proc_result r = {0};
    struct err e = {0};
    struct proc_spec s = {.argv = SH("pwd"), .cwd = "/usr"};
    assert_int_equal(proc_run(&s, &r, &e), 0);
    assert_string_equal(str_c(&r.out), "/usr\n");
    proc_result_release(&r);
    s.cwd = "/no/such/folder";
    assert_int_equal(proc_run(&s, &r, &e), -1);
    assert_non_null(strstr(e.msg, "/no/such/folder"));
}

static void a_missing_program_is_named(void **state)
{
    _cleanup_proc_ struct proc_result r = {0}, by_path = {0};
    struct err e = {0};
    struct proc_spec s = {.argv = (const char *const[]){"no-such-program-here", NULL}};
    assert_int_equal(proc_run(&s, &r, &e), -1);
    assert_int_equal(e.class, ERR_NOT_FOUND);
    assert_string_equal(e.msg, "no-such-program-here: no such program on PATH");
    s.argv = (const char *const[]){"/no/such/program", NULL};
    assert_int_equal(proc_run(&s, &by_path, &e), -1);
    assert_int_equal(e.class, ERR_NOT_FOUND);
    s.argv = (const char *const[]){"/etc/passwd", NULL};
    assert_int_equal(proc_run(&s, &by_path, &e), -1);
    assert_int_equal(e.class, ERR_DENIED);
}

static void a_signal_is_told(void **state)
{
    _cleanup_proc_ struct proc_result r = {0};
    struct err e = {0};
    struct proc_spec s = {.argv = SH("kill -TERM $$")};
    assert_int_equal(proc_run(&s, &r, &e), -1);
    assert_int_equal(e.class, ERR_LOCAL);
    assert_non_null(strstr(e.msg, "signal 15"));
}

static void too_much_output_stops_it(void **state)
{
    _cleanup_proc_ struct proc_result r = {0};
    struct err e = {0};
    struct proc_spec s = {.argv = (const char *const[]){"yes", NULL}, .out_max = 100000};
    assert_int_equal(proc_run(&s, &r, &e), -1);
    assert_int_equal(e.class, ERR_LIMIT);
    assert_true(r.out.len <= 100000);
}

static void too_much_stderr_is_dropped(void **state)
{
    _cleanup_proc_ struct proc_result r = {0};
    struct proc_spec s = {.argv = SH("head -c 300000 /dev/zero | tr '\\0' e >&2; echo done")};
    assert_int_equal(proc_run(&s, &r, NULL), 0);
    assert_int_equal(r.err.len, PROC_ERR_MAX);
    assert_string_equal(str_c(&r.out), "done\n");
}

struct fifo {
    char dir[32], path[64], hold[128];
    int fd, writer; /* our own writer, so that there is an end to see in every case */
};

/* True when every other writer of the fifo is gone. */
static bool fifo_ends(struct fifo *f)
{
    struct pollfd p = {.fd = f->fd, .events = POLLIN};
    char c;
    close(f->writer);
    return poll(&p, 1, 10000) == 1 && read(f->fd, &c, 1) == 0;
}

static void fifo_open(struct fifo *f, const char *script_tail)
{
    snprintf(f->dir, sizeof f->dir, "/tmp/toban-proc-XXXXXX");
    assert_non_null(mkdtemp(f->dir));
    snprintf(f->path, sizeof f->path, "%s/f", f->dir);
    assert_int_equal(mkfifo(f->path, 0600), 0);
    f->fd = open(f->path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    f->writer = open(f->path, O_WRONLY | O_CLOEXEC);
    snprintf(f->hold, sizeof f->hold, "tail -f /dev/null >%s & %s", f->path, script_tail);
}

static void fifo_close(struct fifo *f)
{
    close(f->fd);
    unlink(f->path);
    rmdir(f->dir);
}

static void time_out_kills_the_whole_group(void **state)
{
    struct fifo f;
    fifo_open(&f, "echo started; wait");
    _cleanup_proc_ struct proc_result r = {0};
    struct err e = {0};
    struct proc_spec s = {.argv = SH(f.hold), .timeout_ms = 300};
    assert_int_equal(proc_run(&s, &r, &e), -1);
    assert_int_equal(e.class, ERR_LIMIT);
    assert_string_equal(e.msg, "sh: not done after 0.3 seconds, stopped");
    assert_true(fifo_ends(&f));
    fifo_close(&f);
}

/* The child of the program still holds its stdout: proc_run must neither wait for it nor leave it.
 */
static void what_is_left_behind_is_killed(void **state)
{
    struct fifo f;
    fifo_open(&f, "");
    snprintf(f.hold, sizeof f.hold, "(exec 3>%s; tail -f /dev/null) & read x <&- ; echo done",
             f.path);
    _cleanup_proc_ struct proc_result r = {0};
    struct proc_spec s = {.argv = SH(f.hold), .timeout_ms = 60000};
    assert_int_equal(proc_run(&s, &r, NULL), 0);
    assert_string_equal(str_c(&r.out), "done\n");
    assert_true(fifo_ends(&f));
    fifo_close(&f);
}

static void descriptors_do_not_leak_into_it(void **state)
{
    _cleanup_proc_ struct proc_result r = {0};
    int leak = open("/dev/null", O_RDONLY);
    struct proc_spec s = {
        .argv = SH("for f in /proc/self/fd/[0-9]*; do readlink $f; done | grep -c null")};
    assert_int_equal(proc_run(&s, &r, NULL), 0);
    close(leak);
    assert_string_equal(str_c(&r.out), "1\n");
}

static void path_entries_that_are_relative_are_passed_over(void **state)
{
    char found[PATH_MAX];
    _cleanup_free_ char *old = strdup(getenv("PATH"));
    setenv("PATH", ":.:bin:/usr/bin:/bin", 1);
    assert_true(proc_find("sh", found));
    assert_int_equal(found[0], '/');
    setenv("PATH", ":.:usr/bin", 1);
    assert_int_equal(chdir("/"), 0);
    assert_false(proc_find("sh", found));
    assert_false(proc_find("env", found));
    setenv("PATH", old, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(takes_output_and_exit_code),
        cmocka_unit_test(feeds_stdin),
        cmocka_unit_test(stdin_is_empty_and_input_may_stay_unread),
        cmocka_unit_test(arguments_are_not_shell_words),
        cmocka_unit_test(environment_is_added_replaced_and_taken_away),
        cmocka_unit_test(folder_is_changed),
        cmocka_unit_test(a_missing_program_is_named),
        cmocka_unit_test(a_signal_is_told),
        cmocka_unit_test(too_much_output_stops_it),
        cmocka_unit_test(too_much_stderr_is_dropped),
        cmocka_unit_test(time_out_kills_the_whole_group),
        cmocka_unit_test(what_is_left_behind_is_killed),
        cmocka_unit_test(descriptors_do_not_leak_into_it),
        cmocka_unit_test(path_entries_that_are_relative_are_passed_over),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
