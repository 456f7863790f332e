#include "cloud/sqs.h"

#include "base/must.h"
#include "cloud/ops.h"

#include <openssl/evp.h>
#include <stdio.h>

#define MOST 10
#define WAIT_MAX_S 20
#define VISIBILITY_MAX_S 43200

/* --- tables -------------------------------------------------------------------------------- */

/* What the calls say, each some of it. */
struct ask {
    const char *name, *url, *receipt;
    struct shape_texts attributes;
    struct shape_int most, wait, visibility;
};
static const struct shape_field ask_name[] = {
    SHAPE_FIELD(struct ask, SHAPE_TEXT, "QueueName", name),
};
static const struct shape in_find = SHAPE(struct ask, ask_name);
static const struct shape_field ask_attributes[] = {
    SHAPE_FIELD(struct ask, SHAPE_TEXT, "QueueUrl", url),
    SHAPE_FIELD(struct ask, SHAPE_TEXTS, "AttributeNames", attributes),
};
static const struct shape in_describe = SHAPE(struct ask, ask_attributes);
/* Older services know the first name of the attributes only, which is on its way out. */
static const struct shape_field ask_receive[] = {
    SHAPE_FIELD(struct ask, SHAPE_TEXT, "QueueUrl", url),
    SHAPE_FIELD(struct ask, SHAPE_TEXTS, "AttributeNames", attributes),
    SHAPE_FIELD(struct ask, SHAPE_TEXTS, "MessageSystemAttributeNames", attributes),
    SHAPE_FIELD(struct ask, SHAPE_INT, "MaxNumberOfMessages", most),
    SHAPE_FIELD(struct ask, SHAPE_INT, "WaitTimeSeconds", wait),
    SHAPE_FIELD(struct ask, SHAPE_INT, "VisibilityTimeout", visibility),
};
static const struct shape in_receive = SHAPE(struct ask, ask_receive);
static const struct shape_field ask_delete[] = {
    SHAPE_FIELD(struct ask, SHAPE_TEXT, "QueueUrl", url),
    SHAPE_FIELD(struct ask, SHAPE_TEXT, "ReceiptHandle", receipt),
};
static const struct shape in_delete = SHAPE(struct ask, ask_delete);

struct found {
    const char *url;
};
static const struct shape_field found_fields[] = {
    SHAPE_MUST(struct found, SHAPE_TEXT, "QueueUrl", url),
};
static const struct shape out_find = SHAPE(struct found, found_fields);

struct described {
    struct shape_pairs attributes;
};
static const struct shape_field described_fields[] = {
    SHAPE_FIELD(struct described, SHAPE_PAIRS, "Attributes", attributes),
};
static const struct shape out_describe = SHAPE(struct described, described_fields);

struct message {
    const char *id, *receipt, *body, *md5;
    struct shape_pairs attributes;
};
static const struct shape_field message_fields[] = {
    SHAPE_MUST(struct message, SHAPE_TEXT, "MessageId", id),
    SHAPE_MUST(struct message, SHAPE_TEXT, "ReceiptHandle", receipt),
    SHAPE_MUST(struct message, SHAPE_TEXT, "Body", body),
    SHAPE_FIELD(struct message, SHAPE_TEXT, "MD5OfBody", md5),
    SHAPE_FIELD(struct message, SHAPE_PAIRS, "Attributes", attributes),
};
static const struct shape message = SHAPE(struct message, message_fields);
struct received {
    SHAPE_LIST(struct message) messages;
};
static const struct shape_field received_fields[] = {
    SHAPE_OF(struct received, SHAPE_STRUCTS, "Messages", messages, &message),
};
static const struct shape out_receive = SHAPE(struct received, received_fields);

const struct cloud_op sqs_op_get_queue_url = {.service = &aws_service_sqs,
                                              .action = "GetQueueUrl",
                                              .in = &in_find,
                                              .out = &out_find,
                                              .repeats = true};
const struct cloud_op sqs_op_get_queue_attributes = {.service = &aws_service_sqs,
                                                     .action = "GetQueueAttributes",
                                                     .in = &in_describe,
                                                     .out = &out_describe,
                                                     .repeats = true};
/* What was received by an answer that got lost comes again when its visibility is over. */
const struct cloud_op sqs_op_receive_message = {.service = &aws_service_sqs,
                                                .action = "ReceiveMessage",
                                                .in = &in_receive,
                                                .out = &out_receive,
                                                .repeats = true,
                                                .wait = "WaitTimeSeconds"};
const struct cloud_op sqs_op_delete_message = {
    .service = &aws_service_sqs, .action = "DeleteMessage", .in = &in_delete, .repeats = true};

/* --- queues -------------------------------------------------------------------------------- */

int sqs_find_queue(struct aws_client *c, const char *name, struct arena *arena, const char **url,
                   struct err *err)
{
    const struct ask ask = {.name = name};
    struct found found = {0};
    *url = NULL;
    if (!name || !*name)
        return err_set(err, ERR_USAGE, "the name of the queue is empty");
    if (cloud_op_call(c, &sqs_op_get_queue_url, &ask, arena, &found, err))
        return err_wrap(err, "queue '%s'", name);
    *url = found.url;
    return 0;
}

static const char *attribute(const struct shape_pairs *attributes, const char *name)
{
    shape_each(pair, attributes)
        if (strcmp(pair->key, name) == 0)
            return pair->value;
    return NULL;
}

static struct shape_int number(const struct shape_pairs *attributes, const char *name)
{
    const char *text = attribute(attributes, name);
    uint64_t n;
    if (!text || !sv_to_u64(sv_of(text), &n) || n > INT64_MAX)
        return (struct shape_int){0};
    return shape_int((int64_t)n);
}

int sqs_describe(struct aws_client *c, const char *url, struct arena *arena, struct sqs_queue *out,
                 struct err *err)
{
    static const char *all[] = {"All"};
    const struct ask ask = {.url = url, .attributes = {all, 1, 1}};
    struct described d = {0};
    *out = (struct sqs_queue){0};
    if (cloud_op_call(c, &sqs_op_get_queue_attributes, &ask, arena, &d, err))
        return err_wrap(err, "queue %s", url);
    const struct shape_pairs *a = &d.attributes;
    const char *fifo = attribute(a, "FifoQueue");
    *out = (struct sqs_queue){
        .arn = attribute(a, "QueueArn"),
        .redrive = attribute(a, "RedrivePolicy"),
        .visibility_s = number(a, "VisibilityTimeout"),
        .retention_s = number(a, "MessageRetentionPeriod"),
        .messages = number(a, "ApproximateNumberOfMessages"),
        .in_flight = number(a, "ApproximateNumberOfMessagesNotVisible"),
        .delayed = number(a, "ApproximateNumberOfMessagesDelayed"),
        .fifo = fifo && strcmp(fifo, "true") == 0,
    };
    return 0;
}

/* --- messages ------------------------------------------------------------------------------ */

bool sqs_md5(struct sv bytes, char out[static SQS_MD5_MAX])
{
    unsigned char hash[EVP_MAX_MD_SIZE];
    unsigned n = 0;
    if (EVP_Digest(bytes.len ? bytes.ptr : "", bytes.len, hash, &n, EVP_md5(), NULL) != 1)
        return false;
    for (unsigned i = 0; i < n; i++)
        snprintf(out + 2 * i, 3, "%02x", hash[i]);
    return true;
}

static int take_message(const struct message *m, struct sqs_message *out, struct err *err)
{
    char md5[SQS_MD5_MAX];
    if (m->md5 && sqs_md5(sv_of(m->body), md5) && strcmp(m->md5, md5) != 0)
        return err_set(err, ERR_INPUT,
                       "message %s: the body is damaged: its MD5 is %s, SQS says %s", m->id, md5,
                       m->md5);
    struct shape_int sent = number(&m->attributes, "SentTimestamp");
    struct shape_int received = number(&m->attributes, "ApproximateReceiveCount");
    *out = (struct sqs_message){
        .id = m->id,
        .receipt = m->receipt,
        .body = m->body,
        .sent_ms = sent.n,
        .received = received.n > UINT32_MAX ? UINT32_MAX : (unsigned)received.n,
    };
    return 0;
}

static int check_look(const struct sqs_look *look, struct err *err)
{
    if (look->most < 1 || look->most > MOST)
        return err_set(err, ERR_USAGE, "%u messages at once, expected 1 to %d", look->most, MOST);
    if (look->wait_s > WAIT_MAX_S)
        return err_set(err, ERR_USAGE, "a wait of %u s, expected 0 to %d", look->wait_s,
                       WAIT_MAX_S);
    if (look->visibility_s.n < 0 || look->visibility_s.n > VISIBILITY_MAX_S)
        return err_set(err, ERR_USAGE, "a visibility of %lld s, expected 0 to %d",
                       (long long)look->visibility_s.n, VISIBILITY_MAX_S);
    return 0;
}

int sqs_receive(struct aws_client *c, const char *url, const struct sqs_look *look,
                struct arena *arena, struct sqs_messages *out, struct err *err)
{
    static const char *names[] = {"SentTimestamp", "ApproximateReceiveCount"};
    const struct ask ask = {.url = url,
                            .attributes = {names, ARRAY_LEN(names), ARRAY_LEN(names)},
                            .most = shape_int(look->most),
                            .wait = shape_int(look->wait_s),
                            .visibility = look->visibility_s};
    struct received received = {0};
    *out = (struct sqs_messages){0};
    if (check_look(look, err) ||
        cloud_op_call(c, &sqs_op_receive_message, &ask, arena, &received, err))
        return err_wrap(err, "queue %s", url);
    shape_each(m, &received.messages) {
        struct sqs_message *one = shape_list_add(&out->items, sizeof *one, arena);
        if (take_message(m, one, err))
            return err_wrap(err, "queue %s", url);
    }
    return 0;
}

int sqs_delete(struct aws_client *c, const char *url, const char *receipt, struct err *err)
{
    const struct ask ask = {.url = url, .receipt = receipt};
    return cloud_op_call(c, &sqs_op_delete_message, &ask, NULL, NULL, err)
               ? err_wrap(err, "queue %s", url)
               : 0;
}
