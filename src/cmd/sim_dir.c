#include "cmd/sim_dir.h"

#include "base/cleanup.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static int too_long(struct err *err)
{
    return err_set(err, ERR_USAGE, "the name of the folder is longer than %d bytes", PATH_MAX - 1);
}

static int make_given(struct sim_dir *d, const char *given, struct err *err)
{
    char whole[PATH_MAX];
    if (mkdir(given, 0700) < 0 && errno != EEXIST)
        return err_sys(err, errno, "cannot make the folder %s", given);
    if (!realpath(given, whole))
        return err_sys(err, errno, "cannot open the folder %s", given);
    snprintf(d->path, sizeof d->path, "%s", whole);
    return 0;
}

int sim_dir_make(struct sim_dir *d, const char *given, struct err *err)
{
    const char *tmp = getenv("TMPDIR");
    if (given)
        return make_given(d, given, err);
    int n = snprintf(d->path, sizeof d->path, "%s/toban-sim-XXXXXX", tmp ? tmp : "/tmp");
    if (n < 0 || (size_t)n >= sizeof d->path)
        return too_long(err);
    if (!mkdtemp(d->path))
        return err_sys(err, errno, "cannot make the folder %s", d->path);
    d->own = true;
    return 0;
}

/* Two files and their folder; anything else in it is somebody's. */
void sim_dir_release(struct sim_dir *d)
{
    static const char *const files[] = {"kubeconfig", "env"};
    if (!d->own)
        return;
    for (size_t i = 0; i < ARRAY_LEN(files); i++) {
        char path[PATH_MAX + 16];
        snprintf(path, sizeof path, "%s/%s", d->path, files[i]);
        unlink(path);
    }
    rmdir(d->path);
}
