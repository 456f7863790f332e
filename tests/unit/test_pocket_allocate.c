/* What the server adds by itself, and what may not be changed or left out. */
#include "pocket_rig.h"

#include "unit.h"

#define SERVICES "/api/v1/namespaces/default/services"
#define SECRETS "/api/v1/namespaces/default/secrets"
#define DEPLOYMENTS "/apis/apps/v1/namespaces/default/deployments"
#define MERGE "application/merge-patch+json"

static int patch(struct pocket_api *api, const char *target, const char *body, struct str *out)
{
    return rig_ask(api, &(struct rig_ask){"PATCH", target, .type = MERGE, .body = body}, out);
}

static void gives_addresses_that_nobody_owns(void **state)
{
    (void)state;
    struct pocket_api *api = rig_start("1.31");
    _cleanup_str_ struct str out = {0};
    const char *body = "{\"metadata\":{\"name\":\"s\"},\"spec\":{\"ports\":[{\"port\":80}]}}";
    assert_int_equal(rig_post(api, SERVICES "?dryRun=All", body, &out), 201);
    rig_lacks(&out, "clusterIP");
    assert_int_equal(rig_post(api, SERVICES, body, &out), 201);
    rig_has(&out, "\"clusterIP\":\"172.20.0.10\",\"clusterIPs\":[\"172.20.0.10\"]");
    rig_has(&out, "\"f:ports\"");
    rig_lacks(&out, "f:clusterIP");
    assert_int_equal(rig_ask(api,
                             &(struct rig_ask){"PUT", SERVICES "/s",
                                               .body = "{\"metadata\":{\"name\":\"s\"},\"spec\":{"
                                                       "\"ports\":[{\"port\":81}]}}"},
                             &out),
                     200);
    rig_has(&out, "\"clusterIP\":\"172.20.0.10\"");
    assert_int_equal(patch(api, SERVICES "/s", "{\"spec\":{\"clusterIP\":\"1.2.3.4\"}}", &out),
                     422);
    rig_has(&out,
            "spec.clusterIPs[0]: Invalid value: []string{\\\"1.2.3.4\\\"}: may not change once "
            "set");
    pocket_api_free(api);
}

static void gives_node_ports_that_stay(void **state)
{
    (void)state;
    struct pocket_api *api = rig_start("1.31");
    _cleanup_str_ struct str out = {0};
    assert_int_equal(rig_post(api, SERVICES,
                              "{\"metadata\":{\"name\":\"n\"},\"spec\":{\"type\":\"LoadBalancer\","
                              "\"ports\":[{\"name\":\"a\",\"port\":80},{\"name\":\"b\",\"port\":81,"
                              "\"nodePort\":32000}]}}",
                              &out),
                     201);
    rig_has(&out, "\"name\":\"a\",\"nodePort\":30000,\"port\":80");
    rig_has(&out, "\"nodePort\":32000");
    assert_int_equal(patch(api, SERVICES "/n",
                           "{\"spec\":{\"ports\":[{\"name\":\"c\",\"port\":82},{\"name\":\"a\","
                           "\"port\":80}]}}",
                           &out),
                     200);
    rig_has(&out, "\"name\":\"a\",\"nodePort\":30000,\"port\":80");
    rig_has(&out, "\"name\":\"c\",\"nodePort\":31009,\"port\":82");
    pocket_api_free(api);
}

static void wants_what_a_secret_promises(void **state)
{
    (void)state;
    struct pocket_api *api = rig_start("1.31");
    _cleanup_str_ struct str out = {0};
    assert_int_equal(rig_post(api, SECRETS,
                              "{\"metadata\":{\"name\":\"t\"},\"type\":\"kubernetes.io/tls\"}",
                              &out),
                     422);
    rig_has(&out, "Secret \\\"t\\\" is invalid: [data[tls.crt]: Required value, data[tls.key]: "
                  "Required value]");
    assert_int_equal(
        rig_post(api, SECRETS,
                 "{\"metadata\":{\"name\":\"t\"},\"type\":\"kubernetes.io/tls\",\"data\":"
                 "{\"tls.crt\":\"YQ==\",\"tls.key\":\"YQ==\"}}",
                 &out),
        201);
    pocket_api_free(api);
}

#define BODY(selector, labels)                                                                     \
    "{\"metadata\":{\"name\":\"d\"},\"spec\":{\"selector\":" selector                              \
    ",\"template\":{\"metadata\":{"                                                                \
    "\"labels\":" labels "},\"spec\":{\"containers\":[{\"name\":\"c\",\"image\":\"i\"}]}}}}"

static void shows_values_as_the_server_does(void **state)
{
    (void)state;
    struct pocket_api *api = rig_start("1.31");
    _cleanup_str_ struct str out = {0};
    assert_int_equal(rig_post(api, DEPLOYMENTS,
                              BODY("{\"matchLabels\":{\"a\":\"b\"}}", "{\"a\":\"c\",\"d\":\"e\"}"),
                              &out),
                     422);
    rig_has(&out, "Invalid value: map[string]string{\\\"a\\\":\\\"c\\\", \\\"d\\\":\\\"e\\\"}: "
                  "`selector` does not match template `labels`");
    assert_int_equal(
        rig_post(api, DEPLOYMENTS, BODY("{\"matchLabels\":{\"a\":\"b\"}}", "{\"a\":\"b\"}"), &out),
        201);
    assert_int_equal(
        patch(api, DEPLOYMENTS "/d",
              "{\"spec\":{\"selector\":{\"matchLabels\":null,\"matchExpressions\":[{\"key\":\"a\","
              "\"operator\":\"In\",\"values\":[\"b\",\"c\"]}]}}}",
              &out),
        422);
    rig_has(&out,
            "spec.selector: Invalid value: "
            "v1.LabelSelector{MatchLabels:map[string]string(nil), "
            "MatchExpressions:[]v1.LabelSelectorRequirement{v1.LabelSelectorRequirement{Key:"
            "\\\"a\\\", Operator:\\\"In\\\", Values:[]string{\\\"b\\\", \\\"c\\\"}}}}: field is "
            "immutable");
    pocket_api_free(api);
}

static void keeps_pods_and_roles_as_they_are(void **state)
{
    (void)state;
    struct pocket_api *api = rig_start("1.31");
    _cleanup_str_ struct str out = {0};
    const char *pod = "/api/v1/namespaces/default/pods/p";
    const char *binding = "/apis/rbac.authorization.k8s.io/v1/namespaces/default/rolebindings/r";
    assert_int_equal(rig_post(api, "/api/v1/namespaces/default/pods",
                              "{\"metadata\":{\"name\":\"p\"},\"spec\":{\"containers\":[{"
                              "\"name\":\"c\",\"image\":\"i\"}]}}",
                              &out),
                     201);
    assert_int_equal(patch(api, pod, "{\"spec\":{\"nodeName\":\"n\"}}", &out), 422);
    rig_has(&out,
            "Pod \\\"p\\\" is invalid: spec: Forbidden: pod updates may not change fields other "
            "than `spec.containers[*].image`");
    assert_int_equal(
        rig_ask(api,
                &(struct rig_ask){"PATCH", pod, .type = "application/strategic-merge-patch+json",
                                  .body = "{\"spec\":{\"containers\":[{\"name\":\"c\",\"image\":"
                                          "\"j\"}],\"tolerations\":[{\"key\":\"a\",\"operator\":"
                                          "\"Exists\"}]}}"},
                &out),
        200);
    assert_int_equal(rig_post(api, "/api/v1/namespaces/default/pods/p/binding",
                              "{\"apiVersion\":\"v1\",\"kind\":\"Binding\",\"target\":{\"name\":"
                              "\"n\"}}",
                              &out),
                     201);
    assert_int_equal(rig_post(api,
                              "/apis/rbac.authorization.k8s.io/v1/namespaces/default/rolebindings",
                              "{\"metadata\":{\"name\":\"r\"},\"roleRef\":{\"apiGroup\":"
                              "\"rbac.authorization.k8s.io\",\"kind\":\"Role\",\"name\":\"a\"}}",
                              &out),
                     201);
    assert_int_equal(patch(api, binding, "{\"roleRef\":{\"name\":\"b\"}}", &out), 422);
    rig_has(&out,
            "roleRef: Invalid value: rbac.RoleRef{APIGroup:\\\"rbac.authorization.k8s.io\\\", "
            "Kind:\\\"Role\\\", Name:\\\"b\\\"}: cannot change roleRef");
    pocket_api_free(api);
}

/* kubectl hands fields over from its client side to the server's side in this way. */
static void takes_owners_from_a_patch(void **state)
{
    (void)state;
    struct pocket_api *api = rig_start("1.31");
    _cleanup_str_ struct str out = {0};
    const char *map = "/api/v1/namespaces/default/configmaps/m";
    assert_int_equal(rig_post(api, "/api/v1/namespaces/default/configmaps",
                              "{\"metadata\":{\"name\":\"m\"},\"data\":{\"a\":\"b\"}}", &out),
                     201);
    rig_has(&out, "\"manager\":\"kubectl\"");
    const struct rig_ask ask = {
        "PATCH", "/api/v1/namespaces/default/configmaps/m", .type = "application/json-patch+json",
        .body = "[{\"op\":\"replace\",\"path\":\"/metadata/managedFields\",\"value\":[{\"manager\":"
                "\"other\",\"operation\":\"Apply\",\"apiVersion\":\"v1\",\"fieldsType\":"
                "\"FieldsV1\",\"fieldsV1\":{\"f:data\":{\"f:a\":{}}}}]}]"};
    assert_int_equal(rig_ask(api, &ask, &out), 200);
    assert_int_equal(rig_get(api, map, &out), 200);
    rig_has(&out, "\"manager\":\"other\",\"operation\":\"Apply\"");
    rig_lacks(&out, "\"manager\":\"kubectl\"");
    assert_int_equal(
        rig_ask(api,
                &(struct rig_ask){"PATCH",
                                  "/api/v1/namespaces/default/configmaps/m?fieldManager=two",
                                  .type = "application/apply-patch+yaml",
                                  .body = "{\"apiVersion\":\"v1\",\"kind\":\"ConfigMap\",\"data\":{"
                                          "\"a\":\"b\"}}"},
                &out),
        200);
    assert_int_equal(rig_get(api, map, &out), 200);
    rig_has(&out, "\"manager\":\"other\"");
    rig_has(&out, "\"manager\":\"two\"");
    pocket_api_free(api);
}

#define APPLIED(env)                                                                               \
    "{\"apiVersion\":\"apps/"                                                                      \
    "v1\",\"kind\":\"Deployment\",\"spec\":{\"selector\":{\"matchLabels\":{"                       \
    "\"a\":\"b\"}},\"template\":{\"metadata\":{\"labels\":{\"a\":\"b\"}},\"spec\":{"               \
    "\"containers\":[{"                                                                            \
    "\"name\":\"c\",\"image\":\"i\"" env "}]}}}}"

/* Of an item that its applier gives up a part alone does not hold it. */
static void lets_items_go_with_their_applier(void **state)
{
    (void)state;
    struct pocket_api *api = rig_start("1.31");
    _cleanup_str_ struct str out = {0};
    struct rig_ask apply = {"PATCH", DEPLOYMENTS "/d?fieldManager=one",
                            .type = "application/apply-patch+yaml",
                            .body = APPLIED(",\"env\":[{\"name\":\"B\",\"value\":\"1\"}]")};
    const struct rig_ask update = {
        "PATCH", DEPLOYMENTS "/d?fieldManager=two",
        .type = "application/strategic-merge-patch+json",
        .body = "{\"spec\":{\"template\":{\"spec\":{\"containers\":[{\"name\":\"c\",\"env\":[{"
                "\"name\":\"B\",\"value\":\"2\"}]}]}}}}"};
    assert_int_equal(rig_ask(api, &apply, &out), 201);
    assert_int_equal(rig_ask(api, &update, &out), 200);
    rig_has(&out, "\"env\":[{\"name\":\"B\",\"value\":\"2\"}]");
    apply.body = APPLIED("");
    assert_int_equal(rig_ask(api, &apply, &out), 200);
    rig_lacks(&out, "\"env\"");
    rig_lacks(&out, "f:env");
    pocket_api_free(api);
}

/* What operators do with a namespace that hangs. */
static void lets_a_namespace_go_without_its_finalizer(void **state)
{
    (void)state;
    struct pocket_api *api = rig_start("1.31");
    _cleanup_str_ struct str out = {0};
    const char *bare = "{\"metadata\":{\"name\":\"n\"},\"spec\":{\"finalizers\":[]}}";
    rig_post(api, "/api/v1/namespaces", "{\"metadata\":{\"name\":\"n\"}}", &out);
    rig_has(&out, "\"finalizers\":[\"kubernetes\"]");
    rig_post(api, "/api/v1/namespaces/n/configmaps",
             "{\"metadata\":{\"name\":\"m\",\"finalizers\":[\"a/b\"]}}", &out);
    assert_int_equal(rig_ask(api, &(struct rig_ask){"DELETE", "/api/v1/namespaces/n"}, &out), 200);
    assert_int_equal(rig_get(api, "/api/v1/namespaces/n", &out), 200);
    assert_int_equal(
        rig_ask(api, &(struct rig_ask){"PUT", "/api/v1/namespaces/n/finalize", .body = bare}, &out),
        200);
    assert_int_equal(rig_get(api, "/api/v1/namespaces/n", &out), 404);
    pocket_api_free(api);
}

static void lists_by_fields_that_are_missing(void **state)
{
    (void)state;
    struct pocket_api *api = rig_start("1.31");
    _cleanup_str_ struct str out = {0};
    assert_int_equal(rig_post(api, "/api/v1/nodes", "{\"metadata\":{\"name\":\"n\"}}", &out), 201);
    assert_int_equal(rig_get(api, "/api/v1/nodes?fieldSelector=spec.unschedulable%3Dfalse", &out),
                     200);
    rig_has(&out, "\"name\":\"n\"");
    assert_int_equal(rig_get(api, "/api/v1/configmaps?fieldSelector=data.a%3Db", &out), 400);
    rig_has(&out, "\\\"data.a\\\" is not a known field selector: only \\\"metadata.name\\\", "
                  "\\\"metadata.namespace\\\"");
    assert_int_equal(rig_get(api, "/api/v1/pods?fieldSelector=data.a%3Db", &out), 400);
    rig_has(&out, "field label not supported: data.a");
    pocket_api_free(api);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gives_addresses_that_nobody_owns),
        cmocka_unit_test(gives_node_ports_that_stay),
        cmocka_unit_test(wants_what_a_secret_promises),
        cmocka_unit_test(shows_values_as_the_server_does),
        cmocka_unit_test(keeps_pods_and_roles_as_they_are),
        cmocka_unit_test(takes_owners_from_a_patch),
        cmocka_unit_test(lets_items_go_with_their_applier),
        cmocka_unit_test(lets_a_namespace_go_without_its_finalizer),
        cmocka_unit_test(lists_by_fields_that_are_missing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
