/*
 * instance: what an EC2 instance type gives a node that does not exist yet: capacity, allocatable,
 * pods, addresses, volume attachments, price.
 *
 * Facts are the table of data/instance-types.tsv, arithmetic is that of the EKS images, the VPC CNI
 * and the EBS CSI driver; each function names its source. Pure. What of a real node can be read
 * (another node of the same type in the world) is better than what is computed here:
 * instance_kubelet_of carries over what was set on it.
 */
#ifndef TOBAN_WORLD_INSTANCE_H
#define TOBAN_WORLD_INSTANCE_H

#include "world/cloud.h"

enum instance_ebs_rule {
    INSTANCE_EBS_SHARED,    /* slots are shared with network interfaces */
    INSTANCE_EBS_DEDICATED, /* for volumes only */
    INSTANCE_EBS_FIXED,     /* not Nitro */
};

enum instance_accelerator { INSTANCE_NO_ACCELERATOR, INSTANCE_GPU, INSTANCE_NEURON };

struct instance_type {
    const char *name; /* "m5.xlarge" */
    const char *arch; /* "amd64", "arm64" */
    uint32_t vcpu, memory_mib;
    uint32_t overhead_mib;       /* of memory_mib, never seen by the kubelet; 0: not measured */
    uint32_t enis, ipv4_per_eni; /* of the default network card */
    uint32_t ebs_limit;          /* root volume included; see instance_ebs_volumes */
    uint32_t nvme, accelerators;
    uint32_t usd_micros_hour; /* on demand, Linux, us-east-1; 0: unknown */
    enum instance_ebs_rule ebs_rule;
    enum instance_accelerator accelerator;
    bool nitro;
};

extern const struct instance_type table_instance_types[]; /* by name */
extern const size_t table_instance_types_len;
extern const char table_instance_types_date[]; /* of the prices */

/* The type of that name; NULL when the table does not have it. */
const struct instance_type *instance_find(struct sv name);

/* As instance_find, with what AWS itself said (cloud may be NULL) in place of the table's figures.
 * A type that only AWS knows gets the rules of a current Nitro type and no price. False when
 * neither knows it; *out is then untouched. Texts of *out live as long as the cloud. */
bool instance_lookup(const struct cloud *cloud, struct sv name, struct instance_type *out);

/* ---- pods ---- */

enum instance_pods_rule {
    INSTANCE_PODS_MANAGED,        /* by addresses, capped as managed node groups do */
    INSTANCE_PODS_ENI,            /* by addresses */
    INSTANCE_PODS_PREFIX_MANAGED, /* by prefixes, capped as managed node groups do */
    INSTANCE_PODS_PREFIX,         /* by prefixes, as many as the interfaces can hold */
    INSTANCE_PODS_SET,            /* a number somebody chose */
};

/* interfaces * (addresses - 1) + 2; with prefixes 16 per address, on Nitro only. The cap is 110 for
 * less than 30 vCPUs, else 250. Sources: the EKS images' table of maximum pods, the EKS user guide
 * on managed node groups. INSTANCE_PODS_SET is no rule for a type: 0. */
uint32_t instance_max_pods(const struct instance_type *t, enum instance_pods_rule rule);

/* ---- what the kubelet leaves ---- */

struct instance_amounts {
    int64_t cpu;               /* thousandths */
    int64_t memory, ephemeral; /* bytes */
    uint32_t pods;
};

/* How a node's kubelet was set up: what is kept for itself. Zeroed memory: as EKS sets it up. */
struct instance_kubelet {
    enum instance_pods_rule pods_rule;
    uint32_t max_pods;        /* of INSTANCE_PODS_SET */
    bool reserve_by_eni;      /* memory is reserved for the pods of INSTANCE_PODS_ENI, whatever
                                 max_pods is: images that take maxPods from the user data */
    bool cpu_set, memory_set; /* reserved by somebody's choice, as below */
    int64_t cpu, memory;
    int64_t eviction; /* hard threshold of memory.available; 0: 100 MiB */
};

/* kubeReserved.memory of the EKS images: 255 MiB and 11 MiB a pod. Bytes. */
int64_t instance_reserved_memory(uint32_t pods);
/* kubeReserved.cpu of the EKS images: 6% of the first vCPU, 1% of the second, 0.5% of the third and
 * fourth, 0.25% of the rest. Thousandths, rounded down. */
int64_t instance_reserved_cpu(uint32_t vcpu);

/* What `Node.status.capacity` of such a node will be: memory less what kernel and hypervisor keep
 * (measured for 479 types, else estimated as 160 MiB + 3.9%, which is at most 3% of the memory
 * too little on types of 4 GiB and more). disk_bytes is the root file system's size; 0: 20 GiB, the
 * default of managed node groups. */
void instance_capacity(const struct instance_type *t, const struct instance_kubelet *k,
                       int64_t disk_bytes, struct instance_amounts *out);

/* What `Node.status.allocatable` will be. Disk: less 1 GiB and a tenth, the EKS images' values. */
void instance_allocatable(const struct instance_type *t, const struct instance_kubelet *k,
                          const struct instance_amounts *capacity, struct instance_amounts *out);

/* Reads the set-up from a node of type t that is there, so that it can be applied to another type:
 * which rule gave its pods, whether its reservation is the rule's or somebody's own. Where a number
 * fits several rules the first in their enum is taken. */
struct instance_kubelet instance_kubelet_of(const struct instance_type *t,
                                            const struct instance_amounts *capacity,
                                            const struct instance_amounts *allocatable);

/* ---- addresses ---- */

/* Interfaces that the VPC CNI holds for that many pods with own addresses (not of the host's
 * network), by its defaults: one interface, or one prefix, more than needed is kept warm. At
 * least 1, at most the type's. */
uint32_t instance_enis_held(const struct instance_type *t, uint32_t pods, bool prefixes);
/* Addresses that it takes from the subnet for them, those of the interfaces themselves included. */
uint32_t instance_ips_held(const struct instance_type *t, uint32_t pods, bool prefixes);

/* ---- volumes ---- */

/* EBS volumes that the CSI driver says the node can take: the type's slots less block_devices (root
 * included; at least 1 counts) and, where slots are shared, less further interfaces. enis: attached
 * when the driver starts, at least 1 counts. At least 1: 0 would mean no limit. Source:
 * aws-ebs-csi-driver, limits and node service. */
uint32_t instance_ebs_volumes(const struct instance_type *t, uint32_t enis, uint32_t block_devices);

/* The scheduler's own limit for in-tree EBS volumes (before 1.27): 25 for names of the families
 * c5, m5, r5, t3 and z1d, else 39. */
uint32_t instance_ebs_in_tree(struct sv name);

#endif
