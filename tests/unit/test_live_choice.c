#include "ops/live/choice.h"

#include "unit.h"

#define LIST (KUBE_VERB_LIST | KUBE_VERB_GET)

/* As a server lists them: groups in its order, the preferred version of each first. */
static const struct kube_resource served[] = {
    {"", "v1", "componentstatuses", "ComponentStatus", LIST, false, true},
    {"", "v1", "configmaps", "ConfigMap", LIST, true, true},
    {"", "v1", "endpoints", "Endpoints", LIST, true, true},
    {"", "v1", "events", "Event", LIST, true, true},
    {"", "v1", "secrets", "Secret", LIST, true, true},
    {"", "v1", "bindings", "Binding", KUBE_VERB_CREATE, true, true},
    {"extensions", "v1beta1", "ingresses", "Ingress", LIST, true, true},
    {"networking.k8s.io", "v1beta1", "ingresses", "Ingress", LIST, true, true},
    {"networking.k8s.io", "v1", "ingresses", "Ingress", LIST, true, false},
    {"autoscaling", "v1", "horizontalpodautoscalers", "HorizontalPodAutoscaler", LIST, true, true},
    {"autoscaling", "v2beta1", "horizontalpodautoscalers", "HorizontalPodAutoscaler", LIST, true,
     false},
    {"autoscaling", "v2beta2", "horizontalpodautoscalers", "HorizontalPodAutoscaler", LIST, true,
     false},
    {"batch", "v1beta1", "cronjobs", "CronJob", LIST, true, true},
    {"policy", "v1beta1", "podsecuritypolicies", "PodSecurityPolicy", LIST, false, true},
    {"coordination.k8s.io", "v1", "leases", "Lease", LIST, true, true},
    {"metrics.k8s.io", "v1beta1", "pods", "PodMetrics", LIST, true, true},
    {"example.com", "v2", "toys", "Toy", LIST, true, true},
    {"example.com", "v1", "toys", "Toy", LIST, true, false},
};

static void print_choice(const struct choice *p, struct str *out)
{
    vec_foreach(i, &p->items)
        str_addf(out, "%s.%s.%s%s\n", i->resource->resource, i->resource->version,
                 i->resource->group, i->shape == LIVE_METADATA ? " metadata" : "");
    vec_foreach(r, &p->only_deprecated)
        str_addf(out, "only deprecated: %s.%s\n", (*r)->resource, (*r)->version);
}

static void expect(const char *server, bool include, const char *expected)
{
    struct kube_discovery d = {.resources = served,
                               .resource_count = sizeof served / sizeof *served};
    struct lifecycle lifecycle;
    struct version v;
    struct choice p;
    _cleanup_str_ struct str got = {0};
    assert_true(version_parse(sv_of(server), &v));
    lifecycle_init(&lifecycle);
    choice_make(&p, &d, &lifecycle, v, include);
    print_choice(&p, &got);
    assert_string_equal(str_c(&got), expected);
    choice_release(&p);
}

static void test_stable_versions_are_read(void **state)
{
    expect("1.20", false,
           "configmaps.v1.\n"
           "endpoints.v1.\n"
           "ingresses.v1.networking.k8s.io\n"
           "horizontalpodautoscalers.v1.autoscaling\n"
           "cronjobs.v1beta1.batch\n"
           "podsecuritypolicies.v1beta1.policy\n"
           "leases.v1.coordination.k8s.io metadata\n"
           "toys.v2.example.com\n");
}

static void test_deprecated_alone_is_left_to_the_user(void **state)
{
    expect("1.21", false,
           "configmaps.v1.\n"
           "endpoints.v1.\n"
           "ingresses.v1.networking.k8s.io\n"
           "horizontalpodautoscalers.v1.autoscaling\n"
           "leases.v1.coordination.k8s.io metadata\n"
           "toys.v2.example.com\n"
           "only deprecated: cronjobs.v1beta1\n"
           "only deprecated: podsecuritypolicies.v1beta1\n");
    expect("1.33", true,
           "configmaps.v1.\n"
           "endpoints.v1. metadata\n"
           "ingresses.v1.networking.k8s.io\n"
           "horizontalpodautoscalers.v1.autoscaling\n"
           "cronjobs.v1beta1.batch metadata\n"
           "podsecuritypolicies.v1beta1.policy metadata\n"
           "leases.v1.coordination.k8s.io metadata\n"
           "toys.v2.example.com\n"
           "only deprecated: endpoints.v1\n"
           "only deprecated: cronjobs.v1beta1\n"
           "only deprecated: podsecuritypolicies.v1beta1\n");
}

static void test_the_same_objects_through_another_group(void **state)
{
    struct kube_discovery d = {.resources = served,
                               .resource_count = sizeof served / sizeof *served};
    struct lifecycle lifecycle;
    lifecycle_init(&lifecycle);
    for (size_t i = 0; i < d.resource_count; i++)
        assert_int_equal(choice_is_seen_elsewhere(&d, &lifecycle, &served[i]),
                         strcmp(served[i].group, "extensions") == 0);
    d.resource_count = 7; /* a server without networking.k8s.io */
    assert_false(choice_is_seen_elsewhere(&d, &lifecycle, &served[6]));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_stable_versions_are_read),
        cmocka_unit_test(test_deprecated_alone_is_left_to_the_user),
        cmocka_unit_test(test_the_same_objects_through_another_group),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
