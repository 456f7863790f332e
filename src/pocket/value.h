/*
 * value: JSON values that can be changed, as the trees of doc/ in an arena.
 *
 * A parsed tree is fixed; what is made here (value_clone first) grows and shrinks. Everything lives
 * in the caller's arena, which must have no cap: what comes in was capped when it was read.
 * Spans and styles of these nodes mean nothing. No knowledge of Kubernetes here.
 */
#ifndef TOBAN_POCKET_VALUE_H
#define TOBAN_POCKET_VALUE_H

#include "base/str.h"
#include "doc/doc.h"

struct doc_node *value_null(struct arena *a);
struct doc_node *value_bool(struct arena *a, bool b);
struct doc_node *value_int(struct arena *a, int64_t n);
/* The text is copied. An absent view makes a null. */
struct doc_node *value_text(struct arena *a, struct sv text);
/* An empty map and an empty list. */
struct doc_node *value_map(struct arena *a);
struct doc_node *value_list(struct arena *a);

/* A deep copy that can be changed: aliases written out, keys that do not count left out. Texts are
 * copied too, so that the original may go. NULL gives a null. */
struct doc_node *value_clone(struct arena *a, const struct doc_node *from);

/* Puts or replaces a key of a map made here; the key is copied, the value is not. Keeps the place
 * of a key that was there. */
void value_set(struct arena *a, struct doc_node *map, struct sv key, struct doc_node *value);
/* Takes a key out; false when there is none. */
bool value_unset(struct doc_node *map, struct sv key);
/* As doc_get, for a key that may hold any byte. NULL when node is NULL, no map, or has no such key.
 */
struct doc_node *value_get(const struct doc_node *map, struct sv key);
/* The map under this key of a map made here; made (over anything that is no map) when missing. */
struct doc_node *value_need_map(struct arena *a, struct doc_node *map, struct sv key);

/* Inserts before item i of a list made here; i may be item_count. */
void value_insert(struct arena *a, struct doc_node *list, uint32_t i, struct doc_node *value);
void value_push(struct arena *a, struct doc_node *list, struct doc_node *value);
/* Takes item i (< item_count) out. */
void value_remove(struct doc_node *list, uint32_t i);

/* For short object building: value_set with a text, a number, a bool. */
void value_set_text(struct arena *a, struct doc_node *map, const char *key, struct sv text);
void value_set_int(struct arena *a, struct doc_node *map, const char *key, int64_t n);
void value_set_bool(struct arena *a, struct doc_node *map, const char *key, bool b);

/* Appends compact JSON with the keys of every map sorted by bytes: equal values give equal bytes.
 * False without memory or deeper than JSONW_DEPTH_MAX. */
bool value_write(const struct doc_node *node, struct str *out);
/* The same as text in the arena; absent where value_write fails. */
struct sv value_json(struct arena *a, const struct doc_node *node);

#endif
