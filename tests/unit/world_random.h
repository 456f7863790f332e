/*
 * world_random: worlds for tests, with every part of every type set, made from a seed. Two calls
 * with one seed give worlds that are equal in what they mean; `shuffle` says in which order they
 * were loaded, so that arrays, numbers of texts and links differ.
 */
#ifndef TOBAN_TESTS_WORLD_RANDOM_H
#define TOBAN_TESTS_WORLD_RANDOM_H

#include "world/cloud.h"
#include "world/world.h"

struct world_random {
    uint32_t seed, shuffle;
    uint32_t nodes, workloads, pods; /* 0: some */
};

/* Into an empty world. */
void world_random_fill(struct world *w, const struct world_random *how);
void cloud_random_fill(struct cloud *c, uint32_t seed);

#endif
