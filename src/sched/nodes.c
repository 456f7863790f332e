#include "sched/nodes.h"

#include "base/must.h"
#include "sched/offer.h"
#include "sched/shape.h"
#include "sched/slots.h"
#include "sched/topology.h"
#include "sched/usage.h"
#include "sched/volume_use.h"

static void *grown(void *array, uint32_t len, uint32_t cap, size_t size, int fill)
{
    char *bigger = mem_must((char *)realloc(array, cap * size));
    memset(bigger + len * size, fill, (cap - len) * size);
    return bigger;
}

void nodes_make_room(struct sched *s)
{
    uint32_t need = (uint32_t)s->w->nodes.len;
    if (need <= s->node_cap && s->slot_of)
        return;
    uint32_t cap = need + need / 2 + 64;
    s->slot_of = grown(s->slot_of, s->node_cap, cap, sizeof *s->slot_of, 0xff);
    s->attachments_on = grown(s->attachments_on, s->node_cap, cap, sizeof(uint32_t), 0);
    s->images_seen = grown(s->images_seen, s->node_cap, cap, sizeof *s->images_seen, 0);
    vec_foreach(t, &s->topologies)
        (*t)->domains = grown((*t)->domains, s->node_cap, cap, sizeof(uint32_t), 0xff);
    s->node_cap = cap;
}

static int64_t scalar_of(const struct resources *r, uint32_t name)
{
    for (uint32_t i = 0; i < r->scalar_count; i++)
        if (r->scalars[i].name == name)
            return r->scalars[i].amount;
    return 0;
}

static bool dislikes_some(const struct world_node *n)
{
    for (uint32_t i = 0; i < n->taint_count; i++)
        if (n->taints[i].effect == TAINT_PREFER_NO_SCHEDULE)
            return true;
    return false;
}

static void sync_room(struct sched *s, uint32_t node)
{
    const struct world_node *n = &s->w->nodes.items[node];
    uint32_t slot = s->slot_of[node];
    struct room *r = &s->rooms[slot];
    r->cpu = (double)n->allocatable.cpu;
    r->memory = (double)n->allocatable.memory;
    offer_forget(s, slot);
    s->ephemeral[slot] = n->allocatable.ephemeral;
    bits_put(s->full_disk, slot, s->used_ephemeral[slot] > s->ephemeral[slot]);
    r->max_pods = n->max_pods;
    bits_put(s->roomy, slot, r->used_pods < r->max_pods);
    bits_put(s->disliked, slot, dislikes_some(n));
    vec_foreach(c, &s->columns)
        c->total[slot] = scalar_of(&n->allocatable, c->name);
    volume_use_limits(s, node);
}

static void put_images(struct sched *s, uint32_t node, bool has)
{
    const struct node_images *seen = &s->images_seen[node];
    uint32_t slot = s->slot_of[node];
    for (uint32_t i = 0; i < seen->len; i++) {
        int32_t known = tally_get(&s->image_of, seen->items[i].name);
        struct image *image = known ? &s->images.items[known - 1] : NULL;
        if (!image || bits_has(*image->nodes, slot) == has)
            continue;
        image->count += has ? 1 : (uint32_t)-1;
        bits_put(*image->nodes, slot, has);
    }
}

static void sync_images(struct sched *s, uint32_t node, bool there)
{
    const struct world_node *n = &s->w->nodes.items[node];
    struct node_images *seen = &s->images_seen[node];
    struct node_images now = {n->images, there ? n->image_count : 0};
    if (seen->items == now.items && seen->len == now.len)
        return;
    put_images(s, node, false);
    *seen = now;
    put_images(s, node, true);
    bits_put(s->imaged, s->slot_of[node], now.len);
}

/* ---- what moves pods from one domain to another ---- */

static bool topologies_change(struct sched *s, uint32_t node)
{
    vec_foreach(t, &s->topologies)
        if ((*t)->domains[node] != topology_domain_now(s, *t, node))
            return true;
    return false;
}

enum places_change { PLACES_SAME, PLACES_CHANGE, COUNTS_CHANGE };

/* Cordoning a node changes who may go there, but seldom what is counted there. */
static enum places_change places_change(struct sched *s, uint32_t node)
{
    enum places_change change = PLACES_SAME;
    uint32_t slot = s->slot_of[node];
    if (topologies_change(s, node))
        return COUNTS_CHANGE;
    for (uint32_t i = 0; i < s->shapes.len; i++) {
        if (bits_has(s->shapes.items[i]->bits, slot) == shape_holds(s, i, node))
            continue;
        if (s->shapes.items[i]->counted)
            return COUNTS_CHANGE;
        change = PLACES_CHANGE;
    }
    return change;
}

static void count_pods(struct sched *s, uint32_t node, int sign)
{
    world_each_pod_of_node(s->w, node, pod)
        if (pod < s->pod_cap && s->pods[pod].node == node)
            usage_add_counters(s, pod, sign);
}

static void count_census(struct sched *s, uint32_t node, int sign)
{
    uint32_t slot = s->slot_of[node];
    vec_foreach(c, &s->censuses) {
        uint32_t domain = s->topologies.items[c->topology]->domains[node];
        if (domain != WORLD_NONE && shape_has(s, c->shape, slot))
            tally_add(&c->nodes, domain, sign);
    }
}

static void put_shapes(struct sched *s, uint32_t node, bool there)
{
    uint32_t slot = s->slot_of[node];
    for (uint32_t i = 0; i < s->shapes.len; i++) {
        struct shape *sh = s->shapes.items[i];
        bool in = there && shape_holds(s, i, node);
        sh->count += in;
        sh->count -= bits_has(sh->bits, slot);
        bits_put(sh->bits, slot, in);
    }
}

static void put_topologies(struct sched *s, uint32_t node, bool there)
{
    vec_foreach(t, &s->topologies)
        topology_put(s, *t, node, there ? topology_domain_now(s, *t, node) : WORLD_NONE);
}

static void sync_places(struct sched *s, uint32_t node)
{
    enum places_change change = places_change(s, node);
    if (change == PLACES_SAME)
        return;
    if (change == COUNTS_CHANGE)
        count_pods(s, node, -1);
    count_census(s, node, -1);
    put_topologies(s, node, true);
    put_shapes(s, node, true);
    count_census(s, node, 1);
    if (change == COUNTS_CHANGE)
        count_pods(s, node, 1);
}

static void knows_drivers(struct sched *s, const struct world_node *n)
{
    for (uint32_t i = 0; i < n->csi_count; i++) {
        bool known = false;
        vec_foreach(d, &s->drivers)
            known |= d->name == n->csi[i].driver;
        s->stale |= !known;
    }
}

void nodes_sync(struct sched *s, uint32_t node)
{
    nodes_make_room(s);
    knows_drivers(s, &s->w->nodes.items[node]);
    if (s->slot_of[node] == WORLD_NONE)
        slots_take(s, node);
    sync_room(s, node);
    sync_images(s, node, true);
    sync_places(s, node);
}

void nodes_remove(struct sched *s, uint32_t node)
{
    if (node >= s->node_cap || s->slot_of[node] == WORLD_NONE)
        return;
    uint32_t slot = s->slot_of[node];
    world_each_pod_of_node(s->w, node, pod)
        usage_sync_pod(s, pod, true);
    volume_use_forget_node(s, node);
    count_census(s, node, -1);
    put_shapes(s, node, false);
    put_topologies(s, node, false);
    sync_images(s, node, false);
    bits_put(s->roomy, slot, false);
    bits_put(s->nominated, slot, false);
    bits_put(s->disliked, slot, false);
    bits_put(s->full_disk, slot, false);
    vec_foreach(d, &s->drivers)
        d->used[slot] = 0;
    slots_give_back(s, node);
}
