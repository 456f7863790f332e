#include "base/str.h"
#include "doc/scan.h"
#include "ops/check/sound.h"
#include "ops/check/template.h"
#include "ops/check/written.h"

#include "unit.h"

static const char *const sound_texts[] = {
    "a: b\n",
    "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: x\n  labels: {a: b, \"c\": 'd'}\n",
    "a:\n- b\n- c: d\n  e: f\n-\n  g: h\nz: 1\n",
    "a:\n  - b\n  - - c\n    - d\n",
    "a: |\n  text: with: colons\n\n   more\nb: >-\n  x\nc: ''\n",
    "a: http://x:80/y\nb: -1\n",
    "a: [1, \"b, c\", d]\nb: {}\nc: []\nd: {e: [f]}\n",
    "# only\n\n# comments\n",
    "a: b # c: d\nb: \"x: y\" # z\n",
    "a:\r\n  b: c\r\n",
    "\"quoted key\": 1\n'other': 2\n",
    "n: gr\xC3\xBC\xC3\x9F\n",
    "cmd:\n- -c\n- --flag=x\n",
};

static const char *const unsound_texts[] = {
    "metadata:\n  NULL: a\n",
    "a: {null : b}\n",
    "a: b\n c: d\n",          /* a key deeper than its neighbour */
    "a:\n    b: c\n  d: e\n", /* comes back to no level */
    "a: b: c\n",              /* two values */
    "a: [1, 2\n",             /* not closed */
    "a: \"x\n",               /* likewise */
    "a: 'x' y\n",             /* something behind a quoted text */
    "a: x\n- b\n",            /* a dash in a map */
    "- a\nb: c\n",            /* a key in a list */
    "a:\n\tb: c\n",           /* a tab */
    "a: \x01\n",              /* a control character */
    "a: \xFF\n",              /* not UTF-8 */
    "a: *x\n",                /* an alias */
    "a: &x b\n",              /* an anchor */
    "a: @x\n",                /* reserved */
    "just text\n",
    "a: |2\n  x\n",
    "a: |\n    x\n  y\n",
    "a:\n  b\n",
    "a: b\n  c\n",
    "a: >x\n",
    "a: {b c: }\n",
    "a: {b}: c\n",
    "? a\n: b\n",
    "a: `x`\n",
    " a: b\n",
};

static void test_sound(void **state)
{
    for (size_t i = 0; i < ARRAY_LEN(sound_texts); i++)
        assert_string_equal(sound_document(sv_of(sound_texts[i])) ? "" : sound_texts[i], "");
    for (size_t i = 0; i < ARRAY_LEN(unsound_texts); i++)
        assert_string_equal(sound_document(sv_of(unsound_texts[i])) ? unsound_texts[i] : "", "");
}

/* What a check relies on: no doubt and sound means that the parser finds no error. */
static bool is_let_through(struct sv text)
{
    struct scan scan;
    struct scan_doc d;
    scan_init(&scan, text);
    while (scan_next(&scan, &d)) {
        struct sv part = sv_n(text.ptr + d.span.start, d.span.end - d.span.start);
        if (!d.empty && (d.doubt || !sound_document(part)))
            return false;
    }
    return true;
}

static uint64_t next_random(uint64_t *seed)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    return *seed;
}

static void mutate(struct str *text, uint64_t *seed)
{
    static const char bytes[] = " \n\t:-#'\"[]{},|>&*!%@`?ab0\\.~=<\r";
    for (unsigned n = 1 + next_random(seed) % 3; n; n--) {
        size_t at = next_random(seed) % text->len;
        switch (next_random(seed) % 4) {
        case 0:
            text->data[at] = bytes[next_random(seed) % (sizeof bytes - 1)];
            break;
        case 1:
            memmove(text->data + at, text->data + at + 1, text->len - at);
            text->len--;
            break;
        default:
            assert_non_null(str_room(text, 1));
            memmove(text->data + at + 1, text->data + at, text->len - at + 1);
            text->data[at] = bytes[next_random(seed) % (sizeof bytes - 1)];
            text->len++;
        }
    }
}

static void test_what_is_let_through_parses(void **state)
{
    static const char seed_text[] =
        "apiVersion: apps/v1 # comment\nkind: Deployment\nmetadata:\n  name: web\n  labels: {a: "
        "b}\n"
        "spec:\n  replicas: 3\n  template:\n    spec:\n      containers:\n      - name: app\n"
        "        image: \"x:1\"\n        args: ['-c', run]\n        command:\n          - sh\n"
        "        env:\n        - {name: A, value: 'it''s'}\n  note: |\n    text: a\n\n     b\n";
    uint64_t seed = 20261122;
    unsigned let_through = 0;
    for (unsigned i = 0; i < 60000; i++) {
        _cleanup_str_ struct str text = {0};
        _cleanup_doc_ struct doc_file doc = {0};
        struct err err = {0};
        str_adds(&text, seed_text);
        mutate(&text, &seed);
        if (!is_let_through(str_sv(&text)))
            continue;
        let_through++;
        assert_int_equal(doc_parse(&doc, "x", str_sv(&text), NULL, &err), 0);
        if (doc.error_count)
            print_error("%s:%u: %s\n", str_c(&text), doc.errors[0].line, doc.errors[0].message);
        assert_int_equal(doc.error_count, 0);
    }
    assert_true(let_through > 6000);
}

static struct template_object *objects_of(struct arena *a, const char *text, size_t *count)
{
    return template_objects(a, sv_of(text), count);
}

static void test_template_objects(void **state)
{
    _cleanup_arena_ struct arena a = {0};
    size_t count;
    struct template_object *o = objects_of(
        &a,
        "{{- if .Values.on }}\napiVersion: extensions/v1beta1 # old\nkind: Ingress\n{{- end "
        "}}\n---\n"
        "{{- if .Capabilities.APIVersions.Has \"policy/v1\" }}\napiVersion: policy/v1\n{{- else "
        "}}\n"
        "apiVersion: \"policy/v1beta1\"\n{{- end }}\nkind: PodDisruptionBudget\n---\n"
        "apiVersion: {{ include \"common.ingress.apiVersion\" . }}\nkind: {{ .Values.kind }}\n",
        &count);
    assert_int_equal(count, 3);
    assert_int_equal(o[0].version_count, 1);
    assert_true(sv_is(o[0].versions[0].text, "extensions/v1beta1"));
    assert_int_equal(o[0].versions[0].line, 2);
    assert_int_equal(o[0].versions[0].column, 13);
    assert_true(sv_is(o[0].kind.text, "Ingress"));
    assert_int_equal(o[1].version_count, 2);
    assert_true(sv_is(o[1].versions[1].text, "policy/v1beta1"));
    assert_null(o[2].versions[0].text.ptr);
    assert_true(sv_is(template_helper(o[2].versions[0].action), "common.ingress.apiVersion"));
    assert_true(sv_is(template_helper(o[2].kind.action), "an expression"));
    assert_null(objects_of(&a, "{{- define \"x\" -}}\nname: y\n{{- end }}\n", &count));
    assert_int_equal(count, 0);
    assert_null(template_objects(&a, SV_NONE, &count));
}

static void test_written_lines(void **state)
{
    struct written w = {
        .generated = SV("spec:\n  volumes:\n  - hostPath: {path: /x}\n  - name: b\n"),
        .source = SV("a: 1\nspec:\n  volumes:\n    - hostPath: {path: /x}\n    - name: {{ .b }}\n"),
    };
    struct finding_subject otherwise = {.line = 7, .column = 3, .end_column = 9};
    struct finding_subject s = {.line = 3, .column = 5};
    assert_true(written_move(&w, &s, &otherwise));
    assert_int_equal(s.line, 4);
    assert_int_equal(s.column, 7);
    s.line = 4;
    assert_false(written_move(&w, &s, &otherwise));
    assert_int_equal(s.line, 5);
    w.to = 3;
    s.line = 3;
    assert_false(written_move(&w, &s, &otherwise));
    assert_int_equal(s.line, 7);
    s.line = 99;
    assert_false(written_move(&w, &s, &otherwise));
    assert_int_equal(s.line, 7);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sound),
        cmocka_unit_test(test_what_is_let_through_parses),
        cmocka_unit_test(test_template_objects),
        cmocka_unit_test(test_written_lines),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
