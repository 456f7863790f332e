/* Field numbers: openapiv2/OpenAPIv2.proto of gnostic, checked against an answer of 1.20.2. */
#include "pocket/show/openapi.h"

enum { BYTES = 2 }; /* the wire type of texts and messages */

static void add_varint(struct str *out, uint64_t n)
{
    for (; n >= 128; n >>= 7)
        str_addc(out, (char)(unsigned char)(n | 128));
    str_addc(out, (char)(unsigned char)n);
}

static void add_bytes(struct str *out, unsigned field, struct sv bytes)
{
    add_varint(out, (uint64_t)field << 3 | BYTES);
    add_varint(out, bytes.len);
    str_addv(out, bytes);
}

typedef void write_fn(struct str *out, const struct doc_node *node);

static void add_message(struct str *out, unsigned field, const struct doc_node *node,
                        write_fn *write)
{
    _cleanup_str_ struct str inner;
    str_init(&inner, 0);
    write(&inner, node);
    out->failed = out->failed || inner.failed;
    add_bytes(out, field, str_sv(&inner));
}

/* Each pair as a message of name (1) and value (2). */
static void add_named(struct str *out, unsigned field, const struct doc_node *map, write_fn *write)
{
    doc_each_pair(p, map) {
        _cleanup_str_ struct str entry;
        str_init(&entry, 0);
        add_bytes(&entry, 1, p->key->text);
        add_message(&entry, 2, p->value, write);
        out->failed = out->failed || entry.failed;
        add_bytes(out, field, str_sv(&entry));
    }
}

static void add_text(struct str *out, unsigned field, const struct doc_node *map, const char *key)
{
    struct sv text = doc_get_string(map, key);
    if (text.ptr)
        add_bytes(out, field, text);
}

/* Any: its value as YAML, of which JSON is a part. */
static void write_any(struct str *out, const struct doc_node *value)
{
    _cleanup_str_ struct str text;
    str_init(&text, 0);
    out->failed = !value_write(value, &text) || out->failed;
    str_addc(&text, '\n');
    add_bytes(out, 2, str_sv(&text));
}

/* The x-… keys of a map. */
static void add_extensions(struct str *out, unsigned field, const struct doc_node *map)
{
    doc_each_pair(p, map) {
        if (!sv_starts(p->key->text, "x-"))
            continue;
        _cleanup_str_ struct str entry;
        str_init(&entry, 0);
        add_bytes(&entry, 1, p->key->text);
        add_message(&entry, 2, p->value, write_any);
        out->failed = out->failed || entry.failed;
        add_bytes(out, field, str_sv(&entry));
    }
}

static void write_schema(struct str *out, const struct doc_node *schema);

static void write_one_schema(struct str *out, const struct doc_node *schema)
{
    add_message(out, 1, schema, write_schema);
}

static void write_type(struct str *out, const struct doc_node *type)
{
    add_bytes(out, 1, doc_string(type));
}

static void write_properties(struct str *out, const struct doc_node *properties)
{
    add_named(out, 1, properties, write_schema);
}

static void write_schema(struct str *out, const struct doc_node *schema)
{
    const struct doc_node *more = doc_get(schema, "additionalProperties");
    add_text(out, 1, schema, "$ref");
    add_text(out, 2, schema, "format");
    add_text(out, 4, schema, "description");
    doc_each_item(name, doc_get(schema, "required"))
        add_bytes(out, 19, doc_string(name));
    if (more && more->type == DOC_MAP)
        add_message(out, 21, more, write_one_schema);
    if (doc_get_string(schema, "type").ptr)
        add_message(out, 22, doc_get(schema, "type"), write_type);
    if (doc_get(schema, "items"))
        add_message(out, 23, doc_get(schema, "items"), write_one_schema);
    if (doc_get(schema, "properties"))
        add_message(out, 25, doc_get(schema, "properties"), write_properties);
    add_extensions(out, 31, schema);
}

static void write_query(struct str *out, const struct doc_node *parameter)
{
    add_text(out, 2, parameter, "in");
    add_text(out, 4, parameter, "name");
    add_text(out, 6, parameter, "type");
}

static void write_non_body(struct str *out, const struct doc_node *parameter)
{
    add_message(out, 3, parameter, write_query);
}

static void write_parameter(struct str *out, const struct doc_node *parameter)
{
    add_message(out, 2, parameter, write_non_body);
}

static void write_parameter_item(struct str *out, const struct doc_node *parameter)
{
    add_message(out, 1, parameter, write_parameter);
}

static void write_description(struct str *out, const struct doc_node *response)
{
    add_text(out, 1, response, "description");
}

static void write_response(struct str *out, const struct doc_node *response)
{
    add_message(out, 1, response, write_description);
}

static void write_responses(struct str *out, const struct doc_node *responses)
{
    add_named(out, 1, responses, write_response);
}

static void write_operation(struct str *out, const struct doc_node *operation)
{
    doc_each_item(parameter, doc_get(operation, "parameters"))
        add_message(out, 8, parameter, write_parameter_item);
    add_message(out, 9, doc_get(operation, "responses"), write_responses);
    add_extensions(out, 13, operation);
}

static void write_path(struct str *out, const struct doc_node *path)
{
    if (doc_get(path, "patch"))
        add_message(out, 8, doc_get(path, "patch"), write_operation);
}

static void write_paths(struct str *out, const struct doc_node *paths)
{
    add_named(out, 2, paths, write_path);
}

static void write_info(struct str *out, const struct doc_node *info)
{
    add_text(out, 1, info, "title");
    add_text(out, 2, info, "version");
}

void openapi_v2_protobuf(const struct doc_node *document, struct str *out)
{
    add_text(out, 1, document, "swagger");
    add_message(out, 2, doc_get(document, "info"), write_info);
    add_message(out, 8, doc_get(document, "paths"), write_paths);
    add_message(out, 9, doc_get(document, "definitions"), write_properties);
}
