/*
 * What a scheduler remembers of its nodes' offers is what it would compute now, and its sets of
 * nodes by pods are what its counters say, whatever happened since: on worlds of several words of
 * nodes, with fewer and with more requests than it keeps, while the order is made anew.
 */
#include "base/must.h"
#include "sched/counter.h"
#include "sched/kernel.h"
#include "sched/sched.h"
#include "sched/state.h"
#include "world_build.h"

#include <stdio.h>

#include "unit.h"

enum { NODES = 200, FEW = 30, MANY = 150, STEPS = 1500, CHECK_EVERY = 50 };

struct play {
    struct world w;
    struct sched *s;
    uint64_t seed;
    uint32_t classes[MANY], class_count, names;
    uint64_t known, hosts; /* answers compared; nodes with pods of a counter */
};

static uint32_t roll(struct play *p, uint32_t n)
{
    p->seed = p->seed * 6364136223846793005ull + 1442695040888963407ull;
    return (uint32_t)((p->seed >> 33) % n);
}

static void tell(struct play *p, enum change_kind kind, uint32_t index)
{
    sched_change(p->s, &(struct world_change){kind, index});
}

static uint32_t add_node(struct play *p)
{
    char name[32];
    snprintf(name, sizeof name, "n%u", p->names++);
    return build_node(&p->w, &(struct build_node){.name = name,
                                                  .cpu = 1000 * (1 + roll(p, 4)),
                                                  .memory = (1 + roll(p, 8)) * GIB,
                                                  .pods = 12});
}

static void make(struct play *p, unsigned minor, uint32_t classes)
{
    build_world(&p->w, minor);
    for (uint32_t i = 0; i < NODES; i++)
        add_node(p);
    p->class_count = classes;
    for (uint32_t i = 0; i < classes; i++) {
        char labels[32];
        snprintf(labels, sizeof labels, "app=a%u", i);
        p->classes[i] = build_class(
            &p->w,
            &(struct build_class){.labels = labels, .cpu = 10 * i, .memory = i % 7 * 100 * MIB});
        build_workload(&p->w, WORKLOAD_REPLICASET, "shop", labels + 4, labels);
    }
    p->s = sched_new(&p->w, &(struct sched_options){.seed = p->seed});
}

/* The choice is among the best by scores that nothing remembers. */
static void check_choice(struct play *p, uint32_t pod, const struct sched_choice *c)
{
    static struct sched_scores all[4 * NODES];
    uint32_t n = sched_score_all(p->s, pod, all, 4 * NODES);
    assert_int_equal(n > 0, c->node != WORLD_NONE);
    for (uint32_t i = 0; i < n; i++) {
        if (all[i].node == c->node && c->feasible > 1)
            assert_int_equal(all[i].total, c->score);
        if (c->feasible == n && n > 1)
            assert_true(all[i].total <= c->score);
    }
}

static void place(struct play *p)
{
    struct sched_choice c;
    uint32_t pod = build_pod(&p->w, p->classes[roll(p, p->class_count)], WORLD_NONE);
    tell(p, CHANGE_POD_ADDED, pod);
    sched_pick(p->s, pod, &c);
    check_choice(p, pod, &c);
    if (c.node == WORLD_NONE) {
        tell(p, CHANGE_POD_GONE, pod);
        world_pod_remove(&p->w, pod);
        return;
    }
    world_pod_bind(&p->w, pod, c.node);
    tell(p, CHANGE_POD_BOUND, pod);
}

static void remove_pod(struct play *p)
{
    uint32_t pod = roll(p, (uint32_t)p->w.pods.len);
    if (!p->w.pods.items[pod].used)
        return;
    tell(p, CHANGE_POD_GONE, pod);
    world_pod_remove(&p->w, pod);
}

static void change_node(struct play *p)
{
    uint32_t node = roll(p, (uint32_t)p->w.nodes.len);
    if (!p->w.nodes.items[node].used)
        return;
    p->w.nodes.items[node].allocatable.cpu = 1000 * (1 + roll(p, 4));
    tell(p, CHANGE_NODE_OTHER, node);
}

static void remove_node(struct play *p)
{
    uint32_t node = roll(p, (uint32_t)p->w.nodes.len);
    if (!p->w.nodes.items[node].used)
        return;
    tell(p, CHANGE_NODE_GONE, node);
    world_node_remove(&p->w, node);
}

static void step(struct play *p)
{
    uint32_t what = roll(p, 100);
    if (what < 70)
        place(p);
    else if (what < 90)
        remove_pod(p);
    else if (what < 94)
        change_node(p);
    else if (what < 97)
        remove_node(p);
    else
        tell(p, CHANGE_NODE_ADDED, add_node(p));
}

static void check_word(struct play *p, uint32_t row, uint32_t word)
{
    const struct sched *s = p->s;
    const struct offers *o = &s->offers;
    const struct request *r = &o->requests.items[o->request_of[row]];
    uint64_t known = s->nodes[word] & ~o->stale[word * o->rows + row];
    uint8_t expected[WORD_SLOTS];
    kernel_plain().offer(s->rooms + (size_t)word * WORD_SLOTS, &r->need, s->rules.balanced,
                         r->weights, known, expected);
    bits_each(word, known, slot)
    {
        assert_int_equal(o->points[row * s->slot_cap + slot], expected[slot % WORD_SLOTS]);
        p->known++;
    }
}

static void check_rows(struct play *p)
{
    for (uint32_t row = 0; row < p->s->offers.rows; row++)
        for (uint32_t word = 0; word < p->s->words; word++)
            if (p->s->offers.request_of[row] != WORLD_NONE)
                check_word(p, row, word);
}

/* Counts all pods anew, by slot. */
static void recount(const struct play *p, uint32_t counter, int32_t *counts)
{
    const struct sched *s = p->s;
    memset(counts, 0, s->slot_cap * sizeof *counts);
    world_each_pod(&p->w, pod) {
        uint32_t node = p->w.pods.items[pod].node;
        const struct plan *plan = &s->plans[p->w.pods.items[pod].class];
        for (uint32_t i = 0; node != WORLD_NONE && i < plan->delta_count; i++)
            if (plan_deltas(plan)[i].counter == counter)
                counts[s->slot_of[node]] += plan_deltas(plan)[i].by;
    }
}

static void check_hosts(struct play *p, const struct counter *c)
{
    const struct sched *s = p->s;
    int32_t *counts = mem_must(malloc(s->slot_cap * sizeof *counts));
    uint32_t some = 0;
    recount(p, (uint32_t)(c - s->counters.items), counts);
    for (uint32_t slot = 0; slot < s->slot_len; slot++) {
        int32_t n = counts[slot];
        assert_int_equal(bits_has(counter_some(c), slot), n != 0);
        assert_int_equal(counter_many(s, c) && bits_has(counter_many(s, c), slot), n && n != 1);
        if (s->node_at[slot] != WORLD_NONE)
            assert_int_equal(counter_get(s, c, s->node_at[slot], slot), n);
        some += n != 0;
    }
    assert_int_equal(c->host_count, some);
    p->hosts += some;
    free(counts);
}

static void play(unsigned minor, uint32_t classes)
{
    struct play p = {.seed = minor * 1000 + classes};
    make(&p, minor, classes);
    assert_true(p.s->offers.requests.len >= classes - 1);
    for (uint32_t i = 0; i < STEPS; i++) {
        step(&p);
        if (i % CHECK_EVERY)
            continue;
        check_rows(&p);
        vec_foreach(c, &p.s->counters)
            if (c->hosts)
                check_hosts(&p, c);
    }
    assert_true(p.known > 10000);
    assert_true(p.hosts > 1000);
    sched_free(p.s);
    world_release(&p.w);
}

static void test_remembered_is_computed(void **state)
{
    static const unsigned minors[] = {20, 27, 34, 36};
    for (size_t i = 0; i < sizeof minors / sizeof *minors; i++)
        play(minors[i], FEW);
}

static void test_more_requests_than_rows(void **state)
{
    play(34, MANY);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_remembered_is_computed),
        cmocka_unit_test(test_more_requests_than_rows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
