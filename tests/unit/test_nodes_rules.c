/*
 * Each rule of rules/nodes in a small cluster: two old nodes in zones a and b, two new ones there,
 * and one workload that has the trap, or has it not.
 */
#include "base/io.h"
#include "nodes_scene.h"

/* ---- placement ---- */

static void selectors_that_only_old_nodes_satisfy(void **state)
{
    static const struct {
        const char *selector, *terms, *text, *fix;
    } cases[] = {
        {"eks.amazonaws.com/nodegroup=blue", NULL,
         "nodeSelector eks.amazonaws.com/nodegroup=blue matches no other node",
         "label of your own"},
        {"disk=ssd", NULL, NULL, NULL},
        {"disk=ssd,eks.amazonaws.com/nodegroup=green", NULL, NULL, NULL},
        {"disk=hdd", NULL, "nodeSelector disk=hdd matches no other node", "give the new nodes"},
        {"kubernetes.io/hostname=old-a", NULL,
         "nodeSelector kubernetes.io/hostname=old-a matches no other node", "pin to one host"},
        {"topology.kubernetes.io/zone=b", NULL, NULL, NULL},
        {NULL, "eks.amazonaws.com/nodegroup in (blue)",
         "required node affinity \"eks.amazonaws.com/nodegroup In blue\" matches no other node",
         "label of your own"},
        {NULL, "eks.amazonaws.com/nodegroup in (blue green)", NULL, NULL},
        {NULL, "eks.amazonaws.com/nodegroup in (blue) | disk in (ssd)", NULL, NULL},
        {NULL, "eks.amazonaws.com/nodegroup in (blue) | disk in (hdd)",
         "no other node satisfies nodeSelector and required node affinity together", "compare"},
        {"topology.kubernetes.io/zone=a", "topology.kubernetes.io/zone in (b)",
         "no other node satisfies nodeSelector and required node affinity together", "compare"},
        {NULL, "@old-a", "required node affinity \"metadata.name In old-a\" matches no other node",
         "pin to one host"},
        {NULL, "eks.amazonaws.com/nodegroup notin (green)",
         "required node affinity \"eks.amazonaws.com/nodegroup NotIn green\" matches no other node",
         "label of your own"},
        {NULL, NULL, NULL, NULL},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        _cleanup_scene_ struct scene s;
        open_scene(&s, 28);
        uint32_t class = build_class(&s.w, &(struct build_class){.labels = "app=cart",
                                                                 .node_selector = cases[i].selector,
                                                                 .node_terms = cases[i].terms});
        uint32_t set = deployment(&s, 2);
        pod(&s, class, set, s.old[0]);
        pod(&s, class, set, s.old[1]);
        const struct nodes_risk *r = expect(&s, "never-moves", cases[i].text, 2, true);
        if (r)
            assert_non_null(strstr(r->fix, cases[i].fix));
        if (r)
            assert_string_equal(world_text(&s.w, s.w.workloads.items[r->workload].name), "cart");
    }
}

static void other_nodes_of_the_world_count(void **state)
{
    _cleanup_scene_ struct scene s;
    open_scene(&s, 28);
    uint32_t class = build_class(
        &s.w, &(struct build_class){.node_selector = "disk=nvme", .labels = "app=cart"});
    pod(&s, class, deployment(&s, 1), s.old[0]);
    s.green_count = 0;
    expect(&s, "never-moves", "nodeSelector disk=nvme matches no other node", 1, true);
    uint32_t other = build_node(&s.w, &(struct build_node){.name = "c", .labels = "disk=nvme"});
    expect_none(&s, "never-moves");
    s.w.nodes.items[other].unschedulable = true;
    expect(&s, "never-moves", "nodeSelector disk=nvme matches no other node", 1, true);
}

static void taints_that_are_not_tolerated(void **state)
{
    static const struct {
        const char *taints, *tolerations, *selector, *text;
    } cases[] = {
        {"dedicated=game:NoSchedule", NULL, NULL,
         "every node it could go to has a taint it does not tolerate: dedicated=game:NoSchedule"},
        {"dedicated:NoExecute", NULL, NULL,
         "every node it could go to has a taint it does not tolerate: dedicated:NoExecute"},
        {"dedicated=game:NoSchedule", "dedicated=game:NoSchedule", NULL, NULL},
        {"dedicated=game:NoSchedule", "*", NULL, NULL},
        {"dedicated=game:PreferNoSchedule", NULL, NULL, NULL},
        {"dedicated=game:NoSchedule", "dedicated=web:NoSchedule", NULL,
         "every node it could go to has a taint it does not tolerate: dedicated=game:NoSchedule"},
        {"dedicated=game:NoSchedule", NULL, "disk=hdd", NULL}, /* told as never-moves */
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        _cleanup_scene_ struct scene s;
        open_scene(&s, 28);
        for (int g = 0; g < 2; g++)
            s.green[g] = green_node(&s.w, g ? "t-b" : "t-a", g ? "b" : "a", cases[i].taints);
        uint32_t class =
            build_class(&s.w, &(struct build_class){.labels = "app=cart",
                                                    .node_selector = cases[i].selector,
                                                    .tolerations = cases[i].tolerations});
        pod(&s, class, deployment(&s, 1), s.old[0]);
        expect(&s, "untolerated-taint", cases[i].text, 1, true);
    }
}

static void one_untainted_home_is_enough(void **state)
{
    _cleanup_scene_ struct scene s;
    open_scene(&s, 28);
    s.green[0] = green_node(&s.w, "t-a", "a", "dedicated=game:NoSchedule");
    pod(&s, plain_class(&s), deployment(&s, 1), s.old[0]);
    expect_none(&s, "untolerated-taint");
}

/* ---- spread ---- */

static void spread_case(unsigned minor, struct build_spread spread, int32_t replicas,
                        const char *text)
{
    _cleanup_scene_ struct scene s;
    open_scene(&s, minor);
    struct build_class c = {.labels = "app=cart", .spreads = {spread}};
    uint32_t class = build_class(&s.w, &c), set = deployment(&s, replicas);
    for (int32_t i = 0; i < replicas; i++)
        pod(&s, class, set, s.old[i % 2]);
    expect(&s, "spread-counts-old-nodes", text, (uint32_t)replicas, false);
}

static void spread_counts_cordoned_nodes(void **state)
{
    static const char by_host[] = "kubernetes.io/hostname";
    struct build_spread one = {.pods = "app=cart", .key = by_host, .skew = 1};
    struct build_spread honor = one, soft = one, wide = one, zone = one;
    honor.honor_taints = true;
    soft.soft = true;
    wide.skew = 2;
    zone.key = NULL;
    spread_case(
        28, one, 3,
        "hard spread by kubernetes.io/hostname, maxSkew 1: 2 cordoned old domains stay at 0 "
        "and let the other 2 hold 2 of 3 pods, until the old Node objects are gone");
    spread_case(28, one, 2, NULL);
    spread_case(28, honor, 3, NULL);
    spread_case(28, soft, 3, NULL);
    spread_case(28, wide, 4, NULL);
    spread_case(
        28, wide, 5,
        "hard spread by kubernetes.io/hostname, maxSkew 2: 2 cordoned old domains stay at 0 "
        "and let the other 2 hold 4 of 5 pods, until the old Node objects are gone");
    spread_case(28, zone, 9, NULL);
}

/* What is tainted is no room, but it does not stay empty because of the move either. */
static void tainted_nodes_are_no_room(void **state)
{
    _cleanup_scene_ struct scene s;
    open_scene(&s, 28);
    static const char by_host[] = "kubernetes.io/hostname";
    struct build_class c = {.labels = "app=cart",
                            .spreads = {{.pods = "app=cart", .key = by_host, .skew = 1}}};
    uint32_t set = deployment(&s, 3);
    pod(&s, build_class(&s.w, &c), set, s.old[0]);
    build_node(&s.w, &(struct build_node){.name = "infra", .taints = "pool=infra:NoSchedule"});
    expect(&s, "spread-counts-old-nodes",
           "hard spread by kubernetes.io/hostname, maxSkew 1: 2 cordoned old domains stay at 0 and "
           "let the other 2 hold 2 of 3 pods, until the old Node objects are gone",
           1, false);
    build_node(&s.w, &(struct build_node){.name = "free"});
    expect_none(&s, "spread-counts-old-nodes");
}

static void tolerations_tell_classes_apart(void **state)
{
    _cleanup_scene_ struct scene s;
    open_scene(&s, 28);
    struct build_class c = {
        .labels = "app=cart",
        .spreads = {{.pods = "app=cart", .key = "kubernetes.io/hostname", .skew = 1}}};
    uint32_t set = deployment(&s, 3), other = workload(&s, WORKLOAD_REPLICASET, "guard", 3);
    build_node(&s.w, &(struct build_node){.name = "infra", .taints = "pool=infra:NoSchedule"});
    pod(&s, build_class(&s.w, &c), set, s.old[0]);
    c.tolerations = "pool=infra:NoSchedule";
    pod(&s, build_class(&s.w, &c), other, s.old[0]);
    find(&s);
    assert_int_equal(s.found.list.len, 1);
    assert_string_equal(s.found.list.items[0].rule, "spread-counts-old-nodes");
    assert_int_not_equal(s.found.list.items[0].workload, other);
}

static void a_zone_that_is_left_behind_counts(void **state)
{
    _cleanup_scene_ struct scene s;
    open_scene(&s, 24);
    s.green[1] = s.green[0];
    struct build_class c = {.labels = "app=cart", .spreads = {{.pods = "app=cart", .skew = 1}}};
    uint32_t class = build_class(&s.w, &c), set = deployment(&s, 4);
    pod(&s, class, set, s.old[0]);
    const struct nodes_risk *r =
        expect(&s, "spread-counts-old-nodes",
               "hard spread by topology.kubernetes.io/zone, maxSkew 1: 1 cordoned old domain stays "
               "at 0 and let the other 1 hold 1 of 4 pods, until the old Node objects are gone",
               1, false);
    assert_null(strstr(r->fix, "nodeTaintsPolicy"));
}

/* ---- volumes ---- */

static uint32_t pod_with_volume(struct scene *s, uint32_t owner, uint32_t node,
                                const struct build_volume *v)
{
    uint32_t p = pod(s, plain_class(s), owner, node);
    build_claim(&s->w, p, build_volume(&s->w, v));
    return p;
}

static void volumes_keep_to_their_zone(void **state)
{
    static const struct {
        struct build_volume volume;
        const char *text;
    } cases[] = {
        {{.name = "v", .node_terms = "topology.kubernetes.io/zone in (b)"},
         "its volume is bound to zone b, where no other node will be"},
        {{.name = "v", .zone = "b"}, "its volume is bound to zone b, where no other node will be"},
        {{.name = "v", .zone = "b__a"}, NULL},
        {{.name = "v", .node_terms = "topology.kubernetes.io/zone in (a)"}, NULL},
        {{.name = "v"}, NULL},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        _cleanup_scene_ struct scene s;
        open_scene(&s, 28);
        s.green_count = 1; /* zone a only */
        pod_with_volume(&s, workload(&s, WORKLOAD_STATEFULSET, "db", 3), s.old[1],
                        &cases[i].volume);
        const struct nodes_risk *r = expect(&s, "volume-zone", cases[i].text, 1, true);
        if (r)
            assert_non_null(strstr(r->fix, "--zone b=N"));
    }
}

static void a_local_volume_stays_on_its_host(void **state)
{
    _cleanup_scene_ struct scene s;
    open_scene(&s, 28);
    struct build_volume v = {.name = "disk1", .node_terms = "kubernetes.io/hostname in (old-a)"};
    pod_with_volume(&s, workload(&s, WORKLOAD_STATEFULSET, "db", 3), s.old[0], &v);
    s.w.pvs.items[0].attachable = false;
    expect(&s, "volume-zone", "its volume disk1 is bound to nodes that go", 1, true);
}

static void volumes_beyond_the_new_nodes_slots(void **state)
{
    _cleanup_scene_ struct scene s;
    open_scene(&s, 28);
    uint32_t set = workload(&s, WORKLOAD_STATEFULSET, "db", 3);
    static const char *const names[] = {"v0", "v1", "v2"};
    for (int i = 0; i < 2; i++)
        pod_with_volume(&s, set, s.old[0], &(struct build_volume){.name = names[i]});
    expect_none(&s, "attach-limit");
    pod_with_volume(&s, set, s.old[0], &(struct build_volume){.name = names[2]});
    expect(&s, "attach-limit",
           "3 volumes of 3 pods have to stay in zone a, whose other 1 node takes 2 more", 3, true);
    build_node(&s.w, &(struct build_node){.name = "c", .zone = "a", .driver = EBS, .volumes = 1});
    expect_none(&s, "attach-limit");
    build_node(&s.w, &(struct build_node){.name = "d", .zone = "a"}); /* without a limit */
    pod_with_volume(&s, set, s.old[0], &(struct build_volume){.name = "v3"});
    expect_none(&s, "attach-limit");
}

/* ---- budgets ---- */

struct budget_case {
    int32_t replicas, ready;
    bool away, percent; /* maxUnavailable instead of minAvailable */
    int32_t value;
    const char *rule, *text;
};

static void budget_case(const struct budget_case *c)
{
    _cleanup_scene_ struct scene s;
    open_scene(&s, 28);
    uint32_t class = plain_class(&s), set = deployment(&s, c->replicas);
    for (int32_t i = 0; i < c->replicas; i++) {
        uint32_t p = pod(&s, class, set, s.old[0]);
        s.w.pods.items[p].ready = i < c->ready;
    }
    uint32_t pdb = build_pdb(&s.w, "shop", "app=cart", 0);
    struct int_or_percent bound = {true, c->percent, c->value};
    if (c->away)
        s.w.pdbs.items[pdb].max_unavailable = bound;
    else
        s.w.pdbs.items[pdb].min_available = bound;
    if (c->rule)
        expect(&s, c->rule, c->text, (uint32_t)c->replicas,
               strcmp(c->rule, "budget-unhealthy") != 0);
    if (!c->rule || strcmp(c->rule, "budget-allows-none") != 0)
        expect_none(&s, "budget-allows-none");
    if (!c->rule || strcmp(c->rule, "budget-unhealthy") != 0)
        expect_none(&s, "budget-unhealthy");
    expect_none(&s, "budget-cannot-count");
}

static void budgets_that_allow_nothing(void **state)
{
    static const struct budget_case cases[] = {
        {1, 1, false, false, 1, "budget-allows-none",
         "budget shop/budget allows 0: minAvailable 1 of 1 replica"},
        {3, 3, false, false, 3, "budget-allows-none",
         "budget shop/budget allows 0: minAvailable 3 of 3 replicas"},
        {3, 3, false, false, 5, "budget-allows-none",
         "budget shop/budget allows 0: minAvailable 5 of 3 replicas"},
        {3, 3, false, false, 2, NULL, NULL},
        {3, 3, false, true, 100, "budget-allows-none",
         "budget shop/budget allows 0: minAvailable 100% of 3 replicas"},
        {1, 1, false, true, 50, "budget-allows-none",
         "budget shop/budget allows 0: minAvailable 50% of 1 replica rounds up to 1"},
        {3, 3, false, true, 67, "budget-allows-none",
         "budget shop/budget allows 0: minAvailable 67% of 3 replicas rounds up to 3"},
        {3, 3, false, true, 66, NULL, NULL},
        {3, 3, true, false, 0, "budget-allows-none",
         "budget shop/budget allows 0: maxUnavailable 0 of 3 replicas"},
        {3, 3, true, false, 1, NULL, NULL},
        {1, 1, true, true, 10, NULL, NULL}, /* rounds up to 1 */
        {3, 3, true, true, 0, "budget-allows-none",
         "budget shop/budget allows 0: maxUnavailable 0% of 3 replicas"},
        {3, 2, false, false, 2, "budget-unhealthy",
         "budget shop/budget allows 0 now: 2 of 3 pods are Ready, 2 must be"},
        {3, 2, true, false, 1, "budget-unhealthy",
         "budget shop/budget allows 0 now: 2 of 3 pods are Ready, 2 must be"},
        {4, 3, true, false, 2, NULL, NULL},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++)
        budget_case(&cases[i]);
}

static void two_budgets_over_one_pod(void **state)
{
    _cleanup_scene_ struct scene s;
    open_scene(&s, 28);
    pod(&s, plain_class(&s), deployment(&s, 3), s.old[0]);
    uint32_t a = build_pdb(&s.w, "shop", "app=cart", 1), b = build_pdb(&s.w, "shop", "", 1);
    s.w.pdbs.items[a].max_unavailable = (struct int_or_percent){true, false, 1};
    s.w.pdbs.items[b].max_unavailable = (struct int_or_percent){true, false, 1};
    s.w.pdbs.items[b].name = build_text(&s.w, "all");
    expect(&s, "many-budgets",
           "2 budgets cover it (shop/budget, shop/all): the API server answers every eviction with "
           "500",
           1, true);
    s.w.pdbs.items[b].selector = build_selector(&s.w, "app=web");
    expect_none(&s, "many-budgets");
    s.w.pdbs.items[b].selector = build_selector(&s.w, "");
    s.w.pdbs.items[b].ns = build_text(&s.w, "web");
    expect_none(&s, "many-budgets");
}

static void budgets_that_cannot_count(void **state)
{
    static const char text[] =
        "budget shop/budget allows 0: maxUnavailable 1 needs the scale of every pod's controller, "
        "and one of its pods has none that can be asked";
    _cleanup_scene_ struct scene s;
    open_scene(&s, 28);
    pod(&s, plain_class(&s), workload(&s, WORKLOAD_JOB, "batch", 3), s.old[0]);
    uint32_t pdb = build_pdb(&s.w, "shop", "app=cart", 1);
    s.w.pdbs.items[pdb].max_unavailable = (struct int_or_percent){true, false, 1};
    expect(&s, "budget-cannot-count", text, 1, true);
    s.w.pdbs.items[pdb].max_unavailable.set = false;
    s.w.pdbs.items[pdb].min_available = (struct int_or_percent){true, false, 0};
    expect_none(&s, "budget-cannot-count");
}

static void a_bare_pod_spoils_a_budget_until_1_21(void **state)
{
    for (unsigned minor = 21; minor <= 22; minor++) {
        _cleanup_scene_ struct scene s;
        open_scene(&s, minor);
        uint32_t class = plain_class(&s), set = deployment(&s, 3);
        for (int i = 0; i < 3; i++)
            pod(&s, class, set, s.old[0]);
        pod(&s, class, WORLD_NONE, s.old[1]);
        uint32_t pdb = build_pdb(&s.w, "shop", "app=cart", 1);
        s.w.pdbs.items[pdb].max_unavailable = (struct int_or_percent){true, false, 1};
        find(&s);
        assert_int_equal(risk_of(&s, "budget-cannot-count") != NULL, minor == 21);
    }
}

/* ---- pods ---- */

static void pods_that_nobody_creates_again(void **state)
{
    _cleanup_scene_ struct scene s;
    open_scene(&s, 28);
    uint32_t p = pod(&s, plain_class(&s), WORLD_NONE, s.old[0]);
    const struct nodes_risk *r = expect(
        &s, "bare-pod", "no controller: nobody creates it again when it is evicted", 1, false);
    assert_int_equal(r->workload, WORLD_NONE);
    assert_int_equal(r->pod, p);
    s.w.pods.items[p].owner_gone = true;
    expect_none(&s, "bare-pod");
    assert_non_null(risk_of(&s, "owner-gone"));
    s.w.pods.items[p].owner_gone = false;
    s.w.pods.items[p].foreign_owner = true;
    expect_none(&s, "bare-pod");
    expect_none(&s, "owner-gone");
}

static void pods_that_do_not_count(void **state)
{
    _cleanup_scene_ struct scene s;
    open_scene(&s, 28);
    uint32_t class = plain_class(&s);
    uint32_t mirror = pod(&s, class, WORLD_NONE, s.old[0]);
    uint32_t finished = pod(&s, class, WORLD_NONE, s.old[0]);
    uint32_t going = pod(&s, class, WORLD_NONE, s.old[0]);
    s.w.pods.items[mirror].mirror = true;
    s.w.pods.items[finished].phase = POD_SUCCEEDED;
    s.w.pods.items[going].deleting = 1;
    pod(&s, class, workload(&s, WORKLOAD_DAEMONSET, "agent", 2), s.old[0]);
    pod(&s, class, WORLD_NONE, build_node(&s.w, &(struct build_node){.name = "other"}));
    find(&s);
    assert_int_equal(s.found.list.len, 0);
}

static void jobs_start_again(void **state)
{
    _cleanup_scene_ struct scene s;
    open_scene(&s, 28);
    uint32_t job = workload(&s, WORKLOAD_JOB, "batch-1", 1);
    pod(&s, plain_class(&s), job, s.old[0]);
    expect(&s, "job-would-restart",
           "runs a Job: an eviction starts its work again and counts as one of 6 failures it may "
           "have",
           1, false);
    expect_none(&s, "single-replica");
    s.w.workloads.items[job].backoff_limit = 0;
    expect(&s, "job-would-restart", "runs a Job with backoffLimit 0: an eviction fails the Job", 1,
           false);
}

static void a_single_replica_goes_down(void **state)
{
    static const char of_set[] =
        "its only pod: away from its end until a new one with the same name is Ready";
    static const char of_deployment[] =
        "its only pod: the new one is made when the old one goes, not before";
    for (int32_t replicas = 1; replicas <= 2; replicas++) {
        _cleanup_scene_ struct scene s;
        open_scene(&s, 28);
        pod(&s, plain_class(&s), deployment(&s, replicas), s.old[0]);
        expect(&s, "single-replica", replicas == 1 ? of_deployment : NULL, 1, false);
    }
    _cleanup_scene_ struct scene s;
    open_scene(&s, 28);
    pod(&s, plain_class(&s), workload(&s, WORKLOAD_STATEFULSET, "db", 1), s.old[0]);
    expect(&s, "single-replica", of_set, 1, false);
}

static void pods_that_are_not_ready(void **state)
{
    _cleanup_scene_ struct scene s;
    open_scene(&s, 28);
    uint32_t class = plain_class(&s), set = deployment(&s, 3);
    pod(&s, class, set, s.old[0]);
    expect_none(&s, "not-ready");
    uint32_t p = pod(&s, class, set, s.old[0]);
    s.w.pods.items[p].ready = false;
    const struct nodes_risk *r =
        expect(&s, "not-ready", "not Ready before anything was touched", 1, false);
    assert_int_equal(r->pod, p);
}

static void ask_not_to_disrupt(struct world_class *c)
{
    c->do_not_disrupt = true;
}

static void ask_not_to_evict(struct world_class *c)
{
    c->safe_to_evict_no = true;
}

static void write_to_host(struct world_class *c)
{
    c->host_path = true;
}

static void write_to_empty_dir(struct world_class *c)
{
    c->empty_dir = true;
}

static void what_a_class_says_of_itself(void **state)
{
    static const struct {
        void (*change)(struct world_class *);
        const char *rule, *text;
    } cases[] = {
        {ask_not_to_disrupt, "do-not-disrupt",
         "karpenter.sh/do-not-disrupt: \"true\" asks to leave it alone, and an eviction does not "
         "look at that"},
        {ask_not_to_evict, "do-not-disrupt",
         "cluster-autoscaler.kubernetes.io/safe-to-evict: \"false\" asks to leave it alone, and an "
         "eviction does not look at that"},
        {write_to_host, "local-data", "hostPath volume: what it wrote there stays on the old node"},
        {write_to_empty_dir, "local-data", "emptyDir volume: its contents are gone with the pod"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        _cleanup_scene_ struct scene s;
        open_scene(&s, 28);
        pod(&s, changed_class(&s, cases[i].change), deployment(&s, 2), s.old[0]);
        expect(&s, cases[i].rule, cases[i].text, 1, false);
    }
    _cleanup_scene_ struct scene s;
    open_scene(&s, 28);
    pod(&s, plain_class(&s), deployment(&s, 2), s.old[0]);
    find(&s);
    assert_int_equal(s.found.list.len, 0);
}

/* ---- load balancers ---- */

struct balancer_case {
    char type;
    bool ip_targets, local, ingress;
    int32_t prestop_s, grace_s, delay_s;
    const char *rule, *text;
};

static void balancer_case(const struct balancer_case *c)
{
    _cleanup_scene_ struct scene s;
    _cleanup_cloud_ struct cloud cloud = {0};
    open_scene(&s, 28);
    struct cloud_target_group group = {.name = "k8s-shop-cart-0a1b2c3d4e",
                                       .deregistration_delay_s = c->delay_s};
    mem_must(vec_push(&cloud.target_groups, group) ? &cloud : NULL);
    s.cloud = c->delay_s ? &cloud : NULL;
    struct world_class class = build_class_value(&s.w, &(struct build_class){.labels = "app=cart"});
    class.prestop_s = c->prestop_s;
    class.grace_s = c->grace_s;
    uint32_t index = build_service(&s.w, "shop", "cart", "app=cart");
    struct world_service *service = &s.w.services.items[index];
    service->type = c->type;
    service->ip_targets = c->ip_targets;
    service->local_traffic = c->local;
    service->ingress_backend = c->ingress;
    pod(&s, world_class_put(&s.w, &class), deployment(&s, 2), s.old[0]);
    if (c->rule)
        expect(&s, c->rule, c->text, 1, false);
    if (!c->rule || strcmp(c->rule, "lb-no-prestop") != 0)
        expect_none(&s, "lb-no-prestop");
    if (!c->rule || strcmp(c->rule, "lb-short-grace") != 0)
        expect_none(&s, "lb-short-grace");
}

static void pods_behind_load_balancers(void **state)
{
    static const struct balancer_case cases[] = {
        {'L', true, false, false, 0, 30, 0, "lb-no-prestop",
         "behind Service cart without a preStop hook: the load balancer (IP targets) still sends "
         "to it when it has stopped"},
        {'C', false, false, true, 0, 30, 0, "lb-no-prestop",
         "behind Service cart without a preStop hook: the ingress still sends to it when it has "
         "stopped"},
        {'L', false, true, false, 0, 30, 0, "lb-no-prestop",
         "behind Service cart without a preStop hook: the load balancer (local traffic) still "
         "sends to it when it has stopped"},
        {'L', false, false, false, 0, 30, 0, NULL, NULL},
        {'C', false, false, false, 0, 30, 0, NULL, NULL},
        {'L', true, false, false, 20, 60, 0, NULL, NULL},
        {'L', true, false, false, -1, 30, 0, NULL, NULL},
        {'L', true, false, false, 30, 30, 0, "lb-short-grace",
         "its preStop hook takes 30 s and its grace ends after 30 s: it is killed with requests in "
         "flight"},
        {'L', true, false, false, 20, 60, 300, "lb-short-grace",
         "its target group drains for 300 s, its grace ends after 60 s: longer requests are cut"},
        {'L', true, false, false, 20, 60, 60, NULL, NULL},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++)
        balancer_case(&cases[i]);
}

static void services_of_others_do_not_count(void **state)
{
    _cleanup_scene_ struct scene s;
    open_scene(&s, 28);
    pod(&s, plain_class(&s), deployment(&s, 2), s.old[0]);
    static const char *const where[][2] = {{"web", "app=cart"}, {"shop", "app=web"}, {"shop", ""}};
    for (size_t i = 0; i < ARRAY_LEN(where); i++) {
        uint32_t service = build_service(&s.w, where[i][0], "edge", where[i][1]);
        s.w.services.items[service].type = 'L';
        s.w.services.items[service].ip_targets = true;
    }
    expect_none(&s, "lb-no-prestop");
}

/* ---- all together ---- */

static void cordons_may_be_tolerated(void **state)
{
    static const struct {
        const char *key;
        enum taint_effect effect;
        bool told;
    } cases[] = {
        {"", TAINT_ANY, true},
        {"", TAINT_NO_SCHEDULE, true},
        {"", TAINT_NO_EXECUTE, false},
        {"node.kubernetes.io/unschedulable", TAINT_NO_SCHEDULE, true},
        {"node.kubernetes.io/not-ready", TAINT_NO_SCHEDULE, false},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        _cleanup_scene_ struct scene s;
        open_scene(&s, 28);
        struct world_class c = build_class_value(&s.w, &(struct build_class){.labels = "app=cart"});
        struct toleration t = {.key = strings_puts(&s.w.strings, cases[i].key),
                               .exists = true,
                               .effect = cases[i].effect,
                               .seconds = -1};
        c.tolerations = &t;
        c.toleration_count = 1;
        uint32_t class = world_class_put(&s.w, &c);
        pod(&s, class, deployment(&s, 1), s.old[0]);
        if (cases[i].told)
            expect(&s, "tolerates-cordon",
                   "tolerates node.kubernetes.io/unschedulable: the scheduler may put the new pod "
                   "back on the node that it came from",
                   1, false);
        else
            expect_none(&s, "tolerates-cordon");
    }
}

/* ---- architectures ---- */

static void set_types(struct scene *s, const char *old_type, const char *new_type)
{
    for (unsigned i = 0; i < 2; i++) {
        s->w.nodes.items[s->old[i]].instance_type = strings_puts(&s->w.strings, old_type);
        s->green[i].instance_type = strings_puts(&s->w.strings, new_type);
    }
}

static void images_may_not_be_built_for_the_new_nodes(void **state)
{
    _cleanup_scene_ struct scene s;
    open_scene(&s, 28);
    uint32_t set = deployment(&s, 2), class = plain_class(&s);
    pod(&s, class, set, s.old[0]);
    uint32_t second = pod(&s, class, set, s.old[1]);
    expect_none(&s, "other-architecture");
    set_types(&s, "m5.large", "m6i.large");
    expect_none(&s, "other-architecture");
    set_types(&s, "m5.large", "m6g.large");
    const struct nodes_risk *r =
        expect(&s, "other-architecture",
               "runs on amd64 and may come up on arm64, where none of its pods is Ready: an image "
               "that is not built for arm64 does not start there",
               2, false);
    assert_non_null(strstr(r->fix, "kubernetes.io/arch=amd64"));
    assert_non_null(strstr(r->fix, "linux/arm64"));
    set_types(&s, "m6g.large", "m5.large");
    assert_non_null(strstr(expect(&s, "other-architecture",
                                  "runs on arm64 and may come up on amd64, where none of its pods "
                                  "is Ready: an image that is not built for amd64 does not start "
                                  "there",
                                  2, false)
                               ->fix,
                           "kubernetes.io/arch=arm64"));
    s.w.nodes.items[s.old[1]].instance_type = strings_puts(&s.w.strings, "m5.large");
    expect_none(&s, "other-architecture"); /* one is Ready on the new architecture */
    s.w.pods.items[second].ready = false;
    assert_non_null(expect(&s, "other-architecture",
                           "runs on arm64 and may come up on amd64, where none of its pods is "
                           "Ready: an image that is not built for amd64 does not start there",
                           2, false));
}

static void what_selects_its_architecture_is_safe(void **state)
{
    _cleanup_scene_ struct scene s;
    open_scene(&s, 28);
    uint32_t class =
        build_class(&s.w, &(struct build_class){.labels = "app=cart",
                                                .node_selector = "kubernetes.io/arch=amd64"});
    pod(&s, class, deployment(&s, 1), s.old[0]);
    set_types(&s, "m5.large", "m6g.large");
    build_node(&s.w, &(struct build_node){
                         .name = "stays", .labels = "kubernetes.io/arch=amd64", .zone = "a"});
    expect_none(&s, "other-architecture");
    expect_none(&s, "never-moves");
}

static void what_blocks_comes_first_and_classes_are_joined(void **state)
{
    _cleanup_scene_ struct scene s;
    open_scene(&s, 28);
    uint32_t set = deployment(&s, 4), other = workload(&s, WORKLOAD_REPLICASET, "cart-6a8", 4);
    s.w.workloads.items[other].owner = s.w.workloads.items[set].owner;
    pod(&s, changed_class(&s, write_to_host), set, s.old[0]);
    struct build_class pinned = {.labels = "app=cart", .node_selector = "disk=hdd"};
    pod(&s, build_class(&s.w, &pinned), set, s.old[0]);
    pinned.cpu = 100;
    pod(&s, build_class(&s.w, &pinned), other, s.old[1]);
    find(&s);
    assert_int_equal(s.found.list.len, 2);
    assert_string_equal(s.found.list.items[0].rule, "never-moves");
    assert_int_equal(s.found.list.items[0].pods, 2);
    assert_string_equal(s.found.list.items[1].rule, "local-data");
}

/* Rules that are told without saying when, and whether they block, would be of no use. */
static void every_rule_is_in_the_docs(void **state)
{
    _cleanup_str_ struct str page = {0};
    struct err err;
    assert_int_equal(io_read_file(REHEARSE_DOC, 1 << 20, &page, &err), 0);
    for (size_t i = 0; nodes_rules[i].id; i++) {
        char row[64];
        snprintf(row, sizeof row, "| `%s` | ", nodes_rules[i].id);
        if (!sv_has(str_sv(&page), row))
            fail_msg("no row of %s", nodes_rules[i].id);
    }
}

static bool is_listed(const char *rule)
{
    for (size_t i = 0; nodes_rules[i].id; i++)
        if (strcmp(nodes_rules[i].id, rule) == 0)
            return strlen(nodes_rules[i].meaning) > 10;
    return false;
}

/* Every rule that this file asks for by name is told in the list. */
static void the_list_of_rules_is_whole(void **state)
{
    static const char *const asked[] = {
        "never-moves",        "untolerated-taint",   "volume-zone",
        "attach-limit",       "budget-allows-none",  "budget-unhealthy",
        "many-budgets",       "budget-cannot-count", "bare-pod",
        "owner-gone",         "job-would-restart",   "single-replica",
        "not-ready",          "do-not-disrupt",      "local-data",
        "lb-no-prestop",      "lb-short-grace",      "spread-counts-old-nodes",
        "other-architecture", "tolerates-cordon"};
    for (size_t i = 0; i < ARRAY_LEN(asked); i++)
        assert_true(is_listed(asked[i]));
    size_t n = 0;
    while (nodes_rules[n].id)
        n++;
    assert_int_equal(n, ARRAY_LEN(asked));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(selectors_that_only_old_nodes_satisfy),
        cmocka_unit_test(other_nodes_of_the_world_count),
        cmocka_unit_test(taints_that_are_not_tolerated),
        cmocka_unit_test(one_untainted_home_is_enough),
        cmocka_unit_test(spread_counts_cordoned_nodes),
        cmocka_unit_test(tainted_nodes_are_no_room),
        cmocka_unit_test(tolerations_tell_classes_apart),
        cmocka_unit_test(a_zone_that_is_left_behind_counts),
        cmocka_unit_test(volumes_keep_to_their_zone),
        cmocka_unit_test(a_local_volume_stays_on_its_host),
        cmocka_unit_test(volumes_beyond_the_new_nodes_slots),
        cmocka_unit_test(budgets_that_allow_nothing),
        cmocka_unit_test(two_budgets_over_one_pod),
        cmocka_unit_test(budgets_that_cannot_count),
        cmocka_unit_test(a_bare_pod_spoils_a_budget_until_1_21),
        cmocka_unit_test(pods_that_nobody_creates_again),
        cmocka_unit_test(pods_that_do_not_count),
        cmocka_unit_test(jobs_start_again),
        cmocka_unit_test(a_single_replica_goes_down),
        cmocka_unit_test(pods_that_are_not_ready),
        cmocka_unit_test(what_a_class_says_of_itself),
        cmocka_unit_test(pods_behind_load_balancers),
        cmocka_unit_test(services_of_others_do_not_count),
        cmocka_unit_test(cordons_may_be_tolerated),
        cmocka_unit_test(images_may_not_be_built_for_the_new_nodes),
        cmocka_unit_test(what_selects_its_architecture_is_safe),
        cmocka_unit_test(what_blocks_comes_first_and_classes_are_joined),
        cmocka_unit_test(every_rule_is_in_the_docs),
        cmocka_unit_test(the_list_of_rules_is_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
