/*
 * list: whole collections, in pages, item by item, several at a time.
 *
 * Memory is bounded by one page per list in flight plus the tree of one item. What is delivered is
 * one consistent snapshot of a collection as long as the server can give it; see `inconsistent`.
 */
#ifndef TOBAN_KUBE_LIST_H
#define TOBAN_KUBE_LIST_H

#include "kube/client.h"

#define KUBE_LIST_PAGE 500

enum kube_list_shape {
    KUBE_LIST_FULL,     /* the objects themselves */
    KUBE_LIST_METADATA, /* PartialObjectMetadata: apiVersion, kind, metadata only */
    KUBE_LIST_TABLE,    /* rows of meta.k8s.io Table as kubectl get prints them: each item is a row
                           {cells, object} */
};

struct kube_item {
    struct sv text;        /* JSON of the item as the server sent it */
    struct doc_file *doc;  /* NULL with text_only */
    struct doc_node *root; /* NULL with text_only. Note that apiVersion and kind are often missing
                              inside of lists: they are in the fields below */
    struct sv api_version; /* "apps/v1": the item's own, else the list's */
    struct sv kind;        /* "Deployment": the item's own, else the list's without "List" */
};

struct kube_list {
    struct kube_ref ref;        /* group, version, resource; ns NULL: all namespaces; name NULL */
    const char *label_selector; /* NULL: none */
    const char *field_selector; /* NULL: none */
    const char
        *resource_version; /* NULL: newest; "0": whatever the server's cache has (one page) */
    unsigned page;         /* items per page; 0: KUBE_LIST_PAGE, less when items are large */
    enum kube_list_shape shape;
    bool text_only; /* do not parse items */

    /* Each item in order; views and tree are valid during the call only. Non-zero stops this list,
     * which then fails with what was set in err (return err_set(…)). Must not use the client.
     * When the server lost the snapshot, on_restart is called and all items come again; when it is
     * NULL the list goes on instead from where it is with what is there now (`inconsistent`). */
    int (*on_item)(void *ctx, const struct kube_item *item, struct err *err);
    void (*on_restart)(void *ctx);
    void *ctx;

    /* Filled in. */
    size_t count;      /* items delivered since the start or the last restart */
    bool inconsistent; /* pages are of different times; nothing is missing that was there
                          the whole time */
    char resource_version_out[64]; /* of the list: where a watch goes on from */
    unsigned retry_after_s;        /* what the server said with its refusal; 0: nothing */
    int result;                    /* 0, or -1 with err */
    struct err err;
};

/* Runs one list. -1 with err (also in list->err). */
int kube_list_run(struct kube_client *c, struct kube_list *list, struct err *err);

/* Runs many, as many at once as the client's limits allow; callbacks come one at a time, on this
 * thread, lists mixed. One that fails does not stop the others. Returns the number that failed; ask
 * lists[i]->result. */
size_t kube_list_run_all(struct kube_client *c, struct kube_list *const *lists, size_t count);

#endif
