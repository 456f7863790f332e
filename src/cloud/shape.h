/*
 * shape: what AWS calls take and give as C structs, by tables that name each member as the service
 * models do. A table serves for reading and for writing, and a test holds it against the models.
 *
 * In zeroed memory nothing is given; what a service did not say stays so. Texts and lists live in
 * the arena that the caller hands in. No network here: trees of answers in, bodies of requests out.
 */
#ifndef TOBAN_CLOUD_SHAPE_H
#define TOBAN_CLOUD_SHAPE_H

#include "aws/xml.h"
#include "base/arena.h"
#include "base/jsonw.h"
#include "doc/doc.h"

#include <stddef.h>

/* A whole number that may be missing. */
struct shape_int {
    bool set;
    int64_t n;
};
static inline struct shape_int shape_int(int64_t n)
{
    return (struct shape_int){true, n};
}

struct shape_number {
    bool set;
    double n;
};

enum shape_flag { SHAPE_UNSET = 0, SHAPE_NO, SHAPE_YES };

struct shape_pair {
    const char *key, *value; /* never NULL */
};

/* Items in an arena, or, in what is written, wherever the caller has them. Pages of a listing are
 * added to what is there. */
#define SHAPE_LIST(type)                                                                           \
    struct {                                                                                       \
        type *items;                                                                               \
        uint32_t count, cap;                                                                       \
    }
struct shape_texts {
    const char **items;
    uint32_t count, cap;
};
struct shape_pairs {
    struct shape_pair *items;
    uint32_t count, cap;
};
#define shape_each(ptr, list)                                                                      \
    for (__typeof__ (&*(list)->items)(ptr) = (list)->items;                                        \
         (ptr) && (ptr) < (list)->items + (list)->count; (ptr)++)

enum shape_kind {
    SHAPE_TEXT,    /* const char *; NULL: not given */
    SHAPE_INT,     /* struct shape_int */
    SHAPE_NUMBER,  /* struct shape_number */
    SHAPE_BOOL,    /* enum shape_flag */
    SHAPE_TIME,    /* int64_t, seconds since 1970; 0: not given */
    SHAPE_STRUCT,  /* a struct by `of`, in place; written when any of its members is */
    SHAPE_TEXTS,   /* struct shape_texts */
    SHAPE_PAIRS,   /* struct shape_pairs: a map of texts */
    SHAPE_STRUCTS, /* SHAPE_LIST of structs by `of` */
    SHAPE_KEYED,   /* the same, of a map: each struct begins with const char *, its key, which no
                      field tells. In JSON and SHAPE_DIALECT_FLAT only */
};

/* Where a member of a REST request goes. */
enum shape_place { SHAPE_BODY = 0, SHAPE_PATH, SHAPE_QUERY };

struct shape_field {
    const char *name; /* of the member in the service's model */
    const char *wire; /* as it is sent; NULL: as the protocol makes it of the name */
    const char *flat; /* as SHAPE_DIALECT_FLAT has it; NULL: as the line above */
    enum shape_kind kind;
    enum shape_place place;
    bool must; /* an answer without it is none */
    size_t offset;
    const struct shape *of;
    const char *const *values; /* texts the program knows, ended by NULL: an enum of the model.
                                  Others may come. */
};

struct shape {
    size_t size; /* of the struct */
    const struct shape_field *fields;
    unsigned count;
    /* Where the struct keeps, as struct shape_texts, the names of what an answer holds and the
     * tables do not know, itself and below: for what is copied or sent back whole. */
    bool keeps;
    size_t unknown;
};

#define SHAPE(type, fields_)                                                                       \
    {                                                                                              \
        sizeof(type), fields_, ARRAY_LEN(fields_), false, 0                                        \
    }
#define SHAPE_KEEPING(type, fields_, member)                                                       \
    {                                                                                              \
        sizeof(type), fields_, ARRAY_LEN(fields_), true, offsetof(type, member)                    \
    }

/* Rows of a table. */
#define SHAPE_FIELD(type, kind_, name_, member)                                                    \
    {                                                                                              \
        .name = name_, .kind = kind_, .offset = offsetof(type, member)                             \
    }
#define SHAPE_MUST(type, kind_, name_, member)                                                     \
    {                                                                                              \
        .name = name_, .kind = kind_, .must = true, .offset = offsetof(type, member)               \
    }
#define SHAPE_OF(type, kind_, name_, member, shape_)                                               \
    {                                                                                              \
        .name = name_, .kind = kind_, .offset = offsetof(type, member), .of = shape_               \
    }
#define SHAPE_ENUM(type, name_, member, values_)                                                   \
    {                                                                                              \
        .name = name_, .kind = SHAPE_TEXT, .offset = offsetof(type, member), .values = values_     \
    }

/* Reads an answer into *out, adding to its lists. where names it in messages. -1 (ERR_INPUT) when
 * a member is of another type, or one that must be there is not. */
int shape_from_json(const struct shape *s, const struct doc_node *node, struct arena *arena,
                    void *out, struct err *err);

/* The dialects of XML and forms: EC2's differ from those of the other query services, and so do
 * those of SQS, whose lists and maps stand without an element or name around them:
 * "Attribute.1.Name=…", "<Attribute><Name>". The last one is known on the service's side only. */
enum shape_dialect { SHAPE_DIALECT_QUERY, SHAPE_DIALECT_EC2, SHAPE_DIALECT_FLAT };
int shape_from_xml(const struct shape *s, enum shape_dialect dialect,
                   const struct aws_xml_node *node, struct arena *arena, void *out,
                   struct err *err);

/* Appends the members that go into the body as one JSON object. */
void shape_to_json(const struct shape *s, const void *in, struct str *out);

/* Appends all members that are given as one JSON object, under their names in the model: what
 * awscli prints. */
void shape_print(const struct shape *s, const void *in, struct str *out);

/* Appends "&Name=value" for each member. */
void shape_to_form(const struct shape *s, enum shape_dialect dialect, const void *in,
                   struct str *out);

/* --- the service's side ---------------------------------------------------------------------- */

/* Reads the parameters of a form, which must be whole: "Action=…&Name.member.1=…". A member that
 * must be there and is not is not refused here: see shape_missing. -1 (ERR_INPUT) when a member is
 * of another type. */
int shape_from_form(const struct shape *s, enum shape_dialect dialect, struct sv form,
                    struct arena *arena, void *out, struct err *err);

/* The decoded value of a parameter of a form, in the arena; absent when it is not there. */
struct sv shape_form_value(struct sv form, const char *name, struct arena *arena);

/* The name of the first member that must be there and is not given, at the top; NULL. */
const char *shape_missing(const struct shape *s, const void *in);

/* Appends the members that are given as elements; lists also when they are empty. */
void shape_to_xml(const struct shape *s, enum shape_dialect dialect, const void *in,
                  struct str *out);

/* As shape_to_json, of an answer: lists and maps at the top are written also when they are empty.
 * Points in time are numbers. */
void shape_to_answer(const struct shape *s, const void *in, struct str *out);

/* The name of a field in an answer of EC2: "InstanceId" is "instanceId" there unless said
 * otherwise. Appends. */
void shape_wire(const struct shape_field *f, enum shape_dialect dialect, bool answer,
                struct str *out);

/* 1 and up: the place of text among values; 0: it is none of them, or NULL. */
unsigned shape_value(const char *const *values, const char *text);

/* Whether a member is given. */
bool shape_given(const struct shape_field *f, const void *base);

bool shape_has(const struct shape_texts *list, const char *text);

/* Adds an item to a list; the new item is zeroed. Ends the process without memory, as must.h. */
void *shape_list_add(void *list, size_t item_size, struct arena *arena);

#endif
