/*
 * life: what makes the pocket EKS a living cluster. Owns the simulator, lets it run to the virtual
 * time that the caller gives, turns what happens in it into full objects of the API, and what
 * clients write into verbs of the simulator. The Deployment controller, endpoints, statuses and
 * events are made here, because the simulator knows only what decides about pods.
 *
 * Objects are kept by the host (pocket/objects); here is no HTTP, no clock and no selection of who
 * may do what. One thread, no locks. But for `remove`, no call into the host may call back into
 * life.
 */
#ifndef TOBAN_POCKET_LIFE_H
#define TOBAN_POCKET_LIFE_H

#include "base/err.h"
#include "pocket/address.h"
#include "sim/sim.h"

/* An object by name; ns is absent for kinds of the cluster. */
struct life_name {
    struct sv api_version, kind, ns, name;
};

/* Who keeps the objects. */
struct life_host {
    void *ctx;
    /* The object as it is stored, compact JSON with metadata, with or without apiVersion and kind;
     * absent when it is not there. Good
     * until the next put or drop. */
    struct sv (*get)(void *ctx, const struct life_name *n);
    /* Enters or replaces it as a controller does: the host sets resourceVersion and tells watches.
     * metadata come first, or behind apiVersion and kind. */
    void (*put)(void *ctx, const struct life_name *n, struct sv json);
    /* It goes at once, whatever its grace. */
    void (*drop)(void *ctx, const struct life_name *n);
    /* A controller's DELETE: finalizers hold, what it owns goes, too. It is told as what a client
     * writes is (pocket_life_written, pocket_life_delete_pod); asked for by pocket_life_run only.
     */
    void (*remove)(void *ctx, const struct life_name *n);
};

struct life_options {
    struct version version;        /* of the control plane; VERSION_NONE: the world's */
    uint64_t seed;                 /* of names, uids and durations */
    const struct sim_times *times; /* NULL: calibrated */
    int64_t job_ms; /* how long the program of a Job's pod runs, and of a client's own pod that
                       is not started again; 0: 10 s */
};

struct pocket_life;

/* A cluster as the world says at virtual time 0, which is the world's `taken` (the caller sets it
 * for an empty world). Objects that the host does not have yet are made up from the world and
 * entered; those of dumps are entered by the caller before, and read into the world by world/load.
 * The world is changed (texts are added); it, the cloud and the host must outlive it. Never
 * NULL. */
struct pocket_life *pocket_life_new(struct world *w, const struct cloud *cloud,
                                    const struct life_host *host, const struct life_options *o);
void pocket_life_free(struct pocket_life *life);

/* ---- time ---- */

/* Lets everything happen up to now_ms (virtual milliseconds since the start). */
void pocket_life_run(struct pocket_life *life, int64_t now_ms);
/* When something happens next; INT64_MAX: nothing before a client writes. */
int64_t pocket_life_next(const struct pocket_life *life);
/* Virtual Unix seconds. */
int64_t pocket_life_seconds(const struct pocket_life *life);

/* fn is told each change when it happens, at its own virtual millisecond, while the world shows it;
 * it must not call back. One listener; NULL: nobody. */
void pocket_life_listen(struct pocket_life *life,
                        void (*fn)(void *ctx, const struct world_change *c, int64_t now_ms),
                        void *ctx);

/* fn tells the target group that pods behind this service are registered in, NULL when there is
 * none; its name is in the readiness gates of new pods. */
void pocket_life_ask_groups(struct pocket_life *life,
                            const char *(*fn)(void *ctx, struct sv ns, struct sv service),
                            void *ctx);

/* Writes the readiness gates of a pod with these labels (a JSON map), which a client makes with
 * those gates of its own (a list; absent: none), into *out. False: it gets no others. */
bool pocket_life_gates(struct pocket_life *life, struct sv ns, struct sv labels, struct sv own,
                       struct str *out);

/* ---- what clients write ---- */

/* A client created, replaced or (deleted) removed the object, which the host has entered already
 * (removed: json is what it was). A workload with a deletionTimestamp counts as removed. Kinds
 * without a meaning here are left alone. What a controller has to do is done before it returns or
 * when its time comes. -1 when it cannot be read. */
int pocket_life_written(struct pocket_life *life, const struct life_name *n, bool deleted,
                        struct sv json, struct err *err);
/* POST pods/NAME/eviction; grace_s -1: the pod's own. The answer is the simulator's; the pod gets
 * its deletionTimestamp before it returns. */
struct eviction_answer pocket_life_evict(struct pocket_life *life, struct sv ns, struct sv pod,
                                         int grace_s, bool dry_run);
/* DELETE of a pod: it gets its deletionTimestamp, or goes (grace 0, never bound, finished). False
 * when the simulator has no such pod: the host deletes the object by itself. */
bool pocket_life_delete_pod(struct pocket_life *life, struct sv ns, struct sv pod, int grace_s);
/* POST pods/NAME/binding. False when there is no such pod or node, or it is bound. */
bool pocket_life_bind(struct pocket_life *life, struct sv ns, struct sv pod, struct sv node);

/* ---- machines, for the AWS side ---- */

struct life_machine {
    struct sv name;          /* of the Node: "ip-10-0-1-7.eu-west-1.compute.internal" */
    struct sv provider_id;   /* "aws:///eu-west-1a/i-0abc" */
    struct sv instance_type; /* decides capacity and allocatable; unknown: 2 CPUs, 8 GiB */
    struct sv zone, region, group;
    struct sv kubelet_version;      /* "v1.30.4-eks-a737599" */
    const char *ami_type, *release; /* "AL2_x86_64", "1.30.4-20251103"; NULL: not told */
    const struct sv (*labels)[2];
    size_t label_count;
    const struct sv (*taints)[3]; /* key, value, effect */
    size_t taint_count;
    bool fails; /* it never joins */
};
/* Starts a machine: its Node joins and becomes Ready after the times of a node join. */
void pocket_life_start_machine(struct pocket_life *life, const struct life_machine *m);
/* Ends it: its Node goes. False when there is no such Node (it may still be on its way). */
bool pocket_life_terminate_machine(struct pocket_life *life, struct sv node);
/* It falls silent. */
bool pocket_life_kill_machine(struct pocket_life *life, struct sv node);

/* Cordons the node, and evicts those of its pods that budgets let go now, as somebody does who
 * drains it without hurry: to be called again until it returns 0, the number of pods that are left
 * and do not belong to the node. 0 also when there is no such Node. */
uint32_t pocket_life_drain_machine(struct pocket_life *life, struct sv node);

struct life_relabel {
    const struct sv (*labels)[2];                       /* added or replaced */
    const struct sv *dropped;                           /* keys */
    const struct sv (*taints)[3], (*dropped_taints)[3]; /* key, value, effect */
    size_t label_count, dropped_count, taint_count, dropped_taint_count;
};
/* Changes labels and taints of a Node as EKS does when those of its group change. False when there
 * is no such Node. */
bool pocket_life_relabel_machine(struct pocket_life *life, struct sv node,
                                 const struct life_relabel *change);

struct life_joined {
    bool there, ready;
    uint32_t pods; /* that do not belong to the node */
};
struct life_joined pocket_life_joined(const struct pocket_life *life, struct sv node);

/* AWS does not take the volume with this handle ("vol-…") off the machine that has it now until so
 * many milliseconds after it was asked to (0: never), until somebody forces it (_let_off), or until
 * the machine has ended. False when no volume has the handle. */
bool pocket_life_hold_volume(struct pocket_life *life, struct sv handle, int64_t ms);
bool pocket_life_let_off_volume(struct pocket_life *life, struct sv handle);

/* The address of a pod that runs on a node; returns out. */
const char *pocket_life_pod_address(const struct pocket_life *life, uint32_t pod,
                                    char out[static ADDRESS_TEXT_MAX]);

/* The cluster as the simulator holds it, for the AWS side (attachments, nodes) and for tests. */
const struct world *pocket_life_world(const struct pocket_life *life);

#endif
