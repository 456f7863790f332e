/* Pods into the world, once all they refer to is known. */
#include "world/load_finish.h"

/* ---- nodes ---- */

/* One note per node that is missing, however many pods name it. */
static uint32_t node_of(struct load *l, struct index *missing, const struct world_pod *pod)
{
    uint32_t at = load_find(l, BY_NAME_NODE, 0, pod->node);
    if (!pod->node || at != WORLD_NONE || index_get(missing, pod->node) != INDEX_NONE)
        return at;
    index_put(missing, pod->node, 1);
    load_note_of(l, "Node", 0, pod->node,
                 "pods name it, but it is not there: they are taken as "
                 "not scheduled");
    return WORLD_NONE;
}

/* ---- controllers ---- */

/* A controller of a kind that the world does not hold: known by its pods only. */
static uint32_t add_foreign(struct load *l, struct owner *o)
{
    struct world_workload wl = {
        .kind = WORKLOAD_OTHER,
        .kind_name = o->kind,
        .ns = o->ns,
        .name = o->name,
        .uid = o->uid,
        .used = true,
        .owner = WORLD_NONE,
        .template = WORLD_NONE,
        .pods = WORLD_NONE,
        .selector = {.nothing = true},
    };
    push_must(&l->w->workloads, wl);
    return (uint32_t)l->w->workloads.len - 1;
}

static void note_owner_gone(struct load *l, const struct world_pod *pod, struct owner *o)
{
    if (o->objects++)
        return;
    load_note_of(l, "Pod", l->w->classes.items[pod->class].ns, pod->name,
                 "its controller %s %s is not there: it and its like are taken as bare pods",
                 world_text(l->w, o->kind), world_text(l->w, o->name));
}

/* Static pods are controlled by their Node. */
static void resolve_owner(struct load *l, struct world_pod *pod)
{
    if (pod->owner == WORLD_NONE)
        return;
    struct owner *o = &l->owners.items[pod->owner];
    struct sv kind = strings_get(&l->w->strings, o->kind);
    pod->owner = WORLD_NONE;
    if (pod->mirror || KEY(kind, "Node")) {
        pod->mirror = true;
        return;
    }
    pod->foreign_owner = load_workload_kind(kind) == WORKLOAD_OTHER;
    if (o->workload == WORLD_NONE && pod->foreign_owner)
        o->workload = add_foreign(l, o);
    pod->owner = o->workload;
    pod->owner_gone = pod->owner == WORLD_NONE;
    if (pod->owner_gone)
        note_owner_gone(l, pod, o);
}

/* ---- claims ---- */

static void resolve_claims(struct load *l, struct world_pod *pod)
{
    uint32_t first = pod->claims;
    pod->claims = (uint32_t)l->w->pod_claims.len;
    for (uint32_t i = 0; i < pod->claim_count; i++) {
        const struct claim_ref *c = &l->claims.items[first + i];
        uint32_t at = load_find(l, BY_NAME_PVC, c->ns, c->name);
        if (at == WORLD_NONE)
            load_note_of(l, "Pod", c->ns, pod->name,
                         "its claim %s is not there: it cannot be scheduled anew",
                         world_text(l->w, c->name));
        push_must(&l->w->pod_claims, at);
    }
}

void load_finish_pods(struct load *l)
{
    struct index missing = {0};
    vec_foreach(pending, &l->pods) {
        struct world_pod pod = *pending;
        pod.node = node_of(l, &missing, pending);
        pod.nominated = load_find(l, BY_NAME_NODE, 0, pending->nominated);
        resolve_owner(l, &pod);
        resolve_claims(l, &pod);
        world_pod_add(l->w, &pod);
    }
    index_release(&missing);
}

/* ---- templates ---- */

static bool is_newer(const struct world *w, uint32_t a, uint32_t b)
{
    const struct world_pod *x = &w->pods.items[a], *y = &w->pods.items[b];
    if (x->created != y->created)
        return x->created > y->created;
    return sv_cmp(strings_get(&w->strings, x->name), strings_get(&w->strings, y->name)) < 0;
}

/* The newest pod that lives; WORLD_NONE when there is none. */
static uint32_t newest_pod(const struct world *w, uint32_t workload, int32_t *alive)
{
    uint32_t newest = WORLD_NONE;
    *alive = 0;
    world_each_pod_of_workload(w, workload, p) {
        const struct world_pod *pod = &w->pods.items[p];
        if (pod->deleting || world_pod_is_finished(pod))
            continue;
        ++*alive;
        if (newest == WORLD_NONE || is_newer(w, p, newest))
            newest = p;
    }
    return newest;
}

static const struct world_priority_class *find_priority(const struct world *w, uint32_t name)
{
    for (size_t i = 0; i < w->priority_classes.len; i++) {
        const struct world_priority_class *c = &w->priority_classes.items[i];
        if (name ? c->name == name : c->is_default)
            return c;
    }
    return NULL;
}

/* What the admission plugin Priority sets. The two classes of the system are there even when the
 * input does not have them. */
static void set_priority(const struct world *w, struct world_class *c)
{
    const struct world_priority_class *found = find_priority(w, c->priority_class);
    struct sv name = strings_get(&w->strings, c->priority_class);
    if (found) {
        c->priority_class = found->name;
        c->priority = found->value;
        c->preempt_never |= found->preempt_never;
    } else if (KEY(name, "system-node-critical")) {
        c->priority = 2000001000;
    } else if (KEY(name, "system-cluster-critical")) {
        c->priority = 2000000000;
    }
}

/* Admission changes pods (sidecars, priorities, tolerations), so that a living pod tells more of
 * the next one than the template does. */
void load_finish_templates(struct load *l)
{
    struct world *w = l->w;
    for (uint32_t i = 0; i < w->workloads.len; i++) {
        struct world_workload *wl = &w->workloads.items[i];
        int32_t alive;
        uint32_t pod = newest_pod(w, i, &alive);
        if (pod != WORLD_NONE)
            wl->template = w->pods.items[pod].class;
        if (wl->kind == WORKLOAD_OTHER)
            wl->replicas = alive;
    }
    vec_foreach(t, &l->templates) {
        struct world_workload *wl = &w->workloads.items[t->workload];
        if (wl->template != WORLD_NONE)
            continue;
        set_priority(w, &t->class);
        wl->template = world_class_put(w, &t->class);
    }
}
