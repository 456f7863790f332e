#include "finding/report.h"

#include "base/jsonw.h"
#include "base/text.h"
#include "base/utf8.h"

#include "unit.h"

static const char *const links[] = {
    "https://kubernetes.io/docs/reference/using-api/deprecation-guide/", NULL};
static const struct rule_info infos[] = {
    {.id = "api-removed",
     .title = "An API version is removed",
     .severity = FINDING_REMOVED,
     .why = "The server answers 404.",
     .fix = "Write the new version.",
     .links = links},
};
static const struct rule_table rules = {infos, 1};

static struct report_meta meta_of(void)
{
    return (struct report_meta){
        .command = "check",
        .tool_version = "0.1.0",
        .data_date = "2026-11-22",
        .from = {1, 21, 0, true},
        .to = {1, 25, 0, true},
        .generated = 1795305600,
        .rules = &rules,
        .utf8 = false,
        .width = 80,
    };
}

static struct finding finding_of(const char *file, uint32_t line, const char *name)
{
    return (struct finding){
        .rule = "api-removed",
        .severity = FINDING_REMOVED,
        .message = "networking.k8s.io/v1beta1 Ingress is not served from 1.22 on",
        .fix = "write it as networking.k8s.io/v1; `toban migrate --write` does",
        .subject = {.file = file,
                    .line = line,
                    .column = 1,
                    .api_version = "networking.k8s.io/v1beta1",
                    .kind = "Ingress",
                    .namespace = "game",
                    .name = name},
        .deprecated_in = {1, 19, 0, true},
        .removed_in = {1, 22, 0, true},
        .before = {1, 22, 0, true},
        .replacement_api_version = "networking.k8s.io/v1",
        .replacement_kind = "Ingress",
    };
}

static void fill(struct finding_set *set)
{
    struct finding f = finding_of("apps/web.yaml", 12, "web");
    struct finding *kept = finding_add(set, &f);
    finding_add_evidence(set, kept, "manifest", NULL, NULL);
    f = finding_of("apps/lobby.yaml", 3, "lobby");
    kept = finding_add(set, &f);
    finding_add_evidence(set, kept, "helm-release", "revision 4 of release lobby",
                         "2026-10-02T08:00:00Z");
    f = finding_of("apps/old.yaml", 3, "old");
    kept = finding_add(set, &f);
    kept->state = FINDING_SUPPRESSED;
    kept->suppressed_reason = "goes away";
    kept->suppressed_owner = "team";
    set->files = 3;
    set->objects = 4;
    finding_set_sort(set);
}

static void table_says_first_what_stops_the_upgrade(void **state)
{
    _cleanup_findings_ struct finding_set set = {0};
    _cleanup_str_ struct str out = {0};
    struct report_meta meta = meta_of();
    fill(&set);
    report_table(&set, &meta, &out);
    assert_string_equal(
        str_c(&out), "The upgrade from 1.21 to 1.25 is stopped by 2 objects: 2 before 1.22\n"
                     "Also 1 suppressed\n"
                     "4 objects in 3 files checked, life-cycle data of 2026-11-22\n"
                     "\n"
                     "Before 1.22 (2)\n"
                     "---------------\n"
                     "\n"
                     "  REMOVED  networking.k8s.io/v1beta1 Ingress is not served from 1.22 on\n"
                     "           [api-removed]\n"
                     "      Ingress game/lobby  apps/lobby.yaml:3\n"
                     "        helm-release: revision 4 of release lobby, 2026-10-02\n"
                     "      Ingress game/web    apps/web.yaml:12\n"
                     "      fix: write it as networking.k8s.io/v1; `toban migrate --write` does\n"
                     "\n"
                     "'toban explain RULE' tells why a rule is there and where it is written.\n");
}

static void table_without_findings_says_so(void **state)
{
    _cleanup_findings_ struct finding_set set = {.files = 1, .objects = 1};
    _cleanup_str_ struct str out = {0};
    struct report_meta meta = meta_of();
    meta.from = VERSION_NONE;
    report_table(&set, &meta, &out);
    assert_string_equal(str_c(&out), "Nothing found that stops the upgrade to 1.25\n"
                                     "1 object in 1 file checked, life-cycle data of 2026-11-22\n");
}

static void table_colours_only_when_told(void **state)
{
    _cleanup_findings_ struct finding_set set = {0};
    _cleanup_str_ struct str out = {0};
    struct report_meta meta = meta_of();
    fill(&set);
    report_table(&set, &meta, &out);
    assert_null(memchr(out.data, '\033', out.len));
    str_reset(&out);
    meta.colour = true;
    report_table(&set, &meta, &out);
    assert_non_null(memchr(out.data, '\033', out.len));
}

static void table_passes_no_escape_sequences_on(void **state)
{
    _cleanup_findings_ struct finding_set set = {0};
    _cleanup_str_ struct str out = {0};
    struct report_meta meta = meta_of();
    struct finding f = finding_of("a\033]0;x\a.yaml", 1, "w\033[2J");
    f.message = "bell \a";
    finding_add(&set, &f);
    report_table(&set, &meta, &out);
    assert_null(memchr(out.data, '\033', out.len));
    assert_null(memchr(out.data, '\a', out.len));
    assert_non_null(strstr(out.data, "a\\x1b]0;x\\x07.yaml:1"));
}

static void table_keeps_to_its_width(void **state)
{
    _cleanup_findings_ struct finding_set set = {0};
    struct report_meta meta = meta_of();
    struct finding f = finding_of("\xE5\xBD\x93\xE7\x95\xAA/a.yaml", 3, "\xE5\xBD\x93");
    f.message =
        "one two three four five six seven eight nine ten eleven twelve \xE5\xBD\x93\xE7\x95\xAA "
        "\xE5\xBD\x93\xE7\x95\xAA \xE5\xBD\x93\xE7\x95\xAA fifteen";
    finding_add(&set, &f);
    f = finding_of("a/very/long/path/to/some/folder/values.yaml", 3, "x");
    finding_add(&set, &f);
    for (meta.width = 40; meta.width < 130; meta.width += 9) {
        _cleanup_str_ struct str out = {0};
        report_table(&set, &meta, &out);
        struct sv rest = str_sv(&out);
        while (rest.ptr) {
            struct sv line = sv_split(&rest, '\n');
            bool is_one_word = !sv_has(sv_trim(line), " ");
            assert_true(is_one_word || utf8_width(line.ptr, line.len) <= meta.width ||
                        sv_has(line, "a/very/long"));
        }
    }
}

static void csv_cells_are_no_formulas(void **state)
{
    _cleanup_findings_ struct finding_set set = {0};
    _cleanup_str_ struct str out = {0};
    struct report_meta meta = meta_of();
    struct finding f = finding_of("=cmd|x", 1, "say \"hi\"");
    finding_add(&set, &f);
    report_csv(&set, &meta, &out);
    assert_non_null(strstr(str_c(&out), ",\"'=cmd|x\",1,1,"));
    assert_non_null(strstr(str_c(&out), "\"say \"\"hi\"\"\""));
    assert_true(sv_ends(str_sv(&out), "\r\n"));
}

static void markdown_cells_stay_cells(void **state)
{
    _cleanup_findings_ struct finding_set set = {0};
    _cleanup_str_ struct str out = {0};
    struct report_meta meta = meta_of();
    struct finding f = finding_of("a|b`c\nd.yaml", 1, "web");
    f.message = "<script> *x*";
    finding_add(&set, &f);
    report_markdown(&set, &meta, &out);
    assert_non_null(strstr(str_c(&out), "| `a\\|b'c d.yaml:1` |"));
    assert_non_null(strstr(str_c(&out), "&lt;script&gt; \\*x\\*"));
}

static void xml_holds_what_it_can(void **state)
{
    _cleanup_str_ struct str out = {0};
    report_xml(&out, "a<b>&\"\x01\xFF\xEF\xBF\xBFz\n");
    assert_string_equal(str_c(&out),
                        "a&lt;b&gt;&amp;&quot;\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBDz&#10;");
}

static void junit_fails_at_the_threshold_only(void **state)
{
    _cleanup_findings_ struct finding_set set = {0};
    _cleanup_str_ struct str out = {0};
    struct report_meta meta = meta_of();
    fill(&set);
    finding_add_problem(&set, "x.yaml:1:2", "broken", NULL);
    report_junit(&set, &meta, &out);
    assert_non_null(strstr(str_c(&out), "tests=\"4\" failures=\"2\" errors=\"1\" skipped=\"1\""));
    str_reset(&out);
    meta.fail_never = true;
    report_junit(&set, &meta, &out);
    assert_non_null(strstr(str_c(&out), "tests=\"4\" failures=\"0\" errors=\"1\" skipped=\"1\""));
}

static void json_has_the_promised_schema(void **state)
{
    _cleanup_findings_ struct finding_set set = {0};
    _cleanup_str_ struct str out = {0};
    struct report_meta meta = meta_of();
    struct finding f = finding_of("apps/web.yaml", 12, "web");
    finding_add_evidence(&set, finding_add(&set, &f), "manifest", NULL, NULL);
    report_json(&set, &meta, &out);
    assert_non_null(strstr(str_c(&out), "\"schema\": \"toban.findings/v1\""));
    assert_non_null(strstr(str_c(&out), "\"generated\": \"2026-11-22T00:00:00Z\""));
    assert_non_null(strstr(str_c(&out), "\"removed_in\": \"1.22\""));
    assert_non_null(strstr(str_c(&out), "\"data_date\": \"2026-11-22\""));
}

static void formats_are_known_by_name(void **state)
{
    enum report_format format;
    assert_true(report_format_of("sarif", &format));
    assert_int_equal(format, REPORT_SARIF);
    assert_false(report_format_of("SARIF", &format));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(table_says_first_what_stops_the_upgrade),
        cmocka_unit_test(table_without_findings_says_so),
        cmocka_unit_test(table_colours_only_when_told),
        cmocka_unit_test(table_passes_no_escape_sequences_on),
        cmocka_unit_test(table_keeps_to_its_width),
        cmocka_unit_test(csv_cells_are_no_formulas),
        cmocka_unit_test(markdown_cells_stay_cells),
        cmocka_unit_test(xml_holds_what_it_can),
        cmocka_unit_test(junit_fails_at_the_threshold_only),
        cmocka_unit_test(json_has_the_promised_schema),
        cmocka_unit_test(formats_are_known_by_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
