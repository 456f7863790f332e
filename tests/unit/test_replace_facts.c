/* What was gathered, put together for the judgement; and the last looks before a group is deleted.
 */
#include "ops/replace/empty.h"
#include "ops/replace/facts.h"

#include "unit.h"
#include "world_build.h"

/* ---- empty ---- */

struct yard {
    struct world w;
    uint32_t node, class, proxy;
};

static void yard_init(struct yard *y)
{
    *y = (struct yard){0};
    build_world(&y->w, 31);
    y->node = build_node(&y->w, &(struct build_node){.name = "n1", .type = "m5.large"});
    y->w.nodes.items[y->node].group = build_text(&y->w, "web");
    y->w.nodes.items[y->node].provider_id = build_text(&y->w, "aws:///eu-west-1a/i-0abc");
    y->class = build_class(&y->w, &(struct build_class){.labels = "a=b"});
    y->proxy = build_workload(&y->w, WORKLOAD_DAEMONSET, "kube-system", "kube-proxy", "a=b");
}

static uint32_t pod_on(struct yard *y, const char *name)
{
    uint32_t p = build_pod(&y->w, y->class, y->node);
    y->w.pods.items[p].name = build_text(&y->w, name);
    return p;
}

static void what_belongs_to_a_node_leaves_it_empty(void **state)
{
    struct yard y;
    _cleanup_str_ struct str words = {0};
    yard_init(&y);
    assert_true(replace_empty(&y.w, "web", &words));
    assert_true(replace_empty(&y.w, "unheard-of", &words));
    uint32_t proxy = pod_on(&y, "proxy"), fixed = pod_on(&y, "static"), ended = pod_on(&y, "ended");
    y.w.pods.items[proxy].owner = y.proxy;
    y.w.pods.items[fixed].mirror = true;
    y.w.pods.items[ended].phase = POD_SUCCEEDED;
    assert_true(replace_empty(&y.w, "web", &words));
    assert_int_equal(words.len, 0);
    world_release(&y.w);
}

static void each_pod_that_could_move_is_told(void **state)
{
    struct yard y;
    _cleanup_str_ struct str words = {0};
    yard_init(&y);
    pod_on(&y, "one");
    assert_false(replace_empty(&y.w, "web", &words));
    assert_string_equal(str_c(&words), "shop/one on n1");
    for (int i = 0; i < 4; i++)
        pod_on(&y, "more");
    str_reset(&words);
    assert_false(replace_empty(&y.w, "web", &words));
    assert_true(sv_ends(str_sv(&words), " and 2 more pods"));
    world_release(&y.w);
}

static void a_machines_own_disk_is_no_volume(void **state)
{
    struct ec2_attachment disk = {
        .instance = "i-1", .state = "attached", .delete_on_termination = SHAPE_YES};
    struct ec2_attachment claim = {
        .instance = "i-1", .state = "detaching", .delete_on_termination = SHAPE_NO};
    struct ec2_volume items[2] = {{.id = "vol-root"}, {.id = "vol-db"}};
    struct ec2_volumes volumes = {0};
    _cleanup_str_ struct str words = {0};
    items[0].attachments.items = &disk;
    items[1].attachments.items = &claim;
    items[0].attachments.count = items[1].attachments.count = 1;
    volumes.items.items = items;
    volumes.items.count = 2;
    assert_false(replace_detached(&volumes, &words));
    assert_string_equal(str_c(&words), "vol-db is detaching to i-1");
    claim.state = "detached";
    str_reset(&words);
    assert_true(replace_detached(&volumes, &words));
    assert_int_equal(words.len, 0);
}

/* ---- facts ---- */

struct desk {
    struct yard yard;
    struct replace_gathered g;
    struct replace_group groups[2];
    struct eks_nodegroup green;
    struct ec2_subnet subnet;
    struct ec2_subnets subnets;
    struct arena arena;
};

static void desk_init(struct desk *d)
{
    static const char *const names[] = {"web", "db", NULL};
    static const char *types[] = {"m5.large", "m5.xlarge"}, *ids[] = {"subnet-a"};
    *d = (struct desk){0};
    yard_init(&d->yard);
    d->subnet =
        (struct ec2_subnet){.id = "subnet-a", .zone = "eu-west-1a", .free_ips = shape_int(90)};
    d->subnets.items.items = &d->subnet;
    d->subnets.items.count = 1;
    d->green = (struct eks_nodegroup){.name = "web-green", .subnets = {.items = ids, .count = 1}};
    d->green.scaling.desired = shape_int(2);
    for (int i = 0; i < 2; i++)
        d->groups[i] = (struct replace_group){
            .name = names[i], .types = {.items = types, .count = 2}, .subnets = &d->subnets};
    d->g.names = names;
    d->g.groups = d->groups;
    d->g.group_count = 2;
    d->g.vcpus_allowed[REPLACE_ON_DEMAND] = d->g.vcpus_allowed[REPLACE_SPOT] =
        (struct shape_number){true, 100};
    d->g.vcpus_used[REPLACE_ON_DEMAND] = (struct shape_number){true, 40};
}

static void desk_release(struct desk *d)
{
    arena_release(&d->arena);
    world_release(&d->yard.w);
}

static void the_largest_of_several_types_decides(void **state)
{
    struct desk d;
    struct facts_taken taken = {0};
    struct replace_facts f;
    desk_init(&d);
    pod_on(&d.yard, "one");
    pod_on(&d.yard, "two");
    pod_on(&d.yard, "three");
    facts_of_group(&d.g, 0, &d.green, &d.yard.w, &taken, &d.arena, &f);
    assert_string_equal(f.room.type.name, "m5.xlarge");
    assert_int_equal(f.room.wanted, 2);
    assert_int_equal(f.room.pods_per_node, 2);
    assert_int_equal(f.groups_now, 2);
    assert_int_equal(f.groups_more, 2);
    assert_true(f.room.vcpus_used.set && f.room.vcpus_used.n == 40);
    d.green.capacity_type = "SPOT";
    facts_of_group(&d.g, 0, &d.green, &d.yard.w, &taken, &d.arena, &f);
    assert_false(f.room.vcpus_used.set);
    desk_release(&d);
}

static void what_one_group_takes_the_next_has_not(void **state)
{
    struct desk d;
    struct facts_taken taken = {0};
    struct replace_facts f;
    struct fit fit;
    desk_init(&d);
    pod_on(&d.yard, "one");
    facts_of_group(&d.g, 0, &d.green, &d.yard.w, &taken, &d.arena, &f);
    fit_compute(&f.room, &fit);
    facts_take(&taken, &f, &fit);
    facts_of_group(&d.g, 1, &d.green, &d.yard.w, &taken, &d.arena, &f);
    assert_true(f.room.vcpus_used.n == 48); /* two of m5.xlarge */
    assert_int_equal(f.room.known->items.items[0].free_ips.n, 90 - 2 * (int64_t)fit.ips_per_node);
    assert_int_equal(d.subnet.free_ips.n, 90);
    desk_release(&d);
}

/* Replaced as a whole before the next one: its old nodes have ended by then. */
static void what_a_group_gives_back_the_next_one_has(void **state)
{
    struct desk d;
    struct facts_taken taken = {0};
    struct replace_facts f;
    struct fit fit;
    desk_init(&d);
    d.groups[0].blue.name = "web";
    d.yard.w.nodes.items[d.yard.node].zone = build_text(&d.yard.w, "eu-west-1a");
    pod_on(&d.yard, "one");
    facts_of_group(&d.g, 0, &d.green, &d.yard.w, &taken, &d.arena, &f);
    assert_true(f.room.freed.set && f.room.freed.n < 2);
    fit_compute(&f.room, &fit);
    facts_exchange(&taken, &f, &fit, NULL);
    facts_of_group(&d.g, 1, &d.green, &d.yard.w, &taken, &d.arena, &f);
    assert_true(f.room.vcpus_used.n == 46); /* two of m5.xlarge for one of m5.large */
    assert_in_range(f.room.known->items.items[0].free_ips.n, 90 - 2 * (int64_t)fit.ips_per_node + 1,
                    90 - fit.ips_per_node);
    desk_release(&d);
}

/* ---- one cluster or two ---- */

static void check(struct desk *d, const char *server, bool other)
{
    _cleanup_preflight_ struct preflight p = {0};
    facts_check_cluster(&d->g, &d->yard.w, server, &p);
    assert_int_equal(p.items.len, other);
    if (!other)
        return;
    assert_string_equal(p.items.items[0].id, "other-cluster");
    assert_true(p.items.items[0].blocks);
}

static void a_cluster_is_known_by_its_machines_or_address(void **state)
{
    struct asg_instance machine = {.id = "i-0abc"};
    struct asg_group group = {.name = "eks-web"};
    struct asg_groups scaling = {0};
    struct desk d;
    desk_init(&d);
    d.g.cluster.endpoint = "https://ABC.gr7.eu-west-1.eks.amazonaws.com";
    check(&d, "https://abc.gr7.eu-west-1.eks.amazonaws.com:443/", false);
    check(&d, "https://127.0.0.1:8443", true);
    group.instances.items = &machine;
    group.instances.count = 1;
    scaling.items.items = &group;
    scaling.items.count = 1;
    d.groups[1].scaling = &scaling;
    check(&d, "https://127.0.0.1:8443", false);
    machine.id = "i-0ab"; /* the end of an id is not the id */
    check(&d, "https://127.0.0.1:8443", true);
    machine.id = "0abc";
    check(&d, "https://127.0.0.1:8443", true);
    desk_release(&d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_belongs_to_a_node_leaves_it_empty),
        cmocka_unit_test(each_pod_that_could_move_is_told),
        cmocka_unit_test(a_machines_own_disk_is_no_volume),
        cmocka_unit_test(the_largest_of_several_types_decides),
        cmocka_unit_test(what_one_group_takes_the_next_has_not),
        cmocka_unit_test(what_a_group_gives_back_the_next_one_has),
        cmocka_unit_test(a_cluster_is_known_by_its_machines_or_address),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
