/* When new nodes can take what the old ones had. */
#include "ops/replace/ready.h"

#include "unit.h"
#include "world_build.h"

struct scene {
    struct world w;
    uint32_t blue[2], green[2], class, proxy, agent;
};

static uint32_t node_of(struct scene *s, const char *name, const char *group)
{
    uint32_t n = build_node(&s->w, &(struct build_node){.name = name,
                                                        .taints = "dedicated=db:NoSchedule",
                                                        .driver = "ebs.csi.aws.com",
                                                        .volumes = 25});
    s->w.nodes.items[n].group = build_text(&s->w, group);
    s->w.nodes.items[n].ready = true;
    return n;
}

static uint32_t daemon_pod(struct scene *s, uint32_t daemon, uint32_t node)
{
    uint32_t p = build_pod(&s->w, s->class, node);
    s->w.pods.items[p].owner = daemon;
    s->w.pods.items[p].ready = true;
    return p;
}

/* Two old and two new nodes with kube-proxy on all of them; an agent runs on one old node only. */
static void scene_init(struct scene *s)
{
    *s = (struct scene){0};
    build_world(&s->w, 31);
    s->class = build_class(&s->w, &(struct build_class){.labels = "a=b"});
    s->proxy = build_workload(&s->w, WORKLOAD_DAEMONSET, "kube-system", "kube-proxy", "a=b");
    s->agent = build_workload(&s->w, WORKLOAD_DAEMONSET, "kube-system", "agent", "a=b");
    s->blue[0] = node_of(s, "b1", "web");
    s->blue[1] = node_of(s, "b2", "web");
    s->green[0] = node_of(s, "g1", "web-green");
    s->green[1] = node_of(s, "g2", "web-green");
    daemon_pod(s, s->proxy, s->blue[0]);
    daemon_pod(s, s->proxy, s->blue[1]);
    daemon_pod(s, s->agent, s->blue[1]);
    daemon_pod(s, s->proxy, s->green[0]);
    daemon_pod(s, s->proxy, s->green[1]);
}

static void scene_release(struct scene *s)
{
    world_release(&s->w);
}

static void check(struct scene *s, uint32_t wanted, const char *missing)
{
    _cleanup_str_ struct str words = {0};
    bool ready = replace_ready(&s->w, "web", "web-green", wanted, &words);
    assert_string_equal(str_c(&words), missing);
    assert_int_equal(ready, missing[0] == '\0');
}

static void they_are(void **state)
{
    _cleanup_(scene_release) struct scene s;
    scene_init(&s);
    check(&s, 2, "");
    s.w.nodes.items[s.blue[0]].unschedulable = true;
    check(&s, 2, "");
}

static void they_have_not_joined(void **state)
{
    _cleanup_(scene_release) struct scene s;
    scene_init(&s);
    check(&s, 3, "2 of 3 nodes have joined");
    s.w.nodes.items[s.green[0]].group = s.w.nodes.items[s.green[1]].group = STRINGS_NONE;
    check(&s, 1, "0 of 1 nodes have joined");
}

static void a_node_itself(void **state)
{
    _cleanup_(scene_release) struct scene s;
    scene_init(&s);
    struct world_node *g = &s.w.nodes.items[s.green[0]];
    g->ready = false;
    check(&s, 2, "node g1 is not Ready");
    g->ready = true;
    g->allocatable.memory = 0;
    check(&s, 2, "node g1 has nothing allocatable yet");
    g->allocatable.memory = 1;
    g->unschedulable = true;
    check(&s, 2, "node g1 is cordoned");
}

static void what_starts_on_it(void **state)
{
    _cleanup_(scene_release) struct scene s;
    scene_init(&s);
    s.w.nodes.items[s.green[1]].csi_count = 0;
    check(&s, 2, "driver ebs.csi.aws.com is not registered on node g2");
    s.w.nodes.items[s.blue[0]].csi_count = 0; /* no longer what all old ones have */
    check(&s, 2, "");
    s.w.pods.items[s.w.nodes.items[s.green[0]].pods].ready = false;
    check(&s, 2, "DaemonSet kube-system/kube-proxy is not Ready on node g1");
    s.w.pods.items[s.w.nodes.items[s.green[0]].pods].deleting = 1;
    check(&s, 2, "DaemonSet kube-system/kube-proxy has no pod on node g1");
    s.w.nodes.items[s.green[1]].csi_count = 1;
    s.w.nodes.items[s.blue[0]].ready = false; /* the measure are the others */
    check(&s, 2,
          "DaemonSet kube-system/kube-proxy has no pod on node g1; DaemonSet kube-system/agent has "
          "no pod on node g1; DaemonSet kube-system/agent has no pod on node g2");
}

static void start_up_taints(void **state)
{
    _cleanup_(scene_release) struct scene s;
    scene_init(&s);
    uint32_t late =
        build_node(&s.w, &(struct build_node){.name = "g3",
                                              .taints = "dedicated=db:NoSchedule,"
                                                        "ebs.csi.aws.com/agent-not-ready:NoExecute,"
                                                        "soft:PreferNoSchedule",
                                              .driver = "ebs.csi.aws.com",
                                              .volumes = 25});
    s.w.nodes.items[late].group = build_text(&s.w, "web-green");
    s.w.nodes.items[late].ready = true;
    daemon_pod(&s, s.proxy, late);
    check(&s, 3, "node g3 has the taint ebs.csi.aws.com/agent-not-ready");
}

/* When the old ones are gone, what is on the new ones has to be Ready. */
static void without_the_old_ones(void **state)
{
    _cleanup_(scene_release) struct scene s;
    scene_init(&s);
    s.w.nodes.items[s.blue[0]].used = s.w.nodes.items[s.blue[1]].used = false;
    check(&s, 2, "");
    s.w.pods.items[s.w.nodes.items[s.green[0]].pods].ready = false;
    check(&s, 2, "DaemonSet kube-system/kube-proxy is not Ready on node g1");
}

static void many_are_counted(void **state)
{
    _cleanup_(scene_release) struct scene s;
    scene_init(&s);
    for (int i = 0; i < 2; i++) {
        s.w.nodes.items[s.green[i]].ready = false;
        s.w.nodes.items[s.green[i]].unschedulable = true;
    }
    check(&s, 9, "node g1 is not Ready; node g1 is cordoned; node g2 is not Ready; and 2 more");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(they_are),         cmocka_unit_test(they_have_not_joined),
        cmocka_unit_test(a_node_itself),    cmocka_unit_test(what_starts_on_it),
        cmocka_unit_test(start_up_taints),  cmocka_unit_test(without_the_old_ones),
        cmocka_unit_test(many_are_counted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
