/* What a queue is set to, and what it tells of itself. */
#include "base/must.h"
#include "doc/doc.h"
#include "pocket/aws/sqs_internal.h"

#define RECEIVE_MAX 1000

static const struct number {
    const char *name;
    size_t offset;
    int64_t least, most;
} numbers[] = {
    {"VisibilityTimeout", offsetof(struct queue, visibility_s), 0, 43200},
    {"MaximumMessageSize", offsetof(struct queue, size_max), 1024, 1 << 20},
    {"MessageRetentionPeriod", offsetof(struct queue, retention_s), 60, 1209600},
    {"DelaySeconds", offsetof(struct queue, delay_s), 0, 900},
    {"ReceiveMessageWaitTimeSeconds", offsetof(struct queue, wait_s), 0, 20},
};
static const char *const texts[] = {
    "Policy",
    "RedrivePolicy",
    "RedriveAllowPolicy",
    "KmsMasterKeyId",
    "KmsDataKeyReusePeriodSeconds",
    "SqsManagedSseEnabled",
    NULL,
};
static const char *const told[] = {
    "All",
    "QueueArn",
    "CreatedTimestamp",
    "LastModifiedTimestamp",
    "ApproximateNumberOfMessages",
    "ApproximateNumberOfMessagesNotVisible",
    "ApproximateNumberOfMessagesDelayed",
    NULL,
};
/* Of FIFO queues: a standard queue has none of them. */
static const char *const fifo[] = {
    "FifoQueue", "ContentBasedDeduplication", "DeduplicationScope", "FifoThroughputLimit", NULL,
};

static const struct number *find_number(const char *name)
{
    for (size_t i = 0; i < ARRAY_LEN(numbers); i++)
        if (strcmp(numbers[i].name, name) == 0)
            return &numbers[i];
    return NULL;
}

static int64_t *number_at(struct queue *q, const struct number *n)
{
    return (int64_t *)((char *)q + n->offset);
}

/* --- setting ------------------------------------------------------------------------------- */

static int refuse_attribute(struct service_call *c, const char *name)
{
    return service_refuse(c, 400, "InvalidAttributeValue", "Invalid value for the parameter %s.",
                          name);
}

/* Where messages go that are received too often, by {"deadLetterTargetArn", "maxReceiveCount"}. */
struct redrive {
    struct queue *dead; /* NULL: nowhere */
    int64_t most;
};

static bool parse_redrive(const char *text, const char **arn, int64_t *most, struct arena *arena)
{
    struct doc_file file = {0};
    struct err err = {0};
    uint64_t n = 0;
    bool good = doc_parse_json(&file, "RedrivePolicy", sv_of(text), NULL, &err) == 0;
    if (good) {
        const struct doc_node *root = file.parts[0].root;
        const struct doc_node *count = doc_get(root, "maxReceiveCount");
        struct sv target = doc_get_string(root, "deadLetterTargetArn");
        if (count && count->type == DOC_INT)
            n = count->integer > 0 ? (uint64_t)count->integer : 0;
        else
            good = sv_to_u64(doc_string(count), &n);
        good = good && target.len && n >= 1 && n <= RECEIVE_MAX;
        *arn = mem_must(arena_dup(arena, target));
        *most = (int64_t)n;
    }
    doc_release(&file);
    return good;
}

static int read_redrive(struct service_call *c, const char *text, struct redrive *out)
{
    const char *arn = NULL;
    *out = (struct redrive){0};
    if (!*text)
        return 0;
    if (!parse_redrive(text, &arn, &out->most, c->arena))
        return sqs_refuse_value(c, text, "RedrivePolicy",
                                "It must have a deadLetterTargetArn, and a maxReceiveCount from 1 "
                                "to 1000.");
    vec_foreach(own, &c->account->sqs->queues)
        if ((*own)->queue->deleted_ms < 0 && strcmp(sqs_arn(c, (*own)->queue), arn) == 0)
            out->dead = (*own)->queue;
    return out->dead
               ? 0
               : sqs_refuse_value(c, text, "RedrivePolicy", "Dead letter target does not exist.");
}

static int check(struct service_call *c, const struct shape_pair *pair)
{
    const struct number *n = find_number(pair->key);
    struct redrive redrive;
    uint64_t value;
    if (shape_value(fifo, pair->key))
        return service_refuse(c, 400, "UnsupportedOperation",
                              "The pocket EKS has standard queues only, which have no %s.",
                              pair->key);
    if (n && (!sv_to_u64(sv_of(pair->value), &value) || value < (uint64_t)n->least ||
              value > (uint64_t)n->most))
        return refuse_attribute(c, pair->key);
    if (!n && !shape_value(texts, pair->key))
        return service_refuse(c, 400, "InvalidAttributeName", "Unknown Attribute %s.", pair->key);
    return strcmp(pair->key, "RedrivePolicy") == 0 ? read_redrive(c, pair->value, &redrive) : 0;
}

static void set_text(struct service_call *c, struct sqs_own *own, const struct shape_pair *pair)
{
    struct redrive redrive;
    if (strcmp(pair->key, "RedrivePolicy") == 0 && read_redrive(c, pair->value, &redrive) == 0) {
        own->queue->dead = redrive.dead;
        own->queue->receive_max = redrive.most;
    }
    if (*pair->value)
        account_set_tag(c->account, &own->texts, pair->key, pair->value);
    else
        account_drop_tag(&own->texts, pair->key);
}

int sqs_set(struct service_call *c, struct sqs_own *own, const struct shape_pairs *attributes)
{
    uint64_t value = 0;
    shape_each(pair, attributes)
        if (check(c, pair) < 0)
            return -1;
    shape_each(pair, attributes) {
        const struct number *n = find_number(pair->key);
        if (n && sv_to_u64(sv_of(pair->value), &value))
            *number_at(own->queue, n) = (int64_t)value;
        else
            set_text(c, own, pair);
    }
    if (attributes->count)
        own->queue->changed_ms = c->account->now_ms;
    return 0;
}

/* --- telling ------------------------------------------------------------------------------- */

static void add_pair(struct service_call *c, struct shape_pairs *out, const char *key,
                     const char *value)
{
    *(struct shape_pair *)shape_list_add(out, sizeof *out->items, c->arena) =
        (struct shape_pair){key, value};
}

static void add_number(struct service_call *c, struct shape_pairs *out, const char *key,
                       uint64_t value)
{
    add_pair(c, out, key, mem_must(arena_fmt(c->arena, "%llu", (unsigned long long)value)));
}

static uint64_t unix_seconds(const struct account *a, int64_t ms)
{
    return (uint64_t)(a->start + ms / 1000);
}

static struct shape_pairs tell_all(struct service_call *c, struct sqs_own *own)
{
    struct queue *q = own->queue;
    struct queue_count count = queue_count(q, c->account->now_ms);
    struct shape_pairs all = {0};
    add_pair(c, &all, "QueueArn", sqs_arn(c, q));
    add_number(c, &all, "ApproximateNumberOfMessages", count.visible);
    add_number(c, &all, "ApproximateNumberOfMessagesNotVisible", count.in_flight);
    add_number(c, &all, "ApproximateNumberOfMessagesDelayed", count.delayed);
    add_number(c, &all, "CreatedTimestamp", unix_seconds(c->account, q->created_ms));
    add_number(c, &all, "LastModifiedTimestamp", unix_seconds(c->account, q->changed_ms));
    for (size_t i = 0; i < ARRAY_LEN(numbers); i++)
        add_number(c, &all, numbers[i].name, (uint64_t)*number_at(q, &numbers[i]));
    if (!account_tag(&own->texts, "SqsManagedSseEnabled"))
        add_pair(c, &all, "SqsManagedSseEnabled", "true");
    shape_each(pair, &own->texts)
        add_pair(c, &all, pair->key, pair->value);
    return all;
}

const char *sqs_differs(struct service_call *c, struct sqs_own *own,
                        const struct shape_pairs *attributes)
{
    struct shape_pairs all = tell_all(c, own);
    shape_each(pair, attributes) {
        const char *has = account_tag(&all, pair->key);
        if (!has || strcmp(has, pair->value) != 0)
            return pair->key;
    }
    return NULL;
}

/* --- actions ------------------------------------------------------------------------------- */

struct ask {
    const char *url;
    struct shape_texts names;
    struct shape_pairs attributes;
};
static const struct shape_field get_fields[] = {
    SHAPE_FIELD(struct ask, SHAPE_TEXT, "QueueUrl", url),
    {.name = "AttributeNames",
     .flat = "AttributeName",
     .kind = SHAPE_TEXTS,
     .offset = offsetof(struct ask, names)},
};
static const struct shape in_get = SHAPE(struct ask, get_fields);
static const struct shape_field set_fields[] = {
    SHAPE_FIELD(struct ask, SHAPE_TEXT, "QueueUrl", url),
    {.name = "Attributes",
     .flat = "Attribute",
     .kind = SHAPE_PAIRS,
     .offset = offsetof(struct ask, attributes)},
};
static const struct shape in_set = SHAPE(struct ask, set_fields);

struct answer {
    struct shape_pairs attributes;
};
static const struct shape_field answer_fields[] = {
    {.name = "Attributes",
     .flat = "Attribute",
     .kind = SHAPE_PAIRS,
     .offset = offsetof(struct answer, attributes)},
};
static const struct shape out_get = SHAPE(struct answer, answer_fields);

static int get_attributes(struct service_call *c)
{
    const struct ask *in = c->in;
    struct answer *out = c->out;
    struct sqs_own *own = sqs_of_url(c, in->url);
    if (!own)
        return -1;
    shape_each(name, &in->names)
        if (!find_number(*name) && !shape_value(texts, *name) && !shape_value(told, *name) &&
            !shape_value(fifo, *name))
            return service_refuse(c, 400, "InvalidAttributeName", "Unknown Attribute %s.", *name);
    struct shape_pairs all = tell_all(c, own);
    shape_each(pair, &all)
        if (shape_has(&in->names, "All") || shape_has(&in->names, pair->key))
            add_pair(c, &out->attributes, pair->key, pair->value);
    return 0;
}

static int set_attributes(struct service_call *c)
{
    const struct ask *in = c->in;
    struct sqs_own *own = sqs_of_url(c, in->url);
    if (!own)
        return -1;
    return in->attributes.count ? sqs_set(c, own, &in->attributes)
                                : sqs_refuse_missing(c, "Attribute.Name");
}

const struct service_action sqs_get_attributes = {
    .name = "GetQueueAttributes", .in = &in_get, .out = &out_get, .run = get_attributes};
const struct service_action sqs_set_attributes = {
    .name = "SetQueueAttributes", .in = &in_set, .run = set_attributes};
