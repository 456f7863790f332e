/* internal: what the files of pocket/life share. Nobody else includes it. */
#ifndef TOBAN_POCKET_LIFE_INTERNAL_H
#define TOBAN_POCKET_LIFE_INTERNAL_H

#include "base/jsonw.h"
#include "base/must.h"
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

struct life_link {
    uint32_t next, prev;
};

struct life_marks {
    VEC(uint32_t) items;
    VEC(bool) set; /* by index */
};

struct pocket_life {
    struct world *grows;
    struct sim *sim;
    const struct world *w; /* the simulator's */
    struct life_host host;
    struct random random;
    int64_t job_ms;
    VEC(struct life_change) changes;
    struct life_marks pods, nodes, workloads, services;
    struct index first_of_ns;      /* a pod of each namespace */
    VEC(struct life_link) of_ns;   /* of each pod: the others of its namespace */
    VEC(uint32_t) revisions;       /* of each pod: hash of the template it is made of */
    VEC(uint32_t) workload_hashes; /* of each workload's template now; 0: not told */
    VEC(struct life_end) ends;
    struct arena scratch;
    struct str out, status, part;
    struct str spec;     /* fields of the class written last, for the next pod of it */
    uint32_t spec_class; /* WORLD_NONE: none yet */
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
/* apiVersion, kind and metadata {name, namespace, uid, creationTimestamp …}, left open. */
void life_begin_object(struct pocket_life *l, struct jsonw *j, const struct life_name *n,
                       uint32_t uid, int64_t created);

/* ---- kinds ---- */

struct life_name life_workload_name(const struct pocket_life *l, uint32_t workload);
struct life_name life_pod_name(const struct pocket_life *l, uint32_t pod);

/* Pods of a namespace are found without looking at all. */
void life_join_ns(struct pocket_life *l, uint32_t pod);
void life_leave_ns(struct pocket_life *l, uint32_t pod);

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
void life_service_update(struct pocket_life *l, uint32_t service);
/* Namespaces, classes and services of the world. */
void life_enter_others(struct pocket_life *l);

/* ---- controllers ---- */

/* How many pods a workload has, as its status tells. */
struct life_counts {
    int32_t pods, ready, updated, leaving;
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
/* Claims of a StatefulSet's templates. */
void life_make_claims(struct pocket_life *l, struct sv ns, struct sv name, struct sv json);

/* An Event about a pod. */
void life_event(struct pocket_life *l, uint32_t pod, const char *reason, const char *type,
                const char *fmt, ...) __attribute__((format(printf, 5, 6)));

#endif
