/* The expected amounts are those of resource.Quantity of Kubernetes 1.20.2, where Value() and
 * MilliValue() do not overflow. */
#include "world/quantity.h"

#include <inttypes.h>

#include "unit.h"

static void amounts_are_those_of_kubernetes(void **state)
{
    static const struct {
        const char *text;
        int64_t value, milli;
    } cases[] = {
        {"0", 0, 0},
        {"1", 1, 1000},
        {"+5", 5, 5000},
        {"007", 7, 7000},
        {"100m", 1, 100},
        {"1500m", 2, 1500},
        {"1001m", 2, 1001},
        {"0.5", 1, 500},
        {".5", 1, 500},
        {"5.", 5, 5000},
        {"100u", 1, 1},
        {"1n", 1, 1},
        {"0.1n", 1, 1},
        {"0.0001", 1, 1},
        {"1.0001", 2, 1001},
        {"1k", 1000, 1000000},
        {"1M", 1000000, 1000000000},
        {"1G", 1000000000, 1000000000000},
        {"1T", 1000000000000, 1000000000000000},
        {"1P", 1000000000000000, 1000000000000000000},
        {"1E", 1000000000000000000, INT64_MAX},
        {"1Ki", 1024, 1024000},
        {"1Mi", 1048576, 1048576000},
        {"1.5Gi", 1610612736, 1610612736000},
        {"0.1Ki", 103, 102400},
        {"1.0000000001Ki", 1025, 1024001},
        {"3Ti", 3298534883328, 3298534883328000},
        {"7Pi", 7881299347898368, 7881299347898368000},
        {"7Ei", 8070450532247928832, INT64_MAX},
        {"0.0000000000000000001Ei", 1, 116},
        {"1e3", 1000, 1000000},
        {"1E3", 1000, 1000000},
        {"1.5e+2", 150, 150000},
        {"12e-1", 2, 1200},
        {"1e-100", 1, 1},
        {"16148100Ki", 16535654400, 16535654400000},
        {" 1Gi\n", 1073741824, 1073741824000},
        {"9223372036854775807", INT64_MAX, INT64_MAX},
        {"-", 0, 0},
        {".", 0, 0},
        {"M", 0, 0},
        {"0e999999999", 0, 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        int64_t value = -7, milli = -7;
        enum quantity_state v = quantity_value(sv_of(cases[i].text), &value);
        enum quantity_state m = quantity_milli(sv_of(cases[i].text), &milli);
        if (v != QUANTITY_OK || value != cases[i].value || milli != cases[i].milli ||
            m != (milli == INT64_MAX ? QUANTITY_CLAMPED : QUANTITY_OK))
            fail_msg("%s: %d %" PRId64 ", %d %" PRId64, cases[i].text, v, value, m, milli);
    }
}

static void below_zero_and_beyond_64_bits_are_told(void **state)
{
    static const struct {
        const char *text;
        enum quantity_state state;
        int64_t value;
    } cases[] = {
        {"-1", QUANTITY_NEGATIVE, -1},
        {"-1m", QUANTITY_NEGATIVE, -1},
        {"-1.5Gi", QUANTITY_NEGATIVE, -1610612736},
        {"-0", QUANTITY_OK, 0},
        {"-9e99", QUANTITY_NEGATIVE, INT64_MIN},
        {"8Ei", QUANTITY_CLAMPED, INT64_MAX},
        {"9223372036854775808", QUANTITY_CLAMPED, INT64_MAX},
        {"9223372036854775807.1", QUANTITY_CLAMPED, INT64_MAX},
        {"10E", QUANTITY_CLAMPED, INT64_MAX},
        {"1e19", QUANTITY_CLAMPED, INT64_MAX},
        {"1e9223372036854775807", QUANTITY_CLAMPED, INT64_MAX},
        {"99999999999999999999999999999999999999999999Ki", QUANTITY_CLAMPED, INT64_MAX},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        int64_t value = -7;
        enum quantity_state got = quantity_value(sv_of(cases[i].text), &value);
        if (got != cases[i].state || value != cases[i].value)
            fail_msg("%s: %d %" PRId64, cases[i].text, got, value);
    }
}

static void other_texts_are_no_quantities(void **state)
{
    static const char *const cases[] = {
        "",         " ",
        "abc",      "1.1.M",
        "1+1.0M",   "0.1mi",
        "0.1am",    "1i",
        "-3.01i",   "-3.01e-",
        "1e",       "1E+",
        "1ee3",     "1e1.5",
        "1m-",      "1Kii",
        "1KI",      "1K",
        "1 Gi",     "--1",
        "+-1",      "0x10",
        "Pi",       "e-20",
        "1,5",      "1e99999999999999999999",
        "\xC2\xB5", "1e9223372036854775808",
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        int64_t value = -7;
        if (quantity_value(sv_of(cases[i]), &value) != QUANTITY_BAD || value != -7 ||
            quantity_milli(sv_of(cases[i]), &value) != QUANTITY_BAD || value != -7)
            fail_msg("'%s' is taken as %" PRId64, cases[i], value);
    }
    int64_t value;
    assert_int_equal(quantity_value(SV_NONE, &value), QUANTITY_BAD);
    assert_int_equal(quantity_value(sv_n("1\0", 2), &value), QUANTITY_BAD);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(amounts_are_those_of_kubernetes),
        cmocka_unit_test(below_zero_and_beyond_64_bits_are_told),
        cmocka_unit_test(other_texts_are_no_quantities),
    };
    return cmocka_run_group_tests_name("quantity", tests, NULL, NULL);
}
