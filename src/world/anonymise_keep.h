/*
 * anonymise_keep: which texts of a world say nothing about whose it is: names that Kubernetes, EKS
 * and Karpenter give, zones, instance types, resources. Internal to world/.
 */
#ifndef TOBAN_WORLD_ANONYMISE_KEEP_H
#define TOBAN_WORLD_ANONYMISE_KEEP_H

#include "world/world.h"

/* keep[i] becomes true for each text that something in the world says should stay. */
void anonymise_keep(const struct world *w, bool *keep);

/* Stays wherever it is: a well-known word, a plain number. */
bool anonymise_is_common(struct sv text);

/* Bytes at the start of a label's key that stay: all of a well-known one, the domain of one whose
 * rest people choose, 0 for all others. */
size_t anonymise_known_key(struct sv key);

/* Do the values of this label stay? */
bool anonymise_keeps_values(struct sv key);

#endif
