/* Tables: spans, columns of custom kinds, the shape of the answer. That the cells of built-in kinds
 * are those of the API server is shown end to end (test_pocket_table.py). */
#include "pocket/show/custom.h"
#include "pocket/show/table.h"

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

static void writes_spans_as_kubectl_does(void **state)
{
    static const struct {
        int64_t seconds;
        const char *text;
    } spans[] = {
        {-2, "<invalid>"},  {-1, "0s"},       {0, "0s"},          {119, "119s"},
        {120, "2m"},        {599, "9m59s"},   {600, "10m"},       {10799, "179m"},
        {10800, "3h"},      {28799, "7h59m"}, {28800, "8h"},      {172799, "47h"},
        {172800, "2d"},     {176400, "2d1h"}, {691199, "7d23h"},  {691200, "8d"},
        {63071999, "729d"}, {63072000, "2y"}, {63158400, "2y1d"}, {252288000, "8y"},
    };
    (void)state;
    _cleanup_arena_ struct arena a = {0};
    for (size_t i = 0; i < sizeof spans / sizeof *spans; i++)
        assert_string_equal(cell_span(&a, spans[i].seconds).ptr, spans[i].text);
}

static void follows_json_paths(void **state)
{
    static const struct {
        const char *path, *want; /* NULL: nothing */
    } paths[] = {
        {".spec.a", "1"},
        {".spec['b']", "\"x\""},
        {".spec.list[1].v", "2"},
        {".spec.list[*].v", "1"},
        {".spec.list[?(@.name==\"q\")].v", "2"},
        {".spec.list[?(@.name=='q')].v", "2"},
        {".metadata.annotations.e\\.org/x", "\"y z\""},
        {".spec.list[?(@.name==\"none\")].v", NULL},
        {".spec.list[9]", NULL},
        {".spec.none.more", NULL},
        {".spec.list[", NULL},
        {".spec.list[?(@.name)]", NULL},
        {"spec", NULL},
    };
    (void)state;
    _cleanup_arena_ struct arena a = {0};
    const struct doc_node *object = parse(
        &a,
        "{metadata: {annotations: {e.org/x: 'y z'}}, spec: {a: 1, b: x, list: [{name: p, v: 1}, "
        "{name: q, v: 2}]}}");
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        const struct doc_node *got = custom_at(object, sv_of(paths[i].path));
        if (!got != !paths[i].want)
            fail_msg("%s", paths[i].path);
        if (got)
            assert_string_equal(value_json(&a, got).ptr, paths[i].want);
    }
}

static void shows_custom_kinds_by_their_columns(void **state)
{
    (void)state;
    _cleanup_arena_ struct arena a = {0};
    const struct doc_node *object = parse(&a, "{apiVersion: e.org/v1, kind: W, metadata: {name: w, "
                                              "creationTimestamp: '1970-01-01T00:00:10Z'}, "
                                              "spec: {size: 3, ready: true, who: {a: b}}}");
    struct table_request request = {
        .group = SV("e.org"),
        .kind = SV("W"),
        .version = SV("v1"),
        .columns = parse(
            &a, "[{name: Size, type: integer, jsonPath: .spec.size, priority: 1}, {name: Wrong, "
                "type: integer, jsonPath: .spec.ready}, {name: Ready, type: boolean, jsonPath: "
                ".spec.ready}, {name: Who, type: string, jsonPath: .spec.who}, {name: None, type: "
                "string, jsonPath: .spec.none}, {name: Age, type: date, jsonPath: "
                ".metadata.creationTimestamp}]"),
        .include = TABLE_NONE,
        .now = 40,
    };
    const struct doc_node *table =
        table_of(&a, &request, &object, 1, parse(&a, "{resourceVersion: '7'}"));
    assert_string_equal(value_json(&a, doc_get(table, "rows")).ptr,
                        "[{\"cells\":[\"w\",3,null,true,\"{\\\"a\\\":\\\"b\\\"}\",null,\"30s\"]}]");
    assert_string_equal(
        value_json(&a, doc_at(table, "columnDefinitions[1]")).ptr,
        "{\"description\":\"\",\"format\":\"\",\"name\":\"Size\",\"priority\":1,\"type\":"
        "\"integer\"}");
    assert_true(sv_is(doc_scalar(doc_at(table, "metadata.resourceVersion")), "7"));
    request.columns = parse(&a, "[]");
    table = table_of(&a, &request, &object, 1, NULL);
    assert_string_equal(value_json(&a, doc_get(table, "rows")).ptr,
                        "[{\"cells\":[\"w\",\"30s\"]}]");
}

static void includes_what_is_asked_for(void **state)
{
    (void)state;
    _cleanup_arena_ struct arena a = {0};
    const struct doc_node *object =
        parse(&a, "{apiVersion: v1, kind: Secret, metadata: {name: s}, type: t, data: {a: Yg==}}");
    struct table_request request = {
        .kind = SV("Secret"), .version = SV("v1beta1"), .no_headers = true};
    assert_string_equal(
        value_json(&a, table_of(&a, &request, &object, 1, NULL)).ptr,
        "{\"apiVersion\":\"meta.k8s.io/v1beta1\",\"columnDefinitions\":null,\"kind\":\"Table\","
        "\"metadata\":{},\"rows\":[{\"cells\":[\"s\",\"t\",1,\"<unknown>\"],\"object\":{"
        "\"apiVersion\":"
        "\"meta.k8s.io/"
        "v1beta1\",\"kind\":\"PartialObjectMetadata\",\"metadata\":{\"name\":\"s\"}}}]}");
    request.include = TABLE_OBJECT;
    const struct doc_node *table = table_of(&a, &request, &object, 1, NULL);
    assert_true(doc_equal(doc_at(table, "rows[0].object"), object));
    request.kind = SV("LimitRange"); /* no columns of its own */
    table = table_of(&a, &request, &object, 1, NULL);
    assert_string_equal(value_json(&a, doc_at(table, "rows[0].cells")).ptr, "[\"s\",null]");
}

static void says_when_a_pod_restarted(void **state)
{
    (void)state;
    _cleanup_arena_ struct arena a = {0};
    const struct doc_node *pod = parse(
        &a, "{metadata: {name: p}, spec: {initContainers: [{name: s, restartPolicy: Always}], "
            "containers: "
            "[{name: c}]}, status: {phase: Running, initContainerStatuses: [{name: s, started: "
            "true, ready: "
            "true, state: {running: {}}}], containerStatuses: [{name: c, ready: true, "
            "restartCount: 2, state: "
            "{running: {}}, lastState: {terminated: {finishedAt: '1970-01-01T00:00:10Z'}}}]}}");
    struct table_request request = {.kind = SV("Pod"), .version = SV("v1"), .now = 70};
    const struct doc_node *table = table_of(&a, &request, &pod, 1, NULL);
    assert_string_equal(
        value_json(&a, doc_at(table, "rows[0].cells")).ptr,
        "[\"p\",\"2/2\",\"Running\",\"2 (60s ago)\",\"<unknown>\",\"<none>\",\"<none>\","
        "\"<none>\",\"<none>\"]");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(writes_spans_as_kubectl_does),
        cmocka_unit_test(follows_json_paths),
        cmocka_unit_test(shows_custom_kinds_by_their_columns),
        cmocka_unit_test(includes_what_is_asked_for),
        cmocka_unit_test(says_when_a_pod_restarted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
