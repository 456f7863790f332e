#include "world/world.h"
#include "world/index.h"

#include <stdio.h>

#include "unit.h"

static void texts_have_one_number_each(void **state)
{
    struct strings s;
    char text[32];
    strings_init(&s);
    uint32_t first = strings_puts(&s, "a-0");
    for (int i = 0; i < 5000; i++) {
        snprintf(text, sizeof text, "a-%d", i);
        strings_puts(&s, text);
    }
    assert_int_equal(strings_puts(&s, "a-0"), first);
    assert_string_equal(strings_c(&s, strings_find(&s, SV("a-4999"))), "a-4999");
    assert_int_equal(strings_find(&s, SV("b")), STRINGS_NONE);
    assert_int_equal(strings_puts(&s, ""), STRINGS_NONE);
    assert_string_equal(strings_c(&s, STRINGS_NONE), "");
    strings_release(&s);
}

/* Against an array, with many removals so that holes are filled again. */
static void index_finds_what_was_put(void **state)
{
    enum { KEYS = 300 };
    uint32_t want[KEYS], seed = 7;
    struct index x = {0};
    for (int i = 0; i < KEYS; i++)
        want[i] = INDEX_NONE;
    for (uint32_t round = 0; round < 20000; round++) {
        seed = seed * 1664525u + 1013904223u;
        uint32_t key = (seed >> 8) % KEYS;
        if (seed >> 31) {
            index_put(&x, key, round);
            want[key] = round;
        } else {
            index_remove(&x, key);
            want[key] = INDEX_NONE;
        }
        assert_int_equal(index_get(&x, (key + 1) % KEYS), want[(key + 1) % KEYS]);
    }
    for (uint32_t i = 0; i < KEYS; i++)
        assert_int_equal(index_get(&x, i), want[i]);
    index_release(&x);
}

static uint32_t count_of_node(const struct world *w, uint32_t node)
{
    uint32_t n = 0;
    world_each_pod_of_node(w, node, p)
        n++;
    return n;
}

static void pods_move_between_nodes(void **state)
{
    struct world w, copy;
    world_init(&w);
    struct world_class c = {.ns = strings_puts(&w.strings, "shop")};
    uint32_t class = world_class_put(&w, &c);
    assert_int_equal(world_class_put(&w, &c), class);
    c.grace_s = 5;
    assert_int_not_equal(world_class_put(&w, &c), class);
    struct world_node node = {.name = strings_puts(&w.strings, "n1")};
    uint32_t a = world_node_add(&w, &node);
    node.name = strings_puts(&w.strings, "n2");
    uint32_t b = world_node_add(&w, &node);
    struct world_pod pod = {.class = class, .node = a, .owner = WORLD_NONE};
    uint32_t pods[10];
    for (int i = 0; i < 10; i++) {
        char name[8];
        snprintf(name, sizeof name, "p%d", i);
        pod.name = strings_puts(&w.strings, name);
        pods[i] = world_pod_add(&w, &pod);
    }
    world_pod_bind(&w, pods[4], b);
    world_pod_remove(&w, pods[0]);
    world_pod_remove(&w, pods[9]);
    assert_int_equal(count_of_node(&w, a), 7);
    assert_int_equal(w.nodes.items[a].pod_count, 7);
    assert_int_equal(count_of_node(&w, b), 1);
    assert_int_equal(world_find_pod(&w, SV("shop"), SV("p4")), pods[4]);
    assert_int_equal(world_find_pod(&w, SV("shop"), SV("p0")), WORLD_NONE);
    world_copy(&copy, &w);
    world_node_remove(&copy, a);
    assert_int_equal(copy.pods.items[pods[1]].node, WORLD_NONE);
    assert_int_equal(copy.live_nodes, 1);
    assert_int_equal(world_find_node(&copy, SV("n2")), b);
    assert_int_equal(count_of_node(&w, a), 7);
    world_release(&copy);
    world_release(&w);
}

static void pods_are_laid_out_by_node(void **state)
{
    struct world w;
    world_init(&w);
    struct world_class c = {.ns = strings_puts(&w.strings, "shop")};
    struct world_pod pod = {.class = world_class_put(&w, &c), .owner = WORLD_NONE};
    for (int i = 0; i < 3; i++) {
        struct world_node node = {.name = strings_puts(&w.strings, (const char[]){'a' + i, 0})};
        world_node_add(&w, &node);
    }
    world_node_remove(&w, 1);
    for (int i = 0; i < 9; i++) {
        pod.name = strings_puts(&w.strings, (const char[]){'p', '0' + i, 0});
        pod.node = i % 3 == 1 ? WORLD_NONE : (uint32_t)(i % 3);
        world_pod_add(&w, &pod);
    }
    world_pod_remove(&w, 4);
    world_lay_out(&w);
    assert_int_equal(w.live_pods, 8);
    assert_int_equal(w.pods.len, 8);
    for (uint32_t p = 1; p < 8; p++)
        assert_true(w.pods.items[p - 1].node <= w.pods.items[p].node);
    assert_int_equal(count_of_node(&w, 0), 3);
    assert_int_equal(w.nodes.items[2].pod_count, 3);
    uint32_t p8 = world_find_pod(&w, SV("shop"), SV("p8"));
    assert_int_equal(w.pods.items[p8].node, 2);
    assert_int_equal(world_find_pod(&w, SV("shop"), SV("p4")), WORLD_NONE);
    assert_int_equal(world_node_add(&w, &(struct world_node){0}), 1);
    world_release(&w);
}

static struct requirement require(struct world *w, const char *key, enum label_op op,
                                  uint32_t *value, const char *text)
{
    *value = strings_puts(&w->strings, text);
    return (struct requirement){strings_puts(&w->strings, key), op, value, 1, atoi(text)};
}

static void selectors_match_as_apimachinery_does(void **state)
{
    struct {
        enum label_op op;
        const char *key, *value;
        bool match;
    } cases[] = {
        {LABEL_IN, "app", "cart", true},      {LABEL_IN, "app", "pay", false},
        {LABEL_IN, "tier", "cart", false},    {LABEL_NOT_IN, "app", "cart", false},
        {LABEL_NOT_IN, "app", "pay", true},   {LABEL_NOT_IN, "tier", "cart", true},
        {LABEL_EXISTS, "app", "", true},      {LABEL_EXISTS, "tier", "", false},
        {LABEL_NOT_EXISTS, "app", "", false}, {LABEL_NOT_EXISTS, "tier", "", true},
        {LABEL_GT, "cpus", "7", true},        {LABEL_GT, "cpus", "8", false},
        {LABEL_LT, "cpus", "9", true},        {LABEL_LT, "cpus", "8", false},
        {LABEL_GT, "app", "1", false},        {LABEL_LT, "tier", "1", false},
    };
    struct world w;
    world_init(&w);
    struct label items[] = {
        {strings_puts(&w.strings, "app"), strings_puts(&w.strings, "cart")},
        {strings_puts(&w.strings, "cpus"), strings_puts(&w.strings, "8")},
    };
    struct labels labels = {items, 2};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        uint32_t value;
        struct requirement r = require(&w, cases[i].key, cases[i].op, &value, cases[i].value);
        struct selector s = {&r, 1, false};
        assert_int_equal(selector_matches(&s, &w.strings, labels), cases[i].match);
    }
    assert_true(selector_matches(&(struct selector){0}, &w.strings, labels));
    assert_false(selector_matches(&(struct selector){.nothing = true}, &w.strings, labels));
    assert_false(node_term_matches(&(struct node_term){0}, &w.strings, labels, 1));
    world_release(&w);
}

/* The label with the pod's own name is not in the class, but a selector may ask for it. */
static void own_labels_of_stateful_pods_count(void **state)
{
    struct world w;
    uint32_t value;
    world_init(&w);
    struct world_class c = {.ns = strings_puts(&w.strings, "data")};
    struct world_pod pod = {.class = world_class_put(&w, &c),
                            .node = WORLD_NONE,
                            .owner = WORLD_NONE,
                            .name = strings_puts(&w.strings, "db-1"),
                            .ordinal = 1};
    uint32_t p = world_pod_add(&w, &pod);
    struct requirement r =
        require(&w, "statefulset.kubernetes.io/pod-name", LABEL_IN, &value, "db-1");
    struct world_pdb pdb = {.ns = c.ns, .selector = {&r, 1, false}};
    assert_int_equal(world_selects_class(&w, &pdb.selector, pod.class), MATCH_MAYBE);
    assert_true(world_pdb_covers(&w, &pdb, p));
    value = strings_puts(&w.strings, "db-2");
    assert_false(world_pdb_covers(&w, &pdb, p));
    pdb.selector = (struct selector){0};
    assert_true(world_pdb_covers(&w, &pdb, p));
    pdb.v1beta1 = true;
    assert_false(world_pdb_covers(&w, &pdb, p));
    world_release(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(texts_have_one_number_each),
        cmocka_unit_test(index_finds_what_was_put),
        cmocka_unit_test(pods_move_between_nodes),
        cmocka_unit_test(pods_are_laid_out_by_node),
        cmocka_unit_test(selectors_match_as_apimachinery_does),
        cmocka_unit_test(own_labels_of_stateful_pods_count),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
