/* A terminal that is drawn on and given back, and signals that pause first and end then. */
#include "base/cleanup.h"
#include "cmd/interrupt.h"
#include "cmd/screen.h"

#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>

#include "unit.h"

/* ---- the terminal ---- */

struct terminal {
    int master;
    FILE *slave;
};

static void terminal_open(struct terminal *t, unsigned short rows, unsigned short columns)
{
    int slave;
    struct winsize size = {.ws_row = rows, .ws_col = columns};
    struct termios raw;
    assert_int_equal(openpty(&t->master, &slave, NULL, NULL, &size), 0);
    assert_int_equal(tcgetattr(slave, &raw), 0);
    raw.c_oflag &= ~(tcflag_t)OPOST;
    assert_int_equal(tcsetattr(slave, TCSANOW, &raw), 0);
    t->slave = fdopen(slave, "w");
    assert_non_null(t->slave);
    unsetenv("COLUMNS");
}

static void terminal_close(struct terminal *t)
{
    fclose(t->slave);
    close(t->master);
}

/* All that has been written to it. */
static const char *shown(struct terminal *t, char *buf, size_t cap)
{
    size_t n = 0;
    struct pollfd fd = {.fd = t->master, .events = POLLIN};
    while (n + 1 < cap && poll(&fd, 1, 0) > 0) {
        ssize_t got = read(t->master, buf + n, cap - 1 - n);
        if (got <= 0)
            break;
        n += (size_t)got;
    }
    buf[n] = '\0';
    return buf;
}

static bool echoes(struct terminal *t)
{
    struct termios now;
    assert_int_equal(tcgetattr(fileno(t->slave), &now), 0);
    return now.c_lflag & ECHO;
}

static void frames_replace_each_other(void **state)
{
    char buf[4096];
    struct terminal t;
    struct screen s = {0};
    terminal_open(&t, 24, 80);
    screen_open(&s, t.slave);
    assert_int_equal(s.width, 80);
    assert_int_equal(s.height, 24);
    assert_false(echoes(&t));
    screen_draw(&s, SV("one\ntwo\n"));
    assert_string_equal(shown(&t, buf, sizeof buf),
                        "\033[?25l\033[?7lone\033[K\ntwo\033[K\n\033[J\033[?7h");
    screen_draw(&s, SV("three\n"));
    assert_string_equal(shown(&t, buf, sizeof buf), "\r\033[2A\033[?7lthree\033[K\n\033[J\033[?7h");
    screen_clear(&s);
    assert_string_equal(shown(&t, buf, sizeof buf), "\r\033[1A\033[J");
    screen_clear(&s);
    assert_string_equal(shown(&t, buf, sizeof buf), "");
    screen_close(&s);
    assert_string_equal(shown(&t, buf, sizeof buf), "\033[?25h");
    assert_true(echoes(&t));
    screen_draw(&s, SV("late\n"));
    screen_close(&s);
    assert_string_equal(shown(&t, buf, sizeof buf), "");
    terminal_close(&t);
}

static void another_size_starts_anew(void **state)
{
    char buf[4096];
    struct terminal t;
    struct screen s = {0};
    struct winsize size = {.ws_row = 10, .ws_col = 50};
    terminal_open(&t, 24, 80);
    screen_open(&s, t.slave);
    screen_draw(&s, SV("one\n"));
    shown(&t, buf, sizeof buf);
    assert_int_equal(ioctl(t.master, TIOCSWINSZ, &size), 0);
    screen_measure(&s);
    assert_int_equal(s.width, 50);
    assert_int_equal(s.height, 10);
    screen_draw(&s, SV("two\n"));
    assert_string_equal(shown(&t, buf, sizeof buf),
                        "\033[H\033[2J\033[?7ltwo\033[K\n\033[J\033[?7h");
    screen_close(&s);
    terminal_close(&t);
}

/* ---- signals ---- */

/* In a child: takes signals and says by its pipe that it does; ends when `fd` is readable and the
 * second one came. */
static void child(int say, void (*prepare)(void))
{
    struct interrupt i = {0};
    struct err err;
    struct pollfd fd;
    if (prepare)
        prepare();
    if (interrupt_start(&i, &err) < 0)
        _exit(90);
    (void)!write(say, "r", 1);
    fd = (struct pollfd){.fd = i.fd, .events = POLLIN};
    poll(&fd, 1, 20000);
    (void)!write(say, fd.revents & POLLIN ? "p" : "x", 1);
    for (;;)
        pause();
}

/* Whoever started the tests may have had some ignored (nohup). */
static void give_signals_back(void)
{
    static const int numbers[] = {SIGINT, SIGTERM, SIGHUP, SIGTSTP};
    for (size_t i = 0; i < ARRAY_LEN(numbers); i++)
        signal(numbers[i], SIG_DFL);
}

struct started {
    pid_t pid;
    int hear;
};

static struct started start(void (*prepare)(void))
{
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    fflush(NULL);
    struct started s = {fork(), ends[0]};
    assert_true(s.pid >= 0);
    if (s.pid == 0) {
        give_signals_back();
        child(ends[1], prepare);
    }
    close(ends[1]);
    return s;
}

static char hear(const struct started *s)
{
    char c = 0;
    assert_int_equal(read(s->hear, &c, 1), 1);
    return c;
}

static int end_of(const struct started *s)
{
    int status;
    assert_int_equal(waitpid(s->pid, &status, 0), s->pid);
    close(s->hear);
    return status;
}

static void the_first_asks_and_the_second_ends(void **state)
{
    static const int numbers[] = {SIGINT, SIGTERM, SIGHUP};
    for (size_t i = 0; i < ARRAY_LEN(numbers); i++) {
        struct started s = start(NULL);
        assert_int_equal(hear(&s), 'r');
        kill(s.pid, numbers[i]);
        assert_int_equal(hear(&s), 'p');
        kill(s.pid, numbers[i]);
        int status = end_of(&s);
        assert_true(WIFSIGNALED(status) && WTERMSIG(status) == numbers[i]);
    }
}

static void ignore_hangups(void)
{
    signal(SIGHUP, SIG_IGN);
}

static void what_was_ignored_stays_ignored(void **state)
{
    struct started s = start(ignore_hangups);
    assert_int_equal(hear(&s), 'r');
    kill(s.pid, SIGHUP);
    kill(s.pid, SIGTERM);
    assert_int_equal(hear(&s), 'p');
    kill(s.pid, SIGHUP);
    kill(s.pid, SIGINT);
    int status = end_of(&s);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGINT);
}

static void ctrl_z_stops_it_for_a_while(void **state)
{
    int status;
    struct started s = start(NULL);
    assert_int_equal(hear(&s), 'r');
    kill(s.pid, SIGTSTP);
    assert_int_equal(waitpid(s.pid, &status, WUNTRACED), s.pid);
    assert_true(WIFSTOPPED(status));
    kill(s.pid, SIGCONT);
    kill(s.pid, SIGTERM);
    assert_int_equal(hear(&s), 'p');
    kill(s.pid, SIGTERM);
    assert_true(WIFSIGNALED(end_of(&s)));
}

static void signals_are_given_back(void **state)
{
    struct interrupt i = {0};
    struct err err;
    sigset_t now;
    assert_int_equal(interrupt_start(&i, &err), 0);
    pthread_sigmask(SIG_SETMASK, NULL, &now);
    assert_true(sigismember(&now, SIGINT));
    interrupt_stop(&i);
    interrupt_stop(&i);
    pthread_sigmask(SIG_SETMASK, NULL, &now);
    assert_false(sigismember(&now, SIGINT));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(frames_replace_each_other),
        cmocka_unit_test(another_size_starts_anew),
        cmocka_unit_test(the_first_asks_and_the_second_ends),
        cmocka_unit_test(what_was_ignored_stays_ignored),
        cmocka_unit_test(ctrl_z_stops_it_for_a_while),
        cmocka_unit_test(signals_are_given_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
