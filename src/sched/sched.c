#include "sched/sched.h"

#include "base/must.h"
#include "sched/context.h"
#include "sched/nodes.h"
#include "sched/offer.h"
#include "sched/plan.h"
#include "sched/ready.h"
#include "sched/slots.h"
#include "sched/usage.h"
#include "sched/volume_use.h"

const char *const sched_plugin_names[SCORE_PLUGINS] = {
    [SCORE_BALANCED] = "NodeResourcesBalancedAllocation",
    [SCORE_IMAGE] = "ImageLocality",
    [SCORE_AFFINITY] = "InterPodAffinity",
    [SCORE_LEAST] = "NodeResourcesLeastAllocated",
    [SCORE_NODE_AFFINITY] = "NodeAffinity",
    [SCORE_AVOID] = "NodePreferAvoidPods",
    [SCORE_SPREAD] = "PodTopologySpread",
    [SCORE_TAINT] = "TaintToleration",
};

static void find_keys(struct sched *s)
{
    const struct strings *t = &s->w->strings;
    s->keys = (struct state_keys){
        .hostname = strings_find(t, SV("kubernetes.io/hostname")),
        .unschedulable = strings_find(t, SV("node.kubernetes.io/unschedulable")),
        .zone = strings_find(t, SV("topology.kubernetes.io/zone")),
        .region = strings_find(t, SV("topology.kubernetes.io/region")),
        .old_zone = strings_find(t, SV("failure-domain.beta.kubernetes.io/zone")),
        .old_region = strings_find(t, SV("failure-domain.beta.kubernetes.io/region")),
        .pod_name = strings_find(t, SV("statefulset.kubernetes.io/pod-name")),
        .pod_index = strings_find(t, SV("apps.kubernetes.io/pod-index")),
        .no_provisioner = strings_find(t, SV("kubernetes.io/no-provisioner")),
        .in_tree_ebs = strings_find(t, SV("kubernetes.io/aws-ebs")),
        .ebs_driver = strings_find(t, SV("ebs.csi.aws.com")),
    };
}

static void enter_drivers(struct sched *s)
{
    world_each_node(s->w, node) {
        const struct world_node *n = &s->w->nodes.items[node];
        for (uint32_t i = 0; i < n->csi_count; i++)
            slots_driver(s, n->csi[i].driver);
    }
    if (s->keys.in_tree_ebs && !s->rules.migrated_ebs)
        slots_driver(s, s->keys.in_tree_ebs);
}

/* ---- images that some class runs ---- */

static void enter_image(struct sched *s, uint32_t name, int64_t bytes)
{
    int32_t known = tally_get(&s->image_of, name);
    if (!known)
        return;
    struct image *image = &s->images.items[known - 1];
    if (!image->bytes)
        image->bytes = bytes;
}

static void want_image(struct sched *s, uint32_t name)
{
    if (!name || tally_get(&s->image_of, name))
        return;
    uint64_t **set = mem_must(arena_new(&s->arena, uint64_t *));
    slots_add_set(s, set);
    must_push(&s->images, (struct image){.name = name, .nodes = set});
    tally_add(&s->image_of, name, (int32_t)s->images.len);
}

static void enter_images(struct sched *s)
{
    bool any = false;
    world_each_node(s->w, node)
        any |= s->w->nodes.items[node].image_count > 0;
    if (!any)
        return;
    vec_foreach(c, &s->w->classes)
        for (uint32_t i = 0; i < (uint32_t)c->image_count + c->init_image_count; i++)
            want_image(s, context_image_name(s, c->images[i]));
    world_each_node(s->w, node) {
        const struct world_node *n = &s->w->nodes.items[node];
        for (uint32_t i = 0; i < n->image_count; i++)
            enter_image(s, n->images[i].name, n->images[i].bytes);
    }
}

/* ---- making and unmaking ---- */

static void index_world(struct sched *s)
{
    const struct world *w = s->w;
    find_keys(s);
    arena_init(&s->arena, 0);
    nodes_make_room(s);
    slots_init(s);
    enter_drivers(s);
    enter_images(s);
    plan_build_all(s);
    offer_reset(s);
    world_each_node(w, node)
        nodes_sync(s, node);
    slots_settle(s);
    world_each_pod(w, pod)
        usage_sync_pod(s, pod, false);
    for (uint32_t i = 0; i < w->attachments.len; i++)
        volume_use_attachment(s, i);
    s->known_classes = w->classes.len;
    s->known_workloads = w->workloads.len;
    s->known_services = w->services.len;
    s->stale = false;
}

static void release_index(struct sched *s)
{
    slots_release(s);
    vec_foreach(t, &s->topologies) {
        free((*t)->domains);
        tally_release(&(*t)->by_value);
    }
    vec_foreach(c, &s->censuses)
        tally_release(&c->nodes);
    vec_foreach(sel, &s->selections) {
        vec_release(&sel->covered);
        vec_release(&sel->carriers);
    }
    vec_foreach(c, &s->counters) {
        tally_release(&c->tally);
        free(c->hosts);
    }
    vec_release(&s->shapes);
    vec_release(&s->topologies);
    vec_release(&s->censuses);
    vec_release(&s->selections);
    vec_release(&s->counters);
    vec_release(&s->port_classes);
    vec_release(&s->nominations);
    vec_release(&s->images);
    vec_release(&s->key);
    vec_release(&s->patches);
    vec_release(&s->free_volumes);
    tally_release(&s->image_of);
    tally_release(&s->priorities);
    map_release(&s->interned);
    arena_release(&s->arena);
    free(s->plans);
    free(s->pods);
    free(s->attached);
    free(s->claim_users);
    free(s->volume_shapes);
    free(s->attachments);
    free(s->attachments_on);
    free(s->images_seen);
}

static void index_again(struct sched *s)
{
    struct sched kept = *s;
    release_index(s);
    context_release(&s->main);
    context_release(&s->side);
    *s = (struct sched){.w = kept.w,
                        .options = kept.options,
                        .rules = kept.rules,
                        .kernel = kept.kernel,
                        .random = kept.random};
    index_world(s);
}

struct sched *sched_new(const struct world *w, const struct sched_options *o)
{
    struct sched *s = mem_must((struct sched *)calloc(1, sizeof *s));
    s->w = w;
    s->options = *o;
    s->rules = sched_rules_of(o->version.set ? o->version : w->version);
    s->kernel = kernel_choose();
    s->random = o->seed;
    index_world(s);
    return s;
}

void sched_free(struct sched *s)
{
    if (!s)
        return;
    release_index(s);
    context_release(&s->main);
    context_release(&s->side);
    free(s);
}

void sched_ready(struct sched *s)
{
    if (s->stale)
        index_again(s);
    slots_settle(s);
}

/* ---- changes ---- */

static void pod_changed(struct sched *s, uint32_t pod, bool gone)
{
    if (!gone && s->w->pods.items[pod].class >= s->known_classes)
        s->stale = true;
    else
        usage_sync_pod(s, pod, gone);
}

void sched_change(struct sched *s, const struct world_change *c)
{
    if (s->stale)
        return;
    switch (c->kind) {
    case CHANGE_NONE:
    case CHANGE_POD_READY:
    case CHANGE_POD_UNREADY:
    case CHANGE_POD_UNSCHEDULABLE:
    case CHANGE_PDB:
        return;
    case CHANGE_CLAIM:
        s->free_volumes_known = false;
        return;
    case CHANGE_VOLUME:
        s->free_volumes_known = false;
        if (c->index < s->volume_cap)
            s->volume_shapes[c->index].affinity = VOLUME_UNKNOWN;
        return;
    case CHANGE_POD_ADDED:
    case CHANGE_POD_BOUND:
    case CHANGE_POD_DELETING:
    case CHANGE_POD_OTHER:
        pod_changed(s, c->index, false);
        return;
    case CHANGE_POD_GONE:
        pod_changed(s, c->index, true);
        return;
    case CHANGE_NODE_ADDED:
    case CHANGE_NODE_READY:
    case CHANGE_NODE_UNREADY:
    case CHANGE_NODE_CORDONED:
    case CHANGE_NODE_UNCORDONED:
    case CHANGE_NODE_OTHER:
        nodes_sync(s, c->index);
        return;
    case CHANGE_NODE_GONE:
        nodes_remove(s, c->index);
        return;
    case CHANGE_ATTACHMENT:
        volume_use_attachment(s, c->index);
        return;
    case CHANGE_WORKLOAD:
        s->stale |=
            s->w->workloads.len != s->known_workloads || s->w->services.len != s->known_services;
        return;
    case CHANGE_OTHER:
        s->stale = true;
        return;
    }
}
