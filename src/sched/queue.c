#include "sched/queue.h"

#include "base/must.h"
#include "sched/queue_heap.h"
#include "sched/queue_wake.h"

/* internal/queue/scheduling_queue.go of 1.20.2 and its successors. */
enum {
    FIRST_BACKOFF_MS = 1000,
    MAX_BACKOFF_MS = 10000,
    BACKOFF_TICK_MS = 1000,
    FLUSH_TICK_MS = 30000,
    FLUSH_AFTER_OLD_MS = 60000,
    FLUSH_AFTER_MS = 300000,
    FLUSH_FIVE_MINUTES = 24, /* 1.24 waits five minutes instead of one */
    POP_FROM_BACKOFF = 33,   /* 1.33 takes from back-off when nothing is active */
    NEWEST = 36,
};

enum state { OUT, IN_FLIGHT, ACTIVE, BACKOFF, STUCK };

struct waiting {
    enum state state;
    uint32_t attempts;
    int64_t since;                          /* entered, or found no node last */
    uint32_t next, prev;                    /* among the stuck, oldest first */
    uint32_t class, class_next, class_prev; /* among the stuck of its class */
};

/* Classes with stuck pods: whom a change wakes depends on the class alone. */
struct stuck_class {
    uint32_t first; /* pod; WORLD_NONE */
    uint32_t place; /* in stuck_classes */
};

struct sched_queue {
    const struct world *w;
    unsigned minor;
    struct queue_heap active, backoff;
    struct waiting *pods;
    uint32_t *places; /* in its heap */
    uint32_t pod_cap;
    uint32_t stuck_first, stuck_last, stuck_len, failed_len;
    struct stuck_class *by_class;
    uint32_t class_cap;
    VEC(uint32_t) stuck_classes;
    uint64_t cycle, serial;
    uint64_t moved_cycle; /* of the last change that moved pods; +1, 0: none */
    int64_t now;
};

struct sched_queue *sched_queue_new(const struct world *w, struct version version)
{
    struct sched_queue *q = mem_must((struct sched_queue *)calloc(1, sizeof *q));
    q->w = w;
    version = version.set ? version : w->version;
    q->minor = version.set ? version.minor : NEWEST;
    q->stuck_first = q->stuck_last = WORLD_NONE;
    return q;
}

void sched_queue_free(struct sched_queue *q)
{
    if (!q)
        return;
    vec_release(&q->active.entries);
    vec_release(&q->backoff.entries);
    free(q->pods);
    free(q->places);
    free(q->by_class);
    vec_release(&q->stuck_classes);
    free(q);
}

static void *grown(void *old, size_t len, size_t cap, size_t size)
{
    char *bigger = mem_must((char *)realloc(old, cap * size));
    memset(bigger + len * size, 0, (cap - len) * size);
    return bigger;
}

static struct waiting *waiting_at(struct sched_queue *q, uint32_t pod)
{
    if (pod >= q->pod_cap) {
        uint32_t cap = pod + 1 + pod / 2 + 64;
        q->pods = grown(q->pods, q->pod_cap, cap, sizeof *q->pods);
        q->places = grown(q->places, q->pod_cap, cap, sizeof *q->places);
        q->pod_cap = cap;
    }
    return &q->pods[pod];
}

static int64_t backoff_ends(const struct waiting *p)
{
    int64_t pause = FIRST_BACKOFF_MS;
    for (uint32_t i = 1; i < p->attempts && pause < MAX_BACKOFF_MS; i++)
        pause *= 2;
    return p->since + (pause < MAX_BACKOFF_MS ? pause : MAX_BACKOFF_MS);
}

/* The scheduler looks after pods that wait only now and then. */
static int64_t next_tick(int64_t t, int64_t tick)
{
    return (t + tick - 1) / tick * tick;
}

static int64_t priority_of(const struct sched_queue *q, uint32_t pod)
{
    return world_class_of(q->w, pod)->priority;
}

static void enter_active(struct sched_queue *q, uint32_t pod)
{
    struct waiting *p = &q->pods[pod];
    p->state = ACTIVE;
    queue_heap_push(&q->active, q->places,
                    (struct queue_key){-priority_of(q, pod), p->since, q->serial++}, pod);
}

static void enter_backoff(struct sched_queue *q, uint32_t pod)
{
    struct waiting *p = &q->pods[pod];
    int64_t ends = backoff_ends(p);
    struct queue_key key = {ends, 0, q->serial++};
    if (q->minor >= POP_FROM_BACKOFF)
        key = (struct queue_key){next_tick(ends, BACKOFF_TICK_MS), -priority_of(q, pod), key.third};
    p->state = BACKOFF;
    queue_heap_push(&q->backoff, q->places, key, pod);
}

static struct stuck_class *stuck_class_of(struct sched_queue *q, uint32_t class)
{
    if (class >= q->class_cap) {
        uint32_t cap = class + class / 2 + 64;
        q->by_class = grown(q->by_class, q->class_cap, cap, sizeof *q->by_class);
        for (uint32_t i = q->class_cap; i < cap; i++)
            q->by_class[i].first = WORLD_NONE;
        q->class_cap = cap;
    }
    return &q->by_class[class];
}

static void enter_class(struct sched_queue *q, uint32_t pod)
{
    struct waiting *p = &q->pods[pod];
    p->class = q->w->pods.items[pod].class;
    struct stuck_class *c = stuck_class_of(q, p->class);
    p->class_prev = WORLD_NONE;
    p->class_next = c->first;
    if (c->first != WORLD_NONE) {
        q->pods[c->first].class_prev = pod;
    } else {
        c->place = (uint32_t)q->stuck_classes.len;
        must_push(&q->stuck_classes, p->class);
    }
    c->first = pod;
}

static void leave_class(struct sched_queue *q, const struct waiting *p)
{
    struct stuck_class *c = &q->by_class[p->class];
    *(p->class_prev == WORLD_NONE ? &c->first : &q->pods[p->class_prev].class_next) = p->class_next;
    if (p->class_next != WORLD_NONE)
        q->pods[p->class_next].class_prev = p->class_prev;
    if (c->first != WORLD_NONE)
        return;
    uint32_t last = q->stuck_classes.items[--q->stuck_classes.len];
    q->stuck_classes.items[c->place] = last;
    q->by_class[last].place = c->place;
}

static void enter_stuck(struct sched_queue *q, uint32_t pod)
{
    struct waiting *p = &q->pods[pod];
    p->state = STUCK;
    p->next = WORLD_NONE;
    p->prev = q->stuck_last;
    *(p->prev == WORLD_NONE ? &q->stuck_first : &q->pods[p->prev].next) = pod;
    q->stuck_last = pod;
    q->stuck_len++;
    enter_class(q, pod);
}

static void leave_stuck(struct sched_queue *q, const struct waiting *p)
{
    *(p->prev == WORLD_NONE ? &q->stuck_first : &q->pods[p->prev].next) = p->next;
    *(p->next == WORLD_NONE ? &q->stuck_last : &q->pods[p->next].prev) = p->prev;
    q->stuck_len--;
    leave_class(q, p);
}

static void leave(struct sched_queue *q, uint32_t pod)
{
    struct waiting *p = &q->pods[pod];
    if (p->state == ACTIVE)
        queue_heap_remove(&q->active, q->places, q->places[pod]);
    else if (p->state == BACKOFF)
        queue_heap_remove(&q->backoff, q->places, q->places[pod]);
    else if (p->state == STUCK)
        leave_stuck(q, p);
    q->failed_len -= p->attempts && p->state != IN_FLIGHT && p->state != OUT;
    p->state = OUT;
}

static void wake(struct sched_queue *q, uint32_t pod)
{
    struct waiting *p = &q->pods[pod];
    leave_stuck(q, p);
    if (backoff_ends(p) > q->now)
        enter_backoff(q, pod);
    else
        enter_active(q, pod);
}

/* Oldest first, as they stand in the queue. */
static void wake_class(struct sched_queue *q, uint32_t class)
{
    uint32_t pod = q->by_class[class].first;
    while (q->pods[pod].class_next != WORLD_NONE)
        pod = q->pods[pod].class_next;
    while (pod != WORLD_NONE) {
        uint32_t younger = q->pods[pod].class_prev;
        wake(q, pod);
        pod = younger;
    }
}

static int64_t backoff_due(const struct sched_queue *q)
{
    return q->backoff.entries.len
               ? next_tick(q->backoff.entries.items[0].key.first, BACKOFF_TICK_MS)
               : INT64_MAX;
}

/* Strictly longer than the limit, and seen at a tick. */
static int64_t flush_due(const struct sched_queue *q)
{
    int64_t after = q->minor < FLUSH_FIVE_MINUTES ? FLUSH_AFTER_OLD_MS : FLUSH_AFTER_MS;
    return q->stuck_len ? next_tick(q->pods[q->stuck_first].since + after + 1, FLUSH_TICK_MS)
                        : INT64_MAX;
}

static void advance(struct sched_queue *q, int64_t now)
{
    if (now > q->now)
        q->now = now;
    if (!q->stuck_len && !q->backoff.entries.len)
        return;
    while (flush_due(q) <= q->now)
        wake(q, q->stuck_first);
    while (backoff_due(q) <= q->now) {
        uint32_t pod = q->backoff.entries.items[0].pod;
        queue_heap_remove(&q->backoff, q->places, 0);
        enter_active(q, pod);
    }
}

void sched_queue_fetch(const struct sched_queue *q, uint32_t pod)
{
    if (pod >= q->pod_cap)
        return;
    __builtin_prefetch(&q->pods[pod], 1);
    __builtin_prefetch(&q->places[pod], 1);
}

void sched_queue_add(struct sched_queue *q, uint32_t pod, int64_t now)
{
    struct waiting *p = waiting_at(q, pod);
    advance(q, now);
    leave(q, pod);
    p->attempts = 0;
    p->since = q->now;
    enter_active(q, pod);
}

void sched_queue_remove(struct sched_queue *q, uint32_t pod)
{
    if (pod >= q->pod_cap)
        return;
    leave(q, pod);
    q->pods[pod].attempts = 0;
}

uint32_t sched_queue_pop(struct sched_queue *q, int64_t now)
{
    advance(q, now);
    const struct queue_heap *from = &q->active;
    if (!from->entries.len && q->minor >= POP_FROM_BACKOFF)
        from = &q->backoff;
    if (!from->entries.len)
        return WORLD_NONE;
    uint32_t pod = from->entries.items[0].pod;
    leave(q, pod);
    q->pods[pod].state = IN_FLIGHT;
    q->pods[pod].attempts++;
    q->cycle++;
    return pod;
}

void sched_queue_unschedulable(struct sched_queue *q, uint32_t pod, int64_t now)
{
    struct waiting *p = waiting_at(q, pod);
    advance(q, now);
    leave(q, pod);
    p->attempts += !p->attempts;
    p->since = q->now;
    q->failed_len++;
    if (q->moved_cycle > q->cycle)
        enter_backoff(q, pod);
    else
        enter_stuck(q, pod);
}

/* Claims are not of the class. */
static void wake_each(struct sched_queue *q, enum queue_wake whom, const struct world_change *c)
{
    for (uint32_t pod = q->stuck_first, next; pod != WORLD_NONE; pod = next) {
        next = q->pods[pod].next;
        if (queue_wakes(q->w, whom, c, pod))
            wake(q, pod);
    }
}

/* From the end: a class that wakes leaves its place to the last one, which was asked already. */
static void wake_classes(struct sched_queue *q, enum queue_wake whom, const struct world_change *c)
{
    for (uint32_t i = (uint32_t)q->stuck_classes.len; i--;) {
        uint32_t class = q->stuck_classes.items[i];
        if (queue_wakes(q->w, whom, c, q->by_class[class].first))
            wake_class(q, class);
    }
}

void sched_queue_change(struct sched_queue *q, const struct world_change *c, int64_t now)
{
    enum queue_wake whom = queue_wake_of(q->w, c, q->minor);
    if (whom == WAKE_NOBODY)
        return;
    advance(q, now);
    q->moved_cycle = q->cycle + 1;
    if (whom == WAKE_CLAIMS)
        wake_each(q, whom, c);
    else
        wake_classes(q, whom, c);
}

int64_t sched_queue_next(const struct sched_queue *q)
{
    if (q->active.entries.len || (q->backoff.entries.len && q->minor >= POP_FROM_BACKOFF))
        return q->now;
    int64_t backoff = backoff_due(q), flush = flush_due(q);
    return backoff < flush ? backoff : flush;
}

uint32_t sched_queue_len(const struct sched_queue *q)
{
    return (uint32_t)(q->active.entries.len + q->backoff.entries.len) + q->stuck_len;
}

uint32_t sched_queue_stuck(const struct sched_queue *q)
{
    return q->failed_len;
}
