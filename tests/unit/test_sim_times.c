/* Parameters: set by name, and taken from what a cluster shows. */
#include "sim/times.h"

#include "base/must.h"
#include "sim/random.h"

#include "sim_world.h"

#include <string.h>

#include "unit.h"

static struct sim_times set(const char *assignment)
{
    struct sim_times t = sim_times_default;
    struct err e = {0};
    assert_int_equal(sim_times_set(&t, assignment, &e), 0);
    return t;
}

static void expect_refused(const char *assignment, const char *message, const char *hint)
{
    struct sim_times t = sim_times_default;
    struct err e = {0};
    assert_int_equal(sim_times_set(&t, assignment, &e), -1);
    assert_int_equal(e.class, ERR_USAGE);
    assert_string_equal(e.msg, message);
    assert_string_equal(e.hint, hint);
    assert_memory_equal(&t, &sim_times_default, sizeof t);
}

static void test_set(void **state)
{
    assert_int_equal(set("pull=30s").pull.p50_ms, 30000);
    assert_int_equal(set("pull=30s").pull.p95_ms, 30000);
    assert_int_equal(set("pull=30s/90s").pull.p50_ms, 30000);
    assert_int_equal(set("pull=30s/90s").pull.p95_ms, 90000);
    assert_int_equal(set(" lb-ready = 1m30s/2m ").lb_ready.p95_ms, 120000);
    assert_int_equal(set("force-detach=5m").force_detach_ms, 300000);
    assert_int_equal(set("node-grace=50s").node_grace_ms, 50000);
    assert_true(set("scheduler-qps=100.5").scheduler_qps == 100.5);
    assert_true(set("controller-qps=0").controller_qps == 0);
    assert_true(set("stuck-detach=0.25").stuck_detach == 0.25);
    assert_true(set("stuck-detach=1").stuck_detach == 1);
    assert_int_equal(set("create=0").create.p50_ms, 0);
}

static void test_refused(void **state)
{
    expect_refused("pull", "'pull' is not of the form NAME=VALUE", "");
    expect_refused("pul=3s", "'pul' is not a time of the simulator", "did you mean 'pull'?");
    expect_refused("zebra=3s", "'zebra' is not a time of the simulator", "");
    expect_refused("pull=quick",
                   "pull: 'quick' is not a time such as 30s, or its median and 95th "
                   "percentile: 30s/90s",
                   "");
    expect_refused("pull=90s/30s",
                   "pull: '90s/30s' is not a time such as 30s, or its median and "
                   "95th percentile: 30s/90s",
                   "");
    expect_refused("pull=25d",
                   "pull: '25d' is not a time such as 30s, or its median and 95th percentile: "
                   "30s/90s",
                   "");
    expect_refused("node-grace=1s/2s", "node-grace: '1s/2s' is not a time such as 6m", "");
    expect_refused("stuck-detach=1.1", "stuck-detach: '1.1' is not a share from 0 to 1", "");
    expect_refused("stuck-detach=.", "stuck-detach: '.' is not a share from 0 to 1", "");
    expect_refused("scheduler-qps=1e3",
                   "scheduler-qps: '1e3' is not a number per second from 0 (no limit) to 1000000",
                   "");
    expect_refused("scheduler-qps=",
                   "scheduler-qps: '' is not a number per second from 0 (no limit) to 1000000", "");
}

/* Every name is taken, and every duration is a duration. */
static void test_names(void **state)
{
    unsigned n = 0;
    char text[64];
    for (const char *name; (name = sim_times_name(n)); n++) {
        strcpy(text, name);
        strcat(text, strstr(name, "qps") || strstr(name, "burst") || strstr(name, "stuck") ? "=1"
                                                                                           : "=1s");
        set(text);
    }
    assert_int_equal(n, 23);
}

static void add_samples(struct world *w, enum world_timing t, unsigned count, uint32_t step)
{
    for (unsigned i = count; i > 0; i--)
        assert_true(vec_push(&w->samples[t], i * step));
}

static void test_calibrate(void **state)
{
    struct world w;
    struct sim_times t;
    unsigned bits = 0;
    sw_init(&w, 20);
    uint32_t node = sw_node(&w, "n", "a");
    struct world_class c = sw_class(&w, "x");
    c.readiness = (struct probe){true, 10, 10, 1};
    uint32_t probed = world_class_put(&w, &c), plain = sw_class_put(&w, "y");
    sw_pod(&w, probed, WORLD_NONE, node);
    sw_pod(&w, probed, WORLD_NONE, node);
    sw_pod(&w, plain, WORLD_NONE, node);
    add_samples(&w, TIMING_PULL, 100, 1000);
    add_samples(&w, TIMING_READY, 20, 1000);     /* 10 s at the median, all of it the probe's */
    add_samples(&w, TIMING_TERMINATE, 21, 1000); /* 11 s, of which 1.5 s are cleaning up */
    add_samples(&w, TIMING_START, 19, 1000);     /* too few */
    add_samples(&w, TIMING_SCHEDULE, 100,
                60000); /* tells how long pods queued: the run finds out */
    sim_times_calibrate(&w, &t, &bits);
    assert_int_equal(bits, 1u << TIMING_PULL | 1u << TIMING_READY | 1u << TIMING_TERMINATE);
    assert_int_equal(t.pull.p50_ms, 50000);
    assert_int_equal(t.pull.p95_ms, 95000);
    assert_int_equal(t.ready.p50_ms, 0);
    assert_int_equal(t.ready.p95_ms, 9000);
    assert_int_equal(t.stop.p50_ms, 11000 - 1500);
    assert_int_equal(t.start.p50_ms, sim_times_default.start.p50_ms);
    assert_int_equal(t.schedule.p50_ms, sim_times_default.schedule.p50_ms);
    world_release(&w);
}

/* Ten seconds mostly, thirty at times: what lies beyond is guessed from few samples, and is not
 * there in many. */
static void test_none_is_longer_than_what_many_took(void **state)
{
    struct world w;
    struct sim_times t;
    struct draws d;
    int64_t longest[2] = {0};
    for (unsigned many = 0; many < 2; many++) {
        sw_init(&w, 20);
        for (unsigned i = 0; i < (many ? 1000 : 100); i++)
            must_push(&w.samples[TIMING_PULL], i % 20 < 18 ? 10000 : 30000 + i % 20);
        sim_times_calibrate(&w, &t, NULL);
        draws_init(&d, &t, 7, true);
        for (unsigned i = 0; i < 10000; i++) {
            int64_t one = draw(&d, DRAW_PULL);
            longest[many] = one > longest[many] ? one : longest[many];
        }
        world_release(&w);
    }
    assert_true(longest[0] > 60000);
    assert_int_equal(longest[1], 30019);
}

/* What is taken off of all samples is taken off of the longest. */
static void test_bound_without_probes(void **state)
{
    struct world w;
    struct sim_times t;
    sw_init(&w, 20);
    for (unsigned i = 0; i < 1000; i++)
        must_push(&w.samples[TIMING_TERMINATE], 5000 + i);
    sim_times_calibrate(&w, &t, NULL);
    assert_int_equal(t.stop.most_ms, 5999 - t.cleanup.p50_ms);
    assert_int_equal(t.pull.most_ms, 0);
    world_release(&w);
}

static void test_cloud(void **state)
{
    struct cloud cloud;
    struct sim_times t = sim_times_default;
    struct cloud_target_group groups[] = {
        {.target_type = "instance", .health_interval_s = 10, .healthy_threshold = 2},
        {.health_interval_s = 10, .healthy_threshold = 2},
        {.target_type = "ip", .health_interval_s = 0, .healthy_threshold = 2},
        {.target_type = "ip", .health_interval_s = -5, .healthy_threshold = 2},
        {.target_type = "ip", .health_interval_s = INT32_MAX, .healthy_threshold = INT32_MAX},
        {.target_type = "ip", .health_interval_s = 10, .healthy_threshold = 5},
        {.target_type = "ip", .health_interval_s = 5, .healthy_threshold = 2},
    };
    cloud_init(&cloud);
    for (unsigned i = 0; i < 5; i++)
        assert_true(vec_push(&cloud.target_groups, groups[i]));
    assert_false(sim_times_of_cloud(&cloud, &t));
    assert_memory_equal(&t, &sim_times_default, sizeof t);
    for (unsigned i = 5; i < 7; i++)
        assert_true(vec_push(&cloud.target_groups, groups[i]));
    assert_true(sim_times_of_cloud(&cloud, &t));
    assert_int_equal(t.lb_ready.p50_ms, 30000);
    assert_int_equal(t.lb_ready.p95_ms, 50000);
    cloud_release(&cloud);
}

static void test_calibrate_without_anything(void **state)
{
    struct world w;
    struct sim_times t;
    unsigned bits = 7;
    world_init(&w);
    sim_times_calibrate(&w, &t, &bits);
    assert_int_equal(bits, 0);
    assert_memory_equal(&t, &sim_times_default, sizeof t);
    add_samples(&w, TIMING_READY, 30, 100);
    sim_times_calibrate(&w, &t, NULL);
    assert_int_equal(t.ready.p50_ms, 1500);
    world_release(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_set),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_calibrate),
        cmocka_unit_test(test_none_is_longer_than_what_many_took),
        cmocka_unit_test(test_bound_without_probes),
        cmocka_unit_test(test_cloud),
        cmocka_unit_test(test_calibrate_without_anything),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
