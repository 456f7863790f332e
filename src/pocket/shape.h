/*
 * shape: what is known about the fields of a kind: types, merge keys, list types.
 *
 * Built-in kinds come from the table of fields (data/kube-fields.tsv), custom ones from the schema
 * of their definition. Strategic merge, server-side apply and the OpenAPI documents all read this
 * one description. A shape is a small value that is passed around; it owns nothing.
 */
#ifndef TOBAN_POCKET_SHAPE_H
#define TOBAN_POCKET_SHAPE_H

#include "doc/doc.h"

/* One row of the table. */
struct shape_field {
    const char *type;        /* the type that has the field: "api.core.v1.PodSpec" */
    const char *field;       /* "containers" */
    const char *of;          /* "[]api.core.v1.Container", "map[string]", "string:int-or-string" */
    const char *list;        /* x-kubernetes-list-type or map type: "map", "set", "atomic", "" */
    const char *const *keys; /* of list "map"; ended by NULL */
    const char *strategy;    /* x-kubernetes-patch-strategy: "", "merge", "merge,retainKeys" */
    const char *merge_key;   /* x-kubernetes-patch-merge-key, NULL without one */
    bool required;
};

/* One row of the table of kinds. */
struct shape_kind {
    const char *group, *version, *kind;
    const char *type; /* "api.apps.v1.Deployment" */
};

extern const struct shape_field table_kube_fields[];
extern const size_t table_kube_fields_len;
extern const char table_kube_fields_date[];
extern const struct shape_kind table_kube_kinds[];
extern const size_t table_kube_kinds_len;
extern const char table_kube_kinds_date[];

enum shape_form {
    SHAPE_ANY,    /* nothing is known: deduced from the value */
    SHAPE_SCALAR, /* also: an object without known parts, taken whole */
    SHAPE_OBJECT, /* named fields */
    SHAPE_MAP,    /* free keys */
    SHAPE_LIST,
};

enum shape_list { SHAPE_LIST_ATOMIC, SHAPE_LIST_SET, SHAPE_LIST_MAP };

struct shape {
    enum shape_form form;
    bool atomic;                   /* an object or a map that is owned as a whole */
    enum shape_list list;          /* how server-side apply joins it */
    const char *const *keys;       /* SHAPE_LIST_MAP: ended by NULL */
    const struct shape_field *row; /* strategic merge's facts; NULL for custom kinds and items */
    const char *of;                /* built-in type; NULL for custom kinds */
    const struct doc_node *schema; /* OpenAPI v3 schema of a custom kind; NULL for built-in ones */
    const struct doc_node *key_node; /* x-kubernetes-list-map-keys of a custom kind */
    bool root;                       /* the object itself: its metadata are those of every object */
};

/* The shape of a built-in kind; form SHAPE_ANY when it is not one. */
struct shape shape_of_kind(struct sv api_version, struct sv kind);
/* The rows of a type's fields, in order: the first and how many. NULL for an unknown type. */
const struct shape_field *shape_fields(const char *type, size_t *count);
/* The shape a schema (openAPIV3Schema of a version; may be NULL: SHAPE_ANY) gives. The schema must
 * outlive it. apiVersion, kind and metadata are as in every object. */
struct shape shape_of_schema(const struct doc_node *schema);
/* The shape of a field of an object, or of the values of a map. */
struct shape shape_field(const struct shape *s, struct sv key);
/* The shape of the items of a list. */
struct shape shape_item(const struct shape *s);
/* True when the object names this field (maps and unknown shapes take every one). */
bool shape_has(const struct shape *s, struct sv key);
/* The i-th merge key of a SHAPE_LIST_MAP; absent behind the last one. */
struct sv shape_key(const struct shape *s, size_t i);
/* What a merge key that is left out counts as ("TCP" for protocol); absent when it must be there.
 */
struct sv shape_key_default(const struct shape *s, struct sv key);

#endif
