/* Built-in kinds by version, and the versions of one object. */
#include "pocket/kinds_internal.h"
#include "pocket_rig.h"
#include "rules/upgrade/lifecycle.h"

#include "unit.h"

static const struct lifecycle_row *row_of(const struct lifecycle *l, const struct kind *kind)
{
    return lifecycle_find(l, sv_of(kind->group), sv_of(kind->version), sv_of(kind->kind));
}

/* The table of kinds agrees with the table of life cycles, from 1.20 to 1.36. */
static void serves_what_each_version_serves(void **state)
{
    (void)state;
    struct lifecycle l;
    lifecycle_init(&l);
    for (size_t i = 0; i < kinds_builtin_len; i++) {
        const struct kind *kind = &kinds_builtin[i];
        const struct lifecycle_row *row = row_of(&l, kind);
        if (!row)
            fail_msg("no life cycle of %s/%s %s", kind->group, kind->version, kind->kind);
        assert_true(row->deprecated.set == (kind->deprecated != 0));
        assert_true(!kind->deprecated || row->deprecated.minor == kind->deprecated);
        for (unsigned minor = 20; minor <= 36; minor++) {
            struct version v;
            char text[16];
            snprintf(text, sizeof text, "1.%u", minor);
            assert_true(version_parse(sv_of(text), &v));
            bool served = minor >= kind->since && (!kind->until || minor < kind->until);
            if (served != lifecycle_served(row, v))
                fail_msg("%s/%s %s in 1.%u", kind->group, kind->version, kind->kind, minor);
        }
    }
    lifecycle_release(&l);
}

static void hides_what_a_version_does_not_serve(void **state)
{
    (void)state;
    struct pocket_api *old = rig_start("1.20"), *api = rig_start("1.31");
    _cleanup_str_ struct str out = {0};
    assert_int_equal(rig_get(old, "/apis/policy/v1/poddisruptionbudgets", &out), 404);
    assert_int_equal(rig_get(old, "/apis/policy/v1beta1/poddisruptionbudgets", &out), 200);
    assert_int_equal(rig_get(api, "/apis/policy/v1beta1/poddisruptionbudgets", &out), 404);
    assert_int_equal(rig_get(old, "/apis/policy", &out), 200);
    rig_has(&out, "\"preferredVersion\":{\"groupVersion\":\"policy/v1beta1\"");
    assert_int_equal(rig_get(old, "/apis/extensions/v1beta1", &out), 200);
    assert_int_equal(rig_get(api, "/apis/extensions/v1beta1", &out), 404);
    pocket_api_free(api);
    pocket_api_free(old);
}

static void warned(struct pocket_api *api, const char *target, const char *text)
{
    _cleanup_str_ struct str out = {0};
    _cleanup_pocket_answer_ struct pocket_answer answer = {0};
    rig_answer(api, &(struct rig_ask){"GET", target}, &answer, &out);
    assert_string_equal(str_c(&answer.headers), text);
}

static void warns_of_deprecated_versions(void **state)
{
    (void)state;
    struct pocket_api *old = rig_start("1.21"), *api = rig_start("1.33");
    warned(
        old, "/apis/policy/v1beta1/poddisruptionbudgets",
        "Warning: 299 - \"policy/v1beta1 PodDisruptionBudget is deprecated in v1.21+, unavailable "
        "in v1.25+; use policy/v1 PodDisruptionBudget\"\r\n");
    warned(old, "/apis/extensions/v1beta1/ingresses",
           "Warning: 299 - \"extensions/v1beta1 Ingress is deprecated in v1.14+, unavailable in "
           "v1.22+; use networking.k8s.io/v1 Ingress\"\r\n");
    warned(old, "/api/v1/endpoints", "");
    warned(old, "/apis/policy/v1/poddisruptionbudgets", "");
    warned(api, "/api/v1/endpoints",
           "Warning: 299 - \"v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 "
           "EndpointSlice\"\r\n");
    pocket_api_free(api);
    pocket_api_free(old);
}

static void shows_one_event_in_two_groups(void **state)
{
    (void)state;
    struct pocket_api *api = rig_start("1.31");
    _cleanup_str_ struct str out = {0};
    assert_int_equal(rig_post(api, "/apis/events.k8s.io/v1/namespaces/default/events",
                              "{\"metadata\":{\"name\":\"e\"},\"note\":\"told\",\"regarding\":{"
                              "\"kind\":\"Pod\",\"name\":\"p\"},\"reportingController\":\"c\"}",
                              &out),
                     201);
    rig_has(&out, "\"note\":\"told\"");
    assert_int_equal(rig_get(api, "/api/v1/namespaces/default/events/e", &out), 200);
    rig_has(&out, "\"involvedObject\":{\"kind\":\"Pod\",\"name\":\"p\"}");
    rig_has(&out, "\"message\":\"told\"");
    rig_has(&out, "\"reportingComponent\":\"c\"");
    assert_int_equal(rig_get(api, "/apis/events.k8s.io/v1/events", &out), 200);
    rig_has(&out, "\"regarding\":{");
    rig_lacks(&out, "\"message\"");
    pocket_api_free(api);
}

static void shows_old_ingresses(void **state)
{
    (void)state;
    struct pocket_api *api = rig_start("1.20");
    _cleanup_str_ struct str out = {0};
    assert_int_equal(
        rig_post(api, "/apis/extensions/v1beta1/namespaces/default/ingresses",
                 "{\"metadata\":{\"name\":\"i\"},\"spec\":{\"backend\":{\"serviceName\":\"d\","
                 "\"servicePort\":\"web\"},\"rules\":[{\"http\":{\"paths\":[{\"path\":\"/\","
                 "\"backend\":{\"serviceName\":\"s\",\"servicePort\":80}}]}}]}}",
                 &out),
        201);
    assert_int_equal(
        rig_get(api, "/apis/networking.k8s.io/v1/namespaces/default/ingresses/i", &out), 200);
    rig_has(&out, "\"defaultBackend\":{\"service\":{\"name\":\"d\",\"port\":{\"name\":\"web\"}}}");
    rig_has(&out,
            "\"backend\":{\"service\":{\"name\":\"s\",\"port\":{\"number\":80}}},\"path\":\"/\","
            "\"pathType\":\"ImplementationSpecific\"");
    assert_int_equal(
        rig_get(api, "/apis/networking.k8s.io/v1beta1/namespaces/default/ingresses/i", &out), 200);
    rig_has(&out, "\"apiVersion\":\"networking.k8s.io/v1beta1\"");
    rig_has(&out, "\"backend\":{\"serviceName\":\"s\",\"servicePort\":80}");
    rig_has(&out, "\"backend\":{\"serviceName\":\"d\",\"servicePort\":\"web\"}");
    pocket_api_free(api);
}

static void shows_autoscalers_in_both_versions(void **state)
{
    (void)state;
    struct pocket_api *api = rig_start("1.31");
    _cleanup_str_ struct str out = {0};
    const char *one = "/apis/autoscaling/v1/namespaces/default/horizontalpodautoscalers/h";
    const char *two = "/apis/autoscaling/v2/namespaces/default/horizontalpodautoscalers/h";
    assert_int_equal(
        rig_post(api, "/apis/autoscaling/v1/namespaces/default/horizontalpodautoscalers",
                 "{\"metadata\":{\"name\":\"h\"},\"spec\":{\"maxReplicas\":5,\"scaleTargetRef\":{"
                 "\"kind\":\"Deployment\",\"name\":\"d\"},\"targetCPUUtilizationPercentage\":70}}",
                 &out),
        201);
    assert_int_equal(rig_get(api, two, &out), 200);
    rig_has(&out,
            "\"metrics\":[{\"resource\":{\"name\":\"cpu\",\"target\":{\"averageUtilization\":70,"
            "\"type\":\"Utilization\"}},\"type\":\"Resource\"}]");
    assert_int_equal(rig_ask(api,
                             &(struct rig_ask){
                                 "PATCH", two, .type = "application/json-patch+json",
                                 .body = "[{\"op\":\"add\",\"path\":\"/spec/metrics/-\",\"value\":{"
                                         "\"type\":\"Resource\",\"resource\":{\"name\":\"memory\","
                                         "\"target\":{\"type\":\"AverageValue\",\"averageValue\":"
                                         "\"1Gi\"}}}}]"},
                             &out),
                     200);
    assert_int_equal(rig_get(api, one, &out), 200);
    rig_has(&out, "\"targetCPUUtilizationPercentage\":70");
    rig_has(&out, "\"autoscaling.alpha.kubernetes.io/metrics\":\"[{");
    /* What a controller found stays through a change in the old version. */
    rig_ask(api,
            &(struct rig_ask){"PATCH",
                              "/apis/autoscaling/v2/namespaces/default/horizontalpodautoscalers/"
                              "h/status",
                              .type = "application/merge-patch+json",
                              .body = "{\"status\":{\"conditions\":[{\"type\":\"AbleToScale\","
                                      "\"status\":\"True\"}]}}"},
            &out);
    rig_get(api, one, &out);
    rig_has(&out, "\"autoscaling.alpha.kubernetes.io/conditions\":"
                  "\"[{\\\"type\\\":\\\"AbleToScale\\\",\\\"status\\\":\\\"True\\\"}]\"");
    rig_lacks(&out, "\"conditions\":[");
    assert_int_equal(rig_ask(api,
                             &(struct rig_ask){"PATCH", one, .type = "application/merge-patch+json",
                                               .body = "{\"spec\":{\"maxReplicas\":6}}"},
                             &out),
                     200);
    assert_int_equal(rig_get(api, two, &out), 200);
    rig_has(&out, "\"maxReplicas\":6,\"metrics\":[{\"resource\":{\"name\":\"cpu\"");
    rig_has(&out, "\"name\":\"memory\"");
    rig_has(&out, "\"conditions\":[{\"status\":\"True\",\"type\":\"AbleToScale\"}]");
    rig_lacks(&out, "autoscaling.alpha");
    pocket_api_free(api);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(serves_what_each_version_serves),
        cmocka_unit_test(hides_what_a_version_does_not_serve),
        cmocka_unit_test(warns_of_deprecated_versions),
        cmocka_unit_test(shows_one_event_in_two_groups),
        cmocka_unit_test(shows_old_ingresses),
        cmocka_unit_test(shows_autoscalers_in_both_versions),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
