/* What is under way in a snapshot goes on in the run; the snapshot itself is not touched. */
#include "sim_play.h"
#include "world/apply.h"

#include <string.h>

#include "unit.h"

struct scene {
    struct play p;
    uint32_t a, class;
};

static void scene_init(struct scene *s, uint16_t minor)
{
    play_init(&s->p, minor);
    s->a = sw_node(&s->p.w, "a", "z");
    s->class = sw_class_put(&s->p.w, "cart");
}

static uint32_t add(struct scene *s)
{
    return sw_pod(&s->p.w, s->class, WORLD_NONE, s->a);
}

static void test_deletions_go_on(void **state)
{
    struct scene s;
    scene_init(&s, 20);
    uint32_t soon = add(&s), late = add(&s), stuck = add(&s);
    s.p.w.pods.items[soon].deleting = s.p.w.taken + 12;
    s.p.w.pods.items[late].deleting = s.p.w.taken - 3;
    s.p.w.pods.items[stuck].deleting = s.p.w.taken - 3600; /* a finalizer holds it */
    play_start(&s.p);
    play_end(&s.p);
    assert_int_equal(play_when(&s.p, CHANGE_POD_GONE, soon, 0), 12500);
    assert_int_equal(play_when(&s.p, CHANGE_POD_GONE, late, 0), 500);
    assert_int_equal(play_when(&s.p, CHANGE_POD_GONE, stuck, 0), -1);
    play_release(&s.p);
}

/* Bound and not running yet; running and not Ready yet; not Ready for too long to hope. */
static void test_starts_go_on(void **state)
{
    struct scene s;
    scene_init(&s, 20);
    uint32_t pulling = add(&s), warming = add(&s), broken = add(&s);
    struct world_class other = sw_class(&s.p.w, "other");
    s.p.w.pods.items[pulling].phase = POD_PENDING;
    s.p.w.pods.items[pulling].ready = s.p.w.pods.items[warming].ready = false;
    s.p.w.pods.items[warming].started = s.p.w.taken - 5;
    s.p.w.pods.items[broken].ready = false;
    s.p.w.pods.items[broken].class = world_class_put(&s.p.w, &other);
    play_start(&s.p);
    struct sim_stats stats;
    sim_get_stats(s.p.s, &stats);
    assert_int_equal(stats.not_ready, 3);
    play_end(&s.p);
    assert_int_equal(play_when(&s.p, CHANGE_POD_READY, warming, 0), 200);
    assert_int_equal(play_when(&s.p, CHANGE_POD_READY, pulling, 0), 1010);
    assert_int_equal(play_when(&s.p, CHANGE_POD_READY, broken, 0), -1);
    sim_get_stats(s.p.s, &stats);
    assert_int_equal(stats.not_ready, 1);
    play_release(&s.p);
}

/* A young node that is not Ready joins; an old one is dead. */
static void test_nodes_that_are_not_ready(void **state)
{
    struct scene s;
    scene_init(&s, 20);
    uint32_t young = sw_node(&s.p.w, "y", "z"), dead = sw_node(&s.p.w, "d", "z");
    s.p.w.nodes.items[young].ready = s.p.w.nodes.items[dead].ready = false;
    s.p.w.nodes.items[young].created = s.p.w.taken - 30;
    uint32_t waits = sw_pod(&s.p.w, s.class, WORLD_NONE, young);
    uint32_t lost = sw_pod(&s.p.w, s.class, WORLD_NONE, dead);
    s.p.w.pods.items[waits].phase = POD_PENDING;
    s.p.w.pods.items[waits].ready = false;
    play_start(&s.p);
    sim_delete_pod(s.p.s, lost, -1);
    play_end(&s.p);
    assert_int_equal(play_when(&s.p, CHANGE_NODE_READY, young, 0), 10000);
    assert_int_equal(play_when(&s.p, CHANGE_POD_READY, waits, 0), 11010);
    assert_int_equal(play_when(&s.p, CHANGE_NODE_READY, dead, 0), -1);
    assert_int_equal(play_when(&s.p, CHANGE_POD_GONE, lost, 0), -1);
    play_release(&s.p);
}

/* Runs on a node that is not in the snapshot: the collector takes it. */
static void test_pod_of_a_missing_node(void **state)
{
    struct scene s;
    scene_init(&s, 20);
    uint32_t pod = add(&s);
    world_pod_bind(&s.p.w, pod, WORLD_NONE);
    play_start(&s.p);
    play_end(&s.p);
    assert_int_equal(play_when(&s.p, CHANGE_POD_GONE, pod, 0), 40000);
    assert_int_equal(play_count(&s.p, CHANGE_POD_BOUND), 0);
    play_release(&s.p);
}

static void test_the_snapshot_stays_as_it_is(void **state)
{
    struct scene s;
    struct world before;
    char why[200];
    scene_init(&s, 20);
    uint32_t rs = sw_deployment(&s.p.w, "cart", 2), pods[2];
    for (unsigned i = 0; i < 2; i++)
        pods[i] = sw_pod(&s.p.w, s.class, rs, s.a);
    sw_volume(&s.p.w, pods[0], "data");
    sw_min_available(&s.p.w, sw_budget(&s.p.w, "cart"), 1, false);
    world_copy(&before, &s.p.w);
    play_start(&s.p);
    play_evict(&s.p, pods[0], EVICTION_OK);
    sim_node_die(s.p.s, s.a);
    struct world_node spec = s.p.w.nodes.items[s.a];
    sim_node_start(s.p.s, &spec, false);
    play_end(&s.p);
    assert_true(world_equal(&before, &s.p.w, why, sizeof why));
    world_release(&before);
    play_release(&s.p);
}

static void test_verbs_on_nothing(void **state)
{
    struct scene s;
    scene_init(&s, 20);
    play_start(&s.p);
    sim_delete_pod(s.p.s, 5, -1);
    sim_node_die(s.p.s, 5);
    sim_node_terminate(s.p.s, 5);
    play_evict(&s.p, 5, EVICTION_GONE);
    struct str why = {0};
    sim_why_pending(s.p.s, 5, &why);
    assert_string_equal(str_c(&why), "");
    str_release(&why);
    assert_int_equal(s.p.told.len, 0);
    assert_int_equal(sim_next(s.p.s), INT64_MAX);
    sim_run(s.p.s, 1234);
    assert_int_equal(sim_now(s.p.s), 1234);
    play_release(&s.p);
}

/* Without times of the caller: the cloud's health checks, and the version's grace for nodes. */
static void test_times_of_cloud_and_version(void **state)
{
    struct world w;
    struct cloud cloud = {0};
    struct cloud_target_group groups[] = {
        {.target_type = "ip", .health_interval_s = 10, .healthy_threshold = 2},
        {.target_type = "ip", .health_interval_s = 30, .healthy_threshold = 2},
        {.target_type = "instance", .health_interval_s = 300, .healthy_threshold = 10}};
    static const struct {
        uint16_t minor;
        int64_t unready;
    } rows[] = {{31, 40000}, {32, 50000}};
    cloud_init(&cloud);
    for (unsigned i = 0; i < 3; i++)
        assert_true(vec_push(&cloud.target_groups, groups[i]));
    for (unsigned i = 0; i < 2; i++) {
        sw_init(&w, rows[i].minor);
        struct world_class c = sw_class(&w, "web");
        c.lb_gates = c.readiness_gates = 1;
        uint32_t a = sw_node(&w, "a", "z");
        uint32_t pod = sw_pod(&w, world_class_put(&w, &c), WORLD_NONE, WORLD_NONE);
        struct sim_options o = {0};
        struct sim *s = sim_new(&w, &cloud, &o);
        sim_run(s, sim_times_default.schedule.p50_ms + sim_times_default.start.p50_ms + 39999);
        assert_false(sim_world(s)->pods.items[pod].ready);
        sim_run(s, sim_now(s) + 1);
        assert_true(sim_world(s)->pods.items[pod].ready);
        int64_t died = sim_now(s);
        sim_node_die(s, a);
        sim_run(s, died + rows[i].unready - 1);
        assert_true(sim_world(s)->nodes.items[a].ready);
        sim_run(s, died + rows[i].unready);
        assert_false(sim_world(s)->nodes.items[a].ready);
        sim_free(s);
        world_release(&w);
    }
    cloud_release(&cloud);
}

/* Another version than the world's. */
static void test_version_of_the_options(void **state)
{
    struct scene s;
    scene_init(&s, 20);
    uint32_t pod = add(&s);
    sw_budget(&s.p.w, ""); /* covers all from policy/v1 on, nothing before */
    s.p.o.version = MINOR(30);
    play_start(&s.p);
    play_evict(&s.p, pod, EVICTION_BUDGET);
    play_release(&s.p);
    scene_init(&s, 20);
    pod = add(&s);
    sw_budget(&s.p.w, "");
    play_start(&s.p);
    play_evict(&s.p, pod, EVICTION_OK);
    play_release(&s.p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_deletions_go_on),
        cmocka_unit_test(test_starts_go_on),
        cmocka_unit_test(test_nodes_that_are_not_ready),
        cmocka_unit_test(test_pod_of_a_missing_node),
        cmocka_unit_test(test_the_snapshot_stays_as_it_is),
        cmocka_unit_test(test_verbs_on_nothing),
        cmocka_unit_test(test_times_of_cloud_and_version),
        cmocka_unit_test(test_version_of_the_options),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
