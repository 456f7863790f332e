#include "sched/slots.h"

#include "base/must.h"
#include "sched/offer.h"

enum { MOVED_ALWAYS = 32, MOVED_SHARE = 8, ZONE_RUN = 4 };

static void *zeroed(size_t n, size_t size)
{
    return mem_must(calloc(n ? n : 1, size));
}

static struct room *new_rooms(uint32_t len)
{
    struct room *rooms =
        mem_must((struct room *)aligned_alloc(_Alignof(struct room), len * sizeof *rooms));
    memset(rooms, 0, len * sizeof *rooms);
    return rooms;
}

static void alloc_arrays(struct sched *s)
{
    uint32_t words = s->slot_cap / WORD_SLOTS;
    s->node_at = zeroed(s->slot_cap, sizeof *s->node_at);
    memset(s->node_at, 0xff, s->slot_cap * sizeof *s->node_at);
    s->rooms = new_rooms(s->slot_cap);
    s->ephemeral = zeroed(s->slot_cap, sizeof *s->ephemeral);
    s->used_ephemeral = zeroed(s->slot_cap, sizeof *s->used_ephemeral);
    s->word_nodes = zeroed(words, sizeof *s->word_nodes);
}

static void alloc_scratch(struct sched *s)
{
    uint32_t words = s->slot_cap / WORD_SLOTS + 1;
    s->window.len = 0;
    s->window.words = zeroed(words, sizeof *s->window.words);
    s->window.masks = zeroed(words, sizeof *s->window.masks);
    s->window.at = zeroed(words, sizeof *s->window.at);
    s->sieve.own = zeroed(words, sizeof *s->sieve.own);
    s->scratch = zeroed(words, sizeof *s->scratch);
    s->totals = zeroed((size_t)words * WORD_SLOTS, sizeof *s->totals);
    s->parts = zeroed((size_t)words * 2 * TOPOLOGY_FEW, sizeof *s->parts);
    s->raw = zeroed((size_t)words * WORD_SLOTS, sizeof *s->raw);
}

static uint32_t roomy_cap(uint32_t nodes)
{
    const uint32_t chunk = CHUNK_WORDS * WORD_SLOTS;
    return (2 * nodes + 2 * chunk) / chunk * chunk;
}

void slots_init(struct sched *s)
{
    s->slot_cap = roomy_cap(s->w->live_nodes);
    alloc_arrays(s);
    alloc_scratch(s);
    slots_add_set(s, &s->nodes);
    slots_add_set(s, &s->roomy);
    slots_add_set(s, &s->nominated);
    slots_add_set(s, &s->disliked);
    slots_add_set(s, &s->full_disk);
    slots_add_set(s, &s->imaged);
}

static void free_arrays(struct sched *s)
{
    free(s->node_at);
    free(s->rooms);
    free(s->ephemeral);
    free(s->used_ephemeral);
    free(s->word_nodes);
}

static void free_scratch(struct sched *s)
{
    free(s->window.words);
    free(s->window.masks);
    free(s->window.at);
    free(s->sieve.own);
    free(s->scratch);
    free(s->totals);
    free(s->raw);
    free(s->parts);
}

void slots_release(struct sched *s)
{
    offer_release(s);
    vec_release(&s->sieve.sets.in);
    vec_release(&s->sieve.sets.out);
    free_arrays(s);
    free_scratch(s);
    vec_foreach(set, &s->sets)
        free(**set);
    vec_release(&s->sets);
    vec_foreach(c, &s->columns) {
        free(c->total);
        free(c->used);
    }
    vec_release(&s->columns);
    vec_foreach(d, &s->drivers) {
        free(d->used);
        free(d->limit);
    }
    vec_release(&s->drivers);
    free(s->slot_of);
}

void slots_add_set(struct sched *s, uint64_t **set)
{
    *set = zeroed(s->slot_cap / WORD_SLOTS, sizeof **set);
    must_push(&s->sets, set);
}

uint32_t slots_column(struct sched *s, uint32_t name)
{
    for (uint32_t i = 0; i < s->columns.len; i++)
        if (s->columns.items[i].name == name)
            return i;
    must_push(&s->columns, (struct column){name, zeroed(s->slot_cap, sizeof(int64_t)),
                                           zeroed(s->slot_cap, sizeof(int64_t))});
    return (uint32_t)s->columns.len - 1;
}

uint32_t slots_driver(struct sched *s, uint32_t name)
{
    for (uint32_t i = 0; i < s->drivers.len; i++)
        if (s->drivers.items[i].name == name)
            return i;
    uint64_t **tight = mem_must(arena_new(&s->arena, uint64_t *));
    slots_add_set(s, tight);
    must_push(&s->drivers, (struct driver_column){name, zeroed(s->slot_cap, sizeof(int32_t)),
                                                  zeroed(s->slot_cap, sizeof(int32_t)), tight});
    return (uint32_t)s->drivers.len - 1;
}

uint64_t *slots_new_hosts(uint32_t cap)
{
    return zeroed(2 * (cap / WORD_SLOTS), sizeof(uint64_t));
}

/* ---- the order ---- */

struct zone {
    uint32_t region, zone;
    VEC(uint32_t) nodes;
};
struct zones {
    VEC(struct zone) items;
};

static struct zone *zone_of(struct zones *z, const struct world_node *node)
{
    vec_foreach(zone, &z->items)
        if (zone->region == node->region && zone->zone == node->zone)
            return zone;
    must_push(&z->items, (struct zone){.region = node->region, .zone = node->zone});
    return &z->items.items[z->items.len - 1];
}

/* Nodes in the order of nodeTree.list(), zones in turn as they first appeared; but ZONE_RUN nodes
 * of a zone at a time, so that for a pod that is bound to a zone whole vectors are passed over. The
 * real order is no stricter: 16 workers take chunks of it. */
static uint32_t interleave(const struct sched *s, uint32_t *order)
{
    struct zones zones = {0};
    uint32_t n = 0;
    for (uint32_t slot = 0; slot < s->slot_len; slot++) {
        uint32_t node = s->node_at[slot];
        if (node != WORLD_NONE)
            must_push(&zone_of(&zones, &s->w->nodes.items[node])->nodes, node);
    }
    for (uint32_t row = 0; n < s->live; row += ZONE_RUN)
        vec_foreach(zone, &zones.items)
            for (uint32_t i = row; i < row + ZONE_RUN && i < zone->nodes.len; i++)
                order[n++] = zone->nodes.items[i];
    vec_foreach(zone, &zones.items)
        vec_release(&zone->nodes);
    vec_release(&zones.items);
    return n;
}

struct move {
    const uint32_t *from, *to; /* new slot -> old slot, and back; `to` of a hole: WORLD_NONE */
    uint32_t len, old_words, old_cap, cap;
    uint32_t kept; /* words in front that stay as they are */
};

static void move_array(void *array, size_t size, const struct move *m)
{
    char *old = *(char **)array, *fresh = zeroed(m->cap, size);
    for (uint32_t i = 0; i < m->len; i++)
        memcpy(fresh + i * size, old + m->from[i] * size, size);
    free(old);
    *(char **)array = fresh;
}

static bool any_moves(const uint64_t *bits, const struct move *m)
{
    uint64_t any = 0;
    for (uint32_t word = m->kept; word < m->old_words; word++)
        any |= bits[word];
    return any;
}

/* From and to may be the same; `fresh` is scratch. */
static void move_bits(const uint64_t *from, uint64_t *to, const struct move *m, uint64_t *fresh)
{
    size_t rest = (m->cap / WORD_SLOTS - m->kept) * sizeof *fresh;
    if (from == to && !any_moves(from, m))
        return;
    memset(fresh + m->kept, 0, rest);
    for (uint32_t word = m->kept; word < m->old_words; word++)
        bits_each(word, from[word], slot) if (m->to[slot] != WORLD_NONE)
            bits_put(fresh, m->to[slot], true);
    if (from != to)
        memcpy(to, from, m->kept * sizeof *to);
    memcpy(to + m->kept, fresh + m->kept, rest);
}

static void move_set(uint64_t **set, const struct move *m, uint64_t *fresh)
{
    uint64_t *old = *set;
    if (m->cap != m->old_cap)
        *set = zeroed(m->cap / WORD_SLOTS, sizeof **set);
    move_bits(old, *set, m, fresh);
    if (*set != old)
        free(old);
}

static void move_hosts(struct counter *c, const struct move *m, uint64_t *fresh)
{
    uint64_t *old = c->hosts;
    if (!c->host_count && m->cap == m->old_cap)
        return;
    if (m->cap != m->old_cap)
        c->hosts = slots_new_hosts(m->cap);
    move_bits(old, c->hosts, m, fresh);
    if (c->tally.nonzero)
        move_bits(old + m->old_cap / WORD_SLOTS, c->hosts + m->cap / WORD_SLOTS, m, fresh);
    if (c->hosts != old)
        free(old);
}

static void move_sets(struct sched *s, const struct move *m)
{
    uint64_t *fresh = zeroed(m->cap / WORD_SLOTS, sizeof *fresh);
    vec_foreach(set, &s->sets)
        move_set(*set, m, fresh);
    vec_foreach(c, &s->counters)
        if (c->hosts)
            move_hosts(c, m, fresh);
    free(fresh);
}

static void move_rooms(struct sched *s, const struct move *m)
{
    struct room *fresh = new_rooms(m->cap);
    for (uint32_t i = 0; i < m->len; i++)
        fresh[i] = s->rooms[m->from[i]];
    free(s->rooms);
    s->rooms = fresh;
}

static void count_words(struct sched *s, const struct move *m)
{
    uint32_t words = m->cap / WORD_SLOTS;
    free(s->word_nodes);
    s->word_nodes = zeroed(words, sizeof *s->word_nodes);
    for (uint32_t i = 0; i < m->len; i++)
        s->word_nodes[i / WORD_SLOTS]++;
}

static void move_all(struct sched *s, const struct move *m)
{
    move_rooms(s, m);
    count_words(s, m);
    move_array(&s->ephemeral, sizeof *s->ephemeral, m);
    move_array(&s->used_ephemeral, sizeof *s->used_ephemeral, m);
    vec_foreach(c, &s->columns) {
        move_array(&c->total, sizeof *c->total, m);
        move_array(&c->used, sizeof *c->used, m);
    }
    vec_foreach(d, &s->drivers) {
        move_array(&d->used, sizeof *d->used, m);
        move_array(&d->limit, sizeof *d->limit, m);
    }
    move_sets(s, m);
}

/* Where the next scan starts: at the same node, or the next that is there. */
static uint32_t start_node(const struct sched *s)
{
    for (uint32_t i = 0; i < s->slot_len; i++) {
        uint32_t node = s->node_at[(s->start + i) % s->slot_len];
        if (node != WORLD_NONE)
            return node;
    }
    return WORLD_NONE;
}

/* Nodes that join come behind the others, as long as zones are equally large. */
static uint32_t kept_words(const uint32_t *to, uint32_t len)
{
    uint32_t slot = 0;
    while (slot < len && to[slot] == slot)
        slot++;
    return slot / WORD_SLOTS;
}

static void reorder(struct sched *s, uint32_t cap)
{
    uint32_t *order = zeroed(s->live, sizeof *order), *from = zeroed(s->live, sizeof *from);
    uint32_t *to = zeroed(s->slot_len, sizeof *to), first = start_node(s);
    uint32_t n = interleave(s, order);
    memset(to, 0xff, s->slot_len * sizeof *to);
    for (uint32_t i = 0; i < n; i++) {
        from[i] = s->slot_of[order[i]];
        to[from[i]] = i;
    }
    move_all(s, &(struct move){from, to, n, s->words, s->slot_cap, cap, kept_words(to, n)});
    free(s->node_at);
    s->node_at = zeroed(cap, sizeof *s->node_at);
    memset(s->node_at, 0xff, cap * sizeof *s->node_at);
    for (uint32_t i = 0; i < n; i++) {
        s->node_at[i] = order[i];
        s->slot_of[order[i]] = i;
    }
    if (cap != s->slot_cap) {
        s->slot_cap = cap;
        free_scratch(s);
        alloc_scratch(s);
    }
    offer_reset(s);
    s->slot_len = n;
    s->words = (n + WORD_SLOTS - 1) / WORD_SLOTS;
    s->start = first == WORLD_NONE ? 0 : s->slot_of[first];
    s->moved = 0;
    free(order);
    free(from);
    free(to);
}

uint32_t slots_take(struct sched *s, uint32_t node)
{
    if (s->slot_len == s->slot_cap)
        reorder(s, roomy_cap(s->live + 1));
    uint32_t slot = s->slot_len++;
    s->words = slot / WORD_SLOTS + 1;
    s->node_at[slot] = node;
    s->slot_of[node] = slot;
    bits_put(s->nodes, slot, true);
    s->word_nodes[slot / WORD_SLOTS]++;
    s->live++;
    s->moved++;
    return slot;
}

void slots_give_back(struct sched *s, uint32_t node)
{
    uint32_t slot = s->slot_of[node];
    bits_put(s->nodes, slot, false);
    s->word_nodes[slot / WORD_SLOTS]--;
    s->rooms[slot].cpu = s->rooms[slot].memory = 0;
    s->node_at[slot] = WORLD_NONE;
    s->slot_of[node] = WORLD_NONE;
    s->live--;
    s->moved++;
}

void slots_settle(struct sched *s)
{
    if (s->moved > MOVED_ALWAYS + s->live / MOVED_SHARE)
        reorder(s, s->slot_cap);
}
