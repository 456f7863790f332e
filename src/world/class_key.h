/*
 * class_key: a pod class as canonical bytes: equal bytes, equal class. Internal to world/.
 */
#ifndef TOBAN_WORLD_CLASS_KEY_H
#define TOBAN_WORLD_CLASS_KEY_H

#include "base/str.h"
#include "world/world.h"

void class_key(const struct world_class *c, struct str *out);

#endif
