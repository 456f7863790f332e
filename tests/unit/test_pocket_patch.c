/* JSON patch, merge patch and strategic merge patch: what comes out, and what is refused. */
#include "pocket/patch/patch.h"

#include "unit.h"

struct example {
    const char *object, *patch;
    const char *want; /* compact with sorted keys; NULL: refused */
    int code;         /* with it */
};

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

static void hold(struct arena *a, const struct example *x, const struct doc_node *got,
                 const struct patch_error *e)
{
    if (!x->want) {
        if (got)
            fail_msg("%s: not refused", x->patch);
        assert_int_equal(e->code, x->code);
        assert_true(e->message && *e->message);
        return;
    }
    if (!got)
        fail_msg("%s + %s: %d %s", x->object, x->patch, e->code, e->message);
    struct sv text = value_json(a, got);
    assert_string_equal(text.ptr, x->want);
}

/* The examples of RFC 6902 appendix A, and the rules of the server's library beyond it. */
static const struct example json_examples[] = {
    {"{foo: bar}", "[{op: add, path: /baz, value: qux}]", "{\"baz\":\"qux\",\"foo\":\"bar\"}", 0},
    {"{foo: [bar, baz]}", "[{op: add, path: /foo/1, value: qux}]",
     "{\"foo\":[\"bar\",\"qux\",\"baz\"]}", 0},
    {"{baz: qux, foo: bar}", "[{op: remove, path: /baz}]", "{\"foo\":\"bar\"}", 0},
    {"{foo: [bar, qux, baz]}", "[{op: remove, path: /foo/1}]", "{\"foo\":[\"bar\",\"baz\"]}", 0},
    {"{baz: qux}", "[{op: replace, path: /baz, value: boo}]", "{\"baz\":\"boo\"}", 0},
    {"{foo: {bar: baz, waldo: fred}, qux: {corge: grault}}",
     "[{op: move, from: /foo/waldo, path: /qux/thud}]",
     "{\"foo\":{\"bar\":\"baz\"},\"qux\":{\"corge\":\"grault\",\"thud\":\"fred\"}}", 0},
    {"{foo: [all, grass, cows, eat]}", "[{op: move, from: /foo/1, path: /foo/3}]",
     "{\"foo\":[\"all\",\"cows\",\"eat\",\"grass\"]}", 0},
    {"{baz: qux, foo: [a, 2, c]}",
     "[{op: test, path: /baz, value: qux}, {op: test, path: /foo/1, value: 2}]",
     "{\"baz\":\"qux\",\"foo\":[\"a\",2,\"c\"]}", 0},
    {"{baz: qux}", "[{op: test, path: /baz, value: bar}]", NULL, 422},
    {"{foo: bar}", "[{op: add, path: /child, value: {grandchild: {}}}]",
     "{\"child\":{\"grandchild\":{}},\"foo\":\"bar\"}", 0},
    {"{foo: bar}", "[{op: add, path: /baz/bat, value: qux}]", NULL, 422},
    {"{/: 9, ~1: 10}", "[{op: test, path: /~01, value: 10}]", "{\"/\":9,\"~1\":10}", 0},
    {"{/: 9, ~1: 10}", "[{op: test, path: /~01, value: \"10\"}]", NULL, 422},
    {"{foo: [bar]}", "[{op: add, path: /foo/-, value: [abc]}]", "{\"foo\":[\"bar\",[\"abc\"]]}", 0},
    {"{a: [1, 2]}", "[{op: copy, from: /a/0, path: /a/-}]", "{\"a\":[1,2,1]}", 0},
    {"{a: [1, 2]}", "[{op: remove, path: /a/-1}]", "{\"a\":[1]}", 0},
    {"{a: [1, 2]}", "[{op: remove, path: /a/-0}]", "{\"a\":[2]}", 0},
    {"{a: [1, 2]}", "[{op: remove, path: /a/-3}]", NULL, 422},
    {"{a: [1, 2]}", "[{op: test, path: /a/5, value: null}]", NULL, 422},
    {"{a: [1, 2]}", "[{op: add, path: /a/3, value: 1}]", NULL, 422},
    {"{a: 1}", "[{op: test, path: /b, value: null}]", "{\"a\":1}", 0},
    {"{a: 1}", "[{op: remove, path: /b}]", NULL, 422},
    {"{a: 1}", "[{op: replace, path: /b, value: 1}]", NULL, 422},
    {"{a: {b: 1}}", "[{op: move, from: /a, path: /a/b}]", NULL, 422},
    {"{a: 1}", "[{op: grow, path: /a}]", NULL, 422},
    {"{a: 1}", "[{op: add, value: 1}]", NULL, 422},
    {"{a: 1}", "{op: add, path: /a, value: 1}", NULL, 400},
    {"{a: 1}", "[add]", NULL, 400},
};

static void patches_as_rfc_6902(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof json_examples / sizeof *json_examples; i++) {
        const struct example *x = &json_examples[i];
        _cleanup_arena_ struct arena a = {0};
        struct patch_error e = {0};
        hold(&a, x, patch_json(&a, parse(&a, x->object), parse(&a, x->patch), &e), &e);
    }
}

/* The examples of RFC 7386 appendix A whose patch is an object. */
static const struct example merge_examples[] = {
    {"{a: b}", "{a: c}", "{\"a\":\"c\"}", 0},
    {"{a: b}", "{b: c}", "{\"a\":\"b\",\"b\":\"c\"}", 0},
    {"{a: b}", "{a: null}", "{}", 0},
    {"{a: b, b: c}", "{a: null}", "{\"b\":\"c\"}", 0},
    {"{a: [b]}", "{a: c}", "{\"a\":\"c\"}", 0},
    {"{a: c}", "{a: [b]}", "{\"a\":[\"b\"]}", 0},
    {"{a: {b: c}}", "{a: {b: d, c: null}}", "{\"a\":{\"b\":\"d\"}}", 0},
    {"{a: [{b: c}]}", "{a: [1]}", "{\"a\":[1]}", 0},
    {"{e: null}", "{a: 1}", "{\"a\":1,\"e\":null}", 0},
    {"[1, 2]", "{a: b, c: null}", "{\"a\":\"b\"}", 0},
    {"{}", "{a: {bb: {ccc: null}}}", "{\"a\":{\"bb\":{}}}", 0},
    {"{a: b}", "[c]", NULL, 400},
};

static void merges_as_rfc_7386(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof merge_examples / sizeof *merge_examples; i++) {
        const struct example *x = &merge_examples[i];
        _cleanup_arena_ struct arena a = {0};
        struct patch_error e = {0};
        hold(&a, x, patch_merge(&a, parse(&a, x->object), parse(&a, x->patch), &e), &e);
    }
}

/* All of these are of a Pod. */
static const struct example strategic_examples[] = {
    /* lists of maps by their key; what the patch names comes first where nothing else orders it */
    {"{spec: {containers: [{name: a, image: x}, {name: b}]}}",
     "{spec: {containers: [{name: b, image: z}]}}",
     "{\"spec\":{\"containers\":[{\"image\":\"x\",\"name\":\"a\"},{\"image\":\"z\",\"name\":\"b\"}]"
     "}}",
     0},
    {"{spec: {containers: [{name: a}]}}", "{spec: {containers: [{name: c}]}}",
     "{\"spec\":{\"containers\":[{\"name\":\"c\"},{\"name\":\"a\"}]}}", 0},
    {"{spec: {containers: [{name: a}, {name: b}]}}",
     "{spec: {containers: [{$patch: delete, name: a}]}}",
     "{\"spec\":{\"containers\":[{\"name\":\"b\"}]}}", 0},
    {"{spec: {containers: [{name: a}, {name: b}]}}",
     "{spec: {containers: [{$patch: replace}, {name: z}]}}",
     "{\"spec\":{\"containers\":[{\"name\":\"z\"}]}}", 0},
    {"{spec: {containers: [{name: a}, {name: b}]}}",
     "{spec: {$setElementOrder/containers: [{name: b}, {name: a}]}}",
     "{\"spec\":{\"containers\":[{\"name\":\"b\"},{\"name\":\"a\"}]}}", 0},
    {"{spec: {containers: [{name: a}, {name: b}]}}",
     "{spec: {$setElementOrder/containers: [{name: b}, {name: c}, {name: a}], containers: [{name: "
     "c}]}}",
     "{\"spec\":{\"containers\":[{\"name\":\"b\"},{\"name\":\"c\"},{\"name\":\"a\"}]}}", 0},
    {"{spec: {containers: [{name: a, ports: [{containerPort: 80}]}]}}",
     "{spec: {containers: [{name: a, ports: [{containerPort: 80, name: web}, {containerPort: "
     "81}]}]}}",
     "{\"spec\":{\"containers\":[{\"name\":\"a\",\"ports\":[{\"containerPort\":80,\"name\":\"web\"}"
     ","
     "{\"containerPort\":81}]}]}}",
     0},
    {"{spec: {containers: [{name: a, volumeMounts: [{mountPath: /x, name: v}]}]}}",
     "{spec: {containers: [{name: a, volumeMounts: [{mountPath: /x, readOnly: true}]}]}}",
     "{\"spec\":{\"containers\":[{\"name\":\"a\",\"volumeMounts\":[{\"mountPath\":\"/"
     "x\",\"name\":\"v\","
     "\"readOnly\":true}]}]}}",
     0},
    /* atomic */
    {"{spec: {tolerations: [{key: a}]}}", "{spec: {tolerations: [{key: b}]}}",
     "{\"spec\":{\"tolerations\":[{\"key\":\"b\"}]}}", 0},
    {"{spec: {containers: [{name: a, command: [x, y]}]}}",
     "{spec: {containers: [{name: a, command: [z]}]}}",
     "{\"spec\":{\"containers\":[{\"command\":[\"z\"],\"name\":\"a\"}]}}", 0},
    /* primitives */
    {"{metadata: {finalizers: [a, b]}}", "{metadata: {finalizers: [c, a]}}",
     "{\"metadata\":{\"finalizers\":[\"c\",\"a\",\"b\"]}}", 0},
    {"{metadata: {finalizers: [a, b]}}", "{metadata: {$deleteFromPrimitiveList/finalizers: [a]}}",
     "{\"metadata\":{\"finalizers\":[\"b\"]}}", 0},
    {"{metadata: {ownerReferences: [{uid: 1, name: a}, {uid: 2, name: b}]}}",
     "{metadata: {ownerReferences: [{$patch: delete, uid: 1}]}}",
     "{\"metadata\":{\"ownerReferences\":[{\"name\":\"b\",\"uid\":2}]}}", 0},
    /* maps */
    {"{metadata: {labels: {a: b, c: d}}}", "{metadata: {labels: {a: null, e: f}}}",
     "{\"metadata\":{\"labels\":{\"c\":\"d\",\"e\":\"f\"}}}", 0},
    {"{metadata: {labels: {a: b}}}", "{metadata: {labels: {$patch: replace, e: f}}}",
     "{\"metadata\":{\"labels\":{\"e\":\"f\"}}}", 0},
    {"{metadata: {labels: {a: b}}}", "{metadata: {labels: {$patch: delete}}}",
     "{\"metadata\":{\"labels\":{}}}", 0},
    {"{spec: {volumes: [{name: v, emptyDir: {}}]}}",
     "{spec: {volumes: [{$retainKeys: [name, hostPath], name: v, hostPath: {path: /}}]}}",
     "{\"spec\":{\"volumes\":[{\"hostPath\":{\"path\":\"/\"},\"name\":\"v\"}]}}", 0},
    /* refused */
    {"{spec: {volumes: [{name: v, emptyDir: {}}]}}",
     "{spec: {volumes: [{$retainKeys: [name], name: v, hostPath: {path: /}}]}}", NULL, 400},
    {"{spec: {containers: [{name: a}]}}", "{spec: {containers: [{image: x}]}}", NULL, 500},
    {"{spec: {containers: [{name: a}]}}", "{spec: {containers: [{$patch: grow, name: a}]}}", NULL,
     500},
    {"{metadata: {labels: {a: b}}}", "{metadata: {labels: {$patch: grow}}}", NULL, 500},
    {"{spec: {containers: [{name: a}, {name: b}]}}",
     "{spec: {$setElementOrder/containers: [{name: b}], containers: [{name: a}]}}", NULL, 500},
    {"{}", "[]", NULL, 400},
};

static void merges_strategically(void **state)
{
    (void)state;
    struct outline pod = outline_of_kind(SV("v1"), SV("Pod"));
    for (size_t i = 0; i < sizeof strategic_examples / sizeof *strategic_examples; i++) {
        const struct example *x = &strategic_examples[i];
        _cleanup_arena_ struct arena a = {0};
        struct patch_error e = {0};
        hold(&a, x, patch_strategic(&a, &pod, parse(&a, x->object), parse(&a, x->patch), &e), &e);
    }
}

static void refuses_strategic_of_custom_kinds(void **state)
{
    (void)state;
    _cleanup_arena_ struct arena a = {0};
    struct patch_error e = {0};
    struct outline custom = outline_of_kind(SV("example.org/v1"), SV("Widget"));
    assert_null(patch_strategic(&a, &custom, parse(&a, "{}"), parse(&a, "{}"), &e));
    assert_int_equal(e.code, 415);
}

static void knows_content_types(void **state)
{
    (void)state;
    assert_int_equal(patch_type_of(SV("application/json-patch+json; charset=utf-8")), PATCH_JSON);
    assert_int_equal(patch_type_of(SV("Application/Merge-Patch+JSON")), PATCH_MERGE);
    assert_int_equal(patch_type_of(SV("application/strategic-merge-patch+json")), PATCH_STRATEGIC);
    assert_int_equal(patch_type_of(SV("application/apply-patch+yaml")), PATCH_APPLY);
    assert_int_equal(patch_type_of(SV("application/json")), PATCH_NONE);
    assert_int_equal(patch_type_of(SV_NONE), PATCH_NONE);
}

/* ---- drawn values: what leads from one to the other is found and applied ---- */

static unsigned draw(unsigned *seed, unsigned below)
{
    *seed = *seed * 1103515245u + 12345u;
    return (*seed >> 16) % below;
}

static struct doc_node *drawn(struct arena *a, unsigned *seed, unsigned depth)
{
    unsigned kind = draw(seed, depth ? 5 : 3);
    struct doc_node *out = kind == 3 ? value_map(a) : value_list(a);
    if (kind == 0)
        return value_int(a, draw(seed, 4));
    if (kind == 1)
        return value_bool(a, draw(seed, 2));
    if (kind == 2)
        return value_text(a, sv_of((const char *[]){"", "x", "~/", "\"\n"}[draw(seed, 4)]));
    for (unsigned i = draw(seed, 7); i > 0; i--) {
        struct doc_node *inner = drawn(a, seed, depth - 1);
        if (kind == 3)
            value_set(a, out, sv_of((const char *[]){"a", "b/", "~c", "d"}[draw(seed, 4)]), inner);
        else
            value_push(a, out, inner);
    }
    return out;
}

static struct doc_node *drawn_map(struct arena *a, unsigned *seed)
{
    struct doc_node *map = value_map(a);
    for (unsigned i = 0; i < 3; i++)
        value_set(a, map, sv_of((const char *[]){"a", "b/", "~c", "d"}[draw(seed, 4)]),
                  drawn(a, seed, 3));
    return map;
}

/* The merge patch from one value to the other, by the rule of RFC 7386 read backwards. */
static struct doc_node *difference(struct arena *a, const struct doc_node *from,
                                   const struct doc_node *to)
{
    if (from->type != DOC_MAP || to->type != DOC_MAP)
        return value_clone(a, to);
    struct doc_node *patch = value_map(a);
    doc_each_pair(p, from)
        if (!value_get(to, p->key->text))
            value_set(a, patch, p->key->text, value_null(a));
    doc_each_pair(p, to) {
        const struct doc_node *old = value_get(from, p->key->text);
        if (!old)
            value_set(a, patch, p->key->text, value_clone(a, p->value));
        else if (!doc_equal(old, p->value))
            value_set(a, patch, p->key->text, difference(a, old, p->value));
    }
    return patch;
}

/* A pointer's step. */
static const char *escaped(struct arena *a, const char *prefix, struct sv key)
{
    _cleanup_str_ struct str out = {0};
    str_init(&out, 0);
    str_addf(&out, "%s/", prefix);
    for (size_t i = 0; i < key.len; i++)
        str_adds(&out, key.ptr[i] == '~'   ? "~0"
                       : key.ptr[i] == '/' ? "~1"
                                           : (const char[]){key.ptr[i], 0});
    return arena_dup(a, str_sv(&out));
}

static void operation(struct arena *a, struct doc_node *patch, const char *op, const char *path,
                      const struct doc_node *value)
{
    struct doc_node *map = value_map(a);
    value_set_text(a, map, "op", sv_of(op));
    value_set_text(a, map, "path", sv_of(path));
    if (value)
        value_set(a, map, SV("value"), value_clone(a, value));
    value_push(a, patch, map);
}

/* The operations from one value to the other. */
static void operations(struct arena *a, struct doc_node *patch, const char *path,
                       const struct doc_node *from, const struct doc_node *to)
{
    if (doc_equal(from, to)) {
        operation(a, patch, "test", path, to);
        return;
    }
    if (from->type == DOC_SEQ && to->type == DOC_SEQ) {
        for (uint32_t i = from->item_count; i-- > 0;)
            operation(a, patch, "remove", arena_fmt(a, "%s/%u", path, i), NULL);
        doc_each_item(item, to)
            operation(a, patch, "add", arena_fmt(a, "%s/-", path), item);
        return;
    }
    if (from->type != DOC_MAP || to->type != DOC_MAP) {
        operation(a, patch, "replace", path, to);
        return;
    }
    doc_each_pair(p, from)
        if (!value_get(to, p->key->text))
            operation(a, patch, "remove", escaped(a, path, p->key->text), NULL);
    doc_each_pair(p, to) {
        const struct doc_node *old = value_get(from, p->key->text);
        if (old)
            operations(a, patch, escaped(a, path, p->key->text), old, p->value);
        else
            operation(a, patch, "add", escaped(a, path, p->key->text), p->value);
    }
}

static void reaches_the_target(void **state)
{
    (void)state;
    for (unsigned i = 1; i <= 3000; i++) {
        unsigned seed = i * 7919;
        _cleanup_arena_ struct arena a = {0};
        struct patch_error e = {0};
        const struct doc_node *from = drawn_map(&a, &seed), *to = drawn_map(&a, &seed);
        struct sv before = value_json(&a, from), want = value_json(&a, to);
        const struct doc_node *merged = patch_merge(&a, from, difference(&a, from, to), &e);
        assert_non_null(merged);
        assert_string_equal(value_json(&a, merged).ptr, want.ptr);
        struct doc_node *steps = value_list(&a);
        operations(&a, steps, "", from, to);
        const struct doc_node *patched = patch_json(&a, from, steps, &e);
        assert_non_null(patched);
        assert_string_equal(value_json(&a, patched).ptr, want.ptr);
        assert_string_equal(value_json(&a, from).ptr, before.ptr); /* the input stays */
    }
}

static void writes_what_it_reads(void **state)
{
    (void)state;
    for (unsigned i = 1; i <= 500; i++) {
        unsigned seed = i * 104729;
        _cleanup_arena_ struct arena a = {0};
        const struct doc_node *value = drawn_map(&a, &seed);
        struct sv text = value_json(&a, value);
        assert_true(doc_equal(parse(&a, text.ptr), value));
        assert_string_equal(value_json(&a, parse(&a, text.ptr)).ptr, text.ptr);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(patches_as_rfc_6902),  cmocka_unit_test(merges_as_rfc_7386),
        cmocka_unit_test(merges_strategically), cmocka_unit_test(refuses_strategic_of_custom_kinds),
        cmocka_unit_test(knows_content_types),  cmocka_unit_test(reaches_the_target),
        cmocka_unit_test(writes_what_it_reads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
