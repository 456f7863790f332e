/* The life behind the pocket's objects. */
#include "life_rig.h"
#include "pocket/life/json.h"

/* ---- tests ---- */

#define DEPLOYMENT(replicas, image) DEPLOYMENT_OF(#replicas, image)
#define DEPLOYMENT_OF(replicas, image)                                                             \
    "{\"apiVersion\":\"apps/v1\",\"kind\":\"Deployment\",\"metadata\":{\"name\":\"cart\","         \
    "\"namespace\":\"shop\",\"uid\":\"u1\",\"generation\":1},\"spec\":{\"replicas\":" replicas     \
    ",\"selector\":{\"matchLabels\":{\"app\":\"cart\"}},\"template\":{\"metadata\":{\"labels\":{"  \
    "\"app\":\"cart\"}},\"spec\":{\"containers\":[{\"name\":\"main\",\"image\":\"" image           \
    "\",\"ports\":[{\"name\":\"web\",\"containerPort\":8081}],\"readinessProbe\":{"                \
    "\"httpGet\":{\"port\":80},\"periodSeconds\":5,"                                               \
    "\"successThreshold\":1}}]}}}}"

#define DEPLOYMENT_FORMAT DEPLOYMENT_OF("%u", "a:%u")

static void a_deployment_gets_its_pods(void **state)
{
    struct scene sc;
    (void)state;
    life_rig_start(&sc, 3);
    struct life_name d = life_rig_name("apps/v1", "Deployment", "cart");
    life_rig_put(&sc, d, DEPLOYMENT(4, "a:1"));
    life_rig_later(&sc, 300);
    assert_int_equal(life_rig_count(&sc, "ReplicaSet"), 1);
    assert_int_equal(life_rig_count(&sc, "Pod"), 4);
    assert_int_equal(life_rig_number(&sc, d, "status", "readyReplicas"), 4);
    assert_int_equal(life_rig_number(&sc, d, "status", "updatedReplicas"), 4);
    life_rig_check(&sc);
    life_rig_put(&sc, d, DEPLOYMENT(1, "a:1"));
    life_rig_later(&sc, 300);
    assert_int_equal(life_rig_count(&sc, "Pod"), 1);
    life_rig_check(&sc);
    life_rig_end(&sc);
}

static void a_new_template_is_rolled_out(void **state)
{
    struct scene sc;
    (void)state;
    life_rig_start(&sc, 3);
    struct life_name d = life_rig_name("apps/v1", "Deployment", "cart");
    life_rig_put(&sc, d, DEPLOYMENT(4, "a:1"));
    life_rig_later(&sc, 300);
    life_rig_put(&sc, d, DEPLOYMENT(4, "a:2"));
    for (unsigned i = 0; i < 600; i++) {
        life_rig_later(&sc, 1);
        assert_true(life_rig_number(&sc, d, "status", "readyReplicas") >= 3);
        assert_true(life_rig_number(&sc, d, "status", "replicas") <= 5);
    }
    assert_int_equal(life_rig_count(&sc, "ReplicaSet"), 2);
    assert_int_equal(life_rig_count(&sc, "Pod"), 4);
    assert_int_equal(life_rig_number(&sc, d, "status", "updatedReplicas"), 4);
    vec_foreach(k, &sc.shelf.items)
        if (sv_is(k->name.kind, "Pod"))
            assert_non_null(strstr(k->json, "\"image\":\"a:2\""));
    /* Back again: the old ReplicaSet is used. */
    life_rig_put(&sc, d, DEPLOYMENT(4, "a:1"));
    life_rig_later(&sc, 600);
    assert_int_equal(life_rig_count(&sc, "ReplicaSet"), 2);
    assert_int_equal(life_rig_number(&sc, d, "status", "updatedReplicas"), 4);
    /* It is the newest now: 2 and 3 are there, 1 is not. */
    unsigned seen = 0;
    vec_foreach(k, &sc.shelf.items) {
        const char *at = strstr(k->json, "deployment.kubernetes.io/revision\":\"");
        if (at && sv_is(k->name.kind, "ReplicaSet"))
            seen |= 1u << (at[strlen("deployment.kubernetes.io/revision\":\"")] - '0');
    }
    assert_int_equal(seen, 1u << 2 | 1u << 3);
    assert_non_null(
        strstr(life_rig_get(&sc.shelf, &d).ptr, "deployment.kubernetes.io/revision\":\"3\""));
    life_rig_end(&sc);
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
    life_rig_start(&sc, 3);
    struct life_name c = {SV("storage.k8s.io/v1"), SV("StorageClass"), SV_NONE, SV("gp3")};
    life_rig_put(
        &sc, c,
        "{\"apiVersion\":\"storage.k8s.io/v1\",\"kind\":\"StorageClass\",\"metadata\":{\"name\":"
        "\"gp3\"},\"provisioner\":\"ebs.csi.aws.com\",\"volumeBindingMode\":"
        "\"WaitForFirstConsumer\"}");
    struct life_name n = life_rig_name("apps/v1", "StatefulSet", "db");
    life_rig_put(&sc, n, SET("d:1"));
    life_rig_later(&sc, 600);
    assert_int_equal(life_rig_count(&sc, "Pod"), 3);
    assert_int_equal(life_rig_count(&sc, "PersistentVolumeClaim"), 3);
    assert_int_equal(life_rig_count(&sc, "PersistentVolume"), 3);
    assert_int_equal(life_rig_count(&sc, "VolumeAttachment"), 3);
    life_rig_put(&sc, n, SET("d:2"));
    life_rig_later(&sc, 1200);
    assert_int_equal(life_rig_number(&sc, n, "status", "updatedReplicas"), 3);
    assert_int_equal(life_rig_number(&sc, n, "status", "readyReplicas"), 3);
    assert_int_equal(life_rig_count(&sc, "PersistentVolume"), 3);
    life_rig_check(&sc);
    life_rig_end(&sc);
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
    life_rig_start(&sc, 3);
    struct life_name n = life_rig_name("apps/v1", "DaemonSet", "agent");
    life_rig_put(&sc, n, DAEMONS("d:1"));
    assert_int_equal(life_rig_number(&sc, n, "status", "desiredNumberScheduled"), 3);
    assert_int_equal(life_rig_number(&sc, n, "status", "numberReady"), 0);
    life_rig_later(&sc, 300);
    assert_int_equal(life_rig_number(&sc, n, "status", "numberReady"), 3);
    life_rig_put(&sc, n, DAEMONS("d:2"));
    for (unsigned i = 0; i < 900; i++) {
        life_rig_later(&sc, 1);
        assert_true(life_rig_number(&sc, n, "status", "numberReady") >= 2);
    }
    assert_int_equal(life_rig_number(&sc, n, "status", "updatedNumberScheduled"), 3);
    life_rig_check(&sc);
    life_rig_end(&sc);
}

static void evictions_are_answered_as_budgets_say(void **state)
{
    struct scene sc;
    (void)state;
    life_rig_start(&sc, 3);
    life_rig_put(&sc, life_rig_name("apps/v1", "Deployment", "cart"), DEPLOYMENT(2, "a:1"));
    life_rig_later(&sc, 300);
    struct life_name b = life_rig_name("policy/v1", "PodDisruptionBudget", "b");
    life_rig_put(
        &sc, b,
        "{\"apiVersion\":\"policy/v1\",\"kind\":\"PodDisruptionBudget\",\"metadata\":{\"name\":"
        "\"b\",\"namespace\":\"shop\",\"generation\":1},\"spec\":{\"maxUnavailable\":1,"
        "\"selector\":{\"matchLabels\":{\"app\":\"cart\"}}}}");
    life_rig_later(&sc, 30);
    assert_int_equal(life_rig_number(&sc, b, "status", "disruptionsAllowed"), 1);
    char names[2][64];
    unsigned n = 0;
    vec_foreach(k, &sc.shelf.items)
        if (sv_is(k->name.kind, "Pod"))
            snprintf(names[n++], sizeof names[0], "%s", k->key + strlen("Pod/shop/"));
    assert_int_equal(pocket_life_evict(sc.life, SV("shop"), sv_of(names[0]), -1, false).code, 201);
    struct life_name pod = life_rig_name("v1", "Pod", names[0]);
    assert_true(
        life_json_at(life_rig_get(&sc.shelf, &pod), "metadata", "deletionTimestamp", &sc.scratch)
            .ptr);
    struct eviction_answer no = pocket_life_evict(sc.life, SV("shop"), sv_of(names[1]), -1, false);
    assert_int_equal(no.code, 429);
    assert_int_equal(no.cause, EVICTION_BUDGET);
    assert_int_equal(life_rig_number(&sc, b, "status", "disruptionsAllowed"), 0);
    life_rig_later(&sc, 300);
    assert_true(!life_rig_get(&sc.shelf, &pod).ptr);
    life_rig_check(&sc);
    life_rig_end(&sc);
}

static void machines_join_and_go(void **state)
{
    static const struct sv labels[][2] = {{SV("tier"), SV("front")}};
    struct scene sc;
    (void)state;
    life_rig_start(&sc, 1);
    struct life_machine m = {.name = SV("ip-10-0-1-7"),
                             .provider_id = SV("aws:///eu-west-1a/i-1"),
                             .instance_type = SV("m5.large"),
                             .zone = SV("eu-west-1a"),
                             .region = SV("eu-west-1"),
                             .group = SV("green"),
                             .kubelet_version = SV("v1.30.4"),
                             .ami_type = "BOTTLEROCKET_x86_64",
                             .release = "1.49.0-713f44ce",
                             .labels = labels,
                             .label_count = 1};
    pocket_life_start_machine(sc.life, &m);
    m.name = SV("ip-10-0-1-8");
    m.fails = true;
    pocket_life_start_machine(sc.life, &m);
    assert_false(pocket_life_joined(sc.life, SV("ip-10-0-1-7")).there);
    life_rig_later(&sc, 600);
    assert_true(pocket_life_joined(sc.life, SV("ip-10-0-1-7")).ready);
    assert_false(pocket_life_joined(sc.life, SV("ip-10-0-1-8")).there);
    struct life_name n = {SV("v1"), SV("Node"), SV_NONE, SV("ip-10-0-1-7")};
    assert_non_null(strstr(life_rig_get(&sc.shelf, &n).ptr, "\"tier\":\"front\""));
    assert_non_null(strstr(life_rig_get(&sc.shelf, &n).ptr,
                           "\"osImage\":\"Bottlerocket OS 1.49.0 (aws-k8s-1.30)\""));
    life_rig_check(&sc);
    assert_true(pocket_life_terminate_machine(sc.life, SV("ip-10-0-1-7")));
    life_rig_later(&sc, 600);
    assert_true(!life_rig_get(&sc.shelf, &n).ptr);
    life_rig_end(&sc);
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
    life_rig_start(&sc, 1);
    struct life_name n = life_rig_name("apps/v1", "ReplicaSet", "cart");
    life_rig_put(&sc, n, doomed);
    life_rig_later(&sc, 120);
    assert_int_equal(life_rig_count(&sc, "Pod"), 2);
    struct life_edit edit = {"metadata", "deletionTimestamp", SV("\"2023-11-14T22:20:00Z\"")};
    _cleanup_str_ struct str out;
    str_init(&out, 0);
    life_json_edit(&out, SV(doomed), &edit, 1, &sc.scratch);
    life_rig_put(&sc, n, str_c(&out));
    world_each_pod(pocket_life_world(sc.life), p) {
        const struct world *w = pocket_life_world(sc.life);
        pocket_life_delete_pod(sc.life, SV("shop"), strings_get(&w->strings, w->pods.items[p].name),
                               -1);
    }
    life_rig_later(&sc, 300);
    assert_int_equal(life_rig_count(&sc, "Pod"), 0);
    life_rig_end(&sc);
}

static void pods_that_are_not_started_again_end(void **state)
{
    static const char *const policies[] = {"Always", "Never", "OnFailure"};
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(policies); i++) {
        struct scene sc;
        char json[400];
        life_rig_start(&sc, 1);
        struct life_name n = life_rig_name("v1", "Pod", "check");
        snprintf(json, sizeof json,
                 "{\"apiVersion\":\"v1\",\"kind\":\"Pod\",\"metadata\":{\"name\":\"check\","
                 "\"namespace\":\"shop\",\"uid\":\"u4\"},\"spec\":{\"restartPolicy\":\"%s\","
                 "\"containers\":[{\"name\":\"c\",\"image\":\"x\"}]}}",
                 policies[i]);
        life_rig_put(&sc, n, json);
        life_rig_later(&sc, 600);
        const char *now = life_rig_get(&sc.shelf, &n).ptr;
        assert_non_null(strstr(now, i == 0 ? "\"phase\":\"Running\"" : "\"phase\":\"Succeeded\""));
        life_rig_end(&sc);
    }
}

static void jobs_complete(void **state)
{
    struct scene sc;
    (void)state;
    life_rig_start(&sc, 1);
    struct life_name n = life_rig_name("batch/v1", "Job", "load");
    life_rig_put(
        &sc, n,
        "{\"apiVersion\":\"batch/v1\",\"kind\":\"Job\",\"metadata\":{\"name\":\"load\","
        "\"namespace\":\"shop\",\"uid\":\"u3\"},\"spec\":{\"completions\":2,\"parallelism\":1,"
        "\"template\":{\"spec\":{\"restartPolicy\":\"Never\",\"containers\":[{\"name\":\"c\","
        "\"image\":\"x\"}]}}}}");
    life_rig_later(&sc, 600);
    assert_int_equal(life_rig_number(&sc, n, "status", "succeeded"), 2);
    assert_non_null(strstr(life_rig_get(&sc.shelf, &n).ptr, "\"Complete\""));
    life_rig_check(&sc);
    life_rig_end(&sc);
}

static void services_follow_their_pods(void **state)
{
    struct scene sc;
    (void)state;
    life_rig_start(&sc, 2);
    struct life_name s = life_rig_name("v1", "Service", "cart");
    life_rig_put(&sc, s,
                 "{\"apiVersion\":\"v1\",\"kind\":\"Service\",\"metadata\":{\"name\":\"cart\","
                 "\"namespace\":\"shop\",\"uid\":\"u4\"},\"spec\":{\"selector\":{\"app\":\"cart\"},"
                 "\"ports\":[{\"name\":\"http\",\"port\":80,"
                 "\"targetPort\":\"web\"},{\"name\":\"dns\",\"port\":53,\"protocol\":\"UDP\"}]}}");
    life_rig_put(&sc, life_rig_name("apps/v1", "Deployment", "cart"), DEPLOYMENT(2, "a:1"));
    life_rig_later(&sc, 300);
    struct life_name slice = life_rig_name("discovery.k8s.io/v1", "EndpointSlice", "cart-toban");
    struct life_name all = life_rig_name("v1", "Endpoints", "cart");
    const char *json = life_rig_get(&sc.shelf, &slice).ptr;
    const char *first = strstr(json, "\"ready\":true");
    assert_non_null(first);
    assert_non_null(strstr(first + 1, "\"ready\":true"));
    json = life_rig_get(&sc.shelf, &all).ptr;
    assert_non_null(strstr(json, "\"subsets\":[{\"addresses\":[{\"ip\":\"10.64."));
    assert_null(strstr(json, "notReadyAddresses"));
    assert_non_null(strstr(json, "{\"name\":\"http\",\"port\":8081,\"protocol\":\"TCP\"},"
                                 "{\"name\":\"dns\",\"port\":53,\"protocol\":\"UDP\"}"));
    struct err err = {0};
    pocket_life_written(sc.life, &s, true, life_rig_get(&sc.shelf, &s), &err);
    assert_null(life_rig_get(&sc.shelf, &slice).ptr);
    assert_null(life_rig_get(&sc.shelf, &all).ptr);
    life_rig_end(&sc);
}

/* Whatever clients write: after any time the objects say what the simulator holds. */
static void objects_agree_after_anything(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 12; seed++) {
        struct scene sc;
        uint64_t r = seed;
        char json[2048];
        life_rig_start(&sc, 4);
        for (unsigned step = 0; step < 40; step++) {
            r = r * UINT64_C(6364136223846793005) + 1442695040888963407u;
            unsigned what = (unsigned)(r >> 40) % 6, n = (unsigned)(r >> 50) % 8;
            struct life_name node = {SV("v1"), SV("Node"), SV_NONE, SV("n1")};
            if (what == 0) {
                snprintf(json, sizeof json, DEPLOYMENT_FORMAT, n, n % 3);
                life_rig_put(&sc, life_rig_name("apps/v1", "Deployment", "cart"), json);
            } else if (what == 1) {
                life_rig_put(&sc, life_rig_name("apps/v1", "StatefulSet", "db"),
                             n % 2 ? SET("d:1") : SET("d:2"));
            } else if (what == 2 && life_rig_get(&sc.shelf, &node).ptr) {
                struct life_edit cordon = {"spec", "unschedulable", n % 2 ? SV("true") : SV_NONE};
                _cleanup_str_ struct str out;
                str_init(&out, 0);
                life_json_edit(&out, life_rig_get(&sc.shelf, &node), &cordon, 1, &sc.scratch);
                life_rig_put(&sc, node, str_c(&out));
            } else if (what == 3) {
                vec_foreach(k, &sc.shelf.items)
                    if (sv_is(k->name.kind, "Pod") && !n--) {
                        pocket_life_delete_pod(sc.life, SV("shop"),
                                               sv_of(k->key + strlen("Pod/shop/")), -1);
                        break;
                    }
            } else if (what == 4) {
                life_rig_later(&sc, n * 20);
            }
            life_rig_check(&sc);
        }
        life_rig_later(&sc, 3600);
        life_rig_check(&sc);
        life_rig_end(&sc);
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
    life_rig_node(&sc.w, &n);
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
    life_rig_begin(&sc);
    life_rig_check(&sc);
    life_rig_later(&sc, 60);
    life_rig_check(&sc);
    life_rig_end(&sc);
}

/* Objects of dumps tell where their pods are; what changes about them is not that. */
static void a_pod_keeps_the_address_it_came_with(void **state)
{
    struct scene sc = {0};
    (void)state;
    build_world(&sc.w, 30);
    sc.w.taken = 1700000000;
    life_rig_node(&sc.w, &(struct build_node){.name = "ip-10-9-8-7.eu-west-1.compute.internal"});
    uint32_t class = build_class(&sc.w, &(struct build_class){.labels = "app=cart"});
    for (unsigned i = 0; i < 2; i++) {
        uint32_t pod = build_pod(&sc.w, class, 0);
        sc.w.pods.items[pod].name = build_text(&sc.w, i ? "two" : "one");
        sc.w.pods.items[pod].phase = POD_RUNNING;
    }
    struct life_name one = life_rig_name("v1", "Pod", "one"),
                     two = life_rig_name("v1", "Pod", "two");
    life_rig_keep(&sc.shelf, &one,
                  SV("{\"apiVersion\":\"v1\",\"kind\":\"Pod\",\"metadata\":{\"name\":\"one\","
                     "\"namespace\":\"shop\"},\"spec\":{},\"status\":{\"phase\":\"Running\","
                     "\"podIP\":\"10.9.8.44\"}}"));
    life_rig_begin(&sc);
    assert_true(pocket_life_delete_pod(sc.life, SV("shop"), SV("one"), 30));
    assert_true(pocket_life_delete_pod(sc.life, SV("shop"), SV("two"), 30));
    life_rig_later(&sc, 0);
    assert_true(sv_is(life_rig_text(&sc, one, "status", "podIP"), "10.9.8.44"));
    assert_true(sv_is(life_rig_text(&sc, one, "status", "hostIP"), "10.9.8.7"));
    assert_true(sv_is(life_rig_text(&sc, two, "status", "podIP"), "10.64.0.1"));
    life_rig_end(&sc);
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

/* ---- what EKS changes on nodes ---- */

static void a_node_gets_other_labels_and_taints(void **state)
{
    struct scene sc;
    life_rig_start(&sc, 1);
    const struct sv labels[][2] = {{SV("tier"), SV("db")}};
    const struct sv taints[][3] = {{SV("only"), SV("db"), SV("NoSchedule")}};
    const struct sv keys[] = {SV("tier")};
    const struct life_name name = {SV("v1"), SV("Node"), SV_NONE, SV("n0")};
    const struct life_relabel set = {
        .labels = labels, .label_count = 1, .taints = taints, .taint_count = 1};
    const struct life_relabel drop = {
        .dropped = keys, .dropped_count = 1, .dropped_taints = taints, .dropped_taint_count = 1};
    assert_true(pocket_life_relabel_machine(sc.life, SV("n0"), &set));
    /* Twice is as good as once. */
    assert_true(pocket_life_relabel_machine(sc.life, SV("n0"), &set));
    const struct world *w = pocket_life_world(sc.life);
    const struct world_node *n = &w->nodes.items[world_find_node(w, SV("n0"))];
    assert_int_equal(n->taint_count, 1);
    assert_true(sv_is(
        strings_get(&w->strings, labels_value(n->labels, strings_find(&w->strings, SV("tier")))),
        "db"));
    assert_true(sv_is(life_json_at(life_rig_get(&sc.shelf, &name), "spec", "taints", &sc.scratch),
                      "[{\"key\":\"only\",\"value\":\"db\",\"effect\":\"NoSchedule\"}]"));
    assert_true(pocket_life_relabel_machine(sc.life, SV("n0"), &drop));
    n = &w->nodes.items[world_find_node(w, SV("n0"))];
    assert_int_equal(n->taint_count, 0);
    assert_false(labels_has(n->labels, strings_find(&w->strings, SV("tier"))));
    assert_true(labels_has(n->labels, strings_find(&w->strings, SV("kubernetes.io/hostname"))));
    assert_null(life_json_at(life_rig_get(&sc.shelf, &name), "spec", "taints", &sc.scratch).ptr);
    assert_false(pocket_life_relabel_machine(sc.life, SV("n9"), &set));
    life_rig_end(&sc);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(edits_keep_everything_else),
        cmocka_unit_test(a_node_gets_other_labels_and_taints),
        cmocka_unit_test(a_world_is_shown_as_it_is),
        cmocka_unit_test(a_pod_keeps_the_address_it_came_with),
        cmocka_unit_test(a_deployment_gets_its_pods),
        cmocka_unit_test(a_new_template_is_rolled_out),
        cmocka_unit_test(a_stateful_set_gets_volumes_and_rolls),
        cmocka_unit_test(a_daemon_set_rolls_over_all_nodes),
        cmocka_unit_test(evictions_are_answered_as_budgets_say),
        cmocka_unit_test(machines_join_and_go),
        cmocka_unit_test(a_workload_that_is_being_deleted_makes_no_pods),
        cmocka_unit_test(pods_that_are_not_started_again_end),
        cmocka_unit_test(jobs_complete),
        cmocka_unit_test(services_follow_their_pods),
        cmocka_unit_test(objects_agree_after_anything),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
