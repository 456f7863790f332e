/*
 * interrupt: Ctrl-C, SIGTERM and SIGHUP while something is being changed. The first one asks to
 * stop at the next good place, by a file descriptor that becomes readable; the second ends the
 * process at once. Ctrl-Z gives the terminal back before the process stops.
 */
#ifndef TOBAN_CMD_INTERRUPT_H
#define TOBAN_CMD_INTERRUPT_H

#include "base/err.h"

#include <pthread.h>
#include <signal.h>

struct interrupt {
    int fd; /* readable after the first signal; never read from */
    pthread_t thread;
    sigset_t before;
    bool running;
    /* Called on the thread of the signals; they must only write and set modes; NULL: nothing. */
    void (*asked)(void *ctx);            /* after the first signal */
    void (*leave)(void *ctx, bool ends); /* before the process ends, or stops for a while */
    void (*again)(void *ctx);            /* it goes on */
    void *ctx;
};

/* Starts to take signals; before other threads are made, which inherit that they do not get any.
 * Set the functions and ctx first. */
int interrupt_start(struct interrupt *i, struct err *err);
/* Back to as it was. NULL-safe, and safe on zeroed memory. */
void interrupt_stop(struct interrupt *i);

#endif
