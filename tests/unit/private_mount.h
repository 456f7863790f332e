/*
 * private_mount: a small file system of this test's own, where the kernel lets us have one (as
 * root, or with user namespaces). Call in a forked process: what is mounted is seen there only and
 * goes with it.
 */
#ifndef TOBAN_TESTS_PRIVATE_MOUNT_H
#define TOBAN_TESTS_PRIVATE_MOUNT_H

#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/mount.h>

/* False: not allowed here. */
static inline bool private_mount_tmpfs(const char *folder, const char *options)
{
    if (unshare(CLONE_NEWNS) < 0 && unshare(CLONE_NEWUSER | CLONE_NEWNS) < 0)
        return false;
    return mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 &&
           mount("toban-test", folder, "tmpfs", 0, options) == 0;
}

/* The tmpfs above, with other options or flags. */
static inline bool private_mount_again(const char *folder, unsigned long flags, const char *options)
{
    return mount("toban-test", folder, "tmpfs", MS_REMOUNT | flags, options) == 0;
}

#endif
