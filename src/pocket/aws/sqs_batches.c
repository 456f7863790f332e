/* Several messages in one request, each with an outcome of its own. */
#include "base/must.h"
#include "pocket/aws/sqs_internal.h"

#define MOST 10
#define ID_MAX 80
#define BYTES_MAX ((size_t)1 << 20)

struct failed {
    const char *id, *code, *message;
    enum shape_flag by_sender;
};
static const struct shape_field failed_fields[] = {
    SHAPE_FIELD(struct failed, SHAPE_TEXT, "Id", id),
    SHAPE_FIELD(struct failed, SHAPE_BOOL, "SenderFault", by_sender),
    SHAPE_FIELD(struct failed, SHAPE_TEXT, "Code", code),
    SHAPE_FIELD(struct failed, SHAPE_TEXT, "Message", message),
};
static const struct shape failed = SHAPE(struct failed, failed_fields);

struct batch {
    const char *url;
    SHAPE_LIST(struct sqs_entry) entries;
};
struct outcome {
    SHAPE_LIST(struct sqs_sent) done;
    SHAPE_LIST(struct failed) failed;
};

static const struct shape_field send_entry_fields[] = {
    SHAPE_FIELD(struct sqs_entry, SHAPE_TEXT, "Id", id),
    SHAPE_FIELD(struct sqs_entry, SHAPE_TEXT, "MessageBody", body),
    SHAPE_FIELD(struct sqs_entry, SHAPE_INT, "DelaySeconds", delay),
    SHAPE_FIELD(struct sqs_entry, SHAPE_TEXT, "MessageGroupId", group),
    SHAPE_FIELD(struct sqs_entry, SHAPE_TEXT, "MessageDeduplicationId", deduplication),
    SQS_ATTRIBUTES(struct sqs_entry),
};
static const struct shape send_entry = SHAPE(struct sqs_entry, send_entry_fields);
static const struct shape_field delete_entry_fields[] = {
    SHAPE_FIELD(struct sqs_entry, SHAPE_TEXT, "Id", id),
    SHAPE_FIELD(struct sqs_entry, SHAPE_TEXT, "ReceiptHandle", receipt),
};
static const struct shape delete_entry = SHAPE(struct sqs_entry, delete_entry_fields);
static const struct shape_field sent_fields[] = {
    SHAPE_FIELD(struct sqs_sent, SHAPE_TEXT, "Id", id),
    SHAPE_FIELD(struct sqs_sent, SHAPE_TEXT, "MessageId", message),
    SHAPE_FIELD(struct sqs_sent, SHAPE_TEXT, "MD5OfMessageBody", md5),
    SHAPE_FIELD(struct sqs_sent, SHAPE_TEXT, "MD5OfMessageAttributes", attributes_md5),
};
static const struct shape sent = SHAPE(struct sqs_sent, sent_fields);

#define ENTRIES(in_form, shape_)                                                                   \
    {                                                                                              \
        .name = "Entries", .flat = in_form, .kind = SHAPE_STRUCTS,                                 \
        .offset = offsetof(struct batch, entries), .of = shape_                                    \
    }
#define DONE(in_form)                                                                              \
    {                                                                                              \
        .name = "Successful", .flat = in_form, .kind = SHAPE_STRUCTS,                              \
        .offset = offsetof(struct outcome, done), .of = &sent                                      \
    }
#define FAILED                                                                                     \
    {                                                                                              \
        .name = "Failed", .flat = "BatchResultErrorEntry", .kind = SHAPE_STRUCTS,                  \
        .offset = offsetof(struct outcome, failed), .of = &failed                                  \
    }
static const struct shape_field in_send_fields[] = {
    SHAPE_FIELD(struct batch, SHAPE_TEXT, "QueueUrl", url),
    ENTRIES("SendMessageBatchRequestEntry", &send_entry),
};
static const struct shape in_send = SHAPE(struct batch, in_send_fields);
static const struct shape_field in_delete_fields[] = {
    SHAPE_FIELD(struct batch, SHAPE_TEXT, "QueueUrl", url),
    ENTRIES("DeleteMessageBatchRequestEntry", &delete_entry),
};
static const struct shape in_delete = SHAPE(struct batch, in_delete_fields);
static const struct shape_field out_send_fields[] = {
    DONE("SendMessageBatchResultEntry"),
    FAILED,
};
static const struct shape out_send = SHAPE(struct outcome, out_send_fields);
static const struct shape_field out_delete_fields[] = {
    DONE("DeleteMessageBatchResultEntry"),
    FAILED,
};
static const struct shape out_delete = SHAPE(struct outcome, out_delete_fields);

/* --- what is wrong with all of it ----------------------------------------------------------- */

static bool is_id(const char *id)
{
    size_t n = strlen(id);
    return n && n <= ID_MAX &&
           strspn(id, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_") == n;
}

static int check_ids(struct service_call *c, const struct batch *in)
{
    for (uint32_t i = 0; i < in->entries.count; i++) {
        const char *id = in->entries.items[i].id;
        if (!id || !is_id(id))
            return service_refuse(c, 400, "InvalidBatchEntryId",
                                  "A batch entry id can only contain alphanumeric characters, "
                                  "hyphens and underscores. It can be at most 80 letters long.");
        for (uint32_t k = 0; k < i; k++)
            if (strcmp(in->entries.items[k].id, id) == 0)
                return service_refuse(c, 400, "BatchEntryIdsNotDistinct", "Id %s repeated.", id);
    }
    return 0;
}

static int check_batch(struct service_call *c, const struct batch *in, const char *what)
{
    size_t bytes = 0;
    if (!in->entries.count)
        return service_refuse(c, 400, "EmptyBatchRequest",
                              "There should be at least one %sRequestEntry in the request.", what);
    if (in->entries.count > MOST)
        return service_refuse(c, 400, "TooManyEntriesInBatchRequest",
                              "Maximum number of entries per request are %d. You have sent %u.",
                              MOST, in->entries.count);
    shape_each(e, &in->entries)
        bytes += sqs_size(e);
    if (bytes > BYTES_MAX)
        return service_refuse(c, 400, "BatchRequestTooLong",
                              "Batch requests cannot be longer than %zu bytes. You have sent %zu "
                              "bytes.",
                              BYTES_MAX, bytes);
    return check_ids(c, in);
}

/* --- one by one ----------------------------------------------------------------------------- */

/* What refused one entry is no refusal of the request. */
static void note_failed(struct service_call *c, const char *id)
{
    struct outcome *out = c->out;
    *(struct failed *)shape_list_add(&out->failed, sizeof(struct failed), c->arena) =
        (struct failed){id, c->code, c->message, c->status < 500 ? SHAPE_YES : SHAPE_NO};
    c->status = 0;
    c->code = c->message = NULL;
}

static int send_one(struct service_call *c, struct queue *q, const struct sqs_entry *e,
                    struct sqs_sent *done)
{
    if (sqs_check_entry(c, q, e) < 0)
        return -1;
    sqs_send_entry(c, q, e, done);
    return 0;
}

static int delete_one(struct service_call *c, struct queue *q, const struct sqs_entry *e,
                      struct sqs_sent *done)
{
    done->id = e->id;
    return sqs_delete_receipt(c, q, e->receipt);
}

static int each(struct service_call *c, const char *what,
                int (*one)(struct service_call *, struct queue *, const struct sqs_entry *,
                           struct sqs_sent *))
{
    const struct batch *in = c->in;
    struct outcome *out = c->out;
    struct sqs_own *own = sqs_of_url(c, in->url);
    if (!own || check_batch(c, in, what) < 0)
        return -1;
    shape_each(e, &in->entries) {
        struct sqs_sent done = {0};
        if (one(c, own->queue, e, &done) < 0)
            note_failed(c, e->id);
        else
            *(struct sqs_sent *)shape_list_add(&out->done, sizeof done, c->arena) = done;
    }
    return 0;
}

static int send_batch(struct service_call *c)
{
    return each(c, "SendMessageBatch", send_one);
}

static int delete_batch(struct service_call *c)
{
    return each(c, "DeleteMessageBatch", delete_one);
}

const struct service_action sqs_send_batch = {.name = "SendMessageBatch",
                                              .iam = "SendMessage",
                                              .in = &in_send,
                                              .out = &out_send,
                                              .run = send_batch};
const struct service_action sqs_delete_batch = {.name = "DeleteMessageBatch",
                                                .iam = "DeleteMessage",
                                                .in = &in_delete,
                                                .out = &out_delete,
                                                .run = delete_batch};
