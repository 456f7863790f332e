#include "input/repo.h"

#include "base/io.h"

#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>

static bool read_small(int dirfd, const char *name, struct str *out)
{
    _cleanup_close_ int fd = openat(dirfd, name, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    struct stat st;
    if (fd < 0 || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
        return false;
    str_init(out, 2 * IGNORE_FILE_MAX);
    return io_read_fd(fd, name, IGNORE_FILE_MAX, out, NULL) == 0;
}

const struct ignore_set *repo_read_rules(struct arena *arena, int dirfd, const char *name,
                                         size_t base, const struct ignore_set *less)
{
    _cleanup_str_ struct str text = {0};
    if (!read_small(dirfd, name, &text))
        return less;
    char *kept = arena_dup(arena, str_sv(&text));
    return kept ? ignore_parse(arena, sv_n(kept, text.len), base, less) : less;
}

/* The folder that a "gitdir: PATH" file, or one with only a path, names. */
static int open_named_folder(int dirfd, const char *file)
{
    _cleanup_str_ struct str text = {0};
    char path[PATH_MAX];
    if (!read_small(dirfd, file, &text))
        return -1;
    struct sv v = str_sv(&text);
    if (sv_starts(v, "gitdir:"))
        v = sv_n(v.ptr + strlen("gitdir:"), v.len - strlen("gitdir:"));
    v = sv_trim(v);
    if (!v.len || v.len >= sizeof path)
        return -1;
    snprintf(path, sizeof path, "%.*s", SV_ARG(v));
    return openat(dirfd, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

const struct ignore_set *repo_read_exclude(struct arena *arena, int dirfd, size_t base)
{
    const struct ignore_set *set = repo_read_rules(arena, dirfd, ".git/info/exclude", base, NULL);
    if (set)
        return set;
    _cleanup_close_ int git = open_named_folder(dirfd, ".git");
    if (git < 0)
        return NULL;
    _cleanup_close_ int common = open_named_folder(git, "commondir");
    return repo_read_rules(arena, common >= 0 ? common : git, "info/exclude", base, NULL);
}

static bool has_git(int dirfd)
{
    return faccessat(dirfd, ".git", F_OK, 0) == 0;
}

/* Bytes of `real` that name the top of the work tree around it; 0 when there is none. */
static size_t find_top(const char *real)
{
    char path[PATH_MAX + 8];
    for (size_t n = strlen(real); n > 0;) {
        snprintf(path, sizeof path, "%.*s/.git", (int)n, real);
        if (access(path, F_OK) == 0)
            return n;
        const char *slash = memrchr(real, '/', n);
        n = slash ? (size_t)(slash - real) : 0;
    }
    return 0;
}

static const struct ignore_set *rules_of_folder(struct arena *arena, const char *real, size_t len,
                                                size_t base, const struct ignore_set *less)
{
    char path[PATH_MAX];
    snprintf(path, sizeof path, "%.*s", (int)len, real);
    _cleanup_close_ int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return less;
    if (has_git(fd))
        less = repo_read_exclude(arena, fd, base);
    return repo_read_rules(arena, fd, ".gitignore", base, less);
}

const struct ignore_set *repo_rules_above(struct arena *arena, const char *path, struct str *inside)
{
    char real[PATH_MAX];
    str_reset(inside);
    if (!realpath(path, real))
        return NULL;
    size_t top = find_top(real), len = strlen(real);
    if (!top || top == len)
        return NULL;
    str_adds(inside, real + top + 1);
    str_addc(inside, '/');
    const struct ignore_set *set = NULL;
    for (size_t n = top; n < len;) {
        set = rules_of_folder(arena, real, n, n == top ? 0 : n - top, set);
        const char *slash = memchr(real + n + 1, '/', len - n - 1);
        n = slash ? (size_t)(slash - real) : len;
    }
    return set;
}
