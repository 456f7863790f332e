/*
 * state: what a scheduler keeps about its world. Private to sched/.
 *
 * Slots: nodes in the order kube-scheduler walks them (round-robin over the zones), 64 to a word.
 * A node keeps its slot until the order is made anew; a slot without a node is a hole.
 * Shapes: sets of nodes by what does not depend on pods: tolerations, node affinity, volumes'
 * zones. Classes with equal constraints share one.
 * Topologies: the domain of each node for one label key.
 * Selections: sets of pods by namespace and labels. Counters: how many pods of a selection (or that
 * carry a term about it) there are per domain.
 * Plans: all of that resolved for one class of pods.
 */
#ifndef TOBAN_SCHED_STATE_H
#define TOBAN_SCHED_STATE_H

#include "base/map.h"
#include "sched/bits.h"
#include "sched/kernel.h"
#include "sched/rules.h"
#include "sched/tally.h"

/* ---- sets of nodes ---- */

enum shape_kind {
    SHAPE_TOLERATES,  /* a class's tolerations: cordon and taints */
    SHAPE_AFFINITY,   /* nodeSelector and required node affinity; a volume's node affinity */
    SHAPE_TOPOLOGIES, /* allowedTopologies of a storage class */
    SHAPE_ZONES,      /* zone labels of a volume */
    SHAPE_KEYS,       /* nodes that have all these label keys */
    SHAPE_ALL,        /* all of these shapes */
};

struct shape {
    enum shape_kind kind;
    const struct toleration *tolerations;
    struct labels labels; /* nodeSelector, or zone labels */
    const struct node_term *terms;
    const struct selector *selectors;
    const uint32_t *list; /* keys, or shapes */
    uint32_t len;         /* of tolerations, terms, selectors or list */
    bool has_terms;
    uint64_t *bits;
    uint32_t count; /* nodes in it */
    bool counted;   /* some counter counts only pods on these nodes */
};

#define TOPOLOGY_FEW 64u

struct topology {
    uint32_t key;
    bool host;             /* kubernetes.io/hostname: every node that has it is its own domain */
    uint32_t *domains;     /* by node; WORLD_NONE without the label */
    uint64_t *labelled;    /* nodes that have it */
    struct tally by_value; /* domain + 1 of a value */
    uint32_t len;          /* domains so far */
    uint64_t *members[TOPOLOGY_FEW]; /* nodes of each domain, as long as there are few */
};

static inline bool topology_is_few(const struct topology *t)
{
    return !t->host && t->len <= TOPOLOGY_FEW;
}

/* How many nodes of a shape each domain of a topology has. */
struct census {
    uint32_t shape, topology;
    struct tally nodes;
};

/* ---- sets of pods ---- */

struct carrier {
    uint32_t counter;
    bool anti; /* required anti-affinity; else weights for the score */
};

struct selection {
    const struct affinity_term *parts; /* all of them cover the pod */
    uint32_t part_count;
    VEC(uint32_t) covered;        /* counters of the pods in it */
    VEC(struct carrier) carriers; /* counters of pods that have a term about it */
};

/* How many pods there are per domain; see counter.h. One cache line. */
struct counter {
    _Alignas(64) struct tally tally;
    uint32_t topology;
    uint32_t shape;      /* only pods on these nodes; WORLD_NONE: on any */
    uint32_t host_count; /* of host names: nodes with pods */
    bool alive;          /* only pods that are not being deleted */
    uint64_t *hosts; /* of host names: nodes with pods, then nodes with more than one; else NULL */
};

/* What one pod of a class adds to a counter. */
struct delta {
    uint32_t counter : 31, alive : 1; /* alive: the counter's */
    int32_t by;
    uint32_t selection; /* ask whether it covers the very pod; WORLD_NONE: it does */
};
#define PLAN_DELTAS 4u

/* ---- a class of pods ---- */

struct spread_plan {
    uint32_t counter, topology;
    uint32_t selection;
    enum world_match self; /* is the pod itself one of the selection? */
    uint32_t shape;        /* nodes whose domains count */
    uint32_t census;       /* of these nodes; WORLD_NONE for host names */
    int32_t max_skew, min_domains;
    bool host;
};

struct term_plan {
    uint32_t counter, topology;
    uint32_t selection; /* of carriers: only when it covers the very pod; WORLD_NONE: it does */
    int32_t weight;
};

struct preference_plan {
    uint32_t shape;
    int32_t weight;
};

struct need_plan { /* of a resource other than CPU and memory */
    uint32_t column;
    int64_t amount;
};

/* In the order of use: the first cache line for counting a pod, the next two for choosing. */
struct plan {
    union { /* up to PLAN_DELTAS of them lie here, so that counting a pod reads one line */
        _Alignas(64) struct delta few[PLAN_DELTAS];
        struct delta *many;
    };
    uint32_t delta_count;
    int32_t priority;
    uint32_t request; /* see offer.h */
    bool lasting;     /* some counter goes on counting a pod that is being deleted */
    bool odd;         /* asks for more than CPU and memory */

    uint32_t scalar_count;
    int64_t ephemeral, room_ephemeral;
    uint32_t tolerates, affinity; /* shapes; affinity WORLD_NONE: any node */
    uint32_t ports;               /* counter of pods whose ports are in the way; WORLD_NONE */
    uint32_t hard_count, affinity_count, anti_count, existing_anti_count;
    uint32_t soft_count, score_count, existing_score_count, preference_count;

    uint32_t soft_keys; /* shape of nodes with all keys of soft; WORLD_NONE */
    struct spread_plan *hard, *soft;
    struct term_plan *affinities, *anti, *existing_anti, *scores, *existing_scores;
    struct preference_plan *preferences;
    struct need_plan *scalars;
    uint32_t *images; /* of the class, with their tags */
    const struct resources *resources;
    uint32_t all_affinities; /* selection: pods that all required terms cover */
    enum world_match self;   /* is the pod itself one of these? */
};

static inline const struct delta *plan_deltas(const struct plan *p)
{
    return p->delta_count > PLAN_DELTAS ? p->many : p->few;
}

/* ---- what is there ---- */

struct pod_state {
    uint32_t node, class; /* as counted; node WORLD_NONE: not counted */
    uint32_t nominated;   /* node; WORLD_NONE */
    bool alive;
};

struct column { /* a resource other than CPU, memory and ephemeral storage, by slot */
    uint32_t name;
    int64_t *total, *used;
};

struct nomination {
    uint32_t pod, node;
};

struct request {
    struct kernel_need need;
    struct kernel_weights weights;
};

/* Answers of offer.h. */
struct offers {
    VEC(struct request) requests; /* all that classes make */
    uint32_t rows;                /* answers to that many are kept */
    uint8_t *points;              /* by row and slot */
    uint64_t *stale;              /* by word and row: slots whose answer is not known */
    uint32_t *row_of;             /* by request; WORLD_NONE */
    uint32_t *request_of;         /* by row; WORLD_NONE */
    uint32_t next;                /* row to give away next */
};

/* A feasible node that has several pods of the spread's selection; its place in the scores. */
struct spread_patch {
    uint32_t place;
    int64_t raw;
};

#define SPREAD_WEIGHTS 1024u

struct port_class {
    uint32_t class, counter;
};

struct image {
    uint32_t name;
    int64_t bytes;
    uint64_t **nodes; /* that have it; a set */
    uint32_t count;
};

/* What a node's images were when they were counted. */
struct node_images {
    const struct node_image *items;
    uint32_t len;
};

/* Numbers of well-known texts; STRINGS_NONE where the world has no use for one. */
struct state_keys {
    uint32_t hostname, unschedulable, zone, region, old_zone, old_region;
    uint32_t pod_name, pod_index, no_provisioner, in_tree_ebs, ebs_driver;
};

struct attached {
    uint64_t key; /* node and claim, +1; 0: free */
    uint32_t pods, attachments;
};

struct driver_column {
    uint32_t name;
    int32_t *used, *limit; /* by slot; limit INT32_MAX: none */
    uint64_t **tight;      /* a set: nodes that may not take DRIVER_EASY volumes more */
};
#define DRIVER_EASY 8

/* What decides about a node for one pod, besides room. */
struct sieve {
    struct kernel_sieve sets;
    uint64_t *own; /* is among those to be in when has_own */
    bool has_own;
};

/* The slots visited for one pod: words in order, and which of their slots are feasible. */
struct window {
    uint32_t *words;
    uint64_t *masks;
    uint32_t *at; /* by word: its place in `words` +1; 0: not visited */
    uint32_t len;
    uint32_t feasible, evaluated;
};

/* ---- one pod at a time ---- */

/* The filters, in kube-scheduler's order. */
enum filter {
    FILTER_UNSCHEDULABLE,
    FILTER_TAINT,
    FILTER_AFFINITY,
    FILTER_PORTS,
    FILTER_FIT,
    FILTER_ONCE, /* ReadWriteOncePod */
    FILTER_LIMITS,
    FILTER_BINDING,
    FILTER_ZONE,
    FILTER_SPREAD,
    FILTER_POD_AFFINITY,
    FILTER_ANTI_AFFINITY,
    FILTER_EXISTING_ANTI_AFFINITY,
    FILTER_PASSED,
};

/* A bound on the pods of a node's domain. */
struct gate {
    enum filter filter;
    const struct topology *topology;
    const struct counter *counter;
    bool some;       /* at least one; else at most `limit` */
    bool need_label; /* a node without the key fails */
    int64_t limit;
    const struct spread_plan *spread; /* of a topology spread; else NULL */
};

/* The shapes of a volume, kept so that they need not be interned for every pod; WORLD_NONE: any
 * node; VOLUME_UNKNOWN: not asked yet. */
struct volume_shapes {
    uint32_t affinity, zones;
};
#define VOLUME_UNKNOWN (UINT32_MAX - 1)

struct volume_gate {
    enum filter filter;
    uint32_t shape;
    const char *reason;
};

struct limit_gate {
    uint32_t driver;
    uint32_t claim;
};

struct context {
    struct sched *s;
    uint32_t pod;
    const struct world_pod *p;
    const struct world_class *class;
    const struct plan *plan;
    uint32_t row; /* of its request's offers */
    VEC(struct gate) gates;
    VEC(struct volume_gate) volumes;
    VEC(struct limit_gate) limits;
    VEC(uint32_t) unbound; /* claims that wait for the pod's node */
    bool once_taken;       /* a ReadWriteOncePod claim is in use */
    struct str refused;    /* no node will do, before any is looked at */
};

struct sched {
    const struct world *w;
    struct sched_options options;
    struct sched_rules rules;
    struct kernel kernel;
    uint64_t random;
    bool stale;
    size_t known_classes, known_workloads, known_services;

    uint32_t slot_cap, slot_len, words, live, moved; /* words covers slot_len */
    uint32_t *node_at;                               /* slot -> node; WORLD_NONE: a hole */
    uint32_t *slot_of;                               /* node -> slot; WORLD_NONE */
    uint32_t node_cap;
    uint32_t start; /* slot where the next scan starts */
    struct room *rooms;
    int64_t *ephemeral, *used_ephemeral;
    uint8_t *word_nodes;                                        /* how many nodes each word has */
    uint64_t *nodes, *roomy, *nominated, *disliked, *full_disk; /* there; takes one more pod; …;
                                                       with a PreferNoSchedule taint */
    uint64_t *imaged;                                           /* nodes that tell of some image */
    VEC(struct column) columns;
    VEC(uint64_t **) sets; /* every set of slots, to move them when the order is made anew */

    struct arena arena;
    VEC(struct shape *) shapes;
    VEC(struct topology *) topologies;
    VEC(struct census) censuses;
    VEC(struct selection) selections;
    struct {
        struct counter *items;
        size_t len, cap;
    } counters;
    struct map interned;
    VEC(uint32_t) key; /* scratch for interning */
    struct plan *plans;
    VEC(struct port_class) port_classes;

    struct pod_state *pods;
    uint32_t pod_cap;
    VEC(struct nomination) nominations;
    struct tally priorities; /* pods on nodes, by priority */

    VEC(struct driver_column) drivers;
    struct attached *attached;
    uint32_t attached_cap, attached_len;
    uint32_t *claim_users; /* pods on nodes */
    uint32_t claim_cap;
    struct {
        uint32_t node, claim;
    } * attachments;
    uint32_t attachment_cap;
    uint32_t *attachments_on;   /* by node */
    VEC(uint32_t) free_volumes; /* that no claim has */
    bool free_volumes_known;
    struct volume_shapes *volume_shapes; /* by PV */
    uint32_t volume_cap;

    struct offers offers;
    struct window window;
    struct sieve sieve;
    uint64_t *scratch;
    int16_t *totals; /* by place in the window */
    int32_t *raw;
    uint64_t *parts;                       /* see score_spread.c */
    double spread_weights[SPREAD_WEIGHTS]; /* by number of domains; 0: not known yet */
    VEC(struct spread_patch) patches;
    struct context main, side; /* `side` for what is tried in between */
    VEC(struct image) images;
    struct node_images *images_seen; /* by node */
    struct tally image_of;           /* name -> index in images, +1 */
    struct state_keys keys;
};

#endif
