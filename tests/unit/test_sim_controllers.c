/* Who creates what when a pod goes: each controller, in its order. */
#include "sim_play.h"

#include <stdio.h>
#include <string.h>

#include "unit.h"

struct scene {
    struct play p;
    uint32_t a, b, class;
};

static void scene_init(struct scene *s, uint16_t minor)
{
    play_init(&s->p, minor);
    s->a = sw_node(&s->p.w, "a", "z");
    s->b = sw_node(&s->p.w, "b", "z");
    s->class = sw_class_put(&s->p.w, "cart");
}

static const struct world_pod *pod_at(struct scene *s, uint32_t pod)
{
    return &sim_world(s->p.s)->pods.items[pod];
}

/* ---- ReplicaSets ---- */

/* Two go in one moment: the second creation waits for the first one's request. */
static void test_replicas_slow_start(void **state)
{
    struct scene s;
    uint32_t pods[4];
    scene_init(&s, 20);
    uint32_t rs = sw_deployment(&s.p.w, "cart", 4);
    for (unsigned i = 0; i < 4; i++)
        pods[i] = sw_pod(&s.p.w, s.class, rs, s.a);
    play_start(&s.p);
    for (unsigned i = 0; i < 4; i++)
        play_evict(&s.p, pods[i], EVICTION_OK);
    play_end(&s.p);
    static const int64_t expected[] = {100, 120, 120, 140};
    unsigned n = 0;
    for (size_t i = 0; i < s.p.told.len; i++)
        if (s.p.told.items[i].c.kind == CHANGE_POD_ADDED)
            assert_int_equal(s.p.told.items[i].at, expected[n++]);
    assert_int_equal(n, 4);
    assert_int_equal(sim_world(s.p.s)->live_pods, 4);
    play_release(&s.p);
}

static void test_controller_limit(void **state)
{
    struct scene s;
    uint32_t pods[5];
    scene_init(&s, 20);
    s.p.times.controller_qps = 10;
    s.p.times.controller_burst = 2;
    s.p.times.api_call = (struct sim_time){0, 0};
    uint32_t rs = sw_deployment(&s.p.w, "cart", 5);
    for (unsigned i = 0; i < 5; i++)
        pods[i] = sw_pod(&s.p.w, s.class, rs, s.a);
    play_start(&s.p);
    for (unsigned i = 0; i < 5; i++)
        play_evict(&s.p, pods[i], EVICTION_OK);
    play_end(&s.p);
    static const int64_t expected[] = {100, 100, 200, 300, 400};
    unsigned n = 0;
    for (size_t i = 0; i < s.p.told.len; i++)
        if (s.p.told.items[i].c.kind == CHANGE_POD_ADDED)
            assert_int_equal(s.p.told.items[i].at, expected[n++]);
    play_release(&s.p);
}

static void test_no_more_than_replicas(void **state)
{
    struct scene s;
    scene_init(&s, 20);
    uint32_t rs = sw_deployment(&s.p.w, "cart", 1);
    uint32_t first = sw_pod(&s.p.w, s.class, rs, s.a), second = sw_pod(&s.p.w, s.class, rs, s.a);
    play_start(&s.p);
    play_evict(&s.p, first, EVICTION_OK);
    play_end(&s.p);
    assert_int_equal(play_count(&s.p, CHANGE_POD_ADDED), 0);
    play_evict(&s.p, second, EVICTION_OK);
    play_end(&s.p);
    assert_int_equal(play_count(&s.p, CHANGE_POD_ADDED), 1);
    play_release(&s.p);
}

/* What is missing when the run begins is created at once, from the template. */
static void test_missing_replicas_are_made(void **state)
{
    struct scene s;
    scene_init(&s, 20);
    uint32_t rs = sw_deployment(&s.p.w, "cart", 3);
    s.p.w.workloads.items[rs].template = s.class;
    play_start(&s.p);
    play_end(&s.p);
    assert_int_equal(play_count(&s.p, CHANGE_POD_READY), 3);
    play_release(&s.p);
}

/* … unless the pods may only be missing in the snapshot. */
static void test_missing_replicas_of_a_snapshot_with_gaps(void **state)
{
    struct scene s;
    uint32_t pods[2];
    scene_init(&s, 20);
    uint32_t rs = sw_deployment(&s.p.w, "cart", 3);
    s.p.w.workloads.items[rs].template = s.class;
    uint32_t set = sw_workload(&s.p.w, WORKLOAD_STATEFULSET, "db", 2);
    s.p.w.workloads.items[set].template = s.class;
    pods[0] = sw_pod(&s.p.w, s.class, rs, s.a);
    pods[1] = sw_set_pod(&s.p.w, s.class, set, 1, s.a);
    world_note(&s.p.w, SV("Pod"), WORLD_NOTE_GAP "forbidden");
    play_start(&s.p);
    play_end(&s.p);
    assert_int_equal(s.p.told.len, 0);
    play_evict(&s.p, pods[0], EVICTION_OK);
    play_end(&s.p);
    play_evict(&s.p, pods[1], EVICTION_OK);
    play_end(&s.p);
    assert_int_equal(play_count(&s.p, CHANGE_POD_ADDED), 2);
    assert_int_equal(pod_at(&s, play_newest(&s.p))->ordinal, 1);
    play_release(&s.p);
}

static void test_nothing_in_a_dying_namespace(void **state)
{
    struct scene s;
    scene_init(&s, 20);
    struct world_namespace ns = {.name = sw_id(&s.p.w, "shop"), .used = true, .terminating = true};
    assert_true(vec_push(&s.p.w.namespaces, ns));
    uint32_t pod = sw_pod(&s.p.w, s.class, sw_deployment(&s.p.w, "cart", 1), s.a);
    play_start(&s.p);
    play_evict(&s.p, pod, EVICTION_OK);
    play_end(&s.p);
    assert_int_equal(play_count(&s.p, CHANGE_POD_ADDED), 0);
    play_release(&s.p);
}

/* ---- nobody, and somebody unknown ---- */

static void test_bare_pods_are_lost(void **state)
{
    struct scene s;
    scene_init(&s, 20);
    uint32_t bare = sw_pod(&s.p.w, s.class, WORLD_NONE, s.a);
    uint32_t orphan = sw_pod(&s.p.w, s.class, WORLD_NONE, s.a);
    s.p.w.pods.items[orphan].owner_gone = true;
    play_start(&s.p);
    play_evict(&s.p, bare, EVICTION_OK);
    play_evict(&s.p, orphan, EVICTION_OK);
    play_end(&s.p);
    assert_int_equal(play_count(&s.p, CHANGE_POD_ADDED), 0);
    assert_int_equal(sim_world(s.p.s)->live_pods, 0);
    play_release(&s.p);
}

static void test_unknown_controllers_are_taken_as_replicas(void **state)
{
    struct scene s;
    struct sim_stats stats;
    scene_init(&s, 20);
    uint32_t one = sw_pod(&s.p.w, s.class, sw_workload(&s.p.w, WORKLOAD_OTHER, "k", 0), s.a);
    uint32_t two = sw_pod(&s.p.w, s.class, WORLD_NONE, s.a);
    s.p.w.pods.items[two].foreign_owner = true;
    play_start(&s.p);
    play_evict(&s.p, one, EVICTION_OK);
    play_evict(&s.p, two, EVICTION_OK);
    play_end(&s.p);
    sim_get_stats(s.p.s, &stats);
    assert_int_equal(play_count(&s.p, CHANGE_POD_READY), 2);
    assert_int_equal(stats.assumed, 2);
    assert_true(pod_at(&s, play_newest(&s.p))->foreign_owner);
    play_release(&s.p);
}

/* ---- StatefulSets ---- */

static uint32_t add_set(struct scene *s, int32_t replicas, bool parallel, uint32_t *pods)
{
    uint32_t set = sw_workload(&s->p.w, WORKLOAD_STATEFULSET, "db", replicas);
    s->p.w.workloads.items[set].parallel = parallel;
    for (int32_t i = 0; i < replicas; i++)
        pods[i] = sw_set_pod(&s->p.w, s->class, set, i, s->a);
    return set;
}

/* The order in which ordinals were created, and when: "2@2600 0@…". */
static void births_of(struct scene *s, char *out, size_t cap)
{
    size_t at = 0;
    *out = '\0';
    for (size_t i = 0; i < s->p.told.len; i++) {
        const struct play_change *t = &s->p.told.items[i];
        if (t->c.kind == CHANGE_POD_ADDED)
            at += (size_t)snprintf(out + at, cap - at, "%d@%lld ", pod_at(s, t->c.index)->ordinal,
                                   (long long)t->at);
    }
}

static void expect_births(struct scene *s, const char *expected)
{
    char births[256];
    births_of(s, births, sizeof births);
    assert_string_equal(births, expected);
}

/* Missing in the snapshot: made under its name, with the claim that it left behind. */
static void test_missing_ordinal_finds_its_claim(void **state)
{
    struct scene s;
    uint32_t pods[2];
    scene_init(&s, 20);
    uint32_t set = add_set(&s, 2, false, pods);
    uint32_t template = sw_id(&s.p.w, "data"), name = sw_id(&s.p.w, "db-0");
    s.p.w.workloads.items[set].claim_templates = &template;
    s.p.w.workloads.items[set].claim_template_count = 1;
    uint32_t pv = sw_volume(&s.p.w, pods[0], "data-db-0");
    world_pod_remove(&s.p.w, pods[0]);
    play_start(&s.p);
    play_end(&s.p);
    expect_births(&s, "0@100 ");
    const struct world_pod *p = pod_at(&s, play_newest(&s.p));
    const struct world *w = sim_world(s.p.s);
    assert_int_equal(p->name, name);
    assert_int_equal(p->claim_count, 1);
    assert_int_equal(w->pvcs.items[w->pod_claims.items[p->claims]].pv, pv);
    play_release(&s.p);
}

/* Same name, same claims, only when the old object is gone. */
static void test_set_pod_comes_back_as_itself(void **state)
{
    struct scene s;
    uint32_t pods[2];
    scene_init(&s, 20);
    add_set(&s, 2, false, pods);
    sw_volume(&s.p.w, pods[1], "data-db-1");
    uint32_t name = s.p.w.pods.items[pods[1]].name, claims = s.p.w.pods.items[pods[1]].claims;
    play_start(&s.p);
    play_evict(&s.p, pods[1], EVICTION_OK);
    play_end(&s.p);
    expect_births(&s, "1@2600 ");
    const struct world_pod *p = pod_at(&s, play_newest(&s.p));
    assert_int_equal(p->name, name);
    assert_int_equal(p->claims, claims);
    assert_int_equal(p->claim_count, 1);
    assert_true(p->ready);
    play_release(&s.p);
}

/* 0 and 2 go; 2 is gone first, but waits until 0 is Ready again. */
static void test_ordered_set_waits_for_lower_ordinals(void **state)
{
    struct scene s;
    uint32_t pods[3];
    scene_init(&s, 20);
    add_set(&s, 3, false, pods);
    play_start(&s.p);
    play_evict(&s.p, pods[2], EVICTION_OK);
    sim_run(s.p.s, 1000);
    play_evict(&s.p, pods[0], EVICTION_OK);
    play_end(&s.p);
    expect_births(&s, "0@3600 2@4710 ");
    assert_int_equal(play_when(&s.p, CHANGE_POD_GONE, pods[2], 0), 2500);
    play_release(&s.p);
}

/* A lower ordinal that is missing is made even while a higher one terminates. */
static void test_ordered_set_creates_below_a_terminating_one(void **state)
{
    struct scene s;
    uint32_t pods[3];
    scene_init(&s, 20);
    add_set(&s, 3, false, pods);
    play_start(&s.p);
    play_evict(&s.p, pods[0], EVICTION_OK);
    sim_run(s.p.s, 2000);
    play_evict(&s.p, pods[1], EVICTION_OK);
    play_end(&s.p);
    expect_births(&s, "0@2600 1@4600 ");
    play_release(&s.p);
}

static void test_parallel_set_does_not_wait(void **state)
{
    struct scene s;
    uint32_t pods[3];
    scene_init(&s, 20);
    add_set(&s, 3, true, pods);
    play_start(&s.p);
    play_evict(&s.p, pods[2], EVICTION_OK);
    sim_run(s.p.s, 1000);
    play_evict(&s.p, pods[0], EVICTION_OK);
    play_end(&s.p);
    expect_births(&s, "2@2600 0@3600 ");
    play_release(&s.p);
}

/* One broken low ordinal blocks all others. */
static void test_broken_ordinal_blocks_an_ordered_set(void **state)
{
    struct scene s;
    uint32_t pods[3];
    scene_init(&s, 20);
    add_set(&s, 3, false, pods);
    s.p.w.pods.items[pods[0]].ready = false;
    play_start(&s.p);
    play_evict(&s.p, pods[1], EVICTION_OK);
    play_end(&s.p);
    expect_births(&s, "");
    assert_int_equal(sim_world(s.p.s)->live_pods, 2);
    play_release(&s.p);
}

static void test_min_ready_seconds_of_a_set(void **state)
{
    static const struct {
        uint16_t minor;
        const char *births;
    } rows[] = {{20, "0@2600 2@3710 "}, {23, "0@2600 2@23710 "}};
    for (unsigned i = 0; i < 2; i++) {
        struct scene s;
        uint32_t pods[3];
        scene_init(&s, rows[i].minor);
        uint32_t set = add_set(&s, 3, false, pods);
        s.p.w.workloads.items[set].min_ready_s = 20;
        play_start(&s.p);
        play_evict(&s.p, pods[2], EVICTION_OK);
        play_evict(&s.p, pods[0], EVICTION_OK);
        play_end(&s.p);
        expect_births(&s, rows[i].births);
        play_release(&s.p);
    }
}

static void test_set_is_not_scaled_up_by_old_ordinals(void **state)
{
    struct scene s;
    uint32_t pods[3];
    scene_init(&s, 20);
    uint32_t set = add_set(&s, 3, false, pods);
    s.p.w.workloads.items[set].replicas = 2;
    play_start(&s.p);
    play_evict(&s.p, pods[2], EVICTION_OK);
    play_end(&s.p);
    expect_births(&s, "");
    play_release(&s.p);
}

/* ---- Jobs ---- */

static uint32_t add_job(struct scene *s, int32_t limit)
{
    uint32_t job = sw_workload(&s->p.w, WORKLOAD_JOB, "etl", 1);
    s->p.w.workloads.items[job].completions = 1;
    s->p.w.workloads.items[job].backoff_limit = limit;
    return job;
}

/* Evicts the job's pod over and over; when the next ones were created, counted from the eviction.
 */
static void expect_job_births(uint16_t minor, int32_t limit, bool wait_for_end,
                              const int64_t *expected, unsigned count)
{
    struct scene s;
    scene_init(&s, minor);
    uint32_t job = add_job(&s, limit), pod = sw_pod(&s.p.w, s.class, job, s.a);
    s.p.w.workloads.items[job].replace_failed_only = wait_for_end;
    play_start(&s.p);
    for (unsigned i = 0; i < count; i++) {
        int64_t now = sim_now(s.p.s);
        unsigned before = play_count(&s.p, CHANGE_POD_ADDED);
        play_evict(&s.p, pod, EVICTION_OK);
        play_end(&s.p);
        assert_int_equal(play_count(&s.p, CHANGE_POD_ADDED) - before, expected[i] >= 0);
        if (expected[i] < 0)
            break;
        pod = play_newest(&s.p);
        int64_t last = -1, at;
        for (unsigned n = 0; (at = play_when(&s.p, CHANGE_POD_ADDED, pod, n)) >= 0; n++)
            last = at;
        assert_int_equal(last - now, expected[i]);
    }
    play_release(&s.p);
}

static void test_jobs(void **state)
{
    static const int64_t at_once[] = {100, 100, 100};
    static const int64_t when_gone[] = {2600, 2600};
    static const int64_t backed_off[] = {10100, 20100, 40100, 80100, 160100, 320100, 360100};
    static const int64_t given_up[] = {10100, -1};
    expect_job_births(20, 0, false, at_once, 3); /* forgotten with their object */
    expect_job_births(20, 6, true, when_gone, 2);
    expect_job_births(30, 10, false, backed_off, 7);
    expect_job_births(30, 1, false, given_up, 2);
}

static void test_finished_job_pods_are_not_replaced(void **state)
{
    struct scene s;
    scene_init(&s, 30);
    uint32_t pod = sw_pod(&s.p.w, s.class, add_job(&s, 6), s.a);
    s.p.w.pods.items[pod].phase = POD_SUCCEEDED;
    s.p.w.pods.items[pod].ready = false;
    play_start(&s.p);
    play_evict(&s.p, pod, EVICTION_OK);
    play_end(&s.p);
    assert_int_equal(play_when(&s.p, CHANGE_POD_GONE, pod, 0), 0);
    assert_int_equal(play_count(&s.p, CHANGE_POD_ADDED), 0);
    play_release(&s.p);
}

/* ---- DaemonSets ---- */

/* Deleted on a node that stays: made again there, once the old one is gone. */
static void test_daemon_comes_back_to_its_node(void **state)
{
    struct scene s;
    scene_init(&s, 20);
    uint32_t ds = sw_workload(&s.p.w, WORKLOAD_DAEMONSET, "agent", 2);
    sw_pod(&s.p.w, s.class, ds, s.a);
    uint32_t pod = sw_pod(&s.p.w, s.class, ds, s.b);
    play_start(&s.p);
    sim_cordon(s.p.s, s.a, true);
    sim_delete_pod(s.p.s, pod, -1);
    play_end(&s.p);
    uint32_t next = play_newest(&s.p);
    assert_int_equal(play_when(&s.p, CHANGE_POD_ADDED, next, 0), 2600);
    assert_int_equal(pod_at(&s, next)->node, s.b);
    assert_true(pod_at(&s, next)->ready);
    play_release(&s.p);
}

/* A new node gets a pod of each DaemonSet that is meant for it; one that tolerates a node that is
 * not Ready is there before. */
static void test_daemons_of_a_new_node(void **state)
{
    struct scene s;
    scene_init(&s, 20);
    struct world *w = &s.p.w;
    struct toleration all = {.exists = true, .seconds = -1};
    struct label linux_only[] = {{sw_id(w, "os"), sw_id(w, "windows")}};
    struct world_class cni = sw_class(w, "cni"), other = sw_class(w, "other");
    cni.tolerations = &all;
    cni.toleration_count = 1;
    other.node_selector = (struct labels){linux_only, 1};
    uint32_t early = sw_workload(w, WORKLOAD_DAEMONSET, "cni", 2);
    uint32_t late = sw_workload(w, WORKLOAD_DAEMONSET, "agent", 2);
    uint32_t never = sw_workload(w, WORKLOAD_DAEMONSET, "windows", 0);
    sw_pod(w, world_class_put(w, &cni), early, s.a);
    sw_pod(w, s.class, late, s.a);
    w->workloads.items[never].template = world_class_put(w, &other);
    play_start(&s.p);
    struct world_node spec = w->nodes.items[s.a];
    spec.name = STRINGS_NONE;
    sim_node_start(s.p.s, &spec, false);
    play_end(&s.p);
    assert_int_equal(play_when(&s.p, CHANGE_NODE_ADDED, 2, 0), 20000);
    assert_int_equal(play_when(&s.p, CHANGE_NODE_READY, 2, 0), 30000);
    unsigned found = 0;
    for (size_t i = 0; i < s.p.told.len; i++) {
        const struct play_change *t = &s.p.told.items[i];
        if (t->c.kind != CHANGE_POD_ADDED)
            continue;
        uint32_t owner = pod_at(&s, t->c.index)->owner;
        assert_true(owner == early || owner == late);
        assert_int_equal(t->at, owner == early ? 20100 : 30100);
        assert_int_equal(play_when(&s.p, CHANGE_POD_READY, t->c.index, 0),
                         owner == early ? 31010 : 31110);
        found++;
    }
    assert_int_equal(found, 2);
    play_release(&s.p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_replicas_slow_start),
        cmocka_unit_test(test_controller_limit),
        cmocka_unit_test(test_no_more_than_replicas),
        cmocka_unit_test(test_missing_replicas_are_made),
        cmocka_unit_test(test_missing_replicas_of_a_snapshot_with_gaps),
        cmocka_unit_test(test_nothing_in_a_dying_namespace),
        cmocka_unit_test(test_bare_pods_are_lost),
        cmocka_unit_test(test_unknown_controllers_are_taken_as_replicas),
        cmocka_unit_test(test_missing_ordinal_finds_its_claim),
        cmocka_unit_test(test_set_pod_comes_back_as_itself),
        cmocka_unit_test(test_ordered_set_waits_for_lower_ordinals),
        cmocka_unit_test(test_ordered_set_creates_below_a_terminating_one),
        cmocka_unit_test(test_parallel_set_does_not_wait),
        cmocka_unit_test(test_broken_ordinal_blocks_an_ordered_set),
        cmocka_unit_test(test_min_ready_seconds_of_a_set),
        cmocka_unit_test(test_set_is_not_scaled_up_by_old_ordinals),
        cmocka_unit_test(test_jobs),
        cmocka_unit_test(test_finished_job_pods_are_not_replaced),
        cmocka_unit_test(test_daemon_comes_back_to_its_node),
        cmocka_unit_test(test_daemons_of_a_new_node),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
