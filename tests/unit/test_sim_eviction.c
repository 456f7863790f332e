/* What the eviction subresource answers: every answer, bypass and message, by version. */
#include "sim/eviction.h"

#include "sim_world.h"

#include <string.h>

#include "unit.h"

static const char violates[] = "Cannot evict pod as it would violate the pod's disruption budget.";

/* One pod and its budget; `ready`, phase and status as a case wants them. */
struct scene {
    struct world w;
    uint32_t pod, budgets[2], budget_count, disrupted;
    const char *sync_error;
    struct eviction_answer a;
    bool takes;
};

static void scene_init(struct scene *s, uint16_t minor)
{
    memset(s, 0, sizeof *s);
    sw_init(&s->w, minor);
    uint32_t node = sw_node(&s->w, "n", "a");
    s->pod = sw_pod(&s->w, sw_class_put(&s->w, "cart"), WORLD_NONE, node);
    s->budgets[0] = sw_budget(&s->w, "cart");
    s->budgets[1] = sw_budget(&s->w, "");
    s->budget_count = 1;
    struct world_pdb *b = &s->w.pdbs.items[0];
    b->expected = 3;
    b->desired = 2;
    b->healthy = 3;
    b->allowed = 1;
}

static void ask(struct scene *s)
{
    struct eviction_request r = {.w = &s->w,
                                 .version = s->w.version,
                                 .pod = s->pod,
                                 .budgets = s->budgets,
                                 .budget_count = s->budget_count,
                                 .disrupted = s->disrupted,
                                 .sync_error = s->sync_error};
    s->takes = eviction_decide(&r, &s->a);
}

static void expect(struct scene *s, enum eviction_cause cause, int code, bool takes,
                   const char *message, const char *detail)
{
    ask(s);
    assert_int_equal(s->a.cause, cause);
    assert_int_equal(s->a.code, code);
    assert_int_equal(s->takes, takes);
    assert_string_equal(s->a.message, message);
    assert_string_equal(s->a.detail, detail);
}

static void expect_ok(struct scene *s, bool takes)
{
    expect(s, EVICTION_OK, 201, takes, "", "");
}

static struct world_pod *pod_of(struct scene *s)
{
    return &s->w.pods.items[s->pod];
}

static void test_allowed(void **state)
{
    struct scene s;
    scene_init(&s, 20);
    expect_ok(&s, true);
    assert_int_equal(s.a.pdb, 0);
    s.budget_count = 0;
    expect_ok(&s, false);
    assert_int_equal(s.a.pdb, WORLD_NONE);
    world_release(&s.w);
}

static void test_used_up(void **state)
{
    struct scene s;
    scene_init(&s, 20);
    s.w.pdbs.items[0].allowed = 0;
    s.w.pdbs.items[0].healthy = 2;
    expect(&s, EVICTION_BUDGET, 429, false, violates,
           "The disruption budget cart needs 2 healthy pods and has 2 currently");
    assert_int_equal(s.a.retry_after_s, 0);
    assert_int_equal(s.a.pdb, 0);
    s.w.pdbs.items[0].healthy = 4; /* the status is behind */
    expect(&s, EVICTION_BUDGET, 429, false, violates,
           "The disruption budget cart needs 2 healthy pods and has 4 currently");
    world_release(&s.w);
}

/* From 1.35 on the answer does not speak of counts that say nothing. */
static void test_used_up_says_more(void **state)
{
    struct scene s;
    scene_init(&s, 35);
    s.w.pdbs.items[0].allowed = 0;
    s.w.pdbs.items[0].healthy = 4;
    expect(&s, EVICTION_BUDGET, 429, false, violates,
           "The disruption budget cart does not allow evicting pods currently");
    s.sync_error = "jobs.batch does not implement the scale subresource";
    expect(&s, EVICTION_BUDGET, 429, false, violates,
           "The disruption budget cart does not allow evicting pods currently because it failed "
           "sync: jobs.batch does not implement the scale subresource");
    s.w.version = MINOR(34);
    expect(&s, EVICTION_BUDGET, 429, false, violates,
           "The disruption budget cart needs 2 healthy pods and has 4 currently");
    world_release(&s.w);
}

static void test_not_observed(void **state)
{
    static const struct {
        uint16_t minor;
        int retry_after;
    } rows[] = {{20, 0}, {21, 0}, {22, 10}, {34, 10}};
    for (size_t i = 0; i < 4; i++) {
        struct scene s;
        scene_init(&s, rows[i].minor);
        s.w.pdbs.items[0].generation = 2;
        expect(&s, EVICTION_NOT_OBSERVED, 429, false, violates,
               "The disruption budget cart is still being processed by the server.");
        assert_int_equal(s.a.retry_after_s, rows[i].retry_after);
        world_release(&s.w);
    }
}

static void test_forbidden(void **state)
{
    struct scene s;
    scene_init(&s, 20);
    s.disrupted = 2000;
    expect_ok(&s, true);
    s.disrupted = 2001;
    expect(&s, EVICTION_FORBIDDEN, 403, false,
           "poddisruptionbudget.policy \"cart\" is forbidden: DisruptedPods map too big - too many "
           "evictions not confirmed by PDB controller",
           "");
    s.w.pdbs.items[0].allowed = -1; /* looked at first */
    expect(&s, EVICTION_FORBIDDEN, 403, false,
           "poddisruptionbudget.policy \"cart\" is forbidden: pdb disruptions allowed is negative",
           "");
    s.w.pdbs.items[0].generation = 2; /* and this before both */
    ask(&s);
    assert_int_equal(s.a.cause, EVICTION_NOT_OBSERVED);
    world_release(&s.w);
}

static void test_many_budgets(void **state)
{
    struct scene s;
    scene_init(&s, 20);
    s.budget_count = 2;
    expect(&s, EVICTION_MANY_BUDGETS, 500, false,
           "This pod has more than one PodDisruptionBudget, which the eviction subresource does "
           "not support.",
           "");
    assert_int_equal(s.a.pdb, 0);
    assert_int_equal(s.a.retry_after_s, 0);
    pod_of(&s)->phase = POD_PENDING; /* a bypass comes first */
    expect_ok(&s, false);
    world_release(&s.w);
}

static void test_bypasses(void **state)
{
    static const enum pod_phase phases[] = {POD_PENDING, POD_SUCCEEDED, POD_FAILED};
    for (unsigned i = 0; i < 3; i++) {
        struct scene s;
        scene_init(&s, 20);
        s.w.pdbs.items[0].allowed = 0;
        pod_of(&s)->phase = phases[i];
        pod_of(&s)->ready = false;
        expect_ok(&s, false);
        world_release(&s.w);
    }
    struct scene s;
    scene_init(&s, 20);
    s.w.pdbs.items[0].allowed = 0;
    pod_of(&s)->deleting = 1;
    expect_ok(&s, false);
    pod_of(&s)->deleting = 0;
    pod_of(&s)->phase = POD_UNKNOWN; /* not a bypass */
    ask(&s);
    assert_int_equal(s.a.cause, EVICTION_BUDGET);
    world_release(&s.w);
}

/* A pod that is not Ready is free when the others are enough, or when the budget says so. */
static void test_not_ready(void **state)
{
    static const struct {
        uint16_t minor;
        int unhealthy;
        int32_t healthy, desired;
        bool goes;
    } rows[] = {
        {20, UNHEALTHY_IF_BUDGET, 2, 2, true},  {20, UNHEALTHY_IF_BUDGET, 1, 2, false},
        {20, UNHEALTHY_IF_BUDGET, 0, 0, false}, {20, UNHEALTHY_ALWAYS, 1, 2, false},
        {26, UNHEALTHY_ALWAYS, 1, 2, false},    {27, UNHEALTHY_ALWAYS, 1, 2, true},
        {34, UNHEALTHY_ALWAYS, 0, 0, true},     {34, UNHEALTHY_IF_BUDGET, 1, 2, false},
        {34, UNHEALTHY_IF_BUDGET, 2, 2, true},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct scene s;
        scene_init(&s, rows[i].minor);
        struct world_pdb *b = &s.w.pdbs.items[0];
        b->allowed = 0;
        b->healthy = rows[i].healthy;
        b->desired = rows[i].desired;
        b->unhealthy = rows[i].unhealthy;
        pod_of(&s)->ready = false;
        ask(&s);
        assert_int_equal(s.a.cause, rows[i].goes ? EVICTION_OK : EVICTION_BUDGET);
        assert_false(s.takes);
        world_release(&s.w);
    }
}

/* Not Ready, too few others, but the budget still allows one: taken from it as usual. */
static void test_not_ready_takes_from_the_budget(void **state)
{
    struct scene s;
    scene_init(&s, 20);
    pod_of(&s)->ready = false;
    s.w.pdbs.items[0].healthy = s.w.pdbs.items[0].desired = 0;
    expect_ok(&s, true);
    world_release(&s.w);
}

static void test_not_found(void **state)
{
    struct eviction_answer a;
    eviction_not_found("cart-1", &a);
    assert_int_equal(a.cause, EVICTION_GONE);
    assert_int_equal(a.code, 404);
    assert_string_equal(a.message, "pods \"cart-1\" not found");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_allowed),
        cmocka_unit_test(test_used_up),
        cmocka_unit_test(test_used_up_says_more),
        cmocka_unit_test(test_not_observed),
        cmocka_unit_test(test_forbidden),
        cmocka_unit_test(test_many_budgets),
        cmocka_unit_test(test_bypasses),
        cmocka_unit_test(test_not_ready),
        cmocka_unit_test(test_not_ready_takes_from_the_budget),
        cmocka_unit_test(test_not_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
