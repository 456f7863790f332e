#include "sched/context_volume.h"

#include "base/must.h"
#include "sched/context.h"
#include "sched/shape.h"
#include "sched/volume_use.h"

#define NODE_CONFLICT "node(s) had volume node affinity conflict"
#define ZONE_CONFLICT "node(s) had no available volume zone"

static const char *claim_name(const struct context *c, uint32_t claim)
{
    return world_text(c->s->w, c->s->w->pvcs.items[claim].name);
}

static bool is_bound(const struct world_pvc *claim)
{
    return claim->phase == CLAIM_BOUND && claim->pv != WORLD_NONE;
}

/* It is made, or found, when the pod has a node. */
static bool waits_for_node(const struct sched *s, const struct world_pvc *claim)
{
    return claim->phase == CLAIM_PENDING && claim->storage_class != WORLD_NONE &&
           s->w->storage_classes.items[claim->storage_class].binding == BINDING_WAIT;
}

/* podHasPVCs and GetPodVolumes: whatever fails here fails the pod on every node. */
static void check_claim(struct context *c, uint32_t id)
{
    if (id == WORLD_NONE) {
        str_adds(&c->refused, "persistentvolumeclaim not found");
        return;
    }
    const struct world_pvc *claim = &c->s->w->pvcs.items[id];
    if (claim->deleting)
        str_addf(&c->refused, "persistentvolumeclaim \"%s\" is being deleted", claim_name(c, id));
    else if (claim->phase == CLAIM_LOST && c->s->rules.lost_claim_early)
        str_addf(&c->refused,
                 "persistentvolumeclaim \"%s\" bound to non-existent persistentvolume \"%s\"",
                 claim_name(c, id),
                 claim->pv == WORLD_NONE ? ""
                                         : world_text(c->s->w, c->s->w->pvs.items[claim->pv].name));
}

static void add_shape(struct context *c, enum filter filter, uint32_t shape, const char *reason)
{
    if (shape != WORLD_NONE)
        must_push(&c->volumes, (struct volume_gate){filter, shape, reason});
}

static void grow_shapes(struct sched *s)
{
    uint32_t cap = (uint32_t)s->w->pvs.len + 64;
    s->volume_shapes = mem_must(realloc(s->volume_shapes, cap * sizeof *s->volume_shapes));
    for (uint32_t i = s->volume_cap; i < cap; i++)
        s->volume_shapes[i] = (struct volume_shapes){VOLUME_UNKNOWN, VOLUME_UNKNOWN};
    s->volume_cap = cap;
}

static const struct volume_shapes *shapes_of(struct sched *s, uint32_t id)
{
    const struct world_pv *pv = &s->w->pvs.items[id];
    if (id >= s->volume_cap)
        grow_shapes(s);
    struct volume_shapes *v = &s->volume_shapes[id];
    if (v->affinity == VOLUME_UNKNOWN) {
        v->affinity = shape_affinity(s, (struct labels){0}, pv->node_term_count > 0, pv->node_terms,
                                     pv->node_term_count);
        v->zones = pv->zone_labels.len ? shape_zones(s, pv->zone_labels) : WORLD_NONE;
    }
    return v;
}

static void add_bound(struct context *c, uint32_t pv)
{
    const struct volume_shapes *v = shapes_of(c->s, pv);
    add_shape(c, FILTER_BINDING, v->affinity, NODE_CONFLICT);
    add_shape(c, FILTER_ZONE, v->zones, ZONE_CONFLICT);
}

static void find_free_volumes(struct sched *s)
{
    if (s->free_volumes_known)
        return;
    s->free_volumes.len = 0;
    for (uint32_t i = 0; i < s->w->pvs.len; i++) {
        const struct world_pv *pv = &s->w->pvs.items[i];
        if (pv->used && pv->available && pv->claim == WORLD_NONE)
            must_push(&s->free_volumes, i);
    }
    s->free_volumes_known = true;
}

/* A shape that no node is in. */
static uint32_t shape_of_nobody(struct sched *s)
{
    return shape_affinity(s, (struct labels){0}, true, NULL, 0);
}

static void add_once(struct context *c, uint32_t id)
{
    const struct world_pvc *claim = &c->s->w->pvcs.items[id];
    if (c->s->rules.once_pod && (claim->access & ACCESS_RWOP) && volume_use_count(c->s, id))
        c->once_taken = true;
}

static void add_unbound(struct context *c, uint32_t id)
{
    must_push(&c->unbound, id);
    find_free_volumes(c->s);
}

static void add_claim(struct context *c, uint32_t id)
{
    struct sched *s = c->s;
    const struct world_pvc *claim = &s->w->pvcs.items[id];
    if (is_bound(claim))
        add_bound(c, claim->pv);
    else if (waits_for_node(s, claim))
        add_unbound(c, id);
    else if (claim->phase == CLAIM_PENDING)
        str_adds(&c->refused, "pod has unbound immediate PersistentVolumeClaims");
    else
        add_shape(c, FILTER_BINDING, shape_of_nobody(s), s->rules.reason_pv_gone);
    uint32_t driver = volume_use_driver(s, id);
    if (driver != WORLD_NONE)
        must_push(&c->limits, (struct limit_gate){driver, id});
    add_once(c, id);
}

void context_add_volumes(struct context *c)
{
    const struct world *w = c->s->w;
    const uint32_t *claims = w->pod_claims.items + c->p->claims;
    for (uint32_t i = 0; i < c->p->claim_count && !c->refused.len; i++)
        check_claim(c, claims[i]);
    for (uint32_t i = 0; i < c->p->claim_count && !c->refused.len; i++)
        add_claim(c, claims[i]);
}

/* ---- claims without a volume ---- */

static bool serves(const struct sched *s, const struct world_pv *pv, const struct world_pvc *claim)
{
    uint32_t wanted = s->w->storage_classes.items[claim->storage_class].name;
    return pv->storage_class == wanted && pv->bytes >= claim->bytes &&
           (pv->access & claim->access) == claim->access;
}

static bool reaches(const struct sched *s, const struct world_pv *pv, uint32_t node)
{
    const struct world_node *n = &s->w->nodes.items[node];
    for (uint32_t i = 0; i < pv->node_term_count; i++)
        if (node_term_matches(&pv->node_terms[i], &s->w->strings, n->labels, n->name))
            return true;
    return !pv->node_term_count;
}

/* The smallest volume that serves the claim at the node and is not in `taken`. */
static uint32_t volume_for(const struct sched *s, uint32_t id, uint32_t node, const uint32_t *taken,
                           uint32_t taken_len)
{
    const struct world_pvc *claim = &s->w->pvcs.items[id];
    uint32_t best = WORLD_NONE;
    vec_foreach(i, &s->free_volumes) {
        const struct world_pv *pv = &s->w->pvs.items[*i];
        bool is_taken = false;
        if (!serves(s, pv, claim) || !reaches(s, pv, node))
            continue;
        for (uint32_t t = 0; t < taken_len; t++)
            is_taken |= taken[t] == *i;
        if (!is_taken && (best == WORLD_NONE || pv->bytes < s->w->pvs.items[best].bytes))
            best = *i;
    }
    return best;
}

static bool can_provision(struct sched *s, uint32_t id, uint32_t slot)
{
    const struct world_class_of_storage *class =
        &s->w->storage_classes.items[s->w->pvcs.items[id].storage_class];
    if (!class->provisioner || class->provisioner == s->keys.no_provisioner)
        return false;
    return !class->topology_count ||
           shape_has(s, shape_topologies(s, class->topologies, class->topology_count), slot);
}

bool context_can_bind(const struct context *c, uint32_t node)
{
    uint32_t taken[32], len = 0;
    vec_foreach(id, &c->unbound) {
        uint32_t pv = volume_for(c->s, *id, node, taken, len);
        if (pv == WORLD_NONE && !can_provision(c->s, *id, c->s->slot_of[node]))
            return false;
        if (pv != WORLD_NONE && len < ARRAY_LEN(taken))
            taken[len++] = pv;
    }
    return true;
}

/* ---- limits ---- */

bool context_over_limits(const struct context *c, uint32_t slot)
{
    const struct sched *s = c->s;
    vec_foreach(of, &c->limits) {
        const struct driver_column *d = &s->drivers.items[of->driver];
        int64_t fresh = 0;
        if (d->used[slot] + (int64_t)c->limits.len <= d->limit[slot])
            continue; /* even if all were new to the node */
        vec_foreach(l, &c->limits)
            fresh += l->driver == of->driver && !volume_use_has(s, s->node_at[slot], l->claim);
        if (fresh && d->used[slot] + fresh > d->limit[slot])
            return true;
    }
    return false;
}
