#include "pocket/objects_shelf.h"

#include "base/must.h"

#include <stdlib.h>
#include <xxhash.h>

/* Entries that were taken out are kept for the next list, but not more of them than of others. */
#define TAKEN_MAX 4096

/* ---- by place ---- */

static uint32_t hash_of(size_t store, struct sv ns, struct sv name)
{
    uint64_t seed = ns.len ? XXH3_64bits_withSeed(ns.ptr, ns.len, store) : store;
    return (uint32_t)XXH3_64bits_withSeed(name.len ? name.ptr : "", name.len, seed);
}

static bool is_at(const struct entry *e, size_t store, struct sv ns, struct sv name)
{
    return e->store == store && sv_eq(entry_ns(e), ns) && sv_eq(entry_name(e), name);
}

struct entry *places_find(const struct places *p, size_t store, struct sv ns, struct sv name)
{
    uint32_t hash = hash_of(store, ns, name);
    for (size_t i = hash; p->cap; i++) {
        struct entry *e = p->slots[i & (p->cap - 1)];
        if (!e)
            return NULL;
        if (e->hash == hash && is_at(e, store, ns, name))
            return e;
    }
    return NULL;
}

static void place(struct places *p, struct entry *e)
{
    size_t i = e->hash & (p->cap - 1);
    while (p->slots[i])
        i = (i + 1) & (p->cap - 1);
    p->slots[i] = e;
}

static void places_grow(struct places *p)
{
    struct places old = *p;
    if (p->len * 4 < p->cap * 3)
        return;
    p->cap = p->cap ? p->cap * 2 : 1024;
    p->slots = mem_must(calloc(p->cap, sizeof(struct entry *)));
    for (size_t i = 0; i < old.cap; i++)
        if (old.slots[i])
            place(p, old.slots[i]);
    free(old.slots);
}

/* Those behind it in its run close the gap. */
static void displace(struct places *p, const struct entry *e)
{
    size_t mask = p->cap - 1, gap = e->hash & mask;
    while (p->slots[gap] != e)
        gap = (gap + 1) & mask;
    for (size_t i = (gap + 1) & mask; p->slots[i]; i = (i + 1) & mask)
        if (((i - p->slots[i]->hash) & mask) >= ((i - gap) & mask)) {
            p->slots[gap] = p->slots[i];
            gap = i;
        }
    p->slots[gap] = NULL;
    p->len--;
}

void places_release(struct places *p)
{
    free(p->slots);
    *p = (struct places){0};
}

/* ---- in order ---- */

/* Compares "a/" with "b/", which is not the order of a and b: '-' and '.' come before '/'. */
static int ns_cmp(struct sv a, struct sv b)
{
    size_t n = a.len < b.len ? a.len : b.len;
    int order = n ? memcmp(a.ptr, b.ptr, n) : 0;
    if (order || a.len == b.len)
        return order;
    return a.len < b.len ? '/' - (unsigned char)b.ptr[n] : (unsigned char)a.ptr[n] - '/';
}

static int by_key(const void *a, const void *b)
{
    const struct entry *x = *(struct entry *const *)a, *y = *(struct entry *const *)b;
    size_t n = x->key_len < y->key_len ? x->key_len : y->key_len;
    int order = memcmp(x->key, y->key, n);
    return order ? order : (x->key_len > y->key_len) - (x->key_len < y->key_len);
}

static void entry_free(struct entry *e)
{
    object_bytes_unref(e->bytes);
    free(e->owners);
    free(e);
}

static void sweep(struct shelf *s)
{
    size_t kept = 0, sorted = 0;
    for (size_t i = 0; i < s->entries.len; i++) {
        struct entry *e = s->entries.items[i];
        if (!e->bytes) {
            entry_free(e);
            continue;
        }
        s->entries.items[kept++] = e;
        sorted += i < s->sorted;
    }
    s->entries.len = kept;
    s->sorted = sorted;
}

/* Merges two runs that are each in order. */
static void merge(struct entry **items, size_t middle, size_t len)
{
    struct entry **low = mem_must(malloc(middle * sizeof(struct entry *)));
    size_t a = 0, b = middle, to = 0;
    memcpy(low, items, middle * sizeof(struct entry *));
    while (a < middle)
        items[to++] = b < len && by_key(&items[b], &low[a]) < 0 ? items[b++] : low[a++];
    free(low);
}

static void put_in_order(struct shelf *s)
{
    if (s->live < s->entries.len)
        sweep(s);
    if (s->sorted == s->entries.len)
        return;
    qsort(s->entries.items + s->sorted, s->entries.len - s->sorted, sizeof *s->entries.items,
          by_key);
    if (s->sorted)
        merge(s->entries.items, s->sorted, s->entries.len);
    s->sorted = s->entries.len;
}

/* The first entry whose namespace is not before ns. */
static size_t first_of(const struct shelf *s, struct sv ns)
{
    size_t low = 0, high = s->entries.len;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (ns_cmp(entry_ns(s->entries.items[middle]), ns) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

void shelf_list(struct shelf *s, struct sv ns, object_bytes_vec *out)
{
    put_in_order(s);
    for (size_t i = ns.ptr ? first_of(s, ns) : 0; i < s->entries.len; i++) {
        const struct entry *e = s->entries.items[i];
        if (ns.ptr && !sv_eq(entry_ns(e), ns))
            break;
        must_push(out, object_bytes_ref(e->bytes));
    }
}

/* ---- both ---- */

struct entry *shelf_add(struct shelf *s, struct places *p, size_t store, struct sv ns,
                        struct sv name)
{
    size_t len = ns.len + 1 + name.len;
    struct entry *e = mem_must(calloc(1, sizeof *e + len + 1));
    if (ns.len)
        memcpy(e->key, ns.ptr, ns.len);
    e->key[ns.len] = '/';
    if (name.len)
        memcpy(e->key + ns.len + 1, name.ptr, name.len);
    e->key_len = (uint32_t)len;
    e->ns_len = (uint32_t)ns.len;
    e->store = store;
    e->hash = hash_of(store, ns, name);
    places_grow(p);
    place(p, e);
    p->len++;
    must_push(&s->entries, e);
    s->live++;
    return e;
}

void shelf_take(struct shelf *s, struct places *p, struct entry *e)
{
    displace(p, e);
    s->live--;
    if (s->entries.len - s->live > s->live + TAKEN_MAX)
        put_in_order(s);
}

void shelf_release(struct shelf *s)
{
    vec_foreach(e, &s->entries)
        entry_free(*e);
    vec_release(&s->entries);
    *s = (struct shelf){0};
}
