/*
 * internal: what the parts of the simulator share: the state beside the world's copy, and what each
 * part does for the others. Not for anybody outside of sim/.
 *
 * Arrays named after a kind of the world run parallel to the world's array of it.
 */
#ifndef TOBAN_SIM_INTERNAL_H
#define TOBAN_SIM_INTERNAL_H

#include "base/must.h"
#include "sched/queue.h"
#include "sim/pdb.h"
#include "sim/queue.h"
#include "sim/random.h"
#include "sim/rate.h"
#include "sim/sim.h"
#include "world/single.h"

/* ---- state ---- */

enum pod_stage {
    STAGE_NONE,    /* finished, or a free slot */
    STAGE_UNBOUND, /* no node yet */
    STAGE_VOLUMES, /* bound; waits for its volumes */
    STAGE_HELD,    /* bound; its node is not Ready yet */
    STAGE_STARTING,
    STAGE_RUNNING,
    STAGE_LEAVING,
    STAGE_ORPHAN, /* its node is gone, the garbage collector will come */
};

/* Small: with 150,000 pods it is in a cache or not. */
struct pod_state {
    uint32_t stamp : EVENT_STAMP_BITS; /* planned events with another one are void */
    uint32_t stage : 4;                /* enum pod_stage */
    uint32_t belongs : 1;              /* to its node: a DaemonSet's or a static pod */
    uint32_t disrupted : 1;            /* evicted, says the budget, but not deleted */
    uint32_t lost : 1;                 /* nobody on its machine ends it */
    uint16_t waits;                    /* volumes not attached yet */
};

/* What the events of a pod ask of its class, in one line of memory. */
struct class_state {
    _Alignas(64) uint32_t unready_long; /* pods at the start */
    uint32_t ready;                     /* the same */
    uint32_t images, image_count;       /* in class_images */
    uint64_t in_vain; /* state of things in which preemption did not help; 0: none */
    int64_t probe_ms; /* until probes can have succeeded */
    int32_t grace_s, prestop_s;
    uint8_t lb_gates, init_count;
    bool probes; /* has some */
    bool repels; /* has required anti-affinity */
};

struct node_state {
    uint32_t stamp;
    bool dead;                  /* its kubelet is silent */
    bool leaving;               /* sim_node_terminate was called */
    bool tainted;               /* NoExecute for being silent */
    bool reports_all;           /* its images */
    bool known;                 /* of the snapshot: its DaemonSet pods are there */
    uint32_t waiting;           /* DaemonSet pods that do not fit yet */
    uint32_t attachments;       /* of its volumes */
    uint64_t *images;           /* bits of images it has; NULL: those of the world only */
    const struct taint *taints; /* its own, without those for its health */
    uint32_t taint_count;
};

/* One ordinal of a StatefulSet. */
struct set_slot {
    uint32_t pod; /* WORLD_NONE: not there */
    uint32_t name, class, claims;
    uint16_t claim_count;
    bool born; /* being created */
};

struct owner_state {
    int32_t active; /* pods that count for the controller, with those under way */
    int32_t births; /* asked for in this millisecond: slow start */
    int64_t births_at;
    bool frozen; /* nothing is re-created: its namespace is being deleted, it failed or is gone */
    struct set_slot *slots;      /* StatefulSet: `replicas` of them */
    uint64_t *available;         /* bits by ordinal: Running, Ready, not terminating */
    int32_t failed;              /* Job */
    const uint32_t *claim_names; /* that its template asks for, where a client wrote it */
    uint32_t claim_count;
};

/* A pod that a controller is about to create. */
struct birth {
    uint32_t owner, class, name, claims, next;
    uint32_t node, node_stamp; /* of a DaemonSet's pod */
    int32_t ordinal;
    uint16_t claim_count;
    bool foreign;
};

struct launch {
    struct world_node spec;
};

struct attachment_state {
    uint32_t stamp;
    uint32_t users;         /* pods on its node that use it */
    uint32_t next;          /* of the same volume */
    int64_t wanted_off;     /* since when nobody uses it; -1 */
    int64_t held_ms;        /* the cloud takes so long to detach it; -1: does not; 0: as ever */
    bool detaching, unsafe; /* unsafe: nobody said that it is unmounted */
};

struct volume_state {
    uint32_t attachments; /* first; WORLD_NONE */
    uint32_t waiters;     /* first; WORLD_NONE */
};

struct waiter {
    uint32_t pod, stamp, next;
};

/* A DaemonSet pod that its node has no room for. */
struct daemon_wait {
    uint32_t pod, stamp, node;
};

struct zone_state {
    uint32_t zone, nodes, ready;
    bool stopped;          /* none of its nodes is tainted */
    struct rate evictions; /* NoExecute taints */
};

enum controller {
    CONTROL_REPLICASET,
    CONTROL_STATEFULSET,
    CONTROL_DAEMONSET,
    CONTROL_JOB,
    CONTROL_ATTACH,
    CONTROLS
};

struct sim {
    struct world w;
    const struct world *source; /* of which w is a copy */
    struct world *grows;        /* the same, when clients write */
    const struct cloud *cloud;
    struct version version;
    struct sim_times times;
    struct draws draws;
    struct arena arena;
    struct queue queue;
    int64_t now;
    struct sched *sched;
    struct sched_queue *unbound;
    void (*on_change)(void *ctx, const struct world_change *c, int64_t now_ms);
    void (*on_near)(void *ctx, uint32_t pod);
    void (*on_next)(void *ctx, uint32_t pod);
    void *ctx;

    VEC(struct pod_state) pods;
    VEC(int64_t) waits_since; /* of pods that wait for volumes */
    struct class_state *classes;
    VEC(struct node_state) nodes;
    struct owner_state *owners;
    bool whole; /* the snapshot: what is not in it is not there */
    VEC(struct attachment_state) attachments;
    VEC(struct volume_state) volumes;
    VEC(struct waiter) waiters;
    uint32_t free_waiter;
    VEC(struct birth) births;
    uint32_t free_birth;
    VEC(struct launch) launches;
    VEC(struct daemon_wait) daemon_waits;
    VEC(uint32_t) daemons; /* workloads */
    VEC(struct zone_state) zones;
    VEC(uint32_t) lost; /* nodes whose silence was noticed in this moment */
    struct budgets budgets;
    uint32_t *image_numbers; /* by text; from 1, 0: no image of a class */
    size_t image_texts;      /* length of that */
    uint32_t image_classes;  /* whose images are numbered */
    size_t known_classes;    /* length of classes */
    size_t known_pdbs;       /* that budgets knows */
    struct random names;     /* of new pods */
    uint32_t image_count;
    VEC(uint32_t) class_images; /* numbers, class by class */

    struct rate controllers[CONTROLS];
    struct rate bindings, launching;
    int64_t schedule_from;                     /* the scheduler is not asked again before */
    uint32_t text_unreachable, text_not_ready; /* keys of taints, as far as the world knows them */
    struct taint joining, silent[2];
    int32_t lowest_priority; /* of all classes */
    uint64_t open_changes;   /* that may let a pod preempt; from 1 */
    uint64_t all_changes;    /* the same, with pods that leave closed nodes */
    int64_t changed;         /* when something last changed that may let a pod be placed */
    struct sim_stats stats;
};

/* ---- sim.c, evict.c ---- */

/* The disruption controller's status of this budget, written now. */
void sim_write_budget(struct sim *s, uint32_t pdb);
/* Writes what has changed, as far as the controller's client may; the rest is planned. */
void sim_sync_budgets(struct sim *s);
static inline bool sim_is_pod(const struct sim *s, uint32_t pod)
{
    return pod < s->w.pods.len && s->w.pods.items[pod].used;
}

/* Tells everybody. */
void sim_tell(struct sim *s, enum change_kind kind, uint32_t index);
static inline int64_t sim_seconds(const struct sim *s)
{
    return s->w.taken + s->now / 1000;
}
static inline bool sim_since(const struct sim *s, uint16_t minor)
{
    return version_at_least(s->version, (struct version){1, minor, 0, true});
}
/* ---- fetch.c: memory of the events that come next ---- */

void fetch_ahead(const struct sim *s);
/* For a pod that is about to come to the node: first the node, then what it points at. */
void fetch_node(const struct sim *s, uint32_t node);
void fetch_node_things(const struct sim *s, uint32_t node, uint32_t class);
/* For a pod that is about to be told to leave its node: where it is counted. */
void fetch_hosts(const struct sim *s, uint32_t pod);

/* ---- pods.c: a pod's life as the API shows it ---- */

/* Counters are kept by taking the pod out before it changes and in again afterwards. */
void pods_count_out(struct sim *s, uint32_t pod);
void pods_count_in(struct sim *s, uint32_t pod);

uint32_t pods_create(struct sim *s, const struct world_pod *pod);
void pods_bind(struct sim *s, uint32_t pod, uint32_t node);
void pods_set_ready(struct sim *s, uint32_t pod, bool ready);
/* DELETE with a grace (-1: its own). */
void pods_delete(struct sim *s, uint32_t pod, int grace_s);
/* The object goes. */
void pods_remove(struct sim *s, uint32_t pod);
/* Its node is gone: plans the garbage collector's visit. */
void pods_await_collector(struct sim *s, uint32_t pod);
/* Later events of the pod that are planned do not happen. */
static inline void pods_forget_plans(struct sim *s, uint32_t pod)
{
    s->pods.items[pod].stamp = (s->pods.items[pod].stamp + 1) & EVENT_STAMP_MASK;
}
static inline void pods_plan(struct sim *s, uint32_t pod, int64_t at, enum event_kind kind)
{
    queue_put(&s->queue, at, kind, pod, s->pods.items[pod].stamp);
}

/* ---- what clients write: grow.c, apply*.c ---- */

/* Takes over what the world that the copy is of has grown by: texts, classes, kinds that are
 * shared.
 */
void grow_take(struct sim *s);
/* The number of a text, entered where clients write. */
uint32_t grow_text(struct sim *s, struct sv text);
/* "cart-5f7-x2b8q" for a pod of this controller. */
uint32_t grow_pod_name(struct sim *s, uint32_t owner);
/* Counts all pods again: budgets, replicas or classes are others now. */
void grow_budgets(struct sim *s);
/* The claims of a pod that is made of its controller's template. */
void grow_claims(struct sim *s, struct birth *b);
/* A claim by name; WORLD_NONE when it is not there. */
uint32_t grow_find_claim(const struct sim *s, uint32_t ns, uint32_t name);
void apply_workload(struct sim *s, struct world_single *in, bool deleted);
void sim_apply_pod(struct sim *s, struct world_single *in, bool deleted);
void apply_node(struct sim *s, struct world_single *in, bool deleted);

/* ---- controllers ---- */

/* A pod is being deleted, is gone (told before it is), became Ready or not. */
void controllers_pod_deleting(struct sim *s, uint32_t pod);
void controllers_pod_gone(struct sim *s, uint32_t pod);
void controllers_pod_ready(struct sim *s, uint32_t pod);
void controllers_start(struct sim *s);
/* A workload that is new, or that asks for another number of pods than before: creates what is
 * missing, deletes what is too much. */
void controllers_adopt(struct sim *s, uint32_t owner);
void controllers_settle(struct sim *s, uint32_t owner);
void controllers_release(struct sim *s);
/* A birth's time has come. */
void controllers_birth(struct sim *s, uint32_t birth);
/* Asks for one more pod, `delay` milliseconds after the controller would create it. */
void controllers_ask(struct sim *s, enum controller c, const struct birth *b, int64_t delay);

void stateful_start(struct sim *s, uint32_t owner);
/* Ordinals beyond its replicas go, the highest first. `gone`: a pod that is about to be removed, or
 * WORLD_NONE. */
void stateful_shrink(struct sim *s, uint32_t owner, uint32_t gone);
/* Is there no pod of this ordinal, though there should be? */
bool stateful_lacks(struct sim *s, uint32_t owner, int32_t ordinal);
void stateful_born(struct sim *s, uint32_t pod);
void stateful_changed(struct sim *s, uint32_t pod, bool gone);
void stateful_available(struct sim *s, uint32_t pod);

void daemons_start(struct sim *s);
/* Creates the pods of DaemonSets that a new node gets before, or when it is Ready. */
void daemons_node(struct sim *s, uint32_t node, bool ready);
void daemons_pod_gone(struct sim *s, uint32_t pod, uint32_t node);
/* Binds a new pod to its node when there is room. */
void daemons_place(struct sim *s, uint32_t pod, uint32_t node);
void daemons_retry(struct sim *s, uint32_t node);
/* Makes the pods of a DaemonSet agree with the nodes that it is meant for now. */
void daemons_settle(struct sim *s, uint32_t owner);
/* Is there no pod of the DaemonSet on a node that is meant to have one? */
bool daemons_lack(const struct sim *s, uint32_t owner, uint32_t node);

void jobs_pod_deleting(struct sim *s, uint32_t pod);
void jobs_pod_gone(struct sim *s, uint32_t pod);
/* A pod has ended by itself. */
void jobs_pod_finished(struct sim *s, uint32_t pod);

/* ---- schedule.c ---- */

void schedule_start(struct sim *s);
/* When the scheduler has something to do; INT64_MAX: nothing that could help. */
int64_t schedule_next(const struct sim *s);
void schedule_run(struct sim *s);
/* Something changed: preemption may help where it did not. */
void schedule_changed(struct sim *s, enum change_kind kind, uint32_t index);

/* ---- kubelet.c, classes.c, images.c ---- */

/* The kubelet sees a pod bound to its node. */
void kubelet_bound(struct sim *s, uint32_t pod);
void kubelet_volumes_ready(struct sim *s, uint32_t pod);
void kubelet_started(struct sim *s, uint32_t pod);
void kubelet_node_ready(struct sim *s, uint32_t node);
/* Plans the end of a pod that has just been told to go. */
void kubelet_stop(struct sim *s, uint32_t pod, int grace_s);
/* A pod of this class will never be Ready: none was for long when the snapshot was taken. */
bool kubelet_is_broken(const struct sim *s, uint32_t class);

/* What the events will ask of the classes. */
void classes_start(struct sim *s);
void classes_grow(struct sim *s);
void images_start(struct sim *s);
/* Numbers the images of classes that are new. */
void images_grow(struct sim *s);
/* Share of the class's images that the node lacks, 0 to 1. */
double images_missing(struct sim *s, uint32_t node, uint32_t class);
void images_pulled(struct sim *s, uint32_t node, uint32_t class);

/* ---- volumes ---- */

void volumes_start(struct sim *s);
/* A volume that the simulator does not know yet. */
uint32_t volumes_enter(struct sim *s, const struct world_pv *pv);
/* Makes a volume for a claim at once, in the zone of some node. */
void volumes_provision_now(struct sim *s, uint32_t pvc);
/* The pod's volumes are wanted on its node; how many are not there yet. */
uint16_t volumes_want(struct sim *s, uint32_t pod);
/* The pod no longer uses them; clean: its kubelet has unmounted them. */
void volumes_drop(struct sim *s, uint32_t pod, bool clean);
void volumes_attached(struct sim *s, uint32_t attachment);
void volumes_detach(struct sim *s, uint32_t attachment);
void volumes_detached(struct sim *s, uint32_t attachment);
/* The attachment of a volume to a node (WORLD_NONE: of one that is gone); WORLD_NONE without. */
uint32_t volume_find(const struct sim *s, uint32_t pv, uint32_t node);
uint32_t volume_attach(struct sim *s, uint32_t pv, uint32_t node, bool attached);
/* When the node next says which volumes it has mounted. */
int64_t volume_next_status(uint32_t node, int64_t now);
/* The node's object goes. */
void volumes_node_gone(struct sim *s, uint32_t node);
/* Binds claims that wait for a consumer to new volumes in the node's zone; tells whether it did. */
bool volumes_provision(struct sim *s, uint32_t pod, uint32_t node);

/* ---- nodes ---- */

void nodes_start(struct sim *s);
void node_join(struct sim *s, uint32_t launch);
/* Another set of its own taints, with which those for its health go on. */
void node_set_own_taints(struct sim *s, uint32_t node, const struct taint *taints, uint32_t count);
/* Seconds that a pod of the class stays on a node with this taint; -1: for ever. */
int64_t node_tolerated(const struct world_class *c, const struct taint *t);
/* A Node that a client wrote: there is no machine behind it. */
uint32_t node_enter(struct sim *s, const struct world_node *spec);
void node_ready(struct sim *s, uint32_t node);
void node_removed(struct sim *s, uint32_t node);
void node_lost(struct sim *s, uint32_t node);
void node_tainted(struct sim *s, uint32_t node);
void nodes_after_loss(struct sim *s);
/* Shows the taints of a silent node, or only its own. */
void node_set_health(struct sim *s, uint32_t node, bool silent);
static inline void node_plan(struct sim *s, uint32_t node, int64_t at, enum event_kind kind)
{
    queue_put(&s->queue, at, kind, node, s->nodes.items[node].stamp);
}

#endif
