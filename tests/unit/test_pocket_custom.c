/* Custom kinds: what their schema makes of objects, definitions, scale. */
#include "pocket_rig.h"

#include "unit.h"

#define CRDS "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
#define CATS "/apis/x.io/v1/namespaces/default/cats"
#define CRD(more, schema)                                                                          \
    "{\"apiVersion\":\"apiextensions.k8s.io/v1\",\"kind\":\"CustomResourceDefinition\","           \
    "\"metadata\":{\"name\":\"cats.x.io\"},\"spec\":{\"group\":\"x.io\",\"scope\":\"Namespaced\"," \
    "\"names\":{\"plural\":\"cats\",\"kind\":\"Cat\"},\"versions\":[{\"name\":\"v1\",\"served\":"  \
    "true,\"storage\":true" more ",\"schema\":{\"openAPIV3Schema\":" schema "}}]}}"
#define SPEC(properties)                                                                           \
    "{\"type\":\"object\",\"properties\":{\"spec\":{\"type\":\"object\",\"properties\":"           \
    "{" properties                                                                                 \
    "}},\"status\":{\"type\":\"object\",\"x-kubernetes-preserve-unknown-fields\":true}}}"

static struct pocket_api *start(const char *definition)
{
    _cleanup_str_ struct str out = {0};
    struct pocket_api *api = rig_start("1.31");
    int status = rig_post(api, CRDS, definition, &out);
    if (status != 201)
        fail_msg("%s", str_c(&out));
    return api;
}

static void establishes_definitions(void **state)
{
    (void)state;
    struct pocket_api *api = start(CRD("", SPEC("")));
    _cleanup_str_ struct str out = {0};
    assert_int_equal(rig_get(api, CRDS "/cats.x.io", &out), 200);
    rig_has(&out, "\"type\":\"Established\"");
    rig_has(&out, "\"type\":\"NamesAccepted\"");
    rig_has(&out,
            "\"acceptedNames\":{\"kind\":\"Cat\",\"listKind\":\"CatList\",\"plural\":\"cats\","
            "\"singular\":\"cat\"}");
    rig_has(&out, "\"storedVersions\":[\"v1\"]");
    rig_has(&out, "\"conversion\":{\"strategy\":\"None\"}");
    pocket_api_free(api);
}

static void refuses_wrong_definitions(void **state)
{
    static const struct {
        const char *body, *why;
    } cases[] = {
        {"{\"metadata\":{\"name\":\"a.b\"},\"spec\":{\"group\":\"x.io\",\"scope\":\"Some\","
         "\"names\":{"
         "\"plural\":\"cats\",\"kind\":\"Cat\"},\"versions\":[{\"name\":\"v1\",\"served\":true,"
         "\"storage\":false}]}}",
         "must be spec.names.plural+\\\".\\\"+spec.group"},
        {"{\"metadata\":{\"name\":\"a.b\"},\"spec\":{\"versions\":[{\"name\":\"v1\",\"served\":"
         "true,"
         "\"storage\":false}]}}",
         "must have exactly one version marked as storage version"},
        {"{\"metadata\":{\"name\":\"a.b\"},\"spec\":{\"versions\":[{\"name\":\"v1\",\"served\":"
         "true,"
         "\"storage\":true}]}}",
         "schemas are required"},
        {"{\"metadata\":{\"name\":\"a.b\"},\"spec\":{\"scope\":\"Some\"}}",
         "supported values: \\\"Cluster\\\", \\\"Namespaced\\\""},
        {"{\"metadata\":{\"name\":\"a.b\"}}", "\"field\":\"spec.names.plural\""},
    };
    (void)state;
    struct pocket_api *api = rig_start("1.31");
    _cleanup_str_ struct str out = {0};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_int_equal(rig_post(api, CRDS, cases[i].body, &out), 422);
        rig_has(&out, cases[i].why);
    }
    pocket_api_free(api);
}

static void fills_in_and_leaves_out(void **state)
{
    (void)state;
    struct pocket_api *api = start(
        CRD("", SPEC("\"size\":{\"type\":\"integer\",\"default\":3},\"paws\":{\"type\":\"array\","
                     "\"items\":{\"type\":\"object\",\"properties\":{\"claws\":{\"type\":"
                     "\"integer\",\"default\":5}}}}")));
    _cleanup_str_ struct str out = {0};
    const char *body =
        "{\"metadata\":{\"name\":\"tom\"},\"spec\":{\"paws\":[{\"x\":1},{\"claws\":4}],"
        "\"tail\":true}}";
    assert_int_equal(rig_post(api, CATS "?fieldValidation=Strict", body, &out), 400);
    rig_has(&out, "Cat in version \\\"v1\\\" cannot be handled as a Cat: strict decoding error: "
                  "unknown field \\\"spec.paws[0].x\\\", unknown field \\\"spec.tail\\\"");
    assert_int_equal(rig_post(api, CATS, body, &out), 201);
    rig_has(&out, "\"spec\":{\"paws\":[{\"claws\":5},{\"claws\":4}],\"size\":3}");
    pocket_api_free(api);
}

static void checks_values(void **state)
{
    static const struct {
        const char *schema, *value, *why; /* NULL: fine */
    } cases[] = {
        {"{\"type\":\"integer\"}", "\"x\"",
         "spec.v: Invalid value: \\\"string\\\": spec.v in body must be of type integer: "
         "\\\"string\\\""},
        {"{\"type\":\"integer\"}", "2.0", NULL},
        {"{\"type\":\"string\",\"nullable\":true}", "null", NULL},
        {"{\"type\":\"integer\",\"minimum\":1}", "0",
         "Invalid value: 0: spec.v in body should be greater than or equal to 1"},
        {"{\"type\":\"integer\",\"maximum\":3,\"exclusiveMaximum\":true}", "3",
         "Invalid value: 3: spec.v in body should be less than 3"},
        {"{\"type\":\"integer\",\"multipleOf\":2}", "3", "should be a multiple of 2"},
        {"{\"type\":\"string\",\"enum\":[\"a\",\"b\"]}", "\"c\"",
         "spec.v: Unsupported value: \\\"c\\\": supported values: \\\"a\\\", \\\"b\\\""},
        {"{\"type\":\"string\",\"pattern\":\"^\\\\d+$\"}", "\"c\"",
         "spec.v in body should match '^\\\\d+$'"},
        {"{\"type\":\"string\",\"pattern\":\"^\\\\d+$\"}", "\"12\"", NULL},
        {"{\"type\":\"string\",\"minLength\":2}", "\"\xc3\xa4\"",
         "should be at least 2 chars long"},
        {"{\"type\":\"string\",\"format\":\"date-time\"}", "\"x\"", "must be of type date-time"},
        {"{\"type\":\"array\",\"items\":{\"type\":\"string\"},\"maxItems\":1}", "[\"a\",\"b\"]",
         "spec.v: Too many: 2: must have at most 1 items"},
        {"{\"type\":\"array\",\"items\":{\"type\":\"string\"}}", "[\"a\",1]",
         "spec.v[1]: Invalid value: \\\"integer\\\""},
        {"{\"type\":\"array\",\"items\":{\"type\":\"string\"},\"x-kubernetes-list-type\":\"set\"}",
         "[\"a\",\"a\"]", "spec.v[1]: Duplicate value: \\\"a\\\""},
        {"{\"type\":\"object\",\"required\":[\"a\"],\"properties\":{\"a\":{\"type\":\"string\"}}}",
         "{}", "spec.v.a: Required value"},
        {"{\"x-kubernetes-int-or-string\":true}", "\"50%\"", NULL},
        {"{\"x-kubernetes-int-or-string\":true}", "[]", "spec.v"},
        {"{\"type\":\"integer\",\"oneOf\":[{\"minimum\":1},{\"minimum\":2}]}", "3",
         "must validate one and only one schema (oneOf). Found 2 valid alternatives"},
        {"{\"type\":\"integer\",\"anyOf\":[{\"minimum\":5},{\"maximum\":1}]}", "3",
         "must validate at least one schema (anyOf)"},
        {"{\"type\":\"integer\",\"not\":{\"minimum\":3}}", "3",
         "must not validate the schema (not)"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char crd[1200], body[200];
        _cleanup_str_ struct str out = {0};
        snprintf(crd, sizeof crd, CRD("", SPEC("\"v\":%s")), cases[i].schema);
        struct pocket_api *api = start(crd);
        snprintf(body, sizeof body, "{\"metadata\":{\"name\":\"tom\"},\"spec\":{\"v\":%s}}",
                 cases[i].value);
        assert_int_equal(rig_post(api, CATS, body, &out), cases[i].why ? 422 : 201);
        if (cases[i].why)
            rig_has(&out, cases[i].why);
        pocket_api_free(api);
    }
}

static void scales_by_the_paths_of_the_definition(void **state)
{
    (void)state;
    struct pocket_api *api = start(
        CRD(",\"subresources\":{\"status\":{},\"scale\":{\"specReplicasPath\":\".spec.lives\","
            "\"statusReplicasPath\":\".status.lives\",\"labelSelectorPath\":\".status.sel\"}}",
            SPEC("\"lives\":{\"type\":\"integer\",\"minimum\":1}")));
    _cleanup_str_ struct str out = {0};
    assert_int_equal(
        rig_post(api, CATS, "{\"metadata\":{\"name\":\"tom\"},\"spec\":{\"lives\":9}}", &out), 201);
    struct rig_ask ask = {"PATCH", CATS "/tom/status", .type = "application/merge-patch+json",
                          .body = "{\"status\":{\"lives\":8,\"sel\":\"a=b\"}}"};
    assert_int_equal(rig_ask(api, &ask, &out), 200);
    ask.target = CATS "/tom/scale";
    ask.body = "{\"spec\":{\"replicas\":7}}";
    assert_int_equal(rig_ask(api, &ask, &out), 200);
    rig_has(&out, "\"spec\":{\"replicas\":7},\"status\":{\"replicas\":8,\"selector\":\"a=b\"}");
    ask.type = "application/json-patch+json";
    ask.body = "[{\"op\":\"replace\",\"path\":\"/spec/replicas\",\"value\":0}]";
    assert_int_equal(rig_ask(api, &ask, &out), 422);
    rig_has(&out, "spec.lives in body should be greater than or equal to 1");
    assert_int_equal(rig_get(api, CATS "/tom", &out), 200);
    rig_has(&out, "\"spec\":{\"lives\":7}");
    pocket_api_free(api);
}

static void takes_the_objects_along(void **state)
{
    (void)state;
    struct pocket_api *api = start(CRD("", SPEC("")));
    _cleanup_str_ struct str out = {0};
    assert_int_equal(rig_post(api, CATS, "{\"metadata\":{\"name\":\"tom\"}}", &out), 201);
    assert_int_equal(rig_ask(api, &(struct rig_ask){"DELETE", CRDS "/cats.x.io"}, &out), 200);
    assert_int_equal(rig_get(api, CATS, &out), 404);
    assert_int_equal(rig_post(api, CRDS, CRD("", SPEC("")), &out), 201);
    assert_int_equal(rig_get(api, CATS, &out), 200);
    rig_has(&out, "\"items\":[]");
    pocket_api_free(api);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(establishes_definitions),
        cmocka_unit_test(refuses_wrong_definitions),
        cmocka_unit_test(fills_in_and_leaves_out),
        cmocka_unit_test(checks_values),
        cmocka_unit_test(scales_by_the_paths_of_the_definition),
        cmocka_unit_test(takes_the_objects_along),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
