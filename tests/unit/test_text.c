#include "base/date.h"
#include "base/markup.h"
#include "base/text.h"
#include "base/utf8.h"

#include <time.h>

#include "unit.h"

static const char *wrap(struct str *out, const char *text, unsigned indent, unsigned width)
{
    str_reset(out);
    text_wrap(out, sv_of(text), 0, indent, width);
    return str_c(out);
}

static void text_breaks_at_spaces(void **state)
{
    _cleanup_str_ struct str s = {0};
    assert_string_equal(wrap(&s, "one two three", 0, 80), "one two three");
    assert_string_equal(wrap(&s, "one two three", 0, 7), "one two\nthree");
    assert_string_equal(wrap(&s, "one two three", 2, 8), "one two\n  three");
    assert_string_equal(wrap(&s, "a  b", 0, 80), "a b");
    assert_string_equal(wrap(&s, "a\n\nb", 0, 80), "a\n\nb");
    assert_string_equal(wrap(&s, "/a/word/that/is/too/long x", 0, 8),
                        "/a/word/that/is/too/long\nx");
    assert_string_equal(wrap(&s, "", 0, 8), "");
}

static void text_counts_columns_not_bytes(void **state)
{
    _cleanup_str_ struct str s = {0};
    assert_string_equal(wrap(&s, "\xE5\xBD\x93\xE7\x95\xAA \xE5\xBD\x93", 0, 7),
                        "\xE5\xBD\x93\xE7\x95\xAA \xE5\xBD\x93");
    assert_string_equal(wrap(&s, "\xE5\xBD\x93\xE7\x95\xAA \xE5\xBD\x93", 0, 6),
                        "\xE5\xBD\x93\xE7\x95\xAA\n\xE5\xBD\x93");
}

static void text_is_harmless_for_a_terminal(void **state)
{
    _cleanup_str_ struct str s = {0};
    text_printable(&s, SV("a\033[1m\tb\nc\x7f\xFF\xC2\x9B\xE5\xBD\x93"));
    assert_string_equal(str_c(&s), "a\\x1b[1m b c\\x7f\\xff\\u009b\xE5\xBD\x93");
}

static void distance_counts_slips(void **state)
{
    assert_int_equal(text_distance(SV("check"), SV("check")), 0);
    assert_int_equal(text_distance(SV("chekc"), SV("check")), 1);
    assert_int_equal(text_distance(SV("chck"), SV("check")), 1);
    assert_int_equal(text_distance(SV("checks"), SV("check")), 1);
    assert_int_equal(text_distance(SV(""), SV("abc")), 3);
    assert_int_equal(text_distance(SV("kitten"), SV("sitting")), 3);
}

static void distance_is_symmetric_and_capped(void **state)
{
    char a[200], b[200];
    memset(a, 'a', sizeof a);
    memset(b, 'b', sizeof b);
    assert_int_equal(text_distance(sv_n(a, 200), sv_n(b, 200)), TEXT_DISTANCE_MAX);
    unsigned seed = 7;
    for (int round = 0; round < 300; round++) {
        for (size_t i = 0; i < 8; i++) {
            a[i] = (char)('a' + (seed = seed * 1103515245 + 12345) / 65536 % 3);
            b[i] = (char)('a' + (seed = seed * 1103515245 + 12345) / 65536 % 3);
        }
        struct sv x = sv_n(a, seed / 4096 % 9), y = sv_n(b, seed / 65536 % 9);
        assert_int_equal(text_distance(x, y), text_distance(y, x));
        assert_int_equal(text_distance(x, y) == 0, sv_eq(x, y));
    }
}

static void near_words_are_slips_not_other_words(void **state)
{
    assert_true(text_near(SV("chekc"), SV("check")));
    assert_true(text_near(SV("form"), SV("from")));
    assert_false(text_near(SV("a"), SV("b")));
    assert_false(text_near(SV("check"), SV("version")));
}

/* Held against the C library for every day of two centuries. */
static void dates_agree_with_the_c_library(void **state)
{
    for (date_days day = 0; day < 73000; day++) {
        char ours[DATE_TEXT_MAX], theirs[DATE_TEXT_MAX];
        time_t seconds = (time_t)day * 86400;
        struct tm tm;
        date_days back = -1;
        gmtime_r(&seconds, &tm);
        strftime(theirs, sizeof theirs, "%Y-%m-%d", &tm);
        assert_string_equal(date_format(day, ours), theirs);
        assert_true(date_parse(sv_of(ours), &back));
        assert_int_equal(back, day);
    }
}

static void dates_are_exact(void **state)
{
    static const char *const wrong[] = {"",           "2027-6-30",   "2027-06-31", "2027-02-29",
                                        "1969-12-31", "2027-00-01",  "2027-13-01", "2027-01-00",
                                        "2027/06/30", "2027-06-30 ", "+027-06-30", "20270630"};
    date_days day = 5;
    for (size_t i = 0; i < ARRAY_LEN(wrong); i++)
        assert_false(date_parse(sv_of(wrong[i]), &day));
    assert_int_equal(day, 5);
    assert_true(date_parse(SV("2028-02-29"), &day));
    char text[DATE_TEXT_MAX];
    assert_string_equal(date_format(-1, text), "1970-01-01");
    assert_string_equal(date_format(INT32_MAX, text), "9999-12-31");
}

static void markup_never_becomes_markup(void **state)
{
    _cleanup_str_ struct str s = {0};
    markup_html(&s, "<script>alert(\"x\" & 'y')</script>\x01\xff\xc2\x85\xef\xbf\xbe\u5f53");
    assert_string_equal(str_c(&s), "&lt;script&gt;alert(&quot;x&quot; &amp; &#39;y&#39;)"
                                   "&lt;/script&gt;\ufffd\ufffd\ufffd\ufffd\u5f53");
    str_reset(&s);
    markup_html(&s, NULL);
    assert_int_equal(s.len, 0);
    markup_markdown(&s, "a|b *c*\n<d>\x1b");
    assert_string_equal(str_c(&s), "a\\|b \\*c\\* &lt;d&gt; ");
    str_reset(&s);
    markup_markdown_code(&s, "a|`b\n\x7f<c>");
    assert_string_equal(str_c(&s), "`a\\|'b  <c>`");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_breaks_at_spaces),
        cmocka_unit_test(text_counts_columns_not_bytes),
        cmocka_unit_test(text_is_harmless_for_a_terminal),
        cmocka_unit_test(distance_counts_slips),
        cmocka_unit_test(distance_is_symmetric_and_capped),
        cmocka_unit_test(near_words_are_slips_not_other_words),
        cmocka_unit_test(markup_never_becomes_markup),
        cmocka_unit_test(dates_agree_with_the_c_library),
        cmocka_unit_test(dates_are_exact),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
