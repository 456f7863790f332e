#include "pocket/show/table.h"

#include "base/must.h"
#include "pocket/show/custom.h"

#include <stdio.h>

static struct doc_node *definition(struct arena *a, struct sv name, struct sv type,
                                   struct sv format, struct sv description, int64_t priority)
{
    struct doc_node *out = value_map(a);
    value_set_text(a, out, "name", name);
    value_set_text(a, out, "type", type);
    value_set_text(a, out, "format", format.ptr ? format : SV(""));
    value_set_text(a, out, "description", description.ptr ? description : SV(""));
    value_set_int(a, out, "priority", priority);
    return out;
}

static struct doc_node *name_definition(struct arena *a)
{
    return definition(a, SV("Name"), SV("string"), SV("name"),
                      SV("Name must be unique within a namespace."), 0);
}

static struct doc_node *custom_definitions(struct arena *a, const struct doc_node *columns)
{
    struct doc_node *list = value_list(a);
    value_push(a, list, name_definition(a));
    doc_each_item(column, columns) {
        const struct doc_node *priority = doc_get(column, "priority");
        value_push(a, list,
                   definition(a, doc_get_string(column, "name"), doc_get_string(column, "type"),
                              doc_get_string(column, "format"),
                              doc_get_string(column, "description"),
                              priority && priority->type == DOC_INT ? priority->integer : 0));
    }
    return list;
}

static struct doc_node *built_in_definitions(struct arena *a, const struct columns *columns)
{
    struct doc_node *list = value_list(a);
    for (size_t i = 0; i < columns->count; i++) {
        const struct column *column = &columns->columns[i];
        bool name = strcmp(column->name, "Name") == 0;
        value_push(a, list,
                   definition(a, sv_of(column->name), sv_of(column->type),
                              name ? SV("name") : SV(""), SV(""), column->priority));
    }
    return list;
}

static struct doc_node *cells_of(struct cell_ctx *c, const struct table_request *request,
                                 const struct columns *columns, const struct doc_node *object)
{
    struct doc_node *cells = value_list(c->a);
    if (request->columns) {
        value_push(c->a, cells, cell_text(c, object, "metadata.name"));
        doc_each_item(column, request->columns)
            value_push(c->a, cells, custom_cell(c, object, column));
        return cells;
    }
    for (size_t i = 0; i < columns->count; i++)
        value_push(c->a, cells, columns->columns[i].print(c, object, columns->columns[i].argument));
    return cells;
}

/* The part of the object that goes with a row; NULL for none. Shares the object's nodes. */
static struct doc_node *included(struct arena *a, const struct table_request *request,
                                 const struct doc_node *object)
{
    struct doc_node *out = value_map(a);
    if (request->include == TABLE_NONE)
        return NULL;
    if (request->include == TABLE_OBJECT) {
        doc_each_pair(p, object)
            value_set(a, out, p->key->text, p->value);
        return out;
    }
    value_set_text(a, out, "kind", SV("PartialObjectMetadata"));
    value_set_text(a, out, "apiVersion",
                   sv_of(mem_must(arena_fmt(a, "meta.k8s.io/%.*s", SV_ARG(request->version)))));
    struct doc_node *meta = doc_get(object, "metadata");
    value_set(a, out, SV("metadata"), meta ? meta : value_map(a));
    return out;
}

/* What the server shows of custom kinds without columns of their own. */
static const struct doc_node *default_columns(struct arena *a)
{
    struct doc_node *list = value_list(a), *age = value_map(a);
    value_set_text(a, age, "name", SV("Age"));
    value_set_text(a, age, "type", SV("date"));
    value_set_text(a, age, "jsonPath", SV(".metadata.creationTimestamp"));
    value_push(a, list, age);
    return list;
}

static const struct doc_node *columns_wanted(struct arena *a, const struct table_request *request)
{
    bool none = request->columns && doc_count(request->columns) == 0;
    return none ? default_columns(a) : request->columns;
}

struct doc_node *table_head(struct arena *a, const struct table_request *request,
                            const struct doc_node *list_meta)
{
    struct doc_node *out = value_map(a);
    const struct doc_node *custom = columns_wanted(a, request);
    value_set_text(a, out, "kind", SV("Table"));
    value_set_text(a, out, "apiVersion",
                   sv_of(mem_must(arena_fmt(a, "meta.k8s.io/%.*s", SV_ARG(request->version)))));
    value_set(a, out, SV("metadata"), value_clone(a, list_meta ? list_meta : value_map(a)));
    value_set(a, out, SV("columnDefinitions"),
              request->no_headers ? value_null(a)
              : custom            ? custom_definitions(a, custom)
                       : built_in_definitions(a, columns_of(request->group, request->kind)));
    return out;
}

struct doc_node *table_row(struct arena *a, const struct table_request *given,
                           const struct doc_node *object)
{
    struct table_request request = *given;
    struct cell_ctx c = {a, given->now};
    request.columns = columns_wanted(a, given);
    struct doc_node *row = value_map(a), *shown = included(a, &request, object);
    value_set(a, row, SV("cells"),
              cells_of(&c, &request, columns_of(request.group, request.kind), object));
    if (shown)
        value_set(a, row, SV("object"), shown);
    return row;
}

struct doc_node *table_of(struct arena *a, const struct table_request *request,
                          const struct doc_node *const *objects, size_t count,
                          const struct doc_node *list_meta)
{
    struct doc_node *out = table_head(a, request, list_meta), *rows = value_list(a);
    for (size_t i = 0; i < count; i++)
        value_push(a, rows, table_row(a, request, objects[i]));
    value_set(a, out, SV("rows"), rows);
    return out;
}
