#include "base/io.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>

#define READ_STEP ((size_t)65536)

static int too_large(const char *name, size_t max, struct err *err)
{
    err_set(err, ERR_LIMIT, "%s: larger than the limit of %zu bytes", name, max);
    return err_hint(err, "a manifest of that size is no manifest; leave it out or split it");
}

int io_read_fd(int fd, const char *name, size_t max, struct str *out, struct err *err)
{
    size_t start = out->len;
    for (;;) {
        char *to = str_room(out, READ_STEP);
        if (!to)
            return out->len - start + READ_STEP > max ? too_large(name, max, err)
                                                      : err_nomem(err, "reading a file");
        ssize_t n = read(fd, to, READ_STEP);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return err_sys(err, errno, "%s: cannot read", name);
        out->len += (size_t)n;
        out->data[out->len] = '\0';
        if (out->len - start > max)
            return too_large(name, max, err);
        if (n == 0)
            return 0;
    }
}

int io_read_file(const char *path, size_t max, struct str *out, struct err *err)
{
    _cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    struct stat st;
    if (fd < 0 || fstat(fd, &st) < 0)
        return err_sys(err, errno, "%s: cannot open", path);
    if (!S_ISREG(st.st_mode))
        return err_set(err, ERR_INPUT, "%s: not a regular file", path);
    if ((uint64_t)st.st_size > max)
        return too_large(path, max, err);
    if (!str_room(out, (size_t)st.st_size + READ_STEP))
        return err_nomem(err, "reading a file");
    return io_read_fd(fd, path, max, out, err);
}

int io_write_all(int fd, const void *bytes, size_t n)
{
    const char *p = bytes;
    while (n) {
        ssize_t w = write(fd, p, n);
        if (w < 0 && errno == EINTR)
            continue;
        if (w < 0)
            return -1;
        p += w;
        n -= (size_t)w;
    }
    return 0;
}

static int sync_folder_of(const char *path, struct err *err)
{
    char dir[PATH_MAX];
    const char *slash = strrchr(path, '/');
    snprintf(dir, sizeof dir, "%.*s", slash ? (int)(slash - path + 1) : 1, slash ? path : ".");
    _cleanup_close_ int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0 || (fsync(fd) < 0 && errno != EINVAL))
        return err_sys(err, errno, "%s: cannot sync the folder", dir);
    return 0;
}

static int keep_mode(int fd, const char *target, struct err *err)
{
    struct stat old;
    mode_t mode = 0644;
    if (stat(target, &old) == 0) {
        mode = old.st_mode & 07777;
        if (fchown(fd, old.st_uid, old.st_gid) < 0 && errno != EPERM)
            return err_sys(err, errno, "%s: cannot keep the owner", target);
    } else {
        mode_t mask = umask(0);
        umask(mask);
        mode &= ~mask;
    }
    if (fchmod(fd, mode) < 0)
        return err_sys(err, errno, "%s: cannot keep the file mode", target);
    return 0;
}

static int fill_temp(int fd, const char *target, bool private, struct sv text, struct err *err)
{
    /* A temporary file is born with mode 0600. */
    if (!private && keep_mode(fd, target, err) < 0)
        return -1;
    if (io_write_all(fd, text.ptr, text.len) < 0 || fsync(fd) < 0)
        return err_sys(err, errno, "%s: cannot write; the old file is untouched", target);
    return 0;
}

/* A pipe or a terminal has nothing to lose, and a file in a device's place would take it away from
 * everybody. */
static bool is_written_through(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 && !S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode);
}

static int write_through(const char *path, struct sv text, struct err *err)
{
    _cleanup_close_ int fd = open(path, O_WRONLY | O_CLOEXEC);
    if (fd < 0 || io_write_all(fd, text.ptr, text.len) < 0)
        return err_sys(err, errno, "%s: cannot write", path);
    return 0;
}

static int write_atomic(const char *path, bool private, struct sv text, struct err *err)
{
    if (is_written_through(path))
        return write_through(path, text, err);
    char target[PATH_MAX], temp[PATH_MAX + 16];
    if (!realpath(path, target))
        snprintf(target, sizeof target, "%s", path);
    snprintf(temp, sizeof temp, "%s.toban-XXXXXX", target);
    _cleanup_close_ int fd = mkostemp(temp, O_CLOEXEC);
    if (fd < 0)
        return err_sys(err, errno, "%s: cannot create a temporary file beside it", target);
    if (fill_temp(fd, target, private, text, err) < 0) {
        unlink(temp);
        return -1;
    }
    if (rename(temp, target) < 0) {
        err_sys(err, errno, "%s: cannot replace; the old file is untouched", target);
        unlink(temp);
        return -1;
    }
    return sync_folder_of(target, err);
}

int io_write_atomic(const char *path, struct sv text, struct err *err)
{
    return write_atomic(path, false, text, err);
}

int io_write_private(const char *path, struct sv text, struct err *err)
{
    return write_atomic(path, true, text, err);
}
