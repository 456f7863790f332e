/*
 * ready: what everything that asks the scheduler calls first.
 */
#ifndef TOBAN_SCHED_READY_H
#define TOBAN_SCHED_READY_H

struct sched;

/* Indexes the world anew when a change asked for it, and puts the nodes in order. */
void sched_ready(struct sched *s);

#endif
