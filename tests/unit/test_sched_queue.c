/*
 * The scheduling queue: order, back-off, flush, and which changes wake whom in which version.
 */
#include "sched/queue.h"

#include "unit.h"
#include "world_build.h"

#include <stdio.h>

struct line {
    struct world w;
    struct sched_queue *q;
    uint32_t node;
};

static void begin(struct line *l, unsigned minor)
{
    build_world(&l->w, minor);
    l->node = build_node(&l->w, &(struct build_node){.name = "n"});
    l->q = sched_queue_new(&l->w, VERSION_NONE);
}

static void end(struct line *l)
{
    sched_queue_free(l->q);
    world_release(&l->w);
}

static uint32_t pod_of(struct line *l, const struct build_class *c)
{
    return build_pod(&l->w, build_class(&l->w, c), WORLD_NONE);
}

static uint32_t pod_with(struct line *l, int32_t priority)
{
    return pod_of(l, &(struct build_class){.priority = priority});
}

static void tell(struct line *l, enum change_kind kind, uint32_t index, int64_t now)
{
    sched_queue_change(l->q, &(struct world_change){kind, index}, now);
}

/* Takes the pod and finds no node for it. */
static void fail_once(struct line *l, uint32_t pod, int64_t now)
{
    assert_int_equal(sched_queue_pop(l->q, now), pod);
    sched_queue_unschedulable(l->q, pod, now);
}

static void test_priority_then_time(void **state)
{
    struct line l;
    begin(&l, 20);
    uint32_t early = pod_with(&l, 0), late = pod_with(&l, 0), high = pod_with(&l, 5);
    sched_queue_add(l.q, early, 10);
    sched_queue_add(l.q, late, 11);
    sched_queue_add(l.q, high, 12);
    assert_int_equal(sched_queue_len(l.q), 3);
    assert_int_equal(sched_queue_pop(l.q, 20), high);
    assert_int_equal(sched_queue_pop(l.q, 20), early);
    assert_int_equal(sched_queue_pop(l.q, 20), late);
    assert_int_equal(sched_queue_pop(l.q, 20), WORLD_NONE);
    end(&l);
}

static void test_removed_pods_are_gone(void **state)
{
    struct line l;
    begin(&l, 20);
    uint32_t pods[20];
    for (int i = 0; i < 20; i++) {
        pods[i] = pod_with(&l, i * 7 % 5);
        sched_queue_add(l.q, pods[i], i);
    }
    for (int i = 0; i < 20; i += 2)
        sched_queue_remove(l.q, pods[i]);
    sched_queue_remove(l.q, 12345);
    assert_int_equal(sched_queue_len(l.q), 10);
    int32_t last = INT32_MAX;
    for (int i = 0; i < 10; i++) {
        uint32_t pod = sched_queue_pop(l.q, 100);
        assert_int_not_equal(pod, WORLD_NONE);
        assert_true(world_class_of(&l.w, pod)->priority <= last);
        last = world_class_of(&l.w, pod)->priority;
    }
    assert_int_equal(sched_queue_pop(l.q, 100), WORLD_NONE);
    end(&l);
}

/* 1, 2, 4, 8, 10, 10 seconds, seen by a look once a second. */
static void test_backoff_doubles_to_ten_seconds(void **state)
{
    static const int64_t pauses[] = {1000, 2000, 4000, 8000, 10000, 10000};
    struct line l;
    int64_t now = 0;
    begin(&l, 20);
    uint32_t pod = pod_with(&l, 0);
    sched_queue_add(l.q, pod, now);
    for (size_t i = 0; i < ARRAY_LEN(pauses); i++) {
        fail_once(&l, pod, now);
        assert_int_equal(sched_queue_stuck(l.q), 1);
        tell(&l, CHANGE_NODE_ADDED, l.node, now);
        assert_int_equal(sched_queue_next(l.q), now + pauses[i]);
        assert_int_equal(sched_queue_pop(l.q, now + pauses[i] - 1), WORLD_NONE);
        now += pauses[i];
    }
    assert_int_equal(sched_queue_pop(l.q, now), pod);
    end(&l);
}

static void test_after_its_backoff_a_pod_is_active_at_once(void **state)
{
    struct line l;
    begin(&l, 20);
    uint32_t pod = pod_with(&l, 0);
    sched_queue_add(l.q, pod, 0);
    fail_once(&l, pod, 0);
    assert_int_equal(sched_queue_pop(l.q, 5000), WORLD_NONE);
    tell(&l, CHANGE_NODE_ADDED, l.node, 5000);
    assert_int_equal(sched_queue_pop(l.q, 5000), pod);
    end(&l);
}

static void test_flush(void **state)
{
    static const struct {
        unsigned minor;
        int64_t at;
    } rows[] = {{20, 90000}, {23, 90000}, {24, 330000}, {34, 330000}};
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct line l;
        begin(&l, rows[i].minor);
        uint32_t pod = pod_with(&l, 0);
        sched_queue_add(l.q, pod, 0);
        fail_once(&l, pod, 0);
        /* Longer than the limit, at a look every 30 s. */
        assert_int_equal(sched_queue_next(l.q), rows[i].at);
        assert_int_equal(sched_queue_pop(l.q, rows[i].at - 1), WORLD_NONE);
        assert_int_equal(sched_queue_pop(l.q, rows[i].at), pod);
        end(&l);
    }
}

static void test_idle_scheduler_takes_from_backoff_since_1_33(void **state)
{
    struct line l;
    begin(&l, 33);
    uint32_t low = pod_with(&l, 0), high = pod_with(&l, 9);
    sched_queue_add(l.q, low, 0);
    sched_queue_add(l.q, high, 0);
    fail_once(&l, high, 0);
    fail_once(&l, low, 0);
    tell(&l, CHANGE_NODE_ADDED, l.node, 0);
    assert_int_equal(sched_queue_pop(l.q, 1), high);
    assert_int_equal(sched_queue_pop(l.q, 1), low);
    end(&l);
    begin(&l, 32);
    uint32_t pod = pod_with(&l, 0);
    sched_queue_add(l.q, pod, 0);
    fail_once(&l, pod, 0);
    tell(&l, CHANGE_NODE_ADDED, l.node, 0);
    assert_int_equal(sched_queue_pop(l.q, 1), WORLD_NONE);
    end(&l);
}

/* A change while the pod was being tried: it may be what the pod waits for. */
static void test_change_during_the_attempt(void **state)
{
    struct line l;
    begin(&l, 20);
    uint32_t pod = pod_with(&l, 0);
    sched_queue_add(l.q, pod, 0);
    assert_int_equal(sched_queue_pop(l.q, 0), pod);
    tell(&l, CHANGE_NODE_ADDED, l.node, 0);
    sched_queue_unschedulable(l.q, pod, 0);
    assert_int_equal(sched_queue_pop(l.q, 1000), pod);
    end(&l);
}

/* ---- who is woken ---- */

enum who { PLAIN, CLAIMS, SPREAD, AFFINE, WHO };

static uint32_t bound_pod(struct line *l)
{
    return build_pod(&l->w, build_class(&l->w, &(struct build_class){.labels = "app=a"}), l->node);
}

static void make_pods(struct line *l, uint32_t *pods)
{
    struct build_class spread = {.labels = "app=s"}, affine = {.labels = "app=f"};
    spread.spreads[0].pods = "app=a";
    affine.affinity[0].pods = "app=a";
    pods[PLAIN] = pod_of(l, &(struct build_class){.labels = "app=p"});
    pods[CLAIMS] = pod_of(l, &(struct build_class){.labels = "app=c"});
    build_claim(&l->w, pods[CLAIMS], build_volume(&l->w, &(struct build_volume){.name = "v"}));
    pods[SPREAD] = pod_of(l, &spread);
    pods[AFFINE] = pod_of(l, &affine);
}

static void test_who_is_woken(void **state)
{
    static const struct {
        enum change_kind kind;
        unsigned minor;
        const char *woken; /* of plain, claims, spread, affine */
    } rows[] = {
        {CHANGE_NODE_ADDED, 20, "pcsa"},
        {CHANGE_NODE_ADDED, 34, "pcsa"},
        {CHANGE_POD_GONE, 20, "pcsa"},
        {CHANGE_POD_GONE, 34, "pcsa"},
        {CHANGE_POD_BOUND, 20, "a"},
        {CHANGE_POD_BOUND, 34, "sa"},
        {CHANGE_POD_DELETING, 20, "a"},
        {CHANGE_POD_DELETING, 34, ""},
        {CHANGE_NODE_CORDONED, 20, "pcsa"},
        {CHANGE_NODE_CORDONED, 34, ""},
        {CHANGE_NODE_UNCORDONED, 34, "pcsa"},
        {CHANGE_NODE_GONE, 20, ""},
        {CHANGE_NODE_GONE, 34, "s"},
        {CHANGE_CLAIM, 20, "pcsa"},
        {CHANGE_CLAIM, 22, "c"},
        {CHANGE_VOLUME, 34, "c"},
        {CHANGE_ATTACHMENT, 31, ""},
        {CHANGE_ATTACHMENT, 32, "c"},
        {CHANGE_PDB, 20, ""},
        {CHANGE_PDB, 34, ""},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct line l;
        uint32_t pods[WHO];
        begin(&l, rows[i].minor);
        uint32_t other = bound_pod(&l);
        make_pods(&l, pods);
        for (int k = 0; k < WHO; k++) {
            sched_queue_add(l.q, pods[k], k);
            fail_once(&l, pods[k], k);
        }
        bool about_pod = rows[i].kind <= CHANGE_POD_OTHER;
        tell(&l, rows[i].kind, about_pod ? other : 0, 20000);
        for (int k = 0; k < WHO; k++)
            if (strchr(rows[i].woken, "pcsa"[k]) && sched_queue_pop(l.q, 20000) != pods[k])
                fail_msg("row %zu: %c sleeps on", i, "pcsa"[k]);
        if (sched_queue_pop(l.q, 20000) != WORLD_NONE)
            fail_msg("row %zu: too many wake", i);
        end(&l);
    }
}

/* Many pods of several classes, told apart and put back again and again. */
static void test_stuck_pods_of_many_classes(void **state)
{
    enum { CLASSES = 7, PODS = 60 };
    char labels[16];
    uint32_t pods[PODS], classes[CLASSES];
    struct line l;
    begin(&l, 34);
    uint32_t other = bound_pod(&l);
    for (uint32_t i = 0; i < CLASSES; i++) {
        struct build_class c = {.labels = labels};
        snprintf(labels, sizeof labels, "c=%u", i);
        if (i % 2)
            c.affinity[0].pods = "app=a";
        classes[i] = build_class(&l.w, &c);
    }
    for (uint32_t i = 0; i < PODS; i++) {
        pods[i] = build_pod(&l.w, classes[i * 5 % CLASSES], WORLD_NONE);
        sched_queue_add(l.q, pods[i], i);
        fail_once(&l, pods[i], i);
    }
    for (uint32_t i = 0; i < PODS; i += 10)
        sched_queue_remove(l.q, pods[i]);
    assert_int_equal(sched_queue_len(l.q), PODS - 6);
    tell(&l, CHANGE_POD_BOUND, other, 20000);
    for (uint32_t i = 0; i < PODS; i++)
        if (i % 10 && i * 5 % CLASSES % 2)
            assert_int_equal(sched_queue_pop(l.q, 20000), pods[i]);
    assert_int_equal(sched_queue_pop(l.q, 20000), WORLD_NONE);
    tell(&l, CHANGE_NODE_ADDED, l.node, 20000);
    for (uint32_t i = 0; i < PODS; i++)
        if (i % 10 && i * 5 % CLASSES % 2 == 0)
            assert_int_equal(sched_queue_pop(l.q, 20000), pods[i]);
    assert_int_equal(sched_queue_len(l.q), 0);
    end(&l);
}

static void test_pods_without_a_node_wake_nobody(void **state)
{
    struct line l;
    begin(&l, 20);
    uint32_t pod = pod_with(&l, 0), other = pod_with(&l, 1);
    sched_queue_add(l.q, pod, 0);
    fail_once(&l, pod, 0);
    tell(&l, CHANGE_POD_GONE, other, 20000);
    assert_int_equal(sched_queue_pop(l.q, 20000), WORLD_NONE);
    end(&l);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_priority_then_time),
        cmocka_unit_test(test_removed_pods_are_gone),
        cmocka_unit_test(test_backoff_doubles_to_ten_seconds),
        cmocka_unit_test(test_after_its_backoff_a_pod_is_active_at_once),
        cmocka_unit_test(test_flush),
        cmocka_unit_test(test_idle_scheduler_takes_from_backoff_since_1_33),
        cmocka_unit_test(test_change_during_the_attempt),
        cmocka_unit_test(test_who_is_woken),
        cmocka_unit_test(test_stuck_pods_of_many_classes),
        cmocka_unit_test(test_pods_without_a_node_wake_nobody),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
