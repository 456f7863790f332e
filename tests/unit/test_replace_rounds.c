/* Which old nodes go together, the steps of a replacement in rounds, and how far groups are. */
#include "ops/nodes/rounds.h"
#include "ops/replace/empty.h"
#include "ops/replace/left.h"
#include "ops/replace/phase.h"
#include "ops/replace/rounds.h"

#include "unit.h"
#include "world_build.h"

/* Seven nodes of web in three zones, and one of another group. */
static void make_world(struct world *w)
{
    static const char *const zones[] = {"a", "a", "a", "b", "b", "c", "c"};
    build_world(w, 31);
    for (uint32_t i = 0; i < 8; i++) {
        char name[8], machine[32];
        snprintf(name, sizeof name, "n%u", i);
        snprintf(machine, sizeof machine, "aws:///z/i-%u", i);
        uint32_t n = build_node(w, &(struct build_node){.name = name, .zone = zones[i % 7]});
        w->nodes.items[n].group = build_text(w, i < 7 ? "web" : "db");
        w->nodes.items[n].provider_id = build_text(w, machine);
        w->nodes.items[n].ready = true;
        w->nodes.items[n].created = 100 + i;
    }
}

static void check_round(const struct replace_round *r, int64_t green, const char *nodes)
{
    _cleanup_str_ struct str text = {0};
    size_t i = 0;
    for (; r->nodes[i]; i++) {
        str_addf(&text, "%s%s", i ? " " : "", r->nodes[i]);
        assert_string_equal(r->machines[i] + 2, r->nodes[i] + 1);
    }
    assert_null(r->machines[i]);
    assert_string_equal(str_c(&text), nodes);
    assert_int_equal(r->green, green);
}

static void each_round_has_nodes_of_all_zones(void **state)
{
    _cleanup_arena_ struct arena a = {0};
    struct nodes_room room = {.wanted = 7, .at_once = 3};
    struct replace_round *r;
    struct world w;
    struct err err;
    make_world(&w);
    assert_int_equal(rounds_make(&w, "web", &room, &a, &r, &err), 3);
    check_round(&r[0], 3, "n0 n3 n5");
    check_round(&r[1], 6, "n1 n4 n6");
    check_round(&r[2], 7, "n2");
    room.at_once = 7;
    assert_int_equal(rounds_make(&w, "web", &room, &a, &r, &err), 1);
    room.wanted = 14;
    assert_int_equal(rounds_make(&w, "web", &room, &a, &r, &err), 2);
    check_round(&r[0], 7, "n0 n3 n5 n1 n4 n6 n2");
    check_round(&r[1], 14, "");
    room = (struct nodes_room){.wanted = 2, .at_once = 1};
    assert_int_equal(rounds_make(&w, "web", &room, &a, &r, &err), 2);
    check_round(&r[0], 1, "n0 n3 n5");
    check_round(&r[1], 2, "n1 n4 n6 n2");
    w.nodes.items[0].provider_id = STRINGS_NONE;
    assert_int_equal(rounds_make(&w, "web", &room, &a, &r, &err), -1);
    assert_int_equal(err.class, ERR_INPUT);
    world_release(&w);
}

/* How much there is at the most, beyond the old nodes: in millicores. */
static int64_t most_beyond(const struct nodes_round *r, uint32_t rounds, int64_t old_cpu,
                           int64_t new_cpu)
{
    int64_t most = 0, ended = 0;
    for (uint32_t i = 0; i < rounds; i++) {
        int64_t beyond = r[i].fresh * new_cpu - ended * old_cpu;
        most = beyond > most ? beyond : most;
        ended += r[i].count;
    }
    return most;
}

/* Whatever the sizes: each old node goes once, all new ones come, and there is never more than
 * there is room for. */
static void no_round_takes_more_room_than_there_is(void **state)
{
    unsigned seed = 7;
    struct world w;
    build_world(&w, 31);
    for (uint32_t i = 0; i < 40; i++)
        build_node(&w, &(struct build_node){.name = "n", .zone = "a"});
    for (unsigned n = 0; n < 20000; n++) {
        int64_t old_cpu = 1000 << rand_r(&seed) % 4, new_cpu = 1000 << rand_r(&seed) % 4;
        uint32_t count = (uint32_t)rand_r(&seed) % 40, old[40], ended = 0, fresh = 0;
        struct nodes_room room = {1 + (uint32_t)rand_r(&seed) % 40,
                                  1 + (uint32_t)rand_r(&seed) % 12, new_cpu};
        _cleanup_arena_ struct arena a = {0};
        struct nodes_round *r;
        for (uint32_t i = 0; i < 40; i++) {
            old[i] = i;
            w.nodes.items[i].capacity.cpu = old_cpu;
        }
        uint32_t rounds = nodes_rounds(&w, old, count, &room, &a, &r);
        for (uint32_t i = 0; i < rounds; i++) {
            assert_int_equal(r[i].from, ended);
            assert_true(r[i].count || r[i].fresh > fresh);
            ended += r[i].count;
            fresh = r[i].fresh;
        }
        assert_int_equal(ended, count);
        assert_int_equal(fresh, room.wanted);
        int64_t limit = room.at_once * new_cpu, more = room.wanted * new_cpu - count * old_cpu;
        assert_true(most_beyond(r, rounds, old_cpu, new_cpu) <= (more > limit ? more : limit));
    }
    world_release(&w);
}

static void the_newest_are_told_with_their_machines(void **state)
{
    _cleanup_arena_ struct arena a = {0};
    struct shape_texts names = {0}, machines = {0};
    struct world w;
    make_world(&w);
    replace_newest(&w, "web", &a, &names, &machines);
    assert_int_equal(names.count, 7);
    assert_string_equal(names.items[0], "n6");
    assert_string_equal(machines.items[1], "i-5");
    replace_newest(&w, "db", &a, &names, &machines);
    assert_int_equal(names.count, 8);
    world_release(&w);
}

static void nodes_on_machines_that_end_do_not_count(void **state)
{
    static const char *ending[] = {"i-0", "i-1"};
    const struct shape_texts machines = {.items = ending, .count = 2};
    _cleanup_str_ struct str words = {0};
    struct world w;
    make_world(&w);
    assert_true(replace_joined(&w, "web", 5, &machines, &words));
    assert_false(replace_joined(&w, "web", 6, &machines, &words));
    assert_string_equal(str_c(&words), "5 of 6 nodes of web are Ready");
    world_release(&w);
}

/* ---- the plan ---- */

static const char *const first[] = {"n0", "n1", NULL}, *const second[] = {"n2", NULL};
static const char *const machines[] = {"i-0", "i-1", NULL}, *const last[] = {"i-2", NULL};
static const struct replace_round two[] = {{first, machines, 2}, {second, last, 3}};

static struct replace_pair pair_in_rounds(void)
{
    struct eks_nodegroup g = {.name = "web", .cluster = "prod", .role = "arn:role"};
    struct replace_pair p = {.blue = g, .green = g, .rounds = two, .round_count = 2};
    p.green.name = "web-green";
    p.green.scaling.min = p.green.scaling.desired = shape_int(3);
    return p;
}

static struct replace_step step_of(struct plan *p, const char *name, struct arena *a)
{
    struct replace_step s;
    struct err err;
    assert_non_null(plan_find_step(p, name));
    assert_int_equal(replace_step_parse(plan_find_step(p, name)->args, a, &s, &err), 0);
    return s;
}

static void its_steps_come_round_by_round(void **state)
{
    static const char *const nodes[] = {"n0", "n1", "n2", NULL};
    static const char *const wanted[] = {
        "create-1", "ready-1", "cordon-1", "drain-1",    "verify-1", "end-1",     "grow-2",
        "cordon-2", "drain-2", "verify-2", "detached-1", "delete-1", "replaced-1"};
    const struct replace_pair pair = pair_in_rounds(), both[] = {pair, pair};
    const struct drain_order order = {.nodes = nodes};
    _cleanup_arena_ struct arena a = {0};
    _cleanup_plan_ struct plan p;
    struct err err = {0};
    plan_init(&p);
    assert_int_equal(replace_plan(&pair, 1, &order, NULL, 0, 0, &p, &err), 0);
    assert_int_equal(p.steps.len, ARRAY_LEN(wanted));
    for (size_t i = 0; i < ARRAY_LEN(wanted); i++)
        assert_string_equal(p.steps.items[i].name, wanted[i]);
    struct replace_step create = step_of(&p, "create-1", &a), end = step_of(&p, "end-1", &a);
    struct replace_step grow = step_of(&p, "grow-2", &a);
    assert_int_equal(create.spec.scaling.desired.n, 2);
    assert_int_equal(create.spec.scaling.min.n, 2);
    assert_int_equal(step_of(&p, "ready-1", &a).nodes, 2);
    assert_int_equal(end.machines.count, 2);
    assert_string_equal(end.machines.items[1], "i-1");
    assert_int_equal(end.back, 3);
    assert_int_equal(grow.before, 2);
    assert_int_equal(grow.scaling.desired.n, 3);
    assert_int_equal(grow.scaling.min.n, 3);
    assert_int_equal(step_of(&p, "replaced-1", &a).nodes, 3);
    assert_int_equal(replace_plan(both, 2, &order, NULL, 0, 0, &p, &err), -1);
    assert_int_equal(err.class, ERR_USAGE);
}

/* What a plan in rounds still has to do, the steps up to this one being done. */
static size_t left_after(struct plan *p, const char *step, struct arena *a,
                         struct rehearse_round **out)
{
    bool past = false;
    vec_foreach(s, &p->steps) {
        s->state = past ? STEP_PENDING : STEP_DONE;
        past = past || strcmp(s->name, step) == 0;
    }
    return replace_rounds_left(p, a, out);
}

/* Old nodes of all rounds but the very last make room; groups are deleted when all are through. */
static void groups_go_in_rounds_one_after_the_other(void **state)
{
    static const char *const nodes[] = {"n0", "n1", "n2", "n3", "n4", "n5", NULL};
    static const char *const wanted[] = {
        "create-1",      "ready-1",  "approval-1", "cordon-1",   "drain-1",    "verify-1",
        "end-1",         "grow-2",   "cordon-2",   "drain-2",    "verify-2",   "end-2",
        "create-2",      "ready-2",  "cordon-3",   "drain-3",    "verify-3",   "end-3",
        "grow-4",        "cordon-4", "drain-4",    "verify-4",   "detached-1", "detached-2",
        "before-delete", "delete-1", "delete-2",   "replaced-1", "replaced-2"};
    struct replace_pair pairs[] = {pair_in_rounds(), pair_in_rounds()};
    const struct drain_order order = {.nodes = nodes};
    const struct gate gate = {.kind = GATE_APPROVAL};
    _cleanup_arena_ struct arena a = {0};
    _cleanup_plan_ struct plan p;
    struct rehearse_round *left;
    struct replace_phase phases[2];
    struct err err = {0};
    plan_init(&p);
    pairs[1].blue.name = "db";
    pairs[1].green.name = "db-green";
    assert_int_equal(replace_plan(pairs, 2, &order, &gate, 1, 1000, &p, &err), 0);
    assert_int_equal(p.steps.len, ARRAY_LEN(wanted));
    for (size_t i = 0; i < ARRAY_LEN(wanted); i++)
        assert_string_equal(p.steps.items[i].name, wanted[i]);
    assert_string_equal(step_of(&p, "end-3", &a).blue, "db");
    assert_int_equal(step_of(&p, "end-2", &a).back, 1);
    assert_int_equal(step_of(&p, "create-2", &a).spec.scaling.desired.n, 2);
    assert_int_equal(left_after(&p, "end-2", &a, &left), 2);
    assert_int_equal(left[0].group, 1);
    assert_int_equal(left[0].fresh, 2);
    assert_int_equal(replace_phases(&p, &a, phases, 2), 2);
    assert_string_equal(phases[0].text, "old machines have ended");
    assert_int_equal(phases[0].round, 2);
    assert_int_equal(phases[0].rounds, 2);
    assert_string_equal(phases[1].text, "waits");
    assert_int_equal(phases[1].round, 0);
    left_after(&p, "drain-3", &a, &left);
    assert_int_equal(replace_phases(&p, &a, phases, 2), 2);
    assert_string_equal(phases[0].text, "old machines have ended");
    assert_string_equal(phases[1].text, "old nodes are drained");
    pairs[1].round_count = 0;
    plan_release(&p);
    plan_init(&p);
    assert_int_equal(replace_plan(pairs, 2, &order, NULL, 0, 0, &p, &err), -1);
    assert_int_equal(err.class, ERR_USAGE);
    pairs[0].round_count = pairs[1].round_count = 1; /* each fits, but not both */
    assert_int_equal(replace_plan(pairs, 2, &order, NULL, 0, 0, &p, &err), 0);
    assert_non_null(plan_find_step(&p, "end-1"));
    assert_null(plan_find_step(&p, "end-2"));
}

static void what_is_left_is_told_round_by_round(void **state)
{
    static const char *const nodes[] = {"n0", "n1", "n2", NULL};
    struct replace_pair pair = pair_in_rounds();
    const struct drain_order order = {.nodes = nodes};
    _cleanup_arena_ struct arena a = {0};
    _cleanup_plan_ struct plan p;
    struct rehearse_round *left;
    struct err err = {0};
    plan_init(&p);
    assert_int_equal(replace_plan(&pair, 1, &order, NULL, 0, 0, &p, &err), 0);
    assert_true(replace_in_rounds(&p));
    assert_int_equal(left_after(&p, "create-1", &a, &left), 2);
    assert_int_equal(left[0].fresh, 2);
    assert_string_equal(left[0].nodes[1], "n1");
    assert_int_equal(left[1].fresh, 1);
    assert_string_equal(left[1].nodes[0], "n2");
    assert_int_equal(left_after(&p, "drain-1", &a, &left), 2);
    assert_int_equal(left[0].fresh, 0);
    assert_int_equal(left_after(&p, "end-1", &a, &left), 1);
    assert_int_equal(left[0].fresh, 1);
    assert_int_equal(left_after(&p, "grow-2", &a, &left), 1);
    assert_int_equal(left[0].fresh, 0);
    assert_string_equal(left[0].nodes[0], "n2");
    assert_null(left[0].nodes[1]);
    assert_int_equal(left_after(&p, "verify-2", &a, &left), 0);
    plan_release(&p);
    pair.round_count = 0;
    assert_int_equal(replace_plan(&pair, 1, &order, NULL, 0, 0, &p, &err), 0);
    assert_false(replace_in_rounds(&p));
}

/* ---- phases ---- */

static void make_two(struct plan *p)
{
    static const char *const nodes[] = {"n1", NULL};
    const struct drain_order order = {.nodes = nodes};
    struct replace_pair pairs[2] = {pair_in_rounds(), pair_in_rounds()};
    struct err err;
    pairs[0].round_count = pairs[1].round_count = 0;
    pairs[1].blue.name = "db";
    pairs[1].green.name = "db-green";
    plan_init(p);
    assert_int_equal(replace_plan(pairs, 2, &order, NULL, 0, 0, p, &err), 0);
}

static void set_state(struct plan *p, const char *step, enum plan_step_state state)
{
    plan_find_step(p, step)->state = state;
}

static void check_phase(const struct plan *p, size_t group, const char *text)
{
    _cleanup_arena_ struct arena a = {0};
    struct replace_phase phases[2];
    assert_int_equal(replace_phases(p, &a, phases, 2), 2);
    assert_string_equal(phases[1].blue, "db");
    assert_string_equal(phases[1].green, "db-green");
    assert_string_equal(phases[group].text, text);
    assert_int_equal(phases[group].round, 0);
    assert_int_equal(replace_phases(p, &a, phases, 1), 2);
}

static void each_group_has_a_phase(void **state)
{
    _cleanup_plan_ struct plan p;
    make_two(&p);
    check_phase(&p, 0, "waits");
    set_state(&p, "create-1", STEP_BEGUN);
    check_phase(&p, 0, "new group is asked for");
    check_phase(&p, 1, "waits");
    set_state(&p, "create-1", STEP_DONE);
    set_state(&p, "create-2", STEP_DONE);
    set_state(&p, "ready-2", STEP_FAILED);
    check_phase(&p, 0, "new group is made");
    check_phase(&p, 1, "new nodes are not ready");
    set_state(&p, "ready-1", STEP_DONE);
    set_state(&p, "ready-2", STEP_DONE);
    set_state(&p, "cordon", STEP_DONE);
    set_state(&p, "drain", STEP_BEGUN);
    check_phase(&p, 0, "old nodes are drained");
    set_state(&p, "delete-1", STEP_BEGUN);
    check_phase(&p, 0, "old group is deleted");
    check_phase(&p, 1, "old nodes are drained");
    set_state(&p, "replaced-1", STEP_DONE);
    check_phase(&p, 0, "replaced");
}

static void each_group_has_a_phase_on_the_way_back(void **state)
{
    _cleanup_plan_ struct plan p;
    make_two(&p);
    set_state(&p, "create-1", STEP_DONE);
    set_state(&p, "ready-1", STEP_DONE);
    set_state(&p, "cordon", STEP_DONE);
    p.back = true;
    check_phase(&p, 0, "old nodes take pods again");
    check_phase(&p, 1, "as it was");
    set_state(&p, "cordon", STEP_UNDONE);
    check_phase(&p, 0, "new nodes are drained");
    set_state(&p, "ready-1", STEP_UNDONE);
    check_phase(&p, 0, "new group is deleted");
    set_state(&p, "create-1", STEP_UNDONE);
    check_phase(&p, 0, "as it was");
    set_state(&p, "create-1", STEP_KEPT);
    check_phase(&p, 0, "new group stays");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_round_has_nodes_of_all_zones),
        cmocka_unit_test(no_round_takes_more_room_than_there_is),
        cmocka_unit_test(the_newest_are_told_with_their_machines),
        cmocka_unit_test(nodes_on_machines_that_end_do_not_count),
        cmocka_unit_test(its_steps_come_round_by_round),
        cmocka_unit_test(groups_go_in_rounds_one_after_the_other),
        cmocka_unit_test(what_is_left_is_told_round_by_round),
        cmocka_unit_test(each_group_has_a_phase),
        cmocka_unit_test(each_group_has_a_phase_on_the_way_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
