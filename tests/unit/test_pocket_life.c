/* The life behind the pocket's objects, with a host that keeps them in a list. */
#include "base/must.h"
#include "pocket/life.h"
#include "pocket/life/json.h"
#include "unit.h"
#include "world/load.h"
#include "world/single.h"
#include "world_build.h"

/* ---- a host ---- */

struct kept {
    char *key, *json;
    struct life_name name;
};

struct shelf {
    VEC(struct kept) items;
    bool checks; /* what the life puts tells its kind */
};

static char *key_of(const struct life_name *n)
{
    char *key = NULL;
    assert_true(asprintf(&key, "%.*s/%.*s/%.*s", SV_ARG(n->kind), SV_ARG(n->ns), SV_ARG(n->name)) >
                0);
    return key;
}

static struct kept *find(struct shelf *s, const struct life_name *n)
{
    char *key = key_of(n);
    struct kept *found = NULL;
    vec_foreach(k, &s->items)
        if (strcmp(k->key, key) == 0)
            found = k;
    free(key);
    return found;
}

static struct sv host_get(void *ctx, const struct life_name *n)
{
    struct kept *k = find(ctx, n);
    return k ? sv_of(k->json) : SV_NONE;
}

/* As the API's store: without apiVersion and kind. */
static char *bare(struct sv json)
{
    static const struct life_edit edits[] = {{"apiVersion", NULL, SV_NONE},
                                             {"kind", NULL, SV_NONE}};
    struct arena scratch = {0};
    _cleanup_str_ struct str out;
    str_init(&out, 0);
    life_json_edit(&out, json, edits, ARRAY_LEN(edits), &scratch);
    arena_release(&scratch);
    return str_steal(&out);
}

static void host_put(void *ctx, const struct life_name *n, struct sv json)
{
    struct shelf *s = ctx;
    struct arena scratch = {0};
    if (s->checks)
        assert_true(sv_eq(life_json_text(json, "kind", NULL, &scratch), n->kind));
    arena_release(&scratch);
    char *text = bare(json);
    struct kept *k = find(s, n);
    if (k) {
        free(k->json);
        k->json = text;
        return;
    }
    struct kept fresh = {key_of(n), text, *n};
    fresh.name.kind = sv_of(strndup(n->kind.ptr, n->kind.len));
    fresh.name.api_version = sv_of(strndup(n->api_version.ptr, n->api_version.len));
    must_push(&s->items, fresh);
}

static void kept_release(struct kept *k)
{
    free(k->key);
    free(k->json);
    free((char *)k->name.kind.ptr);
    free((char *)k->name.api_version.ptr);
}

static void host_drop(void *ctx, const struct life_name *n)
{
    struct shelf *s = ctx;
    struct kept *k = find(s, n);
    if (!k)
        return;
    kept_release(k);
    *k = s->items.items[--s->items.len];
}

/* ---- a cluster ---- */

struct scene {
    struct world w;
    struct shelf shelf;
    struct pocket_life *life;
    struct arena scratch;
    int64_t now;
};

static void begin(struct scene *sc)
{
    struct life_host host = {&sc->shelf, host_get, host_put, host_drop};
    struct life_options o = {.seed = 7};
    sc->shelf.checks = true;
    sc->life = pocket_life_new(&sc->w, NULL, &host, &o);
}

static void add_node(struct world *w, const struct build_node *n)
{
    uint32_t at = build_node(w, n);
    w->nodes.items[at].ready = true;
}

static void start(struct scene *sc, unsigned nodes)
{
    char name[16];
    *sc = (struct scene){0};
    build_world(&sc->w, 30);
    sc->w.taken = 1700000000;
    for (unsigned i = 0; i < nodes; i++) {
        snprintf(name, sizeof name, "n%u", i);
        struct build_node n = {.name = name, .zone = i % 2 ? "b" : "a"};
        add_node(&sc->w, &n);
    }
    begin(sc);
}

static void end(struct scene *sc)
{
    pocket_life_free(sc->life);
    vec_foreach(k, &sc->shelf.items)
        kept_release(k);
    vec_release(&sc->shelf.items);
    arena_release(&sc->scratch);
    world_release(&sc->w);
}

static void later(struct scene *sc, int64_t seconds)
{
    sc->now += seconds * 1000;
    pocket_life_run(sc->life, sc->now);
}

static struct life_name named(const char *version, const char *kind, const char *name)
{
    return (struct life_name){sv_of(version), sv_of(kind), SV("shop"), sv_of(name)};
}

static void put(struct scene *sc, struct life_name n, const char *json)
{
    struct err err = {0};
    sc->shelf.checks = false;
    host_put(&sc->shelf, &n, sv_of(json));
    sc->shelf.checks = true;
    assert_int_equal(pocket_life_written(sc->life, &n, false, sv_of(json), &err), 0);
}

static int64_t number(struct scene *sc, struct life_name n, const char *outer, const char *inner)
{
    return life_json_int(host_get(&sc->shelf, &n), outer, inner, -1, &sc->scratch);
}

static unsigned count(struct scene *sc, const char *kind)
{
    unsigned n = 0;
    vec_foreach(k, &sc->shelf.items)
        n += sv_is(k->name.kind, kind);
    return n;
}

/* ---- do the objects say what the simulator holds? ---- */

static void check_pod(struct scene *sc, const struct world_single *in)
{
    const struct world *w = pocket_life_world(sc->life);
    const struct world_pod *told = &in->is.pod;
    uint32_t at = world_find_pod(w, sv_of(world_text(w, w->classes.items[told->class].ns)),
                                 sv_of(world_text(w, told->name)));
    assert_int_not_equal(at, WORLD_NONE);
    const struct world_pod *is = &w->pods.items[at];
    assert_int_equal(told->class, is->class);
    assert_int_equal(in->refs.node, is->node == WORLD_NONE ? 0 : w->nodes.items[is->node].name);
    assert_int_equal(told->phase, is->phase);
    assert_int_equal(told->ready, is->ready);
    assert_int_equal(told->deleting != 0, is->deleting != 0);
    if (is->owner != WORLD_NONE)
        assert_int_equal(in->refs.owner, w->workloads.items[is->owner].name);
}

static void check_node(struct scene *sc, const struct world_single *in)
{
    const struct world *w = pocket_life_world(sc->life);
    const struct world_node *told = &in->is.node;
    uint32_t at = world_find_node(w, sv_of(world_text(w, told->name)));
    assert_int_not_equal(at, WORLD_NONE);
    const struct world_node *is = &w->nodes.items[at];
    assert_int_equal(told->ready, is->ready);
    assert_int_equal(told->unschedulable, is->unschedulable);
    assert_int_equal(told->labels.len, is->labels.len);
    assert_int_equal(told->allocatable.cpu, is->allocatable.cpu);
    assert_int_equal(told->allocatable.memory, is->allocatable.memory);
    assert_int_equal(told->max_pods, is->max_pods);
}

static void check_agreement(struct scene *sc)
{
    const struct world *w = pocket_life_world(sc->life);
    struct err err = {0};
    unsigned pods = 0, nodes = 0;
    vec_foreach(k, &sc->shelf.items) {
        struct life_name nothing = {SV("v1"), SV("Nothing"), SV_NONE, SV("x")};
        struct world_single in;
        assert_int_equal(
            world_single_read(&sc->w, k->name.api_version, k->name.kind, sv_of(k->json), &in, &err),
            0);
        /* The simulator takes over the texts that were read. */
        assert_int_equal(pocket_life_written(sc->life, &nothing, false, SV("{}"), &err), 0);
        if (in.kind == SINGLE_POD)
            check_pod(sc, &in);
        else if (in.kind == SINGLE_NODE)
            check_node(sc, &in);
        pods += in.kind == SINGLE_POD;
        nodes += in.kind == SINGLE_NODE;
        world_single_release(&in);
    }
    assert_int_equal(pods, w->live_pods);
    assert_int_equal(nodes, w->live_nodes);
}

/* ---- tests ---- */

#define DEPLOYMENT(replicas, image) DEPLOYMENT_OF(#replicas, image)
#define DEPLOYMENT_OF(replicas, image)                                                             \
    "{\"apiVersion\":\"apps/v1\",\"kind\":\"Deployment\",\"metadata\":{\"name\":\"cart\","         \
    "\"namespace\":\"shop\",\"uid\":\"u1\",\"generation\":1},\"spec\":{\"replicas\":" replicas     \
    ",\"selector\":{\"matchLabels\":{\"app\":\"cart\"}},\"template\":{\"metadata\":{\"labels\":{"  \
    "\"app\":\"cart\"}},\"spec\":{\"containers\":[{\"name\":\"main\",\"image\":\"" image           \
    "\",\"readinessProbe\":{\"httpGet\":{\"port\":80},\"periodSeconds\":5,"                        \
    "\"successThreshold\":1}}]}}}}"

#define DEPLOYMENT_FORMAT DEPLOYMENT_OF("%u", "a:%u")

static void a_deployment_gets_its_pods(void **state)
{
    struct scene sc;
    (void)state;
    start(&sc, 3);
    struct life_name d = named("apps/v1", "Deployment", "cart");
    put(&sc, d, DEPLOYMENT(4, "a:1"));
    later(&sc, 300);
    assert_int_equal(count(&sc, "ReplicaSet"), 1);
    assert_int_equal(count(&sc, "Pod"), 4);
    assert_int_equal(number(&sc, d, "status", "readyReplicas"), 4);
    assert_int_equal(number(&sc, d, "status", "updatedReplicas"), 4);
    check_agreement(&sc);
    put(&sc, d, DEPLOYMENT(1, "a:1"));
    later(&sc, 300);
    assert_int_equal(count(&sc, "Pod"), 1);
    check_agreement(&sc);
    end(&sc);
}

static void a_new_template_is_rolled_out(void **state)
{
    struct scene sc;
    (void)state;
    start(&sc, 3);
    struct life_name d = named("apps/v1", "Deployment", "cart");
    put(&sc, d, DEPLOYMENT(4, "a:1"));
    later(&sc, 300);
    put(&sc, d, DEPLOYMENT(4, "a:2"));
    for (unsigned i = 0; i < 600; i++) {
        later(&sc, 1);
        assert_true(number(&sc, d, "status", "readyReplicas") >= 3);
        assert_true(number(&sc, d, "status", "replicas") <= 5);
    }
    assert_int_equal(count(&sc, "ReplicaSet"), 2);
    assert_int_equal(count(&sc, "Pod"), 4);
    assert_int_equal(number(&sc, d, "status", "updatedReplicas"), 4);
    vec_foreach(k, &sc.shelf.items)
        if (sv_is(k->name.kind, "Pod"))
            assert_non_null(strstr(k->json, "\"image\":\"a:2\""));
    /* Back again: the old ReplicaSet is used. */
    put(&sc, d, DEPLOYMENT(4, "a:1"));
    later(&sc, 600);
    assert_int_equal(count(&sc, "ReplicaSet"), 2);
    assert_int_equal(number(&sc, d, "status", "updatedReplicas"), 4);
    end(&sc);
}

#define SET(image)                                                                                 \
    "{\"apiVersion\":\"apps/v1\",\"kind\":\"StatefulSet\",\"metadata\":{\"name\":\"db\","          \
    "\"namespace\":\"shop\",\"uid\":\"u2\"},\"spec\":{\"replicas\":3,\"selector\":{"               \
    "\"matchLabels\":{\"app\":\"db\"}},\"template\":{\"metadata\":{\"labels\":{\"app\":\"db\"}"    \
    "},\"spec\":{\"containers\":[{\"name\":\"main\",\"image\":\"" image "\"}]}},"                  \
    "\"volumeClaimTemplates\":[{\"metadata\":{\"name\":\"data\"},\"spec\":{"                       \
    "\"storageClassName\":\"gp3\",\"accessModes\":[\"ReadWriteOnce\"],\"resources\":{"             \
    "\"requests\":{\"storage\":\"8Gi\"}}}}]}}"

static void a_stateful_set_gets_volumes_and_rolls(void **state)
{
    struct scene sc;
    (void)state;
    start(&sc, 3);
    struct life_name c = {SV("storage.k8s.io/v1"), SV("StorageClass"), SV_NONE, SV("gp3")};
    put(&sc, c,
        "{\"apiVersion\":\"storage.k8s.io/v1\",\"kind\":\"StorageClass\",\"metadata\":{\"name\":"
        "\"gp3\"},\"provisioner\":\"ebs.csi.aws.com\",\"volumeBindingMode\":"
        "\"WaitForFirstConsumer\"}");
    struct life_name n = named("apps/v1", "StatefulSet", "db");
    put(&sc, n, SET("d:1"));
    later(&sc, 600);
    assert_int_equal(count(&sc, "Pod"), 3);
    assert_int_equal(count(&sc, "PersistentVolumeClaim"), 3);
    assert_int_equal(count(&sc, "PersistentVolume"), 3);
    assert_int_equal(count(&sc, "VolumeAttachment"), 3);
    put(&sc, n, SET("d:2"));
    later(&sc, 1200);
    assert_int_equal(number(&sc, n, "status", "updatedReplicas"), 3);
    assert_int_equal(number(&sc, n, "status", "readyReplicas"), 3);
    assert_int_equal(count(&sc, "PersistentVolume"), 3);
    check_agreement(&sc);
    end(&sc);
}

#define DAEMONS(image)                                                                             \
    "{\"apiVersion\":\"apps/v1\",\"kind\":\"DaemonSet\",\"metadata\":{\"name\":\"agent\","         \
    "\"namespace\":\"shop\",\"uid\":\"u5\"},\"spec\":{\"selector\":{\"matchLabels\":{\"app\":"     \
    "\"agent\"}},\"template\":{\"metadata\":{\"labels\":{\"app\":\"agent\"}},\"spec\":{"           \
    "\"containers\":[{\"name\":\"main\",\"image\":\"" image "\"}]}}}}"

static void a_daemon_set_rolls_over_all_nodes(void **state)
{
    struct scene sc;
    (void)state;
    start(&sc, 3);
    struct life_name n = named("apps/v1", "DaemonSet", "agent");
    put(&sc, n, DAEMONS("d:1"));
    assert_int_equal(number(&sc, n, "status", "desiredNumberScheduled"), 3);
    assert_int_equal(number(&sc, n, "status", "numberReady"), 0);
    later(&sc, 300);
    assert_int_equal(number(&sc, n, "status", "numberReady"), 3);
    put(&sc, n, DAEMONS("d:2"));
    for (unsigned i = 0; i < 900; i++) {
        later(&sc, 1);
        assert_true(number(&sc, n, "status", "numberReady") >= 2);
    }
    assert_int_equal(number(&sc, n, "status", "updatedNumberScheduled"), 3);
    check_agreement(&sc);
    end(&sc);
}

static void evictions_are_answered_as_budgets_say(void **state)
{
    struct scene sc;
    (void)state;
    start(&sc, 3);
    put(&sc, named("apps/v1", "Deployment", "cart"), DEPLOYMENT(2, "a:1"));
    later(&sc, 300);
    struct life_name b = named("policy/v1", "PodDisruptionBudget", "b");
    put(&sc, b,
        "{\"apiVersion\":\"policy/v1\",\"kind\":\"PodDisruptionBudget\",\"metadata\":{\"name\":"
        "\"b\",\"namespace\":\"shop\",\"generation\":1},\"spec\":{\"maxUnavailable\":1,"
        "\"selector\":{\"matchLabels\":{\"app\":\"cart\"}}}}");
    later(&sc, 30);
    assert_int_equal(number(&sc, b, "status", "disruptionsAllowed"), 1);
    char names[2][64];
    unsigned n = 0;
    vec_foreach(k, &sc.shelf.items)
        if (sv_is(k->name.kind, "Pod"))
            snprintf(names[n++], sizeof names[0], "%s", k->key + strlen("Pod/shop/"));
    assert_int_equal(pocket_life_evict(sc.life, SV("shop"), sv_of(names[0]), -1, false).code, 201);
    struct life_name pod = named("v1", "Pod", names[0]);
    assert_true(
        life_json_at(host_get(&sc.shelf, &pod), "metadata", "deletionTimestamp", &sc.scratch).ptr);
    struct eviction_answer no = pocket_life_evict(sc.life, SV("shop"), sv_of(names[1]), -1, false);
    assert_int_equal(no.code, 429);
    assert_int_equal(no.cause, EVICTION_BUDGET);
    assert_int_equal(number(&sc, b, "status", "disruptionsAllowed"), 0);
    later(&sc, 300);
    assert_true(!host_get(&sc.shelf, &pod).ptr);
    check_agreement(&sc);
    end(&sc);
}

static void machines_join_and_go(void **state)
{
    static const struct sv labels[][2] = {{SV("tier"), SV("front")}};
    struct scene sc;
    (void)state;
    start(&sc, 1);
    struct life_machine m = {.name = SV("ip-10-0-1-7"),
                             .provider_id = SV("aws:///eu-west-1a/i-1"),
                             .instance_type = SV("m5.large"),
                             .zone = SV("eu-west-1a"),
                             .region = SV("eu-west-1"),
                             .group = SV("green"),
                             .kubelet_version = SV("v1.30.4"),
                             .labels = labels,
                             .label_count = 1};
    pocket_life_start_machine(sc.life, &m);
    m.name = SV("ip-10-0-1-8");
    m.fails = true;
    pocket_life_start_machine(sc.life, &m);
    assert_false(pocket_life_joined(sc.life, SV("ip-10-0-1-7")).there);
    later(&sc, 600);
    assert_true(pocket_life_joined(sc.life, SV("ip-10-0-1-7")).ready);
    assert_false(pocket_life_joined(sc.life, SV("ip-10-0-1-8")).there);
    struct life_name n = {SV("v1"), SV("Node"), SV_NONE, SV("ip-10-0-1-7")};
    assert_non_null(strstr(host_get(&sc.shelf, &n).ptr, "\"tier\":\"front\""));
    check_agreement(&sc);
    assert_true(pocket_life_terminate_machine(sc.life, SV("ip-10-0-1-7")));
    later(&sc, 600);
    assert_true(!host_get(&sc.shelf, &n).ptr);
    end(&sc);
}

/* In the foreground the pods go first: nobody makes new ones. */
static void a_workload_that_is_being_deleted_makes_no_pods(void **state)
{
    static const char doomed[] =
        "{\"metadata\":{\"name\":\"cart\",\"namespace\":\"shop\",\"uid\":\"u6\"},\"spec\":{"
        "\"replicas\":2,\"selector\":{\"matchLabels\":{\"app\":\"cart\"}},\"template\":{"
        "\"metadata\":{\"labels\":{\"app\":\"cart\"}},\"spec\":{\"containers\":[]}}}}";
    struct scene sc;
    (void)state;
    start(&sc, 1);
    struct life_name n = named("apps/v1", "ReplicaSet", "cart");
    put(&sc, n, doomed);
    later(&sc, 120);
    assert_int_equal(count(&sc, "Pod"), 2);
    struct life_edit edit = {"metadata", "deletionTimestamp", SV("\"2023-11-14T22:20:00Z\"")};
    _cleanup_str_ struct str out;
    str_init(&out, 0);
    life_json_edit(&out, SV(doomed), &edit, 1, &sc.scratch);
    put(&sc, n, str_c(&out));
    world_each_pod(pocket_life_world(sc.life), p) {
        const struct world *w = pocket_life_world(sc.life);
        pocket_life_delete_pod(sc.life, SV("shop"), strings_get(&w->strings, w->pods.items[p].name),
                               -1);
    }
    later(&sc, 300);
    assert_int_equal(count(&sc, "Pod"), 0);
    end(&sc);
}

static void jobs_complete(void **state)
{
    struct scene sc;
    (void)state;
    start(&sc, 1);
    struct life_name n = named("batch/v1", "Job", "load");
    put(&sc, n,
        "{\"apiVersion\":\"batch/v1\",\"kind\":\"Job\",\"metadata\":{\"name\":\"load\","
        "\"namespace\":\"shop\",\"uid\":\"u3\"},\"spec\":{\"completions\":2,\"parallelism\":1,"
        "\"template\":{\"spec\":{\"restartPolicy\":\"Never\",\"containers\":[{\"name\":\"c\","
        "\"image\":\"x\"}]}}}}");
    later(&sc, 600);
    assert_int_equal(number(&sc, n, "status", "succeeded"), 2);
    assert_non_null(strstr(host_get(&sc.shelf, &n).ptr, "\"Complete\""));
    check_agreement(&sc);
    end(&sc);
}

static void services_follow_their_pods(void **state)
{
    struct scene sc;
    (void)state;
    start(&sc, 2);
    struct life_name s = named("v1", "Service", "cart");
    put(&sc, s,
        "{\"apiVersion\":\"v1\",\"kind\":\"Service\",\"metadata\":{\"name\":\"cart\","
        "\"namespace\":\"shop\",\"uid\":\"u4\"},\"spec\":{\"selector\":{\"app\":\"cart\"}}}");
    put(&sc, named("apps/v1", "Deployment", "cart"), DEPLOYMENT(2, "a:1"));
    later(&sc, 300);
    struct life_name e = named("discovery.k8s.io/v1", "EndpointSlice", "cart-toban");
    const char *json = host_get(&sc.shelf, &e).ptr;
    const char *first = strstr(json, "\"ready\":true");
    assert_non_null(first);
    assert_non_null(strstr(first + 1, "\"ready\":true"));
    end(&sc);
}

/* Whatever clients write: after any time the objects say what the simulator holds. */
static void objects_agree_after_anything(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 12; seed++) {
        struct scene sc;
        uint64_t r = seed;
        char json[2048];
        start(&sc, 4);
        for (unsigned step = 0; step < 40; step++) {
            r = r * UINT64_C(6364136223846793005) + 1442695040888963407u;
            unsigned what = (unsigned)(r >> 40) % 6, n = (unsigned)(r >> 50) % 8;
            struct life_name node = {SV("v1"), SV("Node"), SV_NONE, SV("n1")};
            if (what == 0) {
                snprintf(json, sizeof json, DEPLOYMENT_FORMAT, n, n % 3);
                put(&sc, named("apps/v1", "Deployment", "cart"), json);
            } else if (what == 1) {
                put(&sc, named("apps/v1", "StatefulSet", "db"), n % 2 ? SET("d:1") : SET("d:2"));
            } else if (what == 2 && host_get(&sc.shelf, &node).ptr) {
                struct life_edit cordon = {"spec", "unschedulable", n % 2 ? SV("true") : SV_NONE};
                _cleanup_str_ struct str out;
                str_init(&out, 0);
                life_json_edit(&out, host_get(&sc.shelf, &node), &cordon, 1, &sc.scratch);
                put(&sc, node, str_c(&out));
            } else if (what == 3) {
                vec_foreach(k, &sc.shelf.items)
                    if (sv_is(k->name.kind, "Pod") && !n--) {
                        pocket_life_delete_pod(sc.life, SV("shop"),
                                               sv_of(k->key + strlen("Pod/shop/")), -1);
                        break;
                    }
            } else if (what == 4) {
                later(&sc, n * 20);
            }
            check_agreement(&sc);
        }
        later(&sc, 3600);
        check_agreement(&sc);
        end(&sc);
    }
}

/* What is made up from a world reads back as the same classes. */
static void a_world_is_shown_as_it_is(void **state)
{
    (void)state;
    struct scene sc = {0};
    build_world(&sc.w, 30);
    sc.w.taken = 1700000000;
    struct build_node n = {.name = "n1", .labels = "disk=ssd", .taints = "a=b:NoSchedule"};
    add_node(&sc.w, &n);
    struct build_class c = {
        .labels = "app=cart",
        .cpu = 250,
        .memory = 300 * MIB,
        .node_selector = "disk=ssd",
        .node_terms = "disk in (ssd nvme) | size>3",
        .tolerations = "a=b:NoSchedule,old:NoExecute,spot",
        .ports = "8080,53/UDP",
        .affinity = {{.pods = "app=cart"}},
        .anti_affinity = {{.pods = "app in (a b),!old", .key = "zone"}},
        .attraction = {{.pods = "app=x", .weight = 5}},
        .spreads = {{.pods = "app=cart", .skew = 2}, {.pods = "app=cart", .skew = 1, .soft = true}},
        .preferences = {{.terms = "disk in (ssd)", .weight = 3}},
        .images = "a:1,b:2",
    };
    struct world_class class = build_class_value(&sc.w, &c);
    class.container_count = 2;
    class.grace_s = 45;
    class.prestop_s = 7;
    class.restart_policy = 'A';
    class.scheduler = build_text(&sc.w, "default-scheduler");
    class.readiness = (struct probe){true, 5, 10, 1};
    uint32_t id = world_class_put(&sc.w, &class);
    uint32_t pod = build_pod(&sc.w, id, 0);
    sc.w.pods.items[pod].name = build_text(&sc.w, "one");
    sc.w.pods.items[pod].ordinal = -1;
    begin(&sc);
    check_agreement(&sc);
    later(&sc, 60);
    check_agreement(&sc);
    end(&sc);
}

static void edits_keep_everything_else(void **state)
{
    (void)state;
    struct arena scratch = {0};
    _cleanup_str_ struct str out;
    str_init(&out, 0);
    struct life_edit edits[] = {
        {"a", "x", SV("1")}, {"b", NULL, SV_NONE}, {"c", "y", SV("[2]")}, {"d", NULL, SV("null")}};
    life_json_edit(&out, SV("{\"a\":{\"x\":0,\"k\\\"\":\"v\"},\"b\":3,\"e\":{\"x\":5}}"), edits, 4,
                   &scratch);
    assert_string_equal(str_c(&out), "{\"a\":{\"k\\\"\":\"v\",\"x\":1},\"e\":{\"x\":5},\"c\":{"
                                     "\"y\":[2]},\"d\":null}");
    arena_release(&scratch);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(edits_keep_everything_else),
        cmocka_unit_test(a_world_is_shown_as_it_is),
        cmocka_unit_test(a_deployment_gets_its_pods),
        cmocka_unit_test(a_new_template_is_rolled_out),
        cmocka_unit_test(a_stateful_set_gets_volumes_and_rolls),
        cmocka_unit_test(a_daemon_set_rolls_over_all_nodes),
        cmocka_unit_test(evictions_are_answered_as_budgets_say),
        cmocka_unit_test(machines_join_and_go),
        cmocka_unit_test(a_workload_that_is_being_deleted_makes_no_pods),
        cmocka_unit_test(jobs_complete),
        cmocka_unit_test(services_follow_their_pods),
        cmocka_unit_test(objects_agree_after_anything),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
