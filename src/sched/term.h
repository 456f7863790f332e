/*
 * term: which pods an (anti-)affinity term speaks of: namespaces by name or by their labels, pods
 * by theirs. The topology key is not looked at here.
 */
#ifndef TOBAN_SCHED_TERM_H
#define TOBAN_SCHED_TERM_H

#include "world/world.h"

/* Does the term speak of pods in this namespace? */
bool term_covers_namespace(const struct world *w, const struct affinity_term *t, uint32_t ns);

/* Of this very pod? */
bool term_covers_pod(const struct world *w, const struct affinity_term *t, uint32_t pod);

/* Of pods of this class? MATCH_MAYBE: some of them, ask for the pod. */
enum world_match term_covers_class(const struct world *w, const struct affinity_term *t,
                                   uint32_t class);

#endif
