/*
 * sim: a cluster in virtual time: API server's eviction, controllers, scheduler, kubelets, volumes,
 * load balancers' gates. It starts from a world, takes the same verbs a live cluster takes, and
 * tells every change. No I/O, no clock; chance comes from the seed only, so that a run is repeated
 * exactly by its options.
 *
 * What each part does and where it is simpler than the real one: docs/simulator.md. How long things
 * take: times.h. Operations (what to drain, in which order) do not live here: ops/nodes.
 */
#ifndef TOBAN_SIM_SIM_H
#define TOBAN_SIM_SIM_H

#include "sched/sched.h"
#include "sim/times.h"
#include "world/cloud.h"
#include "world/eviction.h"

struct sim_options {
    struct version version; /* of the control plane; VERSION_NONE: the world's */
    uint64_t seed;
    const struct sim_times *times; /* NULL: calibrated by the world's samples and the cloud */
    bool
        spread_times; /* draw durations from their distributions; false: medians, one certain run */
    /* Called for each change, when the world shows it (GONE: before the slot is freed). It must
     * call no verb: what it wants to do is done between two calls of sim_run. */
    void (*on_change)(void *ctx, const struct world_change *c, int64_t now_ms);
    /* The world itself, when clients write to the cluster (sim_apply): texts and classes of what
     * they write are added to it, and pods that controllers create get names. NULL: a rehearsal. */
    struct world *grows;
    /* A change of this pod, which the world shows, is near, or (on_next: that it gets Ready) likely
     * to come next: chances to fetch memory. Both may be NULL. */
    void (*on_near)(void *ctx, uint32_t pod);
    void (*on_next)(void *ctx, uint32_t pod);
    void *ctx;
};

struct sim;

/* A cluster as the world says, at time 0. The world (and cloud, which may be NULL) must outlive it
 * and stay unchanged: the simulator works on a copy. Never NULL. */
struct sim *sim_new(const struct world *w, const struct cloud *cloud, const struct sim_options *o);
void sim_free(struct sim *s);

/* The world as it is now; owned by the simulator. Only verbs change it. */
const struct world *sim_world(const struct sim *s);
struct sched *sim_sched(struct sim *s);

/* Milliseconds since the start. */
int64_t sim_now(const struct sim *s);
/* Time of the next event; INT64_MAX when nothing is under way. */
int64_t sim_next(const struct sim *s);
/* Runs all events up to and including `until`, and sets the clock to it. */
void sim_run(struct sim *s, int64_t until);

/* ---- verbs ---- */

void sim_cordon(struct sim *s, uint32_t node, bool on);
/* POST pods/NAME/eviction. grace_s -1: the pod's own. */
struct eviction_answer sim_evict(struct sim *s, uint32_t pod, int grace_s, bool dry_run);
/* DELETE of a pod: no budget is asked. */
void sim_delete_pod(struct sim *s, uint32_t pod, int grace_s);
/* Starts a machine; its Node appears, becomes Ready and gets its DaemonSet pods after the times of
 * a node join. `spec` as world_node_add takes it (name may be STRINGS_NONE). `fails`: it never
 * registers. Returns nothing: watch for CHANGE_NODE_ADDED. */
void sim_node_start(struct sim *s, const struct world_node *spec, bool fails);
/* Terminates the machine and removes the Node; pods still on it die with it, attachments stay until
 * the controller forces them off. */
void sim_node_terminate(struct sim *s, uint32_t node);
/* The machine dies without a word: NotReady after the grace period, then taints and eviction by
 * tolerationSeconds; attached volumes wait for the forced detach. */
void sim_node_die(struct sim *s, uint32_t node);

/* ---- verbs of a cluster that clients write to (sim_options.grows) ---- */

/* A client created, replaced or (deleted) removed an object; `json` is the object as it is now, or
 * was last. Controllers act on it as time goes on: missing pods are created, surplus ones deleted,
 * a node's pods that do not tolerate a new taint leave. A pod comes into being, is bound when it
 * names a node, or gets another controller; what the simulator itself knows (phase, readiness, a
 * budget's status, who is attached) is not taken from the object. A deleted workload's pods stay
 * until they are deleted, a deleted pod goes at once. Kinds that the simulator does not know change
 * nothing. -1 when the JSON cannot be read; nothing has changed then. */
int sim_apply(struct sim *s, struct sv api_version, struct sv kind, bool deleted, struct sv json,
              struct err *err);
/* Somebody else added texts to the world: the simulator's own sees them from now on. To be called
 * before anything else is asked of it. */
void sim_take_growth(struct sim *s);
/* A pod's containers end by themselves: it is Succeeded or Failed. No effect unless it runs. */
void sim_finish_pod(struct sim *s, uint32_t pod, bool succeeded);
/* A client's scheduler binds a waiting pod. No effect when it has a node or is being deleted. */
void sim_bind_pod(struct sim *s, uint32_t pod, uint32_t node);
/* The cloud does not take this volume off the machines that have it now until so many milliseconds
 * after it was asked to (0: never), until sim_let_off_volume, or until the machine has ended. */
void sim_hold_volume(struct sim *s, uint32_t pv, int64_t ms);
void sim_let_off_volume(struct sim *s, uint32_t pv);

/* A verb will be asked about this pod soon (WORLD_NONE: nothing is done): fetches memory, in steps
 * that are some time apart, as one tells where the next is. */
enum sim_fetch { SIM_FETCH_POD, SIM_FETCH_AROUND, SIM_FETCH_COUNTS };
void sim_fetch(const struct sim *s, uint32_t pod, enum sim_fetch step);

/* Pods of this Job that failed; from 1.25 on those that were deleted, too. */
int32_t sim_job_failures(const struct sim *s, uint32_t workload);
/* Nodes that this DaemonSet is meant for now. */
uint32_t sim_daemon_nodes(const struct sim *s, uint32_t workload);

/* ---- what a report wants to know ---- */

struct sim_stats {
    uint64_t events, evictions, refused, scheduled, preempted;
    uint32_t pending, not_ready; /* pods now, that belong to no node */
    int64_t forced_detaches, multi_attach_waits;
    uint64_t assumed; /* pods of controllers that the world does not hold, taken as re-created */
};
void sim_get_stats(const struct sim *s, struct sim_stats *out);
/* The scheduler's own words on why this pod waits; "" when it does not. */
void sim_why_pending(struct sim *s, uint32_t pod, struct str *out);

#endif
