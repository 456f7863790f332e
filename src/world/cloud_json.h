/*
 * cloud_json: fields of awscli's JSON answers into structs, by tables of key, reader and place.
 * Which answer fills what is cloud_read.c. Within world/ only.
 */
#ifndef TOBAN_WORLD_CLOUD_JSON_H
#define TOBAN_WORLD_CLOUD_JSON_H

#include "doc/pull.h"
#include "world/cloud.h"

#include <stddef.h>

struct cloud_input {
    struct pull pull;
    struct arena *arena; /* texts live here */
};

/* Takes exactly one value and stores it at `at`; what is of another type or out of range is
 * skipped and leaves `at` untouched. */
typedef void cloud_take(struct cloud_input *in, void *at);

struct cloud_field {
    const char *key;
    cloud_take *take;
    size_t offset;
    const struct cloud_field
        *inner; /* instead of take: a map whose fields go into the same struct */
};

/* Reads a map into *base by a table ended by a NULL key; keys that are not in it are skipped.
 * False when the value is no map. */
bool cloud_take_fields(struct cloud_input *in, const struct cloud_field *fields, void *base);

cloud_take cloud_take_text; /* const char *: of strings, numbers and bools */
cloud_take cloud_take_i32;  /* int32_t >= 0: of integers, or of strings that hold one */
cloud_take cloud_take_i64;  /* int64_t >= 0 */

/* A list as cloud.h has it: a pointer and, right behind it, a count. */
struct cloud_list {
    const void *items;
    uint32_t count;
};

/* const char *const *, uint32_t: the scalars of a sequence. */
cloud_take cloud_take_texts;

/* A sequence of maps, each read by `fields` into a struct of `size` bytes, whose first member must
 * be a text: a map that does not set it is left out. */
void cloud_take_structs(struct cloud_input *in, const struct cloud_field *fields, size_t size,
                        struct cloud_list *out);

/* One thing as AWS describes it; false when it has no name (or, of an instance, when it has
 * ended). */
bool cloud_take_group(struct cloud_input *in, struct cloud_group *out);
bool cloud_take_subnet(struct cloud_input *in, struct cloud_subnet *out);
bool cloud_take_template(struct cloud_input *in, struct cloud_launch_template *out);
bool cloud_take_type(struct cloud_input *in, struct cloud_instance_type *out);
bool cloud_take_instance(struct cloud_input *in, struct cloud_instance *out);

#define CLOUD_FIELD(key_, take_, type, member)                                                     \
    {                                                                                              \
        key_, take_, offsetof(type, member), NULL                                                  \
    }
#define CLOUD_INNER(key_, fields)                                                                  \
    {                                                                                              \
        key_, NULL, 0, fields                                                                      \
    }
#define CLOUD_FIELDS_END                                                                           \
    {                                                                                              \
        NULL, NULL, 0, NULL                                                                        \
    }

#endif
