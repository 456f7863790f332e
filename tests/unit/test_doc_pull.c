#include "doc/pull.h"

#include "base/str.h"

#include "unit.h"

static struct pull start(const char *text)
{
    struct pull p;
    pull_init(&p, sv_of(text), NULL);
    return p;
}

static void assert_sv(struct sv got, const char *want)
{
    assert_int_equal(got.len, strlen(want));
    assert_memory_equal(got.ptr, want, got.len);
}

static void takes_what_it_knows_and_skips_the_rest(void **state)
{
    struct pull p = start("{\"kind\": \"List\", \"x\": [1, {\"y\": \"]}\"}],\n \"items\": "
                          "[{\"n\": 1}, {\"n\": 22, \"on\": true}, null], \"cpu\": 1.5}  ");
    struct sv key, text = SV_NONE;
    int64_t sum = 0, n = 0;
    bool on = false;
    assert_true(pull_map(&p));
    while (pull_key(&p, &key)) {
        if (sv_is(key, "kind")) {
            assert_true(pull_string(&p, &text));
            assert_sv(text, "List");
        } else if (sv_is(key, "items") && pull_seq(&p)) {
            while (pull_item(&p))
                for (bool in = pull_map(&p); in && pull_key(&p, &key); sum += n, n = 0)
                    if (!(sv_is(key, "n") ? pull_i64(&p, &n) : pull_bool(&p, &on)))
                        fail_msg("%.*s is not taken", SV_ARG(key));
        } else if (sv_is(key, "cpu")) {
            assert_true(pull_scalar(&p, &text));
            assert_sv(text, "1.5");
        } else {
            pull_skip(&p);
        }
    }
    assert_true(pull_ok(&p));
    assert_true(pull_done(&p));
    assert_int_equal(sum, 23);
    assert_true(on);
}

static void values_of_other_types_are_skipped(void **state)
{
    static const char *const values[] = {
        "null", "true", "\"5\"", "5", "5.5", "9223372036854775808", "[1,[]]", "{\"a\":{}}"};
    for (size_t i = 0; i < ARRAY_LEN(values); i++) {
        char text[64];
        snprintf(text, sizeof text, "[%s, 7]", values[i]);
        for (int call = 0; call < 6; call++) {
            struct pull p = start(text);
            struct sv s = SV("untouched");
            int64_t n = 0;
            bool b = false;
            assert_true(pull_seq(&p) && pull_item(&p));
            bool taken = call == 0   ? pull_string(&p, &s)
                         : call == 1 ? pull_scalar(&p, &s)
                         : call == 2 ? pull_i64(&p, &n)
                         : call == 3 ? pull_bool(&p, &b)
                         : call == 4 ? pull_raw(&p, &s)
                                     : (pull_skip(&p), true);
            bool fits[] = {i == 2, i >= 1 && i <= 5, i == 3, i == 1, true, true};
            assert_int_equal(taken, fits[call]);
            if (call == 4)
                assert_sv(s, values[i]);
            assert_true(pull_item(&p) && pull_i64(&p, &n) && n == 7);
            assert_false(pull_item(&p));
            assert_true(pull_done(&p));
        }
    }
}

static void no_collection_means_no_turn(void **state)
{
    struct pull p = start("{\"a\": null, \"b\": [1], \"c\": {\"x\": 1}, \"d\": \"s\", \"e\": {}}");
    struct sv key;
    assert_true(pull_map(&p));
    assert_true(pull_key(&p, &key) && !pull_map(&p));
    assert_true(pull_key(&p, &key) && !pull_map(&p));
    assert_true(pull_key(&p, &key) && !pull_seq(&p));
    assert_true(pull_key(&p, &key) && !pull_seq(&p));
    assert_true(pull_key(&p, &key) && pull_map(&p) && !pull_key(&p, &key));
    assert_false(pull_key(&p, &key));
    assert_true(pull_done(&p));
}

static void escapes_need_a_scratch_arena(void **state)
{
    _cleanup_arena_ struct arena scratch = {0};
    const char *text = "[\"a\\n\\\"\\u00e9\\ud83d\\ude00\\ud83dx\", \"plain\"]";
    struct pull p;
    struct sv s = SV_NONE;
    pull_init(&p, sv_of(text), &scratch);
    assert_true(pull_seq(&p) && pull_item(&p) && pull_string(&p, &s));
    assert_sv(s, "a\n\"\xC3\xA9\xF0\x9F\x98\x80\xEF\xBF\xBDx");
    assert_true(pull_item(&p) && pull_string(&p, &s));
    assert_sv(s, "plain");

    p = start(text);
    struct err err = {0};
    assert_true(pull_seq(&p) && pull_item(&p));
    assert_false(pull_string(&p, &s));
    assert_false(pull_ok(&p));
    assert_int_equal(pull_error(&p, "f.json", &err), -1);
    assert_string_equal(err.msg, "f.json:1:2: a string with escapes where none is expected");

    p = start(text);
    pull_skip(&p);
    assert_true(pull_done(&p));
}

static void errors_name_their_place_and_stick(void **state)
{
    static const struct {
        const char *text, *error;
    } cases[] = {
        {"", "f:1:1: the text ends where a value is expected"},
        {"[1,\n  2", "f:2:4: expected ',' or ']' here"},
        {"[1,]", "f:1:4: not a JSON value"},
        {"[01]", "f:1:2: not a JSON value"},
        {"[1e999]", "f:1:7: a number too large for JSON readers"},
        {"[tru]", "f:1:2: not a JSON value"},
        {"{\"a\":1,}", "f:1:8: expected a key in double quotes here"},
        {"{\"a\" 1}", "f:1:6: expected ':' behind the key"},
        {"{\"a\":1 \"b\":2}", "f:1:8: expected ',' or '}' here"},
        {"[1}", "f:1:3: expected ',' or ']' here"},
        {"[\"\xC3\xA9\xC3\"]", "f:1:4: bytes that are not UTF-8"},
        {"[\"\\x\"]", "f:1:3: an unknown escape in a string"},
        {"[\"\\u12G4\"]", "f:1:3: an unknown escape in a string"},
        {"[\"a\nb\"]", "f:1:4: a control character in a string: it must be escaped"},
        {"[\"0123456789abcdef", "f:1:19: the string is not closed"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct pull p = start(cases[i].text);
        struct err err = {0};
        struct sv key;
        int64_t n;
        pull_skip(&p);
        assert_false(pull_ok(&p));
        assert_false(pull_done(&p));
        assert_int_equal(pull_peek(&p), PULL_END);
        assert_false(pull_map(&p) || pull_key(&p, &key) || pull_seq(&p) || pull_item(&p) ||
                     pull_i64(&p, &n) || pull_raw(&p, &key));
        assert_int_equal(pull_error(&p, "f", &err), -1);
        assert_string_equal(err.msg, cases[i].error);
        assert_int_equal(err.class, ERR_INPUT);
    }
}

static void text_behind_the_value_is_left(void **state)
{
    struct pull p = start(" {} \n {\"a\": 1}\n");
    struct sv raw;
    assert_true(pull_raw(&p, &raw));
    assert_sv(raw, "{}");
    assert_true(pull_ok(&p));
    assert_false(pull_done(&p));
    assert_true(pull_raw(&p, &raw));
    assert_sv(raw, "{\"a\": 1}");
    assert_true(pull_done(&p));
    assert_int_equal(pull_peek(&p), PULL_END);
}

static bool nested(uint32_t depth, uint32_t opened)
{
    _cleanup_str_ struct str s = {0};
    for (uint32_t i = 0; i < depth; i++)
        str_addc(&s, '[');
    for (uint32_t i = 0; i < depth; i++)
        str_addc(&s, ']');
    struct pull p = start(str_c(&s));
    for (uint32_t i = 0; i < opened; i++)
        if (!pull_seq(&p) || !pull_item(&p))
            return false;
    pull_skip(&p);
    for (uint32_t i = 0; i < opened; i++)
        if (pull_item(&p))
            return false;
    return pull_done(&p);
}

static void depth_is_bounded(void **state)
{
    for (uint32_t opened = 0; opened < PULL_DEPTH; opened += 31) {
        assert_true(nested(PULL_DEPTH, opened));
        assert_false(nested(PULL_DEPTH + 1, opened));
    }
    assert_false(nested(100000, 0));
}

/* Every length of indentation and of strings, for the steps in which they go by. */
static void steps_of_any_length(void **state)
{
    for (int n = 0; n < 70; n++) {
        char text[256];
        struct sv key, s;
        snprintf(text, sizeof text, "{\n%*s\"k\":%*s\"%.*s\"}", n, "", n / 2, "", n,
                 "0123456789012345678901234567890123456789012345678901234567890123456789");
        struct pull p = start(text);
        assert_true(pull_map(&p) && pull_key(&p, &key) && pull_string(&p, &s));
        assert_int_equal(s.len, n);
        assert_false(pull_key(&p, &key));
        assert_true(pull_done(&p));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(takes_what_it_knows_and_skips_the_rest),
        cmocka_unit_test(values_of_other_types_are_skipped),
        cmocka_unit_test(no_collection_means_no_turn),
        cmocka_unit_test(escapes_need_a_scratch_arena),
        cmocka_unit_test(errors_name_their_place_and_stick),
        cmocka_unit_test(text_behind_the_value_is_left),
        cmocka_unit_test(depth_is_bounded),
        cmocka_unit_test(steps_of_any_length),
    };
    return cmocka_run_group_tests_name("pull", tests, NULL, NULL);
}
