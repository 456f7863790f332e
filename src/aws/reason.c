#include "aws/reason.h"

#include <stdio.h>

static void keep(char *out, size_t size, struct sv v)
{
    if (!out[0] && v.len)
        snprintf(out, size, "%.*s", SV_ARG(v));
}

/* "aws.protocol#Name:http://…" is Name. */
static struct sv bare_code(struct sv v)
{
    struct sv rest = v;
    struct sv code = sv_split(&rest, ':');
    const char *hash = code.len ? memchr(code.ptr, '#', code.len) : NULL;
    return hash ? sv_n(hash + 1, code.len - (size_t)(hash + 1 - code.ptr)) : code;
}

/* --- reading ------------------------------------------------------------------------------ */

static void read_json(struct aws_answer *a)
{
    static const char *const codes[] = {"__type", "code", "Code", "error"};
    static const char *const messages[] = {"message", "Message", "errorMessage",
                                           "error_description"};
    for (size_t i = 0; i < ARRAY_LEN(codes); i++)
        keep(a->code, sizeof a->code, bare_code(doc_get_string(a->json, codes[i])));
    for (size_t i = 0; i < ARRAY_LEN(messages); i++)
        keep(a->message, sizeof a->message, doc_get_string(a->json, messages[i]));
}

static void read_xml(struct aws_answer *a)
{
    const struct aws_xml_node *error = aws_xml_get(a->xml, "Error");
    if (!error)
        error = aws_xml_at(a->xml, "Errors.Error");
    if (!error && a->xml && sv_is(a->xml->name, "Error"))
        error = a->xml;
    keep(a->code, sizeof a->code, aws_xml_text(error, "Code"));
    keep(a->message, sizeof a->message, aws_xml_text(error, "Message"));
}

static void read_request_id(struct aws_answer *a, const struct http_response *r)
{
    static const char *const paths[] = {"ResponseMetadata.RequestId", "requestId", "RequestId",
                                        "RequestID"};
    keep(a->request_id, sizeof a->request_id, http_header(r, "x-amzn-requestid", NULL));
    keep(a->request_id, sizeof a->request_id, http_header(r, "x-amz-request-id", NULL));
    for (size_t i = 0; i < ARRAY_LEN(paths); i++)
        keep(a->request_id, sizeof a->request_id, aws_xml_text(a->xml, paths[i]));
}

void aws_reason_read(struct aws_answer *a, const struct http_response *r)
{
    read_request_id(a, r);
    if (a->status >= 200 && a->status < 300)
        return;
    keep(a->code, sizeof a->code, bare_code(http_header(r, "x-amzn-errortype", NULL)));
    if (a->json)
        read_json(a);
    if (a->xml)
        read_xml(a);
}

/* --- classes ------------------------------------------------------------------------------ */

static bool is_one_of(const char *code, const char *const *list, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(code, list[i]) == 0)
            return true;
    return false;
}

bool aws_code_throttles(const char *code)
{
    static const char *const list[] = {"Throttling",
                                       "ThrottlingException",
                                       "ThrottledException",
                                       "RequestThrottled",
                                       "RequestThrottledException",
                                       "TooManyRequestsException",
                                       "ProvisionedThroughputExceededException",
                                       "ProvisionedThroughputExceeded",
                                       "TransactionInProgressException",
                                       "RequestLimitExceeded",
                                       "BandwidthLimitExceeded",
                                       "SlowDown",
                                       "PriorRequestNotComplete",
                                       "EC2ThrottledException"};
    return is_one_of(code, list, ARRAY_LEN(list));
}

bool aws_code_transient(const char *code)
{
    static const char *const list[] = {"RequestTimeout", "RequestTimeoutException", "InternalError",
                                       "InternalFailure", "IDPCommunicationError"};
    return is_one_of(code, list, ARRAY_LEN(list));
}

bool aws_code_renews(const char *code)
{
    static const char *const list[] = {
        "ExpiredToken",         "ExpiredTokenException",       "RequestExpired",
        "InvalidClientTokenId", "UnrecognizedClientException", "InvalidAccessKeyId"};
    return is_one_of(code, list, ARRAY_LEN(list));
}

bool aws_code_skewed(const char *code, const char *message)
{
    static const char *const list[] = {"RequestTimeTooSkewed", "RequestInTheFuture",
                                       "RequestExpired"};
    static const char *const signature[] = {"InvalidSignatureException", "SignatureDoesNotMatch",
                                            "AuthFailure"};
    return is_one_of(code, list, ARRAY_LEN(list)) ||
           (is_one_of(code, signature, ARRAY_LEN(signature)) &&
            (strstr(message, "Signature expired") || strstr(message, "Signature not yet")));
}

/* The signature or the keys, not the permissions. */
static bool refuses_keys(const char *code)
{
    static const char *const list[] = {"AuthFailure",
                                       "SignatureDoesNotMatch",
                                       "InvalidSignatureException",
                                       "IncompleteSignature",
                                       "IncompleteSignatureException",
                                       "MissingAuthenticationToken",
                                       "MissingAuthenticationTokenException"};
    return aws_code_renews(code) || aws_code_skewed(code, "") ||
           is_one_of(code, list, ARRAY_LEN(list));
}

struct class_word {
    const char *word;
    enum err_class class;
};

static enum err_class class_by_word(const char *code)
{
    static const struct class_word words[] = {
        {"NotFound", ERR_NOT_FOUND},
        {"DoesNotExist", ERR_NOT_FOUND},
        {"NonExistent", ERR_NOT_FOUND},
        {"NoSuch", ERR_NOT_FOUND},
        {"AccessDenied", ERR_DENIED},
        {"UnauthorizedOperation", ERR_DENIED},
        {"NotAuthorized", ERR_DENIED},
        {"Unauthorized", ERR_DENIED},
        {"OptInRequired", ERR_DENIED},
        {"QuotaExceeded", ERR_LIMIT},
        {"LimitExceeded", ERR_LIMIT},
        {"InstanceCountExceeded", ERR_LIMIT},
        {"Insufficient", ERR_LIMIT},
        {"TooMany", ERR_LIMIT},
        {"OverLimit", ERR_LIMIT},
        {"InUse", ERR_CONFLICT},
        {"AlreadyExist", ERR_CONFLICT},
        {"Duplicate", ERR_CONFLICT},
        {"Conflict", ERR_CONFLICT},
        {"ConditionalCheck", ERR_CONFLICT},
        {"TransactionCanceled", ERR_CONFLICT},
        {"DependencyViolation", ERR_CONFLICT},
        {"IncorrectState", ERR_CONFLICT},
        {"IncorrectInstanceState", ERR_CONFLICT},
        {"InProgress", ERR_CONFLICT},
        {"ResourceContention", ERR_CONFLICT},
        {"IdempotentParameterMismatch", ERR_CONFLICT},
    };
    for (size_t i = 0; i < ARRAY_LEN(words); i++)
        if (strstr(code, words[i].word))
            return words[i].class;
    return ERR_NONE;
}

enum err_class aws_reason_class(const char *code, int status)
{
    if (aws_code_throttles(code) || status == 429)
        return ERR_THROTTLED;
    if (refuses_keys(code))
        return ERR_DENIED;
    enum err_class class = class_by_word(code);
    if (class)
        return class;
    if (status >= 500 || aws_code_transient(code))
        return ERR_REMOTE;
    return status == 401 || status == 403   ? ERR_DENIED
           : status == 404 && code && *code ? ERR_NOT_FOUND
           : status == 409 || status == 412 ? ERR_CONFLICT
                                            : ERR_INPUT;
}

/* --- words -------------------------------------------------------------------------------- */

/* "User: … is not authorized to perform: eks:CreateNodegroup on resource: …" names the action,
 * which need not be the one of the call ("iam:PassRole"). */
static void find_action(const struct aws_call *call, struct aws_answer *a)
{
    const char *at = strstr(a->message, "perform: ");
    size_t n = at ? strspn(at + 9, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                   "0123456789-:*")
                  : 0;
    if (n && memchr(at + 9, ':', n))
        snprintf(a->denied_action, sizeof a->denied_action, "%.*s", (int)n, at + 9);
    else
        snprintf(a->denied_action, sizeof a->denied_action, "%s:%s", call->service->iam,
                 call->action);
}

static void explain_denied(const struct aws_call *call, struct aws_answer *a, struct err *err)
{
    if (refuses_keys(a->code)) {
        err_hint(err, "%s",
                 aws_code_skewed(a->code, a->message)
                     ? "check this machine's clock: date -u"
                     : "see whether the AWS tools accept the credentials: aws sts "
                       "get-caller-identity");
        return;
    }
    find_action(call, a);
    err_wrap(err, "%s is not allowed", a->denied_action);
    err_hint(err, "allow the action %s to the identity in use: aws sts get-caller-identity",
             a->denied_action);
}

int aws_reason_explain(const struct aws_call *call, const char *region, struct aws_answer *a,
                       struct err *err)
{
    enum err_class class = aws_reason_class(a->code, a->status);
    char status[32];
    snprintf(status, sizeof status, "HTTP status %d", a->status);
    err_set(err, class, "%s:%s in %s: %s%s%s", call->service->iam, call->action, region,
            a->code[0] ? a->code : status, a->message[0] ? ": " : "", a->message);
    if (err)
        err->http_status = a->status;
    if (class == ERR_DENIED)
        explain_denied(call, a, err);
    return -1;
}
