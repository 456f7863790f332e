#include "ops/replace/ready.h"

#include "base/must.h"

#include <stdlib.h>
#include <string.h>

#define TOLD_MAX 3

/* What all Ready blue nodes have. */
struct measure {
    const struct world *w;
    uint32_t blue, green;     /* texts of the groups */
    uint32_t blue_nodes;      /* that are Ready */
    uint32_t *daemons;        /* by workload: blue nodes with a Ready pod of it */
    VEC(struct taint) taints; /* of any blue node */
    struct str *words;
    uint32_t missing;
};

static void release(struct measure *m)
{
    free(m->daemons);
    vec_release(&m->taints);
}

__attribute__((format(printf, 2, 3))) static void miss(struct measure *m, const char *fmt, ...)
{
    va_list ap;
    if (m->missing++ >= TOLD_MAX)
        return;
    str_adds(m->words, m->missing > 1 ? "; " : "");
    va_start(ap, fmt);
    str_vaddf(m->words, fmt, ap);
    va_end(ap);
}

/* ---- blue ---- */

static bool is_daemon(const struct world *w, const struct world_pod *p)
{
    return p->owner != WORLD_NONE && w->workloads.items[p->owner].kind == WORKLOAD_DAEMONSET &&
           !p->deleting;
}

static void measure_blue(struct measure *m)
{
    const struct world *w = m->w;
    world_each_node(w, n) {
        const struct world_node *node = &w->nodes.items[n];
        if (node->group != m->blue || !node->ready || node->gone)
            continue;
        m->blue_nodes++;
        for (uint32_t i = 0; i < node->taint_count; i++)
            must_push(&m->taints, node->taints[i]);
        world_each_pod_of_node(w, n, p) {
            const struct world_pod *pod = &w->pods.items[p];
            if (is_daemon(w, pod) && pod->ready)
                m->daemons[pod->owner]++;
        }
    }
}

static bool has_driver(const struct world_node *node, uint32_t driver)
{
    for (uint32_t i = 0; i < node->csi_count; i++)
        if (node->csi[i].driver == driver)
            return true;
    return false;
}

static bool all_blue_have(const struct measure *m, uint32_t driver)
{
    const struct world *w = m->w;
    world_each_node(w, n) {
        const struct world_node *node = &w->nodes.items[n];
        if (node->group == m->blue && node->ready && !node->gone && !has_driver(node, driver))
            return false;
    }
    return true;
}

/* ---- one green node ---- */

static void check_itself(struct measure *m, const struct world_node *node)
{
    const char *name = world_text(m->w, node->name);
    if (!node->ready || node->gone)
        miss(m, "node %s is not Ready", name);
    else if (node->allocatable.cpu <= 0 || node->allocatable.memory <= 0 || node->max_pods <= 0)
        miss(m, "node %s has nothing allocatable yet", name);
    if (node->unschedulable)
        miss(m, "node %s is cordoned", name);
}

/* With the value: a taint of blue's own is copied, a start-up taint of an agent is not. */
static bool is_of_blue(const struct measure *m, const struct taint *t)
{
    vec_foreach(b, &m->taints)
        if (b->key == t->key && b->effect == t->effect)
            return true;
    return false;
}

/* Those that keep pods off until an agent takes them away; the group's own come with the copy. */
static void check_taints(struct measure *m, const struct world_node *node)
{
    for (uint32_t i = 0; m->blue_nodes && i < node->taint_count; i++) {
        const struct taint *t = &node->taints[i];
        if (t->effect == TAINT_PREFER_NO_SCHEDULE || is_of_blue(m, t))
            continue;
        miss(m, "node %s has the taint %s", world_text(m->w, node->name), world_text(m->w, t->key));
    }
}

static bool runs_here(const struct world *w, uint32_t n, uint32_t daemon, bool *there)
{
    *there = false;
    world_each_pod_of_node(w, n, p) {
        const struct world_pod *pod = &w->pods.items[p];
        if (pod->owner != daemon || pod->deleting)
            continue;
        *there = true;
        if (pod->ready)
            return true;
    }
    return false;
}

static void check_daemons(struct measure *m, uint32_t n)
{
    const struct world *w = m->w;
    for (uint32_t u = 0; u < w->workloads.len; u++) {
        bool there, common = m->blue_nodes && m->daemons[u] == m->blue_nodes;
        if (!w->workloads.items[u].used || w->workloads.items[u].kind != WORKLOAD_DAEMONSET ||
            runs_here(w, n, u, &there) || (!there && !common))
            continue;
        char name[512];
        world_workload_name(w, u, name, sizeof name);
        miss(m, "%s %s on node %s", name, there ? "is not Ready" : "has no pod",
             world_text(w, w->nodes.items[n].name));
    }
}

static void check_drivers(struct measure *m, const struct world_node *node)
{
    const struct world *w = m->w;
    world_each_node(w, n) {
        const struct world_node *blue = &w->nodes.items[n];
        if (blue->group != m->blue || !blue->ready || blue->gone)
            continue;
        for (uint32_t i = 0; i < blue->csi_count; i++)
            if (!has_driver(node, blue->csi[i].driver) && all_blue_have(m, blue->csi[i].driver))
                miss(m, "driver %s is not registered on node %s",
                     world_text(w, blue->csi[i].driver), world_text(w, node->name));
        return; /* what all have the first one has */
    }
}

/* ---- all ---- */

static uint32_t check_green(struct measure *m)
{
    const struct world *w = m->w;
    uint32_t count = 0;
    world_each_node(w, n) {
        const struct world_node *node = &w->nodes.items[n];
        if (node->group != m->green || !m->green)
            continue;
        count++;
        check_itself(m, node);
        check_taints(m, node);
        check_daemons(m, n);
        check_drivers(m, node);
    }
    return count;
}

bool replace_ready(const struct world *w, const char *blue, const char *green, uint32_t wanted,
                   struct str *words)
{
    _cleanup_(release) struct measure m = {
        .w = w,
        .blue = strings_find(&w->strings, sv_of(blue)),
        .green = strings_find(&w->strings, sv_of(green)),
        .words = words,
    };
    m.daemons = mem_must(calloc(w->workloads.len + 1, sizeof *m.daemons));
    if (m.blue)
        measure_blue(&m);
    uint32_t count = check_green(&m);
    if (count < wanted)
        miss(&m, "%u of %u nodes have joined", count, wanted);
    if (m.missing > TOLD_MAX)
        str_addf(words, "; and %u more", m.missing - TOLD_MAX);
    return !m.missing;
}
