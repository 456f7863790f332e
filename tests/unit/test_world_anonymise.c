#include "world/anonymise.h"
#include "world/anonymise_keep.h"
#include "world/apply.h"
#include "world/body.h"
#include "world_random.h"

#include "unit.h"

struct pair {
    struct world a, b; /* b is a with other names */
    struct cloud cloud;
};

static void pair_release(struct pair *p)
{
    world_release(&p->a);
    world_release(&p->b);
    cloud_release(&p->cloud);
}

static void fill(struct world *w, uint32_t seed)
{
    struct world_random how = {.seed = seed, .nodes = 6, .workloads = 8, .pods = 30};
    world_init(w);
    world_random_fill(w, &how);
}

static void make(struct pair *p, uint32_t seed)
{
    *p = (struct pair){0};
    fill(&p->a, seed);
    fill(&p->b, seed);
    cloud_random_fill(&p->cloud, seed);
    world_anonymise(&p->b, &p->cloud, SV("grains"));
}

static void what_matches_matches_still(void **state)
{
    size_t yes = 0;
    for (uint32_t seed = 1; seed < 30; seed++) {
        _cleanup_(pair_release) struct pair p;
        make(&p, seed);
        for (uint32_t l = 0; l < p.a.workloads.len; l++)
            for (uint32_t c = 0; c < p.a.classes.len; c++) {
                enum world_match m = world_selects_class(&p.a, &p.a.workloads.items[l].selector, c);
                assert_int_equal(m, world_selects_class(&p.b, &p.b.workloads.items[l].selector, c));
                yes += m == MATCH_YES;
            }
        for (uint32_t n = 0; n < p.a.nodes.len; n++)
            for (uint32_t c = 0; c < p.a.classes.len; c++)
                assert_int_equal(
                    node_term_matches(p.a.classes.items[c].node_terms, &p.a.strings,
                                      p.a.nodes.items[n].labels, p.a.nodes.items[n].name),
                    node_term_matches(p.b.classes.items[c].node_terms, &p.b.strings,
                                      p.b.nodes.items[n].labels, p.b.nodes.items[n].name));
        assert_int_equal(p.a.classes.len, p.b.classes.len);
    }
    assert_true(yes > 10);
}

/* Names of the random world are a word and a number: no word may be left. */
static void no_name_is_left(void **state)
{
    static const char *const words[] = {"pod-",     "node-",    "workload-", "claim-",  "value-",
                                        "key-",     "image-",   "group-",    "team",    "shop",
                                        "pdb-",     "service-", "priority-", "Rollout", "context-",
                                        "database", "blue",     "prod",      "subnet-", "10.0.0"};
    _cleanup_(pair_release) struct pair p;
    _cleanup_str_ struct str body = {0};
    struct err err = {0};
    make(&p, 3);
    assert_int_equal(body_write(&p.b, &p.cloud, &body, &err), 0);
    for (size_t i = 0; i < ARRAY_LEN(words); i++)
        if (sv_has(str_sv(&body), words[i]))
            fail_msg("'%s' is left", words[i]);
    assert_true(sv_has(str_sv(&body), "m5.large"));
    assert_true(sv_has(str_sv(&body), "AL2_x86_64"));
    assert_true(sv_has(str_sv(&body), "NoSchedule"));
    assert_int_equal(p.b.notes.len, 0);
    assert_int_equal(p.b.notes_dropped, p.a.notes_dropped + p.a.notes.len);
}

static void equal_salts_give_equal_names(void **state)
{
    struct world a, b, c;
    char why[256];
    fill(&a, 1);
    fill(&b, 1);
    fill(&c, 1);
    world_anonymise(&a, NULL, SV("one"));
    world_anonymise(&b, NULL, SV("one"));
    world_anonymise(&c, NULL, SV("two"));
    assert_true(world_equal(&a, &b, why, sizeof why));
    assert_false(world_equal(&a, &c, why, sizeof why));
    world_release(&a);
    world_release(&b);
    world_release(&c);
}

/* ---- single texts ---- */

struct expected {
    const char *old, *new; /* in `new`, '?' is one word of eight letters that is not in `old` */
};

static bool fits(const char *text, const char *pattern)
{
    for (; *pattern; pattern++) {
        if (*pattern != '?') {
            if (*text++ != *pattern)
                return false;
            continue;
        }
        for (unsigned i = 0; i < 8; i++, text++)
            if (!((*text >= 'a' && *text <= 'z') || (*text >= '2' && *text <= '7')))
                return false;
    }
    return !*text;
}

static void texts_keep_their_shape(void **state)
{
    static const struct expected table[] = {
        {"cart", "?"},
        {"web-0", "?-0"},
        {"data-web-0", "?-?-0"},
        {"cart-5f7c9d8b6-abcde", "?-?-?"},
        {"ip-10-0-1-23.eu-west-1.compute.internal", "ip-?-?-?-?.?-?-?.?.?"},
        {"10.0.1.23", "?.?.?.?"},
        {"topology.kubernetes.io/zone", "topology.kubernetes.io/zone"},
        {"eks.amazonaws.com/nodegroup", "eks.amazonaws.com/nodegroup"},
        {"app.kubernetes.io/name", "app.kubernetes.io/name"},
        {"kubernetes.io/cluster/prod", "kubernetes.io/cluster/?"},
        {"node-restriction.kubernetes.io/team", "node-restriction.kubernetes.io/?"},
        {"acme.example/team", "?.?/?"},
        {"notkubernetes.io/team", "?.?/?"},
        {"registry.k8s.io/pause", "?.?.?/?"},
        {"public.k8s.io/autoscaling/scaler:v1", "?.?.?/?/?:?"},
        {"registry.example/shop/cart:latest", "?.?/?/?:latest"},
        {"aws:///eu-west-1a/i-0123456789", "aws:///?-?-?/i-?"},
        {"kube-system", "kube-system"},
        {"true", "true"},
        {"42", "42"},
        {"123456789012", "?"},
        {"ebs.csi.aws.com", "ebs.csi.aws.com"},
    };
    for (size_t i = 0; i < ARRAY_LEN(table); i++) {
        struct world w;
        world_init(&w);
        uint32_t id = strings_puts(&w.strings, table[i].old);
        world_anonymise(&w, NULL, SV("s"));
        if (!fits(world_text(&w, id), table[i].new))
            fail_msg("%s became %s", table[i].old, world_text(&w, id));
        world_release(&w);
    }
}

static void parts_are_named_alike(void **state)
{
    struct world w;
    char expected[128];
    world_init(&w);
    uint32_t set = strings_puts(&w.strings, "web"), pod = strings_puts(&w.strings, "web-3");
    uint32_t uid = strings_puts(&w.strings, "0b9d6e5c-4c6f-4f0e-9f55-1d2c3b4a5968");
    world_anonymise(&w, NULL, SV("s"));
    snprintf(expected, sizeof expected, "%s-3", world_text(&w, set));
    assert_string_equal(world_text(&w, pod), expected);
    assert_int_equal(strlen(world_text(&w, uid)), 36);
    assert_int_equal(world_text(&w, uid)[8], '-');
    assert_string_not_equal(world_text(&w, uid), "0b9d6e5c-4c6f-4f0e-9f55-1d2c3b4a5968");
    world_release(&w);
}

static void values_of_zones_stay(void **state)
{
    struct world w;
    world_init(&w);
    struct label *l = arena_new_n(&w.arena, struct label, 2);
    l[0] = (struct label){strings_puts(&w.strings, "topology.kubernetes.io/zone"),
                          strings_puts(&w.strings, "eu-west-1a")};
    l[1] = (struct label){strings_puts(&w.strings, "eks.amazonaws.com/nodegroup"),
                          strings_puts(&w.strings, "blue")};
    struct world_node n = {.name = strings_puts(&w.strings, "n"), .labels = {l, 2}};
    world_node_add(&w, &n);
    uint32_t blue = l[1].value;
    world_anonymise(&w, NULL, SV("s"));
    assert_string_equal(world_text(&w, l[0].value), "eu-west-1a");
    assert_string_not_equal(world_text(&w, blue), "blue");
    assert_int_equal(world_find_node(&w, strings_get(&w.strings, n.name)), 0);
    world_release(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_matches_matches_still),   cmocka_unit_test(no_name_is_left),
        cmocka_unit_test(equal_salts_give_equal_names), cmocka_unit_test(texts_keep_their_shape),
        cmocka_unit_test(parts_are_named_alike),        cmocka_unit_test(values_of_zones_stay),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
