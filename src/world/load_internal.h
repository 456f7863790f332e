/*
 * load_internal: what the readers of world/load share; nobody else includes it.
 *
 * Each kind has a reader. Objects stand in the world's arrays as soon as they are read, but for
 * pods, whose class, node and owner must be known to enter them; what refers to another object is
 * kept here until load_finish.
 */
#ifndef TOBAN_WORLD_LOAD_INTERNAL_H
#define TOBAN_WORLD_LOAD_INTERNAL_H

#include "base/cleanup.h"
#include "base/must.h"
#include "doc/pull.h"
#include "world/index.h"
#include "world/load.h"

#define KEY(key, text)                                                                             \
    ((key).len == sizeof(text) - 1 && memcmp((key).ptr, (text), sizeof(text) - 1) == 0)

/* Walk a map or a sequence; the body takes or skips one value. Nothing for another type. */
#define each_key(p, key) for (bool key##_in = pull_map(p); key##_in && pull_key((p), &(key));)
#define each_item(p, item) for (bool item##_in = pull_seq(p); item##_in && pull_item(p);)

/* Appends an entry of a list that the text has; nobody writes lists that long. */
#define push_entry(p, list, ...)                                                                   \
    do {                                                                                           \
        if ((list)->len >= LOAD_ENTRIES_MAX)                                                       \
            pull_fail((p), "more than 10,000 entries in a list");                                  \
        else                                                                                       \
            must_push((list), __VA_ARGS__);                                                        \
    } while (0)

#define LOAD_ENTRIES_MAX 10000u
#define LOAD_CONTAINERS_MAX 1000u
#define LOAD_SCALARS_MAX 1000u
#define LOAD_OBJECT_MAX ((size_t)8 << 20)
#define LOAD_LABELS_MAX 100000u
#define LOAD_KIND_MAX 4000000u

/* A controller that objects name. */
struct owner {
    uint32_t kind, name, ns, uid; /* texts */
    uint32_t workload;            /* WORLD_NONE until load_finish; also when it is not there */
    uint32_t objects;             /* that name it */
    uint32_t example;             /* pod, as a number of the pods to enter; WORLD_NONE */
};

/* metadata of the object that is being read. */
struct meta {
    uint32_t ns, name, uid;
    struct labels labels; /* in the scratch arena */
    int64_t created, deleting;
    int64_t generation;
    uint32_t owner; /* of load.owners; WORLD_NONE */
    struct {
        bool mirror, safe_to_evict_no, do_not_disrupt;
        bool ip_targets; /* a load balancer's targets are pods */
        uint32_t storage_class;
    } annotation;
};

/* What the containers ask for, by the rules of old and new versions; scalars in the scratch arena.
 */
struct pod_amounts {
    struct resources sum, init_max, sidecars;
    struct resources old_sum, old_init_max;
    struct resources nonzero, nonzero_init, nonzero_sidecars;
    struct resources overhead, pod_level;
    unsigned pod_level_seen; /* SEEN_… */
};

struct claim_ref {
    uint32_t ns, name;
};

/* Its priority is told by the classes of priorities, which may come later. */
struct pending_template {
    uint32_t workload;
    struct world_class class;
};

struct csi_node {
    uint32_t node; /* text */
    const struct csi_limit *items;
    uint32_t count;
};

/* Names that the objects of these places refer to, as texts. */
struct pv_ref {
    uint32_t claim_ns, claim;
    bool attachable; /* unless its CSIDriver says otherwise */
};
struct pvc_ref {
    uint32_t volume, storage_class;
};
struct attachment_ref {
    uint32_t node, pv;
};
struct hpa_ref {
    uint32_t kind, name;
};

/* Values of load.drivers. */
enum { LOAD_NEVER_ATTACHES, LOAD_ATTACHES };

/* What Ingresses, bindings of target groups and slices of endpoints say of a service. */
struct service_word {
    uint32_t ns, name;
    uint32_t from; /* who says so, of the same namespace */
    bool backend, ip_targets;
    bool of_binding;
};

/* An EndpointSlice. */
struct slice {
    uint32_t ns, service;
    uint32_t ready;
    bool v6;
};

struct attach_event {
    uint32_t ns, pod;
    int64_t at;
};

enum load_index {
    BY_NAME_POD,
    BY_NAME_NODE,
    BY_NAME_PDB,
    BY_NAME_STORAGE_CLASS,
    BY_NAME_PV,
    BY_NAME_PVC,
    BY_NAME_ATTACHMENT,
    BY_NAME_PRIORITY_CLASS,
    BY_NAME_NAMESPACE,
    BY_NAME_SERVICE,
    BY_NAME_HPA,
    BY_NAME_CSINODE,
    BY_NAME_SLICE,
    BY_NAME_WORKLOAD, /* and the kinds behind it */
    BY_NAME_COUNT = BY_NAME_WORKLOAD + WORKLOAD_OTHER + 1,
};

struct load_label {
    struct label label;
    uint32_t at;
};

struct load {
    struct world *w;
    struct arena scratch; /* of one object */
    size_t taken, skipped;
    bool over;             /* more objects of a kind than allowed */
    bool quiet;            /* what is resolved again was noted the first time */
    struct sv api_version; /* of the object that is read */
    struct meta meta;
    void *state;           /* of the reader of that kind */
    const char *kind_text; /* of the object that is being read; for notes */

    struct index by_name[BY_NAME_COUNT]; /* namespace and name -> place in its array */
    struct index workload_by_uid, owner_by_uid;

    VEC(struct owner) owners;
    VEC(struct world_pod) pods;   /* owner: of owners; node, nominated: texts; claims: of claims */
    VEC(uint32_t) workload_owner; /* of owners, for each workload */
    VEC(struct claim_ref) claims;
    VEC(struct claim_ref) template_claims; /* of the template read last */
    VEC(struct pending_template) templates;
    VEC(struct csi_node) csi;
    VEC(struct pv_ref) pv_refs;
    VEC(struct pvc_ref) pvc_refs;
    VEC(struct attachment_ref) attachment_refs;
    VEC(struct hpa_ref) hpa_refs;
    VEC(struct service_word) service_words;
    VEC(bool) service_ip; /* of each service: its own annotations ask for IP targets */
    VEC(struct slice) slices;
    VEC(struct attach_event) attach_events;
    unsigned kinds_gone;  /* bit of enum workload_kind: pods name it, but none was read */
    struct index drivers; /* of CSI, by name: what their CSIDriver objects say */
    uint32_t sample_stride[TIMING_COUNT], sample_skip[TIMING_COUNT];

    /* Lists of unknown length, collected here and then copied to the arena. */
    VEC(struct load_label) label_list;
    VEC(struct node_term) node_term_list;
    VEC(struct requirement) requirement_list;
    VEC(uint32_t) value_list, name_list, namespace_list, image_list, init_image_list;
    VEC(uint32_t) match_keys, mismatch_keys;
    VEC(struct scalar) scalar_list;
    VEC(struct host_port) port_list;
    VEC(struct toleration) toleration_list;
    VEC(struct affinity_term) affinity_list;
    VEC(struct weighted_term) weighted_list;
    VEC(struct spread) spread_list;
    VEC(struct taint) taint_list;
    VEC(struct node_image) node_image_list;
    VEC(struct csi_limit) csi_list;
    VEC(struct selector) selector_list;
    VEC(struct disrupted_pod) disrupted_list;
};

/* ---- load_read.c: parts that many kinds have ---- */

/* A copy of a list in the world's arena; NULL for none. */
void *load_keep(struct load *l, const void *items, size_t count, size_t size);
#define load_keep_list(l, list)                                                                    \
    ((__typeof__((list)->items))load_keep((l), (list)->items, (list)->len, sizeof *(list)->items))

/* The number of a string; unchanged when the value is none. */
void load_text_id(struct load *l, struct pull *p, uint32_t *out);
/* A whole number, held within 32 bits; unchanged when the value is none. */
void load_int(struct pull *p, int32_t *out);
void load_flag(struct pull *p, bool *out);
void load_time(struct pull *p, int64_t *out);
/* True when the value is this very string. */
bool load_is(struct pull *p, const char *text);
/* Strings as their numbers, appended to l->name_list. */
void load_names(struct load *l, struct pull *p);

enum amount_unit { AMOUNT_UNITS, AMOUNT_MILLI };
/* A quantity that nothing asks less than 0 of. What is no quantity, negative or absurd is noted and
 * replaced. False (and *out untouched) when there is none. */
bool load_amount(struct load *l, struct pull *p, struct sv what, enum amount_unit unit,
                 int64_t *out);
/* Sizes of volumes: as load_amount, without its bound, since "8Ei" is a usual size of EFS. */
bool load_size(struct load *l, struct pull *p, int64_t *out);
/* A resource list: cpu, memory, ephemeral-storage, pods and scalars. Scalars live in the world's
 * arena. pods may be NULL. Bits of `seen`: what was written. */
enum { SEEN_CPU = 1, SEEN_MEMORY = 2, SEEN_EPHEMERAL = 4 };
unsigned load_resources(struct load *l, struct pull *p, struct resources *out, int32_t *pods);

/* Labels in the world's arena (or, for metadata, in the scratch arena), sorted by key. */
struct labels load_labels(struct load *l, struct pull *p, struct arena *a);
/* A LabelSelector; NULL and what is invalid gives `nothing`. */
void load_selector(struct load *l, struct pull *p, struct selector *out);
/* A map of labels that must all be there; none: `nothing`. */
void load_map_selector(struct load *l, struct pull *p, struct selector *out);
/* A copy in the world's arena. */
struct labels load_keep_labels(struct load *l, struct labels labels);
/* Appends the {key, values} of a storage class's topologies to l->requirement_list. */
void load_topology_requirements(struct load *l, struct pull *p);
/* {nodeSelectorTerms: […]} */
void load_node_selector(struct load *l, struct pull *p, const struct node_term **out,
                        uint32_t *count);
/* One term. */
void load_node_term(struct load *l, struct pull *p, struct node_term *out);

void load_meta(struct load *l, struct pull *p);
/* "Pod shop/cart-1", for notes; in the scratch arena. */
struct sv load_subject(struct load *l);
void load_note(struct load *l, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Keeps a sample of a duration, unless it runs backward or is too long to tell of one thing. */
void load_sample(struct load *l, enum world_timing what, int64_t from, int64_t to);
void load_sample_ms(struct load *l, enum world_timing what, int64_t ms);

/* The place of the object in its array by namespace and name: *found when it was read before. */
uint32_t load_place(struct load *l, enum load_index kind, uint32_t ns, uint32_t name, size_t len,
                    bool *found);
/* Enters *item at its place in a list of the world; gives the place. */
#define load_enter(l, kind, ns, list, item)                                                        \
    ({                                                                                             \
        bool enter_found_;                                                                         \
        uint32_t enter_at_ =                                                                       \
            load_place((l), (kind), (ns), (l)->meta.name, (list)->len, &enter_found_);             \
        load_refer((list), enter_at_, (item));                                                     \
        enter_at_;                                                                                 \
    })
/* The same where the place is known. */
#define load_refer(list, at, item)                                                                 \
    do {                                                                                           \
        if ((at) < (list)->len)                                                                    \
            (list)->items[at] = (item);                                                            \
        else                                                                                       \
            must_push((list), (item));                                                             \
    } while (0)

uint32_t load_find(const struct load *l, enum load_index kind, uint32_t ns, uint32_t name);

/* ---- pods: load_spec.c, load_container.c, load_amounts.c, load_affinity.c ---- */

/* What a pod's spec says beside its class. */
struct spec_extra {
    uint32_t pod_name; /* in: for the claims of ephemeral volumes; STRINGS_NONE in a template */
    uint32_t node;     /* spec.nodeName, a text */
    uint32_t pin;      /* the one node that required affinity names, as that of a DaemonSet's pod */
};

/* The spec of a pod or of a template whose labels are known. Claims are appended to l->claims. */
void load_spec(struct load *l, struct pull *p, struct labels own, struct world_class *c,
               struct spec_extra *x);
/* {metadata, spec} into *c; what the API server and the DaemonSet controller would add to its pods
 * is added, but for the priority (load_finish). */
void load_template(struct load *l, struct pull *p, bool of_daemon, struct world_class *c);
/* What holds where nothing is written. */
void load_class_defaults(struct load *l, struct world_class *c);
void load_class_annotations(const struct meta *m, struct world_class *c);
enum taint_effect load_effect(struct sv text);
/* The labels of a class: those of the object, less the ones a StatefulSet's pods have each for
 * itself. In the world's arena. */
struct labels load_class_labels(struct load *l, struct labels own, bool of_stateful_set);

struct load_container {
    struct resources requests, limits;
    unsigned has_requests, has_limits; /* SEEN_… */
    uint32_t image;
    bool sidecar;
    int32_t prestop_s;
    struct probe readiness, startup;
};
void load_containers(struct load *l, struct pull *p, struct world_class *c, struct pod_amounts *a,
                     bool init);
void load_add_amounts(struct load *l, struct pod_amounts *a, struct load_container *c, bool init);
void load_amounts_finish(struct load *l, struct pod_amounts *a, struct world_class *c);
void load_affinity(struct load *l, struct pull *p, struct labels own, struct world_class *c);
void load_tolerations(struct load *l, struct pull *p, struct world_class *c);
void load_spreads(struct load *l, struct pull *p, struct labels own, struct world_class *c);

/* 128 TiB, or as many thousandths of a CPU: above every machine, and so far below 64 bits that a
 * node full of such pods can be added up and scored. */
#define AMOUNT_MAX ((int64_t)1 << 47)

/* ---- kinds ---- */

enum load_scope { LOAD_CLUSTER, LOAD_NAMESPACED };

struct load_kind {
    const char *name;
    const char *groups[3]; /* of the API; ended by NULL; "" is core */
    enum load_scope scope;
    size_t state;                  /* bytes of l->state, zeroed at the beginning */
    void (*begin)(struct load *l); /* may be NULL */
    /* A field other than apiVersion, kind and metadata: takes or skips its value. */
    void (*field)(struct load *l, struct pull *p, struct sv key);
    void (*end)(struct load *l);
};

/* Ended by one without a name. */
extern const struct load_kind load_pod_kinds[], load_node_kinds[], load_workload_kinds[],
    load_storage_kinds[], load_policy_kinds[], load_service_kinds[], load_event_kinds[];

#endif
