/*
 * writers: who wrote an object in which version, from metadata.managedFields and the annotation of
 * kubectl apply, and whether that still counts. Private to rules/live.
 */
#ifndef TOBAN_RULES_LIVE_WRITERS_H
#define TOBAN_RULES_LIVE_WRITERS_H

#include "rules/live/live.h"

/*
 * Adds the evidence that still counts to the object's case. helm_deployed: when the Helm release
 * that the object belongs to was deployed, "" when that is not known; NULL when it belongs to none
 * that could be read.
 */
void writers_judge(struct live *l, const struct object *o, const char *helm_deployed);

#endif
