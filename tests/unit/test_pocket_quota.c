/* LimitRanges and ResourceQuotas: what they fill in, what they refuse and in which words, and the
 * status. The words are those of a real 1.20.2. */
#include "pocket/amount.h"
#include "pocket_rig.h"

#include "unit.h"

#define IN "/api/v1/namespaces/default/"
#define DEFAULTS                                                                                   \
    "{\"metadata\":{\"name\":\"l\"},\"spec\":{\"limits\":[{\"type\":\"Container\",\"default\":{"   \
    "\"memory\":\"32Mi\"},\"defaultRequest\":{\"cpu\":\"10m\"}}]}}"
#define BOUNDS                                                                                     \
    "{\"metadata\":{\"name\":\"l\"},\"spec\":{\"limits\":[{\"type\":\"Container\",\"min\":{"       \
    "\"cpu\":\"50m\",\"memory\":\"16Mi\"},\"max\":{\"cpu\":\"1\",\"memory\":\"512Mi\"},"           \
    "\"default\":{\"cpu\":\"200m\"},\"maxLimitRequestRatio\":{\"cpu\":\"4\"}},{\"type\":\"Pod\","  \
    "\"max\":{\"cpu\":\"1500m\"}},{\"type\":\"PersistentVolumeClaim\",\"min\":{\"storage\":"       \
    "\"1Gi\"},\"max\":{\"storage\":\"10Gi\"}}]}}"
#define CLAIM(size)                                                                                \
    "{\"metadata\":{\"name\":\"v\"},\"spec\":{\"accessModes\":[\"ReadWriteOnce\"],\"resources\":{" \
    "\"requests\":{\"storage\":\"" size "\"}}}}"
#define ROOM                                                                                       \
    "{\"metadata\":{\"name\":\"room\"},\"spec\":{\"hard\":{\"pods\":\"2\",\"requests.cpu\":\"1\"," \
    "\"limits.memory\":\"1Gi\",\"services.loadbalancers\":\"0\",\"count/configmaps\":\"2\","       \
    "\"requests.storage\":\"5Gi\",\"count/deployments.apps\":\"1\"}}}"

static int make(struct pocket_api *api, const char *resource, const char *body, struct str *out)
{
    char target[200];
    snprintf(target, sizeof target, IN "%s", resource);
    return rig_post(api, target, body, out);
}

/* A pod of one container "c" with these resources, and of what is added behind it. */
static int pod(struct pocket_api *api, const char *name, const char *resources, const char *more,
               struct str *out)
{
    char body[1024];
    snprintf(body, sizeof body,
             "{\"metadata\":{\"name\":\"%s\"},\"spec\":{\"containers\":[{\"name\":\"c\",\"image\":"
             "\"i\",\"resources\":%s}%s]}}",
             name, resources, more);
    return make(api, "pods", body, out);
}

static void refuses(int status, struct str *out, const char *text)
{
    assert_int_equal(status, 403);
    rig_has(out, "\"reason\":\"Forbidden\"");
    rig_has(out, text);
}

static const char *sum(const char *a, const char *b, char buf[static AMOUNT_TEXT_MAX])
{
    struct amount x, y;
    assert_true(amount_parse(sv_of(a), &x));
    assert_true(amount_parse(sv_of(b), &y));
    return amount_text(amount_add(x, y), buf);
}

static void amounts_are_shown_as_kubernetes_does(void **state)
{
    (void)state;
    char buf[AMOUNT_TEXT_MAX];
    assert_string_equal(sum("512Mi", "1Mi", buf), "513Mi");
    assert_string_equal(sum("512Mi", "512Mi", buf), "1Gi");
    assert_string_equal(sum("0", "1536Mi", buf), "1536Mi");
    assert_string_equal(sum("0.5", "100m", buf), "600m");
    assert_string_equal(sum("500m", "0.5", buf), "1");
    assert_string_equal(sum("999", "1", buf), "1k");
    assert_string_equal(sum("1Ki", "-1000", buf), "24");
    assert_string_equal(sum("8Pi", "8Pi", buf), sum("16Pi", "0", (char[AMOUNT_TEXT_MAX]){0}));
    struct amount none;
    assert_false(amount_parse(SV("many"), &none));
}

static void fills_in_what_a_container_does_not_say(void **state)
{
    (void)state;
    struct pocket_api *api = rig_start("1.31");
    _cleanup_str_ struct str out = {0};
    assert_int_equal(make(api, "limitranges", DEFAULTS, &out), 201);
    rig_has(&out, "\"defaultRequest\":{\"cpu\":\"10m\",\"memory\":\"32Mi\"}");
    assert_int_equal(pod(api, "a", "{}", "", &out), 201);
    rig_has(&out,
            "\"kubernetes.io/limit-ranger\":\"LimitRanger plugin set: cpu, memory request for "
            "container c; memory limit for container c\"");
    rig_has(&out, "\"resources\":{\"limits\":{\"memory\":\"32Mi\"},\"requests\":{\"cpu\":\"10m\","
                  "\"memory\":\"32Mi\"}}");
    rig_has(&out, "\"qosClass\":\"Burstable\"");
    assert_int_equal(pod(api, "b", "{\"limits\":{\"memory\":\"1Gi\",\"cpu\":\"1\"}}",
                         "],\"initContainers\":[{\"name\":\"first\",\"image\":\"i\"}", &out),
                     201);
    rig_has(&out, "\"limits\":{\"cpu\":\"1\",\"memory\":\"1Gi\"},\"requests\":{\"cpu\":\"1\","
                  "\"memory\":\"1Gi\"}");
    rig_has(&out, "cpu, memory request for init container first; memory limit for init container");
    pocket_api_free(api);
}

static void refuses_what_is_out_of_bounds(void **state)
{
    (void)state;
    struct pocket_api *api = rig_start("1.31");
    _cleanup_str_ struct str out = {0};
    make(api, "limitranges", BOUNDS, &out);
    assert_int_equal(pod(api, "a", "{}", "", &out), 201);
    rig_has(&out, "\"qosClass\":\"Guaranteed\"");
    refuses(
        pod(api, "b", "{\"requests\":{\"cpu\":\"10m\",\"memory\":\"8Mi\"}}", "", &out), &out,
        "\"message\":\"pods \\\"b\\\" is forbidden: [minimum cpu usage per Container is 50m, but "
        "request is 10m, minimum memory usage per Container is 16Mi, but request is 8Mi, cpu "
        "max limit to request ratio per Container is 4, but provided ratio is 20.000000]\"");
    refuses(
        pod(api, "c", "{\"requests\":{\"cpu\":\"10m\"},\"limits\":{\"cpu\":\"2\"}}", "", &out),
        &out,
        "[minimum cpu usage per Container is 50m, but request is 10m, maximum cpu usage per "
        "Container is 1, but limit is 2, cpu max limit to request ratio per Container is 4, but "
        "provided ratio is 200.000000, maximum cpu usage per Pod is 1500m, but limit is 2]");
    refuses(pod(api, "d", "{\"limits\":{\"cpu\":\"1\"}}",
                ",{\"name\":\"e\",\"image\":\"i\",\"resources\":{\"limits\":{\"cpu\":\"1\"}}}",
                &out),
            &out, "is forbidden: maximum cpu usage per Pod is 1500m, but limit is 2\"");
    refuses(make(api, "persistentvolumeclaims", CLAIM("100Mi"), &out), &out,
            "persistentvolumeclaims \\\"v\\\" is forbidden: minimum storage usage per "
            "PersistentVolumeClaim is 1Gi, but request is 100Mi\"");
    refuses(make(api, "persistentvolumeclaims", CLAIM("20Gi"), &out), &out,
            "maximum storage usage per PersistentVolumeClaim is 10Gi, but request is 20Gi\"");
    assert_int_equal(rig_get(api, IN "pods/b", &out), 404);
    pocket_api_free(api);
}

#define NAMED(n) "{\"metadata\":{\"name\":\"" n "\"}}"

static void refuses_what_a_quota_does_not_hold(void **state)
{
    (void)state;
    struct pocket_api *api = rig_start("1.31");
    _cleanup_str_ struct str out = {0};
    make(api, "resourcequotas", ROOM, &out);
    refuses(pod(api, "a", "{}", "", &out), &out,
            "\"pods \\\"a\\\" is forbidden: failed quota: room: must specify limits.memory for: c; "
            "requests.cpu for: c\"");
    assert_int_equal(pod(api, "a",
                         "{\"requests\":{\"cpu\":\"600m\"},\"limits\":{\"memory\":\"512Mi\"}}", "",
                         &out),
                     201);
    refuses(
        pod(api, "b", "{\"requests\":{\"cpu\":\"600m\"},\"limits\":{\"memory\":\"1536Mi\"}}", "",
            &out),
        &out,
        "is forbidden: exceeded quota: room, requested: limits.memory=1536Mi,requests.cpu=600m, "
        "used: limits.memory=512Mi,requests.cpu=600m, limited: limits.memory=1Gi,"
        "requests.cpu=1\"");
    assert_int_equal(
        pod(api, "b", "{\"requests\":{\"cpu\":\"0.1\"},\"limits\":{\"memory\":\"1Mi\"}}", "", &out),
        201);
    refuses(
        pod(api, "c", "{\"requests\":{\"cpu\":\"0.1\"},\"limits\":{\"memory\":\"1Mi\"}}", "", &out),
        &out, "requested: pods=1, used: pods=2, limited: pods=2\"");
    assert_int_equal(make(api, "configmaps", NAMED("x"), &out), 201);
    assert_int_equal(make(api, "configmaps", NAMED("y"), &out), 201);
    refuses(make(api, "configmaps?dryRun=All", NAMED("z"), &out), &out,
            "configmaps \\\"z\\\" is forbidden: exceeded quota: room, requested: "
            "count/configmaps=1, used: count/configmaps=2, limited: count/configmaps=2\"");
    refuses(make(api, "services",
                 "{\"metadata\":{\"name\":\"lb\"},\"spec\":{\"type\":\"LoadBalancer\",\"ports\":[{"
                 "\"port\":80}]}}",
                 &out),
            &out, "requested: services.loadbalancers=1, used: services.loadbalancers=0, limited");
    rig_get(api, IN "resourcequotas/room", &out);
    rig_has(&out, "\"used\":{\"count/configmaps\":\"2\",\"count/deployments.apps\":\"0\","
                  "\"limits.memory\":\"513Mi\",\"pods\":\"2\",\"requests.cpu\":\"700m\","
                  "\"requests.storage\":\"0\",\"services.loadbalancers\":\"0\"}");
    pocket_api_free(api);
}

static void shows_a_quota_in_a_line(void **state)
{
    (void)state;
    struct pocket_api *api = rig_start("1.31");
    _cleanup_str_ struct str out = {0};
    make(api, "resourcequotas", ROOM, &out);
    struct rig_ask ask = {"GET", IN "resourcequotas",
                          .accept = "application/json;as=Table;v=v1;g=meta.k8s.io"};
    assert_int_equal(rig_ask(api, &ask, &out), 200);
    rig_has(&out, "\"count/configmaps: 0/2, count/deployments.apps: 0/1, pods: 0/2, requests.cpu: "
                  "0/1, requests.storage: 0/5Gi, services.loadbalancers: 0/0\",\"limits.memory: "
                  "0/1Gi\"]");
    pocket_api_free(api);
}

static void an_old_server_names_no_containers(void **state)
{
    (void)state;
    struct pocket_api *api = rig_start("1.20");
    _cleanup_str_ struct str out = {0};
    make(api, "resourcequotas", ROOM, &out);
    refuses(pod(api, "a", "{}", "", &out), &out, "must specify limits.memory,requests.cpu\"");
    pocket_api_free(api);
}

/* A service that becomes a load balancer asks for one more. */
static void counts_what_changes(void **state)
{
    (void)state;
    struct pocket_api *api = rig_start("1.31");
    _cleanup_str_ struct str out = {0};
    make(api, "resourcequotas", ROOM, &out);
    make(api, "services", "{\"metadata\":{\"name\":\"s\"},\"spec\":{\"ports\":[{\"port\":80}]}}",
         &out);
    struct rig_ask ask = {"PATCH", IN "services/s", .type = "application/merge-patch+json",
                          .body = "{\"spec\":{\"type\":\"LoadBalancer\"}}"};
    refuses(rig_ask(api, &ask, &out), &out, "requested: services.loadbalancers=1, used");
    pocket_api_free(api);
}

static void the_status_follows_what_is_there(void **state)
{
    (void)state;
    struct pocket_api *api = rig_start("1.31");
    _cleanup_str_ struct str out = {0};
    struct err err = {0};
    make(api, "configmaps", NAMED("before"), &out);
    make(api, "resourcequotas", ROOM, &out);
    rig_get(api, IN "resourcequotas/room", &out);
    rig_has(&out, "\"count/configmaps\":\"1\"");
    /* What controllers make and end counts as well. */
    assert_int_equal(pocket_api_load(api,
                                     SV("{\"apiVersion\":\"v1\",\"kind\":\"Pod\",\"metadata\":{"
                                        "\"name\":\"p\",\"namespace\":\"default\"},\"spec\":{"
                                        "\"containers\":[{\"name\":\"c\",\"resources\":{"
                                        "\"requests\":{\"cpu\":\"3\"}}}]}}"),
                                     &err),
                     0);
    pocket_api_set_time(api, RIG_TIME + 1000);
    rig_get(api, IN "resourcequotas/room", &out);
    rig_has(&out, "\"pods\":\"1\",\"requests.cpu\":\"3\"");
    assert_int_equal(pocket_api_load(api,
                                     SV("{\"apiVersion\":\"v1\",\"kind\":\"Pod\",\"metadata\":{"
                                        "\"name\":\"p\",\"namespace\":\"default\"},\"spec\":{"
                                        "\"containers\":[{\"name\":\"c\",\"resources\":{"
                                        "\"requests\":{\"cpu\":\"3\"}}}]},\"status\":{\"phase\":"
                                        "\"Succeeded\"}}"),
                                     &err),
                     0);
    rig_get(api, IN "resourcequotas/room", &out);
    rig_has(&out, "\"pods\":\"0\",\"requests.cpu\":\"0\"");
    /* Other bounds are counted anew. */
    struct rig_ask ask = {"PATCH", IN "resourcequotas/room", .type = "application/merge-patch+json",
                          .body = "{\"spec\":{\"hard\":{\"configmaps\":\"5\",\"pods\":null}}}"};
    assert_int_equal(rig_ask(api, &ask, &out), 200);
    rig_get(api, IN "resourcequotas/room", &out);
    rig_has(&out, "\"used\":{\"configmaps\":\"1\",\"count/configmaps\":\"1\"");
    rig_lacks(&out, "\"pods\"");
    rig_ask(api, &(struct rig_ask){.method = "DELETE", .target = IN "configmaps/before"}, &out);
    rig_get(api, IN "resourcequotas/room", &out);
    rig_has(&out, "\"used\":{\"configmaps\":\"0\",\"count/configmaps\":\"0\"");
    /* In another namespace nothing counts. */
    rig_post(api, "/api/v1/namespaces/kube-system/configmaps", NAMED("far"), &out);
    rig_get(api, IN "resourcequotas/room", &out);
    rig_has(&out, "\"used\":{\"configmaps\":\"0\"");
    pocket_api_free(api);
}

static void scopes_choose_pods(void **state)
{
    (void)state;
    struct pocket_api *api = rig_start("1.31");
    _cleanup_str_ struct str out = {0};
    make(api, "resourcequotas",
         "{\"metadata\":{\"name\":\"loose\"},\"spec\":{\"scopes\":[\"BestEffort\"],\"hard\":{"
         "\"pods\":\"0\"}}}",
         &out);
    make(api, "resourcequotas",
         "{\"metadata\":{\"name\":\"high\"},\"spec\":{\"scopeSelector\":{\"matchExpressions\":[{"
         "\"scopeName\":\"PriorityClass\",\"operator\":\"In\",\"values\":[\"high\"]}]},\"hard\":{"
         "\"pods\":\"0\"}}}",
         &out);
    refuses(pod(api, "a", "{}", "", &out), &out, "exceeded quota: loose, requested: pods=1");
    assert_int_equal(pod(api, "a", "{\"requests\":{\"cpu\":\"1\"}}", "", &out), 201);
    refuses(pod(api, "b", "{\"requests\":{\"cpu\":\"1\"}}",
                "],\"priorityClassName\":\"high\",\"x\":[", &out),
            &out, "exceeded quota: high");
    assert_int_equal(make(api, "configmaps", NAMED("x"), &out), 201);
    pocket_api_free(api);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(amounts_are_shown_as_kubernetes_does),
        cmocka_unit_test(fills_in_what_a_container_does_not_say),
        cmocka_unit_test(refuses_what_is_out_of_bounds),
        cmocka_unit_test(refuses_what_a_quota_does_not_hold),
        cmocka_unit_test(shows_a_quota_in_a_line),
        cmocka_unit_test(an_old_server_names_no_containers),
        cmocka_unit_test(counts_what_changes),
        cmocka_unit_test(the_status_follows_what_is_there),
        cmocka_unit_test(scopes_choose_pods),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
