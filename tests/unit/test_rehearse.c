/* Whole rehearsals of small clusters: what finishes, what blocks and why, and that equal seeds tell
 * equal stories. */
#include "ops/rehearse/rehearse.h"

#include <stdio.h>
#include <stdlib.h>

#include "sim_world.h"
#include "unit.h"

struct play {
    struct world w;
    uint32_t old[8];
    struct rehearse_options o;
    struct rehearse_green green;
    struct rehearsal r;
    struct err err;
};

static const char *const old_group[] = {"blue", NULL};
static const char *const zones[] = {"zone-a", "zone-b", "zone-c"};

static uint32_t add_node(struct play *p, const char *group, unsigned i)
{
    char name[32];
    snprintf(name, sizeof name, "%s-%u", group, i);
    uint32_t node = sw_node(&p->w, name, zones[i % 3]);
    p->w.nodes.items[node].group = sw_id(&p->w, group);
    p->w.nodes.items[node].instance_type = sw_id(&p->w, "m5.xlarge");
    return node;
}

/* `count` nodes of the group blue. */
static void set_up(struct play *p, unsigned count)
{
    *p = (struct play){0};
    sw_init(&p->w, 28);
    p->w.source = sw_id(&p->w, "test");
    for (unsigned i = 0; i < count; i++)
        p->old[i] = add_node(p, "blue", i);
}

static uint32_t deploy(struct play *p, const char *app, int replicas, int64_t cpu)
{
    uint32_t rs = sw_deployment(&p->w, app, replicas);
    struct world_class c = sw_class(&p->w, app);
    unsigned nodes = (unsigned)p->w.nodes.len;
    c.request.cpu = c.request_old.cpu = c.score_cpu = cpu;
    uint32_t class = world_class_put(&p->w, &c);
    p->w.workloads.items[rs].template = class;
    for (int i = 0; i < replicas; i++)
        sw_pod(&p->w, class, rs, p->old[(unsigned)i % nodes]);
    return rs;
}

static void replace(struct play *p)
{
    rehearsal_release(&p->r);
    assert_int_equal(rehearse_replace(&p->w, NULL, old_group, &p->green, &p->o, &p->r, &p->err), 0);
}

static void tear_down(struct play *p)
{
    rehearsal_release(&p->r);
    world_release(&p->w);
}

static void a_plain_replacement_finishes(void **state)
{
    struct play p;
    set_up(&p, 3);
    deploy(&p, "cart", 9, 500);
    replace(&p);
    assert_int_equal(p.r.verdict, REHEARSAL_FINISHES);
    assert_int_equal(p.r.pods_to_move, 9);
    assert_int_equal(p.r.pods_moved, 9);
    assert_int_equal(p.r.peak_nodes, 6);
    assert_int_equal(p.r.blockers.len, 0);
    assert_int_equal(p.r.dips.len, 0);
    assert_int_equal(p.r.nodes.len, 6);
    assert_string_equal(p.r.new_groups.items[0].name, "blue-new");
    assert_true(p.r.duration_p50_ms > 0);
    assert_true(p.r.cost_usd > 0);
    vec_foreach(n, &p.r.nodes) {
        assert_true(n->is_new ? n->ready_ms > 0 : n->gone_ms >= n->clean_ms);
        assert_true(n->is_new || n->clean_ms >= n->empty_ms);
    }
    tear_down(&p);
}

/* What is there already keeps its name, and is not taken for new. */
static void a_chosen_name_is_the_new_groups(void **state)
{
    static const char *const names[] = {"green-7", NULL};
    struct play p;
    set_up(&p, 2);
    deploy(&p, "cart", 2, 500);
    p.green.names = names;
    replace(&p);
    assert_int_equal(p.r.new_groups.len, 1);
    assert_string_equal(p.r.new_groups.items[0].name, "green-7");
    tear_down(&p);
}

static void new_nodes_do_not_take_names_that_are_there(void **state)
{
    struct play p;
    set_up(&p, 2);
    deploy(&p, "cart", 4, 500);
    add_node(&p, "blue-new", 1);
    replace(&p);
    assert_int_equal(p.r.verdict, REHEARSAL_FINISHES);
    assert_string_equal(p.r.new_groups.items[0].name, "blue-new2");
    assert_int_equal(p.r.peak_nodes, 5);
    tear_down(&p);
}

static void a_budget_that_allows_nothing_is_named_with_a_fix(void **state)
{
    struct play p;
    set_up(&p, 2);
    deploy(&p, "cart", 1, 100);
    sw_min_available(&p.w, sw_budget(&p.w, "cart"), 1, false);
    deploy(&p, "free", 8, 100);
    replace(&p);
    assert_int_equal(p.r.verdict, REHEARSAL_BLOCKS);
    assert_int_equal(p.r.pods_moved, 8);
    assert_int_equal(p.r.blockers.len, 1);
    const struct rehearsal_blocker *b = &p.r.blockers.items[0];
    assert_string_equal(b->id, "budget-allows-none:shop/cart");
    assert_string_equal(b->workload, "Deployment shop/cart");
    assert_non_null(strstr(b->cause, "allows 0: minAvailable 1 of 1 replica"));
    assert_non_null(strstr(b->fix, "scale Deployment shop/cart to 2 first"));
    assert_int_equal(p.r.duration_p50_ms, -1);
    tear_down(&p);
}

static void two_budgets_on_one_pod_block_for_ever(void **state)
{
    struct play p;
    set_up(&p, 2);
    deploy(&p, "cart", 4, 100);
    sw_max_unavailable(&p.w, sw_budget(&p.w, "cart"), 1, false);
    sw_max_unavailable(&p.w, sw_budget(&p.w, "cart"), 50, true);
    replace(&p);
    assert_int_equal(p.r.verdict, REHEARSAL_BLOCKS);
    assert_int_equal(p.r.blockers.len, 1);
    assert_string_equal(p.r.blockers.items[0].rule, "many-budgets");
    assert_int_equal(p.r.blockers.items[0].pods, 4);
    tear_down(&p);
}

/* Each waits for the room that the other's pods hold, and no budget lets any of them go. */
static void two_budgets_that_wait_for_each_other_are_seen(void **state)
{
    static const char *const names[] = {"blue-0", "blue-1", "blue-2", NULL};
    struct play p;
    set_up(&p, 3);
    deploy(&p, "cart", 3, 1800);
    deploy(&p, "chat", 3, 1800);
    sw_max_unavailable(&p.w, sw_budget(&p.w, "cart"), 1, false);
    sw_max_unavailable(&p.w, sw_budget(&p.w, "chat"), 1, false);
    uint32_t stays = add_node(&p, "stays", 0);
    p.w.nodes.items[stays].allocatable.cpu = 3700; /* two of them */
    assert_int_equal(rehearse_drain(&p.w, NULL, names, &p.o, &p.r, &p.err), 0);
    assert_int_equal(p.r.verdict, REHEARSAL_BLOCKS);
    assert_int_equal(p.r.pods_moved, 4);
    assert_int_equal(p.r.blockers.len, 2);
    vec_foreach(b, &p.r.blockers) {
        assert_string_equal(b->rule, "budget-unhealthy");
        assert_non_null(strstr(b->cause, "Insufficient cpu"));
    }
    assert_int_equal(p.r.unschedulable.len, 2);
    tear_down(&p);
}

static void pods_that_find_no_node_are_told_in_the_schedulers_words(void **state)
{
    struct play p;
    set_up(&p, 4);
    deploy(&p, "big", 4, 3000);
    p.green.count = 2;
    replace(&p);
    assert_int_equal(p.r.verdict, REHEARSAL_BLOCKS);
    assert_true(p.r.unschedulable.len >= 1);
    assert_non_null(strstr(p.r.unschedulable.items[0].reason, "Insufficient cpu"));
    assert_non_null(strstr(p.r.unschedulable.items[0].fix, "--count"));
    tear_down(&p);
}

/* One of two can never be placed: that, not its health, is why the other may not go. */
static void the_reason_of_a_missing_pod_is_its_neighbours_cause(void **state)
{
    struct play p;
    set_up(&p, 2);
    deploy(&p, "big", 2, 3000);
    uint32_t rs = deploy(&p, "guarded", 2, 3000);
    p.w.workloads.items[rs].replicas = 2;
    sw_max_unavailable(&p.w, sw_budget(&p.w, "guarded"), 1, false);
    p.green.count = 1;
    replace(&p);
    assert_int_equal(p.r.verdict, REHEARSAL_BLOCKS);
    assert_true(p.r.blockers.len >= 1);
    vec_foreach(b, &p.r.blockers) {
        assert_true(!strcmp(b->rule, "unhealthy") || !strcmp(b->rule, "budget-unhealthy"));
        assert_non_null(strstr(b->cause, "finds no node: 0/3 nodes are available"));
        assert_non_null(strstr(b->cause, "Insufficient cpu"));
        assert_null(strstr(b->cause, "preemption"));
        assert_non_null(strstr(b->fix, "--count"));
    }
    tear_down(&p);
}

/* It waits at the start, comes up on an old node, and has to move again: of those on the old nodes
 * at the start only one is moved. */
static void late_arrivals_are_not_counted_among_those_to_move(void **state)
{
    struct play p;
    set_up(&p, 1);
    uint32_t rs = deploy(&p, "cart", 1, 100);
    p.w.workloads.items[rs].replicas = 2;
    p.w.workloads.items[p.w.workloads.items[rs].owner].replicas = 2;
    sw_pod(&p.w, p.w.workloads.items[rs].template, rs, WORLD_NONE);
    replace(&p);
    assert_int_equal(p.r.verdict, REHEARSAL_FINISHES);
    assert_int_equal(p.r.pods_to_move, 1);
    assert_int_equal(p.r.pods_moved, 1);
    tear_down(&p);
}

/* They tolerate the cordon, and only the old node has what they select. */
static void pods_that_come_back_to_cordoned_nodes_block(void **state)
{
    static const char *const names[] = {"blue-0", NULL};
    struct play p;
    set_up(&p, 2);
    uint32_t rs = sw_deployment(&p.w, "tol", 2);
    struct toleration all = {.exists = true, .effect = TAINT_ANY, .seconds = -1};
    struct world_class c = sw_class(&p.w, "tol");
    c.node_selector = p.w.nodes.items[p.old[0]].labels;
    c.tolerations = &all;
    c.toleration_count = 1;
    uint32_t class = world_class_put(&p.w, &c);
    p.w.workloads.items[rs].template = class;
    sw_pod(&p.w, class, rs, p.old[0]);
    sw_pod(&p.w, class, rs, p.old[0]);
    assert_int_equal(rehearse_drain(&p.w, NULL, names, &p.o, &p.r, &p.err), 0);
    assert_int_equal(p.r.verdict, REHEARSAL_BLOCKS);
    assert_int_equal(p.r.blockers.len, 1);
    assert_string_equal(p.r.blockers.items[0].id, "returns:shop/tol");
    assert_int_equal(p.r.blockers.items[0].pods, 2);
    assert_true(p.r.evictions < 20);
    tear_down(&p);
}

/* Half of the runs are too slow: one of them is told, not the quick one with median times. */
static void what_blocks_only_in_some_runs_is_explained(void **state)
{
    struct play p;
    set_up(&p, 3);
    deploy(&p, "cart", 12, 100);
    p.o.runs = 20;
    replace(&p);
    assert_int_equal(p.r.verdict, REHEARSAL_FINISHES);
    p.o.limit_ms = p.r.duration_p50_ms;
    replace(&p);
    assert_int_equal(p.r.verdict, REHEARSAL_BLOCKS);
    assert_true(p.r.runs_blocked > 1 && p.r.runs_blocked < 20);
    assert_true(p.r.blockers.len > 0);
    assert_true(p.r.samples.items[p.r.samples.len - 1].at_ms <= p.o.limit_ms);
    assert_int_equal(p.r.pods_to_move, 12);
    assert_int_equal(p.r.duration_p50_ms, -1);
    tear_down(&p);
}

static void when_all_nodes_die_that_is_the_cause(void **state)
{
    static const char *const zone[] = {"zone-a", "zone-b", NULL};
    struct play p;
    set_up(&p, 2);
    deploy(&p, "cart", 4, 100);
    assert_int_equal(rehearse_fail(&p.w, NULL, zone, &p.o, &p.r, &p.err), 0);
    assert_int_equal(p.r.verdict, REHEARSAL_BLOCKS);
    assert_int_equal(p.r.blockers.len, 1);
    assert_string_equal(p.r.blockers.items[0].id, "stranded:shop/cart");
    assert_int_equal(p.r.blockers.items[0].pods, 4);
    tear_down(&p);
}

/* No option starts nodes for a drain. */
static void a_drain_is_not_told_to_start_larger_new_nodes(void **state)
{
    static const char *const names[] = {"blue-0", NULL};
    struct play p;
    set_up(&p, 2);
    deploy(&p, "big", 2, 3000);
    assert_int_equal(rehearse_drain(&p.w, NULL, names, &p.o, &p.r, &p.err), 0);
    assert_int_equal(p.r.verdict, REHEARSAL_BLOCKS);
    assert_int_equal(p.r.unschedulable.len, 1);
    assert_null(strstr(p.r.unschedulable.items[0].fix, "--"));
    assert_non_null(strstr(p.r.unschedulable.items[0].fix, "those that stay have no room"));
    tear_down(&p);
}

static void a_bare_pod_blocks_unless_it_may_be_lost(void **state)
{
    struct play p;
    set_up(&p, 1);
    sw_pod(&p.w, sw_class_put(&p.w, "one"), WORLD_NONE, p.old[0]);
    replace(&p);
    assert_int_equal(p.r.verdict, REHEARSAL_BLOCKS);
    assert_string_equal(p.r.blockers.items[0].rule, "bare-pod");
    assert_int_equal(p.r.pods_lost, 0);
    p.o.nodes.bare = true;
    replace(&p);
    assert_int_equal(p.r.verdict, REHEARSAL_FINISHES);
    assert_int_equal(p.r.pods_lost, 1);
    tear_down(&p);
}

static void leave_since(struct play *p, int32_t grace_s, int64_t until)
{
    set_up(p, 2);
    uint32_t rs = sw_deployment(&p->w, "siege", 1);
    struct world_class c = sw_class(&p->w, "siege");
    c.grace_s = grace_s;
    uint32_t class = world_class_put(&p->w, &c);
    p->w.workloads.items[rs].template = class;
    uint32_t pod = sw_pod(&p->w, class, rs, p->old[0]);
    p->w.pods.items[pod].deleting = p->w.taken + until;
}

/* A drain is rehearsed again when it goes on: pods may leave for longer than nothing may happen. */
static void a_pod_that_leaves_within_its_grace_is_waited_for(void **state)
{
    struct play p;
    leave_since(&p, 3 * 3600, 3 * 3600 - 60);
    replace(&p);
    assert_int_equal(p.r.verdict, REHEARSAL_FINISHES);
    assert_true(p.r.duration_p50_ms > 2 * 3600 * 1000);
    tear_down(&p);
    leave_since(&p, 60, 50000); /* by a clock that is ahead of ours */
    replace(&p);
    assert_int_equal(p.r.verdict, REHEARSAL_FINISHES);
    assert_true(p.r.duration_p50_ms < 3600 * 1000);
    tear_down(&p);
}

/* db-0 is Ready again before db-1 goes; the volume leaves before its node does. */
static void stateful_pods_move_with_their_volumes(void **state)
{
    struct play p;
    set_up(&p, 3);
    uint32_t set = sw_workload(&p.w, WORKLOAD_STATEFULSET, "db", 3);
    uint32_t class = sw_class_put(&p.w, "db");
    p.w.workloads.items[set].template = class;
    for (int i = 0; i < 3; i++) {
        char name[16];
        snprintf(name, sizeof name, "data-db-%d", i);
        sw_volume(&p.w, sw_set_pod(&p.w, class, set, i, p.old[i]), name);
    }
    replace(&p);
    assert_int_equal(p.r.verdict, REHEARSAL_FINISHES);
    assert_int_equal(p.r.dips.len, 0);
    vec_foreach(n, &p.r.nodes)
        assert_true(n->is_new || n->clean_ms > n->empty_ms);
    tear_down(&p);
}

static void one_replica_is_down_and_that_is_said(void **state)
{
    struct play p;
    set_up(&p, 1);
    deploy(&p, "single", 1, 100);
    replace(&p);
    assert_int_equal(p.r.verdict, REHEARSAL_FINISHES);
    assert_int_equal(p.r.dips.len, 1);
    assert_int_equal(p.r.dips.items[0].least_ready, 0);
    assert_true(p.r.dips.items[0].below_ms > 0);
    tear_down(&p);
}

static void the_smallest_green_that_fits_is_found(void **state)
{
    struct play p;
    set_up(&p, 6);
    deploy(&p, "cart", 12, 900);
    p.green.suggest = true;
    replace(&p);
    assert_int_equal(p.r.verdict, REHEARSAL_FINISHES);
    assert_int_equal(p.r.peak_nodes, 9); /* 4 pods fit on a node of 4 CPUs */
    assert_string_equal(p.r.suggestion, "3 m5.xlarge: 1 in zone-a, 1 in zone-b, 1 in zone-c");
    tear_down(&p);
}

/* ---- rounds ---- */

/* Two by two: there are never more than two beyond the six, and a round begins when the old nodes
 * of the one before are gone. */
static void rounds_come_one_after_the_other(void **state)
{
    struct play p;
    set_up(&p, 6);
    deploy(&p, "cart", 18, 500);
    replace(&p);
    int64_t at_once = p.r.duration_p50_ms;
    assert_int_equal(p.r.rounds.len, 0);
    p.green.at_once = 2;
    replace(&p);
    assert_int_equal(p.r.verdict, REHEARSAL_FINISHES);
    assert_int_equal(p.r.rounds.len, 3);
    assert_int_equal(p.r.peak_nodes, 8);
    assert_int_equal(p.r.peak_vcpu, 32);
    assert_int_equal(p.r.pods_to_move, 18);
    assert_int_equal(p.r.pods_moved, 18);
    assert_int_equal(p.r.new_groups.items[0].nodes, 6);
    assert_true(p.r.duration_p50_ms > 2 * at_once);
    for (size_t i = 0; i < p.r.nodes.len; i++) {
        const struct rehearsal_node *n = &p.r.nodes.items[i];
        if (n->is_new || n->gone_ms > p.r.rounds.items[2].from_ms)
            continue;
        assert_true(n->gone_ms <= p.r.rounds.items[1].from_ms ||
                    n->drain_from_ms >= p.r.rounds.items[1].from_ms);
    }
    vec_foreach(subnet, &p.r.subnets)
        assert_true(subnet->new_nodes <= 1); /* two at a time, in three zones */
    assert_true(p.r.cost_usd > 0 && strstr(p.r.cost_basis, "beyond those at the start"));
    tear_down(&p);
}

/* Four small new nodes for each old one are enough, but not one. */
static void a_round_with_too_few_new_nodes_is_where_it_blocks(void **state)
{
    struct play p;
    set_up(&p, 3);
    deploy(&p, "big", 9, 1200);
    p.green.count = 12;
    p.green.instance_type = "m5.large";
    replace(&p);
    assert_int_equal(p.r.verdict, REHEARSAL_FINISHES);
    p.green.at_once = 1;
    replace(&p);
    assert_int_equal(p.r.verdict, REHEARSAL_BLOCKS);
    assert_true(p.r.rounds.len > 6);
    assert_int_equal(p.r.rounds.items[0].from_ms, 0);
    assert_int_equal(p.r.rounds.items[1].from_ms, -1);
    assert_true(p.r.unschedulable.len > 0);
    assert_non_null(strstr(p.r.unschedulable.items[0].reason, "Insufficient cpu"));
    assert_non_null(strstr(p.r.unschedulable.items[0].fix, "--at-once"));
    p.green.at_once = 9;
    replace(&p);
    assert_int_equal(p.r.verdict, REHEARSAL_FINISHES);
    assert_int_equal(p.r.rounds.len, 2);
    tear_down(&p);
}

/* What is left of a plan that has come so far. */
static void rounds_that_are_given_are_taken_as_they_are(void **state)
{
    static const char *const first[] = {"blue-0", "gone", NULL};
    static const char *const second[] = {"blue-3", "blue-1", NULL};
    static const struct rehearse_round rounds[] = {{first, 0, 0}, {second, 0, 2}};
    struct play p;
    set_up(&p, 4);
    deploy(&p, "cart", 8, 500);
    p.green.rounds = rounds;
    p.green.round_count = 2;
    replace(&p);
    assert_int_equal(p.r.verdict, REHEARSAL_FINISHES);
    assert_int_equal(p.r.pods_moved, p.r.pods_to_move);
    assert_int_equal(p.r.rounds.len, 2);
    assert_int_equal(p.r.rounds.items[0].old_nodes, 1);
    assert_int_equal(p.r.rounds.items[1].new_nodes, 2);
    assert_int_equal(p.r.peak_nodes, 5);
    assert_int_equal(p.r.old_groups.items[0].nodes, 3);
    tear_down(&p);
}

static void groups_go_one_after_the_other_in_rounds(void **state)
{
    static const char *const both[] = {"blue", "red", NULL};
    struct play p;
    set_up(&p, 2);
    p.old[2] = add_node(&p, "red", 2);
    p.old[3] = add_node(&p, "red", 3);
    deploy(&p, "cart", 8, 500);
    p.green.at_once = 1;
    assert_int_equal(rehearse_replace(&p.w, NULL, both, &p.green, &p.o, &p.r, &p.err), 0);
    assert_int_equal(p.r.verdict, REHEARSAL_FINISHES);
    assert_int_equal(p.r.rounds.len, 4);
    assert_int_equal(p.r.peak_nodes, 5);
    assert_int_equal(p.r.new_groups.len, 2);
    vec_foreach(n, &p.r.nodes)
        if (!n->is_new)
            assert_true((n->gone_ms <= p.r.rounds.items[2].from_ms) ==
                        !strncmp(n->name, "blue", 4));
    tear_down(&p);
}

static void runs_give_a_range(void **state)
{
    struct play p;
    set_up(&p, 3);
    deploy(&p, "cart", 12, 100);
    p.o.runs = 20;
    replace(&p);
    assert_int_equal(p.r.runs, 20);
    assert_int_equal(p.r.runs_blocked, 0);
    assert_true(p.r.duration_p50_ms < p.r.duration_p95_ms);
    /* What is told is the run in the middle. */
    assert_int_equal(p.r.samples.items[p.r.samples.len - 1].at_ms, p.r.duration_p50_ms);
    tear_down(&p);
}

static void equal_seeds_tell_equal_stories(void **state)
{
    struct play p;
    set_up(&p, 4);
    deploy(&p, "cart", 16, 200);
    sw_max_unavailable(&p.w, sw_budget(&p.w, "cart"), 25, true);
    p.o.seed = 7;
    p.o.runs = 3;
    replace(&p);
    struct rehearsal first = p.r;
    p.r = (struct rehearsal){0};
    replace(&p);
    assert_int_equal(first.duration_p95_ms, p.r.duration_p95_ms);
    assert_int_equal(first.samples.len, p.r.samples.len);
    for (size_t i = 0; i < p.r.samples.len; i++) {
        const struct rehearsal_sample *a = &first.samples.items[i], *b = &p.r.samples.items[i];
        assert_int_equal(a->at_ms, b->at_ms);
        assert_int_equal(a->old_pods, b->old_pods);
        assert_int_equal(a->new_pods, b->new_pods);
        assert_int_equal(a->starting, b->starting);
    }
    rehearsal_release(&first);
    tear_down(&p);
}

static void a_drain_moves_pods_to_the_nodes_that_stay(void **state)
{
    static const char *const names[] = {"blue-0", "blue-2", NULL};
    struct play p;
    set_up(&p, 4);
    deploy(&p, "cart", 8, 100);
    assert_int_equal(rehearse_drain(&p.w, NULL, names, &p.o, &p.r, &p.err), 0);
    assert_int_equal(p.r.verdict, REHEARSAL_FINISHES);
    assert_int_equal(p.r.pods_moved, 4);
    assert_int_equal(p.r.peak_nodes, 4);
    tear_down(&p);
}

static void what_does_not_exist_is_named(void **state)
{
    static const char *const group[] = {"green", NULL}, *const node[] = {"n-9", NULL};
    struct play p;
    set_up(&p, 1);
    assert_int_equal(rehearse_replace(&p.w, NULL, group, &p.green, &p.o, &p.r, &p.err), -1);
    assert_non_null(strstr(p.err.msg, "node group 'green'"));
    assert_non_null(strstr(p.err.hint, "blue"));
    assert_int_equal(rehearse_drain(&p.w, NULL, node, &p.o, &p.r, &p.err), -1);
    assert_non_null(strstr(p.err.msg, "node 'n-9'"));
    p.green.instance_type = "z9.huge";
    assert_int_equal(rehearse_replace(&p.w, NULL, old_group, &p.green, &p.o, &p.r, &p.err), -1);
    assert_non_null(strstr(p.err.msg, "z9.huge"));
    tear_down(&p);
}

static void the_death_of_a_zone_is_survived_by_those_with_room_elsewhere(void **state)
{
    static const char *const zone[] = {"zone-a", "zone-a", "blue-0", NULL};
    struct play p;
    set_up(&p, 6);
    deploy(&p, "cart", 12, 500);
    assert_int_equal(rehearse_fail(&p.w, NULL, zone, &p.o, &p.r, &p.err), 0);
    assert_int_equal(p.r.pods_to_move, 4);
    assert_int_equal(p.r.verdict, REHEARSAL_FINISHES);
    assert_true(p.r.duration_p50_ms > 40000); /* that long a silent node is still believed in */
    tear_down(&p);
}

/* A StatefulSet makes no second db-0 while the first may still run. */
static void a_stateful_pod_on_a_dead_node_waits_for_a_human(void **state)
{
    static const char *const node[] = {"blue-0", NULL};
    struct play p;
    set_up(&p, 3);
    uint32_t set = sw_workload(&p.w, WORKLOAD_STATEFULSET, "db", 1);
    uint32_t class = sw_class_put(&p.w, "db");
    p.w.workloads.items[set].template = class;
    sw_set_pod(&p.w, class, set, 0, p.old[0]);
    assert_int_equal(rehearse_fail(&p.w, NULL, node, &p.o, &p.r, &p.err), 0);
    assert_int_equal(p.r.verdict, REHEARSAL_BLOCKS);
    assert_string_equal(p.r.blockers.items[0].id, "leaving:shop/db");
    tear_down(&p);
}

/* Any mixture of workloads and budgets: what finished has moved everything, what blocks says why.
 */
static void random_clusters_end_with_an_explanation(void **state)
{
    for (unsigned seed = 1; seed <= 60; seed++) {
        struct play p;
        unsigned r = seed;
        set_up(&p, 2 + (unsigned)rand_r(&r) % 6);
        for (int i = 0, n = 1 + (int)(rand_r(&r) % 5); i < n; i++) {
            char app[8];
            snprintf(app, sizeof app, "w%d", i);
            deploy(&p, app, 1 + (int)(rand_r(&r) % 8), 100 + 100 * (int)(rand_r(&r) % 10));
            if (rand_r(&r) % 2)
                sw_min_available(&p.w, sw_budget(&p.w, app), (int)(rand_r(&r) % 5), false);
        }
        p.green.count = 1 + (int)(rand_r(&r) % 6);
        p.o.nodes.max_unavailable = (struct int_or_percent){rand_r(&r) % 2, true, 30};
        replace(&p);
        if (p.r.verdict == REHEARSAL_FINISHES)
            assert_int_equal(p.r.pods_moved, p.r.pods_to_move);
        else
            assert_true(p.r.blockers.len + p.r.unschedulable.len > 0);
        tear_down(&p);
    }
}

/* ---- any cluster, any options ---- */

#define APPS_MAX 5

struct random_play {
    struct play p;
    unsigned rand;
    int apps;
    int32_t floor[APPS_MAX]; /* Ready pods that the app's budget asks for; 0: it has none */
};

static int below(struct random_play *t, int n)
{
    return (int)((unsigned)rand_r(&t->rand) % (unsigned)n);
}

static void add_set(struct random_play *t, const char *app, int replicas)
{
    struct play *p = &t->p;
    uint32_t set = sw_workload(&p->w, WORKLOAD_STATEFULSET, app, replicas);
    uint32_t class = sw_class_put(&p->w, app);
    p->w.workloads.items[set].template = class;
    for (int i = 0; i < replicas; i++) {
        char name[32];
        uint32_t pod =
            sw_set_pod(&p->w, class, set, i, p->old[(unsigned)i % (unsigned)p->w.nodes.len]);
        snprintf(name, sizeof name, "data-%s-%d", app, i);
        if (below(t, 2))
            sw_volume(&p->w, pod, name);
    }
}

static void add_app(struct random_play *t, int i)
{
    char app[16];
    int replicas = 1 + below(t, 8);
    snprintf(app, sizeof app, "w%d", i);
    t->floor[i] = 0;
    if (below(t, 4) == 0) {
        add_set(t, app, replicas);
    } else {
        uint32_t rs = deploy(&t->p, app, replicas, 100 + 100 * below(t, 10));
        uint32_t top = t->p.w.workloads.items[rs].owner;
        if (below(t, 4) == 0) { /* one waits at the start */
            sw_pod(&t->p.w, t->p.w.workloads.items[rs].template, rs, WORLD_NONE);
            t->p.w.workloads.items[rs].replicas++;
            t->p.w.workloads.items[top].replicas++;
        }
    }
    if (below(t, 2)) {
        t->floor[i] = below(t, replicas + 1);
        sw_min_available(&t->p.w, sw_budget(&t->p.w, app), t->floor[i], false);
    }
}

static void random_options(struct random_play *t)
{
    struct nodes_options *o = &t->p.o.nodes;
    o->order = (enum nodes_order)below(t, 4);
    o->max_unavailable = (struct int_or_percent){below(t, 2), true, 1 + below(t, 60)};
    o->batch = (struct int_or_percent){below(t, 2), false, 1 + below(t, 4)};
    o->batch_soak_ms = below(t, 3) * 60000;
    o->soak_ms = below(t, 3) * 60000;
    o->pod_timeout_ms = below(t, 3) ? 0 : 10 * 60000;
    o->workload_unavailable = (struct int_or_percent){below(t, 2), true, 1 + below(t, 99)};
    o->evictions_per_s = (unsigned)below(t, 3);
    if (below(t, 3) == 0) {
        o->window_from_min = below(t, 1440);
        o->window_to_min = (o->window_from_min + 5 + below(t, 600)) % 1440;
    }
    t->p.green.count = 1 + below(t, 6);
    t->p.o.runs = 1 + (unsigned)below(t, 3);
    t->p.o.seed = (uint64_t)below(t, 1000);
    t->p.green.at_once = below(t, 3) ? 0 : 1 + (uint32_t)below(t, 4);
}

/* What a rehearsal that ends well has left behind. */
static void expect_done(const struct rehearsal *r)
{
    const struct rehearsal_sample *first = r->samples.items;
    const struct rehearsal_sample *last = &r->samples.items[r->samples.len - 1];
    assert_int_equal(r->pods_moved, r->pods_to_move);
    assert_int_equal(r->blockers.len, 0);
    assert_int_equal(r->unschedulable.len, 0);
    assert_int_equal(last->old_pods, 0);
    assert_int_equal(last->old_nodes, 0);
    assert_true(last->pending <= first->pending);
    assert_true(last->starting <= first->starting);
    assert_true(last->new_pods >= r->pods_to_move);
    vec_foreach(n, &r->nodes)
        if (n->is_new)
            assert_true(n->ready_ms >= 0 && n->gone_ms < 0);
}

static void expect_promises(struct random_play *t)
{
    const struct rehearsal *r = &t->p.r;
    assert_true(r->pods_moved <= r->pods_to_move);
    assert_true(r->runs_blocked <= r->runs);
    vec_foreach(n, &r->nodes)
        if (!n->is_new && n->gone_ms >= 0) /* deleted when clean, never before */
            assert_true(n->empty_ms >= 0 && n->clean_ms >= n->empty_ms &&
                        n->gone_ms >= n->clean_ms);
    vec_foreach(d, &r->dips) {
        int app = -1;
        assert_int_equal(sscanf(strrchr(d->workload, '/'), "/w%d", &app), 1);
        assert_true(app >= 0 && app < t->apps);
        if (d->least_ready < t->floor[app])
            fail_msg("%s: %d Ready, its budget asks for %d", d->workload, d->least_ready,
                     t->floor[app]);
    }
    for (size_t i = 0; i + 1 < r->phases.len; i++)
        assert_int_equal(r->phases.items[i].to_ms, r->phases.items[i + 1].from_ms);
    if (r->verdict == REHEARSAL_FINISHES)
        expect_done(r);
    else
        assert_true(r->blockers.len + r->unschedulable.len > 0);
}

static void random_rehearsals_keep_their_promises(void **state)
{
    unsigned finished = 0, blocked = 0;
    for (unsigned seed = 1; seed <= 150; seed++) {
        struct random_play t = {.rand = seed};
        set_up(&t.p, 1 + (unsigned)below(&t, 7));
        t.apps = 1 + below(&t, APPS_MAX);
        for (int i = 0; i < t.apps; i++)
            add_app(&t, i);
        random_options(&t);
        replace(&t.p);
        expect_promises(&t);
        finished += t.p.r.verdict == REHEARSAL_FINISHES;
        blocked += t.p.r.verdict == REHEARSAL_BLOCKS;
        tear_down(&t.p);
    }
    assert_true(finished > 20 && blocked > 20);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_plain_replacement_finishes),
        cmocka_unit_test(a_chosen_name_is_the_new_groups),
        cmocka_unit_test(new_nodes_do_not_take_names_that_are_there),
        cmocka_unit_test(a_budget_that_allows_nothing_is_named_with_a_fix),
        cmocka_unit_test(two_budgets_on_one_pod_block_for_ever),
        cmocka_unit_test(two_budgets_that_wait_for_each_other_are_seen),
        cmocka_unit_test(pods_that_find_no_node_are_told_in_the_schedulers_words),
        cmocka_unit_test(the_reason_of_a_missing_pod_is_its_neighbours_cause),
        cmocka_unit_test(late_arrivals_are_not_counted_among_those_to_move),
        cmocka_unit_test(pods_that_come_back_to_cordoned_nodes_block),
        cmocka_unit_test(what_blocks_only_in_some_runs_is_explained),
        cmocka_unit_test(when_all_nodes_die_that_is_the_cause),
        cmocka_unit_test(a_drain_is_not_told_to_start_larger_new_nodes),
        cmocka_unit_test(a_bare_pod_blocks_unless_it_may_be_lost),
        cmocka_unit_test(a_pod_that_leaves_within_its_grace_is_waited_for),
        cmocka_unit_test(stateful_pods_move_with_their_volumes),
        cmocka_unit_test(one_replica_is_down_and_that_is_said),
        cmocka_unit_test(the_smallest_green_that_fits_is_found),
        cmocka_unit_test(rounds_come_one_after_the_other),
        cmocka_unit_test(a_round_with_too_few_new_nodes_is_where_it_blocks),
        cmocka_unit_test(rounds_that_are_given_are_taken_as_they_are),
        cmocka_unit_test(groups_go_one_after_the_other_in_rounds),
        cmocka_unit_test(runs_give_a_range),
        cmocka_unit_test(equal_seeds_tell_equal_stories),
        cmocka_unit_test(a_drain_moves_pods_to_the_nodes_that_stay),
        cmocka_unit_test(what_does_not_exist_is_named),
        cmocka_unit_test(the_death_of_a_zone_is_survived_by_those_with_room_elsewhere),
        cmocka_unit_test(a_stateful_pod_on_a_dead_node_waits_for_a_human),
        cmocka_unit_test(random_clusters_end_with_an_explanation),
        cmocka_unit_test(random_rehearsals_keep_their_promises),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
