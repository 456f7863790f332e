/*
 * anonymise: renames what tells who made a world (namespaces, names, labels, images, hosts, ids),
 * the same text to the same new text everywhere, so that every rule finds the same as before.
 * Well-known keys and values (kubernetes.io/…, zones, instance types, resource names) stay.
 */
#ifndef TOBAN_WORLD_ANONYMISE_H
#define TOBAN_WORLD_ANONYMISE_H

#include "world/cloud.h"
#include "world/world.h"

/* Rewrites in place. `salt` makes the new names of different runs unlike; equal salts give equal
 * names. cloud may be NULL. */
void world_anonymise(struct world *w, struct cloud *cloud, struct sv salt);

#endif
