/*
 * splice: one document as a tree that may be changed, and the smallest byte edits that bring the
 * text to it.
 *
 * Who changes a tree says only what it shall be: this entry renamed, that one moved there. Where
 * commas, dashes, indentation, quotes and comments go is decided here, from how the text around is
 * written: block or flow YAML, JSON on one line or on many. What no change names keeps its bytes;
 * what moves keeps its comments.
 *
 * Content written once and used twice (aliases, merge keys) is edited at its anchor when all who
 * use it agree on the result; else splice_edits refuses and says where.
 * The text that comes out must be parsed again and compared by splice_matches before it is used.
 */
#ifndef TOBAN_DOC_SPLICE_H
#define TOBAN_DOC_SPLICE_H

#include "base/map.h"
#include "doc/doc.h"
#include "doc/edit.h"

struct splice_node;

/* A pair of a map, or an item of a sequence (then without key). */
struct splice_entry {
    struct splice_node *parent; /* NULL: taken out */
    struct splice_entry *prev, *next;
    struct sv key;
    struct splice_node *value;
    const struct doc_pair *pair; /* the pair of the text that it is, or was copied from */
    struct splice_node *home;    /* where that pair stood; NULL for new entries and items */
    uint32_t place;              /* its place among the entries that stood there */
    bool moved;                  /* by splice_move: not at its old place any more */
    bool merged;                 /* came in through `<<` */
    bool merge;                  /* is the `<<` itself; not part of the object */
};

struct splice_node {
    const struct doc_node *from; /* the node of the text that it is, or was copied from */
    enum doc_type type;
    struct sv text; /* of scalars, decoded */
    struct splice_entry *first, *last;
    struct splice_entry **stood; /* the entries as they stand in the text */
    uint32_t stood_count;
};

struct splice {
    struct arena arena;
    struct doc_file *file;
    const struct doc_part *part;
    struct splice_node *root;
    struct map homes; /* doc_node to its splice_node, for nodes written where they are used */
    bool failed;      /* no memory: changes do nothing, splice_edits refuses */
    struct splice_node spare_node; /* handed out then */
    struct splice_entry spare_entry;
};

/* Copies the tree of a part (whose root must not be NULL) so that it can be changed. The file must
 * outlive *s. -1 without memory. Release *s in every case. */
int splice_init(struct splice *s, struct doc_file *file, uint32_t part, struct err *err);
/* NULL-safe. */
void splice_release(struct splice *s);
#define _cleanup_splice_ _cleanup_(splice_release)

/* The changeable twin of a node of the part; NULL for nodes behind an alias. */
struct splice_node *splice_of(const struct splice *s, const struct doc_node *node);

/* Looking. All take NULL and answer NULL, or an absent view. */
struct splice_entry *splice_entry_of(const struct splice_node *map, const char *key);
struct splice_node *splice_get(const struct splice_node *map, const char *key);
struct splice_node *splice_at(const struct splice_node *map,
                              const char *path);         /* "spec.template" */
struct sv splice_string(const struct splice_node *node); /* strings only */
struct sv splice_get_string(const struct splice_node *map, const char *key);
bool splice_is_map(const struct splice_node *node);
bool splice_is_seq(const struct splice_node *node);
/* Entries of a collection; 0 for scalars and NULL. */
uint32_t splice_count(const struct splice_node *node);
/* Byte offset in the text of the nearest thing that stands there. */
uint32_t splice_offset(const struct splice_node *node);
uint32_t splice_entry_offset(const struct splice_entry *entry);

/* for (each entry of a map or sequence; `<<` entries left out). The body may take e out. */
#define splice_each(e, node)                                                                       \
    for (struct splice_entry *e = splice_first(node), *e##_next = splice_next(e); e;               \
         e = e##_next, e##_next = splice_next(e))
struct splice_entry *splice_first(const struct splice_node *node);
struct splice_entry *splice_next(const struct splice_entry *entry);

/* New nodes, not yet anywhere. Lack of memory is kept in s. */
struct splice_node *splice_new_map(struct splice *s);
struct splice_node *splice_new_seq(struct splice *s);
struct splice_node *splice_new_string(struct splice *s, const char *text);
struct splice_node *splice_new_int(struct splice *s, int64_t n);
struct splice_node *splice_new_bool(struct splice *s, bool b);
/* A copy of the values alone, without comments and layout; scalars keep their quotes. */
struct splice_node *splice_copy(struct splice *s, const struct splice_node *node);

/* Where a new entry goes in a map: behind an entry of it, or: */
#define SPLICE_LAST ((struct splice_entry *)NULL)
struct splice_entry *splice_put(struct splice *s, struct splice_node *map,
                                struct splice_entry *behind, const char *key,
                                struct splice_node *value);
/* As splice_put, before an entry of the map. */
struct splice_entry *splice_put_before(struct splice *s, struct splice_entry *next, const char *key,
                                       struct splice_node *value);
struct splice_entry *splice_append(struct splice *s, struct splice_node *seq,
                                   struct splice_node *value);
/* Takes it out of its map or sequence. NULL does nothing. */
void splice_remove(struct splice_entry *entry);
void splice_rename(struct splice *s, struct splice_entry *entry, const char *key);
/* Moves a pair with its comments into another map (or another place of its own). */
void splice_move(struct splice *s, struct splice_entry *entry, struct splice_node *map,
                 struct splice_entry *behind, const char *key);
/* Puts a copy of a pair, comments and all, into another map. */
struct splice_entry *splice_put_copy(struct splice *s, const struct splice_entry *entry,
                                     struct splice_node *map, struct splice_entry *behind,
                                     const char *key);
/* A scalar gets another string; its quotes stay as they are where they can. */
void splice_set_string(struct splice *s, struct splice_node *scalar, const char *text);

/* Equal as values. */
bool splice_same(const struct splice_node *a, const struct splice_node *b);
/* Equal to a tree that was read. */
bool splice_matches(const struct splice_node *a, const struct doc_node *b);

struct splice_conflict {
    uint32_t offset;     /* in the text */
    const char *message; /* static; why the change cannot be written there */
};

/* Appends the edits that make the part's text say what the tree says. -1 when that cannot be
 * written: *conflict says why, and the edits must not be used. */
int splice_edits(struct splice *s, struct edit_list *out, struct splice_conflict *conflict);

#endif
