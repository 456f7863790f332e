/*
 * attr: DynamoDB's typed attribute values, {"S":"text"} in JSON, and what is true of them without
 * any expression: their size, equality, order. Source: the API reference's AttributeValue, and
 * "DynamoDB item sizes and formats" of the developer guide.
 *
 * Values live in an arena that the caller hands in; those that were read view into it, never into
 * the JSON text. A value that stands in two places is not changed in one of them: who changes
 * copies first (attr_copy).
 */
#ifndef TOBAN_POCKET_DYNAMO_ATTR_H
#define TOBAN_POCKET_DYNAMO_ATTR_H

#include "base/arena.h"
#include "base/jsonw.h"
#include "doc/doc.h"

#define ATTR_DEPTH_MAX 32
#define ATTR_ITEM_MAX ((size_t)400 << 10) /* bytes of an item, by attr_size */

enum attr_type {
    ATTR_S,
    ATTR_N,
    ATTR_B,
    ATTR_SS,
    ATTR_NS,
    ATTR_BS,
    ATTR_BOOL,
    ATTR_NULL,
    ATTR_L,
    ATTR_M,
    ATTR_TYPES,
};
extern const char *const attr_type_names[ATTR_TYPES];

struct attr {
    enum attr_type type;
    bool boolean;
    struct sv text;      /* S; B, decoded; N, as decimal_write has it */
    uint32_t count, cap; /* of sets, lists, maps */
    union {
        struct attr *items; /* sets: each an S, N or B */
        struct attr_member *members;
    };
};
struct attr_member {
    struct sv name;
    struct attr value;
};

/* What is wrong with a request, in DynamoDB's words. The first one stays. */
struct attr_fault {
    const char *code; /* NULL: nothing; else "ValidationException" or "SerializationException" */
    struct str text;
};
/* Always -1. */
int attr_refuse(struct attr_fault *f, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void attr_fault_release(struct attr_fault *f);
#define _cleanup_attr_fault_ _cleanup_(attr_fault_release)

/* One value, or a map of them (an item, a key, ExpressionAttributeValues). -1 after attr_refuse. */
int attr_read(const struct doc_node *node, struct arena *a, struct attr *out,
              struct attr_fault *fault);
int attr_read_map(const struct doc_node *node, struct arena *a, struct attr *out,
                  struct attr_fault *fault);

/* As JSON; of a map without its type: {"pk":{"S":"a"}}. */
void attr_write(const struct attr *v, struct jsonw *w);
void attr_write_map(const struct attr *map, struct jsonw *w);

/* Bytes as DynamoDB counts them: without type names, binary data decoded. Of a map at the top
 * (an item) without the map's own overhead. */
size_t attr_size(const struct attr *v);
size_t attr_item_size(const struct attr *item);

/* Sets and maps without regard to order. */
bool attr_equal(const struct attr *a, const struct attr *b);
/* Of two S, N or B of one type; false when they are not. *order is <0, 0, >0. */
bool attr_order(const struct attr *a, const struct attr *b, int *order);

/* "SS" is ATTR_SS; ATTR_TYPES when it is none. */
enum attr_type attr_type_of(struct sv name);
static inline bool attr_is_scalar(const struct attr *v)
{
    return v->type <= ATTR_B;
}
static inline bool attr_is_set(const struct attr *v)
{
    return v->type >= ATTR_SS && v->type <= ATTR_BS;
}

/* A member of a map; NULL when it is not there. */
struct attr *attr_get(const struct attr *map, struct sv name);
/* Adds or replaces a member; the name is not copied. Its value, to be filled. */
struct attr *attr_put(struct attr *map, struct sv name, struct arena *a);
void attr_drop(struct attr *map, struct sv name);
/* One more item of a list or set, to be filled. */
struct attr *attr_add(struct attr *list, struct arena *a);
void attr_drop_at(struct attr *list, uint32_t at);
/* Where a set or list holds an equal value; count when it does not. */
uint32_t attr_index(const struct attr *list, const struct attr *value);
/* Lists and maps anew to any depth; texts and sets' items are shared. */
struct attr attr_copy(const struct attr *v, struct arena *a);

#endif
