#include "world/instance.h"

#include "base/cleanup.h"

#include "unit.h"

#define MIB ((int64_t)1 << 20)
#define KIB ((int64_t)1 << 10)

static const struct instance_type *type(const char *name)
{
    const struct instance_type *t = instance_find(sv_of(name));
    assert_non_null(t);
    assert_string_equal(t->name, name);
    return t;
}

static void table_is_sorted_and_sound(void **state)
{
    assert_true(table_instance_types_len > 700);
    for (size_t i = 0; i < table_instance_types_len; i++) {
        const struct instance_type *t = &table_instance_types[i];
        if (i)
            assert_true(sv_cmp(sv_of(t[-1].name), sv_of(t->name)) < 0);
        assert_true(t->vcpu > 0 && t->memory_mib > t->overhead_mib * 4);
        assert_true(t->enis > 0 && t->ipv4_per_eni > 1);
        assert_true(t->usd_micros_hour > 0 && t->ebs_limit > 0);
        assert_true(!t->accelerators == (t->accelerator == INSTANCE_NO_ACCELERATOR));
        assert_true(t->nitro || t->ebs_rule == INSTANCE_EBS_FIXED);
        assert_ptr_equal(instance_find(sv_of(t->name)), t);
    }
}

static void families_of_eks_are_there(void **state)
{
    static const char *const families[] = {
        "t3",  "t3a", "t4g", "m5",  "m5a", "m5d", "m5n", "m6i", "m6a",  "m6g", "m7i", "m7g", "m7a",
        "c5",  "c5d", "c5n", "c6i", "c6g", "c6a", "c7i", "c7g", "r5",   "r5d", "r6i", "r6g", "r7i",
        "r7g", "i3",  "i4i", "m8g", "c7a", "r7a", "r6a", "r8g", "x2gd", "r5a", "c6id"};
    for (size_t i = 0; i < ARRAY_LEN(families); i++) {
        char name[32];
        snprintf(name, sizeof name, "%s.2xlarge", families[i]);
        assert_int_equal(type(name)->vcpu, 8);
    }
    type("g4dn.12xlarge");
    type("g5.48xlarge");
    type("p3.16xlarge");
    type("x2iedn.32xlarge");
    assert_null(instance_find(SV("m5.huge")));
    assert_null(instance_find(SV_NONE));
}

/* Figures of the EKS images' lists and of the user guide. */
static void pods(void **state)
{
    static const struct {
        const char *name;
        uint32_t eni, managed, prefix, prefix_managed;
    } rows[] = {
        {"t3.nano", 4, 4, 34, 34},
        {"t3.medium", 17, 17, 242, 110},
        {"m5.large", 29, 29, 434, 110},
        {"m5.xlarge", 58, 58, 898, 110},
        {"m5.4xlarge", 234, 110, 3714, 110},
        {"m5.8xlarge", 234, 234, 3714, 250},
        {"m5.24xlarge", 737, 250, 11762, 250},
        {"c6in.32xlarge", 394, 250, 6274, 250},
        {"m7g.medium", 8, 8, 98, 98},
        {"i3.large", 29, 29, 29, 29},
        {"g4dn.xlarge", 29, 29, 434, 110},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        const struct instance_type *t = type(rows[i].name);
        assert_int_equal(instance_max_pods(t, INSTANCE_PODS_ENI), rows[i].eni);
        assert_int_equal(instance_max_pods(t, INSTANCE_PODS_MANAGED), rows[i].managed);
        assert_int_equal(instance_max_pods(t, INSTANCE_PODS_PREFIX), rows[i].prefix);
        assert_int_equal(instance_max_pods(t, INSTANCE_PODS_PREFIX_MANAGED),
                         rows[i].prefix_managed);
        assert_int_equal(instance_max_pods(t, INSTANCE_PODS_SET), 0);
    }
}

static void reservations(void **state)
{
    static const struct {
        uint32_t vcpu;
        int64_t cpu;
    } rows[] = {{1, 60}, {2, 70}, {3, 75}, {4, 80}, {8, 90}, {16, 110}, {48, 190}, {96, 310}};
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        assert_int_equal(instance_reserved_cpu(rows[i].vcpu), rows[i].cpu);
    assert_int_equal(instance_reserved_memory(29), 574 * MIB);
    assert_int_equal(instance_reserved_memory(100), 1355 * MIB);
}

/* An m5.large as EKS users see it: 1930m and some 7 GiB. */
static void allocatable_of_a_node(void **state)
{
    const struct instance_type *t = type("m5.large");
    struct instance_kubelet k = {0};
    struct instance_amounts capacity, rest;
    instance_capacity(t, &k, 80 * 1024 * MIB, &capacity);
    assert_int_equal(capacity.cpu, 2000);
    assert_int_equal(capacity.memory, (8192 - 559) * MIB);
    assert_int_equal(capacity.pods, 29);
    instance_allocatable(t, &k, &capacity, &rest);
    assert_int_equal(rest.cpu, 1930);
    assert_int_equal(rest.memory, (8192 - 559 - 574 - 100) * MIB);
    assert_int_equal(rest.ephemeral, 71 * 1024 * MIB);
    assert_int_equal(rest.pods, 29);

    k = (struct instance_kubelet){.cpu_set = true, .cpu = 9000, .memory_set = true};
    instance_allocatable(t, &k, &capacity, &rest);
    assert_int_equal(rest.cpu, 0);
    assert_int_equal(rest.memory, capacity.memory - 100 * MIB);
}

static void unmeasured_overhead_is_estimated(void **state)
{
    struct instance_kubelet k = {0};
    struct instance_amounts capacity;
    instance_capacity(type("m7i.xlarge"), &k, 0, &capacity);
    assert_int_equal(capacity.memory / MIB, 16384 - 160 - 639);
    assert_int_equal(capacity.ephemeral, 20 * 1024 * MIB);
    /* The estimate is a little more than what was measured on types with measurements. */
    for (size_t i = 0; i < table_instance_types_len; i++) {
        struct instance_type t = table_instance_types[i];
        if (!t.overhead_mib || t.memory_mib < 4096)
            continue;
        struct instance_amounts measured, estimated;
        instance_capacity(&t, &k, 0, &measured);
        t.overhead_mib = 0;
        instance_capacity(&t, &k, 0, &estimated);
        assert_true(estimated.memory - measured.memory <= t.memory_mib * MIB * 3 / 100);
        assert_true(measured.memory - estimated.memory <= t.memory_mib * MIB * 6 / 100);
    }
}

static struct instance_kubelet set_up(const char *name, int64_t memory_kib, int64_t less_kib,
                                      int64_t cpu_less, uint32_t max_pods)
{
    const struct instance_type *t = type(name);
    struct instance_amounts capacity = {
        .cpu = (int64_t)t->vcpu * 1000, .memory = memory_kib * KIB, .pods = max_pods};
    struct instance_amounts rest = capacity;
    rest.memory -= less_kib * KIB;
    rest.cpu -= cpu_less;
    return instance_kubelet_of(t, &capacity, &rest);
}

static void set_up_is_read_from_a_node(void **state)
{
    struct instance_kubelet k = set_up("m5.xlarge", 15950552, (255 + 11 * 58 + 100) * 1024, 80, 58);
    assert_int_equal(k.pods_rule, INSTANCE_PODS_MANAGED);
    assert_false(k.cpu_set || k.memory_set || k.reserve_by_eni);

    k = set_up("m5.4xlarge", 64000000, (255 + 11 * 234 + 100) * 1024, 110, 110);
    assert_int_equal(k.pods_rule, INSTANCE_PODS_MANAGED);
    assert_true(k.reserve_by_eni);

    k = set_up("m5.4xlarge", 64000000, (255 + 11 * 234 + 100) * 1024, 110, 234);
    assert_int_equal(k.pods_rule, INSTANCE_PODS_ENI);
    assert_false(k.reserve_by_eni);

    k = set_up("m5.xlarge", 15950552, (255 + 11 * 110 + 100) * 1024, 80, 110);
    assert_int_equal(k.pods_rule, INSTANCE_PODS_PREFIX_MANAGED);
    assert_false(k.memory_set);

    k = set_up("m5.xlarge", 15950552, 2000 * 1024, 250, 75);
    assert_int_equal(k.pods_rule, INSTANCE_PODS_SET);
    assert_int_equal(k.max_pods, 75);
    assert_true(k.cpu_set && k.memory_set);
    assert_int_equal(k.cpu, 250);
    assert_int_equal(k.memory, 1900 * MIB);
}

/* What is read from a node gives that node again. */
static void set_up_round_trip(void **state)
{
    static const uint32_t chosen[] = {1, 20, 29, 58, 110, 234, 250, 500};
    for (size_t i = 0; i < table_instance_types_len; i++)
        for (size_t j = 0; j < ARRAY_LEN(chosen); j++) {
            const struct instance_type *t = &table_instance_types[i];
            struct instance_kubelet k = {.pods_rule = INSTANCE_PODS_SET,
                                         .max_pods = chosen[j],
                                         .reserve_by_eni = j % 2 == 0,
                                         .cpu_set = j % 3 == 0,
                                         .cpu = 123};
            struct instance_amounts capacity, rest, again;
            instance_capacity(t, &k, 0, &capacity);
            instance_allocatable(t, &k, &capacity, &rest);
            struct instance_kubelet read = instance_kubelet_of(t, &capacity, &rest);
            instance_allocatable(t, &read, &capacity, &again);
            assert_int_equal(again.pods, rest.pods);
            assert_int_equal(again.cpu, rest.cpu);
            if (rest.memory)
                assert_int_equal(again.memory, rest.memory);
        }
}

static void addresses(void **state)
{
    static const struct {
        const char *name;
        uint32_t pods;
        bool prefixes;
        uint32_t enis, ips;
    } rows[] = {
        {"m5.8xlarge", 10, false, 2, 60}, /* the case of the CNI's issues */
        {"m5.8xlarge", 0, false, 1, 30},  {"m5.8xlarge", 29, false, 2, 60},
        {"m5.8xlarge", 30, false, 3, 90}, {"m5.8xlarge", 232, false, 8, 240},
        {"m5.large", 10, false, 3, 30},   {"m5.large", 27, false, 3, 30},
        {"m5.large", 0, true, 1, 17},     {"m5.large", 10, true, 1, 33},
        {"m5.large", 110, true, 1, 129},  {"m5.large", 135, true, 2, 162},
        {"i3.large", 5, true, 2, 20},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        const struct instance_type *t = type(rows[i].name);
        assert_int_equal(instance_enis_held(t, rows[i].pods, rows[i].prefixes), rows[i].enis);
        assert_int_equal(instance_ips_held(t, rows[i].pods, rows[i].prefixes), rows[i].ips);
    }
}

static void volumes(void **state)
{
    static const struct {
        const char *name;
        uint32_t enis, devices, volumes;
    } rows[] = {
        {"m5.large", 3, 1, 24},     {"m5.large", 1, 1, 26},        {"m5.large", 0, 0, 26},
        {"m5.large", 3, 2, 23},     {"m7i.8xlarge", 8, 1, 31},     {"m7i.48xlarge", 15, 1, 127},
        {"c5d.24xlarge", 1, 1, 22}, {"m4.large", 2, 1, 38},        {"d3.8xlarge", 3, 1, 1},
        {"g5.48xlarge", 1, 1, 8},   {"r7iz.metal-16xl", 1, 1, 38}, {"m5.metal", 1, 1, 30},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        assert_int_equal(instance_ebs_volumes(type(rows[i].name), rows[i].enis, rows[i].devices),
                         rows[i].volumes);
    assert_int_equal(instance_ebs_in_tree(SV("m5.large")), 25);
    assert_int_equal(instance_ebs_in_tree(SV("c5d.18xlarge")), 25);
    assert_int_equal(instance_ebs_in_tree(SV("t3a.large")), 25);
    assert_int_equal(instance_ebs_in_tree(SV("z1d.large")), 25);
    assert_int_equal(instance_ebs_in_tree(SV("m6i.large")), 39);
    assert_int_equal(instance_ebs_in_tree(SV("i3.large")), 39);
    assert_int_equal(instance_ebs_in_tree(SV("m")), 39);
    assert_int_equal(instance_ebs_in_tree(SV_NONE), 39);
}

static void prices(void **state)
{
    assert_int_equal(type("m5.xlarge")->usd_micros_hour, 192000);
    assert_int_equal(type("c7g.medium")->usd_micros_hour, 36300);
    assert_int_equal(type("r7gd.12xlarge")->usd_micros_hour, 3265900);
    assert_int_equal(type("p4d.24xlarge")->usd_micros_hour, 21957642);
}

static void aws_knows_better(void **state)
{
    struct cloud_instance_type said[] = {
        {.name = "m9x.large", .vcpus = 2, .enis = 3, .ips_per_eni = 20, .memory_mib = 8192},
        {.name = "m5.large", .vcpus = 2, .enis = 4, .ips_per_eni = 10, .memory_mib = 8000},
    };
    struct cloud cloud = {0};
    cloud.instance_types.items = said;
    cloud.instance_types.len = ARRAY_LEN(said);
    struct instance_type t;
    assert_true(instance_lookup(&cloud, SV("m9x.large"), &t));
    assert_string_equal(t.name, "m9x.large");
    assert_int_equal(instance_max_pods(&t, INSTANCE_PODS_ENI), 59);
    assert_int_equal(t.usd_micros_hour, 0);
    assert_true(instance_lookup(&cloud, SV("m5.large"), &t));
    assert_int_equal(instance_max_pods(&t, INSTANCE_PODS_ENI), 38);
    assert_int_equal(t.memory_mib, 8000);
    assert_int_equal(t.usd_micros_hour, 96000);
    assert_true(instance_lookup(NULL, SV("m5.large"), &t));
    assert_int_equal(t.memory_mib, 8192);
    assert_false(instance_lookup(&cloud, SV("q1.large"), &t));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(table_is_sorted_and_sound),
        cmocka_unit_test(families_of_eks_are_there),
        cmocka_unit_test(pods),
        cmocka_unit_test(reservations),
        cmocka_unit_test(allocatable_of_a_node),
        cmocka_unit_test(unmeasured_overhead_is_estimated),
        cmocka_unit_test(set_up_is_read_from_a_node),
        cmocka_unit_test(set_up_round_trip),
        cmocka_unit_test(addresses),
        cmocka_unit_test(volumes),
        cmocka_unit_test(prices),
        cmocka_unit_test(aws_knows_better),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
