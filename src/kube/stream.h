/*
 * stream: the bytes of a watch into its events, whatever way they are cut into pieces. Pure.
 */
#ifndef TOBAN_KUBE_STREAM_H
#define TOBAN_KUBE_STREAM_H

#include "base/str.h"
#include "doc/doc.h"

#define KUBE_EVENT_MAX                                                                             \
    ((size_t)64 << 20) /* bytes of one event; etcd takes objects up to 1.5 MB                      \
                        */

enum kube_stream_type {
    STREAM_ADDED,
    STREAM_MODIFIED,
    STREAM_DELETED,
    STREAM_BOOKMARK,
    STREAM_ERROR, /* object is a Status */
};

struct kube_stream_event {
    enum kube_stream_type type;
    struct doc_file *doc;    /* NULL with text_only, but for an error */
    struct doc_node *object; /* likewise */
    struct sv text;          /* of the object */
    struct sv api_version, kind;
    struct sv resource_version; /* of the object; absent for an error */
};

struct kube_stream {
    struct str pending; /* of an event that is not whole yet */
    size_t depth;
    bool in_string, escaped;
    bool text_only; /* to be set after init: checked and cut, but no tree is built */
    struct arena scratch;
    /* Non-zero ends the feeding, which returns it. */
    int (*on_event)(void *ctx, const struct kube_stream_event *event);
    void *ctx;
};

void kube_stream_init(struct kube_stream *s, size_t event_max);
/* Forgets a half event: a new connection begins. */
void kube_stream_reset(struct kube_stream *s);
void kube_stream_release(struct kube_stream *s);

/* Takes more bytes; on_event is called for each event that is whole. 0, what on_event returned, or
 * -1 with err: no event stream, or an event beyond the limit. */
int kube_stream_feed(struct kube_stream *s, struct sv bytes, struct err *err);

/* True when the stream ended in the middle of an event. */
bool kube_stream_is_cut(const struct kube_stream *s);

#endif
