/*
 * drive: one run of the decision core on a live cluster, shared by the files that do it: what is
 * followed, what is asked of the API server at the moment, what was seen.
 *
 * Times called clock are milliseconds of hand_clock_ms; the core's own begin with the run.
 */
#ifndef TOBAN_OPS_DRAIN_DRIVE_H
#define TOBAN_OPS_DRAIN_DRIVE_H

#include "base/map.h"
#include "base/must.h"
#include "ops/drain/hand.h"
#include "ops/drain/pace.h"

/* A node of the order. */
struct drive_node {
    const char *name;
    uint32_t index; /* of the world; WORLD_NONE: its object is gone */
    uint32_t uid;   /* text of the world */
    enum nodes_node_state state;
    uint32_t pods, left, volumes; /* pods at the start, or the most there were since */
    int64_t empty_at;             /* clock; 0: is not */
    bool told_empty, told_clean;
    bool looking;          /* its status is being read */
    bool proven;           /* and names no volume */
    int64_t look_due;      /* clock */
    uint32_t last_volumes; /* that its status named */
};

/* What is remembered of a pod on such a node, by its slot of the world. */
struct drive_pod {
    uint32_t uid;  /* text; STRINGS_NONE: nothing */
    uint32_t node; /* of drive.nodes */
    const char *name;
    const char *words; /* of the last refusal; NULL */
    uint8_t cause;
    int64_t leaving_at; /* clock; 0: is not */
};

enum call_kind {
    CALL_EVICT,
    CALL_DELETE,
    CALL_OBSERVE, /* GET of a pod whose eviction had no answer */
    CALL_CORDON,
    CALL_STATUS, /* GET of a node without pods */
};

struct call {
    struct call *next, **back; /* all there are */
    enum call_kind kind;
    bool force;   /* a deletion, also while it is observed */
    uint32_t pod; /* slot */
    uint32_t uid; /* text of the world */
    char *ns, *name, *uid_text, *key;
    uint32_t node; /* of drive.nodes */
    struct str body;
    unsigned tries;
    int64_t due; /* clock */
};

struct drive {
    struct hand h;
    struct follow *follow;
    const struct world *w;
    struct nodes *op;
    int epoll;
    int64_t zero, begun_ms; /* clock at the core's 0; wall clock */
    struct drive_node *nodes;
    uint32_t node_count;
    VEC(uint32_t) node_of;             /* world's node -> nodes */
    VEC(struct drive_pod) pods;        /* by slot */
    VEC(struct plan_act) acts;         /* to be recorded */
    int64_t acts_since;                /* clock: since when there are some; 0: there were none */
    VEC(struct call *) ready;          /* to be sent after that */
    VEC(struct call *) later;          /* to be sent again when due */
    struct call *calls;                /* all, under way or not */
    VEC(struct nodes_blocked) blocked; /* room for drive_blocked */
    VEC(uint32_t) pauses;              /* workloads that wait for approval */
    VEC(uint32_t) short_of;            /* workloads that were not as Ready as before */
    struct arena turn, view_arena;
    unsigned slots;     /* evictions at once, fewer after throttling */
    unsigned up;        /* evictions, deletions and cordons under way or waiting to be sent again */
    unsigned cordons;   /* of these: cordons */
    unsigned smooth;    /* answers since the last throttling */
    unsigned failures;  /* in a row without an answer that counts */
    int64_t stuck_look; /* clock: when that is looked at next */
    int64_t stuck_since; /* clock: only pods that stay are left; 0: there are others */
    int64_t left_since;  /* clock: so many pods are left on the nodes as now */
    uint32_t left_last;
    int64_t no_login_since; /* clock: the login is not accepted; 0: it is */
    int64_t hold_until;     /* clock: nothing new before */
    bool lost;              /* follow has no contact */
    char trouble[ERR_MSG_MAX];
    uint64_t evictions, refused, throttled, failed;
    uint32_t gone_before, total_before; /* pods, by earlier runners */
    struct map pins;                    /* uids of the nodes by name, as the plan first saw them */
    struct pace pace;
    int64_t shown_at;
    enum nodes_phase phase;
    bool fatal; /* err is set */
    struct err err;
};

static inline int64_t drive_now(const struct drive *d)
{
    return hand_clock_ms() - d->zero;
}

/* ---- drive_open.c ---- */
/* d: zeroed, without an epoll (-1). */
int drive_open(struct drive *d, void *ctx, struct plan_run *run, const struct plan_step *step,
               struct err *err);
void drive_close(struct drive *d);
#define _cleanup_drive_ _cleanup_(drive_close)

/* ---- calls.c ---- */
struct call *call_new_pod(struct drive *d, enum call_kind kind, uint32_t pod);
struct call *call_new_node(struct drive *d, enum call_kind kind, uint32_t node);
void call_free(struct call *c);
/* Carries out what the core wants: calls for `ready`, their intents for `acts`. */
void calls_of_action(struct drive *d, const struct nodes_action *a);
/* Moves calls that are due to `ready`. */
void calls_due(struct drive *d);
void calls_launch(struct drive *d);
/* When the first of `later` is due; INT64_MAX. Clock. */
int64_t calls_next(const struct drive *d);
/* Ready pods of a workload that the core counts as gone because it has asked for their eviction;
 * it may be refused. */
int32_t calls_asked(const struct drive *d, uint32_t workload);
/* Records what happened and what is going to, then nothing is pending. */
int calls_record(struct drive *d, struct err *err);

/* ---- landings.c ---- */
void landings_take(struct drive *d, const struct kube_landing *l);

/* ---- news.c ---- */
/* Everything that follow has; -1 when it is over. */
int news_take(struct drive *d, struct err *err);
/* Remembers the pods that are on the nodes at the start. */
void news_begin(struct drive *d);
/* The pod of a slot, when it is this one. */
struct drive_pod *news_pod(struct drive *d, uint32_t slot, uint32_t uid);
/* States of nodes and workloads; tells what is new. */
void news_look(struct drive *d);

/* ---- memory.c: what earlier runners have left in the journal ---- */
/* What was intended and not settled is looked at: it happened or it did not. */
int memory_settle(struct drive *d, struct err *err);
/* Which machines the names of the order meant when the plan began: a name may be another's by now.
 */
void memory_of_nodes(struct drive *d);
bool memory_is_other(const struct drive *d, const char *node);
/* How Ready the workloads were before the first eviction of the plan. */
int memory_of_before(struct drive *d, struct err *err);

/* ---- show.c ---- */
void show_view(struct drive *d);
/* Clock; when the next one is due. */
int64_t show_next(const struct drive *d);

/* ---- finish.c ---- */
bool finish_is_due(struct drive *d);
enum plan_end finish_judge(struct drive *d, struct err *err);

/* ---- drive.c ---- */
/* All pods still to leave; *list is valid until the next call. */
uint32_t drive_blocked(struct drive *d, const struct nodes_blocked **list);
enum plan_end drive_check(void *ctx, struct plan_run *run, const struct plan_step *step,
                          struct err *err);
enum plan_end drive_act(void *ctx, struct plan_run *run, const struct plan_step *step,
                        struct err *err);

#endif
