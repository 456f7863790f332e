/*
 * outline: what is known about the fields of a kind: types, merge keys, list types.
 *
 * Built-in kinds come from the table of fields (data/kube-fields.tsv), custom ones from the schema
 * of their definition. Strategic merge, server-side apply and the OpenAPI documents all read this
 * one description. An outline is a small value that is passed around; it owns nothing.
 */
#ifndef TOBAN_POCKET_OUTLINE_H
#define TOBAN_POCKET_OUTLINE_H

#include "doc/doc.h"

/* One row of the table. */
struct outline_field {
    const char *type;        /* the type that has the field: "api.core.v1.PodSpec" */
    const char *field;       /* "containers" */
    const char *of;          /* "[]api.core.v1.Container", "map[string]", "string:int-or-string" */
    const char *list;        /* x-kubernetes-list-type or map type: "map", "set", "atomic", "" */
    const char *const *keys; /* of list "map"; ended by NULL */
    const char *strategy;    /* x-kubernetes-patch-strategy: "", "merge", "merge,retainKeys" */
    const char *merge_key;   /* x-kubernetes-patch-merge-key, NULL without one */
    bool required;
    const char *wire; /* its number in protobuf; "1.2": field 2 of the message that is field 1 */
};

/* One row of the table of kinds. */
struct outline_kind {
    const char *group, *version, *kind;
    const char *type; /* "api.apps.v1.Deployment" */
};

extern const struct outline_field table_kube_fields[];
extern const size_t table_kube_fields_len;
extern const char table_kube_fields_date[];
extern const struct outline_kind table_kube_kinds[];
extern const size_t table_kube_kinds_len;
extern const char table_kube_kinds_date[];

enum outline_form {
    OUTLINE_ANY,    /* nothing is known: deduced from the value */
    OUTLINE_SCALAR, /* also: an object without known parts, taken whole */
    OUTLINE_OBJECT, /* named fields */
    OUTLINE_MAP,    /* free keys */
    OUTLINE_LIST,
};

enum outline_list { OUTLINE_LIST_ATOMIC, OUTLINE_LIST_SET, OUTLINE_LIST_MAP };

struct outline {
    enum outline_form form;
    bool atomic;                     /* an object or a map that is owned as a whole */
    enum outline_list list;          /* how server-side apply joins it */
    const char *const *keys;         /* OUTLINE_LIST_MAP: ended by NULL */
    const struct outline_field *row; /* strategic merge's facts; NULL for custom kinds and items */
    const char *of;                  /* built-in type; NULL for custom kinds */
    const struct doc_node *schema; /* OpenAPI v3 schema of a custom kind; NULL for built-in ones */
    const struct doc_node *key_node; /* x-kubernetes-list-map-keys of a custom kind */
    bool root;                       /* the object itself: its metadata are those of every object */
};

/* The outline of a built-in kind; form OUTLINE_ANY when it is not one. */
struct outline outline_of_kind(struct sv api_version, struct sv kind);
/* The rows of a type's fields, in order: the first and how many. NULL for an unknown type. */
const struct outline_field *outline_fields(const char *type, size_t *count);
/* The outline a schema (openAPIV3Schema of a version; may be NULL: OUTLINE_ANY) gives. The schema
 * must outlive it. apiVersion, kind and metadata are as in every object. */
struct outline outline_of_schema(const struct doc_node *schema);
/* The outline of a field of an object, or of the values of a map. */
struct outline outline_field(const struct outline *s, struct sv key);
/* The outline of the items of a list. */
struct outline outline_item(const struct outline *s);
/* True when the object names this field (maps and unknown outlines take every one). */
bool outline_has(const struct outline *s, struct sv key);
/* The i-th merge key of an OUTLINE_LIST_MAP; absent behind the last one. */
struct sv outline_key(const struct outline *s, size_t i);
/* What a merge key that is left out counts as ("TCP" for protocol); absent when it must be there.
 */
struct sv outline_key_default(const struct outline *s, struct sv key);

#endif
