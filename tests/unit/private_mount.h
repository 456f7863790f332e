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
#include <unistd.h>

static inline bool private_mount_say(const char *path, const char *text)
{
    FILE *f = fopen(path, "w");
    bool ok = f && fputs(text, f) >= 0;
    return f && fclose(f) == 0 && ok;
}

/* A mount namespace; for one who is not root, in a user namespace in which they are. */
static inline bool private_mount_enter(void)
{
    char uids[32], gids[32];
    snprintf(uids, sizeof uids, "0 %u 1", (unsigned)geteuid());
    snprintf(gids, sizeof gids, "0 %u 1", (unsigned)getegid());
    return unshare(CLONE_NEWNS) == 0 || (unshare(CLONE_NEWUSER | CLONE_NEWNS) == 0 &&
                                         private_mount_say("/proc/self/setgroups", "deny") &&
                                         private_mount_say("/proc/self/uid_map", uids) &&
                                         private_mount_say("/proc/self/gid_map", gids));
}

/* False: not allowed here. */
static inline bool private_mount_tmpfs(const char *folder, const char *options)
{
    return private_mount_enter() && mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 &&
           mount("toban-test", folder, "tmpfs", 0, options) == 0;
}

/* The tmpfs above, with other options or flags. */
static inline bool private_mount_again(const char *folder, unsigned long flags, const char *options)
{
    return mount("toban-test", folder, "tmpfs", MS_REMOUNT | flags, options) == 0;
}

#endif
