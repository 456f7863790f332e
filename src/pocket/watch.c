#include "base/must.h"
#include "doc/pull.h"
#include "pocket/api_internal.h"

#define BOOKMARK_MS 60000

struct pocket_watch {
    struct pocket_api *api;
    const struct kind *kind;
    struct api_view view;
    char *ns; /* NULL: all */
    struct api_filter filter;
    uint64_t version; /* of the last change that was looked at */
    object_bytes_vec initial;
    size_t initial_at;
    bool bookmarks, bookmark_initial, over;
    int64_t ends_ms, bookmark_ms;
    void (*fn)(void *ctx);
    void *ctx;
};

static const char *const type_names[] = {"ADDED", "MODIFIED", "DELETED"};

static void write_object(struct pocket_watch *w, const char *type, const struct object_bytes *bytes,
                         struct str *out)
{
    w->view.table.now = w->api->now_ms / 1000;
    str_addf(out, "{\"type\":\"%s\",\"object\":", type);
    api_view_object(&w->view, bytes, out);
    str_adds(out, "}\n");
    w->view.table.no_headers = true;
}

static void write_event(struct pocket_watch *w, enum change_type type,
                        const struct object_bytes *bytes, struct str *out)
{
    write_object(w, type_names[type], bytes, out);
}

static void write_bookmark(struct pocket_watch *w, bool initial, struct str *out)
{
    char json[192];
    int n = snprintf(json, sizeof json,
                     "{\"metadata\":{\"resourceVersion\":\"%llu\",\"creationTimestamp\":null%s}}",
                     (unsigned long long)w->version,
                     initial ? ",\"annotations\":{\"k8s.io/initial-events-end\":\"true\"}" : "");
    struct object_bytes *bytes = mem_must(malloc(sizeof *bytes + sizeof json));
    *bytes = (struct object_bytes){1, (uint32_t)n, w->version};
    memcpy(bytes->json, json, (size_t)n);
    write_object(w, "BOOKMARK", bytes, out);
    free(bytes);
    w->bookmark_ms = w->api->now_ms + BOOKMARK_MS;
}

static void write_expired(struct pocket_watch *w, struct str *out)
{
    char message[96];
    snprintf(message, sizeof message, "too old resource version: %llu (%llu)",
             (unsigned long long)w->version, (unsigned long long)objects_version(w->api->objects));
    str_adds(out, "{\"type\":\"ERROR\",\"object\":");
    api_status_write(out, 410, "Expired", message, SV_NONE);
    str_adds(out, "}\n");
    w->over = true;
}

static bool in_namespace(const struct pocket_watch *w, const struct object_bytes *bytes)
{
    if (!w->ns)
        return true;
    struct pull p;
    struct sv key, ns = SV_NONE;
    pull_init(&p, object_bytes_sv(bytes), NULL);
    if (pull_map(&p))
        while (pull_key(&p, &key)) {
            if (!sv_is(key, "metadata") || !pull_map(&p)) {
                pull_skip(&p);
                continue;
            }
            while (pull_key(&p, &key))
                if (sv_is(key, "namespace"))
                    return pull_string(&p, &ns) && sv_is(ns, w->ns);
                else
                    pull_skip(&p);
            return false;
        }
    return false;
}

/* What a change is to somebody who sees only what the filter lets through. */
static void write_change(struct pocket_watch *w, const struct object_change *change,
                         struct str *out)
{
    if (change->store != w->kind->store || !in_namespace(w, change->now))
        return;
    bool was = change->before && api_filter_matches(&w->filter, w->kind, change->before);
    bool is =
        change->type != CHANGE_DELETED && api_filter_matches(&w->filter, w->kind, change->now);
    if (is)
        write_event(w, was ? CHANGE_MODIFIED : CHANGE_ADDED, change->now, out);
    else if (was)
        write_event(w, CHANGE_DELETED, change->now, out);
}

static bool write_initial(struct pocket_watch *w, size_t limit, struct str *out)
{
    for (; w->initial_at < w->initial.len && out->len < limit; w->initial_at++)
        if (api_filter_matches(&w->filter, w->kind, w->initial.items[w->initial_at]))
            write_event(w, CHANGE_ADDED, w->initial.items[w->initial_at], out);
    if (w->initial_at < w->initial.len)
        return false;
    objects_list_release(&w->initial);
    w->initial_at = 0;
    if (w->bookmark_initial)
        write_bookmark(w, true, out);
    w->bookmark_initial = false;
    return true;
}

bool pocket_watch_read(struct pocket_watch *w, size_t room, struct str *out)
{
    size_t limit = out->len + room;
    bool lost = false;
    if (w->over || !write_initial(w, limit, out))
        return !w->over;
    while (out->len < limit) {
        const struct object_change *change =
            objects_change_after(w->api->objects, w->version, &lost);
        if (lost) {
            write_expired(w, out);
            return false;
        }
        if (!change)
            break;
        w->version = change->version;
        write_change(w, change, out);
    }
    if (w->bookmarks && w->api->now_ms >= w->bookmark_ms)
        write_bookmark(w, false, out);
    w->over = w->kind->gone || w->api->now_ms >= w->ends_ms;
    return !w->over;
}

void pocket_watch_listen(struct pocket_watch *w, void (*fn)(void *ctx), void *ctx)
{
    w->fn = fn;
    w->ctx = ctx;
}

void pocket_watch_free(struct pocket_watch *w)
{
    if (!w)
        return;
    vec_foreach(other, &w->api->watches)
        if (*other == w) {
            *other = w->api->watches.items[--w->api->watches.len];
            break;
        }
    objects_list_release(&w->initial);
    api_filter_release(&w->filter);
    free(w->ns);
    free(w);
}

void api_notice(struct pocket_api *api)
{
    vec_foreach(watch, &api->watches)
        if ((*watch)->fn)
            (*watch)->fn((*watch)->ctx);
}

/* Where the watch starts; false: answered. */
static bool start(struct api_call *call, struct pocket_watch *w)
{
    struct sv text = api_param(call, "resourceVersion");
    bool initial = api_param_true(call, "sendInitialEvents");
    w->version = objects_version(call->api->objects);
    if (!text.len || sv_is(text, "0") || initial) {
        objects_list(call->api->objects, w->kind->store, w->ns ? sv_of(w->ns) : SV_NONE,
                     &w->initial);
        w->bookmark_initial = initial && w->bookmarks;
        return true;
    }
    uint64_t have = w->version;
    if (!sv_to_u64(text, &w->version))
        return api_fail(call, 400, NULL, "resourceVersion: Invalid value: \"%.*s\"", SV_ARG(text));
    if (w->version > have)
        return api_fail(call, 504, NULL, "Too large resource version: %llu, current: %llu",
                        (unsigned long long)w->version, (unsigned long long)have);
    return true;
}

void api_watch(struct api_call *call)
{
    struct api_filter filter;
    struct api_view view;
    uint64_t seconds = 0;
    struct sv timeout = api_param(call, "timeoutSeconds");
    if (!api_view_of(call, &view) || !api_filter_of(call, &filter))
        return;
    if (!sv_to_u64(timeout, &seconds) || seconds == 0 || seconds > 86400)
        seconds = 1800;
    struct pocket_watch *w = mem_must(calloc(1, sizeof *w));
    w->api = call->api;
    w->kind = call->kind;
    w->filter = filter;
    w->view = view;
    w->ns = call->ns.len ? mem_must(strndup(call->ns.ptr, call->ns.len)) : NULL;
    w->bookmarks = api_param_true(call, "allowWatchBookmarks");
    w->ends_ms = call->api->now_ms + (int64_t)seconds * 1000;
    w->bookmark_ms = call->api->now_ms + BOOKMARK_MS;
    must_push(&call->api->watches, w);
    if (!start(call, w)) {
        pocket_watch_free(w);
        return;
    }
    call->answer->watch = w;
    call->answer->status = 200;
    call->answer->content_type = "application/json";
}
