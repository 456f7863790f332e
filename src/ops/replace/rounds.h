/*
 * rounds: the rounds of a replacement (ops/nodes/rounds.h) as its plan names them: nodes and their
 * machines. Pure.
 */
#ifndef TOBAN_OPS_REPLACE_ROUNDS_H
#define TOBAN_OPS_REPLACE_ROUNDS_H

#include "ops/nodes/rounds.h"
#include "ops/replace/replace.h"
#include "world/world.h"

/* Of the group's nodes in w. Arrays are in a.
 * Returns how many rounds; 1 when all go at once. ERR_INPUT: a node does not tell its machine. -1
 * then. */
int rounds_make(const struct world *w, const char *blue, const struct nodes_room *room,
                struct arena *a, struct replace_round **out, struct err *err);

#endif
