#include "ops/replace/fit.h"

#include <string.h>

bool fit_is_standard(const char *type)
{
    struct sv name = sv_of(type);
    static const char *const others[] = {"dl", "hpc", "inf", "trn", "mac", "u-", "vt"};
    for (size_t i = 0; i < ARRAY_LEN(others); i++)
        if (sv_starts(name, others[i]))
            return false;
    return name.len && strchr("acdhimrtz", name.ptr[0]);
}

/* ---- zones ---- */

static const struct ec2_subnet *find_subnet(const struct fit_room *r, const char *id)
{
    if (r->known)
        shape_each(s, &r->known->items)
            if (s->id && strcmp(s->id, id) == 0)
                return s;
    return NULL;
}

static struct fit_zone *zone_of(struct fit *f, const char *name)
{
    for (uint32_t i = 0; i < f->zone_count; i++)
        if (strcmp(f->zones[i].zone, name) == 0)
            return &f->zones[i];
    if (f->zone_count == FIT_ZONES_MAX)
        return NULL;
    struct fit_zone *z = &f->zones[f->zone_count++];
    *z = (struct fit_zone){.zone = name};
    return z;
}

static void find_zones(const struct fit_room *r, struct fit *f)
{
    shape_each(id, r->subnets) {
        const struct ec2_subnet *s = find_subnet(r, *id);
        struct fit_zone *z = s && s->zone ? zone_of(f, s->zone) : NULL;
        if (!z)
            continue;
        if (!s->free_ips.set)
            z->free = -1;
        else if (z->free >= 0)
            z->free += s->free_ips.n;
    }
}

static uint32_t share(uint32_t nodes, uint32_t zones)
{
    return zones ? (nodes + zones - 1) / zones : nodes;
}

/* ---- limits ---- */

static void limit(struct fit *f, uint64_t most, enum fit_limit why)
{
    if (most >= f->at_once)
        return;
    f->at_once = (uint32_t)most;
    f->limit = why;
}

static void limit_addresses(struct fit *f)
{
    for (uint32_t i = 0; i < f->zone_count; i++) {
        const struct fit_zone *z = &f->zones[i];
        if (z->free < 0 || !f->ips_per_node)
            continue;
        uint64_t most = (uint64_t)(z->free / f->ips_per_node) * f->zone_count;
        if (most < f->at_once)
            f->short_zone = z->zone;
        limit(f, most, FIT_ADDRESSES);
    }
}

static uint64_t whole(double n)
{
    return n <= 0 ? 0 : n >= UINT32_MAX ? UINT32_MAX : (uint64_t)n;
}

static void limit_quotas(const struct fit_room *r, struct fit *f)
{
    if (r->vcpus_allowed.set && r->vcpus_used.set && r->type.vcpu)
        limit(f, whole((r->vcpus_allowed.n - r->vcpus_used.n) / r->type.vcpu), FIT_VCPUS);
    if (r->nodes_allowed.set)
        limit(f, whole(r->nodes_allowed.n), FIT_NODES);
    if (f->limit != FIT_ADDRESSES)
        f->short_zone = NULL;
}

void fit_compute(const struct fit_room *r, struct fit *out)
{
    uint32_t most = instance_max_pods(&r->type, r->prefixes ? INSTANCE_PODS_PREFIX_MANAGED
                                                            : INSTANCE_PODS_MANAGED);
    uint32_t pods = r->pods_per_node ? r->pods_per_node : most;
    *out = (struct fit){.wanted = r->wanted, .at_once = r->wanted};
    out->ips_per_node = instance_ips_held(&r->type, pods, r->prefixes);
    find_zones(r, out);
    for (uint32_t i = 0; i < out->zone_count; i++)
        out->zones[i].nodes = share(r->wanted, out->zone_count);
    limit_addresses(out);
    limit_quotas(r, out);
    bool in_the_end = !r->freed.set || out->at_once + r->freed.n >= out->wanted;
    if (!out->wanted)
        out->rounds = 1;
    else if (out->at_once && in_the_end)
        out->rounds = (out->wanted + out->at_once - 1) / out->at_once;
}
