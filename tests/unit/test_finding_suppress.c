#include "base/arena.h"
#include "finding/glob.h"
#include "finding/suppress.h"

#include "unit.h"

static bool matches(const char *pattern, const char *text)
{
    struct err err = {0};
    struct glob *g = glob_new(sv_of(pattern), false, &err);
    assert_non_null(g);
    bool result = glob_match(g, sv_of(text));
    glob_free(g);
    return result;
}

static void globs_mean_what_people_expect(void **state)
{
    assert_true(matches("*.yaml", "a.yaml"));
    assert_false(matches("*.yaml", "a/b.yaml"));
    assert_true(matches("legacy/**", "legacy/a/b.yaml"));
    assert_false(matches("legacy/**", "xlegacy/a"));
    assert_true(matches("**/b.yaml", "a/c/b.yaml"));
    assert_true(matches("**/b.yaml", "b.yaml"));
    assert_true(matches("web-[0-9]", "web-7"));
    assert_false(matches("web-?", "web-"));
    assert_false(matches("a.yaml", "aXyaml"));
    assert_false(matches("web", "web\n"));
}

static void globs_refuse_what_is_none(void **state)
{
    struct err err = {0};
    char longest[GLOB_MAX + 2];
    memset(longest, 'a', sizeof longest);
    assert_null(glob_new(SV(""), false, &err));
    assert_null(glob_new(sv_n(longest, sizeof longest), false, &err));
    assert_null(glob_new(SV("[a"), false, &err));
    assert_int_equal(err.class, ERR_INPUT);
}

static const struct suppress_place here = {"/repo/sub", "/repo"};

static struct finding *add(struct finding_set *set, const char *rule, const char *file,
                           const char *kind, const char *namespace, const char *name)
{
    const struct finding f = {
        .rule = rule,
        .message = "m",
        .subject = {.file = file,
                    .line = 1,
                    .api_version = "v1",
                    .kind = kind,
                    .namespace = namespace,
                    .name = name},
    };
    return finding_add(set, &f);
}

#define DAY 20000

/* Is the one finding hidden by the one entry, whose `what` is given? */
static bool hides(const char *what, const char *file, const char *kind, const char *namespace,
                  const char *name)
{
    _cleanup_suppress_ struct suppress s = {0};
    _cleanup_findings_ struct finding_set set = {0};
    _cleanup_arena_ struct arena a = {0};
    struct err err = {0};
    char *text = arena_fmt(&a, "suppress:\n- {reason: r, owner: o, %s}\n", what);
    if (suppress_parse(&s, ".toban.yaml", sv_of(text), &err) < 0)
        fail_msg("%s", err.msg);
    add(&set, "api-removed", file, kind, namespace, name);
    suppress_apply(&s, &set, DAY, &here);
    return set.findings.items[0].state == FINDING_SUPPRESSED;
}

static void paths_count_from_the_configuration(void **state)
{
    assert_true(hides("rule: api-removed, path: 'sub/**'", "a.yaml", "Ingress", "n", "x"));
    assert_true(hides("rule: api-removed, path: 'sub'", "a.yaml", "Ingress", "n", "x"));
    assert_true(hides("rule: api-removed, path: './sub/'", "a/b.yaml", "Ingress", "n", "x"));
    assert_true(
        hides("rule: api-removed, path: 'legacy/*.yaml'", "../legacy/a.yaml", "K", "", "x"));
    assert_true(hides("rule: api-removed, path: '*.yaml'", "./deep/er/a.yaml", "K", "", "x"));
    assert_true(
        hides("rule: api-removed, path: 'sub/a.yaml'", "/repo/sub/./b/../a.yaml", "K", "", "x"));
    assert_false(hides("rule: api-removed, path: 'legacy/**'", "a.yaml", "Ingress", "n", "x"));
    assert_false(hides("rule: api-removed, path: 'sub/**'", "/repo2/sub/a.yaml", "K", "n", "x"));
    assert_false(hides("rule: api-removed, path: 'su'", "a.yaml", "Ingress", "n", "x"));
    assert_false(hides("rule: api-removed, path: '**'", NULL, "Ingress", "n", "x"));
}

static void objects_are_matched_part_by_part(void **state)
{
    assert_true(hides("rule: api-*, object: Ingress/game/web", "a", "Ingress", "game", "web"));
    assert_true(hides("rule: api-*, object: 'ingress/*/w*'", "a", "Ingress", "game", "web"));
    assert_true(hides("rule: api-*, object: 'ingress/*/w*'", "a", "Ingress", NULL, "web"));
    assert_true(hides("rule: api-*, object: Ingress/web", "a", "Ingress", "game", "web"));
    assert_false(hides("rule: api-*, object: Ingress/other/web", "a", "Ingress", "game", "web"));
    assert_false(hides("rule: api-*, object: Ingress/game/web", "a", "Ingress", "game", "web2"));
    assert_false(hides("rule: psp, object: Ingress/game/web", "a", "Ingress", "game", "web"));
    assert_false(
        hides("rule: api-*, path: b, object: Ingress/game/web", "a", "Ingress", "game", "web"));
    assert_false(hides("rule: api-*, object: '*/*'", "a", NULL, NULL, NULL));
}

static void reason_and_owner_travel_with_the_finding(void **state)
{
    _cleanup_suppress_ struct suppress s = {0};
    _cleanup_findings_ struct finding_set set = {0};
    struct err err = {0};
    const char *text =
        "# ours\nsuppress:\n  - rule: api-removed\n    path: sub\n    reason: goes in May\n"
        "    owner: team-a\n    expires: 2027-06-30\nlifecycle: rows.tsv\n";
    assert_int_equal(suppress_parse(&s, "x.yaml", sv_of(text), &err), 0);
    struct finding *f = add(&set, "api-removed", "a.yaml", "Ingress", "n", "x");
    suppress_apply(&s, &set, DAY, &here);
    assert_string_equal(f->suppressed_reason, "goes in May");
    assert_string_equal(f->suppressed_owner, "team-a");
    assert_string_equal(s.lifecycle, "rows.tsv");
    assert_int_equal(s.entries.items[0].line, 3);
    assert_int_equal(set.notes.len, 0);
}

/* 2027-06-30 is day 20999. */
static void the_day_itself_is_expired(void **state)
{
    const char *text =
        "suppress:\n- {rule: api-removed, reason: r, owner: o, expires: 2027-06-30}\n";
    for (date_days today = 20998; today <= 21000; today++) {
        _cleanup_suppress_ struct suppress s = {0};
        _cleanup_findings_ struct finding_set set = {0};
        struct err err = {0};
        assert_int_equal(suppress_parse(&s, ".toban.yaml", sv_of(text), &err), 0);
        add(&set, "api-removed", "a.yaml", "Ingress", "n", "x");
        suppress_apply(&s, &set, today, &here);
        bool expired = today >= 20999;
        assert_int_equal(set.findings.items[0].state, expired ? FINDING_OPEN : FINDING_SUPPRESSED);
        assert_int_equal(set.findings.len, expired ? 2 : 1);
        if (expired)
            assert_string_equal(
                set.findings.items[1].message,
                "suppression of api-removed expired on 2027-06-30; it hid 1 finding: "
                "r (owner o)");
    }
}

static void unused_entries_are_told(void **state)
{
    _cleanup_suppress_ struct suppress s = {0};
    _cleanup_findings_ struct finding_set set = {0};
    struct err err = {0};
    const char *text = "suppress:\n- {rule: api-removed, reason: r, owner: o}\n";
    assert_int_equal(suppress_parse(&s, ".toban.yaml", sv_of(text), &err), 0);
    suppress_apply(&s, &set, DAY, NULL);
    assert_int_equal(set.notes.len, 1);
    assert_string_equal(
        set.notes.items[0].message,
        ".toban.yaml:2: the suppression of api-removed matches nothing that was checked");
}

static void mistakes_name_their_line(void **state)
{
    static const struct {
        const char *text, *message;
    } cases[] = {
        {"suppress:\n- rule: a\n  owner: o\n",
         "c:2: the suppression has no 'reason': say why the finding may stay"},
        {"suppress:\n- rule: a\n  reason: r\n",
         "c:2: the suppression has no 'owner': say who answers for it"},
        {"suppress:\n- reason: r\n  owner: o\n",
         "c:2: the suppression has no 'rule': name the rule it hides"},
        {"suppress:\n- rule: a\n  reason: ' '\n  owner: o\n",
         "c:3: 'reason' must be a text that is not empty"},
        {"suppress:\n- rule: a\n  until: x\n",
         "c:3: unknown key 'until' in a suppression, expected rule, path, object, reason, owner, "
         "expires"},
        {"supress: []\n",
         "c:1: unknown key 'supress' in the configuration, expected suppress, lifecycle"},
        {"suppress:\n- {rule: a, reason: r, owner: o, expires: 2027-02-29}\n",
         "c:2: 'expires' is '2027-02-29', expected a date like 2027-06-30"},
        {"suppress:\n- {rule: a, reason: r, owner: o, object: web}\n",
         "c:2: 'object' is 'web', expected kind/namespace/name or kind/name"},
        {"suppress:\n- {rule: '*', reason: r, owner: o}\n",
         "c:2: a suppression of every rule needs a 'path' or an 'object'"},
        {"suppress: all\n", "c:1: 'suppress' must be a list of suppressions"},
        {"suppress:\n- all\n", "c:2: a suppression must be a map with the keys rule, path, object, "
                               "reason, owner, expires"},
        {"- a\n", "c:1: the configuration must be a map with the keys suppress, lifecycle"},
        {"a: 1\n---\nb: 1\n", "c:3: a second document; the file holds one"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        _cleanup_suppress_ struct suppress s = {0};
        struct err err = {0};
        assert_int_equal(suppress_parse(&s, "c", sv_of(cases[i].text), &err), -1);
        assert_string_equal(err.msg, cases[i].message);
        assert_int_equal(err.class, ERR_INPUT);
    }
}

static void broken_yaml_names_its_place(void **state)
{
    _cleanup_suppress_ struct suppress s = {0};
    struct err err = {0};
    assert_int_equal(suppress_parse(&s, "c", SV("suppress:\n  - [\n"), &err), -1);
    assert_true(sv_starts(sv_of(err.msg), "c:"));
}

static void nothing_is_an_empty_configuration(void **state)
{
    static const char *const texts[] = {"", "# nothing\n", "---\n", "suppress:\n", "null\n"};
    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        _cleanup_suppress_ struct suppress s = {0};
        struct err err = {0};
        assert_int_equal(suppress_parse(&s, "c", sv_of(texts[i]), &err), 0);
        assert_int_equal(s.entries.len, 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(globs_mean_what_people_expect),
        cmocka_unit_test(globs_refuse_what_is_none),
        cmocka_unit_test(paths_count_from_the_configuration),
        cmocka_unit_test(objects_are_matched_part_by_part),
        cmocka_unit_test(reason_and_owner_travel_with_the_finding),
        cmocka_unit_test(the_day_itself_is_expired),
        cmocka_unit_test(unused_entries_are_told),
        cmocka_unit_test(mistakes_name_their_line),
        cmocka_unit_test(broken_yaml_names_its_place),
        cmocka_unit_test(nothing_is_an_empty_configuration),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
