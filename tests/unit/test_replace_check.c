/* What stands against a replacement on AWS's side, and how much fits beside the old nodes. */
#include "ops/replace/check.h"
#include "world/world.h"

#include <string.h>

#include "unit.h"
#include "world_build.h"

static const char *subnet_ids[] = {"subnet-a", "subnet-b", "subnet-c", "subnet-a2"};
static struct ec2_subnet subnet_items[4];
static struct ec2_subnets subnets;

static struct fit_room room_of(const int64_t free[4], uint32_t wanted)
{
    static const char *const zones[] = {"z-a", "z-b", "z-c", "z-a"};
    static const struct shape_texts ids = {subnet_ids, 4, 4};
    struct fit_room r = {.wanted = wanted, .pods_per_node = 20, .subnets = &ids, .known = &subnets};
    for (size_t i = 0; i < 4; i++)
        subnet_items[i] = (struct ec2_subnet){.id = subnet_ids[i],
                                              .zone = zones[i],
                                              .free_ips = free[i] < 0 ? (struct shape_int){0}
                                                                      : shape_int(free[i])};
    subnets.items.items = subnet_items;
    subnets.items.count = subnets.items.cap = 4;
    r.type = *instance_find(SV("m5.xlarge"));
    return r;
}

static void a_double_fits(void **state)
{
    struct fit f;
    struct fit_room r = room_of((int64_t[]){200, 300, 300, 100}, 12);
    r.vcpus_allowed = (struct shape_number){true, 100};
    r.vcpus_used = (struct shape_number){true, 52};
    r.nodes_allowed = (struct shape_number){true, 450};
    fit_compute(&r, &f);
    assert_int_equal(f.limit, FIT_ALL);
    assert_int_equal(f.at_once, 12);
    assert_int_equal(f.rounds, 1);
    assert_int_equal(f.zone_count, 3);
    assert_int_equal(f.zones[0].free, 300);
    assert_int_equal(f.zones[0].nodes, 4);
    assert_int_equal(f.ips_per_node, instance_ips_held(&r.type, 20, false));
}

/* The poorest zone decides, since nodes are spread evenly. */
static void the_poorest_zone_decides(void **state)
{
    struct fit f;
    int64_t ips = instance_ips_held(instance_find(SV("m5.xlarge")), 20, false);
    struct fit_room r = room_of((int64_t[]){9999, 2 * ips + ips - 1, 9999, 0}, 12);
    fit_compute(&r, &f);
    assert_int_equal(f.limit, FIT_ADDRESSES);
    assert_string_equal(f.short_zone, "z-b");
    assert_int_equal(f.at_once, 6);
    assert_int_equal(f.rounds, 2);
    r.freed = (struct shape_number){true, 5}; /* 11 in the end */
    fit_compute(&r, &f);
    assert_int_equal(f.at_once, 6);
    assert_int_equal(f.rounds, 0);
    assert_false(replace_is_divided(&f));
    r.freed.n = 6;
    fit_compute(&r, &f);
    assert_true(replace_is_divided(&f));
    r = room_of((int64_t[]){9999, 0, 9999, 0}, 12);
    fit_compute(&r, &f);
    assert_int_equal(f.at_once, 0);
    assert_int_equal(f.rounds, 0);
    r = room_of((int64_t[]){9999, -1, 9999, 0}, 12);
    fit_compute(&r, &f);
    assert_int_equal(f.limit, FIT_ALL); /* what is not known limits nothing */
}

static void prefixes_take_more(void **state)
{
    struct fit plain, prefixed;
    struct fit_room r = room_of((int64_t[]){999, 999, 999, 0}, 3);
    r.pods_per_node = 1;
    fit_compute(&r, &plain);
    r.prefixes = true;
    fit_compute(&r, &prefixed);
    assert_true(prefixed.ips_per_node > plain.ips_per_node);
    r.prefixes = false;
    r.pods_per_node = 0; /* as many as the type takes */
    fit_compute(&r, &plain);
    assert_int_equal(
        plain.ips_per_node,
        instance_ips_held(&r.type, instance_max_pods(&r.type, INSTANCE_PODS_MANAGED), false));
}

static void quotas_limit(void **state)
{
    struct fit f;
    struct fit_room r = room_of((int64_t[]){999, 999, 999, 999}, 10);
    r.vcpus_allowed = (struct shape_number){true, 64};
    r.vcpus_used = (struct shape_number){true, 50};
    fit_compute(&r, &f);
    assert_int_equal(f.limit, FIT_VCPUS);
    assert_int_equal(f.at_once, 3);
    assert_int_equal(f.rounds, 4);
    r.vcpus_used.n = 70; /* more than is allowed, after a quota was lowered */
    fit_compute(&r, &f);
    assert_int_equal(f.at_once, 0);
    r.vcpus_used.set = false;
    r.nodes_allowed = (struct shape_number){true, 4};
    fit_compute(&r, &f);
    assert_int_equal(f.limit, FIT_NODES);
    assert_int_equal(f.at_once, 4);
}

static void families_count_apart(void **state)
{
    assert_true(fit_is_standard("m5.large"));
    assert_true(fit_is_standard("t4g.small"));
    assert_true(fit_is_standard("i3en.large"));
    assert_false(fit_is_standard("inf2.xlarge"));
    assert_false(fit_is_standard("trn1.2xlarge"));
    assert_false(fit_is_standard("dl1.24xlarge"));
    assert_false(fit_is_standard("hpc7a.96xlarge"));
    assert_false(fit_is_standard("g5.xlarge"));
    assert_false(fit_is_standard("p4d.24xlarge"));
    assert_false(fit_is_standard(""));
}

/* Any number that fits in fewer rounds than said would be wrong, and so would any that does not. */
static void never_more_than_fits(void **state)
{
    uint64_t seed = 11;
    for (int n = 0; n < 2000; n++) {
        int64_t free[4];
        struct fit f;
        for (int i = 0; i < 4; i++) {
            seed = seed * 6364136223846793005u + 1442695040888963407u;
            free[i] = (int64_t)(seed >> 33) % 400;
        }
        struct fit_room r = room_of(free, (uint32_t)(seed >> 50) % 40);
        fit_compute(&r, &f);
        int64_t each = f.zone_count ? (f.at_once + f.zone_count - 1) / f.zone_count : 0;
        int64_t more = (f.at_once + f.zone_count) / f.zone_count;
        bool fits = true;
        for (uint32_t i = 0; i < f.zone_count; i++) {
            assert_true(each * f.ips_per_node <= f.zones[i].free);
            fits = fits && more * f.ips_per_node <= f.zones[i].free;
        }
        assert_true(f.at_once == f.wanted || !fits);
        assert_true(!f.at_once || f.rounds * f.at_once >= f.wanted);
    }
}

/* ---- findings ---- */

struct scene {
    struct eks_nodegroup blue, green;
    struct asg_refreshes refreshes;
    struct asg_groups scaling;
    struct eks_insights insights;
    struct ec2_offerings offerings;
    struct world w;
    struct preflight found;
    struct replace_facts facts;
};
static const char *two_types[] = {"m5.xlarge", "m6i.xlarge"};
static const char *two_subnets[] = {"s-a", "s-b"};
static struct eks_group_name scaling_group = {"eks-web"};

static void scene_init(struct scene *s)
{
    *s = (struct scene){.blue = {.name = "web", .status = "ACTIVE", .cluster = "prod"}};
    s->blue.autoscaling_groups.items = &scaling_group;
    s->blue.autoscaling_groups.count = 1;
    s->green.subnets = (struct shape_texts){two_subnets, 2, 2};
    s->green.instance_types = (struct shape_texts){two_types, 2, 2};
    build_world(&s->w, 31);
    s->facts = (struct replace_facts){
        .blue = &s->blue,
        .green = &s->green,
        .groups_now = 3,
        .groups_more = 1,
        .groups_allowed = {true, 30},
        .room = room_of((int64_t[]){999, 999, 999, 999}, 3),
        .scaling_groups = &s->scaling,
        .refreshes = &s->refreshes,
        .insights = &s->insights,
        .world = &s->w,
    };
    s->facts.room.vcpus_allowed = (struct shape_number){true, 1000};
    s->facts.room.vcpus_used = (struct shape_number){true, 0};
}

static void scene_release(struct scene *s)
{
    preflight_release(&s->found);
    world_release(&s->w);
}

static const struct preflight_item *find(const struct scene *s, const char *id)
{
    vec_foreach(i, &s->found.items)
        if (strcmp(i->id, id) == 0)
            return i;
    return NULL;
}

static void nothing_stands_against_it(void **state)
{
    _cleanup_(scene_release) struct scene s;
    struct fit fit;
    scene_init(&s);
    replace_check(&s.facts, &s.found, &fit);
    assert_int_equal(s.found.items.len, 0);
    assert_int_equal(fit.rounds, 1);
}

static void what_could_not_be_read_is_told(void **state)
{
    static const struct {
        const char *id, *run;
    } told[] = {
        {"refresh-unknown:web", "run aws autoscaling describe-instance-refreshes "
                                "--auto-scaling-group-name eks-web and see what it says; if it is "
                                "denied, allow autoscaling:DescribeInstanceRefreshes"},
        {"quota-groups-unknown:web",
         "run aws service-quotas get-service-quota --service-code eks --quota-code L-6D54EA21 and"},
        {"addresses-unknown:web", "run aws ec2 describe-subnets --subnet-ids s-a s-b and"},
        {"quota-vcpus-unknown:web",
         "run aws service-quotas get-service-quota --service-code ec2 --quota-code L-1216C47A and"},
        {"insights-unknown:web", "run aws eks list-insights --cluster-name prod and"},
    };
    _cleanup_(scene_release) struct scene s;
    scene_init(&s);
    s.facts = (struct replace_facts){.blue = &s.blue, .green = &s.green, .room = s.facts.room};
    s.facts.room.known = NULL;
    s.facts.room.vcpus_allowed.set = false;
    replace_check(&s.facts, &s.found, NULL);
    assert_int_equal(s.found.items.len, ARRAY_LEN(told));
    for (size_t i = 0; i < ARRAY_LEN(told); i++) {
        const struct preflight_item *item = find(&s, told[i].id);
        assert_non_null(item);
        assert_ptr_equal(strstr(item->fix, told[i].run), item->fix);
    }
    assert_int_equal(preflight_open(&s.found), 0);
}

static void what_is_in_use_is_another_question(void **state)
{
    _cleanup_(scene_release) struct scene s;
    scene_init(&s);
    s.facts.room.vcpus_used.set = false;
    replace_check(&s.facts, &s.found, NULL);
    assert_non_null(
        strstr(find(&s, "quota-vcpus-unknown:web")->fix, "allow ec2:DescribeInstances"));
    preflight_release(&s.found);
    s.found = (struct preflight){0};
    s.facts.room.type.name = "g5.xlarge";
    s.facts.room.vcpus_allowed.set = false;
    replace_check(&s.facts, &s.found, NULL);
    assert_non_null(strstr(find(&s, "quota-vcpus-unknown:web")->fix,
                           "aws service-quotas list-service-quotas --service-code ec2"));
}

static void other_hands_on_it_block(void **state)
{
    _cleanup_(scene_release) struct scene s;
    struct asg_refresh running[] = {{.id = "r1", .status = "Successful"},
                                    {.id = "r2", .status = "InProgress"}};
    struct asg_suspension stopped[] = {{.process = "AZRebalance"}, {.process = "Terminate"}};
    struct asg_group group = {.name = "eks-web"};
    struct eks_issue issue = {.code = "Ec2SubnetNotFound", .message = "gone"};
    scene_init(&s);
    s.blue.status = "DEGRADED";
    s.blue.health.issues.items = &issue;
    s.blue.health.issues.count = 1;
    s.refreshes.items.items = running;
    s.refreshes.items.count = 2;
    group.suspended.items = stopped;
    group.suspended.count = 2;
    s.scaling.items.items = &group;
    s.scaling.items.count = 1;
    s.facts.groups_now = 30;
    replace_check(&s.facts, &s.found, NULL);
    assert_string_equal(find(&s, "not-active:web")->text,
                        "it is DEGRADED, expected ACTIVE: Ec2SubnetNotFound: gone");
    assert_true(sv_has(sv_of(find(&s, "instance-refresh:web")->text), "r2"));
    assert_true(find(&s, "terminate-suspended:web")->blocks);
    assert_true(find(&s, "quota-groups:web")->blocks);
    assert_int_equal(preflight_open(&s.found), 4);
}

static void too_little_room_says_how_much_fits(void **state)
{
    _cleanup_(scene_release) struct scene s;
    scene_init(&s);
    s.facts.room.wanted = 12;
    s.facts.room.vcpus_allowed.n = 20;
    replace_check(&s.facts, &s.found, NULL);
    assert_string_equal(find(&s, "quota-vcpus:web")->text,
                        "AWS allows 20 vCPUs of this family, 0 are used, a node of m5.xlarge has "
                        "4: there is room for 5 of 12 new nodes at once, which takes 3 rounds");
    assert_true(find(&s, "quota-vcpus:web")->blocks);
    preflight_release(&s.found);
    s.found = (struct preflight){0};
    s.facts.may_divide = true;
    s.facts.at_once = 2;
    replace_check(&s.facts, &s.found, NULL);
    assert_true(sv_ends(sv_of(find(&s, "quota-vcpus:web")->text),
                        "room for 5 of 12 new nodes at once, and 2 are asked for"));
    assert_false(find(&s, "quota-vcpus:web")->blocks);
    preflight_release(&s.found);
    s.found = (struct preflight){0};
    s.facts.room = room_of((int64_t[]){999, 3, 999, 0}, 3);
    replace_check(&s.facts, &s.found, NULL);
    assert_true(sv_has(sv_of(find(&s, "addresses:web")->text), "in z-b have 3 free addresses"));
    assert_true(sv_ends(sv_of(find(&s, "addresses:web")->text), "room for none of 3 new nodes"));
}

static void types_must_be_offered_where_nodes_start(void **state)
{
    _cleanup_(scene_release) struct scene s;
    struct ec2_offering offers[] = {
        {"m5.xlarge", "z-a"}, {"m6i.xlarge", "z-a"}, {"m5.xlarge", "z-b"}};
    scene_init(&s);
    s.offerings.items.items = offers;
    s.offerings.items.count = 3;
    s.facts.offerings = &s.offerings;
    replace_check(&s.facts, &s.found, NULL);
    assert_int_equal(s.found.items.len, 2);
    assert_true(find(&s, "not-offered/z-c:web")->blocks);
    assert_false(find(&s, "not-offered/z-b:web")->blocks);
    assert_true(sv_starts(sv_of(find(&s, "not-offered/z-b:web")->text), "m6i.xlarge is not"));
}

static void who_scales_is_told(void **state)
{
    _cleanup_(scene_release) struct scene s;
    scene_init(&s);
    uint32_t u =
        build_workload(&s.w, WORKLOAD_DEPLOYMENT, "kube-system", "aws-cluster-autoscaler", "a=b");
    s.w.workloads.items[u].replicas = 0;
    assert_null(replace_autoscaler(&s.w)); /* scaled to 0 */
    s.w.workloads.items[u].replicas = 1;
    replace_check(&s.facts, &s.found, NULL);
    assert_false(find(&s, "cluster-autoscaler:web")->blocks);
}

static void insights_of_eks_are_shown(void **state)
{
    _cleanup_(scene_release) struct scene s;
    struct eks_insight list[] = {
        {.id = "i1", .name = "Deprecated APIs", .status = {"ERROR", "used 5 times"}},
        {.id = "i2", .name = "Fine", .status = {"PASSING", NULL}}};
    scene_init(&s);
    s.insights.insights.items = list;
    s.insights.insights.count = 2;
    replace_check(&s.facts, &s.found, NULL);
    assert_int_equal(s.found.items.len, 1);
    assert_string_equal(find(&s, "insight:i1")->text,
                        "EKS insight Deprecated APIs (ERROR): used 5 times");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_double_fits),
        cmocka_unit_test(the_poorest_zone_decides),
        cmocka_unit_test(prefixes_take_more),
        cmocka_unit_test(quotas_limit),
        cmocka_unit_test(families_count_apart),
        cmocka_unit_test(never_more_than_fits),
        cmocka_unit_test(nothing_stands_against_it),
        cmocka_unit_test(what_could_not_be_read_is_told),
        cmocka_unit_test(what_is_in_use_is_another_question),
        cmocka_unit_test(other_hands_on_it_block),
        cmocka_unit_test(too_little_room_says_how_much_fits),
        cmocka_unit_test(types_must_be_offered_where_nodes_start),
        cmocka_unit_test(who_scales_is_told),
        cmocka_unit_test(insights_of_eks_are_shown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
