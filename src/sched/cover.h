/*
 * cover: which of many selectors may cover a class, found by one label that the selector asks for
 * instead of asking every selector.
 */
#ifndef TOBAN_SCHED_COVER_H
#define TOBAN_SCHED_COVER_H

#include "sched/state.h"

struct cover_list {
    VEC(uint32_t) ids;
};

struct cover {
    struct map lists;       /* key and value -> struct cover_list */
    struct cover_list rest; /* selectors without such a label */
    VEC(struct cover_list *) all;
};

/* Zeroed memory is an empty one. */
void cover_release(struct cover *c);
void cover_add(struct sched *s, struct cover *c, const struct selector *sel, uint32_t id);
/* The ids whose selector may match these labels, into *out (emptied first). */
struct candidates {
    VEC(uint32_t) ids;
};
void cover_find(const struct cover *c, struct labels l, struct candidates *out);

#endif
