#include "world/world.h"

#include <stdio.h>

/* Labels that the StatefulSet controller gives to every pod for itself. */
#define POD_NAME_LABEL "statefulset.kubernetes.io/pod-name"
#define POD_INDEX_LABEL "apps.kubernetes.io/pod-index"

static bool is_own_label(const struct world *w, uint32_t key)
{
    struct sv k = strings_get(&w->strings, key);
    return (k.len == sizeof POD_NAME_LABEL - 1 && sv_is(k, POD_NAME_LABEL)) ||
           (k.len == sizeof POD_INDEX_LABEL - 1 && sv_is(k, POD_INDEX_LABEL));
}

static bool class_requirement(const struct world *w, const struct requirement *r,
                              const struct world_class *c)
{
    return requirement_matches(r, &w->strings, labels_has(c->labels, r->key),
                               labels_value(c->labels, r->key));
}

enum world_match world_selects_class(const struct world *w, const struct selector *s,
                                     uint32_t class)
{
    const struct world_class *c = &w->classes.items[class];
    enum world_match answer = MATCH_YES;
    if (s->nothing)
        return MATCH_NO;
    for (uint32_t i = 0; i < s->len; i++) {
        if (is_own_label(w, s->items[i].key))
            answer = MATCH_MAYBE;
        else if (!class_requirement(w, &s->items[i], c))
            return MATCH_NO;
    }
    return answer;
}

static bool own_requirement(const struct world *w, const struct requirement *r,
                            const struct world_pod *p)
{
    char index[16];
    bool by_name = sv_is(strings_get(&w->strings, r->key), POD_NAME_LABEL);
    if (p->ordinal < 0)
        return requirement_matches(r, &w->strings, false, STRINGS_NONE);
    snprintf(index, sizeof index, "%d", p->ordinal);
    uint32_t value = by_name ? p->name : strings_find(&w->strings, sv_of(index));
    return requirement_matches(r, &w->strings, true, value);
}

bool world_selects_pod(const struct world *w, const struct selector *s, uint32_t pod)
{
    enum world_match m = world_selects_class(w, s, w->pods.items[pod].class);
    if (m != MATCH_MAYBE)
        return m == MATCH_YES;
    for (uint32_t i = 0; i < s->len; i++)
        if (is_own_label(w, s->items[i].key) &&
            !own_requirement(w, &s->items[i], &w->pods.items[pod]))
            return false;
    return true;
}

bool world_pdb_covers(const struct world *w, const struct world_pdb *pdb, uint32_t pod)
{
    const struct world_class *c = world_class_of(w, pod);
    bool before_v1 = w->version.set && w->version.major == 1 && w->version.minor < 21;
    if (c->ns != pdb->ns || pdb->selector.nothing)
        return false;
    if (!pdb->selector.len && (pdb->v1beta1 || before_v1))
        return false;
    if (before_v1 && !c->labels.len && w->pods.items[pod].ordinal < 0)
        return false;
    return world_selects_pod(w, &pdb->selector, pod);
}

uint32_t world_top_owner(const struct world *w, uint32_t pod)
{
    uint32_t owner = w->pods.items[pod].owner;
    if (owner == WORLD_NONE || w->workloads.items[owner].owner == WORLD_NONE)
        return owner;
    return w->workloads.items[owner].owner;
}

/* With their lengths: this is asked for each owner at each change of a workload. */
#define NAME(text)                                                                                 \
    {                                                                                              \
        text, sizeof text - 1                                                                      \
    }
static const struct sv kind_names[] = {
    [WORKLOAD_DEPLOYMENT] = NAME("Deployment"),
    [WORKLOAD_REPLICASET] = NAME("ReplicaSet"),
    [WORKLOAD_STATEFULSET] = NAME("StatefulSet"),
    [WORKLOAD_DAEMONSET] = NAME("DaemonSet"),
    [WORKLOAD_JOB] = NAME("Job"),
    [WORKLOAD_CRONJOB] = NAME("CronJob"),
    [WORKLOAD_REPLICATIONCONTROLLER] = NAME("ReplicationController"),
};

enum workload_kind workload_kind_parse(struct sv name)
{
    for (enum workload_kind k = 0; k < ARRAY_LEN(kind_names); k++)
        if (kind_names[k].ptr && sv_eq(name, kind_names[k]))
            return k;
    return WORKLOAD_OTHER;
}

const char *workload_kind_name(const struct world *w, const struct world_workload *wl)
{
    return wl->kind == WORKLOAD_OTHER ? world_text(w, wl->kind_name) : kind_names[wl->kind].ptr;
}

void world_pod_name(const struct world *w, uint32_t pod, char *out, size_t cap)
{
    const struct world_pod *p = &w->pods.items[pod];
    if (p->name)
        snprintf(out, cap, "%s", world_text(w, p->name));
    else
        snprintf(out, cap, "%s-(new %u)",
                 p->owner == WORLD_NONE ? "pod" : world_text(w, w->workloads.items[p->owner].name),
                 pod);
}

void world_workload_name(const struct world *w, uint32_t workload, char *out, size_t cap)
{
    const struct world_workload *wl = &w->workloads.items[workload];
    snprintf(out, cap, "%s %s/%s", workload_kind_name(w, wl), world_text(w, wl->ns),
             world_text(w, wl->name));
}
