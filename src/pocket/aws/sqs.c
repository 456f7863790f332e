/* SQS: queues come and go. */
#include "pocket/aws/sqs_internal.h"

#include "base/must.h"
#include "cloud/ops.h"

#define NAME_MAX_LEN 80
#define LIST_MOST 1000
/* A name is free again so long after its queue was deleted; purges are that far apart. */
#define PAUSE_MS 60000

/* --- life ---------------------------------------------------------------------------------- */

static void begin(struct account *a)
{
    a->sqs = mem_must(calloc(1, sizeof *a->sqs));
}

static void release(struct account *a)
{
    vec_foreach(own, &a->sqs->queues) {
        queue_free((*own)->queue);
        free(*own);
    }
    vec_release(&a->sqs->queues);
    free(a->sqs);
}

struct sqs_own *sqs_find(const struct account *a, struct sv name)
{
    vec_foreach(own, &a->sqs->queues)
        if ((*own)->queue->deleted_ms < 0 && sv_is(name, (*own)->queue->name))
            return *own;
    return NULL;
}

static struct sqs_own *add_queue(struct account *a, const char *name)
{
    struct sqs_own *own = mem_must(calloc(1, sizeof *own));
    own->queue = queue_new(name, ++a->sqs->serial, a->now_ms);
    must_push(&a->sqs->queues, own);
    return own;
}

void sqs_make(struct account *a, const char *queue)
{
    if (!sqs_find(a, sv_of(queue)))
        add_queue(a, queue);
}

void sqs_post(struct account *a, const char *queue, const char *body)
{
    const struct sqs_own *own = sqs_find(a, sv_of(queue));
    char id[37];
    if (!own)
        return;
    account_write_uuid(a, id);
    queue_send(own->queue,
               &(struct queue_sent){
                   .id = id, .body = body, .sender = "AIDAPOCKETEVENTS00000", .delay_s = -1},
               a->now_ms);
}

/* --- names --------------------------------------------------------------------------------- */

const char *sqs_arn(struct service_call *c, const struct queue *q)
{
    const struct account *a = c->account;
    return mem_must(
        arena_fmt(c->arena, "arn:%s:sqs:%s:%s:%s", a->partition, a->region, a->id, q->name));
}

static const char *url_of(struct service_call *c, const struct queue *q)
{
    return mem_must(arena_fmt(c->arena, "http://%s/%s/%s", c->host, c->account->id, q->name));
}

int sqs_refuse_missing(struct service_call *c, const char *name)
{
    return service_refuse(c, 400, "MissingParameter", "The request must contain the parameter %s.",
                          name);
}

int sqs_refuse_value(struct service_call *c, const char *value, const char *name,
                     const char *reason)
{
    return service_refuse(c, 400, "InvalidParameterValue",
                          "Value %s for parameter %s is invalid. Reason: %s", value, name, reason);
}

int sqs_check_number(struct service_call *c, const struct shape_int *n, const char *name,
                     int64_t least, int64_t most)
{
    if (!n->set || (n->n >= least && n->n <= most))
        return 0;
    return sqs_refuse_value(
        c, mem_must(arena_fmt(c->arena, "%lld", (long long)n->n)), name,
        mem_must(arena_fmt(c->arena, "Must be between %lld and %lld, if provided.",
                           (long long)least, (long long)most)));
}

static int refuse_queue(struct service_call *c)
{
    return service_refuse(c, 400, "QueueDoesNotExist", "The specified queue does not exist.");
}

/* ".../ACCOUNT/NAME" */
struct sqs_own *sqs_of_url(struct service_call *c, const char *url)
{
    struct sv rest = sv_of(url ? url : c->path), account = SV_NONE, name = SV_NONE;
    while (rest.ptr) {
        account = name;
        name = sv_split(&rest, '/');
    }
    if (!url && !account.len) {
        sqs_refuse_missing(c, "QueueUrl");
        return NULL;
    }
    struct sqs_own *own = sv_is(account, c->account->id) ? sqs_find(c->account, name) : NULL;
    if (!own)
        refuse_queue(c);
    return own;
}

/* --- making -------------------------------------------------------------------------------- */

struct ask {
    const char *name, *url, *prefix, *token, *owner;
    struct shape_int most;
    struct shape_pairs attributes;
};
static const struct shape_field create_fields[] = {
    SHAPE_FIELD(struct ask, SHAPE_TEXT, "QueueName", name),
    {.name = "Attributes",
     .flat = "Attribute",
     .kind = SHAPE_PAIRS,
     .offset = offsetof(struct ask, attributes)},
};
static const struct shape in_create = SHAPE(struct ask, create_fields);
static const struct shape_field find_fields[] = {
    SHAPE_FIELD(struct ask, SHAPE_TEXT, "QueueName", name),
    SHAPE_FIELD(struct ask, SHAPE_TEXT, "QueueOwnerAWSAccountId", owner),
};
static const struct shape in_find = SHAPE(struct ask, find_fields);
static const struct shape_field url_fields[] = {
    SHAPE_FIELD(struct ask, SHAPE_TEXT, "QueueUrl", url),
};
static const struct shape in_url = SHAPE(struct ask, url_fields);
static const struct shape_field list_fields[] = {
    SHAPE_FIELD(struct ask, SHAPE_TEXT, "QueueNamePrefix", prefix),
    SHAPE_FIELD(struct ask, SHAPE_INT, "MaxResults", most),
    SHAPE_FIELD(struct ask, SHAPE_TEXT, "NextToken", token),
};
static const struct shape in_list = SHAPE(struct ask, list_fields);

struct told {
    const char *url, *token;
    struct shape_texts urls;
};
static const struct shape_field told_url[] = {
    SHAPE_FIELD(struct told, SHAPE_TEXT, "QueueUrl", url),
};
static const struct shape out_url = SHAPE(struct told, told_url);
static const struct shape_field told_list[] = {
    {.name = "QueueUrls",
     .flat = "QueueUrl",
     .kind = SHAPE_TEXTS,
     .offset = offsetof(struct told, urls)},
    SHAPE_FIELD(struct told, SHAPE_TEXT, "NextToken", token),
};
static const struct shape out_list = SHAPE(struct told, told_list);

static bool is_fifo(const struct ask *in)
{
    shape_each(pair, &in->attributes)
        if (strcmp(pair->key, "FifoQueue") == 0 && strcmp(pair->value, "true") == 0)
            return true;
    return in->name && sv_ends(sv_of(in->name), ".fifo");
}

static int check_name(struct service_call *c, const struct ask *in)
{
    size_t n = in->name ? strlen(in->name) : 0;
    if (!in->name)
        return sqs_refuse_missing(c, "QueueName");
    if (is_fifo(in))
        return service_refuse(c, 400, "UnsupportedOperation",
                              "The pocket EKS has standard queues only, no FIFO queues: make %s "
                              "without FifoQueue and without .fifo in its name.",
                              in->name);
    if (!n || n > NAME_MAX_LEN ||
        strspn(in->name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_") != n)
        return service_refuse(c, 400, "InvalidParameterValue",
                              "Can only include alphanumeric characters, hyphens, or underscores. "
                              "1 to 80 in length");
    vec_foreach(own, &c->account->sqs->queues) {
        const struct queue *q = (*own)->queue;
        if (q->deleted_ms >= 0 && strcmp(q->name, in->name) == 0 &&
            c->account->now_ms < q->deleted_ms + PAUSE_MS)
            return service_refuse(c, 400, "QueueDeletedRecently",
                                  "You must wait 60 seconds after deleting a queue before you can "
                                  "create another with the same name.");
    }
    return 0;
}

static int create(struct service_call *c)
{
    const struct ask *in = c->in;
    if (check_name(c, in) < 0)
        return -1;
    struct sqs_own *own = sqs_find(c->account, sv_of(in->name));
    const char *other = own ? sqs_differs(c, own, &in->attributes) : NULL;
    if (other)
        return service_refuse(c, 400, "QueueNameExists",
                              "A queue already exists with the same name and a different value for "
                              "attribute %s",
                              other);
    if (!own) {
        own = add_queue(c->account, in->name);
        if (sqs_set(c, own, &in->attributes) < 0) {
            struct sqs_state *s = c->account->sqs;
            s->queues.len--;
            queue_free(own->queue);
            free(own);
            return -1;
        }
    }
    ((struct told *)c->out)->url = url_of(c, own->queue);
    return 0;
}

static int get_url(struct service_call *c)
{
    const struct ask *in = c->in;
    if (!in->name)
        return sqs_refuse_missing(c, "QueueName");
    const struct sqs_own *own = in->owner && strcmp(in->owner, c->account->id) != 0
                                    ? NULL
                                    : sqs_find(c->account, sv_of(in->name));
    if (!own)
        return refuse_queue(c);
    ((struct told *)c->out)->url = url_of(c, own->queue);
    return 0;
}

static int list(struct service_call *c)
{
    const struct ask *in = c->in;
    struct told *out = c->out;
    if (sqs_check_number(c, &in->most, "MaxResults", 1, LIST_MOST) < 0)
        return -1;
    vec_foreach(own, &c->account->sqs->queues) {
        const struct queue *q = (*own)->queue;
        if (q->deleted_ms >= 0 || (in->prefix && !sv_starts(sv_of(q->name), in->prefix)))
            continue;
        *(const char **)shape_list_add(&out->urls, sizeof(const char *), c->arena) = url_of(c, q);
    }
    return 0;
}

/* --- ending -------------------------------------------------------------------------------- */

static int delete_queue(struct service_call *c)
{
    struct sqs_own *own = sqs_of_url(c, ((const struct ask *)c->in)->url);
    if (!own)
        return -1;
    own->queue->deleted_ms = c->account->now_ms;
    queue_purge(own->queue);
    return 0;
}

static int purge(struct service_call *c)
{
    struct sqs_own *own = sqs_of_url(c, ((const struct ask *)c->in)->url);
    if (!own)
        return -1;
    struct queue *q = own->queue;
    if (q->purged_ms != INT64_MIN && c->account->now_ms < q->purged_ms + PAUSE_MS)
        return service_refuse(c, 403, "PurgeQueueInProgress",
                              "Only one PurgeQueue operation on %s is allowed every 60 seconds.",
                              q->name);
    q->purged_ms = c->account->now_ms;
    queue_purge(q);
    return 0;
}

/* --- the service --------------------------------------------------------------------------- */

static const struct service_pages pages = {
    .asked_most = offsetof(struct ask, most),
    .asked_token = offsetof(struct ask, token),
    .list = offsetof(struct told, urls),
    .item = sizeof(const char *),
    .token = offsetof(struct told, token),
    .most = LIST_MOST,
};
static const struct service_action actions[] = {
    {.name = "CreateQueue", .in = &in_create, .out = &out_url, .run = create},
    {.name = "GetQueueUrl", .in = &in_find, .out = &out_url, .run = get_url},
    {.name = "ListQueues", .in = &in_list, .out = &out_list, .pages = &pages, .run = list},
    {.name = "DeleteQueue", .in = &in_url, .run = delete_queue},
    {.name = "PurgeQueue", .in = &in_url, .run = purge},
};
static const struct service_action *const single_actions[] = {
    &sqs_get_attributes, &sqs_set_attributes, &sqs_send,
    &sqs_receive_action, &sqs_delete_action,  &sqs_change_visibility,
    &sqs_send_batch,     &sqs_delete_batch,   NULL,
};

#define CODE(name) "AWS.SimpleQueueService." name
static const struct service_code codes[] = {
    {"QueueDoesNotExist", CODE("NonExistentQueue")},
    {"QueueNameExists", "QueueAlreadyExists"},
    {"QueueDeletedRecently", CODE("QueueDeletedRecently")},
    {"PurgeQueueInProgress", CODE("PurgeQueueInProgress")},
    {"UnsupportedOperation", CODE("UnsupportedOperation")},
    {"MessageNotInflight", CODE("MessageNotInflight")},
    {"EmptyBatchRequest", CODE("EmptyBatchRequest")},
    {"TooManyEntriesInBatchRequest", CODE("TooManyEntriesInBatchRequest")},
    {"BatchEntryIdsNotDistinct", CODE("BatchEntryIdsNotDistinct")},
    {"BatchRequestTooLong", CODE("BatchRequestTooLong")},
    {"InvalidBatchEntryId", CODE("InvalidBatchEntryId")},
    {"AccessDeniedException", "AccessDenied"},
    {NULL, NULL},
};
static const struct aws_service query_api = {"sqs", "sqs", "sqs", "sqs", AWS_QUERY, "2012-11-05"};

const struct service service_sqs = {
    .api = &aws_service_sqs,
    .query_api = &query_api,
    .query_codes = codes,
    .error_prefix = "com.amazonaws.sqs#",
    .omits_empty = true,
    .xmlns = "http://queue.amazonaws.com/doc/2012-11-05/",
    .actions = actions,
    .action_count = ARRAY_LEN(actions),
    .single_actions = single_actions,
    .begin = begin,
    .release = release,
};
