/*
 * nodes_scene: a small cluster for the rules about moving nodes: two old nodes in zones a and b,
 * two new ones there, workloads and pods of class app=cart.
 */
#ifndef TOBAN_TESTS_NODES_SCENE_H
#define TOBAN_TESTS_NODES_SCENE_H

#include "base/must.h"
#include "rules/nodes/nodes_rules.h"
#include "world_build.h"

#include "unit.h"

#define EBS "ebs.csi.aws.com"

struct scene {
    struct world w;
    uint32_t old[2];
    struct world_node green[2];
    uint32_t green_count;
    struct cloud *cloud;
    struct nodes_risks found;
};

static inline struct world_node green_node(struct world *w, const char *name, const char *zone,
                                           const char *taints)
{
    uint32_t n =
        build_node(w, &(struct build_node){.name = name,
                                           .labels = "eks.amazonaws.com/nodegroup=green,disk=ssd",
                                           .taints = taints,
                                           .zone = zone,
                                           .driver = EBS,
                                           .volumes = 2});
    struct world_node node = w->nodes.items[n];
    world_node_remove(w, n);
    return node;
}

static inline uint32_t old_node(struct world *w, const char *name, const char *zone)
{
    return build_node(w, &(struct build_node){.name = name,
                                              .labels = "eks.amazonaws.com/nodegroup=blue,disk=ssd",
                                              .zone = zone,
                                              .driver = EBS,
                                              .volumes = 3});
}

static inline void open_scene(struct scene *s, unsigned minor)
{
    *s = (struct scene){.green_count = 2};
    build_world(&s->w, minor);
    s->old[0] = old_node(&s->w, "old-a", "a");
    s->old[1] = old_node(&s->w, "old-b", "b");
    s->green[0] = green_node(&s->w, "new-a", "a", NULL);
    s->green[1] = green_node(&s->w, "new-b", "b", NULL);
}

static inline void close_scene(struct scene *s)
{
    nodes_risks_release(&s->found);
    world_release(&s->w);
}
#define _cleanup_scene_ _cleanup_(close_scene)

static inline uint32_t workload(struct scene *s, enum workload_kind kind, const char *name,
                                int32_t replicas)
{
    uint32_t wl = build_workload(&s->w, kind, "shop", name, "app=cart");
    s->w.workloads.items[wl].replicas = replicas;
    s->w.workloads.items[wl].backoff_limit = 6;
    return wl;
}

/* The ReplicaSet of a new Deployment. */
static inline uint32_t deployment(struct scene *s, int32_t replicas)
{
    uint32_t top = workload(s, WORKLOAD_DEPLOYMENT, "cart", replicas);
    uint32_t set = workload(s, WORKLOAD_REPLICASET, "cart-5f7", replicas);
    s->w.workloads.items[set].owner = top;
    return set;
}

static inline uint32_t pod(struct scene *s, uint32_t class, uint32_t owner, uint32_t node)
{
    uint32_t p = build_pod(&s->w, class, node);
    s->w.pods.items[p].ready = true;
    if (owner != WORLD_NONE)
        world_pod_own(&s->w, p, owner);
    return p;
}

static inline uint32_t plain_class(struct scene *s)
{
    return build_class(&s->w, &(struct build_class){.labels = "app=cart"});
}

static inline uint32_t changed_class(struct scene *s, void (*change)(struct world_class *))
{
    struct world_class c = build_class_value(&s->w, &(struct build_class){.labels = "app=cart"});
    change(&c);
    return world_class_put(&s->w, &c);
}

static inline void find(struct scene *s)
{
    nodes_risks_release(&s->found);
    s->found = (struct nodes_risks){0};
    nodes_risks_find(&s->w, s->cloud, s->old, 2, s->green_count ? s->green : NULL, s->green_count,
                     &s->found);
}

static inline const struct nodes_risk *risk_of(const struct scene *s, const char *rule)
{
    vec_foreach(r, &s->found.list)
        if (strcmp(r->rule, rule) == 0)
            return r;
    return NULL;
}

/* text NULL: there must be none of the rule. */
static inline const struct nodes_risk *expect(struct scene *s, const char *rule, const char *text,
                                              uint32_t pods, bool blocks)
{
    find(s);
    const struct nodes_risk *r = risk_of(s, rule);
    if (!text) {
        if (r)
            fail_msg("unexpected %s: %s", rule, r->text);
        return NULL;
    }
    if (!r)
        fail_msg("no %s", rule);
    if (strcmp(r->text, text) != 0)
        fail_msg("expected \"%s\", found \"%s\"", text, r->text);
    assert_int_equal(r->pods, pods);
    assert_int_equal(r->blocks, blocks);
    assert_true(strlen(r->fix) > 20);
    return r;
}

static inline void expect_none(struct scene *s, const char *rule)
{
    expect(s, rule, NULL, 0, false);
}

#endif
