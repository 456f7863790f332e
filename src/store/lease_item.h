/*
 * lease_item: what the item of a lease says, as JSON and back (docs/format/store.md). Private to
 * store/.
 */
#ifndef TOBAN_STORE_LEASE_ITEM_H
#define TOBAN_STORE_LEASE_ITEM_H

#include "base/str.h"
#include "store/holder.h"

#define LEASE_NOTE_MAX 256

struct lease_item {
    bool held; /* false: given back; nothing else counts */
    struct holder holder;
    int64_t since; /* seconds since 1970 */
    int64_t ttl_ms;
    char note[LEASE_NOTE_MAX];
};

void lease_item_format(const struct lease_item *item, struct str *out);
/* False when it is not such a text. */
bool lease_item_parse(struct sv text, struct lease_item *out);

#endif
