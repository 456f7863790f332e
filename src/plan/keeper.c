#include "plan/keeper.h"

#include "plan/run_internal.h"

#include <poll.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <time.h>

/* Of a clock that runs while the machine sleeps, as the lease does. */
static int64_t boot_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_BOOTTIME, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void wake(struct keeper *k)
{
    uint64_t one = 1;
    /* It can only fail when the counter is full, and then the fd is readable anyway. */
    ssize_t n = write(k->wake_fd, &one, sizeof one);
    (void)n;
}

static void renew(struct keeper *k)
{
    struct err err = {0};
    if (!lease_renew(k->lease, k->store, &err))
        return;
    bool lost = err.class == ERR_CONFLICT;
    if (!lost && (lease_valid(k->lease) || atomic_load(&k->stale)))
        return;
    k->why = err;
    atomic_store(lost ? &k->lost : &k->stale, true);
    wake(k);
}

/* A store that cannot be read for a moment is looked at again; the lease tells whether it lasts. */
static void look(struct keeper *k)
{
    _cleanup_arena_ struct arena arena = {0};
    struct run_asks asks = {.arena = &arena};
    if (run_list_asks(k->store, k->id, &asks, NULL) == 0) {
        if (asks.pause_by && !atomic_load(&k->pause)) {
            snprintf(k->pause_by, sizeof k->pause_by, "%s", asks.pause_by);
            atomic_store(&k->pause, true);
            wake(k);
        }
        if (asks.answers.len != atomic_exchange(&k->answers, (unsigned)asks.answers.len))
            wake(k);
    }
    vec_release(&asks.answers);
}

static void *keep(void *arg)
{
    struct keeper *k = arg;
    int64_t renew_at = boot_ms() + k->ttl_ms / 3, look_at = boot_ms();
    struct pollfd fds[] = {{.fd = k->quit_fd, .events = POLLIN},
                           {.fd = k->stop_fd, .events = POLLIN}};
    while (!atomic_load(&k->lost)) {
        int64_t now = boot_ms();
        if (now >= renew_at) {
            renew(k);
            renew_at = boot_ms() + k->ttl_ms / 3;
        }
        if (now >= look_at) {
            look(k);
            look_at = boot_ms() + KEEPER_LOOK_MS;
        }
        int64_t next = (renew_at < look_at ? renew_at : look_at) - boot_ms();
        if (poll(fds, 2, next > 0 ? (int)next : 0) > 0) {
            if (fds[0].revents)
                break;
            if (fds[1].revents) {
                fds[1].fd = -1;
                atomic_store(&k->signalled, true);
                wake(k);
            }
        }
    }
    return NULL;
}

static void close_fds(struct keeper *k)
{
    if (k->wake_fd >= 0)
        close(k->wake_fd);
    if (k->quit_fd >= 0)
        close(k->quit_fd);
    store_free(steal_ptr(k->store));
}

/* Signals are for the first thread. */
static bool start_thread(struct keeper *k)
{
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    bool ok = pthread_create(&k->thread, NULL, keep, k) == 0;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return ok;
}

int keeper_start(struct keeper *k, const char *where, struct lease *lease, const char *id,
                 int64_t ttl_ms, int stop_fd, struct err *err)
{
    k->lease = lease;
    k->id = id;
    k->ttl_ms = ttl_ms;
    k->stop_fd = stop_fd > 0 ? stop_fd : -1;
    if (store_open(where, &k->store, err))
        return -1;
    k->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    k->quit_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (k->wake_fd >= 0 && k->quit_fd >= 0 && start_thread(k)) {
        k->started = true;
        return 0;
    }
    close_fds(k);
    return err_set(err, ERR_LOCAL, "plan '%s': cannot start the thread that keeps its lease", id);
}

void keeper_stop(struct keeper *k)
{
    if (!k->started)
        return;
    uint64_t one = 1;
    ssize_t n = write(k->quit_fd, &one, sizeof one);
    (void)n;
    pthread_join(k->thread, NULL);
    k->started = false;
    close_fds(k);
}

bool keeper_stopping(const struct keeper *k)
{
    return atomic_load(&k->lost) || atomic_load(&k->stale) || atomic_load(&k->pause) ||
           atomic_load(&k->signalled);
}

void keeper_drain(struct keeper *k)
{
    uint64_t count = 0;
    ssize_t n = read(k->wake_fd, &count, sizeof count);
    (void)n;
}
