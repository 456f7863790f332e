#include "base/must.h"
#include "world/class_key.h"
#include "world/world_index.h"

#include <xxhash.h>

void world_init(struct world *w)
{
    *w = (struct world){.free_pod = WORLD_NONE, .free_node = WORLD_NONE};
    strings_init(&w->strings);
    w->index = mem_must(calloc(1, sizeof *w->index));
}

static void release_own_only(struct world *w)
{
    if (w->borrowed)
        return;
    strings_release(&w->strings);
    vec_release(&w->classes);
    vec_release(&w->storage_classes);
    vec_release(&w->priority_classes);
    vec_release(&w->namespaces);
    vec_release(&w->services);
    vec_release(&w->hpas);
    vec_release(&w->notes);
    for (unsigned i = 0; i < TIMING_COUNT; i++)
        vec_release(&w->samples[i]);
}

void world_release(struct world *w)
{
    if (!w)
        return;
    release_own_only(w);
    vec_release(&w->pods);
    vec_release(&w->pod_claims);
    vec_release(&w->nodes);
    vec_release(&w->workloads);
    vec_release(&w->pdbs);
    vec_release(&w->pvs);
    vec_release(&w->pvcs);
    vec_release(&w->attachments);
    arena_release(&w->arena);
    world_index_free(w->index);
    *w = (struct world){0};
}

#define LINE ((size_t)64)

static void *whole_lines(size_t bytes)
{
    return mem_must(aligned_alloc(LINE, (bytes + LINE - 1) / LINE * LINE));
}

/* Room behind what is there, as much again, for what a run adds: memory that is not touched costs
 * nothing, growing copies all. A pod lies in two cache lines, not in three, when the first one
 * begins one. */
#define copy_vec(dst, src)                                                                         \
    do {                                                                                           \
        (dst)->cap = 2 * (src)->len + 16;                                                          \
        (dst)->items = whole_lines((dst)->cap * sizeof *(dst)->items);                             \
        (dst)->len = (src)->len;                                                                   \
        if ((src)->len)                                                                            \
            memcpy((dst)->items, (src)->items, (src)->len * sizeof *(src)->items);                 \
    } while (0)

void world_copy(struct world *dst, const struct world *src)
{
    *dst = *src;
    dst->arena = (struct arena){0};
    dst->index = NULL;
    dst->borrowed = true;
    copy_vec(&dst->pods, &src->pods);
    copy_vec(&dst->pod_claims, &src->pod_claims);
    copy_vec(&dst->nodes, &src->nodes);
    copy_vec(&dst->workloads, &src->workloads);
    copy_vec(&dst->pdbs, &src->pdbs);
    copy_vec(&dst->pvs, &src->pvs);
    copy_vec(&dst->pvcs, &src->pvcs);
    copy_vec(&dst->attachments, &src->attachments);
}

uint32_t world_class_put(struct world *w, const struct world_class *c)
{
    struct str *key = &w->index->scratch;
    str_reset(key);
    class_key(c, key);
    uint32_t before = (uint32_t)w->index->class_keys.texts.len;
    uint32_t id = strings_put(&w->index->class_keys, str_sv(key));
    if (id < before)
        return id - 1;
    must_push(&w->classes, *c);
    w->classes.items[w->classes.len - 1].hash = XXH3_64bits(key->data, key->len);
    return (uint32_t)w->classes.len - 1;
}

/* ---- pods ---- */

static void node_link(struct world *w, uint32_t pod)
{
    struct world_pod *p = &w->pods.items[pod];
    p->node_prev = p->node_next = WORLD_NONE;
    if (p->node == WORLD_NONE)
        return;
    struct world_node *n = &w->nodes.items[p->node];
    p->node_next = n->pods;
    if (n->pods != WORLD_NONE)
        w->pods.items[n->pods].node_prev = pod;
    n->pods = pod;
    n->pod_count++;
}

static void node_unlink(struct world *w, uint32_t pod)
{
    struct world_pod *p = &w->pods.items[pod];
    if (p->node == WORLD_NONE)
        return;
    struct world_node *n = &w->nodes.items[p->node];
    if (p->node_prev == WORLD_NONE)
        n->pods = p->node_next;
    else
        w->pods.items[p->node_prev].node_next = p->node_next;
    if (p->node_next != WORLD_NONE)
        w->pods.items[p->node_next].node_prev = p->node_prev;
    n->pod_count--;
}

static void owner_link(struct world *w, uint32_t pod)
{
    struct world_pod *p = &w->pods.items[pod];
    p->owner_prev = p->owner_next = WORLD_NONE;
    if (p->owner == WORLD_NONE)
        return;
    struct world_workload *o = &w->workloads.items[p->owner];
    p->owner_next = o->pods;
    if (o->pods != WORLD_NONE)
        w->pods.items[o->pods].owner_prev = pod;
    o->pods = pod;
    o->pod_count++;
}

static void owner_unlink(struct world *w, uint32_t pod)
{
    struct world_pod *p = &w->pods.items[pod];
    if (p->owner == WORLD_NONE)
        return;
    struct world_workload *o = &w->workloads.items[p->owner];
    if (p->owner_prev == WORLD_NONE)
        o->pods = p->owner_next;
    else
        w->pods.items[p->owner_prev].owner_next = p->owner_next;
    if (p->owner_next != WORLD_NONE)
        w->pods.items[p->owner_next].owner_prev = p->owner_prev;
    o->pod_count--;
}

static uint32_t pod_slot(struct world *w)
{
    uint32_t slot = w->free_pod;
    if (slot != WORLD_NONE) {
        w->free_pod = w->pods.items[slot].node_next;
        return slot;
    }
    must_push(&w->pods, (struct world_pod){0});
    return (uint32_t)w->pods.len - 1;
}

uint32_t world_pod_add(struct world *w, const struct world_pod *pod)
{
    uint32_t slot = pod_slot(w);
    w->pods.items[slot] = *pod;
    w->pods.items[slot].used = true;
    node_link(w, slot);
    owner_link(w, slot);
    w->live_pods++;
    if (w->index && pod->name)
        index_put(&w->index->pods, world_pod_key(w->classes.items[pod->class].ns, pod->name), slot);
    return slot;
}

void world_pod_remove(struct world *w, uint32_t pod)
{
    struct world_pod *p = &w->pods.items[pod];
    node_unlink(w, pod);
    owner_unlink(w, pod);
    if (w->index && p->name) {
        uint64_t key = world_pod_key(world_class_of(w, pod)->ns, p->name);
        if (index_get(&w->index->pods, key) == pod)
            index_remove(&w->index->pods, key);
    }
    *p = (struct world_pod){.node = WORLD_NONE, .owner = WORLD_NONE, .node_next = w->free_pod};
    w->free_pod = pod;
    w->live_pods--;
}

void world_pod_bind(struct world *w, uint32_t pod, uint32_t node)
{
    node_unlink(w, pod);
    w->pods.items[pod].node = node;
    node_link(w, pod);
}

void world_pod_own(struct world *w, uint32_t pod, uint32_t owner)
{
    owner_unlink(w, pod);
    w->pods.items[pod].owner = owner;
    owner_link(w, pod);
}

/* ---- nodes ---- */

uint32_t world_node_add(struct world *w, const struct world_node *node)
{
    uint32_t slot = w->free_node;
    if (slot == WORLD_NONE) {
        must_push(&w->nodes, (struct world_node){0});
        slot = (uint32_t)w->nodes.len - 1;
    } else {
        w->free_node = w->nodes.items[slot].pods;
    }
    struct world_node *n = &w->nodes.items[slot];
    *n = *node;
    n->used = true;
    n->pods = WORLD_NONE;
    n->pod_count = 0;
    w->live_nodes++;
    if (w->index && n->name)
        index_put(&w->index->nodes, n->name, slot);
    return slot;
}

void world_node_remove(struct world *w, uint32_t node)
{
    struct world_node *n = &w->nodes.items[node];
    world_each_pod_of_node(w, node, p)
        world_pod_bind(w, p, WORLD_NONE);
    if (w->index && n->name && index_get(&w->index->nodes, n->name) == node)
        index_remove(&w->index->nodes, n->name);
    *n = (struct world_node){.pods = w->free_node};
    w->free_node = node;
    w->live_nodes--;
}

/* ---- notes ---- */

void world_note(struct world *w, struct sv subject, const char *fmt, ...)
{
    char text[512];
    va_list ap;
    if (w->notes.len >= WORLD_NOTES_MAX) {
        w->notes_dropped++;
        return;
    }
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    struct world_note n = {strings_put(&w->strings, subject), strings_puts(&w->strings, text)};
    must_push(&w->notes, n);
}
