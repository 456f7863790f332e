/*
 * What a rehearsal looks like, compared to the byte with tests/data/rehearsal/; REHEARSAL_UPDATE=1
 * in the environment writes those files anew. The page is given to tests/lib/check-html instead:
 * its layout may change, its soundness may not.
 */
#include "cmd/rehearse_print.h"
#include "cmd/rehearse_text.h"

#include "base/io.h"
#include "rehearsal_example.h"

#include "unit.h"

static const struct example_shape small = {6, 17, 0}, stuck = {6, 18, 1};

typedef void print_fn(const struct rehearse_print *p, const struct rehearsal *r);

static void expect_file(const struct str *text, const char *name)
{
    char path[512];
    struct err err;
    _cleanup_str_ struct str expected = {0};
    snprintf(path, sizeof path, "%s/%s", REHEARSAL_DATA, name);
    assert_true(str_ok(text));
    if (getenv("REHEARSAL_UPDATE"))
        assert_int_equal(io_write_atomic(path, str_sv(text), &err), 0);
    assert_int_equal(io_read_file(path, 1 << 20, &expected, &err), 0);
    assert_string_equal(str_c(text), str_c(&expected));
}

static void expect(print_fn *print, const struct example_shape *shape, struct rehearse_print p,
                   const char *name)
{
    _cleanup_(rehearsal_release) struct rehearsal r = {0};
    _cleanup_str_ struct str out = {0};
    example_rehearsal(&r, shape);
    p.out = &out;
    print(&p, &r);
    expect_file(&out, name);
}

static void table_of_what_finishes(void **state)
{
    expect(rehearse_print_table, &small, (struct rehearse_print){.width = 80, .utf8 = true},
           "finishes.txt");
}

static void table_of_what_blocks(void **state)
{
    expect(rehearse_print_table, &stuck, (struct rehearse_print){.width = 100, .utf8 = true},
           "blocks.txt");
}

static void table_in_ascii_and_narrow(void **state)
{
    expect(rehearse_print_table, &stuck, (struct rehearse_print){.width = 48}, "ascii.txt");
}

static void table_in_colour(void **state)
{
    expect(rehearse_print_table, &stuck,
           (struct rehearse_print){.width = 80, .utf8 = true, .colour = true}, "colour.txt");
}

static void markdown(void **state)
{
    expect(rehearse_print_markdown, &stuck, (struct rehearse_print){0}, "blocks.md");
    expect(rehearse_print_markdown, &small, (struct rehearse_print){0}, "finishes.md");
}

static void json(void **state)
{
    static const struct example_shape tiny = {2, 3, 1};
    _cleanup_(rehearsal_release) struct rehearsal r = {0};
    _cleanup_str_ struct str out = {0};
    example_rehearsal(&r, &tiny);
    r.samples.len = 3;
    EXAMPLE_PUSH(&r.missing, "volumeattachments: forbidden");
    rehearse_print_json(&(struct rehearse_print){.out = &out}, &r);
    expect_file(&out, "blocks.json");
}

/* What is wrong with the page is on the checker's standard error. */
static void check_page(const struct str *page)
{
    FILE *to = popen("python3 '" CHECK_HTML "'", "w");
    assert_non_null(to);
    assert_int_equal(fwrite(str_c(page), 1, page->len, to), page->len);
    assert_int_equal(pclose(to), 0);
}

static void an_empty_rehearsal_is_printed(void **state)
{
    struct rehearsal r = {.operation = "drain n1", .kind = REHEARSAL_DRAIN, .cost_usd = -1};
    print_fn *const all[] = {rehearse_print_table, rehearse_print_markdown, rehearse_print_json,
                             rehearse_print_html};
    for (size_t i = 0; i < ARRAY_LEN(all); i++) {
        _cleanup_str_ struct str out = {0};
        all[i](&(struct rehearse_print){.out = &out, .width = 40}, &r);
        assert_true(str_ok(&out));
        assert_true(sv_has(str_sv(&out), "drain n1"));
        if (all[i] == rehearse_print_html)
            check_page(&out);
    }
}

static void html_of(const struct rehearsal *r, struct str *out)
{
    rehearse_print_html(&(struct rehearse_print){.out = out}, r);
    assert_true(str_ok(out));
}

static void html_is_sound_and_whole(void **state)
{
    static const struct example_shape shapes[] = {{6, 17, 0}, {6, 18, 1}, {1, 1, 0}, {100, 30, 3}};
    for (size_t i = 0; i < ARRAY_LEN(shapes); i++) {
        _cleanup_(rehearsal_release) struct rehearsal r = {0};
        _cleanup_str_ struct str page = {0};
        example_rehearsal(&r, &shapes[i]);
        html_of(&r, &page);
        check_page(&page);
        assert_true(sv_has(str_sv(&page), shapes[i].stuck ? ">Blocks: 3 workloads<"
                                                          : ">Finishes in 41 to 55 min<"));
    }
}

static void names_never_become_markup(void **state)
{
    static const char evil[] = "<script>alert(\"1\")</script>&amp;\x01\xff'";
    static const struct example_shape shape = {2, 3, 1};
    _cleanup_(rehearsal_release) struct rehearsal r = {0};
    _cleanup_str_ struct str page = {0};
    example_rehearsal(&r, &shape);
    r.operation = r.cluster = r.version = r.cost_basis = r.suggestion = evil;
    r.blockers.items[0] = (struct rehearsal_blocker){evil, evil, evil, 1, evil, evil, evil};
    r.unschedulable.items[0] = (struct rehearsal_unschedulable){evil, 1, evil, evil};
    r.risks.items[0] = (struct rehearsal_risk){evil, evil, evil, 1, true, evil, evil};
    r.dips.items[0].workload = evil;
    r.events.items[1] = (struct rehearsal_event){1, evil, evil};
    r.nodes.items[0].name = r.nodes.items[0].zone = evil;
    r.old_groups.items[0] = (struct rehearsal_group){evil, 1, evil};
    r.subnets.items[0].subnet = r.subnets.items[0].zone = evil;
    r.assumptions.items[0] = evil;
    EXAMPLE_PUSH(&r.missing, evil);
    html_of(&r, &page);
    check_page(&page);
    assert_false(sv_has(str_sv(&page), "<script"));
    assert_true(sv_has(str_sv(&page), "&lt;script&gt;alert(&quot;1&quot;)"));
}

static void many_nodes_share_rows(void **state)
{
    static const struct example_shape few = {30, 2, 0}, many = {2500, 2, 2};
    _cleanup_(rehearsal_release) struct rehearsal a = {0}, b = {0};
    _cleanup_str_ struct str page = {0};
    example_rehearsal(&a, &few);
    html_of(&a, &page);
    assert_true(sv_has(str_sv(&page), ">ip-10-0-2-19<"));
    str_reset(&page);
    example_rehearsal(&b, &many);
    html_of(&b, &page);
    check_page(&page);
    assert_true(sv_has(str_sv(&page), ">112 \u00d7 eu-west-1a<"));
    assert_true(page.len < 600000);
}

static const char *verdict_of(struct str *out, struct rehearsal r)
{
    str_reset(out);
    rehearse_text_verdict(&r, out);
    return str_c(out);
}

static void verdicts_are_sentences(void **state)
{
    _cleanup_str_ struct str s = {0};
    struct rehearsal r = {.duration_p50_ms = 41 * MINUTE, .duration_p95_ms = 55 * MINUTE};
    assert_string_equal(verdict_of(&s, r), "Finishes in 41 to 55 min");
    r.duration_p95_ms = 70 * MINUTE;
    assert_string_equal(verdict_of(&s, r), "Finishes in 41 min to 1 h 10 min");
    r.duration_p95_ms = r.duration_p50_ms + 5;
    assert_string_equal(verdict_of(&s, r), "Finishes in 41 min");
    r.kind = REHEARSAL_FAIL;
    assert_string_equal(verdict_of(&s, r), "Recovers in 41 min");
    r.verdict = REHEARSAL_BLOCKS;
    assert_string_equal(verdict_of(&s, r), "Does not recover");
    struct rehearsal_risk risks[] = {{.rule = "not-ready"}, {.rule = "addresses", .blocks = true}};
    r.risks.items = risks;
    r.risks.len = 2;
    assert_string_equal(verdict_of(&s, r), "Does not recover: addresses");
    struct rehearsal_blocker blockers[] = {{.workload = "Deployment a/b"},
                                           {.workload = "Deployment a/b"},
                                           {.workload = "Deployment a/c"}};
    struct rehearsal_unschedulable waiting[] = {{.workload = "Deployment a/c"}};
    r.kind = REHEARSAL_REPLACE;
    r.blockers.items = blockers;
    r.blockers.len = 1;
    assert_string_equal(verdict_of(&s, r), "Blocks: 1 workload");
    r.blockers.len = 3;
    r.unschedulable.items = waiting;
    r.unschedulable.len = 1;
    assert_string_equal(verdict_of(&s, r), "Blocks: 2 workloads");
}

static void many_risks_of_a_rule_are_counted(void **state)
{
    _cleanup_(rehearsal_release) struct rehearsal r = {0};
    _cleanup_str_ struct str out = {0};
    example_rehearsal(&r, &small);
    for (unsigned i = 0; i < 300; i++)
        EXAMPLE_PUSH(&r.risks, (struct rehearsal_risk){.id = "x",
                                                       .rule = "single-replica",
                                                       .workload = "Deployment a/b",
                                                       .pods = 1,
                                                       .text = "down while it moves",
                                                       .fix = "scale to 2"});
    rehearse_print_table(&(struct rehearse_print){.out = &out, .width = 80}, &r);
    assert_true(sv_has(str_sv(&out), "Risks (303)"));
    assert_true(sv_has(str_sv(&out), "and 280 more of [single-replica]: -o json lists all"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(table_of_what_finishes),
        cmocka_unit_test(table_of_what_blocks),
        cmocka_unit_test(table_in_ascii_and_narrow),
        cmocka_unit_test(table_in_colour),
        cmocka_unit_test(markdown),
        cmocka_unit_test(json),
        cmocka_unit_test(html_is_sound_and_whole),
        cmocka_unit_test(names_never_become_markup),
        cmocka_unit_test(many_nodes_share_rows),
        cmocka_unit_test(an_empty_rehearsal_is_printed),
        cmocka_unit_test(verdicts_are_sentences),
        cmocka_unit_test(many_risks_of_a_rule_are_counted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
