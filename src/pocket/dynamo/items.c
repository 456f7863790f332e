#include "pocket/dynamo/items.h"

#include "base/must.h"

#define BLOCK_MAX 512

struct items_block {
    unsigned count;
    struct item *items[BLOCK_MAX];
};

/* --- finding ------------------------------------------------------------------------------- */

/* The first block whose last key is not below `key`; their number when there is none. */
static size_t find_block(const struct items *s, struct sv key)
{
    size_t low = 0, high = s->blocks.len;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const struct items_block *b = s->blocks.items[middle];
        if (sv_cmp(item_key(b->items[b->count - 1]), key) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

struct items_place items_seek(const struct items *s, struct sv key)
{
    struct items_place p = {.block = find_block(s, key)};
    if (p.block == s->blocks.len)
        return p;
    const struct items_block *b = s->blocks.items[p.block];
    size_t high = b->count;
    while (p.at < high) {
        size_t middle = p.at + (high - p.at) / 2;
        if (sv_cmp(item_key(b->items[middle]), key) < 0)
            p.at = middle + 1;
        else
            high = middle;
    }
    return p;
}

const struct item *items_next(const struct items *s, struct items_place *p)
{
    if (p->block == s->blocks.len)
        return NULL;
    const struct items_block *b = s->blocks.items[p->block];
    const struct item *item = b->items[p->at++];
    if (p->at == b->count)
        *p = (struct items_place){.block = p->block + 1};
    return item;
}

const struct item *items_previous(const struct items *s, struct items_place *p)
{
    if (!p->at) {
        if (!p->block)
            return NULL;
        p->block--;
        p->at = s->blocks.items[p->block]->count;
    }
    return s->blocks.items[p->block]->items[--p->at];
}

static struct item **slot_at(const struct items *s, struct items_place p, struct sv key)
{
    if (p.block == s->blocks.len)
        return NULL;
    struct item **slot = &s->blocks.items[p.block]->items[p.at];
    return sv_eq(item_key(*slot), key) ? slot : NULL;
}

const struct item *items_find(const struct items *s, struct sv key)
{
    struct item **slot = slot_at(s, items_seek(s, key), key);
    return slot ? *slot : NULL;
}

/* --- changing ------------------------------------------------------------------------------ */

static struct item *make(struct sv key, struct sv json, size_t size)
{
    struct item *item = mem_must(malloc(sizeof *item + key.len + json.len));
    item->key_len = (uint32_t)key.len;
    item->json_len = (uint32_t)json.len;
    item->size = size;
    memcpy(item->bytes, key.ptr, key.len);
    memcpy(item->bytes + key.len, json.ptr, json.len);
    return item;
}

static struct items_block *insert_block(struct items *s, size_t at)
{
    struct items_block *b = mem_must(calloc(1, sizeof *b));
    must_push(&s->blocks, b);
    memmove(&s->blocks.items[at + 1], &s->blocks.items[at],
            (s->blocks.len - 1 - at) * sizeof *s->blocks.items);
    s->blocks.items[at] = b;
    return b;
}

/* The upper half of a full block becomes one of its own. */
static void split(struct items *s, size_t at)
{
    struct items_block *upper = insert_block(s, at + 1), *b = s->blocks.items[at];
    upper->count = b->count / 2;
    b->count -= upper->count;
    memcpy(upper->items, b->items + b->count, upper->count * sizeof(struct item *));
}

static void insert(struct items *s, struct items_place p, struct item *item)
{
    if (!s->blocks.len)
        insert_block(s, 0);
    if (p.block == s->blocks.len) {
        p.block--;
        p.at = s->blocks.items[p.block]->count;
    }
    if (s->blocks.items[p.block]->count == BLOCK_MAX) {
        split(s, p.block);
        unsigned lower = s->blocks.items[p.block]->count;
        if (p.at > lower)
            p = (struct items_place){p.block + 1, p.at - lower};
    }
    struct items_block *b = s->blocks.items[p.block];
    memmove(&b->items[p.at + 1], &b->items[p.at], (b->count - p.at) * sizeof(struct item *));
    b->items[p.at] = item;
    b->count++;
    s->count++;
}

void items_put(struct items *s, struct sv key, struct sv json, size_t size)
{
    struct items_place p = items_seek(s, key);
    struct item **slot = slot_at(s, p, key), *item = make(key, json, size);
    s->size += size;
    if (!slot) {
        insert(s, p, item);
        return;
    }
    s->size -= (*slot)->size;
    free(*slot);
    *slot = item;
}

void items_remove(struct items *s, struct sv key)
{
    struct items_place p = items_seek(s, key);
    struct item **slot = slot_at(s, p, key);
    if (!slot)
        return;
    struct items_block *b = s->blocks.items[p.block];
    s->size -= (*slot)->size;
    s->count--;
    free(*slot);
    b->count--;
    memmove(slot, slot + 1, (b->count - p.at) * sizeof(struct item *));
    if (b->count)
        return;
    free(b);
    s->blocks.len--;
    memmove(&s->blocks.items[p.block], &s->blocks.items[p.block + 1],
            (s->blocks.len - p.block) * sizeof *s->blocks.items);
}

void items_release(struct items *s)
{
    vec_foreach(b, &s->blocks) {
        for (unsigned i = 0; i < (*b)->count; i++)
            free((*b)->items[i]);
        free(*b);
    }
    vec_release(&s->blocks);
    s->count = s->size = 0;
}
