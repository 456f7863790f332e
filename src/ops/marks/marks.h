/*
 * marks: what others have written on nodes that whoever changes them should know: that a plan of
 * toban has them, that an autoscaler must leave them alone or is about to remove them. Annotations
 * are read here, because a world does not keep them; taints come from the world.
 */
#ifndef TOBAN_OPS_MARKS_MARKS_H
#define TOBAN_OPS_MARKS_MARKS_H

#include "base/vec.h"
#include "kube/client.h"
#include "world/world.h"

/* "p-7k2m4q by ann@bastion-1": written when a plan cordons the node. */
#define MARKS_PLAN "toban.dev/plan"

struct mark {
    const char *node;
    const char *plan;    /* id; NULL: none */
    const char *by;      /* who made it, "" when it does not say */
    bool no_scale_down;  /* cluster-autoscaler.kubernetes.io/scale-down-disabled: "true" */
    bool do_not_disrupt; /* karpenter.sh/do-not-disrupt: "true", or its older name */
};

/* Of every node that was listed, in the order of their names. Zeroed memory is an empty list. */
struct marks {
    struct arena arena;
    VEC(struct mark) nodes;
};
void marks_release(struct marks *m);
#define _cleanup_marks_ _cleanup_(marks_release)

/* Lists the nodes that the label selector takes (kubectl's way of writing; NULL: all). *out must be
 * empty. */
int marks_read(struct kube_client *c, const char *selector, struct marks *out, struct err *err);

/* NULL when the node was not listed. */
const struct mark *marks_find(const struct marks *m, const char *node);

/* Reads one node's annotations, as in its metadata; for marks_read and tests. Texts go into a. */
void marks_parse(const struct doc_node *annotations, struct arena *a, struct mark *out);

/* Autoscalers that are about to remove the node, by its taints: "cluster autoscaler", "Karpenter";
 * NULL: none. */
const char *marks_removed_by(const struct world *w, uint32_t node);

/* What tells clusters apart: the uid of the namespace kube-system. Where it may not be read, the
 * server's address. Appended. -1: there is no answer at all. */
int marks_cluster_id(struct kube_client *c, struct str *out, struct err *err);

#endif
