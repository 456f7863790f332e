/*
 * The live view of a drain, its lines and its events: compared to the byte with tests/data/drain/;
 * DRAIN_UPDATE=1 in the environment writes those files anew.
 */
#include "base/io.h"
#include "base/text.h"
#include "base/utf8.h"
#include "cmd/columns.h"
#include "cmd/drain_frame.h"
#include "cmd/event_print.h"

#include "unit.h"

#define NOON ((int64_t)1795435200000) /* 2026-11-23T12:00:00Z */
#define MINUTE ((int64_t)60000)

#define NODE(name) "ip-10-0-" name ".eu-west-1.compute.internal"

static const struct drain_node four_nodes[] = {
    {NODE("1-11"), DRAIN_CLEAN, 10, 0, 0, true},
    {NODE("1-12"), DRAIN_EMPTY, 12, 0, 2, true},
    {NODE("2-13"), DRAIN_DRAINS, 9, 5, 1, true},
    {NODE("2-14"), DRAIN_WAITS, 9, 9, 0, false},
};

static const char budget[] = "budget shop/cart allows 0: 2 of 2 needed are Ready";
static const char fix[] = "scale Deployment shop/cart to 3, or let the budget allow one";

static const struct drain_pod some_blocked[] = {
    {"shop/cart-1", NODE("2-13"), "Deployment shop/cart", NODES_BLOCK_BUDGET, budget, fix,
     NOON - 3 * MINUTE},
    {"shop/cart-2", NODE("2-13"), "Deployment shop/cart", NODES_BLOCK_BUDGET, budget, fix,
     NOON - 2 * MINUTE},
    {"db/mongo-0", NODE("2-13"), "StatefulSet db/mongo", NODES_BLOCK_LEAVING, "it is terminating",
     NULL, NOON - 2 * MINUTE},
    {"shop/web-7", NODE("2-13"), "Deployment shop/web", NODES_BLOCK_LEAVING, "it is terminating",
     NULL, NOON - 2000},
    {"shop/web-8", NODE("2-14"), "Deployment shop/web", NODES_BLOCK_NODE, "its node's turn comes",
     NULL, NOON - MINUTE},
    {"shop/web-9", NODE("2-14"), "Deployment shop/web", NODES_BLOCK_RATE, "its turn comes", NULL,
     NOON - MINUTE},
};

static const char *const happened[] = {"11:59:57 evicted shop/web-5", "11:59:58 gone shop/web-4",
                                       "11:59:59 refused shop/cart-1: needs 2 healthy pods"};

static const struct drain_view sight = {
    .now_ms = NOON,
    .begun_ms = NOON - 4 * MINUTE - 5000,
    .phase = NODES_PHASE_DRAIN,
    .progress = {.nodes = 4,
                 .nodes_draining = 1,
                 .nodes_clean = 1,
                 .pods = 40,
                 .pods_gone = 26,
                 .leaving = 2,
                 .waiting = 3,
                 .volumes = 2},
    .evictions = 31,
    .refused = 5,
    .pods_per_s = 0.31,
    .remaining_ms = 2 * MINUTE,
    .not_ready = 1,
    .nodes = four_nodes,
    .node_count = 4,
    .blocked = some_blocked,
    .blocked_count = 6,
};

static struct drain_frame frame_of(const struct drain_view *v, unsigned width, unsigned height)
{
    return (struct drain_frame){
        .width = width,
        .height = height,
        .utf8 = true,
        .plan = "p-7k2m4q",
        .title = "drain 4 nodes",
        .forecast_ms = 5 * MINUTE,
        .view = v,
        .events = happened,
        .event_count = 3,
    };
}

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

static void expect_frame(struct drain_frame f, const char *name)
{
    _cleanup_str_ struct str out = {0};
    drain_frame_draw(&f, &out);
    expect_file(&out, name);
}

static void a_drain_in_the_middle(void **state)
{
    expect_frame(frame_of(&sight, 100, 30), "middle.txt");
}

static void in_ascii_with_trouble_and_a_pause(void **state)
{
    struct drain_view v = sight;
    struct drain_frame f = frame_of(&v, 80, 30);
    v.trouble = "the API server does not answer since 12 s: connection refused";
    f.utf8 = false;
    f.pausing = true;
    expect_frame(f, "ascii.txt");
}

static void in_colour(void **state)
{
    struct drain_frame f = frame_of(&sight, 90, 30);
    f.colour = true;
    expect_frame(f, "colour.txt");
}

static void at_its_end(void **state)
{
    struct drain_view v = sight;
    v.phase = NODES_PHASE_DONE;
    v.progress.pods_gone = 40;
    v.progress.nodes_clean = 4;
    v.progress.leaving = v.progress.waiting = v.progress.volumes = v.not_ready = 0;
    v.blocked_count = v.node_count = 0;
    v.pods_per_s = 0;
    struct drain_frame f = frame_of(&v, 100, 30);
    f.event_count = 0;
    expect_frame(f, "end.txt");
}

/* ---- whatever the terminal ---- */

static unsigned lines_in(const struct str *text)
{
    unsigned n = 0;
    for (struct sv rest = str_sv(text); rest.len; n++)
        sv_split(&rest, '\n');
    return n;
}

static void it_never_leaves_the_terminal(void **state)
{
    struct drain_node many[60];
    struct drain_view v = sight;
    for (uint32_t i = 0; i < 60; i++)
        many[i] = four_nodes[i % 4];
    v.nodes = many;
    v.node_count = 60;
    v.trouble = "trouble";
    for (unsigned width = 40; width <= 120; width += 3)
        for (unsigned height = 4; height < 90; height++) {
            _cleanup_str_ struct str out = {0};
            struct drain_frame f = frame_of(&v, width, height);
            drain_frame_draw(&f, &out);
            assert_true(lines_in(&out) >= 3 && lines_in(&out) <= height - 1);
            for (struct sv rest = str_sv(&out); rest.len;) {
                struct sv line = sv_split(&rest, '\n');
                assert_true(utf8_width(line.ptr, line.len) < width);
            }
        }
}

static void a_low_terminal_still_shows_a_node_and_a_cause(void **state)
{
    expect_frame(frame_of(&sight, 100, 14), "low.txt");
    expect_frame(frame_of(&sight, 60, 8), "tiny.txt");
}

static void nothing_from_outside_reaches_the_terminal_raw(void **state)
{
    struct drain_pod evil = some_blocked[0];
    struct drain_view v = sight;
    _cleanup_str_ struct str out = {0};
    evil.pod = "shop/\033[2Jcart\n";
    evil.cause = "webhook: \033]0;title\007";
    v.blocked = &evil;
    v.blocked_count = 1;
    struct drain_frame f = frame_of(&v, 100, 40);
    drain_frame_draw(&f, &out);
    assert_null(memchr(str_c(&out), '\033', out.len));
    assert_null(memchr(str_c(&out), '\007', out.len));
    str_reset(&out);
    event_print_progress_lines(&v, &out);
    assert_null(memchr(str_c(&out), '\033', out.len));
}

static void a_drain_without_pods_is_drawn(void **state)
{
    static const struct drain_view empty = {.now_ms = NOON, .begun_ms = NOON, .remaining_ms = -1};
    _cleanup_str_ struct str out = {0};
    struct drain_frame f = frame_of(&empty, 80, 24);
    f.forecast_ms = 0;
    drain_frame_draw(&f, &out);
    assert_true(sv_has(str_sv(&out), "0 of 0 pods\n"));
}

static void lines_below_the_title_are_shown_where_they_fit(void **state)
{
    static const char *const heads[] = {"web: new nodes join", "db: waits"};
    struct drain_frame f = frame_of(&sight, 80, 30);
    f.heads = heads;
    f.head_count = 2;
    for (unsigned height = 4; height < 40; height++) {
        _cleanup_str_ struct str out = {0};
        f.height = height;
        drain_frame_draw(&f, &out);
        assert_true(lines_in(&out) >= 3 && lines_in(&out) <= height - 1);
        assert_int_equal(sv_has(str_sv(&out), "\n  web: new nodes join\n  db: waits\n"),
                         height > 8);
    }
    _cleanup_str_ struct str out = {0};
    drain_frame_wait(&f, "ready-1", "2 of 3 nodes have joined", NULL, &out);
    assert_true(
        sv_has(str_sv(&out), "drain 4 nodes\n  web: new nodes join\n  db: waits\nwaits at "));
}

static void a_gate_is_waited_at(void **state)
{
    _cleanup_str_ struct str out = {0};
    struct drain_frame f = frame_of(NULL, 60, 24);
    drain_frame_wait(&f, "approval-1", "somebody has to approve it",
                     "toban plan approve p-7k2m4q approval-1", &out);
    f.width = 40;
    f.pausing = true;
    drain_frame_wait(&f, "soak-1", "until 12:10:00 UTC, 9 min left", NULL, &out);
    expect_file(&out, "gate.txt");
}

static void equal_causes_are_one(void **state)
{
    struct drain_group groups[4];
    assert_int_equal(drain_frame_groups(&sight, groups, 4), 2);
    assert_string_equal(groups[0].first->pod, "shop/cart-1");
    assert_int_equal(groups[0].pods, 2);
    assert_string_equal(groups[1].first->pod, "db/mongo-0");
    assert_int_equal(groups[1].pods, 1);
    assert_int_equal(drain_frame_groups(&sight, groups, 1), 1);
}

/* ---- lines and events ---- */

static void lines_for_people(void **state)
{
    _cleanup_str_ struct str out = {0};
    static const struct event evicted = {NOON, "p-7k2m4q", NULL, "evicted", "shop/cart-1", "a\nb"};
    static const struct event begun = {NOON + 61000, "p-7k2m4q", "drain",
                                       "step.begun", NULL,       "drain 4 nodes"};
    event_print_line(&evicted, &out);
    event_print_line(&begun, &out);
    event_print_progress_lines(&sight, &out);
    expect_file(&out, "lines.txt");
}

static void events_for_programs(void **state)
{
    _cleanup_str_ struct str out = {0};
    static const struct event evicted = {NOON + 7, "p-7k2m4q", NULL, "evicted", "shop/cart-1", ""};
    static const struct event begun = {NOON, "p-7k2m4q", "drain", "step.begun", NULL, NULL};
    struct plan p = {.id = "p-7k2m4q", .status = PLAN_PAUSED, .words = "ann@b asked \"why\""};
    struct event_end end = {.at_ms = NOON,
                            .took_ms = 65010,
                            .forecast_ms = 0,
                            .plan = &p,
                            .exit = 3,
                            .pods = 40,
                            .pods_gone = 26,
                            .evictions = 31,
                            .refused = 5};
    event_print_json(&evicted, &out);
    event_print_json(&begun, &out);
    event_print_progress_json(p.id, &sight, &out);
    event_print_end_json(&end, &out);
    expect_file(&out, "events.jsonl");
}

/* ---- tables ---- */

static void columns_are_as_wide_as_needed(void **state)
{
    _cleanup_str_ struct str out = {0};
    _cleanup_columns_ struct columns c = {.count = 3};
    static const char *const cells[] = {"A",        "UNUSED", "B", "\u5f53\u756a", "", "x",
                                        "long one", "",       ""};
    for (size_t i = 0; i < ARRAY_LEN(cells); i++)
        columns_add(&c, cells[i]);
    columns_print(&c, &out);
    assert_string_equal(str_c(&out), "A         B\n\u5f53\u756a      x\nlong one\n");
}

static void ages_are_in_one_unit(void **state)
{
    char buf[COLUMNS_AGE_MAX];
    assert_string_equal(columns_age(-5, buf), "0s");
    assert_string_equal(columns_age(179, buf), "179s");
    assert_string_equal(columns_age(180, buf), "3m");
    assert_string_equal(columns_age(3 * 3600 - 1, buf), "179m");
    assert_string_equal(columns_age(2 * 86400 - 1, buf), "47h");
    assert_string_equal(columns_age(31 * 86400, buf), "31d");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_drain_in_the_middle),
        cmocka_unit_test(in_ascii_with_trouble_and_a_pause),
        cmocka_unit_test(in_colour),
        cmocka_unit_test(at_its_end),
        cmocka_unit_test(it_never_leaves_the_terminal),
        cmocka_unit_test(a_low_terminal_still_shows_a_node_and_a_cause),
        cmocka_unit_test(nothing_from_outside_reaches_the_terminal_raw),
        cmocka_unit_test(a_drain_without_pods_is_drawn),
        cmocka_unit_test(lines_below_the_title_are_shown_where_they_fit),
        cmocka_unit_test(a_gate_is_waited_at),
        cmocka_unit_test(equal_causes_are_one),
        cmocka_unit_test(lines_for_people),
        cmocka_unit_test(events_for_programs),
        cmocka_unit_test(columns_are_as_wide_as_needed),
        cmocka_unit_test(ages_are_in_one_unit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
