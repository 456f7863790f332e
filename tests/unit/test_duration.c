#include "base/duration.h"

#include "unit.h"

static void test_parse(void **state)
{
    static const struct {
        const char *text;
        int64_t ms;
    } good[] = {
        {"0", 0},
        {"0s", 0},
        {"250ms", 250},
        {"90s", 90000},
        {"5m", 300000},
        {"1h30m", 5400000},
        {"1d2h3m4s5ms", 93784005},
        {"1.5h", 5400000},
        {"1h0.5m", 3630000},
        {"0.0005s", 1},
        {"0.0004s", 0},
        {"0.9995s", 1000},
        {"3650d", DURATION_MAX_MS},
    };
    static const char *const bad[] = {"",
                                      "5",
                                      "s",
                                      "-5s",
                                      "5 s",
                                      "5S",
                                      "5us",
                                      "1m1h",
                                      "5s5s",
                                      "1.5h3m",
                                      "1.s",
                                      ".5s",
                                      "+5s",
                                      "5s ",
                                      "3651d",
                                      "3650d1ms",
                                      "1e3s",
                                      "99999999999999999999s",
                                      "9223372036854775807ms"};
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        int64_t ms = -1;
        print_message("%s\n", good[i].text);
        assert_true(duration_parse(sv_of(good[i].text), &ms));
        assert_int_equal(ms, good[i].ms);
    }
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        int64_t ms = -1;
        print_message("%s\n", bad[i]);
        assert_false(duration_parse(sv_of(bad[i]), &ms));
        assert_int_equal(ms, -1);
    }
    int64_t ms = -1;
    assert_false(duration_parse(SV_NONE, &ms));
}

static void test_format(void **state)
{
    static const struct {
        int64_t ms;
        const char *text;
    } cases[] = {
        {-5, "0 s"},
        {0, "0 s"},
        {250, "250 ms"},
        {999, "999 ms"},
        {1000, "1 s"},
        {4500, "4.5 s"},
        {9949, "9.9 s"},
        {9950, "10 s"},
        {41499, "41 s"},
        {59499, "59 s"},
        {59500, "1 min"},
        {750000, "12 min 30 s"},
        {720000, "12 min"},
        {1199499, "19 min 59 s"},
        {1229000, "20 min"},
        {2460000, "41 min"},
        {3569499, "59 min"},
        {3570000, "1 h"},
        {3900000, "1 h 05 min"},
        {86400000, "1 d"},
        {183600000, "2 d 3 h"},
        {86370000, "1 d"},
    };
    char buf[DURATION_TEXT_MAX];
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_string_equal(duration_format(cases[i].ms, buf), cases[i].text);
}

static void test_clock(void **state)
{
    char buf[DURATION_TEXT_MAX];
    assert_string_equal(duration_clock(-1, buf), "0:00");
    assert_string_equal(duration_clock(7999, buf), "0:07");
    assert_string_equal(duration_clock(750000, buf), "12:30");
    assert_string_equal(duration_clock(3750000, buf), "1:02:30");
    assert_string_equal(duration_clock(2 * 86400000LL + 3 * 3600000, buf), "2d 03:00:00");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_parse),
        cmocka_unit_test(test_format),
        cmocka_unit_test(test_clock),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
