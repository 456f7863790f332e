/*
 * sqs: queues of SQS, as far as notices are read from them: what a queue is like, its messages.
 * The contract of the calls is that of cloud/eks.h. A queue that is not there, or of which nothing
 * may be known, is ERR_NOT_FOUND; a receipt that SQS does not take is ERR_INPUT.
 */
#ifndef TOBAN_CLOUD_SQS_H
#define TOBAN_CLOUD_SQS_H

#include "aws/client.h"
#include "cloud/shape.h"

/* The URL of a queue of this account and region, by its name: "prod-interruptions". */
int sqs_find_queue(struct aws_client *c, const char *name, struct arena *arena, const char **url,
                   struct err *err);

/* Counts are SQS's own, which calls them approximate: they settle within a minute. How old the
 * oldest message is is told by CloudWatch only. */
struct sqs_queue {
    const char *arn;
    const char *redrive;           /* its policy, JSON as it was set; NULL: no dead-letter queue */
    struct shape_int visibility_s; /* what is received stays hidden so long */
    struct shape_int retention_s;  /* messages older than that are dropped */
    struct shape_int messages;     /* to be received now */
    struct shape_int in_flight;    /* received, neither deleted nor visible again */
    struct shape_int delayed;
    bool fifo;
};
int sqs_describe(struct aws_client *c, const char *url, struct arena *arena, struct sqs_queue *out,
                 struct err *err);

struct sqs_message {
    const char *id;
    const char *receipt; /* of this receiving; sqs_delete takes it */
    const char *body;
    int64_t sent_ms;   /* milliseconds since 1970; 0: not told */
    unsigned received; /* times, with this one; 0: not told */
};
struct sqs_messages {
    SHAPE_LIST(struct sqs_message) items;
};

struct sqs_look {
    unsigned most;                 /* messages, 1 to 10; SQS may give fewer than there are */
    unsigned wait_s;               /* 0 to 20: SQS waits so long for the first one */
    struct shape_int visibility_s; /* 0 to 43200; unset: the queue's own. 0 only looks: the messages
                                      stay for everybody, but have been received once more */
};

/* Receives messages; none is no error. What is not deleted comes again when its visibility is
 * over. A body whose MD5 is not the one that SQS tells is ERR_INPUT (where the system's OpenSSL
 * has MD5; with FIPS it may not). ERR_USAGE: `look` is out of its limits. */
int sqs_receive(struct aws_client *c, const char *url, const struct sqs_look *look,
                struct arena *arena, struct sqs_messages *out, struct err *err);

/* Ends a message. 0 also when it was gone. */
int sqs_delete(struct aws_client *c, const char *url, const char *receipt, struct err *err);

#define SQS_MD5_MAX 33
/* MD5 as SQS writes it, 32 hex digits. False: this system has no MD5. */
bool sqs_md5(struct sv bytes, char out[static SQS_MD5_MAX]);

#endif
