/*
 * table: the answer to `kubectl get` (Accept: …;as=Table;g=meta.k8s.io;v=v1): columns and cells as
 * the API server prints them. What a client may see and which objects these are is not known here.
 */
#ifndef TOBAN_POCKET_SHOW_TABLE_H
#define TOBAN_POCKET_SHOW_TABLE_H

#include "pocket/value.h"

enum table_include { TABLE_METADATA, TABLE_OBJECT, TABLE_NONE }; /* ?includeObject= */

struct table_request {
    struct sv group, kind;
    struct sv version;              /* of the Table: "v1" or "v1beta1" */
    const struct doc_node *columns; /* additionalPrinterColumns of a custom kind (an empty list
                                       where it has none); NULL: built in */
    enum table_include include;
    int64_t now;     /* seconds since 1970, for ages */
    bool no_headers; /* a watch's second and later events carry no columnDefinitions */
};

/* The Table without its rows; list_meta may be NULL. */
struct doc_node *table_head(struct arena *a, const struct table_request *request,
                            const struct doc_node *list_meta);
/* The row of one object, which is referred to and must outlive it. */
struct doc_node *table_row(struct arena *a, const struct table_request *request,
                           const struct doc_node *object);
/*
 * The Table of some objects. list_meta (resourceVersion, continue, remainingItemCount; may be NULL)
 * becomes metadata. The objects are referred to, not copied: they must outlive the result.
 */
struct doc_node *table_of(struct arena *a, const struct table_request *request,
                          const struct doc_node *const *objects, size_t count,
                          const struct doc_node *list_meta);

#endif
