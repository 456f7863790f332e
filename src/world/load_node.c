/* Nodes and what CSI drivers say of them. */
#include "world/load_internal.h"

struct node_state {
    struct world_node node;
    int32_t capacity_pods;
};

/* ---- spec ---- */

static void read_taint(struct load *l, struct pull *p)
{
    struct taint t = {0};
    struct sv key, text;
    each_key(p, key)
    {
        if (KEY(key, "key"))
            load_text_id(l, p, &t.key);
        else if (KEY(key, "value"))
            load_text_id(l, p, &t.value);
        else if (KEY(key, "effect"))
            t.effect = pull_string(p, &text) ? load_effect(text) : TAINT_ANY;
        else
            pull_skip(p);
    }
    push_entry(p, &l->taint_list, t);
}

static void read_spec(struct load *l, struct pull *p, struct world_node *n)
{
    struct sv key;
    each_key(p, key)
    {
        if (KEY(key, "taints")) {
            l->taint_list.len = 0;
            each_item(p, taint) read_taint(l, p);
            n->taints = load_keep_list(l, &l->taint_list);
            n->taint_count = (uint32_t)l->taint_list.len;
        } else if (KEY(key, "unschedulable")) {
            load_flag(p, &n->unschedulable);
        } else if (KEY(key, "providerID")) {
            load_text_id(l, p, &n->provider_id);
        } else {
            pull_skip(p);
        }
    }
}

/* ---- status ---- */

static void read_condition(struct pull *p, struct world_node *n)
{
    struct sv key;
    bool is_ready = false, holds = false;
    int64_t since = 0;
    each_key(p, key)
    {
        if (KEY(key, "type"))
            is_ready = load_is(p, "Ready");
        else if (KEY(key, "status"))
            holds = load_is(p, "True");
        else if (KEY(key, "lastTransitionTime"))
            load_time(p, &since);
        else
            pull_skip(p);
    }
    if (!is_ready)
        return;
    n->ready = holds;
    n->ready_since = holds ? since : 0;
}

static void read_image(struct load *l, struct pull *p)
{
    struct sv key;
    int64_t bytes = 0;
    l->name_list.len = 0;
    each_key(p, key)
    {
        if (KEY(key, "names"))
            load_names(l, p);
        else if (KEY(key, "sizeBytes"))
            pull_i64(p, &bytes);
        else
            pull_skip(p);
    }
    vec_foreach(name, &l->name_list) {
        struct node_image image = {*name, bytes < 0 ? 0 : bytes};
        push_entry(p, &l->node_image_list, image);
    }
}

static void read_info(struct load *l, struct pull *p, struct world_node *n)
{
    struct sv key;
    each_key(p, key)
    {
        if (KEY(key, "kubeletVersion"))
            load_text_id(l, p, &n->kubelet_version);
        else
            pull_skip(p);
    }
}

static void read_amounts(struct load *l, struct pull *p, struct resources *out, int32_t *pods)
{
    struct resources read = {0};
    load_resources(l, p, &read, pods);
    read.scalars = load_keep(l, read.scalars, read.scalar_count, sizeof *read.scalars);
    *out = read;
}

static void read_status(struct load *l, struct pull *p, struct node_state *s)
{
    struct world_node *n = &s->node;
    struct sv key;
    each_key(p, key)
    {
        if (KEY(key, "capacity")) {
            read_amounts(l, p, &n->capacity, &s->capacity_pods);
        } else if (KEY(key, "allocatable")) {
            read_amounts(l, p, &n->allocatable, &n->max_pods);
        } else if (KEY(key, "conditions")) {
            each_item(p, condition) read_condition(p, n);
        } else if (KEY(key, "nodeInfo")) {
            read_info(l, p, n);
        } else if (KEY(key, "images")) {
            l->node_image_list.len = 0;
            each_item(p, image) read_image(l, p);
            n->images = load_keep_list(l, &l->node_image_list);
            n->image_count = (uint32_t)l->node_image_list.len;
        } else {
            pull_skip(p);
        }
    }
}

static void field(struct load *l, struct pull *p, struct sv key)
{
    struct node_state *s = l->state;
    if (KEY(key, "spec"))
        read_spec(l, p, &s->node);
    else if (KEY(key, "status"))
        read_status(l, p, s);
    else
        pull_skip(p);
}

/* ---- what labels tell ---- */

/* The value of the first of these labels that is there. */
static uint32_t first_label(const struct load *l, struct labels labels, const char *const *keys)
{
    for (; *keys; keys++) {
        uint32_t key = strings_find(&l->w->strings, sv_of(*keys));
        if (key && labels_has(labels, key))
            return labels_value(labels, key);
    }
    return STRINGS_NONE;
}

static void read_labels(const struct load *l, struct world_node *n)
{
    static const char *const zone[] = {"topology.kubernetes.io/zone",
                                       "failure-domain.beta.kubernetes.io/zone", NULL};
    static const char *const region[] = {"topology.kubernetes.io/region",
                                         "failure-domain.beta.kubernetes.io/region", NULL};
    static const char *const type[] = {"node.kubernetes.io/instance-type",
                                       "beta.kubernetes.io/instance-type", NULL};
    static const char *const group[] = {
        "eks.amazonaws.com/nodegroup",   "alpha.eksctl.io/nodegroup-name", "karpenter.sh/nodepool",
        "karpenter.sh/provisioner-name", "kops.k8s.io/instancegroup",      NULL};
    n->zone = first_label(l, n->labels, zone);
    n->region = first_label(l, n->labels, region);
    n->instance_type = first_label(l, n->labels, type);
    n->group = first_label(l, n->labels, group);
}

static void end(struct load *l)
{
    struct node_state *s = l->state;
    struct world_node *n = &s->node;
    bool found;
    n->name = l->meta.name;
    n->uid = l->meta.uid;
    n->created = l->meta.created;
    n->labels = load_keep_labels(l, l->meta.labels);
    read_labels(l, n);
    if (!n->max_pods)
        n->max_pods = s->capacity_pods;
    load_sample(l, TIMING_NODE_JOIN, n->created, n->ready_since);
    uint32_t at = load_place(l, BY_NAME_NODE, 0, n->name, l->w->nodes.len, &found);
    if (!found) {
        world_node_add(l->w, n);
        return;
    }
    n->used = true;
    n->pods = WORLD_NONE;
    l->w->nodes.items[at] = *n;
}

/* ---- CSINode ---- */

static int32_t read_limit(struct pull *p)
{
    struct sv key;
    int32_t count = -1;
    each_key(p, key)
    {
        if (KEY(key, "count"))
            load_int(p, &count);
        else
            pull_skip(p);
    }
    return count;
}

static void read_driver(struct load *l, struct pull *p)
{
    struct csi_limit d = {.count = -1};
    struct sv key;
    each_key(p, key)
    {
        if (KEY(key, "name"))
            load_text_id(l, p, &d.driver);
        else if (KEY(key, "allocatable"))
            d.count = read_limit(p);
        else
            pull_skip(p);
    }
    if (d.count < -1) {
        load_note(l, "a negative number of volumes: taken as no limit");
        d.count = -1;
    }
    push_entry(p, &l->csi_list, d);
}

static void begin_csi(struct load *l)
{
    l->csi_list.len = 0;
}

static void csi_field(struct load *l, struct pull *p, struct sv key)
{
    struct sv inner;
    if (!KEY(key, "spec")) {
        pull_skip(p);
        return;
    }
    each_key(p, inner)
    {
        if (KEY(inner, "drivers")) {
            each_item(p, driver) read_driver(l, p);
        } else {
            pull_skip(p);
        }
    }
}

static void csi_end(struct load *l)
{
    bool found;
    struct csi_node node = {l->meta.name, load_keep_list(l, &l->csi_list),
                            (uint32_t)l->csi_list.len};
    uint32_t at = load_place(l, BY_NAME_CSINODE, 0, node.node, l->csi.len, &found);
    if (found)
        l->csi.items[at] = node;
    else
        must_push(&l->csi, node);
}

const struct load_kind load_node_kinds[] = {
    {"Node", {""}, LOAD_CLUSTER, sizeof(struct node_state), NULL, field, end},
    {"CSINode", {"storage.k8s.io"}, LOAD_CLUSTER, 1, begin_csi, csi_field, csi_end},
    {0},
};
