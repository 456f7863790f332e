/*
 * watch: collections kept current: list, then watch, for as long as wanted.
 *
 * Takes care of bookmarks, of going on after a cut, of lists that must be made anew (410 Gone), of
 * waiting between tries. What it cannot mend (no permission, no such resource) is returned.
 */
#ifndef TOBAN_KUBE_WATCH_H
#define TOBAN_KUBE_WATCH_H

#include "kube/list.h"

enum kube_watch_type {
    KUBE_WATCH_RESET,  /* forget all objects of this watch: a fresh list follows; no object */
    KUBE_WATCH_SYNCED, /* the list is complete; no object */
    KUBE_WATCH_ADDED,
    KUBE_WATCH_MODIFIED,
    KUBE_WATCH_DELETED,  /* object is its last state */
    KUBE_WATCH_BOOKMARK, /* no change up to resource_version; no object */
    KUBE_WATCH_TROUBLE,  /* something failed and is being mended; err says what; no object */
    KUBE_WATCH_OPEN,     /* connected: the server has agreed to tell what changes; no object */
};

struct kube_watch_event {
    enum kube_watch_type type;
    struct kube_item item;      /* empty for all without an object */
    struct sv resource_version; /* as of this event; absent for RESET, and for a listed item that is
                                   text only */
    const struct err *err;      /* of TROUBLE; else NULL */
};

struct kube_watch {
    struct kube_ref ref;                         /* collection */
    const char *label_selector, *field_selector; /* NULL: none */
    enum kube_list_shape shape;                  /* FULL or METADATA */
    bool text_only;                              /* items are texts: no tree is built of them */
    const char *resource_version; /* go on from here without a list; NULL: list first */

    /* Each event in order; valid during the call only. Return 0 to go on, 1 to end all watches of
     * this run without an error, -1 with err set to end them with it; of TROUBLE: 2 to give up this
     * watch alone (the run ends with the last one). May use the client. */
    int (*on_event)(void *ctx, const struct kube_watch_event *event, struct err *err);
    void *ctx;

    /* Filled in. */
    char last_version[64];  /* where it could go on */
    size_t lists, connects; /* how often it listed and connected, for tests and metrics */
};

struct kube_watch_options {
    unsigned timeout_s;   /* asked of the server per connection; 0: 300 to 600, by chance */
    unsigned deadline_ms; /* end the run without an error after so long; 0: never */
    unsigned idle_ms;     /* a connection without a byte for so long is made anew; 0: as long as it
                             was asked for. Bookmarks come about every minute */
    int wake_fd;          /* end the run without an error when this becomes readable; <= 0: none */
    bool patient;         /* whatever fails is trouble and is tried again: what worked once may be
                             refused while a server starts. Lists are tried once each time */
};

/* Runs the watches side by side on this thread until a callback or an option ends it (0), or one of
 * them fails for good (-1). options may be NULL. */
int kube_watch_run(struct kube_client *c, struct kube_watch *const *watches, size_t count,
                   const struct kube_watch_options *options, struct err *err);

#endif
