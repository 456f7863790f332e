/* How long a pod takes to become Ready and to end; each part of the way from eviction to Ready. */
#include "sim/kubelet.h"

#include "sim_play.h"

#include "unit.h"

static void test_probe_times(void **state)
{
    static const struct {
        struct probe startup, readiness;
        int64_t ms;
    } rows[] = {
        {{0}, {0}, 0},
        {{0}, {true, 0, 10, 1}, 0},
        {{0}, {true, 5, 10, 1}, 10000},
        {{0}, {true, 10, 10, 1}, 10000},
        {{0}, {true, 11, 10, 1}, 20000},
        {{0}, {true, 0, 10, 3}, 20000},
        {{0}, {true, 7, 5, 2}, 15000},
        {{true, 30, 10, 1}, {0}, 30000},
        {{true, 12, 10, 1}, {true, 0, 15, 1}, 30000}, /* 20 s, then the next readiness probe */
        {{true, 0, 10, 1}, {true, 4, 3, 1}, 6000},
        {{0}, {true, 3, 0, 0}, 3000}, /* a period of nothing is one of 1 s */
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct world_class c = {.startup = rows[i].startup, .readiness = rows[i].readiness};
        assert_int_equal(kubelet_probe_ms(&c), rows[i].ms);
    }
}

static void test_attached_volumes_are_noticed_late(void **state)
{
    static const int64_t rows[][2] = {{0, 0},           {1, 500},         {500, 500},
                                      {501, 1500},      {14400, 15500},   {63501, 127500},
                                      {127501, 249500}, {366900, 371500}, {371501, 493500}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        assert_int_equal(kubelet_notices_ms(rows[i][0]), rows[i][1]);
}

/* preStop and stop share the grace; the program has at least 2 s. */
static void test_stop_times(void **state)
{
    static const struct {
        int32_t prestop_s;
        int grace_s;
        int64_t own, ms;
    } rows[] = {
        {0, 30, 2000, 2000},    {0, 30, 60000, 30000}, {10, 30, 2000, 12000},
        {10, 30, 60000, 30000}, {40, 30, 1000, 31000}, {40, 30, 60000, 32000},
        {29, 30, 60000, 31000}, {-1, 30, 1000, 16000}, {0, 1, 60000, 2000},
        {20, 25, 9000, 25000},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        assert_int_equal(kubelet_stop_ms(rows[i].prestop_s, rows[i].grace_s, rows[i].own),
                         rows[i].ms);
}

/* One pod of a Deployment moves from node a, which is cordoned, to node b. */
struct move {
    struct play p;
    uint32_t a, b, rs, pod;
};

static void move_init(struct move *m, const struct world_class *c)
{
    m->a = sw_node(&m->p.w, "a", "z");
    m->b = sw_node(&m->p.w, "b", "z");
    m->rs = sw_deployment(&m->p.w, "cart", 1);
    m->pod = sw_pod(&m->p.w, world_class_put(&m->p.w, c), m->rs, m->a);
    play_start(&m->p);
    sim_cordon(m->p.s, m->a, true);
    play_evict(&m->p, m->pod, EVICTION_OK);
    play_end(&m->p);
}

static void test_plain_move(void **state)
{
    struct move m;
    play_init(&m.p, 20);
    struct world_class c = sw_class(&m.p.w, "cart");
    move_init(&m, &c);
    uint32_t next = play_newest(&m.p);
    assert_int_equal(play_when(&m.p, CHANGE_POD_DELETING, m.pod, 0), 0);
    assert_int_equal(play_when(&m.p, CHANGE_POD_ADDED, next, 0), 100);
    assert_int_equal(play_when(&m.p, CHANGE_POD_BOUND, next, 0), 100);
    assert_int_equal(play_when(&m.p, CHANGE_POD_OTHER, next, 0), 1110); /* Running */
    assert_int_equal(play_when(&m.p, CHANGE_POD_READY, next, 0), 1110);
    assert_int_equal(play_when(&m.p, CHANGE_POD_GONE, m.pod, 0), 2500);
    const struct world *w = sim_world(m.p.s);
    assert_int_equal(w->pods.items[next].node, m.b);
    assert_int_equal(w->pods.items[next].class, 0);
    assert_int_equal(w->pods.items[next].owner, m.rs);
    assert_true(w->pods.items[next].ready);
    assert_int_equal(w->live_pods, 1);
    assert_int_equal(sim_next(m.p.s), INT64_MAX);
    play_release(&m.p);
}

static void test_every_delay(void **state)
{
    struct move m;
    play_init(&m.p, 20);
    uint32_t images[] = {sw_id(&m.p.w, "img"), sw_id(&m.p.w, "init")};
    struct world_class c = sw_class(&m.p.w, "cart");
    c.images = images;
    c.image_count = 1;
    c.init_image_count = 1;
    c.init_count = 2;
    c.readiness = (struct probe){true, 5, 10, 2};
    c.lb_gates = c.readiness_gates = 1;
    c.prestop_s = 5;
    move_init(&m, &c);
    uint32_t next = play_newest(&m.p);
    int64_t started = 100 + 10 + 5000 + 2 * 500 + 1000;
    assert_int_equal(play_when(&m.p, CHANGE_POD_OTHER, next, 0), started);
    assert_int_equal(play_when(&m.p, CHANGE_POD_READY, next, 0), started + 20000 + 200 + 30000);
    assert_int_equal(play_when(&m.p, CHANGE_POD_GONE, m.pod, 0), 5000 + 2000 + 500);
    play_release(&m.p);
}

/* The second pod finds the image; half of the images costs half of the time. */
static void test_images_are_pulled_once(void **state)
{
    struct play p;
    play_init(&p, 20);
    uint32_t shared[] = {sw_id(&p.w, "one"), sw_id(&p.w, "two")};
    struct world_class c = sw_class(&p.w, "cart"), d = sw_class(&p.w, "till");
    c.images = shared;
    c.image_count = 1;
    d.images = shared;
    d.image_count = 2;
    uint32_t a = sw_node(&p.w, "a", "z"), rs = sw_deployment(&p.w, "cart", 2);
    uint32_t other = sw_deployment(&p.w, "till", 1), pods[3];
    sw_node(&p.w, "b", "z");
    pods[0] = sw_pod(&p.w, world_class_put(&p.w, &c), rs, a);
    pods[1] = sw_pod(&p.w, world_class_put(&p.w, &c), rs, a);
    pods[2] = sw_pod(&p.w, world_class_put(&p.w, &d), other, a);
    play_start(&p);
    sim_cordon(p.s, a, true);
    static const int64_t takes[] = {5000, 0, 2500};
    for (unsigned i = 0; i < 3; i++) {
        int64_t now = sim_now(p.s);
        play_evict(&p, pods[i], EVICTION_OK);
        play_end(&p);
        uint32_t next = play_newest(&p);
        assert_int_equal(sim_world(p.s)->pods.items[next].ready, true);
        int64_t last = 0;
        for (unsigned n = 0; play_when(&p, CHANGE_POD_READY, next, n) >= 0; n++)
            last = play_when(&p, CHANGE_POD_READY, next, n);
        assert_int_equal(last - now, 100 + 10 + takes[i] + 1000);
    }
    play_release(&p);
}

/* A class of which no pod has been Ready for long does not become so by moving. */
static void test_broken_pods_stay_broken(void **state)
{
    struct move m;
    play_init(&m.p, 20);
    struct world_class c = sw_class(&m.p.w, "cart");
    m.a = sw_node(&m.p.w, "a", "z");
    m.b = sw_node(&m.p.w, "b", "z");
    m.pod = sw_pod(&m.p.w, world_class_put(&m.p.w, &c), sw_deployment(&m.p.w, "cart", 1), m.a);
    m.p.w.pods.items[m.pod].ready = false;
    play_start(&m.p);
    sim_cordon(m.p.s, m.a, true);
    play_evict(&m.p, m.pod, EVICTION_OK);
    play_end(&m.p);
    struct sim_stats stats;
    sim_get_stats(m.p.s, &stats);
    assert_int_equal(play_count(&m.p, CHANGE_POD_READY), 0);
    assert_int_equal(stats.not_ready, 1);
    play_release(&m.p);
}

/* Deleted before it started: nothing to stop, only to clean up. Without a node: gone at once. */
static void test_early_ends(void **state)
{
    struct play p;
    play_init(&p, 20);
    uint32_t a = sw_node(&p.w, "a", "z"), class = sw_class_put(&p.w, "x");
    uint32_t bare = sw_pod(&p.w, class, WORLD_NONE, WORLD_NONE);
    play_start(&p);
    sim_run(p.s, 500);
    assert_int_equal(sim_world(p.s)->pods.items[bare].node, a);
    sim_delete_pod(p.s, bare, -1);
    play_end(&p);
    assert_int_equal(play_when(&p, CHANGE_POD_GONE, bare, 0), 1000);
    assert_int_equal(play_count(&p, CHANGE_POD_READY), 0);
    play_release(&p);

    play_init(&p, 20);
    bare = sw_pod(&p.w, sw_class_put(&p.w, "x"), WORLD_NONE, WORLD_NONE);
    play_start(&p);
    sim_run(p.s, 500); /* no node to go to */
    play_evict(&p, bare, EVICTION_OK);
    assert_int_equal(play_when(&p, CHANGE_POD_GONE, bare, 0), 500);
    assert_int_equal(sim_next(p.s), INT64_MAX);
    play_release(&p);
}

/* A second DELETE may shorten the grace, never lengthen it. */
static void test_grace_is_only_shortened(void **state)
{
    struct play p;
    play_init(&p, 20);
    p.times.stop = (struct sim_time){60000, 60000};
    uint32_t pod = sw_pod(&p.w, sw_class_put(&p.w, "x"), WORLD_NONE, sw_node(&p.w, "a", "z"));
    play_start(&p);
    sim_delete_pod(p.s, pod, 20);
    sim_run(p.s, 1000);
    sim_delete_pod(p.s, pod, 600);
    int64_t until = sim_world(p.s)->pods.items[pod].deleting;
    assert_int_equal(until, p.w.taken + 20);
    sim_delete_pod(p.s, pod, 5);
    play_end(&p);
    assert_int_equal(play_when(&p, CHANGE_POD_GONE, pod, 0), 1000 + 5000 + 500);
    play_release(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_probe_times),
        cmocka_unit_test(test_attached_volumes_are_noticed_late),
        cmocka_unit_test(test_stop_times),
        cmocka_unit_test(test_plain_move),
        cmocka_unit_test(test_every_delay),
        cmocka_unit_test(test_images_are_pulled_once),
        cmocka_unit_test(test_broken_pods_stay_broken),
        cmocka_unit_test(test_early_ends),
        cmocka_unit_test(test_grace_is_only_shortened),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
