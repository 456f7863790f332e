/* HorizontalPodAutoscalers in a cluster that has no metrics. */
#include "life_rig.h"
#include "pocket/life/json.h"

#include <stdio.h>

static struct life_name scaler_name(void)
{
    return life_rig_name("autoscaling/v1", "HorizontalPodAutoscaler", "cart");
}

static const char *scaler(const char *kind, unsigned min, unsigned max, const char *fields)
{
    static char json[2048];
    snprintf(json, sizeof json,
             "{\"apiVersion\":\"autoscaling/v2\",\"kind\":\"HorizontalPodAutoscaler\","
             "\"metadata\":{\"name\":\"cart\",\"namespace\":\"shop\",\"uid\":\"u8\"},\"spec\":{"
             "\"minReplicas\":%u,\"maxReplicas\":%u,\"scaleTargetRef\":{\"apiVersion\":\"%s\","
             "\"kind\":\"%s\",\"name\":\"cart\"}%s}",
             min, max, strcmp(kind, "Fleet") == 0 ? "games.example/v1" : "apps/v1", kind, fields);
    return json;
}

#define CPU                                                                                        \
    ",\"metrics\":[{\"type\":\"Resource\",\"resource\":{\"name\":\"cpu\",\"target\":{\"type\":"    \
    "\"Utilization\",\"averageUtilization\":80}}}]}"

static const char *target(const char *kind, unsigned replicas)
{
    static char json[2048];
    snprintf(json, sizeof json,
             "{\"metadata\":{\"name\":\"cart\",\"namespace\":\"shop\",\"uid\":\"u1\","
             "\"generation\":4},\"spec\":{\"replicas\":%u,\"selector\":{\"matchLabels\":{"
             "\"app\":\"cart\"}},\"template\":{\"metadata\":{\"labels\":{\"app\":\"cart\"}},"
             "\"spec\":{\"containers\":[{\"name\":\"c\",\"image\":\"x\"}]}}%s}}",
             replicas,
             strcmp(kind, "StatefulSet") == 0
                 ? ",\"volumeClaimTemplates\":[{\"metadata\":{\"name\":\"data\"},\"spec\":{}}]"
                 : "");
    return json;
}

static struct life_name target_name(const char *kind)
{
    return life_rig_name(strcmp(kind, "Fleet") == 0 ? "games.example/v1" : "apps/v1", kind, "cart");
}

static void expect(struct scene *sc, const char *text)
{
    struct life_name n = scaler_name();
    assert_non_null(strstr(life_rig_get(&sc->shelf, &n).ptr, text));
}

static void replicas_are_kept_within_the_bounds(void **state)
{
    static const char *const kinds[] = {"Deployment", "ReplicaSet", "StatefulSet", "Fleet"};
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
        struct scene sc;
        struct life_name t = target_name(kinds[i]);
        life_rig_start(&sc, 3);
        life_rig_put(&sc, t, target(kinds[i], 1));
        life_rig_put(&sc, scaler_name(), scaler(kinds[i], 3, 5, CPU));
        life_rig_later(&sc, 14);
        assert_int_equal(life_rig_number(&sc, t, "spec", "replicas"), 1);
        life_rig_later(&sc, 2);
        assert_int_equal(life_rig_number(&sc, t, "spec", "replicas"), 3);
        assert_int_equal(life_rig_count_with(&sc, "Event", "below Spec.MinReplicas"), 1);
        expect(&sc, "\"reason\":\"SucceededRescale\",\"message\":\"the HPA controller was able to "
                    "update the target scale to 3\"");
        expect(&sc, "\"currentReplicas\":1,\"desiredReplicas\":3");
        life_rig_later(&sc, 300);
        if (strcmp(kinds[i], "Fleet") != 0) {
            bool set = strcmp(kinds[i], "StatefulSet") == 0;
            assert_int_equal(life_rig_count(&sc, set ? "PersistentVolumeClaim" : "Pod"), 3);
            assert_int_equal(life_rig_number(&sc, t, "metadata", "generation"), 5);
        }
        life_rig_put(&sc, t, target(kinds[i], 9));
        life_rig_later(&sc, 16);
        assert_int_equal(life_rig_number(&sc, t, "spec", "replicas"), 5);
        assert_int_equal(life_rig_count_with(&sc, "Event", "above Spec.MaxReplicas"), 1);
        life_rig_end(&sc);
    }
}

static void without_metrics_nothing_else_happens(void **state)
{
    struct scene sc;
    struct life_name t = target_name("Deployment");
    (void)state;
    life_rig_start(&sc, 1);
    life_rig_put(&sc, t, target("Deployment", 3));
    life_rig_put(&sc, scaler_name(), scaler("Deployment", 2, 5, CPU));
    life_rig_later(&sc, 3600);
    assert_int_equal(life_rig_number(&sc, t, "spec", "replicas"), 3);
    expect(&sc, "\"currentReplicas\":3,\"desiredReplicas\":0,\"currentMetrics\":null");
    expect(&sc, "\"type\":\"AbleToScale\",\"status\":\"True\"");
    expect(&sc, "\"reason\":\"SucceededGetScale\"");
    expect(&sc, "\"type\":\"ScalingActive\",\"status\":\"False\"");
    expect(&sc, "\"reason\":\"FailedGetResourceMetric\",\"message\":\"the HPA was unable to "
                "compute the replica count: failed to get cpu utilization: unable to get metrics "
                "for resource cpu: unable to fetch metrics from resource metrics API: the server "
                "could not find the requested resource (get pods.metrics.k8s.io)\"");
    assert_int_equal(life_rig_count_with(&sc, "Event", "FailedGetResourceMetric"), 1);
    /* Who scales to nothing switches it off. */
    life_rig_put(&sc, t, target("Deployment", 0));
    life_rig_later(&sc, 16);
    assert_int_equal(life_rig_number(&sc, t, "spec", "replicas"), 0);
    expect(&sc, "\"reason\":\"ScalingDisabled\"");
    life_rig_end(&sc);
}

static void other_metrics_are_missed_by_their_names(void **state)
{
    static const struct {
        const char *metric, *says;
        unsigned minor;
    } all[] = {
        {CPU, "failed to get cpu utilization: unable to get metrics for resource cpu", 20},
        {",\"metrics\":[{\"type\":\"Pods\",\"pods\":{\"metric\":{\"name\":\"players\"}}}]}",
         "unable to get metric players: unable to fetch metrics from custom metrics API: no custom "
         "metrics API (custom.metrics.k8s.io) registered",
         30},
        {",\"metrics\":[{\"type\":\"External\",\"external\":{\"metric\":{\"name\":\"queue\"}}}]}",
         "\"FailedGetExternalMetric\"", 30},
        {"}", "unable to get metrics for resource cpu", 30},
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(all); i++) {
        struct scene sc;
        life_rig_start_at(&sc, 1, all[i].minor);
        life_rig_put(&sc, target_name("Deployment"), target("Deployment", 3));
        life_rig_put(&sc, scaler_name(), scaler("Deployment", 2, 5, all[i].metric));
        life_rig_later(&sc, 16);
        expect(&sc, all[i].says);
        life_rig_end(&sc);
    }
}

static void a_target_may_come_later(void **state)
{
    struct scene sc;
    struct life_name t = target_name("Deployment");
    (void)state;
    life_rig_start(&sc, 1);
    life_rig_put(&sc, scaler_name(), scaler("Deployment", 2, 5, CPU));
    life_rig_later(&sc, 60);
    expect(&sc, "\"type\":\"AbleToScale\",\"status\":\"False\"");
    expect(&sc, "deployments.apps \\\"cart\\\" not found");
    life_rig_put(&sc, t, target("Deployment", 1));
    life_rig_later(&sc, 16);
    assert_int_equal(life_rig_number(&sc, t, "spec", "replicas"), 2);
    life_rig_delete(&sc, scaler_name());
    life_rig_put(&sc, t, target("Deployment", 1));
    life_rig_later(&sc, 60);
    assert_int_equal(life_rig_number(&sc, t, "spec", "replicas"), 1);
    life_rig_end(&sc);
}

/* What a dump tells of better times stays, but for what is known anew. */
static void one_of_a_dump_goes_on(void **state)
{
    struct scene sc = {0};
    struct life_name n = scaler_name();
    (void)state;
    build_world(&sc.w, 30);
    sc.w.taken = 1700000000;
    must_push(&sc.w.hpas, (struct world_hpa){.ns = build_text(&sc.w, "shop"),
                                             .name = build_text(&sc.w, "cart"),
                                             .used = true,
                                             .target = WORLD_NONE});
    life_rig_keep(&sc.shelf, &n,
                  sv_of(scaler("Deployment", 1, 5,
                               CPU ",\"status\":{\"currentReplicas\":3,\"desiredReplicas\":3,"
                                   "\"currentMetrics\":[{\"type\":\"Resource\"}],\"conditions\":[{"
                                   "\"type\":\"ScalingLimited\",\"status\":\"False\"}]}}")));
    life_rig_begin(&sc);
    life_rig_put(&sc, target_name("Deployment"), target("Deployment", 3));
    life_rig_later(&sc, 31);
    expect(&sc, "\"currentReplicas\":3,\"desiredReplicas\":3,"
                "\"currentMetrics\":[{\"type\":\"Resource\"}],\"conditions\":[{"
                "\"type\":\"ScalingLimited\",\"status\":\"False\"},{\"type\":\"AbleToScale\"");
    expect(&sc, "\"FailedGetResourceMetric\"");
    life_rig_end(&sc);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(replicas_are_kept_within_the_bounds),
        cmocka_unit_test(without_metrics_nothing_else_happens),
        cmocka_unit_test(other_metrics_are_missed_by_their_names),
        cmocka_unit_test(a_target_may_come_later),
        cmocka_unit_test(one_of_a_dump_goes_on),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
