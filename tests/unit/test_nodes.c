/* The decision core by itself: this test plays the cluster, at once or when told to. */
#include "ops/nodes/nodes.h"

#include <stdio.h>
#include <stdlib.h>

#include "unit.h"

enum { MINUTE = 60000 };

struct play {
    struct world w;
    struct nodes *op;
    struct nodes_options o;
    uint32_t nodes[16], node_count;
    int64_t now;
    uint32_t evicted[256], evicted_count;
    uint32_t cordoned, terminated, asked, deleted;
    bool keep; /* evicted pods stay until let_go */
    bool late; /* what is gone is told when its slot is free, as watches do */
    struct eviction_answer answer;
};

static void tell(struct play *p, enum change_kind kind, uint32_t index)
{
    struct world_change c = {kind, index};
    if (p->op)
        nodes_change(p->op, &c, p->now);
}

static uint32_t id(struct play *p, const char *text)
{
    return strings_puts(&p->w.strings, text);
}

static uint32_t add_node(struct play *p, const char *name, bool old)
{
    struct world_node n = {.name = id(p, name), .ready = true, .zone = id(p, "a")};
    uint32_t node = world_node_add(&p->w, &n);
    if (old)
        p->nodes[p->node_count++] = node;
    return node;
}

static uint32_t add_workload(struct play *p, enum workload_kind kind, const char *name,
                             int replicas)
{
    struct world_workload wl = {
        .kind = kind,
        .ns = id(p, "shop"),
        .name = id(p, name),
        .owner = WORLD_NONE,
        .used = true,
        .replicas = replicas,
        .pods = WORLD_NONE,
    };
    assert_true(vec_push(&p->w.workloads, wl));
    return (uint32_t)p->w.workloads.len - 1;
}

static uint32_t add_pod(struct play *p, const char *app, uint32_t owner, uint32_t node)
{
    struct label *label = arena_new(&p->w.arena, struct label);
    *label = (struct label){id(p, "app"), id(p, app)};
    struct world_class c = {.ns = id(p, "shop"), .labels = {label, 1}};
    struct world_pod pod = {
        .class = world_class_put(&p->w, &c),
        .owner = owner,
        .node = node,
        .phase = POD_RUNNING,
        .ready = true,
        .ordinal = -1,
    };
    return world_pod_add(&p->w, &pod);
}

static uint32_t add_budget(struct play *p, const char *app, int allowed)
{
    struct requirement *r = arena_new(&p->w.arena, struct requirement);
    uint32_t *value = arena_new(&p->w.arena, uint32_t);
    *value = id(p, app);
    *r = (struct requirement){id(p, "app"), LABEL_IN, value, 1, 0};
    struct world_pdb b = {
        .ns = id(p, "shop"),
        .name = id(p, app),
        .used = true,
        .selector = {r, 1, false},
        .expected = 2,
        .desired = 1,
        .healthy = 2,
        .allowed = allowed,
    };
    assert_true(vec_push(&p->w.pdbs, b));
    return (uint32_t)p->w.pdbs.len - 1;
}

static void start(struct play *p)
{
    p->o.nodes = p->nodes;
    p->o.node_count = p->node_count;
    p->op = nodes_new(&p->w, &p->o);
}

/* The pod is gone; its controller's new one is Ready on `to` at once, when there is a controller.
 */
static void let_go(struct play *p, uint32_t pod, uint32_t to)
{
    struct world_pod old = p->w.pods.items[pod];
    if (!p->late)
        tell(p, CHANGE_POD_GONE, pod);
    world_pod_remove(&p->w, pod);
    if (p->late)
        tell(p, CHANGE_POD_GONE, pod);
    if (to == WORLD_NONE || old.owner == WORLD_NONE)
        return;
    old.node = to;
    old.deleting = 0;
    old.ready = true;
    uint32_t fresh = world_pod_add(&p->w, &old);
    tell(p, CHANGE_POD_ADDED, fresh);
    tell(p, CHANGE_POD_READY, fresh);
}

static void evict(struct play *p, uint32_t pod)
{
    assert_int_equal(p->cordoned, p->node_count);
    p->evicted[p->evicted_count++] = pod;
    if (p->answer.cause == EVICTION_OK) {
        p->w.pods.items[pod].deleting = p->now / 1000 + 30;
        tell(p, CHANGE_POD_DELETING, pod);
    }
    nodes_answer(p->op, pod, &p->answer, p->now);
    if (p->answer.cause == EVICTION_OK && !p->keep)
        let_go(p, pod, 0);
}

static void delete_pod(struct play *p, uint32_t pod)
{
    struct eviction_answer gone = {.cause = EVICTION_OK, .code = 200, .pdb = WORLD_NONE};
    p->deleted++;
    nodes_answer(p->op, pod, &gone, p->now);
    let_go(p, pod, 0);
}

static void act(struct play *p, const struct nodes_action *a)
{
    switch (a->kind) {
    case NODES_CORDON:
        p->cordoned++;
        p->w.nodes.items[a->index].unschedulable = true;
        tell(p, CHANGE_NODE_CORDONED, a->index);
        break;
    case NODES_EVICT:
        evict(p, a->index);
        break;
    case NODES_DELETE:
        delete_pod(p, a->index);
        break;
    case NODES_ASK:
        p->asked++;
        break;
    case NODES_TERMINATE:
        p->terminated++;
        tell(p, CHANGE_NODE_GONE, a->index);
        world_node_remove(&p->w, a->index);
        break;
    case NODES_START:
        break;
    }
}

static void decide(struct play *p)
{
    struct nodes_action actions[3]; /* few, so that asking again is tested too */
    size_t n;
    while ((n = nodes_decide(p->op, p->now, actions, 3)) > 0)
        for (size_t i = 0; i < n; i++)
            act(p, &actions[i]);
}

/* Lets time pass from one wish to be asked to the next. */
static void pass(struct play *p, int64_t until)
{
    decide(p);
    for (;;) {
        int64_t wake = nodes_wake(p->op, p->now);
        assert_true(wake > p->now);
        if (wake > until)
            break;
        p->now = wake;
        decide(p);
    }
    p->now = until;
    decide(p);
}

/* Node 0 stays; `old` nodes follow. */
static void set_up(struct play *p, int old)
{
    char name[8];
    *p = (struct play){0};
    world_init(&p->w);
    add_node(p, "stays", false);
    for (int i = 1; i <= old; i++) {
        snprintf(name, sizeof name, "old-%d", i);
        add_node(p, name, true);
    }
}

static void tear_down(struct play *p)
{
    nodes_free(p->op);
    world_release(&p->w);
}

static uint32_t waiting(const struct play *p, enum nodes_block why)
{
    struct nodes_blocked list[64];
    uint32_t n = nodes_blocked(p->op, list, 64), count = 0;
    for (uint32_t i = 0; i < n; i++)
        count += list[i].why == why;
    return count;
}

static void every_node_is_cordoned_before_the_first_eviction(void **state)
{
    struct play p;
    set_up(&p, 3);
    uint32_t wl = add_workload(&p, WORKLOAD_DEPLOYMENT, "cart", 3);
    for (int i = 0; i < 3; i++)
        add_pod(&p, "cart", wl, p.nodes[i]);
    start(&p);
    pass(&p, MINUTE);
    assert_int_equal(p.evicted_count, 3);
    assert_int_equal(nodes_phase(p.op), NODES_PHASE_DONE);
    tear_down(&p);
}

static void a_workload_without_a_budget_keeps_three_in_four(void **state)
{
    struct play p;
    set_up(&p, 1);
    uint32_t wl = add_workload(&p, WORKLOAD_DEPLOYMENT, "cart", 8);
    for (int i = 0; i < 8; i++)
        add_pod(&p, "cart", wl, p.nodes[0]);
    p.keep = true;
    start(&p);
    pass(&p, MINUTE);
    assert_int_equal(p.evicted_count, 2);
    assert_int_equal(waiting(&p, NODES_BLOCK_WORKLOAD), 6);
    let_go(&p, p.evicted[0], 0);
    pass(&p, 2 * MINUTE);
    assert_int_equal(p.evicted_count, 3);
    tear_down(&p);
}

static void pods_of_a_stateful_set_go_one_at_a_time(void **state)
{
    struct play p;
    set_up(&p, 3);
    uint32_t wl = add_workload(&p, WORKLOAD_STATEFULSET, "db", 3);
    for (int i = 0; i < 3; i++)
        add_pod(&p, "db", wl, p.nodes[i]);
    p.keep = true;
    start(&p);
    for (uint32_t i = 1; i <= 3; i++) {
        pass(&p, i * MINUTE);
        assert_int_equal(p.evicted_count, i);
        assert_int_equal(waiting(&p, NODES_BLOCK_STATEFUL), 3 - i);
        let_go(&p, p.evicted[i - 1], 0);
    }
    pass(&p, 9 * MINUTE);
    assert_int_equal(nodes_phase(p.op), NODES_PHASE_DONE);
    tear_down(&p);
}

/* One node at a time; the first holds a pod whose budget allows nothing. */
static void free_pods_do_not_wait_behind_blocked_ones(void **state)
{
    struct play p;
    set_up(&p, 3);
    uint32_t stuck = add_workload(&p, WORKLOAD_DEPLOYMENT, "stuck", 2);
    uint32_t wl = add_workload(&p, WORKLOAD_DEPLOYMENT, "free", 30);
    uint32_t pdb = add_budget(&p, "stuck", 0);
    add_pod(&p, "stuck", stuck, p.nodes[0]);
    for (int i = 0; i < 30; i++)
        add_pod(&p, "free", wl, p.nodes[i % 3]);
    p.o.max_unavailable = (struct int_or_percent){true, false, 1};
    start(&p);
    pass(&p, MINUTE);
    assert_int_equal(p.evicted_count, 30);
    assert_int_equal(waiting(&p, NODES_BLOCK_BUDGET), 1);
    assert_int_equal(nodes_phase(p.op), NODES_PHASE_DRAIN);
    p.w.pdbs.items[pdb].allowed = 1;
    tell(&p, CHANGE_PDB, pdb);
    decide(&p);
    assert_int_equal(p.evicted_count, 31);
    assert_int_equal(nodes_phase(p.op), NODES_PHASE_DONE);
    tear_down(&p);
}

static void an_allowance_is_not_spent_twice(void **state)
{
    struct play p;
    set_up(&p, 1);
    uint32_t wl = add_workload(&p, WORKLOAD_DEPLOYMENT, "cart", 6);
    add_budget(&p, "cart", 2);
    for (int i = 0; i < 6; i++)
        add_pod(&p, "cart", wl, p.nodes[0]);
    start(&p);
    struct nodes_action actions[32];
    size_t evictions = 0, n;
    while ((n = nodes_decide(p.op, 0, actions, 32)) > 0)
        for (size_t i = 0; i < n; i++) {
            if (actions[i].kind == NODES_CORDON)
                act(&p, &actions[i]);
            evictions += actions[i].kind == NODES_EVICT;
        }
    assert_int_equal(evictions, 2);
    tear_down(&p);
}

static void a_pod_that_is_not_ready_may_go_while_its_budget_is_healthy(void **state)
{
    struct play p;
    set_up(&p, 1);
    uint32_t wl = add_workload(&p, WORKLOAD_DEPLOYMENT, "cart", 2);
    uint32_t pdb = add_budget(&p, "cart", 0);
    uint32_t pod = add_pod(&p, "cart", wl, p.nodes[0]);
    p.w.pods.items[pod].ready = false;
    p.w.pdbs.items[pdb].healthy = 0;
    start(&p);
    pass(&p, MINUTE);
    assert_int_equal(p.evicted_count, 0);
    p.w.pdbs.items[pdb].healthy = 1;
    tell(&p, CHANGE_PDB, pdb);
    tell(&p, CHANGE_POD_UNREADY, pod);
    decide(&p);
    assert_int_equal(p.evicted_count, 1);
    tear_down(&p);
}

static void nobody_s_pods_stay_unless_told(void **state)
{
    for (int bare = 0; bare < 2; bare++) {
        struct play p;
        set_up(&p, 1);
        add_pod(&p, "one", WORLD_NONE, p.nodes[0]);
        p.o.bare = bare;
        start(&p);
        pass(&p, MINUTE);
        assert_int_equal(p.evicted_count, bare);
        assert_int_equal(waiting(&p, NODES_BLOCK_BARE), !bare);
        tear_down(&p);
    }
}

static void pods_of_nodes_are_left_alone(void **state)
{
    struct play p;
    set_up(&p, 1);
    uint32_t ds = add_workload(&p, WORKLOAD_DAEMONSET, "agent", 2);
    add_pod(&p, "agent", ds, p.nodes[0]);
    uint32_t mirror = add_pod(&p, "static", WORLD_NONE, p.nodes[0]);
    p.w.pods.items[mirror].mirror = true;
    p.o.terminate = true;
    start(&p);
    pass(&p, MINUTE);
    assert_int_equal(p.evicted_count, 0);
    assert_int_equal(p.terminated, 1);
    tear_down(&p);
}

static void two_budgets_on_a_pod_are_not_even_asked(void **state)
{
    struct play p;
    set_up(&p, 1);
    uint32_t wl = add_workload(&p, WORKLOAD_DEPLOYMENT, "cart", 2);
    add_budget(&p, "cart", 1);
    add_budget(&p, "cart", 1);
    add_pod(&p, "cart", wl, p.nodes[0]);
    start(&p);
    pass(&p, MINUTE);
    assert_int_equal(p.evicted_count, 0);
    assert_int_equal(waiting(&p, NODES_BLOCK_BUDGETS), 1);
    tear_down(&p);
}

static void a_refusal_is_tried_again(void **state)
{
    struct play p;
    set_up(&p, 1);
    uint32_t wl = add_workload(&p, WORKLOAD_DEPLOYMENT, "cart", 1);
    add_pod(&p, "cart", wl, p.nodes[0]);
    p.answer = (struct eviction_answer){.cause = EVICTION_THROTTLED, .code = 429};
    start(&p);
    decide(&p);
    assert_int_equal(p.evicted_count, 1);
    assert_int_equal(waiting(&p, NODES_BLOCK_ANSWER), 1);
    p.answer = (struct eviction_answer){.cause = EVICTION_OK, .code = 201};
    pass(&p, MINUTE);
    assert_int_equal(p.evicted_count, 2);
    assert_int_equal(nodes_phase(p.op), NODES_PHASE_DONE);
    tear_down(&p);
}

static void nodes_go_only_without_pods_and_volumes(void **state)
{
    struct play p;
    set_up(&p, 1);
    uint32_t wl = add_workload(&p, WORKLOAD_DEPLOYMENT, "cart", 1);
    add_pod(&p, "cart", wl, p.nodes[0]);
    struct world_attachment a = {.used = true, .node = p.nodes[0], .pv = WORLD_NONE};
    assert_true(vec_push(&p.w.attachments, a));
    p.o.terminate = true;
    p.o.soak_ms = 5 * MINUTE;
    start(&p);
    pass(&p, 30 * MINUTE);
    assert_int_equal(nodes_phase(p.op), NODES_PHASE_DRAIN);
    p.w.attachments.items[0].used = false;
    tell(&p, CHANGE_ATTACHMENT, 0);
    pass(&p, 34 * MINUTE);
    assert_int_equal(nodes_phase(p.op), NODES_PHASE_SOAK);
    assert_int_equal(p.terminated, 0);
    pass(&p, 36 * MINUTE);
    assert_int_equal(p.terminated, 1);
    assert_int_equal(nodes_phase(p.op), NODES_PHASE_DONE);
    tear_down(&p);
}

static void nothing_is_deleted_while_replacements_are_missing(void **state)
{
    struct play p;
    set_up(&p, 1);
    uint32_t wl = add_workload(&p, WORKLOAD_DEPLOYMENT, "cart", 1);
    add_pod(&p, "cart", wl, p.nodes[0]);
    p.o.terminate = true;
    p.keep = true;
    start(&p);
    decide(&p);
    let_go(&p, p.evicted[0], WORLD_NONE);
    pass(&p, 60 * MINUTE);
    assert_int_equal(nodes_phase(p.op), NODES_PHASE_DRAIN);
    assert_int_equal(p.terminated, 0);
    tear_down(&p);
}

static void a_pod_is_given_up_after_its_time(void **state)
{
    struct play p;
    set_up(&p, 2);
    uint32_t stuck = add_workload(&p, WORKLOAD_DEPLOYMENT, "stuck", 2);
    uint32_t wl = add_workload(&p, WORKLOAD_DEPLOYMENT, "free", 1);
    add_budget(&p, "stuck", 0);
    add_pod(&p, "stuck", stuck, p.nodes[0]);
    add_pod(&p, "free", wl, p.nodes[1]);
    p.o.batch = (struct int_or_percent){true, false, 1};
    p.o.pod_timeout_ms = 5 * MINUTE;
    p.o.terminate = true;
    start(&p);
    pass(&p, 4 * MINUTE);
    assert_int_equal(p.evicted_count, 0);
    pass(&p, 7 * MINUTE);
    assert_int_equal(p.evicted_count, 1);
    assert_int_equal(nodes_phase(p.op), NODES_PHASE_DONE);
    assert_int_equal(p.terminated, 0);
    tear_down(&p);
}

static void batches_follow_the_order_and_soak(void **state)
{
    struct play p;
    set_up(&p, 4);
    uint32_t wl = add_workload(&p, WORKLOAD_DEPLOYMENT, "cart", 4);
    for (int i = 0; i < 4; i++) {
        add_pod(&p, "cart", wl, p.nodes[i]);
        p.w.nodes.items[p.nodes[i]].created = 100 - i;
    }
    p.o.order = NODES_OLDEST;
    p.o.batch = (struct int_or_percent){true, true, 50};
    p.o.batch_soak_ms = 10 * MINUTE;
    start(&p);
    pass(&p, 9 * MINUTE);
    assert_int_equal(p.evicted_count, 2);
    assert_int_equal(p.evicted[0], 3);
    assert_int_equal(p.evicted[1], 2);
    assert_int_equal(nodes_phase(p.op), NODES_PHASE_BATCH_SOAK);
    pass(&p, 11 * MINUTE);
    assert_int_equal(p.evicted_count, 4);
    tear_down(&p);
}

static void evictions_start_inside_the_window_only(void **state)
{
    struct play p;
    set_up(&p, 1);
    uint32_t wl = add_workload(&p, WORKLOAD_DEPLOYMENT, "cart", 1);
    add_pod(&p, "cart", wl, p.nodes[0]);
    p.o.window_from_min = 22 * 60;
    p.o.window_to_min = 5 * 60;
    p.o.day_offset_ms = (int64_t)20 * 60 * MINUTE;
    start(&p);
    pass(&p, 119 * MINUTE);
    assert_int_equal(p.evicted_count, 0);
    pass(&p, 121 * MINUTE);
    assert_int_equal(p.evicted_count, 1);
    tear_down(&p);
}

static void a_pause_waits_for_approval(void **state)
{
    struct play p;
    set_up(&p, 1);
    uint32_t wl = add_workload(&p, WORKLOAD_DEPLOYMENT, "payments", 1);
    uint32_t other = add_workload(&p, WORKLOAD_DEPLOYMENT, "cart", 1);
    add_pod(&p, "payments", wl, p.nodes[0]);
    add_pod(&p, "cart", other, p.nodes[0]);
    p.o.pause_before = &wl;
    p.o.pause_count = 1;
    start(&p);
    pass(&p, MINUTE);
    assert_int_equal(p.asked, 1);
    assert_int_equal(p.evicted_count, 1);
    nodes_approve(p.op, wl);
    decide(&p);
    assert_int_equal(p.evicted_count, 2);
    tear_down(&p);
}

static void evictions_keep_to_the_rate(void **state)
{
    struct play p;
    set_up(&p, 1);
    uint32_t wl = add_workload(&p, WORKLOAD_JOB, "batch", 40);
    for (int i = 0; i < 40; i++)
        add_pod(&p, "batch", wl, p.nodes[0]);
    p.o.evictions_per_s = 5;
    p.keep = true;
    start(&p);
    decide(&p);
    assert_int_equal(p.evicted_count, 5);
    pass(&p, 4000);
    assert_in_range(p.evicted_count, 24, 25);
    tear_down(&p);
}

static void a_new_pod_in_the_place_of_a_lost_one_is_another(void **state)
{
    struct play p;
    set_up(&p, 2);
    uint32_t wl = add_workload(&p, WORKLOAD_DEPLOYMENT, "cart", 1);
    uint32_t pod = add_pod(&p, "cart", wl, p.nodes[0]);
    struct nodes_progress progress;
    p.keep = true;
    start(&p);
    decide(&p);
    assert_int_equal(p.evicted_count, 1);
    p.w.pods.items[pod].deleting = 0;
    world_pod_bind(&p.w, pod, 0);
    tell(&p, CHANGE_POD_ADDED, pod);
    decide(&p);
    nodes_progress(p.op, &progress);
    assert_int_equal(progress.pods_gone, 1);
    assert_int_equal(progress.leaving, 0);
    assert_int_equal(p.evicted_count, 1);
    assert_int_equal(nodes_phase(p.op), NODES_PHASE_DONE);
    tear_down(&p);
}

static void what_comes_at_once_is_taken_at_once(void **state)
{
    struct play p;
    set_up(&p, 1);
    uint32_t wl = add_workload(&p, WORKLOAD_DEPLOYMENT, "cart", 2);
    add_pod(&p, "cart", wl, p.nodes[0]);
    uint32_t fresh = add_pod(&p, "cart", wl, WORLD_NONE);
    p.w.pods.items[fresh].ready = false;
    start(&p);
    world_pod_bind(&p.w, fresh, 0);
    p.w.pods.items[fresh].ready = true;
    tell(&p, CHANGE_POD_BOUND, fresh);
    pass(&p, MINUTE);
    assert_int_equal(p.evicted_count, 1);
    tear_down(&p);
}

static void a_node_that_is_deleted_takes_its_pods_along(void **state)
{
    for (int queued = 0; queued < 2; queued++) {
        struct play p;
        struct nodes_node list[2];
        set_up(&p, 2);
        uint32_t wl = add_workload(&p, WORKLOAD_DEPLOYMENT, "cart", 1);
        uint32_t stuck = add_workload(&p, WORKLOAD_DEPLOYMENT, "stuck", 2);
        add_budget(&p, "stuck", 0);
        add_pod(&p, "cart", wl, p.nodes[1]);
        add_pod(&p, "stuck", stuck, p.nodes[1]);
        add_pod(&p, "cart", WORLD_NONE, p.nodes[0]);
        p.o.batch = (struct int_or_percent){queued, false, 1};
        start(&p);
        pass(&p, MINUTE);
        assert_int_equal(p.evicted_count, !queued);
        world_node_remove(&p.w, p.nodes[1]);
        tell(&p, CHANGE_NODE_GONE, p.nodes[1]);
        add_node(&p, "another", false);
        world_pod_remove(&p.w, 2);
        tell(&p, CHANGE_POD_GONE, 2);
        pass(&p, 2 * MINUTE);
        assert_int_equal(p.evicted_count, !queued);
        assert_int_equal(waiting(&p, NODES_BLOCK_BUDGET), 0);
        assert_int_equal(nodes_phase(p.op), NODES_PHASE_DONE);
        assert_int_equal(nodes_list(p.op, list, 2), 2);
        assert_int_equal(list[0].state, NODES_NODE_CLEAN);
        assert_int_equal(list[1].state, NODES_NODE_GONE);
        tear_down(&p);
    }
}

static void a_budget_that_is_changed_or_deleted_lets_go(void **state)
{
    for (int deleted = 0; deleted < 2; deleted++) {
        struct play p;
        set_up(&p, 1);
        uint32_t wl = add_workload(&p, WORKLOAD_DEPLOYMENT, "cart", 1);
        uint32_t first = add_budget(&p, "cart", 1), second = add_budget(&p, "cart", 0);
        add_pod(&p, "cart", wl, p.nodes[0]);
        start(&p);
        pass(&p, MINUTE);
        assert_int_equal(waiting(&p, NODES_BLOCK_BUDGETS), 1);
        if (deleted)
            p.w.pdbs.items[second] = (struct world_pdb){0};
        else {
            p.w.pdbs.items[second].selector.nothing = true;
            p.w.pdbs.items[second].generation++;
        }
        tell(&p, CHANGE_PDB, second);
        decide(&p);
        assert_int_equal(p.evicted_count, 1);
        assert_int_equal(p.w.pdbs.items[first].allowed, 1);
        tear_down(&p);
    }
}

static void a_budget_with_room_again_is_asked_again_soon(void **state)
{
    struct play p;
    set_up(&p, 1);
    uint32_t wl = add_workload(&p, WORKLOAD_DEPLOYMENT, "cart", 2);
    add_budget(&p, "cart", 1);
    add_pod(&p, "cart", wl, p.nodes[0]);
    p.answer = (struct eviction_answer){.cause = EVICTION_BUDGET, .code = 429};
    start(&p);
    decide(&p);
    assert_int_equal(p.evicted_count, 1);
    p.answer = (struct eviction_answer){.cause = EVICTION_OK, .code = 201};
    pass(&p, 1500);
    assert_int_equal(p.evicted_count, 2);
    assert_int_equal(nodes_phase(p.op), NODES_PHASE_DONE);
    tear_down(&p);
}

static void a_pod_that_is_named_is_deleted_once_its_budget_has_refused(void **state)
{
    struct play p;
    set_up(&p, 1);
    uint32_t wl = add_workload(&p, WORKLOAD_DEPLOYMENT, "stuck", 2);
    add_budget(&p, "stuck", 0);
    uint32_t named = add_pod(&p, "stuck", wl, p.nodes[0]);
    add_pod(&p, "stuck", wl, p.nodes[0]);
    p.o.force = &named;
    p.o.force_count = 1;
    p.answer = (struct eviction_answer){.cause = EVICTION_BUDGET, .code = 429};
    start(&p);
    pass(&p, 5 * MINUTE);
    assert_int_equal(p.evicted_count, 1);
    assert_int_equal(p.evicted[0], named);
    assert_int_equal(p.deleted, 1);
    assert_int_equal(waiting(&p, NODES_BLOCK_BUDGET), 1);
    tear_down(&p);
}

static void only_what_is_touched_is_waited_for(void **state)
{
    struct play p;
    struct nodes_touched touched[4];
    set_up(&p, 1);
    uint32_t wl = add_workload(&p, WORKLOAD_DEPLOYMENT, "cart", 3);
    uint32_t other = add_workload(&p, WORKLOAD_DEPLOYMENT, "other", 1);
    add_pod(&p, "cart", wl, p.nodes[0]);
    uint32_t far = add_pod(&p, "other", other, 0);
    p.o.workload_unavailable = (struct int_or_percent){true, true, 100};
    start(&p);
    nodes_expect(p.op, wl, 2);
    p.w.pods.items[far].ready = false;
    tell(&p, CHANGE_POD_UNREADY, far);
    pass(&p, 10 * MINUTE);
    assert_int_equal(nodes_phase(p.op), NODES_PHASE_DRAIN);
    assert_int_equal(nodes_touched(p.op, touched, 4), 1);
    assert_int_equal(touched[0].workload, wl);
    assert_int_equal(touched[0].ready, 1);
    assert_int_equal(touched[0].before, 2);
    tell(&p, CHANGE_POD_ADDED, add_pod(&p, "cart", wl, 0));
    decide(&p);
    assert_int_equal(nodes_phase(p.op), NODES_PHASE_DONE);
    tear_down(&p);
}

/* Random clusters, answers and times to leave: never below what may be away, and all is done in the
 * end. */
static void random_drains_end(void **state)
{
    for (unsigned seed = 1; seed <= 300; seed++) {
        struct play p;
        unsigned r = seed;
        int old = 1 + (int)(rand_r(&r) % 5), workloads = 1 + (int)(rand_r(&r) % 4);
        set_up(&p, old);
        for (int i = 0; i < workloads; i++) {
            static const enum workload_kind kinds[] = {WORKLOAD_DEPLOYMENT, WORKLOAD_STATEFULSET,
                                                       WORKLOAD_JOB};
            char name[8];
            int replicas = 1 + (int)(rand_r(&r) % 9);
            snprintf(name, sizeof name, "w%d", i);
            uint32_t wl = add_workload(&p, kinds[rand_r(&r) % 3], name, replicas);
            for (int k = 0; k < replicas; k++)
                add_pod(&p, name, wl, p.nodes[rand_r(&r) % (unsigned)old]);
        }
        p.o.max_unavailable = (struct int_or_percent){rand_r(&r) % 2, false, 1};
        p.o.order = rand_r(&r) % 4;
        p.o.terminate = true;
        p.keep = true;
        p.late = rand_r(&r) % 2;
        start(&p);
        uint32_t gone = 0;
        for (int step = 1; step < 400 && nodes_phase(p.op) != NODES_PHASE_DONE; step++) {
            p.answer.cause = rand_r(&r) % 4 ? EVICTION_OK : EVICTION_THROTTLED;
            uint32_t before = p.evicted_count;
            pass(&p, step * 10000);
            uint32_t kept = before;
            for (uint32_t i = before; i < p.evicted_count; i++)
                if (p.w.pods.items[p.evicted[i]].deleting)
                    p.evicted[kept++] = p.evicted[i];
            p.evicted_count = kept;
            for (; gone < p.evicted_count; gone++)
                let_go(&p, p.evicted[gone], 0);
        }
        assert_int_equal(nodes_phase(p.op), NODES_PHASE_DONE);
        assert_int_equal(p.terminated, old);
        tear_down(&p);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_node_is_cordoned_before_the_first_eviction),
        cmocka_unit_test(a_workload_without_a_budget_keeps_three_in_four),
        cmocka_unit_test(pods_of_a_stateful_set_go_one_at_a_time),
        cmocka_unit_test(free_pods_do_not_wait_behind_blocked_ones),
        cmocka_unit_test(an_allowance_is_not_spent_twice),
        cmocka_unit_test(a_pod_that_is_not_ready_may_go_while_its_budget_is_healthy),
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
