/* Volumes: what a pod needs on its node, Multi-Attach, and the way off a node. An attachment goes
 * when no pod on its node uses it and the node has said that it is unmounted (its status comes
 * every 10 s); when nobody says so, or the detach hangs, it is forced off after six minutes. */
#include "sim/internal.h"

#define STATUS_PERIOD_MS 10000

static struct volume_state *volume_of(struct sim *s, uint32_t attachment)
{
    return &s->volumes.items[s->w.attachments.items[attachment].pv];
}

/* The volume behind a pod's claim when it must be attached; WORLD_NONE else. */
static uint32_t attachable(const struct sim *s, const struct world_pod *p, unsigned claim)
{
    uint32_t pvc = s->w.pod_claims.items[p->claims + claim];
    uint32_t pv = pvc == WORLD_NONE ? WORLD_NONE : s->w.pvcs.items[pvc].pv;
    return pv != WORLD_NONE && s->w.pvs.items[pv].attachable ? pv : WORLD_NONE;
}

uint32_t volume_find(const struct sim *s, uint32_t pv, uint32_t node)
{
    uint32_t a = s->volumes.items[pv].attachments;
    while (a != WORLD_NONE && s->w.attachments.items[a].node != node)
        a = s->attachments.items[a].next;
    return a;
}

uint32_t volume_attach(struct sim *s, uint32_t pv, uint32_t node, bool attached)
{
    struct world_attachment a = {.used = true,
                                 .node = node,
                                 .pv = pv,
                                 .driver = s->w.pvs.items[pv].driver,
                                 .attached = attached};
    struct attachment_state st = {.next = s->volumes.items[pv].attachments};
    uint32_t i = (uint32_t)s->w.attachments.len;
    must_push(&s->w.attachments, a);
    must_push(&s->attachments, st);
    s->volumes.items[pv].attachments = i;
    s->nodes.items[node].attachments++;
    return i;
}

static bool allows_many_nodes(const struct world_pv *pv)
{
    return !pv->access || pv->access & (ACCESS_RWX | ACCESS_ROX);
}

static void add_waiter(struct sim *s, uint32_t pv, uint32_t pod)
{
    struct waiter w = {pod, s->pods.items[pod].stamp, WORLD_NONE};
    uint32_t i = s->free_waiter, *end = &s->volumes.items[pv].waiters;
    if (i == WORLD_NONE) {
        must_push(&s->waiters, w);
        i = (uint32_t)s->waiters.len - 1;
    } else {
        s->free_waiter = s->waiters.items[i].next;
        s->waiters.items[i] = w;
    }
    while (*end != WORLD_NONE)
        end = &s->waiters.items[*end].next;
    *end = i;
}

static void plan(struct sim *s, uint32_t attachment, int64_t at, enum event_kind kind)
{
    queue_put(&s->queue, at, kind, attachment, s->attachments.items[attachment].stamp);
}

static void plan_attached(struct sim *s, uint32_t attachment)
{
    int64_t asked = rate_take(&s->controllers[CONTROL_ATTACH], s->now);
    plan(s, attachment, asked + draw(&s->draws, DRAW_ATTACH), EVENT_ATTACHED);
}

static void use(struct sim *s, uint32_t attachment)
{
    struct attachment_state *a = &s->attachments.items[attachment];
    if (!a->users++)
        a->stamp = (a->stamp + 1) & EVENT_STAMP_MASK; /* a planned detach is off */
}

/* One volume for one pod: true when it is there already, else the pod waits for it. */
static bool want(struct sim *s, uint32_t pv, uint32_t pod)
{
    uint32_t node = s->w.pods.items[pod].node, a = volume_find(s, pv, node);
    bool free = s->volumes.items[pv].attachments == WORLD_NONE;
    if (a == WORLD_NONE && (free || allows_many_nodes(&s->w.pvs.items[pv]))) {
        a = volume_attach(s, pv, node, false);
        use(s, a);
        plan_attached(s, a);
        sim_tell(s, CHANGE_ATTACHMENT, a);
    } else if (a == WORLD_NONE) {
        s->stats.multi_attach_waits++;
    } else if (!s->attachments.items[a].detaching) {
        use(s, a);
        if (s->w.attachments.items[a].attached)
            return true;
        if (s->attachments.items[a].users == 1) /* nobody waited for it any more */
            plan_attached(s, a);
    }
    add_waiter(s, pv, pod);
    return false;
}

uint16_t volumes_want(struct sim *s, uint32_t pod)
{
    uint16_t waits = 0;
    for (unsigned i = 0; i < s->w.pods.items[pod].claim_count; i++) {
        uint32_t pv = attachable(s, &s->w.pods.items[pod], i);
        if (pv != WORLD_NONE && !want(s, pv, pod))
            waits++;
    }
    return waits;
}

/* Takes the list of those who wait for a volume, to be gone through once. */
static uint32_t take_waiters(struct volume_state *v)
{
    uint32_t list = v->waiters;
    v->waiters = WORLD_NONE;
    return list;
}

static struct waiter next_waiter(struct sim *s, uint32_t *list)
{
    uint32_t i = *list;
    struct waiter w = s->waiters.items[i];
    *list = w.next;
    s->waiters.items[i].next = s->free_waiter;
    s->free_waiter = i;
    return w;
}

static void volume_ready(struct sim *s, uint32_t pod)
{
    if (!--s->pods.items[pod].waits)
        kubelet_volumes_ready(s, pod);
}

/* ---- the way off ---- */

int64_t volume_next_status(uint32_t node, int64_t now)
{
    int64_t phase = node == WORLD_NONE ? 0 : node * UINT64_C(2654435761) % STATUS_PERIOD_MS;
    return now + STATUS_PERIOD_MS - 1 - (now - phase + STATUS_PERIOD_MS - 1) % STATUS_PERIOD_MS;
}

/* Nobody uses it any more. */
static void let_go(struct sim *s, uint32_t attachment)
{
    struct attachment_state *a = &s->attachments.items[attachment];
    int64_t at = volume_next_status(s->w.attachments.items[attachment].node, s->now);
    if (!s->w.attachments.items[attachment].attached)
        return; /* comes here again once it is */
    if (!a->unsafe && s->times.stuck_detach > 0 &&
        random_share(&s->draws.random) < s->times.stuck_detach)
        a->unsafe = true;
    if (a->unsafe)
        at = s->now + s->times.force_detach_ms;
    plan(s, attachment, at, EVENT_DETACH);
}

void volumes_drop(struct sim *s, uint32_t pod, bool clean)
{
    const struct world_pod *p = &s->w.pods.items[pod];
    if (!p->claim_count || s->pods.items[pod].stage <= STAGE_UNBOUND)
        return;
    for (unsigned i = 0; i < p->claim_count; i++) {
        uint32_t pv = attachable(s, p, i);
        uint32_t a = pv == WORLD_NONE ? WORLD_NONE : volume_find(s, pv, p->node);
        struct attachment_state *st = a == WORLD_NONE ? NULL : &s->attachments.items[a];
        if (!st || st->detaching || !st->users)
            continue;
        st->unsafe = st->unsafe || !clean;
        if (!--st->users)
            let_go(s, a);
    }
}

void volumes_attached(struct sim *s, uint32_t attachment)
{
    struct world_attachment *a = &s->w.attachments.items[attachment];
    struct volume_state *v = volume_of(s, attachment);
    a->attached = true;
    sim_tell(s, CHANGE_ATTACHMENT, attachment);
    for (uint32_t list = take_waiters(v); list != WORLD_NONE;) {
        struct waiter w = next_waiter(s, &list);
        if (s->pods.items[w.pod].stamp != w.stamp)
            continue;
        if (s->w.pods.items[w.pod].node == a->node)
            volume_ready(s, w.pod);
        else
            add_waiter(s, a->pv, w.pod);
    }
    if (!s->attachments.items[attachment].users)
        let_go(s, attachment);
}

void volumes_detach(struct sim *s, uint32_t attachment)
{
    struct attachment_state *st = &s->attachments.items[attachment];
    st->detaching = true;
    s->stats.forced_detaches += st->unsafe;
    s->w.attachments.items[attachment].deleting = true;
    int64_t asked = rate_take(&s->controllers[CONTROL_ATTACH], s->now);
    int64_t takes = draw(&s->draws, DRAW_DETACH);
    if (st->held_ms >= 0)
        plan(s, attachment, asked + (st->held_ms ? st->held_ms : takes), EVENT_DETACHED);
    sim_tell(s, CHANGE_ATTACHMENT, attachment);
}

static void unlink_attachment(struct sim *s, uint32_t attachment)
{
    struct volume_state *v = volume_of(s, attachment);
    uint32_t *at = &v->attachments;
    while (*at != attachment)
        at = &s->attachments.items[*at].next;
    *at = s->attachments.items[attachment].next;
}

void volumes_detached(struct sim *s, uint32_t attachment)
{
    uint32_t pv = s->w.attachments.items[attachment].pv;
    uint32_t node = s->w.attachments.items[attachment].node;
    unlink_attachment(s, attachment);
    if (node != WORLD_NONE)
        s->nodes.items[node].attachments--;
    s->w.attachments.items[attachment].attached = false;
    s->w.attachments.items[attachment].used = false;
    sim_tell(s, CHANGE_ATTACHMENT, attachment);
    for (uint32_t list = take_waiters(&s->volumes.items[pv]); list != WORLD_NONE;) {
        struct waiter w = next_waiter(s, &list);
        if (s->pods.items[w.pod].stamp == w.stamp && want(s, pv, w.pod))
            volume_ready(s, w.pod);
    }
}

/* The cloud lets it go, at once when it was asked to. */
static void let_off(struct sim *s, uint32_t attachment)
{
    struct attachment_state *st = &s->attachments.items[attachment];
    if (!st->held_ms)
        return;
    st->held_ms = 0;
    if (!st->detaching)
        return;
    st->stamp = (st->stamp + 1) & EVENT_STAMP_MASK; /* what was planned for later is off */
    plan(s, attachment, s->now + draw(&s->draws, DRAW_DETACH), EVENT_DETACHED);
}

void volumes_node_gone(struct sim *s, uint32_t node)
{
    for (uint32_t i = 0; s->nodes.items[node].attachments && i < s->w.attachments.len; i++)
        if (s->w.attachments.items[i].used && s->w.attachments.items[i].node == node) {
            let_off(s, i);
            s->w.attachments.items[i].node = WORLD_NONE;
            s->nodes.items[node].attachments--;
        }
}

static void hold(struct sim *s, uint32_t pv, int64_t ms)
{
    for (uint32_t a = pv < s->volumes.len ? s->volumes.items[pv].attachments : WORLD_NONE;
         a != WORLD_NONE; a = s->attachments.items[a].next)
        if (ms)
            s->attachments.items[a].held_ms = ms;
        else
            let_off(s, a);
}

void sim_hold_volume(struct sim *s, uint32_t pv, int64_t ms)
{
    hold(s, pv, ms > 0 ? ms : -1);
}

void sim_let_off_volume(struct sim *s, uint32_t pv)
{
    hold(s, pv, 0);
}
