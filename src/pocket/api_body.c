/* Bodies of requests: their media types, and the fields that nobody knows. */
#include "base/must.h"
#include "pocket/api_internal.h"
#include "pocket/patch/patch.h"
#include "pocket/proto.h"

#define FIELDS_FROM 25 /* the minor version that checks fields itself */

static bool type_is(const struct api_call *call, const char *type)
{
    struct sv rest = call->request->content_type;
    return sv_is(sv_trim(sv_split(&rest, ';')), type);
}

static bool known_type(const struct api_call *call)
{
    return !call->request->content_type.len || type_is(call, "application/json") ||
           type_is(call, "application/yaml") || type_is(call, "*/*") ||
           type_is(call, "application/vnd.kubernetes.protobuf");
}

static struct doc_node *protobuf(struct api_call *call)
{
    struct err err = {0};
    struct doc_node *object = proto_parse(&call->arena, call->request->body, &err);
    if (!object)
        api_fail(call, 400, NULL, "%s", err.msg);
    return object;
}

/* What a body says it is; without a word the kind of the request's path. */
struct identity {
    struct sv api_version, kind;
};

static struct identity identity_of(struct api_call *call, const struct doc_node *body)
{
    char expected[320];
    struct identity id = {doc_get_string(body, "apiVersion"), doc_get_string(body, "kind")};
    bool own = call->kind && !call->sub.len;
    if (!id.api_version.len && own)
        id.api_version =
            sv_of(mem_must(arena_dup(&call->arena, sv_of(kind_api_version(call->kind, expected)))));
    if (!id.kind.len && own)
        id.kind = sv_of(call->kind->kind);
    return id;
}

static bool refuse_body(struct api_call *call, const struct identity *id, const char *why)
{
    struct sv rest = id->api_version, group = sv_split(&rest, '/');
    return api_fail(call, 400, NULL, "%.*s in version \"%.*s\" cannot be handled as a %.*s: %s",
                    SV_ARG(id->kind), SV_ARG(rest.ptr ? rest : group), SV_ARG(id->kind), why);
}

/* Tells of what was found in the body. False: answered. */
static bool heed(struct api_call *call, const struct identity *id, const struct fields_report *r)
{
    _cleanup_str_ struct str text = {0};
    if (r->wrong)
        return refuse_body(call, id, r->wrong);
    if (api_fields_mode(call) != API_FIELDS_STRICT || !r->faults.len) {
        api_fields_warn(call, r);
        return true;
    }
    api_fields_text(r, &text);
    return refuse_body(call, id, str_c(&text));
}

static bool own_custom(const struct api_call *call)
{
    return call->kind && call->kind->custom && !sv_is(call->sub, "scale");
}

/* The body without the fields its kind does not have. NULL: answered. */
static struct doc_node *checked_body(struct api_call *call, const struct doc_node *root)
{
    struct identity id = identity_of(call, root);
    struct outline outline = outline_of_kind(id.api_version, id.kind);
    struct doc_node *object = value_clone(&call->arena, root);
    struct fields_report report;
    fields_check(&call->arena, &outline, root, &report);
    if (own_custom(call))
        api_prune_custom(call, object, &report);
    if (heed(call, &id, &report))
        fields_prune(&outline, object);
    else
        object = NULL;
    fields_report_release(&report);
    return object;
}

static struct doc_node *text_body(struct api_call *call, bool checked)
{
    _cleanup_doc_ struct doc_file file = {0};
    struct err err = {0};
    int failed = doc_parse(&file, "body", call->request->body, NULL, &err);
    const struct doc_node *root = file.part_count == 1 ? file.parts[0].root : NULL;
    if (!failed && !file.error_count && root)
        return checked ? checked_body(call, root) : value_clone(&call->arena, root);
    if (patch_type_of(call->request->content_type) == PATCH_MERGE)
        api_fail(call, 400, NULL, "Invalid JSON Patch");
    else
        api_fail(call, 400, NULL, "error decoding the body: %s",
                 file.error_count ? file.errors[0].message
                 : failed         ? err.msg
                                  : "it is empty");
    return NULL;
}

struct doc_node *api_parse_body(struct api_call *call, bool checked)
{
    if (proto_is(call->request->body))
        return protobuf(call);
    return text_body(call, checked);
}

/* The kind stands in the text for what the request's path says: fields are checked by it. */
static bool says_kind(struct api_call *call, struct doc_node *object)
{
    char expected[320];
    struct sv api_version = doc_get_string(object, "apiVersion");
    struct sv kind = doc_get_string(object, "kind");
    kind_api_version(call->kind, expected);
    if (object->type != DOC_MAP || (kind.len && !sv_is(kind, call->kind->kind)) ||
        (api_version.len && !sv_is(api_version, expected)))
        return api_fail(call, 400, NULL,
                        "%.*s in version \"%.*s\" cannot be handled as a %s: expected %s of %s",
                        SV_ARG(kind), SV_ARG(api_version), call->kind->kind, call->kind->kind,
                        expected);
    value_set_text(&call->arena, object, "apiVersion", sv_of(expected));
    value_set_text(&call->arena, object, "kind", sv_of(call->kind->kind));
    return true;
}

struct doc_node *api_body(struct api_call *call)
{
    if (!known_type(call)) {
        api_fail(call, 415, NULL,
                 "the body of the request was in an unknown format - accepted media types include: "
                 "application/json, application/yaml, application/vnd.kubernetes.protobuf");
        return NULL;
    }
    struct doc_node *object = api_parse_body(call, true);
    return object && says_kind(call, object) ? object : NULL;
}

/* ---- fieldValidation ---- */

enum api_fields api_fields_mode(const struct api_call *call)
{
    struct sv mode = api_param(call, "fieldValidation");
    if (call->api->minor < FIELDS_FROM || sv_is(mode, "Ignore"))
        return API_FIELDS_IGNORE;
    return sv_is(mode, "Strict") ? API_FIELDS_STRICT : API_FIELDS_WARN;
}

void api_fields_text(const struct fields_report *r, struct str *out)
{
    str_adds(out, "strict decoding error: ");
    for (size_t i = 0; i < r->faults.len; i++)
        str_addf(out, "%s%s", i ? ", " : "", r->faults.items[i]);
}

void api_fields_warn(struct api_call *call, const struct fields_report *r)
{
    if (api_fields_mode(call) != API_FIELDS_WARN)
        return;
    vec_foreach(fault, &r->faults) {
        str_adds(&call->answer->headers, "Warning: 299 - \"");
        for (const char *c = *fault; *c; c++)
            if (*c == '"' || *c == '\\')
                str_addf(&call->answer->headers, "\\%c", *c);
            else
                str_addc(&call->answer->headers, (unsigned char)*c < ' ' ? ' ' : *c);
        str_adds(&call->answer->headers, "\"\r\n");
    }
}

bool api_fields_param(struct api_call *call)
{
    static const char *const known[] = {"", "Ignore", "Strict", "Warn"};
    struct sv mode = api_param(call, "fieldValidation");
    bool post = sv_is(call->request->method, "POST"), put = sv_is(call->request->method, "PUT");
    for (size_t i = 0; i < ARRAY_LEN(known); i++)
        if (!mode.ptr || sv_is(mode, known[i]))
            return true;
    if (call->api->minor < FIELDS_FROM)
        return true;
    return api_fail(call, 422, NULL,
                    "%sOptions.meta.k8s.io \"\" is invalid: fieldValidation: Unsupported value: "
                    "\"%.*s\": supported values: \"\", \"Ignore\", \"Strict\", \"Warn\"",
                    post  ? "Create"
                    : put ? "Update"
                          : "Patch",
                    SV_ARG(mode));
}

/* ---- patches: the result is checked, in words about the patch ---- */

/* A text as Go's %q has it. */
static void quote(struct sv text, struct str *out)
{
    str_addc(out, '"');
    for (size_t i = 0; i < text.len; i++)
        if (text.ptr[i] == '"' || text.ptr[i] == '\\')
            str_addf(out, "\\%c", text.ptr[i]);
        else
            str_addc(out, text.ptr[i]);
    str_addc(out, '"');
}

static bool refuse_patch(struct api_call *call, struct sv shown, const char *why)
{
    _cleanup_str_ struct str cause = {0}, message = {0}, details = {0};
    str_adds(&cause, "Invalid value: ");
    quote(shown, &cause);
    str_addf(&cause, ": %s", why);
    str_addf(&message, " \"\" is invalid: patch: %s", str_c(&cause));
    const struct patch_cause one = {"FieldValueInvalid", str_c(&cause), "patch"};
    api_causes_details(&one, 1, &details);
    return api_fail_details(call, 422, NULL, str_c(&message), str_sv(&details));
}

/* What the words show: the result of JSON patches, the patch of strategic ones as Go prints it. */
static struct sv patch_shown(struct api_call *call, const struct doc_node *patch,
                             const struct doc_node *now)
{
    if (patch_type_of(call->request->content_type) != PATCH_STRATEGIC)
        return value_json(&call->arena, now);
    _cleanup_doc_ struct doc_file sorted = {0};
    _cleanup_str_ struct str text = {0};
    struct err err = {0};
    if (doc_parse_json(&sorted, "patch", value_json(&call->arena, patch), NULL, &err) == 0 &&
        sorted.part_count)
        fields_print_go(sorted.parts[0].root, &text);
    return sv_of(mem_must(arena_dup(&call->arena, str_sv(&text))));
}

bool api_patch_fields(struct api_call *call, const struct outline *outline,
                      const struct doc_node *patch, struct doc_node *now)
{
    struct fields_report report;
    _cleanup_str_ struct str why = {0};
    fields_check(&call->arena, outline, now, &report);
    if (own_custom(call))
        api_prune_custom(call, now, &report);
    bool strict = api_fields_mode(call) == API_FIELDS_STRICT && report.faults.len, ok = true;
    if (report.wrong)
        ok = refuse_patch(call, patch_shown(call, patch, now), report.wrong);
    else if (strict) {
        api_fields_text(&report, &why);
        ok = refuse_patch(call, patch_shown(call, patch, now), str_c(&why));
    } else {
        api_fields_warn(call, &report);
        fields_prune(outline, now);
    }
    fields_report_release(&report);
    return ok;
}
