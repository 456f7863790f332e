/*
 * items: what a table holds: items ordered by the hash of their partition key, then by their sort
 * key, as DynamoDB keeps them. A Get and the start of a Query take O(log n), a Put moves a few
 * hundred pointers at most; 100,000 items are well within what it is made for.
 *
 * A key is a text of bytes whose order (sv_cmp) is that of the items; keys.h makes it.
 */
#ifndef TOBAN_POCKET_DYNAMO_ITEMS_H
#define TOBAN_POCKET_DYNAMO_ITEMS_H

#include "base/sv.h"
#include "base/vec.h"

struct item {
    uint32_t key_len, json_len;
    size_t size;  /* as DynamoDB counts it */
    char bytes[]; /* key, then the item as JSON */
};
static inline struct sv item_key(const struct item *i)
{
    return sv_n(i->bytes, i->key_len);
}
static inline struct sv item_json(const struct item *i)
{
    return sv_n(i->bytes + i->key_len, i->json_len);
}

struct items_block;
/* Zeroed memory is an empty set. */
struct items {
    VEC(struct items_block *) blocks; /* none is empty */
    size_t count, size;
};

/* A place between items: good until something is put or removed. */
struct items_place {
    size_t block, at;
};

/* NULL when it is not there. Good until it is replaced or removed. */
const struct item *items_find(const struct items *s, struct sv key);
/* Adds or replaces; all is copied. Ends the process without memory. */
void items_put(struct items *s, struct sv key, struct sv json, size_t size);
void items_remove(struct items *s, struct sv key);
void items_release(struct items *s);

/* Before the first item whose key is not below `key`. */
struct items_place items_seek(const struct items *s, struct sv key);
/* The item behind the place, which moves behind it; NULL at the end. */
const struct item *items_next(const struct items *s, struct items_place *p);
/* The item before the place, which moves before it; NULL at the beginning. */
const struct item *items_previous(const struct items *s, struct items_place *p);

#endif
