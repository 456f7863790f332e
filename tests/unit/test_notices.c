/* What AWS says it is about to do to machines, and what that means for the pods on them. */
#include "ops/notices/notices.h"

#include "unit.h"
#include "world_build.h"

#define EVENT(type, id, detail)                                                                    \
    "{\"version\":\"0\",\"id\":\"" id "\",\"detail-type\":\"" type                                 \
    "\",\"source\":\"aws.ec2\",\"account\":\"111122223333\",\"time\":\"2026-11-24T01:02:03Z\","    \
    "\"region\":\"eu-west-1\",\"resources\":[],\"detail\":" detail "}"
#define SPOT "EC2 Spot Instance Interruption Warning"
#define WARNING(id, instance)                                                                      \
    EVENT(SPOT, id, "{\"instance-id\":\"" instance "\",\"instance-action\":\"terminate\"}")
#define STATE(id, instance, state)                                                                 \
    EVENT("EC2 Instance State-change Notification", id,                                            \
          "{\"instance-id\":\"" instance "\",\"state\":\"" state "\"}")
#define AT 1795482123 /* 2026-11-24T01:02:03Z */

static struct notice parse(struct arena *a, const char *body)
{
    struct notice n;
    notice_parse(sv_of(body), a, &n);
    return n;
}

/* ---- messages ---- */

static void a_spot_warning_says_when_the_machine_goes(void **state)
{
    _cleanup_arena_ struct arena a = {0};
    struct notice n = parse(&a, WARNING("e-1", "i-0abc"));
    assert_int_equal(n.kind, NOTICE_SPOT);
    assert_string_equal(n.id, "e-1");
    assert_string_equal(n.title, SPOT);
    assert_string_equal(n.what, "terminate");
    assert_int_equal(n.instance_count, 1);
    assert_string_equal(n.instances[0], "i-0abc");
    assert_int_equal(n.at, AT);
    assert_int_equal(n.leave_by, AT + 120);
    assert_true(notice_is_ahead(&n));
}

static void other_events_of_machines_are_known(void **state)
{
    _cleanup_arena_ struct arena a = {0};
    struct notice n = parse(
        &a, EVENT("EC2 Instance Rebalance Recommendation", "e-1", "{\"instance-id\":\"i-0abc\"}"));
    assert_int_equal(n.kind, NOTICE_REBALANCE);
    assert_int_equal(n.leave_by, 0);
    assert_true(notice_is_ahead(&n));
    n = parse(&a, STATE("e-2", "i-0abc", "shutting-down"));
    assert_int_equal(n.kind, NOTICE_STATE);
    assert_string_equal(n.what, "shutting-down");
    assert_false(notice_is_ahead(&n));
    n = parse(&a, EVENT("EC2 Instance-terminate Lifecycle Action", "e-3",
                        "{\"EC2InstanceId\":\"i-0abc\",\"AutoScalingGroupName\":\"eks-web\","
                        "\"LifecycleHookName\":\"drain-first\"}"));
    assert_int_equal(n.kind, NOTICE_SCALE_IN);
    assert_string_equal(n.group, "eks-web");
    assert_string_equal(n.what, "drain-first");
}

static void a_hook_may_write_to_the_queue_itself(void **state)
{
    _cleanup_arena_ struct arena a = {0};
    struct notice n =
        parse(&a, "{\"LifecycleTransition\":\"autoscaling:EC2_INSTANCE_TERMINATING\","
                  "\"EC2InstanceId\":\"i-0abc\",\"RequestId\":\"r-1\",\"Time\":"
                  "\"2026-11-24T01:02:03.250Z\",\"AutoScalingGroupName\":\"eks-web\"}");
    assert_int_equal(n.kind, NOTICE_SCALE_IN);
    assert_string_equal(n.id, "r-1");
    assert_int_equal(n.at, AT);
    n = parse(&a, "{\"LifecycleTransition\":\"autoscaling:EC2_INSTANCE_LAUNCHING\","
                  "\"EC2InstanceId\":\"i-0abc\"}");
    assert_int_equal(n.kind, NOTICE_OTHER);
    n = parse(&a, "{\"Event\":\"autoscaling:TEST_NOTIFICATION\",\"RequestId\":\"r-2\"}");
    assert_int_equal(n.kind, NOTICE_OTHER);
    assert_string_equal(n.title, "autoscaling:TEST_NOTIFICATION");
}

#define HEALTH(service, category)                                                                  \
    EVENT("AWS Health Event", "h-1",                                                               \
          "{\"service\":\"" service "\",\"eventTypeCategory\":\"" category                         \
          "\",\"eventTypeCode\":\"AWS_EC2_INSTANCE_REBOOT_MAINTENANCE_SCHEDULED\",\"startTime\":"  \
          "\"Wed, 25 Nov 2026 01:02:03 GMT\",\"affectedEntities\":["                               \
          "{\"entityValue\":\"i-0abc\"},{\"entityValue\":\"i-0def\"},"                             \
          "{\"entityValue\":\"i-0abc\"},{\"entityValue\":\"vol-1\"}]}")

static void maintenance_names_all_its_machines(void **state)
{
    _cleanup_arena_ struct arena a = {0};
    struct notice n = parse(&a, HEALTH("EC2", "scheduledChange"));
    assert_int_equal(n.kind, NOTICE_MAINTENANCE);
    assert_int_equal(n.instance_count, 2);
    assert_string_equal(n.instances[1], "i-0def");
    assert_int_equal(n.leave_by, AT + 86400);
    assert_string_equal(n.what, "AWS_EC2_INSTANCE_REBOOT_MAINTENANCE_SCHEDULED");
    n = parse(&a, HEALTH("RDS", "scheduledChange"));
    assert_int_equal(n.kind, NOTICE_OTHER);
    assert_int_equal(n.leave_by, 0);
    n = parse(&a, HEALTH("EC2", "issue"));
    assert_int_equal(n.kind, NOTICE_OTHER);
}

static void what_sns_wrapped_is_unwrapped(void **state)
{
    _cleanup_arena_ struct arena a = {0};
    struct notice n = parse(
        &a, "{\"Type\":\"Notification\",\"MessageId\":\"m-1\",\"Message\":\"{\\\"id\\\":\\\"e-1\\\""
            ",\\\"detail-type\\\":\\\"" SPOT "\\\",\\\"time\\\":\\\"2026-11-24T01:02:03Z\\\","
            "\\\"detail\\\":{\\\"instance-id\\\":\\\"i-0abc\\\"}}\"}");
    assert_int_equal(n.kind, NOTICE_SPOT);
    assert_string_equal(n.id, "e-1");
    assert_int_equal(n.leave_by, AT + 120);
    n = parse(&a, "{\"Type\":\"Notification\",\"Message\":\"all is well\"}");
    assert_int_equal(n.kind, NOTICE_UNREADABLE);
    n = parse(&a, "{\"Type\":\"SubscriptionConfirmation\",\"Message\":\"visit\"}");
    assert_int_equal(n.kind, NOTICE_OTHER);
    assert_string_equal(n.title, "SubscriptionConfirmation");
}

static void what_is_not_known_is_told(void **state)
{
    _cleanup_arena_ struct arena a = {0};
    struct notice n = parse(&a, EVENT("EC2 Fleet State Change", "e-1", "{}"));
    assert_int_equal(n.kind, NOTICE_OTHER);
    assert_string_equal(n.title, "EC2 Fleet State Change");
    n = parse(&a, EVENT(SPOT, "e-2", "{\"instance-id\":7}"));
    assert_int_equal(n.kind, NOTICE_OTHER);
    assert_string_equal(n.title, SPOT);
    assert_int_equal(n.leave_by, 0);
    assert_string_equal(parse(&a, "{}").title, "a message that says nowhere what it is");
    n = parse(&a, "shut down, please");
    assert_int_equal(n.kind, NOTICE_UNREADABLE);
    assert_non_null(strstr(n.title, "it is no JSON (message:1:1"));
    assert_string_equal(parse(&a, "[1]").title, "it is no JSON object");
    assert_int_equal(parse(&a, "").kind, NOTICE_UNREADABLE);
}

/* ---- rows ---- */

static size_t add(struct notices *rows, const char *body, const char *message)
{
    _cleanup_arena_ struct arena a = {0};
    struct notice n = parse(&a, body);
    return notices_add(rows, &n, message);
}

static void a_thing_that_is_said_twice_is_one_row(void **state)
{
    _cleanup_notices_ struct notices rows = {0};
    assert_int_equal(add(&rows, WARNING("e-1", "i-0abc"), "m-1"), 1);
    assert_int_equal(add(&rows, WARNING("e-1", "i-0abc"), "m-2"), 0);
    assert_int_equal(add(&rows, WARNING("e-2", "i-0abc"), "m-3"), 0);
    assert_int_equal(add(&rows, WARNING("e-3", "i-0def"), "m-4"), 1);
    assert_int_equal(add(&rows, STATE("e-4", "i-0abc", "shutting-down"), "m-5"), 1);
    assert_int_equal(add(&rows, STATE("e-5", "i-0abc", "terminated"), "m-6"), 1);
    assert_int_equal(add(&rows, STATE("e-6", "i-0abc", "terminated"), "m-7"), 0);
    assert_int_equal(add(&rows, "nonsense", "m-8"), 1);
    assert_int_equal(add(&rows, "nonsense", "m-8"), 0);
    assert_int_equal(add(&rows, "nonsense", "m-9"), 1);
    assert_int_equal(add(&rows, HEALTH("EC2", "scheduledChange"), "m-10"), 2);
}

static void the_most_urgent_stands_first(void **state)
{
    _cleanup_notices_ struct notices rows = {0};
    add(&rows, STATE("e-1", "i-1", "terminated"), "m-1");
    add(&rows, HEALTH("EC2", "scheduledChange"), "m-2");
    add(&rows, WARNING("e-3", "i-3"), "m-3");
    notices_sort(&rows, 0);
    assert_int_equal(rows.rows.items[0].kind, NOTICE_SPOT);
    assert_int_equal(rows.rows.items[1].kind, NOTICE_MAINTENANCE);
    assert_int_equal(rows.rows.items[3].kind, NOTICE_STATE);
}

static uint32_t machine(struct world *w, const char *name, const char *provider_id)
{
    uint32_t node = build_node(w, &(struct build_node){.name = name});
    w->nodes.items[node].provider_id = build_text(w, provider_id);
    w->nodes.items[node].group = build_text(w, "web");
    return node;
}

static uint32_t pod_of(struct world *w, uint32_t workload, uint32_t node, bool empty_dir)
{
    struct world_class c = build_class_value(w, &(struct build_class){.labels = "app=x"});
    c.empty_dir = empty_dir;
    uint32_t pod = build_pod(w, world_class_put(w, &c), node);
    w->pods.items[pod].phase = POD_RUNNING;
    w->pods.items[pod].ready = true;
    if (workload != WORLD_NONE)
        world_pod_own(w, pod, workload);
    return pod;
}

static const struct notice_workload *named(const struct notice_row *r, const char *name)
{
    for (uint32_t i = 0; i < r->workload_count; i++)
        if (strcmp(r->workloads[i].name, name) == 0)
            return &r->workloads[i];
    fail_msg("no %s", name);
    return NULL;
}

static void a_row_tells_what_ends_with_the_machine(void **state)
{
    _cleanup_world_ struct world w = {0};
    _cleanup_notices_ struct notices rows = {0};
    build_world(&w, 31);
    uint32_t here = machine(&w, "n1", "aws:///eu-west-1a/i-0abc");
    uint32_t there = machine(&w, "n2", "aws:///eu-west-1a/i-10abc");
    uint32_t cart = build_workload(&w, WORKLOAD_REPLICASET, "shop", "cart", "app=x");
    uint32_t pg = build_workload(&w, WORKLOAD_STATEFULSET, "shop", "pg", "app=y");
    uint32_t agent = build_workload(&w, WORKLOAD_DAEMONSET, "shop", "agent", "app=z");
    pod_of(&w, cart, here, false);
    pod_of(&w, cart, here, false);
    pod_of(&w, cart, there, false);
    pod_of(&w, pg, here, true);
    w.pods.items[pod_of(&w, pg, there, true)].ready = false;
    pod_of(&w, agent, here, false);
    w.pods.items[pod_of(&w, cart, here, false)].phase = POD_SUCCEEDED;
    add(&rows, WARNING("e-1", "i-0abc"), "m-1");
    add(&rows, WARNING("e-2", "i-gone"), "m-2");
    notices_look(&rows, 0, &w);
    const struct notice_row *r = &rows.rows.items[0];
    assert_string_equal(r->node, "n1");
    assert_string_equal(r->group, "web");
    assert_int_equal(r->pods, 3);
    assert_int_equal(r->own, 1);
    assert_int_equal(r->workload_count, 2);
    assert_int_equal(named(r, "ReplicaSet shop/cart")->pods, 2);
    assert_false(named(r, "ReplicaSet shop/cart")->alone);
    assert_false(named(r, "ReplicaSet shop/cart")->local);
    assert_true(named(r, "StatefulSet shop/pg")->alone);
    assert_true(named(r, "StatefulSet shop/pg")->local);
    assert_null(rows.rows.items[1].node);
    assert_true(notices_may_drain(r, AT + 119));
    assert_false(notices_may_drain(r, AT + 120));
    assert_false(notices_may_drain(&rows.rows.items[1], AT));
}

static void budgets_that_refuse_are_counted(void **state)
{
    for (int allowed = 0; allowed < 2; allowed++) {
        _cleanup_world_ struct world w = {0};
        _cleanup_notices_ struct notices rows = {0};
        build_world(&w, 31);
        uint32_t here = machine(&w, "n1", "aws:///eu-west-1a/i-0abc");
        uint32_t cart = build_workload(&w, WORKLOAD_REPLICASET, "shop", "cart", "app=x");
        pod_of(&w, cart, here, false);
        pod_of(&w, cart, here, false);
        build_pdb(&w, "shop", "app=x", allowed);
        add(&rows, WARNING("e-1", "i-0abc"), "m-1");
        notices_look(&rows, 0, &w);
        assert_int_equal(named(&rows.rows.items[0], "ReplicaSet shop/cart")->pods, 2);
        assert_int_equal(named(&rows.rows.items[0], "ReplicaSet shop/cart")->blocked,
                         allowed ? 0 : 2);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_spot_warning_says_when_the_machine_goes),
        cmocka_unit_test(other_events_of_machines_are_known),
        cmocka_unit_test(a_hook_may_write_to_the_queue_itself),
        cmocka_unit_test(maintenance_names_all_its_machines),
        cmocka_unit_test(what_sns_wrapped_is_unwrapped),
        cmocka_unit_test(what_is_not_known_is_told),
        cmocka_unit_test(a_thing_that_is_said_twice_is_one_row),
        cmocka_unit_test(the_most_urgent_stands_first),
        cmocka_unit_test(a_row_tells_what_ends_with_the_machine),
        cmocka_unit_test(budgets_that_refuse_are_counted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
