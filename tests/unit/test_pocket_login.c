/* Tokens of service accounts, and asking as somebody else. */
#include "pocket_rig.h"

#include "unit.h"

#define ACCOUNTS "/api/v1/namespaces/default/serviceaccounts"
#define RBAC "/apis/rbac.authorization.k8s.io/v1/"

static struct pocket_api *start(void)
{
    _cleanup_str_ struct str out = {0};
    struct pocket_api *api = rig_start("1.31");
    assert_int_equal(rig_post(api, ACCOUNTS, "{\"metadata\":{\"name\":\"worker\"}}", &out), 201);
    assert_int_equal(rig_post(api, RBAC "namespaces/default/roles",
                              "{\"metadata\":{\"name\":\"reader\"},\"rules\":[{\"apiGroups\":["
                              "\"\"],\"resources\":[\"pods\"],\"verbs\":[\"list\"]}]}",
                              &out),
                     201);
    assert_int_equal(
        rig_post(api, RBAC "namespaces/default/rolebindings",
                 "{\"metadata\":{\"name\":\"r\"},\"roleRef\":{\"apiGroup\":\"rbac.authorization."
                 "k8s.io\",\"kind\":\"Role\",\"name\":\"reader\"},\"subjects\":[{\"kind\":"
                 "\"ServiceAccount\",\"name\":\"worker\",\"namespace\":\"default\"},{\"kind\":"
                 "\"Group\",\"name\":\"people\"}]}",
                 &out),
        201);
    return api;
}

/* The login that a TokenRequest gives. */
static char *token_of(struct pocket_api *api, const char *body)
{
    _cleanup_str_ struct str out = {0};
    assert_int_equal(rig_post(api, ACCOUNTS "/worker/token", body, &out), 201);
    rig_has(&out, "\"kind\":\"TokenRequest\"");
    const char *from = strstr(str_c(&out), "\"token\":\"");
    assert_non_null(from);
    from += strlen("\"token\":\"");
    char *login = NULL;
    assert_true(asprintf(&login, "Bearer %.*s", (int)strcspn(from, "\""), from) > 0);
    return login;
}

static int as(struct pocket_api *api, const char *login, const char *target, struct str *out)
{
    return rig_ask(api, &(struct rig_ask){"GET", target, .login = login}, out);
}

static void logs_an_account_in(void **state)
{
    (void)state;
    _cleanup_str_ struct str out = {0};
    struct pocket_api *api = start();
    _cleanup_free_ char *login = token_of(api, "{\"spec\":{\"expirationSeconds\":600}}");
    assert_int_equal(as(api, login, "/api/v1/namespaces/default/pods", &out), 200);
    assert_int_equal(as(api, login, "/api/v1/namespaces/default/secrets", &out), 403);
    rig_has(&out, "User \\\"system:serviceaccount:default:worker\\\" cannot list");
    pocket_api_set_time(api, RIG_TIME + 600 * 1000 - 1);
    assert_int_equal(as(api, login, "/api/v1/namespaces/default/pods", &out), 200);
    pocket_api_set_time(api, RIG_TIME + 600 * 1000);
    assert_int_equal(as(api, login, "/api/v1/namespaces/default/pods", &out), 401);
    pocket_api_free(api);
}

static void refuses_odd_requests_for_tokens(void **state)
{
    (void)state;
    _cleanup_str_ struct str out = {0};
    struct pocket_api *api = start();
    assert_int_equal(rig_post(api, ACCOUNTS "/nobody/token", "{}", &out), 404);
    assert_int_equal(
        rig_post(api, ACCOUNTS "/worker/token", "{\"spec\":{\"expirationSeconds\":599}}", &out),
        422);
    rig_has(&out, "may not specify a duration less than 10 minutes");
    assert_int_equal(as(api, "Bearer made-up", ACCOUNTS, &out), 401);
    pocket_api_free(api);
}

static int ask_as(struct pocket_api *api, const char *login, const char *user, const char *groups,
                  struct str *out)
{
    const struct pocket_request request = {
        .method = SV("GET"),
        .path = SV("/api/v1/namespaces/default/pods"),
        .authorization = sv_of(login),
        .impersonate_user = sv_of(user),
        .impersonate_groups = groups ? sv_of(groups) : SV_NONE,
    };
    struct pocket_answer answer = {0};
    pocket_api_handle(api, &request, &answer);
    int status = answer.status;
    str_reset(out);
    str_addv(out, str_sv(&answer.body));
    pocket_answer_release(&answer);
    return status;
}

static void acts_as_somebody_else(void **state)
{
    (void)state;
    _cleanup_str_ struct str out = {0};
    struct pocket_api *api = start();
    pocket_api_add_user(api, SV("dev"), "dev", "people");
    assert_int_equal(ask_as(api, RIG_LOGIN, "system:serviceaccount:default:worker", NULL, &out),
                     200);
    assert_int_equal(ask_as(api, RIG_LOGIN, "system:serviceaccount:default:other", NULL, &out),
                     403);
    assert_int_equal(ask_as(api, RIG_LOGIN, "anna", NULL, &out), 403);
    rig_has(&out, "User \\\"anna\\\" cannot list resource \\\"pods\\\"");
    assert_int_equal(ask_as(api, RIG_LOGIN, "anna", "others,people", &out), 200);
    assert_int_equal(ask_as(api, "Bearer dev", "anna", NULL, &out), 403);
    rig_has(&out, "users \\\"anna\\\" is forbidden: User \\\"dev\\\" cannot impersonate resource");
    pocket_api_free(api);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(logs_an_account_in),
        cmocka_unit_test(refuses_odd_requests_for_tokens),
        cmocka_unit_test(acts_as_somebody_else),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
