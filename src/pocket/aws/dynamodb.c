/* DynamoDB: requests, their members, errors. */
#include "pocket/aws/dynamodb.h"

#include "base/must.h"

#define SERVICE_FAULTS "com.amazonaws.dynamodb.v20120810#"

/* --- a request ----------------------------------------------------------------------------- */

static int parse(struct dynamodb_ask *q)
{
    struct err err = {0};
    struct sv body = q->call->asked;
    if (doc_parse_json(&q->doc, "the request", body.len ? body : SV("{}"), NULL, &err) ||
        q->doc.parts[0].root->type != DOC_MAP) {
        q->fault.code = "SerializationException";
        return -1;
    }
    q->root = q->doc.parts[0].root;
    return 0;
}

static int tell_fault(struct dynamodb_ask *q)
{
    bool invalid = strcmp(q->fault.code, "ValidationException") == 0;
    return service_refuse(q->call, 400,
                          invalid ? "com.amazon.coral.validate#ValidationException"
                                  : "com.amazon.coral.service#SerializationException",
                          "%s", str_c(&q->fault.text));
}

int dynamodb_answer(struct service_call *c, int (*make)(struct dynamodb_ask *q))
{
    struct dynamodb_ask q = {.call = c, .arena = c->arena};
    jsonw_init(&q.w, &q.out, 0);
    jsonw_object(&q.w);
    int result = parse(&q) < 0 ? -1 : make(&q);
    jsonw_object_end(&q.w);
    if (result < 0 && !c->code)
        tell_fault(&q);
    else if (result == 0 && !str_ok(&q.out))
        must_fail_nomem();
    else if (result == 0)
        c->answer = sv_n(mem_must(arena_dup(c->arena, str_sv(&q.out))), q.out.len);
    doc_release(&q.doc);
    attr_fault_release(&q.fault);
    str_release(&q.out);
    return result;
}

int dynamodb_refuse(struct dynamodb_ask *q, const char *code, const char *fmt, ...)
{
    _cleanup_str_ struct str text = {0};
    va_list ap;
    va_start(ap, fmt);
    str_vaddf(&text, fmt, ap);
    va_end(ap);
    return service_refuse(q->call, 400, mem_must(arena_fmt(q->arena, SERVICE_FAULTS "%s", code)),
                          "%s", str_c(&text));
}

/* --- members ------------------------------------------------------------------------------- */

static int wrong_type(struct dynamodb_ask *q, const char *name)
{
    q->fault.code = "SerializationException";
    str_addf(&q->fault.text, "%s has another type than it must have", name);
    return -1;
}

static const struct doc_node *member(const struct doc_node *node, const char *name)
{
    const struct doc_node *value = doc_get(node, name);
    return value && value->type != DOC_NULL ? value : NULL;
}

int dynamodb_text(struct dynamodb_ask *q, const struct doc_node *node, const char *name,
                  struct sv *out)
{
    const struct doc_node *value = member(node, name);
    *out = doc_string(value);
    return value && !out->ptr ? wrong_type(q, name) : 0;
}

int dynamodb_number(struct dynamodb_ask *q, const struct doc_node *node, const char *name,
                    int64_t min, int64_t max, bool *set, int64_t *out)
{
    const struct doc_node *value = member(node, name);
    *set = value != NULL;
    if (!value)
        return 0;
    if (value->type != DOC_INT)
        return wrong_type(q, name);
    *out = value->integer;
    if (*out >= min && *out <= max)
        return 0;
    return attr_refuse(&q->fault,
                       "1 validation error detected: Value '%lld' at '%c%s' failed to satisfy "
                       "constraint: Member must have value %s than or equal to %lld",
                       (long long)*out, *name | 0x20, name + 1, *out < min ? "greater" : "less",
                       (long long)(*out < min ? min : max));
}

int dynamodb_flag(struct dynamodb_ask *q, const struct doc_node *node, const char *name, bool usual,
                  bool *out)
{
    const struct doc_node *value = member(node, name);
    *out = value ? value->boolean : usual;
    return value && value->type != DOC_BOOL ? wrong_type(q, name) : 0;
}

int dynamodb_demand(struct dynamodb_ask *q, const struct doc_node *value, const char *wire_name)
{
    if (value && value->type != DOC_NULL)
        return 0;
    return attr_refuse(&q->fault,
                       "1 validation error detected: Value null at '%s' failed to satisfy "
                       "constraint: Member must not be null",
                       wire_name);
}

int dynamodb_choice(struct dynamodb_ask *q, const struct doc_node *node, const char *name,
                    const char *const *words, unsigned *out)
{
    _cleanup_str_ struct str all = {0};
    struct sv text;
    *out = 0;
    if (dynamodb_text(q, node, name, &text) < 0)
        return -1;
    if (!text.ptr)
        return 0;
    for (; words[*out]; ++*out) {
        if (sv_is(text, words[*out]))
            return 0;
        str_addf(&all, "%s%s", *out ? ", " : "", words[*out]);
    }
    return attr_refuse(&q->fault,
                       "1 validation error detected: Value '%.*s' at '%c%s' failed to satisfy "
                       "constraint: Member must satisfy enum value set: [%s]",
                       SV_ARG(text), *name | 0x20, name + 1, str_c(&all));
}

int dynamodb_check_known(struct dynamodb_ask *q, const struct doc_node *node)
{
    static const char *const unknown[] = {
        "AttributesToGet", "AttributeUpdates",       "ConditionalOperator",
        "Expected",        "GlobalSecondaryIndexes", "IndexName",
        "KeyConditions",   "LocalSecondaryIndexes",  "QueryFilter",
        "ScanFilter",
    };
    for (size_t i = 0; i < ARRAY_LEN(unknown); i++)
        if (member(node, unknown[i]))
            return attr_refuse(&q->fault,
                               "%s is not in the pocket's DynamoDB, which has expressions and no "
                               "indexes: docs/sim.md",
                               unknown[i]);
    bool streams;
    if (dynamodb_flag(q, doc_get(node, "StreamSpecification"), "StreamEnabled", false, &streams) <
        0)
        return -1;
    return streams ? attr_refuse(&q->fault, "The pocket's DynamoDB has no streams: docs/sim.md")
                   : 0;
}

/* --- the service --------------------------------------------------------------------------- */

static void begin(struct account *a)
{
    a->dynamodb = mem_must(calloc(1, sizeof *a->dynamodb));
}

static void release(struct account *a)
{
    vec_foreach(t, &a->dynamodb->tables)
        dynamodb_table_free(*t);
    vec_release(&a->dynamodb->tables);
    dynamodb_tokens_release(a->dynamodb);
    free(a->dynamodb);
}

static const struct service_action actions[] = {
    {.name = "CreateTable", .run = dynamodb_create_table},
    {.name = "DescribeTable", .run = dynamodb_describe_table},
    {.name = "DeleteTable", .run = dynamodb_delete_table},
    {.name = "ListTables", .run = dynamodb_list_tables},
    {.name = "GetItem", .run = dynamodb_get_item},
    {.name = "PutItem", .run = dynamodb_put_item},
    {.name = "UpdateItem", .run = dynamodb_update_item},
    {.name = "DeleteItem", .run = dynamodb_delete_item},
    {.name = "Query", .run = dynamodb_query},
    {.name = "Scan", .run = dynamodb_scan},
    {.name = "TransactWriteItems", .run = dynamodb_transact_write},
    {.name = "TransactGetItems", .run = dynamodb_transact_get},
    {.name = "BatchGetItem", .run = dynamodb_batch_get},
    {.name = "BatchWriteItem", .run = dynamodb_batch_write},
};
const struct service service_dynamodb = {
    .api = &aws_service_dynamodb,
    .actions = actions,
    .action_count = ARRAY_LEN(actions),
    .begin = begin,
    .release = release,
};
