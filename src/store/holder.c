#include "store/holder.h"

#include "base/io.h"
#include "base/who.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>

static void read_line(const char *path, char *out, size_t cap)
{
    *out = '\0';
    _cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t n = fd < 0 ? -1 : read(fd, out, cap - 1);
    if (n < 0)
        n = 0;
    out[n] = '\0';
    out[strcspn(out, "\n")] = '\0';
}

static void read_places(char *boot, size_t boot_cap, char *space, size_t space_cap)
{
    read_line("/proc/sys/kernel/random/boot_id", boot, boot_cap);
    ssize_t n = readlink("/proc/self/ns/pid", space, space_cap - 1);
    space[n < 0 ? 0 : n] = '\0';
}

struct process {
    char state;
    long threads;
    uint64_t start;
};

/* proc(5): fields 3, 20 and 22 of /proc/PID/stat; the name in field 2 may hold anything. */
static bool read_process(int64_t pid, struct process *out)
{
    char path[64], text[1024];
    snprintf(path, sizeof path, "/proc/%lld/stat", (long long)pid);
    read_line(path, text, sizeof text);
    const char *rest = strrchr(text, ')');
    unsigned long long start;
    if (!rest || sscanf(rest + 1,
                        " %c %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %ld "
                        "%*s %llu",
                        &out->state, &out->threads, &start) != 3)
        return false;
    out->start = start;
    return true;
}

void holder_self(struct holder *out)
{
    char me[WHO_TEXT_MAX];
    struct process p = {0};
    *out = (struct holder){.pid = getpid()};
    snprintf(out->who, sizeof out->who, "%s (pid %d)", who_am_i(me), (int)getpid());
    if (read_process(out->pid, &p))
        out->start = p.start;
    read_places(out->boot, sizeof out->boot, out->pid_space, sizeof out->pid_space);
}

bool holder_is_dead(const struct holder *h)
{
    char boot[sizeof h->boot], space[sizeof h->pid_space];
    struct process p;
    read_places(boot, sizeof boot, space, sizeof space);
    if (h->pid <= 0 || h->pid > INT32_MAX || !h->start || !*boot || !*space ||
        strcmp(boot, h->boot) != 0 || strcmp(space, h->pid_space) != 0)
        return false;
    /* Asked first: with hidepid /proc shows nothing of others, dead or not. */
    if (kill((pid_t)h->pid, 0) < 0 && errno == ESRCH)
        return true;
    if (!read_process(h->pid, &p))
        return false;
    return p.start != h->start || ((p.state == 'Z' || p.state == 'X') && p.threads <= 1);
}
