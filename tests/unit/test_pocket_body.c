/* Bodies: fields that a kind does not have, values of a wrong type, protobuf. */
#include "pocket_rig.h"

#include "unit.h"

#define DEPLOYMENTS "/apis/apps/v1/namespaces/default/deployments"
#define BODY(spec, container)                                                                      \
    "{\"apiVersion\":\"apps/v1\",\"kind\":\"Deployment\",\"metadata\":{\"name\":\"web\"},"         \
    "\"spec\":{\"selector\":{\"matchLabels\":{\"a\":\"b\"}}" spec                                  \
    ",\"template\":{\"metadata\":{\"labels\":{\"a\":\"b\"}},\"spec\":{\"containers\":[{\"name\":"  \
    "\"c\",\"image\":\"i\"" container "}]}}}}"
#define STRATEGIC "application/strategic-merge-patch+json"
#define MERGE "application/merge-patch+json"

static void refuses_unknown_fields_when_strict(void **state)
{
    (void)state;
    struct pocket_api *api = rig_start("1.31");
    _cleanup_str_ struct str out = {0};
    const char *body = BODY(",\"replcas\":2,\"replicas\":1,\"replicas\":2", ",\"imag\":\"x\"");
    assert_int_equal(rig_post(api, DEPLOYMENTS "?fieldValidation=Strict", body, &out), 400);
    rig_has(&out,
            "\"message\":\"Deployment in version \\\"v1\\\" cannot be handled as a Deployment: "
            "strict decoding error: unknown field \\\"spec.replcas\\\", duplicate field "
            "\\\"spec.replicas\\\", unknown field "
            "\\\"spec.template.spec.containers[0].imag\\\"\"");
    rig_has(&out, "\"reason\":\"BadRequest\"");
    assert_int_equal(rig_post(api, DEPLOYMENTS "?fieldValidation=Some", body, &out), 422);
    rig_has(&out, "supported values: ");
    pocket_api_free(api);
}

static void warns_and_leaves_them_out(void **state)
{
    (void)state;
    struct pocket_api *api = rig_start("1.31");
    _cleanup_str_ struct str out = {0};
    _cleanup_pocket_answer_ struct pocket_answer answer = {0};
    struct rig_ask ask = {"POST", DEPLOYMENTS, .body = BODY(",\"replcas\":2", "")};
    assert_int_equal(rig_answer(api, &ask, &answer, &out), 201);
    assert_string_equal(str_c(&answer.headers),
                        "Warning: 299 - \"unknown field \\\"spec.replcas\\\"\"\r\n");
    rig_lacks(&out, "replcas");
    pocket_answer_release(&answer);
    ask.target = DEPLOYMENTS "?fieldValidation=Ignore&dryRun=All";
    assert_int_equal(rig_answer(api, &ask, &answer, &out), 409);
    assert_int_equal(answer.headers.len, 0);
    pocket_api_free(api);
}

static void says_nothing_where_the_version_does_not(void **state)
{
    (void)state;
    struct pocket_api *api = rig_start("1.24");
    _cleanup_str_ struct str out = {0};
    _cleanup_pocket_answer_ struct pocket_answer answer = {0};
    const struct rig_ask ask = {"POST", DEPLOYMENTS "?fieldValidation=Strict",
                                .body = BODY(",\"replcas\":2", "")};
    assert_int_equal(rig_answer(api, &ask, &answer, &out), 201);
    assert_int_equal(answer.headers.len, 0);
    rig_lacks(&out, "replcas");
    pocket_api_free(api);
}

static void refuses_values_of_other_types(void **state)
{
    static const struct {
        const char *body, *why;
    } cases[] = {
        {BODY(",\"replicas\":\"two\"", ""),
         "json: cannot unmarshal string into Go struct field DeploymentSpec.spec.replicas of type "
         "int32"},
        {BODY("", ",\"image\":7"), "json: cannot unmarshal number into Go struct field "
                                   "Container.spec.template.spec.containers.image of type string"},
        {BODY(",\"paused\":1.5", ""), "json: cannot unmarshal number 1.5 into Go struct field "
                                      "DeploymentSpec.spec.paused of type bool"},
        {BODY("", ",\"command\":\"x\""),
         "json: cannot unmarshal string into Go struct field "
         "Container.spec.template.spec.containers.command of type []string"},
        {"{\"apiVersion\":\"apps/v1\",\"kind\":\"Deployment\",\"spec\":[]}",
         "json: cannot unmarshal array into Go struct field Deployment.spec of type "
         "v1.DeploymentSpec"},
    };
    (void)state;
    struct pocket_api *api = rig_start("1.20");
    _cleanup_str_ struct str out = {0};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_int_equal(rig_post(api, DEPLOYMENTS, cases[i].body, &out), 400);
        rig_has(&out, cases[i].why);
    }
    pocket_api_free(api);
}

static void refuses_large_bodies(void **state)
{
    struct pocket_api *api = rig_start("1.30");
    for (int more = 0; more < 2; more++) {
        _cleanup_str_ struct str body = {0}, out = {0};
        str_adds(&body, BODY("", ""));
        str_fill(&body, ' ', 3145728 - body.len + (size_t)more);
        assert_int_equal(rig_post(api, DEPLOYMENTS, str_c(&body), &out), more ? 413 : 201);
        if (more)
            rig_has(&out, "Request entity too large: limit is 3145728");
    }
    pocket_api_free(api);
}

static int patch(struct pocket_api *api, const char *query, const char *type, const char *body,
                 struct str *out)
{
    char target[128];
    snprintf(target, sizeof target, DEPLOYMENTS "/web%s", query);
    return rig_ask(api, &(struct rig_ask){"PATCH", target, .type = type, .body = body}, out);
}

static void checks_what_patches_make(void **state)
{
    (void)state;
    struct pocket_api *api = rig_start("1.31");
    _cleanup_str_ struct str out = {0};
    const char *wrong = "{\"spec\":{\"foo\":{\"b\":[1,\"x\"],\"a\":null}}}";
    assert_int_equal(rig_post(api, DEPLOYMENTS, BODY("", ""), &out), 201);
    assert_int_equal(patch(api, "?fieldValidation=Strict", STRATEGIC, wrong, &out), 422);
    rig_has(&out,
            "\"message\":\" \\\"\\\" is invalid: patch: Invalid value: \\\"map[spec:map[foo:map["
            "a:<nil> b:[1 x]]]]\\\": strict decoding error: unknown field \\\"spec.foo\\\"\"");
    rig_has(&out, "\"details\":{\"causes\":[{\"reason\":\"FieldValueInvalid\",");
    assert_int_equal(patch(api, "?fieldValidation=Strict", MERGE, wrong, &out), 422);
    rig_has(&out, "strict decoding error: unknown field \\\"spec.foo\\\"");
    assert_int_equal(patch(api, "", MERGE, wrong, &out), 200);
    rig_lacks(&out, "foo");
    assert_int_equal(patch(api, "", MERGE, "{\"spec\":{\"replicas\":\"x\"}}", &out), 422);
    rig_has(&out,
            ": json: cannot unmarshal string into Go struct field DeploymentSpec.spec.replicas "
            "of type int32\"");
    assert_int_equal(patch(api, "", MERGE, "{", &out), 400);
    rig_has(&out, "\"message\":\"Invalid JSON Patch\"");
    assert_int_equal(patch(api, "", "application/json-patch+json",
                           "[{\"op\":\"test\",\"path\":\"/spec/replicas\",\"value\":9}]", &out),
                     422);
    rig_has(&out, "\"reason\":\"Invalid\",\"details\":{},");
    pocket_api_free(api);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(refuses_unknown_fields_when_strict),
        cmocka_unit_test(warns_and_leaves_them_out),
        cmocka_unit_test(says_nothing_where_the_version_does_not),
        cmocka_unit_test(refuses_values_of_other_types),
        cmocka_unit_test(refuses_large_bodies),
        cmocka_unit_test(checks_what_patches_make),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
