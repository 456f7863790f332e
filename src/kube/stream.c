#include "kube/stream.h"

#include "doc/pull.h"

void kube_stream_init(struct kube_stream *s, size_t event_max)
{
    *s = (struct kube_stream){0};
    str_init(&s->pending, event_max);
}

void kube_stream_reset(struct kube_stream *s)
{
    str_reset(&s->pending);
    s->depth = 0;
    s->in_string = s->escaped = false;
}

void kube_stream_release(struct kube_stream *s)
{
    if (!s)
        return;
    str_release(&s->pending);
    arena_release(&s->scratch);
}

bool kube_stream_is_cut(const struct kube_stream *s)
{
    return s->depth > 0;
}

static bool type_of(struct sv name, enum kube_stream_type *out)
{
    static const char *const names[] = {"ADDED", "MODIFIED", "DELETED", "BOOKMARK", "ERROR"};
    for (unsigned i = 0; i < ARRAY_LEN(names); i++)
        if (sv_is(name, names[i])) {
            *out = (enum kube_stream_type)i;
            return true;
        }
    return false;
}

static int unknown(struct sv type, struct err *err)
{
    return err_set(err, ERR_REMOTE, "an event of the unknown type '%.*s' or without an object",
                   (int)(type.len < 40 ? type.len : 40), type.ptr ? type.ptr : "");
}

static int give_tree(struct kube_stream *s, struct sv text, struct err *err)
{
    _cleanup_doc_ struct doc_file doc = {0};
    if (doc_parse_json(&doc, "event", text, NULL, err)) {
        if (err)
            err->class = ERR_REMOTE;
        return -1;
    }
    const struct doc_node *root = doc.part_count ? doc.parts[0].root : NULL;
    struct sv type = doc_get_string(root, "type");
    struct kube_stream_event event = {.doc = &doc, .object = doc_get(root, "object")};
    if (!type_of(type, &event.type) || !event.object || event.object->type != DOC_MAP)
        return unknown(type, err);
    event.api_version = doc_get_string(event.object, "apiVersion");
    event.kind = doc_get_string(event.object, "kind");
    event.text = sv_n(text.ptr + event.object->span.start,
                      event.object->span.end - event.object->span.start);
    event.resource_version = doc_get_string(doc_get(event.object, "metadata"), "resourceVersion");
    return s->on_event(s->ctx, &event);
}

/* Servers write these in front of all else. */
static void read_object_head(struct kube_stream *s, struct kube_stream_event *event)
{
    struct pull p;
    struct sv key, inner;
    unsigned found = 0;
    pull_init(&p, event->text, &s->scratch);
    if (!pull_map(&p))
        return;
    while (found < 3 && pull_key(&p, &key)) {
        bool metadata = sv_is(key, "metadata");
        if (sv_is(key, "apiVersion"))
            found += pull_string(&p, &event->api_version);
        else if (sv_is(key, "kind"))
            found += pull_string(&p, &event->kind);
        else if (!metadata || !pull_map(&p))
            pull_skip(&p);
        else
            while (pull_key(&p, &inner))
                if (!sv_is(inner, "resourceVersion"))
                    pull_skip(&p);
                else
                    found += pull_string(&p, &event->resource_version);
    }
}

static int give_text(struct kube_stream *s, struct sv text, struct err *err)
{
    struct pull p;
    struct sv key, type = SV_NONE;
    struct kube_stream_event event = {0};
    pull_init(&p, text, &s->scratch);
    if (pull_map(&p))
        while (pull_key(&p, &key)) {
            if (sv_is(key, "type"))
                pull_string(&p, &type);
            else if (!sv_is(key, "object") || pull_peek(&p) != PULL_MAP)
                pull_skip(&p);
            else
                pull_raw(&p, &event.text);
        }
    if (!pull_done(&p)) {
        pull_error(&p, "event", err);
        if (err)
            err->class = ERR_REMOTE;
        return -1;
    }
    if (!type_of(type, &event.type) || !event.text.ptr)
        return unknown(type, err);
    if (event.type == STREAM_ERROR)
        return give_tree(s, text, err);
    read_object_head(s, &event);
    return s->on_event(s->ctx, &event);
}

static int give(struct kube_stream *s, struct sv text, struct err *err)
{
    if (!s->text_only)
        return give_tree(s, text, err);
    int result = give_text(s, text, err);
    arena_reset(&s->scratch);
    return result;
}

/* Behind the string that is open, or to the end of the bytes. */
static const char *scan_string(struct kube_stream *s, const char *at, const char *end)
{
    while (at < end) {
        if (s->escaped) {
            s->escaped = false;
            at++;
            continue;
        }
        while (at < end && *at != '"' && *at != '\\')
            at++;
        if (at == end)
            break;
        if (*at++ == '"') {
            s->in_string = false;
            break;
        }
        s->escaped = true;
    }
    return at;
}

/* Goes on behind the end of the event that is open, or to the end of the bytes; *whole tells which.
 */
static size_t scan(struct kube_stream *s, struct sv bytes, bool *whole)
{
    const char *at = bytes.ptr, *end = at + bytes.len;
    *whole = false;
    while (at < end && !*whole) {
        if (s->in_string) {
            at = scan_string(s, at, end);
            continue;
        }
        char c = *at++;
        if (c == '"')
            s->in_string = true;
        else if (c == '{' || c == '[')
            s->depth++;
        else if (c == '}' || c == ']')
            *whole = --s->depth == 0;
    }
    return (size_t)(at - bytes.ptr);
}

int kube_stream_feed(struct kube_stream *s, struct sv bytes, struct err *err)
{
    while (bytes.len) {
        if (s->depth == 0 && strchr(" \t\r\n", bytes.ptr[0]) && bytes.ptr[0]) {
            bytes = sv_n(bytes.ptr + 1, bytes.len - 1);
            continue;
        }
        if (s->depth == 0 && bytes.ptr[0] != '{')
            return err_set(err, ERR_REMOTE, "the answer is no stream of events");
        bool whole;
        size_t n = scan(s, bytes, &whole);
        bool direct = whole && s->pending.len == 0;
        if (!direct)
            str_add(&s->pending, bytes.ptr, n);
        if (!str_ok(&s->pending) || n > s->pending.max)
            return err_set(err, ERR_LIMIT, "an event of more than %zu bytes", s->pending.max);
        int result = !whole ? 0 : give(s, direct ? sv_n(bytes.ptr, n) : str_sv(&s->pending), err);
        if (whole)
            str_reset(&s->pending);
        if (result)
            return result;
        bytes = sv_n(bytes.ptr + n, bytes.len - n);
    }
    return 0;
}
