/*
 * known: the names of the objects of one kind that the server has told of, so that a fresh list
 * tells which of them are gone. Internal to ops/follow.
 */
#ifndef TOBAN_OPS_FOLLOW_KNOWN_H
#define TOBAN_OPS_FOLLOW_KNOWN_H

#include "base/jsonw.h"
#include "world/index.h"
#include "world/strings.h"

/* Numbers of the world's texts. */
struct known_name {
    uint32_t ns, name, uid; /* STRINGS_NONE: none */
};

struct known {
    struct index names; /* to the list in which it was seen last */
    uint32_t list;
};
void known_release(struct known *k);

/* From an object's metadata. Names are entered into s, a uid is only looked up. */
struct known_name known_read(struct strings *s, struct sv json);

void known_begin(struct known *k); /* of a fresh list */
void known_add(struct known *k, struct known_name n);
void known_remove(struct known *k, struct known_name n);
bool known_has(const struct known *k, struct known_name n);

/* What the fresh list did not have: one at a time, forgotten by it; false when there is no more.
 * *at starts at 0. */
bool known_missing(struct known *k, uint32_t *at, struct known_name *n);

/* The least that names an object: {"metadata":{…}}. */
void known_write(const struct strings *s, struct known_name n, struct str *out);

#endif
