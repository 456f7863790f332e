#include "base/proc.h"

#include "base/io.h"
#include "base/vec.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/pidfd.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>

#define READ_STEP ((size_t)65536)
/* How often the end of the program is asked for where the kernel has no descriptor for it. */
#define POLL_STEP_MS 20

struct run {
    const struct proc_spec *spec;
    struct proc_result *result;
    const char *name; /* of the program, for messages */
    pid_t pid;
    int out, err, pidfd; /* -1: closed, or not there */
    int64_t deadline_ms;
};

static int64_t now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static bool is_program(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 && S_ISREG(st.st_mode) && access(path, X_OK) == 0;
}

bool proc_find(const char *name, char path[static PATH_MAX])
{
    struct sv rest = sv_of(getenv("PATH"));
    while (rest.ptr) {
        struct sv dir = sv_split(&rest, ':');
        if (!sv_starts(dir, "/"))
            continue;
        int n = snprintf(path, PATH_MAX, "%.*s/%s", SV_ARG(dir), name);
        if (n < PATH_MAX && is_program(path))
            return true;
    }
    return false;
}

void proc_result_release(struct proc_result *r)
{
    if (!r)
        return;
    str_release(&r->out);
    str_release(&r->err);
}

struct sv proc_last_words(const struct proc_result *r)
{
    struct sv rest = str_sv(&r->err), last = SV("");
    while (rest.ptr) {
        struct sv line = sv_trim(sv_split(&rest, '\n'));
        if (line.len)
            last = line;
    }
    return last;
}

/* --- environment ----------------------------------------------------------------------------- */

static struct sv env_name(const char *entry)
{
    const char *eq = strchr(entry, '=');
    return sv_n(entry, eq ? (size_t)(eq - entry) : strlen(entry));
}

static bool env_is_replaced(const char *entry, const char *const *add)
{
    for (; *add; add++)
        if (sv_eq(env_name(entry), env_name(*add)))
            return true;
    return false;
}

/* A NULL-terminated array to be freed by the caller; the strings are those of environ and add. */
static char **env_merge(const char *const *add)
{
    static const char *const nothing[] = {NULL};
    if (!add)
        add = nothing;
    size_t n = 1;
    for (char **e = environ; e && *e; e++)
        n++;
    for (const char *const *a = add; *a; a++)
        n++;
    char **env = calloc(n, sizeof *env);
    if (!env)
        return NULL;
    size_t at = 0;
    for (char **e = environ; e && *e; e++)
        if (!env_is_replaced(*e, add))
            env[at++] = *e;
    for (const char *const *a = add; *a; a++)
        if (strchr(*a, '='))
            env[at++] = (char *)*a;
    return env;
}

/* --- start ------------------------------------------------------------------------------------ */

/* A file in memory instead of a pipe: nothing to feed, and no SIGPIPE when nobody reads it. */
static int open_input(struct sv input, struct err *err)
{
    if (!input.len) {
        int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
        return null >= 0 ? null : err_sys(err, errno, "/dev/null: cannot open");
    }
    int fd = memfd_create("toban-input", MFD_CLOEXEC);
    if (fd >= 0 && io_write_all(fd, input.ptr, input.len) == 0 && lseek(fd, 0, SEEK_SET) == 0)
        return fd;
    err_sys(err, errno, "cannot keep the input of a program");
    if (fd >= 0)
        close(fd);
    return -1;
}

static int spawn_error(const struct run *r, const char *path, int errnum, struct err *err)
{
    if (r->spec->cwd && access(r->spec->cwd, X_OK) < 0)
        return err_sys(err, errno, "%s: cannot be run in folder '%s'", r->name, r->spec->cwd);
    return err_sys(err, errnum, "%s: cannot be run", path);
}

/* 0 or an errno: without memory a file would silently stay ours. */
static int set_files(posix_spawn_file_actions_t *files, const struct run *r, int in, int out,
                     int err)
{
    int rc = 0;
    if (!r->spec->interactive) {
        rc = posix_spawn_file_actions_adddup2(files, in, STDIN_FILENO);
        rc = rc ? rc : posix_spawn_file_actions_adddup2(files, err, STDERR_FILENO);
    }
    rc = rc ? rc : posix_spawn_file_actions_adddup2(files, out, STDOUT_FILENO);
    rc = rc ? rc : posix_spawn_file_actions_addclosefrom_np(files, STDERR_FILENO + 1);
    if (r->spec->cwd)
        rc = rc ? rc : posix_spawn_file_actions_addchdir_np(files, r->spec->cwd);
    return rc;
}

static void set_attributes(posix_spawnattr_t *attr, bool own_group)
{
    sigset_t none, defaults;
    sigemptyset(&none);
    sigemptyset(&defaults);
    sigaddset(&defaults, SIGPIPE);
    posix_spawnattr_setsigmask(attr, &none);
    posix_spawnattr_setsigdefault(attr, &defaults);
    posix_spawnattr_setpgroup(attr, 0);
    posix_spawnattr_setflags(attr, (short)(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF |
                                           (own_group ? POSIX_SPAWN_SETPGROUP : 0)));
}

static int spawn(struct run *r, const char *path, int in, int out, int err_fd, struct err *err)
{
    _cleanup_free_ char **env = env_merge(r->spec->env_add);
    if (!env)
        return err_nomem(err, "starting a program");
    posix_spawn_file_actions_t files;
    posix_spawnattr_t attr;
    if (posix_spawn_file_actions_init(&files) != 0)
        return err_nomem(err, "starting a program");
    if (posix_spawnattr_init(&attr) != 0) {
        posix_spawn_file_actions_destroy(&files);
        return err_nomem(err, "starting a program");
    }
    set_attributes(&attr, !r->spec->interactive);
    int prepared = set_files(&files, r, in, out, err_fd);
    int rc = prepared
                 ? prepared
                 : posix_spawn(&r->pid, path, &files, &attr, (char *const *)r->spec->argv, env);
    posix_spawnattr_destroy(&attr);
    posix_spawn_file_actions_destroy(&files);
    if (prepared)
        return err_nomem(err, "starting a program");
    return rc == 0 ? 0 : spawn_error(r, path, rc, err);
}

static int start(struct run *r, const char *path, struct err *err)
{
    int out[2], err_pipe[2];
    if (pipe2(out, O_CLOEXEC) < 0)
        return err_sys(err, errno, "%s: cannot be run", r->name);
    r->out = out[0];
    _cleanup_close_ int out_write = out[1];
    if (pipe2(err_pipe, O_CLOEXEC) < 0)
        return err_sys(err, errno, "%s: cannot be run", r->name);
    r->err = err_pipe[0];
    _cleanup_close_ int err_write = err_pipe[1];
    _cleanup_close_ int in = open_input(r->spec->input, err);
    if (in < 0 || spawn(r, path, in, out_write, err_write, err) < 0)
        return -1;
    fcntl(r->out, F_SETFL, O_NONBLOCK);
    fcntl(r->err, F_SETFL, O_NONBLOCK);
    r->pidfd = pidfd_open(r->pid, 0);
    return 0;
}

/* --- run ---------------------------------------------------------------------------------------
 */

static void close_fd(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

/* Takes what is there now. Closes *fd at its end; false when `to` is at its cap. */
static bool take(int *fd, struct str *to, bool drop_rest)
{
    char buf[READ_STEP];
    while (*fd >= 0) {
        ssize_t n = read(*fd, buf, sizeof buf);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0 && errno == EAGAIN)
            return true;
        if (n <= 0)
            close_fd(fd);
        else if (to->len + (size_t)n <= to->max)
            str_add(to, buf, (size_t)n);
        else if (drop_rest)
            str_add(to, buf, to->max - to->len);
        else
            return false;
        if (to->failed)
            return false;
    }
    return true;
}

/* Asks without reaping, so that the number of the group cannot be given to somebody else yet. */
static bool has_ended(const struct run *r)
{
    siginfo_t info = {0};
    return waitid(P_PID, (id_t)r->pid, &info, WEXITED | WNOHANG | WNOWAIT) < 0 || info.si_pid != 0;
}

static int wait_step(const struct run *r, int64_t left_ms)
{
    struct pollfd fds[] = {{.fd = r->out, .events = POLLIN},
                           {.fd = r->err, .events = POLLIN},
                           {.fd = r->pidfd, .events = POLLIN}};
    bool blind = r->pidfd < 0;
    int ms = left_ms > INT_MAX ? INT_MAX : (int)left_ms;
    return poll(fds, ARRAY_LEN(fds), blind && ms > POLL_STEP_MS ? POLL_STEP_MS : ms);
}

static int follow(struct run *r, struct err *err)
{
    for (;;) {
        bool ended = has_ended(r);
        if (!take(&r->out, &r->result->out, false))
            return r->result->out.failed
                       ? err_nomem(err, "reading the output of a program")
                       : err_set(err, ERR_LIMIT,
                                 "%s: its output is larger than the limit of %zu bytes", r->name,
                                 r->result->out.max);
        if (!take(&r->err, &r->result->err, true))
            return err_nomem(err, "reading the messages of a program");
        if (ended)
            return 0;
        int64_t left = r->deadline_ms - now_ms();
        if (left <= 0)
            return err_set(err, ERR_LIMIT, "%s: not done after %.3g seconds, stopped", r->name,
                           (r->spec->timeout_ms ? r->spec->timeout_ms : PROC_TIMEOUT_MS) / 1000.0);
        if (wait_step(r, left) < 0 && errno != EINTR)
            return err_sys(err, errno, "%s: cannot wait for it", r->name);
    }
}

static int finish(struct run *r, int rc, struct err *err)
{
    kill(r->spec->interactive ? r->pid : -r->pid, SIGKILL);
    int status = 0;
    while (waitpid(r->pid, &status, 0) < 0 && errno == EINTR)
        ;
    if (rc < 0)
        return rc;
    if (WIFSIGNALED(status))
        return err_set(err, ERR_LOCAL, "%s: ended by signal %d (%s)", r->name, WTERMSIG(status),
                       strsignal(WTERMSIG(status)));
    r->result->exit_code = WEXITSTATUS(status);
    return 0;
}

static void run_release(struct run *r)
{
    close_fd(&r->out);
    close_fd(&r->err);
    close_fd(&r->pidfd);
}

int proc_run(const struct proc_spec *spec, struct proc_result *out, struct err *err)
{
    char found[PATH_MAX];
    *out = (struct proc_result){0};
    str_init(&out->out, spec->out_max ? spec->out_max : PROC_OUT_MAX);
    str_init(&out->err, PROC_ERR_MAX);
    const char *name = spec->argv[0];
    bool is_path = strchr(name, '/') != NULL;
    if (!is_path && !proc_find(name, found))
        return err_set(err, ERR_NOT_FOUND, "%s: no such program on PATH", name);
    unsigned timeout = spec->timeout_ms ? spec->timeout_ms : PROC_TIMEOUT_MS;
    _cleanup_(run_release) struct run r = {.spec = spec,
                                           .result = out,
                                           .name = name,
                                           .out = -1,
                                           .err = -1,
                                           .pidfd = -1,
                                           .deadline_ms = now_ms() + timeout};
    if (start(&r, is_path ? name : found, err) < 0)
        return -1;
    return finish(&r, follow(&r, err), err);
}
