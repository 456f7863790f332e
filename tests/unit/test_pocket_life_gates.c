/* Readiness gates of pods behind load balancers. */
#include "life_rig.h"
#include "pocket/life/json.h"

#include <stdio.h>

#define GATE "target-health.elbv2.k8s.aws/"

static struct life_name namespace_name(void)
{
    return (struct life_name){SV("v1"), SV("Namespace"), SV_NONE, SV("shop")};
}

static const char *shop(bool injects)
{
    return injects ? "{\"metadata\":{\"name\":\"shop\",\"labels\":{"
                     "\"elbv2.k8s.aws/pod-readiness-gate-inject\":\"enabled\"}}}"
                   : "{\"metadata\":{\"name\":\"shop\"}}";
}

#define SERVICE(target)                                                                            \
    "{\"metadata\":{\"name\":\"cart\",\"namespace\":\"shop\",\"uid\":\"u4\",\"annotations\":{"     \
    "\"service.beta.kubernetes.io/aws-load-balancer-nlb-target-type\":\"" target                   \
    "\"}},\"spec\":{\"type\":\"LoadBalancer\",\"selector\":{\"app\":\"cart\"},\"ports\":[{"        \
    "\"port\":80}]}}"

static struct life_name deployment_name(void)
{
    return life_rig_name("apps/v1", "Deployment", "cart");
}

static const char *deployment(unsigned image, const char *own)
{
    static char json[1024];
    snprintf(json, sizeof json,
             "{\"metadata\":{\"name\":\"cart\",\"namespace\":\"shop\",\"uid\":\"u1\"},\"spec\":{"
             "\"replicas\":2,\"selector\":{\"matchLabels\":{\"app\":\"cart\"}},\"template\":{"
             "\"metadata\":{\"labels\":{\"app\":\"cart\"}},\"spec\":{%s\"containers\":[{"
             "\"name\":\"c\",\"image\":\"x:%u\"}]}}}}",
             own, image);
    return json;
}

static unsigned with(struct scene *sc, const char *text)
{
    return life_rig_count_with(sc, "Pod", text);
}

static const char *group_of(void *ctx, struct sv ns, struct sv service)
{
    assert_true(sv_is(ns, "shop"));
    return sv_is(service, "cart") ? ctx : NULL;
}

static void new_pods_get_the_gate_of_their_target_group(void **state)
{
    struct scene sc;
    char group[] = "k8s-shop-cart-0123456789";
    (void)state;
    life_rig_start(&sc, 2);
    pocket_life_ask_groups(sc.life, group_of, group);
    life_rig_put(&sc, namespace_name(), shop(true));
    life_rig_put(&sc, life_rig_name("v1", "Service", "cart"), SERVICE("ip"));
    life_rig_put(&sc, deployment_name(), deployment(1, ""));
    life_rig_later(&sc, 1);
    assert_int_equal(
        with(&sc, "\"readinessGates\":[{\"conditionType\":\"" GATE "k8s-shop-cart-0123456789\"}]"),
        2);
    assert_int_equal(with(&sc, "\"type\":\"" GATE), 0);
    /* They run, and wait for their targets. */
    unsigned waiting = 0;
    for (unsigned i = 0; i < 300 && !with(&sc, "\"Ready\",\"status\":\"True\""); i++) {
        life_rig_later(&sc, 1);
        waiting += with(&sc, "\"type\":\"" GATE "k8s-shop-cart-0123456789\",\"status\":\"False\"");
        life_rig_check(&sc);
    }
    assert_true(waiting > 20);
    life_rig_later(&sc, 300);
    assert_int_equal(with(&sc, "\"type\":\"" GATE "k8s-shop-cart-0123456789\",\"status\":\"True\""),
                     2);
    assert_int_equal(with(&sc, "\"Ready\",\"status\":\"True\""), 2);
    assert_int_equal(life_rig_count_with(&sc, "ReplicaSet", GATE), 0);
    life_rig_check(&sc);
    life_rig_end(&sc);
}

static void nobody_else_gets_one(void **state)
{
    static const struct {
        bool injects;
        const char *service;
    } all[] = {{false, SERVICE("ip")}, {true, SERVICE("instance")}};
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(all); i++) {
        struct scene sc;
        life_rig_start(&sc, 2);
        life_rig_put(&sc, namespace_name(), shop(all[i].injects));
        life_rig_put(&sc, life_rig_name("v1", "Service", "cart"), all[i].service);
        life_rig_put(&sc, deployment_name(), deployment(1, ""));
        life_rig_later(&sc, 60);
        assert_int_equal(life_rig_count(&sc, "Pod"), 2);
        assert_int_equal(with(&sc, "readinessGates"), 0);
        life_rig_end(&sc);
    }
}

/* Pods that are there stay as they are. */
static void what_comes_later_is_for_pods_that_come_later(void **state)
{
    struct scene sc;
    struct err err = {0};
    struct life_name service = life_rig_name("v1", "Service", "cart");
    (void)state;
    life_rig_start(&sc, 2);
    life_rig_put(&sc, namespace_name(), shop(false));
    life_rig_put(&sc, deployment_name(), deployment(1, ""));
    life_rig_later(&sc, 300);
    life_rig_put(&sc, service, SERVICE("ip"));
    life_rig_put(&sc, namespace_name(), shop(true));
    life_rig_later(&sc, 300);
    assert_int_equal(with(&sc, "readinessGates"), 0);
    life_rig_put(&sc, deployment_name(), deployment(2, ""));
    life_rig_later(&sc, 900);
    assert_int_equal(with(&sc, "readinessGates"), 2);
    assert_int_equal(with(&sc, "\"type\":\"" GATE "k8s-shop-cart-"), 2);
    assert_int_equal(pocket_life_written(sc.life, &service, true, SV(SERVICE("ip")), &err), 0);
    life_rig_put(&sc, deployment_name(), deployment(3, ""));
    life_rig_later(&sc, 900);
    assert_int_equal(with(&sc, "readinessGates"), 0);
    life_rig_check(&sc);
    life_rig_end(&sc);
}

/* Those of others are open when the pod is Ready, unless somebody says otherwise. */
static void own_gates_stay(void **state)
{
    struct scene sc;
    (void)state;
    life_rig_start(&sc, 2);
    life_rig_put(&sc, namespace_name(), shop(true));
    life_rig_put(&sc, life_rig_name("v1", "Service", "cart"), SERVICE("ip"));
    life_rig_put(&sc, deployment_name(),
                 deployment(1, "\"readinessGates\":[{\"conditionType\":\"games.example/warm\"}],"));
    life_rig_later(&sc, 600);
    assert_int_equal(with(&sc, "\"readinessGates\":[{\"conditionType\":\"games.example/warm\"},{"
                               "\"conditionType\":\"" GATE "k8s-shop-cart-"),
                     2);
    assert_int_equal(with(&sc, "{\"type\":\"games.example/warm\",\"status\":\"True\""), 2);
    life_rig_check(&sc);
    life_rig_end(&sc);
}

/* What somebody copied from another pod is of no use. */
static void a_pod_of_a_client_gets_its_gates(void **state)
{
    static const char copied[] =
        "[{\"conditionType\":\"games.example/warm\"},{\"conditionType\":\"" GATE "k8s-old-one\"}]";
    struct scene sc;
    char group[] = "k8s-shop-cart-0123456789";
    _cleanup_str_ struct str out = {0};
    (void)state;
    life_rig_start(&sc, 1);
    pocket_life_ask_groups(sc.life, group_of, group);
    life_rig_put(&sc, life_rig_name("v1", "Service", "cart"), SERVICE("ip"));
    assert_false(pocket_life_gates(sc.life, SV("shop"), SV("{\"app\":\"cart\"}"), SV_NONE, &out));
    life_rig_put(&sc, namespace_name(), shop(true));
    str_reset(&out);
    assert_false(pocket_life_gates(sc.life, SV("shop"), SV("{\"app\":\"x\"}"), SV_NONE, &out));
    str_reset(&out);
    assert_true(pocket_life_gates(sc.life, SV("shop"), SV("{\"app\":\"cart\"}"), SV(copied), &out));
    assert_string_equal(str_c(&out),
                        "[{\"conditionType\":\"games.example/warm\"},{\"conditionType\":\"" GATE
                        "k8s-shop-cart-0123456789\"}]");
    life_rig_end(&sc);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(new_pods_get_the_gate_of_their_target_group),
        cmocka_unit_test(nobody_else_gets_one),
        cmocka_unit_test(what_comes_later_is_for_pods_that_come_later),
        cmocka_unit_test(own_gates_stay),
        cmocka_unit_test(a_pod_of_a_client_gets_its_gates),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
