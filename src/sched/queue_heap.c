#include "sched/queue_heap.h"

#include "base/must.h"

static bool before(const struct queue_key *a, const struct queue_key *b)
{
    if (a->first != b->first)
        return a->first < b->first;
    if (a->second != b->second)
        return a->second < b->second;
    return a->third < b->third;
}

static void put(struct queue_heap *h, uint32_t *places, uint32_t place, struct queue_entry e)
{
    h->entries.items[place] = e;
    places[e.pod] = place;
}

static void sift_up(struct queue_heap *h, uint32_t *places, uint32_t at, struct queue_entry e)
{
    while (at) {
        uint32_t parent = (at - 1) / 2;
        if (!before(&e.key, &h->entries.items[parent].key))
            break;
        put(h, places, at, h->entries.items[parent]);
        at = parent;
    }
    put(h, places, at, e);
}

static void sift_down(struct queue_heap *h, uint32_t *places, uint32_t at, struct queue_entry e)
{
    uint32_t len = (uint32_t)h->entries.len;
    for (;;) {
        uint32_t child = 2 * at + 1;
        if (child >= len)
            break;
        if (child + 1 < len &&
            before(&h->entries.items[child + 1].key, &h->entries.items[child].key))
            child++;
        if (!before(&h->entries.items[child].key, &e.key))
            break;
        put(h, places, at, h->entries.items[child]);
        at = child;
    }
    put(h, places, at, e);
}

void queue_heap_push(struct queue_heap *h, uint32_t *places, struct queue_key key, uint32_t pod)
{
    struct queue_entry e = {key, pod};
    must_push(&h->entries, e);
    sift_up(h, places, (uint32_t)h->entries.len - 1, e);
}

void queue_heap_remove(struct queue_heap *h, uint32_t *places, uint32_t place)
{
    struct queue_entry last = h->entries.items[--h->entries.len];
    if (place == h->entries.len)
        return;
    if (place && before(&last.key, &h->entries.items[(place - 1) / 2].key))
        sift_up(h, places, place, last);
    else
        sift_down(h, places, place, last);
}
