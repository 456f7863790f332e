/* replay: gives every file of a folder to a fuzz target, once; fails when there is none. */
#include "fuzz.h"

#include "base/cleanup.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

static int replay_file(int folder, const char *name)
{
    _cleanup_close_ int fd = openat(folder, name, O_RDONLY | O_CLOEXEC);
    struct stat st;
    if (fd < 0 || fstat(fd, &st) != 0)
        return -1;
    if (!S_ISREG(st.st_mode))
        return 0;
    size_t size = (size_t)st.st_size;
    /* Exactly the size of the seed, so that a read past its end is seen. */
    _cleanup_free_ uint8_t *data = malloc(size ? size : 1);
    if (!data || read(fd, data, size) != (ssize_t)size)
        return -1;
    printf("# %s (%zu bytes)\n", name, size);
    fflush(stdout);
    LLVMFuzzerTestOneInput(data, size);
    return 1;
}

int main(int argc, char **argv)
{
    DIR *folder = argc == 2 ? opendir(argv[1]) : NULL;
    if (!folder) {
        fprintf(stderr, "cannot read the folder of seeds: %s\n",
                argc == 2 ? strerror(errno) : "not named");
        return 1;
    }
    int count = 0;
    int status = 0;
    const struct dirent *entry;
    while ((entry = readdir(folder))) {
        if (entry->d_name[0] == '.')
            continue;
        int got = replay_file(dirfd(folder), entry->d_name);
        if (got < 0) {
            fprintf(stderr, "cannot read the seed %s: %s\n", entry->d_name, strerror(errno));
            status = 1;
        }
        count += got > 0;
    }
    closedir(folder);
    if (count == 0)
        fprintf(stderr, "no seed in %s\n", argv[1]);
    return count > 0 ? status : 1;
}
