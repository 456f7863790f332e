/*
 * queue: what will happen when, in virtual milliseconds: a timing wheel of two levels (1 ms, 4 s)
 * and a list for what is hours away. Entering and taking cost a constant; events of one millisecond
 * come out in the order in which they were entered. Nothing is ever taken back: a stamp tells the
 * simulator that an event has been overtaken.
 */
#ifndef TOBAN_SIM_QUEUE_H
#define TOBAN_SIM_QUEUE_H

#include <stdbool.h>
#include <stdint.h>

enum event_kind {
    EVENT_POD_GONE,    /* pod: its object goes */
    EVENT_POD_STARTED, /* pod: its containers run */
    EVENT_POD_READY,   /* pod */
    EVENT_POD_EXPIRED, /* pod: its toleration of a dead node ends, or the garbage collector comes */
    EVENT_BIRTH,       /* birth: a controller creates a pod */
    EVENT_SET_AVAILABLE, /* pod of a StatefulSet: minReadySeconds are over */
    EVENT_ATTACHED,      /* attachment */
    EVENT_DETACH,        /* attachment: the controller starts to detach */
    EVENT_DETACHED,      /* attachment */
    EVENT_NODE_JOIN,     /* launch: the Node object appears */
    EVENT_NODE_READY,    /* node */
    EVENT_NODE_LOST,     /* node: silent for the grace period */
    EVENT_AFTER_LOSS,    /* every node that was lost in this moment is known */
    EVENT_NODE_TAINTED,  /* node: NoExecute */
    EVENT_NODE_REMOVED,  /* node */
    EVENT_BUDGET_SYNC,   /* the disruption controller may write again */
    EVENT_BUDGET_RECHECK /* pod: two minutes after an eviction that did not end it */
};

/* Stamps are compared in as many bits. */
#define EVENT_STAMP_BITS 18
#define EVENT_STAMP_MASK ((1u << EVENT_STAMP_BITS) - 1)

struct event {
    int64_t at;
    enum event_kind kind;
    uint32_t index, stamp;
};

#define QUEUE_SLOTS 4096u

struct queue_item {
    uint64_t at : 40, kind : 6, stamp : EVENT_STAMP_BITS;
    uint32_t index, next;
};

/* What is seconds away lies in chunks, so that spreading it reads memory in order. */
#define QUEUE_CHUNK 31u

struct queue_chunk {
    struct queue_item items[QUEUE_CHUNK];
    uint32_t len, next;
};

struct queue_slot {
    uint32_t head, tail; /* items of the near level and of what is far, chunks of the wide one */
};

struct queue_level {
    struct queue_slot slots[QUEUE_SLOTS];
    uint64_t words[QUEUE_SLOTS / 64], summary; /* slots that hold something */
};

struct queue {
    struct queue_item *items;
    uint32_t len, cap, free;
    struct queue_chunk *chunks;
    uint32_t chunk_len, chunk_cap, free_chunk;
    uint32_t held;                  /* events inside */
    int64_t base;                   /* no event is before it */
    int64_t next;                   /* when the first one is; INT64_MAX: there is none */
    struct queue_level near, wide;  /* of 1 ms, of QUEUE_SLOTS ms */
    uint16_t earliest[QUEUE_SLOTS]; /* of a wide slot: its first event's milliseconds in it */
    struct queue_slot far;
    int64_t far_earliest;
};

/* Events later than this (34 years) do not fit; they are dropped. */
#define QUEUE_HORIZON ((INT64_C(1) << 40) - 1)

void queue_init(struct queue *q);
/* NULL-safe; zeroed memory is a released queue. */
void queue_release(struct queue *q);

/* `at` must not be before the last event taken. */
void queue_put(struct queue *q, int64_t at, enum event_kind kind, uint32_t index, uint32_t stamp);

/* When the first event is; INT64_MAX when there is none. */
static inline int64_t queue_next(const struct queue *q)
{
    return q->next;
}

/* Takes the first event unless it is later than `until`. */
bool queue_take(struct queue *q, int64_t until, struct event *out);

/* The events after the one taken last, as far as they are near; how many. A guess to fetch memory
 * by: what is entered meanwhile may come first. Only kind and index are written. */
#define QUEUE_AHEAD 3u
uint32_t queue_ahead(const struct queue *q, struct event out[QUEUE_AHEAD]);

#endif
