#include "sched/volume_use.h"

#include "base/must.h"
#include "sched/slots.h"

/* In-tree EBS limits of 1.20 (pkg/volume/util/attach_limit.go). */
enum { EBS_LIMIT = 39, EBS_NITRO_LIMIT = 25 };

/* ---- node and claim -> who holds it ---- */

static uint64_t key_of(uint32_t node, uint32_t claim)
{
    return ((uint64_t)node << 32 | claim) + 1;
}

static struct attached *place(const struct sched *s, uint64_t key)
{
    uint32_t i = (uint32_t)(key * 0x9E3779B97F4A7C15ull >> 32) & (s->attached_cap - 1);
    while (s->attached[i].key && s->attached[i].key != key)
        i = (i + 1) & (s->attached_cap - 1);
    return &s->attached[i];
}

static void grow(struct sched *s)
{
    struct attached *old = s->attached;
    uint32_t old_cap = s->attached_cap, live = 0;
    for (uint32_t i = 0; i < old_cap; i++)
        live += old[i].key && (old[i].pods || old[i].attachments);
    s->attached_cap = 64;
    while (s->attached_cap < 3 * (live + 1))
        s->attached_cap *= 2;
    s->attached = mem_must((struct attached *)calloc(s->attached_cap, sizeof *s->attached));
    s->attached_len = 0;
    for (uint32_t i = 0; i < old_cap; i++)
        if (old[i].key && (old[i].pods || old[i].attachments)) {
            *place(s, old[i].key) = old[i];
            s->attached_len++;
        }
    free(old);
}

static struct attached *entry(struct sched *s, uint32_t node, uint32_t claim)
{
    if (2 * (s->attached_len + 1) > s->attached_cap)
        grow(s);
    struct attached *a = place(s, key_of(node, claim));
    s->attached_len += !a->key;
    a->key = key_of(node, claim);
    return a;
}

static bool takes_slot(const struct sched *s, const struct attached *a)
{
    return a->pods || (a->attachments && s->rules.limits_count_attachments);
}

bool volume_use_has(const struct sched *s, uint32_t node, uint32_t claim)
{
    return s->attached_cap && takes_slot(s, place(s, key_of(node, claim)));
}

/* ---- drivers ---- */

static uint32_t driver_name(const struct sched *s, uint32_t claim)
{
    const struct world *w = s->w;
    const struct world_pvc *c = &w->pvcs.items[claim];
    uint32_t name = STRINGS_NONE;
    if (c->pv != WORLD_NONE)
        name = w->pvs.items[c->pv].driver;
    else if (c->storage_class != WORLD_NONE)
        name = w->storage_classes.items[c->storage_class].provisioner;
    return name && name == s->keys.in_tree_ebs && s->rules.migrated_ebs ? s->keys.ebs_driver : name;
}

uint32_t volume_use_driver(struct sched *s, uint32_t claim)
{
    uint32_t name = driver_name(s, claim);
    for (uint32_t i = 0; i < s->drivers.len; i++)
        if (name && s->drivers.items[i].name == name)
            return i;
    return WORLD_NONE;
}

static void mark_tight(struct driver_column *d, uint32_t slot)
{
    bits_put(*d->tight, slot, d->used[slot] > d->limit[slot] - DRIVER_EASY);
}

static void change(struct sched *s, uint32_t node, uint32_t claim, int pods, int attachments)
{
    struct attached *a = entry(s, node, claim);
    bool before = takes_slot(s, a);
    a->pods += (uint32_t)pods;
    a->attachments += (uint32_t)attachments;
    int by = (int)takes_slot(s, a) - (int)before;
    uint32_t driver = by ? volume_use_driver(s, claim) : WORLD_NONE;
    if (driver == WORLD_NONE || s->slot_of[node] == WORLD_NONE)
        return;
    s->drivers.items[driver].used[s->slot_of[node]] += by;
    mark_tight(&s->drivers.items[driver], s->slot_of[node]);
}

static uint32_t *users_of(struct sched *s, uint32_t claim)
{
    if (claim >= s->claim_cap) {
        uint32_t cap = (uint32_t)s->w->pvcs.len + 64;
        s->claim_users = mem_must((uint32_t *)realloc(s->claim_users, cap * sizeof(uint32_t)));
        memset(s->claim_users + s->claim_cap, 0, (cap - s->claim_cap) * sizeof(uint32_t));
        s->claim_cap = cap;
    }
    return &s->claim_users[claim];
}

uint32_t volume_use_count(const struct sched *s, uint32_t claim)
{
    return claim < s->claim_cap ? s->claim_users[claim] : 0;
}

void volume_use_pod(struct sched *s, uint32_t pod, uint32_t node, int sign)
{
    const struct world_pod *p = &s->w->pods.items[pod];
    for (uint32_t i = 0; i < p->claim_count; i++) {
        uint32_t claim = s->w->pod_claims.items[p->claims + i];
        if (claim == WORLD_NONE)
            continue;
        *users_of(s, claim) += (uint32_t)sign;
        change(s, node, claim, sign, 0);
    }
}

/* ---- VolumeAttachments ---- */

static void grow_attachments(struct sched *s, uint32_t attachment)
{
    uint32_t cap = (uint32_t)s->w->attachments.len + attachment / 8 + 64;
    s->attachments = mem_must(realloc(s->attachments, cap * sizeof *s->attachments));
    for (uint32_t i = s->attachment_cap; i < cap; i++)
        s->attachments[i].node = s->attachments[i].claim = WORLD_NONE;
    s->attachment_cap = cap;
}

void volume_use_attachment(struct sched *s, uint32_t attachment)
{
    const struct world_attachment *a = &s->w->attachments.items[attachment];
    uint32_t node = a->used ? a->node : WORLD_NONE;
    uint32_t claim = a->pv == WORLD_NONE ? WORLD_NONE : s->w->pvs.items[a->pv].claim;
    if (attachment >= s->attachment_cap)
        grow_attachments(s, attachment);
    if (node == WORLD_NONE || claim == WORLD_NONE || s->slot_of[node] == WORLD_NONE)
        node = claim = WORLD_NONE;
    uint32_t old_node = s->attachments[attachment].node;
    uint32_t old_claim = s->attachments[attachment].claim;
    if (old_node == node && old_claim == claim)
        return;
    if (old_node != WORLD_NONE) {
        change(s, old_node, old_claim, 0, -1);
        s->attachments_on[old_node]--;
    }
    if (node != WORLD_NONE) {
        change(s, node, claim, 0, 1);
        s->attachments_on[node]++;
    }
    s->attachments[attachment].node = node;
    s->attachments[attachment].claim = claim;
}

void volume_use_forget_node(struct sched *s, uint32_t node)
{
    for (uint32_t i = 0; s->attachments_on[node] && i < s->attachment_cap; i++)
        if (s->attachments[i].node == node) {
            change(s, node, s->attachments[i].claim, 0, -1);
            s->attachments[i].node = s->attachments[i].claim = WORLD_NONE;
            s->attachments_on[node]--;
        }
}

/* ---- limits ---- */

static bool is_nitro(struct sv type)
{
    return (type.len > 1 && strchr("cmr", type.ptr[0]) && type.ptr[1] == '5') ||
           sv_has(type, "t3") || sv_has(type, "z1d");
}

static int32_t limit_of(const struct sched *s, const struct world_node *n, uint32_t driver)
{
    for (uint32_t i = 0; i < n->csi_count; i++)
        if (n->csi[i].driver == driver)
            return n->csi[i].count < 0 ? INT32_MAX : n->csi[i].count;
    if (driver != s->keys.in_tree_ebs)
        return INT32_MAX;
    return is_nitro(strings_get(&s->w->strings, n->instance_type)) ? EBS_NITRO_LIMIT : EBS_LIMIT;
}

void volume_use_limits(struct sched *s, uint32_t node)
{
    const struct world_node *n = &s->w->nodes.items[node];
    uint32_t slot = s->slot_of[node];
    vec_foreach(d, &s->drivers) {
        d->limit[slot] = limit_of(s, n, d->name);
        mark_tight(d, slot);
    }
}
