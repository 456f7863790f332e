/*
 * Every score of the default scheduler, its weight and its rounding, for 1.20 and for 1.34.
 */
#include "sched_ask.h"
#include "sched/kernel.h"
#include "world_build.h"

#include <math.h>
#include <stdlib.h>

enum { ALL = 8 };

/* The pod's scores on every feasible node, in order of the nodes; returns how many there are. */
static uint32_t scores(const struct world *w, uint32_t pod, unsigned minor,
                       struct sched_scores *out)
{
    struct sched *s = ask_new(w, minor);
    uint32_t n = sched_score_all(s, pod, out, ALL);
    sched_free(s);
    return n;
}

static void expect(const struct world *w, uint32_t pod, unsigned minor, enum sched_plugin plugin,
                   const int32_t *expected, uint32_t count)
{
    struct sched_scores got[ALL];
    assert_int_equal(scores(w, pod, minor, got), count);
    for (uint32_t i = 0; i < count; i++)
        if (got[i].plugin[plugin] != expected[i])
            fail_msg("1.%u %s of node %u is %d, expected %d", minor, sched_plugin_names[plugin], i,
                     got[i].plugin[plugin], expected[i]);
}

#define EXPECT(w, pod, minor, plugin, ...)                                                         \
    expect(w, pod, minor, plugin, (const int32_t[]){__VA_ARGS__},                                  \
           sizeof((const int32_t[]){__VA_ARGS__}) / sizeof(int32_t))

static uint32_t waiting(struct world *w, const struct build_class *c)
{
    return build_pod(w, build_class(w, c), WORLD_NONE);
}

/* ---- resources ---- */

static void test_least_allocated_truncates_each_resource(void **state)
{
    struct world w;
    build_world(&w, 0);
    build_node(&w, &(struct build_node){.name = "a", .cpu = 3000, .memory = 3 * GIB});
    build_node(&w, &(struct build_node){.name = "b", .cpu = 1000, .memory = 4 * GIB});
    uint32_t pod = waiting(&w, &(struct build_class){.cpu = 1000, .memory = GIB});
    /* a: 66 and 66; b: 0 and 75, halved to 37. */
    EXPECT(&w, pod, 20, SCORE_LEAST, 66, 37);
    EXPECT(&w, pod, 34, SCORE_LEAST, 66, 37);
    world_release(&w);
}

static void test_pods_without_requests_count_as_100m_and_200_mib(void **state)
{
    struct world w;
    build_world(&w, 0);
    uint32_t a =
        build_node(&w, &(struct build_node){.name = "a", .cpu = 1000, .memory = 1000 * MIB});
    build_pod(&w, build_class(&w, &(struct build_class){.labels = "app=old"}), a);
    uint32_t pod = waiting(&w, &(struct build_class){0});
    EXPECT(&w, pod, 20, SCORE_LEAST, (80 + 60) / 2);
    EXPECT(&w, pod, 34, SCORE_LEAST, (80 + 60) / 2);
    /* 1.20 balances the same figures: 0.2 and 0.4; since 1.33 nothing is balanced for it. */
    EXPECT(&w, pod, 20, SCORE_BALANCED, 80);
    EXPECT(&w, pod, 32, SCORE_BALANCED, 100);
    EXPECT(&w, pod, 34, SCORE_BALANCED, 0);
    world_release(&w);
}

static void test_balanced_allocation(void **state)
{
    struct world w;
    build_world(&w, 0);
    build_node(&w, &(struct build_node){.name = "a", .cpu = 1000, .memory = GIB});
    build_node(&w, &(struct build_node){.name = "b", .cpu = 2000, .memory = GIB});
    build_node(&w, &(struct build_node){.name = "full", .cpu = 500, .memory = 4 * GIB});
    uint32_t pod = waiting(&w, &(struct build_class){.cpu = 500, .memory = 256 * MIB});
    /* Fractions 1/2 and 1/4; 1/4 and 1/4; 1 and 1/16. */
    EXPECT(&w, pod, 20, SCORE_BALANCED, 75, 100, 0);
    EXPECT(&w, pod, 34, SCORE_BALANCED, 87, 100, 53);
    EXPECT(&w, pod, 36, SCORE_BALANCED, 68, 75, 51);
    world_release(&w);
}

static void random_room(struct room *r, int round)
{
    double unit = round % 3 ? 1 : 100;
    r->cpu = round % 7 ? (1 + rand() % 64) * unit : 0;
    r->memory = (1.0 + rand() % 512) * 1048576.0 * unit;
    r->used_cpu = rand() % 70 * unit;
    r->used_memory = rand() % 600 * 1048576.0;
    r->score_cpu = r->used_cpu + rand() % 3;
    r->score_memory = r->used_memory + rand() % 3;
}

static uint64_t random_mask(void)
{
    uint64_t mask = (uint64_t)rand() << 40 ^ (uint64_t)rand() << 20 ^ (uint64_t)rand();
    return rand() % 3 ? mask : mask & (mask << 7) & (mask >> 5);
}

static void compare_with_plain(void (*compare)(struct kernel fast, struct kernel plain))
{
    struct kernel all[KERNELS_MAX];
    uint32_t n = kernel_all(all);
    for (uint32_t i = 1; i < n; i++)
        compare(all[i], kernel_plain());
}

static void compare_offers(struct kernel fast, struct kernel plain)
{
    static const struct kernel_weights weights[] = {{1, 1}, {1, 0}, {0, 1}, {0, 2}, {2, 0}};
    static struct room rooms[WORD_SLOTS];
    srand(5);
    for (int round = 0; round < 3000; round++) {
        uint8_t got[WORD_SLOTS], expected[WORD_SLOTS];
        uint64_t mask = random_mask();
        for (uint32_t i = 0; i < WORD_SLOTS; i++) {
            random_room(&rooms[i], round);
            got[i] = expected[i] = (uint8_t)(rand() % 200);
        }
        struct kernel_need need = {round % 5 ? rand() % 5 : -INFINITY,
                                   rand() % 9 * 1048576.0,
                                   rand() % 5 * (round % 3 ? 1 : 100),
                                   rand() % 100 * 1048576.0,
                                   100,
                                   200 * 1048576.0};
        enum balanced_formula f = (enum balanced_formula)(round % 3);
        fast.offer(rooms, &need, f, weights[round % 5], mask, got);
        plain.offer(rooms, &need, f, weights[round % 5], mask, expected);
        for (uint32_t i = 0; i < WORD_SLOTS; i++)
            if (got[i] != expected[i])
                fail_msg("round %d, node %u: %d, plain says %d", round, i, got[i], expected[i]);
        assert_int_equal(fast.has_room(got, mask), plain.has_room(got, mask));
    }
}

static void test_offers_by_vectors_agree_with_plain(void **state)
{
    compare_with_plain(compare_offers);
}

static void compare_totals(struct kernel fast, struct kernel plain)
{
    srand(6);
    for (int round = 0; round < 1000; round++) {
        uint8_t offers[WORD_SLOTS];
        int16_t got[WORD_SLOTS], expected[WORD_SLOTS];
        uint64_t mask = round % 10 ? random_mask() : 0;
        for (uint32_t i = 0; i < WORD_SLOTS; i++)
            offers[i] = (uint8_t)(rand() % 200);
        fast.begin(offers, mask, got);
        plain.begin(offers, mask, expected);
        assert_memory_equal(got, expected, sizeof got);
        const uint64_t masks[] = {mask & random_mask(), mask, 0, mask & random_mask()};
        const int16_t values[] = {-7, 200, 5, 0};
        fast.add(got, masks, values, (uint32_t)round % 5);
        plain.add(expected, masks, values, (uint32_t)round % 5);
        assert_memory_equal(got, expected, sizeof got);
        assert_int_equal(fast.best(got, 1), plain.best(got, 1));
        assert_int_equal(fast.best(got, 1) == KERNEL_NO_TOTAL, !mask);
        assert_int_equal(fast.ones(mask), plain.ones(mask));
    }
}

static void test_totals_by_vectors_agree_with_plain(void **state)
{
    compare_with_plain(compare_totals);
}

enum { WINDOW_WORDS = 5 };

/* Over several words: the best of all, and where it is. */
static void compare_windows(struct kernel fast, struct kernel plain)
{
    srand(8);
    for (int round = 0; round < 500; round++) {
        int16_t totals[WINDOW_WORDS * WORD_SLOTS];
        uint64_t got[WINDOW_WORDS] = {0}, expected[WINDOW_WORDS] = {0};
        uint32_t words = (uint32_t)round % (WINDOW_WORDS + 1);
        for (uint32_t i = 0; i < WINDOW_WORDS * WORD_SLOTS; i++)
            totals[i] = (int16_t)(rand() % (round % 2 ? 40 : 4000) - 20);
        int16_t best = plain.best(totals, words);
        assert_int_equal(fast.best(totals, words), best);
        assert_int_equal(fast.equal(totals, words, best, got),
                         plain.equal(totals, words, best, expected));
        assert_memory_equal(got, expected, sizeof got);
    }
}

static void test_windows_by_vectors_agree_with_plain(void **state)
{
    compare_with_plain(compare_windows);
}

static void compare_sets(struct kernel fast, struct kernel plain)
{
    srand(9);
    for (int round = 0; round < 500; round++) {
        uint64_t sets[4][3 * CHUNK_WORDS], got[CHUNK_WORDS], expected[CHUNK_WORDS];
        const uint64_t *lists[] = {sets[0], sets[1], sets[2], sets[3]};
        size_t in = 1 + (size_t)round % 4;
        struct kernel_sieve sieve = {.in = {lists, in, in}, .out = {lists + in, 4 - in, 4 - in}};
        uint32_t from = (uint32_t)round % 3 * CHUNK_WORDS;
        for (size_t i = 0; i < 4 * 3 * CHUNK_WORDS; i++)
            sets[i / (3 * CHUNK_WORDS)][i % (3 * CHUNK_WORDS)] = random_mask();
        fast.sift(&sieve, from, got);
        plain.sift(&sieve, from, expected);
        assert_memory_equal(got, expected, sizeof got);
        fast.put(got, CHUNK_WORDS, sets[0][0]);
        plain.put(expected, CHUNK_WORDS, sets[0][0]);
        assert_memory_equal(got, expected, sizeof got);
        uint32_t n = (uint32_t)round % (WORD_SLOTS + 1);
        assert_int_equal(fast.first(sets[1][0], n), plain.first(sets[1][0], n));
    }
}

static void test_sets_by_vectors_agree_with_plain(void **state)
{
    compare_with_plain(compare_sets);
}

static void compare_raw_scores(struct kernel fast, struct kernel plain)
{
    srand(7);
    for (int round = 0; round < 1000; round++) {
        int32_t got[WORD_SLOTS], expected[WORD_SLOTS];
        uint64_t mask = random_mask();
        for (uint32_t i = 0; i < WORD_SLOTS; i++)
            got[i] = expected[i] = rand() % 5 * 100000;
        fast.add_raw(got, mask, -7);
        plain.add_raw(expected, mask, -7);
        assert_memory_equal(got, expected, sizeof got);
        assert_int_equal(fast.equal_raw(got, mask, got[9]), plain.equal_raw(got, mask, got[9]));
    }
}

static void test_raw_scores_by_vectors_agree_with_plain(void **state)
{
    compare_with_plain(compare_raw_scores);
}

/* ---- nodes ---- */

static void test_node_preferences(void **state)
{
    struct build_class c = {.preferences = {{"disk=ssd", 3}, {"size>2", 4}, {"", 9}}};
    struct world w;
    build_world(&w, 0);
    build_node(&w, &(struct build_node){.name = "a", .labels = "disk=ssd,size=3"});
    build_node(&w, &(struct build_node){.name = "b", .labels = "disk=ssd"});
    build_node(&w, &(struct build_node){.name = "c"});
    uint32_t pod = waiting(&w, &c);
    EXPECT(&w, pod, 20, SCORE_NODE_AFFINITY, 100, 42,
           0); /* 3 of 7, truncated; an empty term: none */
    EXPECT(&w, pod, 34, SCORE_NODE_AFFINITY, 100, 42, 0);
    world_release(&w);
}

static void test_disliked_taints(void **state)
{
    struct world w;
    build_world(&w, 0);
    build_node(&w, &(struct build_node){.name = "a"});
    build_node(&w, &(struct build_node){.name = "b", .taints = "x=:PreferNoSchedule"});
    build_node(&w, &(struct build_node){
                       .name = "c",
                       .taints = "x=:PreferNoSchedule,y=:PreferNoSchedule,z=:PreferNoSchedule"});
    uint32_t pod = waiting(&w, &(struct build_class){0});
    EXPECT(&w, pod, 20, SCORE_TAINT, 100, 67, 0); /* 100 - 100 * 1 / 3 */
    uint32_t brave = waiting(&w, &(struct build_class){.tolerations = "x,y:PreferNoSchedule,z"});
    EXPECT(&w, brave, 34, SCORE_TAINT, 100, 100, 100);
    uint32_t wrong = waiting(&w, &(struct build_class){.tolerations = "x:NoSchedule,y,z"});
    EXPECT(&w, wrong, 34, SCORE_TAINT, 100, 0, 0); /* the effect must match */
    world_release(&w);
}

static void give_image(struct world *w, uint32_t node, const char *name, int64_t bytes)
{
    struct node_image *image = arena_new(&w->arena, struct node_image);
    *image = (struct node_image){build_text(w, name), bytes};
    w->nodes.items[node].images = image;
    w->nodes.items[node].image_count = 1;
}

static void test_image_locality(void **state)
{
    struct world w;
    build_world(&w, 0);
    uint32_t a = build_node(&w, &(struct build_node){.name = "a"});
    build_node(&w, &(struct build_node){.name = "b"});
    give_image(&w, a, "app:latest", 1000 * MIB);
    uint32_t pod = waiting(&w, &(struct build_class){.images = "app"}); /* without a tag: latest */
    /* Half of the nodes have it: (500 - 23) * 100 / (1000 - 23). */
    EXPECT(&w, pod, 20, SCORE_IMAGE, 48, 0);
    uint32_t two = waiting(&w, &(struct build_class){.images = "app,other:1"});
    EXPECT(&w, two, 34, SCORE_IMAGE, 24, 0); /* the top is 1000 MiB for each container */
    struct world_class c = build_class_value(&w, &(struct build_class){.images = "app,other:1"});
    c.image_count = 1;
    c.init_image_count = 1;
    uint32_t init = build_pod(&w, world_class_put(&w, &c), WORLD_NONE);
    EXPECT(&w, init, 20, SCORE_IMAGE, 48, 0); /* 1.20 does not look at init containers */
    EXPECT(&w, init, 34, SCORE_IMAGE, 24, 0);
    give_image(&w, a, "app:latest", 40 * MIB); /* 20 MiB: below the least */
    EXPECT(&w, pod, 20, SCORE_IMAGE, 0, 0);
    world_release(&w);
}

/* ---- affinity between pods ---- */

static void three_nodes(struct world *w, uint32_t *nodes)
{
    build_world(w, 0);
    nodes[0] = build_node(w, &(struct build_node){.name = "a", .zone = "a"});
    nodes[1] = build_node(w, &(struct build_node){.name = "b", .zone = "b"});
    nodes[2] = build_node(w, &(struct build_node){.name = "c", .zone = "c"});
}

static void test_affinity_is_normalised(void **state)
{
    struct build_class c = {.labels = "app=x"};
    struct world w;
    uint32_t n[3];
    three_nodes(&w, n);
    uint32_t a = build_class(&w, &(struct build_class){.labels = "app=a"});
    build_pod(&w, a, n[0]);
    build_pod(&w, a, n[0]);
    build_pod(&w, a, n[1]);
    build_pod(&w, a, n[2]);
    c.attraction[0] = (struct build_term){.pods = "app=a", .weight = 10};
    uint32_t pod = waiting(&w, &c);
    EXPECT(&w, pod, 20, SCORE_AFFINITY, 100, 50, 50); /* 20, 10, 10 of 0..20 */
    EXPECT(&w, pod, 34, SCORE_AFFINITY, 100, 0, 0);   /* of 10..20 */
    world_release(&w);
}

static void test_terms_of_others_count(void **state)
{
    struct build_class needs = {.labels = "app=n"}, likes = {.labels = "app=l"},
                       hates = {.labels = "app=h"};
    struct world w;
    uint32_t n[3];
    three_nodes(&w, n);
    needs.affinity[0].pods = "app=x"; /* a required term of another pod weighs 1 */
    likes.attraction[0] = (struct build_term){.pods = "app=x", .weight = 3};
    hates.repulsion[0] = (struct build_term){.pods = "app=x", .weight = 1};
    build_pod(&w, build_class(&w, &needs), n[0]);
    build_pod(&w, build_class(&w, &likes), n[1]);
    build_pod(&w, build_class(&w, &hates), n[2]);
    uint32_t pod = waiting(&w, &(struct build_class){.labels = "app=x"});
    EXPECT(&w, pod, 20, SCORE_AFFINITY, 50, 100, 0); /* 1, 3, -1 */
    EXPECT(&w, pod, 34, SCORE_AFFINITY, 50, 100, 0);
    uint32_t other = waiting(&w, &(struct build_class){.labels = "app=y"});
    EXPECT(&w, other, 34, SCORE_AFFINITY, 0, 0, 0);
    world_release(&w);
}

/* ---- spread ---- */

static void test_soft_spread(void **state)
{
    struct build_class c = {.labels = "app=a"};
    struct world w;
    uint32_t n[3];
    three_nodes(&w, n);
    uint32_t a = build_class(&w, &(struct build_class){.labels = "app=a"});
    for (int i = 0; i < 3; i++)
        build_pod(&w, a, n[0]);
    build_pod(&w, a, n[1]);
    c.spreads[0] = (struct build_spread){.pods = "app=a", .soft = true};
    uint32_t pod = waiting(&w, &c);
    /* ln(3 + 2) = 1.609: 4.83, 1.61, 0 become 4, 1, 0 or 5, 2, 0. */
    EXPECT(&w, pod, 20, SCORE_SPREAD, 0, 75, 100);
    EXPECT(&w, pod, 34, SCORE_SPREAD, 0, 60, 100);
    world_release(&w);
}

static void test_nodes_without_the_key_get_nothing(void **state)
{
    struct build_class c = {.labels = "app=a"};
    struct world w;
    uint32_t n[3];
    three_nodes(&w, n);
    build_node(&w, &(struct build_node){.name = "bare"});
    c.spreads[0] = (struct build_spread){.pods = "app=a", .soft = true};
    uint32_t pod = waiting(&w, &c);
    EXPECT(&w, pod, 20, SCORE_SPREAD, 100, 100, 100, 0);
    EXPECT(&w, pod, 34, SCORE_SPREAD, 100, 100, 100, 0);
    world_release(&w);
}

static void test_assumed_spread(void **state)
{
    struct world w;
    uint32_t n[3];
    three_nodes(&w, n);
    uint32_t class = build_class(&w, &(struct build_class){.labels = "app=a"});
    build_pod(&w, class, n[0]);
    build_pod(&w, class, n[0]);
    uint32_t pod = build_pod(&w, class, WORLD_NONE);
    EXPECT(&w, pod, 20, SCORE_SPREAD, 100, 100, 100); /* nobody selects it */
    EXPECT(&w, pod, 34, SCORE_SPREAD, 0, 0, 0);
    build_service(&w, "shop", "a", "app=a");
    /* Host: 2 ln 5 + 2, zone: 2 ln 5 + 4, together 12.44; the others 6: 12 and 6. */
    EXPECT(&w, pod, 20, SCORE_SPREAD, 50, 100, 100);
    EXPECT(&w, pod, 34, SCORE_SPREAD, 50, 100, 100);
    world_release(&w);
}

static void test_assumed_spread_without_a_zone(void **state)
{
    struct world w;
    build_world(&w, 0);
    uint32_t a = build_node(&w, &(struct build_node){.name = "a"});
    build_node(&w, &(struct build_node){.name = "b"});
    uint32_t class = build_class(&w, &(struct build_class){.labels = "app=a"});
    build_pod(&w, class, a);
    uint32_t pod = build_pod(&w, class, WORLD_NONE);
    build_workload(&w, WORKLOAD_REPLICASET, "shop", "a", "app=a");
    build_text(&w, "topology.kubernetes.io/zone");
    EXPECT(&w, pod, 20, SCORE_SPREAD, 0, 0);
    EXPECT(&w, pod, 34, SCORE_SPREAD, 66, 100); /* ln 4 + 2 = 3.39: 3; and 2 */
    world_release(&w);
}

/* ---- weights ---- */

static void test_weights(void **state)
{
    static const struct {
        unsigned minor;
        int64_t total; /* 100 for each that counts here */
    } rows[] = {
        /* Least 75, balanced 100 (or 75 since 1.36), taint 100; spread 100 without constraints
         * until 1.26; avoid 100 until 1.21. */
        {20, 75 + 100 + 100 + 200 + 1000000},
        {22, 75 + 100 + 100 + 200},
        {23, 75 + 100 + 300 + 200},
        {34, 75 + 100 + 300},
        {36, 75 + 75 + 300},
    };
    struct world w;
    struct sched_scores got[ALL];
    build_world(&w, 0);
    build_node(&w, &(struct build_node){.name = "a", .cpu = 4000, .memory = 4 * GIB});
    uint32_t pod = waiting(&w, &(struct build_class){.cpu = 1000, .memory = GIB});
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        assert_int_equal(scores(&w, pod, rows[i].minor, got), 1);
        if (got[0].total != rows[i].total)
            fail_msg("1.%u: %lld, expected %lld", rows[i].minor, (long long)got[0].total,
                     (long long)rows[i].total);
    }
    world_release(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_least_allocated_truncates_each_resource),
        cmocka_unit_test(test_pods_without_requests_count_as_100m_and_200_mib),
        cmocka_unit_test(test_balanced_allocation),
        cmocka_unit_test(test_offers_by_vectors_agree_with_plain),
        cmocka_unit_test(test_totals_by_vectors_agree_with_plain),
        cmocka_unit_test(test_windows_by_vectors_agree_with_plain),
        cmocka_unit_test(test_sets_by_vectors_agree_with_plain),
        cmocka_unit_test(test_raw_scores_by_vectors_agree_with_plain),
        cmocka_unit_test(test_node_preferences),
        cmocka_unit_test(test_disliked_taints),
        cmocka_unit_test(test_image_locality),
        cmocka_unit_test(test_affinity_is_normalised),
        cmocka_unit_test(test_terms_of_others_count),
        cmocka_unit_test(test_soft_spread),
        cmocka_unit_test(test_nodes_without_the_key_get_nothing),
        cmocka_unit_test(test_assumed_spread),
        cmocka_unit_test(test_assumed_spread_without_a_zone),
        cmocka_unit_test(test_weights),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
