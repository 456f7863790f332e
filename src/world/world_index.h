/*
 * world_index: how a world finds its things by name. Internal to world/.
 */
#ifndef TOBAN_WORLD_WORLD_INDEX_H
#define TOBAN_WORLD_WORLD_INDEX_H

#include "base/str.h"
#include "world/index.h"
#include "world/world.h"

struct world_index {
    struct strings class_keys; /* canonical bytes; number - 1 is the class */
    struct str scratch;
    struct index pods;  /* world_pod_key */
    struct index nodes; /* name */
    struct load *load;  /* that filled the world, when it follows events (world_follow) */
};

static inline uint64_t world_pod_key(uint32_t ns, uint32_t name)
{
    return (uint64_t)ns << 32 | name;
}

void world_index_free(struct world_index *x);

#endif
