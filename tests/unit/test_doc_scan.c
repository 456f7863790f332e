#include "base/cleanup.h"
#include "doc/literal.h"
#include "doc/scan.h"

#include "unit.h"

static struct scan_doc first(const char *text)
{
    struct scan s;
    struct scan_doc d;
    scan_init(&s, sv_of(text));
    assert_true(scan_next(&s, &d));
    return d;
}

static void fields_are_read_from_their_lines(void **state)
{
    static const char text[] = "# c\napiVersion: apps/v1\nkind: \"Deployment\" # c\nmetadata:\n"
                               "  labels:\n    name: no\n  name: 'web'\n  namespace: shop\n"
                               "spec:\n  kind: no\n";
    struct scan s;
    struct scan_doc d;
    scan_init(&s, sv_of(text));
    assert_true(scan_next(&s, &d));
    assert_false(d.doubt || d.templated || d.empty);
    assert_true(sv_is(d.api_version, "apps/v1"));
    assert_true(sv_is(d.kind, "Deployment"));
    assert_true(sv_is(d.name, "web"));
    assert_true(sv_is(d.namespace, "shop"));
    assert_int_equal(scan_offset(&s, d.kind), 31);
    assert_false(scan_next(&s, &d));
}

static void documents_have_ranges_and_lines(void **state)
{
    static const char text[] = "kind: A\n---\n# only a comment\n--- # c\r\nkind: B\r\n...\n\n";
    struct scan s;
    struct scan_doc d;
    scan_init(&s, sv_of(text));
    assert_true(scan_next(&s, &d));
    assert_int_equal(d.span.start, 0);
    assert_int_equal(d.span.end, 8);
    assert_true(scan_next(&s, &d));
    assert_true(d.empty);
    assert_int_equal(d.line, 3);
    assert_true(scan_next(&s, &d));
    assert_true(sv_is(d.kind, "B"));
    assert_int_equal(d.line, 5);
    assert_false(scan_next(&s, &d));
}

static void what_lines_cannot_tell_is_in_doubt(void **state)
{
    static const char *const texts[] = {
        "{\"kind\": \"A\"}",
        "kind: List\nitems:\n- kind: A\n",
        "kind: PodList\n",
        "kind: {{ .x }}\n",
        "kind: A\nspec:\n  a: {{ .x }}\n",
        "\"kind\": A\n",
        "kind : A\n",
        "kind: A\nkind: B\n",
        "kind: A\n  b\n",
        "kind:\n  A\n",
        "kind: on\n",
        "kind: &a A\n",
        "kind: *a\n",
        "kind: !t A\n",
        "kind: |\n  A\n",
        "kind: \"A\\x41\"\n",
        "? kind\n: A\n",
        "<<: *a\nkind: A\n",
        "  kind: A\n",
        "\tkind: A\n",
        "kind:\tA\n",
        "a: \"x\nkind: A\n  y\"\n",
        "a:\n  b: 'x\nkind: A\nc:\n  d'\n",
        "a: {b: c,\nkind: A\n}\n",
        "a: b\rkind: A\n",
        "a: b\xE2\x80\xA8kind: A\n",
        "metadata: {name: x}\n",
        "metadata:\n  name: x\n  name: y\n",
        "metadata:\n  name: x\n    y\n",
        "metadata:\n    name: x\n  namespace: y\n",
        "metadata:\n  \"name\": x\n",
        "metadata:\n  <<: *a\n",
        "metadata:\n- name: x\n",
        "metadata:\n  name: 5\n",
    };
    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        struct scan s;
        struct scan_doc d = {0};
        scan_init(&s, sv_of(texts[i]));
        while (scan_next(&s, &d) && !d.doubt)
            ;
        if (!d.doubt)
            fail_msg("no doubt about: %s", texts[i]);
    }
}

static void common_manifests_are_not_in_doubt(void **state)
{
    static const char *const texts[] = {
        "kind: A\nspec:\n- a\n- b: c\n",
        "kind: A\r\nmetadata:\r\n  name: x\r\n",
        "kind: A\nmetadata:\n  name: system:node-1.x\n  annotations: {a: 'b', c: \"d\"}\n",
        "kind: A\nmetadata:\n  # c\n\n  name: x\n  finalizers:\n  - a/b\n",
        "kind: A\ndata:\n  a: |\n    kind: B\n    # c\n  b: \"x: y\" # it's\n  c: it's\n",
        "kind: A\nspec:\n  args: [\"--a=b\", 'c']\n  image: \"x:1\"\n",
        "\xEF\xBB\xBFkind: A # \xE5\xBD\x93\xE7\x95\xAA\n",
    };
    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        struct scan_doc d = first(texts[i]);
        if (d.doubt || !sv_is(d.kind, "A"))
            fail_msg("in doubt about: %s", texts[i]);
    }
}

static void words_are_found_wherever_they_stand(void **state)
{
    static const struct sv words[] = {{"docker.sock", 11}, {"gitRepo", 7}, {"sock:", 5}};
    struct literal_set s;
    assert_int_equal(literal_init(&s, words, 3, NULL), 0);
    assert_int_equal(literal_find(&s, SV("")), 0);
    assert_int_equal(literal_find(&s, SV("sock")), 0);
    assert_int_equal(literal_find(&s, SV("sock:")), 4);
    assert_int_equal(literal_find(&s, SV("x/docker.sock")), 1);
    assert_int_equal(literal_find(&s, SV("x/docker.sock: gitRep gitRepo")), 7);
    assert_int_equal(literal_find(&s, SV("docker.soc")), 0);
    struct err err = {0};
    assert_int_equal(literal_init(&s, (const struct sv[]){{"four", 4}}, 1, &err), -1);
    assert_int_equal(err.class, ERR_BUG);
}

/* Against strstr, with words that overlap and a text of few letters, so that they occur. */
static void the_search_agrees_with_strstr(void **state)
{
    uint64_t r = 88172645463325252u;
    for (int round = 0; round < 2000; round++) {
        char text[700], words[8][12];
        size_t length = round % 2 ? sizeof text : 200;
        struct sv views[8];
        struct literal_set s;
        for (size_t i = 0; i < length; i++) {
            r ^= r << 13, r ^= r >> 7, r ^= r << 17;
            text[i] = (char)('a' + r % 3 % 2);
        }
        text[length - 1] = '\0';
        for (size_t w = 0; w < 8; w++) {
            r ^= r << 13, r ^= r >> 7, r ^= r << 17;
            size_t n = 5 + r % 7;
            for (size_t i = 0; i < n; i++)
                words[w][i] = (char)('a' + (r >> (8 + i)) % 2);
            words[w][n] = '\0';
            views[w] = sv_of(words[w]);
        }
        assert_int_equal(literal_init(&s, views, 8, NULL), 0);
        uint64_t found = literal_find(&s, sv_of(text));
        for (size_t w = 0; w < 8; w++)
            assert_int_equal(found >> w & 1, strstr(text, words[w]) != NULL);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fields_are_read_from_their_lines),
        cmocka_unit_test(documents_have_ranges_and_lines),
        cmocka_unit_test(what_lines_cannot_tell_is_in_doubt),
        cmocka_unit_test(common_manifests_are_not_in_doubt),
        cmocka_unit_test(words_are_found_wherever_they_stand),
        cmocka_unit_test(the_search_agrees_with_strstr),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
