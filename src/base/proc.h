/*
 * proc: runs another program and takes what it says, with a time limit and caps, never through a
 * shell. For helm, kubectl and login plugins. Knows nothing of what these programs mean.
 *
 * The program gets its own process group, which is killed whole when time is up or when the program
 * has ended and left something behind. Safe to call from several threads at once.
 */
#ifndef TOBAN_BASE_PROC_H
#define TOBAN_BASE_PROC_H

#include "base/err.h"
#include "base/str.h"

#include <limits.h>

#define PROC_OUT_MAX ((size_t)256 << 20) /* bytes of stdout when the caller names no cap */
#define PROC_ERR_MAX ((size_t)64 << 10)  /* bytes of stderr that are kept */
#define PROC_TIMEOUT_MS 30000u           /* when the caller names none */

struct proc_spec {
    const char *const *argv; /* NULL-terminated, at least the program: a name that is looked up as
                                by proc_find, or a path when it has a slash */
    const char *const *env_add; /* "NAME=value", NULL-terminated, on top of our own environment; a
                                   bare "NAME" takes the variable away. NULL: nothing */
    const char *cwd;            /* NULL: ours. A relative program path counts from here */
    struct sv input;            /* bytes for its stdin; absent: an empty stdin */
    bool interactive;    /* stdin and stderr are our own and it stays in our process group, so
                            that it may ask the person at the terminal; input is not used */
    size_t out_max;      /* 0: PROC_OUT_MAX */
    unsigned timeout_ms; /* 0: PROC_TIMEOUT_MS */
};

struct proc_result {
    struct str out; /* stdout */
    struct str err; /* stderr, its first PROC_ERR_MAX bytes; empty when interactive */
    int exit_code;  /* 0..255 */
};

/* Runs spec to its end. 0 when the program ended by itself, whatever its exit code: look at
 * out->exit_code. -1 with err when it is not there (ERR_NOT_FOUND), may not be run (ERR_DENIED),
 * would not start or was ended by a signal (ERR_LOCAL), took too long or said too much (ERR_LIMIT).
 * *out needs no preparation; what was said so far is in it also on failure. Release it always. */
int proc_run(const struct proc_spec *spec, struct proc_result *out, struct err *err);

/* NULL-safe; zeroed memory is a released result. */
void proc_result_release(struct proc_result *r);
#define _cleanup_proc_ _cleanup_(proc_result_release)

/* The place of an executable file on PATH. Relative and empty entries of PATH are passed over: a
 * program must not come out of the folder that is being looked at. False when there is none. */
bool proc_find(const char *name, char path[static PATH_MAX]);

/* The last line of stderr that is not blank, for messages; "" when there is none. Points into r. */
struct sv proc_last_words(const struct proc_result *r);

#endif
