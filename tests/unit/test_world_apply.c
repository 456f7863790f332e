#include "base/str.h"
#include "world/apply.h"
#include "world/load.h"

#include <stdio.h>

#include "unit.h"

/* ---- objects as JSON, made from a kind, a number and a variant ---- */

struct rng {
    uint64_t state;
};

static uint32_t below(struct rng *r, uint32_t n)
{
    r->state = r->state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(r->state >> 33) % n;
}

struct object {
    uint32_t number;
    struct rng rng; /* of its variant */
};

static void add_meta(struct str *s, const char *prefix, struct object *o, const char *extra)
{
    str_addf(s, "\"metadata\":{\"name\":\"%s-%u\",\"namespace\":\"n\",\"uid\":\"%s-%u-%u\"%s}",
             prefix, o->number, prefix, o->number, below(&o->rng, 2), extra);
}

static void add_cluster_meta(struct str *s, const char *prefix, const struct object *o,
                             const char *extra)
{
    str_addf(s, "\"metadata\":{\"name\":\"%s-%u\",\"uid\":\"%s-%u\"%s}", prefix, o->number, prefix,
             o->number, extra);
}

static const char *const controllers[] = {"Deployment", "ReplicaSet", "StatefulSet", "DaemonSet",
                                          "Job",        "CronJob",    "Rollout"};
static const char *const groups[] = {"apps/v1",  "apps/v1",  "apps/v1",       "apps/v1",
                                     "batch/v1", "batch/v1", "argoproj.io/v1"};

/* ,"ownerReferences":[…] naming one of a few, which may be there or not. */
static void owner(struct object *o, uint32_t kind, char *out, size_t cap)
{
    uint32_t number = below(&o->rng, 3);
    snprintf(
        out, cap,
        ",\"labels\":{\"app\":\"%u\"},\"ownerReferences\":[{\"apiVersion\":\"%s\",\"kind\":\"%s\","
        "\"name\":\"%s-%u\",\"uid\":\"%s-%u-%u\",\"controller\":true}]",
        below(&o->rng, 3), groups[kind], controllers[kind], controllers[kind], number,
        controllers[kind], number, below(&o->rng, 2));
}

static void add_pod_spec(struct str *s, struct object *o)
{
    str_addf(s, "\"priorityClassName\":\"PriorityClass-%u\",", below(&o->rng, 2));
    str_addf(
        s,
        "\"containers\":[{\"name\":\"c\",\"image\":\"i:%u\",\"resources\":{\"requests\":{\"cpu\":"
        "\"%um\"}}}]",
        below(&o->rng, 2), 100 * below(&o->rng, 3));
}

static void make_pod(struct str *s, struct object *o)
{
    static const char *const phases[] = {"Pending", "Running", "Running", "Succeeded"};
    char extra[512] = ",\"labels\":{\"app\":\"bare\"}";
    uint32_t who = below(&o->rng, 9);
    if (who < 7)
        owner(o, who, extra, sizeof extra);
    snprintf(extra + strlen(extra), sizeof extra - strlen(extra),
             ",\"creationTimestamp\":\"2026-01-01T00:00:%02uZ\"%s", below(&o->rng, 60),
             below(&o->rng, 4) ? "" : ",\"deletionTimestamp\":\"2026-01-01T01:00:00Z\"");
    add_meta(s, "Pod", o, extra);
    str_adds(s, ",\"spec\":{");
    if (below(&o->rng, 3))
        str_addf(s, "\"nodeName\":\"Node-%u\",", below(&o->rng, 4));
    str_adds(s, "\"volumes\":[");
    uint32_t claims = o->number % 3;
    for (uint32_t i = 0; i < claims; i++)
        str_addf(s,
                 "%s{\"name\":\"v%u\",\"persistentVolumeClaim\":{\"claimName\":"
                 "\"PersistentVolumeClaim-%u\"}}",
                 i ? "," : "", i, (o->number + i) % 4);
    str_adds(s, "],");
    add_pod_spec(s, o);
    str_addf(s, "},\"status\":{\"phase\":\"%s\",", phases[below(&o->rng, 4)]);
    if (!below(&o->rng, 3))
        str_addf(s, "\"nominatedNodeName\":\"Node-%u\",", below(&o->rng, 4));
    str_addf(s, "\"conditions\":[{\"type\":\"Ready\",\"status\":\"%s\"}]}",
             below(&o->rng, 2) ? "True" : "False");
}

static void make_node(struct str *s, struct object *o)
{
    char extra[256];
    snprintf(extra, sizeof extra,
             ",\"labels\":{\"topology.kubernetes.io/zone\":\"z%u\",\"x\":\"%u\"}",
             below(&o->rng, 2), below(&o->rng, 2));
    add_cluster_meta(s, "Node", o, extra);
    str_addf(
        s,
        ",\"spec\":{\"unschedulable\":%s},\"status\":{\"allocatable\":{\"cpu\":\"%u\",\"pods\":"
        "\"29\"},\"conditions\":[{\"type\":\"Ready\",\"status\":\"%s\"}]}",
        below(&o->rng, 2) ? "true" : "false", 1 + below(&o->rng, 3),
        below(&o->rng, 2) ? "True" : "False");
}

static void make_workload(struct str *s, struct object *o, uint32_t kind)
{
    char extra[512] = "";
    if (kind == 1 && below(&o->rng, 3))
        owner(o, 0, extra, sizeof extra);
    else if (kind == 4 && below(&o->rng, 3))
        owner(o, 5, extra, sizeof extra);
    else if (kind == 2 && !below(&o->rng, 3))
        owner(o, 6, extra, sizeof extra);
    add_meta(s, controllers[kind], o, extra);
    str_addf(s, ",\"spec\":{\"replicas\":%u,\"selector\":{\"matchLabels\":{\"app\":\"%u\"}}",
             below(&o->rng, 3), below(&o->rng, 2));
    const char *open = kind == 5 ? ",\"jobTemplate\":{\"spec\":{" : ",";
    str_addf(s, "%s\"template\":{\"metadata\":{\"labels\":{\"app\":\"%u\"}},\"spec\":{", open,
             below(&o->rng, 2));
    add_pod_spec(s, o);
    str_addf(s, "}}%s},\"status\":{\"desiredNumberScheduled\":%u}", kind == 5 ? "}}" : "",
             below(&o->rng, 3));
}

static void make_deployment(struct str *s, struct object *o)
{
    make_workload(s, o, 0);
}
static void make_replica_set(struct str *s, struct object *o)
{
    make_workload(s, o, 1);
}
static void make_stateful_set(struct str *s, struct object *o)
{
    make_workload(s, o, 2);
}
static void make_daemon_set(struct str *s, struct object *o)
{
    make_workload(s, o, 3);
}
static void make_job(struct str *s, struct object *o)
{
    make_workload(s, o, 4);
}
static void make_cron_job(struct str *s, struct object *o)
{
    make_workload(s, o, 5);
}

static void make_claim(struct str *s, struct object *o)
{
    add_meta(s, "PersistentVolumeClaim", o, "");
    str_addf(s,
             ",\"spec\":{\"volumeName\":\"PersistentVolume-%u\",\"storageClassName\":"
             "\"StorageClass-%u\"},\"status\":{\"phase\":\"%s\"}",
             below(&o->rng, 4), below(&o->rng, 3), below(&o->rng, 2) ? "Bound" : "Pending");
}

static void make_volume(struct str *s, struct object *o)
{
    add_cluster_meta(s, "PersistentVolume", o, "");
    str_addf(s,
             ",\"spec\":{\"capacity\":{\"storage\":\"%uGi\"},\"csi\":{\"driver\":\"CSIDriver-%u\","
             "\"volumeHandle\":\"vol-%u\"},\"claimRef\":{\"namespace\":\"n\",\"name\":"
             "\"PersistentVolumeClaim-%u\"}}",
             1 + below(&o->rng, 3), below(&o->rng, 2), o->number, below(&o->rng, 4));
}

static void make_attachment(struct str *s, struct object *o)
{
    add_cluster_meta(s, "VolumeAttachment", o, "");
    str_addf(s,
             ",\"spec\":{\"attacher\":\"CSIDriver-0\",\"nodeName\":\"Node-%u\",\"source\":{"
             "\"persistentVolumeName\":\"PersistentVolume-%u\"}},\"status\":{\"attached\":%s}",
             below(&o->rng, 4), below(&o->rng, 4), below(&o->rng, 2) ? "true" : "false");
}

static void make_storage_class(struct str *s, struct object *o)
{
    add_cluster_meta(s, "StorageClass", o, "");
    str_addf(s, ",\"provisioner\":\"CSIDriver-0\",\"volumeBindingMode\":\"%s\"",
             below(&o->rng, 2) ? "Immediate" : "WaitForFirstConsumer");
}

static void make_priority_class(struct str *s, struct object *o)
{
    add_cluster_meta(s, "PriorityClass", o, "");
    str_addf(s, ",\"value\":%u", 10 * below(&o->rng, 4));
}

static void make_budget(struct str *s, struct object *o)
{
    add_meta(s, "PodDisruptionBudget", o, "");
    str_addf(s,
             ",\"spec\":{\"minAvailable\":%u,\"selector\":{\"matchLabels\":{\"app\":\"%u\"}}},"
             "\"status\":{\"disruptionsAllowed\":%u}",
             below(&o->rng, 3), below(&o->rng, 3), below(&o->rng, 3));
}

static void make_namespace(struct str *s, struct object *o)
{
    add_cluster_meta(s, "Namespace", o, below(&o->rng, 2) ? ",\"labels\":{\"a\":\"b\"}" : "");
}

static void make_service(struct str *s, struct object *o)
{
    const char *ip = "service.beta.kubernetes.io/aws-load-balancer-nlb-target-type\":\"ip";
    char extra[256];
    snprintf(extra, sizeof extra, ",\"annotations\":{\"%s\"}", below(&o->rng, 2) ? ip : "a\":\"b");
    add_meta(s, "Service", o, extra);
    str_addf(s, ",\"spec\":{\"selector\":{\"app\":\"%u\"}}", below(&o->rng, 3));
}

static void make_slice(struct str *s, struct object *o)
{
    char extra[256];
    snprintf(extra, sizeof extra, ",\"labels\":{\"kubernetes.io/service-name\":\"Service-%u\"}",
             below(&o->rng, 3));
    add_meta(s, "EndpointSlice", o, extra);
    str_addf(s, ",\"addressType\":\"%s\",\"endpoints\":[{\"conditions\":{\"ready\":%s}},{}]",
             below(&o->rng, 3) ? "IPv4" : "IPv6", below(&o->rng, 2) ? "true" : "false");
}

static void make_ingress(struct str *s, struct object *o)
{
    add_meta(s, "Ingress", o, "");
    str_addf(s, ",\"spec\":{\"defaultBackend\":{\"service\":{\"name\":\"Service-%u\"}}}",
             below(&o->rng, 3));
}

static void make_binding(struct str *s, struct object *o)
{
    add_meta(s, "TargetGroupBinding", o, "");
    str_addf(s, ",\"spec\":{\"targetType\":\"%s\",\"serviceRef\":{\"name\":\"Service-%u\"}}",
             below(&o->rng, 2) ? "ip" : "instance", below(&o->rng, 3));
}

static void make_autoscaler(struct str *s, struct object *o)
{
    add_meta(s, "HorizontalPodAutoscaler", o, "");
    str_addf(s,
             ",\"spec\":{\"maxReplicas\":%u,\"scaleTargetRef\":{\"kind\":\"Deployment\",\"name\":"
             "\"Deployment-%u\"}}",
             below(&o->rng, 5), below(&o->rng, 3));
}

static void make_csi_node(struct str *s, struct object *o)
{
    str_addf(s,
             "\"metadata\":{\"name\":\"Node-%u\"},\"spec\":{\"drivers\":[{\"name\":\"CSIDriver-0\","
             "\"allocatable\":{\"count\":%u}}]}",
             o->number, 20 + below(&o->rng, 3));
}

static void make_csi_driver(struct str *s, struct object *o)
{
    add_cluster_meta(s, "CSIDriver", o, "");
    str_addf(s, ",\"spec\":{\"attachRequired\":%s}", below(&o->rng, 2) ? "true" : "false");
}

static const struct maker {
    const char *api_version, *kind;
    uint32_t count;
    void (*make)(struct str *s, struct object *o);
} makers[] = {
    {"v1", "Pod", 12, make_pod},
    {"v1", "Pod", 12, make_pod}, /* more often than others */
    {"v1", "Node", 4, make_node},
    {"apps/v1", "Deployment", 3, make_deployment},
    {"apps/v1", "ReplicaSet", 3, make_replica_set},
    {"apps/v1", "StatefulSet", 3, make_stateful_set},
    {"apps/v1", "DaemonSet", 3, make_daemon_set},
    {"batch/v1", "Job", 3, make_job},
    {"batch/v1", "CronJob", 3, make_cron_job},
    {"v1", "PersistentVolumeClaim", 4, make_claim},
    {"v1", "PersistentVolume", 4, make_volume},
    {"storage.k8s.io/v1", "VolumeAttachment", 3, make_attachment},
    {"storage.k8s.io/v1", "StorageClass", 3, make_storage_class},
    {"scheduling.k8s.io/v1", "PriorityClass", 2, make_priority_class},
    {"policy/v1", "PodDisruptionBudget", 3, make_budget},
    {"v1", "Namespace", 2, make_namespace},
    {"v1", "Service", 3, make_service},
    {"discovery.k8s.io/v1", "EndpointSlice", 4, make_slice},
    {"networking.k8s.io/v1", "Ingress", 2, make_ingress},
    {"elbv2.k8s.aws/v1beta1", "TargetGroupBinding", 2, make_binding},
    {"autoscaling/v2", "HorizontalPodAutoscaler", 2, make_autoscaler},
    {"storage.k8s.io/v1", "CSINode", 4, make_csi_node},
    {"storage.k8s.io/v1", "CSIDriver", 2, make_csi_driver},
};
#define MAKERS (sizeof makers / sizeof makers[0])
#define NUMBERS 12

/* ---- a cluster ---- */

struct cluster {
    uint32_t variants[MAKERS][NUMBERS]; /* 0: not there */
};

static void write_object(struct str *s, size_t maker, uint32_t number, uint32_t variant)
{
    struct object o = {number, {variant * 7919u + number * 31 + maker}};
    below(&o.rng, 2);
    str_reset(s);
    str_addf(s, "{\"apiVersion\":\"%s\",\"kind\":\"%s\",", makers[maker].api_version,
             makers[maker].kind);
    makers[maker].make(s, &o);
    str_addc(s, '}');
}

static struct load *load_cluster(const struct cluster *c, struct world *w, struct rng *r)
{
    struct load *l = load_new(w);
    _cleanup_str_ struct str s = {0};
    struct err err = {0};
    uint32_t first = below(r, MAKERS * NUMBERS);
    for (uint32_t i = 0; i < MAKERS * NUMBERS; i++) {
        uint32_t at = (first + i * 7) % (MAKERS * NUMBERS), number = at % NUMBERS;
        size_t maker = at / NUMBERS;
        if (!c->variants[maker][number])
            continue;
        write_object(&s, maker, number, c->variants[maker][number]);
        if (load_text(l, "object", str_sv(&s), &err) < 0)
            fail_msg("%s\n%s", err.msg, str_c(&s));
    }
    assert_int_equal(load_finish(l, &err), 0);
    return l;
}

/* The two rows of pods are one kind. */
static size_t row_of(size_t maker)
{
    return maker == 0 ? 1 : maker;
}

static void change_one(struct cluster *c, struct world *w, struct rng *r)
{
    _cleanup_str_ struct str s = {0};
    struct world_change change;
    struct err err = {0};
    size_t maker = row_of(below(r, MAKERS));
    uint32_t number = below(r, makers[maker].count);
    uint32_t *variant = &c->variants[maker][number];
    bool deleted = *variant && !below(r, 3);
    uint32_t next = 1 + below(r, 5);
    write_object(&s, maker, number, deleted ? *variant : next);
    *variant = deleted ? 0 : next;
    int result = world_apply(w, sv_of(makers[maker].api_version), sv_of(makers[maker].kind),
                             deleted, str_sv(&s), &change, &err);
    if (result < 0)
        fail_msg("%s\n%s", err.msg, str_c(&s));
}

static void check_equal(const struct cluster *c, const struct world *w, struct rng *r,
                        uint32_t seed, uint32_t step)
{
    struct world fresh;
    char why[512];
    world_init(&fresh);
    struct load *l = load_cluster(c, &fresh, r);
    if (!world_equal(w, &fresh, why, sizeof why))
        fail_msg("seed %u, step %u: %s", seed, step, why);
    load_free(l);
    world_release(&fresh);
}

static void run_cluster(uint32_t seed)
{
    struct cluster c = {0};
    struct rng r = {seed};
    struct world w;
    world_init(&w);
    for (uint32_t i = 0; i < 60; i++) {
        size_t maker = row_of(below(&r, MAKERS));
        c.variants[maker][below(&r, makers[maker].count)] = 1 + below(&r, 5);
    }
    world_follow(&w, load_cluster(&c, &w, &r));
    for (uint32_t step = 0; step < 40; step++) {
        uint32_t events = 1 + below(&r, 4);
        for (uint32_t i = 0; i < events; i++)
            change_one(&c, &w, &r);
        check_equal(&c, &w, &r, seed, step);
    }
    world_release(&w);
}

static void events_give_the_world_that_loading_gives(void **state)
{
    for (uint32_t seed = 1; seed <= 300; seed++)
        run_cluster(seed);
}

/* ---- what is told ---- */

static struct world_change apply(struct world *w, const char *kind, bool deleted, const char *json)
{
    struct world_change change;
    struct err err = {0};
    const char *version = strcmp(kind, "ReplicaSet") == 0 ? "apps/v1" : "v1";
    if (world_apply(w, sv_of(version), sv_of(kind), deleted, sv_of(json), &change, &err) < 0)
        fail_msg("%s", err.msg);
    return change;
}

static void follow_nothing(struct world *w)
{
    struct err err = {0};
    world_init(w);
    struct load *l = load_new(w);
    assert_int_equal(load_finish(l, &err), 0);
    world_follow(w, l);
}

#define POD(rest) "{\"metadata\":{\"name\":\"p\",\"namespace\":\"n\",\"uid\":\"u\"" rest "}"
#define NODE(spec, ready)                                                                          \
    "{\"metadata\":{\"name\":\"a\"},\"spec\":{" spec "},\"status\":{\"conditions\":[{\"type\":"    \
    "\"Ready\",\"status\":\"" ready "\"}]}}"

static void changes_of_pods_are_told(void **state)
{
    struct world w;
    follow_nothing(&w);
    assert_int_equal(apply(&w, "Pod", false, POD("}")).kind, CHANGE_POD_ADDED);
    assert_int_equal(apply(&w, "Pod", false, POD("}")).kind, CHANGE_NONE);
    assert_int_equal(apply(&w, "Node", false, NODE("", "True")).kind, CHANGE_NODE_ADDED);
    struct world_change bound = apply(&w, "Pod", false, POD("},\"spec\":{\"nodeName\":\"a\"}"));
    assert_int_equal(bound.kind, CHANGE_POD_BOUND);
    assert_int_equal(bound.index, world_find_pod(&w, SV("n"), SV("p")));
    assert_int_equal(w.nodes.items[0].pod_count, 1);
    assert_int_equal(apply(&w, "Pod", false,
                           POD("},\"spec\":{\"nodeName\":\"a\"},\"status\":{\"conditions\":[{"
                               "\"type\":\"Ready\",\"status\":\"True\"}]}"))
                         .kind,
                     CHANGE_POD_READY);
    assert_int_equal(apply(&w, "Pod", false, POD("},\"spec\":{\"nodeName\":\"a\"}")).kind,
                     CHANGE_POD_UNREADY);
    assert_int_equal(apply(&w, "Pod", false,
                           POD(",\"deletionTimestamp\":\"2026-01-01T00:00:00Z\"},\"spec\":{"
                               "\"nodeName\":\"a\"}"))
                         .kind,
                     CHANGE_POD_DELETING);
    assert_int_equal(apply(&w, "Pod", true, POD("}")).kind, CHANGE_POD_GONE);
    assert_int_equal(apply(&w, "Pod", true, POD("}")).kind, CHANGE_NONE);
    assert_int_equal(w.live_pods, 0);
    world_release(&w);
}

static void changes_of_nodes_are_told(void **state)
{
    struct world w;
    follow_nothing(&w);
    apply(&w, "Pod", false, POD("},\"spec\":{\"nodeName\":\"a\"}"));
    assert_int_equal(w.pods.items[0].node, WORLD_NONE);
    assert_int_equal(apply(&w, "Node", false, NODE("", "True")).kind, CHANGE_NODE_ADDED);
    assert_int_equal(w.pods.items[0].node, 0);
    assert_int_equal(apply(&w, "Node", false, NODE("", "True")).kind, CHANGE_NONE);
    assert_int_equal(apply(&w, "Node", false, NODE("\"unschedulable\":true", "True")).kind,
                     CHANGE_NODE_CORDONED);
    assert_int_equal(apply(&w, "Node", false, NODE("", "True")).kind, CHANGE_NODE_UNCORDONED);
    assert_int_equal(apply(&w, "Node", false, NODE("", "Unknown")).kind, CHANGE_NODE_UNREADY);
    assert_int_equal(apply(&w, "Node", false, NODE("", "True")).kind, CHANGE_NODE_READY);
    assert_int_equal(w.nodes.items[0].pod_count, 1);
    assert_int_equal(apply(&w, "Node", true, NODE("", "True")).kind, CHANGE_NODE_GONE);
    assert_int_equal(w.pods.items[0].node, WORLD_NONE);
    world_release(&w);
}

/* Heartbeats of nodes come all day: they must not take memory. */
static void what_says_nothing_new_takes_no_memory(void **state)
{
    struct world w;
    follow_nothing(&w);
    apply(&w, "Node", false, NODE("\"taints\":[{\"key\":\"k\"}]", "True"));
    apply(&w, "Pod", false,
          POD("},\"spec\":{\"volumes\":[{\"persistentVolumeClaim\":{\"claimName\":\"c\"}}]}"));
    size_t used = w.arena.used, claims = w.pod_claims.len, classes = w.classes.len;
    for (int i = 0; i < 100; i++) {
        apply(&w, "Node", false, NODE("\"taints\":[{\"key\":\"k\"}]", "True"));
        apply(&w, "Pod", false,
              POD("},\"spec\":{\"volumes\":[{\"persistentVolumeClaim\":{\"claimName\":\"c\"}}]}"));
    }
    assert_int_equal(w.arena.used, used);
    assert_int_equal(w.pod_claims.len, claims);
    assert_int_equal(w.classes.len, classes);
    world_release(&w);
}

static const char ends_late[] =
    "{\"spec\":{\"rules\":[{\"http\":{\"paths\":[{\"backend\":{\"serviceName\":\"s\"}}]}}]},"
    "\"metadata\":{\"name\":\"p\",\"namespace\":\"n\"}]";

static void bad_events_change_nothing(void **state)
{
    static const char *const bad[] = {
        "",
        "{",
        "[]x",
        "{\"metadata\":{\"name\":\"p\"}} {}",
        "{\"metadata\":{\"name\":\"p\",\"namespace\":\"n\"},\"spec\":{\"x\":",
        ends_late};
    static const char *const kinds[] = {"Pod",     "Node",   "Deployment", "PersistentVolumeClaim",
                                        "Service", "Ingress"};
    struct world w, empty;
    char why[256];
    struct world_change change;
    follow_nothing(&w);
    for (size_t i = 0; i < ARRAY_LEN(bad) * ARRAY_LEN(kinds); i++) {
        struct err err = {0};
        struct sv kind = sv_of(kinds[i % ARRAY_LEN(kinds)]);
        assert_int_equal(
            world_apply(&w, SV_NONE, kind, false, sv_of(bad[i / ARRAY_LEN(kinds)]), &change, &err),
            -1);
        assert_true(*err.msg);
    }
    assert_int_equal(apply(&w, "Secret", false, "{\"metadata\":{\"name\":\"p\"}}").kind,
                     CHANGE_NONE);
    assert_int_equal(apply(&w, "Pod", false, "{}").kind, CHANGE_NONE);
    world_init(&empty);
    assert_true(world_equal(&w, &empty, why, sizeof why));
    struct err err = {0};
    assert_int_equal(world_apply(&empty, SV("v1"), SV("Pod"), false, SV("{}"), &change, &err), -1);
    assert_string_equal(err.msg, "the world does not follow events");
    world_release(&empty);
    world_release(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(changes_of_pods_are_told),
        cmocka_unit_test(changes_of_nodes_are_told),
        cmocka_unit_test(what_says_nothing_new_takes_no_memory),
        cmocka_unit_test(bad_events_change_nothing),
        cmocka_unit_test(events_give_the_world_that_loading_gives),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
