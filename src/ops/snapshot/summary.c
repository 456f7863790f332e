#include "ops/snapshot/summary.h"

#include "base/must.h"

void summary_release(struct summary *s)
{
    if (!s)
        return;
    vec_foreach(g, &s->groups) {
        vec_release(&g->zones);
        vec_release(&g->types);
    }
    vec_release(&s->groups);
    vec_release(&s->kinds);
}

/* ---- kinds ---- */

static void add_kind(struct summary *s, const char *kind, size_t count)
{
    if (!count)
        return;
    vec_foreach(k, &s->kinds) {
        if (strcmp(k->kind, kind) == 0) {
            k->count += count;
            return;
        }
    }
    mem_must(vec_push(&s->kinds, (struct summary_kind){kind, count}));
}

#define COUNT_USED(list)                                                                           \
    ({                                                                                             \
        size_t used_ = 0;                                                                          \
        vec_foreach(x_, &w->list)                                                                  \
            used_ += x_->used;                                                                     \
        used_;                                                                                     \
    })

static void count_kinds(struct summary *s, const struct world *w)
{
    add_kind(s, "Node", w->live_nodes);
    add_kind(s, "Pod", w->live_pods);
    for (int kind = 0; kind <= WORKLOAD_OTHER; kind++)
        vec_foreach(l, &w->workloads)
            if (l->used && (int)l->kind == kind)
                add_kind(s, workload_kind_name(w, l), 1);
    add_kind(s, "PodDisruptionBudget", COUNT_USED(pdbs));
    add_kind(s, "PersistentVolume", COUNT_USED(pvs));
    add_kind(s, "PersistentVolumeClaim", COUNT_USED(pvcs));
    add_kind(s, "StorageClass", COUNT_USED(storage_classes));
    add_kind(s, "VolumeAttachment", COUNT_USED(attachments));
    add_kind(s, "PriorityClass", COUNT_USED(priority_classes));
    add_kind(s, "Namespace", COUNT_USED(namespaces));
    add_kind(s, "Service", COUNT_USED(services));
    add_kind(s, "HorizontalPodAutoscaler", COUNT_USED(hpas));
}

/* ---- node groups ---- */

static struct summary_group *group_of(struct summary *s, uint32_t group)
{
    vec_foreach(g, &s->groups)
        if (g->group == group)
            return g;
    mem_must(vec_push(&s->groups, (struct summary_group){.group = group}));
    return &s->groups.items[s->groups.len - 1];
}

#define ADD_ONCE(list, id)                                                                         \
    do {                                                                                           \
        bool there_ = !(id);                                                                       \
        vec_foreach(x_, (list))                                                                    \
            there_ = there_ || *x_ == (id);                                                        \
        if (!there_)                                                                               \
            mem_must(vec_push((list), (id)));                                                      \
    } while (0)

/* What a file says may be absurd: at the end of the numbers it stays there. */
static void add_amount(int64_t *sum, int64_t amount)
{
    if (__builtin_add_overflow(*sum, amount, sum))
        *sum = INT64_MAX;
}

static void add_node(struct summary *s, const struct world_node *n)
{
    struct summary_group *g = group_of(s, n->group);
    g->nodes++;
    g->ready += n->ready;
    g->cordoned += n->unschedulable;
    g->pods += n->pod_count;
    add_amount(&g->cpu, n->allocatable.cpu);
    add_amount(&g->memory, n->allocatable.memory);
    ADD_ONCE(&g->zones, n->zone);
    ADD_ONCE(&g->types, n->instance_type);
}

static void sort_texts(const struct world *w, uint32_t *ids, size_t len)
{
    for (size_t i = 1; i < len; i++)
        for (size_t at = i; at > 0; at--) {
            uint32_t a = ids[at - 1], b = ids[at];
            if (strcmp(world_text(w, a), world_text(w, b)) <= 0)
                break;
            ids[at - 1] = b;
            ids[at] = a;
        }
}

static void sort_groups(struct summary *s, const struct world *w)
{
    vec_foreach(x, &s->groups) {
        sort_texts(w, x->zones.items, x->zones.len);
        sort_texts(w, x->types.items, x->types.len);
    }
    for (size_t i = 1; i < s->groups.len; i++) {
        struct summary_group g = s->groups.items[i];
        size_t at = i;
        for (; at > 0; at--) {
            const struct summary_group *o = &s->groups.items[at - 1];
            bool later = g.group &&
                         (!o->group || strcmp(world_text(w, g.group), world_text(w, o->group)) < 0);
            if (!later)
                break;
            s->groups.items[at] = *o;
        }
        s->groups.items[at] = g;
    }
}

static void count_pods(struct summary *s, const struct world *w)
{
    world_each_pod(w, p) {
        const struct world_pod *pod = &w->pods.items[p];
        if (world_pod_is_finished(pod))
            s->finished++;
        else if (pod->node == WORLD_NONE)
            s->pending++;
        else
            s->bound++;
    }
}

void summary_make(struct summary *s, const struct world *w)
{
    *s = (struct summary){.classes = w->classes.len};
    count_kinds(s, w);
    world_each_node(w, n)
        add_node(s, &w->nodes.items[n]);
    sort_groups(s, w);
    count_pods(s, w);
}
