/* Nodes: join, cordon, removal, death; the scheduler's pace; budgets in a run. */
#include "sim_play.h"

#include <string.h>

#include "unit.h"

struct scene {
    struct play p;
    uint32_t a, b, class, rs, pod;
};

static void scene_init(struct scene *s, uint16_t minor)
{
    play_init(&s->p, minor);
    s->a = sw_node(&s->p.w, "a", "z");
    s->b = sw_node(&s->p.w, "b", "z");
    s->class = sw_class_put(&s->p.w, "cart");
    s->rs = sw_deployment(&s->p.w, "cart", 1);
    s->pod = sw_pod(&s->p.w, s->class, s->rs, s->a);
}

static struct world_node spec_like(struct scene *s, uint32_t node)
{
    struct world_node spec = s->p.w.nodes.items[node];
    spec.name = STRINGS_NONE;
    return spec;
}

/* Nothing fits on the old nodes: the pod waits until the new one is Ready, not only there. */
static void test_join(void **state)
{
    struct scene s;
    scene_init(&s, 20);
    play_start(&s.p);
    sim_cordon(s.p.s, s.a, true);
    sim_cordon(s.p.s, s.b, true);
    struct world_node spec = spec_like(&s, s.a);
    sim_node_start(s.p.s, &spec, false);
    play_evict(&s.p, s.pod, EVICTION_OK);
    sim_run(s.p.s, 25000);
    assert_int_equal(play_when(&s.p, CHANGE_NODE_ADDED, 2, 0), 20000);
    assert_false(sim_world(s.p.s)->nodes.items[2].ready);
    assert_int_equal(play_count(&s.p, CHANGE_POD_BOUND), 0);
    play_end(&s.p);
    assert_int_equal(play_when(&s.p, CHANGE_NODE_READY, 2, 0), 30000);
    assert_int_equal(sim_world(s.p.s)->nodes.items[2].taint_count, 0);
    uint32_t next = play_newest(&s.p);
    assert_int_equal(sim_world(s.p.s)->pods.items[next].node, 2);
    assert_true(play_when(&s.p, CHANGE_POD_BOUND, next, 0) >= 30000);
    play_release(&s.p);
}

static void test_launches_are_paced_and_may_fail(void **state)
{
    struct scene s;
    scene_init(&s, 20);
    s.p.times.node_launch_qps = 2;
    play_start(&s.p);
    struct world_node spec = spec_like(&s, s.a);
    sim_node_start(s.p.s, &spec, false);
    sim_node_start(s.p.s, &spec, true);
    sim_node_start(s.p.s, &spec, false);
    play_end(&s.p);
    assert_int_equal(play_count(&s.p, CHANGE_NODE_ADDED), 2);
    assert_int_equal(play_when(&s.p, CHANGE_NODE_ADDED, 2, 0), 20000);
    assert_int_equal(play_when(&s.p, CHANGE_NODE_ADDED, 3, 0), 21000);
    play_release(&s.p);
}

static void test_cordon(void **state)
{
    struct scene s;
    scene_init(&s, 20);
    play_start(&s.p);
    sim_cordon(s.p.s, s.a, true);
    sim_cordon(s.p.s, s.a, true); /* nothing new to tell */
    sim_cordon(s.p.s, s.a, false);
    sim_cordon(s.p.s, 77, true); /* no such node */
    assert_int_equal(play_count(&s.p, CHANGE_NODE_CORDONED), 1);
    assert_int_equal(play_count(&s.p, CHANGE_NODE_UNCORDONED), 1);
    play_release(&s.p);
}

/* Its own pods go with the node; others are found by the collector and made again. */
static void test_terminate_under_pods(void **state)
{
    struct scene s;
    scene_init(&s, 20);
    uint32_t ds = sw_workload(&s.p.w, WORKLOAD_DAEMONSET, "agent", 1);
    uint32_t daemon = sw_pod(&s.p.w, s.class, ds, s.a);
    uint32_t leaving = sw_pod(&s.p.w, s.class, WORLD_NONE, s.a);
    s.p.times.stop = (struct sim_time){20000, 20000};
    play_start(&s.p);
    sim_delete_pod(s.p.s, leaving, -1);
    sim_node_terminate(s.p.s, s.a);
    sim_node_terminate(s.p.s, s.a);
    play_end(&s.p);
    assert_int_equal(play_when(&s.p, CHANGE_POD_GONE, daemon, 0), 5000);
    assert_int_equal(play_when(&s.p, CHANGE_POD_UNREADY, s.pod, 0), 5000);
    assert_int_equal(play_when(&s.p, CHANGE_NODE_GONE, s.a, 0), 5000);
    assert_int_equal(play_count(&s.p, CHANGE_NODE_GONE), 1);
    assert_int_equal(play_when(&s.p, CHANGE_POD_GONE, s.pod, 0), 60000);
    assert_int_equal(play_when(&s.p, CHANGE_POD_GONE, leaving, 0), 60000);
    assert_int_equal(play_when(&s.p, CHANGE_POD_ADDED, play_newest(&s.p), 0), 60100);
    assert_int_equal(sim_world(s.p.s)->live_nodes, 1);
    assert_int_equal(sim_world(s.p.s)->live_pods, 1);
    play_release(&s.p);
}

/* ---- death ---- */

static const struct toleration *tolerate(struct world *w, int64_t seconds)
{
    struct toleration *t = arena_new(&w->arena, struct toleration);
    *t = (struct toleration){.key = sw_id(w, "node.kubernetes.io/unreachable"),
                             .exists = true,
                             .effect = TAINT_NO_EXECUTE,
                             .seconds = seconds};
    return t;
}

/* 40 s of silence, then 300 s of toleration; the replacement is made then, the dead pod's object
 * stays for ever. */
static void test_death(void **state)
{
    struct scene s;
    scene_init(&s, 20);
    struct world_class c = sw_class(&s.p.w, "patient"), forever = sw_class(&s.p.w, "rock");
    c.tolerations = tolerate(&s.p.w, 300);
    forever.tolerations = tolerate(&s.p.w, -1);
    c.toleration_count = forever.toleration_count = 1;
    uint32_t rs = sw_deployment(&s.p.w, "patient", 1);
    uint32_t patient = sw_pod(&s.p.w, world_class_put(&s.p.w, &c), rs, s.a);
    uint32_t rock = sw_pod(&s.p.w, world_class_put(&s.p.w, &forever), WORLD_NONE, s.a);
    play_start(&s.p);
    sim_node_die(s.p.s, s.a);
    play_end(&s.p);
    assert_true(sim_world(s.p.s)->nodes.items[s.a].gone);
    assert_int_equal(play_when(&s.p, CHANGE_NODE_UNREADY, s.a, 0), 40000);
    assert_int_equal(play_when(&s.p, CHANGE_POD_UNREADY, patient, 0), 40000);
    assert_int_equal(play_when(&s.p, CHANGE_POD_DELETING, s.pod, 0), 40000); /* tolerates nothing */
    assert_int_equal(play_when(&s.p, CHANGE_POD_DELETING, patient, 0), 340000);
    assert_int_equal(play_when(&s.p, CHANGE_POD_DELETING, rock, 0), -1);
    assert_int_equal(play_count(&s.p, CHANGE_POD_GONE), 0);
    assert_int_equal(play_count(&s.p, CHANGE_POD_READY), 2);
    assert_int_equal(sim_world(s.p.s)->live_pods, 5);
    sim_node_terminate(s.p.s, s.a);
    play_end(&s.p);
    assert_int_equal(play_count(&s.p, CHANGE_POD_GONE), 3);
    play_release(&s.p);
}

/* Nothing goes to a node that is known to be silent. */
static void test_dead_nodes_get_no_pods(void **state)
{
    struct scene s;
    scene_init(&s, 20);
    play_start(&s.p);
    sim_node_die(s.p.s, s.b);
    sim_run(s.p.s, 40000);
    play_evict(&s.p, s.pod, EVICTION_OK);
    play_end(&s.p);
    assert_int_equal(sim_world(s.p.s)->pods.items[play_newest(&s.p)].node, s.a);
    play_release(&s.p);
}

/* How fast silent nodes are tainted: one in 10 s in a zone that is well or all silent; one in 100 s
 * in a large zone of which more than half is; none in a small one, or when no node is left. */
static void expect_taints(unsigned zone_nodes, unsigned dead, bool others, const int64_t *gaps_s,
                          unsigned gaps)
{
    struct play p;
    uint32_t pods[64];
    play_init(&p, 20);
    uint32_t class = sw_class_put(&p.w, "x");
    for (unsigned i = 0; i < zone_nodes; i++)
        pods[i] = sw_pod(&p.w, class, WORLD_NONE, sw_node(&p.w, "n", "z"));
    if (others)
        sw_node(&p.w, "o", "y");
    play_start(&p);
    for (unsigned i = 0; i < dead; i++)
        sim_node_die(p.s, p.w.pods.items[pods[i]].node);
    play_end(&p);
    assert_int_equal(play_count(&p, CHANGE_NODE_UNREADY), dead);
    assert_int_equal(play_count(&p, CHANGE_POD_DELETING), gaps ? dead : 0);
    for (unsigned i = 0; i < gaps; i++)
        assert_int_equal(play_when(&p, CHANGE_POD_DELETING, pods[i], 0), 40000 + gaps_s[i] * 1000);
    play_release(&p);
}

static void test_taints_are_paced_by_zone(void **state)
{
    static const int64_t every_10[] = {0, 10, 20}, every_100[] = {0, 100, 200};
    expect_taints(10, 3, true, every_10, 3);
    expect_taints(3, 3, true, every_10, 3);
    expect_taints(60, 40, true, every_100, 3);
    expect_taints(5, 4, true, NULL, 0);
    expect_taints(3, 3, false, NULL, 0);
}

/* ---- the scheduler's pace, pods without a place ---- */

static void test_bindings_are_paced(void **state)
{
    struct scene s;
    scene_init(&s, 20);
    s.p.times.scheduler_qps = 10; /* 20 at once, then one each 100 ms */
    uint32_t pending[25];
    for (unsigned i = 0; i < 25; i++)
        pending[i] = sw_pod(&s.p.w, s.class, WORLD_NONE, WORLD_NONE);
    play_start(&s.p);
    play_end(&s.p);
    assert_int_equal(play_when(&s.p, CHANGE_POD_BOUND, pending[19], 0), 0);
    assert_int_equal(play_when(&s.p, CHANGE_POD_BOUND, pending[20], 0), 100);
    assert_int_equal(play_when(&s.p, CHANGE_POD_BOUND, pending[24], 0), 500);
    play_release(&s.p);
}

/* A pod that fits nowhere: the run ends, says so, and goes on when something changes. */
static void test_no_place(void **state)
{
    struct scene s;
    scene_init(&s, 20);
    struct world_class c = sw_class(&s.p.w, "big");
    c.request.cpu = c.request_old.cpu = 100000;
    uint32_t big = sw_pod(&s.p.w, world_class_put(&s.p.w, &c), WORLD_NONE, WORLD_NONE);
    play_start(&s.p);
    play_end(&s.p);
    struct sim_stats stats;
    sim_get_stats(s.p.s, &stats);
    assert_int_equal(stats.pending, 1);
    assert_int_equal(sim_next(s.p.s), INT64_MAX);
    assert_true(play_count(&s.p, CHANGE_POD_UNSCHEDULABLE) < 10);
    struct str why = {0};
    sim_why_pending(s.p.s, big, &why);
    assert_string_equal(str_c(&why), "0/2 nodes are available: 2 Insufficient cpu.");
    str_release(&why);
    struct world_node spec = spec_like(&s, s.a);
    spec.allocatable.cpu = 200000;
    sim_node_start(s.p.s, &spec, false);
    play_end(&s.p);
    sim_get_stats(s.p.s, &stats);
    assert_int_equal(stats.pending, 0);
    assert_int_equal(sim_world(s.p.s)->pods.items[big].node, 2);
    play_release(&s.p);
}

/* Victims are deleted in spite of their budget; their node is kept for the one they made way for.
 */
static void test_preemption(void **state)
{
    struct scene s;
    scene_init(&s, 20);
    struct world_class low = sw_class(&s.p.w, "low"), high = sw_class(&s.p.w, "high");
    low.request.cpu = low.request_old.cpu = 3950;
    high.request.cpu = high.request_old.cpu = 3000;
    high.priority = 1000;
    uint32_t low_class = world_class_put(&s.p.w, &low), victims[2];
    uint32_t rs = sw_deployment(&s.p.w, "low", 2), budget = sw_budget(&s.p.w, "low");
    world_pod_remove(&s.p.w, s.pod);
    s.p.w.workloads.items[s.rs].replicas = 0;
    sw_min_available(&s.p.w, budget, 2, false);
    victims[0] = sw_pod(&s.p.w, low_class, rs, s.a);
    victims[1] = sw_pod(&s.p.w, low_class, rs, s.b);
    uint32_t vip = sw_pod(&s.p.w, world_class_put(&s.p.w, &high), WORLD_NONE, WORLD_NONE);
    play_start(&s.p);
    play_end(&s.p);
    struct sim_stats stats;
    sim_get_stats(s.p.s, &stats);
    assert_int_equal(stats.preempted, 1);
    assert_int_equal(play_count(&s.p, CHANGE_POD_GONE), 1);
    assert_true(sim_world(s.p.s)->pods.items[vip].ready);
    assert_int_equal(stats.pending, 1); /* the victim's successor */
    assert_true(play_when(&s.p, CHANGE_POD_DELETING, victims[0], 0) == 0 ||
                play_when(&s.p, CHANGE_POD_DELETING, victims[1], 0) == 0);
    play_release(&s.p);
}

/* In vain while the only possible victim is on a closed node, tried again when that opens. */
static void test_preemption_is_tried_again(void **state)
{
    struct scene s;
    scene_init(&s, 20);
    struct world_class low = sw_class(&s.p.w, "low"), high = sw_class(&s.p.w, "high");
    low.request.cpu = low.request_old.cpu = 3950;
    high.request.cpu = high.request_old.cpu = 3950;
    high.priority = 1000;
    world_pod_remove(&s.p.w, s.pod);
    s.p.w.workloads.items[s.rs].replicas = 0;
    uint32_t high_class = world_class_put(&s.p.w, &high);
    uint32_t victim = sw_pod(&s.p.w, world_class_put(&s.p.w, &low), WORLD_NONE, s.b);
    sw_pod(&s.p.w, high_class, WORLD_NONE, s.a);
    uint32_t vip = sw_pod(&s.p.w, high_class, WORLD_NONE, WORLD_NONE);
    s.p.w.nodes.items[s.b].unschedulable = true;
    play_start(&s.p);
    play_end(&s.p);
    assert_int_equal(play_count(&s.p, CHANGE_POD_DELETING), 0);
    int64_t now = sim_now(s.p.s);
    sim_cordon(s.p.s, s.b, false);
    play_end(&s.p);
    assert_true(play_when(&s.p, CHANGE_POD_DELETING, victim, 0) >= now);
    assert_int_equal(sim_world(s.p.s)->pods.items[vip].node, s.b);
    play_release(&s.p);
}

/* ---- budgets in a run ---- */

/* One at a time: the next eviction is allowed when the replacement is Ready. */
static void test_budget_comes_back_with_the_replacement(void **state)
{
    struct scene s;
    scene_init(&s, 20);
    uint32_t second = sw_pod(&s.p.w, s.class, s.rs, s.a), budget = sw_budget(&s.p.w, "cart");
    s.p.w.workloads.items[s.rs].replicas = 2;
    s.p.w.workloads.items[s.p.w.workloads.items[s.rs].owner].replicas = 2;
    sw_max_unavailable(&s.p.w, budget, 1, false);
    play_start(&s.p);
    assert_int_equal(sim_world(s.p.s)->pdbs.items[budget].allowed, 1);
    sim_cordon(s.p.s, s.a, true);
    struct eviction_answer dry = sim_evict(s.p.s, s.pod, -1, true);
    assert_int_equal(dry.cause, EVICTION_OK);
    assert_int_equal(play_count(&s.p, CHANGE_POD_DELETING), 0);
    play_evict(&s.p, s.pod, EVICTION_OK);
    play_evict(&s.p, s.pod, EVICTION_OK); /* again: it is being deleted already */
    play_evict(&s.p, second, EVICTION_BUDGET);
    sim_run(s.p.s, 1109);
    play_evict(&s.p, second, EVICTION_BUDGET);
    sim_run(s.p.s, 1110);
    play_evict(&s.p, second, EVICTION_OK);
    play_end(&s.p);
    struct sim_stats stats;
    sim_get_stats(s.p.s, &stats);
    assert_int_equal(stats.evictions, 3);
    assert_int_equal(stats.refused, 2);
    assert_int_equal(sim_world(s.p.s)->pdbs.items[budget].allowed, 1);
    play_evict(&s.p, 9999, EVICTION_GONE);
    play_release(&s.p);
}

/* A budget whose newest version the controller has not seen when the snapshot was taken. */
static void test_budget_is_observed_soon(void **state)
{
    struct scene s;
    scene_init(&s, 20);
    uint32_t budget = sw_budget(&s.p.w, "cart");
    sw_max_unavailable(&s.p.w, budget, 1, false);
    s.p.w.pdbs.items[budget].generation = 2;
    play_start(&s.p);
    play_evict(&s.p, s.pod, EVICTION_NOT_OBSERVED);
    sim_run(s.p.s, 20);
    play_evict(&s.p, s.pod, EVICTION_OK);
    play_release(&s.p);
}

/* The controller's writes are limited: the status of the second budget comes late. */
static void test_budget_status_lags(void **state)
{
    struct scene s;
    scene_init(&s, 20);
    uint32_t other = sw_class_put(&s.p.w, "till");
    uint32_t rs = sw_deployment(&s.p.w, "till", 1), pod = sw_pod(&s.p.w, other, rs, s.a);
    uint32_t budgets[] = {sw_budget(&s.p.w, "cart"), sw_budget(&s.p.w, "till")};
    sw_max_unavailable(&s.p.w, budgets[0], 1, false);
    sw_max_unavailable(&s.p.w, budgets[1], 1, false);
    s.p.times.controller_qps = 1;
    s.p.times.controller_burst = 1;
    play_start(&s.p);
    play_evict(&s.p, s.pod, EVICTION_OK);
    play_evict(&s.p, pod, EVICTION_OK);
    assert_int_equal(sim_world(s.p.s)->pdbs.items[budgets[0]].healthy, 0);
    assert_int_equal(sim_world(s.p.s)->pdbs.items[budgets[1]].healthy, 1);
    assert_int_equal(sim_world(s.p.s)->pdbs.items[budgets[1]].allowed, 0);
    sim_run(s.p.s, 1000);
    assert_int_equal(sim_world(s.p.s)->pdbs.items[budgets[1]].healthy, 0);
    play_release(&s.p);
}

/* An eviction that a budget remembers although the pod was not deleted counts for two minutes. */
static void test_disrupted_pods_age(void **state)
{
    struct scene s;
    scene_init(&s, 20);
    uint32_t budget = sw_budget(&s.p.w, "cart");
    struct disrupted_pod d = {s.p.w.pods.items[s.pod].name, s.p.w.taken - 50};
    sw_min_available(&s.p.w, budget, 0, false);
    s.p.w.pdbs.items[budget].disrupted = &d;
    s.p.w.pdbs.items[budget].disrupted_count = 1;
    play_start(&s.p);
    assert_int_equal(sim_world(s.p.s)->pdbs.items[budget].healthy, 0);
    sim_run(s.p.s, 70000);
    assert_int_equal(sim_world(s.p.s)->pdbs.items[budget].healthy, 0);
    sim_run(s.p.s, 70001);
    assert_int_equal(sim_world(s.p.s)->pdbs.items[budget].healthy, 1);
    play_release(&s.p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_join),
        cmocka_unit_test(test_launches_are_paced_and_may_fail),
        cmocka_unit_test(test_cordon),
        cmocka_unit_test(test_terminate_under_pods),
        cmocka_unit_test(test_death),
        cmocka_unit_test(test_dead_nodes_get_no_pods),
        cmocka_unit_test(test_taints_are_paced_by_zone),
        cmocka_unit_test(test_bindings_are_paced),
        cmocka_unit_test(test_no_place),
        cmocka_unit_test(test_preemption),
        cmocka_unit_test(test_preemption_is_tried_again),
        cmocka_unit_test(test_budget_comes_back_with_the_replacement),
        cmocka_unit_test(test_budget_is_observed_soon),
        cmocka_unit_test(test_budget_status_lags),
        cmocka_unit_test(test_disrupted_pods_age),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
