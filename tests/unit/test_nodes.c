/* The decision core by itself. */
#include "nodes_play.h"
#include "ops/nodes/explain.h"

#include <stdlib.h>
#include <string.h>

#include "unit.h"

enum { MINUTE = 60000 };

static void every_node_is_cordoned_before_the_first_eviction(void **state)
{
    struct play p;
    play_set_up(&p, 3);
    uint32_t wl = play_add_workload(&p, WORKLOAD_DEPLOYMENT, "cart", 3);
    for (int i = 0; i < 3; i++)
        play_add_pod(&p, "cart", wl, p.nodes[i]);
    play_start(&p);
    play_pass(&p, MINUTE);
    assert_int_equal(p.evicted_count, 3);
    assert_int_equal(nodes_phase(p.op), NODES_PHASE_DONE);
    play_tear_down(&p);
}

/* Network, volumes and logs come with DaemonSets: before them a new node is none to go to. */
static void new_nodes_serve_with_their_daemons(void **state)
{
    struct play p;
    play_set_up(&p, 1);
    struct nodes_green green = {.spec = {.group = play_id(&p, "green")}, .count = 1};
    uint32_t logs = play_add_workload(&p, WORKLOAD_DAEMONSET, "logs", 1);
    p.o.green = &green;
    p.o.green_count = 1;
    play_start(&p);
    play_pass(&p, MINUTE);
    uint32_t node = play_add_node(&p, "new", false), pod = play_add_pod(&p, "logs", logs, node);
    p.w.nodes.items[node].group = green.spec.group;
    p.w.pods.items[pod].ready = false;
    play_tell(&p, CHANGE_NODE_ADDED, node);
    play_tell(&p, CHANGE_NODE_READY, node);
    play_pass(&p, 2 * MINUTE);
    assert_int_equal(nodes_phase(p.op), NODES_PHASE_START);
    assert_int_equal(p.cordoned, 0);
    p.w.pods.items[pod].ready = true;
    play_pass(&p, 3 * MINUTE);
    assert_int_equal(p.cordoned, 1);
    assert_int_equal(nodes_phase(p.op), NODES_PHASE_DONE);
    play_tear_down(&p);
}

static void a_workload_without_a_budget_keeps_three_in_four(void **state)
{
    struct play p;
    play_set_up(&p, 1);
    uint32_t wl = play_add_workload(&p, WORKLOAD_DEPLOYMENT, "cart", 8);
    for (int i = 0; i < 8; i++)
        play_add_pod(&p, "cart", wl, p.nodes[0]);
    p.keep = true;
    play_start(&p);
    play_pass(&p, MINUTE);
    assert_int_equal(p.evicted_count, 2);
    assert_int_equal(play_waiting(&p, NODES_BLOCK_WORKLOAD), 6);
    play_let_go(&p, p.evicted[0], 0);
    play_pass(&p, 2 * MINUTE);
    assert_int_equal(p.evicted_count, 3);
    play_tear_down(&p);
}

static void pods_of_a_stateful_set_go_one_at_a_time(void **state)
{
    struct play p;
    play_set_up(&p, 3);
    uint32_t wl = play_add_workload(&p, WORKLOAD_STATEFULSET, "db", 3);
    for (int i = 0; i < 3; i++)
        play_add_pod(&p, "db", wl, p.nodes[i]);
    p.keep = true;
    play_start(&p);
    for (uint32_t i = 1; i <= 3; i++) {
        play_pass(&p, i * MINUTE);
        assert_int_equal(p.evicted_count, i);
        assert_int_equal(play_waiting(&p, NODES_BLOCK_STATEFUL), 3 - i);
        play_let_go(&p, p.evicted[i - 1], 0);
    }
    play_pass(&p, 9 * MINUTE);
    assert_int_equal(nodes_phase(p.op), NODES_PHASE_DONE);
    play_tear_down(&p);
}

/* One node at a time; the first holds a pod whose budget allows nothing. */
static void free_pods_do_not_wait_behind_blocked_ones(void **state)
{
    struct play p;
    play_set_up(&p, 3);
    uint32_t stuck = play_add_workload(&p, WORKLOAD_DEPLOYMENT, "stuck", 2);
    uint32_t wl = play_add_workload(&p, WORKLOAD_DEPLOYMENT, "free", 30);
    uint32_t pdb = play_add_budget(&p, "stuck", 0);
    play_add_pod(&p, "stuck", stuck, p.nodes[0]);
    for (int i = 0; i < 30; i++)
        play_add_pod(&p, "free", wl, p.nodes[i % 3]);
    p.o.max_unavailable = (struct int_or_percent){true, false, 1};
    play_start(&p);
    play_pass(&p, MINUTE);
    assert_int_equal(p.evicted_count, 30);
    assert_int_equal(play_waiting(&p, NODES_BLOCK_BUDGET), 1);
    assert_int_equal(nodes_phase(p.op), NODES_PHASE_DRAIN);
    p.w.pdbs.items[pdb].allowed = 1;
    play_tell(&p, CHANGE_PDB, pdb);
    play_decide(&p);
    assert_int_equal(p.evicted_count, 31);
    assert_int_equal(nodes_phase(p.op), NODES_PHASE_DONE);
    play_tear_down(&p);
}

static void an_allowance_is_not_spent_twice(void **state)
{
    struct play p;
    play_set_up(&p, 1);
    uint32_t wl = play_add_workload(&p, WORKLOAD_DEPLOYMENT, "cart", 6);
    play_add_budget(&p, "cart", 2);
    for (int i = 0; i < 6; i++)
        play_add_pod(&p, "cart", wl, p.nodes[0]);
    play_start(&p);
    struct nodes_action actions[32];
    size_t evictions = 0, n;
    while ((n = nodes_decide(p.op, 0, actions, 32)) > 0)
        for (size_t i = 0; i < n; i++) {
            if (actions[i].kind == NODES_CORDON)
                play_act(&p, &actions[i]);
            evictions += actions[i].kind == NODES_EVICT;
        }
    assert_int_equal(evictions, 2);
    play_tear_down(&p);
}

static void a_pod_that_is_not_ready_may_go_while_its_budget_is_healthy(void **state)
{
    struct play p;
    play_set_up(&p, 1);
    uint32_t wl = play_add_workload(&p, WORKLOAD_DEPLOYMENT, "cart", 2);
    uint32_t pdb = play_add_budget(&p, "cart", 0);
    uint32_t pod = play_add_pod(&p, "cart", wl, p.nodes[0]);
    p.w.pods.items[pod].ready = false;
    p.w.pdbs.items[pdb].healthy = 0;
    play_start(&p);
    play_pass(&p, MINUTE);
    assert_int_equal(p.evicted_count, 0);
    p.w.pdbs.items[pdb].healthy = 1;
    play_tell(&p, CHANGE_PDB, pdb);
    play_tell(&p, CHANGE_POD_UNREADY, pod);
    play_decide(&p);
    assert_int_equal(p.evicted_count, 1);
    play_tear_down(&p);
}

/* The API server has counted its eviction and was cut off before the deletion. */
static void a_budget_that_waits_for_a_pod_that_stays_is_explained(void **state)
{
    struct play p;
    _cleanup_arena_ struct arena a = {0};
    play_set_up(&p, 1);
    uint32_t wl = play_add_workload(&p, WORKLOAD_DEPLOYMENT, "cart", 2);
    uint32_t pdb = play_add_budget(&p, "cart", 0);
    uint32_t pod = play_add_pod(&p, "cart", wl, p.nodes[0]);
    const struct disrupted_pod cut = {play_id(&p, "cart-1"), 1};
    struct world_pdb *budget = &p.w.pdbs.items[pdb];
    struct world_pod named = p.w.pods.items[pod];
    named.name = cut.name;
    world_pod_remove(&p.w, pod);
    pod = world_pod_add(&p.w, &named);
    const struct nodes_blocked b = {.pod = pod, .why = NODES_BLOCK_BUDGET, .index = pdb};
    budget->expected = 2;
    budget->desired = budget->healthy = 1;
    assert_non_null(strstr(nodes_explain(&p.w, &b, &a).text, "only 1 of 2 are Ready"));
    budget->disrupted = &cut;
    budget->disrupted_count = 1;
    assert_non_null(
        strstr(nodes_explain(&p.w, &b, &a).text, "its eviction was accepted and cut off"));
    assert_non_null(strstr(nodes_explain(&p.w, &b, &a).fix, "two minutes"));
    p.w.pods.items[pod].deleting = 1;
    assert_non_null(strstr(nodes_explain(&p.w, &b, &a).text, "only 1 of 2 are Ready"));
    play_tear_down(&p);
}

static void nobody_s_pods_stay_unless_told(void **state)
{
    for (int bare = 0; bare < 2; bare++) {
        struct play p;
        play_set_up(&p, 1);
        play_add_pod(&p, "one", WORLD_NONE, p.nodes[0]);
        p.o.bare = bare;
        play_start(&p);
        play_pass(&p, MINUTE);
        assert_int_equal(p.evicted_count, bare);
        assert_int_equal(play_waiting(&p, NODES_BLOCK_BARE), !bare);
        play_tear_down(&p);
    }
}

static void pods_of_nodes_are_left_alone(void **state)
{
    struct play p;
    play_set_up(&p, 1);
    uint32_t ds = play_add_workload(&p, WORKLOAD_DAEMONSET, "agent", 2);
    play_add_pod(&p, "agent", ds, p.nodes[0]);
    uint32_t mirror = play_add_pod(&p, "static", WORLD_NONE, p.nodes[0]);
    p.w.pods.items[mirror].mirror = true;
    p.o.terminate = true;
    play_start(&p);
    play_pass(&p, MINUTE);
    assert_int_equal(p.evicted_count, 0);
    assert_int_equal(p.terminated, 1);
    play_tear_down(&p);
}

static void two_budgets_on_a_pod_are_not_even_asked(void **state)
{
    struct play p;
    play_set_up(&p, 1);
    uint32_t wl = play_add_workload(&p, WORKLOAD_DEPLOYMENT, "cart", 2);
    play_add_budget(&p, "cart", 1);
    play_add_budget(&p, "cart", 1);
    play_add_pod(&p, "cart", wl, p.nodes[0]);
    play_start(&p);
    play_pass(&p, MINUTE);
    assert_int_equal(p.evicted_count, 0);
    assert_int_equal(play_waiting(&p, NODES_BLOCK_BUDGETS), 1);
    play_tear_down(&p);
}

static void a_refusal_is_tried_again(void **state)
{
    struct play p;
    play_set_up(&p, 1);
    uint32_t wl = play_add_workload(&p, WORKLOAD_DEPLOYMENT, "cart", 1);
    play_add_pod(&p, "cart", wl, p.nodes[0]);
    p.answer = (struct eviction_answer){.cause = EVICTION_THROTTLED, .code = 429};
    play_start(&p);
    play_decide(&p);
    assert_int_equal(p.evicted_count, 1);
    assert_int_equal(play_waiting(&p, NODES_BLOCK_ANSWER), 1);
    p.answer = (struct eviction_answer){.cause = EVICTION_OK, .code = 201};
    play_pass(&p, MINUTE);
    assert_int_equal(p.evicted_count, 2);
    assert_int_equal(nodes_phase(p.op), NODES_PHASE_DONE);
    play_tear_down(&p);
}

static void nodes_go_only_without_pods_and_volumes(void **state)
{
    struct play p;
    play_set_up(&p, 1);
    uint32_t wl = play_add_workload(&p, WORKLOAD_DEPLOYMENT, "cart", 1);
    play_add_pod(&p, "cart", wl, p.nodes[0]);
    struct world_attachment a = {.used = true, .node = p.nodes[0], .pv = WORLD_NONE};
    assert_true(vec_push(&p.w.attachments, a));
    p.o.terminate = true;
    p.o.soak_ms = 5 * MINUTE;
    play_start(&p);
    play_pass(&p, 30 * MINUTE);
    assert_int_equal(nodes_phase(p.op), NODES_PHASE_DRAIN);
    p.w.attachments.items[0].used = false;
    play_tell(&p, CHANGE_ATTACHMENT, 0);
    play_pass(&p, 34 * MINUTE);
    assert_int_equal(nodes_phase(p.op), NODES_PHASE_SOAK);
    assert_int_equal(p.terminated, 0);
    play_pass(&p, 36 * MINUTE);
    assert_int_equal(p.terminated, 1);
    assert_int_equal(nodes_phase(p.op), NODES_PHASE_DONE);
    play_tear_down(&p);
}

static void nothing_is_deleted_while_replacements_are_missing(void **state)
{
    struct play p;
    play_set_up(&p, 1);
    uint32_t wl = play_add_workload(&p, WORKLOAD_DEPLOYMENT, "cart", 1);
    play_add_pod(&p, "cart", wl, p.nodes[0]);
    p.o.terminate = true;
    p.keep = true;
    play_start(&p);
    play_decide(&p);
    play_let_go(&p, p.evicted[0], WORLD_NONE);
    play_pass(&p, 60 * MINUTE);
    assert_int_equal(nodes_phase(p.op), NODES_PHASE_DRAIN);
    assert_int_equal(p.terminated, 0);
    play_tear_down(&p);
}

static void a_pod_is_given_up_after_its_time(void **state)
{
    struct play p;
    play_set_up(&p, 2);
    uint32_t stuck = play_add_workload(&p, WORKLOAD_DEPLOYMENT, "stuck", 2);
    uint32_t wl = play_add_workload(&p, WORKLOAD_DEPLOYMENT, "free", 1);
    play_add_budget(&p, "stuck", 0);
    play_add_pod(&p, "stuck", stuck, p.nodes[0]);
    play_add_pod(&p, "free", wl, p.nodes[1]);
    p.o.batch = (struct int_or_percent){true, false, 1};
    p.o.pod_timeout_ms = 5 * MINUTE;
    p.o.terminate = true;
    play_start(&p);
    play_pass(&p, 4 * MINUTE);
    assert_int_equal(p.evicted_count, 0);
    play_pass(&p, 7 * MINUTE);
    assert_int_equal(p.evicted_count, 1);
    assert_int_equal(nodes_phase(p.op), NODES_PHASE_DONE);
    assert_int_equal(p.terminated, 0);
    play_tear_down(&p);
}

static void batches_follow_the_order_and_soak(void **state)
{
    struct play p;
    play_set_up(&p, 4);
    uint32_t wl = play_add_workload(&p, WORKLOAD_DEPLOYMENT, "cart", 4);
    for (int i = 0; i < 4; i++) {
        play_add_pod(&p, "cart", wl, p.nodes[i]);
        p.w.nodes.items[p.nodes[i]].created = 100 - i;
    }
    p.o.order = NODES_OLDEST;
    p.o.batch = (struct int_or_percent){true, true, 50};
    p.o.batch_soak_ms = 10 * MINUTE;
    play_start(&p);
    play_pass(&p, 9 * MINUTE);
    assert_int_equal(p.evicted_count, 2);
    assert_int_equal(p.evicted[0], 3);
    assert_int_equal(p.evicted[1], 2);
    assert_int_equal(nodes_phase(p.op), NODES_PHASE_BATCH_SOAK);
    play_pass(&p, 11 * MINUTE);
    assert_int_equal(p.evicted_count, 4);
    play_tear_down(&p);
}

static void evictions_start_inside_the_window_only(void **state)
{
    struct play p;
    play_set_up(&p, 1);
    uint32_t wl = play_add_workload(&p, WORKLOAD_DEPLOYMENT, "cart", 1);
    play_add_pod(&p, "cart", wl, p.nodes[0]);
    p.o.window_from_min = 22 * 60;
    p.o.window_to_min = 5 * 60;
    p.o.day_offset_ms = (int64_t)20 * 60 * MINUTE;
    play_start(&p);
    play_pass(&p, 119 * MINUTE);
    assert_int_equal(p.evicted_count, 0);
    play_pass(&p, 121 * MINUTE);
    assert_int_equal(p.evicted_count, 1);
    play_tear_down(&p);
}

static void a_pause_waits_for_approval(void **state)
{
    struct play p;
    play_set_up(&p, 1);
    uint32_t wl = play_add_workload(&p, WORKLOAD_DEPLOYMENT, "payments", 1);
    uint32_t other = play_add_workload(&p, WORKLOAD_DEPLOYMENT, "cart", 1);
    play_add_pod(&p, "payments", wl, p.nodes[0]);
    play_add_pod(&p, "cart", other, p.nodes[0]);
    p.o.pause_before = &wl;
    p.o.pause_count = 1;
    play_start(&p);
    play_pass(&p, MINUTE);
    assert_int_equal(p.asked, 1);
    assert_int_equal(p.evicted_count, 1);
    nodes_approve(p.op, wl);
    play_decide(&p);
    assert_int_equal(p.evicted_count, 2);
    play_tear_down(&p);
}

static void evictions_keep_to_the_rate(void **state)
{
    struct play p;
    play_set_up(&p, 1);
    uint32_t wl = play_add_workload(&p, WORKLOAD_JOB, "batch", 40);
    for (int i = 0; i < 40; i++)
        play_add_pod(&p, "batch", wl, p.nodes[0]);
    p.o.evictions_per_s = 5;
    p.keep = true;
    play_start(&p);
    play_decide(&p);
    assert_int_equal(p.evicted_count, 5);
    play_pass(&p, 4000);
    assert_in_range(p.evicted_count, 24, 25);
    play_tear_down(&p);
}

static void a_new_pod_in_the_place_of_a_lost_one_is_another(void **state)
{
    struct play p;
    play_set_up(&p, 2);
    uint32_t wl = play_add_workload(&p, WORKLOAD_DEPLOYMENT, "cart", 1);
    uint32_t pod = play_add_pod(&p, "cart", wl, p.nodes[0]);
    struct nodes_progress progress;
    p.keep = true;
    play_start(&p);
    play_decide(&p);
    assert_int_equal(p.evicted_count, 1);
    p.w.pods.items[pod].deleting = 0;
    world_pod_bind(&p.w, pod, 0);
    play_tell(&p, CHANGE_POD_ADDED, pod);
    play_decide(&p);
    nodes_progress(p.op, &progress);
    assert_int_equal(progress.pods_gone, 1);
    assert_int_equal(progress.leaving, 0);
    assert_int_equal(p.evicted_count, 1);
    assert_int_equal(nodes_phase(p.op), NODES_PHASE_DONE);
    play_tear_down(&p);
}

static void what_comes_at_once_is_taken_at_once(void **state)
{
    struct play p;
    play_set_up(&p, 1);
    uint32_t wl = play_add_workload(&p, WORKLOAD_DEPLOYMENT, "cart", 2);
    play_add_pod(&p, "cart", wl, p.nodes[0]);
    uint32_t fresh = play_add_pod(&p, "cart", wl, WORLD_NONE);
    p.w.pods.items[fresh].ready = false;
    play_start(&p);
    world_pod_bind(&p.w, fresh, 0);
    p.w.pods.items[fresh].ready = true;
    play_tell(&p, CHANGE_POD_BOUND, fresh);
    play_pass(&p, MINUTE);
    assert_int_equal(p.evicted_count, 1);
    play_tear_down(&p);
}

static void a_node_that_is_deleted_takes_its_pods_along(void **state)
{
    for (int queued = 0; queued < 2; queued++) {
        struct play p;
        struct nodes_node list[2];
        play_set_up(&p, 2);
        uint32_t wl = play_add_workload(&p, WORKLOAD_DEPLOYMENT, "cart", 1);
        uint32_t stuck = play_add_workload(&p, WORKLOAD_DEPLOYMENT, "stuck", 2);
        play_add_budget(&p, "stuck", 0);
        play_add_pod(&p, "cart", wl, p.nodes[1]);
        play_add_pod(&p, "stuck", stuck, p.nodes[1]);
        play_add_pod(&p, "cart", WORLD_NONE, p.nodes[0]);
        p.o.batch = (struct int_or_percent){queued, false, 1};
        play_start(&p);
        play_pass(&p, MINUTE);
        assert_int_equal(p.evicted_count, !queued);
        world_node_remove(&p.w, p.nodes[1]);
        play_tell(&p, CHANGE_NODE_GONE, p.nodes[1]);
        play_add_node(&p, "another", false);
        world_pod_remove(&p.w, 2);
        play_tell(&p, CHANGE_POD_GONE, 2);
        play_pass(&p, 2 * MINUTE);
        assert_int_equal(p.evicted_count, !queued);
        assert_int_equal(play_waiting(&p, NODES_BLOCK_BUDGET), 0);
        assert_int_equal(nodes_phase(p.op), NODES_PHASE_DONE);
        assert_int_equal(nodes_list(p.op, list, 2), 2);
        assert_int_equal(list[0].state, NODES_NODE_CLEAN);
        assert_int_equal(list[1].state, NODES_NODE_GONE);
        play_tear_down(&p);
    }
}

static void a_budget_that_is_changed_or_deleted_lets_go(void **state)
{
    for (int deleted = 0; deleted < 2; deleted++) {
        struct play p;
        play_set_up(&p, 1);
        uint32_t wl = play_add_workload(&p, WORKLOAD_DEPLOYMENT, "cart", 1);
        uint32_t first = play_add_budget(&p, "cart", 1), second = play_add_budget(&p, "cart", 0);
        play_add_pod(&p, "cart", wl, p.nodes[0]);
        play_start(&p);
        play_pass(&p, MINUTE);
        assert_int_equal(play_waiting(&p, NODES_BLOCK_BUDGETS), 1);
        if (deleted)
            p.w.pdbs.items[second] = (struct world_pdb){0};
        else {
            p.w.pdbs.items[second].selector.nothing = true;
            p.w.pdbs.items[second].generation++;
        }
        play_tell(&p, CHANGE_PDB, second);
        play_decide(&p);
        assert_int_equal(p.evicted_count, 1);
        assert_int_equal(p.w.pdbs.items[first].allowed, 1);
        play_tear_down(&p);
    }
}

static void a_budget_with_room_again_is_asked_again_soon(void **state)
{
    struct play p;
    play_set_up(&p, 1);
    uint32_t wl = play_add_workload(&p, WORKLOAD_DEPLOYMENT, "cart", 2);
    play_add_budget(&p, "cart", 1);
    play_add_pod(&p, "cart", wl, p.nodes[0]);
    p.answer = (struct eviction_answer){.cause = EVICTION_BUDGET, .code = 429};
    play_start(&p);
    play_decide(&p);
    assert_int_equal(p.evicted_count, 1);
    p.answer = (struct eviction_answer){.cause = EVICTION_OK, .code = 201};
    play_pass(&p, 1500);
    assert_int_equal(p.evicted_count, 2);
    assert_int_equal(nodes_phase(p.op), NODES_PHASE_DONE);
    play_tear_down(&p);
}

static void a_pod_that_is_named_is_deleted_once_its_budget_has_refused(void **state)
{
    struct play p;
    play_set_up(&p, 1);
    uint32_t wl = play_add_workload(&p, WORKLOAD_DEPLOYMENT, "stuck", 2);
    play_add_budget(&p, "stuck", 0);
    uint32_t named = play_add_pod(&p, "stuck", wl, p.nodes[0]);
    play_add_pod(&p, "stuck", wl, p.nodes[0]);
    p.o.force = &named;
    p.o.force_count = 1;
    p.answer = (struct eviction_answer){.cause = EVICTION_BUDGET, .code = 429};
    play_start(&p);
    play_pass(&p, 5 * MINUTE);
    assert_int_equal(p.evicted_count, 1);
    assert_int_equal(p.evicted[0], named);
    assert_int_equal(p.deleted, 1);
    assert_int_equal(play_waiting(&p, NODES_BLOCK_BUDGET), 1);
    play_tear_down(&p);
}

static void only_what_is_touched_is_waited_for(void **state)
{
    struct play p;
    struct nodes_touched touched[4];
    play_set_up(&p, 1);
    uint32_t wl = play_add_workload(&p, WORKLOAD_DEPLOYMENT, "cart", 3);
    uint32_t other = play_add_workload(&p, WORKLOAD_DEPLOYMENT, "other", 1);
    play_add_pod(&p, "cart", wl, p.nodes[0]);
    uint32_t far = play_add_pod(&p, "other", other, 0);
    p.o.workload_unavailable = (struct int_or_percent){true, true, 100};
    play_start(&p);
    nodes_expect(p.op, wl, 2);
    p.w.pods.items[far].ready = false;
    play_tell(&p, CHANGE_POD_UNREADY, far);
    play_pass(&p, 10 * MINUTE);
    assert_int_equal(nodes_phase(p.op), NODES_PHASE_DRAIN);
    assert_int_equal(nodes_touched(p.op, touched, 4), 1);
    assert_int_equal(touched[0].workload, wl);
    assert_int_equal(touched[0].ready, 1);
    assert_int_equal(touched[0].before, 2);
    play_tell(&p, CHANGE_POD_ADDED, play_add_pod(&p, "cart", wl, 0));
    play_decide(&p);
    assert_int_equal(nodes_phase(p.op), NODES_PHASE_DONE);
    play_tear_down(&p);
}

/* Random clusters, answers and times to leave: never below what may be away, and all is done in the
 * end. */
static void random_drains_end(void **state)
{
    for (unsigned seed = 1; seed <= 300; seed++) {
        struct play p;
        unsigned r = seed;
        int old = 1 + (int)(rand_r(&r) % 5), workloads = 1 + (int)(rand_r(&r) % 4);
        play_set_up(&p, old);
        for (int i = 0; i < workloads; i++) {
            static const enum workload_kind kinds[] = {WORKLOAD_DEPLOYMENT, WORKLOAD_STATEFULSET,
                                                       WORKLOAD_JOB};
            char name[8];
            int replicas = 1 + (int)(rand_r(&r) % 9);
            snprintf(name, sizeof name, "w%d", i);
            uint32_t wl = play_add_workload(&p, kinds[rand_r(&r) % 3], name, replicas);
            for (int k = 0; k < replicas; k++)
                play_add_pod(&p, name, wl, p.nodes[rand_r(&r) % (unsigned)old]);
        }
        p.o.max_unavailable = (struct int_or_percent){rand_r(&r) % 2, false, 1};
        p.o.order = rand_r(&r) % 4;
        p.o.terminate = true;
        p.keep = true;
        p.late = rand_r(&r) % 2;
        play_start(&p);
        uint32_t gone = 0;
        for (int step = 1; step < 400 && nodes_phase(p.op) != NODES_PHASE_DONE; step++) {
            p.answer.cause = rand_r(&r) % 4 ? EVICTION_OK : EVICTION_THROTTLED;
            uint32_t before = p.evicted_count;
            play_pass(&p, step * 10000);
            uint32_t kept = before;
            for (uint32_t i = before; i < p.evicted_count; i++)
                if (p.w.pods.items[p.evicted[i]].deleting)
                    p.evicted[kept++] = p.evicted[i];
            p.evicted_count = kept;
            for (; gone < p.evicted_count; gone++)
                play_let_go(&p, p.evicted[gone], 0);
        }
        assert_int_equal(nodes_phase(p.op), NODES_PHASE_DONE);
        assert_int_equal(p.terminated, old);
        play_tear_down(&p);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_node_is_cordoned_before_the_first_eviction),
        cmocka_unit_test(new_nodes_serve_with_their_daemons),
        cmocka_unit_test(a_workload_without_a_budget_keeps_three_in_four),
        cmocka_unit_test(pods_of_a_stateful_set_go_one_at_a_time),
        cmocka_unit_test(free_pods_do_not_wait_behind_blocked_ones),
        cmocka_unit_test(an_allowance_is_not_spent_twice),
        cmocka_unit_test(a_pod_that_is_not_ready_may_go_while_its_budget_is_healthy),
        cmocka_unit_test(a_budget_that_waits_for_a_pod_that_stays_is_explained),
        cmocka_unit_test(nobody_s_pods_stay_unless_told),
        cmocka_unit_test(pods_of_nodes_are_left_alone),
        cmocka_unit_test(two_budgets_on_a_pod_are_not_even_asked),
        cmocka_unit_test(a_refusal_is_tried_again),
        cmocka_unit_test(nodes_go_only_without_pods_and_volumes),
        cmocka_unit_test(nothing_is_deleted_while_replacements_are_missing),
        cmocka_unit_test(a_pod_is_given_up_after_its_time),
        cmocka_unit_test(batches_follow_the_order_and_soak),
        cmocka_unit_test(evictions_start_inside_the_window_only),
        cmocka_unit_test(a_pause_waits_for_approval),
        cmocka_unit_test(evictions_keep_to_the_rate),
        cmocka_unit_test(a_new_pod_in_the_place_of_a_lost_one_is_another),
        cmocka_unit_test(what_comes_at_once_is_taken_at_once),
        cmocka_unit_test(a_node_that_is_deleted_takes_its_pods_along),
        cmocka_unit_test(a_budget_that_is_changed_or_deleted_lets_go),
        cmocka_unit_test(a_budget_with_room_again_is_asked_again_soon),
        cmocka_unit_test(a_pod_that_is_named_is_deleted_once_its_budget_has_refused),
        cmocka_unit_test(only_what_is_touched_is_waited_for),
        cmocka_unit_test(random_drains_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
