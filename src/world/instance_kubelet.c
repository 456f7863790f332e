#include "world/instance.h"

#define MIB ((int64_t)1 << 20)
#define GIB ((int64_t)1 << 30)

/* Values of the EKS images. */
#define RESERVED_BASE (255 * MIB)
#define RESERVED_PER_POD (11 * MIB)
#define EVICTION_MEMORY (100 * MIB)
#define RESERVED_DISK GIB
#define DISK_DEFAULT (20 * GIB)

int64_t instance_reserved_memory(uint32_t pods)
{
    return RESERVED_BASE + RESERVED_PER_POD * pods;
}

int64_t instance_reserved_cpu(uint32_t vcpu)
{
    static const struct {
        uint32_t from, to;
        int64_t per_vcpu; /* hundredths of a thousandth */
    } steps[] = {{0, 1, 6000}, {1, 2, 1000}, {2, 4, 500}, {4, UINT32_MAX, 250}};
    int64_t sum = 0;
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++)
        if (vcpu > steps[i].from) {
            uint32_t to = vcpu < steps[i].to ? vcpu : steps[i].to;
            sum += (int64_t)(to - steps[i].from) * steps[i].per_vcpu;
        }
    return sum / 100;
}

static uint32_t pods_of(const struct instance_type *t, const struct instance_kubelet *k)
{
    return k->pods_rule == INSTANCE_PODS_SET ? k->max_pods : instance_max_pods(t, k->pods_rule);
}

void instance_capacity(const struct instance_type *t, const struct instance_kubelet *k,
                       int64_t disk_bytes, struct instance_amounts *out)
{
    int64_t memory = (int64_t)t->memory_mib * MIB;
    int64_t overhead =
        t->overhead_mib ? (int64_t)t->overhead_mib * MIB : 160 * MIB + memory / 1000 * 39;
    *out = (struct instance_amounts){
        .cpu = (int64_t)t->vcpu * 1000,
        .memory = memory > overhead ? memory - overhead : 0,
        .ephemeral = disk_bytes > 0 ? disk_bytes : DISK_DEFAULT,
        .pods = pods_of(t, k),
    };
}

static int64_t rest(int64_t all, int64_t taken)
{
    return all > taken ? all - taken : 0;
}

void instance_allocatable(const struct instance_type *t, const struct instance_kubelet *k,
                          const struct instance_amounts *capacity, struct instance_amounts *out)
{
    uint32_t pods = k->reserve_by_eni ? instance_max_pods(t, INSTANCE_PODS_ENI) : pods_of(t, k);
    int64_t cpu = k->cpu_set ? k->cpu : instance_reserved_cpu(t->vcpu);
    int64_t memory = k->memory_set ? k->memory : instance_reserved_memory(pods);
    int64_t eviction = k->eviction ? k->eviction : EVICTION_MEMORY;
    *out = (struct instance_amounts){
        .cpu = rest(capacity->cpu, cpu),
        .memory = rest(capacity->memory, memory + eviction),
        .ephemeral = rest(capacity->ephemeral, RESERVED_DISK + capacity->ephemeral / 10),
        .pods = capacity->pods,
    };
}

static enum instance_pods_rule rule_of(const struct instance_type *t, uint32_t pods)
{
    for (enum instance_pods_rule rule = 0; rule < INSTANCE_PODS_SET; rule++)
        if (instance_max_pods(t, rule) == pods)
            return rule;
    return INSTANCE_PODS_SET;
}

struct instance_kubelet instance_kubelet_of(const struct instance_type *t,
                                            const struct instance_amounts *capacity,
                                            const struct instance_amounts *allocatable)
{
    struct instance_kubelet k = {.pods_rule = rule_of(t, capacity->pods)};
    if (k.pods_rule == INSTANCE_PODS_SET)
        k.max_pods = capacity->pods;

    int64_t cpu = capacity->cpu - allocatable->cpu;
    if (cpu != instance_reserved_cpu(t->vcpu)) {
        k.cpu_set = true;
        k.cpu = cpu > 0 ? cpu : 0;
    }
    int64_t memory = rest(capacity->memory - allocatable->memory, EVICTION_MEMORY);
    if (memory == instance_reserved_memory(capacity->pods))
        return k;
    if (memory == instance_reserved_memory(instance_max_pods(t, INSTANCE_PODS_ENI))) {
        k.reserve_by_eni = true;
        return k;
    }
    k.memory_set = true;
    k.memory = memory;
    return k;
}
