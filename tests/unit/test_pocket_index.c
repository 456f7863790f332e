/* Pages that name no object: discovery in both forms, OpenAPI, who may read them. */
#include "pocket_rig.h"

#include "doc/doc.h"
#include "unit.h"

#define AGGREGATED "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"
#define OLD_PROTOBUF "application/com.github.proto-openapi.spec.v2@v1.0+protobuf"
#define WIDGETS                                                                                    \
    "{\"metadata\":{\"name\":\"widgets.e.org\"},\"spec\":{\"group\":\"e.org\",\"scope\":"          \
    "\"Namespaced\",\"names\":{\"plural\":\"widgets\",\"singular\":\"widget\",\"kind\":"           \
    "\"Widget\","                                                                                  \
    "\"listKind\":\"WidgetList\"},\"versions\":[{\"name\":\"v1\",\"served\":true,\"storage\":"     \
    "true,"                                                                                        \
    "\"schema\":{\"openAPIV3Schema\":{\"type\":\"object\",\"properties\":{\"spec\":{\"type\":"     \
    "\"object\",\"properties\":{\"size\":{\"type\":\"integer\"}}}}}}}]}}"

static void get(struct pocket_api *api, const char *target, const char *accept,
                struct pocket_answer *answer, struct str *out)
{
    pocket_answer_release(answer);
    rig_answer(api, &(struct rig_ask){"GET", target, .accept = accept}, answer, out);
}

static void lists_all_at_once_for_new_clients(void **state)
{
    (void)state;
    struct pocket_api *api = rig_start("1.31"), *old = rig_start("1.24");
    _cleanup_str_ struct str out = {0};
    _cleanup_pocket_answer_ struct pocket_answer answer = {0};
    get(api, "/apis", AGGREGATED ",application/json", &answer, &out);
    assert_string_equal(answer.content_type, AGGREGATED);
    rig_has(&out, "\"apiVersion\":\"apidiscovery.k8s.io/v2\"");
    rig_has(&out, "\"resource\":\"deployments\"");
    get(api, "/api", AGGREGATED ",application/json", &answer, &out);
    assert_string_equal(answer.content_type, AGGREGATED);
    rig_has(&out, "\"resource\":\"pods\"");
    get(api, "/api", "application/json", &answer, &out);
    assert_string_equal(answer.content_type, "application/json");
    rig_has(&out, "\"kind\":\"APIVersions\"");
    get(old, "/apis", AGGREGATED ",application/json", &answer, &out);
    assert_string_equal(answer.content_type, "application/json");
    rig_has(&out, "\"kind\":\"APIGroupList\"");
    pocket_api_free(old);
    pocket_api_free(api);
}

static void describes_custom_kinds_as_they_come(void **state)
{
    (void)state;
    struct pocket_api *api = rig_start("1.31");
    _cleanup_str_ struct str out = {0}, said = {0};
    _cleanup_pocket_answer_ struct pocket_answer answer = {0};
    get(api, "/openapi/v2", "application/json", &answer, &out);
    assert_int_equal(answer.status, 200);
    rig_has(&out, "\"io.k8s.api.apps.v1.Deployment\":{");
    rig_lacks(&out, "org.e.v1.Widget");
    assert_int_equal(
        rig_post(api, "/apis/apiextensions.k8s.io/v1/customresourcedefinitions", WIDGETS, &said),
        201);
    get(api, "/openapi/v2", "*/*", &answer, &out);
    assert_string_equal(answer.content_type, "application/json");
    rig_has(&out, "\"org.e.v1.Widget\":{");
    get(api, "/openapi/v3", "application/json", &answer, &out);
    rig_has(&out, "\"apis/e.org/v1\":{\"serverRelativeURL\":\"/openapi/v3/apis/e.org/v1?hash=");
    get(api, "/openapi/v3/apis/e.org/v1?hash=1", "application/json", &answer, &out);
    rig_has(&out, "\"org.e.v1.Widget\":{");
    get(api, "/openapi/v3/api/v1", "application/json", &answer, &out);
    rig_has(&out, "\"io.k8s.api.core.v1.Pod\":{");
    get(api, "/openapi/v3/apis/none/v1", "application/json", &answer, &out);
    assert_int_equal(answer.status, 404);
    pocket_api_free(api);
}

static void writes_protobuf_where_asked(void **state)
{
    (void)state;
    struct pocket_api *api = rig_start("1.24"), *older = rig_start("1.23");
    _cleanup_str_ struct str out = {0};
    _cleanup_pocket_answer_ struct pocket_answer answer = {0};
    get(api, "/openapi/v2", OLD_PROTOBUF, &answer, &out);
    assert_string_equal(answer.content_type,
                        "application/com.github.proto-openapi.spec.v2.v1.0+protobuf");
    assert_memory_equal(out.data, "\n\0032.0", 5);
    get(api, "/openapi/v2", "application/json, " OLD_PROTOBUF, &answer, &out);
    assert_string_equal(answer.content_type, "application/json");
    get(older, "/openapi/v3", "application/json", &answer, &out);
    assert_int_equal(answer.status, 404);
    pocket_api_free(older);
    pocket_api_free(api);
}

static void shows_strangers_health_only(void **state)
{
    (void)state;
    struct pocket_api *api = rig_start("1.31");
    _cleanup_str_ struct str out = {0};
    struct rig_ask ask = {"GET", "/apis", .login = ""};
    assert_int_equal(rig_ask(api, &ask, &out), 403);
    rig_has(&out, "forbidden: User \\\"system:anonymous\\\" cannot get path \\\"/apis\\\"");
    ask.target = "/openapi/v2";
    assert_int_equal(rig_ask(api, &ask, &out), 403);
    ask.target = "/readyz";
    assert_int_equal(rig_ask(api, &ask, &out), 200);
    ask.target = "/version";
    assert_int_equal(rig_ask(api, &ask, &out), 200);
    pocket_api_free(api);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lists_all_at_once_for_new_clients),
        cmocka_unit_test(describes_custom_kinds_as_they_come),
        cmocka_unit_test(writes_protobuf_where_asked),
        cmocka_unit_test(shows_strangers_health_only),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
