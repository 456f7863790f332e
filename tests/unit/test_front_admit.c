/* What happens to writes before they are stored. */
#include "life_rig.h"
#include "pocket/front/admit.h"
#include "pocket/value.h"

static const struct kind *kind_of(struct kinds *kinds, const char *version, const char *kind)
{
    const struct kind *k = kinds_of_object(kinds, sv_of(version), sv_of(kind));
    assert_non_null(k);
    return k;
}

static struct doc_node *parsed(struct arena *a, const char *json)
{
    struct doc_file file = {0};
    struct err err = {0};
    assert_int_equal(doc_parse_json(&file, "test", sv_of(json), NULL, &err), 0);
    struct doc_node *node = value_clone(a, file.parts[0].root);
    doc_release(&file);
    return node;
}

struct asked {
    struct scene sc;
    struct pocket_api *api;
    struct arena arena;
    struct pocket_refusal refusal;
};

static void begin(struct asked *k)
{
    const struct pocket_api_config config = {
        .version = "1.30", .admin_token = "t", .address = "127.0.0.1:1", .unix_ms = 1700000000000};
    *k = (struct asked){.api = pocket_api_new(&config)};
    life_rig_start(&k->sc, 1);
}

static void end(struct asked *k)
{
    pocket_api_free(k->api);
    life_rig_end(&k->sc);
    arena_release(&k->arena);
}

static bool admits(struct asked *k, const char *version, const char *kind, struct doc_node *now)
{
    const struct pocket_write w = {.verb = POCKET_CREATE,
                                   .kind = kind_of(pocket_api_kinds(k->api), version, kind),
                                   .ns = SV("shop"),
                                   .name = SV("tidy"),
                                   .subresource = SV(""),
                                   .now = now,
                                   .arena = &k->arena};
    return front_admit(k->sc.life, &w, &k->refusal);
}

static void a_schedule_must_be_one(void **state)
{
    struct asked k;
    (void)state;
    begin(&k);
    assert_true(admits(&k, "batch/v1", "CronJob",
                       parsed(&k.arena, "{\"spec\":{\"schedule\":\"*/5 * * * *\"}}")));
    assert_false(
        admits(&k, "batch/v1", "CronJob", parsed(&k.arena, "{\"spec\":{\"schedule\":\"often\"}}")));
    assert_int_equal(k.refusal.code, 422);
    assert_string_equal(k.refusal.message,
                        "CronJob.batch \"tidy\" is invalid: spec.schedule: Invalid value: "
                        "\"often\": expected exactly 5 fields, found 1: [often]");
    assert_string_equal(
        k.refusal.details,
        "{\"name\":\"tidy\",\"group\":\"batch\",\"kind\":\"CronJob\",\"causes\":[{"
        "\"reason\":\"FieldValueInvalid\",\"message\":\"Invalid value: \\\"often\\\": "
        "expected exactly 5 fields, found 1: [often]\",\"field\":\"spec.schedule\"}]}");
    end(&k);
}

static void pods_get_the_gates_of_their_load_balancers(void **state)
{
    struct asked k;
    (void)state;
    begin(&k);
    life_rig_put(&k.sc, (struct life_name){SV("v1"), SV("Namespace"), SV_NONE, SV("shop")},
                 "{\"metadata\":{\"name\":\"shop\",\"labels\":{"
                 "\"elbv2.k8s.aws/pod-readiness-gate-inject\":\"enabled\"}}}");
    life_rig_put(&k.sc, life_rig_name("v1", "Service", "cart"),
                 "{\"metadata\":{\"name\":\"cart\",\"namespace\":\"shop\",\"annotations\":{"
                 "\"service.beta.kubernetes.io/aws-load-balancer-nlb-target-type\":\"ip\"}},"
                 "\"spec\":{\"type\":\"LoadBalancer\",\"selector\":{\"app\":\"cart\"}}}");
    struct doc_node *pod = parsed(
        &k.arena, "{\"metadata\":{\"labels\":{\"app\":\"cart\"}},\"spec\":{\"containers\":[]}}");
    assert_true(admits(&k, "v1", "Pod", pod));
    struct sv type = doc_string(doc_at(pod, "spec.readinessGates[0].conditionType"));
    assert_true(sv_starts(type, "target-health.elbv2.k8s.aws/k8s-shop-cart-"));
    pod = parsed(&k.arena, "{\"metadata\":{},\"spec\":{\"containers\":[]}}");
    assert_true(admits(&k, "v1", "Pod", pod));
    assert_null(doc_at(pod, "spec.readinessGates"));
    end(&k);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_schedule_must_be_one),
        cmocka_unit_test(pods_get_the_gates_of_their_load_balancers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
