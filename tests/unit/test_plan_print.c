/*
 * Plans as people see them, compared to the byte with tests/data/drain/; DRAIN_UPDATE=1 in the
 * environment writes those files anew. And what is told before anything is changed.
 */
#include "base/io.h"
#include "base/must.h"
#include "cmd/command_line.h"
#include "cmd/plan_print.h"
#include "cmd/preflight_print.h"

#include "unit.h"

#define NOW ((int64_t)1795435200) /* 2026-11-23T12:00:00Z */
#define MS(seconds) ((NOW + (seconds)) * 1000)

static void expect_file(const struct str *text, const char *name)
{
    char path[512];
    struct err err;
    _cleanup_str_ struct str expected = {0};
    snprintf(path, sizeof path, "%s/%s", DRAIN_DATA, name);
    assert_true(str_ok(text));
    if (getenv("DRAIN_UPDATE"))
        assert_int_equal(io_write_atomic(path, str_sv(text), &err), 0);
    assert_int_equal(io_read_file(path, 1 << 20, &expected, &err), 0);
    assert_string_equal(str_c(text), str_c(&expected));
}

/* A drain that waits at a gate and has a question open. */
static void make_plan(struct plan *p)
{
    static const struct gate approval = {.kind = GATE_APPROVAL},
                             soak = {.kind = GATE_SOAK, .soak_ms = 600000};
    plan_init(p);
    p->id = "p-7k2m4q";
    p->kind = "nodes-drain";
    p->title = "drain nodes n1 and n2";
    p->cluster = "prod (https://prod.example:6443)";
    p->cluster_id = "u-1";
    p->made_by = "ann@bastion-1";
    p->made_ms = MS(-900);
    p->args = SV("{\"nodes\":[\"n1\",\"n2\"]}");
    p->forecast = SV("{\"verdict\":\"finishes\",\"p50_ms\":240000,\"p95_ms\":360000,\"pods\":17}");
    p->status = PLAN_WAITING;
    p->words = "approval-1: somebody has to approve it";
    must_push(&p->accepted, "single-replica:shop/one");
    must_push(&p->claims, "node/n1");
    must_push(&p->claims, "node/n2");
    plan_add(p, "cordon", "cordon", "cordon nodes n1 and n2", SV("{}"));
    plan_add_gate(p, "soak-1", &soak);
    plan_add_gate(p, "approval-1", &approval);
    plan_add(p, "drain", "drain", "drain nodes n1 and n2", SV("{}"));
    struct plan_step *s = p->steps.items;
    s[0].state = s[1].state = STEP_DONE;
    s[0].begun_ms = MS(-890);
    s[0].ended_ms = MS(-888);
    s[1].begun_ms = MS(-888);
    s[1].ended_ms = MS(-288);
    s[2].state = STEP_BEGUN;
    s[2].begun_ms = MS(-288);
    s[0].attempts = s[1].attempts = 1;
    s[2].attempts = 2;
    s[2].words = "somebody has to approve it";
}

static void add_question(struct plan *p, const char *by)
{
    struct plan_question q = {.name = "pause-before:Deployment shop/cart",
                              .text = "touch Deployment shop/cart?",
                              .answered_by = by,
                              .asked_ms = MS(-60),
                              .answered_ms = by ? MS(-30) : 0};
    must_push(&p->questions, q);
}

static struct plan_print print_of(const struct plan *p, struct str *out)
{
    return (struct plan_print){.out = out, .plan = p, .now = NOW, .width = 100, .utf8 = true};
}

static void a_plan_that_waits(void **state)
{
    _cleanup_plan_ struct plan p;
    _cleanup_str_ struct str out = {0};
    static const struct plan_acts acts[] = {{"cordon", 0, 2, 0}, {"evict", 1, 14, 3}};
    struct lease_holder runner = {.who = "ann@bastion-1 (pid 4711)", .since = NOW - 890};
    make_plan(&p);
    add_question(&p, NULL);
    add_question(&p, "bob@b2");
    struct plan_print show = print_of(&p, &out);
    show.runner = &runner;
    show.acts = acts;
    show.act_count = 2;
    plan_print_show(&show);
    expect_file(&out, "plan-waits.txt");
    str_reset(&out);
    plan_print_show_json(&show);
    expect_file(&out, "plan-waits.json");
}

static void a_plan_that_is_over(void **state)
{
    _cleanup_plan_ struct plan p;
    _cleanup_str_ struct str out = {0};
    make_plan(&p);
    p.status = PLAN_DONE;
    p.words = NULL;
    p.accepted.len = 0;
    for (size_t i = 2; i < 4; i++) {
        p.steps.items[i].state = STEP_DONE;
        p.steps.items[i].begun_ms = MS(-200);
        p.steps.items[i].ended_ms = MS(-100);
        p.steps.items[i].words = NULL;
    }
    p.steps.items[2].memory.approved_by = "bob@b2";
    p.steps.items[2].memory.approved_ms = MS(-150);
    struct plan_print show = print_of(&p, &out);
    show.colour = true;
    plan_print_show(&show);
    expect_file(&out, "plan-done.txt");
}

static const char *next(struct str *out, const struct plan *p, const struct lease_holder *runner)
{
    str_reset(out);
    plan_print_next(p, runner, out);
    return str_c(out);
}

static void the_next_command_fits(void **state)
{
    _cleanup_plan_ struct plan p;
    _cleanup_str_ struct str out = {0};
    struct lease_holder alive = {.who = "x"}, dead = {.who = "x", .dead = true};
    make_plan(&p);
    assert_string_equal(next(&out, &p, &alive), "toban plan approve p-7k2m4q approval-1");
    p.steps.items[2].state = STEP_DONE;
    assert_string_equal(next(&out, &p, &alive), "");
    assert_string_equal(next(&out, &p, &dead), "toban plan resume p-7k2m4q");
    add_question(&p, NULL);
    p.status = PLAN_RUNNING;
    assert_string_equal(next(&out, &p, &alive),
                        "toban plan approve p-7k2m4q 'pause-before:Deployment shop/cart'");
    p.status = PLAN_STOPPED;
    assert_string_equal(next(&out, &p, NULL), "toban plan resume p-7k2m4q");
    p.back = true;
    assert_string_equal(next(&out, &p, NULL), "toban plan rollback p-7k2m4q");
    p.status = PLAN_ROLLING_BACK;
    assert_string_equal(next(&out, &p, &alive), "");
    p.status = PLAN_ROLLED_BACK;
    assert_string_equal(next(&out, &p, NULL), "");
    p.back = false;
    p.status = PLAN_DONE;
    assert_string_equal(next(&out, &p, NULL), "toban nodes undrain n1 n2");
    for (int i = 0; i < 30; i++)
        must_push(&p.claims, "node/ip-10-0-1-23.eu-west-1.compute.internal");
    assert_string_equal(next(&out, &p, NULL), "toban nodes undrain NODE...");
    p.kind = "nodes-uncordon";
    assert_string_equal(next(&out, &p, NULL), "");
}

static const char *status(struct str *out, const struct plan *p, const struct lease_holder *runner)
{
    str_reset(out);
    plan_print_status(p, runner, out);
    return str_c(out);
}

static void a_plan_whose_runner_was_killed_says_so(void **state)
{
    _cleanup_str_ struct str out = {0};
    struct plan p = {.status = PLAN_RUNNING};
    struct lease_holder alive = {.who = "x"}, dead = {.who = "x", .dead = true};
    assert_string_equal(status(&out, &p, &alive), "running");
    assert_string_equal(status(&out, &p, &dead), "running, but nobody runs it");
    assert_string_equal(status(&out, &p, NULL), "running, but nobody runs it");
    p.status = PLAN_PAUSED;
    assert_string_equal(status(&out, &p, NULL), "paused");
}

static void forecasts_come_back_as_they_were(void **state)
{
    _cleanup_str_ struct str out = {0};
    struct plan p = {.id = "p"};
    struct plan_forecast before = {true, 240000, 360001, 17}, after;
    assert_false(plan_forecast_parse(&p, &after));
    plan_forecast_format(&before, &out);
    p.forecast = str_sv(&out);
    assert_true(plan_forecast_parse(&p, &after));
    assert_true(after.finishes);
    assert_int_equal(after.p50_ms, before.p50_ms);
    assert_int_equal(after.p95_ms, before.p95_ms);
    assert_int_equal(after.pods, before.pods);
    p.forecast = SV("{\"verdict\":\"blocks\",\"p50_ms\":-1}");
    assert_true(plan_forecast_parse(&p, &after));
    assert_false(after.finishes);
    assert_int_equal(after.p95_ms, -1);
    p.forecast = SV("{\"verdict\":");
    assert_false(plan_forecast_parse(&p, &after));
}

static void lists_of_plans(void **state)
{
    _cleanup_str_ struct str out = {0};
    static const struct plan_brief plans[] = {
        {"p-7k2m4q", "running", "nodes-drain", "drain 4 nodes", "prod (https://p.example)",
         "ann@bastion-1", "ann@bastion-1 (pid 4711)", NULL, NOW - 100},
        {"p-3cd5fg", "stopped", "nodes-cordon", "cordon node n1", "prod (https://p.example)",
         "bob@b2", NULL, "node n1 is gone", NOW - 86400 * 3},
    };
    plan_print_list(plans, 2, NOW, &out);
    plan_print_list_json(plans, 2, &out);
    plan_print_list_json(NULL, 0, &out);
    expect_file(&out, "plans.txt");
}

/* ---- before ---- */

static void what_stands_against_it(void **state)
{
    _cleanup_plan_ struct plan p;
    _cleanup_preflight_ struct preflight found = {0};
    _cleanup_str_ struct str out = {0};
    static const char *const accepted[] = {"foreign-drain:n2"};
    struct rehearsal r = {.verdict = REHEARSAL_BLOCKS,
                          .pods_to_move = 17,
                          .pods_moved = 15,
                          .runs = 1,
                          .runs_blocked = 1,
                          .seed = 1};
    make_plan(&p);
    preflight_add(
        &found, &(struct preflight_item){"budget-allows-none:shop/cart", "Deployment shop/cart", 2,
                                         "budget shop/cart allows 0: minAvailable 2 of 2 "
                                         "replicas",
                                         "scale Deployment shop/cart to 3 first", true, false});
    preflight_add(&found, &(struct preflight_item){"foreign-drain:n2", "Node n2", 0,
                                                   "plan p-other2 of bob@b2 has this node", NULL,
                                                   true, false});
    preflight_add(&found, &(struct preflight_item){"single-replica:shop/one", "Deployment shop/one",
                                                   1, "its only pod", "scale it", false, false});
    preflight_accept_known(&found, accepted, 1);
    struct preflight_print print = {
        .out = &out, .plan = &p, .rehearsal = &r, .found = &found, .width = 80, .utf8 = true};
    preflight_print(&print);
    str_adds(&out, "--\n");
    print.back = true;
    preflight_print(&print);
    str_adds(&out, "--\n");
    print.back = false;
    print.rehearsal = NULL;
    print.colour = true;
    found.items.len = 1;
    preflight_print(&print);
    expect_file(&out, "preflight.txt");
}

/* ---- the command to repeat ---- */

static void words_survive_a_shell(void **state)
{
    _cleanup_str_ struct str out = {0};
    static const char *const words[] = {"n1", "shop/cart-0", "a b", "it's",
                                        "",   "$(x)",        "*",   "pool=web,zone!=a"};
    for (size_t i = 0; i < ARRAY_LEN(words); i++) {
        str_adds(&out, i ? " " : "");
        command_line_word(&out, words[i]);
    }
    assert_string_equal(str_c(&out),
                        "n1 shop/cart-0 'a b' 'it'\\''s' '' '$(x)' '*' 'pool=web,zone!=a'");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_plan_that_waits),
        cmocka_unit_test(a_plan_that_is_over),
        cmocka_unit_test(the_next_command_fits),
        cmocka_unit_test(a_plan_whose_runner_was_killed_says_so),
        cmocka_unit_test(forecasts_come_back_as_they_were),
        cmocka_unit_test(lists_of_plans),
        cmocka_unit_test(what_stands_against_it),
        cmocka_unit_test(words_survive_a_shell),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
