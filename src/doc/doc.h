/*
 * doc: JSON and YAML as one tree that knows where each key and value stands in the text.
 *
 * One file, many documents. The tree says what Kubernetes would see (YAML 1.1 types as kubectl
 * reads them, aliases followed, merge keys applied), the spans say which bytes to show or to edit.
 * No I/O here: text in, tree out. Reading files is input/, meaning is rules/.
 *
 * Limits: text up to 4 GiB - 1 by type, less by struct doc_limits. All memory of a file lives in
 * its arena and goes with doc_release.
 */
#ifndef TOBAN_DOC_DOC_H
#define TOBAN_DOC_DOC_H

#include "base/arena.h"
#include "base/err.h"
#include "base/sv.h"
#include "base/vec.h"

enum doc_type { DOC_NULL, DOC_BOOL, DOC_INT, DOC_FLOAT, DOC_STRING, DOC_MAP, DOC_SEQ };

enum doc_style {
    DOC_PLAIN,   /* scalars: bare YAML, or a JSON number/true/false/null */
    DOC_SINGLE,  /* 'quoted' */
    DOC_DOUBLE,  /* "quoted" (also every JSON string) */
    DOC_LITERAL, /* | block */
    DOC_FOLDED,  /* > block */
    DOC_BLOCK,   /* collections: by indentation */
    DOC_FLOW,    /* collections: { } and [ ] */
};

enum doc_format { DOC_YAML, DOC_JSON };

/* Bytes [start, end) of the file's text. */
struct doc_span {
    uint32_t start, end;
};

struct doc_pair;

/*
 * span of a scalar: its token with quotes, without trailing comment; of a block scalar: from the
 * indicator to the end of its last content line; of an empty value (`key:`): the empty range right
 * behind the colon; of a flow collection: with its brackets; of a block collection: from its first
 * key or dash to the end of its last value (trailing comments and blank lines not included).
 * Anchors and tags stand before the span and are not part of it.
 */
struct doc_node {
    enum doc_type type : 8;
    enum doc_style style : 8;
    struct doc_span span;
    union {
        uint32_t pair_count; /* of pairs, with those that are not part of the object */
        uint32_t item_count;
    };
    const struct doc_node *alias_of; /* not NULL: this place is written `*name`; span is that, the
                                        content is shared with the anchored node */
    struct sv anchor;                /* name without '&', absent when there is none */
    struct sv text;                  /* scalars: decoded text ("yes" stays "yes" for a bool) */
    union {
        bool boolean;
        int64_t integer; /* DOC_INT that fits; else type is DOC_FLOAT */
        double number;
        struct doc_pair *pairs;
        struct doc_node **items;
    };
};

/* Where a key comes twice the last one counts, as in kubectl; this goes for merged keys too: a `<<`
 * overrides the keys above it, and is overridden by the keys below it. */
enum doc_pair_role {
    DOC_PAIR_OWN,      /* written in this map */
    DOC_PAIR_MERGED,   /* came in through `<<`; key and value stand elsewhere in the file */
    DOC_PAIR_MERGE,    /* the `<<` entry itself; not part of the object */
    DOC_PAIR_SHADOWED, /* written in this map, overridden by a later key; not part of the object */
};

struct doc_pair {
    struct doc_node *key; /* always a scalar; its text is the key Kubernetes sees */
    struct doc_node *value;
    enum doc_pair_role role;
};

/* One document of the file. */
struct doc_part {
    struct doc_span span;  /* from behind its `---` line (or the start) to the next marker */
    struct doc_node *root; /* NULL: empty, only comments, or it has an error */
};

struct doc_error {
    uint32_t offset;
    uint32_t line, column; /* 1-based; column counts characters */
    const char *message;   /* in the file's arena */
};

struct doc_limits {
    size_t bytes;    /* of text */
    uint32_t depth;  /* of nesting */
    uint32_t nodes;  /* per file, aliases counted as often as they expand */
    uint32_t errors; /* further ones are counted, not kept */
};

/* Far above real manifests: 64 MiB, depth 128, 4 M nodes, 100 errors. */
extern const struct doc_limits doc_default_limits;

struct doc_file {
    struct arena arena;
    const char *name; /* as the user wrote it; for messages; owned by the arena */
    struct sv text;   /* the bytes as given, BOM and CR included; NOT owned */
    enum doc_format format;
    struct doc_part *parts;
    uint32_t part_count;
    struct doc_error *errors;
    uint32_t error_count;
    uint32_t errors_dropped;     /* found, but beyond limits->errors */
    const uint32_t *line_starts; /* byte offset of each line; filled on first doc_position */
    uint32_t line_count;
};

/*
 * Parses text (which must outlive the file) into *f. JSON is taken when the first character that
 * is no white space or BOM is `{` or `[` and the text is well-formed JSON; everything else is YAML
 * (of which flow JSON is a part). A syntax error spoils its own document only: it is recorded in
 * f->errors and parsing goes on behind the next `---` line. limits may be NULL for the defaults.
 * Returns 0 also when errors were recorded; -1 with err for lack of memory or a limit of the whole
 * file. Release *f in every case.
 */
int doc_parse(struct doc_file *f, const char *name, struct sv text, const struct doc_limits *limits,
              struct err *err);

/* As doc_parse, of one part of the text only (a span the scanner found); positions still count
 * from the start of the whole text. */
int doc_parse_span(struct doc_file *f, const char *name, struct sv text, struct doc_span span,
                   const struct doc_limits *limits, struct err *err);

/* Exactly one JSON value, as APIs answer; a syntax error is returned as -1 with name:line:column.
 * Surrogate pairs are decoded; an escaped lone surrogate becomes U+FFFD; duplicate keys: last wins.
 */
int doc_parse_json(struct doc_file *f, const char *name, struct sv text,
                   const struct doc_limits *limits, struct err *err);

/* Frees all. NULL-safe; zeroed memory is a released file. */
void doc_release(struct doc_file *f);

/* Line and column (both from 1, the column in characters) of a byte offset. */
void doc_position(struct doc_file *f, uint32_t offset, uint32_t *line, uint32_t *column);

/* The value of a key of a map; NULL when node is NULL, no map, or has no such key. With duplicate
 * keys the last one counts, as for kubectl. */
struct doc_node *doc_get(const struct doc_node *node, const char *key);
/* The pair itself, for edits. `role` tells whether it is written in this map. */
struct doc_pair *doc_pair_of(const struct doc_node *node, const char *key);

/* Walks "spec.template.spec.containers[0].image"; NULL as soon as a step is missing. Keys that hold
 * dots are reached by doc_get. */
struct doc_node *doc_at(const struct doc_node *node, const char *path);

/* The text of a string scalar (DOC_STRING only); absent else, also for NULL. */
struct sv doc_string(const struct doc_node *node);
/* The text of any scalar; absent for NULL, null and collections. */
struct sv doc_scalar(const struct doc_node *node);
/* Shorthand: doc_string(doc_get(node, key)). */
struct sv doc_get_string(const struct doc_node *node, const char *key);

/* Number of keys of the object or of items; 0 for NULL and scalars. */
uint32_t doc_count(const struct doc_node *node);
/* Item i of a sequence; NULL when out of range, NULL or not a sequence. */
struct doc_node *doc_item(const struct doc_node *node, uint32_t i);

/* Equal as Kubernetes objects: same types and values, map order ignored. NULL equals NULL only. */
bool doc_equal(const struct doc_node *a, const struct doc_node *b);

/* for (each own or merged pair of a map, no key twice; nothing for NULL or non-maps) */
#define doc_each_pair(p, map)                                                                      \
    for (struct doc_pair *p = doc_first_pair(map); p; p = doc_next_pair((map), p))
struct doc_pair *doc_first_pair(const struct doc_node *map);
struct doc_pair *doc_next_pair(const struct doc_node *map, struct doc_pair *p);

/* for (each item of a sequence; nothing for NULL or non-sequences) */
#define doc_each_item(n, seq)                                                                      \
    for (uint32_t n##_i = 0; n##_i < ((seq) && (seq)->type == DOC_SEQ ? (seq)->item_count : 0);    \
         n##_i++)                                                                                  \
        for (struct doc_node *n = (seq)->items[n##_i], *n##_once = n; n##_once; n##_once = NULL)

#define _cleanup_doc_ _cleanup_(doc_release)

#endif
