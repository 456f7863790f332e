/* Selectors and discovery documents of the pocket. */
#include "pocket/show/discovery.h"
#include "pocket/show/selector.h"

#include <stdio.h>

#include "unit.h"

static const struct doc_node *parse(struct arena *a, const char *text)
{
    struct doc_file f = {0};
    struct err err = {0};
    if (doc_parse(&f, "test", sv_of(text), NULL, &err) < 0 || f.error_count)
        fail_msg("%s: %s", text, err.msg);
    const struct doc_node *copy = value_clone(a, f.parts[0].root);
    doc_release(&f);
    return copy;
}

static void selects_by_labels(void **state)
{
    static const struct {
        const char *selector, *labels;
        bool matches;
    } examples[] = {
        {"", "{a: b}", true},
        {"a=b", "{a: b}", true},
        {"a==b", "{a: c}", false},
        {"a = b , c", "{a: b, c: d}", true},
        {"a!=b", "{}", true},
        {"a!=b", "{a: b}", false},
        {"a in (b, c)", "{a: c}", true},
        {"a in (b,c),d notin (e)", "{a: c, d: e}", false},
        {"a notin (b)", "{}", true},
        {"a in (,b)", "{a: ''}", true},
        {"!a", "{}", true},
        {"!a", "{a: ''}", false},
        {"a", "{a: ''}", true},
        {"a", "{}", false},
        {"a>3", "{a: '4'}", true},
        {"a>3", "{a: '3'}", false},
        {"a<3", "{a: '-1'}", true},
        {"a<3", "{a: x}", false},
        {"a=", "{a: ''}", true},
        {"a=,b", "{a: '', b: c}", true},
        {"example.org/a=b.c_d", "{example.org/a: b.c_d}", true},
        {"in in (in)", "{in: in}", true},
    };
    (void)state;
    for (size_t i = 0; i < sizeof examples / sizeof *examples; i++) {
        _cleanup_arena_ struct arena a = {0};
        struct err err = {0};
        struct selector *s = selector_parse(sv_of(examples[i].selector), &err);
        if (!s)
            fail_msg("%s: %s", examples[i].selector, err.msg);
        if (selector_takes(s, parse(&a, examples[i].labels)) != examples[i].matches)
            fail_msg("%s on %s", examples[i].selector, examples[i].labels);
        selector_free(s);
    }
    assert_true(selector_takes(NULL, NULL));
}

static void refuses_what_is_no_label_selector(void **state)
{
    static const char *const bad[] = {"=b",   "a,",    "a in b", "a in (b", "a b",  "a>x",   "!",
                                      "!a=b", "a=b=c", "a==,=",  "-a",      "a=b-", "a/b/c", "/a"};
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct err err = {0};
        if (selector_parse(sv_of(bad[i]), &err))
            fail_msg("%s: not refused", bad[i]);
        assert_int_equal(err.class, ERR_INPUT);
        assert_non_null(strstr(err.msg, "unable to parse requirement: "));
    }
}

static void selects_by_fields(void **state)
{
    static const struct {
        const char *selector, *object;
        int matches; /* -1: refused */
    } examples[] = {
        {"metadata.name=a", "{kind: Pod, metadata: {name: a}}", true},
        {"spec.nodeName!=n,status.phase=Running",
         "{kind: Pod, spec: {nodeName: m}, status: {phase: Running}}", true},
        {"spec.nodeName=", "{kind: Pod}", true},
        {"spec.unschedulable=false", "{kind: Node}", true},
        {"spec.unschedulable=true", "{kind: Node, spec: {unschedulable: true}}", true},
        {"involvedObject.name=x,type!=Normal",
         "{kind: Event, type: Warning, involvedObject: {name: x}}", true},
        {"source=kubelet", "{kind: Event, source: {component: kubelet}}", true},
        {"metadata.name=a\\,b", "{kind: Pod, metadata: {name: 'a,b'}}", true},
        {"spec.foo=a", "{kind: Pod}", -1},
        {"spec.nodeName=a", "{kind: Node}", -1},
        {"metadata.name", "{kind: Pod}", -1},
        {"metadata.name=a\\x", "{kind: Pod}", -1},
        {"metadata.name=a=b", "{kind: Pod}", -1},
    };
    (void)state;
    for (size_t i = 0; i < sizeof examples / sizeof *examples; i++) {
        _cleanup_arena_ struct arena a = {0};
        struct err err = {0};
        const struct doc_node *object = parse(&a, examples[i].object);
        struct selector *s = selector_parse_fields(sv_of(examples[i].selector),
                                                   doc_get_string(object, "kind"), &err);
        if (!s != (examples[i].matches < 0))
            fail_msg("%s: %s", examples[i].selector, err.msg);
        if (s && selector_matches_fields(s, doc_get_string(object, "kind"), object) !=
                     examples[i].matches)
            fail_msg("%s on %s", examples[i].selector, examples[i].object);
        selector_free(s);
    }
}

static void knows_the_name_a_selector_asks_for(void **state)
{
    (void)state;
    struct selector *s =
        selector_parse_fields(SV("metadata.namespace=n,metadata.name=x"), SV("Pod"), NULL);
    assert_non_null(s);
    assert_true(sv_is(selector_name(s), "x"));
    assert_true(sv_is(selector_namespace(s), "n"));
    selector_free(s);
    s = selector_parse_fields(SV("metadata.name!=x"), SV("Pod"), NULL);
    assert_null(selector_name(s).ptr);
    selector_free(s);
}

static void selects_by_objects(void **state)
{
    (void)state;
    _cleanup_arena_ struct arena a = {0};
    const struct doc_node *labels = parse(&a, "{a: b, c: d}");
    assert_false(selector_matches_object(NULL, labels));
    assert_true(selector_matches_object(parse(&a, "{}"), labels));
    assert_true(selector_matches_object(parse(&a, "{matchLabels: {a: b}}"), labels));
    assert_false(selector_matches_object(parse(&a, "{matchLabels: {a: c}}"), labels));
    assert_false(selector_matches_object(
        parse(&a, "{matchExpressions: [{key: a, operator: NotIn, values: [b]}]}"), labels));
    assert_true(selector_matches_object(
        parse(
            &a,
            "{matchExpressions: [{key: a, operator: In, values: [x, b]}, {key: e, operator: "
            "DoesNotExist}, {key: c, operator: Exists}, {key: z, operator: NotIn, values: [q]}]}"),
        labels));
}

static const struct discovery_resource resources[] = {
    {"", "v1", "Pod", "pods", "pod", true, "watch list get", "po", "all", NULL, NULL},
    {"", "v1", "Eviction", "pods/eviction", "", true, "create", NULL, NULL, "policy", "v1"},
    {"apps", "v1", "Deployment", "deployments", "deployment", true, "get", "deploy", "all", NULL,
     NULL},
    {"policy", "v1", "PodDisruptionBudget", "poddisruptionbudgets", "poddisruptionbudget", true,
     "get", "pdb", NULL, NULL, NULL},
    {"policy", "v1beta1", "PodDisruptionBudget", "poddisruptionbudgets", "poddisruptionbudget",
     true, "get", "pdb", NULL, NULL, NULL},
};
static const struct discovery kinds = {resources, sizeof resources / sizeof *resources};

static void says_which_resources_there_are(void **state)
{
    (void)state;
    _cleanup_arena_ struct arena a = {0};
    struct sv text = value_json(&a, discovery_resources(&a, &kinds, SV(""), SV("v1")));
    assert_string_equal(
        text.ptr,
        "{\"groupVersion\":\"v1\",\"kind\":\"APIResourceList\",\"resources\":[{\"categories\":["
        "\"all\"],"
        "\"kind\":\"Pod\",\"name\":\"pods\",\"namespaced\":true,\"shortNames\":[\"po\"],"
        "\"singularName\":\"pod\",\"verbs\":[\"get\",\"list\",\"watch\"]},{\"group\":\"policy\","
        "\"kind\":\"Eviction\",\"name\":\"pods/"
        "eviction\",\"namespaced\":true,\"singularName\":\"\","
        "\"verbs\":[\"create\"],\"version\":\"v1\"}]}");
    assert_null(discovery_resources(&a, &kinds, SV("apps"), SV("v2")));
    assert_null(discovery_group(&a, &kinds, SV("nope")));
    text = value_json(&a, discovery_group(&a, &kinds, SV("policy")));
    assert_string_equal(
        text.ptr,
        "{\"apiVersion\":\"v1\",\"kind\":\"APIGroup\",\"name\":\"policy\",\"preferredVersion\":"
        "{\"groupVersion\":\"policy/v1\",\"version\":\"v1\"},\"versions\":[{\"groupVersion\":"
        "\"policy/v1\",\"version\":\"v1\"},{\"groupVersion\":\"policy/v1beta1\",\"version\":"
        "\"v1beta1\"}]}");
    const struct doc_node *groups = doc_get(discovery_groups(&a, &kinds), "groups");
    assert_int_equal(doc_count(groups), 2);
    assert_true(sv_is(doc_get_string(doc_item(groups, 1), "name"), "policy"));
    assert_int_equal(doc_count(doc_get(discovery_paths(&a, &kinds), "paths")), 15);
}

static void aggregates(void **state)
{
    (void)state;
    _cleanup_arena_ struct arena a = {0};
    struct sv text = value_json(&a, discovery_aggregated(&a, &kinds, true, SV("v2")));
    assert_string_equal(
        text.ptr,
        "{\"apiVersion\":\"apidiscovery.k8s.io/"
        "v2\",\"items\":[{\"metadata\":{\"creationTimestamp\":null},"
        "\"versions\":[{\"freshness\":\"Current\",\"resources\":[{\"categories\":[\"all\"],"
        "\"resource\":"
        "\"pods\",\"responseKind\":{\"group\":\"\",\"kind\":\"Pod\",\"version\":\"v1\"},\"scope\":"
        "\"Namespaced\",\"shortNames\":[\"po\"],\"singularResource\":\"pod\",\"subresources\":[{"
        "\"responseKind\":{\"group\":\"policy\",\"kind\":\"Eviction\",\"version\":\"v1\"},"
        "\"subresource\":\"eviction\",\"verbs\":[\"create\"]}],\"verbs\":[\"get\",\"list\","
        "\"watch\"]}],"
        "\"version\":\"v1\"}]}],\"kind\":\"APIGroupDiscoveryList\",\"metadata\":{}}");
    const struct doc_node *rest = discovery_aggregated(&a, &kinds, false, SV("v2beta1"));
    assert_int_equal(doc_count(doc_get(rest, "items")), 2);
    const struct sv both =
        SV("application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,"
           "application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList,"
           "application/json");
    assert_true(sv_is(discovery_aggregated_wanted(both, 31), "v2"));
    assert_true(sv_is(discovery_aggregated_wanted(both, 28), "v2beta1"));
    assert_null(discovery_aggregated_wanted(both, 24).ptr);
    assert_null(discovery_aggregated_wanted(SV("application/json, */*"), 31).ptr);
    assert_null(discovery_aggregated_wanted(SV_NONE, 31).ptr);
}

static void says_its_version(void **state)
{
    (void)state;
    _cleanup_arena_ struct arena a = {0};
    const struct doc_node *version = discovery_version(&a, SV("1.31"));
    assert_true(sv_is(doc_get_string(version, "major"), "1"));
    assert_true(sv_is(doc_get_string(version, "minor"), "31+"));
    assert_true(sv_starts(doc_get_string(version, "gitVersion"), "v1.31."));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(selects_by_labels),  cmocka_unit_test(refuses_what_is_no_label_selector),
        cmocka_unit_test(selects_by_fields),  cmocka_unit_test(knows_the_name_a_selector_asks_for),
        cmocka_unit_test(selects_by_objects), cmocka_unit_test(says_which_resources_there_are),
        cmocka_unit_test(aggregates),         cmocka_unit_test(says_its_version),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
