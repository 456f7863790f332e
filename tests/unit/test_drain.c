/* The parts of the live drain that need no cluster: what is written to the API and read from it,
 * the order, the plans, pace. */
#include "base/must.h"
#include "ops/drain/evict.h"
#include "ops/drain/node_change.h"
#include "ops/drain/node_look.h"
#include "ops/drain/order.h"
#include "ops/drain/pace.h"
#include "ops/drain/verify.h"

#include "world_build.h"

#include "unit.h"

/* ---- evictions ---- */

#define STATUS(code, reason, message, details)                                                     \
    "{\"kind\":\"Status\",\"apiVersion\":\"v1\",\"status\":\"Failure\",\"message\":\"" message     \
    "\",\"reason\":\"" reason "\",\"details\":{" details "},\"code\":" #code "}"
#define BUDGET(message)                                                                            \
    STATUS(429, "TooManyRequests",                                                                 \
           "Cannot evict pod as it would violate the pod's disruption budget.",                    \
           "\"causes\":[{\"reason\":\"DisruptionBudget\",\"message\":\"" message "\"}]")

static const struct {
    const char *what;
    int status, header_s;
    const char *body;
    enum eviction_cause cause;
    int retry_after_s;
    const char *words;
} answers[] = {
    {"accepted", 201, 0, "{\"kind\":\"Status\",\"status\":\"Success\",\"code\":201}", EVICTION_OK,
     0, "evicted"},
    {"deleted", 200, 0, "{\"kind\":\"Pod\"}", EVICTION_OK, 0, "evicted"},
    {"1.20: budget", 429, 0,
     BUDGET("The disruption budget cart needs 2 healthy pods and has 2 currently"), EVICTION_BUDGET,
     0, "The disruption budget cart needs 2 healthy pods and has 2 currently"},
    {"1.35: failed sync", 429, 0,
     BUDGET("The disruption budget cart does not allow evicting pods currently because it "
            "failed sync: found no controllers"),
     EVICTION_BUDGET, 0, NULL},
    {"1.20: not seen", 429, 0,
     BUDGET("The disruption budget cart is still being processed by the server."),
     EVICTION_NOT_OBSERVED, 0, NULL},
    {"1.22: not seen", 429, 10,
     BUDGET("The disruption budget cart is still being processed by the server."),
     EVICTION_NOT_OBSERVED, 10, NULL},
    {"throttled", 429, 7, "Too many requests, please try again later.\n", EVICTION_THROTTLED, 7,
     NULL},
    {"throttled with a Status", 429, 0,
     STATUS(429, "TooManyRequests", "the server has received too many requests",
            "\"retryAfterSeconds\":3"),
     EVICTION_THROTTLED, 3,
     "the API server is busy (429): the server has received too many requests"},
    {"many budgets", 500, 0,
     STATUS(500, "",
            "This pod has more than one PodDisruptionBudget, which the eviction subresource "
            "does not support.",
            ""),
     EVICTION_MANY_BUDGETS, 0, NULL},
    {"a fault", 500, 0, STATUS(500, "InternalError", "etcdserver: request timed out", ""),
     EVICTION_FAILED, 0, "the server failed (500): etcdserver: request timed out"},
    {"a webhook that is down", 500, 0,
     STATUS(500, "InternalError",
            "Internal error occurred: failed calling webhook \\\"drain.example.org\\\": Post "
            "timeout",
            ""),
     EVICTION_WEBHOOK, 0, NULL},
    {"a webhook that says no", 403, 0,
     STATUS(403, "Forbidden",
            "admission webhook \\\"drain.example.org\\\" denied the request: not now", ""),
     EVICTION_WEBHOOK, 0,
     "a webhook refuses: admission webhook \"drain.example.org\" denied the request: not now"},
    {"a webhook that says 429", 429, 0,
     STATUS(429, "", "admission webhook \\\"drain.example.org\\\" denied the request: wait", ""),
     EVICTION_WEBHOOK, 0, NULL},
    {"no right", 403, 0,
     STATUS(403, "Forbidden", "pods \\\"cart-1\\\" is forbidden: User \\\"ann\\\" cannot create",
            "\"name\":\"cart-1\",\"kind\":\"pods\""),
     EVICTION_FORBIDDEN, 0, "forbidden: pods \"cart-1\" is forbidden: User \"ann\" cannot create"},
    {"namespace ends", 403, 0,
     STATUS(403, "Forbidden", "unable to create new content in namespace shop",
            "\"causes\":[{\"reason\":\"NamespaceTerminating\",\"message\":\"x\"}]"),
     EVICTION_FORBIDDEN, 0, NULL},
    {"gone", 404, 0,
     STATUS(404, "NotFound", "pods \\\"cart-1\\\" not found",
            "\"name\":\"cart-1\",\"kind\":\"pods\""),
     EVICTION_GONE, 0, "it is gone already"},
    {"some other page", 404, 0, "<html>404 page not found</html>", EVICTION_FAILED, 0,
     "the server failed (404): the server answered 404"},
    {"another pod of that name", 409, 0,
     STATUS(409, "Conflict",
            "Operation cannot be fulfilled on pods \\\"db-0\\\": StorageError: invalid object, "
            "Code: 4, AdditionalErrorMsg: Precondition failed: UID in precondition: a, UID in "
            "object meta: b",
            ""),
     EVICTION_GONE, 0, NULL},
    {"another, newer words", 409, 0,
     STATUS(409, "Conflict", "the UID in the precondition (a) does not match the UID in record (b)",
            ""),
     EVICTION_GONE, 0, NULL},
    {"changed meanwhile", 409, 0, STATUS(409, "Conflict", "the object has been modified", ""),
     EVICTION_CONFLICT, 0, NULL},
    {"the budget was too busy", 504, 10,
     STATUS(504, "Timeout", "couldn't update PodDisruptionBudget", ""), EVICTION_FAILED, 10, NULL},
    {"not ready yet", 503, 5, "apiserver is shutting down", EVICTION_THROTTLED, 5, NULL},
    {"a proxy's page", 502, 0, "<html>Bad Gateway</html>", EVICTION_FAILED, 0, NULL},
    {"cut JSON", 429, 0, "{\"kind\":\"Status\",\"details\":{\"causes\":[{\"reason\":\"Disr",
     EVICTION_THROTTLED, 0, NULL},
    {"nothing", 0, 0, "", EVICTION_FAILED, 0, "the server answered 0"},
};

static void answers_are_told_apart(void **state)
{
    for (size_t i = 0; i < ARRAY_LEN(answers); i++) {
        const struct evict_reply reply = {answers[i].status, answers[i].header_s,
                                          sv_of(answers[i].body)};
        _cleanup_str_ struct str words = {0};
        struct eviction_answer a;
        evict_read(&reply, NULL, "shop", &a);
        evict_words(&a, &words);
        if (a.cause != answers[i].cause || a.retry_after_s != answers[i].retry_after_s ||
            (answers[i].words && strcmp(str_c(&words), answers[i].words) != 0))
            fail_msg("%s: cause %d, after %d s, \"%s\"", answers[i].what, a.cause, a.retry_after_s,
                     str_c(&words));
    }
}

static void an_answer_names_its_budget(void **state)
{
    _cleanup_world_ struct world w;
    build_world(&w, 20);
    struct world_pdb b = {.used = true,
                          .ns = strings_puts(&w.strings, "shop"),
                          .name = strings_puts(&w.strings, "cart")};
    struct eviction_answer a;
    const struct evict_reply reply = {
        429, 0, SV(BUDGET("The disruption budget cart needs 2 healthy pods and has 2 currently"))};
    must_push(&w.pdbs, b);
    evict_read(&reply, &w, "shop", &a);
    assert_int_equal(a.pdb, 0);
    evict_read(&reply, &w, "other", &a);
    assert_int_equal(a.pdb, WORLD_NONE);
}

static void long_words_are_cut_at_a_character(void **state)
{
    _cleanup_str_ struct str body = {0};
    struct eviction_answer a;
    str_adds(&body, "{\"kind\":\"Status\",\"message\":\"");
    for (int i = 0; i < 300; i++)
        str_adds(&body, "\xc3\xa9");
    str_adds(&body, "\\u0007\"}");
    const struct evict_reply reply = {500, 0, str_sv(&body)};
    evict_read(&reply, NULL, "shop", &a);
    assert_int_equal(strlen(a.message), sizeof a.message - 2);
}

static void an_eviction_is_of_one_very_pod(void **state)
{
    _cleanup_str_ struct str old = {0}, fresh = {0}, delete = {0};
    const struct evict_pod pod = {"shop", "cart-1", "u-1"};
    evict_body(&pod, (struct version){1, 20, 2, true}, false, &old);
    evict_body(&pod, (struct version){1, 22, 0, true}, true, &fresh);
    evict_delete_body(&pod, false, &delete);
    assert_string_equal(str_c(&old),
                        "{\"apiVersion\":\"policy/v1beta1\",\"kind\":\"Eviction\",\"metadata\":{"
                        "\"name\":\"cart-1\",\"namespace\":\"shop\"},\"deleteOptions\":{"
                        "\"preconditions\":{\"uid\":\"u-1\"}}}");
    assert_string_equal(str_c(&fresh),
                        "{\"apiVersion\":\"policy/v1\",\"kind\":\"Eviction\",\"metadata\":{"
                        "\"name\":\"cart-1\",\"namespace\":\"shop\"},\"deleteOptions\":{"
                        "\"preconditions\":{\"uid\":\"u-1\"},\"dryRun\":[\"All\"]}}");
    assert_string_equal(str_c(&delete), "{\"apiVersion\":\"v1\",\"kind\":\"DeleteOptions\","
                                        "\"preconditions\":{\"uid\":\"u-1\"}}");
    assert_string_equal(evict_api_version(VERSION_NONE), "policy/v1");
}

/* ---- order ---- */

static const char *const three_nodes[] = {"n1", "n2", "n\"3", NULL};
static const char *const pauses[] = {"Deployment/shop/cart", NULL};
static const char *const forced[] = {"shop/db-0", NULL};

static struct drain_order full_order(void)
{
    return (struct drain_order){
        .nodes = three_nodes,
        .order = NODES_BY_ZONE,
        .max_unavailable = {true, true, 25},
        .batch = {true, false, 2},
        .workload_unavailable = {true, false, 1},
        .batch_soak_ms = 60000,
        .pod_timeout_ms = 90000,
        .evictions_per_s = 7,
        .window_from_min = 1320,
        .window_to_min = 330,
        .pause_before = pauses,
        .bare = true,
        .keep_empty_dir_pods = true,
        .force = forced,
        .in_flight = 4,
        .volume_timeout_s = 600,
    };
}

static void an_order_survives_as_json(void **state)
{
    _cleanup_str_ struct str first = {0}, second = {0};
    _cleanup_arena_ struct arena a = {0};
    const struct drain_order o = full_order();
    struct drain_order back;
    struct err err = {0};
    drain_order_format(&o, &first);
    assert_int_equal(drain_order_parse(str_sv(&first), &a, &back, &err), 0);
    drain_order_format(&back, &second);
    assert_string_equal(str_c(&first), str_c(&second));
    assert_string_equal(back.nodes[2], "n\"3");
    assert_null(back.nodes[3]);
    assert_int_equal(back.order, NODES_BY_ZONE);
    assert_int_equal(back.window_from_min, 1320);
    assert_true(back.bare && back.keep_empty_dir_pods && back.max_unavailable.percent);
}

static void an_order_that_is_not_understood_is_refused(void **state)
{
    static const char *const bad[] = {
        "",
        "[]",
        "{\"nodes\":[\"n1\"],\"never\":[\"n2\"]}",
        "{\"nodes\":\"n1\"}",
        "{\"nodes\":[1]}",
        "{\"nodes\":[\"\"]}",
        "{\"order\":\"random\"}",
        "{\"batch\":2}",
        "{\"batch\":\"101%\"}",
        "{\"batch\":\"-1\"}",
        "{\"podTimeoutMs\":-1}",
        "{\"windowFromMinute\":1441}",
        "{\"bare\":1}",
        "{\"nodes\":[\"n1\"]",
        "{\"nodes\":[\"n1\"]} x",
    };
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        _cleanup_arena_ struct arena a = {0};
        struct drain_order o;
        struct err err = {0};
        if (drain_order_parse(sv_of(bad[i]), &a, &o, &err) == 0)
            fail_msg("taken: %s", bad[i]);
        assert_true(*err.msg && err.class == ERR_INPUT);
    }
}

static void an_order_finds_its_names(void **state)
{
    _cleanup_world_ struct world w;
    _cleanup_arena_ struct arena a = {0};
    static const char *const nodes[] = {"b", "a", "b", NULL}, *const lost[] = {"a", "c", NULL};
    static const char *const pause[] = {"deploy/shop/cart", NULL};
    struct drain_order o = {.nodes = nodes, .pause_before = pause, .evictions_per_s = 3};
    struct nodes_options out;
    struct err err = {0};
    build_world(&w, 20);
    uint32_t na = build_node(&w, &(struct build_node){.name = "a"});
    uint32_t nb = build_node(&w, &(struct build_node){.name = "b"});
    uint32_t cart = build_workload(&w, WORKLOAD_DEPLOYMENT, "shop", "cart", "app=cart");
    int64_t half_past_one = (int64_t)20000 * 86400000 + 5400000;
    assert_int_equal(drain_options(&o, &w, half_past_one, &a, &out, &err), 0);
    assert_int_equal(out.node_count, 2);
    assert_int_equal(out.nodes[0], nb);
    assert_int_equal(out.nodes[1], na);
    assert_int_equal(out.pause_count, 1);
    assert_int_equal(out.pause_before[0], cart);
    assert_int_equal(out.day_offset_ms, 5400000);
    assert_int_equal(out.evictions_per_s, 3);
    o.nodes = lost;
    assert_int_equal(drain_options(&o, &w, 0, &a, &out, &err), -1);
    assert_int_equal(err.class, ERR_NOT_FOUND);
    assert_non_null(strstr(err.msg, "'c'"));
    assert_int_equal(order_bind(&o, &w, 0, true, &a, &out, &err), 0);
    assert_int_equal(out.node_count, 1);
}

/* ---- plans ---- */

static void a_drain_is_cordon_gates_drain_proof(void **state)
{
    static const char *const nodes[] = {"n1", "n2", NULL};
    static const char *const names[] = {"cordon",     "approval-1", "soak-1",
                                        "approval-2", "drain",      "verify"};
    const struct drain_order o = {.nodes = nodes};
    const struct gate gates[] = {
        {.kind = GATE_APPROVAL}, {.kind = GATE_SOAK, .soak_ms = 1}, {.kind = GATE_APPROVAL}};
    struct plan p;
    struct err err = {0};
    plan_init(&p);
    assert_int_equal(drain_plan(&o, gates, 3, &p, &err), 0);
    assert_string_equal(p.kind, "nodes-drain");
    assert_string_equal(p.title, "drain nodes n1 and n2");
    assert_int_equal(p.steps.len, ARRAY_LEN(names));
    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        assert_string_equal(p.steps.items[i].name, names[i]);
    assert_int_equal(p.claims.len, 2);
    assert_string_equal(p.claims.items[1], "node/n2");
    assert_true(sv_is(p.args, "{\"nodes\":[\"n1\",\"n2\"],\"order\":\"name\"}"));
    for (const struct plan_verb *v = drain_verbs(); v->name; v++)
        assert_non_null(v->act);
    plan_release(&p);
    plan_init(&p);
    assert_int_equal(drain_plan_cordon(nodes, true, &p, &err), 0);
    assert_string_equal(p.kind, "nodes-uncordon");
    assert_int_equal(p.steps.len, 1);
    plan_release(&p);
    plan_init(&p);
    assert_int_equal(drain_plan_cordon(nodes + 2, true, &p, &err), -1);
    assert_int_equal(err.class, ERR_USAGE);
    plan_release(&p);
}

/* ---- nodes ---- */

static void a_node_is_patched_as_itself_only(void **state)
{
    static const struct {
        enum node_flag cordon, mark;
        const char *body;
    } cases[] = {
        {FLAG_SET, FLAG_SET,
         "{\"metadata\":{\"uid\":\"u\",\"annotations\":{\"toban.dev/plan\":\"p-1 by ann\"}},"
         "\"spec\":{\"unschedulable\":true}}"},
        {FLAG_CLEAR, FLAG_CLEAR,
         "{\"metadata\":{\"uid\":\"u\",\"annotations\":{\"toban.dev/plan\":null}},"
         "\"spec\":{\"unschedulable\":null}}"},
        {FLAG_KEEP, FLAG_CLEAR,
         "{\"metadata\":{\"uid\":\"u\",\"annotations\":{\"toban.dev/plan\":null}}}"},
        {FLAG_SET, FLAG_KEEP, "{\"metadata\":{\"uid\":\"u\"},\"spec\":{\"unschedulable\":true}}"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        _cleanup_str_ struct str body = {0};
        const struct node_change c = {
            .node = "n", .uid = "u", .cordon = cases[i].cordon, .mark = cases[i].mark};
        node_change_body(&c, "p-1 by ann", &body);
        assert_string_equal(str_c(&body), cases[i].body);
    }
}

static void a_node_tells_its_volumes_and_whose_it_is(void **state)
{
    _cleanup_arena_ struct arena a = {0};
    struct node_look n;
    struct err err = {0};
    static const char text[] =
        "{\"metadata\":{\"uid\":\"u\",\"annotations\":{\"toban.dev/plan\":\"p-7k2m4q by "
        "ann@host\"}},\"spec\":{\"unschedulable\":true},\"status\":{\"volumesAttached\":[{"
        "\"name\":\"v1\"},{\"name\":\"v2\"}],\"volumesInUse\":[\"v2\",\"v3\"]}}";
    assert_int_equal(node_look_parse(SV(text), &a, &n, &err), 0);
    assert_true(n.unschedulable);
    assert_int_equal(n.volumes, 3);
    assert_string_equal(n.mark.plan, "p-7k2m4q");
    assert_string_equal(n.mark.by, "ann@host");
    assert_int_equal(node_look_parse(SV("{\"metadata\":{\"uid\":\"u\"}}"), &a, &n, &err), 0);
    assert_true(!n.unschedulable && !n.volumes && !n.mark.plan);
    assert_int_equal(node_look_parse(SV("{}"), &a, &n, &err), -1);
    assert_int_equal(node_look_parse(SV("<html>"), &a, &n, &err), -1);
}

static void daemons_and_static_pods_are_not_left_behind(void **state)
{
    static const struct {
        const char *pod;
        bool left;
    } cases[] = {
        {"{\"metadata\":{}}", true},
        {"{\"metadata\":{\"ownerReferences\":[{\"apiVersion\":\"apps/v1\",\"kind\":\"DaemonSet\","
         "\"controller\":true}]}}",
         false},
        {"{\"metadata\":{\"ownerReferences\":[{\"apiVersion\":\"apps/v1\",\"kind\":\"DaemonSet\"}]"
         "}}",
         true},
        {"{\"metadata\":{\"ownerReferences\":[{\"apiVersion\":\"other/v1\",\"kind\":\"DaemonSet\","
         "\"controller\":true}]}}",
         true},
        {"{\"metadata\":{\"annotations\":{\"kubernetes.io/config.mirror\":\"x\"}}}", false},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        _cleanup_doc_ struct doc_file f = {0};
        struct err err = {0};
        assert_int_equal(doc_parse_json(&f, "pod", sv_of(cases[i].pod), NULL, &err), 0);
        assert_int_equal(verify_is_left(f.parts[0].root), cases[i].left);
    }
}

/* ---- pace ---- */

static void the_rate_is_of_the_last_minute(void **state)
{
    struct pace p = {0};
    assert_true(pace_per_s(&p, 5) == 0);
    for (int64_t t = 0; t <= 600000; t += 100)
        pace_add(&p, t, (uint64_t)(t < 300000 ? t / 1000 * 5 : 1500 + (t - 300000) / 1000 * 2));
    double rate = pace_per_s(&p, 600000);
    assert_true(rate > 1.9 && rate < 2.1);
    rate = pace_per_s(&p, 630000);
    assert_true(rate > 0.8 && rate < 1.2);
    assert_true(p.len <= PACE_SAMPLES);
}

static void the_forecast_is_scaled_by_what_happened(void **state)
{
    struct pace_state s = {.forecast_ms = 100000, .total = 100};
    assert_int_equal(pace_remaining(&s), 100000);
    s.done = 50;
    s.elapsed_ms = 50000;
    assert_int_equal(pace_remaining(&s), 50000);
    s.elapsed_ms = 100000; /* twice as long as foretold */
    assert_int_equal(pace_remaining(&s), 75000);
    s.before = 50; /* nothing of it by this runner: it knows nothing of the pace */
    s.elapsed_ms = 0;
    assert_int_equal(pace_remaining(&s), 50000);
    s = (struct pace_state){.done = 50, .total = 100, .per_s = 2};
    assert_int_equal(pace_remaining(&s), 25000);
    s.per_s = 0;
    assert_int_equal(pace_remaining(&s), -1);
    s = (struct pace_state){.forecast_ms = 100, .done = 5, .total = 5, .elapsed_ms = 70};
    assert_int_equal(pace_remaining(&s), 30);
    s.elapsed_ms = 170;
    assert_int_equal(pace_remaining(&s), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(answers_are_told_apart),
        cmocka_unit_test(an_answer_names_its_budget),
        cmocka_unit_test(long_words_are_cut_at_a_character),
        cmocka_unit_test(an_eviction_is_of_one_very_pod),
        cmocka_unit_test(an_order_survives_as_json),
        cmocka_unit_test(an_order_that_is_not_understood_is_refused),
        cmocka_unit_test(an_order_finds_its_names),
        cmocka_unit_test(a_drain_is_cordon_gates_drain_proof),
        cmocka_unit_test(a_node_is_patched_as_itself_only),
        cmocka_unit_test(a_node_tells_its_volumes_and_whose_it_is),
        cmocka_unit_test(daemons_and_static_pods_are_not_left_behind),
        cmocka_unit_test(the_rate_is_of_the_last_minute),
        cmocka_unit_test(the_forecast_is_scaled_by_what_happened),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
