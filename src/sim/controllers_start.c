/* What the controllers know when the run begins, and the pods that are missing already. */
#include "sim/internal.h"

/* Nothing is created in a namespace that is being deleted. */
static bool is_terminating(const struct world *w, uint32_t ns)
{
    for (size_t i = 0; i < w->namespaces.len; i++)
        if (w->namespaces.items[i].used && w->namespaces.items[i].name == ns)
            return w->namespaces.items[i].terminating;
    return false;
}

static void count_active(struct sim *s)
{
    world_each_pod(&s->w, p) {
        const struct world_pod *pod = &s->w.pods.items[p];
        if (pod->owner != WORLD_NONE && !pod->deleting && !world_pod_is_finished(pod))
            s->owners[pod->owner].active++;
    }
}

static uint32_t class_of_new(const struct sim *s, uint32_t owner)
{
    const struct world_workload *wl = &s->w.workloads.items[owner];
    if (wl->template != WORLD_NONE)
        return wl->template;
    return wl->pods == WORLD_NONE ? WORLD_NONE : s->w.pods.items[wl->pods].class;
}

static void create_missing(struct sim *s, uint32_t owner)
{
    struct owner_state *o = &s->owners[owner];
    struct birth b = {
        .owner = owner, .class = class_of_new(s, owner), .node = WORLD_NONE, .ordinal = -1};
    if (b.class == WORLD_NONE || o->frozen)
        return;
    while (o->active < s->w.workloads.items[owner].replicas) {
        o->active++;
        controllers_ask(s, CONTROL_REPLICASET, &b, 0);
    }
}

/* Where a kind could not be read, what seems to be missing may be there. */
static bool is_whole(const struct world *w)
{
    for (size_t i = 0; i < w->notes.len; i++)
        if (world_note_is_gap(w, &w->notes.items[i]))
            return false;
    return true;
}

void controllers_adopt(struct sim *s, uint32_t owner)
{
    s->owners[owner].births_at = -1;
    s->owners[owner].frozen = is_terminating(&s->w, s->w.workloads.items[owner].ns);
    controllers_settle(s, owner);
}

static void start_owner(struct sim *s, uint32_t owner)
{
    const struct world_workload *wl = &s->w.workloads.items[owner];
    s->owners[owner].births_at = -1;
    s->owners[owner].frozen = is_terminating(&s->w, wl->ns);
    bool replicas = wl->kind == WORKLOAD_REPLICASET || wl->kind == WORKLOAD_REPLICATIONCONTROLLER;
    if (replicas && s->whole)
        create_missing(s, owner);
    else if (wl->kind == WORKLOAD_STATEFULSET)
        stateful_start(s, owner);
    else if (wl->kind == WORKLOAD_JOB)
        s->owners[owner].failed = wl->failed;
}

void controllers_start(struct sim *s)
{
    s->owners = mem_must(calloc(s->w.workloads.len + 1, sizeof *s->owners));
    s->free_birth = WORLD_NONE;
    s->whole = is_whole(&s->w);
    count_active(s);
    for (uint32_t i = 0; i < s->w.workloads.len; i++)
        if (s->w.workloads.items[i].used)
            start_owner(s, i);
    daemons_start(s);
}

void controllers_release(struct sim *s)
{
    free(s->owners);
    vec_release(&s->births);
    vec_release(&s->daemons);
    vec_release(&s->daemon_waits);
}
