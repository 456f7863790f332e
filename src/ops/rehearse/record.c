/* What happens during a run, kept as counters, and written down at intervals that grow with the
 * run's length. */
#include "ops/rehearse/internal.h"

#define SAMPLES_MAX 400
#define EVENTS_MAX 300

enum place { PLACE_NONE, PLACE_OLD, PLACE_NEW, PLACE_OTHER, PLACE_WAITING };

static uint32_t *slot(void *vec_, uint32_t i)
{
    VEC(uint32_t) *v = vec_;
    while (v->len <= i)
        must_push(v, WORLD_NONE);
    return &v->items[i];
}

/* ---- nodes ---- */

static enum role role_of(struct recorder *rec, uint32_t node)
{
    return node < rec->roles_len ? rec->roles[node] : ROLE_OTHER;
}

static void set_role(struct recorder *rec, uint32_t node, enum role role)
{
    if (node >= rec->roles_len) {
        uint32_t len = node + 1024;
        rec->roles = mem_must(realloc(rec->roles, len));
        memset(rec->roles + rec->roles_len, ROLE_OTHER, len - rec->roles_len);
        rec->roles_len = len;
    }
    rec->roles[node] = (uint8_t)role;
}

static void add_bar(struct recorder *rec, uint32_t node, bool is_new)
{
    const struct world_node *n = &rec->w->nodes.items[node];
    struct rehearsal_node bar = {
        .name = text_of(rec->r, "%s", world_text(rec->w, n->name)),
        .zone = text_of(rec->r, "%s", world_text(rec->w, n->zone)),
        .is_new = is_new,
        .drain_from_ms = -1,
        .empty_ms = -1,
        .clean_ms = -1,
        .gone_ms = -1,
        .ready_ms = -1,
    };
    must_push(&rec->r->nodes, bar);
    *slot(&rec->bar, node) = (uint32_t)rec->r->nodes.len - 1;
}

static struct rehearsal_node *bar_of(struct recorder *rec, uint32_t node)
{
    uint32_t i = node == WORLD_NONE ? WORLD_NONE : *slot(&rec->bar, node);
    return i == WORLD_NONE ? NULL : &rec->r->nodes.items[i];
}

static void check_clean(struct recorder *rec, uint32_t node, int64_t now)
{
    struct rehearsal_node *bar = bar_of(rec, node);
    if (!bar || bar->is_new || *slot(&rec->left, node))
        return;
    if (bar->empty_ms < 0)
        bar->empty_ms = now;
    if (bar->clean_ms < 0 && !*slot(&rec->attached, node))
        bar->clean_ms = now;
}

static void count_node(struct recorder *rec, uint32_t node, int sign)
{
    rec->vcpu += sign * rec->w->nodes.items[node].capacity.cpu;
    if (role_of(rec, node) == ROLE_OLD)
        rec->old_nodes += (uint32_t)sign;
    if (role_of(rec, node) == ROLE_NEW)
        rec->new_nodes += (uint32_t)sign;
    if (rec->w->live_nodes > rec->peak_nodes)
        rec->peak_nodes = rec->w->live_nodes;
    if (rec->vcpu > rec->peak_vcpu)
        rec->peak_vcpu = rec->vcpu;
}

static void node_added(struct recorder *rec, uint32_t node)
{
    set_role(rec, node, ROLE_NEW);
    add_bar(rec, node, true);
    *slot(&rec->left, node) = 0;
    *slot(&rec->attached, node) = 0;
    count_node(rec, node, 1);
}

static void node_gone(struct recorder *rec, uint32_t node, int64_t now)
{
    struct rehearsal_node *bar = bar_of(rec, node);
    count_node(rec, node, -1);
    if (bar)
        bar->gone_ms = now;
    *slot(&rec->bar, node) = WORLD_NONE;
    set_role(rec, node, ROLE_OTHER);
}

static void attachment_changed(struct recorder *rec, uint32_t i, int64_t now)
{
    const struct world_attachment *a = &rec->w->attachments.items[i];
    uint32_t *kept = slot(&rec->attachment_node, i), before = *kept;
    uint32_t node = a->used ? a->node : WORLD_NONE;
    *kept = node;
    if (node == before)
        return;
    if (node != WORLD_NONE)
        ++*slot(&rec->attached, node);
    if (before == WORLD_NONE)
        return;
    --*slot(&rec->attached, before);
    check_clean(rec, before, now);
}

/* ---- pods ---- */

static enum place place_of(struct recorder *rec, const struct world_pod *p, uint32_t pod)
{
    static const enum place places[] = {PLACE_OTHER, PLACE_OLD, PLACE_NEW};
    if (world_pod_is_of_node(rec->w, pod) || world_pod_is_finished(p))
        return PLACE_NONE;
    if (p->node == WORLD_NONE)
        return p->deleting ? PLACE_NONE : PLACE_WAITING;
    return places[role_of(rec, p->node)];
}

static struct pod_place *place_slot(struct recorder *rec, uint32_t pod)
{
    while (rec->pods.len <= pod)
        must_push(&rec->pods, (struct pod_place){0});
    return &rec->pods.items[pod];
}

static void count_ready(struct recorder *rec, uint32_t pod, struct pod_place *e, bool counts,
                        int64_t now)
{
    uint32_t owner = world_top_owner(rec->w, pod);
    if (counts == e->counted)
        return;
    e->counted = counts;
    if (owner == WORLD_NONE)
        return;
    struct dip *d = &rec->dips[owner];
    if (counts && !d->ready++ && d->none_since >= 0) {
        d->none_ms += now - d->none_since;
        d->none_since = -1;
    }
    if (!counts && !--d->ready)
        d->none_since = now;
    if (d->ready < d->least)
        d->least = d->ready;
}

static void update_pod(struct recorder *rec, uint32_t pod, bool gone, int64_t now)
{
    const struct world_pod *p = &rec->w->pods.items[pod];
    struct pod_place *e = place_slot(rec, pod);
    enum place place = gone ? PLACE_NONE : place_of(rec, p, pod);
    bool counts = place != PLACE_NONE && p->ready && !p->deleting;
    bool starting = place != PLACE_NONE && place != PLACE_WAITING && !p->ready && !p->deleting;
    rec->counts[e->place]--;
    rec->counts[place]++;
    rec->starting += starting;
    rec->starting -= e->starting;
    e->place = (uint8_t)place;
    e->starting = starting;
    count_ready(rec, pod, e, counts, now);
}

static bool is_to_move(const struct recorder *rec, uint32_t pod)
{
    return !world_pod_is_of_node(rec->w, pod);
}

/* Nobody creates it again. */
static bool is_lost(const struct recorder *rec, uint32_t pod)
{
    const struct world_pod *p = &rec->w->pods.items[pod];
    return (p->owner == WORLD_NONE && !p->foreign_owner) || p->owner_gone;
}

static void pod_left(struct recorder *rec, uint32_t pod, int64_t now)
{
    uint32_t node = rec->w->pods.items[pod].node;
    struct pod_place *e = place_slot(rec, pod);
    if (e->waited)
        rec->waiting_before--;
    e->waited = false;
    if (node == WORLD_NONE || !is_to_move(rec, pod))
        return;
    --*slot(&rec->left, node);
    rec->r->pods_moved += e->to_move;
    rec->r->pods_lost += e->to_move && is_lost(rec, pod);
    e->to_move = false;
    check_clean(rec, node, now);
}

static void pod_arrived(struct recorder *rec, uint32_t pod)
{
    uint32_t node = rec->w->pods.items[pod].node;
    struct pod_place *e = place_slot(rec, pod);
    if (node == WORLD_NONE || !is_to_move(rec, pod))
        return;
    if (e->waited)
        rec->waiting_before--;
    e->waited = false;
    ++*slot(&rec->left, node);
    struct rehearsal_node *bar = bar_of(rec, node);
    if (bar && bar->is_new)
        bar->pods++;
    else if (bar)
        bar->empty_ms = bar->clean_ms = -1;
}

static void pod_deleting(struct recorder *rec, uint32_t pod, int64_t now)
{
    struct rehearsal_node *bar = bar_of(rec, rec->w->pods.items[pod].node);
    if (bar && bar->drain_from_ms < 0 && is_to_move(rec, pod))
        bar->drain_from_ms = now;
}

void record_change(struct recorder *rec, const struct world_change *c, int64_t now)
{
    struct rehearsal_node *bar;
    switch (c->kind) {
    case CHANGE_POD_GONE:
        pod_left(rec, c->index, now);
        update_pod(rec, c->index, true, now);
        break;
    case CHANGE_POD_ADDED:
    case CHANGE_POD_BOUND:
        pod_arrived(rec, c->index);
        update_pod(rec, c->index, false, now);
        break;
    case CHANGE_POD_DELETING:
        pod_deleting(rec, c->index, now);
        update_pod(rec, c->index, false, now);
        break;
    case CHANGE_POD_READY:
    case CHANGE_POD_UNREADY:
    case CHANGE_POD_OTHER:
        update_pod(rec, c->index, false, now);
        break;
    case CHANGE_NODE_ADDED:
        node_added(rec, c->index);
        break;
    case CHANGE_NODE_READY:
        bar = bar_of(rec, c->index);
        if (bar && bar->ready_ms < 0)
            bar->ready_ms = now;
        break;
    case CHANGE_NODE_GONE:
        node_gone(rec, c->index, now);
        break;
    case CHANGE_ATTACHMENT:
        attachment_changed(rec, c->index, now);
        break;
    default:
        break;
    }
}

void record_fetch(const struct recorder *rec, uint32_t pod)
{
    uint32_t owner = world_top_owner(rec->w, pod);
    if (pod < rec->pods.len)
        __builtin_prefetch(&rec->pods.items[pod], 1);
    if (owner != WORLD_NONE)
        __builtin_prefetch(&rec->dips[owner], 1);
}

/* ---- start and end ---- */

static void start_nodes(struct recorder *rec)
{
    world_each_node(rec->w, n) {
        set_role(rec, n, ROLE_OTHER);
        *slot(&rec->left, n) = *slot(&rec->attached, n) = 0;
        rec->vcpu += rec->w->nodes.items[n].capacity.cpu;
    }
    for (uint32_t i = 0; i < rec->s->old_count; i++) {
        set_role(rec, rec->s->old[i], ROLE_OLD);
        add_bar(rec, rec->s->old[i], false);
    }
    rec->old_nodes = rec->s->old_count;
    rec->peak_nodes = rec->w->live_nodes;
    rec->peak_vcpu = rec->vcpu;
    for (uint32_t i = 0; i < rec->w->attachments.len; i++)
        attachment_changed(rec, i, 0);
}

static void start_pod(struct recorder *rec, uint32_t pod)
{
    const struct world_pod *p = &rec->w->pods.items[pod];
    rec->counts[PLACE_NONE]++;
    pod_arrived(rec, pod);
    update_pod(rec, pod, false, 0);
    struct pod_place *e = place_slot(rec, pod);
    e->waited = e->place == PLACE_WAITING;
    rec->waiting_before += e->waited;
    struct rehearsal_node *bar = bar_of(rec, p->node);
    e->to_move = e->place == PLACE_OLD;
    rec->r->pods_to_move += e->to_move;
    if (bar)
        bar->pods += e->to_move;
}

void record_start(struct recorder *rec, const struct world *w, const struct setting *s,
                  struct rehearsal *r)
{
    *rec = (struct recorder){.w = w, .r = r, .s = s, .sample_every = 1000};
    rec->dips = mem_must(calloc(w->workloads.len + 1, sizeof *rec->dips));
    for (uint32_t i = 0; i < w->workloads.len; i++)
        rec->dips[i].none_since = -1;
    start_nodes(rec);
    must_reserve(&rec->pods, w->pods.cap);
    world_each_pod(w, p)
        start_pod(rec, p);
    for (uint32_t i = 0; i < w->workloads.len; i++)
        rec->dips[i].start = rec->dips[i].least = rec->dips[i].ready;
    for (uint32_t i = 0; i < s->old_count; i++)
        check_clean(rec, s->old[i], 0);
    rec->starting_before = rec->starting;
}

void record_release(struct recorder *rec)
{
    free(rec->roles);
    free(rec->dips);
    free(rec->example);
    vec_release(&rec->pods);
    vec_release(&rec->bar);
    vec_release(&rec->left);
    vec_release(&rec->attached);
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

/* ---- writing down ---- */

static void halve_samples(struct recorder *rec)
{
    size_t n = 0;
    for (size_t i = 0; i < rec->r->samples.len; i += 2)
        rec->r->samples.items[n++] = rec->r->samples.items[i];
    rec->r->samples.len = n;
    rec->sample_every *= 2;
}

void record_sample(struct recorder *rec, int64_t now, bool always)
{
    if (now < rec->sample_at && !always)
        return;
    struct rehearsal_sample sample = {
        .at_ms = now,
        .old_nodes = rec->old_nodes,
        .new_nodes = rec->new_nodes,
        .old_pods = rec->counts[PLACE_OLD],
        .new_pods = rec->counts[PLACE_NEW],
        .other_pods = rec->counts[PLACE_OTHER],
        .pending = rec->counts[PLACE_WAITING],
        .starting = rec->starting,
    };
    if (rec->r->samples.len && rec->r->samples.items[rec->r->samples.len - 1].at_ms == now)
        rec->r->samples.len--;
    must_push(&rec->r->samples, sample);
    if (rec->r->samples.len >= SAMPLES_MAX)
        halve_samples(rec);
    rec->sample_at = now + rec->sample_every;
}

void record_phase(struct recorder *rec, enum nodes_phase phase, int64_t now)
{
    if (rec->r->phases.len) {
        struct rehearsal_phase *last = &rec->r->phases.items[rec->r->phases.len - 1];
        if (last->phase == phase)
            return;
        last->to_ms = now;
    }
    must_push(&rec->r->phases, (struct rehearsal_phase){phase, now, now});
    record_sample(rec, now, true);
}

void record_event(struct recorder *rec, int64_t now, const char *kind, const char *fmt, ...)
{
    char text[512];
    va_list ap;
    if (rec->r->events.len >= EVENTS_MAX)
        return;
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    must_push(&rec->r->events, (struct rehearsal_event){now, kind, text_of(rec->r, "%s", text)});
}

/* The least number of Ready pods that its budget asks for; -1 without one of its own. */
static int32_t wanted_by_budget(const struct recorder *rec, uint32_t workload)
{
    int32_t wanted = -1;
    uint32_t pod = rec->example[workload];
    for (uint32_t i = 0; pod != WORLD_NONE && i < rec->w->pdbs.len; i++)
        if (rec->w->pdbs.items[i].used && world_pdb_covers(rec->w, &rec->w->pdbs.items[i], pod))
            wanted = rec->w->pdbs.items[i].desired;
    return wanted;
}

/* Worth telling: none was Ready, or fewer than its budget asks for, or without a budget than one in
 * four (at least one pod) being away explains. */
static bool is_dip(const struct recorder *rec, uint32_t workload)
{
    enum workload_kind kind = rec->w->workloads.items[workload].kind;
    const struct dip *d = &rec->dips[workload];
    int32_t fair = (d->start + 3) / 4 > 1 ? (d->start + 3) / 4 : 1;
    bool comes_and_goes =
        kind == WORKLOAD_JOB || kind == WORKLOAD_CRONJOB || kind == WORKLOAD_DAEMONSET;
    if (comes_and_goes || !d->start)
        return false;
    if (!d->least || d->least >= d->start - fair)
        return !d->least;
    int32_t wanted = wanted_by_budget(rec, workload);
    return wanted < 0 || d->least < wanted;
}

static void find_examples(struct recorder *rec)
{
    rec->example = mem_must(malloc((rec->w->workloads.len + 1) * sizeof *rec->example));
    memset(rec->example, 0xff, rec->w->workloads.len * sizeof *rec->example);
    world_each_pod(rec->w, p) {
        uint32_t owner = world_top_owner(rec->w, p);
        if (owner != WORLD_NONE && rec->example[owner] == WORLD_NONE)
            rec->example[owner] = p;
    }
}

void record_finish(struct recorder *rec, int64_t now)
{
    char name[512];
    find_examples(rec);
    record_sample(rec, now, true);
    if (rec->r->phases.len)
        rec->r->phases.items[rec->r->phases.len - 1].to_ms = now;
    for (uint32_t i = 0; i < rec->w->workloads.len; i++) {
        struct dip *d = &rec->dips[i];
        const struct world_workload *wl = &rec->w->workloads.items[i];
        if (!is_dip(rec, i))
            continue;
        int64_t none = d->none_ms + (d->none_since >= 0 ? now - d->none_since : 0);
        world_workload_name(rec->w, i, name, sizeof name);
        struct rehearsal_dip dip = {text_of(rec->r, "%s", name), wl->replicas, d->least, none};
        must_push(&rec->r->dips, dip);
    }
    rec->r->peak_nodes = rec->peak_nodes;
    rec->r->peak_vcpu = rec->peak_vcpu / 1000;
}
