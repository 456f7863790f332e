#include "store/sqlite.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/vfs.h>

/* File systems whose locks and shared memory do not reach from machine to machine (statfs(2)). */
static const struct {
    uint32_t magic;
    const char *name;
} remote_systems[] = {
    {0x6969, "NFS"},      {0xff534d42, "CIFS"},   {0xfe534d42, "SMB"}, {0x517b, "SMB"},
    {0x00c36400, "Ceph"}, {0x0bd00bd0, "Lustre"}, {0x5346414f, "AFS"},
};

/* The new name must outlive a crash: the folder that holds it is synced. */
static int sync_folder(const char *path, struct err *err)
{
    _cleanup_close_ int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0 || (fsync(fd) < 0 && errno != EINVAL))
        return err_sys(err, errno, "%s: cannot sync the folder", path);
    return 0;
}

/* Makes the folder and those above it; `path` is changed for a moment. */
static int make_folder(char *path, struct err *err)
{
    if (mkdir(path, 0700) == 0 || errno == EEXIST)
        return 0;
    char *slash = strrchr(path, '/');
    if (errno != ENOENT || !slash || slash == path)
        return err_sys(err, errno, "%s: cannot make the folder", path);
    *slash = '\0';
    int rc = make_folder(path, err);
    *slash = '/';
    if (rc < 0)
        return -1;
    if (mkdir(path, 0700) < 0 && errno != EEXIST)
        return err_sys(err, errno, "%s: cannot make the folder", path);
    *slash = '\0';
    rc = sync_folder(slash == path ? "/" : path, err);
    *slash = '/';
    return rc;
}

static int make_folder_of(const char *path, struct err *err)
{
    const char *slash = strrchr(path, '/');
    if (!slash || slash == path)
        return 0;
    _cleanup_free_ char *folder = strndup(path, (size_t)(slash - path));
    return folder ? make_folder(folder, err) : err_nomem(err, "opening the store");
}

int sqlite_file_prepare(struct sqlite_store *s, struct err *err)
{
    if (make_folder_of(s->path, err) < 0)
        return err_wrap(err, "store");
    /* Only a file that is new is opened here: closing one that another connection of this process
     * has open would drop that one's locks (fcntl(2), F_SETLK). */
    int fd = open(s->path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd >= 0)
        close(fd);
    else if (errno != EEXIST)
        return err_sys(err, errno, "%s: cannot make the store", s->path);
    return sqlite_file_check(s, err);
}

static int refuse_remote(const struct sqlite_store *s, struct err *err)
{
    struct statfs fs;
    if (statfs(s->path, &fs) < 0)
        return err_sys(err, errno, "%s: cannot look at the file system", s->path);
    for (size_t i = 0; i < ARRAY_LEN(remote_systems); i++)
        if ((uint32_t)fs.f_type == remote_systems[i].magic) {
            err_set(err, ERR_LOCAL,
                    "%s: lies on a network file system (%s), where two machines could write the "
                    "store at the same time",
                    s->path, remote_systems[i].name);
            return err_hint(err, "name a file on a local disk with --store FILE or TOBAN_STORE");
        }
    return 0;
}

int sqlite_file_check(struct sqlite_store *s, struct err *err)
{
    struct stat st;
    if (stat(s->path, &st) < 0)
        return err_sys(err, errno, "%s: cannot open the store", s->path);
    if (!S_ISREG(st.st_mode))
        return err_set(err, ERR_INPUT, "%s: not a toban store (not a regular file)", s->path);
    s->device = st.st_dev;
    s->inode = st.st_ino;
    return s->base.read_only ? 0 : refuse_remote(s, err);
}

/* Size of the file beside the store; -1: there is none. */
static int64_t size_beside(const struct sqlite_store *s, const char *suffix)
{
    char path[PATH_MAX + 8];
    struct stat st;
    snprintf(path, sizeof path, "%s%s", s->path, suffix);
    return stat(path, &st) == 0 ? (int64_t)st.st_size : -1;
}

bool sqlite_file_has_wal(const struct sqlite_store *s)
{
    return size_beside(s, "-wal") > 0;
}

bool sqlite_file_in_use(const struct sqlite_store *s)
{
    return size_beside(s, "-shm") >= 0;
}

int sqlite_file_whole(const struct sqlite_store *s, int64_t page_size, struct err *err)
{
    struct stat st;
    if (stat(s->path, &st) < 0)
        return err_sys(err, errno, "%s: cannot open the store", s->path);
    if (st.st_size % page_size == 0 || sqlite_file_has_wal(s))
        return 0;
    err_set(err, ERR_INPUT, "%s: the end of the file is cut off", s->path);
    return err_hint(err, "take it from a backup; sqlite3 '%s' .recover shows what is left",
                    s->path);
}

int sqlite_file_same(const struct sqlite_store *s, struct err *err)
{
    struct stat st;
    if (stat(s->path, &st) == 0 && st.st_dev == s->device && st.st_ino == s->inode)
        return 0;
    err_set(err, ERR_LOCAL, "%s: the store was moved, deleted or replaced while it was in use",
            s->path);
    return err_hint(err, "put the file back, then run the same command again");
}
