/* Reviews: what RBAC says of the asker, of others, and of tokens. */
#include "pocket_rig.h"

#include "unit.h"

#define AUTH "/apis/authorization.k8s.io/v1/"
#define RBAC "/apis/rbac.authorization.k8s.io/v1/"

static struct pocket_api *start(void)
{
    _cleanup_str_ struct str out = {0};
    struct pocket_api *api = rig_start("1.31");
    pocket_api_add_user(api, SV("dev"), "dev", "people");
    assert_int_equal(
        rig_post(api, RBAC "namespaces/default/roles",
                 "{\"metadata\":{\"name\":\"reader\"},\"rules\":[{\"apiGroups\":[\"\"],"
                 "\"resources\":[\"pods\",\"pods/log\"],\"verbs\":[\"get\",\"list\"]}]}",
                 &out),
        201);
    assert_int_equal(
        rig_post(
            api, RBAC "namespaces/default/rolebindings",
            "{\"metadata\":{\"name\":\"r\"},\"roleRef\":{\"apiGroup\":\"rbac.authorization.k8s."
            "io\",\"kind\":\"Role\",\"name\":\"reader\"},\"subjects\":[{\"kind\":\"Group\","
            "\"name\":\"people\"}]}",
            &out),
        201);
    assert_int_equal(
        rig_post(api, RBAC "clusterroles",
                 "{\"metadata\":{\"name\":\"metrics\"},\"rules\":[{\"nonResourceURLs\":"
                 "[\"/metrics/*\"],\"verbs\":[\"get\"]}]}",
                 &out),
        201);
    assert_int_equal(
        rig_post(
            api, RBAC "clusterrolebindings",
            "{\"metadata\":{\"name\":\"m\"},\"roleRef\":{\"apiGroup\":\"rbac.authorization.k8s."
            "io\",\"kind\":\"ClusterRole\",\"name\":\"metrics\"},\"subjects\":[{\"kind\":"
            "\"User\",\"name\":\"dev\"}]}",
            &out),
        201);
    return api;
}

static int ask(struct pocket_api *api, const char *login, const char *target, const char *body,
               struct str *out)
{
    return rig_ask(api, &(struct rig_ask){"POST", target, .body = body, .login = login}, out);
}

static void says_what_the_asker_may_do(void **state)
{
    static const struct {
        const char *spec;
        bool allowed;
    } cases[] = {
        {"\"resourceAttributes\":{\"verb\":\"list\",\"resource\":\"pods\",\"namespace\":"
         "\"default\"}",
         true},
        {"\"resourceAttributes\":{\"verb\":\"get\",\"resource\":\"pods\",\"subresource\":\"log\","
         "\"namespace\":\"default\"}",
         true},
        {"\"resourceAttributes\":{\"verb\":\"get\",\"resource\":\"pods\",\"subresource\":\"exec\","
         "\"namespace\":\"default\"}",
         false},
        {"\"resourceAttributes\":{\"verb\":\"list\",\"resource\":\"pods\"}", false},
        {"\"resourceAttributes\":{\"verb\":\"list\",\"resource\":\"pods\",\"namespace\":\"other\"}",
         false},
        {"\"nonResourceAttributes\":{\"verb\":\"get\",\"path\":\"/metrics/x\"}", true},
        {"\"nonResourceAttributes\":{\"verb\":\"get\",\"path\":\"/logs\"}", false},
        {"\"nonResourceAttributes\":{\"verb\":\"get\",\"path\":\"/apis\"}", true},
    };
    (void)state;
    struct pocket_api *api = start();
    _cleanup_str_ struct str out = {0};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char body[256];
        snprintf(body, sizeof body, "{\"spec\":{%s}}", cases[i].spec);
        assert_int_equal(ask(api, "Bearer dev", AUTH "selfsubjectaccessreviews", body, &out), 201);
        rig_has(&out, cases[i].allowed ? "\"status\":{\"allowed\":true}"
                                       : "\"status\":{\"allowed\":false}");
        assert_int_equal(ask(api, RIG_LOGIN, AUTH "selfsubjectaccessreviews", body, &out), 201);
        rig_has(&out, "\"status\":{\"allowed\":true}");
    }
    assert_int_equal(ask(api, RIG_LOGIN, AUTH "selfsubjectaccessreviews", "{\"spec\":{}}", &out),
                     422);
    assert_int_equal(ask(api, "", AUTH "selfsubjectaccessreviews", "{\"spec\":{}}", &out), 403);
    pocket_api_free(api);
}

static void says_what_others_may_do(void **state)
{
    (void)state;
    struct pocket_api *api = start();
    _cleanup_str_ struct str out = {0};
    const char *group = "{\"spec\":{\"user\":\"x\",\"groups\":[\"people\"],\"resourceAttributes\":{"
                        "\"verb\":\"get\",\"resource\":\"pods\",\"namespace\":\"default\"}}}";
    assert_int_equal(ask(api, RIG_LOGIN, AUTH "subjectaccessreviews", group, &out), 201);
    rig_has(&out, "\"allowed\":true");
    assert_int_equal(
        ask(api, RIG_LOGIN, AUTH "namespaces/default/localsubjectaccessreviews", group, &out), 201);
    rig_has(&out, "\"allowed\":true");
    assert_int_equal(
        ask(api, RIG_LOGIN, AUTH "namespaces/other/localsubjectaccessreviews", group, &out), 422);
    assert_int_equal(ask(api, "Bearer dev", AUTH "subjectaccessreviews", group, &out), 403);
    assert_int_equal(ask(api, RIG_LOGIN, AUTH "subjectaccessreviews",
                         "{\"spec\":{\"nonResourceAttributes\":{\"verb\":\"get\",\"path\":\"/\"}}}",
                         &out),
                     422);
    assert_int_equal(rig_get(api, AUTH "subjectaccessreviews", &out), 405);
    pocket_api_free(api);
}

static void lists_rules(void **state)
{
    (void)state;
    struct pocket_api *api = start();
    _cleanup_str_ struct str out = {0};
    const char *body = "{\"spec\":{\"namespace\":\"default\"}}";
    assert_int_equal(ask(api, "Bearer dev", AUTH "selfsubjectrulesreviews", body, &out), 201);
    rig_has(&out, "{\"apiGroups\":[\"\"],\"resources\":[\"pods\",\"pods/log\"],\"verbs\":[\"get\","
                  "\"list\"]}");
    rig_has(&out, "{\"nonResourceURLs\":[\"/metrics/*\"],\"verbs\":[\"get\"]}");
    rig_has(&out, "\"incomplete\":false");
    assert_int_equal(ask(api, RIG_LOGIN, AUTH "selfsubjectrulesreviews", body, &out), 201);
    rig_has(&out, "{\"apiGroups\":[\"*\"],\"resources\":[\"*\"],\"verbs\":[\"*\"]}");
    assert_int_equal(ask(api, RIG_LOGIN, AUTH "selfsubjectrulesreviews", "{}", &out), 400);
    pocket_api_free(api);
}

static void knows_whose_a_token_is(void **state)
{
    (void)state;
    struct pocket_api *api = start();
    _cleanup_str_ struct str out = {0};
    const char *tokens = "/apis/authentication.k8s.io/v1/tokenreviews";
    const char *self = "/apis/authentication.k8s.io/v1/selfsubjectreviews";
    assert_int_equal(ask(api, RIG_LOGIN, tokens, "{\"spec\":{\"token\":\"dev\"}}", &out), 201);
    rig_has(&out, "\"status\":{\"authenticated\":true,\"user\":{\"groups\":[\"people\","
                  "\"system:authenticated\"],\"username\":\"dev\"}}");
    assert_int_equal(ask(api, RIG_LOGIN, tokens, "{\"spec\":{\"token\":\"none\"}}", &out), 201);
    rig_has(&out, "\"status\":{\"error\":\"invalid bearer token\",\"user\":{}}");
    assert_int_equal(ask(api, RIG_LOGIN, tokens, "{\"spec\":{}}", &out), 400);
    assert_int_equal(ask(api, "Bearer dev", self, "{}", &out), 201);
    rig_has(&out, "\"status\":{\"userInfo\":{\"groups\":[\"people\",\"system:authenticated\"],"
                  "\"username\":\"dev\"}}");
    pocket_api_free(api);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(says_what_the_asker_may_do),
        cmocka_unit_test(says_what_others_may_do),
        cmocka_unit_test(lists_rules),
        cmocka_unit_test(knows_whose_a_token_is),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
