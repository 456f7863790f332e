/* Server-side apply: who owns what, conflicts, and what goes when nobody wants it any more. */
#include "pocket/patch/patch.h"

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

static struct patch_writer writer(const char *name, bool force)
{
    return (struct patch_writer){.manager = sv_of(name),
                                 .api_version = SV("v1"),
                                 .time = SV("2026-01-02T03:04:05Z"),
                                 .force = force};
}

static struct doc_node *apply(struct arena *a, const struct doc_node *live, const char *intent,
                              const char *name, bool force, struct patch_error *e)
{
    struct outline pod = outline_of_kind(SV("v1"), SV("Pod"));
    struct patch_writer who = writer(name, force);
    return patch_apply(a, &pod, live, parse(a, intent), &who, e);
}

static void is(struct arena *a, const struct doc_node *got, const char *path, const char *want)
{
    const struct doc_node *part = *path ? doc_at(got, path) : got;
    if (!part)
        fail_msg("no %s", path);
    struct sv text = value_json(a, part);
    assert_string_equal(text.ptr, want);
}

#define POD "apiVersion: v1, kind: Pod, metadata: {name: p"

static void owns_what_is_applied(void **state)
{
    (void)state;
    _cleanup_arena_ struct arena a = {0};
    struct patch_error e = {0};
    struct doc_node *got =
        apply(&a, NULL,
              "{" POD ", labels: {a: b}}, spec: {containers: [{name: c, image: x, args: [v]}]}}",
              "one", false, &e);
    assert_non_null(got);
    is(&a, got, "spec", "{\"containers\":[{\"args\":[\"v\"],\"image\":\"x\",\"name\":\"c\"}]}");
    is(&a, got, "metadata.managedFields",
       "[{\"apiVersion\":\"v1\",\"fieldsType\":\"FieldsV1\",\"fieldsV1\":{\"f:metadata\":{\"f:"
       "labels\":"
       "{\"f:a\":{}}},\"f:spec\":{\"f:containers\":{\"k:{\\\"name\\\":\\\"c\\\"}\":{\".\":{},"
       "\"f:args\":{},\"f:image\":{},\"f:name\":{}}}}},\"manager\":\"one\",\"operation\":\"Apply\","
       "\"time\":\"2026-01-02T03:04:05Z\"}]");
}

static void takes_away_what_is_no_longer_applied(void **state)
{
    (void)state;
    _cleanup_arena_ struct arena a = {0};
    struct patch_error e = {0};
    struct doc_node *got = apply(
        &a, NULL,
        "{" POD
        ", labels: {a: b, c: d}}, spec: {containers: [{name: c, env: [{name: E, value: f}]}]}}",
        "one", false, &e);
    got = apply(&a, got, "{" POD ", labels: {c: d, e: f}}}", "two", false, &e);
    assert_non_null(got);
    got =
        apply(&a, got, "{" POD ", labels: {}}, spec: {containers: [{name: z}]}}", "one", false, &e);
    assert_non_null(got);
    is(&a, got, "metadata.labels", "{\"c\":\"d\",\"e\":\"f\"}");
    is(&a, got, "spec", "{\"containers\":[{\"name\":\"z\"}]}");
}

static void refuses_conflicts(void **state)
{
    (void)state;
    _cleanup_arena_ struct arena a = {0};
    struct patch_error e = {0};
    struct doc_node *live =
        apply(&a, NULL, "{" POD ", labels: {a: b}}, spec: {containers: [{name: c, image: x}]}}",
              "one", false, &e);
    assert_null(apply(&a, live, "{" POD ", labels: {a: z}}}", "two", false, &e));
    assert_int_equal(e.code, 409);
    assert_string_equal(e.reason, "Conflict");
    assert_string_equal(e.message,
                        "Apply failed with 1 conflict: conflict with \"one\": .metadata.labels.a");
    assert_int_equal(e.cause_count, 1);
    assert_string_equal(e.causes[0].reason, "FieldManagerConflict");
    assert_string_equal(e.causes[0].message, "conflict with \"one\"");
    assert_string_equal(e.causes[0].field, ".metadata.labels.a");
    assert_null(apply(&a, live,
                      "{" POD ", labels: {a: z}}, spec: {containers: [{name: c, image: y}]}}",
                      "two", false, &e));
    assert_string_equal(e.message, "Apply failed with 2 conflicts: conflicts with \"one\":\n"
                                   "- .metadata.labels.a\n"
                                   "- .spec.containers[name=\"c\"].image");
    struct doc_node *got = apply(&a, live, "{" POD ", labels: {a: z}}}", "two", true, &e);
    assert_non_null(got);
    is(&a, got, "metadata.labels", "{\"a\":\"z\"}");
    is(&a, got, "metadata.managedFields[1].fieldsV1",
       "{\"f:metadata\":{\"f:labels\":{\"f:a\":{}}}}");
    assert_non_null(apply(&a, live, "{" POD ", labels: {a: b}}}", "two", false, &e)); /* the same */
}

static void tracks_updates(void **state)
{
    (void)state;
    _cleanup_arena_ struct arena a = {0};
    struct patch_error e = {0};
    struct outline pod = outline_of_kind(SV("v1"), SV("Pod"));
    struct patch_writer who = writer("kubectl", false);
    struct doc_node *live = apply(&a, NULL, "{" POD ", labels: {a: b, c: d}}}", "one", false, &e);
    struct doc_node *next = value_clone(&a, live);
    value_set_text(&a, value_get(value_get(next, SV("metadata")), SV("labels")), "a", SV("z"));
    patch_track_update(&a, &pod, live, next, &who);
    is(&a, next, "metadata.managedFields[0].fieldsV1",
       "{\"f:metadata\":{\"f:labels\":{\"f:c\":{}}}}");
    is(&a, next, "metadata.managedFields[1].fieldsV1",
       "{\"f:metadata\":{\"f:labels\":{\"f:a\":{}}}}");
    is(&a, next, "metadata.managedFields[1].operation", "\"Update\"");
    assert_null(apply(&a, next, "{" POD ", labels: {a: b}}}", "one", false, &e));
    assert_string_equal(
        e.message,
        "Apply failed with 1 conflict: conflict with \"kubectl\" using v1: .metadata.labels.a");
    struct doc_node *cleared = value_clone(&a, next);
    value_set(&a, value_get(cleared, SV("metadata")), SV("managedFields"), value_list(&a));
    patch_track_update(&a, &pod, next, cleared, &who);
    assert_null(doc_at(cleared, "metadata.managedFields"));
}

static void tracks_creation(void **state)
{
    (void)state;
    _cleanup_arena_ struct arena a = {0};
    struct outline pod = outline_of_kind(SV("v1"), SV("Pod"));
    struct patch_writer who = writer("kubectl", false);
    struct doc_node *next = value_clone(
        &a, parse(&a, "{" POD ", uid: u, labels: {a: b}}, spec: {containers: [{name: c}]}}"));
    patch_track_update(&a, &pod, NULL, next, &who);
    is(&a, next, "metadata.managedFields[0].fieldsV1",
       "{\"f:metadata\":{\"f:labels\":{\".\":{},\"f:a\":{}}},\"f:spec\":{\"f:containers\":{\"k:"
       "{\\\"name\\\":\\\"c\\\"}\":{\".\":{},\"f:name\":{}}}}}");
}

static void gives_unmanaged_objects_an_owner(void **state)
{
    (void)state;
    _cleanup_arena_ struct arena a = {0};
    struct patch_error e = {0};
    const struct doc_node *live = parse(&a, "{" POD ", labels: {a: b}}}");
    assert_null(apply(&a, live, "{" POD ", labels: {a: c}}}", "one", false, &e));
    assert_string_equal(e.causes[0].message, "conflict with \"before-first-apply\" using v1");
}

static void joins_old_updaters(void **state)
{
    (void)state;
    _cleanup_arena_ struct arena a = {0};
    struct outline pod = outline_of_kind(SV("v1"), SV("Pod"));
    struct doc_node *live = value_clone(&a, parse(&a, "{" POD ", labels: {x: y}}}"));
    for (int i = 0; i < 15; i++) {
        struct patch_writer who = writer(arena_fmt(&a, "m%d", i), false);
        who.time = sv_of(arena_fmt(&a, "2026-01-02T03:04:%02dZ", i));
        struct doc_node *next = value_clone(&a, live);
        value_set_text(&a, value_get(value_get(next, SV("metadata")), SV("labels")),
                       arena_fmt(&a, "l%d", i), SV("v"));
        patch_track_update(&a, &pod, live, next, &who);
        live = next;
    }
    const struct doc_node *entries = doc_at(live, "metadata.managedFields");
    assert_int_equal(doc_count(entries), 10);
    is(&a, doc_item(entries, 0), "manager", "\"ancient-changes\"");
    is(&a, doc_item(entries, 9), "manager", "\"m14\"");
}

static void refuses_what_is_no_intent(void **state)
{
    static const struct {
        const char *intent, *message;
        int code;
    } bad[] = {
        {"[]", "no object", 400},
        {"{apiVersion: v2, kind: Pod}", "Incorrect version specified in apply patch", 400},
        {"{" POD ", managedFields: []}}", "metadata.managedFields must be nil", 400},
        {"{" POD "}, spec: {replica: 1}}", ".spec.replica: field not declared in schema", 500},
        {"{" POD "}, spec: {containers: [{name: a}, {name: a}]}}",
         ".spec.containers: duplicate entries for key [name=\"a\"]", 500},
        {"{" POD "}, spec: {containers: [{image: a}]}}", "omits key field", 500},
        {"{" POD "}, spec: {containers: {}}}", "expected list", 500},
        {"{" POD "}, spec: []}", "expected map", 500},
    };
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        _cleanup_arena_ struct arena a = {0};
        struct patch_error e = {0};
        assert_null(apply(&a, NULL, bad[i].intent, "one", false, &e));
        assert_int_equal(e.code, bad[i].code);
        if (!strstr(e.message, bad[i].message))
            fail_msg("%s: %s", bad[i].intent, e.message);
    }
}

static void takes_schemas_of_custom_kinds(void **state)
{
    (void)state;
    _cleanup_arena_ struct arena a = {0};
    struct patch_error e = {0};
    struct outline outline = outline_of_schema(parse(
        &a, "{type: object, properties: {spec: {type: object, properties: {rules: {type: array, "
            "x-kubernetes-list-type: map, x-kubernetes-list-map-keys: [id], items: {type: object, "
            "properties: {id: {type: integer}, to: {type: string}}}}, free: {type: object, "
            "x-kubernetes-preserve-unknown-fields: true}}}}}"));
    struct patch_writer who = writer("one", false);
    struct doc_node *live = patch_apply(
        &a, &outline, NULL,
        parse(
            &a,
            "{apiVersion: v1, kind: W, metadata: {name: w, labels: {a: b}}, spec: {rules: [{id: 1, "
            "to: x}], free: {a: [1]}}}"),
        &who, &e);
    assert_non_null(live);
    is(&a, live, "metadata.managedFields[0].fieldsV1",
       "{\"f:metadata\":{\"f:labels\":{\"f:a\":{}}},\"f:spec\":{\"f:free\":{\"f:a\":{}},\"f:"
       "rules\":"
       "{\"k:{\\\"id\\\":1}\":{\".\":{},\"f:id\":{},\"f:to\":{}}}}}");
    who = writer("two", false);
    struct doc_node *next = patch_apply(
        &a, &outline, live,
        parse(&a,
              "{apiVersion: v1, kind: W, metadata: {name: w}, spec: {rules: [{id: 2, to: v}]}}"),
        &who, &e);
    assert_non_null(next);
    is(&a, next, "spec.rules", "[{\"id\":1,\"to\":\"x\"},{\"id\":2,\"to\":\"v\"}]");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(owns_what_is_applied),
        cmocka_unit_test(takes_away_what_is_no_longer_applied),
        cmocka_unit_test(refuses_conflicts),
        cmocka_unit_test(tracks_updates),
        cmocka_unit_test(tracks_creation),
        cmocka_unit_test(gives_unmanaged_objects_an_owner),
        cmocka_unit_test(joins_old_updaters),
        cmocka_unit_test(refuses_what_is_no_intent),
        cmocka_unit_test(takes_schemas_of_custom_kinds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
