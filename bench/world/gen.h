/*
 * gen: a made-up but realistic cluster for measurements. gen_plan decides what there is and places
 * every pod so that all hard constraints hold; gen_write_* print it as `kubectl get -A -o json`
 * does. The same options give the same bytes. A tool of bench/: nothing in src/ may use it.
 */
#ifndef TOBAN_BENCH_WORLD_GEN_H
#define TOBAN_BENCH_WORLD_GEN_H

#include "base/err.h"
#include "base/jsonw.h"
#include "base/vec.h"

#include <stdint.h>

#define GEN_ZONES 3
#define GEN_DAEMONS 4
#define GEN_NODES_OF_GROUP 450 /* the default quota of a managed node group */
#define GEN_CPU_M 15890        /* allocatable of an m5.4xlarge with 110 pods */
#define GEN_MEMORY_MI 61316    /* 64391012Ki less 255 + 11 x 110 Mi and 100 Mi of eviction */
#define GEN_PODS_OF_NODE 110
#define GEN_VOLUMES_OF_NODE 25
#define GEN_NOW 1795168800 /* 2026-11-20T10:00:00Z: when the dump was made */
#define GEN_NAME_MAX 64
#define GEN_UID_MAX 40
#define GEN_TIME_MAX 40
#define GEN_KUBE_SYSTEM UINT32_MAX /* the namespace's id */
#define GEN_NODES_MAX 50000
#define GEN_PODS_MAX 5000000

struct gen_options {
    unsigned nodes, pods, workloads, pdbs;
    unsigned blockers; /* budgets that allow nothing */
    unsigned padding;  /* more bytes per pod: env values and managedFields */
    bool compact;      /* no line ends and spaces */
    uint64_t seed;
};

enum gen_kind { GEN_DEPLOYMENT, GEN_STATEFUL_SET, GEN_JOB, GEN_DAEMON_SET };

enum gen_trait {
    GEN_SPREAD_ZONE = 1 << 0,    /* DoNotSchedule, maxSkew 1 */
    GEN_SPREAD_HOST = 1 << 1,    /* ScheduleAnyway */
    GEN_ANTI_REQUIRED = 1 << 2,  /* by hostname, against itself */
    GEN_ANTI_PREFERRED = 1 << 3, /* by hostname, against itself */
    GEN_AFFINITY = 1 << 4,       /* required, by zone, to the workload `friend` */
    GEN_NODE_PREFERRED = 1 << 5, /* prefers a zone */
    GEN_VOLUME = 1 << 6,         /* one EBS volume per pod */
    GEN_HPA = 1 << 7,
    GEN_PDB = 1 << 8,
    GEN_LOAD_BALANCER = 1 << 9, /* pods wait for a target group's readiness gate */
    GEN_PRE_STOP = 1 << 10,
    GEN_BEST_EFFORT = 1 << 11, /* requests nothing */
    GEN_GUARANTEED = 1 << 12,  /* limits equal requests */
    GEN_INIT = 1 << 13,        /* an init container */
    GEN_HOST_NETWORK = 1 << 14,
};

enum gen_pdb_form {
    GEN_MAX_ONE,
    GEN_MAX_PERCENT,
    GEN_MIN_PERCENT,
    GEN_MIN_COUNT,
};

struct gen_workload {
    unsigned id;
    enum gen_kind kind;
    unsigned traits; /* enum gen_trait */
    char name[GEN_NAME_MAX];
    unsigned namespace;
    unsigned replicas; /* running pods */
    unsigned finished; /* pods of a Job that are done */
    unsigned cpu_m, memory_mi;
    unsigned priority; /* index of gen_priorities */
    unsigned grace_s, ready_s;
    unsigned friend; /* workload id, with GEN_AFFINITY */
    enum gen_pdb_form pdb_form;
    int pdb_value; /* a count or a percentage */
    unsigned pdb_allowed;
    size_t first_pod; /* of struct gen_world.pods; running ones first */
};

struct gen_pod {
    unsigned workload, ordinal, node;
    unsigned zone; /* of its volume */
    bool finished;
    long created;
};

struct gen_node {
    unsigned id, zone, group;
    unsigned cpu_m, memory_mi, pods, volumes; /* in use */
    unsigned last_workload;                   /* placed here last; UINT32_MAX: none */
};

struct gen_world {
    struct gen_options options;
    unsigned namespaces;
    VEC(struct gen_workload) workloads;
    VEC(struct gen_pod) pods;
    VEC(struct gen_node) nodes;
    size_t *pods_of_node; /* pod indexes sorted by node; node n has [starts[n], starts[n + 1]) */
    size_t *starts;
};

struct gen_priority {
    const char *name;
    int value;
    const char *preemption; /* policy */
    bool global_default;
};
#define GEN_PRIORITIES 5
extern const struct gen_priority gen_priorities[GEN_PRIORITIES];
#define GEN_PRIORITY_NORMAL 2
#define GEN_PRIORITY_NODE_CRITICAL 0

/* Decides everything. Fails when the pods do not fit. Zeroed memory may be released. */
int gen_plan(struct gen_world *w, const struct gen_options *options, struct err *err);
void gen_release(struct gen_world *w);

/* --- names, the same wherever they are printed --- */

const char *gen_namespace(unsigned id, char buf[static GEN_NAME_MAX]);
const char *gen_zone(unsigned zone);
const char *gen_node_name(unsigned node, char buf[static GEN_NAME_MAX]);
const char *gen_node_ip(unsigned node, char buf[static GEN_NAME_MAX]);
const char *gen_pod_ip(size_t pod, char buf[static GEN_NAME_MAX]);
const char *gen_pod_name(const struct gen_workload *l, const struct gen_pod *p,
                         char buf[static GEN_NAME_MAX * 2]);
/* The ReplicaSet, number 0 being the current one; the Job, by run. */
const char *gen_child_name(const struct gen_workload *l, unsigned number,
                           char buf[static GEN_NAME_MAX * 2]);
const char *gen_template_hash(const struct gen_workload *l, unsigned number, char buf[static 16]);
/* A UUID that stays the same for (what, id, number). */
const char *gen_uid(const char *what, uint64_t id, uint64_t number, char buf[static GEN_UID_MAX]);
const char *gen_time(long unix_s, char buf[static GEN_TIME_MAX]);
uint64_t gen_hash(uint64_t a, uint64_t b);
/* When the workload was created, and its current version rolled out. */
long gen_created(const struct gen_workload *l);
long gen_rolled_out(const struct gen_workload *l);
long gen_node_created(const struct gen_node *n);

/* --- writing --- */

struct gen_out {
    FILE *file;
    struct str buf;  /* indented JSON, on its way to the file */
    struct str text; /* the fragment at hand */
    struct jsonw json;
    unsigned long long bytes;
};

/* Writes FOLDER/NAME: a List, with the items that `items` emits. */
int gen_write(const char *folder, const char *name, const struct gen_world *w,
              void (*items)(struct gen_out *, const struct gen_world *), unsigned long long *bytes,
              struct err *err);

/* Appends JSON in short writing: 'strings' in single quotes, commas left out where one likes, any
 * fragment of a document. Comes out with commas and four spaces per level. */
void gen_emit(struct gen_out *o, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

void gen_nodes(struct gen_out *o, const struct gen_world *w);
void gen_pods(struct gen_out *o, const struct gen_world *w);
void gen_workloads(struct gen_out *o, const struct gen_world *w);
void gen_policy(struct gen_out *o, const struct gen_world *w);
void gen_storage(struct gen_out *o, const struct gen_world *w);

/* The spec of a pod, as a template or as the pod p has it after admission and scheduling. */
void gen_pod_spec(struct gen_out *o, const struct gen_world *w, const struct gen_workload *l,
                  const struct gen_pod *p);
/* "labels": of the pod p; p NULL: of the template that the workload has (child -1), or its
 * ReplicaSet or Job of that number. */
void gen_pod_labels(struct gen_out *o, const struct gen_workload *l, const struct gen_pod *p,
                    int child);
/* matchLabels of the workload, an object. */
void gen_selector(struct gen_out *o, const struct gen_workload *l);
/* The image of the main container. */
const char *gen_image(const struct gen_workload *l, char buf[static GEN_NAME_MAX * 2]);
unsigned long gen_image_bytes(const struct gen_workload *l);
/* Variables of the main container that stand for settings. */
unsigned gen_env_count(const struct gen_world *w);
/* Bytes that managedFields take without settings, and each setting more. */
#define GEN_PADDING_FIELDS 4765
#define GEN_PADDING_ENV 482
/* The name of the projected volume that holds the token of the service account. */
const char *gen_token_volume(const struct gen_workload *l, const struct gen_pod *p,
                             char buf[static 32]);
/* The volume of a pod with GEN_VOLUME. */
const char *gen_volume_handle(size_t pod, char buf[static GEN_NAME_MAX]);

#endif
