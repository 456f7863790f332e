/* internal: shared by the readers of doc/; nobody else includes it. */
#ifndef TOBAN_DOC_INTERNAL_H
#define TOBAN_DOC_INTERNAL_H

#include "base/map.h"
#include "doc/doc.h"

/* What a reader works with. Children are collected on `stack` and copied to the arena when their
 * collection ends, so that arrays are exact. */
struct doc_reader {
    struct doc_file *file;
    const struct doc_limits *limits;
    uint32_t nodes;    /* so far, with those that aliases and merge keys stand for */
    uint32_t expanded; /* of these, the ones that nobody wrote */
    uint32_t depth;
    struct doc_node *slab; /* nodes not handed out yet */
    uint32_t slab_left, slab_size;
    VEC(struct doc_node *) stack;
    bool nomem;
};

/* A zeroed node; NULL without memory (nomem set). Counts against limits->nodes in the caller. */
struct doc_node *reader_node(struct doc_reader *r, enum doc_type type, enum doc_style style,
                             struct doc_span span);

/* Puts a finished child on the stack; false without memory. */
bool reader_push(struct doc_reader *r, struct doc_node *child);

/* Moves what lies on the stack above `base` into node: items of a sequence, or key, value, key,
 * value, … of a map. False without memory. */
bool reader_take_items(struct doc_reader *r, struct doc_node *node, size_t base);
bool reader_take_pairs(struct doc_reader *r, struct doc_node *node, size_t base);

/* Records a syntax error of the file; the text is copied. */
void reader_error(struct doc_reader *r, uint32_t offset, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* True (and an error recorded) when one more node or level would be too much. */
bool reader_over_limit(struct doc_reader *r, uint32_t more_nodes, uint32_t offset);

/* More nodes without memory for them. */
void reader_expand(struct doc_reader *r, uint32_t nodes);

/* One YAML document within span. NULL root also for an empty one. Errors are recorded. */
struct doc_node *yaml_read(struct doc_reader *r, struct doc_span span);

/* One JSON value from *at; moves *at behind it. NULL on a syntax error: *why (static) says what,
 * *at is where. */
struct doc_node *json_read(struct doc_reader *r, uint32_t *at, uint32_t end, const char **why);
/* *at over white space. */
void json_skip_space(const char *text, uint32_t *at, uint32_t end);

enum resolve_result {
    RESOLVE_OK,
    RESOLVE_NOMEM,
    RESOLVE_MISMATCH /* the tag asks for another type */
};

/* Type and value of a YAML scalar from its text, as Go's yaml.v2 resolves it. `plain`: written
 * without quotes, and no block. tag may be NULL. */
enum resolve_result resolve_scalar(struct doc_node *n, bool plain, const char *tag,
                                   struct arena *a);
/* The type a plain scalar of this text has; DOC_NULL also without memory. */
enum doc_type resolve_type(struct sv text);
/* Sets the text of a key to the one Kubernetes sees (true, 1, 0.5). False without memory. */
bool resolve_key(struct doc_node *key, struct arena *a);
/* The value of a decimal or hexadecimal number. False without memory. */
bool resolve_number(struct sv text, struct arena *a, double *out);

/* Gives the pairs of a map that was just read their roles, and adds what its `<<` entries bring.
 * False without memory or on an error, which is recorded. */
bool merge_apply(struct doc_reader *r, struct doc_node *map);
/* The same where `<<` is a key as any other: JSON. */
bool merge_shadow(struct doc_reader *r, struct doc_node *map);

struct yaml_parser_s;
/* Records what libyaml found, in our words. `at` and `context` are byte offsets of where it was
 * seen and where the surrounding thing began (equal when there is none). */
void yaml_explain(struct doc_reader *r, const struct yaml_parser_s *p, uint32_t at,
                  uint32_t context);

#endif
