/* The model of plans, its JSON, and the engine by table. */
#include "plan/engine.h"

#include <stdio.h>

#include "unit.h"

/* --- JSON ---------------------------------------------------------------------------------- */

static void fill(struct plan *p)
{
    struct gate g;
    struct err err = {0};
    plan_init(p);
    p->id = "p-7k2m4q";
    p->kind = "nodes-drain";
    p->title = "drain \"4\" nodes of cluster pröd";
    p->cluster = "prod";
    p->cluster_id = "0f3a";
    p->made_by = "ann@bastion-1";
    p->made_ms = 1795000000123;
    p->args = SV("{\"nodes\": [\"a\",\"b\"]}");
    p->forecast = SV("{\"verdict\":\"finishes\"}");
    p->status = PLAN_STOPPED;
    p->back = true;
    p->words = "step 'drain': it did not work";
    assert_true(vec_push(&p->accepted, "risk-1"));
    assert_true(vec_push(&p->claims, "node/a"));
    struct plan_step *step = plan_add(p, "cordon", "cordon", "cordon 4 nodes", SV("{\"x\":1}"));
    step->state = STEP_KEPT;
    step->attempts = 2;
    step->begun_ms = 1795000001000;
    step->ended_ms = 1795000002000;
    step->words = "cannot be undone";
    assert_int_equal(
        gate_parse("metric:prometheus=https://u:secret@prom/q/secret,query=up{a=\"b\"},"
                   "below=0.1,for=5m,every=10s,timeout=1h",
                   &p->arena, &g, &err),
        0);
    step = plan_add_gate(p, "metric-1", &g);
    step->memory = (struct gate_memory){.reached_ms = 5,
                                        .seen_ms = 6,
                                        .good_ms = 7,
                                        .value = 0.30000000000000004,
                                        .has_value = true,
                                        .failures = 3,
                                        .said = "hello",
                                        .approved_by = "bob",
                                        .approved_ms = 8};
    assert_int_equal(gate_parse("window:22:00-04:00,mon-fri", &p->arena, &g, &err), 0);
    plan_add_gate(p, "window-1", &g)->memory = (struct gate_memory){.value = -1.0 / 0.0};
    assert_int_equal(gate_parse("soak:10m", &p->arena, &g, &err), 0);
    plan_add_gate(p, "soak-1", &g);
    assert_true(vec_push(
        &p->questions,
        (struct plan_question){
            .name = "q", .text = "sure?", .answered_by = "eve", .asked_ms = 1, .answered_ms = 2}));
}

static void test_round_trip(void **state)
{
    _cleanup_plan_ struct plan p = {0}, q = {0};
    _cleanup_str_ struct str first = {0}, second = {0};
    struct err err = {0};
    fill(&p);
    plan_format(&p, &first);
    if (plan_parse(str_sv(&first), &q, &err))
        fail_msg("%s", err.msg);
    plan_format(&q, &second);
    assert_string_equal(str_c(&first), str_c(&second));
    assert_string_equal(q.title, p.title);
    assert_true(sv_eq(q.args, p.args));
    assert_int_equal(q.status, PLAN_STOPPED);
    assert_true(q.back);
    assert_int_equal(q.steps.len, 4);
    assert_int_equal(q.steps.items[0].state, STEP_KEPT);
    const struct plan_step *gate = &q.steps.items[1];
    assert_true(gate->gate.threshold == 0.1);
    assert_true(gate->memory.value == 0.30000000000000004);
    assert_int_equal(gate->memory.failures, 3);
    assert_string_equal(gate->memory.said, "hello");
    assert_string_equal(gate->memory.approved_by, "bob");
    assert_int_equal(q.steps.items[2].gate.days, 0x1f);
    assert_int_equal(q.steps.items[2].gate.from_min, 22 * 60);
    assert_true(q.steps.items[2].memory.value == -1.0 / 0.0);
    assert_int_equal(q.steps.items[3].gate.soak_ms, 600000);
    assert_string_equal(q.questions.items[0].answered_by, "eve");
    assert_string_equal(q.claims.items[0], "node/a");
}

static void test_public(void **state)
{
    _cleanup_plan_ struct plan p = {0}, q = {0};
    _cleanup_str_ struct str text = {0};
    struct err err = {0};
    fill(&p);
    plan_format_public(&p, &text);
    assert_null(strstr(str_c(&text), "secret"));
    assert_non_null(strstr(str_c(&text), "\"https://prom\""));
    assert_int_equal(plan_parse(str_sv(&text), &q, &err), 0);
}

/* What another side said may be no UTF-8 and gets longer when it is replaced. */
static void test_words_of_others(void **state)
{
    _cleanup_plan_ struct plan p = {0}, q = {0};
    _cleanup_str_ struct str text = {0};
    struct err err = {0};
    fill(&p);
    memset(p.steps.items[1].memory.said, 0xff, GATE_SAID_MAX - 1);
    plan_format(&p, &text);
    if (plan_parse(str_sv(&text), &q, &err))
        fail_msg("%s", err.msg);
    assert_int_equal(strlen(q.steps.items[1].memory.said), GATE_SAID_MAX - 1);
}

#define HEAD "{\"schema\":\"toban.plan/v1\",\"kind\":\"k\",\"status\":\"ready\""
#define STEP(more) "{\"name\":\"a\",\"verb\":\"v\",\"state\":\"pending\"" more "}"

static void test_parse_bad(void **state)
{
    static const struct {
        const char *text, *words;
    } cases[] = {
        {"", "plan:1:1"},
        {"[]", "not a JSON object"},
        {"{}", "schema is not"},
        {"{\"schema\":\"toban.plan/v2\"}", "of a newer toban"},
        {"{\"schema\":\"toban.plan/v1\"}", "has no 'kind'"},
        {"{\"schema\":\"toban.plan/v1\",\"kind\":1,\"status\":\"ready\"}", "'kind' of the plan"},
        {"{\"schema\":\"toban.plan/v1\",\"kind\":\"k\",\"status\":\"x\"}", "'status' of the plan"},
        {HEAD ",\"title\":\"a\\u0000b\"}", "'title' of the plan is not a text"},
        {HEAD ",\"made_ms\":-1}", "'made_ms'"},
        {HEAD ",\"made_ms\":1.5}", "'made_ms'"},
        {HEAD ",\"made_ms\":9999999999999999}", "'made_ms'"},
        {HEAD ",\"back\":1}", "'back'"},
        {HEAD ",\"args\":[]}", "'args' of the plan is not an object"},
        {HEAD ",\"claims\":{}}", "'claims' is not a list"},
        {HEAD ",\"claims\":[1]}", "claims[0]"},
        {HEAD ",\"steps\":[1]}", "steps[0] is no object"},
        {HEAD ",\"steps\":[{\"verb\":\"v\",\"state\":\"done\"}]}", "steps[0] has no 'name'"},
        {HEAD ",\"steps\":[{\"name\":\"A b\",\"verb\":\"v\",\"state\":\"done\"}]}", "lower-case"},
        {HEAD ",\"steps\":[" STEP("") "," STEP("") "]}", "steps[1]: there is a step of this name"},
        {HEAD ",\"steps\":[{\"name\":\"a\",\"verb\":\"gate\",\"state\":\"done\"}]}",
         "steps[0] is no object"},
        {HEAD ",\"steps\":[{\"name\":\"a\",\"verb\":\"gate\",\"state\":\"done\",\"gate\":{\"kind\":"
              "\"metric\"}}]}",
         "does not say whom to ask"},
        {HEAD ",\"questions\":[{}]}", "questions[0] has no 'name'"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        _cleanup_plan_ struct plan p = {0};
        struct err err = {0};
        print_message("%s\n", cases[i].text);
        assert_int_equal(plan_parse(sv_of(cases[i].text), &p, &err), -1);
        assert_int_equal(err.class, ERR_INPUT);
        if (!strstr(err.msg, cases[i].words))
            fail_msg("%s", err.msg);
    }
}

static void test_token(void **state)
{
    _cleanup_plan_ struct plan p = {0};
    char a[33], b[33], c[33], d[33];
    fill(&p);
    plan_token(&p, "drain", "evict/x", a);
    p.status = PLAN_DONE;
    plan_token(&p, "drain", "evict/x", b);
    plan_token(&p, "draine", "vict/x", c);
    p.made_ms++;
    plan_token(&p, "drain", "evict/x", d);
    assert_int_equal(strspn(a, "0123456789abcdef"), 32);
    assert_string_equal(a, b);
    assert_string_not_equal(a, c);
    assert_string_not_equal(a, d);
}

/* --- engine -------------------------------------------------------------------------------- */

static const char *const move_names[] = {
    [ENGINE_CHECK] = "check",   [ENGINE_BEGIN] = "begin",   [ENGINE_ACT] = "act",
    [ENGINE_VERIFY] = "verify", [ENGINE_GATE] = "gate",     [ENGINE_UNDOING] = "undoing",
    [ENGINE_UNDO] = "undo",     [ENGINE_FINISH] = "finish", [ENGINE_PAUSE] = "pause",
};

/* How the moves end, one word each: "act:b=fail". Others end well. */
static enum plan_end end_of(const char *script, const char *move, const char *step)
{
    static const char *const names[] = {[PLAN_END_OK] = "ok",
                                        [PLAN_END_NOTHING] = "nothing",
                                        [PLAN_END_PAUSE] = "pause",
                                        [PLAN_END_FAIL] = "fail",
                                        [PLAN_END_KEEP] = "keep"};
    for (int end = 0; end < 5; end++) {
        char word[64];
        snprintf(word, sizeof word, "%s:%s=%s", move, step, names[end]);
        if (strstr(script, word))
            return (enum plan_end)end;
    }
    return PLAN_END_OK;
}

/* Plays a plan to the end of a run; the moves and what is journaled, as one text. */
static void play(struct plan *p, const char *script, bool rollback, struct str *out)
{
    struct engine e = {0};
    struct engine_change change = engine_start(p, rollback);
    str_reset(out);
    str_adds(out, change.plan_kind);
    for (int i = 0; i < 50; i++) {
        struct engine_next next = engine_next(&e, p, strstr(script, "stop") && i == 3);
        if (next.move == ENGINE_LEAVE)
            return;
        const char *step = next.step ? next.step->name : "";
        struct err why = {0};
        enum plan_end end = end_of(script, move_names[next.move], step);
        if (end == PLAN_END_FAIL)
            err_set(&why, ERR_REMOTE, "bad luck");
        change = engine_took(&e, p, next, end, &why, 1000 + i);
        str_addf(out, " %s", move_names[next.move]);
        if (*step)
            str_addf(out, ":%s", step);
        if (change.step_kind || change.plan_kind)
            str_addf(out, "[%s%s%s]", change.step_kind ? change.step_kind : "",
                     change.step_kind && change.plan_kind ? " " : "",
                     change.plan_kind ? change.plan_kind : "");
    }
    fail_msg("it does not end: %s", str_c(out));
}

static void two_steps(struct plan *p)
{
    struct gate g = {.kind = GATE_APPROVAL};
    plan_init(p);
    p->id = "p-222222";
    plan_add(p, "a", "v", NULL, SV_NONE);
    plan_add_gate(p, "g", &g);
    plan_add(p, "b", "v", NULL, SV_NONE);
}

static void test_engine(void **state)
{
    static const struct {
        const char *script; /* of one run; further runs behind it */
        bool rollback;
        const char *moves;
        enum plan_status status;
    } cases[] = {
        {"", false,
         "plan.started check:a begin:a[step.begun] act:a verify:a[step.done] gate:g[gate.opened] "
         "check:b begin:b[step.begun] act:b verify:b[step.done] finish[plan.done]",
         PLAN_DONE},
        {"check:a=nothing check:b=nothing", false,
         "plan.started check:a[step.skipped] gate:g[gate.opened] check:b[step.skipped] "
         "finish[plan.done]",
         PLAN_DONE},
        {"check:a=fail", false, "plan.started check:a[step.failed plan.stopped]", PLAN_STOPPED},
        {"gate:g=fail", false,
         "plan.started check:a begin:a[step.begun] act:a verify:a[step.done] "
         "gate:g[gate.failed plan.stopped]",
         PLAN_STOPPED},
        {"gate:g=pause", false,
         "plan.started check:a begin:a[step.begun] act:a verify:a[step.done] gate:g[plan.waiting]",
         PLAN_WAITING},
        {"stop", false, "plan.started check:a begin:a[step.begun] act:a pause:a[plan.paused]",
         PLAN_PAUSED},
        {"act:a=pause", false, "plan.started check:a begin:a[step.begun] act:a[plan.paused]",
         PLAN_PAUSED},
        {"act:a=keep", false,
         "plan.started check:a begin:a[step.begun] act:a[step.failed plan.stopped]", PLAN_STOPPED},
        {"", true, "plan.rolling-back finish[plan.rolled-back]", PLAN_ROLLED_BACK},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        _cleanup_plan_ struct plan p = {0};
        _cleanup_str_ struct str moves = {0};
        two_steps(&p);
        play(&p, cases[i].script, cases[i].rollback, &moves);
        assert_string_equal(str_c(&moves), cases[i].moves);
        assert_int_equal(p.status, cases[i].status);
    }
}

/* From every way to stop in the middle, on and back. */
static void test_engine_goes_on(void **state)
{
    static const struct {
        const char *script, *on, *back;
    } cases[] = {
        {"check:b=fail",
         "plan.resumed check:b begin:b[step.begun] act:b verify:b[step.done] finish[plan.done]",
         "plan.rolling-back undoing:a[step.undoing] undo:a[step.undone] finish[plan.rolled-back]"},
        {"act:b=fail",
         "plan.resumed begin:b[step.again] act:b verify:b[step.done] finish[plan.done]",
         "plan.rolling-back undoing:b[step.undoing] undo:b[step.undone] undoing:a[step.undoing] "
         "undo:a[step.undone] finish[plan.rolled-back]"},
        {"verify:b=pause",
         "plan.resumed begin:b[step.again] act:b verify:b[step.done] finish[plan.done]",
         "plan.rolling-back undoing:b[step.undoing] undo:b[step.undone] undoing:a[step.undoing] "
         "undo:a[step.undone] finish[plan.rolled-back]"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        for (int back = 0; back < 2; back++) {
            _cleanup_plan_ struct plan p = {0};
            _cleanup_str_ struct str moves = {0};
            two_steps(&p);
            play(&p, cases[i].script, false, &moves);
            play(&p, "", back, &moves);
            assert_string_equal(str_c(&moves), back ? cases[i].back : cases[i].on);
        }
}

static void test_engine_back_stays_back(void **state)
{
    _cleanup_plan_ struct plan p = {0};
    _cleanup_str_ struct str moves = {0};
    two_steps(&p);
    play(&p, "verify:b=fail", false, &moves);
    play(&p, "undo:b=fail", true, &moves);
    assert_string_equal(str_c(&moves), "plan.rolling-back undoing:b[step.undoing] "
                                       "undo:b[step.undo-failed plan.stopped]");
    assert_string_equal(p.words, "step 'b': bad luck; `toban plan rollback p-222222` tries again, "
                                 "`toban plan abort p-222222` leaves it as it is");
    play(&p, "undo:a=keep", false, &moves);
    assert_string_equal(str_c(&moves),
                        "plan.resumed undoing:b[step.undoing] undo:b[step.undone] "
                        "undoing:a[step.undoing] undo:a[step.kept] finish[plan.rolled-back]");
    assert_int_equal(plan_find_step(&p, "a")->state, STEP_KEPT);
    assert_int_equal(plan_find_step(&p, "g")->state, STEP_DONE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_round_trip),      cmocka_unit_test(test_public),
        cmocka_unit_test(test_words_of_others), cmocka_unit_test(test_parse_bad),
        cmocka_unit_test(test_token),           cmocka_unit_test(test_engine),
        cmocka_unit_test(test_engine_goes_on),  cmocka_unit_test(test_engine_back_stays_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
