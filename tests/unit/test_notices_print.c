/* What people and programs read of notices. */
#include "cmd/notices_print.h"

#include "unit.h"

#define AT 1795482123 /* 2026-11-24T01:02:03Z */

static struct notice_workload workloads[] = {
    {"Deployment shop/cart", 2, 0, false, false},
    {"StatefulSet shop/pg", 1, 1, true, true},
    {"Job shop/report", 1, 0, true, false},
};

static struct notice_row warning(void)
{
    return (struct notice_row){
        .message = "m-1",
        .kind = NOTICE_SPOT,
        .id = "e-1",
        .title = "EC2 Spot Instance Interruption Warning",
        .what = "terminate",
        .instance = "i-0abc",
        .group = "web",
        .node = "n1",
        .at = AT,
        .leave_by = AT + 120,
        .ahead = true,
        .pods = 4,
        .own = 1,
        .workloads = workloads,
        .workload_count = 3,
    };
}

static const struct notice_row nonsense = {
    .message = "m-2", .kind = NOTICE_UNREADABLE, .title = "it is no JSON object"};

static void table(const struct notice_row *rows, size_t count, int64_t now, struct str *out)
{
    str_reset(out);
    notices_print_table(&(struct notices_print){
        .out = out, .rows = rows, .count = count, .queue = "prod", .now = now});
}

static void people_read_what_to_do_while_there_is_time(void **state)
{
    _cleanup_str_ struct str out = {0};
    const struct notice_row rows[] = {warning(), nonsense};
    table(rows, 2, AT + 20, &out);
    assert_string_equal(
        str_c(&out),
        "WHEN                  WHAT                              INSTANCE  NODE  GROUP  PODS       "
        "LEAVE BY\n"
        "2026-11-24T01:02:03Z  spot-interruption: terminate      i-0abc    n1    web    5 (1 own)  "
        "2026-11-24T01:04:03Z\n"
        "-                     unreadable: it is no JSON object  -         -     -      -          "
        "-\n"
        "\nn1\n"
        "    Deployment shop/cart, 2 pods\n"
        "    StatefulSet shop/pg, 1 pod (no other is Ready; local data is lost; a budget refuses "
        "now)\n"
        "    Job shop/report, 1 pod (no other is Ready)\n"
        "    => toban nodes drain n1   within 1 min 40 s\n");
    table(rows, 1, AT + 120, &out);
    assert_null(strstr(str_c(&out), "=>"));
    table(rows, 0, AT, &out);
    assert_string_equal(str_c(&out), "");
}

static void a_node_without_pods_needs_no_drain(void **state)
{
    _cleanup_str_ struct str out = {0};
    struct notice_row row = warning();
    row.pods = row.workload_count = 0;
    table(&row, 1, AT, &out);
    assert_non_null(strstr(str_c(&out), "1 (1 own)"));
    assert_null(strstr(str_c(&out), "\nn1"));
}

static void programs_read_the_same(void **state)
{
    _cleanup_str_ struct str out = {0};
    struct notice_row rows[] = {warning(), nonsense};
    rows[0].workload_count = 1;
    const struct notices_print p = {
        .out = &out, .rows = rows, .count = 2, .queue = "prod", .now = AT};
    notices_print_lines(&p);
    assert_string_equal(
        str_c(&out),
        "{\"schema\":\"toban.notices/v1\",\"queue\":\"prod\",\"kind\":\"spot-interruption\","
        "\"title\":\"EC2 Spot Instance Interruption Warning\",\"what\":\"terminate\",\"event\":"
        "\"e-1\",\"message\":\"m-1\",\"at\":\"2026-11-24T01:02:03Z\",\"leave_by\":"
        "\"2026-11-24T01:04:03Z\",\"instance\":\"i-0abc\",\"group\":\"web\",\"node\":{\"name\":"
        "\"n1\",\"cordoned\":false,\"pods\":4,\"own_pods\":1,\"workloads\":[{\"name\":"
        "\"Deployment "
        "shop/cart\",\"pods\":2,\"blocked\":0,\"alone\":false,\"local_data\":false}]},\"next\":"
        "\"toban nodes drain n1\"}\n"
        "{\"schema\":\"toban.notices/v1\",\"queue\":\"prod\",\"kind\":\"unreadable\",\"title\":"
        "\"it is no JSON object\",\"what\":null,\"event\":null,\"message\":\"m-2\",\"at\":null,"
        "\"leave_by\":null,\"instance\":null,\"group\":null,\"node\":null,\"next\":null}\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(people_read_what_to_do_while_there_is_time),
        cmocka_unit_test(a_node_without_pods_needs_no_drain),
        cmocka_unit_test(programs_read_the_same),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
