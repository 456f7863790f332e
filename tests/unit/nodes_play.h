/*
 * nodes_play: plays the cluster to the decision core, at once or when told to.
 */
#ifndef TOBAN_TESTS_NODES_PLAY_H
#define TOBAN_TESTS_NODES_PLAY_H

#include "ops/nodes/nodes.h"

struct play {
    struct world w;
    struct nodes *op;
    struct nodes_options o;
    uint32_t nodes[16], node_count;
    int64_t now;
    uint32_t evicted[256], evicted_count;
    uint32_t cordoned, terminated, asked, deleted;
    bool keep; /* evicted pods stay until let_go */
    bool late; /* what is gone is told when its slot is free, as watches do */
    struct eviction_answer answer;
};

/* Node 0 stays; `old` nodes follow, those to be drained. */
void play_set_up(struct play *p, int old);
void play_tear_down(struct play *p);

/* What the cluster has. */
uint32_t play_id(struct play *p, const char *text);
uint32_t play_add_node(struct play *p, const char *name, bool old);
uint32_t play_add_workload(struct play *p, enum workload_kind kind, const char *name, int replicas);
uint32_t play_add_pod(struct play *p, const char *app, uint32_t owner, uint32_t node);
uint32_t play_add_budget(struct play *p, const char *app, int allowed);

/* Starts the operation on it, with p->o. */
void play_start(struct play *p);
void play_tell(struct play *p, enum change_kind kind, uint32_t index);
/* The pod is gone; its controller's new one is Ready on `to` at once, when there is a controller.
 */
void play_let_go(struct play *p, uint32_t pod, uint32_t to);
/* Does what the core wants. */
void play_act(struct play *p, const struct nodes_action *a);
/* Asks the core what it wants now, and does all of it. */
void play_decide(struct play *p);
/* Lets time pass from one wish to be asked to the next. */
void play_pass(struct play *p, int64_t until);
/* How many pods wait for that. */
uint32_t play_waiting(const struct play *p, enum nodes_block why);

#endif
