/* Workloads and pods that clients write. */
#include "sim/internal.h"

/* ---- workloads ---- */

static uint32_t find_workload(const struct sim *s, enum workload_kind kind, uint32_t ns,
                              uint32_t name)
{
    for (uint32_t i = 0; name && i < s->w.workloads.len; i++) {
        const struct world_workload *wl = &s->w.workloads.items[i];
        if (wl->used && wl->kind == kind && wl->ns == ns && wl->name == name)
            return i;
    }
    return WORLD_NONE;
}

static uint32_t owner_of(const struct sim *s, const struct single_refs *r, uint32_t ns)
{
    if (!r->owner || r->owner_is_foreign)
        return WORLD_NONE;
    return find_workload(s, workload_kind_parse(strings_get(&s->w.strings, r->owner_kind)), ns,
                         r->owner);
}

/* The place of a Job that is gone with all its pods, those under way included: CronJobs make one
 * after the other. WORLD_NONE: there is none. */
static uint32_t free_place(const struct sim *s, enum workload_kind kind)
{
    for (uint32_t i = 0; kind == WORKLOAD_JOB && i < s->w.workloads.len; i++) {
        const struct world_workload *wl = &s->w.workloads.items[i];
        if (!wl->used && wl->kind == WORKLOAD_JOB && wl->pods == WORLD_NONE &&
            s->owners[i].active == 0)
            return i;
    }
    return WORLD_NONE;
}

static uint32_t enter(struct sim *s, const struct world_workload *wl)
{
    uint32_t at = free_place(s, wl->kind);
    if (at != WORLD_NONE) {
        s->w.workloads.items[at] = *wl;
        s->owners[at] = (struct owner_state){.births_at = -1};
        return at;
    }
    at = (uint32_t)s->w.workloads.len;
    must_push(&s->w.workloads, *wl);
    s->owners = mem_must((struct owner_state *)realloc(s->owners, (at + 2) * sizeof *s->owners));
    s->owners[at] = s->owners[at + 1] = (struct owner_state){.births_at = -1};
    if (wl->kind == WORKLOAD_DAEMONSET)
        must_push(&s->daemons, at);
    return at;
}

/* No budget asks how many pods a Job is meant to have. */
static bool counts_for_budgets(enum workload_kind kind)
{
    return kind != WORKLOAD_JOB && kind != WORKLOAD_CRONJOB;
}

/* What it has from its pods stays; a template that is not read (of a set scaled to nothing) too. */
static void replace(struct sim *s, uint32_t at, struct world_workload *wl)
{
    const struct world_workload *was = &s->w.workloads.items[at];
    wl->pods = was->pods;
    wl->pod_count = was->pod_count;
    if (wl->template == WORLD_NONE)
        wl->template = was->template;
    if (wl->kind == WORKLOAD_DAEMONSET)
        wl->replicas = was->replicas;
    if (wl->kind == WORKLOAD_JOB) {
        wl->succeeded = was->succeeded;
        wl->failed = was->failed;
    }
    s->w.workloads.items[at] = *wl;
}

static void keep_claims(struct sim *s, uint32_t at, const struct world_single *in)
{
    struct owner_state *o = &s->owners[at];
    uint32_t *names = mem_must(arena_new_n(&s->arena, uint32_t, in->claims.len + 1));
    if (in->claims.len)
        memcpy(names, in->claims.items, in->claims.len * sizeof *names);
    o->claim_names = names;
    o->claim_count = (uint32_t)in->claims.len;
}

void apply_workload(struct sim *s, struct world_single *in, bool deleted)
{
    struct world_workload *wl = &in->is.workload;
    uint32_t at = find_workload(s, wl->kind, wl->ns, wl->name);
    wl->owner = owner_of(s, &in->refs, wl->ns);
    wl->foreign_owner = in->refs.owner_is_foreign;
    if (deleted) {
        if (at == WORLD_NONE)
            return;
        s->owners[at].frozen = true;
        s->w.workloads.items[at].used = false;
    } else if (at == WORLD_NONE) {
        at = enter(s, wl);
        keep_claims(s, at, in);
        if (counts_for_budgets(wl->kind))
            grow_budgets(s);
        sim_tell(s, CHANGE_WORKLOAD, at);
        controllers_adopt(s, at);
        return;
    } else {
        bool scaled = s->w.workloads.items[at].replicas != wl->replicas;
        replace(s, at, wl);
        keep_claims(s, at, in);
        if (scaled)
            grow_budgets(s);
        controllers_settle(s, at);
    }
    sim_tell(s, CHANGE_WORKLOAD, at);
}

/* ---- pods ---- */

static void enter_claims(struct sim *s, struct world_single *in, uint32_t ns)
{
    in->is.pod.claims = (uint32_t)s->w.pod_claims.len;
    for (size_t i = 0; i < in->claims.len; i++)
        must_push(&s->w.pod_claims, grow_find_claim(s, ns, in->claims.items[i]));
}

/* One pod more of a controller that did not ask for it. */
static void count_adopted(struct sim *s, uint32_t owner)
{
    if (owner == WORLD_NONE)
        return;
    s->owners[owner].active++;
    controllers_settle(s, owner);
}

static void create(struct sim *s, struct world_single *in, uint32_t node)
{
    struct world_pod *p = &in->is.pod;
    uint32_t ns = s->w.classes.items[p->class].ns;
    enter_claims(s, in, ns);
    p->owner = owner_of(s, &in->refs, ns);
    p->foreign_owner = in->refs.owner_is_foreign;
    p->owner_gone = in->refs.owner && !p->foreign_owner && p->owner == WORLD_NONE;
    p->phase = POD_PENDING;
    p->ready = false;
    p->deleting = p->scheduled = p->started = p->ready_since = 0;
    p->created = sim_seconds(s);
    uint32_t pod = pods_create(s, p);
    if (node == WORLD_NONE)
        sched_queue_add(s->unbound, pod, s->now);
    else
        pods_bind(s, pod, node);
    count_adopted(s, s->w.pods.items[pod].owner);
}

/* A controller that lets go of a pod replaces it; the pod stays. */
static void own(struct sim *s, uint32_t pod, uint32_t owner)
{
    struct world_pod *p = &s->w.pods.items[pod];
    uint32_t before = p->owner;
    bool counts = !p->deleting && !world_pod_is_finished(p);
    if (before == owner)
        return;
    pods_count_out(s, pod);
    world_pod_own(&s->w, pod, owner);
    s->w.pods.items[pod].owner_gone = false;
    pods_count_in(s, pod);
    if (before != WORLD_NONE && counts) {
        s->owners[before].active--;
        controllers_settle(s, before);
    }
    if (counts)
        count_adopted(s, owner);
    sim_tell(s, CHANGE_POD_OTHER, pod);
}

void sim_bind_pod(struct sim *s, uint32_t pod, uint32_t node)
{
    if (!sim_is_pod(s, pod) || s->pods.items[pod].stage != STAGE_UNBOUND ||
        s->w.pods.items[pod].deleting || node >= s->w.nodes.len || !s->w.nodes.items[node].used)
        return;
    sched_queue_remove(s->unbound, pod);
    pods_bind(s, pod, node);
}

static void replace_pod(struct sim *s, struct world_single *in, uint32_t pod, uint32_t node)
{
    uint32_t ns = s->w.classes.items[in->is.pod.class].ns;
    if (node != WORLD_NONE)
        sim_bind_pod(s, pod, node);
    if (!in->refs.owner_is_foreign)
        own(s, pod, owner_of(s, &in->refs, ns));
}

void sim_apply_pod(struct sim *s, struct world_single *in, bool deleted)
{
    const struct world_pod *p = &in->is.pod;
    uint32_t ns = s->w.classes.items[p->class].ns;
    uint32_t at =
        world_find_pod(&s->w, strings_get(&s->w.strings, ns), strings_get(&s->w.strings, p->name));
    uint32_t node = in->refs.node
                        ? world_find_node(&s->w, strings_get(&s->w.strings, in->refs.node))
                        : WORLD_NONE;
    if (deleted) {
        if (at != WORLD_NONE)
            pods_delete(s, at, 0);
    } else if (at == WORLD_NONE) {
        create(s, in, node);
    } else {
        replace_pod(s, in, at, node);
    }
}
