/* What a run's changes do to the counters: where pods are, which are Ready. */
#include "ops/rehearse/internal.h"

/* ---- pods ---- */

static struct pod_place *place_slot(struct recorder *rec, uint32_t pod)
{
    while (rec->pods.len <= pod)
        must_push(&rec->pods, (struct pod_place){0});
    return &rec->pods.items[pod];
}

static enum place place_of(struct recorder *rec, const struct world_pod *p,
                           const struct pod_place *e)
{
    static const enum place places[] = {PLACE_OTHER, PLACE_OLD, PLACE_NEW};
    if (e->of_node || world_pod_is_finished(p))
        return PLACE_NONE;
    if (p->node == WORLD_NONE)
        return p->deleting ? PLACE_NONE : PLACE_WAITING;
    return places[record_node(rec, p->node)->role];
}

static void no_longer_none(struct outage *o, int64_t now)
{
    if (o->since < 0)
        return;
    o->ms += now - o->since;
    o->since = -1;
}

static void count_ready(struct recorder *rec, uint32_t owner, bool counts, int64_t now)
{
    if (owner == WORLD_NONE)
        return;
    uint32_t top = rec->tops[owner];
    struct dip *d = &rec->dips[top];
    if (counts && !d->ready++)
        no_longer_none(&rec->outages[top], now);
    if (!counts && !--d->ready)
        rec->outages[top].since = now;
    if (d->ready < d->least)
        d->least = d->ready;
}

static void update_pod(struct recorder *rec, uint32_t pod, bool gone, int64_t now)
{
    const struct world_pod *p = &rec->w->pods.items[pod];
    struct pod_place *e = &rec->pods.items[pod];
    enum place place = gone ? PLACE_NONE : place_of(rec, p, e);
    bool counts = place != PLACE_NONE && p->ready && !p->deleting;
    bool starting = place != PLACE_NONE && place != PLACE_WAITING && !p->ready && !p->deleting;
    rec->counts[e->place]--;
    rec->counts[place]++;
    rec->starting += starting;
    rec->starting -= e->starting;
    e->place = place;
    e->starting = starting;
    if (counts == e->counted)
        return;
    e->counted = counts;
    count_ready(rec, p->owner, counts, now);
}

/* Nobody creates it again. */
static bool is_lost(const struct recorder *rec, uint32_t pod)
{
    const struct world_pod *p = &rec->w->pods.items[pod];
    return (p->owner == WORLD_NONE && !p->foreign_owner) || p->owner_gone;
}

static void no_longer_waits(struct recorder *rec, struct pod_place *e)
{
    rec->waiting_before -= e->waited;
    e->waited = false;
}

static void pod_left(struct recorder *rec, uint32_t pod, int64_t now)
{
    uint32_t node = rec->w->pods.items[pod].node;
    struct pod_place *e = &rec->pods.items[pod];
    no_longer_waits(rec, e);
    if (node == WORLD_NONE || e->of_node)
        return;
    rec->r->pods_moved += e->to_move;
    rec->r->pods_lost += e->to_move && is_lost(rec, pod);
    e->to_move = false;
    record_node_emptied(rec, node, now);
}

static void pod_arrived(struct recorder *rec, uint32_t pod)
{
    uint32_t node = rec->w->pods.items[pod].node;
    struct pod_place *e = &rec->pods.items[pod];
    if (node == WORLD_NONE || e->of_node)
        return;
    no_longer_waits(rec, e);
    record_node_filled(rec, node);
}

static void pod_added(struct recorder *rec, uint32_t pod)
{
    place_slot(rec, pod)->of_node = world_pod_is_of_node(rec->w, pod);
    pod_arrived(rec, pod);
}

static void pod_deleting(struct recorder *rec, uint32_t pod, int64_t now)
{
    uint32_t node = rec->w->pods.items[pod].node;
    if (node != WORLD_NONE && !rec->pods.items[pod].of_node)
        record_node_drains(rec, node, now);
}

/* ---- changes ---- */

static void change_pod(struct recorder *rec, enum change_kind kind, uint32_t pod, int64_t now)
{
    if (kind == CHANGE_POD_ADDED)
        pod_added(rec, pod);
    else if (kind == CHANGE_POD_BOUND)
        pod_arrived(rec, pod);
    else if (kind == CHANGE_POD_DELETING)
        pod_deleting(rec, pod, now);
    else if (kind == CHANGE_POD_GONE)
        pod_left(rec, pod, now);
    update_pod(rec, pod, kind == CHANGE_POD_GONE, now);
}

void record_change(struct recorder *rec, const struct world_change *c, int64_t now)
{
    switch (c->kind) {
    case CHANGE_POD_ADDED:
    case CHANGE_POD_BOUND:
    case CHANGE_POD_READY:
    case CHANGE_POD_UNREADY:
    case CHANGE_POD_DELETING:
    case CHANGE_POD_GONE:
    case CHANGE_POD_OTHER:
        change_pod(rec, c->kind, c->index, now);
        break;
    case CHANGE_NODE_ADDED:
        record_node_added(rec, c->index);
        break;
    case CHANGE_NODE_READY:
        record_node_ready(rec, c->index, now);
        break;
    case CHANGE_NODE_GONE:
        record_node_gone(rec, c->index, now);
        break;
    case CHANGE_ATTACHMENT:
        record_attachment(rec, c->index, now);
        break;
    default:
        break;
    }
}

void record_fetch(const struct recorder *rec, uint32_t pod)
{
    const struct world_pod *p = &rec->w->pods.items[pod];
    if (p->owner != WORLD_NONE)
        __builtin_prefetch(&rec->dips[rec->tops[p->owner]], 1);
    if (p->node < rec->nodes.len)
        __builtin_prefetch(&rec->nodes.items[p->node], 1);
}

/* ---- start and end ---- */

static void start_pod(struct recorder *rec, uint32_t pod)
{
    uint32_t node = rec->w->pods.items[pod].node;
    rec->counts[PLACE_NONE]++;
    pod_added(rec, pod);
    update_pod(rec, pod, false, 0);
    struct pod_place *e = &rec->pods.items[pod];
    e->waited = e->place == PLACE_WAITING;
    e->to_move = e->place == PLACE_OLD;
    rec->waiting_before += e->waited;
    rec->r->pods_to_move += e->to_move;
    if (e->to_move)
        rec->r->nodes.items[rec->nodes.items[node].bar].pods++;
}

static void start_workloads(struct recorder *rec)
{
    const struct world *w = rec->w;
    size_t n = w->workloads.len + 1;
    rec->tops = mem_must(malloc(n * sizeof *rec->tops));
    rec->dips = mem_must(calloc(n, sizeof *rec->dips));
    rec->outages = mem_must(calloc(n, sizeof *rec->outages));
    for (uint32_t i = 0; i < w->workloads.len; i++) {
        uint32_t owner = w->workloads.items[i].owner;
        rec->tops[i] = owner == WORLD_NONE ? i : owner;
        rec->outages[i].since = -1;
    }
}

void record_start(struct recorder *rec, const struct world *w, const struct setting *s,
                  struct rehearsal *r)
{
    *rec = (struct recorder){.w = w, .r = r, .s = s, .sample_every = 1000};
    start_workloads(rec);
    record_start_nodes(rec);
    must_reserve(&rec->pods, w->pods.cap);
    world_each_pod(w, p)
        start_pod(rec, p);
    for (uint32_t i = 0; i < w->workloads.len; i++)
        rec->dips[i].start = rec->dips[i].least = rec->dips[i].ready;
    for (uint32_t i = 0; i < s->old_count; i++)
        record_check_clean(rec, s->old[i], 0);
    rec->starting_before = rec->starting;
}

void record_release(struct recorder *rec)
{
    free(rec->tops);
    free(rec->dips);
    free(rec->outages);
    free(rec->example);
    vec_release(&rec->pods);
    vec_release(&rec->nodes);
    vec_release(&rec->attachment_node);
}

uint32_t record_unsettled(const struct recorder *rec)
{
    uint32_t waiting = rec->counts[PLACE_WAITING] - rec->waiting_before;
    uint32_t starting = rec->starting;
    return waiting + (starting > rec->starting_before ? starting - rec->starting_before : 0);
}

bool record_is_short(const struct recorder *rec, uint32_t workload)
{
    const struct dip *d = &rec->dips[workload];
    enum workload_kind kind = rec->w->workloads.items[workload].kind;
    return kind != WORKLOAD_JOB && kind != WORKLOAD_CRONJOB && d->ready < d->start;
}

bool record_short(const struct recorder *rec)
{
    for (uint32_t i = 0; i < rec->w->workloads.len; i++)
        if (record_is_short(rec, i))
            return true;
    return false;
}
