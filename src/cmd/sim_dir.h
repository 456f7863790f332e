/*
 * sim_dir: the folder in which a pocket EKS leaves its kubeconfig and env for others.
 */
#ifndef TOBAN_CMD_SIM_DIR_H
#define TOBAN_CMD_SIM_DIR_H

#include "base/err.h"

#include <limits.h>

struct sim_dir {
    char path[PATH_MAX]; /* from the root: who reads env may be somewhere else */
    bool own;            /* made by us, and taken away at the end */
};

/* given NULL: a new folder below $TMPDIR. Else that one, which is made when it is not there. */
int sim_dir_make(struct sim_dir *d, const char *given, struct err *err);
/* Takes our own away, with the two files; zeroed memory has none. */
void sim_dir_release(struct sim_dir *d);

#endif
