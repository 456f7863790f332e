/* Pods, their classes, owners and nodes lie anywhere in memory, and a large world does not fit into
 * a cache: what the next events need is asked for while this one is worked on. In three steps,
 * as one tells where the next is: first the pod, one event later what it points at, then what that
 * points at. */
#include "sim/internal.h"

#define LINE 64

/* Every line of a thing. */
#define fetch(ptr)                                                                                 \
    do {                                                                                           \
        for (size_t fetch_at_ = 0; fetch_at_ < sizeof *(ptr); fetch_at_ += LINE)                   \
            __builtin_prefetch((const char *)(ptr) + fetch_at_, 1);                                \
    } while (0)

static void fetch_pod(const struct sim *s, uint32_t pod)
{
    fetch(&s->w.pods.items[pod]);
    fetch(&s->pods.items[pod]);
    sched_fetch_pod(s->sched, pod);
}

static void fetch_class(const struct sim *s, uint32_t class)
{
    fetch(&s->classes[class]);
    __builtin_prefetch(&s->budgets.first[class]);
}

static void fetch_owner(const struct sim *s, uint32_t owner)
{
    if (owner == WORLD_NONE)
        return;
    __builtin_prefetch(&s->w.workloads.items[owner], 1);
    fetch(&s->owners[owner]);
}

void fetch_node(const struct sim *s, uint32_t node)
{
    const struct world_node *n = &s->w.nodes.items[node];
    __builtin_prefetch(&n->pods, 1);
    __builtin_prefetch(&s->nodes.items[node]);
}

void fetch_node_things(const struct sim *s, uint32_t node, uint32_t class)
{
    const uint64_t *images = s->nodes.items[node].images;
    const struct class_state *c = &s->classes[class];
    uint32_t head = s->w.nodes.items[node].pods;
    if (images && c->image_count)
        __builtin_prefetch(&images[s->class_images.items[c->images] / 64], 1);
    if (head != WORLD_NONE)
        __builtin_prefetch(&s->w.pods.items[head].node_prev, 1);
}

static void fetch_around(const struct sim *s, uint32_t pod)
{
    const struct world_pod *p = &s->w.pods.items[pod];
    if (!p->used)
        return;
    fetch_class(s, p->class);
    sched_fetch_class(s->sched, p->class, false);
    fetch_owner(s, p->owner);
    if (p->node != WORLD_NONE)
        fetch_node(s, p->node);
    if (s->on_near)
        s->on_near(s->ctx, pod);
}

/* Whose places in the lists of node and owner change when the pod goes. */
static void fetch_neighbours(const struct sim *s, uint32_t pod)
{
    const struct world_pod *p = &s->w.pods.items[pod];
    const uint32_t of[] = {p->node_prev, p->node_next, p->owner_prev, p->owner_next};
    for (unsigned i = 0; i < ARRAY_LEN(of); i++)
        if (of[i] < s->w.pods.len)
            __builtin_prefetch(&s->w.pods.items[of[i]].node_next, 1);
}

void fetch_hosts(const struct sim *s, uint32_t pod)
{
    const struct world_pod *p = &s->w.pods.items[pod];
    if (p->node != WORLD_NONE)
        sched_fetch_hosts(s->sched, p->class, p->node);
}

static void fetch_room(const struct sim *s, uint32_t pod)
{
    const struct world_pod *p = &s->w.pods.items[pod];
    if (p->node != WORLD_NONE)
        sched_fetch_room(s->sched, p->node);
}

static void fetch_images(const struct sim *s, uint32_t pod)
{
    const struct world_pod *p = &s->w.pods.items[pod];
    if (p->node != WORLD_NONE)
        fetch_node_things(s, p->node, p->class);
}

/* Where the new pod will be, and the first of its owner's, whose place it takes. */
static void fetch_new_pod(const struct sim *s, uint32_t owner)
{
    uint32_t first = owner == WORLD_NONE ? WORLD_NONE : s->w.workloads.items[owner].pods;
    if (first != WORLD_NONE)
        __builtin_prefetch(&s->w.pods.items[first].owner_prev, 1);
    if (s->w.free_pod == WORLD_NONE)
        return;
    fetch_pod(s, s->w.free_pod);
    sched_queue_fetch(s->unbound, s->w.free_pod);
    if (s->on_near)
        s->on_near(s->ctx, s->w.free_pod);
}

static void fetch_next(const struct sim *s, const struct event *e)
{
    switch (e->kind) {
    case EVENT_POD_GONE:
        fetch_neighbours(s, e->index);
        fetch_room(s, e->index);
        break;
    case EVENT_POD_STARTED:
        fetch_images(s, e->index);
        break;
    case EVENT_POD_READY:
        if (s->on_next)
            s->on_next(s->ctx, e->index);
        break;
    case EVENT_BIRTH:
        fetch_new_pod(s, s->births.items[e->index].owner);
        sched_fetch_counters(s->sched, s->births.items[e->index].class, true);
        break;
    default:
        break;
    }
}

static void fetch_second(const struct sim *s, const struct event *e)
{
    switch (e->kind) {
    case EVENT_POD_GONE:
    case EVENT_POD_STARTED:
    case EVENT_POD_READY:
        fetch_around(s, e->index);
        break;
    case EVENT_BIRTH:
        fetch_class(s, s->births.items[e->index].class);
        fetch_owner(s, s->births.items[e->index].owner);
        sched_fetch_class(s->sched, s->births.items[e->index].class, true);
        __builtin_prefetch(&s->w.classes.items[s->births.items[e->index].class].priority);
        break;
    default:
        break;
    }
}

static void fetch_third(const struct sim *s, const struct event *e)
{
    switch (e->kind) {
    case EVENT_POD_GONE:
    case EVENT_POD_STARTED:
    case EVENT_POD_READY:
        fetch_pod(s, e->index);
        break;
    default:
        break;
    }
}

void fetch_ahead(const struct sim *s)
{
    struct event ahead[QUEUE_AHEAD];
    uint32_t n = queue_ahead(&s->queue, ahead);
    if (n > 0)
        fetch_next(s, &ahead[0]);
    if (n > 1)
        fetch_second(s, &ahead[1]);
    if (n > 2)
        fetch_third(s, &ahead[2]);
}

void sim_fetch(const struct sim *s, uint32_t pod, enum sim_fetch step)
{
    if (pod >= s->w.pods.len)
        return;
    if (step == SIM_FETCH_POD)
        fetch_pod(s, pod);
    else if (step == SIM_FETCH_AROUND)
        fetch_around(s, pod);
    else if (s->w.pods.items[pod].used)
        sched_fetch_counters(s->sched, s->w.pods.items[pod].class, false);
}
