/*
 * fit: how many green nodes there is room for beside the blue ones: addresses of the subnets, vCPUs
 * and nodes that AWS allows. Arithmetic only. Where a full double does not fit it says how many at
 * once do, and what is short.
 */
#ifndef TOBAN_OPS_REPLACE_FIT_H
#define TOBAN_OPS_REPLACE_FIT_H

#include "cloud/ec2.h"
#include "cloud/eks.h"
#include "world/instance.h"

/* Numbers that are not known are not set, and limit nothing. */
struct fit_room {
    uint32_t wanted;           /* green nodes */
    struct shape_number freed; /* of these, as many as the end of all blue ones makes room for */
    struct instance_type type; /* of green; of several the one that takes the most */
    uint32_t pods_per_node;    /* with addresses of their own, expected on each; 0: the most the
                                  type takes */
    bool prefixes;             /* the VPC CNI hands out prefixes */
    const struct shape_texts *subnets;             /* of green; ids */
    const struct ec2_subnets *known;               /* what EC2 says of them */
    struct shape_number vcpus_allowed, vcpus_used; /* of the family and purchase, of the region */
    struct shape_number nodes_allowed;             /* of one group */
};

enum fit_limit { FIT_ALL, FIT_ADDRESSES, FIT_VCPUS, FIT_NODES };

/* A zone of green. */
struct fit_zone {
    const char *zone;
    int64_t free;   /* addresses in its subnets; -1: not known */
    uint32_t nodes; /* of `wanted`, when they are spread evenly; rounded up */
};
#define FIT_ZONES_MAX 16

struct fit {
    uint32_t wanted, at_once; /* at_once: at most wanted */
    uint32_t rounds;          /* until all are replaced, at_once each; 0: they never fit, even when
                                 all blue nodes are gone, or not even one does */
    uint32_t ips_per_node;
    enum fit_limit limit;   /* what keeps it from being more */
    const char *short_zone; /* FIT_ADDRESSES: the zone with too few; NULL else */
    struct fit_zone zones[FIT_ZONES_MAX];
    uint32_t zone_count;
};

/* Auto Scaling spreads nodes evenly over the zones; which zone gets the odd one is not known, so
 * that each must have room for it. Addresses by world/instance.h. */
void fit_compute(const struct fit_room *room, struct fit *out);

/* The quota that counts vCPUs of a type by its family letter: "A, C, D, H, I, M, R, T and Z", for
 * others false (P, G, Inf, X, … have their own). */
bool fit_is_standard(const char *instance_type);

#endif
