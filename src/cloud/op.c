#include "cloud/op.h"

#include "net/http_url.h"

/* --- what is asked ------------------------------------------------------------------------- */

static const struct shape_field *find_place(const struct shape *s, enum shape_place place,
                                            struct sv wire)
{
    for (unsigned i = 0; s && i < s->count; i++) {
        const struct shape_field *f = &s->fields[i];
        if (f->place == place && sv_is(wire, f->wire ? f->wire : f->name))
            return f;
    }
    return NULL;
}

/* "/clusters/{name}" with the names put in. What would reach another path is refused. */
static int format_path(const struct cloud_op *op, const void *in, struct str *out, struct err *err)
{
    for (const char *at = op->path; *at;) {
        size_t plain = strcspn(at, "{");
        str_add(out, at, plain);
        at += plain;
        if (!*at)
            break;
        size_t len = strcspn(at, "}");
        const struct shape_field *f = find_place(op->in, SHAPE_PATH, sv_n(at + 1, len - 1));
        if (!f)
            return err_set(err, ERR_BUG, "%s: no member for %s", op->action, at);
        const char *value = *(const char *const *)((const char *)in + f->offset);
        if (!value || !*value || strcmp(value, ".") == 0 || strcmp(value, "..") == 0)
            return err_set(err, ERR_USAGE, "%s: %s is '%s'", op->action, f->name,
                           value ? value : "");
        http_escape(out, sv_of(value), "");
        at += len + (at[len] == '}');
    }
    return 0;
}

static void add_query(struct str *out, const char *name, struct sv value)
{
    str_addf(out, "%s%s=", out->len ? "&" : "", name);
    http_escape(out, value, "");
}

static void format_query(const struct shape *s, const void *in, struct str *out)
{
    for (unsigned i = 0; s && i < s->count; i++) {
        const struct shape_field *f = &s->fields[i];
        const void *at = (const char *)in + f->offset;
        const char *name = f->wire ? f->wire : f->name;
        if (f->place != SHAPE_QUERY || !shape_given(f, in))
            continue;
        if (f->kind == SHAPE_TEXTS)
            shape_each(text, (const struct shape_texts *)at)
                add_query(out, name, sv_of(*text));
        else
            add_query(out, name, sv_of(*(const char *const *)at));
    }
}

static bool has_body(const struct cloud_op *op)
{
    for (unsigned i = 0; op->in && i < op->in->count; i++)
        if (op->in->fields[i].place == SHAPE_BODY)
            return true;
    return op->paging && op->paging->in_body;
}

static void format_body(const struct cloud_op *op, const void *in, struct str *out)
{
    switch (op->service->protocol) {
    case AWS_REST_JSON:
        if (has_body(op))
            shape_to_json(op->in, in, out);
        break;
    case AWS_JSON_1_0:
    case AWS_JSON_1_1:
        if (op->in)
            shape_to_json(op->in, in, out);
        break;
    case AWS_QUERY:
        if (op->in)
            shape_to_form(op->in, SHAPE_DIALECT_QUERY, in, out);
        break;
    case AWS_EC2:
        if (op->in)
            shape_to_form(op->in, SHAPE_DIALECT_EC2, in, out);
        break;
    }
}

/* --- what is answered ---------------------------------------------------------------------- */

struct taking {
    const struct cloud_op *op;
    struct arena *arena;
    void *out;
};

static int understand(const struct taking *t, const struct aws_answer *a, struct err *err)
{
    const struct cloud_op *op = t->op;
    char result[160];
    int failed;
    if (!op->out)
        return 0;
    if (op->service->protocol == AWS_EC2) {
        failed = shape_from_xml(op->out, SHAPE_DIALECT_EC2, a->xml, t->arena, t->out, err);
    } else if (op->service->protocol == AWS_QUERY) {
        snprintf(result, sizeof result, "%sResult", op->action);
        failed = shape_from_xml(op->out, SHAPE_DIALECT_QUERY, aws_xml_get(a->xml, result), t->arena,
                                t->out, err);
    } else {
        failed = shape_from_json(op->out, a->json, t->arena, t->out, err);
    }
    return failed
               ? err_wrap(err, "%s: %s: the answer is not understood", op->service->iam, op->action)
               : 0;
}

static bool take_page(void *ctx, const struct aws_answer *a, struct err *err)
{
    return understand(ctx, a, err) == 0;
}

static const struct shape_field *find_member(const struct cloud_op *op, const char *name)
{
    for (unsigned i = 0; name && i < op->in->count; i++)
        if (strcmp(op->in->fields[i].name, name) == 0)
            return &op->in->fields[i];
    return NULL;
}

static bool has_token(const struct cloud_op *op, const void *in)
{
    const struct shape_field *token = find_member(op, op->token);
    return token && shape_given(token, in);
}

static unsigned wait_ms(const struct cloud_op *op, const void *in)
{
    const struct shape_field *wait = find_member(op, op->wait);
    return wait ? (unsigned)((const struct shape_int *)((const char *)in + wait->offset))->n * 1000
                : 0;
}

int cloud_op_call(struct aws_client *c, const struct cloud_op *op, const void *in,
                  struct arena *arena, void *out, struct err *err)
{
    _cleanup_str_ struct str body = {0}, path = {0}, query = {0};
    _cleanup_aws_answer_ struct aws_answer answer = {0};
    struct taking taking = {op, arena, out};
    if (op->path && format_path(op, in, &path, err))
        return -1;
    format_query(op->in, in, &query);
    format_body(op, in, &body);
    if (!str_ok(&body) || !str_ok(&path) || !str_ok(&query))
        return err_nomem(err, op->action);
    const struct aws_call call = {.service = op->service,
                                  .action = op->action,
                                  .body = body.len ? str_sv(&body) : SV_NONE,
                                  .method = op->method,
                                  .path = op->path ? str_c(&path) : NULL,
                                  .query = query.len ? str_c(&query) : NULL,
                                  .idempotent = op->repeats || has_token(op, in),
                                  .held_ms = wait_ms(op, in)};
    if (op->paging)
        return aws_client_each_page(c, &call, op->paging, take_page, &taking, err);
    if (aws_client_call(c, &call, &answer, err))
        return -1;
    return understand(&taking, &answer, err);
}
