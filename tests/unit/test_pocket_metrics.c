/* /metrics: what was asked for is counted, who may read it. */
#include "pocket_rig.h"

#include "unit.h"

#define BUDGETS "/apis/policy/v1beta1/namespaces/default/poddisruptionbudgets"
#define BUDGET                                                                                     \
    "{\"metadata\":{\"name\":\"b\"},\"spec\":{\"minAvailable\":1,\"selector\":{\"matchLabels\":"   \
    "{\"a\":\"b\"}}}}"

static void counts_each_sort_of_request(void **state)
{
    (void)state;
    struct pocket_api *api = rig_start("1.31");
    _cleanup_str_ struct str out = {0};
    rig_get(api, "/api/v1/pods", &out);
    rig_get(api, "/api/v1/namespaces/default/pods", &out);
    rig_get(api, "/api/v1/namespaces/default/pods", &out);
    rig_get(api, "/api/v1/namespaces/default/pods/none", &out);
    rig_get(api, "/api/v1/namespaces/default/pods/none/minAvailable", &out);
    rig_ask(api,
            &(struct rig_ask){"PATCH", "/api/v1/namespaces/default/configmaps/c?fieldManager=m",
                              .type = "application/apply-patch+yaml",
                              .body = "{\"apiVersion\":\"v1\",\"kind\":\"ConfigMap\"}"},
            &out);
    rig_post(api, "/api/v1/namespaces/default/configmaps?dryRun=All",
             "{\"metadata\":{\"name\":\"d\"}}", &out);
    assert_int_equal(rig_get(api, "/metrics", &out), 200);
    rig_has(&out, "# TYPE apiserver_request_total counter\n");
    rig_has(&out, "{code=\"200\",component=\"apiserver\",dry_run=\"\",group=\"\",resource=\"pods\","
                  "scope=\"cluster\",subresource=\"\",verb=\"LIST\",version=\"v1\"} 1\n");
    rig_has(&out, "resource=\"pods\",scope=\"namespace\",subresource=\"\",verb=\"LIST\","
                  "version=\"v1\"} 2\n");
    rig_has(&out, "code=\"404\",component=\"apiserver\",dry_run=\"\",group=\"\",resource=\"pods\","
                  "scope=\"resource\",subresource=\"\",verb=\"GET\",version=\"v1\"} 1\n");
    rig_has(&out, "code=\"201\",component=\"apiserver\",dry_run=\"\",group=\"\","
                  "resource=\"configmaps\",scope=\"resource\",subresource=\"\",verb=\"APPLY\",");
    rig_has(&out, "dry_run=\"All\",group=\"\",resource=\"configmaps\",scope=\"resource\","
                  "subresource=\"\",verb=\"POST\",version=\"v1\"} 1\n");
    rig_has(&out, "process_start_time_seconds 1800000000\n");
    rig_lacks(&out, "minAvailable");
    rig_lacks(&out, "deprecated");
    pocket_api_free(api);
}

static void names_deprecated_versions_that_were_asked_for(void **state)
{
    (void)state;
    struct pocket_api *api = rig_start("1.24");
    _cleanup_str_ struct str out = {0};
    assert_int_equal(rig_post(api, BUDGETS, BUDGET, &out), 201);
    rig_get(api, BUDGETS, &out);
    rig_get(api, "/apis/policy/v1/poddisruptionbudgets", &out);
    rig_get(api, BUDGETS "/b/status", &out);
    rig_get(api, "/metrics", &out);
    rig_has(&out, "apiserver_requested_deprecated_apis{group=\"policy\",removed_release=\"1.25\","
                  "resource=\"poddisruptionbudgets\",subresource=\"\",version=\"v1beta1\"} 1\n"
                  "apiserver_requested_deprecated_apis{group=\"policy\",removed_release=\"1.25\","
                  "resource=\"poddisruptionbudgets\",subresource=\"status\",version=\"v1beta1\"} "
                  "1\n#");
    pocket_api_free(api);
    api = rig_start("1.33");
    rig_get(api, "/api/v1/endpoints", &out);
    rig_get(api, "/metrics", &out);
    rig_has(&out, "apiserver_requested_deprecated_apis{group=\"\",removed_release=\"\",resource="
                  "\"endpoints\",subresource=\"\",version=\"v1\"} 1\n");
    pocket_api_free(api);
}

static void refused_requests_do_not_count(void **state)
{
    (void)state;
    struct pocket_api *api = rig_start("1.24");
    _cleanup_str_ struct str out = {0};
    pocket_api_add_user(api, SV("guest"), "guest", "");
    assert_int_equal(rig_ask(api, &(struct rig_ask){"GET", BUDGETS, .login = "Bearer guest"}, &out),
                     403);
    rig_get(api, "/metrics", &out);
    rig_lacks(&out, "poddisruptionbudgets");
    pocket_api_free(api);
}

static void roles_say_who_reads_it(void **state)
{
    (void)state;
    struct pocket_api *api = rig_start("1.31");
    _cleanup_str_ struct str out = {0};
    struct rig_ask ask = {"GET", "/metrics", .login = "Bearer guest"};
    pocket_api_add_user(api, SV("guest"), "guest", "");
    assert_int_equal(rig_ask(api, &ask, &out), 403);
    rig_has(&out, "forbidden: User \\\"guest\\\" cannot get path \\\"/metrics\\\"");
    assert_int_equal(rig_ask(api, &(struct rig_ask){"GET", "/metrics", .login = ""}, &out), 403);
    rig_post(api, "/apis/rbac.authorization.k8s.io/v1/clusterroles",
             "{\"metadata\":{\"name\":\"m\"},\"rules\":[{\"verbs\":[\"get\"],"
             "\"nonResourceURLs\":[\"/metrics\"]}]}",
             &out);
    rig_post(api, "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings",
             "{\"metadata\":{\"name\":\"m\"},\"roleRef\":{\"apiGroup\":"
             "\"rbac.authorization.k8s.io\",\"kind\":\"ClusterRole\",\"name\":\"m\"},"
             "\"subjects\":[{\"kind\":\"User\",\"name\":\"guest\"}]}",
             &out);
    assert_int_equal(rig_ask(api, &ask, &out), 200);
    ask.method = "DELETE";
    assert_int_equal(rig_ask(api, &ask, &out), 403);
    rig_has(&out, "cannot delete path");
    pocket_api_free(api);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counts_each_sort_of_request),
        cmocka_unit_test(names_deprecated_versions_that_were_asked_for),
        cmocka_unit_test(refused_requests_do_not_count),
        cmocka_unit_test(roles_say_who_reads_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
