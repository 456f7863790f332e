/*
 * strings: every text of a world once, named by a number. Equal texts have equal numbers, so that
 * labels, names and keys are compared as integers. Numbers stay valid as long as the table; nothing
 * is ever removed. Not for threads to share while it grows.
 */
#ifndef TOBAN_WORLD_STRINGS_H
#define TOBAN_WORLD_STRINGS_H

#include "base/arena.h"
#include "base/sv.h"
#include "base/vec.h"

/* Number 0 is the absent text and prints as "". */
#define STRINGS_NONE 0u

struct strings_slot {
    uint32_t hash, id; /* id 0: free */
};

struct strings {
    struct arena arena;
    VEC(struct sv) texts;
    struct strings_slot *slots;
    uint32_t slot_count; /* 0 or a power of two */
};

void strings_init(struct strings *s);
/* NULL-safe; zeroed memory is an empty table. */
void strings_release(struct strings *s);

/* Makes room for so many texts in all, so that entering them moves none. */
void strings_reserve(struct strings *s, uint32_t count);

/* The number of a text, entered when it is new; an absent or empty view gives STRINGS_NONE.
 * Ends the process without memory. */
uint32_t strings_put(struct strings *s, struct sv text);
uint32_t strings_puts(struct strings *s, const char *text);

/* The number of a text that is there, else STRINGS_NONE. */
uint32_t strings_find(const struct strings *s, struct sv text);

/* The text of a number; terminated by a NUL that does not count. Never absent. */
struct sv strings_get(const struct strings *s, uint32_t id);
const char *strings_c(const struct strings *s, uint32_t id);

#endif
