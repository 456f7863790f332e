/* Which volume is where when the run begins; and volumes that are made for a pod's first node. */
#include "sim/internal.h"

#include <stdio.h>

static void link_attachments(struct sim *s)
{
    for (uint32_t i = 0; i < s->w.attachments.len; i++) {
        const struct world_attachment *a = &s->w.attachments.items[i];
        struct attachment_state st = {.next = WORLD_NONE};
        if (a->used && a->node != WORLD_NONE)
            s->nodes.items[a->node].attachments++;
        if (a->used && a->pv != WORLD_NONE) {
            st.next = s->volumes.items[a->pv].attachments;
            s->volumes.items[a->pv].attachments = i;
        }
        must_push(&s->attachments, st);
    }
}

/* A running pod has its volumes, also where the snapshot holds no attachments. A pod that is still
 * to start takes them as every new pod does. */
static void use_of_pod(struct sim *s, const struct world_pod *p)
{
    if (p->node == WORLD_NONE || p->phase == POD_PENDING || world_pod_is_finished(p))
        return;
    for (unsigned i = 0; i < p->claim_count; i++) {
        uint32_t pvc = s->w.pod_claims.items[p->claims + i];
        uint32_t pv = pvc == WORLD_NONE ? WORLD_NONE : s->w.pvcs.items[pvc].pv;
        if (pv == WORLD_NONE || !s->w.pvs.items[pv].attachable)
            continue;
        uint32_t a = volume_find(s, pv, p->node);
        if (a == WORLD_NONE)
            a = volume_attach(s, pv, p->node, true);
        s->attachments.items[a].users++;
    }
}

/* On its way on or off already. */
static void resume(struct sim *s, uint32_t attachment)
{
    const struct world_attachment *a = &s->w.attachments.items[attachment];
    if (!a->used || a->pv == WORLD_NONE || s->attachments.items[attachment].users)
        return;
    if (a->attached)
        queue_put(&s->queue, volume_next_status(a->node, 0), EVENT_DETACH, attachment, 0);
    else
        queue_put(&s->queue, draw(&s->draws, DRAW_ATTACH), EVENT_ATTACHED, attachment, 0);
}

void volumes_start(struct sim *s)
{
    s->free_waiter = WORLD_NONE;
    for (size_t i = 0; i < s->w.pvs.len; i++)
        must_push(&s->volumes, (struct volume_state){WORLD_NONE, WORLD_NONE});
    link_attachments(s);
    world_each_pod(&s->w, p) {
        if (s->w.pods.items[p].claim_count)
            use_of_pod(s, &s->w.pods.items[p]);
    }
    for (uint32_t i = 0; i < s->w.attachments.len; i++)
        resume(s, i);
}

/* ---- WaitForFirstConsumer ---- */

/* The new volume may be used in the zone of its first pod only. */
static void bind_to_zone(struct sim *s, struct world_pv *pv, const struct world_node *n)
{
    static const char *const keys[] = {"topology.ebs.csi.aws.com/zone",
                                       "topology.kubernetes.io/zone",
                                       "failure-domain.beta.kubernetes.io/zone"};
    for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
        uint32_t key = strings_find(&s->w.strings, sv_of(keys[i]));
        uint32_t *zone = key && labels_has(n->labels, key) ? arena_new(&s->arena, uint32_t) : NULL;
        if (!zone)
            continue;
        *zone = labels_value(n->labels, key);
        struct requirement *r = mem_must(arena_new(&s->arena, struct requirement));
        *r = (struct requirement){.key = key, .op = LABEL_IN, .values = zone, .value_count = 1};
        struct node_term *t = mem_must(arena_new(&s->arena, struct node_term));
        *t = (struct node_term){.labels = {.items = r, .len = 1}};
        pv->node_terms = t;
        pv->node_term_count = 1;
        return;
    }
}

uint32_t volumes_enter(struct sim *s, const struct world_pv *pv)
{
    must_push(&s->w.pvs, *pv);
    must_push(&s->volumes, (struct volume_state){WORLD_NONE, WORLD_NONE});
    return (uint32_t)s->w.pvs.len - 1;
}

/* Where others see the volume it needs a name, and EC2's own of it. */
static void name_volume(struct sim *s, struct world_pv *pv, uint32_t pvc)
{
    char name[64];
    if (!s->grows)
        return;
    uint64_t a = random_next(&s->names), b = random_next(&s->names);
    snprintf(name, sizeof name, "pvc-%08x-%04x-4%03x-a%03x-%08x%04x", (unsigned)(a >> 32),
             (unsigned)(a >> 16 & 0xffff), (unsigned)(a & 0xfff), (unsigned)(b >> 52), (unsigned)b,
             pvc & 0xffffu);
    pv->name = grow_text(s, sv_of(name));
    snprintf(name, sizeof name, "vol-0%016llx", (unsigned long long)random_next(&s->names));
    pv->handle = grow_text(s, sv_of(name));
}

static void provision(struct sim *s, uint32_t pvc, uint32_t class, uint32_t node)
{
    const struct world_class_of_storage *sc = &s->w.storage_classes.items[class];
    struct world_pv pv = {.used = true,
                          .claim = pvc,
                          .driver = sc->provisioner,
                          .storage_class = sc->name,
                          .access = s->w.pvcs.items[pvc].access,
                          .bytes = s->w.pvcs.items[pvc].bytes};
    pv.attachable = sv_has(strings_get(&s->w.strings, sc->provisioner), "ebs");
    bind_to_zone(s, &pv, &s->w.nodes.items[node]);
    name_volume(s, &pv, pvc);
    uint32_t i = volumes_enter(s, &pv);
    s->w.pvcs.items[pvc].pv = i;
    s->w.pvcs.items[pvc].phase = CLAIM_BOUND;
    sim_tell(s, CHANGE_VOLUME, i);
    sim_tell(s, CHANGE_CLAIM, pvc);
}

bool volumes_provision(struct sim *s, uint32_t pod, uint32_t node)
{
    bool made = false;
    for (unsigned i = 0; i < s->w.pods.items[pod].claim_count; i++) {
        uint32_t pvc = s->w.pod_claims.items[s->w.pods.items[pod].claims + i];
        if (pvc == WORLD_NONE || s->w.pvcs.items[pvc].pv != WORLD_NONE ||
            s->w.pvcs.items[pvc].storage_class == WORLD_NONE)
            continue;
        provision(s, pvc, s->w.pvcs.items[pvc].storage_class, node);
        made = true;
    }
    return made;
}

void volumes_provision_now(struct sim *s, uint32_t pvc)
{
    uint32_t nth = s->w.live_nodes ? (uint32_t)(random_next(&s->names) % s->w.live_nodes) : 0;
    world_each_node(&s->w, n)
        if (!nth--) {
            provision(s, pvc, s->w.pvcs.items[pvc].storage_class, n);
            return;
        }
}
