/*
 * store_place: a new, empty place for a store of each test, so that the tests of store.h run on
 * every kind of store. TOBAN_TEST_STORE says where: "sqlite" or unset: a file in a folder of its
 * own; "dynamodb://PREFIX?region=…&endpoint-url=…": a table of its own, deleted afterwards.
 */
#ifndef TOBAN_TESTS_STORE_PLACE_H
#define TOBAN_TESTS_STORE_PLACE_H

#include "store/store.h"

struct store_place {
    char folder[256]; /* for other files of the test too */
    char where[1024]; /* for store_open */
};

void store_place_init(struct store_place *p);
/* Removes all that is there. */
void store_place_release(struct store_place *p);
#define _cleanup_place_ _cleanup_(store_place_release)

/* Fail the test with the message of the error. */
struct store *store_place_open(const struct store_place *p);
void store_place_put(struct store *s, const char *partition, const char *sort, const char *body);
/* The body into `a`; NULL: there is no such item. */
const char *store_place_get(struct store *s, const char *partition, const char *sort,
                            struct arena *a);

#endif
