/*
 * drain_driver: a rehearsed drain as a list of what happens when, so that tests can compare it with
 * a real one. Not installed.
 *
 *   drain_driver WORLD NODE…
 *
 * WORLD: whatever `--world` takes. Durations are medians. Prints lines of milliseconds, tab, what
 * ("evicted", "refused", "ready", "gone", "done"), tab, NAMESPACE/POD.
 */
#include "base/vec.h"
#include "ops/nodes/nodes.h"
#include "ops/snapshot/snapshot.h"
#include "sim/sim.h"

#include <stdio.h>
#include <stdlib.h>

#define LIMIT_MS ((int64_t)3600 * 1000)
#define ACTIONS 64

struct play {
    struct world world;
    struct cloud cloud;
    struct snapshot_report report;
    struct sim *sim;
    struct nodes *op;
};

static void play_release(struct play *p)
{
    nodes_free(p->op);
    sim_free(p->sim);
    snapshot_report_release(&p->report);
    cloud_release(&p->cloud);
    world_release(&p->world);
}

static void tell(const struct play *p, const char *what, uint32_t pod)
{
    const struct world *w = sim_world(p->sim);
    char name[512];
    world_pod_name(w, pod, name, sizeof name);
    printf("%lld\t%s\t%s/%s\n", (long long)sim_now(p->sim), what,
           world_text(w, world_class_of(w, pod)->ns), name);
}

static void on_change(void *ctx, const struct world_change *c, int64_t now)
{
    struct play *p = ctx;
    if (c->kind == CHANGE_POD_READY)
        tell(p, "ready", c->index);
    if (c->kind == CHANGE_POD_GONE)
        tell(p, "gone", c->index);
    if (p->op)
        nodes_change(p->op, c, now);
}

static void evict(struct play *p, uint32_t pod)
{
    struct eviction_answer a = sim_evict(p->sim, pod, -1, false);
    tell(p, a.code == 201 ? "evicted" : "refused", pod);
    nodes_answer(p->op, pod, &a, sim_now(p->sim));
}

static void decide(struct play *p)
{
    struct nodes_action actions[ACTIONS];
    size_t n;
    while ((n = nodes_decide(p->op, sim_now(p->sim), actions, ACTIONS)))
        for (size_t i = 0; i < n; i++) {
            if (actions[i].kind == NODES_CORDON)
                sim_cordon(p->sim, actions[i].index, true);
            else if (actions[i].kind == NODES_EVICT)
                evict(p, actions[i].index);
        }
}

static bool run(struct play *p)
{
    for (;;) {
        decide(p);
        if (nodes_phase(p->op) == NODES_PHASE_DONE)
            return true;
        int64_t next = sim_next(p->sim), wake = nodes_wake(p->op, sim_now(p->sim));
        next = wake < next ? wake : next;
        if (next > LIMIT_MS)
            return false;
        sim_run(p->sim, next);
    }
}

static int start(struct play *p, char **names, int count, uint32_t *nodes, struct err *err)
{
    const char *path = names[0];
    struct snapshot_input in = {.paths = &path, .path_count = 1};
    world_init(&p->world);
    if (snapshot_open(&p->world, &p->cloud, &in, &p->report, err) < 0)
        return -1;
    for (int i = 1; i < count; i++) {
        nodes[i - 1] = world_find_node(&p->world, sv_of(names[i]));
        if (nodes[i - 1] == WORLD_NONE)
            return err_set(err, ERR_NOT_FOUND, "no node %s in the world", names[i]);
    }
    struct sim_options o = {.seed = 1, .on_change = on_change, .ctx = p};
    struct nodes_options n = {.nodes = nodes, .node_count = (uint32_t)count - 1};
    p->sim = sim_new(&p->world, &p->cloud, &o);
    p->op = nodes_new(sim_world(p->sim), &n);
    return 0;
}

int main(int argc, char **argv)
{
    if (argc < 3) {
        fprintf(stderr, "usage: drain_driver WORLD NODE...\n");
        return 64;
    }
    _cleanup_(play_release) struct play p = {0};
    _cleanup_free_ uint32_t *nodes = calloc((size_t)argc, sizeof *nodes);
    struct err err = {0};
    if (!nodes || start(&p, argv + 1, argc - 1, nodes, &err) < 0) {
        fprintf(stderr, "%s\n", err.msg);
        return 1;
    }
    bool ended = run(&p);
    printf("%lld\t%s\t\n", (long long)sim_now(p.sim), ended ? "done" : "blocked");
    return 0;
}
