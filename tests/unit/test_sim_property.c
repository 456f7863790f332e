/* Random worlds, random verbs: after every event the counters equal a recount from scratch, no pod
 * is in two places, no volume on two nodes, no eviction goes below its budget; controllers keep
 * what they promise, and the same seed gives the same run. */
#include "sim/internal.h"
#include "sim/random.h"

#include "sim_play.h"
#include "world_random.h"

#include <stdio.h>
#include <string.h>

#include "unit.h"

enum { STEPS = 120, SEEDS = 100, APPS = 9, ANY_WORLDS = 60 };

struct scene {
    struct play p;
    struct random r;
    uint64_t digest;
    bool calm; /* no node dies or is terminated */
};

static uint32_t below(struct scene *s, uint32_t n)
{
    return (uint32_t)(random_next(&s->r) % n);
}

/* ---- a world ---- */

static uint32_t class_of_app(struct scene *s, const char *name)
{
    struct world_class c = sw_class(&s->p.w, name);
    if (below(s, 2))
        c.readiness = (struct probe){true, (int32_t)below(s, 20), 1 + (int32_t)below(s, 10), 1};
    c.request.cpu = c.request_old.cpu = s->calm ? 100 : 100 + below(s, 700);
    c.grace_s = (int32_t)below(s, 60);
    c.prestop_s = (int32_t)below(s, 3) * 5;
    c.init_count = (uint8_t)below(s, 3);
    c.priority = (int32_t)below(s, 3) * 10;
    return world_class_put(&s->p.w, &c);
}

static void add_budget(struct scene *s, const char *name)
{
    uint32_t pdb = sw_budget(&s->p.w, name);
    bool percent = below(s, 2);
    int32_t value = (int32_t)(percent ? below(s, 101) : below(s, 4));
    if (below(s, 2))
        sw_min_available(&s->p.w, pdb, value, percent);
    else
        sw_max_unavailable(&s->p.w, pdb, value, percent);
    s->p.w.pdbs.items[pdb].unhealthy = below(s, 4) ? UNHEALTHY_IF_BUDGET : UNHEALTHY_ALWAYS;
}

static void add_app(struct scene *s, unsigned n, uint32_t nodes)
{
    static const enum workload_kind kinds[] = {WORKLOAD_REPLICASET, WORKLOAD_STATEFULSET,
                                               WORKLOAD_JOB, WORKLOAD_OTHER};
    char name[16];
    snprintf(name, sizeof name, "app%u", n);
    struct world *w = &s->p.w;
    int32_t replicas = 1 + (int32_t)below(s, 5);
    enum workload_kind kind = kinds[below(s, 4)];
    uint32_t class = class_of_app(s, name);
    uint32_t owner = kind == WORKLOAD_REPLICASET ? sw_deployment(w, name, replicas)
                                                 : sw_workload(w, kind, name, replicas);
    w->workloads.items[owner].parallel = below(s, 2);
    w->workloads.items[owner].replace_failed_only = below(s, 2);
    for (int32_t i = 0; i < replicas; i++) {
        uint32_t node = below(s, nodes);
        uint32_t pod = kind == WORKLOAD_STATEFULSET ? sw_set_pod(w, class, owner, i, node)
                                                    : sw_pod(w, class, owner, node);
        char volume[32];
        snprintf(volume, sizeof volume, "%s-%d", name, i);
        if (kind == WORKLOAD_STATEFULSET && below(s, 2))
            sw_volume(w, pod, volume);
        if (!below(s, 12))
            w->pods.items[pod].ready = false;
    }
    if (below(s, 3))
        add_budget(s, name);
    if (!below(s, 5))
        add_budget(s, name); /* a second one */
}

static void build(struct scene *s, uint64_t seed, bool calm)
{
    static const uint16_t minors[] = {20, 22, 27, 34};
    memset(s, 0, sizeof *s);
    random_seed(&s->r, seed);
    s->calm = calm;
    play_init(&s->p, minors[seed % 4]);
    uint32_t nodes = 3 + below(s, 6);
    for (uint32_t i = 0; i < nodes; i++) {
        char name[16];
        snprintf(name, sizeof name, "n%u", i);
        sw_node(&s->p.w, name, i % 2 ? "a" : "b");
    }
    for (unsigned i = 0; i < APPS; i++)
        add_app(s, i, nodes);
    sw_pod(&s->p.w, class_of_app(s, "bare"), WORLD_NONE, below(s, nodes));
    uint32_t agent = sw_workload(&s->p.w, WORKLOAD_DAEMONSET, "agent", (int32_t)nodes);
    for (uint32_t i = 0; i < nodes; i++)
        sw_pod(&s->p.w, sw_class_put(&s->p.w, "agent"), agent, i);
    s->p.times.stuck_detach = 0.1;
    s->p.o.seed = seed;
    s->p.o.spread_times = seed & 1;
    if (seed & 1)
        s->p.times.start = (struct sim_time){1000, 20000};
}

/* ---- recounting ---- */

static void check_pods(const struct sim *s)
{
    uint32_t pending = 0, not_ready = 0, on_nodes = 0, bound = 0;
    world_each_pod(&s->w, p) {
        const struct world_pod *pod = &s->w.pods.items[p];
        bound += pod->node != WORLD_NONE;
        if (pod->node != WORLD_NONE)
            assert_true(s->w.nodes.items[pod->node].used);
        if (pod->deleting || world_pod_is_finished(pod) || world_pod_is_of_node(&s->w, p))
            continue;
        bool waits = s->pods.items[p].stage == STAGE_UNBOUND;
        pending += waits;
        not_ready += !waits && !pod->ready;
    }
    world_each_node(&s->w, n) {
        uint32_t count = 0;
        world_each_pod_of_node(&s->w, n, p) {
            assert_int_equal(s->w.pods.items[p].node, n);
            count++;
        }
        assert_int_equal(count, s->w.nodes.items[n].pod_count);
        on_nodes += count;
    }
    assert_int_equal(on_nodes, bound);
    assert_int_equal(s->stats.pending, pending);
    assert_int_equal(s->stats.not_ready, not_ready);
}

static void check_budgets(struct sim *s)
{
    struct budgets again;
    budgets_init(&again, &s->w, s->version);
    world_each_pod(&s->w, p)
        budgets_count(&again, p, s->pods.items[p].disrupted, 1);
    for (uint32_t i = 0; i < s->w.pdbs.len; i++) {
        const struct budget_state *a = &again.state[i], *b = &s->budgets.state[i];
        assert_int_equal(a->matching, b->matching);
        assert_int_equal(a->healthy, b->healthy);
        assert_int_equal(a->unmanaged, b->unmanaged);
        assert_int_equal(a->unknown, b->unknown);
        assert_int_equal(a->foreign, b->foreign);
        assert_int_equal(a->scale, b->scale);
        assert_int_equal(a->held, b->held);
        again.state[i].foreign_scale = b->foreign_scale;
        struct budget_status st;
        budgets_status(&again, i, &st);
        assert_int_equal(s->w.pdbs.items[i].allowed, st.allowed);
    }
    budgets_release(&again);
}

static bool holds(const struct sim *s, uint32_t pv, uint32_t node)
{
    for (uint32_t i = 0; i < s->w.attachments.len; i++) {
        const struct world_attachment *a = &s->w.attachments.items[i];
        if (a->used && a->pv == pv && a->node == node)
            return a->attached;
    }
    return false;
}

static void check_volumes(const struct sim *s)
{
    for (uint32_t pv = 0; pv < s->w.pvs.len; pv++) {
        unsigned nodes = 0;
        for (uint32_t i = 0; i < s->w.attachments.len; i++)
            nodes += s->w.attachments.items[i].used && s->w.attachments.items[i].pv == pv;
        assert_true(nodes <= 1);
    }
    world_each_pod(&s->w, p) {
        const struct world_pod *pod = &s->w.pods.items[p];
        bool runs =
            s->pods.items[p].stage == STAGE_RUNNING || s->pods.items[p].stage == STAGE_STARTING;
        for (unsigned i = 0; runs && i < pod->claim_count; i++) {
            uint32_t pvc = s->w.pod_claims.items[pod->claims + i];
            assert_true(holds(s, s->w.pvcs.items[pvc].pv, pod->node));
        }
    }
}

static void check_owners(const struct sim *s)
{
    for (uint32_t o = 0; o < s->w.workloads.len; o++) {
        const struct world_workload *wl = &s->w.workloads.items[o];
        uint32_t seen = 0;
        int32_t active = 0;
        world_each_pod_of_workload(&s->w, o, p) {
            const struct world_pod *pod = &s->w.pods.items[p];
            active += !pod->deleting && !world_pod_is_finished(pod);
            if (wl->kind != WORKLOAD_STATEFULSET)
                continue;
            assert_false(seen & 1u << pod->ordinal);
            seen |= 1u << pod->ordinal;
        }
        if (wl->kind == WORKLOAD_REPLICASET)
            assert_true(active <= wl->replicas && s->owners[o].active == wl->replicas);
    }
}

static void check_all(struct scene *s)
{
    check_pods(s->p.s);
    check_budgets(s->p.s);
    check_volumes(s->p.s);
    check_owners(s->p.s);
}

/* ---- a run ---- */

static uint32_t healthy_now(const struct world *w, uint32_t pdb)
{
    uint32_t n = 0;
    world_each_pod(w, p)
        n += world_pdb_covers(w, &w->pdbs.items[pdb], p) && w->pods.items[p].ready &&
             !w->pods.items[p].deleting;
    return n;
}

static void evict(struct scene *s, uint32_t pod)
{
    const struct world *w = sim_world(s->p.s);
    bool was_ready = w->pods.items[pod].ready && !w->pods.items[pod].deleting &&
                     w->pods.items[pod].phase == POD_RUNNING;
    struct eviction_answer a = sim_evict(s->p.s, pod, -1, false);
    if (a.cause == EVICTION_OK && was_ready && a.pdb != WORLD_NONE)
        assert_true((int64_t)healthy_now(w, a.pdb) >= w->pdbs.items[a.pdb].desired);
}

static void one_verb(struct scene *s)
{
    const struct world *w = sim_world(s->p.s);
    uint32_t node = below(s, (uint32_t)w->nodes.len), pod = below(s, (uint32_t)w->pods.len);
    bool is_node = w->nodes.items[node].used, is_pod = w->pods.items[pod].used;
    uint32_t what = below(s, 20);
    if (what < 11 && is_pod)
        evict(s, pod);
    else if (what < 13 && is_pod)
        sim_delete_pod(s->p.s, pod, (int)below(s, 3) * 10);
    else if (what < 17 && is_node)
        sim_cordon(s->p.s, node, below(s, 2));
    else if (what == 17 && is_node && !s->calm)
        sim_node_terminate(s->p.s, node);
    else if (what == 18 && is_node && !s->calm)
        sim_node_die(s->p.s, node);
    else if (what == 19) {
        struct world_node spec = s->p.w.nodes.items[0];
        spec.name = STRINGS_NONE;
        sim_node_start(s->p.s, &spec, !below(s, 5));
    }
}

static void run(struct scene *s)
{
    play_start(&s->p);
    check_all(s);
    for (unsigned i = 0; i < STEPS; i++) {
        one_verb(s);
        check_all(s);
        for (unsigned events = below(s, 12); events && sim_next(s->p.s) != INT64_MAX; events--) {
            sim_run(s->p.s, sim_next(s->p.s));
            check_all(s);
        }
    }
}

static void digest(struct scene *s)
{
    vec_foreach(t, &s->p.told) {
        s->digest = s->digest * 1099511628211u ^ (uint64_t)t->at;
        s->digest = s->digest * 1099511628211u ^ ((uint64_t)t->c.kind << 32 | t->c.index);
    }
}

static void test_every_event_keeps_the_rules(void **state)
{
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        struct scene s;
        build(&s, seed, false);
        run(&s);
        play_release(&s.p);
    }
}

/* With room for all and nodes that live, everything that was re-creatable is there in the end. */
static void test_controllers_keep_their_number(void **state)
{
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        struct scene s;
        build(&s, seed * 1000, true);
        run(&s);
        world_each_node(&s.p.w, n)
            sim_cordon(s.p.s, n, false);
        play_end(&s.p);
        check_all(&s);
        const struct world *w = sim_world(s.p.s);
        for (uint32_t o = 0; o < w->workloads.len; o++) {
            const struct world_workload *wl = &w->workloads.items[o];
            bool ordered = wl->kind == WORKLOAD_STATEFULSET && !wl->parallel;
            if (wl->kind == WORKLOAD_REPLICASET || (wl->kind == WORKLOAD_STATEFULSET && !ordered))
                assert_int_equal(wl->pod_count, wl->replicas);
        }
        play_release(&s.p);
    }
}

static void test_same_seed_same_run(void **state)
{
    for (uint64_t seed = 1; seed <= 6; seed++) {
        uint64_t digests[3];
        for (unsigned i = 0; i < 3; i++) {
            struct scene s;
            build(&s, seed, false);
            s.p.o.seed += i == 2; /* another seed of the simulator in the same world */
            run(&s);
            digest(&s);
            digests[i] = s.digest;
            play_release(&s.p);
        }
        assert_true(digests[0] == digests[1]);
        if (seed & 1)
            assert_true(digests[0] != digests[2]);
    }
}

/* Worlds in which every field says something, sensible or not: nothing is believed too much. */
static void test_any_world(void **state)
{
    for (uint32_t seed = 1; seed <= ANY_WORLDS; seed++) {
        static const uint16_t minors[] = {20, 23, 27, 35};
        struct scene s;
        memset(&s, 0, sizeof s);
        random_seed(&s.r, seed);
        play_init(&s.p, 20);
        world_release(&s.p.w);
        world_init(&s.p.w);
        struct world_random how = {.seed = seed, .nodes = 6, .workloads = 8, .pods = 40};
        world_random_fill(&s.p.w, &how);
        s.p.o.version = MINOR(minors[seed % 4]);
        play_start(&s.p);
        check_pods(s.p.s);
        for (unsigned i = 0; i < STEPS; i++) {
            one_verb(&s);
            sim_run(s.p.s, sim_now(s.p.s) + below(&s, 20000));
            check_pods(s.p.s);
            check_budgets(s.p.s);
        }
        play_end(&s.p);
        play_release(&s.p);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_event_keeps_the_rules),
        cmocka_unit_test(test_controllers_keep_their_number),
        cmocka_unit_test(test_same_seed_same_run),
        cmocka_unit_test(test_any_world),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
