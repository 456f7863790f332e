#include "sim/queue.h"

#include "base/must.h"

#include <stdlib.h>
#include <string.h>

#define SLOT_BITS 12
#define NO_ITEM UINT32_MAX
#define FIRST_ITEMS 1024u
#define FIRST_CHUNKS 64u

static void level_init(struct queue_level *l)
{
    memset(l->slots, 0xff, sizeof l->slots);
    memset(l->words, 0, sizeof l->words);
    l->summary = 0;
}

void queue_init(struct queue *q)
{
    *q = (struct queue){.free = NO_ITEM,
                        .free_chunk = NO_ITEM,
                        .far = {NO_ITEM, NO_ITEM},
                        .far_earliest = INT64_MAX,
                        .next = INT64_MAX};
    level_init(&q->near);
    level_init(&q->wide);
}

void queue_release(struct queue *q)
{
    if (!q)
        return;
    free(q->items);
    free(q->chunks);
    q->items = NULL;
    q->chunks = NULL;
}

static uint32_t item_new(struct queue *q, struct queue_item item)
{
    uint32_t i = q->free;
    if (i != NO_ITEM) {
        q->free = q->items[i].next;
    } else {
        if (q->len == q->cap) {
            q->cap = q->cap ? q->cap * 2 : FIRST_ITEMS;
            q->items = mem_must(realloc(q->items, q->cap * sizeof *q->items));
        }
        i = q->len++;
    }
    q->items[i] = item;
    q->items[i].next = NO_ITEM;
    return i;
}

static uint32_t chunk_new(struct queue *q)
{
    uint32_t i = q->free_chunk;
    if (i != NO_ITEM) {
        q->free_chunk = q->chunks[i].next;
    } else {
        if (q->chunk_len == q->chunk_cap) {
            q->chunk_cap = q->chunk_cap ? q->chunk_cap * 2 : FIRST_CHUNKS;
            q->chunks = mem_must(realloc(q->chunks, q->chunk_cap * sizeof *q->chunks));
        }
        i = q->chunk_len++;
    }
    q->chunks[i].len = 0;
    q->chunks[i].next = NO_ITEM;
    return i;
}

static void slot_append(struct queue *q, struct queue_slot *s, struct queue_item item)
{
    uint32_t i = item_new(q, item);
    if (s->head == NO_ITEM)
        s->head = i;
    else
        q->items[s->tail].next = i;
    s->tail = i;
}

static void wide_append(struct queue *q, struct queue_slot *s, struct queue_item item)
{
    if (s->head == NO_ITEM) {
        s->head = s->tail = chunk_new(q);
    } else if (q->chunks[s->tail].len == QUEUE_CHUNK) {
        uint32_t chunk = chunk_new(q);
        q->chunks[s->tail].next = chunk;
        s->tail = chunk;
    }
    struct queue_chunk *c = &q->chunks[s->tail];
    c->items[c->len++] = item;
}

static void level_mark(struct queue_level *l, unsigned slot)
{
    l->words[slot / 64] |= UINT64_C(1) << slot % 64;
    l->summary |= UINT64_C(1) << slot / 64;
}

static void level_clear(struct queue_level *l, unsigned slot)
{
    l->slots[slot] = (struct queue_slot){NO_ITEM, NO_ITEM};
    l->words[slot / 64] &= ~(UINT64_C(1) << slot % 64);
    if (!l->words[slot / 64])
        l->summary &= ~(UINT64_C(1) << slot / 64);
}

/* The first slot at or behind `from` that holds something; QUEUE_SLOTS when none does. */
static unsigned level_find(const struct queue_level *l, unsigned from)
{
    if (from >= QUEUE_SLOTS)
        return QUEUE_SLOTS;
    unsigned word = from / 64;
    uint64_t bits = l->words[word] & ~UINT64_C(0) << from % 64;
    if (!bits) {
        uint64_t later = word == 63 ? 0 : l->summary & ~UINT64_C(0) << (word + 1);
        if (!later)
            return QUEUE_SLOTS;
        word = (unsigned)__builtin_ctzll(later);
        bits = l->words[word];
    }
    return word * 64 + (unsigned)__builtin_ctzll(bits);
}

/* Where an item belongs depends on how far it is from the base. */
static void place(struct queue *q, struct queue_item item)
{
    int64_t at = (int64_t)item.at;
    unsigned ms = at & (QUEUE_SLOTS - 1), wide = (at >> SLOT_BITS) & (QUEUE_SLOTS - 1);
    if (at >> SLOT_BITS == q->base >> SLOT_BITS) {
        slot_append(q, &q->near.slots[ms], item);
        level_mark(&q->near, ms);
    } else if (at >> 2 * SLOT_BITS == q->base >> 2 * SLOT_BITS) {
        if (q->wide.slots[wide].head == NO_ITEM || ms < q->earliest[wide])
            q->earliest[wide] = (uint16_t)ms;
        wide_append(q, &q->wide.slots[wide], item);
        level_mark(&q->wide, wide);
    } else {
        slot_append(q, &q->far, item);
        if (at < q->far_earliest)
            q->far_earliest = at;
    }
}

void queue_put(struct queue *q, int64_t at, enum event_kind kind, uint32_t index, uint32_t stamp)
{
    if (at > QUEUE_HORIZON)
        return;
    at = at < q->base ? q->base : at;
    q->next = at < q->next ? at : q->next;
    q->held++;
    place(q,
          (struct queue_item){
              .at = (uint64_t)at, .kind = kind, .stamp = stamp & EVENT_STAMP_MASK, .index = index});
}

static int64_t near_next(const struct queue *q)
{
    unsigned slot = level_find(&q->near, q->base & (QUEUE_SLOTS - 1));
    return slot == QUEUE_SLOTS ? INT64_MAX : (q->base >> SLOT_BITS << SLOT_BITS) + slot;
}

static int64_t wide_next(const struct queue *q)
{
    unsigned slot = level_find(&q->wide, ((q->base >> SLOT_BITS) & (QUEUE_SLOTS - 1)) + 1);
    if (slot == QUEUE_SLOTS)
        return INT64_MAX;
    return (q->base >> 2 * SLOT_BITS << 2 * SLOT_BITS) + ((int64_t)slot << SLOT_BITS) +
           q->earliest[slot];
}

static int64_t find_next(const struct queue *q)
{
    int64_t at = near_next(q);
    if (at == INT64_MAX)
        at = wide_next(q);
    return at == INT64_MAX ? q->far_earliest : at;
}

static void item_free(struct queue *q, uint32_t item)
{
    q->items[item].next = q->free;
    q->free = item;
}

static void spread_far(struct queue *q)
{
    uint32_t list = q->far.head;
    q->far = (struct queue_slot){NO_ITEM, NO_ITEM};
    q->far_earliest = INT64_MAX;
    while (list != NO_ITEM) {
        struct queue_item item = q->items[list];
        item_free(q, list);
        list = item.next;
        place(q, item);
    }
}

static void spread_wide(struct queue *q, unsigned slot)
{
    uint32_t chunk = q->wide.slots[slot].head;
    level_clear(&q->wide, slot);
    while (chunk != NO_ITEM) {
        uint32_t next = q->chunks[chunk].next;
        for (uint32_t i = 0; i < q->chunks[chunk].len; i++)
            place(q, q->chunks[chunk].items[i]);
        q->chunks[chunk].next = q->free_chunk;
        q->free_chunk = chunk;
        chunk = next;
    }
}

/* Moves the base to a time of which the events are in a coarser level, and spreads these. */
static void advance(struct queue *q, int64_t at)
{
    bool far = at >> 2 * SLOT_BITS != q->base >> 2 * SLOT_BITS;
    q->base = at;
    if (far)
        spread_far(q);
    else
        spread_wide(q, (at >> SLOT_BITS) & (QUEUE_SLOTS - 1));
}

bool queue_take(struct queue *q, int64_t until, struct event *out)
{
    int64_t at = q->next;
    if (at == INT64_MAX || at > until)
        return false;
    if (at >> SLOT_BITS != q->base >> SLOT_BITS)
        advance(q, at);
    q->base = at;
    unsigned slot = at & (QUEUE_SLOTS - 1);
    uint32_t item = q->near.slots[slot].head;
    const struct queue_item *i = &q->items[item];
    *out = (struct event){at, (enum event_kind)i->kind, i->index, i->stamp};
    q->near.slots[slot].head = i->next;
    if (i->next == NO_ITEM) {
        level_clear(&q->near, slot);
        q->next = find_next(q);
    }
    item_free(q, item);
    q->held--;
    return true;
}

uint32_t queue_ahead(const struct queue *q, struct event out[QUEUE_AHEAD])
{
    uint32_t n = 0, item = NO_ITEM;
    unsigned from = q->base & (QUEUE_SLOTS - 1);
    while (n < QUEUE_AHEAD) {
        if (item == NO_ITEM) {
            unsigned slot = level_find(&q->near, from);
            if (slot == QUEUE_SLOTS)
                break;
            item = q->near.slots[slot].head;
            from = slot + 1;
        }
        const struct queue_item *i = &q->items[item];
        out[n].kind = (enum event_kind)i->kind;
        out[n++].index = i->index;
        item = i->next;
    }
    return n;
}
