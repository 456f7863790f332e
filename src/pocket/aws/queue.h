/*
 * queue: one standard queue of SQS by itself: which message can be had when. Virtual time in, no
 * accounts, no protocols. Source: the developer guide of SQS (visibility timeout, delay queues,
 * dead-letter queues, quotas). Times are virtual milliseconds since the start of the pocket.
 */
#ifndef TOBAN_POCKET_AWS_QUEUE_H
#define TOBAN_POCKET_AWS_QUEUE_H

#include "base/sv.h"
#include "base/vec.h"
#include "cloud/sqs.h"

#define QUEUE_IN_FLIGHT_MAX 120000
#define QUEUE_RECEIPT_MAX 120

/* A message attribute: a text, or bytes in base64. */
struct queue_attribute {
    const char *name, *type, *text, *bytes;
};
struct queue_attributes {
    SHAPE_LIST(struct queue_attribute) list;
};

struct queue_message {
    uint64_t serial;
    char *id, *body, *sender; /* owned */
    struct queue_attribute *attributes;
    uint32_t attribute_count;
    int64_t sent_ms;
    int64_t first_ms;   /* when it was received first */
    int64_t visible_ms; /* can be received from then on */
    unsigned received;
};

struct queue {
    char *name;
    uint64_t serial, next_serial;
    int64_t created_ms, changed_ms, purged_ms; /* purged_ms: INT64_MIN when it never was */
    int64_t deleted_ms;                        /* -1: it is there */
    int64_t visibility_s, delay_s, retention_s, wait_s, size_max;
    struct queue *dead; /* where messages go that were received too often; NULL: nowhere */
    int64_t receive_max;
    VEC(struct queue_message *) messages; /* as they came */
};

struct queue *queue_new(const char *name, uint64_t serial, int64_t now_ms);
/* NULL-safe. */
void queue_free(struct queue *q);

struct queue_sent {
    const char *id, *body, *sender;
    const struct queue_attributes *attributes; /* NULL: none */
    int64_t delay_s;                           /* -1: the queue's */
};
/* Copies all of it. */
void queue_send(struct queue *q, const struct queue_sent *s, int64_t now_ms);

/* Receives up to `most` messages, hidden for visibility_s from now on; the count of those in out,
 * which are valid until the queue changes. What was received too often goes to the dead-letter
 * queue on the way. */
unsigned queue_receive(struct queue *q, int64_t visibility_s, int64_t now_ms, unsigned most,
                       struct queue_message **out);

/* The receipt of the last receiving. */
void queue_receipt(const struct queue *q, const struct queue_message *m,
                   char out[static QUEUE_RECEIPT_MAX]);
/* Whether a receipt was made by this queue, and the message it is of: NULL when that is gone. */
bool queue_find(struct queue *q, const char *receipt, struct queue_message **out);
void queue_delete(struct queue *q, struct queue_message *m);
void queue_purge(struct queue *q);

/* Whether it was received, and is hidden since. */
bool queue_in_flight(const struct queue_message *m, int64_t now_ms);

struct queue_count {
    uint64_t visible, in_flight, delayed;
};
/* Drops what is older than the retention. */
struct queue_count queue_count(struct queue *q, int64_t now_ms);

/* MD5 over attributes as SQS makes it, whatever their order. False: this system has no MD5, or
 * there are none. */
bool queue_attributes_md5(const struct queue_attribute *list, size_t count,
                          char out[static SQS_MD5_MAX]);
/* Bytes that count for the size of a message. */
size_t queue_attributes_size(const struct queue_attribute *list, size_t count);

#endif
