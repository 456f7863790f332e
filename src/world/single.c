#include "world/single.h"

#include "world/load_finish.h"
#include "world/world_index.h"

/* ---- lending ---- */

/* An empty world that has the texts, the memory and the classes of w, for a load to fill. */
static void lend(struct world *w, struct world *t)
{
    *t = (struct world){.free_pod = WORLD_NONE, .free_node = WORLD_NONE, .version = w->version};
    t->strings = w->strings;
    t->arena = w->arena;
    t->index = w->index;
    t->classes = w->classes;
    t->priority_classes = w->priority_classes;
}

static void release_lists(struct world *t)
{
    vec_release(&t->nodes);
    vec_release(&t->workloads);
    vec_release(&t->pdbs);
    vec_release(&t->storage_classes);
    vec_release(&t->pvs);
    vec_release(&t->pvcs);
    vec_release(&t->attachments);
    vec_release(&t->namespaces);
    vec_release(&t->services);
    vec_release(&t->hpas);
    vec_release(&t->notes);
    for (unsigned i = 0; i < TIMING_COUNT; i++)
        vec_release(&t->samples[i]);
}

static void give_back(struct world *w, struct world *t)
{
    w->strings = t->strings;
    w->arena = t->arena;
    w->classes = t->classes;
    w->priority_classes = t->priority_classes;
    release_lists(t);
}

/* ---- taking ---- */

static void take_owner(struct load *l, uint32_t owner, struct single_refs *r)
{
    if (owner == WORLD_NONE)
        return;
    const struct owner *o = &l->owners.items[owner];
    r->owner_kind = o->kind;
    r->owner = o->name;
    r->owner_uid = o->uid;
    r->owner_is_foreign =
        workload_kind_parse(strings_get(&l->w->strings, o->kind)) == WORKLOAD_OTHER;
}

static void take_pod(struct load *l, struct world_single *out)
{
    out->kind = SINGLE_POD;
    out->is.pod = l->pods.items[0];
    out->refs.node = out->is.pod.node;
    take_owner(l, out->is.pod.owner, &out->refs);
    for (uint32_t i = 0; i < out->is.pod.claim_count; i++)
        must_push(&out->claims, l->claims.items[out->is.pod.claims + i].name);
    out->is.pod.node = out->is.pod.owner = out->is.pod.nominated = WORLD_NONE;
}

static void take_workload(struct load *l, struct world_single *out)
{
    load_resolve_template(l, 0);
    out->kind = SINGLE_WORKLOAD;
    out->is.workload = l->w->workloads.items[0];
    vec_foreach(c, &l->template_claims)
        must_push(&out->claims, c->name);
    take_owner(l, l->workload_owner.items[0], &out->refs);
}

static void take_volume(struct load *l, struct world_single *out)
{
    out->kind = SINGLE_PV;
    out->is.pv = l->w->pvs.items[0];
    out->is.pv.attachable = l->pv_refs.items[0].attachable;
    out->is.pv.claim = WORLD_NONE;
    out->refs.claim_ns = l->pv_refs.items[0].claim_ns;
    out->refs.claim = l->pv_refs.items[0].claim;
}

static void take_claim(struct load *l, struct world_single *out)
{
    out->kind = SINGLE_PVC;
    out->is.pvc = l->w->pvcs.items[0];
    out->is.pvc.pv = out->is.pvc.storage_class = WORLD_NONE;
    out->refs.volume = l->pvc_refs.items[0].volume;
    out->refs.storage_class = l->pvc_refs.items[0].storage_class;
}

/* Priority classes of the world itself are before the one that was read. */
static void take(struct load *l, size_t priority_classes, struct world_single *out)
{
    struct world *t = l->w;
    if (l->pods.len)
        take_pod(l, out);
    else if (t->workloads.len)
        take_workload(l, out);
    else if (t->pvs.len)
        take_volume(l, out);
    else if (t->pvcs.len)
        take_claim(l, out);
    else if (t->priority_classes.len > priority_classes) {
        out->kind = SINGLE_PRIORITY_CLASS;
        out->is.priority_class = t->priority_classes.items[--t->priority_classes.len];
    }
#define TAKE(list, kind_, field)                                                                   \
    else if (t->list.len)                                                                          \
    {                                                                                              \
        out->kind = (kind_);                                                                       \
        out->is.field = t->list.items[0];                                                          \
    }
    TAKE(nodes, SINGLE_NODE, node)
    TAKE(pdbs, SINGLE_PDB, pdb)
    TAKE(storage_classes, SINGLE_STORAGE_CLASS, storage_class)
    TAKE(namespaces, SINGLE_NAMESPACE, namespace)
    TAKE(services, SINGLE_SERVICE, service)
#undef TAKE
}

int world_single_read(struct world *w, struct sv api_version, struct sv kind, struct sv json,
                      struct world_single *out, struct err *err)
{
    struct world t;
    size_t classes = w->priority_classes.len;
    *out = (struct world_single){0};
    lend(w, &t);
    struct index nodes = w->index->nodes;
    t.index->nodes = (struct index){0};
    struct load *l = load_new(&t);
    l->quiet = true;
    int result = load_object(l, api_version, kind, json, err);
    if (!result)
        take(l, classes, out);
    load_free(l);
    index_release(&t.index->nodes);
    w->index->nodes = nodes;
    give_back(w, &t);
    return result;
}

void world_single_release(struct world_single *s)
{
    if (!s)
        return;
    vec_release(&s->claims);
    *s = (struct world_single){0};
}

void world_copy_index(struct world *copy)
{
    copy->index = mem_must(calloc(1, sizeof *copy->index));
    world_each_node(copy, n)
        if (copy->nodes.items[n].name)
            index_put(&copy->index->nodes, copy->nodes.items[n].name, n);
    world_each_pod(copy, p)
        if (copy->pods.items[p].name)
            index_put(&copy->index->pods,
                      world_pod_key(world_class_of(copy, p)->ns, copy->pods.items[p].name), p);
}
