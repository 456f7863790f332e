#include "fault_vfs.h"

#include <errno.h>
#include <sqlite3.h>
#include <stddef.h>

struct fault_file {
    sqlite3_file base;
    sqlite3_file *real; /* right behind this */
};

static sqlite3_vfs *real_vfs;
static unsigned left;
static bool fails_for_good, fired;

void fault_vfs_arm(unsigned n, bool for_good)
{
    left = n;
    fails_for_good = for_good;
    fired = false;
}

bool fault_vfs_fired(void)
{
    return fired;
}

static bool fails(void)
{
    if (fired && fails_for_good)
        return errno = EIO, true;
    if (!left || --left)
        return false;
    fired = true;
    errno = EIO;
    return true;
}

static sqlite3_file *real_of(sqlite3_file *file)
{
    return ((struct fault_file *)file)->real;
}

#define PASS(file, method, ...) real_of(file)->pMethods->method(real_of(file), ##__VA_ARGS__)

static int fault_close(sqlite3_file *f)
{
    return PASS(f, xClose);
}

static int fault_read(sqlite3_file *f, void *to, int n, sqlite3_int64 at)
{
    return PASS(f, xRead, to, n, at);
}

static int fault_write(sqlite3_file *f, const void *from, int n, sqlite3_int64 at)
{
    return fails() ? SQLITE_IOERR_WRITE : PASS(f, xWrite, from, n, at);
}

static int fault_truncate(sqlite3_file *f, sqlite3_int64 size)
{
    return fails() ? SQLITE_IOERR_TRUNCATE : PASS(f, xTruncate, size);
}

static int fault_sync(sqlite3_file *f, int flags)
{
    return fails() ? SQLITE_IOERR_FSYNC : PASS(f, xSync, flags);
}

static int fault_size(sqlite3_file *f, sqlite3_int64 *size)
{
    return PASS(f, xFileSize, size);
}

static int fault_lock(sqlite3_file *f, int level)
{
    return PASS(f, xLock, level);
}

static int fault_unlock(sqlite3_file *f, int level)
{
    return PASS(f, xUnlock, level);
}

static int fault_reserved(sqlite3_file *f, int *out)
{
    return PASS(f, xCheckReservedLock, out);
}

static int fault_control(sqlite3_file *f, int op, void *arg)
{
    return PASS(f, xFileControl, op, arg);
}

static int fault_sector(sqlite3_file *f)
{
    return PASS(f, xSectorSize);
}

static int fault_device(sqlite3_file *f)
{
    return PASS(f, xDeviceCharacteristics);
}

static int fault_shm_map(sqlite3_file *f, int page, int size, int extend, void volatile **out)
{
    return fails() ? SQLITE_IOERR_SHMMAP : PASS(f, xShmMap, page, size, extend, out);
}

static int fault_shm_lock(sqlite3_file *f, int offset, int n, int flags)
{
    return PASS(f, xShmLock, offset, n, flags);
}

static void fault_shm_barrier(sqlite3_file *f)
{
    PASS(f, xShmBarrier);
}

static int fault_shm_unmap(sqlite3_file *f, int remove)
{
    return PASS(f, xShmUnmap, remove);
}

static const sqlite3_io_methods fault_methods = {
    .iVersion = 2,
    .xClose = fault_close,
    .xRead = fault_read,
    .xWrite = fault_write,
    .xTruncate = fault_truncate,
    .xSync = fault_sync,
    .xFileSize = fault_size,
    .xLock = fault_lock,
    .xUnlock = fault_unlock,
    .xCheckReservedLock = fault_reserved,
    .xFileControl = fault_control,
    .xSectorSize = fault_sector,
    .xDeviceCharacteristics = fault_device,
    .xShmMap = fault_shm_map,
    .xShmLock = fault_shm_lock,
    .xShmBarrier = fault_shm_barrier,
    .xShmUnmap = fault_shm_unmap,
};

static int fault_open(sqlite3_vfs *vfs, sqlite3_filename name, sqlite3_file *file, int flags,
                      int *out)
{
    struct fault_file *f = (struct fault_file *)file;
    f->base.pMethods = NULL;
    f->real = (sqlite3_file *)(f + 1);
    if (fails())
        return SQLITE_CANTOPEN;
    int rc = real_vfs->xOpen(real_vfs, name, f->real, flags, out);
    if (f->real->pMethods)
        f->base.pMethods = &fault_methods;
    return rc;
}

void fault_vfs_install(void)
{
    static sqlite3_vfs vfs;
    real_vfs = sqlite3_vfs_find(NULL);
    vfs = *real_vfs;
    vfs.zName = "fault";
    vfs.szOsFile = (int)sizeof(struct fault_file) + real_vfs->szOsFile;
    vfs.xOpen = fault_open;
    sqlite3_vfs_register(&vfs, 1);
}
