#include "rules/upgrade/hops.h"
#include "rules/upgrade/lifecycle.h"
#include "rules/upgrade/tables.h"

#include "unit.h"

static struct version v(const char *text)
{
    struct version out = VERSION_NONE;
    if (text)
        assert_true(version_parse(sv_of(text), &out));
    return out;
}

static const struct lifecycle_row *row_of(const struct lifecycle *l, const char *group,
                                          const char *version, const char *kind)
{
    return lifecycle_find(l, sv_of(group), sv_of(version), sv_of(kind));
}

static void test_table_is_sorted_and_whole(void **state)
{
    struct lifecycle l;
    lifecycle_init(&l);
    assert_int_equal(l.len, 431);
    assert_string_equal(l.date, table_lifecycle_date);
    for (size_t i = 0; i < l.len; i++)
        assert_ptr_equal(row_of(&l, l.rows[i].group, l.rows[i].version, l.rows[i].kind),
                         &l.rows[i]);
}

static void test_find(void **state)
{
    struct lifecycle l;
    lifecycle_init(&l);
    const struct lifecycle_row *row = row_of(&l, "extensions", "v1beta1", "Ingress");
    assert_non_null(row);
    assert_int_equal(row->removed.minor, 22);
    assert_string_equal(row->replacement_group, "networking.k8s.io");
    assert_null(row->component);
    assert_null(row_of(&l, "extensions", "v1", "Ingress"));
    assert_null(row_of(&l, "example.com", "v1", "Ingress"));
    assert_null(lifecycle_find(&l, SV_NONE, SV_NONE, SV_NONE));
    row = row_of(&l, "cert-manager.io", "v1alpha2", "Certificate");
    assert_string_equal(row->component, "cert-manager");
    row = row_of(&l, "kubescheduler.config.k8s.io", "v1beta2", "KubeSchedulerConfiguration");
    assert_null(row->component);
}

static void test_order_of_versions(void **state)
{
    static const char *const order[] = {"v1alpha1", "v2alpha1", "v1beta1", "v1beta2",
                                        "v2beta1",  "v2beta2",  "v1",      "v2"};
    for (size_t i = 0; i + 1 < ARRAY_LEN(order); i++) {
        assert_true(lifecycle_version_cmp(sv_of(order[i]), sv_of(order[i + 1])) < 0);
        assert_true(lifecycle_version_cmp(sv_of(order[i + 1]), sv_of(order[i])) > 0);
        assert_int_equal(lifecycle_version_cmp(sv_of(order[i]), sv_of(order[i])), 0);
    }
}

static void test_served(void **state)
{
    struct lifecycle l;
    lifecycle_init(&l);
    const struct lifecycle_row *row = row_of(&l, "policy", "v1beta1", "PodDisruptionBudget");
    assert_true(lifecycle_served(row, v("1.24")));
    assert_false(lifecycle_served(row, v("1.25")));
    assert_false(lifecycle_served(row, VERSION_NONE));
    row = row_of(&l, "policy", "v1", "PodDisruptionBudget");
    assert_false(lifecycle_served(row, v("1.20")));
    assert_true(lifecycle_served(row, v("1.21")));
    assert_true(lifecycle_served(row, VERSION_NONE));
}

static bool has_name(const char *const *names, const char *name)
{
    for (; *names; names++)
        if (strcmp(*names, name) == 0)
            return true;
    return false;
}

static void test_served_names(void **state)
{
    _cleanup_arena_ struct arena a = {0};
    struct lifecycle l;
    lifecycle_init(&l);
    const char *const *names = lifecycle_served_names(&l, v("1.25"), &a);
    assert_true(has_name(names, "policy/v1"));
    assert_true(has_name(names, "policy/v1/PodDisruptionBudget"));
    assert_true(has_name(names, "v1/Pod"));
    assert_false(has_name(names, "policy/v1beta1"));
    assert_false(has_name(names, "cert-manager.io/v1"));
    size_t policy = 0;
    for (; *names; names++)
        policy += strcmp(*names, "policy/v1") == 0;
    assert_int_equal(policy, 1);
}

struct successor_case {
    const char *group, *version, *kind, *from, *to;
    const char *path; /* "group/version Kind" per step; "" for none */
    bool complete;
};

static const struct successor_case successors[] = {
    {"extensions", "v1beta1", "Ingress", "1.21", "1.36", "networking.k8s.io/v1 Ingress", true},
    {"extensions", "v1beta1", "Ingress", "1.17", "1.18", "networking.k8s.io/v1beta1 Ingress", true},
    {"extensions", "v1beta1", "Ingress", NULL, "1.22", "networking.k8s.io/v1 Ingress", true},
    {"extensions", "v1beta1", "Deployment", "1.20", "1.22", "apps/v1 Deployment", true},
    {"autoscaling", "v2beta2", "HorizontalPodAutoscaler", "1.23", "1.26",
     "autoscaling/v2 HorizontalPodAutoscaler", true},
    {"autoscaling", "v2beta1", "HorizontalPodAutoscaler", "1.21", "1.25",
     "autoscaling/v2beta2 HorizontalPodAutoscaler", true},
    /* No version is served at both ends: two steps. */
    {"autoscaling", "v2beta1", "HorizontalPodAutoscaler", "1.22", "1.26",
     "autoscaling/v2 HorizontalPodAutoscaler", true},
    {"flowcontrol.apiserver.k8s.io", "v1beta2", "FlowSchema", "1.28", "1.29",
     "flowcontrol.apiserver.k8s.io/v1beta3 FlowSchema", true},
    {"flowcontrol.apiserver.k8s.io", "v1beta2", "FlowSchema", "1.25", "1.33",
     "flowcontrol.apiserver.k8s.io/v1beta3 FlowSchema, flowcontrol.apiserver.k8s.io/v1 FlowSchema",
     true},
    {"batch", "v1beta1", "CronJob", "1.21", "1.25", "batch/v1 CronJob", true},
    {"", "v1", "Endpoints", "1.30", "1.36", "discovery.k8s.io/v1 EndpointSlice", true},
    {"policy", "v1beta1", "PodSecurityPolicy", "1.21", "1.25", "", false},
    {"certmanager.k8s.io", "v1alpha1", "Certificate", NULL, NULL,
     "cert-manager.io/v1alpha2 Certificate, cert-manager.io/v1 Certificate", true},
};

static void test_successors(void **state)
{
    struct lifecycle l;
    lifecycle_init(&l);
    for (size_t i = 0; i < ARRAY_LEN(successors); i++) {
        const struct successor_case *c = &successors[i];
        const struct lifecycle_row *row = row_of(&l, c->group, c->version, c->kind);
        assert_non_null(row);
        struct lifecycle_path path;
        lifecycle_path_find(&l, row, v(c->from), v(c->to), &path);
        _cleanup_str_ struct str text = {0};
        for (unsigned s = 0; s < path.count; s++)
            str_addf(&text, "%s%s/%s %s", s ? ", " : "", path.steps[s].row->group,
                     path.steps[s].row->version, path.steps[s].row->kind);
        assert_string_equal(str_c(&text), c->path);
        assert_int_equal(path.complete, c->complete);
        assert_ptr_equal(lifecycle_successor(&l, row, v(c->from), v(c->to)),
                         path.count ? path.steps[0].row : NULL);
    }
}

/* Whatever is asked: a step leads to a version that outlives the one before, and ends. */
static void test_every_path_leads_forward(void **state)
{
    struct lifecycle l;
    lifecycle_init(&l);
    for (size_t i = 0; i < l.len; i++) {
        for (uint16_t minor = 14; minor <= 40; minor++) {
            struct lifecycle_path path;
            const struct lifecycle_row *at = &l.rows[i];
            struct version to = {1, minor, 0, true};
            lifecycle_path_find(&l, at, VERSION_NONE, to, &path);
            for (unsigned s = 0; s < path.count; s++) {
                assert_true(version_cmp(path.steps[s].row->removed, at->removed) > 0 ||
                            !at->removed.set || path.complete);
                at = path.steps[s].row;
            }
            assert_int_equal(path.complete, path.count && lifecycle_served(at, to));
        }
    }
}

static void test_load(void **state)
{
    struct lifecycle l;
    struct err err = {0};
    lifecycle_init(&l);
    const char *table = "# own kinds\r\n"
                        "group\tversion\tkind\tremoved\treplacement_version\tcomponent\r\n"
                        "games.example.com\tv1alpha1\tFleet\tv2.0.0\tv1\tfleet-operator\r\n"
                        "\n"
                        "extensions\tv1beta1\tIngress\t1.99\t\t\n";
    assert_int_equal(lifecycle_load(&l, "own.tsv", sv_of(table), &err), 0);
    assert_int_equal(l.len, 432);
    const struct lifecycle_row *row = row_of(&l, "games.example.com", "v1alpha1", "Fleet");
    assert_int_equal(row->removed.major, 2);
    assert_string_equal(row->replacement_group, "");
    assert_string_equal(row->replacement_kind, "Fleet");
    assert_string_equal(row->component, "fleet-operator");
    assert_string_equal(row->source, "own.tsv");
    row = row_of(&l, "extensions", "v1beta1", "Ingress");
    assert_int_equal(row->removed.minor, 99);
    assert_null(row->replacement_kind);
    for (size_t i = 0; i + 1 < l.len; i++)
        assert_true(strcmp(l.rows[i].group, l.rows[i + 1].group) <= 0);
    lifecycle_release(&l);
    assert_int_equal(l.len, 431);
}

static void test_load_errors(void **state)
{
    static const struct {
        const char *table, *message;
    } cases[] = {
        {"", "own.tsv: no line names the columns; expected 'group', 'version', 'kind' and more, "
             "parted by tabs"},
        {"group\tversion\n", "own.tsv:1: column 'kind' is missing; the first line must name the "
                             "columns, parted by tabs"},
        {"group\tversion\tkind\tgone\n", "own.tsv:1: no column is called 'gone'"},
        {"group\tversion\tkind\na\tv1\n", "own.tsv:2: 2 cells, but the first line names 3 columns"},
        {"group\tversion\tkind\na\t\tFleet\n", "own.tsv:2: version is empty"},
        {"group\tversion\tkind\tremoved\na\tv1\tFleet\tsoon\n",
         "own.tsv:2: removed 'soon' is no version; write it like 1.25 or v1.6.0"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct lifecycle l;
        struct err err = {0};
        lifecycle_init(&l);
        assert_int_equal(lifecycle_load(&l, "own.tsv", sv_of(cases[i].table), &err), -1);
        assert_int_equal(err.class, ERR_INPUT);
        assert_string_equal(err.msg, cases[i].message);
        assert_int_equal(l.len, 431);
        lifecycle_release(&l);
    }
}

static void test_hops(void **state)
{
    _cleanup_str_ struct str text = {0};
    assert_true(version_at_least(hops_newest(), v("1.36")));
    assert_int_equal(hops_count(v("1.21"), v("1.24")), 3);
    assert_int_equal(hops_count(v("1.24"), v("1.21")), 0);
    assert_int_equal(hops_count(VERSION_NONE, v("1.21")), 0);
    hops_format(v("1.21"), v("1.24"), &text);
    assert_string_equal(str_c(&text), "1.21 -> 1.22 -> 1.23 -> 1.24");
    str_reset(&text);
    hops_format(v("1.21"), v("1.36"), &text);
    assert_string_equal(str_c(&text), "1.21 -> 1.22 -> 1.23 -> ... -> 1.36");
    assert_string_equal(hops_eks_version(v("1.33"))->standard_end, "2026-07-29");
    assert_null(hops_eks_version(v("1.99")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_table_is_sorted_and_whole),
        cmocka_unit_test(test_find),
        cmocka_unit_test(test_order_of_versions),
        cmocka_unit_test(test_served),
        cmocka_unit_test(test_served_names),
        cmocka_unit_test(test_successors),
        cmocka_unit_test(test_every_path_leads_forward),
        cmocka_unit_test(test_load),
        cmocka_unit_test(test_load_errors),
        cmocka_unit_test(test_hops),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
