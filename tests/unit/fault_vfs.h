/*
 * fault_vfs: a disk under SQLite that fails when it is told to. It passes everything on to the real
 * one; writes, syncs, truncations, shared memory and opened files are counted, and from the chosen
 * one on (or only there) they fail.
 */
#ifndef TOBAN_TESTS_FAULT_VFS_H
#define TOBAN_TESTS_FAULT_VFS_H

#include <stdbool.h>

/* Puts it under all stores that are opened from now on. */
void fault_vfs_install(void);
/* The n-th operation from now, from 1, fails with EIO; with `for_good` all behind it do too. 0:
 * none does any more. */
void fault_vfs_arm(unsigned n, bool for_good);
/* Did one fail since it was armed? */
bool fault_vfs_fired(void);

#endif
