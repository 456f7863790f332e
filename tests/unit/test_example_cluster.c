/* The example platform's cluster, as `make run` rehearses it: that it can be read whole, that it
 * holds together, and that every trap its README names is there. */
#include "world/instance.h"

#include "base/cleanup.h"

#include "example.h"
#include "unit.h"

static struct world w;
static struct cloud cloud;

static int read_all(void **state)
{
    example_read(EXAMPLE_CLUSTER, &w, &cloud);
    return 0;
}

static int release_all(void **state)
{
    world_release(&w);
    cloud_release(&cloud);
    return 0;
}

static bool text_is(uint32_t id, const char *expected)
{
    return strcmp(world_text(&w, id), expected) == 0;
}

static void all_is_there(void **state)
{
    assert_int_equal(w.live_nodes, 24);
    assert_int_equal(w.live_pods, 177);
    assert_int_equal(w.pdbs.len, 17);
    assert_int_equal(w.pvcs.len, 12);
    assert_int_equal(w.pvs.len, 12);
    assert_int_equal(w.attachments.len, 12);
    assert_int_equal(w.services.len, 12);
    assert_int_equal(w.hpas.len, 1);
    vec_foreach(note, &w.notes)
        fail_msg("%s: %s", world_text(&w, note->subject), world_text(&w, note->text));
}

/* Allocatable is what the arithmetic of the EKS images makes of capacity, and no node holds more
 * than it has. */
static void nodes_are_sound(void **state)
{
    world_each_node(&w, n) {
        const struct world_node *node = &w.nodes.items[n];
        const struct instance_type *t = instance_find(sv_of(world_text(&w, node->instance_type)));
        assert_non_null(t);
        struct instance_kubelet k = {0};
        struct instance_amounts capacity, rest;
        instance_capacity(t, &k, 0, &capacity);
        assert_int_equal(node->capacity.cpu, capacity.cpu);
        assert_int_equal(node->capacity.memory, capacity.memory);
        instance_allocatable(t, &k, &capacity, &rest);
        assert_int_equal(node->allocatable.cpu, rest.cpu);
        assert_int_equal(node->allocatable.memory, rest.memory);
        assert_int_equal(node->max_pods, rest.pods);
        assert_true(node->ready && !node->unschedulable);
        assert_int_equal(node->csi_count, 1);
        assert_int_equal(node->csi[0].count, instance_ebs_volumes(t, 2, 1));

        struct resources used = {0};
        world_each_pod_of_node(&w, n, p) {
            if (world_pod_is_finished(&w.pods.items[p]))
                continue;
            used.cpu += world_class_of(&w, p)->request.cpu;
            used.memory += world_class_of(&w, p)->request.memory;
        }
        assert_true(used.cpu <= node->allocatable.cpu && used.cpu > 0);
        assert_true(used.memory <= node->allocatable.memory);
        assert_true((int32_t)node->pod_count <= node->max_pods);
    }
}

static void pods_have_owners(void **state)
{
    unsigned bare = 0, unready = 0;
    world_each_pod(&w, p) {
        const struct world_pod *pod = &w.pods.items[p];
        assert_true(pod->node != WORLD_NONE);
        assert_false(pod->owner_gone || pod->foreign_owner);
        bare += pod->owner == WORLD_NONE;
        unready += !pod->ready && !world_pod_is_finished(pod);
    }
    assert_int_equal(bare, 1);
    assert_int_equal(unready, 1);
}

/* What the file says of a budget is what its pods make of it. */
static void budgets_agree_with_pods(void **state)
{
    vec_foreach(pdb, &w.pdbs) {
        int32_t expected = 0, healthy = 0;
        world_each_pod(&w, p) {
            if (!world_pdb_covers(&w, pdb, p))
                continue;
            expected++;
            healthy += w.pods.items[p].ready;
        }
        assert_int_equal(pdb->expected, expected);
        assert_int_equal(pdb->healthy, healthy);
        int32_t allowed = expected && healthy > pdb->desired ? healthy - pdb->desired : 0;
        assert_int_equal(pdb->allowed, allowed);
    }
}

static void volumes_are_where_their_pods_are(void **state)
{
    unsigned volumes = 0, in_tree = 0;
    world_each_pod(&w, p) {
        const struct world_pod *pod = &w.pods.items[p];
        for (uint32_t i = 0; i < pod->claim_count; i++) {
            const struct world_pvc *pvc = &w.pvcs.items[w.pod_claims.items[pod->claims + i]];
            assert_int_equal(pvc->phase, CLAIM_BOUND);
            const struct world_pv *pv = &w.pvs.items[pvc->pv];
            const struct world_node *node = &w.nodes.items[pod->node];
            assert_true(pv->attachable);
            assert_int_equal(pv->node_term_count, 1);
            assert_true(
                node_term_matches(&pv->node_terms[0], &w.strings, node->labels, node->name));
            unsigned attached = 0;
            vec_foreach(a, &w.attachments)
                attached += a->pv == pvc->pv && a->node == pod->node && a->attached;
            assert_int_equal(attached, 1);
            volumes++;
            in_tree += text_is(pv->driver, "kubernetes.io/aws-ebs");
        }
    }
    assert_int_equal(volumes, 12);
    assert_int_equal(in_tree, 2);
}

static const struct world_pdb *budget(const char *ns, const char *name)
{
    vec_foreach(pdb, &w.pdbs)
        if (text_is(pdb->ns, ns) && text_is(pdb->name, name))
            return pdb;
    fail_msg("no budget %s/%s", ns, name);
    return NULL;
}

static uint32_t workload(enum workload_kind kind, const char *ns, const char *name)
{
    uint32_t found = world_find_workload(&w, kind, sv_of(ns), sv_of(name));
    if (found == WORLD_NONE)
        fail_msg("no workload %s/%s", ns, name);
    return found;
}

/* One of the pods that people would say belong to it. */
static uint32_t pod_of(const char *ns, const char *name)
{
    uint32_t owner = workload(WORKLOAD_DEPLOYMENT, ns, name);
    world_each_pod(&w, p) {
        if (world_top_owner(&w, p) == owner)
            return p;
    }
    fail_msg("no pod of %s/%s", ns, name);
    return WORLD_NONE;
}

static const struct world_class *class_of(const char *ns, const char *name)
{
    return world_class_of(&w, pod_of(ns, name));
}

static void budgets_that_allow_nothing(void **state)
{
    assert_int_equal(budget("games", "match-coordinator")->allowed, 0);
    assert_int_equal(budget("social", "translator")->allowed, 0);
    assert_int_equal(budget("games", "skirmish")->expected, 0);
    unsigned covering = 0;
    vec_foreach(pdb, &w.pdbs)
        covering += world_pdb_covers(&w, pdb, pod_of("social", "chat"));
    assert_int_equal(covering, 2);
}

static void selectors_that_hold_pods(void **state)
{
    const struct world_class *encoder = class_of("games", "replay-encoder");
    assert_int_equal(encoder->node_selector.len, 1);
    assert_true(text_is(encoder->node_selector.items[0].key, "eks.amazonaws.com/nodegroup"));
    assert_true(encoder->empty_dir);

    /* The host that anti-cheat names is there, and it is the one it runs on. */
    uint32_t pod = pod_of("games", "anti-cheat");
    const struct world_class *pinned = world_class_of(&w, pod);
    assert_int_equal(pinned->node_term_count, 1);
    unsigned matching = 0;
    world_each_node(&w, n) {
        const struct world_node *node = &w.nodes.items[n];
        if (!node_term_matches(&pinned->node_terms[0], &w.strings, node->labels, node->name))
            continue;
        assert_int_equal(w.pods.items[pod].node, n);
        matching++;
    }
    assert_int_equal(matching, 1);

    const struct world_class *matchmaker = class_of("matchmaking", "matchmaker");
    assert_int_equal(matchmaker->spread_count, 1);
    assert_true(matchmaker->spreads[0].hard && !matchmaker->spreads[0].honor_taints);
    assert_true(text_is(matchmaker->spreads[0].topology_key, "kubernetes.io/hostname"));
    assert_true(
        w.workloads.items[workload(WORKLOAD_DEPLOYMENT, "matchmaking", "matchmaker")].replicas >
        cloud_find_group(&cloud, "game-2023")->desired);
}

static const struct world_service *service(const char *ns, const char *name)
{
    vec_foreach(s, &w.services)
        if (text_is(s->ns, ns) && text_is(s->name, name))
            return s;
    fail_msg("no service %s/%s", ns, name);
    return NULL;
}

static void load_balancers(void **state)
{
    assert_true(service("games", "lobby")->ip_targets);
    assert_int_equal(service("games", "lobby")->type, 'L');
    assert_int_equal(service("games", "lobby")->ready_endpoints, 6);
    assert_int_equal(class_of("games", "lobby")->prestop_s, 0);
    assert_int_equal(class_of("games", "lobby")->lb_gates, 1);
    assert_int_equal(class_of("games", "match-gateway")->prestop_s, 75);
    assert_int_equal(class_of("games", "match")->prestop_s, 300);
    assert_int_equal(class_of("games", "match")->grace_s, 900);
    assert_true(class_of("games", "match")->safe_to_evict_no);
    assert_true(service("payments", "payments")->ingress_backend);
    assert_int_equal(class_of("payments", "payments")->prestop_s,
                     class_of("payments", "payments")->grace_s);
    const struct world_workload *citadel =
        &w.workloads.items[workload(WORKLOAD_STATEFULSET, "games", "citadel-world")];
    assert_true(citadel->parallel);
    assert_int_equal(world_class_of(&w, citadel->pods)->prestop_s, -1);
    assert_int_equal(world_class_of(&w, citadel->pods)->grace_s, 1800);
}

/* AWS's side names the same nodes, and each green m5.xlarge takes more addresses than are left. */
static void cloud_agrees(void **state)
{
    assert_int_equal(cloud.groups.len, 2);
    assert_int_equal(cloud.subnets.len, 3);
    assert_int_equal(cloud.instances.len, w.live_nodes);
    vec_foreach(g, &cloud.groups) {
        int32_t nodes = 0, instances = 0;
        world_each_node(&w, n) {
            nodes += text_is(w.nodes.items[n].group, g->name) &&
                     text_is(w.nodes.items[n].instance_type, g->instance_types[0]);
        }
        vec_foreach(i, &cloud.instances)
            instances += strcmp(i->group, g->name) == 0;
        assert_int_equal(nodes, g->desired);
        assert_int_equal(instances, g->desired);
        for (uint32_t i = 0; i < g->subnet_count; i++)
            assert_non_null(cloud_find_subnet(&cloud, g->subnets[i]));
    }
    uint32_t held = instance_ips_held(instance_find(SV("m5.xlarge")), 5, false);
    vec_foreach(s, &cloud.subnets)
        assert_true(s->free_ips > 0 && (uint32_t)s->free_ips < held);
    assert_int_equal(cloud.target_groups.len, 3);
    vec_foreach(t, &cloud.target_groups)
        assert_int_equal(t->healthy, t->targets);
    assert_int_equal(cloud.target_groups.items[0].targets, 6);
}

/* Enough of the cluster's own times to calibrate a rehearsal by. */
static void times_are_there(void **state)
{
    assert_true(w.samples[TIMING_START].len >= 20);
    assert_true(w.samples[TIMING_READY].len >= 20);
    assert_true(w.samples[TIMING_NODE_JOIN].len >= 20);
    assert_true(w.samples[TIMING_PULL].len >= 10);
    assert_true(w.samples[TIMING_ATTACH].len >= 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_is_there),
        cmocka_unit_test(nodes_are_sound),
        cmocka_unit_test(pods_have_owners),
        cmocka_unit_test(budgets_agree_with_pods),
        cmocka_unit_test(volumes_are_where_their_pods_are),
        cmocka_unit_test(budgets_that_allow_nothing),
        cmocka_unit_test(selectors_that_hold_pods),
        cmocka_unit_test(load_balancers),
        cmocka_unit_test(cloud_agrees),
        cmocka_unit_test(times_are_there),
    };
    return cmocka_run_group_tests(tests, read_all, release_all);
}
