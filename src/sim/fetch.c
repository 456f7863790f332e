/* Pods, their classes, owners and nodes lie anywhere in memory, and a large world does not fit into
 * a cache: what the next events need is asked for while this one is worked on. In two steps, as a
 * pod says where the rest is: first the pod, one event later what it points at. */
#include "sim/internal.h"

#define LINE 64

/* Every line of a thing. */
#define fetch(ptr)                                                                                 \
    do {                                                                                           \
        for (size_t fetch_at_ = 0; fetch_at_ < sizeof *(ptr); fetch_at_ += LINE)                   \
            __builtin_prefetch((const char *)(ptr) + fetch_at_, 1);                                \
    } while (0)

static bool is_of_pod(enum event_kind kind)
{
    return kind == EVENT_POD_GONE || kind == EVENT_POD_STARTED || kind == EVENT_POD_READY;
}

static void fetch_class(const struct sim *s, uint32_t class)
{
    const struct world_class *c = &s->w.classes.items[class];
    fetch(&s->classes[class]);
    __builtin_prefetch(&c->grace_s);
    __builtin_prefetch(&s->budgets.first[class]);
}

static void fetch_owner(const struct sim *s, uint32_t owner)
{
    if (owner == WORLD_NONE)
        return;
    fetch(&s->w.workloads.items[owner]);
    fetch(&s->owners[owner]);
}

static void fetch_node(const struct sim *s, uint32_t node)
{
    if (node == WORLD_NONE)
        return;
    const struct world_node *n = &s->w.nodes.items[node];
    __builtin_prefetch(&n->unschedulable);
    __builtin_prefetch(&n->pods, 1);
    __builtin_prefetch(&s->nodes.items[node]);
}

static void fetch_around(const struct sim *s, uint32_t pod)
{
    const struct world_pod *p = &s->w.pods.items[pod];
    if (!p->used)
        return;
    fetch_class(s, p->class);
    fetch_owner(s, p->owner);
    fetch_node(s, p->node);
    if (s->on_near)
        s->on_near(s->ctx, pod);
}

static void fetch_birth(const struct sim *s, uint32_t birth)
{
    const struct birth *b = &s->births.items[birth];
    fetch_class(s, b->class);
    fetch_owner(s, b->owner);
}

static void fetch_pod(const struct sim *s, uint32_t pod)
{
    fetch(&s->w.pods.items[pod]);
    fetch(&s->pods.items[pod]);
}

void sim_fetch(const struct sim *s, uint32_t next, uint32_t second)
{
    if (sim_is_pod(s, next))
        fetch_around(s, next);
    if (second < s->w.pods.len)
        fetch_pod(s, second);
}

void fetch_ahead(const struct sim *s)
{
    struct event next[QUEUE_AHEAD];
    uint32_t n = queue_ahead(&s->queue, next);
    if (n > 0 && is_of_pod(next[0].kind))
        fetch_around(s, next[0].index);
    else if (n > 0 && next[0].kind == EVENT_BIRTH)
        fetch_birth(s, next[0].index);
    if (n > 1 && is_of_pod(next[1].kind))
        fetch_pod(s, next[1].index);
}
