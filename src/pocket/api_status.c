#include "base/jsonw.h"
#include "base/must.h"
#include "pocket/api_internal.h"

static const struct {
    int code;
    const char *reason;
} reasons[] = {
    {400, "BadRequest"},
    {401, "Unauthorized"},
    {403, "Forbidden"},
    {404, "NotFound"},
    {405, "MethodNotAllowed"},
    {406, "NotAcceptable"},
    {409, "Conflict"},
    {410, "Expired"},
    {413, "RequestEntityTooLarge"},
    {415, "UnsupportedMediaType"},
    {422, "Invalid"},
    {429, "TooManyRequests"},
    {500, "InternalError"},
    {503, "ServiceUnavailable"},
    {504, "Timeout"},
};

static const char *reason_of(int code)
{
    for (size_t i = 0; i < ARRAY_LEN(reasons); i++)
        if (reasons[i].code == code)
            return reasons[i].reason;
    return "";
}

static void begin_status(struct jsonw *w, struct str *out, const char *status)
{
    jsonw_init(w, out, 0);
    jsonw_object(w);
    jsonw_kv_str(w, "kind", "Status");
    jsonw_kv_str(w, "apiVersion", "v1");
    jsonw_key(w, "metadata");
    jsonw_object(w);
    jsonw_object_end(w);
    jsonw_kv_str(w, "status", status);
}

void api_status_write(struct str *out, int code, const char *reason, const char *message,
                      struct sv details)
{
    struct jsonw w;
    begin_status(&w, out, "Failure");
    jsonw_kv_str(&w, "message", message);
    jsonw_kv_str(&w, "reason", reason ? reason : reason_of(code));
    if (details.ptr) {
        jsonw_key(&w, "details");
        jsonw_raw(&w, details);
    }
    jsonw_kv_int(&w, "code", code);
    jsonw_object_end(&w);
}

bool api_fail_details(struct api_call *call, int code, const char *reason, const char *message,
                      struct sv details)
{
    str_reset(&call->answer->body);
    call->answer->status = code;
    call->answer->content_type = "application/json";
    api_status_write(&call->answer->body, code, reason, message, details);
    str_addc(&call->answer->body, '\n');
    return false;
}

static void details_open(const struct api_call *call, struct jsonw *w, struct str *out,
                         bool by_kind)
{
    jsonw_init(w, out, 0);
    jsonw_object(w);
    if (call->name.len)
        jsonw_kv_sv(w, "name", call->name);
    if (call->kind && call->kind->group[0])
        jsonw_kv_str(w, "group", call->kind->group);
    if (call->kind)
        jsonw_kv_str(w, "kind", by_kind ? call->kind->kind : call->kind->plural);
}

static bool fail_text(struct api_call *call, int code, const char *reason, const char *message,
                      unsigned retry_after)
{
    _cleanup_str_ struct str details = {0};
    struct jsonw w;
    details_open(call, &w, &details, false);
    if (retry_after) {
        jsonw_kv_int(&w, "retryAfterSeconds", retry_after);
        str_addf(&call->answer->headers, "Retry-After: %u\r\n", retry_after);
    }
    jsonw_object_end(&w);
    return api_fail_details(call, code, reason, message, code == 400 ? SV_NONE : str_sv(&details));
}

bool api_fail(struct api_call *call, int code, const char *reason, const char *fmt, ...)
{
    _cleanup_str_ struct str message = {0};
    va_list ap;
    va_start(ap, fmt);
    str_vaddf(&message, fmt, ap);
    va_end(ap);
    return fail_text(call, code, reason, str_c(&message), 0);
}

bool api_fail_refusal(struct api_call *call, const struct pocket_refusal *r)
{
    if (!r->details)
        return fail_text(call, r->code, r->reason, r->message, r->retry_after);
    if (r->retry_after)
        str_addf(&call->answer->headers, "Retry-After: %u\r\n", r->retry_after);
    return api_fail_details(call, r->code, r->reason, r->message, sv_of(r->details));
}

bool api_fail_not_found(struct api_call *call)
{
    char resource[320];
    return api_fail(call, 404, NULL, "%s \"%.*s\" not found", kind_resource(call->kind, resource),
                    SV_ARG(call->name));
}

bool api_forbid(struct api_call *call, const char *fmt, ...)
{
    _cleanup_str_ struct str why = {0};
    char resource[320];
    va_list ap;
    va_start(ap, fmt);
    str_vaddf(&why, fmt, ap);
    va_end(ap);
    return api_fail(call, 403, NULL, "%s \"%.*s\" is forbidden: %s",
                    kind_resource(call->kind, resource), SV_ARG(call->name), str_c(&why));
}

void api_add_cause(api_cause_vec *causes, const char *reason, const char *field,
                   const char *message)
{
    must_push(causes, (struct api_cause){reason, field, message});
}

static void write_cause(struct jsonw *w, const char *reason, const char *field, const char *message)
{
    jsonw_object(w);
    jsonw_kv_str(w, "reason", reason);
    jsonw_kv_str(w, "message", message);
    jsonw_kv_str(w, "field", field);
    jsonw_object_end(w);
}

static void write_causes(struct jsonw *w, const api_cause_vec *causes)
{
    jsonw_key(w, "causes");
    jsonw_array(w);
    vec_foreach(cause, causes)
        write_cause(w, cause->reason, cause->field, cause->message);
    jsonw_array_end(w);
}

void api_causes_details(const struct patch_cause *causes, size_t count, struct str *out)
{
    struct jsonw w;
    jsonw_init(&w, out, 0);
    jsonw_object(&w);
    if (count) {
        jsonw_key(&w, "causes");
        jsonw_array(&w);
    }
    for (size_t i = 0; i < count; i++)
        write_cause(&w, causes[i].reason, causes[i].field, causes[i].message);
    if (count)
        jsonw_array_end(&w);
    jsonw_object_end(&w);
}

bool api_fail_invalid(struct api_call *call, const api_cause_vec *causes)
{
    _cleanup_str_ struct str details = {0}, message = {0};
    struct jsonw w;
    details_open(call, &w, &details, true);
    write_causes(&w, causes);
    jsonw_object_end(&w);
    str_addf(&message, "%s%s%s \"%.*s\" is invalid: %s", call->kind->kind,
             call->kind->group[0] ? "." : "", call->kind->group, SV_ARG(call->name),
             causes->len > 1 ? "[" : "");
    vec_foreach(cause, causes)
        str_addf(&message, "%s%s: %s", cause == causes->items ? "" : ", ", cause->field,
                 cause->message);
    if (causes->len > 1)
        str_addc(&message, ']');
    return api_fail_details(call, 422, NULL, str_c(&message), str_sv(&details));
}

void api_answer_deleted(struct api_call *call, const struct doc_node *object)
{
    struct str *out = &call->answer->body;
    struct jsonw w;
    begin_status(&w, out, "Success");
    jsonw_key(&w, "details");
    jsonw_object(&w);
    jsonw_kv_sv(&w, "name", call->name);
    if (call->kind->group[0])
        jsonw_kv_str(&w, "group", call->kind->group);
    jsonw_kv_str(&w, "kind", call->kind->plural);
    jsonw_kv_sv(&w, "uid", api_meta(object, "uid"));
    jsonw_object_end(&w);
    jsonw_object_end(&w);
    str_addc(out, '\n');
    call->answer->status = 200;
    call->answer->content_type = "application/json";
}

void api_answer_node(struct api_call *call, int code, const struct doc_node *node)
{
    call->answer->status = code;
    call->answer->content_type = "application/json";
    if (!value_write(node, &call->answer->body))
        api_fail(call, 500, NULL, "the object is nested too deeply");
    else
        str_addc(&call->answer->body, '\n');
}
