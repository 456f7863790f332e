/* The workload controllers: who creates what when a pod goes. ReplicaSets (and controllers of kinds
 * that the world does not hold, taken as such) are here; the others in files of their own. */
#include "sim/internal.h"

#define SLOW_START_MAX 500

/* Pods are created in batches of 1, 2, 4, … that each wait for the one before. */
static int64_t slow_start(struct sim *s, struct owner_state *o)
{
    if (o->births_at != s->now) {
        o->births_at = s->now;
        o->births = 0;
    }
    int32_t nth = o->births++ % SLOW_START_MAX + 1;
    return (31 - __builtin_clz((unsigned)nth)) * draw(&s->draws, DRAW_API_CALL);
}

static uint32_t birth_new(struct sim *s, const struct birth *b)
{
    uint32_t i = s->free_birth;
    if (i == WORLD_NONE) {
        must_push(&s->births, *b);
        return (uint32_t)s->births.len - 1;
    }
    s->free_birth = s->births.items[i].next;
    s->births.items[i] = *b;
    return i;
}

void controllers_ask(struct sim *s, enum controller c, const struct birth *b, int64_t delay)
{
    int64_t asked = s->now + draw(&s->draws, DRAW_CREATE) + delay;
    int64_t at = rate_take(&s->controllers[c], asked);
    queue_put(&s->queue, at, EVENT_BIRTH, birth_new(s, b), 0);
}

/* Somebody may have changed the controller's mind since it asked. */
static bool is_still_wanted(struct sim *s, struct birth *b)
{
    if (!s->grows || b->owner == WORLD_NONE)
        return true;
    const struct world_workload *wl = &s->w.workloads.items[b->owner];
    struct owner_state *o = &s->owners[b->owner];
    bool numbered = wl->kind == WORKLOAD_STATEFULSET, daemon = wl->kind == WORKLOAD_DAEMONSET;
    if ((numbered || daemon) && wl->template != WORLD_NONE)
        b->class = wl->template;
    if (numbered)
        return !o->frozen && stateful_lacks(s, b->owner, b->ordinal);
    if (daemon)
        return !o->frozen && daemons_lack(s, b->owner, b->node);
    bool surplus = wl->kind != WORKLOAD_OTHER && o->active > wl->replicas;
    if (!o->frozen && !surplus)
        return true;
    o->active--;
    return false;
}

void controllers_birth(struct sim *s, uint32_t birth)
{
    struct birth b = s->births.items[birth];
    s->births.items[birth].next = s->free_birth;
    s->free_birth = birth;
    if (!is_still_wanted(s, &b))
        return;
    bool is_set =
        b.owner != WORLD_NONE && s->w.workloads.items[b.owner].kind == WORKLOAD_STATEFULSET;
    struct world_pod pod = {
        .name = b.name,
        .class = b.class,
        .owner = b.owner,
        .node = WORLD_NONE,
        .nominated = WORLD_NONE,
        .claims = b.claims,
        .claim_count = b.claim_count,
        .ordinal = b.ordinal,
        .foreign_owner = b.foreign,
        .phase = POD_PENDING,
        .created = sim_seconds(s),
    };
    if (b.node != WORLD_NONE && s->nodes.items[b.node].stamp != b.node_stamp)
        return;
    if (s->grows && !pod.name && b.owner != WORLD_NONE)
        pod.name = grow_pod_name(s, b.owner);
    uint32_t p = pods_create(s, &pod);
    if (is_set)
        stateful_born(s, p);
    if (b.node != WORLD_NONE)
        daemons_place(s, p, b.node);
    else
        sched_queue_add(s->unbound, p, s->now);
}

static struct birth like(const struct world_pod *p)
{
    return (struct birth){.owner = p->owner,
                          .class = p->class,
                          .claims = p->claims,
                          .claim_count = p->claim_count,
                          .node = WORLD_NONE,
                          .ordinal = -1,
                          .foreign = p->foreign_owner};
}

/* ---- what clients asked for ---- */

/* Does a go before b when there are too many? As the ReplicaSet controller ranks them. */
static bool goes_first(const struct sim *s, uint32_t a, uint32_t b)
{
    const struct world_pod *x = &s->w.pods.items[a], *y = &s->w.pods.items[b];
    if ((x->node == WORLD_NONE) != (y->node == WORLD_NONE))
        return x->node == WORLD_NONE;
    if (x->phase != y->phase)
        return x->phase < y->phase;
    if (x->ready != y->ready)
        return !x->ready;
    if (x->ready_since != y->ready_since)
        return x->ready_since > y->ready_since;
    return x->created != y->created ? x->created > y->created : a > b;
}

static void delete_surplus(struct sim *s, uint32_t owner)
{
    while (s->owners[owner].active > s->w.workloads.items[owner].replicas) {
        uint32_t first = WORLD_NONE;
        world_each_pod_of_workload(&s->w, owner, p) {
            const struct world_pod *pod = &s->w.pods.items[p];
            if (pod->deleting || world_pod_is_finished(pod))
                continue;
            if (first == WORLD_NONE || goes_first(s, p, first))
                first = p;
        }
        if (first == WORLD_NONE) /* the surplus is not born yet */
            return;
        pods_delete(s, first, -1);
    }
}

static int32_t wanted(const struct sim *s, uint32_t owner)
{
    const struct world_workload *wl = &s->w.workloads.items[owner];
    if (wl->kind != WORKLOAD_JOB)
        return wl->replicas;
    int32_t left = (wl->completions > 0 ? wl->completions : 1) - wl->succeeded;
    return left < wl->replicas ? left : wl->replicas;
}

static void ask_for_missing(struct sim *s, uint32_t owner)
{
    const struct world_workload *wl = &s->w.workloads.items[owner];
    struct owner_state *o = &s->owners[owner];
    struct birth b = {.owner = owner, .class = wl->template, .node = WORLD_NONE, .ordinal = -1};
    enum controller c = wl->kind == WORKLOAD_JOB ? CONTROL_JOB : CONTROL_REPLICASET;
    if (b.class == WORLD_NONE && wl->pods != WORLD_NONE)
        b.class = s->w.pods.items[wl->pods].class;
    if (b.class == WORLD_NONE || o->frozen)
        return;
    if (s->grows)
        grow_claims(s, &b);
    for (int32_t n = wanted(s, owner); o->active < n;) {
        o->active++;
        controllers_ask(s, c, &b, slow_start(s, o));
    }
}

void controllers_settle(struct sim *s, uint32_t owner)
{
    switch (s->w.workloads.items[owner].kind) {
    case WORKLOAD_REPLICASET:
    case WORKLOAD_REPLICATIONCONTROLLER:
        ask_for_missing(s, owner);
        delete_surplus(s, owner);
        break;
    case WORKLOAD_JOB:
        ask_for_missing(s, owner);
        break;
    case WORKLOAD_STATEFULSET:
        stateful_start(s, owner);
        stateful_shrink(s, owner, WORLD_NONE);
        break;
    case WORKLOAD_DAEMONSET:
        daemons_settle(s, owner);
        break;
    case WORKLOAD_DEPLOYMENT:
    case WORKLOAD_CRONJOB:
    case WORKLOAD_OTHER:
        break;
    }
}

/* ---- pods that go ---- */

/* Terminating pods do not count: the next one is made at once. */
static void replicas_pod_deleting(struct sim *s, uint32_t pod)
{
    const struct world_pod *p = &s->w.pods.items[pod];
    struct owner_state *o = &s->owners[p->owner];
    if (world_pod_is_finished(p))
        return;
    o->active--;
    if (o->frozen || o->active >= s->w.workloads.items[p->owner].replicas)
        return;
    o->active++;
    struct birth b = like(p);
    controllers_ask(s, CONTROL_REPLICASET, &b, slow_start(s, o));
}

static void foreign_pod_deleting(struct sim *s, uint32_t pod)
{
    const struct world_pod *p = &s->w.pods.items[pod];
    if (world_pod_is_finished(p) || (p->owner != WORLD_NONE && s->owners[p->owner].frozen))
        return;
    struct birth b = like(p);
    s->stats.assumed++;
    controllers_ask(s, CONTROL_REPLICASET, &b, 0);
}

void controllers_pod_deleting(struct sim *s, uint32_t pod)
{
    const struct world_pod *p = &s->w.pods.items[pod];
    if (p->owner == WORLD_NONE) {
        if (p->foreign_owner && !p->mirror)
            foreign_pod_deleting(s, pod);
        return;
    }
    switch (s->w.workloads.items[p->owner].kind) {
    case WORKLOAD_DEPLOYMENT:
    case WORKLOAD_REPLICASET:
    case WORKLOAD_REPLICATIONCONTROLLER:
        replicas_pod_deleting(s, pod);
        break;
    case WORKLOAD_STATEFULSET:
        stateful_changed(s, pod, false);
        break;
    case WORKLOAD_JOB:
        jobs_pod_deleting(s, pod);
        break;
    case WORKLOAD_CRONJOB:
    case WORKLOAD_OTHER:
        foreign_pod_deleting(s, pod);
        break;
    case WORKLOAD_DAEMONSET:
        break;
    }
}

void controllers_pod_gone(struct sim *s, uint32_t pod)
{
    const struct world_pod *p = &s->w.pods.items[pod];
    if (p->owner == WORLD_NONE)
        return;
    enum workload_kind kind = s->w.workloads.items[p->owner].kind;
    if (kind == WORKLOAD_STATEFULSET)
        stateful_changed(s, pod, true);
    else if (kind == WORKLOAD_JOB)
        jobs_pod_gone(s, pod);
    else if (kind == WORKLOAD_DAEMONSET)
        daemons_pod_gone(s, pod, p->node);
}

void controllers_pod_ready(struct sim *s, uint32_t pod)
{
    uint32_t owner = s->w.pods.items[pod].owner;
    if (owner != WORLD_NONE && s->w.workloads.items[owner].kind == WORKLOAD_STATEFULSET)
        stateful_changed(s, pod, false);
}
