/* What the pocket's API fills in where a client says nothing. */
#include "pocket/defaults.h"
#include "pocket/value.h"

#include "unit.h"

static void expect_filled(const char *kind, const char *json, const char *wanted)
{
    struct doc_file file = {0};
    _cleanup_arena_ struct arena a = {0};
    struct err err = {0};
    assert_int_equal(0, doc_parse_json(&file, "object", sv_of(json), NULL, &err));
    struct doc_node *object = value_clone(&a, file.parts[0].root);
    doc_release(&file);
    defaults_fill(&a, sv_of(kind), object);
    struct sv once = value_json(&a, object);
    assert_string_equal(wanted, arena_dup(&a, once));
    defaults_fill(&a, sv_of(kind), object);
    struct sv twice = value_json(&a, object);
    assert_true(sv_eq(once, twice));
}

static void fills_a_pod(void **state)
{
    (void)state;
    expect_filled(
        "Pod",
        "{\"spec\":{\"serviceAccountName\":\"s\",\"containers\":[{\"name\":\"a\",\"image\":"
        "\"host:5000/a\",\"ports\":[{\"containerPort\":80}],\"livenessProbe\":{\"httpGet\":{"
        "\"port\":1}},\"resources\":{\"limits\":{\"cpu\":\"1\"}}}],"
        "\"volumes\":[{\"name\":\"c\",\"configMap\":{\"name\":\"x\"}}]}}",
        "{\"spec\":{\"containers\":[{\"image\":\"host:5000/a\",\"imagePullPolicy\":\"Always\","
        "\"livenessProbe\":{\"failureThreshold\":3,\"httpGet\":{\"path\":\"/\",\"port\":1,"
        "\"scheme\":\"HTTP\"},\"periodSeconds\":10,\"successThreshold\":1,\"timeoutSeconds\":1},"
        "\"name\":\"a\",\"ports\":[{\"containerPort\":80,\"protocol\":\"TCP\"}],\"resources\":{"
        "\"limits\":{\"cpu\":\"1\"},\"requests\":{\"cpu\":\"1\"}},\"terminationMessagePath\":"
        "\"/dev/termination-log\",\"terminationMessagePolicy\":\"File\"}],"
        "\"dnsPolicy\":\"ClusterFirst\",\"enableServiceLinks\":true,\"restartPolicy\":\"Always\","
        "\"schedulerName\":\"default-scheduler\",\"securityContext\":{},\"serviceAccount\":\"s\","
        "\"serviceAccountName\":\"s\",\"terminationGracePeriodSeconds\":30,\"volumes\":[{"
        "\"configMap\":{\"defaultMode\":420,\"name\":\"x\"},\"name\":\"c\"}]},"
        "\"status\":{\"phase\":\"Pending\",\"qosClass\":\"Burstable\"}}");
}

static const struct {
    const char *image, *policy;
} images[] = {
    {"a", "Always"},     {"a:latest", "Always"},      {"a:1", "IfNotPresent"},
    {"h:1/a", "Always"}, {"h:1/a:2", "IfNotPresent"}, {"a@sha256:0", "IfNotPresent"},
};

static void pulls_by_tag(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(images); i++) {
        _cleanup_arena_ struct arena a = {0};
        struct doc_node *pod = value_map(&a), *list = value_list(&a), *c = value_map(&a);
        value_set_text(&a, c, "image", sv_of(images[i].image));
        value_push(&a, list, c);
        value_set(&a, value_need_map(&a, pod, SV("spec")), SV("containers"), list);
        defaults_fill(&a, SV("Pod"), pod);
        assert_true(sv_is(doc_get_string(c, "imagePullPolicy"), images[i].policy));
    }
}

static void fills_only_rolling_strategies(void **state)
{
    (void)state;
    expect_filled("Deployment", "{\"spec\":{\"strategy\":{\"type\":\"Recreate\"}}}",
                  "{\"spec\":{\"progressDeadlineSeconds\":600,\"revisionHistoryLimit\":10,"
                  "\"strategy\":{\"type\":\"Recreate\"}},\"status\":{}}");
    expect_filled("DaemonSet",
                  "{\"spec\":{\"updateStrategy\":{\"rollingUpdate\":{"
                  "\"maxUnavailable\":\"10%\"}}}}",
                  "{\"spec\":{\"revisionHistoryLimit\":10,\"updateStrategy\":{\"rollingUpdate\":{"
                  "\"maxSurge\":0,\"maxUnavailable\":\"10%\"},\"type\":\"RollingUpdate\"}},"
                  "\"status\":{}}");
}

static void selects_the_pods_of_a_job(void **state)
{
    (void)state;
    expect_filled(
        "Job", "{\"metadata\":{\"name\":\"j\",\"uid\":\"u\"},\"spec\":{\"template\":{}}}",
        "{\"metadata\":{\"name\":\"j\",\"uid\":\"u\"},\"spec\":{\"backoffLimit\":6,"
        "\"completionMode\":\"NonIndexed\",\"completions\":1,\"parallelism\":1,"
        "\"podReplacementPolicy\":\"TerminatingOrFailed\",\"selector\":{\"matchLabels\":{"
        "\"batch.kubernetes.io/controller-uid\":\"u\"}},\"suspend\":false,\"template\":{"
        "\"metadata\":{\"creationTimestamp\":null,\"labels\":{"
        "\"batch.kubernetes.io/controller-uid\":\"u\",\"batch.kubernetes.io/job-name\":\"j\","
        "\"controller-uid\":\"u\",\"job-name\":\"j\"}}}},\"status\":{}}");
    expect_filled("Job", "{\"spec\":{\"manualSelector\":true,\"completions\":2}}",
                  "{\"spec\":{\"backoffLimit\":6,\"completionMode\":\"NonIndexed\","
                  "\"completions\":2,\"manualSelector\":true,\"parallelism\":1,"
                  "\"podReplacementPolicy\":\"TerminatingOrFailed\",\"suspend\":false},"
                  "\"status\":{}}");
}

static void leaves_what_it_does_not_know(void **state)
{
    (void)state;
    expect_filled("Widget", "{\"spec\":{}}", "{\"spec\":{}}");
    expect_filled("Deployment", "{\"spec\":{\"template\":7,\"strategy\":{\"type\":\"x\"}}}",
                  "{\"spec\":{\"progressDeadlineSeconds\":600,\"revisionHistoryLimit\":10,"
                  "\"strategy\":{\"type\":\"x\"},\"template\":7},\"status\":{}}");
    expect_filled("NetworkPolicy", "{\"spec\":{\"egress\":[{}]}}",
                  "{\"spec\":{\"egress\":[{}],\"podSelector\":{},\"policyTypes\":[\"Ingress\","
                  "\"Egress\"]}}");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fills_a_pod),
        cmocka_unit_test(pulls_by_tag),
        cmocka_unit_test(fills_only_rolling_strategies),
        cmocka_unit_test(selects_the_pods_of_a_job),
        cmocka_unit_test(leaves_what_it_does_not_know),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
