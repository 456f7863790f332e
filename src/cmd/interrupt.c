#include "cmd/interrupt.h"

#include <errno.h>
#include <stdint.h>
#include <sys/eventfd.h>
#include <unistd.h>

/* Who started us with one of them ignored (nohup, a job in the background) wants it so. */
static void add_unless_ignored(sigset_t *set, int number)
{
    struct sigaction now;
    if (sigaction(number, NULL, &now) == 0 && now.sa_handler == SIG_IGN)
        return;
    sigaddset(set, number);
}

static void fill(sigset_t *set)
{
    sigemptyset(set);
    add_unless_ignored(set, SIGINT);
    add_unless_ignored(set, SIGTERM);
    add_unless_ignored(set, SIGHUP);
    add_unless_ignored(set, SIGTSTP);
}

static void stop_for_a_while(const struct interrupt *i)
{
    if (i->leave)
        i->leave(i->ctx, false);
    kill(getpid(), SIGSTOP);
    if (i->again)
        i->again(i->ctx);
}

/* As if nobody had caught it: the shell sees which signal it was. */
static void end_by(const struct interrupt *i, int number)
{
    sigset_t one;
    if (i->leave)
        i->leave(i->ctx, true);
    signal(number, SIG_DFL);
    sigemptyset(&one);
    sigaddset(&one, number);
    pthread_sigmask(SIG_UNBLOCK, &one, NULL);
    raise(number);
    _exit(128 + number);
}

static void *wait_for_signals(void *arg)
{
    struct interrupt *i = arg;
    sigset_t set;
    int number;
    bool asked = false;
    fill(&set);
    pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, NULL);
    for (;;) {
        if (sigwait(&set, &number) != 0)
            continue;
        if (number == SIGTSTP) {
            stop_for_a_while(i);
        } else if (!asked) {
            uint64_t one = 1;
            asked = true;
            (void)!write(i->fd, &one, sizeof one);
            if (i->asked)
                i->asked(i->ctx);
        } else {
            end_by(i, number);
        }
    }
    return NULL;
}

int interrupt_start(struct interrupt *i, struct err *err)
{
    sigset_t set;
    i->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (i->fd < 0)
        return err_sys(err, errno, "cannot listen for signals");
    fill(&set);
    pthread_sigmask(SIG_BLOCK, &set, &i->before);
    int failed = pthread_create(&i->thread, NULL, wait_for_signals, i);
    if (failed) {
        pthread_sigmask(SIG_SETMASK, &i->before, NULL);
        close(i->fd);
        return err_sys(err, failed, "cannot listen for signals");
    }
    i->running = true;
    return 0;
}

void interrupt_stop(struct interrupt *i)
{
    if (!i || !i->running)
        return;
    pthread_cancel(i->thread);
    pthread_join(i->thread, NULL);
    pthread_sigmask(SIG_SETMASK, &i->before, NULL);
    close(i->fd);
    i->running = false;
}
