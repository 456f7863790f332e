#include "doc/doc.h"

#include "base/io.h"
#include "doc/edit.h"
#include "doc/emit.h"
#include "doc/object.h"

#include <limits.h>

#include "unit.h"

static void parse(struct doc_file *f, const char *text)
{
    struct err err = {0};
    assert_int_equal(doc_parse(f, "t.yaml", sv_of(text), NULL, &err), 0);
    if (f->error_count)
        fail_msg("%u:%u: %s in\n%s", f->errors[0].line, f->errors[0].column, f->errors[0].message,
                 text);
}

static void assert_json(const char *yaml, const char *json)
{
    _cleanup_doc_ struct doc_file f;
    _cleanup_str_ struct str s = {0};
    parse(&f, yaml);
    assert_int_equal(f.part_count, 1);
    assert_int_equal(emit_json(f.parts[0].root, 0, &s, NULL), 0);
    assert_string_equal(str_c(&s), json);
}

static void types_are_those_of_kubectl(void **state)
{
    static const struct {
        const char *yaml, *json;
    } cases[] = {
        {"a: yes", "{\"a\":true}"},
        {"a: 'yes'", "{\"a\":\"yes\"}"},
        {"a: off", "{\"a\":false}"},
        {"a: ~", "{\"a\":null}"},
        {"a:", "{\"a\":null}"},
        {"a: 0755", "{\"a\":493}"},
        {"a: 0o17", "{\"a\":15}"},
        {"a: 0x1F", "{\"a\":31}"},
        {"a: 0b101", "{\"a\":5}"},
        {"a: 1_000", "{\"a\":1000}"},
        {"a: 08", "{\"a\":8}"},
        {"a: -5", "{\"a\":-5}"},
        {"a: 1.5", "{\"a\":1.5}"},
        {"a: 1e3", "{\"a\":1000}"},
        {"a: 2021-01-01", "{\"a\":\"2021-01-01\"}"},
        {"a: 1.2.3", "{\"a\":\"1.2.3\"}"},
        {"a: 10.0.0.1", "{\"a\":\"10.0.0.1\"}"},
        {"a: !!str 5", "{\"a\":\"5\"}"},
        {"a: !!binary aGk=", "{\"a\":\"hi\"}"},
        {"1: x\ny: z", "{\"1\":\"x\",\"true\":\"z\"}"},
        {"a: |\n  one\n  two\n", "{\"a\":\"one\\ntwo\\n\"}"},
        {"a: >-\n  one\n  two\n", "{\"a\":\"one two\"}"},
        {"{\"a\": [1, -2.5e1, \"\\u00e9\\ud83d\\ude00\", null, true]}",
         "{\"a\":[1,-25,\"\xC3\xA9\xF0\x9F\x98\x80\",null,true]}"},
        {"a: {b: [c, d]}", "{\"a\":{\"b\":[\"c\",\"d\"]}}"},
        {"a: 1\na: 2", "{\"a\":2}"},
        {"x: &x {p: 1, q: 2}\ny:\n  <<: *x\n  q: 3",
         "{\"x\":{\"p\":1,\"q\":2},\"true\":{\"q\":3,\"p\":1}}"},
        {"b: &b {k: 1}\nc: &c {k: 2, l: 3}\nd: {<<: [*b, *c]}",
         "{\"b\":{\"k\":1},\"c\":{\"k\":2,\"l\":3},\"d\":{\"l\":3,\"k\":1}}"},
        {"a: &v [1]\nb: *v", "{\"a\":[1],\"b\":[1]}"},
        {"a: &v k\n*v : 1", "{\"a\":\"k\",\"k\":1}"},
        {"q: 1\n<<: {q: 2, p: 1}\np: 3", "{\"p\":3,\"q\":2}"},
        {"<<: [{q: 2}, {q: 3, r: {s: 1}}]", "{\"r\":{\"s\":1},\"q\":2}"},
        {"'<<': {q: 1}", "{\"<<\":{\"q\":1}}"},
        {"{\"<<\": {\"q\": 1}, \"a\": 1, \"a\": 2}", "{\"<<\":{\"q\":1},\"a\":2}"},
        {"a: +0x1f", "{\"a\":31}"},
        {"a: -0b11", "{\"a\":-3}"},
        {"a: 0x", "{\"a\":\"0x\"}"},
        {"a: 1__0_", "{\"a\":10}"},
        {"a: _1", "{\"a\":\"_1\"}"},
        {"a: .5", "{\"a\":0.5}"},
        {"a: 0.1", "{\"a\":0.1}"},
        {"a: 5.", "{\"a\":5}"},
        {"a: .", "{\"a\":\".\"}"},
        {"a: 1e", "{\"a\":\"1e\"}"},
        {"a: 1:30", "{\"a\":\"1:30\"}"},
        {"a: 9223372036854775807", "{\"a\":9223372036854775807}"},
        {"a: -9223372036854775808", "{\"a\":-9223372036854775808}"},
        {"a: 18446744073709551616", "{\"a\":18446744073709551616}"},
        {"a: nO", "{\"a\":\"nO\"}"},
        {"a: .INF", "{\"a\":\".INF\"}"},
        {"a: ! 5", "{\"a\":\"5\"}"},
        {"a: !mine 5", "{\"a\":\"5\"}"},
        {"a: !!float 5", "{\"a\":5}"},
        {"a: !!int '5'", "{\"a\":5}"},
        {"1.21: x\n1e3: v\n0.00001: z\n1234567.0: w",
         "{\"1.21\":\"x\",\"1000\":\"v\",\"1e-05\":\"z\",\"1.234567e+06\":\"w\"}"},
        {"0x10: x\nno: v", "{\"16\":\"x\",\"false\":\"v\"}"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++)
        assert_json(cases[i].yaml, cases[i].json);
}

/* What kubectl itself makes of some hundred scalars, keys and merge keys: tests/data/doc. */
static void documents_are_those_of_kubectl(void **state)
{
    static const char *const names[] = {"scalars", "keys", "merge"};
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        _cleanup_str_ struct str yaml = {0}, json = {0};
        _cleanup_doc_ struct doc_file f = {0}, g = {0};
        char path[PATH_MAX];
        struct err err = {0};
        snprintf(path, sizeof path, "%s/%s.yaml", DOC_DATA, names[i]);
        assert_int_equal(io_read_file(path, 1 << 20, &yaml, &err), 0);
        snprintf(path, sizeof path, "%s/%s.json", DOC_DATA, names[i]);
        assert_int_equal(io_read_file(path, 1 << 20, &json, &err), 0);
        parse(&f, str_c(&yaml));
        assert_int_equal(doc_parse_json(&g, path, str_sv(&json), NULL, &err), 0);
        const struct doc_node *mine = doc_get(f.parts[0].root, "v");
        const struct doc_node *theirs = doc_get(g.parts[0].root, "v");
        for (uint32_t k = 0; k < doc_count(theirs); k++)
            if (!doc_equal(doc_item(mine, k), doc_item(theirs, k)))
                fail_msg("%s: item %u differs", names[i], k);
        assert_true(doc_equal(f.parts[0].root, g.parts[0].root));
    }
}

static void assert_span(const char *text, const char *path, const char *expected)
{
    _cleanup_doc_ struct doc_file f;
    parse(&f, text);
    const struct doc_node *n = doc_at(f.parts[f.part_count - 1].root, path);
    assert_non_null(n);
    struct sv got = sv_n(text + n->span.start, n->span.end - n->span.start);
    if (!sv_is(got, expected))
        fail_msg("%s: span is '%.*s', expected '%s'", path, SV_ARG(got), expected);
}

static void spans_hold_the_value_alone(void **state)
{
    assert_span("a: 'x y' # c\n", "a", "'x y'");
    assert_span("a: &n x\n", "a", "x");
    assert_span("a: !t &n  x # c\n", "a", "x");
    assert_span("a:\n  b: 1 # c\n  # d\n\nz: 1\n", "a", "b: 1");
    assert_span("a: &n\n  b: 1\n  c: 2\nz: 1\n", "a", "b: 1\n  c: 2");
    assert_span("a:\n- 1\n- 2\n# c\nz: 1\n", "a", "- 1\n- 2");
    assert_span("a: &n\n  - 1\nz: 1\n", "a", "- 1");
    assert_span("a: [1, {b: 2}] # c\n", "a", "[1, {b: 2}]");
    assert_span("a: |\n  one\n\n  two\n# c\nz: 1\n", "a", "|\n  one\n\n  two");
    assert_span("a:\nz: 1\n", "a", "");
    assert_span("# \xE5\xBD\x93\xE7\x95\xAA\na: \xE5\xBD\x93 # c\nb: x\n", "b", "x");
    assert_span("\xEF\xBB\xBF# c\r\na: x\r\nb: yy\r\n", "b", "yy");
    assert_span("a: &n x\nb: *n\n", "b", "*n");
    assert_span("p: 1\n---\na: x\n", "a", "x");
    assert_span("{\"a\": {\"b\": \"x\"}}", "a", "{\"b\": \"x\"}");
    assert_span("a: one\n  two # c\n", "a", "one\n  two");
    assert_span("a: |+\n  one\n\n\nz: 1\n", "a", "|+\n  one\n\n");
    assert_span("a: |2 # c\n    one  \n\n# d\n", "a", "|2 # c\n    one  ");
    assert_span("a: >-\r\n  one\r\n  two\r\n\r\nz: 1\r\n", "a", ">-\r\n  one\r\n  two");
    assert_span("a: |\n  one\n     \nz: 1\n", "a", "|\n  one\n     ");
    assert_span("a: |\nz: 1\n", "a", "|");
    assert_span("a: |-\n  x", "a", "|-\n  x");
    assert_span("a: {b: , c: 1}\n", "a.b", "");
    assert_span("a: [x: 1, {y: 2}]\n", "a[0]", "x: 1");
    assert_span("a: [x: 1 , {y: 2} ]\n", "a", "[x: 1 , {y: 2} ]");
    assert_span("a: [&n x, !t y,*n ]\n", "a[0]", "x");
    assert_span("a: [&n x, !t y,*n ]\n", "a[1]", "y");
    assert_span("a: [&n x, !t y,*n ]\n", "a[2]", "*n");
    assert_span("a:\n- &n\n  # c\n  b: 1\n-\n- x\n", "a[0]", "b: 1");
    assert_span("a:\n- &n\n  # c\n  b: 1\n-\n- x\n", "a[1]", "");
    assert_span("? a\n? b\n: c\n", "b", "c");
    assert_span("? a\n:b: c\n", ":b", "c");
    assert_span("a: &m\n  !!str k: v\n", "a", "!!str k: v");
    assert_span("a: &m\n  &k k: v\n", "a", "&k k: v");
    assert_span("a: !!seq &m\n  - x\n", "a", "- x");
    assert_span("a: ! 5\nb: ! '6'\n", "a", "5");
    assert_span("a: ! 5\nb: ! '6'\n", "b", "'6'");
    assert_span("%TAG !e! tag:x,2000:\n--- # c\na: !e!t  x\n", "a", "x");
    assert_span("--- {a: [b]}\n", "a", "[b]");
    assert_span("--- # c\ra: x\n", "a", "x");
    assert_span("# only CR\ra: x\rb: y\r", "b", "y");
}

static void positions_count_characters(void **state)
{
    _cleanup_doc_ struct doc_file f;
    uint32_t line, column;
    parse(&f, "a: x\r\n\xE5\xBD\x93: y\n");
    doc_position(&f, doc_get(f.parts[0].root, "\xE5\xBD\x93")->span.start, &line, &column);
    assert_int_equal(line, 2);
    assert_int_equal(column, 4);
    doc_release(&f);
    parse(&f, "\xEF\xBB\xBF{\"\xE5\xBD\x93\xE7\x95\xAA\": \"a long line \xC3\xA9\", \"b\": 1}");
    doc_position(&f, doc_get(f.parts[0].root, "b")->span.start, &line, &column);
    assert_int_equal(line, 1);
    assert_int_equal(column, 30);
}

static void parts_are_split_at_markers(void **state)
{
    _cleanup_doc_ struct doc_file f;
    parse(&f, "# only a comment\n---\na: |\n  text\n---\n\n---\nb: 1\n...\n---\n# end\n");
    assert_int_equal(f.part_count, 4);
    assert_non_null(f.parts[0].root);
    assert_null(f.parts[1].root);
    assert_non_null(doc_get(f.parts[2].root, "b"));
    assert_null(f.parts[3].root);
}

static void json_values_may_follow_each_other(void **state)
{
    _cleanup_doc_ struct doc_file f;
    parse(&f, "{\"a\":1}\n{\"a\":2}\n");
    assert_int_equal(f.part_count, 2);
    assert_int_equal(f.format, DOC_JSON);
}

static void an_error_spoils_its_own_document(void **state)
{
    static const struct {
        const char *text;
        uint32_t line, column;
        const char *message;
    } cases[] = {
        {"a: 1\n---\na: b: c\n---\nb: 1\n", 3, 5, "a ': ' where no key can stand"},
        {"a: 1\n---\na:\n\t- b\n---\nb: 1\n", 4, 1, "a tab is used for indentation"},
        {"a: 1\n---\na: 'x\n---\nb: 1\n", 3, 4, "the quote that is opened here is never closed"},
        {"a: 1\n---\na: \"x\n---\nb: 1\n", 3, 4, "the quote that is opened here is never closed"},
        {"a: 1\n---\na: 1\nno colon\n---\nb: 1\n", 4, 1, "this line has no ': '"},
        {"a: 1\n---\na:\n  b: 1\n c: 2\n---\nb: 1\n", 5, 2, "of the map that begins on line 3"},
        {"a: 1\n---\na: @x\n---\nb: 1\n", 3, 4, "a value cannot begin with '@'"},
        {"a: 1\n---\na: {{ .x }}-y\n---\nb: 1\n", 3, 4, "looks like a Helm template"},
        {"a: 1\n---\n{{- if .x }}\na: b\n{{- end }}\n---\nb: 1\n", 3, 3, "looks like a Helm"},
        {"a: 1\n---\na: x\x01\n---\nb: 1\n", 3, 5, "the control character U+0001"},
        {"a: 1\n---\n~: x\n---\nb: 1\n", 3, 1, "the key of this value is null"},
        {"a: 1\n---\n[x]: x\n---\nb: 1\n", 3, 1, "a map or list as a key"},
        {"a: 1\n---\na: !!int x\n---\nb: 1\n", 3, 10, "'x' is no value of its tag !!int"},
        {"a: 1\n---\na: \"\\q\"\n---\nb: 1\n", 3, 5, "an unknown escape"},
        {"a: 1\n---\na: *x\n---\nb: 1\n", 3, 4, "the alias *x names no anchor above it"},
        {"a: 1\n---\na: &x [*x]\n---\nb: 1\n", 3, 8, "stands inside the value it names"},
        {"a: 1\n---\na: {{ .x }}\n---\nb: 1\n", 3, 4, "looks like a Helm template"},
        {"a: 1\n---\na: \xC3(\n---\nb: 1\n", 3, 5, "bytes that are not UTF-8"},
        {"a: 1\n---\n<<: 5\n---\nb: 1\n", 3, 5, "takes a map or a list of maps"},
        {"a: 1\n---\na: [1, 2\n---\nb: 1\n", 4, 1, "the '[' on line 3 is not closed"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        _cleanup_doc_ struct doc_file f;
        assert_int_equal(doc_parse(&f, "t", sv_of(cases[i].text), NULL, NULL), 0);
        assert_int_equal(f.part_count, 3);
        assert_int_equal(f.error_count, 1);
        assert_non_null(f.parts[0].root);
        assert_null(f.parts[1].root);
        assert_non_null(f.parts[2].root);
        if (f.errors[0].line != cases[i].line || f.errors[0].column != cases[i].column ||
            !strstr(f.errors[0].message, cases[i].message))
            fail_msg("case %zu: %u:%u: %s", i, f.errors[0].line, f.errors[0].column,
                     f.errors[0].message);
    }
}

static void bombs_meet_a_limit(void **state)
{
    _cleanup_str_ struct str s = {0};
    str_adds(&s, "a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n");
    for (int i = 1; i < 12; i++) {
        str_addf(&s, "a%d: &a%d [", i, i);
        for (int k = 0; k < 10; k++)
            str_addf(&s, "%s*a%d", k ? "," : "", i - 1);
        str_adds(&s, "]\n");
    }
    _cleanup_doc_ struct doc_file f;
    assert_int_equal(doc_parse(&f, "t", str_sv(&s), NULL, NULL), 0);
    assert_int_equal(f.error_count, 1);
    assert_non_null(strstr(f.errors[0].message, "once aliases are expanded"));
    assert_string_equal(f.errors[0].message, "more than 4000000 values once aliases are expanded");
    str_reset(&s);
    str_adds(&s, "a0: &a0 [x]\n");
    for (int i = 1; i < 200; i++)
        str_addf(&s, "a%d: &a%d [*a%d]\n", i, i, i - 1);
    _cleanup_doc_ struct doc_file chain;
    assert_int_equal(doc_parse(&chain, "t", str_sv(&s), NULL, NULL), 0);
    assert_int_equal(chain.error_count, 1);
    assert_string_equal(chain.errors[0].message, "nested more than 128 levels deep");
    str_reset(&s);
    str_fill(&s, '[', 100000);
    _cleanup_doc_ struct doc_file deep;
    assert_int_equal(doc_parse(&deep, "t", str_sv(&s), NULL, NULL), 0);
    assert_non_null(strstr(deep.errors[0].message, "levels deep"));
}

static void bad_json_is_refused_with_its_place(void **state)
{
    static const struct {
        const char *text, *message;
    } cases[] = {
        {"{\"a\": 01}", "t:1:7: not a JSON value"},
        {"{\"a\": tru}", "t:1:7: not a JSON value"},
        {"{\"a\" 1}", "t:1:6: expected ':' behind the key"},
        {"{\"a\": 1,}", "t:1:9: expected a key in double quotes here"},
        {"[1 2]", "t:1:4: expected ',' or ']' here"},
        {"[\"a\nb\"]", "t:1:4: a control character in a string: it must be escaped"},
        {"[\"\\q\"]", "t:1:3: an unknown escape in a string"},
        {"[1] x", "t:1:5: text behind the end of the JSON value"},
        {"[1e999]", "t:1:7: a number too large for JSON readers"},
        {"[\"abc\\", "t:1:7: the string is not closed"},
        {"[\"abc", "t:1:6: the string is not closed"},
        {"", "t:1:1: the text ends where a value is expected"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        _cleanup_doc_ struct doc_file f;
        struct err err = {0};
        assert_int_equal(doc_parse_json(&f, "t", sv_of(cases[i].text), NULL, &err), -1);
        assert_string_equal(err.msg, cases[i].message);
    }
}

static int count_names(void *ctx, struct doc_file *f, struct object *o)
{
    struct str *s = ctx;
    str_addf(s, "%.*s/%.*s/%.*s ", SV_ARG(o->group), SV_ARG(o->version), SV_ARG(o->name));
    return 0;
}

static void lists_are_unfolded(void **state)
{
    _cleanup_doc_ struct doc_file f;
    _cleanup_str_ struct str s = {0};
    parse(&f, "kind: List\napiVersion: v1\nitems:\n- {apiVersion: apps/v1, kind: D, metadata: "
              "{name: a}}\n- kind: XList\n  apiVersion: v1\n  items: [{apiVersion: v1, kind: X, "
              "metadata: {name: b}}]\n---\nkind: 5\napiVersion: v1\n---\nmetadata: []\nkind: "
              "K\napiVersion: v2\n");
    object_each(&f, count_names, &s);
    assert_string_equal(str_c(&s), "apps/v1/a /v1/b /v2/ ");
}

static void edits_change_only_their_bytes(void **state)
{
    struct edit_list l = {0};
    _cleanup_str_ struct str s = {0};
    struct err err = {0};
    edit_replace(&l, (struct doc_span){2, 4}, SV("XYZ"));
    edit_insert(&l, 2, SV("<"));
    edit_insert(&l, 2, SV(">"));
    edit_delete(&l, (struct doc_span){5, 6});
    assert_int_equal(edit_apply(&l, SV("0123456"), &s, &err), 0);
    assert_string_equal(str_c(&s), "01<>XYZ46");
    edit_replace(&l, (struct doc_span){3, 5}, SV(""));
    str_reset(&s);
    assert_int_equal(edit_apply(&l, SV("0123456"), &s, &err), -1);
    assert_int_equal(err.class, ERR_BUG);
    edit_release(&l);
}

static void emitted_yaml_reads_back_the_same(void **state)
{
    static const char text[] = "a: {b: ['yes', no, 1, '1', 1.5, null, '', ' x', 'a: b', 'x #y', "
                               "'-', '{', \"two\\nlines\", 0x1f, '<<', []]}\nc: [[1, 2], {d: {}}]\n"
                               "'true': 'on'\n";
    _cleanup_doc_ struct doc_file f, g;
    _cleanup_str_ struct str s = {0};
    parse(&f, text);
    assert_int_equal(emit_yaml(f.parts[0].root, 0, &s, NULL), 0);
    parse(&g, str_c(&s));
    if (!doc_equal(f.parts[0].root, g.parts[0].root))
        fail_msg("%s", str_c(&s));
}

static void emitted_yaml_escapes_what_yaml_cannot_hold(void **state)
{
    _cleanup_str_ struct str s = {0};
    emit_yaml_string(SV("a\xE2\x80\xA8"
                        "b\xC2\x85\x7F\"\\\t\xEF\xBB\xBF\xE5\xBD\x93"),
                     &s);
    assert_string_equal(str_c(&s), "\"a\\u2028b\\u0085\\u007F\\\"\\\\\\t\\uFEFF\xE5\xBD\x93\"");
    str_reset(&s);
    emit_yaml_string(SV("..."), &s);
    assert_string_equal(str_c(&s), "\"...\"");
    _cleanup_str_ struct str json = {0};
    _cleanup_doc_ struct doc_file f, g;
    str_adds(&json, "{\"");
    str_fill(&json, '!', 2000);
    str_adds(&json, "\": {\"x\": [1]}}");
    parse(&f, str_c(&json));
    str_reset(&s);
    assert_int_equal(emit_yaml(f.parts[0].root, 0, &s, NULL), 0);
    parse(&g, str_c(&s));
    assert_true(doc_equal(f.parts[0].root, g.parts[0].root));
}

static void equality_ignores_order_and_style(void **state)
{
    _cleanup_doc_ struct doc_file f, g;
    parse(&f, "a: 1\nb: [x, z]\n");
    parse(&g, "b: ['x', \"z\"]\na: 0x1\n");
    assert_true(doc_equal(f.parts[0].root, g.parts[0].root));
    doc_release(&g);
    parse(&g, "b: [z, x]\na: 1\n");
    assert_false(doc_equal(f.parts[0].root, g.parts[0].root));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(types_are_those_of_kubectl),
        cmocka_unit_test(documents_are_those_of_kubectl),
        cmocka_unit_test(spans_hold_the_value_alone),
        cmocka_unit_test(positions_count_characters),
        cmocka_unit_test(parts_are_split_at_markers),
        cmocka_unit_test(json_values_may_follow_each_other),
        cmocka_unit_test(an_error_spoils_its_own_document),
        cmocka_unit_test(bombs_meet_a_limit),
        cmocka_unit_test(bad_json_is_refused_with_its_place),
        cmocka_unit_test(lists_are_unfolded),
        cmocka_unit_test(edits_change_only_their_bytes),
        cmocka_unit_test(emitted_yaml_reads_back_the_same),
        cmocka_unit_test(emitted_yaml_escapes_what_yaml_cannot_hold),
        cmocka_unit_test(equality_ignores_order_and_style),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
