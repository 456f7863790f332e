/* Messages are sent, received, hidden for longer, and deleted. */
#include "base/base64.h"
#include "base/must.h"
#include "base/utf8.h"
#include "pocket/aws/sqs_internal.h"
#include "pocket/aws/sts.h"

#define MOST 10
#define ATTRIBUTES_MAX 10
#define NAME_MAX_LEN 256
#define WAIT_MAX_S 20
#define VISIBILITY_MAX_S 43200
#define DELAY_MAX_S 900

/* --- sending ------------------------------------------------------------------------------- */

static const struct shape_field attribute_fields[] = {
    SHAPE_FIELD(struct queue_attribute, SHAPE_TEXT, "StringValue", text),
    SHAPE_FIELD(struct queue_attribute, SHAPE_TEXT, "BinaryValue", bytes),
    SHAPE_FIELD(struct queue_attribute, SHAPE_TEXT, "DataType", type),
};
const struct shape sqs_attribute_shape = SHAPE(struct queue_attribute, attribute_fields);

static const struct shape_field send_fields[] = {
    SHAPE_FIELD(struct sqs_entry, SHAPE_TEXT, "QueueUrl", url),
    SHAPE_FIELD(struct sqs_entry, SHAPE_TEXT, "MessageBody", body),
    SHAPE_FIELD(struct sqs_entry, SHAPE_INT, "DelaySeconds", delay),
    SHAPE_FIELD(struct sqs_entry, SHAPE_TEXT, "MessageGroupId", group),
    SHAPE_FIELD(struct sqs_entry, SHAPE_TEXT, "MessageDeduplicationId", deduplication),
    SQS_ATTRIBUTES(struct sqs_entry),
};
static const struct shape in_send = SHAPE(struct sqs_entry, send_fields);
static const struct shape_field sent_fields[] = {
    SHAPE_FIELD(struct sqs_sent, SHAPE_TEXT, "MessageId", message),
    SHAPE_FIELD(struct sqs_sent, SHAPE_TEXT, "MD5OfMessageBody", md5),
    SHAPE_FIELD(struct sqs_sent, SHAPE_TEXT, "MD5OfMessageAttributes", attributes_md5),
};
static const struct shape out_send = SHAPE(struct sqs_sent, sent_fields);

/* The characters of XML 1.0: #x9, #xA, #xD, #x20 and up but for surrogates, #xFFFE and #xFFFF. */
static bool is_text(struct sv body)
{
    for (size_t i = 0; i < body.len;) {
        const char *p = body.ptr + i;
        size_t n = utf8_length(p, body.len - i);
        bool control = n == 1 && (unsigned char)*p < 0x20 && !strchr("\t\n\r", *p);
        bool none =
            n == 3 && (memcmp(p, "\xef\xbf\xbe", 3) == 0 || memcmp(p, "\xef\xbf\xbf", 3) == 0);
        if (!n || !*p || control || none)
            return false;
        i += n;
    }
    return true;
}

static bool is_name(const char *name)
{
    size_t n = strlen(name);
    return n && n <= NAME_MAX_LEN &&
           strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.") == n;
}

static bool is_base64(const char *text)
{
    _cleanup_str_ struct str room = {0};
    size_t len;
    return base64_decode(sv_of(text), mem_must(str_room(&room, base64_room(sv_of(text)))), &len);
}

static bool has_type(const struct queue_attribute *a, const char *type)
{
    size_t n = strlen(type);
    return strncmp(a->type, type, n) == 0 && (!a->type[n] || a->type[n] == '.');
}

static int check_attribute(struct service_call *c, const struct queue_attribute *a)
{
    const char *name = a->name;
    if (!is_name(name))
        return service_refuse(c, 400, "InvalidParameterValue",
                              "The message attribute name '%s' is invalid. Attribute name can "
                              "contain A-Z, a-z, 0-9, underscore (_), hyphen (-), and period (.) "
                              "characters.",
                              name);
    if (!a->type || !*a->type)
        return service_refuse(
            c, 400, "InvalidParameterValue",
            "The message attribute '%s' must contain a non-empty message attribute type.", name);
    if (!has_type(a, "String") && !has_type(a, "Number") && !has_type(a, "Binary"))
        return service_refuse(c, 400, "InvalidParameterValue",
                              "The message attribute '%s' has an invalid message attribute type, "
                              "the set of supported type prefixes is Binary, Number, and String.",
                              name);
    const char *value = has_type(a, "Binary") ? a->bytes : a->text;
    if (!value || !*value)
        return service_refuse(c, 400, "InvalidParameterValue",
                              "The message attribute '%s' must contain a non-empty message "
                              "attribute value for message attribute type '%s'.",
                              name, a->type);
    if (has_type(a, "Binary") ? !is_base64(value) : !is_text(sv_of(value)))
        return service_refuse(c, 400, "InvalidParameterValue",
                              "The message attribute '%s' has a value that is no %s.", name,
                              has_type(a, "Binary") ? "base64" : "text");
    return 0;
}

size_t sqs_size(const struct sqs_entry *e)
{
    return (e->body ? strlen(e->body) : 0) +
           queue_attributes_size(e->attributes.list.items, e->attributes.list.count);
}

int sqs_check_entry(struct service_call *c, const struct queue *q, const struct sqs_entry *e)
{
    if (!e->body || !*e->body)
        return sqs_refuse_missing(c, "MessageBody");
    if (e->deduplication)
        return sqs_refuse_value(c, e->deduplication, "MessageDeduplicationId",
                                "The request include parameter that is not valid for this queue "
                                "type");
    if (sqs_check_number(c, &e->delay, "DelaySeconds", 0, DELAY_MAX_S) < 0)
        return -1;
    if (e->attributes.list.count > ATTRIBUTES_MAX)
        return service_refuse(c, 400, "InvalidParameterValue",
                              "Number of message attributes [%u] exceeds the allowed maximum [%d].",
                              e->attributes.list.count, ATTRIBUTES_MAX);
    shape_each(a, &e->attributes.list)
        if (check_attribute(c, a) < 0)
            return -1;
    if (!is_text(sv_of(e->body)))
        return service_refuse(c, 400, "InvalidMessageContents",
                              "Invalid characters found. Valid unicode characters are #x9 | #xA | "
                              "#xD | #x20 to #xD7FF | #xE000 to #xFFFD | #x10000 to #x10FFFF");
    if (sqs_size(e) > (size_t)q->size_max)
        return service_refuse(c, 400, "InvalidParameterValue",
                              "One or more parameters are invalid. Reason: Message must be shorter "
                              "than %lld bytes.",
                              (long long)q->size_max);
    return 0;
}

static const char *md5_of_attributes(struct service_call *c, const struct queue_attribute *list,
                                     size_t count)
{
    char md5[SQS_MD5_MAX];
    return queue_attributes_md5(list, count, md5) ? mem_must(arena_dup(c->arena, sv_of(md5)))
                                                  : NULL;
}

static const char *md5_of(struct service_call *c, const char *text)
{
    char md5[SQS_MD5_MAX];
    return sqs_md5(sv_of(text), md5) ? mem_must(arena_dup(c->arena, sv_of(md5))) : NULL;
}

void sqs_send_entry(struct service_call *c, struct queue *q, const struct sqs_entry *e,
                    struct sqs_sent *out)
{
    char id[37];
    account_write_uuid(c->account, id);
    const struct queue_sent sent = {
        .id = id,
        .body = e->body,
        .sender = sts_user_id(c),
        .attributes = &e->attributes,
        .delay_s = e->delay.set ? e->delay.n : -1,
    };
    queue_send(q, &sent, c->account->now_ms);
    *out = (struct sqs_sent){
        .id = e->id,
        .message = mem_must(arena_dup(c->arena, sv_of(id))),
        .md5 = md5_of(c, e->body),
        .attributes_md5 = md5_of_attributes(c, e->attributes.list.items, e->attributes.list.count),
    };
}

static int send(struct service_call *c)
{
    const struct sqs_entry *in = c->in;
    struct sqs_own *own = sqs_of_url(c, in->url);
    if (!own || sqs_check_entry(c, own->queue, in) < 0)
        return -1;
    sqs_send_entry(c, own->queue, in, c->out);
    return 0;
}

/* --- receiving ----------------------------------------------------------------------------- */

struct look {
    const char *url;
    struct shape_texts old_names, names, attribute_names;
    struct shape_int most, wait, visibility;
};
static const struct shape_field look_fields[] = {
    SHAPE_FIELD(struct look, SHAPE_TEXT, "QueueUrl", url),
    {.name = "AttributeNames",
     .flat = "AttributeName",
     .kind = SHAPE_TEXTS,
     .offset = offsetof(struct look, old_names)},
    {.name = "MessageSystemAttributeNames",
     .flat = "MessageSystemAttributeName",
     .kind = SHAPE_TEXTS,
     .offset = offsetof(struct look, names)},
    {.name = "MessageAttributeNames",
     .flat = "MessageAttributeName",
     .kind = SHAPE_TEXTS,
     .offset = offsetof(struct look, attribute_names)},
    SHAPE_FIELD(struct look, SHAPE_INT, "MaxNumberOfMessages", most),
    SHAPE_FIELD(struct look, SHAPE_INT, "WaitTimeSeconds", wait),
    SHAPE_FIELD(struct look, SHAPE_INT, "VisibilityTimeout", visibility),
};
static const struct shape in_receive = SHAPE(struct look, look_fields);

struct given {
    const char *id, *receipt, *body, *md5, *attributes_md5;
    struct shape_pairs system;
    struct queue_attributes attributes;
};
static const struct shape_field given_fields[] = {
    SHAPE_FIELD(struct given, SHAPE_TEXT, "MessageId", id),
    SHAPE_FIELD(struct given, SHAPE_TEXT, "ReceiptHandle", receipt),
    SHAPE_FIELD(struct given, SHAPE_TEXT, "MD5OfBody", md5),
    SHAPE_FIELD(struct given, SHAPE_TEXT, "Body", body),
    {.name = "Attributes",
     .flat = "Attribute",
     .kind = SHAPE_PAIRS,
     .offset = offsetof(struct given, system)},
    SHAPE_FIELD(struct given, SHAPE_TEXT, "MD5OfMessageAttributes", attributes_md5),
    SQS_ATTRIBUTES(struct given),
};
static const struct shape given = SHAPE(struct given, given_fields);
struct received {
    SHAPE_LIST(struct given) messages;
};
static const struct shape_field received_fields[] = {
    {.name = "Messages",
     .flat = "Message",
     .kind = SHAPE_STRUCTS,
     .offset = offsetof(struct received, messages),
     .of = &given},
};
static const struct shape out_receive = SHAPE(struct received, received_fields);

static void tell(struct service_call *c, const struct look *in, struct given *out, const char *name,
                 const char *value)
{
    if (!value || !(shape_has(&in->names, "All") || shape_has(&in->names, name) ||
                    shape_has(&in->old_names, "All") || shape_has(&in->old_names, name)))
        return;
    *(struct shape_pair *)shape_list_add(&out->system, sizeof(struct shape_pair), c->arena) =
        (struct shape_pair){name, mem_must(arena_dup(c->arena, sv_of(value)))};
}

static const char *unix_ms(struct service_call *c, int64_t ms)
{
    return mem_must(arena_fmt(c->arena, "%lld", (long long)(c->account->start * 1000 + ms)));
}

/* "All", ".*", "prefix.*", or the name itself. */
static bool is_asked(const struct shape_texts *names, const char *name)
{
    shape_each(n, names) {
        struct sv pattern = sv_of(*n);
        if (sv_is(pattern, "All") || sv_is(pattern, name))
            return true;
        if (sv_ends(pattern, ".*") && strncmp(name, *n, pattern.len - 2) == 0)
            return true;
    }
    return false;
}

static void give_attributes(struct service_call *c, const struct look *in,
                            const struct queue_message *m, struct given *out)
{
    for (uint32_t i = 0; i < m->attribute_count; i++)
        if (is_asked(&in->attribute_names, m->attributes[i].name))
            *(struct queue_attribute *)shape_list_add(
                &out->attributes.list, sizeof(struct queue_attribute), c->arena) = m->attributes[i];
    out->attributes_md5 =
        md5_of_attributes(c, out->attributes.list.items, out->attributes.list.count);
}

static void give(struct service_call *c, const struct look *in, const struct queue *q,
                 const struct queue_message *m, struct given *out)
{
    char receipt[QUEUE_RECEIPT_MAX];
    queue_receipt(q, m, receipt);
    *out = (struct given){
        .id = m->id,
        .receipt = mem_must(arena_dup(c->arena, sv_of(receipt))),
        .body = m->body,
        .md5 = md5_of(c, m->body),
    };
    tell(c, in, out, "SenderId", m->sender);
    tell(c, in, out, "SentTimestamp", unix_ms(c, m->sent_ms));
    tell(c, in, out, "ApproximateReceiveCount", mem_must(arena_fmt(c->arena, "%u", m->received)));
    tell(c, in, out, "ApproximateFirstReceiveTimestamp", unix_ms(c, m->first_ms));
    give_attributes(c, in, m, out);
}

static int check_look(struct service_call *c, const struct look *in, struct queue *q)
{
    if (sqs_check_number(c, &in->most, "MaxNumberOfMessages", 1, MOST) < 0 ||
        sqs_check_number(c, &in->wait, "WaitTimeSeconds", 0, WAIT_MAX_S) < 0 ||
        sqs_check_number(c, &in->visibility, "VisibilityTimeout", 0, VISIBILITY_MAX_S) < 0)
        return -1;
    if (q->messages.len >= QUEUE_IN_FLIGHT_MAX &&
        queue_count(q, c->account->now_ms).in_flight >= QUEUE_IN_FLIGHT_MAX)
        return service_refuse(c, 403, "OverLimit", "Too many messages in flight: %d.",
                              QUEUE_IN_FLIGHT_MAX);
    return 0;
}

static int receive(struct service_call *c)
{
    const struct look *in = c->in;
    struct received *out = c->out;
    struct sqs_own *own = sqs_of_url(c, in->url);
    if (!own || check_look(c, in, own->queue) < 0)
        return -1;
    struct queue *q = own->queue;
    struct queue_message *found[MOST];
    int64_t visibility_s = in->visibility.set ? in->visibility.n : q->visibility_s;
    int64_t wait_s = in->wait.set ? in->wait.n : q->wait_s;
    unsigned n = queue_receive(q, visibility_s, c->account->now_ms,
                               in->most.set ? (unsigned)in->most.n : 1, found);
    for (unsigned i = 0; i < n; i++)
        give(c, in, q, found[i], shape_list_add(&out->messages, sizeof(struct given), c->arena));
    if (!n && c->may_wait)
        c->wait_ms = (unsigned)wait_s * 1000;
    return 0;
}

/* --- ending -------------------------------------------------------------------------------- */

struct one {
    const char *url, *receipt;
    struct shape_int visibility;
};
static const struct shape_field delete_fields[] = {
    SHAPE_FIELD(struct one, SHAPE_TEXT, "QueueUrl", url),
    SHAPE_FIELD(struct one, SHAPE_TEXT, "ReceiptHandle", receipt),
};
static const struct shape in_delete = SHAPE(struct one, delete_fields);
static const struct shape_field change_fields[] = {
    SHAPE_FIELD(struct one, SHAPE_TEXT, "QueueUrl", url),
    SHAPE_FIELD(struct one, SHAPE_TEXT, "ReceiptHandle", receipt),
    SHAPE_FIELD(struct one, SHAPE_INT, "VisibilityTimeout", visibility),
};
static const struct shape in_change = SHAPE(struct one, change_fields);

static int find(struct service_call *c, struct queue *q, const char *receipt,
                struct queue_message **out)
{
    if (!receipt || !*receipt)
        return sqs_refuse_missing(c, "ReceiptHandle");
    if (!queue_find(q, receipt, out))
        return service_refuse(c, 400, "ReceiptHandleIsInvalid",
                              "The input receipt handle \"%s\" is not a valid receipt handle.",
                              receipt);
    return 0;
}

int sqs_delete_receipt(struct service_call *c, struct queue *q, const char *receipt)
{
    struct queue_message *m;
    if (find(c, q, receipt, &m) < 0)
        return -1;
    if (m)
        queue_delete(q, m);
    return 0;
}

static int delete_message(struct service_call *c)
{
    const struct one *in = c->in;
    struct sqs_own *own = sqs_of_url(c, in->url);
    return own ? sqs_delete_receipt(c, own->queue, in->receipt) : -1;
}

static int change_visibility(struct service_call *c)
{
    const struct one *in = c->in;
    struct sqs_own *own = sqs_of_url(c, in->url);
    struct queue_message *m;
    if (!own || find(c, own->queue, in->receipt, &m) < 0)
        return -1;
    if (!in->visibility.set)
        return sqs_refuse_missing(c, "VisibilityTimeout");
    if (sqs_check_number(c, &in->visibility, "VisibilityTimeout", 0, VISIBILITY_MAX_S) < 0)
        return -1;
    if (!m)
        return sqs_refuse_value(c, in->receipt, "ReceiptHandle",
                                "Message does not exist or is not available for visibility timeout "
                                "change.");
    if (!queue_in_flight(m, c->account->now_ms))
        return service_refuse(c, 400, "MessageNotInflight",
                              "The message referred to isn't in flight.");
    m->visible_ms = c->account->now_ms + in->visibility.n * 1000;
    return 0;
}

const struct service_action sqs_send = {
    .name = "SendMessage", .in = &in_send, .out = &out_send, .run = send};
const struct service_action sqs_receive_action = {
    .name = "ReceiveMessage", .in = &in_receive, .out = &out_receive, .run = receive};
const struct service_action sqs_delete_action = {
    .name = "DeleteMessage", .in = &in_delete, .run = delete_message};
const struct service_action sqs_change_visibility = {
    .name = "ChangeMessageVisibility", .in = &in_change, .run = change_visibility};
