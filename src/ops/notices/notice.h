/*
 * notice: what AWS says it is about to do to a machine, read from the body of a message: an
 * EventBridge event as a rule puts it on a queue, a lifecycle hook's own message, or either of them
 * wrapped by SNS. Bytes in, a typed notice out; no I/O, no clock. Whatever came is a notice: what
 * is not known keeps its own name, what is no JSON object says so.
 *
 * Sources: EventBridge event reference (EC2, EC2 Auto Scaling, AWS Health), EC2 user guide ("Spot
 * Instance interruption notices"), SNS developer guide ("HTTP/HTTPS notification JSON format").
 */
#ifndef TOBAN_OPS_NOTICES_NOTICE_H
#define TOBAN_OPS_NOTICES_NOTICE_H

#include "base/arena.h"

enum notice_kind {
    NOTICE_SPOT,        /* "EC2 Spot Instance Interruption Warning" */
    NOTICE_REBALANCE,   /* "EC2 Instance Rebalance Recommendation" */
    NOTICE_STATE,       /* "EC2 Instance State-change Notification" */
    NOTICE_SCALE_IN,    /* "EC2 Instance-terminate Lifecycle Action" */
    NOTICE_MAINTENANCE, /* "AWS Health Event": a scheduled change of EC2 instances */
    NOTICE_OTHER,       /* anything else that is a JSON object, or one of these without instance */
    NOTICE_UNREADABLE,  /* no JSON object */
};

#define NOTICE_SPOT_LEAVES_S 120    /* from a Spot warning to the end of the machine */
#define NOTICE_BYTES_MAX (4u << 20) /* of a body; SQS takes 1 MiB */
#define NOTICE_INSTANCES_MAX 256    /* of one notice */

struct notice {
    enum notice_kind kind;
    const char *id;    /* of the event; NULL: none */
    const char *title; /* its detail-type or whatever names it; of an unreadable one what is wrong.
                          Never NULL */
    const char *what;  /* instance-action, state, name of the lifecycle hook, event type code; NULL
                        */
    const char *group; /* Auto Scaling group that is named; NULL */
    const char *instances[NOTICE_INSTANCES_MAX];
    uint32_t instance_count;    /* of NOTICE_OTHER and NOTICE_UNREADABLE 0 */
    uint32_t instances_dropped; /* beyond NOTICE_INSTANCES_MAX */
    int64_t at;                 /* Unix seconds; 0: not told */
    int64_t leave_by;           /* the same: what is to leave the machine has left; 0: not told */
};

/* Texts live in the arena. */
void notice_parse(struct sv body, struct arena *arena, struct notice *out);

/* "spot-interruption", "rebalance-recommendation", "state-change", "scale-in", "maintenance",
 * "other", "unreadable". */
const char *notice_kind_name(enum notice_kind kind);

/* Is the machine about to go, so that somebody may still empty it? Not so when its state changes:
 * then it is too late, or nothing goes. */
bool notice_is_ahead(const struct notice *n);

#endif
