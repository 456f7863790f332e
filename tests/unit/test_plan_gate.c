/* Gates: how they are written, described and decided. */
#include "plan/gate.h"

#include <math.h>
#include <stdio.h>

#include "unit.h"

#define MIN INT64_C(60000)
#define HOUR (60 * MIN)
#define DAY (24 * HOUR)
/* 2026-11-23 is a Monday. */
#define MONDAY (INT64_C(20780) * DAY)

/* --- written ------------------------------------------------------------------------------- */

static void test_parse(void **state)
{
    static const struct {
        const char *text, *words;
    } cases[] = {
        {"approval", "somebody approves"},
        {"soak:10m", "10 min pass"},
        {"soak:1h30m", "1 h 30 min pass"},
        {"window:22:00-04:00", "from 22:00 to 04:00 UTC"},
        {"window:09:00-17:30,mon-fri", "from 09:00 to 17:30 UTC Mon-Fri"},
        {"window:09:00-17:30,sat-mon", "from 09:00 to 17:30 UTC Mon, Sat, Sun"},
        {"window:09:00-17:30,mon,wed,Thu,fri", "from 09:00 to 17:30 UTC Mon, Wed-Fri"},
        {"window:00:00-24:00,mon-sun", "from 00:00 to 24:00 UTC"},
        {"metric:prometheus=https://u:secret@prom:9090/x?token=secret,query=up,below=0.01",
         "Prometheus: up below 0.01"},
        {"metric:prometheus=http://p,query=sum(rate(e{a=\"b,)\",c='}'}[5m])) by (x, y),at-least=2,"
         "for=5m,every=10s,timeout=1h",
         "Prometheus: sum(rate(e{a=\"b,)\",c='}'}[5m])) by (x, y) at least 2 for 5 min, within "
         "1 h"},
        {"metric:prometheus=http://p,query=a==bool 1,above=-1.5e3", "Prometheus: a==bool 1 above "
                                                                    "-1500"},
        {"metric:cloudwatch=eu-west-1,namespace=AWS/"
         "ApplicationELB,metric=HTTPCode_Target_5XX_Count,"
         "stat=Sum,dimension=LoadBalancer:app/web/1,dimension=Zone:a:b,missing=0,period=5m,"
         "at-most=5",
         "CloudWatch: Sum of AWS/ApplicationELB HTTPCode_Target_5XX_Count LoadBalancer=app/web/1 "
         "Zone=a:b at most 5"},
        {"webhook:https://user:secret@hooks.example.org/T00/secret,every=5s,timeout=10m",
         "webhook https://hooks.example.org says yes, within 10 min"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        _cleanup_arena_ struct arena a = {0};
        _cleanup_str_ struct str words = {0};
        struct gate g;
        struct err err = {0};
        print_message("%s\n", cases[i].text);
        if (gate_parse(cases[i].text, &a, &g, &err))
            fail_msg("%s", err.msg);
        gate_describe(&g, &words);
        assert_string_equal(str_c(&words), cases[i].words);
        assert_null(strstr(str_c(&words), "secret"));
    }
}

static void test_parse_bad(void **state)
{
    static const struct {
        const char *text, *words;
    } cases[] = {
        {"", "'' is no kind of gate"},
        {"aproval", "'aproval' is no kind of gate"},
        {"approval:ann", "takes nothing"},
        {"soak", "is no span of time"},
        {"soak:", "is no span of time"},
        {"soak:10", "'10' is no span of time"},
        {"soak:0s", "'0s' is no span of time"},
        {"window:22-4", "HH:MM-HH:MM"},
        {"window:22:00", "HH:MM-HH:MM"},
        {"window:22:60-23:00", "HH:MM-HH:MM"},
        {"window:24:00-01:00", "HH:MM-HH:MM"},
        {"window:22:00-24:01", "HH:MM-HH:MM"},
        {"window:22:00-22:00", "is empty"},
        {"window:22:00-23:00,", "'' is no day"},
        {"window:22:00-23:00,monday", "'monday' is no day"},
        {"metric", "must begin with prometheus=URL"},
        {"metric:graphite=x", "must begin with prometheus=URL"},
        {"metric:prometheus=ftp://x,query=up,below=1", "http://HOST"},
        {"metric:prometheus=https://,query=up,below=1", "http://HOST"},
        {"metric:prometheus=https://a b,query=up,below=1", "http://HOST"},
        {"metric:prometheus=https://x,below=1", "needs query="},
        {"metric:prometheus=https://x,query=up", "one of below="},
        {"metric:prometheus=https://x,query=up,below=1,above=0", "not two"},
        {"metric:prometheus=https://x,query=up,below=x", "'x' is no number"},
        {"metric:prometheus=https://x,query=up,below=nan", "'nan' is no number"},
        {"metric:prometheus=https://x,query=up,below=1e999", "'1e999' is no number"},
        {"metric:prometheus=https://x,query=up,below=1,stat=Sum", "no option 'stat'"},
        {"metric:prometheus=https://x,query=up,below=1,for", "must be NAME=VALUE"},
        {"metric:prometheus=https://x,query=up,below=1,for=x", "'x' is no span of time"},
        {"metric:cloudwatch=Europe,namespace=a,metric=b,stat=c,below=1", "no AWS region"},
        {"metric:cloudwatch=eu-west-1,namespace=a,metric=b,below=1",
         "namespace=, metric= and stat="},
        {"metric:cloudwatch=eu-west-1,namespace=a,metric=b,stat=c,dimension=x,below=1",
         "NAME:VALUE"},
        {"metric:cloudwatch=eu-west-1,namespace=a,metric=b,stat=c,period=90s,below=1",
         "whole minutes"},
        {"metric:cloudwatch=eu-west-1,namespace=a,metric=b,stat=c,query=x,below=1",
         "no option 'query'"},
        {"webhook:", "http://HOST"},
        {"webhook:https://x,for=5m", "no option 'for'"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        _cleanup_arena_ struct arena a = {0};
        struct gate g;
        struct err err = {0};
        print_message("%s\n", cases[i].text);
        assert_int_equal(gate_parse(cases[i].text, &a, &g, &err), -1);
        assert_int_equal(err.class, ERR_USAGE);
        if (!strstr(err.msg, cases[i].words))
            fail_msg("%s", err.msg);
        assert_true(err.hint[0]);
        assert_null(strstr(err.msg, "https://x"));
    }
}

/* --- decided ------------------------------------------------------------------------------- */

static enum gate_say decide(const struct gate *g, struct gate_memory *m, int64_t now, int64_t *wake)
{
    char words[512];
    return gate_decide(g, m, now, wake, words, sizeof words);
}

static void test_approval(void **state)
{
    struct gate g = {.kind = GATE_APPROVAL};
    struct gate_memory m = {0};
    int64_t wake = 0;
    assert_int_equal(decide(&g, &m, MONDAY, &wake), GATE_WAIT);
    assert_int_equal(wake, INT64_MAX);
    assert_int_equal(m.reached_ms, MONDAY);
    m.approved_by = "ann";
    assert_int_equal(decide(&g, &m, MONDAY + 1, &wake), GATE_OPEN);
    assert_int_equal(m.reached_ms, MONDAY);
}

static void test_window(void **state)
{
    static const struct {
        const char *text;
        int64_t now, opens; /* now: it is open */
    } cases[] = {
        {"window:22:00-04:00", MONDAY, MONDAY},
        {"window:22:00-04:00", MONDAY + 4 * HOUR - 1, MONDAY + 4 * HOUR - 1},
        {"window:22:00-04:00", MONDAY + 4 * HOUR, MONDAY + 22 * HOUR},
        {"window:22:00-04:00", MONDAY + 22 * HOUR - 1, MONDAY + 22 * HOUR},
        {"window:22:00-04:00", MONDAY + 22 * HOUR, MONDAY + 22 * HOUR},
        /* The night belongs to the day on which it begins. */
        {"window:22:00-04:00,fri", MONDAY + 4 * DAY + 23 * HOUR, MONDAY + 4 * DAY + 23 * HOUR},
        {"window:22:00-04:00,fri", MONDAY + 5 * DAY + 3 * HOUR, MONDAY + 5 * DAY + 3 * HOUR},
        {"window:22:00-04:00,fri", MONDAY + 4 * DAY + 3 * HOUR, MONDAY + 4 * DAY + 22 * HOUR},
        {"window:22:00-04:00,fri", MONDAY + 5 * DAY + 4 * HOUR, MONDAY + 11 * DAY + 22 * HOUR},
        {"window:09:00-10:00,mon", MONDAY + 10 * HOUR, MONDAY + 7 * DAY + 9 * HOUR},
        {"window:09:00-10:00,sun", MONDAY, MONDAY + 6 * DAY + 9 * HOUR},
        {"window:00:00-24:00,tue", MONDAY + DAY - 1, MONDAY + DAY},
        {"window:00:00-24:00,tue", MONDAY + 2 * DAY - 1, MONDAY + 2 * DAY - 1},
        {"window:00:00-24:00,tue", MONDAY + 2 * DAY, MONDAY + 8 * DAY},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        _cleanup_arena_ struct arena a = {0};
        struct gate g;
        struct gate_memory m = {0};
        int64_t wake = 0;
        assert_int_equal(gate_parse(cases[i].text, &a, &g, NULL), 0);
        enum gate_say say = decide(&g, &m, cases[i].now, &wake);
        print_message("%s %lld\n", cases[i].text, (long long)(cases[i].now - MONDAY));
        assert_int_equal(say, cases[i].now == cases[i].opens ? GATE_OPEN : GATE_WAIT);
        if (say == GATE_WAIT)
            assert_int_equal(wake, cases[i].opens);
    }
}

static const struct gate metric = {.kind = GATE_METRIC,
                                   .compare = GATE_BELOW,
                                   .threshold = 10,
                                   .for_ms = 5 * MIN,
                                   .every_ms = MIN,
                                   .timeout_ms = HOUR};

static void see(struct gate_memory *m, double value, int64_t now)
{
    gate_saw(&metric, m, &(struct gate_sight){.ok = true, .value = value}, now);
}

static void test_metric_must_stay_good(void **state)
{
    struct gate_memory m = {0};
    int64_t wake = 0, t = MONDAY;
    assert_int_equal(decide(&metric, &m, t, &wake), GATE_OBSERVE);
    see(&m, 5, t);
    assert_int_equal(decide(&metric, &m, t, &wake), GATE_WAIT);
    assert_int_equal(wake, t + MIN);
    for (int i = 1; i <= 4; i++) {
        assert_int_equal(decide(&metric, &m, t + i * MIN, &wake), GATE_OBSERVE);
        see(&m, i == 3 ? 10 : 5, t + i * MIN); /* 10 is not below 10 */
    }
    assert_int_equal(m.good_ms, t + 4 * MIN);
    assert_int_equal(decide(&metric, &m, t + 5 * MIN, &wake), GATE_OBSERVE);
    for (int i = 5; i <= 9; i++) {
        assert_int_not_equal(decide(&metric, &m, t + i * MIN, &wake), GATE_OPEN);
        see(&m, 5, t + i * MIN);
    }
    assert_int_equal(decide(&metric, &m, t + 9 * MIN, &wake), GATE_OPEN);
}

static void test_what_is_not_good(void **state)
{
    struct gate_sight bad[] = {{.ok = true, .value = NAN},
                               {.ok = true, .value = INFINITY},
                               {.ok = false, .words = "refused"}};
    for (size_t i = 0; i < 3; i++) {
        struct gate_memory m = {0};
        int64_t wake = 0;
        char words[512];
        see(&m, 5, MONDAY);
        gate_saw(&metric, &m, &bad[i], MONDAY + MIN);
        assert_int_equal(m.good_ms, 0);
        assert_int_equal(m.failures, i == 2);
        gate_decide(&metric, &m, MONDAY + MIN, &wake, words, sizeof words);
        if (i == 2) {
            gate_saw(&metric, &m, &bad[i], MONDAY + 2 * MIN);
            gate_decide(&metric, &m, MONDAY + 2 * MIN, &wake, words, sizeof words);
            assert_string_equal(words, "could not be asked (2 times in a row): refused");
        }
    }
}

/* Nobody looked for a while: the time before does not count, and an old look opens nothing. */
static void test_a_gap_is_a_break(void **state)
{
    struct gate_memory m = {0};
    int64_t wake = 0;
    for (int i = 0; i <= 5; i++)
        see(&m, 5, MONDAY + i * MIN);
    m.reached_ms = MONDAY;
    assert_int_equal(decide(&metric, &m, MONDAY + 5 * MIN, &wake), GATE_OPEN);
    assert_int_equal(decide(&metric, &m, MONDAY + 20 * MIN, &wake), GATE_OBSERVE);
    see(&m, 5, MONDAY + 20 * MIN);
    assert_int_equal(m.good_ms, MONDAY + 20 * MIN);
    assert_int_equal(decide(&metric, &m, MONDAY + 20 * MIN, &wake), GATE_WAIT);
    /* a clock that was put back */
    see(&m, 5, MONDAY + 19 * MIN);
    assert_int_equal(m.good_ms, MONDAY + 19 * MIN);
}

static void test_time_out(void **state)
{
    struct gate_memory m = {0};
    int64_t wake = 0;
    char words[512];
    assert_int_equal(decide(&metric, &m, MONDAY, &wake), GATE_OBSERVE);
    see(&m, 50, MONDAY + HOUR - 30000);
    assert_int_equal(decide(&metric, &m, MONDAY + HOUR - 20000, &wake), GATE_WAIT);
    assert_int_equal(wake, MONDAY + HOUR);
    assert_int_equal(gate_decide(&metric, &m, MONDAY + HOUR, &wake, words, sizeof words),
                     GATE_FAILED);
    assert_string_equal(words, "did not open within 1 h: is 50, which is not good");
}

static void test_webhook(void **state)
{
    struct gate g = {.kind = GATE_WEBHOOK, .url = "https://x"};
    struct gate_memory m = {0};
    int64_t wake = 0;
    assert_int_equal(decide(&g, &m, MONDAY, &wake), GATE_OBSERVE);
    gate_saw(&g, &m, &(struct gate_sight){.ok = true, .words = "freeze until Monday"}, MONDAY);
    assert_int_equal(decide(&g, &m, MONDAY, &wake), GATE_WAIT);
    assert_int_equal(wake, MONDAY + 30000);
    gate_saw(&g, &m, &(struct gate_sight){.ok = true, .allows = true}, MONDAY + 30000);
    assert_int_equal(decide(&g, &m, MONDAY + 30000, &wake), GATE_OPEN);
}

/* --- properties ---------------------------------------------------------------------------- */

static uint64_t next(uint64_t *seed)
{
    *seed = *seed * 6364136223846793005u + 1442695040888963407u;
    return *seed >> 33;
}

/* Follows a soak or window gate by its own wake times only: it opens exactly when it should. */
static void test_never_early_never_late(void **state)
{
    uint64_t seed = 7;
    for (int round = 0; round < 3000; round++) {
        struct gate g = {.kind = next(&seed) % 2 ? GATE_SOAK : GATE_WINDOW,
                         .soak_ms = (int64_t)(next(&seed) % 1000000),
                         .from_min = (int)(next(&seed) % 1440),
                         .to_min = (int)(next(&seed) % 1441),
                         .days = (unsigned)(next(&seed) % 128)};
        struct gate_memory m = {0};
        int64_t start = MONDAY + (int64_t)(next(&seed) % (14 * DAY)), now = start, wake = 0;
        unsigned steps = 0;
        while (decide(&g, &m, now, &wake) != GATE_OPEN) {
            assert_true(wake > now);
            assert_true(++steps < 3);
            /* right before the wake time it is still closed, and says the same time */
            struct gate_memory copy = m;
            int64_t again = 0;
            assert_int_equal(decide(&g, &copy, wake - 1, &again), GATE_WAIT);
            assert_int_equal(again, wake);
            now = wake;
        }
        if (g.kind == GATE_SOAK)
            assert_int_equal(now, start + g.soak_ms);
    }
}

/* Random metrics, looked at when the gate says so or later: when it opens, all looks of the last
 * `for` were good and none was far from the next. */
static void test_metric_property(void **state)
{
    uint64_t seed = 11;
    unsigned opened = 0;
    for (int round = 0; round < 2000; round++) {
        struct gate g = metric;
        struct gate_memory m = {0};
        int64_t now = MONDAY, good_from = 0, last = 0, wake = 0;
        g.for_ms = (int64_t)(next(&seed) % 8) * 30000;
        g.every_ms = (int64_t)(1 + next(&seed) % 4) * 15000;
        g.timeout_ms = 0;
        for (int i = 0; i < 200; i++) {
            enum gate_say say = decide(&g, &m, now, &wake);
            if (say == GATE_OPEN) {
                assert_true(good_from && last - good_from >= g.for_ms);
                assert_true(now - last < g.every_ms);
                opened++;
                break;
            }
            if (say == GATE_WAIT) {
                assert_true(wake > now);
                now = wake + (int64_t)(next(&seed) % 8 ? 0 : next(&seed) % (6 * MIN));
                continue;
            }
            struct gate_sight sight = {.ok = next(&seed) % 16 != 0,
                                       .value = next(&seed) % 8 ? 5 : 15};
            gate_saw(&g, &m, &sight, now);
            bool good = sight.ok && sight.value < 10;
            if (!good)
                good_from = 0;
            else if (!good_from || now - last >= 3 * g.every_ms + 3)
                good_from = now;
            last = now;
        }
    }
    assert_true(opened > 1000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_parse),
        cmocka_unit_test(test_parse_bad),
        cmocka_unit_test(test_approval),
        cmocka_unit_test(test_window),
        cmocka_unit_test(test_metric_must_stay_good),
        cmocka_unit_test(test_what_is_not_good),
        cmocka_unit_test(test_a_gap_is_a_break),
        cmocka_unit_test(test_time_out),
        cmocka_unit_test(test_webhook),
        cmocka_unit_test(test_never_early_never_late),
        cmocka_unit_test(test_metric_property),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
