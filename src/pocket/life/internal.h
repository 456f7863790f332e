/* internal: what the files of pocket/life share. Nobody else includes it. */
#ifndef TOBAN_POCKET_LIFE_INTERNAL_H
#define TOBAN_POCKET_LIFE_INTERNAL_H

#include "base/jsonw.h"
#include "base/must.h"
#include "pocket/address.h"
#include "pocket/life.h"
#include "pocket/life/json.h"
#include "pocket/life/spec.h"
#include "sim/random.h"
#include "world/index.h"

/* A change as it was told, with the name of what may be gone since. */
struct life_change {
    enum change_kind kind;
    uint32_t index, ns, name;
};

/* A pod whose program ends. */
struct life_end {
    int64_t at;
    uint32_t pod, name;
};

/* When something has to be looked at again. */
enum life_alarm_kind { ALARM_WORKLOAD, ALARM_SCALER, ALARM_KINDS };
struct life_alarm {
    int64_t at; /* virtual ms */
    enum life_alarm_kind kind;
    uint32_t index;
};

/* The earliest one of each thing counts; those that were set before it are passed over. */
struct life_alarms {
    VEC(struct life_alarm) heap;
    VEC(int64_t) due[ALARM_KINDS]; /* by index; 0: none */
};

/* A Job that a controller deletes. */
struct life_removal {
    uint32_t workload, name;
};

/* A HorizontalPodAutoscaler; texts of the world. */
struct life_scaler {
    uint32_t ns, name;
    bool used;
};

/* A pod among those of its class; class WORLD_NONE: in no list. */
struct life_link {
    uint32_t next, prev, class;
};

struct life_class {
    uint32_t first; /* pod */
    bool chained;   /* in classes_of_ns */
};

/* Lists of numbers by namespace. */
struct life_chains {
    struct index first;
    VEC(uint32_t) next;
};

/* Of a pod that came with one; "": it follows from the pod's place. */
struct life_address {
    char text[ADDRESS_TEXT_MAX];
};

/* The address of a node, which is asked for with each of its pods. */
struct life_host_address {
    uint32_t name; /* of the node: another one may have its place by now */
    char text[ADDRESS_TEXT_MAX];
};

/* The image that a machine runs; texts are the world's. */
struct life_image {
    uint32_t node;                  /* its name */
    const char *ami_type, *release; /* NULL: not told */
};

struct life_marks {
    VEC(uint32_t) items;
    VEC(bool) set; /* by index */
};

typedef VEC(struct sv) life_heads;

/* A class as pods that are made up from it show it: fields without their braces. */
struct life_shape {
    struct sv labels, spec;
    struct sv gates;  /* spec.readinessGates; absent: none */
    struct sv *heads; /* of its containers' statuses; NULL: not made yet */
    size_t head_count;
};

struct pocket_life {
    struct world *grows;
    struct sim *sim;
    const struct world *w;     /* the simulator's */
    const struct cloud *cloud; /* as it was at the start; NULL: none */
    struct life_host host;
    void (*listener)(void *ctx, const struct world_change *c, int64_t now_ms); /* NULL: nobody */
    void *listener_ctx;
    const char *(*groups)(void *ctx, struct sv ns, struct sv service); /* NULL: nobody knows */
    void *groups_ctx;
    struct random random;
    struct version version; /* of the control plane */
    int64_t job_ms;
    VEC(struct life_change) changes;
    struct life_marks pods, nodes, workloads, services, scaler_marks;
    struct life_chains classes_of_ns, services_of_ns;
    VEC(struct life_class) of_class;
    VEC(struct life_link) links;         /* of each pod */
    VEC(struct life_address) addresses;  /* by pod */
    VEC(struct life_host_address) hosts; /* by node */
    VEC(uint32_t) revisions;             /* of each pod: hash of the template it is made of */
    VEC(uint32_t) workload_hashes;       /* of each workload's template now; 0: not told */
    VEC(struct life_end) ends;
    struct life_alarms alarms;
    VEC(struct life_removal) removals;
    VEC(struct life_scaler) scalers;
    VEC(uint32_t) scaler_of;       /* by workload: whose target it is, from 1 */
    VEC(struct life_image) images; /* of machines that AWS started */
    struct arena scratch;
    struct str out, status, part;
    struct str state;
    life_heads heads;
    VEC(struct life_shape) shapes; /* by class */
    struct arena shape_texts;
    bool flushing;
    uint64_t events;        /* made so far */
    VEC(uint32_t) event_ns; /* of those that are kept */
};

/* ---- life.c ---- */

void life_mark(struct life_marks *m, uint32_t index);
/* Entered as objects until nothing is left to tell. */
void life_flush(struct pocket_life *l);
struct sv life_text(const struct pocket_life *l, uint32_t id);
/* "2026-11-23T01:02:03Z" as a JSON string. */
void life_write_time(struct jsonw *j, const char *key, int64_t seconds);
/* A new uid: text. */
void life_uid(struct pocket_life *l, char out[static 37]);
/* The object; scratch memory of the one before is given back. */
struct sv life_get(struct pocket_life *l, const struct life_name *n);
void life_put(struct pocket_life *l, const struct life_name *n, struct str *json);
/* apiVersion, kind and metadata {name, namespace, uid, creationTimestamp …}, left open. uid 0: a
 * fresh one; created 0: when the world was taken. */
void life_write_head(struct pocket_life *l, struct jsonw *j, const struct life_name *n,
                     uint32_t uid, int64_t created);
/* Begins l->out anew with that. */
void life_begin_object(struct pocket_life *l, struct jsonw *j, const struct life_name *n,
                       uint32_t uid, int64_t created);

static inline bool life_since(const struct pocket_life *l, uint16_t minor)
{
    return version_at_least(l->version, (struct version){1, minor, 0, true});
}

/* ---- alarm.c ---- */

/* Looks at it again at this time, or before when an earlier one is set; what is over: at once. */
void life_alarm(struct pocket_life *l, enum life_alarm_kind kind, uint32_t index, int64_t at_ms);
/* INT64_MAX: none. */
int64_t life_next_alarm(const struct pocket_life *l);
/* Marks what is due. */
void life_ring(struct pocket_life *l);
void life_alarms_release(struct life_alarms *a);
/* Virtual ms of a virtual Unix time. */
static inline int64_t life_ms_of(const struct pocket_life *l, int64_t seconds)
{
    return (seconds - l->w->taken) * 1000;
}

/* ---- condition.c ---- */

struct life_condition {
    const char *type, *reason, *message; /* "" or NULL: not written */
    bool on;
};
/* Appends a condition to an open list. `before`: the list till now (JSON; absent: none), from which
 * the time of its last transition stays when its status does, and the time in `touched`
 * ("lastUpdateTime"; NULL: has none) when its reason and message do as well, unless `touch`. */
struct life_condition_way {
    struct sv before;
    const char *touched;
    bool touch;
};
void life_write_condition(struct pocket_life *l, struct jsonw *j, const struct life_condition *c,
                          const struct life_condition_way *way);
/* The condition of this type in a list; absent: there is none. */
struct sv life_condition_of(struct pocket_life *l, struct sv conditions, struct sv type);

/* ---- kinds ---- */

struct life_name life_workload_name(const struct pocket_life *l, uint32_t workload);
struct life_name life_pod_name(const struct pocket_life *l, uint32_t pod);

/* What a pod's status is written from. */
struct life_pod_text {
    const struct sv *heads; /* of its containers' statuses */
    size_t head_count;
    struct sv before; /* its status till now; absent: none */
    struct sv gates;  /* spec.readinessGates; absent: none */
};
/* Heads from spec.containers, and from an object's containerStatuses (else its spec), into out
 * anew; texts are scratch memory. */
void life_pod_heads(struct pocket_life *l, struct sv containers, life_heads *out);
void life_pod_kept_heads(struct pocket_life *l, struct sv json, life_heads *out);
/* Appends the status; what the simulator does not know stays as it was before. */
void life_write_pod_status(struct pocket_life *l, struct str *out, uint32_t pod,
                           const struct life_pod_text *text);

/* Remembers the address that a node has by its name. */
void life_keep_host(struct pocket_life *l, uint32_t node);
/* The pod has this address from now on; absent or empty: the one that follows from its place. */
void life_keep_address(struct pocket_life *l, uint32_t pod, struct sv address);

/* ---- groups.c ---- */

/* A pod is there, or has become another; and is gone. */
void life_join_class(struct pocket_life *l, uint32_t pod);
void life_leave_class(struct pocket_life *l, uint32_t pod);
/* Services came or went. */
void life_chain_services(struct pocket_life *l);
void life_chains_release(struct life_chains *c);
/* Marks the services that select the pod. */
void life_mark_services(struct pocket_life *l, uint32_t pod);
/* Tells the pods that a service with a selector has. */
void life_each_selected(struct pocket_life *l, uint32_t service,
                        void (*fn)(void *ctx, uint32_t pod), void *ctx);

/* Each makes the object unless the host has it, and brings it up to date. */
void life_pod_enter(struct pocket_life *l, uint32_t pod);
void life_pod_update(struct pocket_life *l, uint32_t pod);
void life_node_enter(struct pocket_life *l, uint32_t node);
void life_node_update(struct pocket_life *l, uint32_t node);
void life_workload_enter(struct pocket_life *l, uint32_t workload);
void life_workload_update(struct pocket_life *l, uint32_t workload);
void life_pdb_update(struct pocket_life *l, uint32_t pdb);
void life_volume_update(struct pocket_life *l, uint32_t pv);
void life_claim_update(struct pocket_life *l, uint32_t pvc);
void life_attachment_update(struct pocket_life *l, uint32_t attachment);
void life_service_enter(struct pocket_life *l, uint32_t service);
void life_service_update(struct pocket_life *l, uint32_t service);
/* Namespaces, classes and services of the world. */
void life_enter_others(struct pocket_life *l);

/* ---- controllers ---- */

/* How many pods a workload has, as its status tells. */
struct life_counts {
    int32_t pods, ready, updated, leaving;
    int32_t available; /* Ready for its minReadySeconds */
    int64_t changes;   /* Unix seconds when one more will be available; 0: none waits for it */
};
struct life_counts life_count(const struct pocket_life *l, uint32_t workload);
uint32_t life_find_workload(const struct pocket_life *l, enum workload_kind kind, struct sv ns,
                            struct sv name);
/* Hash of a template, never 0. */
uint32_t life_template_hash(struct pocket_life *l, struct sv template);
/* Takes the template of the object as what its pods are made of from now on. */
void life_take_template(struct pocket_life *l, uint32_t workload, struct sv json);
/* Replaces pods of an old template, one at a time. */
void life_roll(struct pocket_life *l, uint32_t workload);
/* The Deployment controller looks at it. */
void life_deploy(struct pocket_life *l, uint32_t deployment);
/* How many of its pods may be missing in a rollout. */
int32_t life_max_unavailable(struct pocket_life *l, uint32_t deployment);
void life_write_deployment(struct pocket_life *l, struct jsonw *j, uint32_t deployment,
                           struct sv json);
/* Claims of a StatefulSet's templates. */
void life_make_claims(struct pocket_life *l, struct sv ns, struct sv name, struct sv json);

/* A copy with one field replaced (life_json_edit); scratch memory. Absent json: of an empty map. */
struct sv life_edited(struct pocket_life *l, struct sv json, const char *outer, const char *inner,
                      struct sv raw);
/* Lets the simulator act on a workload's object. */
int life_apply(struct pocket_life *l, const struct life_name *n, bool deleted, struct sv json,
               struct err *err);
/* Writes spec.replicas into the workload's object, and lets the simulator act on it. */
void life_scale(struct pocket_life *l, uint32_t workload, int32_t replicas);

/* ---- jobs ---- */

enum life_job_state { JOB_RUNS, JOB_COMPLETE, JOB_FAILED };
enum life_job_state life_job_state(struct pocket_life *l, struct sv json);
void life_write_job(struct pocket_life *l, struct jsonw *j, uint32_t job, struct sv json);
/* Its time after the end; its CronJob. */
void life_settle_job(struct pocket_life *l, uint32_t job);
void life_settle_cron(struct pocket_life *l, uint32_t cron);
/* Deletes it, and what it owns, when the simulator does not run. */
void life_remove_job(struct pocket_life *l, uint32_t job);

/* ---- gates.c ---- */

/* Are readiness gates added to pods of this namespace? */
bool life_injects_gates(const struct pocket_life *l, struct sv ns);
/* Appends a list: a template's own gates, and one for each service that has pods with these labels
 * as targets, until there are so many of load balancers; where these are added, own ones of load
 * balancers are dropped. False: it is empty. */
bool life_write_gates(struct pocket_life *l, struct str *out, struct sv own, struct sv ns,
                      struct sv labels, size_t most);
/* A workload as admission will make its pods; in *out where that differs from json. */
struct sv life_gated(struct pocket_life *l, const struct life_name *n, struct sv json,
                     struct str *out);
/* Services or the namespace have changed: pods to come may have other gates. */
void life_gate_again(struct pocket_life *l, struct sv ns);
/* Appends the conditions of gates to an open list, given the list till now. */
void life_write_gate_conditions(struct pocket_life *l, struct str *out, struct sv gates,
                                struct sv before, const struct world_pod *p);
bool life_is_gate(struct pocket_life *l, struct sv gates, struct sv type);

/* ---- scaler.c ---- */

void life_enter_scalers(struct pocket_life *l);
void life_scaler_written(struct pocket_life *l, const struct life_name *n, bool deleted);
void life_scaler_target_changed(struct pocket_life *l, uint32_t workload);
void life_settle_scaler(struct pocket_life *l, uint32_t scaler);

/* ---- events ---- */

struct life_about {
    struct life_name name;
    uint32_t ns; /* text */
};
void life_event_about(struct pocket_life *l, const struct life_about *about, const char *reason,
                      const char *type, const char *fmt, ...) __attribute__((format(printf, 5, 6)));
/* An Event about a pod. */
void life_event(struct pocket_life *l, uint32_t pod, const char *reason, const char *type,
                const char *fmt, ...) __attribute__((format(printf, 5, 6)));

#endif
