/*
 * kill_at_sync: preloaded into toban, ends it (SIGKILL) at the Nth time it syncs a file, before or
 * after the sync: the only moments at which a journal can be torn. Not installed.
 *
 *   E2E_KILL_AT=N E2E_KILL_WHEN=before|after LD_PRELOAD=kill_at_sync.so toban …
 */
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static atomic_int count;

static int sync_or_die(long call, int fd)
{
    const char *at = getenv("E2E_KILL_AT"), *when = getenv("E2E_KILL_WHEN");
    int nth = atomic_fetch_add(&count, 1) + 1;
    if (!at || !when || nth != atoi(at))
        return (int)syscall(call, fd);
    if (strcmp(when, "after") == 0)
        syscall(call, fd);
    kill(getpid(), SIGKILL);
    for (;;)
        pause();
}

int fsync(int fd)
{
    return sync_or_die(SYS_fsync, fd);
}

int fdatasync(int fd)
{
    return sync_or_die(SYS_fdatasync, fd);
}
