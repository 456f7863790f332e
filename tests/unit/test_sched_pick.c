/*
 * How many nodes are looked at, where the scan goes on, how ties are broken, what nominated pods
 * do, and that a preemption chooses as kube-scheduler does.
 */
#include "sched_ask.h"
#include "world_build.h"

#include <stdio.h>

static void many_nodes(struct world *w, unsigned n)
{
    static const char *const zones[] = {"a", "b", "c"};
    char name[16];
    build_world(w, 0);
    for (unsigned i = 0; i < n; i++) {
        snprintf(name, sizeof name, "n%u", i);
        build_node(w, &(struct build_node){.name = name, .zone = zones[i * 3 / n]});
    }
}

static uint32_t waiting(struct world *w, const struct build_class *c)
{
    return build_pod(w, build_class(w, c), WORLD_NONE);
}

/* ---- sampling ---- */

static void test_how_many_nodes_are_enough(void **state)
{
    static const struct {
        unsigned nodes, percentage, enough;
    } rows[] = {
        {50, 0, 50},     {99, 0, 99},    {100, 0, 100},     {150, 0, 100},
        {1000, 0, 420},  {2500, 0, 750}, {5000, 0, 500},    {10000, 0, 500},
        {1000, 30, 300}, {1000, 5, 100}, {1000, 100, 1000},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct sched_options o = {.seed = 1, .percentage = rows[i].percentage};
        struct sched_choice c;
        struct world w;
        many_nodes(&w, rows[i].nodes);
        uint32_t pod = waiting(&w, &(struct build_class){0});
        struct sched *s = sched_new(&w, &o);
        sched_pick(s, pod, &c);
        if (c.feasible != rows[i].enough || c.evaluated != rows[i].enough)
            fail_msg("%u nodes: %u feasible of %u", rows[i].nodes, c.feasible, c.evaluated);
        sched_free(s);
        world_release(&w);
    }
}

/* Every node is offered before any is offered again. */
static void test_the_scan_goes_on_where_it_stopped(void **state)
{
    enum { NODES = 300, ENOUGH = 100 };
    struct world w;
    struct sched_choice c;
    many_nodes(&w, NODES);
    struct sched *s = sched_new(&w, &(struct sched_options){.seed = 3, .percentage = 1});
    uint32_t class = build_class(&w, &(struct build_class){.cpu = 3000});
    sched_free(s);
    s = sched_new(&w, &(struct sched_options){.seed = 3, .percentage = 1});
    /* A node holds one such pod: 300 pods find a node each, in whatever order. */
    for (uint32_t i = 0; i < NODES; i++) {
        uint32_t pod = build_pod(&w, class, WORLD_NONE);
        sched_change(s, &(struct world_change){CHANGE_POD_ADDED, pod});
        sched_pick(s, pod, &c);
        assert_int_not_equal(c.node, WORLD_NONE);
        assert_true(c.feasible <= ENOUGH);
        world_pod_bind(&w, pod, c.node);
        sched_change(s, &(struct world_change){CHANGE_POD_BOUND, pod});
    }
    uint32_t late = build_pod(&w, class, WORLD_NONE);
    sched_pick(s, late, &c);
    assert_int_equal(c.node, WORLD_NONE);
    assert_int_equal(c.evaluated, NODES);
    sched_free(s);
    world_release(&w);
}

/* The first hundred of three hundred nodes, of which each zone has a hundred in a row, come from
 * all zones alike. */
static void test_zones_take_turns(void **state)
{
    enum { NODES = 300 };
    struct world w;
    struct sched_choice c;
    unsigned seen[3] = {0};
    many_nodes(&w, NODES);
    uint32_t pod = waiting(&w, &(struct build_class){0});
    for (uint64_t seed = 0; seed < 300; seed++) {
        struct sched *s = sched_new(&w, &(struct sched_options){.seed = seed, .percentage = 1});
        sched_pick(s, pod, &c);
        seen[c.node * 3 / NODES]++;
        assert_true(c.node % 100 < 36);
        sched_free(s);
    }
    for (int i = 0; i < 3; i++)
        assert_in_range(seen[i], 60, 140);
    world_release(&w);
}

static void test_same_seed_same_choice(void **state)
{
    struct world w;
    struct sched_choice a, b;
    bool differs = false;
    many_nodes(&w, 60);
    uint32_t pod = waiting(&w, &(struct build_class){0});
    for (uint64_t seed = 0; seed < 20; seed++) {
        struct sched *s = sched_new(&w, &(struct sched_options){.seed = seed});
        struct sched *t = sched_new(&w, &(struct sched_options){.seed = seed});
        for (int i = 0; i < 5; i++) {
            sched_pick(s, pod, &a);
            sched_pick(t, pod, &b);
            assert_int_equal(a.node, b.node);
            differs |= a.node != 0;
        }
        sched_free(s);
        sched_free(t);
    }
    assert_true(differs);
    world_release(&w);
}

/* ---- topologies of many values, and nodes that come and go ---- */

static void test_many_values_of_a_key(void **state)
{
    enum { NODES = 150 };
    char name[16], label[32];
    struct build_class c = {.labels = "app=a", .cpu = 10};
    struct world w;
    struct sched_choice choice;
    build_world(&w, 0);
    for (unsigned i = 0; i < NODES; i++) {
        snprintf(name, sizeof name, "n%u", i);
        snprintf(label, sizeof label, "rack=r%u", i / 2);
        build_node(&w, &(struct build_node){.name = name, .labels = label});
    }
    c.spreads[0] = (struct build_spread){.pods = "app=a", .key = "rack"};
    c.anti_affinity[0] = (struct build_term){.pods = "app=a", .key = "rack"};
    c.repulsion[0] = (struct build_term){.pods = "app=a", .key = "rack", .weight = 1};
    uint32_t class = build_class(&w, &c);
    struct sched *s = sched_new(&w, &(struct sched_options){.seed = 5, .percentage = 100});
    for (unsigned i = 0; i < NODES / 2; i++) {
        uint32_t pod = build_pod(&w, class, WORLD_NONE);
        sched_pick(s, pod, &choice);
        assert_int_equal(choice.feasible, NODES - 2 * i);
        world_pod_bind(&w, pod, choice.node);
        sched_change(s, &(struct world_change){CHANGE_POD_BOUND, pod});
    }
    sched_pick(s, build_pod(&w, class, WORLD_NONE), &choice);
    assert_int_equal(choice.feasible, 0);
    sched_free(s);
    world_release(&w);
}

static void test_nodes_come_and_go(void **state)
{
    char name[16];
    struct world w;
    struct sched_choice c;
    many_nodes(&w, 10);
    uint32_t pod = waiting(&w, &(struct build_class){.cpu = 100});
    struct sched *s = sched_new(&w, &(struct sched_options){.seed = 1, .percentage = 100});
    for (unsigned i = 0; i < 500; i++) {
        snprintf(name, sizeof name, "new%u", i);
        uint32_t node = build_node(&w, &(struct build_node){.name = name, .zone = "z"});
        sched_change(s, &(struct world_change){CHANGE_NODE_ADDED, node});
        if (i % 50 == 0) {
            sched_pick(s, pod, &c);
            assert_int_equal(c.feasible, 11 + i);
        }
    }
    for (uint32_t node = 0; node < 505; node++) {
        sched_change(s, &(struct world_change){CHANGE_NODE_GONE, node});
        world_node_remove(&w, node);
    }
    sched_pick(s, pod, &c);
    assert_int_equal(c.feasible, 5);
    sched_free(s);
    world_release(&w);
}

/* A class, a workload or a service that was not there when the world was indexed. */
static void test_new_classes_are_learnt(void **state)
{
    struct world w;
    struct sched_choice c;
    many_nodes(&w, 3);
    struct sched *s = sched_new(&w, &(struct sched_options){.seed = 1});
    uint32_t pod = waiting(&w, &(struct build_class){.cpu = 5000});
    sched_change(s, &(struct world_change){CHANGE_POD_ADDED, pod});
    sched_pick(s, pod, &c);
    assert_int_equal(c.node, WORLD_NONE);
    struct build_class away = {.labels = "app=a", .cpu = 100};
    away.anti_affinity[0].pods = "app=a";
    for (int i = 0; i < 4; i++) {
        uint32_t one = waiting(&w, &away);
        sched_change(s, &(struct world_change){CHANGE_POD_ADDED, one});
        sched_pick(s, one, &c);
        assert_int_equal(c.feasible, 3 - i);
        if (c.node != WORLD_NONE)
            world_pod_bind(&w, one, c.node);
        sched_change(s, &(struct world_change){CHANGE_POD_BOUND, one});
    }
    sched_free(s);
    world_release(&w);
}

/* ---- nominated pods ---- */

static void test_room_is_kept_for_nominated_pods(void **state)
{
    struct world w;
    struct sched_choice c;
    build_world(&w, 0);
    uint32_t node = build_node(&w, &(struct build_node){.name = "n", .cpu = 1000});
    uint32_t high = waiting(&w, &(struct build_class){.cpu = 800, .priority = 5});
    uint32_t equal = waiting(&w, &(struct build_class){.labels = "a=b", .cpu = 800, .priority = 5});
    uint32_t low = waiting(&w, &(struct build_class){.cpu = 800});
    uint32_t top = waiting(&w, &(struct build_class){.cpu = 800, .priority = 9});
    w.pods.items[high].nominated = node;
    struct sched *s = ask_new(&w, 20);
    sched_pick(s, low, &c);
    assert_int_equal(c.node, WORLD_NONE);
    sched_pick(s, equal, &c);
    assert_int_equal(c.node, WORLD_NONE);
    sched_pick(s, top, &c); /* more important ones need not wait */
    assert_int_equal(c.node, node);
    sched_pick(s, high, &c);
    assert_int_equal(c.node, node);
    w.pods.items[high].nominated = WORLD_NONE;
    sched_change(s, &(struct world_change){CHANGE_POD_OTHER, high});
    sched_pick(s, low, &c);
    assert_int_equal(c.node, node);
    sched_free(s);
    world_release(&w);
}

static void test_nominated_node_is_tried_first_since_1_22(void **state)
{
    struct world w;
    struct sched_choice c;
    many_nodes(&w, 20);
    uint32_t pod = waiting(&w, &(struct build_class){.cpu = 100});
    w.pods.items[pod].nominated = 13;
    struct sched *s = ask_new(&w, 22);
    sched_pick(s, pod, &c);
    assert_int_equal(c.node, 13);
    assert_int_equal(c.feasible, 1);
    sched_free(s);
    s = ask_new(&w, 21);
    sched_pick(s, pod, &c);
    assert_int_equal(c.feasible, 20);
    sched_free(s);
    world_release(&w);
}

/* ---- preemption ---- */

static uint32_t running(struct world *w, uint32_t node, int32_t priority, int64_t cpu,
                        int64_t since)
{
    struct build_class c = {.labels = "app=low", .cpu = cpu, .priority = priority};
    uint32_t pod = build_pod(w, build_class(w, &c), node);
    w->pods.items[pod].started = since;
    return pod;
}

static uint32_t node_of(struct world *w, const char *name)
{
    return build_node(w, &(struct build_node){.name = name, .cpu = 1000});
}

static void expect_preemption(struct world *w, uint32_t pod, unsigned minor, uint32_t node,
                              const uint32_t *victims, uint32_t count)
{
    struct sched *s = ask_new(w, minor);
    struct sched_preemption p;
    sched_preempt(s, pod, &p);
    if (p.node != node || p.victims.len != count)
        fail_msg("1.%u: node %u with %zu victims, expected node %u with %u", minor, p.node,
                 p.victims.len, node, count);
    for (uint32_t i = 0; i < count; i++)
        assert_int_equal(p.victims.items[i], victims[i]);
    sched_preemption_release(&p);
    sched_free(s);
}

#define EXPECT_PREEMPTION(w, pod, node, ...)                                                       \
    do {                                                                                           \
        const uint32_t victims_[] = {__VA_ARGS__};                                                 \
        expect_preemption(w, pod, 20, node, victims_, ARRAY_LEN(victims_));                        \
        expect_preemption(w, pod, 34, node, victims_, ARRAY_LEN(victims_));                        \
    } while (0)

static void test_only_as_many_victims_as_needed(void **state)
{
    struct world w;
    build_world(&w, 0);
    uint32_t n = node_of(&w, "n");
    running(&w, n, 2, 300, 10);
    uint32_t low = running(&w, n, 1, 300, 20);
    running(&w, n, 1, 300, 10); /* as important, but there for longer: it stays */
    uint32_t pod = waiting(&w, &(struct build_class){.cpu = 400, .priority = 5});
    EXPECT_PREEMPTION(&w, pod, n, low);
    world_release(&w);
}

static void test_the_choices_in_order(void **state)
{
    struct world w;
    uint32_t pod, a, b, first, second;
    /* Lowest top victim. */
    build_world(&w, 0);
    a = node_of(&w, "a");
    b = node_of(&w, "b");
    running(&w, a, 4, 900, 1);
    first = running(&w, b, 3, 900, 1);
    pod = waiting(&w, &(struct build_class){.cpu = 500, .priority = 5});
    EXPECT_PREEMPTION(&w, pod, b, first);
    world_release(&w);
    /* Smallest sum of priorities, and with it the fewest victims of a kind. */
    build_world(&w, 0);
    a = node_of(&w, "a");
    b = node_of(&w, "b");
    running(&w, a, 3, 450, 1);
    running(&w, a, 2, 450, 1);
    first = running(&w, b, 3, 450, 1);
    second = running(&w, b, 1, 450, 1);
    pod = waiting(&w, &(struct build_class){.cpu = 800, .priority = 5});
    EXPECT_PREEMPTION(&w, pod, b, first, second);
    world_release(&w);
    /* The latest start of the most important victims. */
    build_world(&w, 0);
    a = node_of(&w, "a");
    b = node_of(&w, "b");
    running(&w, a, 1, 900, 100);
    first = running(&w, b, 1, 900, 200);
    pod = waiting(&w, &(struct build_class){.cpu = 500, .priority = 5});
    EXPECT_PREEMPTION(&w, pod, b, first);
    world_release(&w);
}

static void test_budgets_are_a_preference(void **state)
{
    struct world w;
    build_world(&w, 0);
    uint32_t a = node_of(&w, "a"), b = node_of(&w, "b");
    uint32_t guarded = running(&w, a, 1, 900, 1);
    struct build_class c = {.labels = "app=other", .cpu = 900, .priority = 3};
    uint32_t other = build_pod(&w, build_class(&w, &c), b);
    build_pdb(&w, "shop", "app=low", 0);
    uint32_t pod = waiting(&w, &(struct build_class){.cpu = 500, .priority = 5});
    EXPECT_PREEMPTION(&w, pod, b, other); /* although it is more important */
    w.nodes.items[b].unschedulable = true;
    EXPECT_PREEMPTION(&w, pod, a, guarded); /* rather than not at all */
    world_release(&w);
}

/* Those under a budget are spared first. */
static void test_guarded_pods_are_reprieved_first(void **state)
{
    struct world w;
    build_world(&w, 0);
    uint32_t n = node_of(&w, "n");
    running(&w, n, 1, 450, 1);
    struct build_class c = {.labels = "app=other", .cpu = 450, .priority = 3};
    uint32_t other = build_pod(&w, build_class(&w, &c), n);
    build_pdb(&w, "shop", "app=low", 0);
    uint32_t pod = waiting(&w, &(struct build_class){.cpu = 500, .priority = 5});
    EXPECT_PREEMPTION(&w, pod, n, other);
    world_release(&w);
}

static void expect_none(struct world *w, uint32_t pod)
{
    expect_preemption(w, pod, 20, WORLD_NONE, NULL, 0);
    expect_preemption(w, pod, 34, WORLD_NONE, NULL, 0);
}

static void test_when_preemption_is_not_tried(void **state)
{
    struct world w;
    build_world(&w, 0);
    uint32_t n = node_of(&w, "n");
    uint32_t low = running(&w, n, 1, 900, 1);
    uint32_t pod = waiting(&w, &(struct build_class){.cpu = 500, .priority = 5});
    uint32_t never =
        waiting(&w, &(struct build_class){.cpu = 500, .priority = 5, .preempt_never = true});
    uint32_t equal = waiting(&w, &(struct build_class){.cpu = 500, .priority = 1});
    uint32_t huge = waiting(&w, &(struct build_class){.cpu = 5000, .priority = 5});
    uint32_t picky =
        waiting(&w, &(struct build_class){.cpu = 500, .priority = 5, .node_selector = "disk=ssd"});
    EXPECT_PREEMPTION(&w, pod, n, low);
    expect_none(&w, never);
    expect_none(&w, equal);
    expect_none(&w, huge);
    expect_none(&w, picky);
    /* Its victim is on its way out: wait for that. */
    w.pods.items[low].deleting = 1;
    w.pods.items[pod].nominated = n;
    expect_none(&w, pod);
    world_release(&w);
}

static void test_preemption_makes_room_between_pods_too(void **state)
{
    struct build_class against = {.labels = "app=x", .priority = 5};
    struct world w;
    build_world(&w, 0);
    uint32_t n = node_of(&w, "n");
    uint32_t low = running(&w, n, 1, 100, 1);
    running(&w, n, 9, 100, 1);
    against.anti_affinity[0].pods = "app=low";
    uint32_t pod = waiting(&w, &against);
    expect_none(&w, pod); /* one of them is more important */
    world_pod_remove(&w, low + 1);
    EXPECT_PREEMPTION(&w, pod, n, low);
    world_release(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_how_many_nodes_are_enough),
        cmocka_unit_test(test_the_scan_goes_on_where_it_stopped),
        cmocka_unit_test(test_zones_take_turns),
        cmocka_unit_test(test_same_seed_same_choice),
        cmocka_unit_test(test_many_values_of_a_key),
        cmocka_unit_test(test_nodes_come_and_go),
        cmocka_unit_test(test_new_classes_are_learnt),
        cmocka_unit_test(test_room_is_kept_for_nominated_pods),
        cmocka_unit_test(test_nominated_node_is_tried_first_since_1_22),
        cmocka_unit_test(test_only_as_many_victims_as_needed),
        cmocka_unit_test(test_the_choices_in_order),
        cmocka_unit_test(test_budgets_are_a_preference),
        cmocka_unit_test(test_guarded_pods_are_reprieved_first),
        cmocka_unit_test(test_when_preemption_is_not_tried),
        cmocka_unit_test(test_preemption_makes_room_between_pods_too),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
