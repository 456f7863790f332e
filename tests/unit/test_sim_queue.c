/* The simulator's clockwork: events in time, limits of requests, draws. */
#include "sim/queue.h"
#include "sim/random.h"
#include "sim/rate.h"

#include <string.h>

#include "unit.h"

static void test_order_within_a_millisecond(void **state)
{
    struct queue q;
    struct event e;
    queue_init(&q);
    for (uint32_t i = 0; i < 5; i++)
        queue_put(&q, 70000, EVENT_BIRTH, i, i);
    assert_int_equal(queue_next(&q), 70000);
    assert_false(queue_take(&q, 69999, &e));
    for (uint32_t i = 0; i < 5; i++) {
        assert_true(queue_take(&q, 70000, &e));
        assert_int_equal(e.index, i);
        assert_int_equal(e.stamp, i);
        assert_int_equal(e.kind, EVENT_BIRTH);
    }
    assert_int_equal(queue_next(&q), INT64_MAX);
    queue_release(&q);
}

static void test_late_entry_keeps_its_place(void **state)
{
    struct queue q;
    struct event e;
    queue_init(&q);
    queue_put(&q, 5000, EVENT_BIRTH, 1, 0); /* in the coarse level */
    queue_put(&q, 4200, EVENT_BIRTH, 0, 0);
    assert_true(queue_take(&q, 4200, &e));
    queue_put(&q, 5000, EVENT_BIRTH, 2, 0); /* in the fine one by now */
    assert_true(queue_take(&q, INT64_MAX, &e));
    assert_int_equal(e.index, 1);
    assert_true(queue_take(&q, INT64_MAX, &e));
    assert_int_equal(e.index, 2);
    queue_release(&q);
}

static void test_looks_ahead(void **state)
{
    struct queue q;
    struct event e, next[QUEUE_AHEAD];
    queue_init(&q);
    assert_int_equal(queue_ahead(&q, next), 0);
    for (uint32_t i = 0; i < 3; i++)
        queue_put(&q, i == 2 ? 800 : 40, i == 2 ? EVENT_POD_READY : EVENT_BIRTH, i, 0);
    queue_put(&q, 5000, EVENT_BIRTH, 3, 0); /* not near */
    assert_true(queue_take(&q, INT64_MAX, &e));
    assert_int_equal(queue_ahead(&q, next), 2);
    assert_int_equal(next[0].index, 1);
    assert_int_equal(next[1].index, 2);
    assert_int_equal(next[1].kind, EVENT_POD_READY);
    for (uint32_t i = 1; i < 3; i++)
        assert_true(queue_take(&q, INT64_MAX, &e));
    assert_int_equal(queue_ahead(&q, next), 0);
    queue_release(&q);
}

static void test_far_events(void **state)
{
    static const int64_t times[] = {INT64_C(1) << 39, 0,       4095,    4096, 1 << 24,
                                    (1 << 24) + 1,    1 << 12, 90000000};
    static const uint32_t order[] = {1, 2, 3, 6, 4, 5, 7, 0};
    struct queue q;
    struct event e;
    queue_init(&q);
    for (uint32_t i = 0; i < 8; i++)
        queue_put(&q, times[i], EVENT_BIRTH, i, 0);
    queue_put(&q, QUEUE_HORIZON + 1, EVENT_BIRTH, 99, 0);
    for (uint32_t i = 0; i < 8; i++) {
        assert_int_equal(queue_next(&q), times[order[i]]);
        assert_true(queue_take(&q, INT64_MAX, &e));
        assert_int_equal(e.index, order[i]);
        assert_int_equal(e.at, times[order[i]]);
    }
    assert_false(queue_take(&q, INT64_MAX, &e));
    queue_release(&q);
}

/* Against a plain list that is searched for the earliest, first entered. */
static void test_like_a_sorted_list(void **state)
{
    enum { MOST = 400 };
    struct random r;
    random_seed(&r, 7);
    for (unsigned round = 0; round < 20; round++) {
        struct queue q;
        int64_t at[MOST], now = 0;
        uint32_t len = 0, id[MOST], next_id = 0;
        queue_init(&q);
        for (unsigned step = 0; step < 3000; step++) {
            if (len < MOST && random_next(&r) % 2) {
                int64_t ahead = (int64_t)(random_next(&r) >> (30 + random_next(&r) % 34));
                at[len] = now + ahead;
                id[len++] = next_id;
                queue_put(&q, now + ahead, EVENT_BIRTH, next_id++, 0);
                continue;
            }
            struct event e;
            uint32_t best = 0;
            for (uint32_t i = 1; i < len; i++)
                if (at[i] < at[best])
                    best = i;
            assert_int_equal(queue_next(&q), len ? at[best] : INT64_MAX);
            assert_int_equal(queue_take(&q, INT64_MAX, &e), len > 0);
            if (!len)
                continue;
            assert_int_equal(e.index, id[best]);
            now = e.at;
            len--;
            memmove(at + best, at + best + 1, (len - best) * sizeof *at);
            memmove(id + best, id + best + 1, (len - best) * sizeof *id);
        }
        assert_int_equal(q.held, len);
        queue_release(&q);
    }
}

static void test_rate(void **state)
{
    struct rate r = rate_of(20, 3), free = rate_of(0, 0);
    static const int64_t expected[] = {1000, 1000, 1000, 1050, 1100, 1150};
    for (unsigned i = 0; i < 6; i++) {
        assert_int_equal(rate_when(&r, 1000), expected[i]);
        assert_int_equal(rate_take(&r, 1000), expected[i]);
    }
    assert_int_equal(rate_take(&r, 5000), 5000);
    assert_int_equal(rate_take(&free, 3), 3);
    assert_int_equal(rate_take(&free, 3), 3);
}

static void test_draws_are_log_normal(void **state)
{
    static struct draws d, again;
    struct sim_times t = sim_times_default;
    t.pull = (struct sim_time){10000, 40000};
    t.mount = (struct sim_time){2000, 2000};
    draws_init(&d, &t, 1, false);
    assert_int_equal(draw(&d, DRAW_PULL), 10000);
    draws_init(&d, &t, 1, true);
    draws_init(&again, &t, 1, true);
    unsigned below_median = 0, below_95 = 0;
    for (unsigned i = 0; i < 100000; i++) {
        int64_t ms = draw(&d, DRAW_PULL);
        assert_int_equal(ms, draw(&again, DRAW_PULL));
        below_median += ms < 10000;
        below_95 += ms < 40000;
    }
    assert_in_range(below_median, 49000, 51000);
    assert_in_range(below_95, 94500, 95500);
    assert_int_equal(draw(&d, DRAW_MOUNT), 2000);
}

static void test_random_is_that_of_its_authors(void **state)
{
    uint64_t s = 1234567; /* reference values of splitmix64.c */
    assert_true(random_mix(&s) == UINT64_C(6457827717110365317));
    assert_true(random_mix(&s) == UINT64_C(3203168211198807973));
    struct random r = {{1, 2, 3, 4}}; /* and of xoshiro256** */
    assert_true(random_next(&r) == 11520);
    assert_true(random_next(&r) == 0);
    assert_true(random_next(&r) == 1509978240);
    assert_true(random_next(&r) == 1215971899390074240);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_order_within_a_millisecond),
        cmocka_unit_test(test_late_entry_keeps_its_place),
        cmocka_unit_test(test_looks_ahead),
        cmocka_unit_test(test_far_events),
        cmocka_unit_test(test_like_a_sorted_list),
        cmocka_unit_test(test_rate),
        cmocka_unit_test(test_draws_are_log_normal),
        cmocka_unit_test(test_random_is_that_of_its_authors),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
