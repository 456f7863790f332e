/* sqs_internal: what the parts of the pocket's SQS share. */
#ifndef TOBAN_POCKET_AWS_SQS_INTERNAL_H
#define TOBAN_POCKET_AWS_SQS_INTERNAL_H

#include "pocket/aws/queue.h"
#include "pocket/aws/service.h"
#include "pocket/aws/sqs.h"

struct sqs_own {
    struct queue *queue;
    struct shape_pairs texts; /* attributes that are kept as they were set: "Policy" */
};
struct sqs_state {
    VEC(struct sqs_own *) queues; /* deleted ones stay: messages may point at them */
    uint64_t serial;
};

/* ---- sqs.c ---- */

/* NULL: there is none. */
struct sqs_own *sqs_find(const struct account *a, struct sv name);
/* The queue of a URL, or of the path when the URL is NULL. NULL after service_refuse. */
struct sqs_own *sqs_of_url(struct service_call *c, const char *url);
const char *sqs_arn(struct service_call *c, const struct queue *q);
/* Always -1. */
int sqs_refuse_missing(struct service_call *c, const char *name);
int sqs_refuse_value(struct service_call *c, const char *value, const char *name,
                     const char *reason);
/* 0 when a number is not given or within the limits. */
int sqs_check_number(struct service_call *c, const struct shape_int *n, const char *name,
                     int64_t least, int64_t most);

/* ---- sqs_attributes.c ---- */

extern const struct service_action sqs_get_attributes, sqs_set_attributes;
/* Sets attributes of a queue: all of them or, with -1 after service_refuse, none. */
int sqs_set(struct service_call *c, struct sqs_own *own, const struct shape_pairs *attributes);
/* The first attribute that the queue has otherwise; NULL: none. */
const char *sqs_differs(struct service_call *c, struct sqs_own *own,
                        const struct shape_pairs *attributes);

/* ---- sqs_messages.c, sqs_batches.c ---- */

extern const struct service_action sqs_send, sqs_receive_action, sqs_delete_action,
    sqs_change_visibility, sqs_send_batch, sqs_delete_batch;

/* What is sent, alone or in a batch; `id` and `receipt` in batches only. */
struct sqs_entry {
    const char *url, *id, *body, *receipt;
    const char *group, *deduplication; /* of FIFO queues */
    struct shape_int delay;
    struct queue_attributes attributes;
};
struct sqs_sent {
    const char *id, *message, *md5, *attributes_md5;
};
/* The row of message attributes of a struct with `attributes`. */
extern const struct shape sqs_attribute_shape;
#define SQS_ATTRIBUTES(type)                                                                       \
    {                                                                                              \
        .name = "MessageAttributes", .kind = SHAPE_KEYED, .flat = "MessageAttribute",              \
        .offset = offsetof(type, attributes), .of = &sqs_attribute_shape                           \
    }
/* Bytes of a message. */
size_t sqs_size(const struct sqs_entry *e);
/* 0 when a message can be sent; -1 after service_refuse. */
int sqs_check_entry(struct service_call *c, const struct queue *q, const struct sqs_entry *e);
void sqs_send_entry(struct service_call *c, struct queue *q, const struct sqs_entry *e,
                    struct sqs_sent *out);
/* 0 also when the message is gone. */
int sqs_delete_receipt(struct service_call *c, struct queue *q, const char *receipt);

#endif
