/* The disruption controller: what a budget's status says, for every form of budget and controller.
 */
#include "sim/pdb.h"

#include "sim_world.h"

#include <string.h>

#include "unit.h"

struct scene {
    struct world w;
    struct budgets b;
    uint32_t node, class, pdb;
};

static void scene_init(struct scene *s, uint16_t minor)
{
    memset(s, 0, sizeof *s);
    sw_init(&s->w, minor);
    s->node = sw_node(&s->w, "n", "a");
    s->class = sw_class_put(&s->w, "cart");
    s->pdb = sw_budget(&s->w, "cart");
}

static void add_pods(struct scene *s, uint32_t owner, unsigned count, bool ready)
{
    for (unsigned i = 0; i < count; i++) {
        uint32_t pod = sw_pod(&s->w, s->class, owner, s->node);
        s->w.pods.items[pod].ready = ready;
    }
}

static struct budget_status status_of(struct scene *s)
{
    struct budget_status st;
    budgets_release(&s->b);
    budgets_init(&s->b, &s->w, s->w.version);
    world_each_pod(&s->w, p)
        budgets_count(&s->b, p, false, 1);
    budgets_learn(&s->b);
    budgets_status(&s->b, s->pdb, &st);
    return st;
}

static void expect(struct scene *s, int32_t expected, int32_t desired, int32_t healthy,
                   int32_t allowed)
{
    struct budget_status st = status_of(s);
    assert_true(st.known);
    assert_int_equal(st.expected, expected);
    assert_int_equal(st.desired, desired);
    assert_int_equal(st.healthy, healthy);
    assert_int_equal(st.allowed, allowed);
}

static void scene_release(struct scene *s)
{
    budgets_release(&s->b);
    world_release(&s->w);
}

/* Percentages round up, for both fields. */
static void test_forms_and_rounding(void **state)
{
    static const struct {
        int min, max; /* -1: not written */
        bool percent;
        int32_t replicas;
        unsigned ready, unready;
        int32_t expected, desired, allowed;
    } rows[] = {
        {2, -1, false, 3, 3, 0, 3, 2, 1},       {3, -1, false, 3, 3, 0, 3, 3, 0},
        {5, -1, false, 3, 3, 0, 3, 5, 0},       {0, -1, false, 3, 3, 0, 3, 0, 3},
        {2, -1, false, 5, 2, 1, 3, 2, 0}, /* pods, not replicas */
        {50, -1, true, 7, 7, 0, 7, 4, 3},       {30, -1, true, 10, 10, 0, 10, 3, 7},
        {100, -1, true, 4, 4, 0, 4, 4, 0},      {0, -1, true, 4, 4, 0, 4, 0, 4},
        {50, -1, true, 7, 3, 1, 7, 4, 0},       {-1, 1, false, 3, 3, 0, 3, 2, 1},
        {-1, 0, false, 3, 3, 0, 3, 3, 0},       {-1, 5, false, 3, 3, 0, 3, 0, 3},
        {-1, 30, true, 4, 4, 0, 4, 2, 2},       {-1, 25, true, 1, 1, 0, 1, 0, 1},
        {-1, 1, true, 100, 100, 0, 100, 99, 1}, {-1, 1, false, 5, 3, 0, 5, 4, 0},
        {-1, 1, false, 0, 1, 0, 0, 0, 0}, /* nothing expected: nothing allowed */
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct scene s;
        scene_init(&s, 20);
        uint32_t rs = sw_deployment(&s.w, "cart", rows[i].replicas);
        add_pods(&s, rs, rows[i].ready, true);
        add_pods(&s, rs, rows[i].unready, false);
        if (rows[i].min >= 0)
            sw_min_available(&s.w, s.pdb, rows[i].min, rows[i].percent);
        else
            sw_max_unavailable(&s.w, s.pdb, rows[i].max, rows[i].percent);
        expect(&s, rows[i].expected, rows[i].desired, (int32_t)rows[i].ready, rows[i].allowed);
        scene_release(&s);
    }
}

static void test_healthy_pods(void **state)
{
    struct scene s;
    scene_init(&s, 20);
    add_pods(&s, sw_deployment(&s.w, "cart", 5), 5, true);
    sw_min_available(&s.w, s.pdb, 2, false);
    s.w.pods.items[0].deleting = 1;
    s.w.pods.items[1].ready = false;
    expect(&s, 5, 2, 3, 1); /* a terminating pod still matches */
    budgets_count(&s.b, 2, false, -1);
    budgets_count(&s.b, 2, true, 1); /* evicted, but not deleted */
    struct budget_status st;
    budgets_status(&s.b, s.pdb, &st);
    assert_int_equal(st.healthy, 2);
    assert_int_equal(s.b.state[s.pdb].held, 1);
    scene_release(&s);
}

/* All controllers of the covered pods count, each once; both ReplicaSets of a Deployment are one.
 */
static void test_controllers_are_added_up(void **state)
{
    struct scene s;
    scene_init(&s, 20);
    uint32_t old_rs = sw_deployment(&s.w, "cart", 4);
    uint32_t new_rs = sw_workload(&s.w, WORKLOAD_REPLICASET, "cart-2", 2);
    uint32_t set = sw_workload(&s.w, WORKLOAD_STATEFULSET, "db", 3);
    uint32_t rc = sw_workload(&s.w, WORKLOAD_REPLICATIONCONTROLLER, "old", 5);
    s.w.workloads.items[new_rs].owner = s.w.workloads.items[old_rs].owner;
    add_pods(&s, old_rs, 2, true);
    add_pods(&s, new_rs, 2, true);
    add_pods(&s, set, 3, true);
    add_pods(&s, rc, 1, true);
    sw_max_unavailable(&s.w, s.pdb, 50, true);
    expect(&s, 12, 6, 8, 2);
    world_pod_remove(&s.w, 7); /* the only one of the ReplicationController */
    expect(&s, 7, 3, 7, 4);
    scene_release(&s);
}

/* A ReplicaSet that something other than a Deployment owns counts by itself. */
static void test_replicaset_of_a_stranger(void **state)
{
    struct scene s;
    scene_init(&s, 20);
    uint32_t rs = sw_workload(&s.w, WORKLOAD_REPLICASET, "roll", 3);
    s.w.workloads.items[rs].foreign_owner = true;
    add_pods(&s, rs, 3, true);
    sw_max_unavailable(&s.w, s.pdb, 1, false);
    expect(&s, 3, 2, 3, 1);
    scene_release(&s);
}

static void test_scale_that_cannot_be_told(void **state)
{
    static const enum workload_kind kinds[] = {WORKLOAD_JOB, WORKLOAD_DAEMONSET};
    for (unsigned i = 0; i < 2; i++) {
        struct scene s;
        scene_init(&s, 20);
        add_pods(&s, sw_workload(&s.w, kinds[i], "x", 3), 3, true);
        add_pods(&s, sw_deployment(&s.w, "cart", 3), 3, true);
        sw_max_unavailable(&s.w, s.pdb, 1, false);
        s.w.pdbs.items[s.pdb].healthy = 7;
        struct budget_status st = status_of(&s);
        assert_false(st.known);
        assert_int_equal(st.allowed, 0);
        assert_int_equal(st.healthy, 7); /* left as it was */
        s.w.pdbs.items[s.pdb].max_unavailable.set = false;
        sw_min_available(&s.w, s.pdb, 4, false); /* asks for no scale */
        expect(&s, 6, 4, 6, 2);
        scene_release(&s);
    }
}

/* A pod without a controller fails the budget before 1.22 and is left out from then on. */
static void test_unmanaged_pods(void **state)
{
    static const uint16_t minors[] = {20, 21, 22, 34};
    for (unsigned i = 0; i < 4; i++) {
        struct scene s;
        scene_init(&s, minors[i]);
        add_pods(&s, WORLD_NONE, 1, true);
        add_pods(&s, sw_deployment(&s.w, "cart", 3), 3, true);
        sw_max_unavailable(&s.w, s.pdb, 1, false);
        struct budget_status st = status_of(&s);
        assert_int_equal(st.known, minors[i] >= 22);
        assert_int_equal(st.allowed, minors[i] >= 22 ? 2 : 0);
        s.w.pods.items[0].owner_gone = true; /* named, but not there: never told */
        assert_false(status_of(&s).known);
        scene_release(&s);
    }
}

/* Only bare pods: expected is 0, so nothing is allowed. */
static void test_only_unmanaged_pods(void **state)
{
    struct scene s;
    scene_init(&s, 34);
    add_pods(&s, WORLD_NONE, 3, true);
    sw_max_unavailable(&s.w, s.pdb, 1, false);
    expect(&s, 0, 0, 3, 0);
    scene_release(&s);
}

/* What a controller of an unknown kind has as its scale is learnt from the status that was read. */
static void test_foreign_controllers(void **state)
{
    struct scene s;
    scene_init(&s, 34);
    uint32_t other = sw_workload(&s.w, WORKLOAD_OTHER, "kafka", 0);
    add_pods(&s, other, 4, true);
    sw_max_unavailable(&s.w, s.pdb, 1, false);
    assert_false(status_of(&s).known);
    struct world_pdb *b = &s.w.pdbs.items[s.pdb];
    b->expected = 5;
    b->desired = 4;
    b->healthy = 4;
    b->allowed = 0;
    expect(&s, 5, 4, 4, 0);
    b->healthy = 5; /* more than desired, yet nothing allowed: the sync had failed */
    assert_false(status_of(&s).known);
    scene_release(&s);
}

static uint32_t covering(struct scene *s, uint32_t pod, uint32_t *out)
{
    status_of(s);
    return budgets_of_pod(&s->b, pod, out, 4);
}

static void test_empty_selector(void **state)
{
    static const struct {
        uint16_t minor;
        bool v1beta1;
        uint32_t covers;
    } rows[] = {{20, false, 1}, {20, true, 1}, {21, false, 2}, {21, true, 1}, {34, false, 2}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct scene s;
        uint32_t found[4];
        scene_init(&s, rows[i].minor);
        uint32_t all = sw_budget(&s.w, "");
        s.w.pdbs.items[all].v1beta1 = rows[i].v1beta1;
        uint32_t pod = sw_pod(&s.w, s.class, WORLD_NONE, s.node);
        assert_int_equal(covering(&s, pod, found), rows[i].covers);
        assert_int_equal(found[0], s.pdb);
        scene_release(&s);
    }
}

static void test_who_is_covered(void **state)
{
    struct scene s;
    uint32_t found[4];
    scene_init(&s, 34);
    struct world_class other = sw_class(&s.w, "cart"), bare = sw_class(&s.w, "x");
    other.ns = sw_id(&s.w, "elsewhere");
    bare.labels = (struct labels){0};
    uint32_t here = sw_pod(&s.w, s.class, WORLD_NONE, s.node);
    uint32_t there = sw_pod(&s.w, world_class_put(&s.w, &other), WORLD_NONE, s.node);
    uint32_t unlabelled = sw_pod(&s.w, world_class_put(&s.w, &bare), WORLD_NONE, s.node);
    assert_int_equal(covering(&s, here, found), 1);
    assert_int_equal(covering(&s, there, found), 0);
    sw_budget(&s.w, "");
    assert_int_equal(covering(&s, unlabelled, found), 1);
    s.w.version = MINOR(20);
    assert_int_equal(covering(&s, unlabelled, found), 0);
    s.w.pdbs.items[s.pdb].selector.nothing = true; /* an invalid selector */
    assert_int_equal(covering(&s, here, found), 0);
    scene_release(&s);
}

/* A budget for one pod of a StatefulSet, by the label that only this pod has. */
static void test_budget_of_one_pod(void **state)
{
    struct scene s;
    uint32_t found[4];
    scene_init(&s, 34);
    uint32_t set = sw_workload(&s.w, WORKLOAD_STATEFULSET, "db", 3), pods[3];
    for (int i = 0; i < 3; i++)
        pods[i] = sw_set_pod(&s.w, s.class, set, i, s.node);
    uint32_t one = sw_budget(&s.w, "db-1");
    struct requirement *r = (struct requirement *)s.w.pdbs.items[one].selector.items;
    r->key = sw_id(&s.w, "statefulset.kubernetes.io/pod-name");
    sw_min_available(&s.w, one, 1, false);
    assert_int_equal(covering(&s, pods[0], found), 1);
    assert_int_equal(covering(&s, pods[1], found), 2);
    assert_int_equal(found[1], one);
    assert_int_equal(s.b.state[one].matching, 1);
    scene_release(&s);
}

/* Writes are limited; a budget that changed often is written once. */
static void test_writes_are_paced(void **state)
{
    struct scene s;
    scene_init(&s, 34);
    uint32_t second = sw_budget(&s.w, "");
    add_pods(&s, sw_deployment(&s.w, "cart", 3), 3, true);
    status_of(&s);
    s.b.writes = rate_of(1, 1);
    assert_int_equal(budgets_next_dirty(&s.b, 0), s.pdb);
    rate_take(&s.b.writes, 0);
    assert_int_equal(budgets_next_dirty(&s.b, 999), WORLD_NONE);
    assert_int_equal(budgets_next_dirty(&s.b, 1000), second);
    assert_int_equal(budgets_next_dirty(&s.b, 1000), WORLD_NONE);
    scene_release(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_forms_and_rounding),
        cmocka_unit_test(test_healthy_pods),
        cmocka_unit_test(test_controllers_are_added_up),
        cmocka_unit_test(test_replicaset_of_a_stranger),
        cmocka_unit_test(test_scale_that_cannot_be_told),
        cmocka_unit_test(test_unmanaged_pods),
        cmocka_unit_test(test_only_unmanaged_pods),
        cmocka_unit_test(test_foreign_controllers),
        cmocka_unit_test(test_empty_selector),
        cmocka_unit_test(test_who_is_covered),
        cmocka_unit_test(test_budget_of_one_pod),
        cmocka_unit_test(test_writes_are_paced),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
