/* The pocket's API, asked in the process. */
#include "base/must.h"
#include "pocket/api.h"
#include "pocket/value.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

#define ADMIN "Bearer admin"

static struct pocket_api *api_start(void)
{
    return pocket_api_new(
        &(struct pocket_api_config){"1.31", "admin", "127.0.0.1:6443", 1800000000000});
}

static void ask_as(struct pocket_api *api, const char *login, const char *method,
                   const char *target, const char *type, const char *body,
                   struct pocket_answer *out)
{
    struct sv query = sv_of(target), path = sv_split(&query, '?');
    *out = (struct pocket_answer){0};
    pocket_api_handle(api,
                      &(struct pocket_request){.method = sv_of(method),
                                               .path = path,
                                               .query = query,
                                               .content_type = sv_of(type),
                                               .user_agent = SV("kubectl/v1.31.0"),
                                               .authorization = sv_of(login),
                                               .body = body ? sv_of(body) : SV("")},
                      out);
}

static int ask(struct pocket_api *api, const char *method, const char *target, const char *body,
               struct str *out)
{
    struct pocket_answer answer;
    ask_as(api, ADMIN, method, target, "application/json", body, &answer);
    str_reset(out);
    str_addv(out, str_sv(&answer.body));
    while (answer.pages && pocket_pages_read(answer.pages, 4096, out))
        ;
    int status = answer.status;
    pocket_answer_release(&answer);
    return status;
}

static int patch(struct pocket_api *api, const char *type, const char *target, const char *body,
                 struct str *out)
{
    struct pocket_answer answer;
    ask_as(api, ADMIN, "PATCH", target, type, body, &answer);
    str_reset(out);
    str_addv(out, str_sv(&answer.body));
    int status = answer.status;
    pocket_answer_release(&answer);
    return status;
}

#define assert_has(out, text) assert_non_null(strstr(str_c(out), text))
#define assert_lacks(out, text) assert_null(strstr(str_c(out), text))

#define MAPS "/api/v1/namespaces/default/configmaps"
#define PODS "/api/v1/namespaces/default/pods"

static const char *map_body(const char *name, const char *more, char buf[static 512])
{
    snprintf(buf, 512, "{\"metadata\":{\"name\":\"%s\"%s},\"data\":{\"a\":\"1\"}}", name, more);
    return buf;
}

static void test_create_get_list(void **state)
{
    (void)state;
    struct pocket_api *api = api_start();
    _cleanup_str_ struct str out = {0};
    char body[512];
    assert_int_equal(ask(api, "POST", MAPS, map_body("m1", "", body), &out), 201);
    assert_has(&out, "\"creationTimestamp\":\"2027-01-15T08:00:00Z\"");
    assert_has(&out, "\"uid\":");
    assert_has(&out, "\"manager\":\"kubectl\"");
    assert_int_equal(ask(api, "GET", MAPS "/m1", NULL, &out), 200);
    assert_has(&out, "{\"kind\":\"ConfigMap\",\"apiVersion\":\"v1\",");
    assert_int_equal(ask(api, "POST", MAPS, map_body("m1", "", body), &out), 409);
    assert_has(&out,
               "\"message\":\"configmaps \\\"m1\\\" already exists\",\"reason\":\"AlreadyExists\"");
    assert_int_equal(ask(api, "POST", MAPS, "{\"metadata\":{\"generateName\":\"g-\"}}", &out), 201);
    assert_int_equal(ask(api, "GET", "/api/v1/configmaps", NULL, &out), 200);
    assert_has(&out, "\"name\":\"g-");
    assert_has(&out, "\"name\":\"m1\"");
    assert_int_equal(ask(api, "GET", "/apis/apps/v1/nothing", NULL, &out), 404);
    assert_int_equal(ask(api, "GET", MAPS "/m2", NULL, &out), 404);
    assert_has(&out, "configmaps \\\"m2\\\" not found");
    pocket_api_free(api);
}

static void test_refuses_bad_objects(void **state)
{
    (void)state;
    struct pocket_api *api = api_start();
    _cleanup_str_ struct str out = {0};
    char body[512];
    assert_int_equal(ask(api, "POST", MAPS, map_body("M_1", "", body), &out), 422);
    assert_has(&out,
               "ConfigMap \\\"M_1\\\" is invalid: metadata.name: Invalid value: \\\"M_1\\\": a "
               "lowercase RFC 1123 subdomain");
    assert_int_equal(ask(api, "POST", MAPS, "{", &out), 400);
    assert_int_equal(ask(api, "POST", MAPS, "{\"kind\":\"Pod\",\"apiVersion\":\"v1\"}", &out), 400);
    assert_int_equal(
        ask(api, "POST", "/api/v1/namespaces/none/configmaps", map_body("m", "", body), &out), 404);
    assert_has(&out, "namespaces \\\"none\\\" not found");
    assert_int_equal(ask(api, "POST", MAPS, map_body("m", ",\"namespace\":\"other\"", body), &out),
                     400);
    assert_int_equal(ask(api, "GET", MAPS "?labelSelector=a%20b", NULL, &out), 400);
    assert_int_equal(ask(api, "GET", MAPS "?limit=x", NULL, &out), 400);
    assert_int_equal(ask(api, "GET", MAPS "/%zz", NULL, &out), 400);
    pocket_api_free(api);
}

static void test_update_conflict(void **state)
{
    (void)state;
    struct pocket_api *api = api_start();
    _cleanup_str_ struct str out = {0};
    char body[512];
    ask(api, "POST", MAPS, map_body("m1", "", body), &out);
    assert_int_equal(
        ask(api, "PUT", MAPS "/m1", map_body("m1", ",\"resourceVersion\":\"1\"", body), &out), 409);
    assert_has(&out, "Operation cannot be fulfilled on configmaps \\\"m1\\\": the object has been "
                     "modified; please apply your changes to the latest version and try again");
    uint64_t before = objects_version(pocket_api_objects(api));
    assert_int_equal(ask(api, "PUT", MAPS "/m1", map_body("m1", "", body), &out), 200);
    assert_int_equal(objects_version(pocket_api_objects(api)), before);
    assert_int_equal(ask(api, "PUT", MAPS "/m1?dryRun=All",
                         "{\"metadata\":{\"name\":\"m1\"},\"data\":{\"a\":\"2\"}}", &out),
                     200);
    assert_int_equal(objects_version(pocket_api_objects(api)), before);
    assert_int_equal(ask(api, "PUT", MAPS "/m2", map_body("m1", "", body), &out), 404);
    assert_int_equal(ask(api, "PATCH", MAPS "/m1", "{}", &out), 415);
    pocket_api_free(api);
}

#define DEPLOYMENT                                                                                 \
    "{\"metadata\":{\"name\":\"web\"},\"spec\":{\"selector\":{\"matchLabels\":{\"a\":\"b\"}},"     \
    "\"template\":{\"metadata\":{\"labels\":{\"a\":\"b\"}},\"spec\":{\"containers\":[{\"name\":"   \
    "\"c\",\"image\":\"i\"}]}}},\"status\":{\"replicas\":9}}"
#define WEB "/apis/apps/v1/namespaces/default/deployments/web"

static void test_status_and_scale_are_apart(void **state)
{
    (void)state;
    struct pocket_api *api = api_start();
    _cleanup_str_ struct str out = {0};
    assert_int_equal(
        ask(api, "POST", "/apis/apps/v1/namespaces/default/deployments", DEPLOYMENT, &out), 201);
    assert_lacks(&out, "\"replicas\":9");
    assert_int_equal(patch(api, "application/merge-patch+json", WEB "/status",
                           "{\"spec\":{\"replicas\":7},\"status\":{\"replicas\":3}}", &out),
                     200);
    assert_has(&out, "\"generation\":1");
    assert_int_equal(patch(api, "application/merge-patch+json", WEB "/scale",
                           "{\"spec\":{\"replicas\":5}}", &out),
                     200);
    assert_has(&out, "\"kind\":\"Scale\"");
    assert_has(&out, "\"spec\":{\"replicas\":5},\"status\":{\"replicas\":3,\"selector\":\"a=b\"}");
    ask(api, "GET", WEB, NULL, &out);
    assert_has(&out, "\"generation\":2");
    assert_int_equal(patch(api, "application/strategic-merge-patch+json", WEB,
                           "{\"spec\":{\"selector\":{\"matchLabels\":{\"a\":\"c\"}}}}", &out),
                     422);
    assert_has(&out, "\"field\":\"spec.selector\"");
    assert_has(&out, "field is immutable");
    pocket_api_free(api);
}

static void test_apply_makes_and_merges(void **state)
{
    (void)state;
    struct pocket_api *api = api_start();
    _cleanup_str_ struct str out = {0};
    const char *first = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: m\ndata:\n  a: x\n";
    const char *second = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: m\ndata:\n  a: z\n";
    assert_int_equal(patch(api, "application/apply-patch+yaml", MAPS "/m", first, &out), 400);
    assert_int_equal(
        patch(api, "application/apply-patch+yaml", MAPS "/m?fieldManager=one", first, &out), 201);
    assert_int_equal(
        patch(api, "application/apply-patch+yaml", MAPS "/m?fieldManager=two", second, &out), 409);
    assert_has(&out, "conflict");
    assert_int_equal(patch(api, "application/apply-patch+yaml",
                           MAPS "/m?fieldManager=two&force=true", second, &out),
                     200);
    assert_has(&out, "\"data\":{\"a\":\"z\"}");
    pocket_api_free(api);
}

static void test_finalizers_and_owners(void **state)
{
    (void)state;
    struct pocket_api *api = api_start();
    _cleanup_str_ struct str out = {0};
    char body[512], owned[256];
    assert_int_equal(ask(api, "POST", MAPS,
                         map_body("own", ",\"uid\":\"x\",\"finalizers\":[\"a/b\"]", body), &out),
                     201);
    const char *uid = strstr(str_c(&out), "\"uid\":\"") + 7;
    snprintf(owned, sizeof owned,
             ",\"ownerReferences\":[{\"apiVersion\":\"v1\",\"kind\":\"ConfigMap\",\"name\":\"own\","
             "\"uid\":\"%.36s\"}]",
             uid);
    assert_int_equal(ask(api, "POST", MAPS, map_body("child", owned, body), &out), 201);
    assert_int_equal(ask(api, "DELETE", MAPS "/own", NULL, &out), 200);
    assert_has(&out, "\"deletionTimestamp\":\"2027-01-15T08:00:00Z\"");
    assert_int_equal(ask(api, "GET", MAPS "/child", NULL, &out), 200);
    assert_int_equal(patch(api, "application/merge-patch+json", MAPS "/own",
                           "{\"metadata\":{\"finalizers\":null}}", &out),
                     200);
    assert_int_equal(ask(api, "GET", MAPS "/own", NULL, &out), 404);
    assert_int_equal(ask(api, "GET", MAPS "/child", NULL, &out), 404);
    pocket_api_free(api);
}

static void make_owned(struct pocket_api *api, struct str *out)
{
    char body[512], owned[256];
    ask(api, "POST", MAPS, map_body("own", "", body), out);
    snprintf(owned, sizeof owned,
             ",\"ownerReferences\":[{\"apiVersion\":\"v1\",\"kind\":\"ConfigMap\",\"name\":\"own\","
             "\"uid\":\"%.36s\"}]",
             strstr(str_c(out), "\"uid\":\"") + 7);
    ask(api, "POST", MAPS, map_body("child", owned, body), out);
}

static void test_refuses_what_never_may_be(void **state)
{
    (void)state;
    struct pocket_api *api = api_start();
    _cleanup_str_ struct str out = {0};
    char body[512];
    const char *merge = "application/merge-patch+json";
    ask(api, "POST", MAPS, map_body("m", ",\"finalizers\":[\"a/b\"]", body), &out);
    ask(api, "DELETE", MAPS "/m", NULL, &out);
    assert_int_equal(
        patch(api, merge, MAPS "/m", "{\"metadata\":{\"finalizers\":[\"a/b\",\"c/d\"]}}", &out),
        422);
    assert_has(&out, "no new finalizers can be added if the object is being deleted, found new "
                     "finalizers []string{\\\"c/d\\\"}");
    ask(api, "POST", "/apis/apps/v1/namespaces/default/deployments", DEPLOYMENT, &out);
    assert_int_equal(patch(api, merge, WEB, "{\"spec\":{\"replicas\":-1}}", &out), 422);
    assert_has(&out, "spec.replicas: Invalid value: -1: must be greater than or equal to 0");
    assert_int_equal(patch(api, merge, WEB "/scale", "{\"spec\":{\"replicas\":-1}}", &out), 422);
    assert_has(&out, "Scale.autoscaling \\\"web\\\" is invalid: spec.replicas");
    assert_int_equal(patch(api, merge, WEB "/scale",
                           "{\"metadata\":{\"resourceVersion\":\"1\"},\"spec\":{\"replicas\":1}}",
                           &out),
                     409);
    pocket_api_free(api);
}

/* As a client's DELETE, but for who asked. */
static void test_controllers_delete(void **state)
{
    (void)state;
    struct pocket_api *api = api_start();
    const struct kind *kind = kinds_of_object(pocket_api_kinds(api), SV("v1"), SV("ConfigMap"));
    _cleanup_str_ struct str out = {0};
    make_owned(api, &out);
    pocket_api_delete(api, kind, SV("default"), SV("nothing"));
    pocket_api_delete(api, kind, SV("default"), SV("own"));
    assert_int_equal(ask(api, "GET", MAPS "/own", NULL, &out), 404);
    assert_int_equal(ask(api, "GET", MAPS "/child", NULL, &out), 404);
    make_owned(api, &out);
    patch(api, "application/merge-patch+json", MAPS "/own",
          "{\"metadata\":{\"finalizers\":[\"a/b\"]}}", &out);
    pocket_api_delete(api, kind, SV("default"), SV("own"));
    assert_int_equal(ask(api, "GET", MAPS "/own", NULL, &out), 200);
    assert_has(&out, "\"deletionTimestamp\"");
    pocket_api_free(api);
}

static void test_propagation(void **state)
{
    (void)state;
    struct pocket_api *api = api_start();
    _cleanup_str_ struct str out = {0};
    make_owned(api, &out);
    assert_int_equal(ask(api, "DELETE", MAPS "/own?propagationPolicy=Orphan", NULL, &out), 200);
    assert_has(&out,
               "\"status\":\"Success\",\"details\":{\"name\":\"own\",\"kind\":\"configmaps\"");
    assert_int_equal(ask(api, "GET", MAPS "/child", NULL, &out), 200);
    assert_lacks(&out, "\"ownerReferences\"");
    assert_int_equal(ask(api, "DELETE", MAPS "/child", NULL, &out), 200);
    make_owned(api, &out);
    assert_int_equal(
        ask(api, "DELETE", MAPS "/own", "{\"propagationPolicy\":\"Foreground\"}", &out), 200);
    assert_int_equal(ask(api, "GET", MAPS "/own", NULL, &out), 404);
    assert_int_equal(ask(api, "GET", MAPS "/child", NULL, &out), 404);
    assert_int_equal(ask(api, "DELETE", "/api/v1/namespaces/kube-public",
                         "{\"preconditions\":{\"uid\":\"no\"}}", &out),
                     409);
    pocket_api_free(api);
}

#define POD(node)                                                                                  \
    "{\"metadata\":{\"name\":\"p\"},\"spec\":{" node                                               \
    "\"containers\":[{\"name\":\"c\",\"image\":\"i\"}]}}"

static bool refuse(void *ctx, const struct pocket_write *w, struct pocket_refusal *r)
{
    (void)w;
    *r = (struct pocket_refusal){429, "TooManyRequests", "its budget allows none", NULL, 10};
    return *(bool *)ctx;
}

static void test_pods_end_with_grace(void **state)
{
    (void)state;
    struct pocket_api *api = api_start();
    _cleanup_str_ struct str out = {0};
    bool allow = false;
    pocket_api_set_hooks(api, &(struct pocket_hooks){.ctx = &allow, .evict = refuse});
    ask(api, "POST", PODS, POD(""), &out);
    assert_int_equal(ask(api, "POST", PODS "/p/binding", "{\"target\":{\"name\":\"n1\"}}", &out),
                     201);
    assert_int_equal(ask(api, "POST", PODS "/p/binding", "{\"target\":{\"name\":\"n1\"}}", &out),
                     409);
    assert_int_equal(ask(api, "POST", PODS "/p/eviction", "{}", &out), 429);
    assert_has(&out, "\"retryAfterSeconds\":10");
    allow = true;
    assert_int_equal(ask(api, "POST", PODS "/p/eviction", "{}", &out), 201);
    ask(api, "GET", PODS "/p", NULL, &out);
    assert_has(&out,
               "\"deletionGracePeriodSeconds\":30,\"deletionTimestamp\":\"2027-01-15T08:00:30Z\"");
    assert_int_equal(ask(api, "DELETE", "/api/v1/namespaces/default", NULL, &out), 200);
    assert_has(&out, "Terminating");
    assert_int_equal(ask(api, "POST", PODS, POD(""), &out), 403);
    struct err err = {0};
    const struct kind *pods = kinds_find(pocket_api_kinds(api), SV(""), SV("v1"), SV("pods"));
    assert_int_equal(pocket_api_remove(api, pods, SV("default"), SV("p"), &err), 0);
    assert_int_equal(ask(api, "GET", "/api/v1/namespaces/default", NULL, &out), 404);
    pocket_api_free(api);
}

static void test_chunks_show_one_version(void **state)
{
    (void)state;
    struct pocket_api *api = api_start();
    _cleanup_str_ struct str out = {0};
    char body[512], name[32], target[128];
    for (int i = 0; i < 5; i++) {
        snprintf(name, sizeof name, "m%d", i);
        ask(api, "POST", MAPS, map_body(name, "", body), &out);
    }
    assert_int_equal(ask(api, "GET", MAPS "?limit=2", NULL, &out), 200);
    assert_has(&out, "\"remainingItemCount\":3");
    uint64_t version = objects_version(pocket_api_objects(api));
    char token[32] = {0};
    sscanf(strstr(str_c(&out), "\"continue\":\"") + 12, "%31[^\"]", token);
    ask(api, "DELETE", MAPS "/m3", NULL, &out);
    snprintf(target, sizeof target, MAPS "?limit=9&continue=%s", token);
    assert_int_equal(ask(api, "GET", target, NULL, &out), 200);
    assert_has(&out, "\"name\":\"m3\"");
    assert_lacks(&out, "\"name\":\"m1\"");
    snprintf(body, sizeof body, "\"resourceVersion\":\"%llu\"}", (unsigned long long)version);
    assert_has(&out, body);
    assert_int_equal(ask(api, "GET", MAPS "?continue=77.2", NULL, &out), 410);
    assert_has(&out, "\"reason\":\"Expired\"");
    pocket_api_free(api);
}

static void test_rights(void **state)
{
    (void)state;
    struct pocket_api *api = api_start();
    _cleanup_str_ struct str out = {0};
    struct pocket_answer answer;
    pocket_api_add_user(api, SV("t"), "jo", "devs");
    ask_as(api, "Bearer no", "GET", MAPS, "", NULL, &answer);
    assert_int_equal(answer.status, 401);
    pocket_answer_release(&answer);
    ask_as(api, "Bearer t", "GET", MAPS, "", NULL, &answer);
    assert_int_equal(answer.status, 403);
    assert_has(
        &answer.body,
        "configmaps is forbidden: User \\\"jo\\\" cannot list resource \\\"configmaps\\\" in API "
        "group \\\"\\\" in the namespace \\\"default\\\"");
    pocket_answer_release(&answer);
    assert_int_equal(ask(api, "POST", "/apis/rbac.authorization.k8s.io/v1/clusterroles",
                         "{\"metadata\":{\"name\":\"see:all\"},\"rules\":[{\"apiGroups\":[\"\"],"
                         "\"resources\":[\"configmaps\"],\"verbs\":[\"list\"]}]}",
                         &out),
                     201);
    assert_int_equal(
        ask(api, "POST", "/apis/rbac.authorization.k8s.io/v1/namespaces/default/rolebindings",
            "{\"metadata\":{\"name\":\"b\"},\"subjects\":[{\"kind\":\"Group\",\"name\":\"devs\"}],"
            "\"roleRef\":{\"kind\":\"ClusterRole\",\"name\":\"see:all\"}}",
            &out),
        201);
    ask_as(api, "Bearer t", "GET", MAPS, "", NULL, &answer);
    assert_int_equal(answer.status, 200);
    pocket_answer_release(&answer);
    ask_as(api, "Bearer t", "GET", "/api/v1/configmaps", "", NULL, &answer);
    assert_int_equal(answer.status, 403);
    pocket_answer_release(&answer);
    pocket_api_free(api);
}

static void test_custom_kinds_come_and_go(void **state)
{
    (void)state;
    struct pocket_api *api = api_start();
    _cleanup_str_ struct str out = {0};
    const char *crds = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
    const char *cats = "/apis/x.io/v1/namespaces/default/cats";
    assert_int_equal(ask(api, "GET", cats, NULL, &out), 404);
    assert_int_equal(
        ask(api, "POST", crds,
            "{\"metadata\":{\"name\":\"cats.x.io\"},\"spec\":{\"group\":\"x.io\",\"scope\":"
            "\"Namespaced\",\"names\":{\"plural\":\"cats\",\"singular\":\"cat\",\"kind\":\"Cat\"},"
            "\"versions\":[{\"name\":\"v1\",\"served\":true,\"storage\":true,\"schema\":{"
            "\"openAPIV3Schema\":{\"type\":\"object\"}}}]}}",
            &out),
        201);
    assert_int_equal(ask(api, "POST", cats, "{\"metadata\":{\"name\":\"tom\"}}", &out), 201);
    assert_int_equal(ask(api, "GET", "/apis/x.io/v1", NULL, &out), 200);
    assert_has(&out, "\"cats\"");
    assert_int_equal(ask(api, "DELETE",
                         "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/cats.x.io", NULL,
                         &out),
                     200);
    assert_int_equal(ask(api, "GET", cats, NULL, &out), 404);
    pocket_api_free(api);
}

/* What a client knows of configmaps: name -> version, by listing and watching. */
struct known {
    char version[8][24];
};

static void learn(struct known *k, const struct doc_node *object, bool gone)
{
    struct sv name = doc_string(doc_at(object, "metadata.name"));
    struct sv version = doc_string(doc_at(object, "metadata.resourceVersion"));
    char *slot = k->version[name.ptr[1] - '0'];
    memset(slot, 0, sizeof k->version[0]);
    if (!gone)
        snprintf(slot, sizeof k->version[0], "%.*s", SV_ARG(version));
}

static uint64_t learn_list(struct pocket_api *api, const char *target, struct known *k)
{
    _cleanup_str_ struct str out = {0};
    _cleanup_doc_ struct doc_file file = {0};
    struct err err = {0};
    uint64_t version = 0;
    *k = (struct known){0};
    assert_int_equal(ask(api, "GET", target, NULL, &out), 200);
    assert_int_equal(doc_parse_json(&file, "list", str_sv(&out), NULL, &err), 0);
    doc_each_item(item, doc_get(file.parts[0].root, "items"))
        learn(k, item, false);
    assert_true(
        sv_to_u64(doc_string(doc_at(file.parts[0].root, "metadata.resourceVersion")), &version));
    return version;
}

static void learn_watch(struct pocket_watch *w, struct known *k)
{
    _cleanup_str_ struct str out = {0};
    struct err err = {0};
    assert_true(pocket_watch_read(w, SIZE_MAX / 2, &out));
    struct sv rest = str_sv(&out);
    while (rest.len) {
        _cleanup_doc_ struct doc_file file = {0};
        struct sv line = sv_split(&rest, '\n');
        assert_int_equal(doc_parse_json(&file, "event", line, NULL, &err), 0);
        struct sv type = doc_get_string(file.parts[0].root, "type");
        assert_false(sv_is(type, "ERROR"));
        learn(k, doc_get(file.parts[0].root, "object"), sv_is(type, "DELETED"));
    }
}

static void write_something(struct pocket_api *api, unsigned *seed)
{
    _cleanup_str_ struct str out = {0};
    char target[128], body[256];
    unsigned what = (unsigned)rand_r(seed) % 4, n = (unsigned)rand_r(seed) % 8;
    unsigned label = (unsigned)rand_r(seed) % 2, value = (unsigned)rand_r(seed) % 100;
    snprintf(target, sizeof target, MAPS);
    if (what != 0)
        snprintf(target, sizeof target, MAPS "/m%u", n);
    snprintf(body, sizeof body,
             "{\"metadata\":{\"name\":\"m%u\",\"labels\":{\"l\":\"%u\"}},\"data\":{\"v\":\"%u\"}}",
             n, label, value);
    static const char *const verbs[] = {"POST", "PUT", "DELETE", "PUT"};
    ask(api, verbs[what], target, what == 2 ? NULL : body, &out);
}

/* List, then watch from that version: at every later moment what is known is a fresh list. */
static void test_watch_equals_list(void **state)
{
    (void)state;
    for (unsigned seed = 1; seed <= 40; seed++) {
        struct pocket_api *api = api_start();
        const char *list = seed % 2 ? MAPS "?" : MAPS "?labelSelector=l%3D1&";
        unsigned dice = seed;
        char target[160];
        struct known known, fresh;
        struct pocket_answer answer;
        for (int i = 0; i < 20; i++)
            write_something(api, &dice);
        uint64_t version = learn_list(api, list, &known);
        for (int i = 0; i < (int)(seed % 5); i++)
            write_something(api, &dice);
        snprintf(target, sizeof target, "%swatch=true&resourceVersion=%llu", list,
                 (unsigned long long)version);
        ask_as(api, ADMIN, "GET", target, "", NULL, &answer);
        assert_non_null(answer.watch);
        for (int i = 0; i < 60; i++) {
            write_something(api, &dice);
            if (i % 3)
                continue;
            learn_watch(answer.watch, &known);
            learn_list(api, list, &fresh);
            assert_memory_equal(&known, &fresh, sizeof known);
        }
        pocket_answer_release(&answer);
        pocket_api_free(api);
    }
}

static void test_watch_too_old_and_over(void **state)
{
    (void)state;
    struct pocket_api *api = api_start();
    _cleanup_str_ struct str out = {0};
    struct pocket_answer answer;
    objects_forget(pocket_api_objects(api), 0);
    ask_as(api, ADMIN, "GET", MAPS "?watch=1&resourceVersion=1", "", NULL, &answer);
    assert_false(pocket_watch_read(answer.watch, 1000, &out));
    assert_has(&out, "{\"type\":\"ERROR\"");
    assert_has(&out, "too old resource version: 1 (4)");
    assert_has(&out, "\"code\":410");
    pocket_answer_release(&answer);
    ask_as(api, ADMIN, "GET", MAPS "?watch=1&allowWatchBookmarks=true&timeoutSeconds=90", "", NULL,
           &answer);
    str_reset(&out);
    pocket_api_set_time(api, 1800000061000);
    assert_true(pocket_watch_read(answer.watch, 1000, &out));
    assert_has(&out, "{\"type\":\"BOOKMARK\"");
    pocket_api_set_time(api, 1800000090000);
    assert_false(pocket_watch_read(answer.watch, 1000, &out));
    pocket_answer_release(&answer);
    pocket_api_free(api);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_create_get_list),
        cmocka_unit_test(test_refuses_bad_objects),
        cmocka_unit_test(test_update_conflict),
        cmocka_unit_test(test_status_and_scale_are_apart),
        cmocka_unit_test(test_apply_makes_and_merges),
        cmocka_unit_test(test_finalizers_and_owners),
        cmocka_unit_test(test_refuses_what_never_may_be),
        cmocka_unit_test(test_controllers_delete),
        cmocka_unit_test(test_propagation),
        cmocka_unit_test(test_pods_end_with_grace),
        cmocka_unit_test(test_chunks_show_one_version),
        cmocka_unit_test(test_rights),
        cmocka_unit_test(test_custom_kinds_come_and_go),
        cmocka_unit_test(test_watch_equals_list),
        cmocka_unit_test(test_watch_too_old_and_over),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
