/*
 * world: a compact typed snapshot of a cluster, the ground on which rules, scheduler, simulator and
 * decision cores stand.
 *
 * Only what decides where pods go, what may disturb them and how long that takes. Pods that are
 * equal in everything that matters for that share one class. No I/O and no clock here: bytes come
 * in through world/load (JSON of the API), world/file (a saved snapshot) or world/apply (watch
 * events).
 *
 * Things refer to each other by index into the arrays; WORLD_NONE is nothing. Indexes of pods and
 * nodes are reused after removal; all others only grow. Texts are numbers of w->strings. Immutable
 * parts (label sets, selectors, classes) live in w->arena. Times are seconds since 1970 UTC; 0 is
 * "never" or "unknown". CPU is in thousandths, memory and storage in bytes.
 */
#ifndef TOBAN_WORLD_WORLD_H
#define TOBAN_WORLD_WORLD_H

#include "base/version.h"
#include "world/labels.h"

#define WORLD_NONE UINT32_MAX

/* ---- what a pod asks for, what a node has ---- */

struct scalar {
    uint32_t name; /* "nvidia.com/gpu", "hugepages-2Mi" */
    int64_t amount;
};

struct resources {
    int64_t cpu, memory, ephemeral;
    const struct scalar *scalars; /* sorted by name */
    uint32_t scalar_count;
};

enum taint_effect { TAINT_ANY, TAINT_NO_SCHEDULE, TAINT_PREFER_NO_SCHEDULE, TAINT_NO_EXECUTE };

struct taint {
    uint32_t key, value;
    enum taint_effect effect;
};

struct toleration {
    uint32_t key; /* STRINGS_NONE with `exists`: all taints */
    uint32_t value;
    bool exists;              /* operator Exists; else Equal */
    enum taint_effect effect; /* TAINT_ANY: all effects */
    int64_t seconds;          /* tolerationSeconds of NO_EXECUTE; -1: for ever */
};

struct host_port {
    uint32_t ip; /* text; STRINGS_NONE: 0.0.0.0 */
    uint16_t port;
    uint8_t protocol; /* 'T', 'U', 'S' */
};

struct weighted_term {
    struct node_term term;
    int32_t weight;
};

/* One (anti-)affinity term. */
struct affinity_term {
    struct selector pods;
    const uint32_t *namespaces; /* as resolved from the list; own namespace when none is written */
    uint32_t namespace_count;
    struct selector namespace_selector; /* `nothing` when not written; empty: all namespaces */
    uint32_t topology_key;
    int32_t weight; /* of a preferred term; 0 for a required one */
};

struct spread {
    struct selector pods; /* with matchLabelKeys folded in */
    uint32_t topology_key;
    int32_t max_skew;
    int32_t min_domains;  /* 0: not written */
    bool hard;            /* DoNotSchedule */
    bool ignore_affinity; /* nodeAffinityPolicy: Ignore */
    bool honor_taints;    /* nodeTaintsPolicy: Honor */
};

struct probe {
    bool set;
    int32_t initial_delay_s, period_s, success_threshold;
};

/* ---- pod class ---- */

/* All that is equal among the pods of a class. Two pods of one class differ only in name, owner's
 * ordinal, claims, node and state. The labels statefulset.kubernetes.io/pod-name and
 * apps.kubernetes.io/pod-index, which every pod of a StatefulSet has for itself, are not in
 * `labels`: world_selects_pod knows them by the pod's name. Nor is the node to which a
 * DaemonSet's pod is bound in its required affinity, where the DaemonSet controller writes it. */
struct world_class {
    uint32_t ns;
    struct labels labels;
    struct resources request;        /* sidecars and pod-level resources counted (1.28 and newer) */
    struct resources request_old;    /* max(sum of containers, each init container) + overhead */
    int64_t score_cpu, score_memory; /* with 100m / 200 MiB for containers that ask for nothing */

    struct labels node_selector;
    const struct node_term *node_terms; /* required; ORed */
    uint32_t node_term_count;
    bool has_node_terms; /* required affinity is written; without terms it matches no node */
    const struct weighted_term *node_preferences;
    uint32_t node_preference_count;
    const struct toleration *tolerations;
    uint32_t toleration_count;
    const struct affinity_term *affinity, *anti_affinity; /* required */
    const struct affinity_term *attraction, *repulsion;   /* preferred */
    uint32_t affinity_count, anti_affinity_count, attraction_count, repulsion_count;
    const struct spread *spreads;
    uint32_t spread_count;
    const struct host_port *ports;
    uint32_t port_count;
    const uint32_t *images; /* of containers, then init containers */
    uint16_t image_count, init_image_count;

    uint32_t scheduler; /* schedulerName */
    uint32_t priority_class;
    int32_t priority;
    bool preempt_never;

    int32_t grace_s;
    int32_t prestop_s; /* what its preStop hook sleeps when that can be read; -1: a hook of unknown
                          length; 0: none */
    struct probe readiness, startup;
    uint8_t readiness_gates;
    uint8_t lb_gates; /* of these, target-health.elbv2.k8s.aws/... */
    uint8_t container_count, init_count;
    uint8_t restart_policy; /* 'A'lways, 'O'nFailure, 'N'ever */
    bool host_network;
    bool empty_dir; /* has an emptyDir volume (not memory-backed counts too): lost when evicted */
    bool host_path;
    bool safe_to_evict_no; /* cluster-autoscaler.kubernetes.io/safe-to-evict: "false" */
    bool do_not_disrupt;   /* karpenter.sh/do-not-disrupt: "true" */
    uint64_t hash;         /* of all the above */
};

/* ---- objects ---- */

enum pod_phase { POD_PENDING, POD_RUNNING, POD_SUCCEEDED, POD_FAILED, POD_UNKNOWN };

struct world_pod {
    uint32_t name; /* STRINGS_NONE for one the simulator made: world_pod_name() makes one up */
    uint32_t uid;
    uint32_t class;
    uint32_t owner; /* workload that controls it directly; WORLD_NONE: nobody */
    uint32_t node;  /* WORLD_NONE: not scheduled */
    uint32_t
        claims; /* first of its claims in w->pod_claims (indexes of PVCs, WORLD_NONE: missing) */
    uint16_t claim_count;
    uint8_t phase;      /* enum pod_phase */
    bool used;          /* false: a free slot */
    bool ready;         /* condition Ready */
    bool mirror;        /* static pod */
    bool foreign_owner; /* has a controller of a kind that the world does not hold */
    bool owner_gone;    /* its controller is named but not there */
    int32_t ordinal;    /* of a StatefulSet's pod; -1 */
    uint32_t nominated; /* node; WORLD_NONE */
    int64_t created, scheduled, started, ready_since;
    int64_t deleting; /* deletionTimestamp: when its grace ends; 0: not deleting */

    uint32_t node_next, node_prev;   /* pods of one node: w->nodes[].pods is the first */
    uint32_t owner_next, owner_prev; /* pods of one workload */
};

struct csi_limit {
    uint32_t driver; /* "ebs.csi.aws.com" */
    int32_t count;   /* -1: registered without a limit */
};

struct node_image {
    uint32_t name;
    int64_t bytes;
};

struct world_node {
    uint32_t name, uid;
    struct labels labels;
    const struct taint *taints;
    uint32_t taint_count;
    bool used; /* false: a free slot */
    bool unschedulable;
    bool ready;
    bool gone;          /* its machine is dead; the object is still there */
    uint32_t pods;      /* first pod */
    uint32_t pod_count; /* every pod object bound to it, finished ones too */
    struct resources capacity, allocatable;
    int32_t max_pods;       /* allocatable.pods */
    uint32_t zone, region;  /* texts */
    uint32_t instance_type; /* text */
    uint32_t group;         /* eks.amazonaws.com/nodegroup, karpenter.sh/nodepool, … or NONE */
    uint32_t provider_id;
    uint32_t kubelet_version;
    const struct csi_limit *csi;
    uint32_t csi_count;
    const struct node_image *images;
    uint32_t image_count;
    int64_t created, ready_since;
};

enum workload_kind {
    WORKLOAD_DEPLOYMENT,
    WORKLOAD_REPLICASET,
    WORKLOAD_STATEFULSET,
    WORKLOAD_DAEMONSET,
    WORKLOAD_JOB,
    WORKLOAD_CRONJOB,
    WORKLOAD_REPLICATIONCONTROLLER,
    WORKLOAD_OTHER, /* a controller of another kind; `kind_name` */
};

/* What the events of its pods ask for stands first. */
struct world_workload {
    enum workload_kind kind;
    uint32_t owner;     /* Deployment of a ReplicaSet, CronJob of a Job; WORLD_NONE */
    bool used;          /* false: a free slot */
    bool foreign_owner; /* controlled by something the world does not hold (an operator) */
    int32_t replicas;   /* spec; of a Job: parallelism; of a DaemonSet: desiredNumberScheduled */
    uint32_t pods;      /* first pod */
    uint32_t pod_count;
    uint32_t kind_name; /* of WORKLOAD_OTHER */
    uint32_t ns, name, uid;
    struct selector selector;
    int32_t min_ready_s;
    bool parallel;            /* StatefulSet: podManagementPolicy Parallel */
    bool recreate;            /* Deployment: strategy Recreate */
    bool replace_failed_only; /* Job: podReplacementPolicy Failed */
    int32_t completions, succeeded, failed, backoff_limit; /* Job */
    uint32_t template; /* class of its template; WORLD_NONE when it could not be told */
    const uint32_t *claim_templates; /* StatefulSet: names */
    uint32_t claim_template_count;
};

struct int_or_percent {
    bool set, percent;
    int32_t value;
};

struct disrupted_pod {
    uint32_t name;
    int64_t since;
};

struct world_pdb {
    uint32_t ns, name, uid;
    bool used;
    struct selector selector;
    bool v1beta1; /* written and stored as such: an empty selector matches nothing */
    struct int_or_percent min_available, max_unavailable;
    enum { UNHEALTHY_IF_BUDGET, UNHEALTHY_ALWAYS } unhealthy;
    int64_t generation, observed_generation;
    int32_t expected, desired, healthy, allowed; /* status as read */
    const struct disrupted_pod *disrupted;
    uint32_t disrupted_count;
};

enum binding_mode { BINDING_IMMEDIATE, BINDING_WAIT };

struct world_class_of_storage {
    uint32_t name, provisioner;
    bool used;
    enum binding_mode binding;
    const struct selector *topologies; /* allowedTopologies, ORed */
    uint32_t topology_count;
};

enum access_mode { ACCESS_RWO = 1, ACCESS_ROX = 2, ACCESS_RWX = 4, ACCESS_RWOP = 8 };

struct world_pv {
    uint32_t name, uid;
    bool used;
    uint32_t claim;         /* PVC; WORLD_NONE */
    uint32_t driver;        /* CSI driver; for in-tree EBS "kubernetes.io/aws-ebs"; NONE: other */
    uint32_t handle;        /* "vol-…" */
    uint32_t storage_class; /* text */
    uint8_t access;         /* enum access_mode ORed */
    bool attachable;        /* needs a VolumeAttachment (EBS; not EFS, NFS, hostPath, local) */
    bool available;         /* phase Available */
    int64_t bytes;
    const struct node_term *node_terms; /* required node affinity, ORed; 0: any node */
    uint32_t node_term_count;
    struct labels zone_labels; /* topology labels for VolumeZone; values split by "__" */
};

enum claim_phase { CLAIM_PENDING, CLAIM_BOUND, CLAIM_LOST };

struct world_pvc {
    uint32_t ns, name, uid;
    bool used;
    enum claim_phase phase;
    uint32_t pv;            /* WORLD_NONE: unbound */
    uint32_t storage_class; /* index of w->storage_classes; WORLD_NONE */
    uint8_t access;
    bool deleting;
    int64_t bytes;
};

struct world_attachment {
    uint32_t name;
    bool used;
    uint32_t node; /* WORLD_NONE: names a node that is not there */
    uint32_t pv;   /* WORLD_NONE: inline or unknown */
    uint32_t driver;
    bool attached, deleting;
};

struct world_priority_class {
    uint32_t name;
    bool used;
    int32_t value;
    bool preempt_never, is_default;
};

struct world_namespace {
    uint32_t name;
    bool used;
    struct labels labels;
    bool terminating;
    bool lb_gate_inject; /* elbv2.k8s.aws/pod-readiness-gate-inject: enabled */
};

struct world_service {
    uint32_t ns, name;
    bool used;
    struct selector selector; /* `nothing` when none is written */
    uint8_t type;             /* 'C'lusterIP, 'N'odePort, 'L'oadBalancer, 'E'xternalName */
    bool local_traffic;       /* externalTrafficPolicy: Local */
    bool ip_targets;          /* load balancer with IP targets, as its annotations say */
    bool ingress_backend;     /* an Ingress points at it */
    uint32_t ready_endpoints;
};

struct world_hpa {
    uint32_t ns, name;
    bool used;
    uint32_t target; /* workload; WORLD_NONE */
    int32_t min, max, current;
};

/* How long things took in this cluster, read from its own timestamps; milliseconds. */
enum world_timing {
    TIMING_SCHEDULE,  /* created -> PodScheduled */
    TIMING_START,     /* scheduled -> containers started */
    TIMING_PULL,      /* image pull, from events */
    TIMING_READY,     /* started -> Ready */
    TIMING_TERMINATE, /* deletion asked -> object gone; from events Killing */
    TIMING_ATTACH,    /* scheduled -> SuccessfulAttachVolume */
    TIMING_NODE_JOIN, /* node created -> Ready */
    TIMING_COUNT,
};

/* Something about the input that was not as it should be, and what was assumed instead. */
struct world_note {
    uint32_t subject; /* text: "Pod shop/cart-1" */
    uint32_t text;    /* "its controller ReplicaSet cart-5f is not there: taken as a bare pod" */
};
#define WORLD_NOTES_MAX 1000

struct world {
    struct strings strings;
    struct arena arena;
    struct version version; /* of the API server; VERSION_NONE when unknown */
    int64_t taken;          /* when the snapshot was made */
    uint32_t source;        /* text: context or file names */
    uint32_t resource_version;

    VEC(struct world_class) classes;
    VEC(struct world_pod) pods;
    VEC(uint32_t) pod_claims;
    VEC(struct world_node) nodes;
    VEC(struct world_workload) workloads;
    VEC(struct world_pdb) pdbs;
    VEC(struct world_class_of_storage) storage_classes;
    VEC(struct world_pv) pvs;
    VEC(struct world_pvc) pvcs;
    VEC(struct world_attachment) attachments;
    VEC(struct world_priority_class) priority_classes;
    VEC(struct world_namespace) namespaces;
    VEC(struct world_service) services;
    VEC(struct world_hpa) hpas;
    VEC(uint32_t) samples[TIMING_COUNT]; /* milliseconds, at most WORLD_SAMPLES_MAX each */
    VEC(struct world_note) notes;
    uint32_t notes_dropped;

    uint32_t free_pod, free_node; /* heads of the lists of free slots; WORLD_NONE */
    uint32_t live_pods, live_nodes;
    struct world_index *index; /* by class, name; NULL in a copy */
    bool borrowed;             /* a copy: strings and classes belong to another world */
};
#define WORLD_SAMPLES_MAX 4096

/* An empty world. Release it in every case. */
void world_init(struct world *w);
/* NULL-safe; zeroed memory is a released world. */
void world_release(struct world *w);

/* A copy whose pods, nodes, claims, volumes, attachments and statuses may change without touching
 * src. Immutable parts are shared: src must outlive the copy and must not change meanwhile. Texts
 * and classes cannot be added to a copy. */
void world_copy(struct world *dst, const struct world *src);

/* ---- building and changing ---- */

/* The class equal to *c (all but hash, which is filled in): found, or copied in. Pointers inside *c
 * must already live in w->arena or be for ever. */
uint32_t world_class_put(struct world *w, const struct world_class *c);

/* Lays the pods out anew, those of one node side by side: makes a rehearsal of a large world
 * faster. Indexes of pods change; for a world that was just loaded and that nobody follows yet. */
void world_lay_out(struct world *w);

/* Enters a pod with the fields given (links are set here), bound when pod->node is one. */
uint32_t world_pod_add(struct world *w, const struct world_pod *pod);
void world_pod_remove(struct world *w, uint32_t pod);
/* Moves the pod to a node (WORLD_NONE: to none). */
void world_pod_bind(struct world *w, uint32_t pod, uint32_t node);
/* Changes who controls it. */
void world_pod_own(struct world *w, uint32_t pod, uint32_t owner);

uint32_t world_node_add(struct world *w, const struct world_node *node);
/* Its pods stay, bound to no node. */
void world_node_remove(struct world *w, uint32_t node);

/* By name; WORLD_NONE when it is not there. Texts are looked up, never entered. */
uint32_t world_find_node(const struct world *w, struct sv name);
uint32_t world_find_pod(const struct world *w, struct sv ns, struct sv name);
uint32_t world_find_workload(const struct world *w, enum workload_kind kind, struct sv ns,
                             struct sv name);

/* How the note about a kind begins that could not be read at all, so that the world is not whole.
 */
#define WORLD_NOTE_GAP "could not be read: "
static inline bool world_note_is_gap(const struct world *w, const struct world_note *n)
{
    return sv_starts(strings_get(&w->strings, n->text), WORLD_NOTE_GAP);
}

/* Adds a note; beyond WORLD_NOTES_MAX it is only counted. */
void world_note(struct world *w, struct sv subject, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* ---- asking ---- */

#define world_each_node(w, n)                                                                      \
    for (uint32_t n = 0; n < (w)->nodes.len; n++)                                                  \
        if ((w)->nodes.items[n].used)
#define world_each_pod(w, p)                                                                       \
    for (uint32_t p = 0; p < (w)->pods.len; p++)                                                   \
        if ((w)->pods.items[p].used)
/* The body may remove the pod it stands at. */
#define world_each_pod_of_node(w, node_, p)                                                        \
    for (uint32_t p = (w)->nodes.items[node_].pods, p##_next;                                      \
         p != WORLD_NONE && ((p##_next = (w)->pods.items[p].node_next), true); p = p##_next)
#define world_each_pod_of_workload(w, owner_, p)                                                   \
    for (uint32_t p = (w)->workloads.items[owner_].pods, p##_next;                                 \
         p != WORLD_NONE && ((p##_next = (w)->pods.items[p].owner_next), true); p = p##_next)

static inline const struct world_class *world_class_of(const struct world *w, uint32_t pod)
{
    return &w->classes.items[w->pods.items[pod].class];
}

static inline const char *world_text(const struct world *w, uint32_t id)
{
    return strings_c(&w->strings, id);
}

/* Does the selector match the class? MAYBE: it asks for a label that only pods of a StatefulSet
 * have for themselves; then ask world_selects_pod. */
enum world_match { MATCH_NO, MATCH_YES, MATCH_MAYBE };
enum world_match world_selects_class(const struct world *w, const struct selector *s,
                                     uint32_t class);
bool world_selects_pod(const struct world *w, const struct selector *s, uint32_t pod);

/* Same namespace, and the selector matches as a budget's does (an empty one: every pod with
 * policy/v1, none with v1beta1; before 1.21 a pod without labels matches none). */
bool world_pdb_covers(const struct world *w, const struct world_pdb *pdb, uint32_t pod);

/* The workload people know: the Deployment of a ReplicaSet's pod, the CronJob of a Job's, else the
 * direct controller; WORLD_NONE for a bare pod. */
uint32_t world_top_owner(const struct world *w, uint32_t pod);

/* DaemonSet pods and static pods: they belong to their node and never move. */
static inline bool world_pod_is_of_node(const struct world *w, uint32_t pod)
{
    const struct world_pod *p = &w->pods.items[pod];
    return p->mirror ||
           (p->owner != WORLD_NONE && w->workloads.items[p->owner].kind == WORKLOAD_DAEMONSET);
}

/* Succeeded or Failed. */
static inline bool world_pod_is_finished(const struct world_pod *pod)
{
    return pod->phase == POD_SUCCEEDED || pod->phase == POD_FAILED;
}

/* "cart-5f7-abcde"; "cart-5f7-(new 17)" for one the simulator made. Writes into out. */
void world_pod_name(const struct world *w, uint32_t pod, char *out, size_t cap);
/* "Deployment shop/cart", "Pod shop/one" for a bare pod. */
void world_workload_name(const struct world *w, uint32_t workload, char *out, size_t cap);
/* WORKLOAD_OTHER for a kind that is none of ours. */
enum workload_kind workload_kind_parse(struct sv name);
const char *workload_kind_name(const struct world *w, const struct world_workload *wl);

#define _cleanup_world_ _cleanup_(world_release)

#endif
