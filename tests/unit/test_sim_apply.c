/* What clients write into a running simulator. */
#include "base/err.h"
#include "sim/sim.h"
#include "sim_world.h"
#include "unit.h"
#include "world/load.h"

struct scene {
    struct world w;
    struct sim *s;
};

static void start(struct scene *sc, const char *objects)
{
    struct err err = {0};
    world_init(&sc->w);
    struct load *l = load_new(&sc->w);
    assert_int_equal(load_text(l, "test", sv_of(objects), &err), 0);
    assert_int_equal(load_finish(l, &err), 0);
    load_free(l);
    sc->w.version = MINOR(30);
    struct sim_options o = {.seed = 1, .grows = &sc->w};
    sc->s = sim_new(&sc->w, NULL, &o);
}

static void end(struct scene *sc)
{
    sim_free(sc->s);
    world_release(&sc->w);
}

static void apply(struct scene *sc, const char *version, const char *kind, bool deleted,
                  const char *json)
{
    struct err err = {0};
    assert_int_equal(sim_apply(sc->s, sv_of(version), sv_of(kind), deleted, sv_of(json), &err), 0);
}

#define NODE(name)                                                                                 \
    "{\"apiVersion\":\"v1\",\"kind\":\"Node\",\"metadata\":{\"name\":\"" name                      \
    "\",\"labels\":{\"kubernetes.io/hostname\":\"" name "\"}},\"spec\":{},\"status\":{"            \
    "\"allocatable\":{\"cpu\":\"4\",\"memory\":\"8Gi\",\"pods\":\"20\"},\"capacity\":{\"cpu\":"    \
    "\"4\",\"memory\":\"8Gi\",\"pods\":\"20\"},\"conditions\":[{\"type\":\"Ready\",\"status\":"    \
    "\"True\"}]}}"
#define TEMPLATE(app)                                                                              \
    "\"selector\":{\"matchLabels\":{\"app\":\"" app "\"}},\"template\":{\"metadata\":{"            \
    "\"labels\":{\"app\":\"" app "\"}},\"spec\":{\"containers\":[{\"name\":\"main\",\"image\":"    \
    "\"img:1\",\"resources\":{\"requests\":{\"cpu\":\"100m\"}}}]}}"
#define WORKLOAD(name, replicas, more)                                                             \
    "{\"metadata\":{\"name\":\"" name "\",\"namespace\":\"shop\",\"uid\":\"u-" name                \
    "\"},\"spec\":{\"replicas\":" #replicas more "," TEMPLATE(name) "}}"

static uint32_t count(const struct scene *sc, bool ready, bool leaving)
{
    const struct world *w = sim_world(sc->s);
    uint32_t n = 0;
    world_each_pod(w, p) {
        const struct world_pod *pod = &w->pods.items[p];
        n += (!ready || pod->ready) && (leaving || !pod->deleting) && pod->phase < POD_SUCCEEDED;
    }
    return n;
}

static void later(struct scene *sc, int64_t seconds)
{
    sim_run(sc->s, sim_now(sc->s) + seconds * 1000);
}

static void replica_sets_are_created_scaled_and_deleted(void **state)
{
    struct scene sc;
    (void)state;
    start(&sc, NODE("n1") NODE("n2"));
    apply(&sc, "apps/v1", "ReplicaSet", false, WORKLOAD("cart", 3, ""));
    later(&sc, 120);
    assert_int_equal(count(&sc, true, false), 3);
    apply(&sc, "apps/v1", "ReplicaSet", false, WORKLOAD("cart", 7, ""));
    later(&sc, 120);
    assert_int_equal(count(&sc, true, false), 7);
    apply(&sc, "apps/v1", "ReplicaSet", false, WORKLOAD("cart", 2, ""));
    assert_int_equal(count(&sc, true, false), 2);
    later(&sc, 120);
    assert_int_equal(count(&sc, false, true), 2);
    apply(&sc, "apps/v1", "ReplicaSet", true, WORKLOAD("cart", 2, ""));
    later(&sc, 60);
    assert_int_equal(count(&sc, false, true), 2);
    world_each_pod(sim_world(sc.s), p)
        sim_delete_pod(sc.s, p, -1);
    later(&sc, 120);
    assert_int_equal(count(&sc, false, true), 0);
    end(&sc);
}

static void new_pods_are_named_after_their_controller(void **state)
{
    struct scene sc;
    (void)state;
    start(&sc, NODE("n1"));
    apply(&sc, "apps/v1", "ReplicaSet", false, WORKLOAD("cart", 2, ""));
    apply(&sc, "apps/v1", "StatefulSet", false, WORKLOAD("db", 2, ""));
    later(&sc, 200);
    const struct world *w = sim_world(sc.s);
    unsigned carts = 0;
    world_each_pod(w, p) {
        const char *name = world_text(w, w->pods.items[p].name);
        carts += strncmp(name, "cart-", 5) == 0 && strlen(name) == 10;
        assert_int_equal(world_find_pod(w, SV("shop"), sv_of(name)), p);
    }
    assert_int_equal(carts, 2);
    assert_int_not_equal(world_find_pod(w, SV("shop"), SV("db-0")), WORLD_NONE);
    assert_int_not_equal(world_find_pod(w, SV("shop"), SV("db-1")), WORLD_NONE);
    end(&sc);
}

static void stateful_sets_shrink_from_the_highest_ordinal(void **state)
{
    struct scene sc;
    (void)state;
    start(&sc, NODE("n1"));
    apply(&sc, "apps/v1", "StatefulSet", false, WORKLOAD("db", 4, ""));
    later(&sc, 300);
    assert_int_equal(count(&sc, true, false), 4);
    apply(&sc, "apps/v1", "StatefulSet", false, WORKLOAD("db", 1, ""));
    const struct world *w = sim_world(sc.s);
    assert_int_not_equal(w->pods.items[world_find_pod(w, SV("shop"), SV("db-3"))].deleting, 0);
    assert_int_equal(w->pods.items[world_find_pod(w, SV("shop"), SV("db-2"))].deleting, 0);
    later(&sc, 300);
    assert_int_equal(count(&sc, false, true), 1);
    assert_int_not_equal(world_find_pod(w, SV("shop"), SV("db-0")), WORLD_NONE);
    apply(&sc, "apps/v1", "StatefulSet", false, WORKLOAD("db", 3, ""));
    later(&sc, 300);
    assert_int_equal(count(&sc, true, true), 3);
    end(&sc);
}

static void daemon_sets_follow_labels_and_taints(void **state)
{
    struct scene sc;
    (void)state;
    start(&sc, NODE("n1") NODE("n2"));
    apply(&sc, "apps/v1", "DaemonSet", false, WORKLOAD("agent", 0, ""));
    later(&sc, 120);
    assert_int_equal(count(&sc, true, false), 2);
    apply(&sc, "v1", "Node", false,
          "{\"metadata\":{\"name\":\"n1\"},\"spec\":{\"taints\":[{\"key\":\"a\",\"effect\":"
          "\"NoExecute\"}]}}");
    later(&sc, 120);
    assert_int_equal(count(&sc, true, true), 1);
    apply(&sc, "v1", "Node", false, "{\"metadata\":{\"name\":\"n1\"},\"spec\":{}}");
    later(&sc, 120);
    assert_int_equal(count(&sc, true, true), 2);
    end(&sc);
}

static void budgets_that_are_written_are_asked(void **state)
{
    struct scene sc;
    (void)state;
    start(&sc, NODE("n1") NODE("n2"));
    apply(&sc, "apps/v1", "ReplicaSet", false, WORKLOAD("cart", 3, ""));
    later(&sc, 120);
    apply(&sc, "policy/v1", "PodDisruptionBudget", false,
          "{\"metadata\":{\"name\":\"b\",\"namespace\":\"shop\",\"generation\":1},\"spec\":{"
          "\"minAvailable\":2,\"selector\":{\"matchLabels\":{\"app\":\"cart\"}}}}");
    later(&sc, 30);
    uint32_t pods[3], n = 0;
    world_each_pod(sim_world(sc.s), p)
        pods[n++] = p;
    assert_int_equal(sim_evict(sc.s, pods[0], -1, false).cause, EVICTION_OK);
    assert_int_equal(sim_evict(sc.s, pods[1], -1, false).cause, EVICTION_BUDGET);
    apply(&sc, "policy/v1", "PodDisruptionBudget", true,
          "{\"metadata\":{\"name\":\"b\",\"namespace\":\"shop\"}}");
    assert_int_equal(sim_evict(sc.s, pods[1], -1, false).cause, EVICTION_OK);
    end(&sc);
}

static void pods_of_clients_are_scheduled_and_go(void **state)
{
    static const char pod[] = "{\"metadata\":{\"name\":\"one\",\"namespace\":\"shop\"},\"spec\":{"
                              "\"containers\":[{\"name\":\"c\",\"image\":\"x\"}]}}";
    struct scene sc;
    (void)state;
    start(&sc, NODE("n1"));
    apply(&sc, "v1", "Pod", false, pod);
    later(&sc, 60);
    assert_int_equal(count(&sc, true, true), 1);
    apply(&sc, "v1", "Pod", true, pod);
    assert_int_equal(count(&sc, false, true), 0);
    end(&sc);
}

static void jobs_end_with_their_pods(void **state)
{
    struct scene sc;
    (void)state;
    start(&sc, NODE("n1"));
    apply(&sc, "batch/v1", "Job", false,
          "{\"metadata\":{\"name\":\"load\",\"namespace\":\"shop\"},\"spec\":{\"completions\":3,"
          "\"parallelism\":1," TEMPLATE("load") "}}");
    for (int32_t i = 1; i <= 3; i++) {
        later(&sc, 60);
        assert_int_equal(count(&sc, true, true), 1);
        world_each_pod(sim_world(sc.s), p)
            sim_finish_pod(sc.s, p, true);
        assert_int_equal(sim_world(sc.s)->workloads.items[0].succeeded, i);
    }
    later(&sc, 60);
    assert_int_equal(count(&sc, false, true), 0);
    end(&sc);
}

static void claims_get_volumes_and_volumes_are_attached(void **state)
{
    struct scene sc;
    (void)state;
    start(&sc, NODE("n1"));
    apply(&sc, "storage.k8s.io/v1", "StorageClass", false,
          "{\"metadata\":{\"name\":\"gp3\"},\"provisioner\":\"ebs.csi.aws.com\","
          "\"volumeBindingMode\":\"WaitForFirstConsumer\"}");
    apply(&sc, "v1", "PersistentVolumeClaim", false,
          "{\"metadata\":{\"name\":\"data-db-0\",\"namespace\":\"shop\"},\"spec\":{"
          "\"storageClassName\":\"gp3\",\"accessModes\":[\"ReadWriteOnce\"],\"resources\":{"
          "\"requests\":{\"storage\":\"1Gi\"}}}}");
    apply(&sc, "apps/v1", "StatefulSet", false,
          WORKLOAD("db", 1, ",\"volumeClaimTemplates\":[{\"metadata\":{\"name\":\"data\"}}]"));
    later(&sc, 120);
    const struct world *w = sim_world(sc.s);
    assert_int_equal(count(&sc, true, true), 1);
    assert_int_equal(w->pvcs.items[0].phase, CLAIM_BOUND);
    assert_int_equal(w->attachments.len, 1);
    assert_true(w->attachments.items[0].attached);
    assert_true(strncmp(world_text(w, w->pvs.items[0].handle), "vol-", 4) == 0);
    end(&sc);
}

static void pods_of_a_template_use_its_claims(void **state)
{
    struct scene sc;
    (void)state;
    start(&sc, NODE("n1"));
    apply(&sc, "v1", "PersistentVolumeClaim", false,
          "{\"metadata\":{\"name\":\"data\",\"namespace\":\"shop\"},\"spec\":{}}");
    apply(&sc, "apps/v1", "ReplicaSet", false,
          "{\"metadata\":{\"name\":\"cart\",\"namespace\":\"shop\"},\"spec\":{\"replicas\":1,"
          "\"template\":{\"spec\":{\"containers\":[],\"volumes\":[{\"name\":\"v\","
          "\"persistentVolumeClaim\":{\"claimName\":\"data\"}}]}}}}");
    later(&sc, 5);
    const struct world *w = sim_world(sc.s);
    world_each_pod(w, p) {
        assert_int_equal(w->pods.items[p].claim_count, 1);
        assert_int_equal(w->pod_claims.items[w->pods.items[p].claims], 0);
    }
    assert_int_equal(count(&sc, false, true), 1);
    end(&sc);
}

static void bad_json_changes_nothing(void **state)
{
    struct scene sc;
    struct err err = {0};
    (void)state;
    start(&sc, NODE("n1"));
    assert_int_equal(
        sim_apply(sc.s, SV("apps/v1"), SV("ReplicaSet"), false, SV("{\"metadata\":"), &err), -1);
    assert_int_equal(sim_world(sc.s)->workloads.len, 0);
    end(&sc);
}

static void put_job(struct scene *sc, unsigned nth, bool deleted)
{
    char json[512];
    snprintf(json, sizeof json,
             "{\"metadata\":{\"name\":\"job-%u\",\"namespace\":\"shop\"},\"spec\":{"
             "\"template\":{\"spec\":{\"restartPolicy\":\"Never\",\"containers\":[{"
             "\"name\":\"c\",\"image\":\"x\"}]}}}}",
             nth);
    apply(sc, "batch/v1", "Job", deleted, json);
}

static uint32_t pod_of(const struct scene *sc, uint32_t job)
{
    return sim_world(sc->s)->workloads.items[job].pods;
}

/* Those that come one after the other take the place of one that is gone with its pods. */
static void jobs_take_the_place_of_those_that_are_gone(void **state)
{
    struct scene sc;
    (void)state;
    start(&sc, NODE("n1"));
    const struct world *w = sim_world(sc.s);
    put_job(&sc, 0, false);
    put_job(&sc, 0, true);
    put_job(&sc, 1, false); /* a pod of the first one is still under way */
    assert_int_equal(w->workloads.len, 2);
    later(&sc, 120);
    assert_int_equal(pod_of(&sc, 0), WORLD_NONE);
    put_job(&sc, 2, false);
    assert_int_equal(w->workloads.len, 2);
    assert_true(w->workloads.items[0].used);
    later(&sc, 120);
    assert_int_not_equal(pod_of(&sc, 0), WORLD_NONE);
    put_job(&sc, 1, true); /* its pod stays until somebody deletes it */
    put_job(&sc, 3, false);
    assert_int_equal(w->workloads.len, 3);
    sim_delete_pod(sc.s, pod_of(&sc, 1), 0);
    put_job(&sc, 4, false);
    assert_int_equal(w->workloads.len, 3);
    assert_int_equal(sim_job_failures(sc.s, 1), 0);
    sim_delete_pod(sc.s, pod_of(&sc, 0), 0);
    assert_int_equal(sim_job_failures(sc.s, 0), 1);
    later(&sc, 120);
    assert_int_equal(count(&sc, true, false), 3);
    end(&sc);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(replica_sets_are_created_scaled_and_deleted),
        cmocka_unit_test(new_pods_are_named_after_their_controller),
        cmocka_unit_test(stateful_sets_shrink_from_the_highest_ordinal),
        cmocka_unit_test(daemon_sets_follow_labels_and_taints),
        cmocka_unit_test(budgets_that_are_written_are_asked),
        cmocka_unit_test(pods_of_clients_are_scheduled_and_go),
        cmocka_unit_test(jobs_end_with_their_pods),
        cmocka_unit_test(claims_get_volumes_and_volumes_are_attached),
        cmocka_unit_test(pods_of_a_template_use_its_claims),
        cmocka_unit_test(bad_json_changes_nothing),
        cmocka_unit_test(jobs_take_the_place_of_those_that_are_gone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
