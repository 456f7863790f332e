/*
 * holder: which process holds a lease, written so that another on the same machine can prove that
 * it is gone. Private to store/.
 */
#ifndef TOBAN_STORE_HOLDER_H
#define TOBAN_STORE_HOLDER_H

#include <stdbool.h>
#include <stdint.h>

struct holder {
    char who[128];      /* "ann@bastion-1 (pid 4711)" */
    int64_t pid;        /* within pid_space */
    uint64_t start;     /* of the process, in clock ticks since the machine started; 0: unknown */
    char boot[48];      /* which run of which machine; "": unknown */
    char pid_space[48]; /* the pid namespace: containers on one machine count their own pids */
};

void holder_self(struct holder *out);

/* Same machine, same boot, same pid namespace, and no process with that pid and start time is left
 * (or only its zombie). False when any of it cannot be proven. */
bool holder_is_dead(const struct holder *h);

#endif
