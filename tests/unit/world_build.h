/*
 * world_build: worlds for tests, written down in a few words. Lists are texts:
 *   labels       "app=cart,tier=front"
 *   selector     "app=cart,tier!=back,env in (a b),zone notin (c),gpu,!old,size>3"; "" selects all
 *   taints       "dedicated=db:NoSchedule,old:PreferNoSchedule"
 *   tolerations  "dedicated=db:NoSchedule,old:NoExecute,spot,*" (no value: Exists; *: every taint)
 *   ports        "8080,53/UDP,127.0.0.1:9000"
 *   node terms   "zone in (a b) | size>3" (ORed; "@n1" for metadata.name n1)
 * A text that cannot be read ends the test. NULL and 0 mean "not written".
 */
#ifndef TOBAN_TESTS_WORLD_BUILD_H
#define TOBAN_TESTS_WORLD_BUILD_H

#include "world/world.h"

#define MIB ((int64_t)1 << 20)
#define GIB ((int64_t)1 << 30)

/* An empty world of Kubernetes 1.minor; 0: of unknown version. */
void build_world(struct world *w, unsigned minor);

uint32_t build_text(struct world *w, const char *text);
struct labels build_labels(struct world *w, const char *text);
struct selector build_selector(struct world *w, const char *text);

struct build_node {
    const char *name, *labels, *taints, *type; /* the label kubernetes.io/hostname is added */
    const char *zone;                          /* adds topology.kubernetes.io/zone, too */
    int64_t cpu, memory, ephemeral;            /* allocatable; 0: 4000m, 16 GiB, 100 GiB */
    int32_t pods;                              /* 0: 110 */
    int64_t gpu;                               /* nvidia.com/gpu */
    const char *driver;                        /* of volumes, with this limit */
    int32_t volumes;
    bool unschedulable, no_host_label;
};
uint32_t build_node(struct world *w, const struct build_node *n);

struct build_term {
    const char *pods;               /* NULL ends a list of terms */
    const char *namespaces;         /* "shop,db"; NULL: the pod's own */
    const char *namespace_selector; /* NULL: none */
    const char *key;                /* NULL: kubernetes.io/hostname */
    int32_t weight;
};

struct build_spread {
    const char *pods; /* NULL ends the list */
    const char *key;  /* NULL: topology.kubernetes.io/zone */
    int32_t skew, min_domains;
    bool soft, ignore_affinity, honor_taints;
};

struct build_preference {
    const char *terms; /* NULL ends the list */
    int32_t weight;
};

struct build_class {
    const char *ns, *labels; /* ns NULL: "shop" */
    int64_t cpu, memory, ephemeral, gpu;
    int64_t score_cpu, score_memory; /* 0: as requested, or 100m and 200 MiB */
    const char *node_selector, *node_terms, *tolerations, *ports;
    struct build_preference preferences[4];
    struct build_term affinity[4], anti_affinity[4], attraction[4], repulsion[4];
    struct build_spread spreads[4];
    const char *images; /* "a:1,b:2" */
    int32_t priority;
    bool preempt_never;
};
/* As it would be put: change what is not offered above, then world_class_put. */
struct world_class build_class_value(struct world *w, const struct build_class *c);
uint32_t build_class(struct world *w, const struct build_class *c);

/* A pod of a class; node WORLD_NONE: it waits for one. */
uint32_t build_pod(struct world *w, uint32_t class, uint32_t node);
/* A claim of the namespace, and the volume it is bound to, both of that name. */
struct build_volume {
    const char *name, *ns;         /* ns NULL: "shop" */
    const char *driver;            /* NULL: ebs.csi.aws.com */
    const char *node_terms, *zone; /* affinity of the volume; its zone label */
    uint8_t access;                /* 0: ReadWriteOnce */
};
uint32_t build_volume(struct world *w, const struct build_volume *v);
void build_claim(struct world *w, uint32_t pod, uint32_t claim);

uint32_t build_service(struct world *w, const char *ns, const char *name, const char *selector);
uint32_t build_workload(struct world *w, enum workload_kind kind, const char *ns, const char *name,
                        const char *selector);
uint32_t build_namespace(struct world *w, const char *name, const char *labels);
uint32_t build_pdb(struct world *w, const char *ns, const char *selector, int32_t allowed);

#endif
