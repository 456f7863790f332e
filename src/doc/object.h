/*
 * object: what makes a tree a Kubernetes object - apiVersion, kind, name, namespace - and the
 * unfolding of List kinds. Only the envelope; what kinds mean is rules/.
 */
#ifndef TOBAN_DOC_OBJECT_H
#define TOBAN_DOC_OBJECT_H

#include "doc/doc.h"

struct object {
    struct doc_node *root;
    struct sv api_version; /* "apps/v1" as written */
    struct sv group;       /* "" for the core group */
    struct sv version;     /* "v1" */
    struct sv kind;
    struct sv name;      /* absent when there is none (generateName is not a name) */
    struct sv namespace; /* absent when there is none */
    uint32_t part;       /* index in the file's parts */
    bool from_list;      /* an item of a List */
};

/* Reads the envelope of a map. False when apiVersion or kind is missing, empty or no string; all
 * views point into the tree. */
bool object_of(struct doc_node *root, struct object *out);

/* Calls visit for each object of the file in order; items of List kinds (kind ending in "List"
 * with an items sequence) one by one, to any depth up to 8. Stops when visit returns non-zero and
 * returns that. */
int object_each(struct doc_file *f, int (*visit)(void *ctx, struct doc_file *f, struct object *o),
                void *ctx);

#endif
