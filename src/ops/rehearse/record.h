/*
 * record: what happens during a run, kept as counters by changes, and written down at intervals
 * that grow with the run's length. Nothing is decided or explained here. Internal to ops/rehearse.
 *
 * It is told of every change, so what it keeps of a pod, a node or a workload is small and lies
 * together: of 150,000 pods it fits into a cache.
 */
#ifndef TOBAN_OPS_REHEARSE_RECORD_H
#define TOBAN_OPS_REHEARSE_RECORD_H

#include "base/must.h"
#include "ops/nodes/nodes.h"
#include "ops/rehearse/rehearsal.h"

/* Text in the rehearsal's arena. */
#define text_of(r, ...) mem_must(arena_fmt(&(r)->arena, __VA_ARGS__))

struct setting;

enum role { ROLE_OTHER, ROLE_OLD, ROLE_NEW };

enum place { PLACE_NONE, PLACE_OLD, PLACE_NEW, PLACE_OTHER, PLACE_WAITING, PLACES };

struct pod_place {
    uint8_t place : 3; /* enum place */
    uint8_t starting : 1, counted : 1;
    uint8_t waited : 1;  /* had no node at the start */
    uint8_t to_move : 1; /* was on an old node at the start */
    uint8_t of_node : 1; /* a DaemonSet's or a static pod */
};

struct node_place {
    uint32_t bar; /* its place in r->nodes; WORLD_NONE */
    uint32_t left, attached;
    uint32_t arrived; /* on a new node */
    uint8_t role;
    bool draining;
};

/* Ready pods of a top owner. */
struct dip {
    int32_t ready, least, start;
};

/* When none of them was. */
struct outage {
    int64_t since, ms; /* since -1: not now */
};

struct recorder {
    const struct world *w; /* the simulator's */
    struct rehearsal *r;
    const struct setting *s;
    VEC(struct node_place) nodes;
    VEC(struct pod_place) pods;
    uint32_t *tops;          /* by workload: its top owner */
    struct dip *dips;        /* by workload */
    struct outage *outages;  /* by workload */
    uint32_t *example;       /* by top owner, at the end: one of its pods; WORLD_NONE */
    uint32_t counts[PLACES]; /* by place */
    uint32_t starting, starting_before, waiting_before;
    uint32_t old_nodes, new_nodes, peak_nodes;
    int64_t vcpu, peak_vcpu; /* thousandths */
    int64_t sample_at, sample_every;
    VEC(uint32_t) attachment_node;
};

/* ---- record.c ---- */

void record_start(struct recorder *rec, const struct world *w, const struct setting *s,
                  struct rehearsal *r);
void record_release(struct recorder *rec);
void record_change(struct recorder *rec, const struct world_change *c, int64_t now);
/* Asks for the memory that a change of this pod will need. */
void record_fetch(const struct recorder *rec, uint32_t pod);
/* Pods that wait for a node and did not at the start; and of those with one, not Ready. */
uint32_t record_unsettled(const struct recorder *rec);
/* Does the workload, or any, have fewer Ready pods than at the start? Jobs do not count. */
bool record_is_short(const struct recorder *rec, uint32_t workload);
bool record_short(const struct recorder *rec);

/* ---- record_write.c ---- */

void record_sample(struct recorder *rec, int64_t now, bool always);
void record_phase(struct recorder *rec, enum nodes_phase phase, int64_t now);
/* A part of an operation in rounds begins. */
void record_round(struct recorder *rec, size_t part, int64_t now);
void record_event(struct recorder *rec, int64_t now, const char *kind, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));
/* Ends open phases and dips; writes them to the report. */
void record_finish(struct recorder *rec, int64_t now);

/* ---- record_nodes.c: for record.c ---- */

void record_start_nodes(struct recorder *rec);
struct node_place *record_node(struct recorder *rec, uint32_t node);
void record_node_added(struct recorder *rec, uint32_t node);
void record_node_ready(struct recorder *rec, uint32_t node, int64_t now);
void record_node_gone(struct recorder *rec, uint32_t node, int64_t now);
/* A pod to move came to the node, is going, has gone. */
void record_node_filled(struct recorder *rec, uint32_t node);
void record_node_drains(struct recorder *rec, uint32_t node, int64_t now);
void record_node_emptied(struct recorder *rec, uint32_t node, int64_t now);
void record_attachment(struct recorder *rec, uint32_t attachment, int64_t now);
/* When it is empty, and when its volumes have left too. */
void record_check_clean(struct recorder *rec, uint32_t node, int64_t now);
/* Writes what was counted of a node to its bar. */
void record_close_node(struct recorder *rec, uint32_t node);

#endif
