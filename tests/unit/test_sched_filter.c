/*
 * Every filter of the default scheduler and its exact words, for 1.20 and for 1.34.
 */
#include "sched_ask.h"
#include "world_build.h"

#define ONE(reason) "0/1 nodes are available: 1 " reason "."

struct setup {
    struct world w;
    uint32_t node, pod;
};

static void begin(struct setup *s, const struct build_node *n)
{
    build_world(&s->w, 0);
    s->node = build_node(&s->w, n);
}

static uint32_t put_pod(struct setup *s, const struct build_class *c, uint32_t node)
{
    return build_pod(&s->w, build_class(&s->w, c), node);
}

static void ask(struct setup *s, const struct build_class *c)
{
    s->pod = put_pod(s, c, WORLD_NONE);
}

/* The one node refuses in these words; NULL: it takes the pod. Ends the world. */
static void expect(struct setup *s, const char *old, const char *new)
{
    const char *texts[] = {old, new};
    const unsigned minors[] = {20, 34};
    for (int i = 0; i < 2; i++) {
        if (ask_fits(&s->w, s->pod, s->node, minors[i]) != !texts[i])
            fail_msg("1.%u: the node %s", minors[i], texts[i] ? "takes it" : "refuses");
        if (texts[i])
            ask_filters_say(&s->w, s->pod, minors[i], texts[i]);
    }
    world_release(&s->w);
}

/* ---- cordon and taints ---- */

static void test_cordoned_node(void **state)
{
    struct setup s;
    begin(&s, &(struct build_node){.name = "n", .unschedulable = true});
    ask(&s, &(struct build_class){0});
    expect(&s, ONE("node(s) were unschedulable"), ONE("node(s) were unschedulable"));
    begin(&s, &(struct build_node){.name = "n", .unschedulable = true});
    ask(&s, &(struct build_class){.tolerations = "node.kubernetes.io/unschedulable:NoSchedule"});
    expect(&s, NULL, NULL);
}

static void test_taint_is_named(void **state)
{
    struct setup s;
    begin(&s,
          &(struct build_node){.name = "n", .taints = "a=1:PreferNoSchedule,db=yes:NoSchedule"});
    ask(&s, &(struct build_class){0});
    expect(&s, ONE("node(s) had taint {db: yes}, that the pod didn't tolerate"),
           ONE("node(s) had untolerated taint {db: yes}"));
    begin(&s, &(struct build_node){.name = "n", .taints = "db=yes:NoSchedule"});
    ask(&s, &(struct build_class){0});
    ask_filters_say(&s.w, s.pod, 23,
                    ONE("node(s) had taint {db: yes}, that the pod didn't tolerate"));
    ask_filters_say(&s.w, s.pod, 24, ONE("node(s) had untolerated taint {db: yes}"));
    ask_filters_say(&s.w, s.pod, 35, ONE("node(s) had untolerated taint(s)"));
    world_release(&s.w);
}

static void test_tolerations(void **state)
{
    static const struct {
        const char *taint, *toleration;
        bool fits;
    } rows[] = {
        {"k=v:NoSchedule", "", false},
        {"k=v:NoExecute", "", false},
        {"k=v:PreferNoSchedule", "", true},
        {"k=v:NoSchedule", "k=v:NoSchedule", true},
        {"k=v:NoSchedule", "k=w:NoSchedule", false},
        {"k=v:NoSchedule", "k=v:NoExecute", false},
        {"k=v:NoSchedule", "k=v", true}, /* no effect: all effects */
        {"k=v:NoSchedule", "k", true},   /* Exists */
        {"k=v:NoSchedule", "j", false},
        {"k=v:NoSchedule", "*", true}, /* no key, Exists: every taint */
        {"k=v:NoSchedule,j=:NoExecute", "k", false},
        {"k=v:NoSchedule,j=:NoExecute", "k,j=", true},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct setup s;
        begin(&s, &(struct build_node){.name = "n", .taints = rows[i].taint});
        ask(&s, &(struct build_class){.tolerations = rows[i].toleration});
        for (unsigned minor = 20; minor <= 34; minor += 14)
            if (ask_fits(&s.w, s.pod, s.node, minor) != rows[i].fits)
                fail_msg("1.%u: taint %s, toleration %s", minor, rows[i].taint, rows[i].toleration);
        world_release(&s.w);
    }
}

/* ---- node affinity ---- */

static void test_node_terms(void **state)
{
    static const struct {
        const char *terms;
        bool fits;
    } rows[] = {
        {"disk in (ssd hdd)", true},
        {"disk in (hdd)", false},
        {"disk notin (hdd)", true},
        {"gpu notin (big)", true}, /* a key that is not there is not in the list */
        {"disk", true},
        {"!disk", false},
        {"size>3", true},
        {"size>4", false},
        {"size<5", true},
        {"disk>3", false}, /* not an integer */
        {"gone>3", false},
        {"disk=ssd,size=9", false},  /* all of a term */
        {"size=9 | disk=ssd", true}, /* any term */
        {"", false},                 /* an empty term matches nothing */
        {"@n", true},
        {"@m", false},
        {"@n,disk=hdd", false},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct setup s;
        begin(&s, &(struct build_node){.name = "n", .labels = "disk=ssd,size=4"});
        ask(&s, &(struct build_class){.node_terms = rows[i].terms});
        for (unsigned minor = 20; minor <= 34; minor += 14)
            if (ask_fits(&s.w, s.pod, s.node, minor) != rows[i].fits)
                fail_msg("1.%u: term \"%s\"", minor, rows[i].terms);
        world_release(&s.w);
    }
}

static void test_selector_and_terms_both_hold(void **state)
{
    struct setup s;
    begin(&s, &(struct build_node){.name = "n", .labels = "disk=ssd"});
    ask(&s, &(struct build_class){.node_selector = "disk=ssd", .node_terms = "size>1"});
    expect(&s, ONE("node(s) didn't match Pod's node affinity"),
           ONE("node(s) didn't match Pod's node affinity/selector"));
    begin(&s, &(struct build_node){.name = "n", .labels = "disk=ssd"});
    ask(&s, &(struct build_class){.node_selector = "disk=hdd"});
    expect(&s, ONE("node(s) didn't match Pod's node affinity"),
           ONE("node(s) didn't match Pod's node affinity/selector"));
}

static void test_names_narrow_the_list(void **state)
{
    struct setup s;
    begin(&s, &(struct build_node){.name = "n", .unschedulable = true});
    ask(&s, &(struct build_class){.node_terms = "@m"});
    expect(&s, ONE("node(s) were unschedulable"),
           ONE("node(s) didn't satisfy plugin(s) [NodeAffinity]"));
}

/* ---- ports ---- */

static void test_host_ports(void **state)
{
    static const struct {
        const char *used, *wanted;
        bool fits;
    } rows[] = {
        {"80", "80", false},          {"80", "81", true},
        {"80", "80/UDP", true},       {"10.0.0.1:80", "10.0.0.2:80", true},
        {"10.0.0.1:80", "80", false}, {"80", "10.0.0.1:80", false},
        {"80,443", "443", false},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct setup s;
        begin(&s, &(struct build_node){.name = "n"});
        put_pod(&s, &(struct build_class){.ports = rows[i].used}, s.node);
        ask(&s, &(struct build_class){.labels = "app=new", .ports = rows[i].wanted});
        const char *text = "node(s) didn't have free ports for the requested pod ports";
        char full[128];
        snprintf(full, sizeof full, ONE("%s"), text);
        expect(&s, rows[i].fits ? NULL : full, rows[i].fits ? NULL : full);
    }
}

/* ---- resources ---- */

static void test_each_resource(void **state)
{
    static const struct {
        struct build_class class;
        const char *text; /* NULL: fits */
    } rows[] = {
        {{.cpu = 1000, .memory = GIB}, NULL},
        {{.cpu = 1001}, ONE("Insufficient cpu")},
        {{.memory = GIB + 1}, ONE("Insufficient memory")},
        {{.ephemeral = GIB + 1}, ONE("Insufficient ephemeral-storage")},
        {{.gpu = 2}, ONE("Insufficient nvidia.com/gpu")},
        {{.cpu = 1001, .memory = GIB + 1},
         "0/1 nodes are available: 1 Insufficient cpu, 1 Insufficient memory."},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct setup s;
        begin(&s, &(struct build_node){
                      .name = "n", .cpu = 1000, .memory = GIB, .ephemeral = GIB, .gpu = 1});
        ask(&s, &rows[i].class);
        expect(&s, rows[i].text, rows[i].text);
    }
}

static void test_pods_are_counted(void **state)
{
    struct setup s;
    begin(&s, &(struct build_node){.name = "n", .pods = 1});
    put_pod(&s, &(struct build_class){0}, s.node);
    ask(&s, &(struct build_class){.labels = "app=new"});
    expect(&s, ONE("Too many pods"), ONE("Too many pods"));
}

/* A node on which more is asked for than it has (it was resized, or its kubelet took more). */
static void overcommit(struct setup *s)
{
    begin(s, &(struct build_node){.name = "n", .cpu = 1000, .memory = GIB});
    put_pod(s, &(struct build_class){.labels = "app=big", .cpu = 2000, .memory = 1}, s->node);
}

static void test_zero_request_on_a_crowded_node(void **state)
{
    struct setup s;
    overcommit(&s);
    ask(&s, &(struct build_class){.memory = MIB});
    expect(&s, ONE("Insufficient cpu"), NULL);
    overcommit(&s);
    ask(&s, &(struct build_class){0}); /* asks for nothing at all: not compared */
    expect(&s, NULL, NULL);
}

static void test_finished_pods_use_nothing_and_leaving_ones_do(void **state)
{
    struct setup s;
    begin(&s, &(struct build_node){.name = "n", .cpu = 1000});
    uint32_t done = put_pod(&s, &(struct build_class){.cpu = 900}, s.node);
    s.w.pods.items[done].phase = POD_SUCCEEDED;
    ask(&s, &(struct build_class){.labels = "app=new", .cpu = 900});
    expect(&s, NULL, NULL);
    begin(&s, &(struct build_node){.name = "n", .cpu = 1000});
    uint32_t leaving = put_pod(&s, &(struct build_class){.cpu = 900}, s.node);
    s.w.pods.items[leaving].deleting = 1;
    ask(&s, &(struct build_class){.labels = "app=new", .cpu = 900});
    expect(&s, ONE("Insufficient cpu"), ONE("Insufficient cpu"));
}

static void test_sidecars_add_up_since_1_28(void **state)
{
    struct setup s;
    begin(&s, &(struct build_node){.name = "n", .cpu = 1000});
    struct world_class c = build_class_value(&s.w, &(struct build_class){.cpu = 800});
    c.request.cpu = 1200;
    s.pod = build_pod(&s.w, world_class_put(&s.w, &c), WORLD_NONE);
    expect(&s, NULL, ONE("Insufficient cpu"));
}

/* ---- volumes ---- */

#define ZONE_A "topology.kubernetes.io/zone in (a)"

static void claim_for(struct setup *s, const struct build_volume *v)
{
    ask(s, &(struct build_class){.labels = "app=new"});
    build_claim(&s->w, s->pod, build_volume(&s->w, v));
}

static void test_volume_is_elsewhere(void **state)
{
    struct setup s;
    begin(&s, &(struct build_node){.name = "n", .zone = "b"});
    claim_for(&s, &(struct build_volume){.name = "v", .node_terms = ZONE_A});
    expect(&s, ONE("node(s) had volume node affinity conflict"),
           ONE("node(s) had volume node affinity conflict"));
    begin(&s, &(struct build_node){.name = "n", .zone = "b"});
    claim_for(&s, &(struct build_volume){.name = "v", .zone = "a__c"});
    expect(&s, ONE("node(s) had no available volume zone"),
           ONE("node(s) had no available volume zone"));
    begin(&s, &(struct build_node){.name = "n", .zone = "c"});
    claim_for(&s, &(struct build_volume){.name = "v", .zone = "a__c"});
    expect(&s, NULL, NULL);
    begin(&s, &(struct build_node){.name = "n"}); /* no zone label: nothing is compared */
    claim_for(&s, &(struct build_volume){.name = "v", .zone = "a"});
    expect(&s, NULL, NULL);
}

static void claim_in_phase(struct setup *s, enum claim_phase phase, bool deleting)
{
    begin(s, &(struct build_node){.name = "n"});
    claim_for(s, &(struct build_volume){.name = "v"});
    s->w.pvcs.items[0].phase = phase;
    s->w.pvcs.items[0].deleting = deleting;
    if (phase == CLAIM_PENDING)
        s->w.pvcs.items[0].pv = WORLD_NONE;
}

static void test_claims_that_fail_everywhere(void **state)
{
    struct setup s;
    claim_in_phase(&s, CLAIM_PENDING, false);
    expect(&s, ONE("pod has unbound immediate PersistentVolumeClaims"),
           "0/1 nodes are available: pod has unbound immediate PersistentVolumeClaims.");
    claim_in_phase(&s, CLAIM_BOUND, true);
    expect(&s, ONE("persistentvolumeclaim \"v\" is being deleted"),
           "0/1 nodes are available: persistentvolumeclaim \"v\" is being deleted.");
    claim_in_phase(&s, CLAIM_LOST, false);
    expect(&s, ONE("pvc(s) bound to non-existent pv(s)"),
           "0/1 nodes are available: persistentvolumeclaim \"v\" bound to non-existent "
           "persistentvolume \"v\".");
}

static void storage_class(struct setup *s, const char *provisioner, const char *topology)
{
    struct selector *only = arena_new(&s->w.arena, struct selector);
    *only = build_selector(&s->w, topology);
    struct world_class_of_storage c = {.name = build_text(&s->w, "gp3"),
                                       .provisioner = build_text(&s->w, provisioner),
                                       .used = true,
                                       .binding = BINDING_WAIT,
                                       .topologies = only,
                                       .topology_count = topology != NULL};
    assert_true(vec_push(&s->w.storage_classes, c));
    s->w.pvcs.items[0].storage_class = 0;
}

static void test_claims_that_wait_for_the_node(void **state)
{
    static const struct {
        const char *provisioner, *topology;
        bool fits;
    } rows[] = {
        {"ebs.csi.aws.com", NULL, true},
        {"ebs.csi.aws.com", "topology.kubernetes.io/zone in (a b)", true},
        {"ebs.csi.aws.com", "topology.kubernetes.io/zone in (c)", false},
        {"kubernetes.io/no-provisioner", NULL, false},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct setup s;
        const char *text = ONE("node(s) didn't find available persistent volumes to bind");
        begin(&s, &(struct build_node){.name = "n", .zone = "a"});
        claim_for(&s, &(struct build_volume){.name = "v"});
        s.w.pvcs.items[0].phase = CLAIM_PENDING;
        s.w.pvcs.items[0].pv = WORLD_NONE;
        storage_class(&s, rows[i].provisioner, rows[i].topology);
        expect(&s, rows[i].fits ? NULL : text, rows[i].fits ? NULL : text);
    }
}

static void test_a_free_volume_serves_a_waiting_claim(void **state)
{
    struct setup s;
    begin(&s, &(struct build_node){.name = "n", .zone = "a"});
    claim_for(&s, &(struct build_volume){.name = "v", .node_terms = ZONE_A});
    s.w.pvcs.items[0].phase = CLAIM_PENDING;
    s.w.pvcs.items[0].pv = WORLD_NONE;
    storage_class(&s, "kubernetes.io/no-provisioner", NULL);
    s.w.pvs.items[0].claim = WORLD_NONE;
    s.w.pvs.items[0].available = true;
    s.w.pvs.items[0].storage_class = build_text(&s.w, "gp3");
    expect(&s, NULL, NULL);
}

static void test_volume_limits(void **state)
{
    struct setup s;
    const char *full = ONE("node(s) exceed max volume count");
    struct build_node node = {.name = "n", .driver = "ebs.csi.aws.com", .volumes = 1};
    begin(&s, &node);
    uint32_t other = put_pod(&s, &(struct build_class){0}, s.node);
    build_claim(&s.w, other, build_volume(&s.w, &(struct build_volume){.name = "first"}));
    claim_for(&s, &(struct build_volume){.name = "second"});
    expect(&s, full, full);
    begin(&s, &node); /* one volume for both takes one slot */
    other = put_pod(&s, &(struct build_class){0}, s.node);
    claim_for(&s, &(struct build_volume){.name = "shared"});
    build_claim(&s.w, other, 0);
    expect(&s, NULL, NULL);
    begin(&s, &(struct build_node){.name = "n"}); /* no CSINode yet: no limit */
    claim_for(&s, &(struct build_volume){.name = "v"});
    expect(&s, NULL, NULL);
}

static void test_slow_detach_takes_a_slot_since_1_32(void **state)
{
    struct setup s;
    begin(&s, &(struct build_node){.name = "n", .driver = "ebs.csi.aws.com", .volumes = 1});
    build_volume(&s.w, &(struct build_volume){.name = "leaving"});
    struct world_attachment a = {.used = true, .node = s.node, .pv = 0, .attached = true};
    assert_true(vec_push(&s.w.attachments, a));
    claim_for(&s, &(struct build_volume){.name = "new"});
    expect(&s, NULL, ONE("node(s) exceed max volume count"));
}

static void test_in_tree_ebs_limit_of_1_20(void **state)
{
    struct setup s;
    char name[16];
    begin(&s, &(struct build_node){.name = "n", .type = "m5.large"});
    uint32_t other = put_pod(&s, &(struct build_class){0}, s.node);
    for (int i = 0; i < 25; i++) {
        snprintf(name, sizeof name, "v%d", i);
        build_claim(&s.w, other,
                    build_volume(&s.w, &(struct build_volume){.name = name,
                                                              .driver = "kubernetes.io/aws-ebs"}));
    }
    claim_for(&s, &(struct build_volume){.name = "last", .driver = "kubernetes.io/aws-ebs"});
    expect(&s, ONE("node(s) exceed max volume count"), NULL);
}

static void test_read_write_once_pod(void **state)
{
    struct setup s;
    begin(&s, &(struct build_node){.name = "n"});
    uint32_t elsewhere = build_node(&s.w, &(struct build_node){.name = "m"});
    uint32_t other = put_pod(&s, &(struct build_class){0}, elsewhere);
    claim_for(&s, &(struct build_volume){.name = "v", .access = ACCESS_RWOP});
    build_claim(&s.w, other, 0);
    expect(&s, NULL,
           "0/2 nodes are available: 2 node has pod using PersistentVolumeClaim with the same name "
           "and ReadWriteOncePod access mode.");
}

/* ---- topology spread ---- */

#define SKEW "node(s) didn't match pod topology spread constraints"

/* Two zones; two pods of app=a in zone a, none in b. The node asked about is in zone a. */
static void two_zones(struct setup *s)
{
    begin(s, &(struct build_node){.name = "a1", .zone = "a"});
    build_node(&s->w, &(struct build_node){.name = "b1", .zone = "b"});
    put_pod(s, &(struct build_class){.labels = "app=a"}, s->node);
    put_pod(s, &(struct build_class){.labels = "app=a"}, s->node);
}

static void ask_spread(struct setup *s, const char *labels, const struct build_spread *c)
{
    struct build_class class = {.labels = labels, .cpu = 1};
    class.spreads[0] = *c;
    ask(s, &class);
}

static bool takes(struct setup *s, unsigned minor)
{
    return ask_fits(&s->w, s->pod, s->node, minor);
}

static void test_spread_skew(void **state)
{
    static const struct {
        const char *labels;
        int32_t skew;
        bool fits;
    } rows[] = {
        {"app=a", 2, false}, /* 2 + 1 (itself) - 0 > 2 */
        {"app=a", 3, true},
        {"app=b", 2, true}, /* not one of them: 2 + 0 - 0 */
        {"app=b", 1, false},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct setup s;
        two_zones(&s);
        ask_spread(&s, rows[i].labels,
                   &(struct build_spread){.pods = "app=a", .skew = rows[i].skew});
        for (unsigned minor = 20; minor <= 34; minor += 14)
            if (takes(&s, minor) != rows[i].fits)
                fail_msg("1.%u: %s skew %d", minor, rows[i].labels, rows[i].skew);
        world_release(&s.w);
    }
}

static void test_spread_words(void **state)
{
    struct setup s;
    begin(&s, &(struct build_node){.name = "n", .zone = "a"});
    ask_spread(&s, "app=a", &(struct build_spread){.pods = "app=a", .key = "rack"});
    expect(&s, ONE(SKEW " (missing required label)"), ONE(SKEW " (missing required label)"));
    two_zones(&s);
    ask_spread(&s, "app=a", &(struct build_spread){.pods = "app=a"});
    s.w.nodes.items[1].unschedulable = true;
    expect(&s, "0/2 nodes are available: 1 " SKEW ", 1 node(s) were unschedulable.",
           "0/2 nodes are available: 1 " SKEW ", 1 node(s) were unschedulable.");
}

static void test_spread_ignores_leaving_pods_and_other_namespaces(void **state)
{
    struct setup s;
    two_zones(&s);
    s.w.pods.items[0].deleting = 1;
    s.w.pods.items[1].deleting = 1;
    put_pod(&s, &(struct build_class){.ns = "db", .labels = "app=a"}, s.node);
    ask_spread(&s, "app=a", &(struct build_spread){.pods = "app=a"});
    expect(&s, NULL, NULL);
}

/* Cordoned, drained blue nodes are empty domains, unless taints are honoured. */
static void blue_green(struct setup *s, bool honor)
{
    begin(s, &(struct build_node){.name = "green"});
    build_node(&s->w, &(struct build_node){.name = "blue", .unschedulable = true});
    put_pod(s, &(struct build_class){.labels = "app=a"}, s->node);
    ask_spread(s, "app=a",
               &(struct build_spread){
                   .pods = "app=a", .key = "kubernetes.io/hostname", .honor_taints = honor});
}

static void test_spread_counts_cordoned_nodes(void **state)
{
    const char *text = "0/2 nodes are available: 1 " SKEW ", 1 node(s) were unschedulable.";
    struct setup s;
    blue_green(&s, false);
    expect(&s, text, text);
    blue_green(&s, true);
    expect(&s, text, NULL);
}

static void test_spread_min_domains_since_1_25(void **state)
{
    struct setup s;
    begin(&s, &(struct build_node){.name = "a1", .zone = "a"});
    put_pod(&s, &(struct build_class){.labels = "app=a"}, s.node);
    ask_spread(&s, "app=a", &(struct build_spread){.pods = "app=a", .min_domains = 2});
    expect(&s, NULL, ONE(SKEW)); /* one domain of two: the lowest count is taken as 0 */
}

static void test_spread_looks_at_the_pods_own_nodes(void **state)
{
    struct build_class c = {.labels = "app=a", .node_selector = "topology.kubernetes.io/zone=a"};
    struct setup s;
    two_zones(&s);
    c.spreads[0] = (struct build_spread){.pods = "app=a"};
    ask(&s, &c); /* zone b is none of its nodes: the lowest count is zone a's own */
    expect(&s, NULL, NULL);
    two_zones(&s);
    c.spreads[0].ignore_affinity = true; /* since 1.26 */
    ask(&s, &c);
    expect(&s, NULL,
           "0/2 nodes are available: 1 node(s) didn't match Pod's node affinity/selector, 1 " SKEW
           ".");
}

/* ---- affinity between pods ---- */

#define EACH "node(s) didn't match pod affinity/anti-affinity"
#define AFFINITY "node(s) didn't match pod affinity rules"
#define ANTI "node(s) didn't match pod anti-affinity rules"
#define EXISTING "node(s) didn't satisfy existing pods anti-affinity rules"
#define OLD(reason) "0/1 nodes are available: 1 " EACH ", 1 " reason "."
#define OLD_FIRST(reason) "0/1 nodes are available: 1 " reason ", 1 " EACH "."

static void test_affinity(void **state)
{
    static const struct {
        const char *there; /* labels of a pod on the node; NULL: nobody */
        const char *own, *first, *second;
        bool fits;
    } rows[] = {
        {"app=a", "app=x", "app=a", NULL, true},
        {"app=b", "app=x", "app=a", NULL, false},
        {"app=a", "app=x", "app=a", "tier", false}, /* no one pod matches both terms */
        {"app=a,tier=1", "app=x", "app=a", "tier", true},
        {NULL, "app=a", "app=a", NULL, true}, /* the first of its kind */
        {NULL, "app=x", "app=a", NULL, false},
        {"app=a", "app=a,tier=1", "app=a", "tier", true}, /* nobody matches all, it does */
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct build_class c = {.labels = rows[i].own};
        struct setup s;
        begin(&s, &(struct build_node){.name = "n"});
        if (rows[i].there)
            put_pod(&s, &(struct build_class){.labels = rows[i].there}, s.node);
        c.affinity[0].pods = rows[i].first;
        c.affinity[1].pods = rows[i].second;
        ask(&s, &c);
        expect(&s, rows[i].fits ? NULL : OLD_FIRST(AFFINITY), rows[i].fits ? NULL : ONE(AFFINITY));
    }
}

static void test_affinity_wants_the_key(void **state)
{
    struct build_class c = {.labels = "app=a"};
    struct setup s;
    c.affinity[0] = (struct build_term){.pods = "app=a", .key = "rack"};
    begin(&s, &(struct build_node){.name = "n"});
    ask(&s, &c); /* even for the first of its kind */
    expect(&s, OLD_FIRST(AFFINITY), ONE(AFFINITY));
}

static void test_anti_affinity_both_ways(void **state)
{
    struct build_class against = {.labels = "app=x"};
    struct setup s;
    against.anti_affinity[0].pods = "app=a";
    begin(&s, &(struct build_node){.name = "n"});
    put_pod(&s, &(struct build_class){.labels = "app=a"}, s.node);
    ask(&s, &against);
    expect(&s, OLD(ANTI), ONE(ANTI));
    begin(&s, &(struct build_node){.name = "n"});
    put_pod(&s, &against, s.node);
    ask(&s, &(struct build_class){.labels = "app=a"});
    expect(&s, OLD(EXISTING), ONE(EXISTING));
    begin(&s, &(struct build_node){.name = "n"}); /* a node without the key has no domain */
    against.anti_affinity[0].key = "rack";
    put_pod(&s, &(struct build_class){.labels = "app=a"}, s.node);
    ask(&s, &against);
    expect(&s, NULL, NULL);
}

static void test_words_of_1_21_and_1_22(void **state)
{
    struct build_class against = {.labels = "app=x"};
    struct setup s;
    against.anti_affinity[0].pods = "app=a";
    begin(&s, &(struct build_node){.name = "n"});
    put_pod(&s, &(struct build_class){.labels = "app=a"}, s.node);
    ask(&s, &against);
    ask_filters_say(&s.w, s.pod, 21,
                    "0/1 nodes are available: 1 node(s) didn't match pod affinity/anti-affinity "
                    "rules, 1 " ANTI ".");
    ask_filters_say(&s.w, s.pod, 22, ONE(ANTI));
    world_release(&s.w);
}

static void test_leaving_pods_still_keep_others_away(void **state)
{
    struct build_class c = {.labels = "app=a"};
    struct setup s;
    c.anti_affinity[0].pods = "app=a";
    begin(&s, &(struct build_node){.name = "n"});
    uint32_t leaving = put_pod(&s, &c, s.node);
    s.w.pods.items[leaving].deleting = 1;
    ask(&s, &c);
    expect(&s, OLD(ANTI), ONE(ANTI));
}

static void test_namespaces_of_terms(void **state)
{
    static const struct {
        const char *names, *selector;
        bool fits; /* a pod of namespace db is kept away from */
    } rows[] = {
        {NULL, NULL, true},      {"db", NULL, false},    {"shop,db", NULL, false},
        {"other", NULL, true},   {NULL, "", false}, /* all namespaces */
        {NULL, "team=x", false}, {NULL, "team=y", true}, {"other", "team=x", false},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct build_class c = {.labels = "app=x"};
        struct setup s;
        begin(&s, &(struct build_node){.name = "n"});
        build_namespace(&s.w, "db", "team=x");
        put_pod(&s, &(struct build_class){.ns = "db", .labels = "app=a"}, s.node);
        c.anti_affinity[0] = (struct build_term){
            .pods = "app=a", .namespaces = rows[i].names, .namespace_selector = rows[i].selector};
        ask(&s, &c);
        if (ask_fits(&s.w, s.pod, s.node, 34) != rows[i].fits)
            fail_msg("row %zu", i);
        world_release(&s.w);
    }
}

/* ---- the summary ---- */

static void forty_nodes(struct setup *s)
{
    char name[16];
    build_world(&s->w, 0);
    for (int i = 0; i < 40; i++) {
        snprintf(name, sizeof name, "n%d", i);
        build_node(&s->w, &(struct build_node){.name = name, .cpu = 100, .unschedulable = i < 28});
    }
    ask(s, &(struct build_class){.cpu = 200});
}

static void test_summary_line(void **state)
{
    struct setup s;
    forty_nodes(&s);
    ask_says(&s.w, s.pod, 20,
             "0/40 nodes are available: 12 Insufficient cpu, 28 node(s) were unschedulable.");
    ask_says(&s.w, s.pod, 25,
             "0/40 nodes are available: 12 Insufficient cpu, 28 node(s) were unschedulable. "
             "preemption: 0/40 nodes are available: 12 No preemption victims found for incoming "
             "pod, 28 Preemption is not helpful for scheduling.");
    ask_says(&s.w, s.pod, 34, /* 200m are more than these nodes ever have */
             "0/40 nodes are available: 12 Insufficient cpu, 28 node(s) were unschedulable. "
             "no new claims to deallocate, preemption: 0/40 nodes are available: 40 Preemption is "
             "not helpful for scheduling.");
    world_release(&s.w);
}

static void test_no_nodes(void **state)
{
    struct setup s;
    build_world(&s.w, 0);
    ask(&s, &(struct build_class){0});
    ask_says(&s.w, s.pod, 20, "no nodes available to schedule pods");
    world_release(&s.w);
}

static void test_preemption_that_may_not_or_does_not_help(void **state)
{
    struct setup s;
    begin(&s, &(struct build_node){.name = "n", .cpu = 1000});
    put_pod(&s, &(struct build_class){.labels = "app=low", .cpu = 300}, s.node);
    put_pod(&s, &(struct build_class){.labels = "app=top", .cpu = 600, .priority = 9}, s.node);
    ask(&s, &(struct build_class){.cpu = 500, .priority = 5});
    ask_says(&s.w, s.pod, 29,
             "0/1 nodes are available: 1 Insufficient cpu. preemption: 0/1 nodes are available: "
             "1 Insufficient cpu.");
    uint32_t never = put_pod(
        &s, &(struct build_class){.cpu = 500, .priority = 5, .preempt_never = true}, WORLD_NONE);
    ask_says(&s.w, never, 29,
             "0/1 nodes are available: 1 Insufficient cpu. preemption: not eligible due to "
             "preemptionPolicy=Never.");
    world_release(&s.w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cordoned_node),
        cmocka_unit_test(test_taint_is_named),
        cmocka_unit_test(test_tolerations),
        cmocka_unit_test(test_node_terms),
        cmocka_unit_test(test_selector_and_terms_both_hold),
        cmocka_unit_test(test_names_narrow_the_list),
        cmocka_unit_test(test_host_ports),
        cmocka_unit_test(test_each_resource),
        cmocka_unit_test(test_pods_are_counted),
        cmocka_unit_test(test_zero_request_on_a_crowded_node),
        cmocka_unit_test(test_finished_pods_use_nothing_and_leaving_ones_do),
        cmocka_unit_test(test_sidecars_add_up_since_1_28),
        cmocka_unit_test(test_volume_is_elsewhere),
        cmocka_unit_test(test_claims_that_fail_everywhere),
        cmocka_unit_test(test_claims_that_wait_for_the_node),
        cmocka_unit_test(test_a_free_volume_serves_a_waiting_claim),
        cmocka_unit_test(test_volume_limits),
        cmocka_unit_test(test_slow_detach_takes_a_slot_since_1_32),
        cmocka_unit_test(test_in_tree_ebs_limit_of_1_20),
        cmocka_unit_test(test_read_write_once_pod),
        cmocka_unit_test(test_spread_skew),
        cmocka_unit_test(test_spread_words),
        cmocka_unit_test(test_spread_ignores_leaving_pods_and_other_namespaces),
        cmocka_unit_test(test_spread_counts_cordoned_nodes),
        cmocka_unit_test(test_spread_min_domains_since_1_25),
        cmocka_unit_test(test_spread_looks_at_the_pods_own_nodes),
        cmocka_unit_test(test_affinity),
        cmocka_unit_test(test_affinity_wants_the_key),
        cmocka_unit_test(test_anti_affinity_both_ways),
        cmocka_unit_test(test_words_of_1_21_and_1_22),
        cmocka_unit_test(test_leaving_pods_still_keep_others_away),
        cmocka_unit_test(test_namespaces_of_terms),
        cmocka_unit_test(test_summary_line),
        cmocka_unit_test(test_no_nodes),
        cmocka_unit_test(test_preemption_that_may_not_or_does_not_help),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
