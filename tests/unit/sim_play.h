/*
 * sim_play: a simulator on a small world, with times that are easy to add up and a record of every
 * change that it tells.
 */
#ifndef TOBAN_TESTS_SIM_PLAY_H
#define TOBAN_TESTS_SIM_PLAY_H

#include "base/vec.h"
#include "sim/sim.h"

#include "sim_world.h"

struct play_change {
    int64_t at;
    struct world_change c;
};

struct play {
    struct world w; /* to be filled before play_start */
    struct sim_times times;
    struct sim_options o;
    struct sim *s;
    VEC(struct play_change) told;
    void (*check)(struct play *p, const struct world_change *c); /* NULL: nothing more */
};

/* Constant times, no limits of requests: create 100, schedule 10, pull 5000, start 1000, init 500,
 * ready 200, load balancer 30000, stop 2000, cleanup 500, detach 3000, attach 4000, mount 700,
 * node launch 20000, node Ready 10000, node end 5000; milliseconds. */
void play_init(struct play *p, uint16_t minor);
void play_start(struct play *p);
void play_release(struct play *p);

/* When this was told for the nth time (0: first); -1: it was not. */
int64_t play_when(const struct play *p, enum change_kind kind, uint32_t index, unsigned nth);
/* How often this kind was told. */
unsigned play_count(const struct play *p, enum change_kind kind);
/* The pod that was added last; WORLD_NONE: none was. */
uint32_t play_newest(const struct play *p);

/* Evicts; fails the test unless this is the answer. */
void play_evict(struct play *p, uint32_t pod, enum eviction_cause expected);
/* Runs until nothing is under way. */
void play_end(struct play *p);

#endif
