#include "base/jsonw.h"
#include "base/must.h"
#include "pocket/api_internal.h"

#define PAGES_FROM ((size_t)1 << 20) /* bytes of a list that is written piece by piece */

void api_get(struct api_call *call)
{
    struct api_view view;
    const struct object_bytes *bytes =
        objects_get(call->api->objects, call->kind->store, call->ns, call->name);
    if (!bytes) {
        api_fail_not_found(call);
        return;
    }
    if (!api_view_of(call, &view))
        return;
    call->answer->status = 200;
    call->answer->content_type = "application/json";
    api_view_object(&view, bytes, &call->answer->body);
    str_addc(&call->answer->body, '\n');
}

bool api_filter_of(struct api_call *call, struct api_filter *filter)
{
    struct err err = {0};
    struct sv labels = api_param(call, "labelSelector"), fields = api_param(call, "fieldSelector");
    *filter = (struct api_filter){0};
    if (labels.len && !(filter->labels = selector_parse(labels, &err)))
        return api_fail(call, 400, NULL, "%s", err.msg);
    if (fields.len &&
        !(filter->fields = selector_parse_fields(fields, sv_of(call->kind->kind), &err))) {
        api_filter_release(filter);
        return api_fail(call, 400, NULL, "%s", err.msg);
    }
    return true;
}

void api_filter_release(struct api_filter *filter)
{
    selector_free(filter->labels);
    selector_free(filter->fields);
    *filter = (struct api_filter){0};
}

bool api_filter_any(const struct api_filter *filter)
{
    return filter->labels || filter->fields;
}

bool api_filter_matches(const struct api_filter *filter, const struct kind *kind,
                        const struct object_bytes *bytes)
{
    if (!api_filter_any(filter))
        return true;
    _cleanup_doc_ struct doc_file file = {0};
    struct err err = {0};
    if (doc_parse_json(&file, kind->kind, object_bytes_sv(bytes), NULL, &err) != 0)
        return false;
    const struct doc_node *object = file.parts[0].root;
    return selector_takes(filter->labels, doc_at(object, "metadata.labels")) &&
           selector_matches_fields(filter->fields, sv_of(kind->kind), object);
}

/* What the filter lets through, with references. */
static void select_objects(struct api_call *call, const struct api_filter *filter,
                           object_bytes_vec *out)
{
    struct sv name = selector_name(filter->fields), ns = call->ns;
    if (!ns.ptr)
        ns = selector_namespace(filter->fields);
    if (name.ptr && (ns.ptr || !(call->kind->flags & KIND_NAMESPACED))) {
        struct object_bytes *one = objects_get(call->api->objects, call->kind->store, ns, name);
        if (one && api_filter_matches(filter, call->kind, one))
            must_push(out, object_bytes_ref(one));
        return;
    }
    objects_list(call->api->objects, call->kind->store, ns, out);
    if (!api_filter_any(filter))
        return;
    size_t kept = 0;
    vec_foreach(bytes, out) {
        if (api_filter_matches(filter, call->kind, *bytes))
            out->items[kept++] = *bytes;
        else
            object_bytes_unref(*bytes);
    }
    out->len = kept;
}

static struct api_snapshot *snapshot_of(struct pocket_api *api, uint64_t id)
{
    struct api_snapshot *s = &api->snapshots[id % API_SNAPSHOTS];
    return id && s->id == id ? s : NULL;
}

/* Takes the list over. */
static struct api_snapshot *snapshot_new(struct pocket_api *api, object_bytes_vec *list,
                                         bool selected)
{
    uint64_t id = ++api->snapshot_count;
    struct api_snapshot *s = &api->snapshots[id % API_SNAPSHOTS];
    objects_list_release(&s->list);
    *s = (struct api_snapshot){id, objects_version(api->objects), *list, selected};
    *list = (object_bytes_vec){0};
    return s;
}

/* One answer: items [from, to) of a list of `all` at a version. */
struct page {
    const struct api_view *view;
    const object_bytes_vec *list;
    size_t from, to;
    uint64_t version, snapshot;
    bool selected;
};

static void write_head(const struct page *page, struct str *out)
{
    _cleanup_str_ struct str meta = {0};
    str_addf(&meta, "{\"resourceVersion\":\"%llu\"", (unsigned long long)page->version);
    if (page->to < page->list->len) {
        str_addf(&meta, ",\"continue\":\"%llu.%zu\"", (unsigned long long)page->snapshot, page->to);
        if (!page->selected)
            str_addf(&meta, ",\"remainingItemCount\":%zu", page->list->len - page->to);
    }
    str_addc(&meta, '}');
    api_view_head(page->view, str_sv(&meta), out);
}

static void answer_page(struct api_call *call, const struct page *page)
{
    _cleanup_str_ struct str head = {0};
    write_head(page, &head);
    struct pocket_pages *pages =
        api_pages_new(page->view, str_sv(&head), page->list, page->from, page->to);
    size_t bytes = 0;
    for (size_t i = page->from; i < page->to && bytes < PAGES_FROM; i++)
        bytes += page->list->items[i]->len;
    call->answer->status = 200;
    call->answer->content_type = "application/json";
    if (bytes >= PAGES_FROM) {
        call->answer->pages = pages;
        return;
    }
    while (pocket_pages_read(pages, PAGES_FROM, &call->answer->body))
        ;
    pocket_pages_free(pages);
}

static bool limit_of(struct api_call *call, uint64_t *limit)
{
    struct sv text = api_param(call, "limit");
    *limit = 0;
    if (text.len && !sv_to_u64(text, limit))
        return api_fail(call, 400, NULL, "strconv.ParseInt: parsing \"%.*s\": invalid syntax",
                        SV_ARG(text));
    return true;
}

static void go_on(struct api_call *call, const struct api_view *view, struct sv token,
                  uint64_t limit)
{
    uint64_t id, from;
    struct sv rest = token, first = sv_split(&rest, '.');
    if (!sv_to_u64(first, &id) || !sv_to_u64(rest, &from)) {
        api_fail(call, 400, NULL, "continue key is not valid: \"%.*s\"", SV_ARG(token));
        return;
    }
    const struct api_snapshot *s = snapshot_of(call->api, id);
    if (!s || from > s->list.len) {
        api_fail(call, 410, "Expired",
                 "The provided continue parameter is too old to display a consistent list result. "
                 "You can start a new list without the continue parameter.");
        return;
    }
    size_t to = limit && limit < s->list.len - from ? (size_t)(from + limit) : s->list.len;
    answer_page(call,
                &(struct page){view, &s->list, (size_t)from, to, s->version, s->id, s->selected});
}

/* The version a list asks for: only what is true of the newest one can be had. */
static bool version_served(struct api_call *call)
{
    struct sv text = api_param(call, "resourceVersion");
    uint64_t wanted, have = objects_version(call->api->objects);
    if (!text.len)
        return true;
    if (!sv_to_u64(text, &wanted))
        return api_fail(call, 400, NULL,
                        "resourceVersion: Invalid value: \"%.*s\": strconv.ParseUint: parsing "
                        "\"%.*s\": invalid syntax",
                        SV_ARG(text), SV_ARG(text));
    if (wanted > have)
        return api_fail(call, 504, NULL, "Too large resource version: %llu, current: %llu",
                        (unsigned long long)wanted, (unsigned long long)have);
    if (sv_is(api_param(call, "resourceVersionMatch"), "Exact") && wanted != have)
        return api_fail(call, 410, "Expired",
                        "The resourceVersion for the provided list is too old.");
    return true;
}

void api_list(struct api_call *call)
{
    uint64_t limit;
    struct api_view view;
    struct sv token = api_param(call, "continue");
    if (!limit_of(call, &limit) || !api_view_of(call, &view))
        return;
    if (token.len) {
        go_on(call, &view, token, limit);
        return;
    }
    struct api_filter filter;
    if (!version_served(call) || !api_filter_of(call, &filter))
        return;
    object_bytes_vec list = {0};
    select_objects(call, &filter, &list);
    struct page page = {
        &view, &list, 0, list.len, objects_version(call->api->objects), 0, api_filter_any(&filter)};
    if (limit && limit < list.len) {
        const struct api_snapshot *s = snapshot_new(call->api, &list, page.selected);
        page.list = &s->list;
        page.to = (size_t)limit;
        page.snapshot = s->id;
    }
    answer_page(call, &page);
    objects_list_release(&list);
    api_filter_release(&filter);
}
