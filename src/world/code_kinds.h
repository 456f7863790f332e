/*
 * code_kinds: what a world holds, as one table, and the order in which each kind is written: by
 * name, so that it does not depend on the order in which things were loaded.
 */
#ifndef TOBAN_WORLD_CODE_KINDS_H
#define TOBAN_WORLD_CODE_KINDS_H

#include "world/codec.h"

/* Names a thing in any world. */
struct code_key {
    uint32_t major;
    struct sv ns, name, more, uid;
};

struct code_kind {
    char tag[5];        /* of its section */
    const char *noun;   /* "Pod" */
    size_t list;        /* offset of its vector in struct world */
    size_t size;        /* of an item */
    size_t used;        /* offset of `used`; CODE_NO_SLOTS: every item counts */
    enum codec_ref ref; /* REF_COUNT: nothing points at it */
    bool note;          /* tells of the loading, not of the cluster: world_equal passes it over */
    void (*code)(struct codec *c, void *item);
    void (*key)(const struct world *w, const void *item, struct code_key *key);
    void (*enter)(struct codec *c, const void *item); /* a finished item into c->w */
};
#define CODE_NO_SLOTS SIZE_MAX

#define CODE_KINDS 14
/* In the order of the file: classes first. */
extern const struct code_kind code_kinds[CODE_KINDS];

#define CODE_COUNT_MAX 4000000u /* things of one kind */

const void *code_item(const struct world *w, const struct code_kind *kind, uint32_t index);

/* Which items are written, and as which number. */
struct code_order {
    struct {
        uint32_t *items; /* indexes, in the order of the file */
        uint32_t len;
        uint32_t *rank; /* of each index; WORLD_NONE: not written */
    } of[CODE_KINDS];
};

void code_order_make(struct code_order *o, const struct world *w);
void code_order_release(struct code_order *o);
int code_key_compare(const struct code_key *a, const struct code_key *b);

/* Points the codec at the ranks. */
void code_order_use(const struct code_order *o, struct codec *c);

/* "Pod shop/cart-1". */
void code_key_print(const struct code_kind *kind, const struct code_key *key, char *out,
                    size_t cap);

#endif
