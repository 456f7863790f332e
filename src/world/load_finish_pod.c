/* Pods into the world, once all they refer to is known. */
#include "world/load_finish.h"

/* ---- nodes ---- */

/* One note per node that is missing, however many pods name it; one for all when no node was read.
 */
static void note_node(struct load *l, struct index *missing, const struct world_pod *pod)
{
    uint32_t key = l->w->live_nodes ? pod->node : STRINGS_NONE;
    if (!pod->node || load_find(l, BY_NAME_NODE, 0, pod->node) != WORLD_NONE ||
        index_get(missing, key) != INDEX_NONE)
        return;
    index_put(missing, key, 1);
    if (key)
        load_note_of(l, "Node", 0, key,
                     "pods name it, but it is not there: they are taken as not scheduled");
    else
        world_note(l->w, SV("Node"),
                   "there are none in the input: pods of %s and others are taken as not scheduled",
                   world_text(l->w, pod->node));
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
    must_push(&l->w->workloads, wl);
    must_push(&l->workload_owner, WORLD_NONE);
    return (uint32_t)l->w->workloads.len - 1;
}

/* True, and noted once, when no controller of the kind was read at all. */
static bool note_kind_gone(struct load *l, const struct owner *o)
{
    struct sv kind = strings_get(&l->w->strings, o->kind);
    unsigned i = workload_kind_parse(kind);
    if (l->quiet || l->by_name[BY_NAME_WORKLOAD + i].len)
        return l->quiet;
    if (!(l->kinds_gone >> i & 1))
        world_note(l->w, kind,
                   "there are none in the input: pods of %s and others are taken as "
                   "bare pods",
                   world_text(l->w, o->name));
    l->kinds_gone |= 1u << i;
    return true;
}

static void note_owner_gone(struct load *l, const struct world_pod *pod, struct owner *o)
{
    if (o->objects++ || note_kind_gone(l, o))
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
    pod->foreign_owner = workload_kind_parse(kind) == WORKLOAD_OTHER;
    if (o->workload == WORLD_NONE)
        o->workload = load_workload_of(l, o);
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
        must_push(&l->w->pod_claims, at);
    }
}

void load_finish_pod(struct load *l, struct world_pod *pod)
{
    pod->node = load_find(l, BY_NAME_NODE, 0, pod->node);
    pod->nominated = load_find(l, BY_NAME_NODE, 0, pod->nominated);
    resolve_owner(l, pod);
    resolve_claims(l, pod);
}

void load_finish_pods(struct load *l)
{
    struct index missing = {0};
    vec_foreach(pending, &l->pods) {
        struct world_pod pod = *pending;
        note_node(l, &missing, pending);
        load_finish_pod(l, &pod);
        world_pod_add(l->w, &pod);
    }
    index_release(&missing);
}

static void resolve_claims_again(struct load *l, const struct world_pod *pending, uint32_t pod)
{
    const struct world_pod *p = &l->w->pods.items[pod];
    for (uint32_t i = 0; i < p->claim_count; i++) {
        const struct claim_ref *c = &l->claims.items[pending->claims + i];
        l->w->pod_claims.items[p->claims + i] = load_find(l, BY_NAME_PVC, c->ns, c->name);
    }
}

void load_resolve_pods(struct load *l)
{
    struct world *w = l->w;
    world_each_pod(w, p) {
        const struct world_pod *pending = &l->pods.items[p];
        struct world_pod now = *pending;
        uint32_t node = load_find(l, BY_NAME_NODE, 0, pending->node);
        resolve_owner(l, &now);
        if (node != w->pods.items[p].node)
            world_pod_bind(w, p, node);
        if (now.owner != w->pods.items[p].owner)
            world_pod_own(w, p, now.owner);
        w->pods.items[p].nominated = load_find(l, BY_NAME_NODE, 0, pending->nominated);
        w->pods.items[p].mirror = now.mirror;
        w->pods.items[p].foreign_owner = now.foreign_owner;
        w->pods.items[p].owner_gone = now.owner_gone;
        resolve_claims_again(l, pending, p);
    }
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

/* A controller of another kind is known by its pods only, and gone with the last of them. */
static void settle_foreign(struct load *l, uint32_t workload, int32_t alive)
{
    struct world_workload *wl = &l->w->workloads.items[workload];
    wl->replicas = alive;
    if (wl->pod_count)
        return;
    vec_foreach(o, &l->owners)
        if (o->workload == workload)
            o->workload = WORLD_NONE;
    *wl = (struct world_workload){.owner = WORLD_NONE, .template = WORLD_NONE, .pods = WORLD_NONE};
}

/* The DaemonSet controller puts the node of each pod in the place of the required affinity, so that
 * only the template tells which nodes are meant. */
static uint32_t daemon_class(struct load *l, uint32_t of_pod, const struct pending_template *t)
{
    struct world_class class = l->w->classes.items[of_pod];
    class.has_node_terms = t && t->class.has_node_terms;
    class.node_terms = t ? t->class.node_terms : NULL;
    class.node_term_count = t ? t->class.node_term_count : 0;
    return world_class_put(l->w, &class);
}

/* Admission changes pods (sidecars, priorities, tolerations), so that a living pod tells more of
 * the next one than the template t does, which may be NULL. */
static uint32_t class_of_new(struct load *l, uint32_t workload, uint32_t pod,
                             const struct pending_template *t)
{
    if (pod == WORLD_NONE && !t)
        return WORLD_NONE;
    if (pod == WORLD_NONE) {
        struct world_class class = t->class;
        set_priority(l->w, &class);
        return world_class_put(l->w, &class);
    }
    uint32_t class = l->w->pods.items[pod].class;
    bool daemon = l->w->workloads.items[workload].kind == WORKLOAD_DAEMONSET;
    return daemon ? daemon_class(l, class, t) : class;
}

static void settle_template(struct load *l, uint32_t workload, const struct pending_template *t)
{
    int32_t alive;
    uint32_t pod = newest_pod(l->w, workload, &alive);
    struct world_workload *wl = &l->w->workloads.items[workload];
    wl->template = class_of_new(l, workload, pod, t);
    if (wl->used && wl->kind == WORKLOAD_OTHER)
        settle_foreign(l, workload, alive);
}

/* Of an object that was read twice the later template counts. */
void load_resolve_template(struct load *l, uint32_t workload)
{
    const struct pending_template *last = NULL;
    vec_foreach(t, &l->templates)
        if (t->workload == workload)
            last = t;
    settle_template(l, workload, last);
}

void load_resolve_templates(struct load *l)
{
    size_t count = l->w->workloads.len;
    const struct pending_template **of = mem_must(calloc(count + 1, sizeof *of));
    vec_foreach(t, &l->templates)
        of[t->workload] = t;
    for (uint32_t i = 0; i < count; i++)
        settle_template(l, i, of[i]);
    free(of);
}
