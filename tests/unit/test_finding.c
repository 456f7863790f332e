#include "base/must.h"
#include "base/str.h"
#include "finding/finding.h"
#include "finding/report.h"
#include "finding/rule_info.h"

#include "unit.h"

static struct finding ingress(const char *file, uint32_t line, const char *name)
{
    return (struct finding){
        .rule = "api-removed",
        .severity = FINDING_REMOVED,
        .message = "Ingress of networking.k8s.io/v1beta1 is not served from 1.22 on",
        .fix = "toban migrate --write rewrites it",
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

static void same_object_and_rule_is_one_finding(void **state)
{
    _cleanup_findings_ struct finding_set set = {0};
    struct finding first = ingress("a.yaml", 3, "web"), again = ingress("a.yaml", 30, "web");
    again.subject.api_version = "networking.k8s.io/v1";
    struct finding_evidence e = {"managed-fields", "kubectl", "2026-01-01T00:00:00Z"};
    assert_true(vec_push(&again.evidence, e));
    finding_add(&set, &first);
    finding_add(&set, &again);
    finding_add(&set, &again);
    vec_release(&again.evidence);
    assert_int_equal(set.findings.len, 1);
    assert_int_equal(set.findings.items[0].evidence.len, 1);
    assert_int_equal(set.findings.items[0].subject.line, 3);
}

static void other_objects_stay_apart(void **state)
{
    _cleanup_findings_ struct finding_set set = {0};
    struct finding f = ingress("a.yaml", 3, "web");
    finding_add(&set, &f);
    f.subject.file = "b.yaml";
    finding_add(&set, &f);
    f.subject.namespace = "other";
    finding_add(&set, &f);
    f.subject.api_version = "extensions/v1beta1";
    finding_add(&set, &f);
    f.rule = "other-rule";
    finding_add(&set, &f);
    f.subject.name = NULL;
    finding_add(&set, &f);
    f.subject.line = 9;
    finding_add(&set, &f);
    assert_int_equal(set.findings.len, 7);
}

static void the_worse_one_speaks(void **state)
{
    _cleanup_findings_ struct finding_set set = {0};
    struct finding mild = ingress("a.yaml", 3, "web"), bad = mild;
    mild.severity = FINDING_DEPRECATED;
    mild.message = "mild";
    struct finding_evidence e1 = {"manifest", NULL, NULL}, e2 = {"metric", "v1beta1", NULL};
    assert_true(vec_push(&mild.evidence, e1));
    assert_true(vec_push(&bad.evidence, e2));
    finding_add(&set, &mild);
    struct finding *kept = finding_add(&set, &bad);
    vec_release(&mild.evidence);
    vec_release(&bad.evidence);
    assert_int_equal(set.findings.len, 1);
    assert_int_equal(kept->severity, FINDING_REMOVED);
    assert_string_equal(kept->message, bad.message);
    assert_int_equal(kept->evidence.len, 2);
}

static void newer_sight_of_the_same_evidence_replaces_its_age(void **state)
{
    _cleanup_findings_ struct finding_set set = {0};
    struct finding f = ingress("a.yaml", 3, "web");
    struct finding *kept = finding_add(&set, &f);
    finding_add_evidence(&set, kept, "metric", "x", "2026-01-02T00:00:00Z");
    finding_add_evidence(&set, kept, "metric", "x", "2026-03-02T00:00:00Z");
    finding_add_evidence(&set, kept, "metric", "x", "2026-02-02T00:00:00Z");
    assert_int_equal(kept->evidence.len, 1);
    assert_string_equal(kept->evidence.items[0].seen, "2026-03-02T00:00:00Z");
}

/* Stored by users in suppressions of other tools: it must never change. */
static void fingerprint_is_pinned(void **state)
{
    _cleanup_findings_ struct finding_set set = {0};
    struct finding f = ingress("a.yaml", 3, "web");
    assert_string_equal(finding_add(&set, &f)->fingerprint, "3aabe8f3f4b28529331a5ba99069ce57");
}

static void strings_are_copied(void **state)
{
    _cleanup_findings_ struct finding_set set = {0};
    char name[] = "web";
    struct finding f = ingress("a.yaml", 3, name);
    finding_add(&set, &f);
    name[0] = 'x';
    assert_string_equal(set.findings.items[0].subject.name, "web");
}

static void sort_puts_the_next_hop_first(void **state)
{
    _cleanup_findings_ struct finding_set set = {0};
    struct finding f = ingress("b.yaml", 3, "late");
    f.before.minor = 25;
    finding_add(&set, &f);
    f = ingress("b.yaml", 1, "unbound");
    f.before = VERSION_NONE;
    finding_add(&set, &f);
    f = ingress("b.yaml", 9, "second");
    finding_add(&set, &f);
    f = ingress("b.yaml", 2, "first");
    finding_add(&set, &f);
    f = ingress("a.yaml", 2, "mild");
    f.severity = FINDING_WARNING;
    finding_add(&set, &f);
    finding_set_sort(&set);
    const char *const expected[] = {"first", "second", "mild", "late", "unbound"};
    for (size_t i = 0; i < ARRAY_LEN(expected); i++)
        assert_string_equal(set.findings.items[i].subject.name, expected[i]);
    f = ingress("b.yaml", 77, "late");
    finding_add(&set, &f);
    assert_int_equal(set.findings.len, 5);
}

static void join_equals_adding_in_order(void **state)
{
    _cleanup_findings_ struct finding_set a = {0}, b = {0};
    struct finding f = ingress("a.yaml", 3, "web"), g = ingress("a.yaml", 9, "api");
    finding_add(&a, &f);
    finding_add(&b, &f);
    finding_add(&b, &g);
    finding_add_problem(&b, "x.yaml:1", "broken", "");
    finding_add_note(&a, "said %d", 1);
    finding_add_note(&b, "said %d", 1);
    a.files = b.files = 2;
    finding_set_join(&a, &b);
    assert_int_equal(a.findings.len, 2);
    assert_int_equal(b.findings.len, 0);
    assert_int_equal(a.problems.len, 1);
    assert_null(a.problems.items[0].hint);
    assert_int_equal(a.notes.len, 1);
    assert_int_equal(a.files, 4);
}

static void only_open_findings_count(void **state)
{
    _cleanup_findings_ struct finding_set set = {0};
    struct finding f = ingress("a.yaml", 3, "web");
    finding_add(&set, &f);
    f = ingress("a.yaml", 9, "api");
    f.severity = FINDING_DEPRECATED;
    finding_add(&set, &f);
    f = ingress("a.yaml", 19, "old");
    finding_add(&set, &f)->state = FINDING_SUPPRESSED;
    assert_int_equal(finding_count_at(&set, FINDING_REMOVED), 1);
    assert_int_equal(finding_count_at(&set, FINDING_INFO), 2);
}

static void rules_are_found_by_id(void **state)
{
    const struct rule_info items[] = {{.id = "a"}, {.id = "c"}, {.id = "e"}};
    const struct rule_table table = {items, 3};
    assert_ptr_equal(rule_info_find(&table, "e"), &items[2]);
    assert_ptr_equal(rule_info_find(&table, "a"), &items[0]);
    assert_null(rule_info_find(&table, "b"));
    assert_null(rule_info_find(NULL, "a"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(same_object_and_rule_is_one_finding),
        cmocka_unit_test(other_objects_stay_apart),
        cmocka_unit_test(the_worse_one_speaks),
        cmocka_unit_test(newer_sight_of_the_same_evidence_replaces_its_age),
        cmocka_unit_test(fingerprint_is_pinned),
        cmocka_unit_test(strings_are_copied),
        cmocka_unit_test(sort_puts_the_next_hop_first),
        cmocka_unit_test(join_equals_adding_in_order),
        cmocka_unit_test(only_open_findings_count),
        cmocka_unit_test(rules_are_found_by_id),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
