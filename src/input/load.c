#include "base/io.h"
#include "input/input.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

/* How far a text is looked at for bytes that no text has. */
#define LOOK_AHEAD ((size_t)8192)
/* Read from pipes and other files that do not tell their size. */
#define READ_STEP ((size_t)65536)

static int refuse(const char *name, struct sv text, struct err *err)
{
    if (sv_starts(text, "\xFF\xFE") || sv_starts(text, "\xFE\xFF")) {
        err_set(err, ERR_INPUT, "%s: UTF-16 text, expected UTF-8", name);
        return err_hint(err, "convert it: iconv -f UTF-16 -t UTF-8");
    }
    if (text.len > 10 && memcmp(text.ptr, "\0GITCRYPT\0", 10) == 0) {
        err_set(err, ERR_INPUT, "%s: locked by git-crypt", name);
        return err_hint(err, "run `git-crypt unlock` first, or ignore the file");
    }
    return err_set(err, ERR_INPUT, "%s: binary, expected YAML or JSON text", name);
}

static int check_text(const char *name, struct sv text, struct err *err)
{
    size_t n = text.len < LOOK_AHEAD ? text.len : LOOK_AHEAD;
    if (sv_starts(text, "\xFF\xFE") || sv_starts(text, "\xFE\xFF") ||
        (n && memchr(text.ptr, '\0', n)))
        return refuse(name, text, err);
    return 0;
}

static int too_large(const char *name, uint64_t size, struct err *err)
{
    err_set(err, ERR_LIMIT, "%s: %.1f MiB, larger than the limit of %zu MiB for one file", name,
            (double)size / (1 << 20), IO_MANIFEST_MAX >> 20);
    return err_hint(err, "no manifest is that large: leave the file out, or split it");
}

/* A regular file whose size is known: one read, and no second one to see the end. */
static int read_sized(int fd, const char *name, size_t size, struct str *buf, struct err *err)
{
    char *to = str_room(buf, size + 1);
    if (!to)
        return err_nomem(err, "reading a file");
    while (buf->len < size) {
        ssize_t n = read(fd, buf->data + buf->len, size - buf->len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return err_sys(err, errno, "%s: cannot be read", name);
        if (n == 0)
            break;
        buf->len += (size_t)n;
    }
    buf->data[buf->len] = '\0';
    return 0;
}

static int read_item(const struct input_item *item, struct str *buf, struct err *err)
{
    _cleanup_close_ int fd = open(item->path, O_RDONLY | O_CLOEXEC);
    struct stat st;
    if (fd < 0 || fstat(fd, &st) < 0)
        return err_sys(err, errno, "%s: cannot be opened", item->name);
    if (S_ISDIR(st.st_mode))
        return err_set(err, ERR_INPUT, "%s: a folder, expected a file", item->name);
    if ((uint64_t)st.st_size > IO_MANIFEST_MAX)
        return too_large(item->name, (uint64_t)st.st_size, err);
    if (S_ISREG(st.st_mode) && st.st_size > 0)
        return read_sized(fd, item->name, (size_t)st.st_size, buf, err);
    return io_read_fd(fd, item->name, IO_MANIFEST_MAX, buf, err);
}

int input_load(const struct input_item *item, struct str *buf, struct sv *text, struct err *err)
{
    *text = item->text;
    if (!item->text.ptr) {
        str_reset(buf);
        if (!buf->max || buf->max < IO_MANIFEST_MAX + 2 * READ_STEP)
            buf->max = IO_MANIFEST_MAX + 2 * READ_STEP;
        if (read_item(item, buf, err) < 0)
            return -1;
        *text = str_sv(buf);
    }
    return check_text(item->name, *text, err);
}
