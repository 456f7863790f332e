/* Answers and errors in the words of each protocol. */
#include "base/jsonw.h"
#include "base/markup.h"
#include "base/must.h"
#include "pocket/aws/request.h"

int service_refuse(struct service_call *c, int status, const char *code, const char *fmt, ...)
{
    _cleanup_str_ struct str text = {0};
    va_list ap;
    va_start(ap, fmt);
    str_vaddf(&text, fmt, ap);
    va_end(ap);
    c->status = status;
    c->code = code;
    c->message = mem_must(arena_dup(c->arena, str_sv(&text)));
    return -1;
}

/* --- what the framework refuses ------------------------------------------------------------ */

struct words {
    int status;
    const char *code, *text; /* %s: what request_refuse was given */
};
enum family { OF_EC2, OF_QUERY, OF_JSON, OF_REST, FAMILIES };

static const struct words table[][FAMILIES] = {
    [REQUEST_NO_KEYS] =
        {{400, "MissingParameter", "The request must contain the parameter AWSAccessKeyId"},
         {403, "MissingAuthenticationToken", "Request is missing Authentication Token"},
         {400, "MissingAuthenticationTokenException", "Missing Authentication Token"},
         {403, "MissingAuthenticationTokenException", "Missing Authentication Token"}},
    [REQUEST_UNKNOWN_KEYS] = {{401, "AuthFailure",
                               "AWS was not able to validate the provided access credentials"},
                              {403, "InvalidClientTokenId",
                               "The security token included in the request is invalid."},
                              {400, "UnrecognizedClientException",
                               "The security token included in the request is invalid."},
                              {403, "UnrecognizedClientException",
                               "The security token included in the request is invalid."}},
    [REQUEST_BAD_SCOPE] = {{401, "AuthFailure", "%s"},
                           {403, "SignatureDoesNotMatch", "%s"},
                           {400, "InvalidSignatureException", "%s"},
                           {403, "InvalidSignatureException", "%s"}},
    [REQUEST_BAD_DATE] = {{401, "AuthFailure", "%s"},
                          {403, "SignatureDoesNotMatch", "%s"},
                          {400, "InvalidSignatureException", "%s"},
                          {403, "InvalidSignatureException", "%s"}},
    [REQUEST_EXPIRED] =
        {{400, "RequestExpired", "Request has expired."},
         {403, "ExpiredToken", "The security token included in the request is expired"},
         {400, "ExpiredTokenException", "The security token included in the request is expired"},
         {403, "ExpiredTokenException", "The security token included in the request is expired"}},
    [REQUEST_DENIED] = {{403, "UnauthorizedOperation",
                         "You are not authorized to perform this operation. %s"},
                        {403, "AccessDenied", "%s"},
                        {400, "AccessDeniedException", "%s"},
                        {403, "AccessDeniedException", "%s"}},
    [REQUEST_THROTTLED] = {{503, "RequestLimitExceeded", "Request limit exceeded."},
                           {400, "Throttling", "Rate exceeded"},
                           {400, "ThrottlingException", "Rate exceeded"},
                           {429, "ThrottlingException", "Rate exceeded"}},
    [REQUEST_NO_ACTION] = {{400, "InvalidAction",
                            "The action %s is not valid for this web service."},
                           {400, "InvalidAction", "Could not find operation %s"},
                           {400, "UnknownOperationException", NULL},
                           {403, "MissingAuthenticationTokenException",
                            "Missing Authentication Token"}},
    [REQUEST_MISSING] = {{400, "MissingParameter", "The request must contain the parameter %s"},
                         {400, "ValidationError",
                          "1 validation error detected: Value null at '%s' failed to satisfy "
                          "constraint: Member must not be null"},
                         {400, "ValidationException",
                          "1 validation error detected: Value null at '%s' failed to satisfy "
                          "constraint: Member must not be null"},
                         {400, "InvalidParameterException", "%s is required"}},
    [REQUEST_MALFORMED] = {{400, "InvalidParameterValue", "%s"},
                           {400, "MalformedInput", "%s"},
                           {400, "SerializationException", "%s"},
                           {400, "SerializationException", "%s"}},
    [REQUEST_BAD_TOKEN] = {{400, "InvalidNextToken", "The token is invalid"},
                           {400, "InvalidNextToken", "The token is invalid"},
                           {400, "InvalidPaginationTokenException", "Invalid token"},
                           {400, "InvalidParameterException", "Invalid nextToken"}},
};

static enum family family_of(const struct aws_service *api)
{
    switch (api->protocol) {
    case AWS_EC2:
        return OF_EC2;
    case AWS_QUERY:
        return OF_QUERY;
    case AWS_REST_JSON:
        return OF_REST;
    default:
        return OF_JSON;
    }
}

int request_refuse(struct request *r, enum request_trouble t, const char *text)
{
    const struct words *w = &table[t][family_of(r->api)];
    const char *gap = w->text ? strstr(w->text, "%s") : NULL;
    if (!gap)
        return service_refuse(&r->call, w->status, w->code, "%s", w->text ? w->text : "");
    return service_refuse(&r->call, w->status, w->code, "%.*s%s%s", (int)(gap - w->text), w->text,
                          text ? text : "", gap + 2);
}

/* --- documents ----------------------------------------------------------------------------- */

static void add_element(struct str *out, const char *name, const char *text)
{
    str_addf(out, "<%s>", name);
    markup_html(out, text);
    str_addf(out, "</%s>", name);
}

static void ec2_error(const struct request *r, struct str *out)
{
    str_adds(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Response><Errors><Error>");
    add_element(out, "Code", r->call.code);
    add_element(out, "Message", r->call.message);
    str_addf(out, "</Error></Errors><RequestID>%s</RequestID></Response>", r->id);
}

static const char *fault_of(const struct request *r)
{
    return r->call.status < 500 ? "Sender" : "Receiver";
}

static const char *query_code(const struct request *r)
{
    const struct service_code *c = r->service->query_codes;
    while (c && c->code && strcmp(c->code, r->call.code) != 0)
        c++;
    return c && c->code ? c->in_query : r->call.code;
}

static void query_error(const struct request *r, struct str *out)
{
    str_addf(out, "<ErrorResponse xmlns=\"%s\"><Error><Type>%s</Type>", r->service->xmlns,
             fault_of(r));
    add_element(out, "Code", query_code(r));
    add_element(out, "Message", r->call.message);
    str_addf(out, "</Error><RequestId>%s</RequestId></ErrorResponse>", r->id);
}

/* REST says the code in a header. */
static void json_error(const struct request *r, struct str *out)
{
    struct jsonw w;
    jsonw_init(&w, out, 0);
    jsonw_object(&w);
    if (r->api->protocol != AWS_REST_JSON) {
        _cleanup_str_ struct str type = {0};
        const char *prefix = r->service->error_prefix;
        str_addf(&type, "%s%s", prefix ? prefix : "", r->call.code);
        jsonw_kv_str(&w, "__type", str_c(&type));
    }
    if (r->call.details) {
        str_addf(out, "%s%s", w.has_items[0] ? "," : "", r->call.details);
        w.has_items[0] = true;
    }
    if (*r->call.message)
        jsonw_kv_str(&w, "message", r->call.message);
    jsonw_object_end(&w);
}

static void ec2_answer(const struct request *r, struct str *out)
{
    str_addf(out,
             "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<%sResponse xmlns=\"%s\"><requestId>%s"
             "</requestId>",
             r->name, r->service->xmlns, r->id);
    if (r->out)
        shape_to_xml(r->out, SHAPE_DIALECT_EC2, r->call.out, out);
    else
        str_adds(out, "<return>true</return>");
    str_addf(out, "</%sResponse>", r->name);
}

static void query_answer(const struct request *r, struct str *out)
{
    const char *name = r->name;
    str_addf(out, "<%sResponse xmlns=\"%s\">", name, r->service->xmlns);
    if (r->out) {
        str_addf(out, "<%sResult>", name);
        shape_to_xml(r->out, request_dialect(r), r->call.out, out);
        str_addf(out, "</%sResult>", name);
    }
    str_addf(out, "<ResponseMetadata><RequestId>%s</RequestId></ResponseMetadata></%sResponse>",
             r->id, name);
}

static void json_answer(const struct request *r, struct str *out)
{
    if (r->out && r->service->omits_empty)
        shape_to_json(r->out, r->call.out, out);
    else if (r->out)
        shape_to_answer(r->out, r->call.out, out);
    else
        str_addv(out, r->call.answer.ptr ? r->call.answer : SV("{}"));
}

static const char *content_type(const struct aws_service *api)
{
    switch (api->protocol) {
    case AWS_EC2:
    case AWS_QUERY:
        return "text/xml;charset=UTF-8";
    case AWS_JSON_1_0:
        return "application/x-amz-json-1.0";
    case AWS_JSON_1_1:
        return "application/x-amz-json-1.1";
    default:
        return "application/json";
    }
}

void request_answer(struct request *r, struct pocket_aws_answer *answer)
{
    static void (*const answers[])(const struct request *,
                                   struct str *) = {[OF_EC2] = ec2_answer,
                                                    [OF_QUERY] = query_answer,
                                                    [OF_JSON] = json_answer,
                                                    [OF_REST] = json_answer};
    static void (*const errors[])(const struct request *, struct str *) = {[OF_EC2] = ec2_error,
                                                                           [OF_QUERY] = query_error,
                                                                           [OF_JSON] = json_error,
                                                                           [OF_REST] = json_error};
    enum family family = family_of(r->api);
    answer->status = r->call.code ? r->call.status : 200;
    (r->call.code ? errors : answers)[family](r, &answer->body);
    str_addf(&answer->headers, "Content-Type: %s\r\nx-amzn-RequestId: %s\r\n", content_type(r->api),
             r->id);
    if (r->call.code && family == OF_REST)
        str_addf(&answer->headers, "x-amzn-ErrorType: %s\r\n", r->call.code);
    if (r->call.code && family == OF_JSON && r->service->query_api)
        str_addf(&answer->headers, "x-amzn-query-error: %s;%s\r\n", query_code(r), fault_of(r));
}
