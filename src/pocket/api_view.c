#include "base/must.h"
#include "pocket/api_internal.h"

/* Columns of a custom kind that has none of its own. */
static const struct doc_node no_columns = {.type = DOC_SEQ};

struct api_media api_media_next(struct sv *rest)
{
    struct sv text = sv_split(rest, ',');
    struct api_media c = {0};
    c.type = sv_trim(sv_split(&text, ';'));
    while (text.ptr) {
        struct sv value = sv_trim(sv_split(&text, ';')), key = sv_split(&value, '=');
        if (sv_is(key, "as"))
            c.as = value;
        else if (sv_is(key, "g"))
            c.group = value;
        else if (sv_is(key, "v"))
            c.version = value;
    }
    return c;
}

/* True when this clause can be answered; *view then says how. */
static bool serves(const struct api_media *c, bool list, struct api_view *view)
{
    if (!sv_is(c->type, "application/json") && !sv_is(c->type, "*/*") &&
        !sv_is(c->type, "application/*"))
        return false;
    if (!c->as.len)
        return true;
    if (!sv_is(c->group, "meta.k8s.io"))
        return false;
    if (sv_is(c->version, "v1"))
        view->version = SV("v1");
    else if (sv_is(c->version, "v1beta1"))
        view->version = SV("v1beta1");
    else
        return false;
    if (sv_is(c->as, "Table"))
        view->form = VIEW_TABLE;
    else if (sv_is(c->as, list ? "PartialObjectMetadataList" : "PartialObjectMetadata"))
        view->form = VIEW_METADATA;
    return view->form != VIEW_OBJECT;
}

static bool negotiate(struct api_call *call, bool list, struct api_view *view)
{
    struct sv rest = call->request->accept;
    if (!sv_trim(rest).len)
        return true;
    while (rest.ptr) {
        struct api_media c = api_media_next(&rest);
        if (serves(&c, list, view))
            return true;
    }
    return api_fail(call, 406, NULL,
                    "only the following media types are accepted: application/json");
}

static bool include_of(struct api_call *call, struct api_view *view)
{
    struct sv text = api_param(call, "includeObject");
    if (sv_is(text, "None"))
        view->table.include = TABLE_NONE;
    else if (sv_is(text, "Object"))
        view->table.include = TABLE_OBJECT;
    else if (text.len && !sv_is(text, "Metadata"))
        return api_fail(call, 400, NULL,
                        "Invalid value: \"%.*s\": must be 'Metadata', 'Object', 'None', or empty",
                        SV_ARG(text));
    return true;
}

/* A watch of metadata names the items' kind, a list that of the list. */
static bool is_list(const struct api_call *call)
{
    return !call->name.len && sv_is(call->request->method, "GET") && !api_param_true(call, "watch");
}

bool api_view_of(struct api_call *call, struct api_view *view)
{
    const struct kind *kind = call->kind;
    *view = (struct api_view){.kind = kind};
    if (!negotiate(call, is_list(call), view) || !include_of(call, view))
        return false;
    view->table.group = sv_of(kind->group);
    view->table.kind = sv_of(kind->kind);
    view->table.version = view->version;
    view->table.columns = kind->columns;
    view->table.now = call->api->now_ms / 1000;
    if (kind->custom && !kind->columns)
        view->table.columns = &no_columns;
    return true;
}

static void write_node(const struct doc_node *node, struct str *out)
{
    if (!value_write(node, out))
        str_adds(out, "null");
}

/* An object under its apiVersion and kind, to be read. */
struct reading {
    struct str json;
    struct doc_file file;
    const struct doc_node *object; /* NULL: it is none */
};

static void reading_release(struct reading *r)
{
    doc_release(&r->file);
    str_release(&r->json);
}
#define _cleanup_reading_ _cleanup_(reading_release)

static void reading_init(struct reading *r, const struct kind *kind,
                         const struct object_bytes *bytes)
{
    struct err err = {0};
    api_print(kind, bytes, &r->json);
    if (doc_parse_json(&r->file, kind->kind, str_sv(&r->json), NULL, &err) == 0 &&
        r->file.part_count)
        r->object = r->file.parts[0].root;
}

static void write_table(struct api_view *view, const struct doc_node *object, struct str *out)
{
    _cleanup_arena_ struct arena a = {0};
    struct doc_node *meta = value_map(&a), *rows = value_list(&a);
    value_set_text(&a, meta, "resourceVersion", api_meta(object, "resourceVersion"));
    struct doc_node *table = table_head(&a, &view->table, meta);
    value_push(&a, rows, table_row(&a, &view->table, object));
    value_set(&a, table, SV("rows"), rows);
    write_node(table, out);
}

static void write_metadata(const struct api_view *view, const struct doc_node *object,
                           struct str *out)
{
    const struct doc_node *meta = doc_get(object, "metadata");
    str_addf(out,
             "{\"kind\":\"PartialObjectMetadata\",\"apiVersion\":\"meta.k8s.io/%s\",\"metadata\":",
             view->version.ptr);
    if (meta)
        write_node(meta, out);
    else
        str_adds(out, "{}");
    str_addc(out, '}');
}

void api_view_object(struct api_view *view, const struct object_bytes *bytes, struct str *out)
{
    if (view->form == VIEW_OBJECT) {
        api_print(view->kind, bytes, out);
        return;
    }
    _cleanup_reading_ struct reading r = {0};
    reading_init(&r, view->kind, bytes);
    if (view->form == VIEW_TABLE)
        write_table(view, r.object, out);
    else
        write_metadata(view, r.object, out);
}

void api_view_item(const struct api_view *view, const struct object_bytes *bytes, struct str *out)
{
    if (view->form == VIEW_OBJECT) {
        api_print(view->kind, bytes, out);
        return;
    }
    _cleanup_reading_ struct reading r = {0};
    _cleanup_arena_ struct arena a = {0};
    reading_init(&r, view->kind, bytes);
    if (view->form == VIEW_TABLE)
        write_node(table_row(&a, &view->table, r.object), out);
    else
        write_metadata(view, r.object, out);
}

void api_view_head(const struct api_view *view, struct sv metadata, struct str *out)
{
    _cleanup_arena_ struct arena a = {0};
    char api_version[320];
    if (view->form == VIEW_OBJECT)
        str_addf(out, "{\"kind\":\"%sList\",\"apiVersion\":\"%s\",\"metadata\":", view->kind->kind,
                 kind_api_version(view->kind, api_version));
    else
        str_addf(out, "{\"kind\":\"%s\",\"apiVersion\":\"meta.k8s.io/%s\",\"metadata\":",
                 view->form == VIEW_TABLE ? "Table" : "PartialObjectMetadataList",
                 view->version.ptr);
    str_addv(out, metadata);
    if (view->form == VIEW_TABLE) {
        str_adds(out, ",\"columnDefinitions\":");
        write_node(doc_get(table_head(&a, &view->table, NULL), "columnDefinitions"), out);
    }
    str_adds(out, view->form == VIEW_TABLE ? ",\"rows\":[" : ",\"items\":[");
}
