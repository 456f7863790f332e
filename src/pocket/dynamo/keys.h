/*
 * keys: which attributes of a table are its key, what a key may be, and keys as bytes whose order
 * is that of the items. A range of sort keys becomes two such bounds, so that a query looks at
 * nothing but what it asks for.
 */
#ifndef TOBAN_POCKET_DYNAMO_KEYS_H
#define TOBAN_POCKET_DYNAMO_KEYS_H

#include "pocket/dynamo/expr.h"

struct key_part {
    struct sv name; /* absent: the table has no sort key */
    enum attr_type type;
};
struct key_schema {
    struct key_part hash, range;
};

/* Bounds of a range: those from low on and below high. */
struct key_range {
    struct str low, high;    /* high empty: without end */
    struct attr hash;        /* of a query */
    const struct expr *sort; /* its condition on the sort key; NULL: none */
};
void key_range_release(struct key_range *r);
#define _cleanup_key_range_ _cleanup_(key_range_release)

/* The key of an item that is to be kept; it must have all of it. -1 after attr_refuse. */
int key_of_item(const struct key_schema *s, const struct attr *item, struct str *out,
                struct attr_fault *fault);
/* The Key of a request, which has nothing else. */
int key_of_key(const struct key_schema *s, const struct attr *key, struct str *out,
               struct attr_fault *fault);
/* The key attributes of an item, as an item. */
struct attr key_attributes(const struct key_schema *s, const struct attr *item, struct arena *a);
bool key_has(const struct key_schema *s, struct sv name);

/* What a key condition asks for. */
int key_range_read(const struct key_schema *s, const struct expr *condition, struct key_range *out,
                   struct attr_fault *fault);
/* One of `total` parts of about the same size of a table. */
void key_range_segment(uint64_t segment, uint64_t total, struct key_range *out);
/* Narrows it to what lies behind a key; backwards: before it. */
void key_range_after(struct key_range *r, struct sv key, bool backwards);

#endif
