/* Volumes: the way from node to node, when it goes well, hangs, or another node still holds them.
 */
#include "sim_play.h"

#include <stdio.h>

#include "unit.h"

struct scene {
    struct play p;
    uint32_t a, b, class, set, pod, pv;
};

/* db-0 with a volume on node a; b is free. */
static void scene_init(struct scene *s)
{
    play_init(&s->p, 20);
    s->a = sw_node(&s->p.w, "a", "z");
    s->b = sw_node(&s->p.w, "b", "z");
    s->class = sw_class_put(&s->p.w, "db");
    s->set = sw_workload(&s->p.w, WORKLOAD_STATEFULSET, "db", 1);
    s->pod = sw_set_pod(&s->p.w, s->class, s->set, 0, s->a);
    s->pv = sw_volume(&s->p.w, s->pod, "data");
}

static const struct world_attachment *attachment(const struct scene *s, uint32_t i)
{
    return &sim_world(s->p.s)->attachments.items[i];
}

/* When attachment i was told for the first time as it is now. */
static int64_t last_told(const struct scene *s, uint32_t i)
{
    int64_t last = -1, at;
    for (unsigned n = 0; (at = play_when(&s->p, CHANGE_ATTACHMENT, i, n)) >= 0; n++)
        last = at;
    return last;
}

/* Gone at 2.5 s, unmounted, reported at the next 10 s status (node 0 reports at 0, 10, …), detached
 * 3 s later; then attached to the new node, 4 s. The kubelet has asked for it since 2.6 s with
 * longer and longer pauses, and sees it 15.5 s after its first look. */
static void test_clean_move(void **state)
{
    struct scene s;
    scene_init(&s);
    play_start(&s.p);
    sim_cordon(s.p.s, s.a, true);
    play_evict(&s.p, s.pod, EVICTION_OK);
    play_end(&s.p);
    uint32_t next = play_newest(&s.p);
    struct sim_stats stats;
    sim_get_stats(s.p.s, &stats);
    assert_int_equal(play_when(&s.p, CHANGE_POD_BOUND, next, 0), 2600);
    assert_int_equal(play_when(&s.p, CHANGE_ATTACHMENT, 0, 0), 10000); /* detaching */
    assert_int_equal(last_told(&s, 0), 13000);
    assert_false(attachment(&s, 0)->used);
    assert_int_equal(play_when(&s.p, CHANGE_ATTACHMENT, 1, 0), 13000); /* attaching */
    assert_int_equal(last_told(&s, 1), 17000);
    assert_true(attachment(&s, 1)->used && attachment(&s, 1)->attached);
    assert_int_equal(attachment(&s, 1)->node, s.b);
    assert_int_equal(attachment(&s, 1)->pv, s.pv);
    assert_int_equal(play_when(&s.p, CHANGE_POD_READY, next, 0), 2600 + 15500 + 10 + 700 + 1000);
    assert_int_equal(stats.multi_attach_waits, 1);
    assert_int_equal(stats.forced_detaches, 0);
    play_release(&s.p);
}

/* Back on its own node before the detach has begun: nothing is detached. */
static void test_same_node_keeps_its_volume(void **state)
{
    struct scene s;
    scene_init(&s);
    play_start(&s.p);
    sim_cordon(s.p.s, s.b, true);
    play_evict(&s.p, s.pod, EVICTION_OK);
    play_end(&s.p);
    assert_int_equal(play_count(&s.p, CHANGE_ATTACHMENT), 0);
    assert_int_equal(play_when(&s.p, CHANGE_POD_READY, play_newest(&s.p), 0),
                     2600 + 10 + 700 + 1000);
    play_release(&s.p);
}

static void test_stuck_detach_is_forced(void **state)
{
    struct scene s;
    scene_init(&s);
    s.p.times.stuck_detach = 1;
    play_start(&s.p);
    sim_cordon(s.p.s, s.a, true);
    play_evict(&s.p, s.pod, EVICTION_OK);
    play_end(&s.p);
    struct sim_stats stats;
    sim_get_stats(s.p.s, &stats);
    assert_int_equal(play_when(&s.p, CHANGE_ATTACHMENT, 0, 0), 2500 + 360000);
    assert_int_equal(last_told(&s, 0), 2500 + 360000 + 3000);
    assert_int_equal(stats.forced_detaches, 1);
    assert_true(sim_world(s.p.s)->pods.items[play_newest(&s.p)].ready);
    play_release(&s.p);
}

/* Unmounted as ever, and then the cloud does not finish: six minutes of waiting force nothing. */
static void held_scene(struct scene *s, int64_t ms)
{
    scene_init(s);
    play_start(&s->p);
    sim_hold_volume(s->p.s, s->pv, ms);
    sim_cordon(s->p.s, s->a, true);
    play_evict(&s->p, s->pod, EVICTION_OK);
}

static void test_the_cloud_holds_a_volume(void **state)
{
    struct scene s;
    held_scene(&s, 0);
    sim_run(s.p.s, 3600000);
    assert_int_equal(play_when(&s.p, CHANGE_ATTACHMENT, 0, 0), 10000); /* detaching */
    assert_int_equal(last_told(&s, 0), 10000);
    assert_true(attachment(&s, 0)->used && attachment(&s, 0)->deleting);
    assert_false(sim_world(s.p.s)->pods.items[play_newest(&s.p)].ready);
    sim_let_off_volume(s.p.s, s.pv);
    sim_let_off_volume(s.p.s, s.pv);
    play_end(&s.p);
    assert_int_equal(last_told(&s, 0), 3600000 + 3000);
    assert_true(sim_world(s.p.s)->pods.items[play_newest(&s.p)].ready);
    play_release(&s.p);
}

static void test_the_cloud_takes_its_time(void **state)
{
    struct scene s;
    held_scene(&s, 1200000);
    play_end(&s.p);
    assert_int_equal(last_told(&s, 0), 10000 + 1200000);
    assert_true(sim_world(s.p.s)->pods.items[play_newest(&s.p)].ready);
    play_release(&s.p);
    held_scene(&s, 1200000);
    sim_run(s.p.s, 600000);
    sim_let_off_volume(s.p.s, s.pv); /* somebody has no patience */
    play_end(&s.p);
    assert_int_equal(last_told(&s, 0), 600000 + 3000);
    play_release(&s.p);
}

static void test_the_machine_ends_and_holds_nothing(void **state)
{
    struct scene s;
    held_scene(&s, 0);
    sim_run(s.p.s, 600000);
    sim_node_terminate(s.p.s, s.a);
    play_end(&s.p);
    assert_int_equal(last_told(&s, 0), play_when(&s.p, CHANGE_NODE_GONE, s.a, 0) + 3000);
    assert_true(sim_world(s.p.s)->pods.items[play_newest(&s.p)].ready);
    play_release(&s.p);
}

/* Taken away by force from a machine that is dead: nobody says that it is unmounted. */
static void test_dead_node_holds_its_volume(void **state)
{
    struct scene s;
    scene_init(&s);
    play_start(&s.p);
    sim_node_die(s.p.s, s.a);
    sim_run(s.p.s, 60000);
    sim_delete_pod(s.p.s, s.pod, 0);
    play_end(&s.p);
    struct sim_stats stats;
    sim_get_stats(s.p.s, &stats);
    assert_int_equal(play_when(&s.p, CHANGE_POD_GONE, s.pod, 0), 60000);
    assert_int_equal(play_when(&s.p, CHANGE_ATTACHMENT, 0, 0), 60000 + 360000);
    assert_int_equal(stats.forced_detaches, 1);
    assert_int_equal(play_when(&s.p, CHANGE_POD_READY, play_newest(&s.p), 0),
                     60100 + 371500 + 10 + 700 + 1000);
    play_release(&s.p);
}

/* Terminated under its pod: the collector takes the pod after 40 to 60 s, the volume is forced. */
static void test_volume_of_a_node_that_is_gone(void **state)
{
    struct scene s;
    scene_init(&s);
    play_start(&s.p);
    sim_node_terminate(s.p.s, s.a);
    sim_run(s.p.s, 5000);
    assert_int_equal(play_when(&s.p, CHANGE_NODE_GONE, s.a, 0), 5000);
    assert_int_equal(attachment(&s, 0)->node, WORLD_NONE);
    assert_true(attachment(&s, 0)->used);
    play_end(&s.p);
    assert_int_equal(play_when(&s.p, CHANGE_POD_GONE, s.pod, 0), 60000);
    assert_int_equal(play_when(&s.p, CHANGE_ATTACHMENT, 0, 0), 60000 + 360000);
    assert_true(sim_world(s.p.s)->pods.items[play_newest(&s.p)].ready);
    play_release(&s.p);
}

/* The node goes while its detach is under way: nothing holds it up. */
static void test_node_gone_while_detaching(void **state)
{
    struct scene s;
    scene_init(&s);
    play_start(&s.p);
    sim_cordon(s.p.s, s.a, true);
    play_evict(&s.p, s.pod, EVICTION_OK);
    sim_run(s.p.s, 3000);
    sim_node_terminate(s.p.s, s.a);
    play_end(&s.p);
    struct sim_stats stats;
    sim_get_stats(s.p.s, &stats);
    assert_int_equal(play_when(&s.p, CHANGE_NODE_GONE, s.a, 0), 8000);
    assert_int_equal(last_told(&s, 0), 13000);
    assert_int_equal(stats.forced_detaches, 0);
    play_release(&s.p);
}

/* A volume that many nodes may hold waits for nobody. */
static void test_shared_volume(void **state)
{
    struct scene s;
    scene_init(&s);
    s.p.w.pvs.items[s.pv].access = ACCESS_RWX;
    play_start(&s.p);
    sim_cordon(s.p.s, s.a, true);
    play_evict(&s.p, s.pod, EVICTION_OK);
    play_end(&s.p);
    struct sim_stats stats;
    sim_get_stats(s.p.s, &stats);
    assert_int_equal(stats.multi_attach_waits, 0);
    assert_int_equal(play_when(&s.p, CHANGE_POD_READY, play_newest(&s.p), 0),
                     2600 + 7500 + 10 + 700 + 1000);
    play_release(&s.p);
}

/* Not attachable (NFS and the like): only mounted. */
static void test_network_file_system(void **state)
{
    struct scene s;
    scene_init(&s);
    s.p.w.pvs.items[s.pv].attachable = false;
    s.p.w.attachments.items[0].used = false;
    play_start(&s.p);
    sim_cordon(s.p.s, s.a, true);
    play_evict(&s.p, s.pod, EVICTION_OK);
    play_end(&s.p);
    assert_int_equal(play_count(&s.p, CHANGE_ATTACHMENT), 0);
    assert_int_equal(play_when(&s.p, CHANGE_POD_READY, play_newest(&s.p), 0),
                     2600 + 10 + 700 + 1000);
    play_release(&s.p);
}

/* The pod that waits is deleted: whoever waits next gets the volume. */
static void test_waiter_that_gives_up(void **state)
{
    struct scene s;
    scene_init(&s);
    play_start(&s.p);
    sim_cordon(s.p.s, s.a, true);
    play_evict(&s.p, s.pod, EVICTION_OK);
    sim_run(s.p.s, 5000);
    uint32_t waiting = play_newest(&s.p);
    play_evict(&s.p, waiting, EVICTION_OK);
    play_end(&s.p);
    uint32_t last = play_newest(&s.p);
    assert_int_equal(waiting, s.pod); /* in the slot of the first */
    assert_int_equal(play_when(&s.p, CHANGE_POD_GONE, waiting, 1), 5500);
    assert_true(sim_world(s.p.s)->pods.items[last].ready);
    unsigned used = 0;
    for (uint32_t i = 0; i < sim_world(s.p.s)->attachments.len; i++)
        used += attachment(&s, i)->used;
    assert_int_equal(used, 1);
    play_release(&s.p);
}

/* Attaches share one client's limit: 10 volumes that are free, one attach each 500 ms. */
static void test_attaches_are_paced(void **state)
{
    struct play p;
    uint32_t pods[10];
    char name[16];
    play_init(&p, 20);
    p.times.controller_qps = 2;
    p.times.controller_burst = 1;
    uint32_t class = sw_class_put(&p.w, "db");
    for (unsigned i = 0; i < 10; i++) {
        snprintf(name, sizeof name, "v%u", i);
        pods[i] = sw_pod(&p.w, class, WORLD_NONE, WORLD_NONE);
        sw_volume(&p.w, pods[i], name);
    }
    sw_node(&p.w, "a", "z");
    play_start(&p);
    play_end(&p);
    for (unsigned i = 0; i < 10; i++)
        assert_int_equal(play_when(&p, CHANGE_ATTACHMENT, i, 1), 4000 + i * 500);
    play_release(&p);
}

/* A snapshot without attachments, and one with an attachment that nobody needs. */
static void test_what_the_snapshot_says(void **state)
{
    struct scene s;
    scene_init(&s);
    s.p.w.attachments.items[0].used = false;
    play_start(&s.p);
    assert_int_equal(sim_world(s.p.s)->attachments.len, 2);
    assert_true(attachment(&s, 1)->attached);
    assert_int_equal(attachment(&s, 1)->node, s.a);
    play_release(&s.p);

    scene_init(&s);
    world_pod_remove(&s.p.w, s.pod);
    s.p.w.workloads.items[s.set].replicas = 0;
    play_start(&s.p);
    play_end(&s.p);
    assert_int_equal(last_told(&s, 0), 3000);
    assert_false(attachment(&s, 0)->used);
    play_release(&s.p);
}

/* WaitForFirstConsumer: a new volume in the zone of the node that was chosen. */
static void test_volume_is_made_where_the_pod_goes(void **state)
{
    struct scene s;
    scene_init(&s);
    struct world *w = &s.p.w;
    struct world_class_of_storage sc = {.name = sw_id(w, "gp3"),
                                        .provisioner = sw_id(w, "ebs.csi.aws.com"),
                                        .used = true,
                                        .binding = BINDING_WAIT};
    assert_true(vec_push(&w->storage_classes, sc));
    uint32_t pod = sw_pod(w, s.class, WORLD_NONE, WORLD_NONE);
    sw_volume(w, pod, "new");
    w->pvs.items[1].used = false;
    w->pvcs.items[1].pv = WORLD_NONE;
    w->pvcs.items[1].phase = CLAIM_PENDING;
    w->pvcs.items[1].storage_class = 0;
    play_start(&s.p);
    play_end(&s.p);
    const struct world *now = sim_world(s.p.s);
    assert_true(now->pods.items[pod].ready);
    assert_int_equal(now->pvs.len, 3);
    assert_int_equal(now->pvcs.items[1].pv, 2);
    assert_int_equal(now->pvcs.items[1].phase, CLAIM_BOUND);
    assert_true(now->pvs.items[2].attachable);
    assert_int_equal(now->pvs.items[2].node_term_count, 1);
    assert_true(node_term_matches(now->pvs.items[2].node_terms, &now->strings,
                                  now->nodes.items[now->pods.items[pod].node].labels,
                                  STRINGS_NONE));
    assert_int_equal(play_when(&s.p, CHANGE_VOLUME, 2, 0), 0);
    assert_int_equal(play_when(&s.p, CHANGE_CLAIM, 1, 0), 0);
    play_release(&s.p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_clean_move),
        cmocka_unit_test(test_same_node_keeps_its_volume),
        cmocka_unit_test(test_stuck_detach_is_forced),
        cmocka_unit_test(test_the_cloud_holds_a_volume),
        cmocka_unit_test(test_the_cloud_takes_its_time),
        cmocka_unit_test(test_the_machine_ends_and_holds_nothing),
        cmocka_unit_test(test_dead_node_holds_its_volume),
        cmocka_unit_test(test_volume_of_a_node_that_is_gone),
        cmocka_unit_test(test_node_gone_while_detaching),
        cmocka_unit_test(test_shared_volume),
        cmocka_unit_test(test_network_file_system),
        cmocka_unit_test(test_waiter_that_gives_up),
        cmocka_unit_test(test_attaches_are_paced),
        cmocka_unit_test(test_what_the_snapshot_says),
        cmocka_unit_test(test_volume_is_made_where_the_pod_goes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
