/* What objects.c knows of where objects are: found by a hash of their place, listed in order.
 * Nobody else includes it. */
#ifndef TOBAN_POCKET_OBJECTS_SHELF_H
#define TOBAN_POCKET_OBJECTS_SHELF_H

#include "pocket/objects.h"

struct entry;
struct owner {
    VEC(struct entry *) dependents;
    size_t uid_len;
    char uid[];
};

struct entry {
    struct object_bytes *bytes; /* NULL: taken out, and freed when the shelf is put in order */
    struct owner **owners;
    uint32_t owner_count, hash, key_len, ns_len;
    size_t store;
    char key[]; /* "namespace/name" */
};

/* The objects of one store. New ones lie behind the others until somebody asks for a list. */
struct shelf {
    VEC(struct entry *) entries;
    size_t sorted, live;
};

/* Open addressing over the places of all stores. */
struct places {
    struct entry **slots;
    size_t len, cap; /* cap is 0 or a power of two */
};

static inline struct sv entry_ns(const struct entry *e)
{
    return sv_n(e->key, e->ns_len);
}
static inline struct sv entry_name(const struct entry *e)
{
    return sv_n(e->key + e->ns_len + 1, e->key_len - e->ns_len - 1);
}

/* NULL when there is none. */
struct entry *places_find(const struct places *p, size_t store, struct sv ns, struct sv name);
/* An entry without bytes, in the places and on its shelf. Ends the process without memory. */
struct entry *shelf_add(struct shelf *s, struct places *p, size_t store, struct sv ns,
                        struct sv name);
/* The entry has given its bytes away; it may be freed at once. */
void shelf_take(struct shelf *s, struct places *p, struct entry *e);
/* Appends the objects of a namespace (absent: of all) in the order of "namespace/name", each with
 * a reference. */
void shelf_list(struct shelf *s, struct sv ns, object_bytes_vec *out);
/* Frees the entries, with their bytes. */
void shelf_release(struct shelf *s);
void places_release(struct places *p);

#endif
