/*
 * labels: label sets, selectors and node-selector terms, with keys and values as numbers of
 * world/strings. Matching follows k8s.io/apimachinery (labels) and the scheduler's node affinity.
 */
#ifndef TOBAN_WORLD_LABELS_H
#define TOBAN_WORLD_LABELS_H

#include "world/strings.h"

struct label {
    uint32_t key, value;
};

/* Sorted by key, no key twice. The array belongs to the world's arena. */
struct labels {
    const struct label *items;
    uint32_t len;
};

enum label_op { LABEL_IN, LABEL_NOT_IN, LABEL_EXISTS, LABEL_NOT_EXISTS, LABEL_GT, LABEL_LT };

struct requirement {
    uint32_t key;
    enum label_op op;
    const uint32_t *values; /* of IN and NOT_IN, in the order written */
    uint32_t value_count;
    int64_t number; /* of GT and LT */
};

/* All requirements hold. Without requirements: everything matches, unless `nothing` (no selector
 * was written, or it is invalid). */
struct selector {
    const struct requirement *items;
    uint32_t len;
    bool nothing;
};

/* One term of a node selector: labels and fields ANDed; an empty term matches no node. */
struct node_term {
    struct selector labels;
    const struct requirement *fields; /* metadata.name only */
    uint32_t field_count;
};

/* The value of a key, or STRINGS_NONE when it is not there. An empty value is not absent: ask
 * labels_has. */
uint32_t labels_value(struct labels l, uint32_t key);
bool labels_has(struct labels l, uint32_t key);

/* One requirement against a value (`has` tells whether the key is there at all). GT and LT parse
 * the value as a decimal integer and fail when it is none. */
bool requirement_matches(const struct requirement *r, const struct strings *s, bool has,
                         uint32_t value);

bool selector_matches(const struct selector *sel, const struct strings *s, struct labels l);

/* A node with these labels and this name. */
bool node_term_matches(const struct node_term *t, const struct strings *s, struct labels l,
                       uint32_t node_name);

/* True when both select by the same requirements in the same order. */
bool selector_equal(const struct selector *a, const struct selector *b);

#endif
