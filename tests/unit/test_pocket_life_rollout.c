/* Rollouts by the clock: minReadySeconds, and what a Deployment tells of its progress. */
#include "life_rig.h"
#include "pocket/life/json.h"

#include <stdio.h>

#define REPLICAS 4
#define MIN_READY 30

static const char *workload(const char *kind, const char *image, const char *fields)
{
    static char json[2048];
    snprintf(json, sizeof json,
             "{\"apiVersion\":\"apps/v1\",\"kind\":\"%s\",\"metadata\":{\"name\":\"cart\","
             "\"namespace\":\"shop\",\"uid\":\"u1\",\"generation\":1},\"spec\":{%s"
             "\"selector\":{\"matchLabels\":{\"app\":\"cart\"}},\"template\":{\"metadata\":{"
             "\"labels\":{\"app\":\"cart\"}},\"spec\":{\"containers\":[{\"name\":\"main\","
             "\"image\":\"%s\"}]}}}}",
             kind, fields, image);
    return json;
}

static struct life_name named(const char *kind)
{
    return life_rig_name("apps/v1", kind, "cart");
}

static bool condition_is(struct scene *sc, const char *type, const char *status, const char *reason)
{
    struct life_name n = named("Deployment");
    char text[200];
    const char *json = life_rig_get(&sc->shelf, &n).ptr;
    snprintf(text, sizeof text, "\"type\":\"%s\",\"status\":\"%s\"", type, status);
    const char *at = strstr(json, text);
    snprintf(text, sizeof text, "\"reason\":\"%s\"", reason);
    return at && memmem(at, strcspn(at, "}"), text, strlen(text));
}

#define ROLLING "\"replicas\":4,\"minReadySeconds\":30,"

static void a_deployment_waits_for_pods_to_stay_ready(void **state)
{
    struct scene sc;
    struct life_name d = named("Deployment"),
                     b = life_rig_name("policy/v1", "PodDisruptionBudget", "b");
    (void)state;
    life_rig_start(&sc, 3);
    life_rig_put(&sc, b,
                 "{\"apiVersion\":\"policy/v1\",\"kind\":\"PodDisruptionBudget\",\"metadata\":{"
                 "\"name\":\"b\",\"namespace\":\"shop\",\"generation\":1},\"spec\":{"
                 "\"maxUnavailable\":1,\"selector\":{\"matchLabels\":{\"app\":\"cart\"}}}}");
    life_rig_put(&sc, d, workload("Deployment", "a:1", ROLLING));
    while (life_rig_number(&sc, d, "status", "readyReplicas") < REPLICAS)
        life_rig_later(&sc, 1);
    int64_t ready = sc.now;
    /* A budget asks for Ready pods. */
    assert_int_equal(life_rig_number(&sc, b, "status", "disruptionsAllowed"), 1);
    assert_true(life_rig_number(&sc, d, "status", "availableReplicas") < REPLICAS);
    assert_true(condition_is(&sc, "Progressing", "True", "ReplicaSetUpdated"));
    while (life_rig_number(&sc, d, "status", "availableReplicas") < REPLICAS)
        life_rig_later(&sc, 1);
    assert_in_range(sc.now - ready, (MIN_READY - 1) * 1000, (MIN_READY + 1) * 1000);
    assert_true(condition_is(&sc, "Available", "True", "MinimumReplicasAvailable"));
    assert_true(condition_is(&sc, "Progressing", "True", "NewReplicaSetAvailable"));
    /* A rollout never has fewer, and so it takes the time of one pod after the other. */
    int64_t from = sc.now;
    life_rig_put(&sc, d, workload("Deployment", "a:2", ROLLING));
    while (!condition_is(&sc, "Progressing", "True", "NewReplicaSetAvailable") ||
           life_rig_number(&sc, d, "status", "updatedReplicas") < REPLICAS) {
        life_rig_later(&sc, 1);
        assert_true(life_rig_number(&sc, d, "status", "availableReplicas") >= REPLICAS - 1);
        assert_true(sc.now - from < 3600 * 1000);
    }
    assert_true(sc.now - from >= 2 * MIN_READY * 1000);
    assert_int_equal(life_rig_count_with(&sc, "ReplicaSet", "\"minReadySeconds\":30"), 2);
    life_rig_end(&sc);
}

static void another_time_reaches_the_replica_set(void **state)
{
    struct scene sc;
    struct life_name d = named("Deployment");
    (void)state;
    life_rig_start(&sc, 3);
    life_rig_put(&sc, d, workload("Deployment", "a:1", "\"replicas\":4,"));
    life_rig_later(&sc, 300);
    assert_int_equal(life_rig_number(&sc, d, "status", "availableReplicas"), REPLICAS);
    life_rig_put(&sc, d, workload("Deployment", "a:1", "\"replicas\":4,\"minReadySeconds\":3600,"));
    life_rig_later(&sc, 1);
    assert_int_equal(life_rig_number(&sc, d, "status", "availableReplicas"), 0);
    assert_int_equal(life_rig_count(&sc, "ReplicaSet"), 1);
    assert_true(condition_is(&sc, "Available", "False", "MinimumReplicasUnavailable"));
    life_rig_later(&sc, 3600);
    assert_int_equal(life_rig_number(&sc, d, "status", "availableReplicas"), REPLICAS);
    life_rig_end(&sc);
}

/* The pods of one moment, once a second: the longest time between two that go. */
static void sets_and_daemons_are_rolled_at_this_pace(void **state)
{
    static const struct {
        const char *kind, *ready, *available, *updated;
        unsigned minor, pause;
    } all[] = {
        {"StatefulSet", "readyReplicas", "availableReplicas", "updatedReplicas", 30, MIN_READY},
        {"StatefulSet", "readyReplicas", "availableReplicas", "updatedReplicas", 22, 0},
        {"DaemonSet", "numberReady", "numberAvailable", "updatedNumberScheduled", 30, MIN_READY},
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(all); i++) {
        struct scene sc;
        struct life_name n = named(all[i].kind);
        life_rig_start_at(&sc, 4, all[i].minor);
        life_rig_put(&sc, n, workload(all[i].kind, "a:1", ROLLING));
        life_rig_later(&sc, 900);
        assert_int_equal(life_rig_number(&sc, n, "status", all[i].available), REPLICAS);
        life_rig_put(&sc, n, workload(all[i].kind, "a:2", ROLLING));
        int64_t waited = 0, since = 0, ready = REPLICAS;
        for (unsigned s = 0; s < 1800; s++) {
            life_rig_later(&sc, 1);
            int64_t now = life_rig_number(&sc, n, "status", all[i].ready);
            if (ready < REPLICAS && now == REPLICAS)
                since = sc.now;
            if (ready == REPLICAS && now < REPLICAS && since) {
                int64_t pause = (sc.now - since) / 1000;
                assert_in_range(pause, all[i].pause - 1, all[i].pause + 1);
                waited++;
            }
            ready = now;
            assert_true(now >= REPLICAS - 1);
        }
        /* Without a pause the next one goes within the second. */
        assert_int_equal(waited, all[i].pause ? REPLICAS - 1 : 0);
        assert_int_equal(life_rig_number(&sc, n, "status", all[i].updated), REPLICAS);
        life_rig_end(&sc);
    }
}

static void a_rollout_that_does_not_get_on_is_told(void **state)
{
    static const char limits[] = "\"replicas\":2,\"progressDeadlineSeconds\":60,";
    static const char big[] = "\"replicas\":2,\"progressDeadlineSeconds\":60,\"strategy\":{"
                              "\"rollingUpdate\":{\"maxSurge\":1,\"maxUnavailable\":0}},";
    struct scene sc;
    struct life_name d = named("Deployment"), node = {SV("v1"), SV("Node"), SV_NONE, SV("n0")};
    (void)state;
    life_rig_start(&sc, 1);
    life_rig_put(&sc, d, workload("Deployment", "a:1", limits));
    life_rig_later(&sc, 300);
    char *since = strdup(strstr(life_rig_get(&sc.shelf, &d).ptr, "\"conditions\""));
    struct life_edit cordon = {"spec", "unschedulable", SV("true")};
    _cleanup_str_ struct str out;
    str_init(&out, 0);
    life_json_edit(&out, life_rig_get(&sc.shelf, &node), &cordon, 1, &sc.scratch);
    life_rig_put(&sc, node, str_c(&out));
    /* Nothing has changed about it. */
    assert_string_equal(strstr(life_rig_get(&sc.shelf, &d).ptr, "\"conditions\""), since);
    free(since);
    life_rig_put(&sc, d, workload("Deployment", "a:2", big));
    life_rig_later(&sc, 55);
    assert_true(condition_is(&sc, "Progressing", "True", "ReplicaSetUpdated"));
    life_rig_later(&sc, 10);
    assert_true(condition_is(&sc, "Progressing", "False", "ProgressDeadlineExceeded"));
    assert_true(condition_is(&sc, "Available", "True", "MinimumReplicasAvailable"));
    cordon.raw = SV_NONE;
    str_reset(&out);
    life_json_edit(&out, life_rig_get(&sc.shelf, &node), &cordon, 1, &sc.scratch);
    life_rig_put(&sc, node, str_c(&out));
    life_rig_later(&sc, 300);
    assert_true(condition_is(&sc, "Progressing", "True", "NewReplicaSetAvailable"));
    life_rig_end(&sc);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_deployment_waits_for_pods_to_stay_ready),
        cmocka_unit_test(another_time_reaches_the_replica_set),
        cmocka_unit_test(sets_and_daemons_are_rolled_at_this_pace),
        cmocka_unit_test(a_rollout_that_does_not_get_on_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
