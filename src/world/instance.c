#include "world/instance.h"

#include <stdlib.h>

#define PREFIX_ADDRESSES 16u
/* Pods of the host's network that every node runs: aws-node and kube-proxy. */
#define HOST_PODS 2u
/* More vCPUs, interfaces or addresses than this is a slip: what AWS says is then not believed. */
#define COUNT_MAX 10000u

static int by_name(const void *key, const void *item)
{
    const struct sv *name = key;
    const struct instance_type *type = item;
    return sv_cmp(*name, sv_of(type->name));
}

const struct instance_type *instance_find(struct sv name)
{
    return bsearch(&name, table_instance_types, table_instance_types_len,
                   sizeof *table_instance_types, by_name);
}

static const struct cloud_instance_type *described(const struct cloud *cloud, struct sv name)
{
    if (!cloud)
        return NULL;
    for (size_t i = cloud->instance_types.len; i-- > 0;)
        if (sv_is(name, cloud->instance_types.items[i].name))
            return &cloud->instance_types.items[i];
    return NULL;
}

static void overlay(uint32_t *field, int64_t said, uint32_t most)
{
    if (said > 0 && said <= most)
        *field = (uint32_t)said;
}

bool instance_lookup(const struct cloud *cloud, struct sv name, struct instance_type *out)
{
    const struct instance_type *known = instance_find(name);
    const struct cloud_instance_type *said = described(cloud, name);
    if (!known && !said)
        return false;
    struct instance_type type = {.arch = "amd64",
                                 .enis = 1,
                                 .ipv4_per_eni = 2,
                                 .vcpu = 1,
                                 .ebs_limit = 27,
                                 .ebs_rule = INSTANCE_EBS_SHARED,
                                 .nitro = true};
    if (known)
        type = *known;
    if (said) {
        type.name = said->name;
        overlay(&type.vcpu, said->vcpus, COUNT_MAX);
        overlay(&type.memory_mib, said->memory_mib, UINT32_MAX);
        overlay(&type.enis, said->enis, COUNT_MAX);
        overlay(&type.ipv4_per_eni, said->ips_per_eni, COUNT_MAX);
    }
    *out = type;
    return true;
}

static uint32_t least(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

/* Addresses, or prefixes, of one interface that pods can have: the first is the interface's own. */
static uint32_t slots_of_eni(const struct instance_type *t)
{
    return t->ipv4_per_eni > 1 ? t->ipv4_per_eni - 1 : 0;
}

uint32_t instance_max_pods(const struct instance_type *t, enum instance_pods_rule rule)
{
    if (rule == INSTANCE_PODS_SET)
        return 0;
    bool prefixes =
        t->nitro && (rule == INSTANCE_PODS_PREFIX || rule == INSTANCE_PODS_PREFIX_MANAGED);
    bool capped = rule == INSTANCE_PODS_MANAGED || rule == INSTANCE_PODS_PREFIX_MANAGED;
    uint32_t pods = t->enis * slots_of_eni(t) * (prefixes ? PREFIX_ADDRESSES : 1u) + HOST_PODS;
    return capped ? least(pods, t->vcpu < 30 ? 110 : 250) : pods;
}

static uint32_t ceil_div(uint32_t a, uint32_t b)
{
    return b ? a / b + (a % b != 0) : 0;
}

/* Addresses or prefixes that are held for the pods, the warm ones included. */
static uint32_t slots_held(const struct instance_type *t, uint32_t pods, bool prefixes)
{
    if (prefixes && t->nitro)
        return ceil_div(pods, PREFIX_ADDRESSES) + 1;
    return pods ? pods + slots_of_eni(t) : 0;
}

uint32_t instance_enis_held(const struct instance_type *t, uint32_t pods, bool prefixes)
{
    uint32_t enis = ceil_div(slots_held(t, pods, prefixes), slots_of_eni(t));
    return enis ? least(enis, t->enis) : 1;
}

uint32_t instance_ips_held(const struct instance_type *t, uint32_t pods, bool prefixes)
{
    uint32_t enis = instance_enis_held(t, pods, prefixes);
    if (!prefixes || !t->nitro)
        return enis * t->ipv4_per_eni;
    uint32_t slots = least(slots_held(t, pods, prefixes), enis * slots_of_eni(t));
    return enis + slots * PREFIX_ADDRESSES;
}

uint32_t instance_ebs_volumes(const struct instance_type *t, uint32_t enis, uint32_t block_devices)
{
    uint32_t taken = block_devices ? block_devices : 1;
    if (t->ebs_rule == INSTANCE_EBS_SHARED && enis > 1)
        taken += enis - 1;
    return t->ebs_limit > taken ? t->ebs_limit - taken : 1;
}

uint32_t instance_ebs_in_tree(struct sv name)
{
    bool fifth = name.len >= 2 && strchr("cmr", name.ptr[0]) && name.ptr[1] == '5';
    return fifth || sv_has(name, "t3") || sv_has(name, "z1d") ? 25 : 39;
}
