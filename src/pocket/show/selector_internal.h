/* What the files of selectors share. */
#ifndef TOBAN_POCKET_SHOW_SELECTOR_INTERNAL_H
#define TOBAN_POCKET_SHOW_SELECTOR_INTERNAL_H

#include "pocket/show/selector.h"

enum selector_op {
    SELECTOR_IN, /* also = and == */
    SELECTOR_NOT_IN,
    SELECTOR_EXISTS,
    SELECTOR_ABSENT,
    SELECTOR_GREATER,
    SELECTOR_LESS,
};

struct selector_term {
    struct sv key;
    enum selector_op op;
    struct sv *values;
    size_t value_count;
};

struct selector {
    struct arena arena; /* of the texts */
    VEC(struct selector_term) terms;
};

struct selector *selector_new(void);
/* value absent: there is no such label. */
bool selector_term_matches(const struct selector_term *t, struct sv value);

#endif
