/*
 * nodes_choose: which nodes a command is about: those it names, or those of --selector and
 * --nodegroup.
 */
#ifndef TOBAN_CMD_NODES_CHOOSE_H
#define TOBAN_CMD_NODES_CHOOSE_H

#include "cmd/cluster.h"

struct nodes_choice {
    struct marks marks;      /* of every node that --selector takes */
    VEC(const char *) names; /* sorted, each once; an entry more, NULL, stands behind the last */
};
void nodes_choice_release(struct nodes_choice *c);

/* Reads marks, and finds the nodes among `words` (count of them), all when there are no words, that
 * are of the node groups. The world must have been read. -1: a word names no node, or nothing is
 * left. */
int nodes_choose(struct nodes_choice *c, const struct cmd_ctx *ctx, struct cluster *cluster,
                 char *const *words, size_t count, struct err *err);

#endif
