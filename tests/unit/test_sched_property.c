/*
 * Holds the indexed scheduler against plain loops (sched_naive) on small worlds made from a seed
 * that change at random: equal feasible nodes, equal refusals, equal scores of every plugin, and a
 * choice among the best; and of pods without a node equal preemptions.
 */
#include "sched_naive.h"
#include "world_build.h"

#include "sched/sched.h"

#include <stdio.h>
#include <stdlib.h>

#include "unit.h"

enum { WORLDS = 1200, STEPS = 14, NODES_MAX = 14, CLASSES = 9 };

struct play {
    struct world w;
    struct sched *s;
    uint64_t seed;
    unsigned minor, world, names;
    unsigned placed, preempted; /* how often there was something to compare */
    uint32_t classes[CLASSES];
};

static uint32_t roll(struct play *p, uint32_t n)
{
    p->seed = p->seed * 6364136223846793005ull + 1442695040888963407ull;
    return (uint32_t)((p->seed >> 33) % n);
}

static bool chance(struct play *p, uint32_t percent)
{
    return roll(p, 100) < percent;
}

static const char *one_of(struct play *p, const char *const *texts, uint32_t n)
{
    return texts[roll(p, n)];
}

#define pick_text(p, ...)                                                                          \
    one_of(p, (const char *const[]){__VA_ARGS__},                                                  \
           sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *))

/* ---- a world ---- */

static void make_node(struct play *p)
{
    char name[32];
    snprintf(name, sizeof name, "n%u", p->names++);
    struct build_node n = {
        .name = name,
        .zone = chance(p, 85) ? pick_text(p, "a", "b", "c") : NULL,
        .labels = pick_text(p, "", "disk=ssd", "disk=hdd", "disk=ssd,size=4", "size=9"),
        .taints = pick_text(p, "", "", "", "", "db=yes:NoSchedule", "old=:PreferNoSchedule",
                            "old=:PreferNoSchedule,worn=1:PreferNoSchedule", "gone=:NoExecute"),
        .cpu = 500 + 500 * roll(p, 6),
        .memory = (1 + roll(p, 6)) * GIB,
        .ephemeral = (1 + roll(p, 4)) * GIB,
        .pods = 2 + (int32_t)roll(p, 8),
        .gpu = roll(p, 3),
        .driver = chance(p, 50) ? "ebs.csi.aws.com" : NULL,
        .volumes = 1 + (int32_t)roll(p, 3),
        .unschedulable = chance(p, 10),
        .no_host_label = chance(p, 4),
    };
    build_node(&p->w, &n);
}

static struct build_term some_term(struct play *p)
{
    return (struct build_term){
        .pods = pick_text(p, "app=a", "app=b", "app in (a b)", "tier", "!tier", "app!=c", ""),
        .namespaces = pick_text(p, NULL, NULL, "shop,db", "db"),
        .namespace_selector = chance(p, 15) ? pick_text(p, "", "team=x") : NULL,
        .key = pick_text(p, NULL, NULL, "topology.kubernetes.io/zone", "disk"),
        .weight = 1 + (int32_t)roll(p, 50),
    };
}

static struct build_spread some_spread(struct play *p)
{
    return (struct build_spread){
        .pods = pick_text(p, "app=a", "app=b", "app in (a b)", "tier"),
        .key = pick_text(p, NULL, NULL, "kubernetes.io/hostname", "disk"),
        .skew = 1 + (int32_t)roll(p, 2),
        .min_domains = chance(p, 25) ? 1 + (int32_t)roll(p, 4) : 0,
        .soft = chance(p, 50),
        .ignore_affinity = chance(p, 20),
        .honor_taints = chance(p, 30),
    };
}

static void constrain_nodes(struct play *p, struct build_class *c)
{
    if (chance(p, 15))
        c->node_selector = pick_text(p, "disk=ssd", "topology.kubernetes.io/zone=a");
    if (chance(p, 15))
        c->node_terms = pick_text(p, "disk in (ssd hdd)", "size>5", "!disk | size<5", "@n1 | @n2",
                                  "topology.kubernetes.io/zone in (a b)", "");
    for (uint32_t i = 0; i < 2 && chance(p, 25); i++)
        c->preferences[i] = (struct build_preference){pick_text(p, "disk=ssd", "size>3", "!disk"),
                                                      1 + (int32_t)roll(p, 9)};
}

static void constrain_pods(struct play *p, struct build_class *c)
{
    for (uint32_t i = 0; i < 2 && chance(p, 18); i++)
        c->affinity[i] = some_term(p);
    for (uint32_t i = 0; i < 2 && chance(p, 20); i++)
        c->anti_affinity[i] = some_term(p);
    for (uint32_t i = 0; i < 2 && chance(p, 20); i++)
        c->attraction[i] = some_term(p);
    for (uint32_t i = 0; i < 2 && chance(p, 20); i++)
        c->repulsion[i] = some_term(p);
    for (uint32_t i = 0; i < 3 && chance(p, 30); i++)
        c->spreads[i] = some_spread(p);
}

static void make_class(struct play *p, uint32_t i)
{
    struct build_class c = {
        .ns = pick_text(p, NULL, NULL, "db"),
        .labels =
            pick_text(p, "app=a", "app=b", "app=c", "app=a,tier=front", "app=b,tier=back", ""),
        .cpu = 100 * roll(p, 6),
        .memory = roll(p, 4) * 200 * MIB,
        .ephemeral = chance(p, 15) ? 300 * MIB : 0,
        .gpu = chance(p, 10),
        .tolerations = pick_text(p, "", "", "db", "*", "old:PreferNoSchedule",
                                 "node.kubernetes.io/unschedulable:NoSchedule,gone"),
        .ports =
            chance(p, 15) ? pick_text(p, "80", "80/UDP", "10.0.0.1:80,443", "10.0.0.2:80") : NULL,
        .priority = (int32_t)roll(p, 3),
    };
    constrain_nodes(p, &c);
    constrain_pods(p, &c);
    p->classes[i] = build_class(&p->w, &c);
}

static void make_volumes(struct play *p)
{
    char name[16];
    for (uint32_t i = 0; i < 4; i++) {
        snprintf(name, sizeof name, "v%u", i);
        struct build_volume v = {
            .name = name,
            .node_terms = chance(p, 50) ? pick_text(p, "topology.kubernetes.io/zone in (a)",
                                                    "topology.kubernetes.io/zone in (b c)")
                                        : NULL,
            .access = chance(p, 20) ? ACCESS_RWOP : 0,
        };
        build_volume(&p->w, &v);
    }
}

static uint32_t make_pod(struct play *p, uint32_t node)
{
    uint32_t pod = build_pod(&p->w, p->classes[roll(p, CLASSES)], node);
    p->w.pods.items[pod].started = 1 + roll(p, 5);
    for (uint32_t i = 0; i < 2 && chance(p, 12); i++)
        build_claim(&p->w, pod, roll(p, 4));
    return pod;
}

static void make_world(struct play *p)
{
    build_world(&p->w, p->minor);
    uint32_t nodes = 1 + roll(p, NODES_MAX);
    for (uint32_t i = 0; i < nodes; i++)
        make_node(p);
    for (uint32_t i = 0; i < CLASSES; i++)
        make_class(p, i);
    make_volumes(p);
    build_namespace(&p->w, "shop", "team=x");
    build_namespace(&p->w, "db", "team=y");
    if (chance(p, 60))
        build_service(&p->w, "shop", "a", "app=a");
    if (chance(p, 60))
        build_workload(&p->w, WORKLOAD_REPLICASET, "shop", "b", "app=b");
    if (chance(p, 30))
        build_workload(&p->w, WORKLOAD_STATEFULSET, "db", "a", "app=a");
    if (chance(p, 50))
        build_pdb(&p->w, "shop", pick_text(p, "app=a", "app in (a b)"), (int32_t)roll(p, 3));
    if (chance(p, 30))
        build_pdb(&p->w, "db", pick_text(p, "app=a", ""), (int32_t)roll(p, 2));
    uint32_t pods = roll(p, 30);
    for (uint32_t i = 0; i < pods; i++)
        make_pod(p, roll(p, nodes));
}

/* ---- changes ---- */

static void tell(struct play *p, enum change_kind kind, uint32_t index)
{
    sched_change(p->s, &(struct world_change){kind, index});
}

/* A pod on a node, or a node; WORLD_NONE when the dice find none. */
static uint32_t bound_pod(struct play *p)
{
    for (uint32_t i = 0; i < 8 && p->w.pods.len; i++) {
        uint32_t pod = roll(p, (uint32_t)p->w.pods.len);
        if (p->w.pods.items[pod].used && p->w.pods.items[pod].node != WORLD_NONE)
            return pod;
    }
    return WORLD_NONE;
}

static uint32_t some_node(struct play *p)
{
    for (uint32_t i = 0; i < 8 && p->w.nodes.len; i++) {
        uint32_t node = roll(p, (uint32_t)p->w.nodes.len);
        if (p->w.nodes.items[node].used)
            return node;
    }
    return WORLD_NONE;
}

static void change_pod(struct play *p, uint32_t pod)
{
    struct world_pod *wp = &p->w.pods.items[pod];
    switch (roll(p, 3)) {
    case 0:
        wp->deleting = 1;
        tell(p, CHANGE_POD_DELETING, pod);
        return;
    case 1:
        wp->phase = POD_SUCCEEDED;
        tell(p, CHANGE_POD_OTHER, pod);
        return;
    default:
        tell(p, CHANGE_POD_GONE, pod);
        world_pod_remove(&p->w, pod);
    }
}

static void relabel(struct play *p, uint32_t node)
{
    char text[64];
    snprintf(text, sizeof text, "disk=%s,topology.kubernetes.io/zone=%s",
             pick_text(p, "ssd", "hdd", "nvme"), pick_text(p, "a", "b", "c", "d"));
    p->w.nodes.items[node].labels = build_labels(&p->w, text);
    tell(p, CHANGE_NODE_OTHER, node);
}

static void change_node(struct play *p, uint32_t node)
{
    struct world_node *n = &p->w.nodes.items[node];
    switch (roll(p, 4)) {
    case 0:
        n->unschedulable = !n->unschedulable;
        tell(p, n->unschedulable ? CHANGE_NODE_CORDONED : CHANGE_NODE_UNCORDONED, node);
        return;
    case 1:
        n->allocatable.cpu = 500 + 500 * roll(p, 8);
        n->max_pods = 1 + (int32_t)roll(p, 8);
        tell(p, CHANGE_NODE_OTHER, node);
        return;
    case 2:
        relabel(p, node);
        return;
    default:
        tell(p, CHANGE_NODE_GONE, node);
        world_node_remove(&p->w, node);
    }
}

static void add_node(struct play *p)
{
    uint32_t before = p->w.live_nodes;
    make_node(p);
    assert_int_equal(p->w.live_nodes, before + 1);
    world_each_node(&p->w, n)
        if (p->w.nodes.items[n].pods == WORLD_NONE)
            tell(p, CHANGE_NODE_ADDED, n);
}

static void attach(struct play *p)
{
    uint32_t node = some_node(p);
    if (node == WORLD_NONE)
        return;
    struct world_attachment a = {.used = true, .node = node, .pv = roll(p, 4), .attached = true};
    assert_true(vec_push(&p->w.attachments, a));
    tell(p, CHANGE_ATTACHMENT, (uint32_t)p->w.attachments.len - 1);
}

static void detach_all_from(struct play *p, uint32_t node)
{
    for (uint32_t i = 0; i < p->w.attachments.len; i++)
        if (p->w.attachments.items[i].node == node && p->w.attachments.items[i].used) {
            p->w.attachments.items[i].used = false;
            tell(p, CHANGE_ATTACHMENT, i);
        }
}

static void change_something(struct play *p)
{
    uint32_t pod = bound_pod(p), node = some_node(p);
    switch (roll(p, 6)) {
    case 0:
    case 1:
        if (pod != WORLD_NONE)
            change_pod(p, pod);
        return;
    case 2:
        if (node != WORLD_NONE) {
            detach_all_from(p, node);
            change_node(p, node);
        }
        return;
    case 3:
        add_node(p);
        return;
    case 4:
        attach(p);
        return;
    default:
        if (node != WORLD_NONE)
            tell(p, CHANGE_POD_ADDED, make_pod(p, node));
    }
}

/* ---- the comparison ---- */

static void where(const struct play *p, const char *what, uint32_t pod)
{
    fprintf(stderr, "world %u (1.%u), pod %u: %s\n", p->world, p->minor, pod, what);
}

struct tally_line {
    const char *text;
    unsigned n;
};

static int by_text(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* kube-scheduler's histogram of the lines. */
static void summary(const struct play *p, struct str *lines, struct str *out)
{
    VEC(char *) counted = {0};
    struct sv rest = str_sv(lines);
    char text[512];
    VEC(struct sv) seen = {0};
    while (rest.ptr && rest.len) {
        struct sv line = sv_split(&rest, '\n');
        bool known = false;
        vec_foreach(s, &seen)
            known |= sv_eq(*s, line);
        if (known || !line.len)
            continue;
        assert_true(vec_push(&seen, line));
        unsigned n = 0;
        for (struct sv all = str_sv(lines); all.ptr && all.len;)
            n += sv_eq(sv_split(&all, '\n'), line);
        snprintf(text, sizeof text, "%u %.*s", n, SV_ARG(line));
        assert_true(vec_push(&counted, strdup(text)));
    }
    if (counted.len)
        qsort(counted.items, counted.len, sizeof *counted.items, by_text);
    str_addf(out, "0/%u nodes are available:", p->w.live_nodes);
    for (size_t i = 0; i < counted.len; i++) {
        str_addf(out, "%s%s", i ? ", " : " ", counted.items[i]);
        free(counted.items[i]);
    }
    str_addc(out, '.');
    vec_release(&counted);
    vec_release(&seen);
}

static void compare_refusal(struct play *p, uint32_t pod, struct str *lines)
{
    struct sched_refusal r;
    struct str got = {0}, expected = {0};
    summary(p, lines, &expected);
    sched_explain(p->s, pod, &r);
    sched_refusal_text(p->s, &r, &got);
    if (p->w.live_nodes && strncmp(str_c(&got), str_c(&expected), expected.len) != 0) {
        where(p, "refusals differ", pod);
        assert_string_equal(str_c(&got), str_c(&expected));
    }
    sched_refusal_release(&r);
    str_release(&got);
    str_release(&expected);
}

static void compare_scores(struct play *p, uint32_t pod, const uint32_t *nodes, uint32_t count)
{
    static struct sched_scores got[64], expected[64];
    struct naive n = {&p->w, p->minor, pod};
    naive_score(&n, nodes, count, expected);
    assert_int_equal(sched_score_all(p->s, pod, got, 64), count);
    for (uint32_t i = 0; i < count; i++) {
        assert_int_equal(got[i].node, nodes[i]);
        for (int k = 0; k < SCORE_PLUGINS; k++)
            if (got[i].plugin[k] != expected[i].plugin[k]) {
                where(p, sched_plugin_names[k], pod);
                fprintf(stderr, "node %u\n", nodes[i]);
                assert_int_equal(got[i].plugin[k], expected[i].plugin[k]);
            }
        assert_int_equal(got[i].total, expected[i].total);
    }
}

static void compare_choice(struct play *p, uint32_t pod, const uint32_t *nodes, uint32_t count)
{
    static struct sched_scores all[64];
    struct sched_choice c;
    int64_t best = INT64_MIN, chosen = INT64_MIN;
    sched_pick(p->s, pod, &c);
    if (c.feasible != count)
        where(p, "feasible nodes differ", pod);
    assert_int_equal(c.feasible, count);
    if (!count) {
        assert_int_equal(c.node, WORLD_NONE);
        return;
    }
    sched_score_all(p->s, pod, all, 64);
    for (uint32_t i = 0; i < count; i++) {
        best = all[i].total > best ? all[i].total : best;
        chosen = all[i].node == c.node ? all[i].total : chosen;
    }
    assert_int_equal(chosen, best);
    if (count > 1)
        assert_int_equal(c.score, best);
}

static void compare_preemption(struct play *p, uint32_t pod)
{
    static struct naive_victims all[64];
    struct naive n = {&p->w, p->minor, pod};
    struct sched_preemption got;
    uint32_t count = 0, best = 0, chosen = WORLD_NONE;
    world_each_node(&p->w, node)
        count += naive_preempt(&n, &p->w, node, &all[count]);
    sched_preempt(p->s, pod, &got);
    for (uint32_t i = 0; i < count; i++) {
        best = naive_compare(&p->w, &all[i], &all[best]) < 0 ? i : best;
        chosen = all[i].node == got.node ? i : chosen;
    }
    if ((got.node != WORLD_NONE) != (count > 0))
        where(p, "one preempts, one does not", pod);
    assert_int_equal(got.node != WORLD_NONE, count > 0);
    if (count) {
        assert_int_not_equal(chosen, WORLD_NONE);
        assert_int_equal(naive_compare(&p->w, &all[chosen], &all[best]), 0);
        assert_int_equal(got.pdb_violations, all[chosen].violations);
        assert_int_equal(got.victims.len, all[chosen].len);
        for (uint32_t i = 0; i < all[chosen].len; i++)
            assert_int_equal(got.victims.items[i], all[chosen].pods[i]);
    }
    p->preempted += count > 0;
    sched_preemption_release(&got);
}

static void compare(struct play *p, uint32_t pod)
{
    uint32_t nodes[64], count = 0;
    struct naive n = {&p->w, p->minor, pod};
    struct str lines = {0};
    world_each_node(&p->w, node) {
        bool passes = naive_passes(&n, node, &lines);
        bool fits = sched_fits(p->s, pod, node, NULL);
        if (fits != passes) {
            where(p, "one node is judged differently", pod);
            fprintf(stderr, "node %u: naive %d, indexed %d; reasons so far:\n%s\n", node, passes,
                    fits, str_c(&lines));
        }
        assert_int_equal(fits, passes);
        if (passes)
            nodes[count++] = node;
    }
    compare_refusal(p, pod, &lines);
    compare_choice(p, pod, nodes, count);
    if (count)
        compare_scores(p, pod, nodes, count);
    else
        compare_preemption(p, pod);
    p->placed += count > 0;
    str_release(&lines);
}

static void step(struct play *p)
{
    struct sched_choice c;
    if (chance(p, 70))
        change_something(p);
    uint32_t pod = make_pod(p, WORLD_NONE);
    tell(p, CHANGE_POD_ADDED, pod);
    compare(p, pod);
    sched_pick(p->s, pod, &c);
    if (c.node != WORLD_NONE && chance(p, 80)) {
        world_pod_bind(&p->w, pod, c.node);
        p->w.pods.items[pod].phase = POD_RUNNING;
        tell(p, CHANGE_POD_BOUND, pod);
    } else {
        tell(p, CHANGE_POD_GONE, pod);
        world_pod_remove(&p->w, pod);
    }
}

static void test_agrees_with_plain_loops(void **state)
{
    unsigned placed = 0, preempted = 0;
    for (unsigned i = 0; i < WORLDS; i++) {
        struct play p = {.seed = 977 + i * 7919ull, .world = i};
        p.minor = 20 + roll(&p, 17);
        make_world(&p);
        p.s = sched_new(&p.w, &(struct sched_options){.seed = i});
        for (unsigned k = 0; k < STEPS; k++)
            step(&p);
        placed += p.placed;
        preempted += p.preempted;
        sched_free(p.s);
        world_release(&p.w);
    }
    assert_true(placed > WORLDS);
    assert_true(preempted > WORLDS / 10);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_agrees_with_plain_loops),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
