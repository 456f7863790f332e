/* Plans run in this process: what a step may end with, people, gates, claims. */
#include "plan_rig.h"

#include "journal/journal.h"

#include <pthread.h>
#include <sys/eventfd.h>

#include "unit.h"

static const struct plan_run_options as_ann = {.actor = "ann@desk"};
static const struct plan_run_options going_back = {.actor = "ann@desk", .rollback = true};

struct scene {
    struct rig rig;
    struct plan made, p;
    struct err err;
    const char *id;
};

static void scene_begin(struct scene *s)
{
    *s = (struct scene){0};
    rig_init(&s->rig);
    rig_plan(&s->rig, &s->made);
    s->id = s->made.id;
}

/* As scene_begin, with a gate behind the first step. */
static void scene_gate(struct scene *s, const struct gate *g)
{
    *s = (struct scene){0};
    rig_init(&s->rig);
    plan_init(&s->made);
    s->made.kind = "test";
    s->made.cluster_id = "c-1";
    plan_add(&s->made, "first", "work", "some things", SV_NONE);
    plan_add_gate(&s->made, "gate-1", g);
    plan_add(&s->made, "third", "work", "some things", SV_NONE);
    if (plan_create(s->rig.store, &s->made, "ann@desk", &s->err))
        fail_msg("%s", s->err.msg);
    s->id = s->made.id;
}

static void scene_end(struct scene *s)
{
    plan_release(&s->made);
    plan_release(&s->p);
    rig_release(&s->rig);
}

static void go(struct scene *s, const struct plan_run_options *o, enum plan_status status)
{
    plan_release(&s->p);
    s->rig.told[0] = '\0';
    if (rig_run(&s->rig, s->id, o, &s->p, &s->err))
        fail_msg("%s", s->err.msg);
    assert_int_equal(s->p.status, status);
    /* What the runner has is what is kept. */
    _cleanup_plan_ struct plan kept = {0};
    _cleanup_str_ struct str a = {0}, b = {0};
    assert_int_equal(plan_load(s->rig.store, s->id, &kept, &s->err), 0);
    plan_format(&s->p, &a);
    plan_format(&kept, &b);
    assert_string_equal(str_c(&a), str_c(&b));
}

static enum plan_step_state state_of(struct scene *s, const char *step)
{
    return plan_find_step(&s->p, step)->state;
}

/* --- steps --------------------------------------------------------------------------------- */

static void test_runs_to_its_end(void **state)
{
    struct scene s;
    scene_begin(&s);
    go(&s, &as_ann, PLAN_DONE);
    rig_check_ledger(&s.rig, 1, 0);
    assert_string_equal(s.rig.told, "plan.started step.begun step.done step.begun step.done "
                                    "step.begun step.done plan.done ");
    /* Nobody runs it again, forward or back. */
    assert_int_equal(rig_run(&s.rig, s.id, &as_ann, &s.p, &s.err), -1);
    assert_int_equal(s.err.class, ERR_CONFLICT);
    assert_non_null(strstr(s.err.msg, "is over (done)"));
    assert_int_equal(rig_run(&s.rig, s.id, &going_back, &s.p, &s.err), -1);
    assert_int_equal(plan_pause(s.rig.store, s.id, "bob@x", &s.err), -1);
    assert_int_equal(plan_abort(s.rig.store, s.id, "bob@x", &s.err), -1);
    assert_int_equal(plan_approve(s.rig.store, s.id, NULL, "bob@x", &s.err), -1);
    assert_int_equal(s.err.class, ERR_CONFLICT);
    scene_end(&s);
}

static void test_step_without_anything_to_do(void **state)
{
    struct scene s;
    scene_begin(&s);
    s.rig.skip_at = "second";
    go(&s, &as_ann, PLAN_DONE);
    assert_int_equal(state_of(&s, "second"), STEP_SKIPPED);
    assert_int_equal(rig_count(&s.rig, "do second/k/0"), 0);
    assert_int_equal(rig_count(&s.rig, "do third/k/0"), 1);
    scene_end(&s);
}

static void check_stopped(struct scene *s, const char *words)
{
    char commands[128];
    snprintf(commands, sizeof commands,
             "`toban plan resume %s` tries again, `toban plan rollback %s` goes back", s->id,
             s->id);
    assert_non_null(strstr(s->p.words, words));
    assert_non_null(strstr(s->p.words, commands));
}

static void test_failures_stop_it(void **state)
{
    static const struct {
        const char *at, *words;
        bool begun;
        unsigned attempts;
    } cases[] = {
        {"check:second", "step 'second': check of second does not work", false, 1},
        {"act:second", "step 'second': act of second does not work", true, 2},
        {"verify:second", "step 'second': verify of second does not work", true, 2},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct scene s;
        scene_begin(&s);
        s.rig.fail_at = cases[i].at;
        go(&s, &as_ann, PLAN_STOPPED);
        check_stopped(&s, cases[i].words);
        assert_int_equal(state_of(&s, "second"), STEP_FAILED);
        assert_int_equal(plan_find_step(&s.p, "second")->begun_ms != 0, cases[i].begun);
        assert_int_equal(rig_count(&s.rig, "do third/k/0"), 0);
        s.rig.fail_at = NULL;
        go(&s, &as_ann, PLAN_DONE);
        assert_int_equal(plan_find_step(&s.p, "second")->attempts, cases[i].attempts);
        rig_check_ledger(&s.rig, 1, 0);
        scene_end(&s);
    }
}

static void test_goes_back(void **state)
{
    struct scene s;
    scene_begin(&s);
    s.rig.fail_at = "verify:third";
    go(&s, &as_ann, PLAN_STOPPED);
    s.rig.fail_at = "undo:second";
    s.rig.keep_at = "first";
    go(&s, &going_back, PLAN_STOPPED);
    assert_true(s.p.back);
    assert_int_equal(state_of(&s, "third"), STEP_UNDONE);
    assert_int_equal(state_of(&s, "second"), STEP_DONE);
    assert_non_null(strstr(s.p.words, "`toban plan rollback"));
    s.rig.fail_at = NULL;
    /* resume goes on with what was begun: never forward again */
    go(&s, &as_ann, PLAN_ROLLED_BACK);
    assert_int_equal(state_of(&s, "second"), STEP_UNDONE);
    assert_int_equal(state_of(&s, "first"), STEP_KEPT);
    assert_string_equal(plan_find_step(&s.p, "first")->words, "what is gone is gone");
    assert_int_equal(rig_count(&s.rig, "un first/k/0"), 0);
    assert_int_equal(rig_count(&s.rig, "un second/k/4"), 1);
    scene_end(&s);
}

static int count_kind_entry(void *ctx, const struct journal_entry *e, struct err *err)
{
    ++*(int *)ctx;
    return 0;
}

static int count_kind(struct scene *s, const char *kind)
{
    const struct journal_filter filter = {.kind = kind};
    int n = 0;
    if (journal_read(s->rig.store, &filter, count_kind_entry, &n, NULL))
        fail_msg("cannot read the journal");
    return n;
}

/* A risk that is found only when it goes on. */
static void test_accepts_more(void **state)
{
    static const char *const ids[] = {"unhealthy:shop/cart", NULL};
    const struct plan_run_options again = {.actor = "ann@desk", .accept = ids};
    struct scene s;
    scene_begin(&s);
    s.rig.fail_at = "act:second";
    go(&s, &as_ann, PLAN_STOPPED);
    assert_int_equal(s.p.accepted.len, 0);
    go(&s, &again, PLAN_STOPPED);
    go(&s, &again, PLAN_STOPPED);
    s.rig.fail_at = NULL;
    go(&s, &as_ann, PLAN_DONE);
    assert_int_equal(s.p.accepted.len, 1);
    assert_string_equal(s.p.accepted.items[0], ids[0]);
    assert_int_equal(count_kind(&s, "plan.accepted"), 1);
    scene_end(&s);
}

static void test_nothing_to_go_back_from(void **state)
{
    struct scene s;
    scene_begin(&s);
    go(&s, &going_back, PLAN_ROLLED_BACK);
    assert_int_equal(state_of(&s, "first"), STEP_PENDING);
    rig_check_ledger(&s.rig, 0, 0);
    scene_end(&s);
}

static void test_unknown_verb(void **state)
{
    struct scene s = {0};
    rig_init(&s.rig);
    plan_init(&s.made);
    s.made.kind = "test";
    plan_add(&s.made, "first", "work", NULL, SV_NONE);
    plan_add(&s.made, "later", "fly", NULL, SV_NONE);
    assert_int_equal(plan_create(s.rig.store, &s.made, "ann@desk", &s.err), 0);
    assert_int_equal(rig_run(&s.rig, s.made.id, &as_ann, &s.p, &s.err), -1);
    assert_int_equal(s.err.class, ERR_INPUT);
    assert_non_null(strstr(s.err.msg, "'fly'"));
    assert_int_equal(rig_count(&s.rig, "do first/k/0"), 0);
    scene_end(&s);
}

/* --- people -------------------------------------------------------------------------------- */

static void test_pause_in_the_middle(void **state)
{
    static const char *const places[] = {"check:second", "act:second", "verify:second"};
    for (size_t i = 0; i < ARRAY_LEN(places); i++) {
        struct scene s;
        scene_begin(&s);
        s.rig.pause_at = places[i];
        go(&s, &as_ann, PLAN_PAUSED);
        assert_string_equal(s.p.words, "bob@laptop asked for it");
        assert_int_equal(rig_count(&s.rig, "do third/k/0"), 0);
        go(&s, &as_ann, PLAN_DONE);
        rig_check_ledger(&s.rig, 1, 0);
        scene_end(&s);
    }
}

static void test_pause_without_a_runner(void **state)
{
    struct scene s;
    scene_begin(&s);
    assert_int_equal(plan_pause(s.rig.store, s.id, "bob@laptop", &s.err), 0);
    assert_int_equal(plan_load(s.rig.store, s.id, &s.p, &s.err), 0);
    assert_int_equal(s.p.status, PLAN_PAUSED);
    go(&s, &as_ann, PLAN_DONE);
    scene_end(&s);
}

/* A plan that stopped keeps saying why. */
static void test_pause_of_a_stopped_plan(void **state)
{
    struct scene s;
    scene_begin(&s);
    s.rig.fail_at = "act:first";
    go(&s, &as_ann, PLAN_STOPPED);
    plan_release(&s.p);
    assert_int_equal(plan_pause(s.rig.store, s.id, "bob@laptop", &s.err), 0);
    assert_int_equal(plan_load(s.rig.store, s.id, &s.p, &s.err), 0);
    assert_int_equal(s.p.status, PLAN_STOPPED);
    scene_end(&s);
}

static void test_pause_while_going_back(void **state)
{
    struct scene s;
    scene_begin(&s);
    s.rig.fail_at = "verify:third";
    go(&s, &as_ann, PLAN_STOPPED);
    s.rig.fail_at = NULL;
    s.rig.pause_at = "undo:second";
    go(&s, &going_back, PLAN_PAUSED);
    go(&s, &as_ann, PLAN_ROLLED_BACK);
    rig_check_ledger(&s.rig, 1, 1);
    scene_end(&s);
}

static void test_abort(void **state)
{
    struct scene s;
    _cleanup_plan_ struct plan next = {0};
    scene_begin(&s);
    s.rig.fail_at = "act:second";
    go(&s, &as_ann, PLAN_STOPPED);
    plan_release(&s.p);
    assert_int_equal(plan_abort(s.rig.store, s.id, "bob@laptop", &s.err), 0);
    assert_int_equal(plan_load(s.rig.store, s.id, &s.p, &s.err), 0);
    assert_int_equal(s.p.status, PLAN_ABORTED);
    assert_string_equal(s.p.words, "bob@laptop ended it as it was");
    rig_plan(&s.rig, &next);
    scene_end(&s);
}

static void test_question(void **state)
{
    struct scene s;
    scene_begin(&s);
    s.rig.ask_at = "second";
    go(&s, &as_ann, PLAN_WAITING);
    assert_int_equal(s.p.questions.len, 1);
    assert_int_equal(plan_approve(s.rig.store, s.id, "no-such", "bob@x", &s.err), -1);
    assert_int_equal(s.err.class, ERR_NOT_FOUND);
    go(&s, &as_ann, PLAN_WAITING);
    assert_int_equal(s.p.questions.len, 1);
    assert_int_equal(plan_approve(s.rig.store, s.id, NULL, "bob@x", &s.err), 0);
    assert_int_equal(plan_approve(s.rig.store, s.id, "go-on", "eve@x", &s.err), -1);
    assert_int_equal(s.err.class, ERR_CONFLICT);
    assert_non_null(strstr(s.err.msg, "bob@x"));
    go(&s, &as_ann, PLAN_DONE);
    assert_string_equal(s.p.questions.items[0].answered_by, "bob@x");
    scene_end(&s);
}

static void test_told_to_stop(void **state)
{
    struct scene s;
    struct plan_run_options o = as_ann;
    _cleanup_close_ int fd = eventfd(1, EFD_CLOEXEC);
    o.stop_fd = fd;
    o.wait_at_gates = true;
    scene_gate(&s, &(struct gate){.kind = GATE_APPROVAL});
    go(&s, &o, PLAN_PAUSED);
    assert_string_equal(s.p.words, "its runner was told to stop");
    scene_end(&s);
}

/* --- gates --------------------------------------------------------------------------------- */

static void test_approval_by_somebody_else(void **state)
{
    struct scene s;
    scene_gate(&s, &(struct gate){.kind = GATE_APPROVAL});
    assert_int_equal(plan_approve(s.rig.store, s.id, "gate-1", "bob@x", &s.err), -1);
    assert_non_null(strstr(s.err.msg, "has not come to 'gate-1' yet"));
    assert_int_equal(plan_approve(s.rig.store, s.id, NULL, "bob@x", &s.err), -1);
    assert_non_null(strstr(s.err.msg, "does not wait for anybody"));
    go(&s, &as_ann, PLAN_WAITING);
    assert_string_equal(s.rig.told, "plan.started step.begun step.done gate.reached plan.waiting ");
    go(&s, &as_ann, PLAN_WAITING);
    assert_int_equal(plan_approve(s.rig.store, s.id, "first", "bob@x", &s.err), -1);
    assert_int_equal(s.err.class, ERR_NOT_FOUND);
    assert_int_equal(plan_approve(s.rig.store, s.id, NULL, "bob@x", &s.err), 0);
    go(&s, &as_ann, PLAN_DONE);
    assert_string_equal(plan_find_step(&s.p, "gate-1")->words, "approved by bob@x");
    assert_string_equal(plan_find_step(&s.p, "gate-1")->memory.approved_by, "bob@x");
    scene_end(&s);
}

struct approver {
    const char *where, *id;
    int ready;
};

/* Comes when the plan waits, by a store of his own. */
static void *approve(void *arg)
{
    struct approver *a = arg;
    struct store *s = NULL;
    struct err err = {0};
    uint64_t n = 0;
    ssize_t got = read(a->ready, &n, sizeof n);
    if (got == sizeof n && store_open(a->where, &s, &err) == 0)
        plan_approve(s, a->id, "gate-1", "bob@x", &err);
    store_free(s);
    return NULL;
}

static int waits_fd;

static void tell_waiting(void *ctx, const struct plan *p, const struct plan_step *step,
                         const char *kind, const char *words)
{
    uint64_t one = 1;
    if (strcmp(kind, "gate.waits") == 0)
        assert_int_equal(write(waits_fd, &one, sizeof one), sizeof one);
}

static void test_waiting_runner_notices(void **state)
{
    struct scene s;
    pthread_t thread;
    scene_gate(&s, &(struct gate){.kind = GATE_APPROVAL});
    waits_fd = eventfd(0, EFD_CLOEXEC);
    struct approver a = {.where = s.rig.where, .id = s.id, .ready = waits_fd};
    struct plan_host host = rig_host(&s.rig);
    host.tell = tell_waiting;
    assert_int_equal(pthread_create(&thread, NULL, approve, &a), 0);
    assert_int_equal(plan_load(s.rig.store, s.id, &s.p, &s.err), 0);
    assert_int_equal(
        plan_run(s.rig.store, &s.p, &host,
                 &(struct plan_run_options){.actor = "ann@desk", .wait_at_gates = true}, &s.err),
        0);
    pthread_join(thread, NULL);
    close(waits_fd);
    assert_int_equal(s.p.status, PLAN_DONE);
    assert_string_equal(plan_find_step(&s.p, "gate-1")->memory.approved_by, "bob@x");
    scene_end(&s);
}

static void test_metric(void **state)
{
    struct scene s;
    scene_gate(&s, &(struct gate){.kind = GATE_METRIC,
                                  .source = "prometheus",
                                  .url = "http://localhost",
                                  .query = "up",
                                  .compare = GATE_AT_LEAST,
                                  .threshold = 1,
                                  .timeout_ms = 1,
                                  .every_ms = 1});
    s.rig.sight = (struct gate_sight){.ok = true, .value = 0.5};
    go(&s, &as_ann, PLAN_STOPPED);
    assert_non_null(strstr(s.p.words, "did not open within 1 ms"));
    assert_int_equal(rig_count(&s.rig, "do third/k/0"), 0);
    plan_release(&s.made);
    struct plan_step *gate = plan_find_step(&s.p, "gate-1");
    assert_int_equal(gate->state, STEP_FAILED);
    rig_release(&s.rig);
    plan_release(&s.p);

    scene_gate(&s, &(struct gate){.kind = GATE_METRIC,
                                  .source = "prometheus",
                                  .url = "http://localhost",
                                  .query = "up",
                                  .compare = GATE_AT_LEAST,
                                  .threshold = 1});
    s.rig.sight = (struct gate_sight){.ok = true, .value = 1};
    go(&s, &as_ann, PLAN_DONE);
    assert_int_equal(s.rig.looks, 1);
    assert_non_null(strstr(s.rig.told, "gate.reached gate.saw gate.opened "));
    scene_end(&s);
}

/* --- keeping plans ------------------------------------------------------------------------- */

static void test_claims(void **state)
{
    struct scene s;
    _cleanup_plan_ struct plan other = {0}, elsewhere = {0};
    scene_begin(&s);
    rig_plan_new(&other);
    assert_true(vec_push(&other.claims, "node/b"));
    assert_true(vec_push(&other.claims, "node/a"));
    assert_int_equal(plan_create(s.rig.store, &other, "bob@x", &s.err), -1);
    assert_int_equal(s.err.class, ERR_CONFLICT);
    assert_non_null(strstr(s.err.msg, "'node/a'"));
    assert_non_null(strstr(s.err.msg, s.id));
    assert_non_null(strstr(s.err.hint, "toban plan show"));
    rig_plan_new(&elsewhere);
    elsewhere.cluster_id = "c-2";
    assert_true(vec_push(&elsewhere.claims, "node/a"));
    assert_int_equal(plan_create(s.rig.store, &elsewhere, "bob@x", &s.err), 0);
    go(&s, &as_ann, PLAN_DONE);
    assert_int_equal(plan_create(s.rig.store, &other, "bob@x", &s.err), 0);
    scene_end(&s);
}

/* Somebody else is faster by a hair: he writes between our look at the claims and our write. */
static void be_faster(void *ctx)
{
    const struct rig *r = ctx;
    _cleanup_plan_ struct plan p = {0};
    struct store *other = NULL;
    struct err err = {0};
    rig_plan_new(&p);
    assert_true(vec_push(&p.claims, "node/a"));
    assert_int_equal(store_open(r->where, &other, &err), 0);
    if (plan_create(other, &p, "eve@x", &err))
        fail_msg("%s", err.msg);
    store_free(other);
}

static void test_claims_race(void **state)
{
    for (int earlier = 0; earlier < 2; earlier++) {
        struct scene s = {0};
        _cleanup_plan_ struct plan first = {0};
        rig_init(&s.rig);
        rig_plan_new(&first);
        assert_true(vec_push(&first.claims, "node/z"));
        if (earlier)
            assert_int_equal(plan_create(s.rig.store, &first, "bob@x", &s.err), 0);
        rig_plan_new(&s.made);
        assert_true(vec_push(&s.made.claims, "node/a"));
        rig_before_write(be_faster, &s.rig);
        assert_int_equal(plan_create(s.rig.store, &s.made, "ann@desk", &s.err), -1);
        assert_int_equal(s.err.class, ERR_CONFLICT);
        assert_non_null(strstr(s.err.msg, "made by eve@x"));
        scene_end(&s);
    }
}

static void test_claims_of_thousands(void **state)
{
    struct scene s = {0};
    _cleanup_plan_ struct plan rival = {0};
    rig_init(&s.rig);
    rig_plan_new(&s.made);
    for (int i = 0; i < 5000; i++) {
        char *name = arena_fmt(&s.made.arena, "node/ip-10-%03d-%03d-1.eu-west-1.compute.internal",
                               i / 256, i % 256);
        assert_true(vec_push(&s.made.claims, name));
    }
    if (plan_create(s.rig.store, &s.made, "ann@desk", &s.err))
        fail_msg("%s", s.err.msg);
    rig_plan_new(&rival);
    assert_true(vec_push(&rival.claims, s.made.claims.items[4999]));
    assert_int_equal(plan_create(s.rig.store, &rival, "bob@x", &s.err), -1);
    assert_int_equal(s.err.class, ERR_CONFLICT);
    assert_int_equal(plan_load(s.rig.store, s.made.id, &s.p, &s.err), 0);
    assert_int_equal(s.p.claims.len, 5000);
    assert_string_equal(s.p.claims.items[4999], s.made.claims.items[4999]);
    scene_end(&s);
}

static void test_too_large(void **state)
{
    struct scene s = {0};
    _cleanup_str_ struct str args = {0};
    rig_init(&s.rig);
    rig_plan_new(&s.made);
    str_adds(&args, "{\"a\":\"");
    str_fill(&args, 'x', STORE_BODY_MAX);
    str_adds(&args, "\"}");
    s.made.args = str_sv(&args);
    assert_int_equal(plan_create(s.rig.store, &s.made, "ann@desk", &s.err), -1);
    assert_int_equal(s.err.class, ERR_LIMIT);
    s.made.args = SV("{\"a\":");
    assert_int_equal(plan_create(s.rig.store, &s.made, "ann@desk", &s.err), -1);
    assert_int_equal(s.err.class, ERR_INPUT);
    scene_end(&s);
}

static void test_short_ids(void **state)
{
    struct scene s;
    char shorter[16];
    scene_begin(&s);
    snprintf(shorter, sizeof shorter, "%.5s", s.id);
    assert_int_equal(plan_load(s.rig.store, shorter, &s.p, &s.err), 0);
    assert_string_equal(s.p.id, s.id);
    assert_int_equal(s.p.claims.len, 1);
    plan_release(&s.p);
    assert_int_equal(plan_load(s.rig.store, s.id + 2, &s.p, &s.err), 0);
    static const char *const unknown[] = {"", "p-", "p-1111", "u", "p-222222222222", "../x"};
    for (size_t i = 0; i < ARRAY_LEN(unknown); i++) {
        plan_release(&s.p);
        assert_int_equal(plan_load(s.rig.store, unknown[i], &s.p, &s.err), -1);
        assert_int_equal(s.err.class, ERR_NOT_FOUND);
        assert_non_null(strstr(s.err.hint, "toban plan list"));
    }
    scene_end(&s);
}

/* With one letter, two of 31 plans have the same. */
static void test_ambiguous_id(void **state)
{
    struct scene s = {0};
    unsigned seen[256] = {0};
    char twice[2] = "";
    rig_init(&s.rig);
    for (int i = 0; i < 31; i++) {
        _cleanup_plan_ struct plan p = {0};
        rig_plan_new(&p);
        assert_int_equal(plan_create(s.rig.store, &p, "ann@desk", &s.err), 0);
        if (seen[(unsigned char)p.id[2]]++)
            twice[0] = p.id[2];
    }
    assert_int_equal(plan_load(s.rig.store, twice, &s.p, &s.err), -1);
    assert_int_equal(s.err.class, ERR_USAGE);
    scene_end(&s);
}

struct order {
    int64_t last;
    unsigned count, stop_at;
};

static int check_order(void *ctx, const struct plan *p, struct err *err)
{
    struct order *o = ctx;
    assert_true(p->made_ms < o->last);
    assert_int_equal(p->steps.len, 3);
    o->last = p->made_ms;
    return ++o->count == o->stop_at;
}

static void test_newest_first(void **state)
{
    struct scene s = {0};
    rig_init(&s.rig);
    for (int i = 0; i < 6; i++) {
        _cleanup_plan_ struct plan p = {0};
        rig_plan_new(&p);
        p.made_ms = 1000000 + (i * 7) % 6;
        assert_int_equal(plan_create(s.rig.store, &p, "ann@desk", &s.err), 0);
    }
    struct order all = {.last = INT64_MAX}, some = {.last = INT64_MAX, .stop_at = 2};
    assert_int_equal(plan_each(s.rig.store, check_order, &all, &s.err), 0);
    assert_int_equal(all.count, 6);
    assert_int_equal(plan_each(s.rig.store, check_order, &some, &s.err), 0);
    assert_int_equal(some.count, 2);
    scene_end(&s);
}

/* --- acts ---------------------------------------------------------------------------------- */

#define MANY 3000

static void count_act(void *ctx, const struct plan_act *act)
{
    unsigned *count = ctx;
    char key[32];
    snprintf(key, sizeof key, "evict/%05u", (*count)++);
    assert_string_equal(act->key, key);
    assert_int_equal(act->state, ACT_DONE);
    assert_true(sv_is(act->data, "{\"uid\":1}"));
}

/* The first run does many acts and fails, the second finds them all. */
static enum plan_end many_act(void *ctx, struct plan_run *run, const struct plan_step *step,
                              struct err *err)
{
    static char keys[MANY][32];
    static struct plan_act acts[MANY];
    unsigned count = 0;
    if (plan_act_state(run, step, "evict/00000") == ACT_DONE) {
        plan_acts_each(run, step, count_act, &count);
        assert_int_equal(count, MANY);
        return PLAN_END_OK;
    }
    for (unsigned pass = 0; pass < 2; pass++) {
        for (unsigned i = 0; i < MANY; i++) {
            snprintf(keys[i], sizeof keys[i], "evict/%05u", i);
            acts[i] = (struct plan_act){.key = keys[i],
                                        .state = pass ? ACT_DONE : ACT_INTENDED,
                                        .data = pass ? SV_NONE : SV("{\"uid\":1}")};
        }
        plan_note(run, step, "test.pass", SV_NONE);
        if (plan_record(run, step, acts, MANY, err))
            return PLAN_END_FAIL;
        assert_int_equal(plan_act_state(run, step, "evict/02999"), pass ? ACT_DONE : ACT_INTENDED);
        assert_int_equal(plan_act_state(run, step, "evict/03000"), ACT_UNKNOWN);
    }
    err_set(err, ERR_REMOTE, "once more");
    return PLAN_END_FAIL;
}

static int count_entry(void *ctx, const struct journal_entry *e, struct err *err)
{
    unsigned *counts = ctx;
    counts[0] += strcmp(e->kind, "act.intent") == 0;
    counts[1] += strcmp(e->kind, "act.done") == 0;
    counts[2] += strcmp(e->kind, "test.pass") == 0;
    return 0;
}

static void test_thousands_of_acts(void **state)
{
    static const struct plan_verb verbs[] = {{"many", NULL, many_act, NULL, NULL}, {0}};
    struct scene s = {0};
    unsigned counts[3] = {0};
    rig_init(&s.rig);
    s.made.kind = "test";
    plan_add(&s.made, "only", "many", NULL, SV_NONE);
    assert_int_equal(plan_create(s.rig.store, &s.made, "ann@desk", &s.err), 0);
    struct plan_host host = {.verbs = verbs};
    assert_int_equal(plan_run(s.rig.store, &s.made, &host, &as_ann, &s.err), 0);
    assert_int_equal(s.made.status, PLAN_STOPPED);
    assert_int_equal(plan_run(s.rig.store, &s.made, &host, &as_ann, &s.err), 0);
    assert_int_equal(s.made.status, PLAN_DONE);
    char subject[32];
    snprintf(subject, sizeof subject, "plan/%s", s.made.id);
    struct journal_filter filter = {.subject = subject};
    assert_int_equal(journal_read(s.rig.store, &filter, count_entry, counts, &s.err), 0);
    assert_int_equal(counts[0], MANY);
    assert_int_equal(counts[1], MANY);
    assert_int_equal(counts[2], 2);
    scene_end(&s);
}

/* More notes than one entry of the journal may hold, of a step that records nothing else. */
static enum plan_end noting_act(void *ctx, struct plan_run *run, const struct plan_step *step,
                                struct err *err)
{
    for (int i = 0; i < 100; i++)
        plan_note(run, step, "test.pass", SV("{\"i\":1}"));
    return PLAN_END_OK;
}

static enum plan_end bad_act(void *ctx, struct plan_run *run, const struct plan_step *step,
                             struct err *err)
{
    static char key[STORE_KEY_MAX + 1];
    memset(key, 'k', STORE_KEY_MAX);
    struct plan_act act = {.key = key, .state = ACT_INTENDED};
    assert_int_equal(plan_record(run, step, &act, 1, err), -1);
    assert_int_equal(err->class, ERR_BUG);
    act = (struct plan_act){.key = "k", .state = ACT_UNKNOWN};
    assert_int_equal(plan_record(run, step, &act, 1, err), -1);
    return PLAN_END_OK;
}

static void test_notes(void **state)
{
    static const struct plan_verb verbs[] = {
        {"noting", NULL, noting_act, NULL, NULL}, {"bad", NULL, bad_act, NULL, NULL}, {0}};
    struct scene s = {0};
    unsigned counts[3] = {0};
    rig_init(&s.rig);
    s.made.kind = "test";
    plan_add(&s.made, "one", "noting", NULL, SV_NONE);
    plan_add(&s.made, "two", "bad", NULL, SV_NONE);
    assert_int_equal(plan_create(s.rig.store, &s.made, "ann@desk", &s.err), 0);
    struct plan_host host = {.verbs = verbs};
    assert_int_equal(plan_run(s.rig.store, &s.made, &host, &as_ann, &s.err), 0);
    assert_int_equal(s.made.status, PLAN_DONE);
    assert_int_equal(
        journal_read(s.rig.store, &(struct journal_filter){0}, count_entry, counts, &s.err), 0);
    assert_int_equal(counts[2], 100);
    scene_end(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_runs_to_its_end),
        cmocka_unit_test(test_step_without_anything_to_do),
        cmocka_unit_test(test_failures_stop_it),
        cmocka_unit_test(test_goes_back),
        cmocka_unit_test(test_accepts_more),
        cmocka_unit_test(test_nothing_to_go_back_from),
        cmocka_unit_test(test_unknown_verb),
        cmocka_unit_test(test_pause_in_the_middle),
        cmocka_unit_test(test_pause_without_a_runner),
        cmocka_unit_test(test_pause_of_a_stopped_plan),
        cmocka_unit_test(test_pause_while_going_back),
        cmocka_unit_test(test_abort),
        cmocka_unit_test(test_question),
        cmocka_unit_test(test_told_to_stop),
        cmocka_unit_test(test_approval_by_somebody_else),
        cmocka_unit_test(test_waiting_runner_notices),
        cmocka_unit_test(test_metric),
        cmocka_unit_test(test_claims),
        cmocka_unit_test(test_claims_race),
        cmocka_unit_test(test_claims_of_thousands),
        cmocka_unit_test(test_too_large),
        cmocka_unit_test(test_short_ids),
        cmocka_unit_test(test_ambiguous_id),
        cmocka_unit_test(test_newest_first),
        cmocka_unit_test(test_thousands_of_acts),
        cmocka_unit_test(test_notes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
