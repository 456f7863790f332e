/* Prints what src/cloud/ knows of AWS's operations as JSON, for tests/unit/check_shapes.py. */
#include "cloud/op.h"

#include <stdio.h>

static const char *const kinds[] = {
    [SHAPE_TEXT] = "text",   [SHAPE_INT] = "int",     [SHAPE_NUMBER] = "number",
    [SHAPE_BOOL] = "bool",   [SHAPE_TIME] = "time",   [SHAPE_STRUCT] = "struct",
    [SHAPE_TEXTS] = "texts", [SHAPE_PAIRS] = "pairs", [SHAPE_STRUCTS] = "structs",
    [SHAPE_KEYED] = "keyed",
};
static const char *const places[] = {"body", "path", "query"};
static const char *const protocols[] = {"json", "json", "query", "ec2", "rest-json"};

static void put_shape(const struct cloud_op *op, const struct shape *s, bool answer,
                      struct jsonw *w);

static void put_field(const struct cloud_op *op, const struct shape_field *f, bool answer,
                      struct jsonw *w)
{
    _cleanup_str_ struct str wire = {0};
    enum shape_dialect dialect =
        op->service->protocol == AWS_EC2 ? SHAPE_DIALECT_EC2 : SHAPE_DIALECT_QUERY;
    shape_wire(f, dialect, answer, &wire);
    jsonw_object(w);
    jsonw_kv_str(w, "wire", str_c(&wire));
    jsonw_kv_str(w, "kind", kinds[f->kind]);
    jsonw_kv_str(w, "place", places[f->place]);
    if (f->values) {
        jsonw_key(w, "values");
        jsonw_array(w);
        for (const char *const *v = f->values; *v; v++)
            jsonw_str(w, *v);
        jsonw_array_end(w);
    }
    if (f->of) {
        jsonw_key(w, "members");
        put_shape(op, f->of, answer, w);
    }
    jsonw_object_end(w);
}

static void put_shape(const struct cloud_op *op, const struct shape *s, bool answer,
                      struct jsonw *w)
{
    jsonw_object(w);
    for (unsigned i = 0; s && i < s->count; i++) {
        jsonw_key(w, s->fields[i].name);
        put_field(op, &s->fields[i], answer, w);
    }
    jsonw_object_end(w);
}

static void put_op(const struct cloud_op *op, struct jsonw *w)
{
    jsonw_object(w);
    jsonw_kv_str(w, "signing", op->service->signing);
    jsonw_kv_str(w, "host", op->service->endpoint);
    jsonw_kv_str(w, "protocol", protocols[op->service->protocol]);
    jsonw_kv_str(w, "version", op->service->version);
    jsonw_kv_str(w, "action", op->action);
    jsonw_kv_str(w, "method", op->method);
    jsonw_kv_str(w, "path", op->path);
    jsonw_kv_str(w, "token", op->token);
    jsonw_kv_str(w, "page_in", op->paging ? op->paging->in : NULL);
    jsonw_kv_str(w, "page_out", op->paging ? op->paging->out : NULL);
    jsonw_kv_bool(w, "page_in_body", op->paging && op->paging->in_body);
    jsonw_key(w, "in");
    put_shape(op, op->in, false, w);
    jsonw_key(w, "out");
    put_shape(op, op->out, true, w);
    jsonw_object_end(w);
}

int main(void)
{
    _cleanup_str_ struct str out = {0};
    struct jsonw w;
    jsonw_init(&w, &out, 1);
    jsonw_array(&w);
    for (unsigned i = 0; i < cloud_op_count; i++)
        put_op(cloud_ops[i], &w);
    jsonw_array_end(&w);
    puts(str_c(&out));
    return str_ok(&out) ? 0 : 1;
}
