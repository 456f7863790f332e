/*
 * runner: several programs at a time, as many as there are processors. For helm and Kustomize,
 * which take a tenth of a second each. Private to input/.
 */
#ifndef TOBAN_INPUT_RUNNER_H
#define TOBAN_INPUT_RUNNER_H

#include "base/proc.h"

struct runner_job {
    struct proc_spec spec;
    struct proc_result result;
    struct err err;
    int rc; /* of proc_run */
};

/* Runs all jobs to their end; each then has rc, result and err. */
void runner_run(struct runner_job *jobs, size_t count);

void runner_release(struct runner_job *jobs, size_t count);

/* What a program said about its failure, without "Error: ": its own words, or err's. */
const char *runner_complaint(const struct runner_job *job, char buf[static ERR_MSG_MAX]);

/* The program that `variable` names in the environment, or the first of names on PATH; false when
 * there is none. *which becomes the index in names (0 for the variable). */
bool runner_find(const char *variable, const char *const *names, char path[static PATH_MAX],
                 size_t *which);

#endif
